"""The one set of transformations, said in expressions: cells to values, values to clean values and marks, those to features.

Three stages, each a mapping from the name of a column to the expression that makes it from the columns of the stage before:

    read      cells (texts) -> values, and one condition for each way in which a row can be at fault
    clean     values -> values without gaps, what was imputed, what the census had cut off
    features  clean values -> what the model is given, the target first

An engine only has to compute a stage (`engine.select(frame, stage)`). Nothing here knows pandas or Spark.
"""

from __future__ import annotations

from dataclasses import dataclass

from .expressions import (
    at_most,
    between,
    blank,
    both,
    column,
    first_present,
    indicator,
    literal,
    missing,
    negation,
    number,
    one_of,
    present,
    product,
    text,
)

MISSING = "missing"
TYPE = "type"
LIMIT = "limit"
CATEGORY = "category"
RULE = "rule"


@dataclass(frozen=True)
class Fault:
    """A way in which a row can break the contract: where, how (`says` goes on after "it .."), and the condition for it."""

    field: str
    code: str
    says: str
    condition: object
    # the expression of what is shown as an example, and None where there is nothing to show
    shows: object = None

    @property
    def name(self):
        """The name of the column that holds the condition; no column of the contract can be named so."""
        return f"{self.field}:{self.code}"


def faults(contract, columns=None):
    """Every fault of a row, in the order of the columns; conditions over cells."""
    columns = contract.columns if columns is None else columns
    found = []
    for one in columns:
        cell = column(one.name)
        value = number(cell) if one.is_number else text(cell)
        if one.required:
            found.append(Fault(one.name, MISSING, "is missing", blank(cell)))
        if one.is_number:
            found.append(Fault(one.name, TYPE, "is not a number", both(negation(blank(cell)), missing(value)), text(cell)))
            inside = between(value, one.least, one.greatest)
            says = f"is not between {one.least:.15g} and {one.greatest:.15g}"
            found.append(Fault(one.name, LIMIT, says, both(present(value), negation(inside)), value))
        else:
            says = "is not one of " + ", ".join(one.valid_values)
            valid = one_of(value, one.valid_values)
            found.append(Fault(one.name, CATEGORY, says, both(present(value), negation(valid)), value))
    names = [one.name for one in columns]
    for rule in contract.rules:
        if rule.metric == "custom" and set(rule.columns) <= set(names):
            lesser, greater = (number(column(name)) for name in rule.columns)
            condition = both(both(present(lesser), present(greater)), negation(at_most(lesser, greater)))
            found.append(Fault(rule.column, RULE, f"does not keep `{rule.implementation}`", condition, lesser))
    return sorted(found, key=lambda fault: names.index(fault.field))


def read(contract, columns=None):
    """Cells to values and faults."""
    columns = contract.columns if columns is None else columns
    stage = {one.name: (number if one.is_number else text)(column(one.name)) for one in columns}
    stage.update((fault.name, fault.condition) for fault in faults(contract, columns))
    return stage


def imputed_mark(name):
    return f"{name}_imputed"


def capped_mark(name):
    return f"{name}_capped"


def warning_mark(name):
    return f"{name}_outside_observed"


def marks(contract):
    """The names of the marks that the clean table has after its columns."""
    imputed = [imputed_mark(one.name) for one in contract.columns if one.imputation]
    return imputed + [capped_mark(one.name) for one in contract.columns if one.capped_at]


def clean(contract, columns=None):
    """Values to values without gaps, and the marks: what was imputed, cut off, or outside of what was seen."""
    columns = contract.columns if columns is None else columns
    stage = {}
    for one in columns:
        value = column(one.name)
        if one.imputation:
            estimate = product(column(one.imputation.of), literal(one.imputation.factor))
            stage[imputed_mark(one.name)] = indicator(missing(value))
            stage[one.name] = first_present(value, estimate)
        else:
            stage[one.name] = value
        if one.capped_at:
            stage[capped_mark(one.name)] = indicator(one_of(value, one.capped_at))
        if one.observed:
            outside = both(present(value), negation(between(value, *one.observed)))
            stage[warning_mark(one.name)] = indicator(outside)
    return stage


def features(contract, with_target=True):
    """Clean values to the model's input, in the contract's order."""
    stage = {contract.target.name: contract.target.expression} if with_target else {}
    stage.update((feature.name, feature.expression) for feature in contract.features)
    return stage

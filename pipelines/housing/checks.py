"""The contract's rules, measured on a whole file: which hold, by how much, and the quality report.

Every rule is measured by the engine in a few passes; what is not kept stops the job before anything is written. Figures of the report
that depend on the order of adding up (mean, deviation) are rounded to nine digits, so that both engines report the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from . import transform
from .expressions import column, missing, quotient, when

QUARTILES = (0.25, 0.5, 0.75)


class ContractBroken(ValueError):
    """The input breaks rules of the contract; the message lists them."""


@dataclass(frozen=True)
class Verdict:
    """One rule and what was found."""

    field: Optional[str]
    rule: str
    must: str
    measured: object
    kept: bool
    example: object = None

    def as_json(self):
        verdict = "kept" if self.kept else "broken"
        return {"field": self.field, "rule": self.rule, "must": self.must, "measured": self.measured, "verdict": verdict}

    def __str__(self):
        subject = f"`{self.field}`: " if self.field else ""
        example = "" if self.example is None else f", such as {self.example!r}"
        return f"{subject}{self.rule} must {self.must}, and is {self.measured}{example}"


def judge(engine, frame, contract, examples=None):
    """The verdict on every rule, over a frame that `transform.read` made. `examples(faults)` finds what to show."""
    faults = transform.faults(contract)
    rows = engine.rows(frame)
    counts = engine.measure(frame, {fault.name: ("count", fault.name, None) for fault in faults})
    broken = [fault for fault in faults if counts[fault.name]]
    shown = examples(broken) if examples and broken else {}
    verdicts = [
        Verdict(
            field=fault.field,
            rule=f"rows in which it {fault.says}",
            must="be 0",
            measured=counts[fault.name],
            kept=not counts[fault.name],
            example=shown.get(fault.name),
        )
        for fault in faults
    ]
    for rule in contract.rules + tuple(rule for one in contract.columns for rule in one.rules):
        if rule.metric != "custom":
            measured = _measure_rule(engine, frame, rule, rows, counts)
            verdicts.append(Verdict(rule.column, rule.metric, rule.must, measured, rule.holds(measured)))
    return verdicts


def _measure_rule(engine, frame, rule, rows, counts):
    if rule.metric == "rowCount":
        return rows
    if rule.metric == "duplicateValues":
        number = engine.duplicates(frame, rule.columns or (rule.column,))
    elif rule.metric == "nullValues":
        stage = {"missing": missing(column(rule.column))}
        number = engine.measure(engine.select(frame, stage), {"missing": ("count", "missing", None)})["missing"]
    else:
        number = counts[f"{rule.column}:{transform.CATEGORY}"]
    return _rounded(100.0 * number / rows) if rule.percent and rows else number


def examples_in(engine, path, contract):
    """Looks into the file again for what to show of the rows at fault; only where there are some."""

    def find(faults):
        stage = {fault.name: when(fault.condition, fault.shows) for fault in faults if fault.shows is not None}
        frame = engine.read(path, contract, stage) if stage else None
        return engine.measure(frame, {name: ("least", name, None) for name in stage}) if stage else {}

    return find


def demand(verdicts, contract):
    """ContractBroken if any rule is."""
    broken = [verdict for verdict in verdicts if not verdict.kept]
    if broken:
        rules = "1 rule" if len(broken) == 1 else f"{len(broken)} rules"
        lines = [f"the input breaks {rules} of the data contract `{contract.id}` {contract.version}"]
        raise ContractBroken("\n".join(lines + [f"  - {verdict}" for verdict in broken]))


def report(engine, values, cleaned, features, contract, verdicts):
    """The quality report: every rule, and what the columns and the features look like."""
    names = contract.column_names
    asked = {}
    for one in contract.columns:
        if one.is_number:
            asked.update(_statistics(one.name))
        else:
            asked.update({(one.name, value): ("equal", one.name, value) for value in one.valid_values})
        for mark in (transform.imputed_mark, transform.capped_mark, transform.warning_mark):
            if mark(one.name) in transform.clean(contract):
                asked[(one.name, mark(""))] = ("count", mark(one.name), None)
    found = engine.measure(cleaned, asked)
    given = {name: {} for name in [contract.target.name] + contract.feature_names}
    asked_features = {}
    for name in given:
        asked_features.update(_statistics(name))
    found_features = engine.measure(features, asked_features)
    return {
        "contract": {"id": contract.id, "version": contract.version, "sha256": contract.sha256},
        "rows": engine.rows(values),
        "verdict": "kept",
        "rules": [verdict.as_json() for verdict in verdicts],
        "imputation": _imputations(engine, values, contract),
        "columns": {name: _entry(found, name) for name in names},
        "features": {name: _entry(found_features, name) for name in given},
    }


def _statistics(name):
    asked = {(name, kind): (kind, name, None) for kind in ("least", "greatest", "mean", "deviation")}
    asked.update({(name, part): ("quantile", name, part) for part in QUARTILES})
    return asked


def _entry(found, name):
    """What was found about one column, in the words of the report."""
    values = {key[1]: value for key, value in found.items() if key[0] == name}
    entry = {}
    for mark in ("_imputed", "_capped", "_outside_observed"):
        if mark in values:
            entry[f"rows{mark}"] = values.pop(mark)
    if "least" in values:
        entry.update({kind: _rounded(values[kind]) for kind in ("mean", "deviation")})
        entry.update(least=values["least"], greatest=values["greatest"], quartiles=[values[part] for part in QUARTILES])
    else:
        entry["counts"] = values
    return entry


def _imputations(engine, values, contract):
    """The factors that this file would give, beside the contract's."""
    stage = {
        one.name: quotient(column(one.name), column(one.imputation.of)) for one in contract.columns if one.imputation
    }
    medians = engine.measure(engine.select(values, stage), {name: ("quantile", name, 0.5) for name in stage})
    entries = {}
    for one in contract.columns:
        if one.imputation:
            median, factor = medians[one.name], one.imputation.factor
            entries[one.name] = {
                "of": one.imputation.of,
                "contract_factor": factor,
                "observed_factor": _rounded(median),
                "difference_percent": None if median is None else round(100.0 * (median - factor) / factor, 3),
            }
    return entries


def _rounded(number):
    return None if number is None else float(f"{number:.9g}")

"""The small language in which checks, cleaning and features are said, once for both engines.

An `Expression` is an operation's name and its operands; it computes nothing. An engine computes it with an object that has one
method for each operation (`engine_pandas.Operations`, `engine_spark.Operations`). All expressions stand for a whole column.

Missing values: arithmetic with a missing value is missing; a comparison with one is false, never missing. So conditions have two
values in both engines, although neither pandas nor SQL is built that way by itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class ExpressionError(ValueError):
    """Text that is not of the language."""


@dataclass(frozen=True)
class Expression:
    operation: str
    operands: tuple

    def compute(self, operations):
        """The column that this stands for, in the engine's own terms."""
        operands = [part.compute(operations) if isinstance(part, Expression) else part for part in self.operands]
        return getattr(operations, self.operation)(*operands)

    def columns(self):
        """The names of the columns that it reads, in the order of reading."""
        if self.operation == "column":
            return list(self.operands)
        found = []
        for part in self.operands:
            if isinstance(part, Expression):
                found += [name for name in part.columns() if name not in found]
        return found


def column(name):
    return Expression("column", (name,))


def literal(number):
    return Expression("literal", (number,))


def blank(text):
    """No text: an empty cell."""
    return Expression("blank", (text,))


def text(cell):
    """The cell, missing where it is blank."""
    return Expression("text", (cell,))


def number(cell):
    """The cell's number, missing where it is not one: see JSON_NUMBER."""
    return Expression("number", (cell,))


def missing(value):
    return Expression("missing", (value,))


def first_present(value, otherwise):
    return Expression("first_present", (value, otherwise))


def when(condition, value):
    """The value where the condition holds, else missing."""
    return Expression("when", (condition, value))


def quotient(dividend, divisor):
    """Missing where the divisor is zero."""
    return Expression("quotient", (dividend, divisor))


def product(one, other):
    return Expression("product", (one, other))


def at_most(one, other):
    return Expression("at_most", (one, other))


def between(value, least, greatest):
    """Both ends included."""
    return Expression("between", (value, least, greatest))


def one_of(value, values):
    return Expression("one_of", (value, tuple(values)))


def negation(condition):
    return Expression("negation", (condition,))


def both(one, other):
    return Expression("both", (one, other))


def indicator(condition):
    """1.0 where the condition holds, else 0.0."""
    return Expression("indicator", (condition,))


def present(value):
    return negation(missing(value))


# What JSON calls a number. Both engines' own parsers take more ("nan", "1_000", "7d", digits of other scripts), and each of
# them something else; what matches this, both read alike: correctly rounded.
JSON_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
GREATEST_NUMBER = 1.7976931348623157e308

_NAME = r"[a-z][a-z0-9_]*"
_QUOTIENT = re.compile(rf"({_NAME}) / (?:({_NAME})|({JSON_NUMBER}))")
_EQUALITY = re.compile(rf'({_NAME}) == "([^"]*)"')
_AT_MOST = re.compile(rf"({_NAME}) <= ({_NAME})")


def parse_feature(logic):
    """The contract's `transformLogic`."""
    if re.fullmatch(_NAME, logic):
        return column(logic)
    found = _QUOTIENT.fullmatch(logic)
    if found:
        dividend, divisor, constant = found.groups()
        if constant is not None and float(constant) == 0.0:
            raise ExpressionError(f"`{logic}` divides by zero")
        return quotient(column(dividend), column(divisor) if divisor else literal(float(constant)))
    found = _EQUALITY.fullmatch(logic)
    if found:
        return indicator(one_of(column(found.group(1)), [found.group(2)]))
    raise ExpressionError(
        f'`{logic}` is none of `column`, `column / column`, `column / number`, `column == "text"`'
    )


def parse_rule(implementation):
    """The contract's custom quality rule, as the two columns of `lesser <= greater`."""
    found = _AT_MOST.fullmatch(implementation)
    if not found:
        raise ExpressionError(f"`{implementation}` is not of the form `column <= column`")
    return found.groups()

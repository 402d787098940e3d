"""The engine for what fits into memory: Glue's Python shell, tests, the sandbox.

Cells are read by Python's own csv module, not by pandas.read_csv: it neither guesses types nor fills up short rows, and it did
not change between the versions of pandas that this has to run on.
"""

from __future__ import annotations

import csv
import itertools
import math
import re

import pandas

from .csv_input import InputError, check_header, head_of
from .expressions import GREATEST_NUMBER, JSON_NUMBER

ROWS_AT_A_TIME = 65536


class Operations:
    """Computes expressions over the columns of one frame; what each operation means is said in `expressions`."""

    def __init__(self, frame):
        self.frame = frame

    def column(self, name):
        return self.frame[name]

    def literal(self, number):
        return number

    def blank(self, cell):
        return cell.isna() | (cell == "")

    def text(self, cell):
        return cell.where(~self.blank(cell), None)

    def number(self, cell):
        return pandas.Series([_number(text) for text in cell], index=cell.index, dtype="float64")

    def missing(self, value):
        return value.isna()

    def first_present(self, value, otherwise):
        return value.where(value.notna(), otherwise)

    def when(self, condition, value):
        return value.where(condition)

    def quotient(self, dividend, divisor):
        return dividend / (divisor if isinstance(divisor, float) else divisor.where(divisor != 0))

    def product(self, one, other):
        return one * other

    def at_most(self, one, other):
        return one <= other

    def between(self, value, least, greatest):
        return (value >= least) & (value <= greatest)

    def one_of(self, value, values):
        return value.isin(list(values))

    def negation(self, condition):
        return ~condition

    def both(self, one, other):
        return one & other

    def indicator(self, condition):
        return condition.astype("float64")


_is_number = re.compile(JSON_NUMBER).fullmatch


def _number(text):
    if text is None or not _is_number(text):
        return math.nan
    number = float(text)
    return number if abs(number) <= GREATEST_NUMBER else math.nan


class PandasEngine:
    name = "pandas"
    # whether the file has to be where every machine of a cluster can read it
    reads_shared = False

    def read(self, path, contract, stage, columns=None):
        """The file's cells through the stage that makes values of them, a piece of the file at a time."""
        columns = contract.columns if columns is None else columns
        check_header(head_of(path), contract, columns)
        names = [column.name for column in columns]
        pieces = [self.select(self._cells(rows, names), stage) for rows in _pieces(path, contract, len(names))]
        if not pieces:
            pieces = [self.select(self._cells([], names), stage)]
        return pandas.concat(pieces, ignore_index=True)

    def _cells(self, rows, names):
        values = list(zip(*rows)) if rows else [[] for _ in names]
        return pandas.DataFrame({name: pandas.Series(cells, dtype=object) for name, cells in zip(names, values)})

    def select(self, frame, stage):
        operations = Operations(frame)
        computed = {name: expression.compute(operations) for name, expression in stage.items()}
        return pandas.DataFrame(computed, index=frame.index)

    def rows(self, frame):
        return len(frame)

    def duplicates(self, frame, names):
        """How many rows are the same as an earlier one in all of these columns."""
        return int(frame.duplicated(subset=list(names)).sum())

    def measure(self, frame, aggregates):
        """{key: (kind, column, argument)} to {key: number or text; None without values}."""
        return {key: _aggregate(frame[column], kind, argument) for key, (kind, column, argument) in aggregates.items()}

    def chunks(self, frame, names, size=ROWS_AT_A_TIME):
        """The rows in their order, as lists of columns, so many rows at a time."""
        for start in range(0, len(frame), size):
            piece = frame.iloc[start : start + size]
            yield [[None if value != value else value for value in piece[name].tolist()] for name in names]


def _pieces(path, contract, width):
    """The rows without the header, in lists."""
    with open(path, encoding=contract.encoding, newline="") as file:
        reader = csv.reader(file, delimiter=contract.delimiter, strict=True)
        try:
            next(reader)
            while True:
                rows = []
                for row in itertools.islice(reader, ROWS_AT_A_TIME):
                    if len(row) == width:
                        rows.append(row)
                    elif row:
                        raise InputError(f"line {reader.line_num} has {len(row)} fields instead of {width}")
                if not rows:
                    return
                yield rows
        except csv.Error as error:
            raise InputError(f"line {reader.line_num} is not CSV: {error}") from error
        except UnicodeDecodeError as error:
            raise InputError(f"the input is not {contract.encoding}, near line {reader.line_num}") from error


def _aggregate(series, kind, argument):
    if kind == "count":
        return int(series.sum())
    if kind == "equal":
        return int((series == argument).sum())
    values = series.dropna()
    if not len(values):
        return None
    if kind == "quantile":
        # the least value that so large a part of all values does not exceed: no interpolation, so no rounding
        return float(values.sort_values().iloc[max(math.ceil(argument * len(values)) - 1, 0)])
    computed = {"least": values.min, "greatest": values.max, "mean": values.mean, "deviation": values.std}[kind]()
    if isinstance(computed, str):
        return computed
    return None if computed != computed else float(computed)

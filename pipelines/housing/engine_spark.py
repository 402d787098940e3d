"""The engine for what does not fit into memory: Glue 5 (Spark 3.5), or Spark on one machine in tests.

Expressions become Spark's own column expressions, so no Python runs where the data is. The rows come back through the driver, a
partition at a time, because they are written in the file's order into one file, whose hash is the lineage; that takes no more
memory than a partition has, but it is one machine's work.
"""

from __future__ import annotations

import itertools

from pyspark import StorageLevel
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from .csv_input import InputError
from .expressions import GREATEST_NUMBER, JSON_NUMBER

ROWS_AT_A_TIME = 65536
# a row that has not as many fields as it should is kept here, as it is in the file
BROKEN_ROW = "broken row"


class Operations:
    """Expressions as Spark's columns; what each operation means is said in `expressions`."""

    def column(self, name):
        return F.col(f"`{name}`")

    def literal(self, number):
        return F.lit(number)

    def blank(self, cell):
        return cell.isNull() | (cell == "")

    def text(self, cell):
        return F.when(~self.blank(cell), cell)

    def number(self, cell):
        # \A and \z, since Java's `$` lets a line end pass
        value = F.when(cell.rlike(rf"\A(?:{JSON_NUMBER})\z"), cell.cast("double"))
        return F.when(F.abs(value) <= F.lit(GREATEST_NUMBER), value)

    def missing(self, value):
        return value.isNull()

    def first_present(self, value, otherwise):
        return F.coalesce(value, otherwise)

    def when(self, condition, value):
        return F.when(condition, value)

    def quotient(self, dividend, divisor):
        return F.when(divisor != 0, dividend / divisor)

    def product(self, one, other):
        return one * other

    def at_most(self, one, other):
        return _two_valued(one <= other)

    def between(self, value, least, greatest):
        return _two_valued(value.between(least, greatest))

    def one_of(self, value, values):
        return _two_valued(value.isin(*values))

    def negation(self, condition):
        return ~condition

    def both(self, one, other):
        return one & other

    def indicator(self, condition):
        return condition.cast("double")


def _two_valued(condition):
    return F.coalesce(condition, F.lit(False))


class SparkEngine:
    name = "spark"

    def __init__(self, session=None):
        self.session = session or SparkSession.builder.appName("clean-housing").getOrCreate()
        # without all columns the reader does not count a row's fields
        self.session.conf.set("spark.sql.csv.parser.columnPruning.enabled", "false")

    @property
    def reads_shared(self):
        """On a cluster the workers do not see the driver's disk."""
        return not self.session.sparkContext.master.startswith("local")

    def read(self, path, contract, stage, columns=None):
        """`path` as Spark takes it; the header was checked before, since Spark would only skip it."""
        columns = contract.columns if columns is None else columns
        fields = [StructField(column.name, StringType()) for column in columns] + [StructField(BROKEN_ROW, StringType())]
        cells = self.session.read.csv(
            path,
            schema=StructType(fields),
            header=True,
            sep=contract.delimiter,
            encoding=contract.encoding,
            quote='"',
            escape='"',
            mode="PERMISSIVE",
            columnNameOfCorruptRecord=BROKEN_ROW,
        )
        width = len(columns)
        selected = [expression.compute(Operations()).alias(name) for name, expression in stage.items()]
        frame = cells.select(*selected, F.col(f"`{BROKEN_ROW}`")).persist(StorageLevel.MEMORY_AND_DISK)
        broken = frame.filter(F.col(f"`{BROKEN_ROW}`").isNotNull())
        found = broken.select(F.count(F.lit(1)), F.min(f"`{BROKEN_ROW}`")).first()
        if found[0]:
            raise InputError(f"{found[0]} rows do not have {width} fields, such as {found[1][:200]!r}")
        return frame.drop(BROKEN_ROW)

    def select(self, frame, stage):
        return frame.select(*[expression.compute(Operations()).alias(name) for name, expression in stage.items()])

    def rows(self, frame):
        return frame.count()

    def duplicates(self, frame, names):
        columns = frame.select(*[F.col(f"`{name}`") for name in names])
        return columns.count() - columns.distinct().count()

    def measure(self, frame, aggregates):
        """All of it in one pass over the data."""
        if not aggregates:
            return {}
        columns = [_aggregate(*aggregate).alias(str(index)) for index, aggregate in enumerate(aggregates.values())]
        return dict(zip(aggregates, frame.agg(*columns).first()))

    def chunks(self, frame, names, size=ROWS_AT_A_TIME):
        rows = frame.select(*[F.col(f"`{name}`") for name in names]).toLocalIterator(prefetchPartitions=True)
        while True:
            piece = list(itertools.islice(rows, size))
            if not piece:
                return
            yield [list(values) for values in zip(*piece)]


def _aggregate(kind, name, argument):
    column = F.col(f"`{name}`")
    if kind == "count":
        return F.coalesce(F.sum(column.cast("long")), F.lit(0))
    if kind == "equal":
        return F.coalesce(F.sum(_two_valued(column == F.lit(argument)).cast("long")), F.lit(0))
    if kind == "quantile":
        return F.expr(f"percentile_disc({argument}) WITHIN GROUP (ORDER BY `{name}`)")
    return {"least": F.min, "greatest": F.max, "mean": F.mean, "deviation": F.stddev_samp}[kind](column)

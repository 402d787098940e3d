"""What every step of the pipeline shares: how it ends, how it reads a table, and where a training container puts things.

Knows SageMaker's conventions, not the models. Kept beside the steps, because a container is given this folder and
nothing else; for the same reason it needs nothing but numpy.
"""

from __future__ import annotations

import csv
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np


class Refused(Exception):
    """The input is not what this step was asked to work on. Its text is all that the reader of the log needs."""


def main(run: Callable[[], None]) -> None:
    """Run a step. SageMaker shows the last line of a failed job, so it has to be the reason and not a stack trace."""
    try:
        run()
    except Refused as refused:
        sys.exit(f"error: {refused}")
    except FileNotFoundError as missing:
        sys.exit(f"error: `{missing.filename}` is not there: an earlier step did not write it, or it was not mounted")


@dataclass
class Table:
    """A feature file: the target, the features, and what else stands in the rows."""

    features: list[str]
    values: np.ndarray
    target: np.ndarray
    others: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.target)

    def column(self, feature: str) -> np.ndarray:
        return self.values[:, self.features.index(feature)]


def read_table(path: Path, others: tuple[str, ...] = ()) -> Table:
    """Read a file whose first column is the target and whose last columns are `others`.

    Python reads each number to the last bit; pandas would, depending on its version, be off by one now and then.
    """
    header, rows = read_csv(path)
    if not rows:
        raise Refused(f"`{path.name}` has no rows")
    width = len(header) - len(others)
    numbers = np.empty((len(rows), width))
    for index, row in enumerate(rows):
        for column, field in enumerate(row[:width]):
            numbers[index, column] = number(field)
    if not np.isfinite(numbers).all():
        row, column = np.argwhere(~np.isfinite(numbers))[0]
        raise Refused(f"`{path.name}`, line {row + 2}: `{header[column]}` is not a finite number")
    return Table(
        features=header[1:width],
        values=numbers[:, 1:],
        target=numbers[:, 0],
        others={name: np.array([row[header.index(name)] for row in rows]) for name in others},
    )


def read_csv(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows as text; each row has a field for each name of the header."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header, rows = next(reader, []), list(reader)
    for index, row in enumerate(rows):
        if len(row) != len(header):
            raise Refused(f"`{path.name}`, line {index + 2} has {len(row)} fields, the header has {len(header)}")
    return header, rows


def number(field: str) -> float:
    try:
        return float(field)
    except ValueError:
        return math.nan


@dataclass
class TrainingContainer:
    """The folders that SageMaker's training toolkit names in the environment of a script."""

    train: Path
    model: Path
    output: Path

    @classmethod
    def from_environment(cls) -> TrainingContainer:
        names = ("SM_CHANNEL_TRAIN", "SM_MODEL_DIR", "SM_OUTPUT_DATA_DIR")
        missing = [name for name in names if not os.environ.get(name)]
        if missing:
            raise Refused(f"{', '.join(missing)} not set: this script runs inside of a SageMaker training container")
        folders = [Path(os.environ[name]) for name in names]
        for folder in folders[1:]:
            folder.mkdir(parents=True, exist_ok=True)
        return cls(*folders)

"""Reads back what the training steps packed: `model.tar.gz` and `output.tar.gz`, as SageMaker stores them.

The released model is run through `inference.py`, the very code that serves it, and so through text as well: what is
measured here is what the endpoint will answer.
"""

from __future__ import annotations

import json
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import xgboost

import inference
from step import Refused, Table


class Xgboost:
    def __init__(self, archive: Path):
        model = member(archive, "model.json")
        self.bytes = len(model)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "model.json").write_bytes(model)
            self.booster: xgboost.Booster = inference.model_fn(folder)

    def predict(self, table: Table) -> np.ndarray:
        same_features(table.features, self.booster.feature_names, "xgboost")
        return inference.predict_fn(table.values, self.booster).astype(np.float64)


class Linear:
    def __init__(self, archive: Path):
        model = json.loads(member(archive, "model.json"))
        self.features = model["features"]
        self.intercept = model["intercept"]
        self.coefficients = np.asarray(model["coefficients"])

    def predict(self, table: Table) -> np.ndarray:
        same_features(table.features, self.features, "linear")
        return table.values @ self.coefficients + self.intercept


def same_features(rows: list[str], model: list[str], name: str) -> None:
    if rows != model:
        raise Refused(f"the {name} model takes {', '.join(model)}; the rows to judge it by have {', '.join(rows)}")


def training_note(archive: Path) -> dict:
    return json.loads(member(archive, "training.json"))


def member(archive: Path, name: str) -> bytes:
    """One file of an archive, whose members tar names `model.json` or `./model.json`. Nothing is unpacked to disk."""
    with tarfile.open(archive, "r:gz") as packed:
        for entry in packed:
            if entry.isfile() and entry.name.removeprefix("./") == name:
                return packed.extractfile(entry).read()
    raise Refused(f"`{archive.name}` holds no `{name}`")

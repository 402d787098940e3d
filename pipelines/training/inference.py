"""Serves the model inside of SageMaker's XGBoost container, which calls the four functions below for each request.

Packed into `model.tar.gz` as `code/inference.py` by the training step, so that model and code cannot come apart. Stands
alone: of this folder, the container gets nothing else.

A request is text/csv without a header, one row per line, in the model's order of features. The container itself would
take rows of any width and fill empty fields with NaN; here both are errors that name the line and the field.
"""

from __future__ import annotations

import math
import os

import numpy as np
import xgboost

CSV = "text/csv"


def model_fn(model_dir: str) -> xgboost.Booster:
    booster = xgboost.Booster()
    booster.load_model(os.path.join(model_dir, "model.json"))
    # The container runs one worker per core: more threads would only get into each other's way.
    booster.set_param({"nthread": 1})
    return booster


def input_fn(body: bytes | str, content_type: str) -> np.ndarray:
    if content_type.split(";")[0].strip().lower() != CSV:
        raise ValueError(f"content type `{content_type}` is not served, only `{CSV}`")
    text = body.decode("utf-8") if isinstance(body, (bytes, bytearray)) else body
    lines = text.removesuffix("\n").split("\n")
    rows = [parse(line.removesuffix("\r"), number) for number, line in enumerate(lines, start=1)]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ValueError(f"line {number} has {len(row)} fields, line 1 has {len(rows[0])}")
    return np.asarray(rows, dtype=np.float64)


def parse(line: str, number: int) -> list[float]:
    values = []
    for position, field in enumerate(line.split(","), start=1):
        try:
            value = math.nan if "_" in field else float(field)  # Python reads `1_000` as a thousand
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"line {number}, field {position}: `{field}` is not a finite number")
        values.append(value)
    return values


def predict_fn(rows: np.ndarray, booster: xgboost.Booster) -> np.ndarray:
    names = booster.feature_names
    if rows.shape[1] != len(names):
        raise ValueError(f"rows have {rows.shape[1]} fields, the model takes {len(names)}: {', '.join(names)}")
    return booster.predict(xgboost.DMatrix(rows, feature_names=names, nthread=1))


def output_fn(prediction: np.ndarray, accept: str) -> str:
    """One number per line, with as many digits as are needed to read the same number again."""
    return "\n".join(np.format_float_positional(value, unique=True, trim="0") for value in prediction)

"""Rows with the answers that the released model gives to them.

After a rollout they are sent to the endpoint: if the answers differ, something else serves than what was approved. They are
picked so that any two models differ on some of them: across the whole range of predictions, and from each kind of place.
"""

from __future__ import annotations

import json

import numpy as np
import xgboost

import inference
from step import Table

ROWS_BY_VALUE = 24
ROWS_BY_SEGMENT = 2
# As a share of the answer. XGBoost adds floats of 32 bits in an order of its own; another scorer of the same trees comes
# this close.
TOLERANCE = 1e-4


def golden(booster: xgboost.Booster, table: Table, predicted: np.ndarray, segments: np.ndarray) -> dict:
    rows = sorted(chosen(predicted, segments))
    lines = [",".join(repr(float(value)) for value in table.values[row]) for row in rows]
    answered = inference.predict_fn(inference.input_fn("\n".join(lines), inference.CSV), booster)
    answers = inference.output_fn(answered, inference.CSV).split("\n")
    return {
        "content_type": inference.CSV,
        "features": table.features,
        "tolerance": TOLERANCE,
        "rows": [
            {"csv": line, "prediction": json.loads(answer), "segment": str(segments[row])}
            for row, line, answer in zip(rows, lines, answers)
        ],
    }


def chosen(predicted: np.ndarray, segments: np.ndarray) -> set[int]:
    by_value = np.argsort(predicted, kind="stable")
    rows = {int(by_value[i]) for i in np.linspace(0, len(by_value) - 1, ROWS_BY_VALUE).astype(int)}
    for segment in np.unique(segments):
        rows.update(np.flatnonzero(segments == segment)[:ROWS_BY_SEGMENT].tolist())
    return rows

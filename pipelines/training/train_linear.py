"""Trains the bar to beat: ordinary least squares on the same rows and features. Runs as `train_xgboost.py` does.

A model that does not beat this by more than the noise of the split has learned nothing worth operating. It is never
served; `evaluate.py` reads it. As there, the second model is learned without the held-back places.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from step import Table, TrainingContainer, main, read_table


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--code_sha256", default="", help="not used: makes SageMaker's cache see a change of the code")
    parser.parse_args()
    container = TrainingContainer.from_environment()
    write(container.model / "model.json", fit(read_table(container.train / "random.csv")))
    write(container.output / "model.json", fit(read_table(container.train / "spatial.csv")))


def fit(table: Table) -> dict:
    """Least squares on standardised columns. The categories add up to one, as the intercept does: of all solutions
    `lstsq` takes the shortest, so the answer is unique all the same."""
    mean, scale = table.values.mean(axis=0), table.values.std(axis=0)
    scale[scale == 0] = 1
    columns = np.column_stack([np.ones(len(table)), (table.values - mean) / scale])
    solution, *_ = np.linalg.lstsq(columns, table.target, rcond=None)
    coefficients = solution[1:] / scale
    intercept = float(solution[0] - coefficients @ mean)
    error = float(np.sqrt(np.mean((table.values @ coefficients + intercept - table.target) ** 2)))
    print(f"rows={len(table)} train_rmse={error:.6f}", flush=True)
    return {
        "model": "linear",
        "features": table.features,
        "intercept": intercept,
        "coefficients": coefficients.tolist(),
    }


def write(path: Path, model: dict) -> None:
    path.write_text(json.dumps(model, indent=2) + "\n")


if __name__ == "__main__":
    main(run)

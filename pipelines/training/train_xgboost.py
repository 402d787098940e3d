"""Trains the model that is released. Script mode of SageMaker's XGBoost container; second step of the pipeline.

Two models leave this step, by one recipe:

- `SM_MODEL_DIR`, which becomes `model.tar.gz`, is released: learned from the random split's rows, with the code that
  serves it and a note of how it was made;
- `SM_OUTPUT_DATA_DIR`, which becomes `output.tar.gz`, only serves to judge the recipe: learned without the places that
  the spatial split holds back. A second step would have to be given the same hyperparameters twice.

The same rows and hyperparameters give the same bytes of `model.json`, whatever the machine's number of cores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path

import numpy as np
import xgboost

from step import Table, TrainingContainer, main, read_table

OBJECTIVE = "reg:squarederror"


def run() -> None:
    hyperparameters = parse()
    container = TrainingContainer.from_environment()

    released = fit(read_table(container.train / "random.csv"), hyperparameters)
    released.save_model(container.model / "model.json")
    write_note(container.model / "training.json", released, hyperparameters)
    code = container.model / "code"
    code.mkdir(exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("inference.py"), code / "inference.py")

    judged = fit(read_table(container.train / "spatial.csv"), hyperparameters)
    judged.save_model(container.output / "model.json")


def parse() -> dict[str, float]:
    """The hyperparameters: SageMaker hands them over as strings. None has a default; the pipeline is the one source."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trees", type=int, required=True)
    parser.add_argument("--learning_rate", type=float, required=True)
    parser.add_argument("--max_depth", type=int, required=True)
    parser.add_argument("--subsample", type=float, required=True, help="share of the rows that a tree is shown")
    parser.add_argument("--colsample_bytree", type=float, required=True, help="share of the features that a tree is shown")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--nthread", type=int, default=1, help="changes the time, never the model")
    parser.add_argument("--code_sha256", default="", help="not used: makes SageMaker's cache see a change of the code")
    arguments = vars(parser.parse_args())
    del arguments["code_sha256"]
    return arguments


def fit(table: Table, hyperparameters: dict[str, float]) -> xgboost.Booster:
    booster_parameters = {name: value for name, value in hyperparameters.items() if name != "trees"}
    booster_parameters |= {"objective": OBJECTIVE, "tree_method": "hist"}
    matrix = xgboost.DMatrix(
        table.values, table.target, feature_names=table.features, nthread=hyperparameters["nthread"]
    )
    started = time.perf_counter()
    booster = xgboost.train(booster_parameters, matrix, num_boost_round=hyperparameters["trees"])
    seconds = time.perf_counter() - started
    error = float(np.sqrt(np.mean((booster.predict(matrix) - table.target) ** 2)))
    print(f"rows={len(table)} train_rmse={error:.6f} seconds={seconds:.2f}", flush=True)
    return booster


def write_note(path: Path, booster: xgboost.Booster, hyperparameters: dict[str, float]) -> None:
    kept = {name: value for name, value in hyperparameters.items() if name != "nthread"}
    note = {
        "model": "xgboost",
        "objective": OBJECTIVE,
        "hyperparameters": kept,
        "features": booster.feature_names,
        "xgboost": xgboost.__version__,
    }
    path.write_text(json.dumps(note, indent=2) + "\n")


if __name__ == "__main__":
    main(run)

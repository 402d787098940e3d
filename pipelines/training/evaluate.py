"""Judges the trained models on rows that they have not seen. The step that the pipeline's condition reads.

Three folders are written: `evaluation/` for whoever decides (evaluation.json, the model card, golden predictions),
`plots/` for whoever looks, `baseline/` for the drift monitor. Everything in them but the measured latency is the same
on a second run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path

import numpy as np

import drift_baseline
import golden
import inference
import plots
from metrics import Judged
from model_card import model_card
from models import Linear, Xgboost, training_note
from step import Refused, Table, main, read_table
from transform import CELL, SEGMENT

ROWS_OF_A_LARGE_REQUEST = 1000
REQUESTS = 7


def run() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, required=True, help="holds test/ and, for each model, name/ and name-spatial/")
    parser.add_argument("--output", type=Path, required=True, help="folder for evaluation/, plots/ and baseline/")
    arguments = parser.parse_args()
    source, target = arguments.input, arguments.output

    split = json.loads((source / "test" / "split.json").read_text())
    table = read_table(source / "test" / "random.csv", others=(SEGMENT, CELL))
    if table.features != split["features"]:
        raise Refused("`test/random.csv` has other features than `test/split.json` says")
    released = Xgboost(source / "xgboost" / "model.tar.gz")
    predicted = released.predict(table)
    segments = table.others[SEGMENT]

    by_chance = Judged(
        target=table.target,
        model=predicted,
        baseline=Linear(source / "linear" / "model.tar.gz").predict(table),
        groups=np.arange(len(table)),
    )
    evaluation = {
        "model": "xgboost",
        "rows": {"train": split["random"]["train"], "test": len(table)},
        **judge(by_chance, spatially(source), segments),
        "features": table.features,
        "data": {name: split["data"][name] for name in ("input_sha256", "features_sha256")},
        "model_bytes": released.bytes,
        "latency_us_per_row": latency(released, table),
    }
    evaluation["metadata"] = metadata(evaluation, split)

    note = training_note(source / "xgboost" / "model.tar.gz")
    write(target / "evaluation" / "evaluation.json", evaluation)
    write(target / "evaluation" / "model_card.json", {"content": model_card(evaluation, note, split)})
    # beside the evaluation, where whoever knows the package finds it
    shutil.copyfile(source / "test" / "districts.json", target / "evaluation" / "districts.json")
    write(target / "evaluation" / "golden.json", golden.golden(released.booster, table, predicted, segments))
    write(target / "baseline" / "statistics.json", drift_baseline.statistics(table, predicted))
    write(target / "baseline" / "constraints.json", drift_baseline.constraints(table, predicted))
    plots.draw(target / "plots", table, predicted, evaluation)
    report(evaluation)


def spatially(source: Path) -> Judged:
    table = read_table(source / "test" / "spatial.csv", others=(SEGMENT, CELL))
    return Judged(
        target=table.target,
        model=Xgboost(source / "xgboost-spatial" / "output.tar.gz").predict(table),
        baseline=Linear(source / "linear-spatial" / "output.tar.gz").predict(table),
        groups=table.others[CELL],
    )


def judge(by_chance: Judged, spatial: Judged, segments: np.ndarray) -> dict:
    model: dict = {"segments": {}}
    baseline: dict = {"segments": {}}
    comparison: dict = {}
    for name, judged in (("random", by_chance), ("spatial", spatial)):
        model[name], baseline[name], comparison[name] = judged.scores()
    for name in np.unique(segments):
        model["segments"][name], baseline["segments"][name], _ = by_chance.only(segments == name).scores()
    return {
        "random": model["random"],
        "spatial": model["spatial"],
        "segments": model["segments"],
        "baseline": baseline,
        "comparison": comparison,
    }


def metadata(evaluation: dict, split: dict) -> dict[str, str]:
    """What the registry keeps with the package. Its values are strings, so they are made here and not on the way."""
    return {
        "rmse": f"{evaluation['random']['rmse']:.6f}",
        "rmse_noise": f"{evaluation['random']['rmse_noise']:.6f}",
        "rmse_spatial": f"{evaluation['spatial']['rmse']:.6f}",
        "baseline_rmse": f"{evaluation['baseline']['random']['rmse']:.6f}",
        "contract_version": str(split["contract"]["version"]),
    }


def latency(model: Xgboost, table: Table) -> float:
    """Microseconds for one row of a large request, from its text to the text of the answer; the best of a few."""
    body = "\n".join(",".join(map(repr, row)) for row in table.values[:ROWS_OF_A_LARGE_REQUEST].tolist())
    seconds = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        rows = inference.input_fn(body, inference.CSV)
        inference.output_fn(inference.predict_fn(rows, model.booster), inference.CSV)
        seconds.append(time.perf_counter() - started)
    return round(min(seconds) / len(rows) * 1e6, 2)


def write(path: Path, value: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, allow_nan=False) + "\n")


def report(evaluation: dict) -> None:
    for name in ("random", "spatial"):
        model, linear, compared = evaluation[name], evaluation["baseline"][name], evaluation["comparison"][name]
        print(
            f"{name:8} rmse {model['rmse']:.4f} ± {model['rmse_noise']:.4f}  linear {linear['rmse']:.4f}  "
            f"better by {compared['rmse_difference']:.4f}, {compared['in_noise']:.1f} times the noise"
        )


if __name__ == "__main__":
    main(run)

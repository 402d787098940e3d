"""Splits the features into rows to learn from and rows to be judged by. First step of the SageMaker pipeline.

Two splits are made, because one number would flatter the model:

- random: 20 % of the rows, drawn by a permutation with a seed (scikit-learn's `train_test_split` draws the same ones).
  Neighbours of nearly every row that is held back are learned from, so it says how well the model fills gaps.
- spatial: whole cells of half a degree. It says how well the model does in places that it has never seen. Which cells
  are held back follows from a hash of the cell alone: new rows never move a cell to the other side, so two versions of
  the model are judged on the same places.

Rows are copied as they were written, character by character; nothing is computed or rounded here. What arrived is
compared with the manifest and with the hashes that the pipeline was started with, before anything is written.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
from pathlib import Path

import numpy as np

from step import Refused, main, read_csv

SEGMENT = "ocean_proximity"
CELL = "cell"
CELLS_PER_DEGREE = 2
FOLDS = 5
# what a person is shown of the data: places, and what lies there
DISTRICTS = ("longitude", "latitude", "median_income", "median_house_value", SEGMENT)


def run() -> None:
    arguments = parse()
    manifest = verified_manifest(arguments)
    header, rows = read_csv(arguments.input / "features.csv")
    columns, cleaned = read_csv(arguments.input / "housing.csv")
    segments = [row[columns.index(SEGMENT)] for row in cleaned]
    if len(segments) != len(rows):
        raise Refused(f"`housing.csv` has {len(segments)} rows, `features.csv` has {len(rows)}")

    longitude, latitude = header.index("longitude"), header.index("latitude")
    cells = [cell(float(row[longitude]), float(row[latitude])) for row in rows]
    splits = {
        "random": random_split(len(rows), arguments.test_fraction, arguments.seed),
        "spatial": spatial_split(cells, arguments.held_out_fold),
    }
    for name, (train, test) in splits.items():
        write(arguments.output / "train" / f"{name}.csv", header, [rows[i] for i in train])
        judged = [rows[i] + [segments[i], cells[i]] for i in test]
        write(arguments.output / "test" / f"{name}.csv", header + [SEGMENT, CELL], judged)
        print(f"{name}: {len(train)} rows to learn from, {len(test)} to be judged by")

    described = describe(header, cells, splits, manifest, arguments)
    (arguments.output / "test" / "split.json").write_text(json.dumps(described, indent=2) + "\n")
    (arguments.output / "test" / "districts.json").write_text(json.dumps(districts(columns, cleaned)) + "\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, required=True, help="folder with the output of the Glue job")
    parser.add_argument("--output", type=Path, required=True, help="folder for `train/` and `test/`")
    parser.add_argument("--features-sha256", required=True, help="what `features.csv` must be")
    parser.add_argument("--input-sha256", required=True, help="what the raw file must have been")
    parser.add_argument("--test-fraction", type=float, required=True, help="share of the random split to be judged by")
    parser.add_argument("--seed", type=int, required=True, help="of the random split")
    parser.add_argument("--held-out-fold", type=int, required=True, choices=range(FOLDS), help="of the spatial split")
    return parser.parse_args()


def verified_manifest(arguments: argparse.Namespace) -> dict:
    """The manifest of the Glue job, if the files beside it are those that it and the pipeline's caller speak of."""
    manifest = json.loads((arguments.input / "manifest.json").read_text())
    for name in ("features.csv", "housing.csv"):
        found = hashlib.sha256((arguments.input / name).read_bytes()).hexdigest()
        if found != manifest["outputs"][name]["sha256"]:
            raise Refused(f"`{name}` is not the file of its manifest: its sha256 is {found}")
    for what, told, found in (
        ("features.csv", arguments.features_sha256, manifest["outputs"]["features.csv"]["sha256"]),
        ("the raw file", arguments.input_sha256, manifest["input"]["sha256"]),
    ):
        if told != found:
            raise Refused(f"the pipeline was started for another version of {what}: {told}, not {found}")
    return manifest


def random_split(rows: int, fraction: float, seed: int) -> tuple[list[int], list[int]]:
    held_back = math.ceil(rows * fraction)
    order = np.random.RandomState(seed).permutation(rows).tolist()
    return order[held_back:], order[:held_back]


def spatial_split(cells: list[str], held_out_fold: int) -> tuple[list[int], list[int]]:
    sides: tuple[list[int], list[int]] = ([], [])
    for index, name in enumerate(cells):
        sides[fold(name) == held_out_fold].append(index)
    train, test = sides
    if not train or not test:
        raise Refused(f"fold {held_out_fold} of the cells leaves one side of the spatial split empty")
    return train, test


def cell(longitude: float, latitude: float) -> str:
    """South-western corner of the half-degree cell around a place, in half degrees: `-245/75`."""
    return f"{math.floor(longitude * CELLS_PER_DEGREE)}/{math.floor(latitude * CELLS_PER_DEGREE)}"


def fold(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % FOLDS


def districts(columns: list[str], rows: list[list[str]]) -> dict[str, list]:
    """All districts, a list for each column: what the API shows beside a prediction."""
    picked = {name: [row[columns.index(name)] for row in rows] for name in DISTRICTS}
    return {name: values if name == SEGMENT else [float(value) for value in values] for name, values in picked.items()}


def describe(header, cells, splits, manifest, arguments) -> dict:
    held_out = sorted({cells[i] for i in splits["spatial"][1]})
    return {
        "target": header[0],
        "features": header[1:],
        "contract": manifest["contract"],
        "data": {
            "input_sha256": manifest["input"]["sha256"],
            "features_sha256": manifest["outputs"]["features.csv"]["sha256"],
            "rows": len(cells),
        },
        "random": {
            "train": len(splits["random"][0]),
            "test": len(splits["random"][1]),
            "seed": arguments.seed,
        },
        "spatial": {
            "train": len(splits["spatial"][0]),
            "test": len(splits["spatial"][1]),
            "held_out_fold": arguments.held_out_fold,
            "cells": len(set(cells)),
            "held_out_cells": held_out,
        },
    }


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    main(run)

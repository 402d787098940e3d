"""The steps of training on the real file: the figures that the issue promises, and that a second run gives the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import transform
from local_pipeline import LocalPipeline, StepFailed, pipeline_on
from step import Refused, read_table


@pytest.mark.usefixtures("real_file")
def test_the_error_is_small_enough_and_far_from_the_linear_baseline(evaluation):
    assert evaluation["random"]["rmse"] <= 0.445
    assert evaluation["random"]["r2"] >= 0.848
    assert 0.70 <= evaluation["baseline"]["random"]["rmse"] <= 0.76
    assert evaluation["comparison"]["random"]["in_noise"] > 10


@pytest.mark.usefixtures("real_file")
def test_the_spatial_split_is_reported_and_harder(evaluation):
    assert 0.6 < evaluation["spatial"]["rmse"] < 0.8
    # Whole cells are drawn: one row more or less says little, one place more or less says much.
    assert evaluation["spatial"]["rmse_noise"] > 3 * evaluation["random"]["rmse_noise"]
    assert evaluation["rows"] == {"train": 16512, "test": 4128}


@pytest.mark.usefixtures("real_file")
def test_the_evaluation_has_the_agreed_form(evaluation, pipeline):
    numbers = {"rmse", "mae", "r2", "rmse_noise", "rows"}
    assert set(evaluation["random"]) == set(evaluation["spatial"]) == numbers
    assert set(evaluation["baseline"]) == {"random", "spatial", "segments"}
    assert set(evaluation["segments"]) == {"<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN"}
    for segment, scores in evaluation["segments"].items():
        assert set(scores) == numbers
        assert scores["rows"] == evaluation["baseline"]["segments"][segment]["rows"]
    assert sum(s["rows"] for s in evaluation["segments"].values()) == evaluation["rows"]["test"]
    assert evaluation["segments"]["ISLAND"]["rmse_noise"] is None, "a single row has no spread"
    assert len(evaluation["features"]) == 13
    assert evaluation["data"] == {
        "input_sha256": pipeline.parameters["InputSha256"],
        "features_sha256": pipeline.parameters["DataSha256"],
    }
    assert evaluation["model"] == "xgboost"
    assert evaluation["model_bytes"] > 1_000_000
    assert 0 < evaluation["latency_us_per_row"] < 10_000
    assert evaluation["metadata"]["rmse"] == f"{evaluation['random']['rmse']:.6f}"
    assert all(isinstance(value, str) for value in evaluation["metadata"].values())


def test_a_second_run_gives_the_same_bytes_of_model(pipeline, glue_output, tmp_path):
    again = pipeline_on(tmp_path, glue_output)
    again.run("Transform")
    # What the second model of the step is made of does not matter here; a few rows are quicker.
    spatial = again.output("Transform", "train") / "spatial.csv"
    spatial.write_text("".join(spatial.read_text().splitlines(keepends=True)[:50]))
    again.run("TrainXgboost")
    first, second = (model_folder(p) / "model.json" for p in (pipeline, again))
    assert first.read_bytes() == second.read_bytes()


def test_training_says_what_it_measured_as_the_definition_expects(pipeline):
    for step in ("TrainXgboost", "TrainLinear"):
        metric = pipeline.steps[step]["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"][0]
        assert len(re.findall(metric["Regex"], pipeline.logs[step])) == 2, "one for each split"


def test_the_random_split_is_the_one_of_scikit_learn(pipeline, glue_output):
    # train_test_split(range(20640), test_size=0.2, random_state=42)[1][:5]
    first = [20046, 3024, 15663, 20484, 9814]
    features = (glue_output / "features.csv").read_text().splitlines()
    judged = (pipeline.output("Transform", "test") / "random.csv").read_text().splitlines()
    assert [row.rsplit(",", 2)[0] for row in judged[1:6]] == [features[row + 1] for row in first]


def test_both_splits_use_each_row_once(pipeline, glue_output):
    everything = sorted((glue_output / "features.csv").read_text().splitlines()[1:])
    for split in ("random", "spatial"):
        train = (pipeline.output("Transform", "train") / f"{split}.csv").read_text().splitlines()[1:]
        test = (pipeline.output("Transform", "test") / f"{split}.csv").read_text().splitlines()[1:]
        assert sorted(train + [row.rsplit(",", 2)[0] for row in test]) == everything


@pytest.mark.usefixtures("real_file")
def test_no_place_is_on_both_sides_of_the_spatial_split(pipeline):
    train = read_table(pipeline.output("Transform", "train") / "spatial.csv")
    test = read_table(pipeline.output("Transform", "test") / "spatial.csv", others=("ocean_proximity", "cell"))
    learned = {transform.cell(*place) for place in zip(train.column("longitude"), train.column("latitude"))}
    assert learned.isdisjoint(test.others["cell"])
    places, counts = np.unique(test.others["ocean_proximity"], return_counts=True)
    assert set(places) == {"<1H OCEAN", "INLAND", "NEAR BAY", "NEAR OCEAN"}
    assert counts.min() > 500, "each kind of place but the islands is judged in earnest"


def test_new_rows_move_no_place_to_the_other_side():
    cells = [f"{x}/{y}" for x in range(-250, -228) for y in range(64, 84)]
    _, before = transform.spatial_split(cells[:200], 1)
    _, after = transform.spatial_split(cells, 1)
    assert before == [row for row in after if row < 200]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: append(folder / "features.csv", "1,2\n"), "`features.csv` is not the file of its manifest"),
        (lambda folder: append(folder / "housing.csv", "1,2\n"), "`housing.csv` is not the file of its manifest"),
        (lambda folder: (folder / "manifest.json").unlink(), "is not there"),
    ],
    ids=["features", "housing", "manifest"],
)
def test_what_is_not_the_glue_jobs_output_is_refused(glue_output, tmp_path, spoil, reason):
    pipeline = pipeline_on(tmp_path, glue_output)
    spoil(pipeline.object(pipeline.parameters["InputUri"]))
    with pytest.raises(StepFailed, match=f"^Transform ended with 1:\nerror: .*{reason}"):
        pipeline.run("Transform")


@pytest.mark.parametrize(("parameter", "what"), [("DataSha256", "features.csv"), ("InputSha256", "the raw file")])
def test_other_data_than_the_pipeline_was_started_for_is_refused(glue_output, tmp_path, parameter, what):
    pipeline = pipeline_on(tmp_path, glue_output, **{parameter: "0" * 64})
    with pytest.raises(StepFailed, match=f"started for another version of {what}"):
        pipeline.run("Transform")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("value,age\n1.5,3\n2.5,\n", "`random.csv`, line 3: `age` is not a finite number"),
        ("value,age\nnan,3\n", "`random.csv`, line 2: `value` is not a finite number"),
        ("value,age\n1.5,3\n2.5\n", "`random.csv`, line 3 has 1 fields, the header has 2"),
        ("value,age\n", "`random.csv` has no rows"),
        ("", "`random.csv` has no rows"),
    ],
    ids=["hole", "not a number", "short row", "no rows", "nothing"],
)
def test_what_is_no_table_is_named(tmp_path, text, reason):
    path = tmp_path / "random.csv"
    path.write_text(text)
    with pytest.raises(Refused, match=f"^{reason}$"):
        read_table(path)


def test_numbers_are_read_to_the_last_bit(tmp_path):
    path = tmp_path / "random.csv"
    path.write_text("value,people_per_household\n1.5,3.8774373259052926\n")
    assert read_table(path).values[0, 0] == 3.8774373259052926


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def model_folder(pipeline: LocalPipeline) -> Path:
    return pipeline.folder / "containers" / "TrainXgboost" / "model"


def test_the_models_note_is_true(pipeline, evaluation):
    note = json.loads((model_folder(pipeline) / "training.json").read_text())
    assert note["features"] == evaluation["features"]
    given = pipeline.steps["TrainXgboost"]["Arguments"]["HyperParameters"]
    assert {name: float(given[name]) for name in note["hyperparameters"]} == note["hyperparameters"]

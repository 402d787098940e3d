"""The code inside of `model.tar.gz`, called as SageMaker's container calls it."""

from __future__ import annotations

import importlib.util
import json
import tarfile

import numpy as np
import pytest
import xgboost

from step import read_table

ROW = "-122.23,37.88,41,8.3252,322,6.98,1.02,2.55,0,0,0,1,0"


@pytest.fixture(scope="module")
def unpacked(pipeline, tmp_path_factory):
    """What the container finds in /opt/ml/model."""
    uri = pipeline.properties["TrainXgboost"]["ModelArtifacts"]["S3ModelArtifacts"]
    folder = tmp_path_factory.mktemp("model")
    with tarfile.open(pipeline.object(uri)) as packed:
        packed.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def served(unpacked):
    specification = importlib.util.spec_from_file_location("served_inference", unpacked / "code" / "inference.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model(served, unpacked):
    return served.model_fn(str(unpacked))


def answer(served, model, body):
    return served.output_fn(served.predict_fn(served.input_fn(body, "text/csv"), model), "text/csv")


def test_the_archive_holds_what_serving_needs_and_no_more(unpacked):
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert files == {"model.json", "training.json", "code/inference.py"}


def test_what_serves_answers_as_xgboost_does(served, model, unpacked, pipeline):
    table = read_table(pipeline.output("Transform", "test") / "random.csv", others=("ocean_proximity", "cell"))
    text = (pipeline.output("Transform", "test") / "random.csv").read_text().splitlines()[1:]
    body = "\n".join(line.split(",", 1)[1].rsplit(",", 2)[0] for line in text)
    booster = xgboost.Booster()
    booster.load_model(unpacked / "model.json")
    expected = booster.predict(xgboost.DMatrix(table.values, feature_names=table.features))
    numbers = np.array([float(line) for line in answer(served, model, body).split("\n")], dtype=np.float32)
    assert len(numbers) == 4128
    assert np.array_equal(numbers, expected), "text there and back changes nothing"


def test_golden_predictions_are_what_serves(served, model, pipeline, evaluation):
    golden = json.loads((pipeline.output("Evaluate", "evaluation") / "golden.json").read_text())
    assert len(golden["rows"]) >= 20
    assert golden["features"] == evaluation["features"]
    assert {row["segment"] for row in golden["rows"]} == set(evaluation["segments"])
    predictions = [row["prediction"] for row in golden["rows"]]
    assert max(predictions) > 2 * min(predictions), "from the cheapest to the dearest"
    lines = answer(served, model, "\n".join(row["csv"] for row in golden["rows"])).split("\n")
    assert [float(line) for line in lines] == predictions


@pytest.mark.parametrize("body", [ROW, ROW + "\n", ROW + "\r\n", ROW.encode()], ids=["bare", "newline", "crlf", "bytes"])
def test_one_row_gives_one_number(served, model, body):
    assert 0 < float(answer(served, model, body)) < 6


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "line 1, field 1: `` is not a finite number"),
        (ROW + "\n\n" + ROW, "line 2, field 1: `` is not a finite number"),
        (ROW + "\nlongitude,latitude", "line 2, field 1: `longitude` is not a finite number"),
        (ROW.replace("41", "nan"), "line 1, field 3: `nan` is not a finite number"),
        (ROW.replace("41", "1e999"), "line 1, field 3: `1e999` is not a finite number"),
        (ROW.replace("41", "4_1"), "line 1, field 3: `4_1` is not a finite number"),
        (ROW.replace("41", ""), "line 1, field 3: `` is not a finite number"),
        (ROW + "\n" + ROW + ",1", "line 2 has 14 fields, line 1 has 13"),
        (ROW + ",1", "rows have 14 fields, the model takes 13: longitude, latitude, age"),
        (b"\xff\xfe", "decode"),
    ],
)
def test_what_is_no_row_of_the_contract_is_refused(served, model, body, reason):
    with pytest.raises(ValueError, match=reason):
        answer(served, model, body)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_other_content_types_are_refused(served, content_type):
    with pytest.raises(ValueError, match="is not served"):
        served.input_fn(ROW, content_type)


def test_a_charset_behind_the_content_type_is_no_other_type(served):
    assert served.input_fn(ROW, "text/csv; charset=utf-8").shape == (1, 13)

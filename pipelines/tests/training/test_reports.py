"""What is written for those who decide and for the drift monitor: noise, baseline, card and pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest

import drift_baseline
import metrics
from model_card import MOST_CHARACTERS
from step import Table, read_table


def load(pipeline, output: str, name: str) -> dict:
    return json.loads((pipeline.output("Evaluate", output) / name).read_text())


def test_the_noise_is_the_standard_error_of_theory():
    """For errors from one normal distribution, the RMSE's standard error is sigma / sqrt(2 n)."""
    errors = np.random.default_rng(1).normal(0, 0.5, 5000)
    drawn = metrics.bootstrap(errors[:, None] ** 2, np.arange(len(errors)))
    assert drawn.shape == (1, metrics.DRAWS)
    assert drawn.std() == pytest.approx(0.5 / np.sqrt(2 * 5000), rel=0.1)


def test_rows_that_come_together_are_one_observation():
    """Each error ten times: as certain as it was before, not three times more."""
    errors = np.random.default_rng(1).normal(0, 0.5, 500)
    alone = metrics.bootstrap(errors[:, None] ** 2, np.arange(500)).std()
    repeated = np.repeat(errors, 10)[:, None] ** 2
    assert metrics.bootstrap(repeated, np.repeat(np.arange(500), 10)).std() == pytest.approx(alone, rel=1e-9)
    assert metrics.bootstrap(repeated, np.arange(5000)).std() < alone / 2


def test_the_lead_over_itself_is_nothing():
    target = np.random.default_rng(1).normal(2, 1, 200)
    same = metrics.Judged(target, target + 0.1, target + 0.1, np.arange(200))
    assert same.scores()[2] == {"rmse_difference": 0.0, "noise": 0.0, "in_noise": 0.0}


def test_the_baseline_counts_every_row_once(pipeline, evaluation):
    statistics = load(pipeline, "baseline", "statistics.json")
    assert statistics["dataset"]["item_count"] == 4128
    assert [f["name"] for f in statistics["features"]] == evaluation["features"] + ["prediction"]
    for feature in statistics["features"]:
        numbers = feature["numerical_statistics"]
        bins = numbers["distribution"]["kll"]["buckets"]
        assert sum(b["count"] for b in bins) == 4128
        assert bins[0]["lower_bound"] == numbers["min"] and bins[-1]["upper_bound"] == numbers["max"]
        assert all(left["upper_bound"] == right["lower_bound"] for left, right in zip(bins, bins[1:]))
        assert all(b["lower_bound"] < b["upper_bound"] for b in bins)
        assert all(b["count"] > 0 for b in bins), feature["name"]


def test_rows_of_the_same_kind_do_not_drift_and_others_do(pipeline):
    statistics = load(pipeline, "baseline", "statistics.json")
    train = read_table(pipeline.output("Transform", "train") / "random.csv")
    for feature in statistics["features"][:-1]:
        assert stability_index(feature, train.column(feature["name"])) < 0.01
    income = next(f for f in statistics["features"] if f["name"] == "income")
    assert stability_index(income, train.column("income") * 1.2) > 0.1


def stability_index(feature: dict, values: np.ndarray) -> float:
    bins = feature["numerical_statistics"]["distribution"]["kll"]["buckets"]
    found = np.bincount(np.searchsorted([b["lower_bound"] for b in bins[1:]], values, side="right"), minlength=len(bins))
    expected = np.array([b["count"] for b in bins]) / sum(b["count"] for b in bins)
    observed = np.maximum(found / len(values), 1e-6)
    return float(np.sum((observed - expected) * np.log(observed / expected)))


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([0, 0, 0, 1], [3, 1]),
        ([5, 5, 5], [3]),
        ([1, 2, 3], [1, 1, 1]),
        (list(range(100)), [10] * 10),
        ([0] * 50 + list(range(1, 51)), [50, 10, 10, 10, 10, 10]),
    ],
    ids=["two values", "one value", "three values", "many values", "half of them one value"],
)
def test_bins(values, counts):
    feature = drift_baseline.feature_statistics("x", np.array(values, dtype=float))
    assert [b["count"] for b in feature["numerical_statistics"]["distribution"]["kll"]["buckets"]] == counts


def test_the_constraints_name_every_column(pipeline, evaluation):
    constraints = load(pipeline, "baseline", "constraints.json")
    described = {f["name"]: f for f in constraints["features"]}
    assert list(described) == evaluation["features"] + ["prediction"]
    assert described["longitude"]["num_constraints"] == {"is_non_negative": False}
    assert described["inland"]["inferred_type"] == "Integral"
    assert described["income"]["inferred_type"] == "Fractional"


# https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html: no other keys are allowed
CARD_KEYS = {
    "model_overview": "model_creator model_artifact",
    "intended_uses": "purpose_of_model intended_uses factors_affecting_model_efficiency risk_rating "
    "explanations_for_risk_rating",
    "business_details": "business_problem business_stakeholders line_of_business",
    "training_details": "objective_function training_observations training_job_details",
    "evaluation_details": "name evaluation_observation evaluation_job_arn datasets metadata metric_groups",
    "additional_information": "ethical_considerations caveats_and_recommendations custom_details",
}


def test_the_model_card_is_one_the_registry_takes(pipeline, evaluation):
    content = load(pipeline, "evaluation", "model_card.json")["content"]
    assert len(content) <= MOST_CHARACTERS
    assert "\n" not in content
    card = json.loads(content)
    assert set(card) == set(CARD_KEYS)
    for section, keys in CARD_KEYS.items():
        for part in card[section] if isinstance(card[section], list) else [card[section]]:
            assert set(part) <= set(keys.split()), section
    assert card["intended_uses"]["risk_rating"] in ("High", "Medium", "Low", "Unknown")
    function = card["training_details"]["objective_function"]["function"]
    assert function == {"function": "Minimize", "facet": "RMSE"}
    assert all(isinstance(v, str) for v in card["additional_information"]["custom_details"].values())
    for detail in card["evaluation_details"]:
        for group in detail["metric_groups"]:
            assert all(m["type"] == "number" and set(m) == {"name", "type", "value"} for m in group["metric_data"])
    assert max(map(len, strings(card))) <= 1024
    shown = card["evaluation_details"][0]["metric_groups"][0]["metric_data"]
    assert {"name": "rmse", "type": "number", "value": round(evaluation["random"]["rmse"], 6)} in shown


def strings(value):
    if isinstance(value, str):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(member)


def test_there_are_three_pictures(pipeline):
    pictures = sorted(pipeline.output("Evaluate", "plots").iterdir())
    assert [p.name for p in pictures] == [
        "error-by-segment.png", "predicted-against-actual.png", "residuals-on-the-map.png",
    ]  # fmt: skip
    for picture in pictures:
        content = picture.read_bytes()
        assert content.startswith(b"\x89PNG\r\n")
        assert 10_000 < len(content) < 300_000


def test_a_table_knows_its_columns():
    table = Table(["a", "b"], np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([0.0, 1.0]), {})
    assert table.column("b").tolist() == [2.0, 4.0] and len(table) == 2


def test_every_district_stands_beside_the_evaluation(pipeline, evaluation):
    districts = json.loads((pipeline.output("Evaluate", "evaluation") / "districts.json").read_text())
    counts = {len(values) for values in districts.values()}
    assert counts == {evaluation["rows"]["train"] + evaluation["rows"]["test"]}
    assert set(districts["ocean_proximity"]) == set(evaluation["segments"])
    assert all(10_000 <= value <= 1_000_000 for value in districts["median_house_value"])

"""The figures in `pipelines/README.md` are those that the pipeline measures."""

from __future__ import annotations

import re

import pytest

from local_pipeline import PIPELINES

README = (PIPELINES / "README.md").read_text()


def written(scores: dict) -> str:
    noise = scores["rmse_noise"]
    return f"{scores['rmse']:.4f}" + (f" ± {noise:.4f}" if noise is not None else "")


@pytest.mark.usefixtures("real_file")
def test_the_table_of_results_is_true(evaluation):
    found = {
        label: tuple(cells)
        for label, *cells in re.findall(r"^\| (.+?) \| (\d+) \| ([^|]+) \| ([^|]+) \|$", README, re.MULTILINE)
    }
    baseline = evaluation["baseline"]
    expected = {
        "20 % at random, seed 42": (evaluation["random"], baseline["random"]),
        "whole half-degree cells, fold 1 of 5": (evaluation["spatial"], baseline["spatial"]),
    }
    for name, scores in evaluation["segments"].items():
        expected[f"- `{name}`"] = (scores, baseline["segments"][name])
    assert found == {
        label: (str(model["rows"]), written(model), written(linear)) for label, (model, linear) in expected.items()
    }
    assert f"R² of the random split is {evaluation['random']['r2']:.3f}." in README


def test_every_parameter_without_a_default_is_explained(pipeline):
    for parameter in pipeline.definition["Parameters"]:
        assert "DefaultValue" in parameter or f"`{parameter['Name']}`" in README, parameter["Name"]

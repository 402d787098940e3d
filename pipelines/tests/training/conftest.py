"""One run of the training part of the pipeline on the real file, shared by all tests of this folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from glue_output import write_glue_output  # noqa: E402
from local_pipeline import TRAINING, LocalPipeline, pipeline_on  # noqa: E402

sys.path.insert(0, str(TRAINING))


@pytest.fixture(scope="session")
def glue_job(tmp_path_factory) -> tuple[Path, bool]:
    folder = tmp_path_factory.mktemp("glue")
    return folder, write_glue_output(folder)


@pytest.fixture(scope="session")
def glue_output(glue_job) -> Path:
    """What the Glue job leaves behind."""
    return glue_job[0]


@pytest.fixture
def real_file(glue_job) -> None:
    """For tests of figures: they are those of one file."""
    if not glue_job[1]:
        pytest.skip("THE MODEL'S ERROR IS NOT TESTED: this is not the real file (name it by TOWPATH_HOUSING_CSV)")


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory, glue_output) -> LocalPipeline:
    """The pipeline after its last step before the condition."""
    pipeline = pipeline_on(tmp_path_factory.mktemp("pipeline"), glue_output)
    for step in ("Transform", "TrainXgboost", "TrainLinear", "Evaluate"):
        pipeline.run(step)
    return pipeline


@pytest.fixture(scope="session")
def evaluation(pipeline) -> dict:
    return json.loads((pipeline.output("Evaluate", "evaluation") / "evaluation.json").read_text())

"""The folder that the Glue job leaves behind, made by the job's own code, for the tests of training."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

from housing import contract as contracts
from housing import dataset as datasets
from housing import job, outputs, storage
from housing.engine_pandas import PandasEngine

from local_pipeline import PIPELINES

CONTRACT = PIPELINES.parent / "contracts" / "housing.odcs.yaml"


def write_glue_output(folder: Path) -> bool:
    """Whether it is made of the real file: nothing can be said about the error on another one."""
    found = datasets.find()
    if found.kind != datasets.REAL:
        warnings.warn(f"these tests do NOT train on the real file but on {found.says}")
    raw = folder / "raw.csv"
    raw.write_bytes(found.data)
    rules = contracts.load(CONTRACT)
    source = storage.Source("s3://towpath-dev-raw-000000000000/incoming/housing.csv", "1", found.sha256)
    object_id = hashlib.sha256(b"tests").hexdigest()
    job.process(PandasEngine(), str(raw), rules, outputs.Writer(str(folder), rules, {}), source, object_id)
    raw.unlink()
    return found.kind == datasets.REAL

"""Makes the folder that the Glue job leaves behind, from the real file and the contract, for the tests of training."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd
import yaml

from local_pipeline import PIPELINES, sha256

CONTRACT = PIPELINES.parent / "contracts" / "housing.odcs.yaml"


def write_glue_output(folder: Path) -> Path:
    raw = Path(os.environ["TOWPATH_HOUSING_CSV"])
    contract = yaml.safe_load(CONTRACT.read_text())
    housing = pd.read_csv(raw)
    housing["total_bedrooms"] = housing["total_bedrooms"].fillna(housing["total_rooms"] * 0.203162)
    features = pd.DataFrame({p["name"]: column(housing, p["transformLogic"]) for p in contract["schema"][1]["properties"]})
    housing.to_csv(folder / "housing.csv", index=False)
    features.to_csv(folder / "features.csv", index=False)
    manifest = {
        "contract": {"id": contract["id"], "version": contract["version"]},
        "input": {"sha256": sha256(raw), "rows": len(housing)},
        "outputs": {name: {"sha256": sha256(folder / name)} for name in ("features.csv", "housing.csv")},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def column(housing: pd.DataFrame, logic: str) -> pd.Series:
    left, operator, right = (logic.split(" ", 2) + [None, None])[:3]
    if operator is None:
        return housing[left]
    if operator == "==":
        return (housing[left] == right.strip('"')).astype(int)
    return housing[left] / (housing[right] if right in housing else float(right))

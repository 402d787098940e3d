"""pandas and Spark compute the same on the whole file: every value of every row, the report, and the bytes that are stored."""

import filecmp
import json

import pytest
from housing import outputs, storage, transform
from housing.dataset import REAL
from housing.engine_pandas import PandasEngine
from housing.job import process


def run(engine, path, contract, folder):
    folder.mkdir()
    source = storage.Source("s3://raw/incoming/housing.csv", "1", "0" * 64)
    writer = outputs.Writer(str(folder), contract, {"input-sha256": source.sha256})
    return process(engine, path, contract, writer, source, "object")


@pytest.fixture(scope="module")
def both(dataset_path, contract, spark, tmp_path_factory):
    """The manifests and the folders of a run with each engine."""
    folder = tmp_path_factory.mktemp("engines")
    engines = {"pandas": PandasEngine(), "spark": spark}
    return {name: (run(one, dataset_path, contract, folder / name), folder / name) for name, one in engines.items()}


@pytest.mark.parametrize("name", ["housing.csv", "features.csv"])
def test_row_by_row(both, name):
    ours, theirs = ((folder / name).read_text(encoding="utf-8").splitlines() for _, folder in both.values())
    assert len(ours) == len(theirs) == 20641
    for number, (one, other) in enumerate(zip(ours, theirs), 1):
        assert one == other, f"line {number}"


def test_byte_by_byte(both):
    (ours, our_folder), (theirs, their_folder) = both.values()
    assert ours == theirs
    names = sorted(ours["outputs"]) + ["manifest.json"]
    assert names == ["features.csv", "housing.csv", "housing.parquet", "quality.json", "manifest.json"]
    same, different, failed = filecmp.cmpfiles(our_folder, their_folder, names, shallow=False)
    assert (same, different, failed) == (names, [], [])


def test_the_file_has_several_partitions_for_spark(dataset_path, contract, spark):
    """Otherwise the order of rows would be tested on nothing."""
    assert spark.read(dataset_path, contract, transform.read(contract)).rdd.getNumPartitions() > 1


def test_a_second_run_writes_the_same_bytes(dataset_path, contract, tmp_path):
    first = run(PandasEngine(), dataset_path, contract, tmp_path / "first")
    second = run(PandasEngine(), dataset_path, contract, tmp_path / "second")
    assert first == second


def test_what_the_real_file_holds(dataset, dataset_path, contract, tmp_path):
    """Figures that are known from elsewhere: the numbers of missing and cut-off values, and the ratio that fills the gaps."""
    run(PandasEngine(), dataset_path, contract, tmp_path / "out")
    report = json.loads((tmp_path / "out" / "quality.json").read_text())
    columns = report["columns"]
    assert report["verdict"] == "kept" and all(rule["verdict"] == "kept" for rule in report["rules"])
    assert report["rows"] == 20640
    assert sum(columns["ocean_proximity"]["counts"].values()) == 20640
    if dataset.kind == REAL:
        assert columns["total_bedrooms"]["rows_imputed"] == 207
        assert columns["median_house_value"]["rows_capped"] == 965
        assert columns["housing_median_age"]["rows_capped"] == 1273
        assert columns["median_income"]["rows_capped"] == 49 + 12
        assert columns["ocean_proximity"]["counts"] == {
            "<1H OCEAN": 9136, "INLAND": 6551, "NEAR OCEAN": 2658, "NEAR BAY": 2290, "ISLAND": 5,
        }
        assert abs(report["imputation"]["total_bedrooms"]["difference_percent"]) < 0.001
        assert [one["rows_outside_observed"] for one in columns.values() if "least" in one] == [0] * 9
        # the observed ranges of the contract are exactly those of this file
        for one in contract.columns:
            if one.observed:
                assert one.observed == (columns[one.name]["least"], columns[one.name]["greatest"])

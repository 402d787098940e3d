"""What the tests of the package `housing` share: the contract, the data, the two engines, and an S3 that is not Amazon's.

What is missing on a machine is said in the summary (`-ra` in pyproject.toml): no Java or no pyspark, no real data.
"""

import pathlib
import sys
import warnings

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from housing import contract as contracts  # noqa: E402
from housing import dataset as datasets  # noqa: E402
from housing.engine_pandas import PandasEngine  # noqa: E402
from local_spark import make_spark  # noqa: E402

REPOSITORY = HERE.parents[2]


@pytest.fixture(scope="session")
def contract_path():
    return REPOSITORY / "contracts" / "housing.odcs.yaml"


@pytest.fixture(scope="session")
def contract(contract_path):
    return contracts.load(contract_path)


@pytest.fixture(scope="session")
def dataset():
    found = datasets.find()
    if found.kind != datasets.REAL:
        warnings.warn(f"these tests do NOT run on the real file but on {found.says}")
    return found


@pytest.fixture(scope="session")
def dataset_path(dataset, tmp_path_factory):
    path = tmp_path_factory.mktemp("dataset") / "housing.csv"
    path.write_bytes(dataset.data)
    return str(path)


@pytest.fixture(scope="session")
def spark():
    engine = make_spark()
    yield engine
    engine.session.stop()


@pytest.fixture(scope="session", params=["pandas", "spark"])
def engine(request):
    return request.getfixturevalue("spark") if request.param == "spark" else PandasEngine()

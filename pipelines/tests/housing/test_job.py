"""The job as Glue starts it: packed as it is uploaded, in a process of its own, against S3, with the arguments of the real service."""

import csv
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys

import boto3
import local_aws
import pyarrow.parquet
import pytest
from local_aws import REPOSITORY
from local_spark import demand_spark

RAW, PROCESSED, ARTIFACTS = "towpath-dev-raw", "towpath-dev-processed", "towpath-dev-artifacts"
KEY = "incoming/housing ü.csv"
RUNS = {}


def load_pack():
    spec = importlib.util.spec_from_file_location("pack", REPOSITORY / "pipelines" / "pack.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Aws:
    """The buckets, the workflow's runs, and the job with its code as it comes from the artifacts bucket."""

    def __init__(self, s3_url, glue_url, folder):
        self.folder = folder
        self.environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "AWS_ENDPOINT_URL": s3_url,
            "AWS_ENDPOINT_URL_GLUE": glue_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_SUBMIT_ARGS": "--conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 pyspark-shell",
            # boto3 says on Python 3.9 that it is old; what is asserted is what the job says
            "PYTHONWARNINGS": "ignore",
        }
        if os.environ.get("JAVA_HOME"):
            self.environment["JAVA_HOME"] = os.environ["JAVA_HOME"]
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-central-1"}
        self.s3 = boto3.client("s3", endpoint_url=s3_url, **keys)
        for bucket in (RAW, PROCESSED, ARTIFACTS):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for name, data in load_pack().tree().items():
            self.s3.put_object(Bucket=ARTIFACTS, Key=f"code/{name}", Body=data)
            if name.startswith("glue/"):
                (folder / os.path.basename(name)).write_bytes(data)

    def deliver(self, data, **changes):
        """Puts a file into the raw bucket; the identifier of a workflow run about it."""
        version = self.s3.put_object(Bucket=RAW, Key=KEY, Body=data)["VersionId"]
        run = f"wr_{len(RUNS):064x}"
        RUNS[("towpath-dev-housing", run)] = {
            "object_id": hashlib.sha256(f"{KEY} {version}".encode()).hexdigest(),
            "input_uri": f"s3://{RAW}/{KEY}",
            "input_version_id": version,
            "input_sha256": hashlib.sha256(data).hexdigest(),
            "output_uri": f"s3://{PROCESSED}/housing",
            **changes,
        }
        return run

    def job(self, run, *more, library="housing.zip", python=sys.executable):
        arguments = ["--scriptLocation", "s3://somewhere/else", "--job-language=python", "--WORKFLOW_NAME", "towpath-dev-housing"]
        arguments += ["--WORKFLOW_RUN_ID", run, "--CONTRACT_URI", f"s3://{ARTIFACTS}/code/contracts/housing.odcs.yaml"]
        return subprocess.run(
            [python, str(self.folder / "clean_housing.py"), *arguments, *more],
            env=dict(self.environment, PYTHONPATH=str(self.folder / library)),
            cwd=self.folder, capture_output=True, text=True, encoding="utf-8", timeout=600,
        )

    def keys(self):
        return sorted(entry["Key"] for entry in self.s3.list_objects_v2(Bucket=PROCESSED).get("Contents", []))

    def read(self, key):
        return self.s3.get_object(Bucket=PROCESSED, Key=key)

    def empty(self):
        for key in self.keys():
            self.s3.delete_object(Bucket=PROCESSED, Key=key)


@pytest.fixture(scope="module")
def running(request, tmp_path_factory):
    python = local_aws.interpreter_with_ministack(request.config.cache.mkdir("towpath"))
    folder = tmp_path_factory.mktemp("aws")
    (folder / "ministack").mkdir()
    (folder / "code").mkdir()
    with local_aws.ministack(python, folder / "ministack") as s3_url, local_aws.glue(RUNS) as glue_url:
        yield Aws(s3_url, glue_url, folder / "code")


@pytest.fixture
def aws(running):
    running.empty()
    return running


def test_the_whole_file(aws, dataset, contract):
    run = aws.deliver(dataset.data)
    # a newer version under the same key is somebody else's run
    aws.s3.put_object(Bucket=RAW, Key=KEY, Body=b"another file")
    done = aws.job(run, "--ENGINE", "pandas")
    assert (done.returncode, done.stderr) == (0, "")

    folder = f"housing/{dataset.sha256}"
    names = ["features.csv", "housing.csv", "housing.parquet", "manifest.json", "quality.json"]
    assert aws.keys() == [f"{folder}/{name}" for name in names]
    properties = RUNS[("towpath-dev-housing", run)]
    manifest = json.loads(aws.read(f"{folder}/manifest.json")["Body"].read())
    assert manifest["contract"] == {"id": contract.id, "version": contract.version}
    assert manifest["input"] == {
        "uri": properties["input_uri"], "version_id": properties["input_version_id"], "sha256": dataset.sha256, "rows": 20640,
    }
    assert manifest["object_id"] == properties["object_id"]
    assert sorted(manifest["outputs"]) == sorted(set(names) - {"manifest.json"})
    for name, entry in manifest["outputs"].items():
        data = aws.read(f"{folder}/{name}")["Body"].read()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (entry["sha256"], entry["bytes"])
        assert entry.get("rows", 20640) == 20640

    features = list(csv.reader(io.StringIO(aws.read(f"{folder}/features.csv")["Body"].read().decode())))
    assert features[0] == ["value"] + contract.feature_names
    assert all(repr(float(cell)) == cell for row in features[1:] for cell in row)

    metadata = aws.read(f"{folder}/features.csv")["Metadata"]
    assert metadata["input-sha256"] == dataset.sha256
    assert metadata["input-version-id"] == properties["input_version_id"]
    assert metadata["input-uri"] == f"s3://{RAW}/incoming/housing%20%C3%BC.csv"
    table = pyarrow.parquet.read_table(io.BytesIO(aws.read(f"{folder}/housing.parquet")["Body"].read()))
    assert table.schema.metadata[b"towpath.input-uri"].decode() == properties["input_uri"]
    assert table.schema.metadata[b"towpath.contract-sha256"].decode() == contract.sha256
    assert table.num_rows == 20640 and table.column("total_bedrooms").null_count == 0


def test_the_manifest_comes_last_and_is_the_same_again(aws, dataset):
    run = aws.deliver(dataset.data)
    assert aws.job(run, "--ENGINE", "pandas").returncode == 0
    first = {key: aws.read(key)["Body"].read() for key in aws.keys()}
    # from the wheel this time, as Glue's Python shell installs it
    assert aws.job(run, "--ENGINE", "pandas", library="housing-1.0.0-py3-none-any.whl").returncode == 0
    assert {key: aws.read(key)["Body"].read() for key in aws.keys()} == first
    versions = aws.s3.list_object_versions(Bucket=PROCESSED, Prefix=f"housing/{dataset.sha256}/")["Versions"]
    latest = [entry for entry in versions if entry["IsLatest"]]
    manifest = next(entry for entry in latest if entry["Key"].endswith("manifest.json"))
    assert all(entry["LastModified"] <= manifest["LastModified"] for entry in latest)


def test_spark_stores_the_same(aws, dataset):
    demand_spark()
    run = aws.deliver(dataset.data)
    assert aws.job(run, "--ENGINE", "pandas").returncode == 0
    first = {key: aws.read(key)["Body"].read() for key in aws.keys()}
    aws.empty()
    done = aws.job(run, "--ENGINE", "spark")
    assert done.returncode == 0, done.stderr
    assert "engine spark" in done.stdout
    assert {key: aws.read(key)["Body"].read() for key in aws.keys()} == first


def fails(aws, run, message, *more):
    done = aws.job(run, *(more or ("--ENGINE", "pandas")))
    assert (done.returncode, done.stdout.count("stored")) == (1, 0)
    assert done.stderr.startswith("error: ") and message in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert aws.keys() == []


def test_other_bytes_than_announced(aws, dataset):
    fails(aws, aws.deliver(dataset.data, input_sha256="0" * 64), "it is not the file that was checked")


def test_a_broken_rule_stops_it_before_anything_is_written(aws, dataset):
    lines = dataset.data.decode().splitlines()
    lines[17] = "-12.25" + lines[17][lines[17].index(",") :]
    run = aws.deliver(("\n".join(lines) + "\n").encode())
    fails(aws, run, "`longitude`: rows in which it is not between -125 and -114 must be 0, and is 1, such as -12.25")


def test_a_file_that_is_no_table(aws):
    fails(aws, aws.deliver(b"%PDF-1.7 \xff\xfe"), "the header is not utf-8")


def test_a_run_without_its_properties(aws, dataset):
    fails(aws, aws.deliver(dataset.data, output_uri=""), "has no property `output_uri`")


def test_arguments_that_are_not_there(aws):
    fails(aws, "", "the argument `--WORKFLOW_RUN_ID` is missing")
    fails(aws, "wr_1", "`--ENGINE duckdb`; known are auto, pandas, spark", "--ENGINE", "duckdb")


def test_a_shared_copy_is_of_the_version_and_goes_away(aws):
    from housing import storage

    version = aws.s3.put_object(Bucket=RAW, Key=KEY, Body=b"this one")["VersionId"]
    aws.s3.put_object(Bucket=RAW, Key=KEY, Body=b"not this one")
    source = storage.Source(f"s3://{RAW}/{KEY}", version, "")
    with storage.shared_copy(aws.s3, source, f"s3://{PROCESSED}/housing/x") as address:
        assert storage.read(aws.s3, address) == b"this one"
    assert aws.keys() == []

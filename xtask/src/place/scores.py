"""Every row that the model was not trained on, through dev's endpoint and through XGBoost itself. Then what the drift monitor says of
those rows, and of 500 of them as if incomes had risen by a fifth.
"""

import csv
import datetime
import io
import json
import sys
import tarfile
import time

import boto3
import numpy
import xgboost

DEV = "towpath-dev"
ARTIFACTS = f"{DEV}-artifacts-000000000000"
ENDPOINT = f"{DEV}-housing"
AT_ONCE = 500
TOLERANCE = 1e-5


def main():
    s3, sagemaker = boto3.client("s3"), boto3.client("sagemaker")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS)
    [held_out] = [each["Key"] for page in pages for each in page.get("Contents", []) if each["Key"].endswith("/test/random.csv")]
    text = s3.get_object(Bucket=ARTIFACTS, Key=held_out)["Body"].read().decode()
    [names, *rows] = csv.reader(io.StringIO(text))
    booster = load(s3, sagemaker)
    columns = [names.index(feature) for feature in booster.feature_names]
    lines = [[row[column] for column in columns] for row in rows]
    theirs = booster.predict(xgboost.DMatrix(numpy.array(lines, dtype=numpy.float64), feature_names=booster.feature_names))
    ours = []
    for begin in range(0, len(lines), AT_ONCE):
        ours += predict(lines[begin : begin + AT_ONCE])
    worst = float(numpy.abs(numpy.array(ours) - theirs).max())
    if len(ours) != len(theirs) or worst > TOLERANCE:
        sys.exit(f"{len(ours)} predictions of {len(theirs)}, the worst off by {worst}")
    print(f"{len(ours)} rows, the worst off by {worst:.1e}")
    watch(booster.feature_names, lines)


def watch(names, lines):
    steady = look(len(lines), {})
    # captured requests have their time to the second
    time.sleep(1)
    moved = datetime.datetime.now(datetime.timezone.utc)
    income = names.index("income")
    richer = [[*line[:income], str(float(line[income]) * 1.2), *line[income + 1 :]] for line in lines[:: len(lines) // 500][:500]]
    predict(richer)
    drift = look(len(richer), {"since": moved.isoformat()})
    if (steady["outcome"], drift["outcome"]) != ("steady", "drift"):
        sys.exit(f"the drift monitor says {steady['outcome']}, then {drift['outcome']}: {json.dumps(drift)}")
    columns = [f"{each['name']} ({each['psi']:.2f})" for each in drift["reports"][0]["columns"] if each["drifted"]]
    print(f"drift monitor: {steady['reports'][0]['rows']} rows are steady; incomes a fifth higher, 500 rows: {', '.join(columns)}")


def look(rows, question):
    """Captured requests are in S3 a moment later"""
    for _ in range(100):
        answer = boto3.client("lambda").invoke(FunctionName=f"{DEV}-drift-monitor", Payload=json.dumps(question))
        told = json.load(answer["Payload"])
        if "FunctionError" in answer or sum(report["rows"] for report in told.get("reports", [])) >= rows:
            return told
        time.sleep(0.2)
    sys.exit(f"the drift monitor sees too little: {told}")


def predict(lines):
    body = "\n".join(",".join(line) for line in lines)
    answer = boto3.client("sagemaker-runtime").invoke_endpoint(EndpointName=ENDPOINT, ContentType="text/csv", Accept="text/csv", Body=body)
    return [float(each) for each in answer["Body"].read().decode().replace(",", "\n").split()]


def load(s3, sagemaker):
    """The booster of the package that the endpoint serves"""
    config = sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointConfigName"]
    [variant] = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    container = model.get("PrimaryContainer") or model["Containers"][0]
    url = container.get("ModelDataUrl")
    if url is None:
        package = sagemaker.describe_model_package(ModelPackageName=container["ModelPackageName"])
        url = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, key = url.removeprefix("s3://").split("/", 1)
    packed = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    with tarfile.open(fileobj=packed) as archive:
        [member] = [each for each in archive.getmembers() if each.name.endswith("model.json")]
        booster = xgboost.Booster()
        booster.load_model(bytearray(archive.extractfile(member).read()))
    return booster


main()

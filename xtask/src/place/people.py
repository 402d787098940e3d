"""The people and machines around the demo: on AWS's side through AWS's own client, on GitHub's through its REST interface.

    origin   where git finds the repository on GitHub
    merge    a colleague looks at the open pull request, approves and merges it
    seed     what has to be there before Terraform: the bucket for its state
    spoil    somebody delivers a file that is none; it is set aside with its reason, and nothing starts
    deliver  the data arrives; the event is told ten times
    trained  waits until a model is registered, and tells what happened on the way
    repeat   both functions are told of both files again, a hundred times, in any order
    renew    the next delivery arrives, with other rows
    retrained  the same for it
    canary   watches prod's endpoint until it has moved to another model
    tried    waits until dev serves it
    read     what is there after the apply, as AWS tells it
    ask      the REST API, about one district
    address  the REST API's address
"""

import collections
import concurrent.futures
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

import botocore.session
import yaml

SESSION = botocore.session.get_session()
ACCOUNT = "000000000000"
DEV = "towpath-dev"
PROD = "towpath-prod"
RAW = f"{DEV}-raw-{ACCOUNT}"
PROCESSED = f"{DEV}-processed-{ACCOUNT}"
PATIENCE_SECONDS = 180
DISTRICT = {
    "longitude": -122.23,
    "latitude": 37.88,
    "housing_median_age": 41,
    "total_rooms": 880,
    "total_bedrooms": None,
    "population": 322,
    "households": 126,
    "median_income": 8.3252,
    "ocean_proximity": "NEAR BAY",
}
with open("towpath.yaml", encoding="utf-8") as file:
    BACKEND = yaml.safe_load(file)["terraform"]["environments"]["prod"]["backend_config"]


def client(service):
    return SESSION.create_client(service)


def github(method, path, login="colleague", **body):
    """GitHub's answer to one of the repository's people"""
    request = urllib.request.Request(
        f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}{path}",
        method=method,
        data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer person:{login}", "Accept": "application/vnd.github+json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def origin():
    print(github("GET", "")["clone_url"])


def merge():
    [pull] = github("GET", "/pulls")
    print(f"#{pull['number']} {pull['title']}, by {pull['user']['login']}")
    github("POST", f"/pulls/{pull['number']}/reviews", event="APPROVE")
    merged = github("PUT", f"/pulls/{pull['number']}/merge", merge_method="squash", sha=pull["head"]["sha"])
    print("approved and merged as", merged["sha"])


def wait(what, look):
    """Looks until there is an answer, and says what was seen whenever it changes."""
    started, seen = time.monotonic(), None
    while time.monotonic() - started < PATIENCE_SECONDS:
        answer, shown = look()
        if shown != seen:
            print(f"{time.monotonic() - started:5.1f} s  {shown}", flush=True)
            seen = shown
        if answer is not None:
            return answer
        time.sleep(0.2)
    sys.exit(f"{what} did not happen within {PATIENCE_SECONDS} s")


def seed():
    client("s3").create_bucket(
        Bucket=BACKEND["bucket"],
        CreateBucketConfiguration={"LocationConstraint": BACKEND["region"]},
    )
    print("created", BACKEND["bucket"])


def created(bucket, told, number):
    """The event that an object was created, as EventBridge hands it to a function"""
    detail = {"version": "0", "bucket": {"name": bucket}, "object": told | {"sequencer": f"{number:018X}"}, "reason": "PutObject"}
    return json.dumps({"version": "0", "source": "aws.s3", "detail-type": "Object Created", "detail": detail})


def spoil():
    with open(os.environ["DEMO_DATA"], "rb") as data:
        lines = data.read().splitlines(keepends=True)
    lines[2000] = lines[2000].replace(b"-", b"", 1)
    client("s3").put_object(Bucket=RAW, Key="incoming/spoilt.csv", Body=b"".join(lines))

    def look():
        listed = client("s3").list_objects_v2(Bucket=RAW, Prefix="quarantine/").get("Contents", [])
        reasons = [each["Key"] for each in listed if each["Key"].endswith("reason.json")]
        return (reasons[0] if reasons else None), "waiting for the verdict" if not reasons else "set aside"

    body = client("s3").get_object(Bucket=RAW, Key=wait("the quarantine", look))["Body"]
    reason = json.load(body)
    print("set aside:", reason["code"], "line", reason.get("line"), reason.get("field"), "-", reason["message"])
    runs = client("glue").get_workflow_runs(Name=f"{DEV}-housing")["Runs"]
    print(f"{len(runs)} workflow runs")


def deliver():
    with open(os.environ["DEMO_DATA"], "rb") as data:
        body = data.read()
    put = client("s3").put_object(Bucket=RAW, Key="incoming/housing.csv", Body=body)
    told = {"key": "incoming/housing.csv", "size": len(body), "etag": put["ETag"].strip('"'), "version-id": put["VersionId"]}
    # EventBridge delivers at least once
    for number in range(9):
        client("lambda").invoke(FunctionName=f"{DEV}-start-etl", InvocationType="Event", Payload=created(RAW, told, number))
    print("delivered", len(body), "bytes, version", put["VersionId"])


def repeat():
    s3, functions = client("s3"), client("lambda")
    [processed] = [each["Key"] for each in s3.list_objects_v2(Bucket=PROCESSED)["Contents"] if each["Key"].endswith("/manifest.json")]
    events = []
    for bucket, key, function in ((RAW, "incoming/housing.csv", "start-etl"), (PROCESSED, processed, "start-training")):
        head = s3.head_object(Bucket=bucket, Key=key)
        told = {"key": key, "size": head["ContentLength"], "etag": head["ETag"].strip('"'), "version-id": head["VersionId"]}
        events += [(f"{DEV}-{function}", created(bucket, told, number)) for number in range(50)]
    random.Random(42).shuffle(events)

    def tell(event):
        function, payload = event
        answer = functions.invoke(FunctionName=function, Payload=payload)
        return json.load(answer["Payload"]).get("outcome", answer.get("FunctionError"))

    with concurrent.futures.ThreadPoolExecutor(8) as workers:
        outcomes = collections.Counter(workers.map(tell, events))
    runs = client("glue").get_workflow_runs(Name=f"{DEV}-housing")["Runs"]
    executions = client("sagemaker").list_pipeline_executions(PipelineName=f"{DEV}-housing")["PipelineExecutionSummaries"]
    print(f"{len(events)} events: {dict(outcomes)}; {len(runs)} workflow run, {len(executions)} pipeline run")


def renew():
    with open(os.environ["DEMO_DATA"], "rb") as data:
        lines = data.read().splitlines(keepends=True)
    body = b"".join(line for number, line in enumerate(lines) if number % 100 != 99)
    put = client("s3").put_object(Bucket=RAW, Key="incoming/housing.csv", Body=body)
    print("delivered", len(body), "bytes, version", put["VersionId"])


def retrained():
    trained(deliveries=2)


def trained(deliveries=1):
    glue, sagemaker = client("glue"), client("sagemaker")

    def look():
        runs = glue.get_workflow_runs(Name=f"{DEV}-housing")["Runs"]
        executions = sagemaker.list_pipeline_executions(PipelineName=f"{DEV}-housing")["PipelineExecutionSummaries"]
        steps = []
        for execution in executions:
            listed = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution["PipelineExecutionArn"], SortOrder="Ascending")
            listed = listed["PipelineExecutionSteps"]
            steps += [f"{step['StepName']} {step['StepStatus']}" for step in listed]
            if execution["PipelineExecutionStatus"] in ("Failed", "Stopped"):
                reasons = [f"{step['StepName']}: {step['FailureReason']}" for step in listed if "FailureReason" in step]
                sys.exit(f"the pipeline failed: {reasons}")
        failed = [run for run in runs if run["Status"] in ("ERROR", "STOPPED") or run.get("Statistics", {}).get("FailedActions")]
        if failed:
            sys.exit(f"the workflow failed: {json.dumps(failed[0], default=str)}")
        done = len(executions) == deliveries and all(each["PipelineExecutionStatus"] == "Succeeded" for each in executions)
        shown = f"{len(runs)} workflow run {[run['Status'] for run in runs]}, {len(executions)} pipeline run: {', '.join(steps) or 'not yet'}"
        return (runs, executions) if done else None, shown

    runs, executions = wait("a trained model", look)
    if (len(runs), len(executions)) != (deliveries, deliveries):
        sys.exit(f"{len(runs)} workflow runs and {len(executions)} pipeline runs for {deliveries} versions of a file")
    packages = sagemaker.list_model_packages(ModelPackageGroupName="housing", SortOrder="Descending")["ModelPackageSummaryList"]
    package = sagemaker.describe_model_package(ModelPackageName=packages[0]["ModelPackageArn"])
    told = package["CustomerMetadataProperties"]
    print("rmse", told["rmse"], "in places never seen", told["rmse_spatial"], "linear baseline", told["baseline_rmse"])
    print("registered", package["ModelPackageArn"], package["ModelApprovalStatus"])


def tried():
    sagemaker = client("sagemaker")

    def look():
        try:
            endpoint = sagemaker.describe_endpoint(EndpointName=f"{DEV}-housing")
        except sagemaker.exceptions.ClientError:
            return None, "no endpoint yet"
        status = endpoint["EndpointStatus"]
        return endpoint if status == "InService" else None, status

    endpoint = wait("an endpoint in dev", look)
    print("dev serves", endpoint["EndpointConfigName"])


def canary():
    sagemaker = client("sagemaker")
    before = sagemaker.describe_endpoint(EndpointName=f"{PROD}-housing")["EndpointConfigName"]
    stages = []

    def look():
        endpoint = sagemaker.describe_endpoint(EndpointName=f"{PROD}-housing")
        pending = endpoint.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
        at = [status["Status"] for variant in pending for status in variant.get("VariantStatus", [])]
        stages.extend(stage for stage in at if stage not in stages)
        moved = endpoint["EndpointStatus"] == "InService" and endpoint["EndpointConfigName"] != before
        shown = " ".join([endpoint["EndpointStatus"], *at])
        return endpoint if moved else None, shown

    endpoint = wait("the canary", look)
    if "Baking" not in stages:
        sys.exit(f"nothing was watched: {stages}")
    print(f"{before} -> {endpoint['EndpointConfigName']} by way of {', '.join(stages)}")


def state():
    """Attributes of the resources in prod's state, by type."""
    text = client("s3").get_object(Bucket=BACKEND["bucket"], Key="environments/prod/terraform.tfstate")["Body"]
    resources = {}
    for resource in json.load(text)["resources"]:
        for instance in resource["instances"]:
            resources.setdefault(resource["type"], []).append(instance["attributes"])
    return resources


def read():
    s3, resources = client("s3"), state()
    for bucket in resources["aws_s3_bucket"]:
        encryption = s3.get_bucket_encryption(Bucket=bucket["bucket"])["ServerSideEncryptionConfiguration"]
        algorithm = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        print("bucket", bucket["bucket"], "encrypted by", algorithm)
    for repository in resources["aws_ecr_repository"]:
        described = client("ecr").describe_repositories(repositoryNames=[repository["name"]])["repositories"][0]
        print("repository", described["repositoryName"], described["imageTagMutability"])
    for endpoint in resources["aws_sagemaker_endpoint"]:
        described = client("sagemaker").describe_endpoint(EndpointName=endpoint["name"])
        print("endpoint", described["EndpointName"], described["EndpointStatus"], "serves", described["EndpointConfigName"])


def api_url():
    """The stand-in knows an API by its id and stage; on AWS the state has the address."""
    [api] = state()["aws_apigatewayv2_api"]
    return f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{api['id']}/$default"


def ask():
    request = urllib.request.Request(
        f"{api_url()}/predict",
        data=json.dumps(DISTRICT).encode(),
        headers={"Content-Type": "application/json"},
    )
    print(f"POST {request.full_url}")
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code}: {error.read().decode()}")
    print(json.dumps(answer))
    [prediction] = answer["predictions"]
    # the real file says 452,600 for it; where the data is made up, it is as dear
    if not 350_000 < prediction["median_house_value"] < 600_000:
        sys.exit("that is no value for this district")
    print(f"predicted {prediction['median_house_value']:.0f} USD, estimated: {', '.join(prediction['imputed'])}")


def address():
    print(api_url())


{each.__name__: each for each in (origin, merge, seed, spoil, deliver, trained, repeat, renew, retrained, canary, tried, read, ask, address)}[sys.argv[1]]()

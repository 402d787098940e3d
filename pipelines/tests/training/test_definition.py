"""`housing.pipeline.json` against the service: each request has the form that the API takes, and nothing dangles."""

from __future__ import annotations

import json
import re
from typing import Any, Iterator

import botocore.session
import pytest
from botocore.validate import ParamValidator

from local_pipeline import GIVEN_BY_TERRAFORM, all_steps, load_definition

API = botocore.session.get_session().get_service_model("sagemaker")
DEFINITION = load_definition()
STEPS = {step["Name"]: step for step in all_steps(DEFINITION["Steps"])}
JOBS = [step for step in STEPS.values() if step["Type"] in ("Processing", "Training")]
CACHE_KEY = (
    "AppSpecification", "ProcessingInputs",
    "AlgorithmSpecification", "HyperParameters", "InputDataConfig",
    "Environment",
)  # fmt: skip
OPERATIONS = {
    "Processing": ("CreateProcessingJob", {"ProcessingJobName": "given-by-the-pipeline"}),
    "Training": ("CreateTrainingJob", {"TrainingJobName": "given-by-the-pipeline"}),
    "RegisterModel": ("CreateModelPackage", {}),
}


def by_name(step: dict) -> str:
    return step["Name"]


@pytest.mark.parametrize("step", [s for s in STEPS.values() if s["Type"] in OPERATIONS], ids=by_name)
def test_requests_have_the_form_of_the_api(pipeline, step):
    operation, given_by_the_service = OPERATIONS[step["Type"]]
    shape = API.operation_model(operation).input_shape
    request = {**pipeline.resolve(step["Arguments"]), **given_by_the_service}
    report = ParamValidator().validate(request, shape)
    assert not report.has_errors(), report.generate_report()
    for where, value, leaf in leaves(request, shape):
        assert "pattern" not in leaf or matches(leaf["pattern"], value), f"{where}: {value}"
        assert len(value) <= leaf.get("max", len(value)), f"{where} is too long"


def leaves(value: Any, shape: Any, where: str = "") -> Iterator[tuple[str, str, dict]]:
    """Strings of a request with the limits that the model has for them; botocore itself does not check these."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from leaves(member, shape.members[name], f"{where}.{name}")
    elif shape.type_name == "list":
        for member in value:
            yield from leaves(member, shape.member, f"{where}[]")
    elif shape.type_name == "map":
        for name, member in value.items():
            yield from leaves(member, shape.value, f"{where}.{name}")
    elif shape.type_name == "string":
        assert not shape.enum or value in shape.enum, f"{where}: {value}"
        yield where, value, dict(shape._shape_model)


def matches(pattern: str, value: str) -> bool:
    # Python has no classes such as \p{L}; the few patterns that use them are about free text.
    return r"\p{" in pattern or re.fullmatch(pattern, value) is not None


def test_every_parameter_is_used_and_none_is_missing():
    declared = [parameter["Name"] for parameter in DEFINITION["Parameters"]]
    used = set(re.findall(r'"Parameters\.(\w+)"', json.dumps(DEFINITION)))
    assert len(set(declared)) == len(declared)
    assert used == set(declared)


def test_only_the_starter_and_terraform_have_to_give_parameters():
    open_ones = {p["Name"] for p in DEFINITION["Parameters"] if "DefaultValue" not in p}
    assert open_ones == {"InputUri", "DataSha256", "InputSha256"} | set(GIVEN_BY_TERRAFORM)


def test_no_account_region_or_key_is_written_down():
    text = json.dumps(DEFINITION)
    assert not re.search(r"arn:|s3://|\d{12}|amazonaws|eu-|us-", text)


def test_references_lead_to_steps_that_ran_before():
    before: set[str] = set()
    for step in all_steps(DEFINITION["Steps"]):
        named = set(re.findall(r'"Steps\.(\w+)\.', json.dumps({k: v for k, v in step.items() if k != "Arguments"})))
        arguments = {k: v for k, v in step["Arguments"].items() if k not in ("IfSteps", "ElseSteps")}
        named |= set(re.findall(r'"Steps\.(\w+)\.', json.dumps(arguments)))
        assert named <= before, step["Name"]
        before.add(step["Name"])


@pytest.mark.usefixtures("real_file")
def test_the_gate_stands_before_the_registry_and_reads_numbers(pipeline):
    top = [step["Name"] for step in DEFINITION["Steps"]]
    assert top == ["Transform", "TrainXgboost", "TrainLinear", "Evaluate", "IsGoodEnough"]
    gate = STEPS["IsGoodEnough"]["Arguments"]
    assert [s["Type"] for s in gate["IfSteps"]] == ["RegisterModel", "Lambda"]
    assert [s["Type"] for s in gate["ElseSteps"]] == ["Fail"]
    for condition in pipeline.resolve(gate["Conditions"]):
        left, right = condition["LeftValue"], condition["RightValue"]
        holds = {
            "LessThanOrEqualTo": lambda: left <= right,
            "GreaterThanOrEqualTo": lambda: left >= right,
            "Equals": lambda: left == right,
        }[condition["Type"]]()
        assert holds, condition


def test_what_fails_says_why(pipeline, evaluation):
    message = pipeline.resolve(STEPS["NotGoodEnough"]["Arguments"]["ErrorMessage"])
    assert message.startswith(f"not registered: RMSE {evaluation['random']['rmse']:.6f} (at most 0.445)")


def test_a_person_decides(pipeline):
    request = pipeline.resolve(STEPS["RegisterModel"]["Arguments"])
    assert request["ModelApprovalStatus"] == "PendingManualApproval"
    container = request["InferenceSpecification"]["Containers"][0]
    assert "@sha256:" in container["Image"]
    assert pipeline.object(container["ModelDataUrl"]).is_file()
    for uri in re.findall(r'"S3Uri": "([^"]+)"', json.dumps([request["ModelMetrics"], request["DriftCheckBaselines"]])):
        assert pipeline.object(uri).is_file(), uri
    metadata = request["CustomerMetadataProperties"]
    assert pipeline.object(metadata["evaluation_uri"]).is_file()
    assert pipeline.object(metadata["golden_uri"]).is_file()
    assert set(metadata) >= {
        "rmse", "rmse_noise", "rmse_spatial", "baseline_rmse", "input_sha256", "data_sha256",
        "evaluation_uri", "contract_version", "execution_arn",
    }  # fmt: skip


@pytest.mark.parametrize("step", JOBS, ids=by_name)
def test_jobs_are_pinned_encrypted_and_alone(step):
    arguments = step["Arguments"]
    key = {"Get": "Parameters.KmsKeyId"}
    if step["Type"] == "Training":
        assert arguments["AlgorithmSpecification"]["TrainingImage"] == {"Get": "Parameters.TrainingImage"}
        assert arguments["EnableNetworkIsolation"] is True
        assert arguments["OutputDataConfig"]["KmsKeyId"] == key
        assert arguments["ResourceConfig"]["VolumeKmsKeyId"] == key
        assert all(isinstance(v, (str, dict)) for v in arguments["HyperParameters"].values())
        assert len(arguments["InputDataConfig"]) <= 20
    else:
        assert arguments["AppSpecification"]["ImageUri"] == {"Get": "Parameters.TrainingImage"}
        assert arguments["NetworkConfig"]["EnableNetworkIsolation"] is True
        assert arguments["ProcessingOutputConfig"]["KmsKeyId"] == key
        assert arguments["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key
        assert len(arguments["ProcessingInputs"]) <= 10


@pytest.mark.parametrize("step", JOBS, ids=by_name)
def test_a_change_of_code_or_data_is_no_cache_hit(step):
    """The cache compares the image, its arguments, its environment, hyperparameters and the URIs of inputs."""
    assert step["CacheConfig"] == {"Enabled": True, "ExpireAfter": "P30D"}
    compared = json.dumps([step["Arguments"].get(name) for name in CACHE_KEY])
    assert "Parameters.CodeSha256" in compared
    assert "Parameters.DataSha256" in compared or "Steps." in compared
    # Otherwise no run would ever find the results of another one.
    assert "Execution." not in compared


@pytest.mark.parametrize("step", JOBS + [STEPS["RegisterModel"]], ids=by_name)
def test_what_may_pass_is_tried_again(step):
    known = {
        "Step.SERVICE_FAULT", "Step.THROTTLING",
        "SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT",
    }  # fmt: skip
    tried = [exception for policy in step["RetryPolicies"] for exception in policy["ExceptionType"]]
    assert set(tried) <= known
    assert len(set(tried)) == len(tried), "each exception belongs to one policy"
    assert {"Step.SERVICE_FAULT", "Step.THROTTLING"} <= set(tried)

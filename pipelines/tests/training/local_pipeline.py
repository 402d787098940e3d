"""Runs the steps of `housing.pipeline.json` as processes, in folders laid out as SageMaker's containers have them.

What a step is called with (arguments, hyperparameters, channels, folders) is taken from the definition itself, so a test
that passes here says something about the definition and not only about the scripts. It is no simulator: no S3, no cache,
no condition. Objects are files below one folder, `s3://bucket/key` is `bucket/key` in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

PIPELINES = Path(__file__).parents[2]
DEFINITION = PIPELINES / "housing.pipeline.json"
TRAINING = PIPELINES / "training"

GIVEN_BY_TERRAFORM = {
    "ArtifactsUri": "s3://towpath-dev-artifacts-000000000000",
    "CodeSha256": "c" * 64,
    "TrainingImage": f"000000000000.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost@sha256:{'d' * 64}",
    "RoleArn": "arn:aws:iam::000000000000:role/towpath-dev-training",
    "KmsKeyId": "arn:aws:kms:eu-central-1:000000000000:key/00000000-0000-0000-0000-000000000000",
    "DeployFunctionArn": "arn:aws:lambda:eu-central-1:000000000000:function:towpath-dev-deploy-endpoint",
}

EXECUTION = {
    "PipelineExecutionId": "execution1",
    "PipelineExecutionArn": "arn:aws:sagemaker:eu-central-1:000000000000:pipeline/towpath-dev-housing/execution/execution1",
}


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load_definition() -> dict:
    return json.loads(DEFINITION.read_text())


def all_steps(steps: list[dict]) -> list[dict]:
    """Steps in order, those behind a condition after it."""
    found = []
    for step in steps:
        found.append(step)
        for branch in ("IfSteps", "ElseSteps"):
            found += all_steps(step["Arguments"].get(branch, []))
    return found


class LocalPipeline:
    def __init__(self, folder: Path, parameters: dict[str, str]):
        self.folder = folder
        self.definition = load_definition()
        defaults = {p["Name"]: p["DefaultValue"] for p in self.definition["Parameters"] if "DefaultValue" in p}
        self.parameters = {**defaults, **GIVEN_BY_TERRAFORM, **parameters}
        self.steps = {step["Name"]: step for step in all_steps(self.definition["Steps"])}
        self.properties: dict[str, Any] = {}
        self.logs: dict[str, str] = {}
        code = self.object(f"{self.parameters['ArtifactsUri']}/code/training")
        shutil.copytree(TRAINING, code, ignore=shutil.ignore_patterns("__pycache__"))

    def object(self, uri: str) -> Path:
        return self.folder / "objects" / uri.removeprefix("s3://")

    def output(self, step: str, name: str) -> Path:
        outputs = self.properties[step]["ProcessingOutputConfig"]["Outputs"]
        return self.object(next(o["S3Output"]["S3Uri"] for o in outputs if o["OutputName"] == name))

    def resolve(self, value: Any) -> Any:
        """A request as SageMaker would send it, from the definition's."""
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Get"}:
            return self.get(value["Get"])
        if set(value) == {"Std:Join"}:
            return value["Std:Join"]["On"].join(str(self.resolve(v)) for v in value["Std:Join"]["Values"])
        if set(value) == {"Std:JsonGet"}:
            return self.json_get(value["Std:JsonGet"])
        return {key: self.resolve(item) for key, item in value.items()}

    def get(self, path: str) -> Any:
        kind, name, *rest = path.split(".", 2)
        if kind == "Parameters":
            return self.parameters[name]
        if kind == "Execution":
            return EXECUTION[name]
        found = self.properties[name]
        for part in re.findall(r"\['([^']+)'\]|([^.\[\]']+)", rest[0]):
            key = part[0] or part[1]
            found = next(o for o in found if o["OutputName"] == key) if isinstance(found, list) else found[key]
        return found

    def json_get(self, call: dict) -> Any:
        _, step, _, name = call["PropertyFile"]["Get"].split(".")
        file = next(f for f in self.steps[step]["PropertyFiles"] if f["PropertyFileName"] == name)
        found = json.loads((self.output(step, file["OutputName"]) / file["FilePath"]).read_text())
        for part in call["Path"].split("."):
            found = found[part]
        return found

    def run(self, name: str) -> None:
        step = self.steps[name]
        request = self.resolve(step["Arguments"])
        {"Processing": self.process, "Training": self.train}[step["Type"]](name, request)

    def process(self, name: str, request: dict) -> None:
        root = self.folder / "containers" / name
        for given in request["ProcessingInputs"]:
            place(self.object(given["S3Input"]["S3Uri"]), inside(root, given["S3Input"]["LocalPath"]))
        application = request["AppSpecification"]
        program, *arguments = application["ContainerEntrypoint"] + application["ContainerArguments"]
        assert program == "python3"
        self.execute(name, [inside(root, argument) for argument in arguments], request["Environment"])
        for output in request["ProcessingOutputConfig"]["Outputs"]:
            place(inside(root, output["S3Output"]["LocalPath"]), self.object(output["S3Output"]["S3Uri"]))
        self.properties[name] = request

    def train(self, name: str, request: dict) -> None:
        root = self.folder / "containers" / name
        environment = dict(request["Environment"])
        for channel in request["InputDataConfig"]:
            folder = inside(root, f"/opt/ml/input/data/{channel['ChannelName']}")
            place(self.object(channel["DataSource"]["S3DataSource"]["S3Uri"]), folder)
            environment[f"SM_CHANNEL_{channel['ChannelName'].upper()}"] = str(folder)
        model, output = inside(root, "/opt/ml/model"), inside(root, "/opt/ml/output/data")
        environment |= {"SM_MODEL_DIR": str(model), "SM_OUTPUT_DATA_DIR": str(output)}

        hyperparameters = dict(request["HyperParameters"])
        code = inside(root, hyperparameters.pop("sagemaker_submit_directory"))
        arguments = [str(code / hyperparameters.pop("sagemaker_program"))]
        for key, value in hyperparameters.items():
            arguments += [f"--{key}", value]
        self.execute(name, arguments, environment)

        job = f"pipelines-execution1-{name}"
        stored = f"{request['OutputDataConfig']['S3OutputPath']}/{job}/output"
        pack(model, self.object(f"{stored}/model.tar.gz"))
        pack(output, self.object(f"{stored}/output.tar.gz"))
        self.properties[name] = {
            **request,
            "TrainingJobName": job,
            "ModelArtifacts": {"S3ModelArtifacts": f"{stored}/model.tar.gz"},
        }

    def execute(self, name: str, arguments: list, environment: dict[str, str]) -> None:
        ended = subprocess.run(
            [sys.executable, *map(str, arguments)],
            env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.logs[name] = ended.stdout + ended.stderr
        if ended.returncode:
            raise StepFailed(f"{name} ended with {ended.returncode}:\n{self.logs[name]}")


def pipeline_on(folder: Path, glue_output: Path, **parameters: str) -> LocalPipeline:
    """A pipeline in an empty folder, started for what the Glue job left behind."""
    manifest = json.loads((glue_output / "manifest.json").read_text())
    pipeline = LocalPipeline(
        folder,
        {
            "InputUri": "s3://towpath-dev-processed-000000000000/housing/1",
            "DataSha256": sha256(glue_output / "features.csv"),
            "InputSha256": manifest["input"]["sha256"],
            **parameters,
        },
    )
    shutil.copytree(glue_output, pipeline.object(pipeline.parameters["InputUri"]))
    return pipeline


class StepFailed(Exception):
    """A step's process did not end well; holds what it wrote."""


def inside(root: Path, value: str) -> Any:
    """A path of a container as one of this machine; other arguments stay as they are."""
    return root / value.removeprefix("/opt/ml/") if value.startswith("/opt/ml/") else value


def place(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target / source.name)


def pack(folder: Path, archive: Path) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as packed:
        for path in sorted(folder.iterdir()):
            packed.add(path, arcname=path.name)

"""Cuts the shapes of the simulated operations' inputs out of AWS's published API model.

Usage: python extract.py <botocore>/data/sagemaker/2017-07-24/service-2.json.gz > sagemaker.json
       python extract.py <botocore>/data/glue/2017-03-31/service-2.json.gz > glue.json
       python extract.py <botocore>/data/cloudwatch/2010-08-01/service-2.json.gz > cloudwatch.json

The results are committed; `src/shapes.rs` reads them. Some patterns use what Rust's `regex` does not have or
does not like: those get a second, equivalent form in `test`, while `pattern` stays what AWS quotes in its messages.
"""

import gzip
import json
import sys

OPERATIONS = {
    "SageMaker": """
    CreateModelPackageGroup DescribeModelPackageGroup DeleteModelPackageGroup ListModelPackageGroups
    CreateModelPackage DescribeModelPackage UpdateModelPackage ListModelPackages DeleteModelPackage
    CreateModel DescribeModel DeleteModel
    CreateEndpointConfig DescribeEndpointConfig DeleteEndpointConfig
    CreateEndpoint DescribeEndpoint UpdateEndpoint DeleteEndpoint UpdateEndpointWeightsAndCapacities
    AddTags ListTags DeleteTags
    CreatePipeline DescribePipeline UpdatePipeline DeletePipeline ListPipelines
    StartPipelineExecution DescribePipelineExecution ListPipelineExecutions ListPipelineExecutionSteps
    ListPipelineParametersForExecution DescribePipelineDefinitionForExecution StopPipelineExecution RetryPipelineExecution
    CreateProcessingJob DescribeProcessingJob CreateTrainingJob DescribeTrainingJob
    """,
    "Glue": """
    CreateJob GetJob GetJobs UpdateJob DeleteJob StartJobRun GetJobRun GetJobRuns BatchStopJobRun
    CreateTrigger GetTrigger UpdateTrigger DeleteTrigger StartTrigger StopTrigger
    CreateWorkflow GetWorkflow UpdateWorkflow DeleteWorkflow
    StartWorkflowRun GetWorkflowRun GetWorkflowRuns StopWorkflowRun GetWorkflowRunProperties PutWorkflowRunProperties
    CreateSecurityConfiguration GetSecurityConfiguration DeleteSecurityConfiguration
    GetTags TagResource UntagResource
    """,
    "CloudWatch": """
    PutMetricAlarm DescribeAlarms DeleteAlarms SetAlarmState PutMetricData
    ListTagsForResource TagResource UntagResource
    """,
}

# visual jobs: hundreds of shapes of a graph that only Glue's own editor makes
LEFT_OUT = {"CodeGenConfigurationNodes"}

REWRITES = [
    # every character of Unicode, written in the surrogates of UTF-16
    (r"\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF", r"\x20-\x{10FFFF}"),
    (r"([\u0009\u000B\u000C", r"([\t\x0B\x0C"),
    (r"[\u0020-\u007E\r\s\n]", r"[\x20-\x7E\s]"),
    (r"\p{Alnum}", "A-Za-z0-9"),
    # a name must not end in a hyphen
    ("([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)", "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"),
    # not only blanks
    (r"(?!\s*$).+", r".*\S.*"),
    # no `..` in a path: segments between dots
    (r"/(?!.*\.\.)[a-zA-Z0-9/_.\-]+", r"/([a-zA-Z0-9/_\-]+\.?)*(\.[a-zA-Z0-9/_\-]+\.?)*"),
    # long counted repetitions, which `min` and `max` say too and which compile to very large automata
    ("{1,2048}", "+"),
    ("{0,1024}", "*"),
    ("{0,1023}", "*"),
    # a repeated end-of-text, written where the length was meant (`min` and `max` say it)
    ("${1,128}", ""),
    ("${1,256}", ""),
    (r"\/", "/"),
]


def portable(pattern):
    for theirs, ours in REWRITES:
        pattern = pattern.replace(theirs, ours)
    return pattern


def cut(model):
    shapes = {}

    def take(name):
        if name in shapes:
            return
        source = model["shapes"][name]
        shape = {key: source[key] for key in ("type", "required", "min", "max", "enum", "pattern") if key in source}
        shapes[name] = shape
        if "pattern" in shape and portable(shape["pattern"]) != shape["pattern"]:
            shape["test"] = portable(shape["pattern"])
        if source["type"] == "structure":
            shape["members"] = {member: reference["shape"] for member, reference in source["members"].items() if member not in LEFT_OUT}
        for part in ("member", "key", "value"):
            if part in source:
                shape[part] = source[part]["shape"]
        for child in [*shape.get("members", {}).values(), *(shape[p] for p in ("member", "key", "value") if p in shape)]:
            take(child)

    inputs = {}
    for operation in OPERATIONS[model["metadata"]["serviceId"]].split():
        inputs[operation] = model["operations"][operation]["input"]["shape"]
        take(inputs[operation])
    return inputs, shapes


def main():
    with gzip.open(sys.argv[1]) as file:
        inputs, shapes = cut(json.load(file))
    lines = [f"  {json.dumps(name)}: {json.dumps(shapes[name])}" for name in sorted(shapes)]
    print('{"inputs": ' + json.dumps(inputs) + ',\n "shapes": {\n' + ",\n".join(lines) + "\n}}")


main()

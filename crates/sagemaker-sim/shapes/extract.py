"""Cuts the shapes of the simulated operations' inputs out of AWS's published API model.

Usage: python extract.py <botocore>/data/sagemaker/2017-07-24/service-2.json.gz > sagemaker.json
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
    CreateEndpoint DescribeEndpoint UpdateEndpoint DeleteEndpoint
    AddTags ListTags DeleteTags
    """,
    "CloudWatch": """
    PutMetricAlarm DescribeAlarms DeleteAlarms SetAlarmState
    ListTagsForResource TagResource UntagResource
    """,
}

REWRITES = [
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
            shape["members"] = {member: reference["shape"] for member, reference in source["members"].items()}
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

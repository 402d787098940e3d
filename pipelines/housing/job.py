"""The Glue job: from a version of a delivered CSV file to the clean table, the features, the quality report and the manifest.

Everything is made on the local disk first and stored when all of it is there, the manifest last: a run that fails has written
nothing that anybody would take for a result, and a repeated run writes the same bytes to the same places.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from dataclasses import dataclass

from . import checks, contract, csv_input, outputs, storage, transform

PROPERTIES = ("object_id", "input_uri", "input_sha256", "output_uri")
ENGINES = ("auto", "pandas", "spark")


class JobError(ValueError):
    """The job was not started as it should be."""


# what a run may fail with by no fault of the program; anything else is a bug and shows its traceback
EXPECTED = (
    JobError,
    contract.ContractError,
    csv_input.InputError,
    checks.ContractBroken,
    storage.StorageError,
)


@dataclass(frozen=True)
class Arguments:
    workflow: str
    run: str
    contract_uri: str
    engine: str = "auto"


def parse_arguments(argv):
    """Glue passes `--KEY value` (or `--KEY=value`) and adds keys of its own, which are left alone."""
    found = {}
    words = iter(argv[1:])
    for word in words:
        if word.startswith("--"):
            key, equals, value = word[2:].partition("=")
            found[key] = value if equals else next(words, "")
    for key in ("WORKFLOW_NAME", "WORKFLOW_RUN_ID", "CONTRACT_URI"):
        if not found.get(key):
            raise JobError(f"the argument `--{key}` is missing; the job is started by its workflow")
    engine = found.get("ENGINE", "auto")
    if engine not in ENGINES:
        raise JobError(f"`--ENGINE {engine}`; known are {', '.join(ENGINES)}")
    return Arguments(found["WORKFLOW_NAME"], found["WORKFLOW_RUN_ID"], found["CONTRACT_URI"], engine)


def make_engine(name):
    """`auto`: Spark where there is Spark, as in a Glue 5 job, and pandas else, as in Glue's Python shell."""
    if name == "auto":
        name = "spark" if importlib.util.find_spec("pyspark") else "pandas"
    if name == "spark":
        from .engine_spark import SparkEngine

        return SparkEngine()
    from .engine_pandas import PandasEngine

    return PandasEngine()


def run(arguments, clients, say=print):
    """`clients(service)` makes a boto3 client."""
    asked = clients("glue").get_workflow_run_properties(Name=arguments.workflow, RunId=arguments.run)
    properties = asked["RunProperties"]
    for key in PROPERTIES:
        if not properties.get(key):
            raise JobError(f"the workflow run `{arguments.run}` has no property `{key}`")
    s3 = clients("s3")
    rules = contract.parse(storage.read(s3, arguments.contract_uri))
    source = storage.Source(properties["input_uri"], properties.get("input_version_id", ""), properties["input_sha256"])
    engine = make_engine(arguments.engine)
    say(f"{source.uri} version {source.version_id or '(none)'} sha256 {source.sha256[:12]} engine {engine.name}")
    folder_uri = f"{properties['output_uri'].rstrip('/')}/{source.sha256}"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "input.csv")
        storage.fetch(s3, source, path, rules.maximum_bytes)
        csv_input.check_header(csv_input.head_of(path), rules)
        lineage = _lineage(rules, source, properties["object_id"])
        writer = outputs.Writer(folder, rules, lineage)
        if engine.reads_shared:
            with storage.shared_copy(s3, source, folder_uri) as address:
                manifest = process(engine, address, rules, writer, source, properties["object_id"])
        else:
            manifest = process(engine, path, rules, writer, source, properties["object_id"])
        for name in list(writer.outputs) + [outputs.MANIFEST]:
            storage.store(s3, writer.path(name), folder_uri, storage.metadata(lineage))
    say(f"{manifest['input']['rows']} rows cleaned and stored in {folder_uri}/")
    return manifest


def process(engine, path, rules, writer, source, object_id):
    """From the file to the outputs on the local disk."""
    values = engine.read(path, rules, transform.read(rules))
    verdicts = checks.judge(engine, values, rules, checks.examples_in(engine, path, rules))
    checks.demand(verdicts, rules)
    cleaned = engine.select(values, transform.clean(rules))
    features = engine.select(cleaned, transform.features(rules))
    writer.table(engine, cleaned)
    writer.features(engine, features)
    report = checks.report(engine, values, cleaned, features, rules, verdicts)
    writer.quality(report)
    return writer.manifest(source, report["rows"], object_id)


def _lineage(rules, source, object_id):
    return {
        "input-uri": source.uri,
        "input-version-id": source.version_id,
        "input-sha256": source.sha256,
        "object-id": object_id,
        "contract-id": rules.id,
        "contract-version": rules.version,
        "contract-sha256": rules.sha256,
    }

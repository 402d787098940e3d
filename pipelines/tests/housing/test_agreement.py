"""Both engines say about the rows of contracts/agreement.json what the file says that every reader must."""

import csv
import json
import subprocess
import sys

import pytest
from local_aws import REPOSITORY
from housing import csv_input, transform
from housing.expressions import column, number

AGREEMENT = json.loads((REPOSITORY / "contracts" / "agreement.json").read_text(encoding="utf-8"))


def cell(value):
    """A value of JSON as a cell of CSV."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def write(path, names, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(names)
        out.writerows([cell(row.get(name)) for name in names] for row in rows)


def records(engine, frame, names):
    """The frame's rows as dictionaries."""
    return [dict(zip(names, row)) for columns in engine.chunks(frame, names) for row in zip(*columns)]


def answers(engine, contract, path, purpose):
    """What this side says about each row of the file, in the words of agreement.json."""
    training = purpose == "training"
    columns = contract.columns if training else contract.question()
    faults = transform.faults(contract, columns)
    values = engine.read(str(path), contract, transform.read(contract, columns), columns)
    cleaned = engine.select(values, transform.clean(contract, columns))
    features = engine.select(cleaned, transform.features(contract, with_target=training))
    marks = list(transform.clean(contract, columns))
    names = ([contract.target.name] if training else []) + contract.feature_names
    found = []
    for fault_row, mark_row, feature_row in zip(
        records(engine, values, [fault.name for fault in faults]),
        records(engine, cleaned, marks),
        records(engine, features, names),
    ):
        fields = list(dict.fromkeys(fault.field for fault in faults if fault_row[fault.name]))
        if fields:
            found.append({"verdict": "rejected", "fields": fields})
            continue
        answer = {
            "verdict": "accepted",
            "imputed": [one.name for one in columns if mark_row.get(transform.imputed_mark(one.name))],
            "warnings": [one.name for one in columns if mark_row.get(transform.warning_mark(one.name))],
            "features": [feature_row[name] for name in contract.feature_names],
        }
        found.append(dict(answer, target=feature_row[contract.target.name]) if training else answer)
    return found


def test_the_file_is_what_its_script_makes():
    script = REPOSITORY / "pipelines" / "tests" / "make_agreement.py"
    subprocess.run([sys.executable, str(script), "--check"], check=True)


def test_it_is_about_this_contract(contract):
    assert AGREEMENT["contract"] == {"id": contract.id, "version": contract.version}
    assert AGREEMENT["features"] == contract.feature_names
    assert len(AGREEMENT["rows"]) >= 60


@pytest.mark.parametrize("purpose", ["prediction", "training"])
def test_rows(engine, contract, tmp_path, purpose):
    columns = contract.columns if purpose == "training" else contract.question()
    names = [one.name for one in columns]
    cases = [case for case in AGREEMENT["rows"] if case["purpose"] == purpose and set(case["row"]) <= set(names)]
    path = tmp_path / "rows.csv"
    write(path, names, [case["row"] for case in cases])
    expected = [
        {key: value for key, value in case.items() if key not in ("name", "purpose", "row")} for case in cases
    ]
    found = answers(engine, contract, path, purpose)
    assert len(found) == len(cases) > 0
    wrong = [(case["name"], wanted, got) for case, wanted, got in zip(cases, expected, found) if wanted != got]
    assert wrong == []


UNKNOWN = [
    case for case in AGREEMENT["rows"]
    if case["purpose"] == "prediction" and any(name not in AGREEMENT["rows"][0]["row"] for name in case["row"])
]


@pytest.mark.parametrize("case", UNKNOWN, ids=lambda case: case["name"])
def test_fields_that_nobody_knows_are_named(case, contract):
    """In CSV such a field is a column, so the header gives it away."""
    header = ",".join(case["row"]).encode() + b"\n"
    with pytest.raises(csv_input.InputError) as caught:
        csv_input.check_header(header, contract, contract.question())
    assert case["verdict"] == "rejected"
    assert repr(case["fields"][0]) in str(caught.value)


def test_cells(engine):
    texts = [case["text"] for case in AGREEMENT["cells"]]
    if engine.name == "spark":
        cells = engine.session.createDataFrame([(text,) for text in texts], "cell string")
    else:
        cells = engine._cells([(text,) for text in texts], ["cell"])
    found = engine.select(cells, {"number": number(column("cell"))})
    numbers = [value for columns in engine.chunks(found, ["number"]) for value in columns[0]]
    expected = [case["number"] for case in AGREEMENT["cells"]]
    assert list(zip(texts, map(repr, numbers))) == list(zip(texts, map(repr, expected)))

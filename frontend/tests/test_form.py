"""`contracts/agreement.json`: the form lets people enter what every other reader of the contract accepts, and nothing else."""

import json
from pathlib import Path

import pytest
from housing_frontend.form import fields

CONTRACTS = Path(__file__).parents[2] / "contracts"
FIELDS = fields(str(CONTRACTS / "housing.odcs.yaml"))
CASES = [
    case
    for case in json.loads((CONTRACTS / "agreement.json").read_text(encoding="utf-8"))["rows"]
    if case["purpose"] == "prediction"
]
# Rules between two fields: the API tells them, and the page shows what it says.
BETWEEN_FIELDS = {"more bedrooms than rooms", "hardly more bedrooms than rooms"}


def can_be_entered(field, value):
    """Whether the widget of this field (`pages/predict.py`) can hold the value; `None` is a widget that was emptied."""
    if field.choices:
        return value in field.choices
    if value is None:
        return not field.required
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and field.minimum <= value <= field.maximum


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_form_agrees(case):
    row, known = case["row"], {field.name for field in FIELDS}
    refused = [field.name for field in FIELDS if not can_be_entered(field, row.get(field.name))]
    refused += [name for name in row if name not in known]
    expected = [] if case["verdict"] == "accepted" or case["name"] in BETWEEN_FIELDS else case["fields"]
    assert refused == expected


def test_what_was_observed_is_what_the_warnings_are_about():
    for case in CASES:
        if case["verdict"] == "accepted":
            outside = [
                field.name
                for field in FIELDS
                if field.observed
                and case["row"].get(field.name) is not None
                and not field.observed[0] <= case["row"][field.name] <= field.observed[1]
            ]
            assert outside == case["warnings"], case["name"]

"""What a person is asked for, read from the data contract: labels, units, limits and choices stand there and not here."""

from dataclasses import dataclass
from functools import lru_cache

import yaml


@dataclass(frozen=True)
class Field:
    """One input: a number within limits, or one of some choices."""

    name: str
    help: str
    unit: str
    required: bool
    minimum: float
    maximum: float
    observed: tuple
    choices: tuple

    @property
    def label(self):
        """The name as a person reads it, with its unit unless the name says it."""
        text = self.name.replace("_", " ").capitalize()
        return f"{text} ({self.unit})" if self.unit and self.unit not in text.lower() else text


@lru_cache(maxsize=4)
def fields(path):
    """The contract's columns that a prediction is made from, in its order."""
    with open(path, encoding="utf-8") as file:
        contract = yaml.safe_load(file)
    tables = {table["name"]: table for table in contract["schema"]}
    target = next(
        name.rpartition(".")[2]
        for feature in tables["features"]["properties"]
        if _custom(feature).get("role") == "target"
        for name in feature["transformSourceObjects"]
    )
    return tuple(_field(column) for column in tables["housing"]["properties"] if column["name"] != target)


def _field(column):
    custom = _custom(column)
    limits = column.get("logicalTypeOptions", {})
    choices = [
        tuple(rule["arguments"]["validValues"])
        for rule in column.get("quality", ())
        if rule.get("metric") == "invalidValues"
    ]
    return Field(
        name=column["name"],
        help=column.get("description", ""),
        unit=custom.get("unit", ""),
        required=bool(column.get("required")),
        minimum=float(limits.get("minimum", 0)),
        maximum=float(limits.get("maximum", 0)),
        observed=tuple(custom.get("observedRange", ())),
        choices=choices[0] if choices else (),
    )


def _custom(column):
    return {entry["property"]: entry["value"] for entry in column.get("customProperties", ())}

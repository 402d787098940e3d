"""Reads contracts/housing.odcs.yaml (Open Data Contract Standard 3.1.0) into values that the rest can work with.

It fails closed: a metric, an operator, an option or a property that it does not know is an error, because a rule that nobody
checks must not look like one that holds. It knows YAML and the standard's words; it does not know how anything is computed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Optional, Tuple

import yaml

from . import expressions

NUMBER = "number"
TEXT = "string"

OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
METRICS = ("rowCount", "nullValues", "invalidValues", "duplicateValues")
COLUMN_PROPERTIES = ("unit", "observedRange", "outOfRange", "cappedAt", "imputation")
FEATURE_PROPERTIES = ("role", "unit")
TABLE_PROPERTIES = ("encoding", "delimiter", "maximumBytes")


class ContractError(ValueError):
    """The contract cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Imputation:
    """A missing value is `factor` times the value of the column `of`."""

    of: str
    factor: float


@dataclass(frozen=True)
class Rule:
    """A quality rule: a metric that is compared, or a relation that holds in every row."""

    metric: str
    column: Optional[str]
    operator: str
    operand: object
    percent: bool = False
    columns: Tuple[str, ...] = ()
    implementation: Optional[str] = None
    description: Optional[str] = None

    @property
    def must(self):
        """The comparison in words, for reports: `be less than 5 percent`."""
        words = {
            "mustBe": "be {}",
            "mustNotBe": "not be {}",
            "mustBeGreaterThan": "be greater than {}",
            "mustBeGreaterOrEqualTo": "be at least {}",
            "mustBeLessThan": "be less than {}",
            "mustBeLessOrEqualTo": "be at most {}",
            "mustBeBetween": "be between {} and {}",
            "mustNotBeBetween": "not be between {} and {}",
        }[self.operator]
        operands = self.operand if isinstance(self.operand, tuple) else (self.operand,)
        return words.format(*operands) + (" percent" if self.percent else "")

    def holds(self, measured):
        operand = self.operand
        if self.operator == "mustBe":
            return measured == operand
        if self.operator == "mustNotBe":
            return measured != operand
        if self.operator == "mustBeGreaterThan":
            return measured > operand
        if self.operator == "mustBeGreaterOrEqualTo":
            return measured >= operand
        if self.operator == "mustBeLessThan":
            return measured < operand
        if self.operator == "mustBeLessOrEqualTo":
            return measured <= operand
        inside = operand[0] <= measured <= operand[1]
        return inside if self.operator == "mustBeBetween" else not inside


@dataclass(frozen=True)
class Column:
    name: str
    kind: str
    required: bool
    description: str = ""
    unit: Optional[str] = None
    least: Optional[float] = None
    greatest: Optional[float] = None
    observed: Optional[Tuple[float, float]] = None
    capped_at: Tuple[float, ...] = ()
    imputation: Optional[Imputation] = None
    valid_values: Tuple[str, ...] = ()
    rules: Tuple[Rule, ...] = ()

    @property
    def is_number(self):
        return self.kind == NUMBER


@dataclass(frozen=True)
class Feature:
    name: str
    logic: str
    description: str = ""
    unit: Optional[str] = None

    @property
    def expression(self):
        return expressions.parse_feature(self.logic)


@dataclass(frozen=True)
class Contract:
    id: str
    version: str
    sha256: str
    encoding: str
    delimiter: str
    maximum_bytes: int
    columns: Tuple[Column, ...]
    rules: Tuple[Rule, ...]
    target: Feature
    features: Tuple[Feature, ...]

    def column(self, name):
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self):
        return [column.name for column in self.columns]

    @property
    def feature_names(self):
        """What the model is given, in this order."""
        return [feature.name for feature in self.features]

    @property
    def target_column(self):
        """The column that is predicted, and so is not there when a question is asked."""
        return self.target.expression.columns()[0]

    def question(self):
        """The columns of a row whose target is asked for."""
        return tuple(column for column in self.columns if column.name != self.target_column)


def load(path):
    with open(path, "rb") as file:
        return parse(file.read())


def parse(data):
    """From the file's bytes; ContractError where it is not what this system works with."""
    try:
        document = yaml.safe_load(data)
    except yaml.YAMLError as error:
        raise ContractError("the contract is not YAML") from error
    root = _Node(document, "contract")
    if root.get("kind") != "DataContract" or root.get("apiVersion") != "v3.1.0":
        raise ContractError("the contract is not `kind: DataContract` of `apiVersion: v3.1.0`")
    objects = {node.get("name"): node for node in root.nodes("schema")}
    missing = {"housing", "features"} - set(objects)
    if missing:
        raise ContractError(f"the contract's `schema` has no object named `{min(missing)}`")
    table = objects["housing"]
    options = table.custom(TABLE_PROPERTIES, required=TABLE_PROPERTIES)
    columns = tuple(_column(node) for node in table.nodes("properties"))
    features, target = _features(objects["features"])
    contract = Contract(
        id=root.get("id"),
        version=str(root.get("version")),
        sha256=hashlib.sha256(data).hexdigest(),
        encoding=options["encoding"],
        delimiter=options["delimiter"],
        maximum_bytes=options["maximumBytes"],
        columns=columns,
        rules=tuple(_rule(node, None) for node in table.nodes("quality", optional=True)),
        target=target,
        features=features,
    )
    _check_references(contract)
    return contract


class _Node:
    """A mapping of the file and where it is, so that errors can say so."""

    def __init__(self, value, place):
        if not isinstance(value, dict):
            raise ContractError(f"`{place}` is not a mapping")
        self.value = value
        self.place = place

    def get(self, key):
        if self.value.get(key) is None:
            raise ContractError(f"`{self.place}` has no `{key}`")
        return self.value[key]

    def nodes(self, key, optional=False):
        items = self.value.get(key) or []
        if not isinstance(items, list) or not (items or optional):
            raise ContractError(f"`{self.place}.{key}` is not a list with items")
        return [_Node(item, f"{self.place}.{key}[{index}]") for index, item in enumerate(items)]

    def custom(self, known, required=()):
        """`customProperties` as a dictionary."""
        found = {}
        for node in self.nodes("customProperties", optional=True):
            name = node.get("property")
            if name not in known:
                raise ContractError(f"`{node.place}`: unknown property `{name}`; known are {', '.join(known)}")
            found[name] = node.get("value")
        for name in required:
            if name not in found:
                raise ContractError(f"`{self.place}` has no custom property `{name}`")
        return found

    def error(self, message):
        return ContractError(f"`{self.place}`: {message}")


def _column(node):
    name, kind = node.get("name"), node.get("logicalType")
    node.place = f"housing.{name}"
    if kind not in (NUMBER, TEXT):
        raise node.error(f"logicalType `{kind}`; this system works with {NUMBER} and {TEXT}")
    limits = node.value.get("logicalTypeOptions") or {}
    unknown = set(limits) - {"minimum", "maximum"}
    if unknown:
        raise node.error(f"unknown logicalTypeOptions `{min(unknown)}`; known are minimum, maximum")
    if kind == NUMBER and len(limits) != 2:
        raise node.error("a number needs both minimum and maximum")
    custom = node.custom(COLUMN_PROPERTIES)
    if custom.get("outOfRange", "warn") != "warn":
        raise node.error(f"outOfRange `{custom['outOfRange']}`; the one policy is `warn`")
    rules = tuple(_rule(rule, name) for rule in node.nodes("quality", optional=True))
    valid = [tuple(rule.columns) for rule in rules if rule.metric == "invalidValues"]
    if kind == TEXT and not valid:
        raise node.error("a text needs a quality rule `invalidValues` with its validValues")
    return Column(
        name=name,
        kind=kind,
        required=bool(node.value.get("required", False)),
        description=node.value.get("description", ""),
        unit=custom.get("unit"),
        least=_float(limits.get("minimum")),
        greatest=_float(limits.get("maximum")),
        observed=_pair(node, custom.get("observedRange")),
        capped_at=tuple(float(value) for value in custom.get("cappedAt", ())),
        imputation=_imputation(node, custom.get("imputation")),
        valid_values=valid[0] if valid else (),
        rules=rules,
    )


def _float(value):
    return None if value is None else float(value)


def _pair(node, value):
    if value is None:
        return None
    if len(value) != 2 or value[0] > value[1]:
        raise node.error("observedRange is not two numbers, the lesser first")
    return (float(value[0]), float(value[1]))


def _imputation(node, value):
    if value is None:
        return None
    if not isinstance(value, dict) or value.get("method") != "ratio" or set(value) != {"method", "of", "factor"}:
        raise node.error("imputation is not `{method: ratio, of: <column>, factor: <number>}`")
    return Imputation(of=value["of"], factor=float(value["factor"]))


def _rule(node, column):
    kind = node.value.get("type", "library")
    if kind == "custom":
        if node.get("engine") != "towpath":
            raise node.error(f"engine `{node.get('engine')}`; the one known is `towpath`")
        try:
            columns = expressions.parse_rule(node.get("implementation"))
        except expressions.ExpressionError as error:
            raise node.error(str(error)) from error
        return Rule("custom", columns[0], "mustBe", 0, False, columns, node.get("implementation"), node.value.get("description"))
    if kind != "library":
        raise node.error(f"quality of type `{kind}`; known are library and custom")
    metric = node.get("metric")
    if metric not in METRICS:
        raise node.error(f"unknown metric `{metric}`; known are {', '.join(METRICS)}")
    operators = [key for key in node.value if key in OPERATORS]
    if len(operators) != 1:
        raise node.error("a rule has exactly one `must..` comparison")
    operand = node.value[operators[0]]
    unit = node.value.get("unit", "rows")
    if unit not in ("rows", "percent"):
        raise node.error(f"unit `{unit}`; known are rows and percent")
    arguments = node.value.get("arguments") or {}
    columns = arguments.get("properties") or arguments.get("validValues") or ()
    return Rule(
        metric=metric,
        column=column,
        operator=operators[0],
        operand=tuple(operand) if isinstance(operand, list) else operand,
        percent=unit == "percent",
        columns=tuple(columns),
        description=node.value.get("description"),
    )


def _features(node):
    """The features in order, and the target."""
    features, targets = [], []
    for item in node.nodes("properties"):
        item.place = f"features.{item.get('name')}"
        custom = item.custom(FEATURE_PROPERTIES, required=("role",))
        feature = Feature(item.get("name"), item.get("transformLogic"), item.value.get("description", ""), custom.get("unit"))
        try:
            feature.expression
        except expressions.ExpressionError as error:
            raise item.error(str(error)) from error
        if custom["role"] not in ("feature", "target"):
            raise item.error(f"role `{custom['role']}`; known are feature and target")
        (targets if custom["role"] == "target" else features).append(feature)
    if len(targets) != 1 or not features:
        raise node.error("there must be features and exactly one target")
    return tuple(features), targets[0]


def _check_references(contract):
    """Every column that is named somewhere exists and is of the kind that is needed there."""
    numbers = {column.name for column in contract.columns if column.is_number}
    names = {column.name for column in contract.columns}
    for rule in contract.rules:
        if rule.metric == "custom" and not set(rule.columns) <= numbers:
            raise ContractError(f"the rule `{rule.implementation}` names a column that is not a number of the contract")
        if rule.metric == "duplicateValues" and not set(rule.columns) <= names:
            raise ContractError("the rule `duplicateValues` names a column that the contract does not have")
    for column in contract.columns:
        if column.imputation and column.imputation.of not in numbers:
            raise ContractError(f"`{column.name}` is imputed from `{column.imputation.of}`, which is not a number of the contract")
    for feature in contract.features + (contract.target,):
        allowed = names - numbers if "==" in feature.logic else numbers
        if not set(feature.expression.columns()) <= allowed:
            raise ContractError(f"the feature `{feature.name}` names a column that is not there or of another type: `{feature.logic}`")

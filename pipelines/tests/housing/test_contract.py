"""The contract is read as it is written, and anything that the checks would pass over is an error."""

import pytest
import yaml
from housing import contract as contracts
from housing.contract import ContractError, Rule
from housing.expressions import ExpressionError, parse_feature, parse_rule


def test_the_columns(contract):
    bedrooms = contract.column("total_bedrooms")
    assert (bedrooms.least, bedrooms.greatest, bedrooms.observed) == (1.0, 20000.0, (1.0, 6445.0))
    assert (bedrooms.required, bedrooms.unit) == (False, "rooms")
    assert (bedrooms.imputation.of, bedrooms.imputation.factor) == ("total_rooms", 0.203162)
    assert contract.column("median_income").capped_at == (0.4999, 15.0001)
    assert contract.column("ocean_proximity").valid_values == ("<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN")
    assert len(contract.columns) == 10 and sum(column.required for column in contract.columns) == 9


def test_the_target_is_not_part_of_a_question(contract):
    assert contract.target_column == "median_house_value"
    assert [column.name for column in contract.question()] == contract.column_names[:8] + ["ocean_proximity"]
    assert (contract.target.name, contract.target.unit) == ("value", "100,000 USD")


def changed(path, change):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(document, document["schema"][0], {column["name"]: column for column in document["schema"][0]["properties"]})
    return yaml.safe_dump(document).encode()


def set_property(column, name, value):
    entry = next((entry for entry in column["customProperties"] if entry["property"] == name), None)
    if entry is None:
        column["customProperties"].append({"property": name, "value": value})
    else:
        entry["value"] = value


MISTAKES = {
    "another version of the standard": (
        lambda document, table, columns: document.update(apiVersion="v2.2.2"),
        "the contract is not `kind: DataContract` of `apiVersion: v3.1.0`",
    ),
    "no features": (
        lambda document, table, columns: document["schema"].pop(),
        "the contract's `schema` has no object named `features`",
    ),
    "no version": (lambda document, table, columns: document.pop("version"), "`contract` has no `version`"),
    "a metric nobody measures": (
        lambda document, table, columns: table["quality"][0].update(metric="freshness"),
        "`contract.schema[0].quality[0]`: unknown metric `freshness`; known are rowCount, nullValues, invalidValues, duplicateValues",
    ),
    "a comparison misspelt": (
        lambda document, table, columns: table["quality"][1].update(mustbe=table["quality"][1].pop("mustBe")),
        "`contract.schema[0].quality[1]`: a rule has exactly one `must..` comparison",
    ),
    "another engine": (
        lambda document, table, columns: table["quality"][2].update(engine="soda"),
        "`contract.schema[0].quality[2]`: engine `soda`; the one known is `towpath`",
    ),
    "a relation in SQL": (
        lambda document, table, columns: table["quality"][2].update(implementation="a BETWEEN b AND c"),
        "`contract.schema[0].quality[2]`: `a BETWEEN b AND c` is not of the form `column <= column`",
    ),
    "a relation of unknown columns": (
        lambda document, table, columns: table["quality"][2].update(implementation="bedrooms <= total_rooms"),
        "the rule `bedrooms <= total_rooms` names a column that is not a number of the contract",
    ),
    "a number without limits": (
        lambda document, table, columns: columns["latitude"]["logicalTypeOptions"].pop("maximum"),
        "`housing.latitude`: a number needs both minimum and maximum",
    ),
    "a limit nobody checks": (
        lambda document, table, columns: columns["latitude"]["logicalTypeOptions"].update(multipleOf=2),
        "`housing.latitude`: unknown logicalTypeOptions `multipleOf`; known are minimum, maximum",
    ),
    "a type nobody reads": (
        lambda document, table, columns: columns["latitude"].update(logicalType="date"),
        "`housing.latitude`: logicalType `date`; this system works with number and string",
    ),
    "a text of any kind": (
        lambda document, table, columns: columns["ocean_proximity"].pop("quality"),
        "`housing.ocean_proximity`: a text needs a quality rule `invalidValues` with its validValues",
    ),
    "a property nobody knows": (
        lambda document, table, columns: set_property(columns["latitude"], "observedrange", [1, 2]),
        "unknown property `observedrange`; known are unit, observedRange, outOfRange, cappedAt, imputation",
    ),
    "a policy nobody keeps": (
        lambda document, table, columns: set_property(columns["latitude"], "outOfRange", "reject"),
        "`housing.latitude`: outOfRange `reject`; the one policy is `warn`",
    ),
    "an imputation by the median": (
        lambda document, table, columns: set_property(columns["total_bedrooms"], "imputation", {"method": "median"}),
        "`housing.total_bedrooms`: imputation is not `{method: ratio, of: <column>, factor: <number>}`",
    ),
    "an imputation from nothing": (
        lambda document, table, columns: set_property(
            columns["total_bedrooms"], "imputation", {"method": "ratio", "of": "rooms", "factor": 0.2}
        ),
        "`total_bedrooms` is imputed from `rooms`, which is not a number of the contract",
    ),
    "a feature in another language": (
        lambda document, table, columns: document["schema"][1]["properties"][1].update(transformLogic="log(longitude)"),
        "`features.longitude`: `log(longitude)` is none of",
    ),
    "a feature of an unknown column": (
        lambda document, table, columns: document["schema"][1]["properties"][1].update(transformLogic="east"),
        "the feature `longitude` names a column that is not there or of another type: `east`",
    ),
    "arithmetic with a text": (
        lambda document, table, columns: document["schema"][1]["properties"][1].update(transformLogic="ocean_proximity / 2"),
        "names a column that is not there or of another type",
    ),
    "two targets": (
        lambda document, table, columns: document["schema"][1]["properties"][1]["customProperties"][0].update(value="target"),
        "there must be features and exactly one target",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(contract_path, name):
    change, message = MISTAKES[name]
    with pytest.raises(ContractError) as caught:
        contracts.parse(changed(contract_path, change))
    assert message in str(caught.value)


def test_what_is_not_yaml():
    with pytest.raises(ContractError, match="the contract is not YAML"):
        contracts.parse(b"a: [")
    with pytest.raises(ContractError, match="`contract` is not a mapping"):
        contracts.parse(b"- a")


COMPARISONS = [
    ("mustBe", 3, {2: False, 3: True, 4: False}, "be 3"),
    ("mustNotBe", 3, {2: True, 3: False}, "not be 3"),
    ("mustBeGreaterThan", 3, {3: False, 4: True}, "be greater than 3"),
    ("mustBeGreaterOrEqualTo", 3, {2: False, 3: True}, "be at least 3"),
    ("mustBeLessThan", 3, {2: True, 3: False}, "be less than 3"),
    ("mustBeLessOrEqualTo", 3, {3: True, 4: False}, "be at most 3"),
    ("mustBeBetween", (3, 5), {2: False, 3: True, 5: True, 6: False}, "be between 3 and 5"),
    ("mustNotBeBetween", (3, 5), {2: True, 3: False, 5: False, 6: True}, "not be between 3 and 5"),
]


@pytest.mark.parametrize("operator, operand, cases, words", COMPARISONS, ids=[case[0] for case in COMPARISONS])
def test_comparisons(operator, operand, cases, words):
    rule = Rule("rowCount", None, operator, operand)
    assert {measured: rule.holds(measured) for measured in cases} == cases
    assert rule.must == words
    assert sorted(case[0] for case in COMPARISONS) == sorted(contracts.OPERATORS)


@pytest.mark.parametrize("logic", ["", "a / 0", "a/b", "a / b / c", "a == b", 'a == "b" or c', "A", "a / -", "a * b", "a\n"])
def test_what_is_not_the_language(logic):
    with pytest.raises(ExpressionError):
        parse_feature(logic)
    with pytest.raises(ExpressionError):
        parse_rule(logic)

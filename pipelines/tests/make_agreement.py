"""Writes contracts/agreement.json: rows, and what each reader of the contract must say about them.

The Glue job's two engines, the API and the web form are written in different languages by different people. Each tries these
rows in its own tests; whoever disagrees with this file disagrees with the others. So nothing here is computed by the code
under test, nor read from the contract: limits and arithmetic are written out by hand, from reading the contract. A change of
the contract has to be repeated here, on purpose.

    python pipelines/tests/make_agreement.py            # write the file
    python pipelines/tests/make_agreement.py --check    # fail if the file differs
"""

import json
import math
import pathlib
import sys

DESTINATION = pathlib.Path(__file__).resolve().parents[2] / "contracts" / "agreement.json"

ABOUT = [
    "Made by pipelines/tests/make_agreement.py; not to be edited by hand.",
    "A row of `purpose` prediction has no target; one of `purpose` training has it.",
    "A reader of CSV takes a number as its shortest text that reads back as the same 64 bits, a text as it is, and null and "
    "what is not there as an empty cell.",
    "`rejected`: `fields` names every field at fault, in the contract's order. `accepted`: `features` is exact, not nearly; "
    "`warnings` names the fields outside of the observed range, in the contract's order.",
    "Limits are compared with the exact number: a JSON reader must round correctly (serde_json: feature `float_roundtrip`).",
    "`cells`: what the text of a CSV cell is as a number, by JSON's grammar for numbers; null where it is none.",
]

FEATURES = [
    "longitude", "latitude", "age", "income", "population", "rooms_per_household", "bedrooms_per_household",
    "people_per_household", "within_an_hour_of_the_ocean", "inland", "island", "near_bay", "near_ocean",
]

# an invented block group in the middle of everything
BASE = {
    "longitude": -121.5,
    "latitude": 38.25,
    "housing_median_age": 30.0,
    "total_rooms": 2000.0,
    "total_bedrooms": 400.0,
    "population": 1200.0,
    "households": 380.0,
    "median_income": 3.75,
    "ocean_proximity": "INLAND",
}
TARGET = "median_house_value"
VALUE = 210000.0

# column: least and greatest allowed, least and greatest observed
LIMITS = {
    "longitude": (-125.0, -114.0, -124.35, -114.31),
    "latitude": (32.0, 42.5, 32.54, 41.95),
    "housing_median_age": (0.0, 120.0, 1.0, 52.0),
    "total_rooms": (1.0, 100000.0, 2.0, 39320.0),
    "total_bedrooms": (1.0, 20000.0, 1.0, 6445.0),
    "population": (1.0, 100000.0, 3.0, 35682.0),
    "households": (1.0, 20000.0, 1.0, 6082.0),
    "median_income": (0.0, 50.0, 0.4999, 15.0001),
    TARGET: (10000.0, 1000000.0, 14999.0, 500001.0),
}
REQUIRED = [name for name in LIMITS if name not in ("total_bedrooms", TARGET)] + ["ocean_proximity"]
IMPUTATION_FACTOR = 0.203162

ABSENT = object()


def below(number):
    return math.nextafter(number, -math.inf)


def above(number):
    return math.nextafter(number, math.inf)


def features_of(row):
    """The model's input, as the contract's `features` says it, in plain arithmetic."""
    bedrooms = row.get("total_bedrooms")
    if bedrooms is None:
        bedrooms = row["total_rooms"] * IMPUTATION_FACTOR
    place = row["ocean_proximity"]
    places = ["<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN"]
    return [
        row["longitude"],
        row["latitude"],
        row["housing_median_age"],
        row["median_income"],
        row["population"],
        row["total_rooms"] / row["households"],
        bedrooms / row["households"],
        row["population"] / row["households"],
    ] + [1.0 if place == other else 0.0 for other in places]


def with_changes(changes):
    row = dict(BASE)
    row.update(changes)
    return {name: value for name, value in row.items() if value is not ABSENT}


def accepted(name, changes, warnings=(), imputed=(), purpose="prediction"):
    row = with_changes(changes)
    case = {"name": name, "purpose": purpose, "row": row, "verdict": "accepted"}
    case.update(imputed=list(imputed), warnings=list(warnings), features=[float(f) for f in features_of(row)])
    if purpose == "training":
        case["target"] = row[TARGET] / 100000.0
    return case


def rejected(name, changes, fields, purpose="prediction"):
    return {"name": name, "purpose": purpose, "row": with_changes(changes), "verdict": "rejected", "fields": list(fields)}


def at_the_limits(column):
    """Both sides of both limits, both sides of both ends of the observed range."""
    least, greatest, least_seen, greatest_seen = LIMITS[column]
    purpose = "training" if column == TARGET else "prediction"

    def company(value):
        """The other fields, so that a bedroom stays a room and the target is there where it must be."""
        others = {}
        if column == "total_rooms":
            others["total_bedrooms"] = 1.0 if value >= 1.0 else None
        if column == "total_bedrooms":
            others["total_rooms"] = 30000.0
        others[column] = value
        return others

    def no(name, value):
        return rejected(f"{column} {name}", company(value), [column], purpose)

    def yes(name, value):
        warnings = [] if least_seen <= value <= greatest_seen else [column]
        return accepted(f"{column} {name}", company(value), warnings, purpose=purpose)

    return [
        no("just below its least", below(least)),
        yes("at its least", least),
        *([yes("just below what was seen", below(least_seen))] if least < least_seen else []),
        yes("at the least that was seen", least_seen),
        yes("at the greatest that was seen", greatest_seen),
        yes("just above what was seen", above(greatest_seen)),
        yes("at its greatest", greatest),
        no("just above its greatest", above(greatest)),
    ]


def rows():
    yield accepted("an ordinary row", {})
    yield accepted("whole numbers without a point", {"housing_median_age": 30, "total_rooms": 2000, "population": 1200})
    yield accepted("a number with an exponent", {"population": 1.5e3})
    for column in LIMITS:
        yield from at_the_limits(column)
    for place in ["<1H OCEAN", "INLAND", "ISLAND", "NEAR BAY", "NEAR OCEAN"]:
        yield accepted(f"ocean_proximity {place}", {"ocean_proximity": place})
    for text in ["", "inland", " INLAND", "INLAND ", "NEAR  BAY", "LAKE", "<1H OCEAN\u00a0", "=1+1", "\uff29NLAND"]:
        yield rejected(f"ocean_proximity {text!r}", {"ocean_proximity": text}, ["ocean_proximity"])
    yield rejected("ocean_proximity a number", {"ocean_proximity": 1}, ["ocean_proximity"])

    imputed = {"imputed": ["total_bedrooms"]}
    yield accepted("bedrooms null", {"total_bedrooms": None}, **imputed)
    yield accepted("bedrooms not given", {"total_bedrooms": ABSENT}, **imputed)
    yield accepted("bedrooms null, the fewest rooms: an estimate has no limits", {"total_bedrooms": None, "total_rooms": 1.0},
                   ["total_rooms"], **imputed)
    yield accepted("bedrooms null, the most rooms", {"total_bedrooms": None, "total_rooms": 100000.0}, ["total_rooms"], **imputed)
    yield accepted("bedrooms null, a product that has to be rounded", {"total_bedrooms": None, "total_rooms": 1467.0,
                                                                       "households": 177.0}, **imputed)
    yield accepted("as many bedrooms as rooms", {"total_rooms": 400.0})
    yield rejected("more bedrooms than rooms", {"total_rooms": 399.0}, ["total_bedrooms"])
    yield rejected("hardly more bedrooms than rooms", {"total_rooms": below(400.0)}, ["total_bedrooms"])

    for column in REQUIRED:
        yield rejected(f"{column} null", {column: None}, [column])
        yield rejected(f"{column} not given", {column: ABSENT}, [column])
    for column in LIMITS:
        if column != TARGET:
            yield rejected(f"{column} a text", {column: "many"}, [column])
    yield rejected("a truth value for a number", {"population": True}, ["population"])
    yield rejected("text that a careless reader takes for infinity", {"median_income": "Infinity"}, ["median_income"])
    yield rejected("text that a careless reader takes for not a number", {"median_income": "NaN"}, ["median_income"])
    yield rejected("a number in hexadecimal", {"total_rooms": "0x7D0"}, ["total_rooms"])
    yield rejected("a comma for the point", {"median_income": "3,75"}, ["median_income"])
    yield rejected("a formula", {"population": "=SUM(A1:A9)"}, ["population"])
    yield rejected("longitude and latitude swapped", {"longitude": 38.25, "latitude": -121.5}, ["longitude", "latitude"])
    yield rejected("everything at fault", {**{name: -1000.0 for name in LIMITS if name != TARGET}, "ocean_proximity": "SEA"},
                   [name for name in LIMITS if name != TARGET] + ["ocean_proximity"])
    yield rejected("no fields at all", {name: ABSENT for name in BASE}, REQUIRED)
    yield rejected("a field that the contract does not know", {"rooms": 7.0}, ["rooms"])
    yield rejected("a field in the wrong case", {"Longitude": -121.5}, ["Longitude"])
    yield rejected("the target in a question", {TARGET: VALUE}, [TARGET])

    yield accepted("far from everything that was seen", {"longitude": -124.9, "latitude": 42.4, "median_income": 20.0},
                   ["longitude", "latitude", "median_income"])
    yield accepted("a quotient that has to be rounded", {"total_rooms": 7099.0, "total_bedrooms": 1106.0,
                                                         "population": 2401.0, "households": 1138.0})
    yield accepted("a training row", {TARGET: VALUE}, purpose="training")
    yield accepted("a training row, bedrooms missing", {TARGET: VALUE, "total_bedrooms": None}, purpose="training", **imputed)
    yield accepted("a training row, cut off thrice", {TARGET: 500001.0, "housing_median_age": 52.0, "median_income": 15.0001},
                   purpose="training")
    yield rejected("a training row without its target", {TARGET: None}, [TARGET], purpose="training")
    yield rejected("a training row with a text for its target", {TARGET: "500k"}, [TARGET], purpose="training")


def cells():
    numbers = {
        "0": 0.0, "-0": -0.0, "7": 7.0, "-7": -7.0, "41.0": 41.0, "-122.23": -122.23, "0.4999": 0.4999, "1e3": 1000.0,
        "1E3": 1000.0, "1e+3": 1000.0, "1.5e-3": 0.0015, "0.1": 0.1, "9007199254740993": 9007199254740992.0,
        "0.30000000000000004": 0.30000000000000004, "2.2250738585072011e-308": 2.225073858507201e-308, "1e-400": 0.0,
    }
    for text, number in numbers.items():
        yield {"text": text, "number": number}
    for text in ["", " ", " 7", "7 ", "+7", "07", "-07", ".5", "5.", "-", "1e", "1e+", "1_000", "1,000", "1 000", "0x10",
                 "nan", "NaN", "inf", "-Infinity", "1e999", "null", "NULL", "true", "7f", "7d", "\u0667", "\uff17", "1\u00a0",
                 "7\n", "=7", "'7", "--7", "1.2.3", "1e1.5", "\u22127"]:
        yield {"text": text, "number": None}


def render():
    document = {
        "about": ABOUT,
        "contract": {"id": "urn:towpath:data-contract:housing", "version": "1.0.0"},
        "features": FEATURES,
    }
    head = json.dumps(document, indent=2)[:-2]

    def lines(items):
        return ",\n".join("    " + json.dumps(item) for item in items)

    return f'{head},\n  "rows": [\n{lines(rows())}\n  ],\n  "cells": [\n{lines(cells())}\n  ]\n}}\n'


def main():
    text = render()
    if "--check" in sys.argv[1:]:
        if DESTINATION.read_text(encoding="utf-8") != text:
            raise SystemExit(f"`{DESTINATION.name}` is not what `{pathlib.Path(__file__).name}` makes; run it without --check")
        return
    DESTINATION.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""Each rule of the contract, broken once: the message says which, where, and how often. And files that are no table."""

import csv
import io

import pytest
from housing import checks, csv_input, transform
from housing.dataset import synthetic
from housing.engine_pandas import PandasEngine

ROWS = list(csv.reader(io.StringIO(synthetic(rows=1100).decode())))
HEADER, ROWS = ROWS[0], ROWS[1:]


def verdicts(engine, contract, path):
    values = engine.read(str(path), contract, transform.read(contract))
    return checks.judge(engine, values, contract, checks.examples_in(engine, str(path), contract))


def broken_by(engine, contract, path, rows):
    """The lines of the message about a file with these rows."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER] + rows)
    with pytest.raises(checks.ContractBroken) as caught:
        checks.demand(verdicts(engine, contract, path), contract)
    first, *lines = str(caught.value).splitlines()
    rules = "1 rule" if len(lines) == 1 else f"{len(lines)} rules"
    assert first == f"the input breaks {rules} of the data contract `{contract.id}` {contract.version}"
    return lines


def changed(column, value, count=1):
    rows = [list(row) for row in ROWS]
    for row in rows[5 : 5 + count]:
        row[HEADER.index(column)] = value
    return rows


def test_the_synthetic_rows_keep_it(contract, tmp_path):
    path = tmp_path / "kept.csv"
    path.write_bytes(synthetic(rows=1100))
    found = verdicts(PandasEngine(), contract, path)
    assert [str(verdict) for verdict in found if not verdict.kept] == []
    # a required number has three faults, a number two, a text two; then the relation and the metrics
    assert len(found) == 8 * 3 + 2 + 2 + 1 + 4


NUMBERS = {
    "longitude": ("-125.5", "-125.5", "-125 and -114"),
    "latitude": ("43", "43.0", "32 and 42.5"),
    "housing_median_age": ("-1", "-1.0", "0 and 120"),
    "total_rooms": ("100001", "100001.0", "1 and 100000"),
    "population": ("0", "0.0", "1 and 100000"),
    "households": ("0.5", "0.5", "1 and 20000"),
    "median_income": ("50.1", "50.1", "0 and 50"),
    "median_house_value": ("9999", "9999.0", "10000 and 1000000"),
}


@pytest.mark.parametrize("column", NUMBERS)
def test_limits(contract, tmp_path, column):
    text, shown, limits = NUMBERS[column]
    lines = broken_by(PandasEngine(), contract, tmp_path / "file.csv", changed(column, text, count=3))
    assert lines == [f"  - `{column}`: rows in which it is not between {limits} must be 0, and is 3, such as {shown}"]


def test_limit_of_what_may_be_missing(contract, tmp_path):
    rows = changed("total_bedrooms", "0.9")
    lines = broken_by(PandasEngine(), contract, tmp_path / "file.csv", rows)
    assert lines == ["  - `total_bedrooms`: rows in which it is not between 1 and 20000 must be 0, and is 1, such as 0.9"]


@pytest.mark.parametrize("column", [name for name in HEADER if name != "total_bedrooms"])
def test_required(contract, tmp_path, column):
    lines = broken_by(PandasEngine(), contract, tmp_path / "file.csv", changed(column, ""))
    assert lines == [f"  - `{column}`: rows in which it is missing must be 0, and is 1"]


@pytest.mark.parametrize("column", [name for name in HEADER if name != "ocean_proximity"])
def test_type(contract, tmp_path, column):
    lines = broken_by(PandasEngine(), contract, tmp_path / "file.csv", changed(column, "1_000"))
    assert lines == [f"  - `{column}`: rows in which it is not a number must be 0, and is 1, such as '1_000'"]


def test_category(engine, contract, tmp_path):
    lines = broken_by(engine, contract, tmp_path / "file.csv", changed("ocean_proximity", "inland", count=2))
    assert lines == [
        "  - `ocean_proximity`: rows in which it is not one of <1H OCEAN, INLAND, ISLAND, NEAR BAY, NEAR OCEAN "
        "must be 0, and is 2, such as 'inland'",
        "  - `ocean_proximity`: invalidValues must be 0, and is 2",
    ]


def test_relation(engine, contract, tmp_path):
    rows = changed("total_bedrooms", "19000")
    rows[5][HEADER.index("total_rooms")] = "18999.5"
    lines = broken_by(engine, contract, tmp_path / "file.csv", rows)
    assert lines == [
        "  - `total_bedrooms`: rows in which it does not keep `total_bedrooms <= total_rooms` must be 0, and is 1, such as 19000.0"
    ]


def test_share_of_missing_values(contract, tmp_path):
    rows = changed("total_bedrooms", "", count=66)
    (line,) = broken_by(PandasEngine(), contract, tmp_path / "file.csv", rows)
    missing = sum(not row[HEADER.index("total_bedrooms")] for row in rows)
    assert line == f"  - `total_bedrooms`: nullValues must be less than 5 percent, and is {100 * missing / 1100:.9g}"


def test_duplicates(engine, contract, tmp_path):
    lines = broken_by(engine, contract, tmp_path / "file.csv", ROWS + ROWS[:2])
    assert lines == ["  - duplicateValues must be 0, and is 2"]


def test_too_few_rows(contract, tmp_path):
    lines = broken_by(PandasEngine(), contract, tmp_path / "file.csv", ROWS[:999])
    assert lines == ["  - rowCount must be between 1000 and 50000000, and is 999"]
    lines = broken_by(PandasEngine(), contract, tmp_path / "file.csv", [])
    assert "  - rowCount must be between 1000 and 50000000, and is 0" in lines


LINES = [",".join(row) for row in [HEADER] + ROWS[:3]]
NO_TABLE = {
    "empty": (b"", "the input is empty"),
    "no header": ("\n".join(LINES[1:]).encode(), "a column '-"),
    "another delimiter": ("\n".join(LINES).replace(",", ";").encode(), "that the contract does not know"),
    "another encoding": ("\n".join(LINES).encode("utf-16"), "the header is not utf-8"),
    "a byte order mark": (b"\xef\xbb\xbf" + "\n".join(LINES).encode(), "'\\ufefflongitude'"),
    "a column too few": (LINES[0].replace(",population", "").encode() + b"\n", "has no column `population`"),
    "two columns swapped": (LINES[0].replace("longitude,latitude", "latitude,longitude").encode(), "not in the contract's order"),
    "no line end": (b"x" * 70000, "no line end in its first 65536 bytes"),
}


@pytest.mark.parametrize("name", NO_TABLE)
def test_files_that_are_no_table(contract, name):
    data, message = NO_TABLE[name]
    with pytest.raises(csv_input.InputError) as caught:
        csv_input.check_header(data[: csv_input.HEAD_BYTES], contract)
    assert message in str(caught.value)


@pytest.mark.parametrize("line", [LINES[2] + ",more", LINES[2].rpartition(",")[0]], ids=["a field too many", "a field too few"])
def test_rows_that_do_not_fit(engine, contract, tmp_path, line):
    path = tmp_path / "file.csv"
    path.write_text("\n".join([LINES[0], LINES[1], line, LINES[3]]) + "\n")
    with pytest.raises(csv_input.InputError) as caught:
        verdicts(engine, contract, path)
    count = line.count(",") + 1
    expected = {"pandas": f"line 3 has {count} fields instead of 10", "spark": f"1 rows do not have 10 fields, such as {line!r}"}
    assert str(caught.value) == expected[engine.name]


@pytest.mark.parametrize("data", [b"\xff\xfe,", b'"open', b"\x00"], ids=["bytes", "quote", "zero"])
def test_rows_that_cannot_be_read(contract, tmp_path, data):
    path = tmp_path / "file.csv"
    path.write_bytes("\n".join(LINES).encode() + b"\n" + data)
    with pytest.raises(csv_input.InputError):
        verdicts(PandasEngine(), contract, path)

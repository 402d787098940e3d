"""The batch page's work: reading a file, asking in pieces, and telling refused rows from the others."""

import pandas as pd
import pytest

from housing_frontend.api import Api, Away
from housing_frontend.form import fields
from housing_frontend.pages import batch

from conftest import CONTRACT

FIELDS = fields(str(CONTRACT))
NAMES = [field.name for field in FIELDS]
GOOD = "-122.2,37.8,30,2000,400,1000,350,4.0,NEAR BAY"


def file(*rows, header=",".join(NAMES)):
    return "\n".join([header, *rows]).encode()


def predicted(api, rows, told=lambda done: None):
    return batch.predict_rows(Api(api.url), rows, FIELDS, told)


def test_every_row_has_its_prediction_in_order(api):
    incomes = [1 + number % 9 for number in range(620)]
    rows = batch.read(file(*(GOOD.replace("4.0", str(income)) for income in incomes)), NAMES)
    told = []
    results = predicted(api, rows, told.append)
    assert [value for value, _ in results] == [40_000.0 * income for income in incomes]
    assert told == [250, 500, 620]


def test_a_refused_row_takes_nobody_along(api):
    bad = GOOD.replace("-122.2", "12"), GOOD.replace("NEAR BAY", "MOON"), GOOD.replace("4.0", "NaN"), GOOD.replace("4.0", "much")
    rows = batch.read(file(GOOD, bad[0], GOOD, bad[1], bad[2], bad[3], GOOD), NAMES)
    results = predicted(api, rows)
    assert [value is None for value, _ in results] == [False, True, False, True, True, True, False]
    assert results[1][1].startswith("longitude: is not between")
    assert results[3][1].startswith("ocean_proximity")
    assert results[4][1] == results[5][1] == "median_income: is not a number"


def test_an_empty_field_is_estimated_where_the_contract_allows_it(api):
    rows = batch.read(file(GOOD.replace("400", "")), NAMES)
    assert predicted(api, rows) == [(160_000.0, "total_bedrooms: estimated")]


def test_an_api_that_goes_away_ends_the_batch(api):
    api.mode = "down"
    with pytest.raises(Away):
        predicted(api, batch.read(file(GOOD), NAMES))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "columns are missing"),
        (file(), "no row"),
        (file(GOOD, header="longitude,latitude"), "housing_median_age"),
        (file(GOOD).decode().encode("utf-16"), "UTF-8"),
        (b"\xff\xfe\x00", "UTF-8"),
        (file(GOOD + ",1"), "Line 2"),
        (file(GOOD, "1,2"), "Line 3"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(content, text):
    with pytest.raises(ValueError, match=text):
        batch.read(content, NAMES)


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert batch.read(b"\xef\xbb\xbf" + file(GOOD), NAMES)[0]["longitude"] == "-122.2"


def test_what_is_downloaded_holds_no_formula():
    table = pd.DataFrame({"note": ["=HYPERLINK(1)", "@x", "fine", "-122.2"], "value": [-1.0, 2.0, 3.0, 4.0]})
    assert list(batch.harmless(table)["note"]) == ["'=HYPERLINK(1)", "'@x", "fine", "-122.2"]

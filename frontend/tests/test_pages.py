"""The pages by Streamlit's own AppTest: what a person reads in each state of the API."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from housing_frontend import api as client
from housing_frontend.form import fields

APP = str(Path(__file__).parents[1] / "app.py")
CONTRACT = str(Path(__file__).parents[2] / "contracts" / "housing.odcs.yaml")


@pytest.fixture(autouse=True)
def fresh():
    """No answer of one test is remembered in the next."""
    st.cache_data.clear()
    st.cache_resource.clear()


def page():
    """The running app, at its first page."""
    app = AppTest.from_file(APP, default_timeout=30).run()
    assert not app.exception
    return app


def predict(app):
    app.button[0].click().run()
    assert not app.exception
    return app


def said(app):
    return " ".join(element.value for kind in (app.error, app.warning, app.caption, app.markdown, app.info) for element in kind)


def test_the_form_is_the_contract(api):
    app = page()
    for field in fields(CONTRACT):
        if field.choices:
            assert tuple(app.selectbox(key=field.name).options) == field.choices
        else:
            shown = app.number_input(key=field.name)
            assert (shown.min, shown.max) == (field.minimum, field.maximum)
            assert shown.label == field.label


def test_a_prediction_stands_among_its_neighbours(api):
    app = page()
    app.number_input(key="median_income").set_value(5.0)
    predict(app)
    assert app.metric[0].value == "$200,000"
    assert len(app.dataframe[0].value) == 8
    distances = list(app.dataframe[0].value["distance_km"])
    assert distances == sorted(distances)


def test_what_is_doubtful_is_said(api):
    app = page()
    app.number_input(key="median_income").set_value(30.0)
    predict(app)
    assert "above all incomes" in app.warning[0].value


@pytest.mark.parametrize(
    ("mode", "text"), [("down", "away"), ("odd", "status 200"), ("slow", "did not answer in time")]
)
def test_an_api_that_fails_is_told_from_wrong_input(api, monkeypatch, mode, text):
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", (1, 1))
    app = page()
    api.mode = mode
    predict(app)
    assert text in app.error[0].value
    assert not app.metric
    api.mode = "up"
    assert predict(app).metric


def test_no_api_at_all_is_told(api, monkeypatch):
    monkeypatch.setenv("API_URL", "http://127.0.0.1:9")
    app = page()
    assert "the API has none to give" in said(app)
    assert "does not answer" in predict(app).error[0].value


def test_without_an_address_the_page_says_what_to_do(api, monkeypatch):
    monkeypatch.delenv("API_URL")
    assert "Set `API_URL`" in said(page())


def test_the_model_page_shows_what_serves(api):
    app = AppTest.from_function(_model).run()
    assert not app.exception
    assert [metric.value for metric in app.metric] == ["$43,400", "$62,000", "$74,000"]
    assert "housing/7" in said(app)


def _model():
    from housing_frontend.pages import model

    model.show()

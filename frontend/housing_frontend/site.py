"""What all pages share: the API, the contract, and how a failure is told."""

import os
from pathlib import Path

import pandas as pd
import streamlit as st

from .api import Api, ApiError, Away, Slow
from .form import fields

CONTRACT = Path(__file__).parents[2] / "contracts" / "housing.odcs.yaml"


def api():
    """The API that `API_URL` names; without it there is nothing to show."""
    url = os.environ.get("API_URL", "")
    if not url:
        st.error("These pages do not know where the API is.", icon=":material/link_off:")
        st.caption("Set `API_URL` to its address and start again.")
        st.stop()
    return _api(url)


def form_fields():
    """The contract's inputs."""
    return fields(os.environ.get("CONTRACT_PATH", str(CONTRACT)))


def districts():
    """The training data's districts as a table, or nothing when the API has none."""
    try:
        return _districts(os.environ.get("API_URL", ""))
    except ApiError:
        return None


def failed(error):
    """Tells a failure of the API: what happened, and what to do."""
    match error:
        case Slow():
            icon, remedy = ":material/hourglass_bottom:", "It may be starting. Try again in a moment."
        case Away():
            icon, remedy = ":material/cloud_off:", "Your input is kept. Try again in a moment."
        case _:
            icon, remedy = ":material/edit:", "Correct the input and try again."
    st.error(str(error), icon=icon)
    st.caption(remedy)


def dollars(value):
    """A value as people write it, to the hundred dollars that the data can tell."""
    return f"${round(value, -2):,.0f}"


@st.cache_resource(show_spinner=False)
def _api(url):
    return Api(url)


@st.cache_data(show_spinner="Reading the districts…", ttl=3600)
def _districts(url):
    document = _api(url).districts()
    columns = {name: values for name, values in document.items() if isinstance(values, list)}
    return pd.DataFrame(columns)

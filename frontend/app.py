"""The web pages of the housing model: `streamlit run app.py`, with the API's address in `API_URL`."""

from pathlib import Path

import streamlit as st

from housing_frontend.pages import batch, model, predict

# a file: the browser would ask another host for a named icon
ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="House values in California", page_icon=str(ICON), layout="wide")

st.navigation(
    [
        st.Page(predict.show, title="One district", url_path="predict", icon=":material/place:", default=True),
        st.Page(batch.show, title="Many districts", url_path="batch", icon=":material/table_rows:"),
        st.Page(model.show, title="The model", url_path="model", icon=":material/monitoring:"),
    ]
).run()

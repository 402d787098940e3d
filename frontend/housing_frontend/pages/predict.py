"""One district: a form from the contract, its place on the map, and the prediction among its neighbours."""

import streamlit as st

from .. import charts, site
from ..api import ApiError, Invalid

# a district of the middle, to begin with: medians of the training data
START = {
    "longitude": -118.49,
    "latitude": 34.26,
    "housing_median_age": 29.0,
    "total_rooms": 2127.0,
    "total_bedrooms": 435.0,
    "population": 1166.0,
    "households": 409.0,
    "median_income": 3.5349,
}
PLACE = ("longitude", "latitude")


def show():
    """The page."""
    st.title("What is a house worth here?")
    st.caption("The median house value of a census district in California, 1990, as the model that is in service sees it.")
    api, fields, districts = site.api(), site.form_fields(), site.districts()
    _begin(fields)
    left, right = st.columns([3, 4], gap="large")
    with right:
        _map(districts)
    with left:
        asked = _form(fields)
    if asked:
        st.session_state.answer = _ask(api, fields)
    answer = st.session_state.get("answer")
    if answer is not None:
        with left:
            _answer(answer, fields)
        with right:
            _neighbours(answer, districts)


def _begin(fields):
    for field in fields:
        start = field.choices[0] if field.choices else START.get(field.name, field.minimum)
        st.session_state.setdefault(field.name, start)


def _map(districts):
    if districts is None:
        st.info("The districts cannot be shown: the API has none to give. The form works without them.", icon=":material/map:")
        return
    chosen = (st.session_state.longitude, st.session_state.latitude)
    picture = charts.place_map(districts, *chosen)
    st.altair_chart(picture, on_select=_clicked, selection_mode=charts.SELECTION, key="map", width="stretch")
    st.caption("Each point is a district. Click one to move there.")


def _clicked():
    places = st.session_state.map.get("selection", {}).get(charts.SELECTION, [])
    for place in places[:1]:
        for name in PLACE:
            st.session_state[name] = float(place[name])


def _form(fields):
    with st.form("district", border=False):
        columns = st.columns(2)
        for number, field in enumerate(fields):
            with columns[number % 2]:
                _input(field)
        return st.form_submit_button("Predict", type="primary", icon=":material/calculate:", width="stretch")


def _input(field):
    if field.choices:
        st.selectbox(field.label, field.choices, key=field.name, help=field.help)
        return
    whole = field.unit not in ("degrees", "10,000 USD")
    st.number_input(
        field.label,
        min_value=field.minimum,
        max_value=field.maximum,
        step=1.0 if whole else 0.01,
        format="%.0f" if whole else "%.4f" if field.unit == "10,000 USD" else "%.2f",
        key=field.name,
        help=field.help if field.required else f"{field.help} May be left empty.",
    )


def _ask(api, fields):
    instance = {field.name: st.session_state[field.name] for field in fields}
    try:
        with st.spinner("Asking the model…", show_time=True):
            return instance, api.predict([instance])[0]
    except ApiError as error:
        return instance, error


def _answer(answer, fields):
    _, prediction = answer
    labels = {field.name: field.label for field in fields}
    if isinstance(prediction, ApiError):
        site.failed(prediction)
        if isinstance(prediction, Invalid):
            for _, name, detail in prediction.errors:
                st.markdown(f"- **{labels.get(name, name)}**: {detail}")
        return
    st.metric("Median house value", site.dollars(prediction.value))
    for name in prediction.imputed:
        st.caption(f":material/auto_fix_high: {labels.get(name, name)} was missing and has been estimated.")
    for name, detail in prediction.warnings:
        st.warning(f"**{labels.get(name, name)}**: {detail}", icon=":material/warning:")

def _neighbours(answer, districts):
    instance, prediction = answer
    if districts is None or isinstance(prediction, ApiError):
        return
    share = charts.share_below(districts, prediction.value)
    st.subheader(f"More than {share:.0%} of the districts", divider="gray")
    st.altair_chart(charts.among_all(districts, prediction.value), width="stretch")
    st.subheader("The nearest real districts", divider="gray")
    near = charts.nearest(districts, instance["longitude"], instance["latitude"])
    st.dataframe(
        near[["distance_km", "median_house_value", "median_income", "ocean_proximity"]],
        hide_index=True,
        width="stretch",
        column_config={
            "distance_km": st.column_config.NumberColumn("Distance", format="%.1f km"),
            "median_house_value": st.column_config.NumberColumn("Value", format="dollar"),
            "median_income": st.column_config.NumberColumn("Income (10,000 USD)", format="%.2f"),
            "ocean_proximity": "Ocean",
        },
    )

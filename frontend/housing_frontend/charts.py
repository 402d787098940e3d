"""The pictures: California as its districts draw it, and a value among all values. No tiles, no fonts from elsewhere."""

import altair as alt
import numpy as np
import pandas as pd

INK, ACCENT = "#1d2a33", "#d1495b"
SCALE = "yellowgreenblue"
SELECTION = "place"
# what a browser draws without a pause
MOST_POINTS = 6000


def nearest(districts, longitude, latitude, count=8):
    """The `count` nearest districts, with their distance in kilometres."""
    radians = np.radians
    lat, lon = radians(districts["latitude"]), radians(districts["longitude"])
    here = radians(latitude), radians(longitude)
    half = np.sin((lat - here[0]) / 2) ** 2 + np.cos(lat) * np.cos(here[0]) * np.sin((lon - here[1]) / 2) ** 2
    found = districts.assign(distance_km=2 * 6371.0 * np.arcsin(np.sqrt(half)))
    return found.nsmallest(count, "distance_km")


def place_map(districts, longitude, latitude):
    """All districts by value, the chosen place as a cross. A click chooses the nearest district (`SELECTION`)."""
    shown = districts if len(districts) <= MOST_POINTS else districts.sample(MOST_POINTS, random_state=1)
    click = alt.selection_point(name=SELECTION, on="click", nearest=True, fields=["longitude", "latitude"], toggle=False)
    x = alt.X("longitude:Q", scale=alt.Scale(domain=[-124.6, -113.8], nice=False), title=None, axis=None)
    y = alt.Y("latitude:Q", scale=alt.Scale(domain=[32.2, 42.2], nice=False), title=None, axis=None)
    points = (
        alt.Chart(shown)
        .mark_circle(size=14, opacity=0.75)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "median_house_value:Q",
                scale=alt.Scale(scheme=SCALE),
                legend=alt.Legend(title="Median house value", format="$,.0f", orient="top-right", gradientLength=120),
            ),
            tooltip=[
                alt.Tooltip("median_house_value:Q", title="value", format="$,.0f"),
                alt.Tooltip("median_income:Q", title="income (10,000 USD)"),
                alt.Tooltip("ocean_proximity:N", title="ocean"),
            ],
        )
        .add_params(click)
    )
    here = alt.Chart(pd.DataFrame({"longitude": [longitude], "latitude": [latitude]}))
    cross = here.mark_point(shape="cross", size=260, filled=True, color=ACCENT, stroke="white", strokeWidth=1.5).encode(x=x, y=y)
    return (points + cross).properties(height=470).configure_view(stroke=None)


def among_all(districts, value):
    """How often each value occurs among the districts, the prediction as a line."""
    bins = alt.Bin(step=10_000)
    bars = (
        alt.Chart(districts)
        .mark_bar(color="#b8cdd4", binSpacing=0.5)
        .encode(
            x=alt.X("median_house_value:Q", bin=bins, title="Median house value", axis=alt.Axis(format="$,.0f", tickCount=5)),
            y=alt.Y("count():Q", title="districts"),
        )
    )
    line = alt.Chart(pd.DataFrame({"value": [value]})).mark_rule(color=ACCENT, strokeWidth=2.5).encode(x="value:Q")
    return (bars + line).properties(height=180).configure_view(stroke=None)


def share_below(districts, value):
    """The share of districts that are worth less, from 0 to 1."""
    return float((districts["median_house_value"] < value).mean())

"""The model: which package serves, how good it is, and where it is better and worse."""

import altair as alt
import pandas as pd
import streamlit as st

from .. import site
from ..api import ApiError

UNIT = 100_000


def show():
    """The page."""
    st.title("The model in service")
    try:
        with st.spinner("Asking the API…"):
            model = site.api().model()
    except ApiError as error:
        site.failed(error)
        return
    _identity(model)
    _metrics(model.get("metrics") or {})
    _segments((model.get("evaluation") or {}).get("segments") or {})
    with st.expander("All that the API says"):
        st.json(model)


def _identity(model):
    package = model.get("model_package_arn") or "not a registered package"
    st.markdown(f"**{package.rpartition('model-package/')[2] or package}** · {model.get('approval_status') or 'no approval known'}")
    st.caption(f"`{package}` on endpoint `{model.get('endpoint', '')}`, configuration `{model.get('endpoint_config', '')}`")


def _metrics(metrics):
    named = [
        ("rmse", "Error, districts at random", "Root mean squared error on rows drawn at random"),
        ("rmse_spatial", "Error, places never seen", "Whole half-degree cells held out"),
        ("baseline_rmse", "Error of the linear baseline", "What a straight line reaches on the same rows"),
    ]
    columns = st.columns(len(named))
    for column, (key, label, help_text) in zip(columns, named, strict=True):
        value = metrics.get(key)
        column.metric(label, "unknown" if value is None else site.dollars(float(value) * UNIT), help=help_text)


def _segments(segments):
    if not segments:
        return
    st.subheader("Where it is better and worse", divider="gray")
    table = pd.DataFrame(
        [{"segment": name, "districts": each["rows"], "error": each["rmse"] * UNIT} for name, each in segments.items()]
    )
    bars = (
        alt.Chart(table)
        .mark_bar(color="#1f6f8b", height=alt.RelativeBandSize(0.6))
        .encode(
            y=alt.Y("segment:N", sort="x", title=None),
            x=alt.X("error:Q", title="Root mean squared error", axis=alt.Axis(format="$,.0f", tickCount=5)),
            tooltip=["segment", "districts", alt.Tooltip("error:Q", format="$,.0f")],
        )
        .properties(height=alt.Step(34))
        .configure_view(stroke=None)
    )
    st.altair_chart(bars, width="stretch")

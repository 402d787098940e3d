"""Many districts: a CSV file goes in, the same file with predictions comes out. Rows that are refused say why and stop nobody else."""

import csv
import io

import pandas as pd
import streamlit as st

from .. import site
from ..api import MOST_INSTANCES, ApiError, Invalid

ROWS_AT_ONCE = 250
MOST_ROWS = 50_000
VALUE, NOTE = ADDED = ("predicted_house_value", "note")
# what a spreadsheet would take for a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def show():
    """The page."""
    st.title("Many districts at once")
    fields = site.form_fields()
    names = [field.name for field in fields]
    st.caption(f"A CSV file with the columns {', '.join(f'`{name}`' for name in names)}. Other columns are kept.")
    template = pd.DataFrame(columns=names).to_csv(index=False)
    st.download_button("Get an empty file", template, "districts.csv", "text/csv", icon=":material/download:")
    file = st.file_uploader("The file", type="csv", label_visibility="collapsed")
    if file is None:
        return
    try:
        rows = read(file.getvalue(), names)
    except ValueError as wrong:
        st.error(str(wrong), icon=":material/edit:")
        return
    st.write(f"{len(rows):,} rows")
    if st.button("Predict", type="primary", icon=":material/calculate:"):
        st.session_state.batch = (file.file_id, _predict(site.api(), rows, fields))
    done = st.session_state.get("batch")
    if done is not None and done[0] == file.file_id:
        _show(done[1])


def read(content, names):
    """The rows of a CSV file as dictionaries of text.

    Raises `ValueError`, in words for the person who chose the file: it is no UTF-8, is empty or too long, or lacks a column.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("This is not UTF-8 text. Save it as CSV UTF-8.") from error
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        missing = [name for name in names if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"These columns are missing: {', '.join(missing)}.")
        rows = [dict(row) for row in reader]
    except csv.Error as error:
        raise ValueError(f"This is not a CSV file: {error}.") from error
    if not rows:
        raise ValueError("There is no row below the header.")
    if len(rows) > MOST_ROWS:
        raise ValueError(f"These are {len(rows):,} rows; {MOST_ROWS:,} are the most that one file may have.")
    ragged = [number for number, row in enumerate(rows, start=2) if None in row or None in row.values()]
    if ragged:
        raise ValueError(f"Line {ragged[0]} has another number of columns than the header.")
    return rows


def instance(row, fields):
    """A row as the API takes it: numbers as numbers, an empty field as nothing, anything else as it is, for the API to refuse."""
    return {field.name: row[field.name] if field.choices else _number(row[field.name]) for field in fields}


def _number(text):
    text = text.strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return text
    # JSON has no word for these
    return number if number - number == 0 else text


def predict_rows(api, rows, fields, told):
    """Each row with what the API says about it, as (value, note). `told` hears how many are done.

    A refused row does not take its neighbours along: they are sent again without it.
    """
    results = [None] * len(rows)
    size = min(ROWS_AT_ONCE, MOST_INSTANCES)
    for start in range(0, len(rows), size):
        waiting = list(range(start, min(start + size, len(rows))))
        while waiting:
            try:
                answers = api.predict(instance(rows[index], fields) for index in waiting)
            except Invalid as refused:
                wrong = {waiting[position]: f"{name}: {detail}" for position, name, detail in refused.errors if position < len(waiting)}
                if not wrong:
                    raise
                for index, note in wrong.items():
                    results[index] = (None, note)
                waiting = [index for index in waiting if index not in wrong]
                continue
            for index, answer in zip(waiting, answers, strict=True):
                notes = [f"{name}: {detail}" for name, detail in answer.warnings] + [f"{name}: estimated" for name in answer.imputed]
                results[index] = (answer.value, "; ".join(notes))
            waiting = []
        told(min(start + size, len(rows)))
    return results


def _predict(api, rows, fields):
    bar = st.progress(0.0, text="Asking the model…")
    try:
        results = predict_rows(
            api, rows, fields, lambda done: bar.progress(done / len(rows), text=f"{done:,} of {len(rows):,} rows")
        )
    except ApiError as error:
        return error
    finally:
        bar.empty()
    table = pd.DataFrame(rows)
    table[VALUE], table[NOTE] = zip(*results, strict=True)
    return table


def _show(table):
    if isinstance(table, ApiError):
        site.failed(table)
        return
    refused = int(table[VALUE].isna().sum())
    done = len(table) - refused
    left, right = st.columns(2)
    left.metric("Predicted", f"{done:,}")
    right.metric("Refused", f"{refused:,}")
    st.dataframe(
        table,
        column_order=[*ADDED, *(name for name in table if name not in ADDED)],
        hide_index=True,
        width="stretch",
        column_config={VALUE: st.column_config.NumberColumn("Predicted value", format="dollar")},
    )
    st.download_button(
        "Download", harmless(table).to_csv(index=False), "predictions.csv", "text/csv", icon=":material/download:", type="primary"
    )


def harmless(table):
    """The table with text that no spreadsheet takes for a formula; numbers stay."""

    def guard(value):
        if isinstance(value, str) and value.startswith(FORMULA) and not isinstance(_number(value), float):
            return "'" + value
        return value

    return table.map(guard)

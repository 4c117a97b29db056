"""Tables, and the list of conversations, which stands on more than one page."""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer import address, controls, filters, look, questions, search
from kura_explorer.choice import Filter
from kura_explorer.text import for_spreadsheet

ROWS = 100
# older ones, inside Snowflake perhaps, want the file before anybody asks for it
CALLABLE = "deferred data generation" in (st.download_button.__doc__ or "")
# a name for a screen reader, and what stands for nothing in a table; older ones know neither
LOOKS = {"alt", "placeholder"} & set(inspect.signature(st.dataframe).parameters)
ROW_HEIGHT = 35
NAME = st.column_config.TextColumn(width=150)
"""A column of names beside which two others fit on a telephone."""
LINE, LINE_HEIGHT, LINES_HEIGHT = 20, 18, 62
"""Letters that have room in a line of it, how high that is, and how high at least a row is to Streamlit that may have
several: just more than 4rem, which three have room in."""
ORDERS = {"newest": "Newest first", "oldest": "Oldest first"}
ON_PAPER = ("started_at", "summary", "cluster", "top_level", "languages")
BEST = {"nearest": "Best match first"}


def download(name: str, rows: Callable[[], pd.DataFrame], key: str, label: str = "Download as CSV") -> None:
    """Show a button that saves rows for a spreadsheet, made when it is pressed."""

    def written() -> bytes:
        return for_spreadsheet(rows()).to_csv(index=False).encode("utf-8-sig")

    if CALLABLE or st.toggle("Prepare download", key=f"prepare_{key}"):
        st.download_button(
            label, written if CALLABLE else written(), f"{name}.csv", "text/csv", key=f"download_{key}",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip


def show(
    name: str,
    rows: pd.DataFrame,
    columns: Mapping[Any, Any],
    on_paper: Sequence[str] | None = None,
    most: int = 400,
    **looks: Any,
) -> Any:
    """Show rows as a table to scroll in, and all of them on paper; returns what is picked, where that is asked for.

    Parameters
    ----------
    name
        What a screen reader calls it.
    rows
        What stands in it.
    columns
        Titles and forms, as Streamlit has them.
    on_paper
        The columns that paper has room for; without it all of them.
    most
        As high as it may be, in pixels.
    looks
        What else Streamlit is told of it.
    """
    look.printed(name, rows if on_paper is None else rows[list(on_paper)], columns)
    row_height = max([height_of(rows[name]) for name, form in columns.items() if form is NAME], default=ROW_HEIGHT)
    columns, written = _written(columns)
    if "key" in looks:  # a row that is picked on a page of the build before is another one now
        looks["key"] = f"{looks['key']}_{questions.edition()}"
    told: dict[str, Any] = {"alt": name, "placeholder": "–"}
    return st.dataframe(
        for_spreadsheet(rows).pipe(_styled, written), hide_index=True, column_config=columns, row_height=row_height,
        height=min(most, ROW_HEIGHT + row_height * len(rows) + 2), **{**looks, **{key: told[key] for key in LOOKS}},
    )  # fmt: skip


def height_of(names: pd.Series) -> int:
    """Return how high, in pixels, the rows of a table are that has these in a column `NAME`."""
    lines = max((len(textwrap.wrap(name, LINE)) for name in names), default=1)
    return ROW_HEIGHT if lines < 2 else LINES_HEIGHT + LINE_HEIGHT * max(0, lines - 3)


def _written(columns: Mapping[Any, Any]) -> tuple[dict[Any, Any], dict[Any, Callable[[Any], str]]]:
    """Return columns without those forms that Streamlit doesn't know how to write as we do, and what writes these."""
    there, written = dict(columns), {}
    for name, form in columns.items():
        form = form.get("type_config", {}) if isinstance(form, dict) else {}
        if form.get("format") in (look.PERCENT, look.POINTS):
            written[name] = look.figure(form)
            there[name] = {**columns[name], "type_config": {**form, "format": None}}
    return there, written


def _styled(rows: pd.DataFrame, written: Mapping[Any, Any]) -> Any:
    """Return rows whose numbers stay numbers, to be sorted and saved, and are shown as they are written here."""
    return rows.style.format(dict(written), na_rep="–") if written and len(rows) else rows


def conversations(chosen: Filter, found: int, key: str) -> None:
    """Show the chosen conversations, a page at a time; a row opens its conversation."""
    pages = max(1, math.ceil(found / ROWS))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(f"**{look.count(found)}** conversation{'' if found == 1 else 's'}", width="stretch")
        page = controls.number(f"Page of {pages:,}", pages, "page", width=150) if pages > 1 else 1
        # what is nearest in meaning comes first, where that is known
        by_time = ORDERS if questions.period_covered() else {}
        orders = {**BEST, **by_time} if search.nearest(chosen.words) else by_time
        first = next(iter(orders), "newest")
        order = (
            controls.select("Order", list(orders), "order", first, orders.__getitem__, width=170)
            if found > 1 and len(orders) > 1
            else first
        ) or first
        if found:
            most = questions.DOWNLOAD_ROWS
            label = "Download as CSV" if found <= most else f"Download the first {most:,} as CSV"
            download("conversations", lambda: questions.conversations(chosen, most, 0, order), key, label)
    if not found:
        filters.nothing_left()
        return
    with look.loading(360):
        rows = questions.conversations(chosen, ROWS, (page - 1) * ROWS, order)
    shown = rows.drop(columns=["cluster_id", "path", "conversation_id"]).dropna(axis="columns", how="all")
    if "request" in shown and (rows["request"] == rows["summary"]).all():
        shown = shown.drop(columns=["request"])
    opened = st.session_state.get(
        f"opened_{key}", 0
    )  # a table of its own after each, so that its row can be picked again
    picked = show(
        "Conversations", shown, _columns(shown), [name for name in ON_PAPER if name in shown], 560,
        on_select="rerun", selection_mode="single-row", key=f"rows_{key}_{opened}_{hash((chosen, page, order))}",
    )  # fmt: skip
    st.caption("Pick a row to read it. Everything is redacted.")
    if picked.selection.rows:
        st.session_state[f"opened_{key}"] = opened + 1
        address.put(conversation=rows.iloc[picked.selection.rows[0]]["conversation_id"])
        st.rerun()


def _columns(shown: pd.DataFrame) -> dict[Any, Any]:
    return {
        **{name: filters.title(str(name)) for name in shown},
        "started_at": st.column_config.DatetimeColumn("Began (UTC)", format="YYYY-MM-DD HH:mm"),
        "summary": st.column_config.TextColumn("Summary", width="large"),
        "conversation_url": st.column_config.LinkColumn("Conversation", display_text="open"),
    }

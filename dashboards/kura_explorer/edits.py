"""Edits of clusters, collected for a pull request: they are shown as CSV, and nothing is written to the warehouse.

`kura_curation` of the dbt package reads them from a seed; docs/curation.md says what each of them does.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer import questions
from kura_explorer.text import for_spreadsheet, markdown, paths

COLUMNS = ("cluster_id", "cluster_name", "edit", "value")
KINDS = {
    "rename": "Rename it",
    "merge_into": "Merge it into another one",
    "pin": "Pin its id and name",
    "hide": "Hide it",
    "move_under": "Move it under another one",
}
TOP = "top"
COLLECTED, ON = "_edits", "_editing"


def show(clusters: pd.DataFrame, cluster: Any) -> None:
    """Show a switch and, where it is on, what can be done with a cluster and all edits so far."""
    state = st.session_state
    # it stays on from cluster to cluster, and not in the address: the edits are in this tab alone
    state[ON] = st.toggle(
        "Edit clusters",
        state.get(ON, False),
        key="edit_switch",
        help="Collects edits for your project; changes nothing here",
    )
    if not state[ON]:
        return
    with st.container(border=True):
        if cluster.is_outliers or cluster.is_unprocessed:
            st.caption("This one holds what is in no topic. It can't be edited.")
        else:
            _ask(clusters, cluster)
        _show_collected()


def targets(clusters: pd.DataFrame, cluster: Any, kind: str) -> dict[str, str]:
    """Return what a cluster can be merged into or moved under: paths by id."""
    rows = questions.named(clusters)
    rows = rows[~rows["is_suppressed"].astype(bool)]
    rows = rows[~rows["cluster_id"].isin(questions.inside(clusters, cluster.cluster_id))]
    named = paths(clusters)
    if kind == "merge_into":
        rows = rows[rows["is_leaf"].astype(bool) == bool(cluster.is_leaf)]
        return {one: named[one] for one in rows["cluster_id"]}
    rows = rows[~rows["is_leaf"].astype(bool) & (rows["cluster_id"] != cluster.parent_cluster_id)]
    top = {} if pd.isna(cluster.parent_cluster_id) else {TOP: "The top, under no other one"}
    return top | {one: named[one] for one in rows["cluster_id"]}


def with_row(rows: list[dict[str, str]], row: dict[str, str]) -> list[dict[str, str]]:
    """Add an edit, in the place of an earlier one of that kind of the same cluster."""
    return [old for old in rows if (old["cluster_id"], old["edit"]) != (row["cluster_id"], row["edit"])] + [row]


def as_csv(rows: list[dict[str, str]], header: bool = True) -> str:
    """Return edits as the lines of a seed."""
    return for_spreadsheet(pd.DataFrame(rows, columns=list(COLUMNS))).to_csv(
        index=False, header=header, lineterminator="\n"
    )


def _ask(clusters: pd.DataFrame, cluster: Any) -> None:
    here = cluster.cluster_id
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = st.selectbox("Edit", list(KINDS), format_func=KINDS.__getitem__, key=f"edit_kind_{here}", width=240)
        value: str | None = ""
        if kind == "rename":
            value = st.text_input("New name", max_chars=200, key=f"edit_name_{here}").strip()
        elif kind in ("merge_into", "move_under"):
            there = targets(clusters, cluster, kind)
            value = st.selectbox(
                "Other cluster", list(there), None, format_func=there.__getitem__, key=f"edit_{kind}_{here}",
                placeholder="Type to search",
            )  # fmt: skip
        is_added = st.button("Add", key=f"edit_add_{here}", icon=":material/add:")
    if is_added and not value and kind not in ("pin", "hide"):
        st.caption("Say what the new name is." if kind == "rename" else "Say which other cluster is meant.")
    elif is_added:
        row = {"cluster_id": here, "cluster_name": cluster.name, "edit": kind, "value": value or ""}
        st.session_state[COLLECTED] = with_row(_collected(), row)


def _show_collected() -> None:
    rows = _collected()
    if not rows:
        st.caption("Edits that you add are collected here, until you close this page, as rows of CSV for your project.")
        return
    st.markdown(f"**Your edits** — copy the rows for your pull request, into the seed of {markdown('kura_curation')}")
    st.code(as_csv(rows, header=False).rstrip("\n"), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.download_button(
            "Download as a new seed", as_csv(rows), "topic_edits.csv", "text/csv", key="edits_download",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        if st.button("Take the last one out", key="edits_undo", icon=":material/undo:"):
            st.session_state[COLLECTED] = rows[:-1]
            st.rerun()
        if st.button("Take all out", key="edits_clear", icon=":material/delete:"):
            st.session_state[COLLECTED] = []
            st.rerun()


def _collected() -> list[dict[str, str]]:
    rows: list[dict[str, str]] = st.session_state.get(COLLECTED, [])
    return rows

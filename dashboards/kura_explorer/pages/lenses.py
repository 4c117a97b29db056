"""What is asked against what goes wrong: the topics of two lenses as a heat map, down to the conversations of a cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from kura_explorer import address, components, controls, crossings, filters, lists, look, navigation, questions
from kura_explorer.choice import NONE

COUNT, UNRESOLVED, FRUSTRATED = "conversation_count", "unresolved_share", "frustrated_share"
MEASURES = {COUNT: "Conversations", UNRESOLVED: "Unresolved", FRUSTRATED: "Frustrated"}
NOBODY = {"count": 0, "said": "", "shade": 0}
WIDEST = 12
"""At most so many topics stand side by side."""


def show() -> None:
    """Show the page."""
    st.title("Lenses", anchor=False)
    look.titled("Lenses")  # until it is known what is shown
    chosen, lenses = filters.choose(), crossings.other_lenses()
    if not questions.totals()["conversations"]:
        look.nothing_yet()
        return
    if not lenses:
        st.info("There is one lens. The setting `kura_lenses` makes trees of several texts.", icon=":material/info:")
        return
    filters.summary(chosen)
    clusters = questions.counted_clusters(chosen)
    if not clusters["chosen_count"].sum():
        filters.nothing_left()
        return
    here = address.one("at")
    if here not in (None, *clusters["cluster_id"]):
        controls.say_gone("Topic")
        navigation.lead_on(here, chosen)
        here = None
    lens = lenses[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(lenses) > 1:
            lens = controls.select("Across", lenses, "across", lens, filters.title, width=200) or lens
        elif address.one("across") not in (None, lens):
            controls.say_gone("Across")
        topic = None if here is None else questions.one(clusters, here).name
        filters.titled("Lenses", chosen, " × ".join(filter(None, [topic, filters.title(lens)])))
        cells = crossings.crossed(lens, chosen)
        measure = _measure(cells)
        named = cells.merge(clusters[["cluster_id", "path", "level"]], on="cluster_id").assign(
            other=lambda rows: rows["other_id"].map(_names(lens))
        )
        lists.download("lenses", lambda: _spreadsheet(named, lens), "lenses")
    if here is not None:
        _way_back(clusters, here)
    _grid(clusters, cells, lens, here, measure)


def _measure(cells: pd.DataFrame) -> str:
    options = {name: title for name, title in MEASURES.items() if cells[name].notna().any()}
    return controls.segments("Shade", options, "shade", label_visibility="collapsed") if len(options) > 1 else COUNT


def _way_back(clusters: pd.DataFrame, here: str) -> None:
    row = questions.one(clusters, here)
    with st.container(horizontal=True, gap="small"):
        if st.button("All topics", key="lenses_all", type="tertiary"):
            _go_to(None)
        if st.button("One level up", key="lenses_up", type="tertiary"):
            _go_to(None if pd.isna(row.parent_cluster_id) else row.parent_cluster_id)
        if st.button("About this cluster", key="lenses_about", icon=":material/open_in_new:", type="tertiary"):
            navigation.open_cluster(here)
    look.lead(row.path)


def _grid(clusters: pd.DataFrame, cells: pd.DataFrame, lens: str, here: str | None, measure: str) -> None:
    rows = clusters[clusters["parent_cluster_id"].isna() if here is None else clusters["parent_cluster_id"] == here]
    rows = rows if len(rows) else clusters[clusters["cluster_id"] == here]
    rows = rows[rows["chosen_count"] > 0]
    cells = cells[cells["cluster_id"].isin(rows["cluster_id"])]
    names = _names(lens)
    sums = cells.groupby("other_id")[COUNT].sum().sort_values(ascending=False, kind="stable")
    columns = [other for other in names if other in set(sums.index[:WIDEST])]
    shares = [None] * len(cells) if measure == COUNT else cells[measure].astype(float).tolist()
    keys, counts = zip(cells["cluster_id"], cells["other_id"], strict=True), cells[COUNT].astype(int).tolist()
    most = max(counts, default=1)
    found = {key: _cell(count, share, most) for key, count, share in zip(keys, counts, shares, strict=True)}
    colour = navigation.colours(clusters)
    picked = components.grid(
        (filters.title(clusters["lens"].iloc[0]), filters.title(lens)),
        [
            {"id": row.cluster_id, "name": row.name, "count": int(row.chosen_count), "colour": colour[row.cluster_id], "is_leaf": bool(row.is_leaf)}
            for row in questions.each(rows)
        ],
        [{"id": other, "name": names[other], "count": int(sums[other])} for other in columns],
        [[found.get((row, other), NOBODY) for other in columns] for row in rows["cluster_id"]],
        "" if measure == COUNT else MEASURES[measure].lower(),
        key=f"grid_{lens}_{here}_{measure}",
    )  # fmt: skip
    left_out = len(sums) - len(columns)
    st.caption(
        "A cell opens its conversations, a topic on the left what is below it."
        + (
            ""
            if measure == COUNT
            else f" Percent: of those in a cell, as far as it is known, {MEASURES[measure].lower()}."
        )
        + (f" {look.many(left_out, 'smaller topic')} to the right left out." if left_out else "")
    )
    if picked and picked.get("column"):
        navigation.open_page("conversations", **{"in": picked["row"], f"{address.LENS}{lens}": picked["column"]})
    if picked:
        below = clusters[clusters["parent_cluster_id"] == picked["row"]]
        if below.empty:
            navigation.open_cluster(picked["row"])
        _go_to(picked["row"])


def _cell(count: int, share: float | None, most: int) -> dict[str, object]:
    """Return count, words and shade (0 to 1) of a cell; a share of few conversations is as pale as it is unsure."""
    if share is None:
        return {"count": count, "said": look.count(count), "shade": (count / most) ** 0.5}
    if np.isnan(share):
        return {"count": count, "said": "", "shade": 0}
    return {"count": count, "said": look.percent(share, 0), "shade": share * count / (count + 4)}


def _names(lens: str) -> dict[str, str]:
    """Return the topics of a lens by id, in their order, and what has no place in it."""
    rows = crossings.clusters_of(lens)
    tops = rows[rows["level"] == 0]
    return {**dict(zip(tops["cluster_id"], tops["name"], strict=True)), NONE: f"No {filters.title(lens).lower()}"}


def _spreadsheet(cells: pd.DataFrame, lens: str) -> pd.DataFrame:
    named = cells.rename(columns={"path": "cluster", "other": lens})
    return named[["cluster", "level", lens, COUNT, UNRESOLVED, FRUSTRATED]].dropna(axis="columns", how="all")


def _go_to(cluster_id: str | None) -> None:
    address.put(at=cluster_id)
    st.rerun()

"""The hierarchy, from the top down: a treemap to drill into, and the tree."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kura_explorer import components, filters, look, questions
from kura_explorer.navigation import colours, open_cluster
from kura_explorer.text import markdown


def show() -> None:
    """Show the page."""
    st.title("Topics")
    chosen = filters.choose()
    clusters = questions.counted_clusters(chosen)
    filters.summary(chosen)
    if not clusters["chosen_count"].sum():
        st.info("No conversation is left. Clear a filter.", icon=":material/info:")
        return
    by_id = clusters.set_index("cluster_id", drop=False)
    here = st.session_state.get("topics_at")
    here = here if here in by_id.index else None
    _crumbs(by_id, here)
    children = clusters[clusters["parent_cluster_id"].isna() if here is None else clusters["parent_cluster_id"] == here]
    children = children[children["chosen_count"] > 0].sort_values("chosen_count", ascending=False, kind="stable")
    colour = colours(clusters)
    picked = components.treemap(
        [
            {
                "id": row.cluster_id, "name": row.name, "count": int(row.chosen_count), "share": float(row.chosen_share),
                "colour": colour[row.cluster_id], "is_leaf": bool(row.is_leaf),
            }
            for row in questions.each(children)
        ],
        key="treemap",
    )  # fmt: skip
    if picked:
        if by_id.loc[picked, "is_leaf"]:
            open_cluster(picked)
        st.session_state["topics_at"] = picked
        st.rerun()
    st.subheader("Tree")
    _tree(clusters, by_id, here, colour)


def _crumbs(by_id: pd.DataFrame, here: str | None) -> None:
    way: list[str] = []
    parents, names = by_id["parent_cluster_id"].to_dict(), by_id["name"].to_dict()
    while here is not None:
        way.insert(0, here)
        here = None if pd.isna(parents[here]) else parents[here]
    with st.container(horizontal=True, gap="small"):
        if st.button("All topics", key="crumb_all", type="tertiary" if way else "secondary"):
            st.session_state["topics_at"] = None
            st.rerun()
        for step in way:
            if st.button(f"› {markdown(names[step])}", key=f"crumb_{step}", type="tertiary"):
                st.session_state["topics_at"] = step
                st.rerun()
        if way and st.button("About this cluster", key="crumb_about", icon=":material/open_in_new:", type="tertiary"):
            open_cluster(way[-1])


def _tree(clusters: pd.DataFrame, by_id: pd.DataFrame, here: str | None, colour: dict[str, str]) -> None:
    rows = clusters[clusters["chosen_count"] > 0]
    if here is not None:
        opened = by_id.loc[here]
        inside = rows["path"].str.startswith(f"{opened['path']} > ") & (
            rows["root_cluster_id"] == opened["root_cluster_id"]
        )
        rows = rows[inside | (rows["cluster_id"] == here)]
    trend, lines = questions.movement()["trend"], questions.lines()
    first = int(rows["level"].min())
    picked = components.tree(
        [
            {
                "id": row.cluster_id, "parent": row.parent_cluster_id, "name": row.name, "level": int(row.level) - first,
                "count": int(row.chosen_count), "note": look.percent(row.chosen_share), "colour": colour[row.cluster_id],
                "is_leaf": bool(row.is_leaf), "line": lines.get(row.cluster_id, []), "flag": look.flag(trend.get(row.cluster_id)),
                "open": here is not None,
            }
            for row in questions.each(rows)
        ],
        questions.period(),
        key=f"tree_{here}",
    )  # fmt: skip
    if picked:
        open_cluster(picked)
    st.caption("The arrow opens a branch, a name its cluster. Lines and trends are unfiltered.")

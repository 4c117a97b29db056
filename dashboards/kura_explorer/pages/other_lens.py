"""A cluster of another lens than the one that the pages show: whoever reads the tables has links to those, too."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer import address, choice, components, crossings, filters, look, navigation, questions
from kura_explorer.choice import Filter
from kura_explorer.text import markdown


def asked() -> tuple[str, str] | None:
    """Return the lens and the id of a cluster of another lens that the address asks for, if it asks for one."""
    return next(((lens, cluster) for cluster in address.clusters() if (lens := crossings.lens_of(cluster))), None)


def show(lens: str, cluster_id: str) -> None:
    """Show what there is to say of it, in place of the page that was asked for."""
    chosen = filters.choose()
    cluster = questions.one(crossings.clusters_of(lens), cluster_id)
    st.title(markdown(cluster.name), anchor=False)
    filters.titled(cluster.name, chosen)
    way = "" if cluster.path == cluster.name else f": {cluster.path}"
    look.lead(f"In the lens {filters.title(lens)}{way}")
    if cluster.is_suppressed:
        st.info(navigation.TOO_FEW, icon=":material/info:")
        return
    if pd.notna(cluster.description):
        look.lead(cluster.description)
    if not choice.has_rows():
        look.cards([("Conversations", look.count(cluster.conversation_count), "")])
        return
    _show_figures(cluster, lens, chosen)
    with st.container(horizontal=True):
        if st.button("Show its conversations", icon=":material/forum:"):
            navigation.open_page("conversations", **{f"{address.LENS}{lens}": cluster_id})
        if st.button("Beside the main lens", icon=":material/grid_on:"):
            navigation.open_page("lenses", across=lens)
    _show_examples(cluster_id, chosen)


def _show_figures(cluster: Any, lens: str, chosen: Filter) -> None:
    found, everything = (
        questions.totals(replace(chosen, across=((lens, cluster.cluster_id),))),
        questions.totals(chosen),
    )
    share = look.percent(found["conversations"] / max(everything["conversations"], 1))
    figures = [("Conversations", look.count(found["conversations"]), f"{share} of all")]
    if found["users"]:
        figures.append(("Users", look.count(found["users"]), f"of {look.count(everything['users'])}"))
    if chosen != choice.EVERYTHING:
        filters.summary(chosen)
    look.cards(figures)


def _show_examples(cluster_id: str, chosen: Filter) -> None:
    rows = questions.examples(cluster_id).dropna(subset=["summary"])
    if chosen != choice.EVERYTHING or rows.empty:  # they are of all conversations
        return
    st.subheader("Examples", anchor=False)
    picked = components.quotes(
        [{"id": row.conversation_id, "text": row.summary} for row in questions.each(rows)], key=f"examples_{cluster_id}"
    )
    if picked:
        navigation.read(picked)

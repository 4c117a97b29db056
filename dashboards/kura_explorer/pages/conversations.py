"""The conversations themselves: searched, filtered, downloaded."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from kura_explorer import address, controls, crossings, filters, lists, look, navigation, questions, text
from kura_explorer.choice import NONE


def show() -> None:
    """Show the page."""
    st.title("Conversations", anchor=False)
    chosen = filters.choose()
    if not questions.totals()["conversations"]:
        look.titled("Conversations")
        look.nothing_yet()
        return
    clusters = questions.clusters()
    paths, ids = text.paths(clusters), list(clusters.loc[clusters["conversation_count"] > 0, "cluster_id"])
    left, right, *others = st.columns(2 + len(crossings.other_lenses()))
    with left:
        words = controls.text("Search", "words", placeholder="Words in the summary, request or topic")
    with right:
        cluster = (
            controls.select("Cluster", ids, "in", None, paths.__getitem__, placeholder="Any") if len(ids) > 1 else None
        )
    navigation.lead_on(address.one("in"), chosen)
    across, names = _across(others)
    filters.titled("Conversations", chosen, words, paths.get(cluster or ""), *names)
    chosen = replace(chosen, words=words, cluster_id=cluster, across=across)
    lists.conversations(chosen, int(questions.totals(chosen)["conversations"]), "all")


def _across(columns: list[DeltaGenerator]) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Let a cluster be chosen in each lens besides the main one, in a column for each; returns those, and what they are called."""
    found, names = [], []
    for column, lens in zip(columns, crossings.other_lenses(), strict=True):
        rows, title = crossings.clusters_of(lens), filters.title(lens)
        paths = {**text.paths(rows), NONE: f"No {title.lower()}"}
        with column:
            cluster = controls.select(
                title, list(paths), address.LENS + lens, None, paths.__getitem__, placeholder="Any"
            )
        found += [(lens, cluster)] if cluster else []
        names += [paths[cluster]] if cluster else []
    for lens in address.lenses():
        if lens not in crossings.other_lenses():
            controls.say_gone(filters.title(lens) or "Lens")
    return tuple(found), names

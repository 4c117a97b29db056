"""The conversations themselves: searched, filtered, downloaded."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from kura_explorer import controls, filters, lists, look, questions


def show() -> None:
    """Show the page."""
    st.title("Conversations", anchor=False)
    chosen = filters.choose()
    if not questions.totals()["conversations"]:
        look.titled("Conversations")
        look.nothing_yet()
        return
    clusters = questions.clusters().query("conversation_count > 0")
    paths = dict(zip(clusters["cluster_id"], clusters["path"], strict=True))
    left, right = st.columns(2)
    with left:
        words = controls.text("Search", "words", placeholder="Words in the summary, request or topic")
    with right:
        cluster = (
            controls.select("Cluster", list(paths), "in", None, paths.__getitem__, placeholder="Any")
            if len(paths) > 1
            else None
        )
    look.titled(
        f"Conversations: {', '.join(filter(None, [words, paths.get(cluster or ''), filters.words(chosen)]))}".rstrip(
            ": "
        )
    )
    chosen = replace(chosen, words=words, cluster_id=cluster)
    lists.conversations(chosen, int(questions.totals(chosen)["conversations"]), "all")

"""The conversations themselves: searched, filtered, downloaded."""

from __future__ import annotations

import math
from dataclasses import replace

import streamlit as st

from kura_explorer import filters, look, questions
from kura_explorer.navigation import show_conversation
from kura_explorer.text import for_spreadsheet

ROWS = 100


def show() -> None:
    """Show the page."""
    st.title("Conversations")
    chosen = filters.choose()
    clusters = questions.clusters()
    paths = dict(zip(clusters["cluster_id"], clusters["path"], strict=True))
    if "conversations_cluster" in st.session_state and st.session_state["conversations_cluster"] in paths:
        st.session_state["conversations_in"] = st.session_state.pop("conversations_cluster")
    left, right = st.columns(2)
    words = left.text_input("Search", key="conversations_words", placeholder="Words in the summary, request or topic")
    cluster = right.selectbox(
        "Cluster",
        list(paths),
        index=None,
        format_func=lambda cluster_id: paths.get(cluster_id, ""),
        placeholder="Any",
        key="conversations_in",
    )
    chosen = replace(chosen, words=words, cluster_id=cluster)
    found = int(questions.totals(chosen)["conversations"])
    pages = max(1, math.ceil(found / ROWS))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown(f"**{look.count(found)}** conversation{'' if found == 1 else 's'}", width="stretch")
        page = int(st.number_input(f"Page of {pages:,}", 1, pages, 1, width=150, key=f"page_{hash(chosen)}"))
        order = st.selectbox("Order", ["Newest first", "Oldest first"], width=160, key="conversations_order")
        if st.toggle("Prepare download", key="conversations_download"):
            rows = questions.conversations(chosen, questions.DOWNLOAD_ROWS)
            st.download_button(
                f"Download {look.count(len(rows))} as CSV", for_spreadsheet(rows).to_csv(index=False).encode("utf-8-sig"),
                "conversations.csv", "text/csv", icon=":material/download:",
            )  # fmt: skip
    rows = questions.conversations(chosen, ROWS, (page - 1) * ROWS, newest_first=order == "Newest first")
    if rows.empty:
        st.info("No conversation is left. Clear a filter.", icon=":material/info:")
        return
    shown = rows.drop(columns=["cluster_id", "path", "conversation_id"]).dropna(axis="columns", how="all")
    shown = shown.drop(columns=["request"]) if (rows["request"] == rows["summary"]).all() else shown
    picked = st.dataframe(
        for_spreadsheet(shown), hide_index=True, height=min(560, 35 * len(shown) + 38), on_select="rerun", selection_mode="single-row", key=f"rows_{hash((chosen, page, order))}",
        column_config={
            "started_at": st.column_config.DatetimeColumn("Began (UTC)", format="YYYY-MM-DD HH:mm"),
            "summary": st.column_config.TextColumn("Summary", width="large"),
            "conversation_url": st.column_config.LinkColumn("Conversation", display_text="open"),
            **{name: filters.title(name) for name in map(str, shown) if name not in ("started_at", "summary", "conversation_url")},
        },
    )  # fmt: skip
    st.caption("Pick a row to read it. Everything is redacted.")
    if picked.selection.rows:
        show_conversation(rows.iloc[picked.selection.rows[0]]["conversation_id"])

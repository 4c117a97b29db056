"""From one page to another."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kura_explorer import filters, look, questions


def open_cluster(cluster_id: str) -> None:
    """Go to the page of a cluster."""
    st.session_state["cluster_id"] = cluster_id
    st.switch_page(st.session_state["pages"]["cluster"])


def colours(clusters: pd.DataFrame) -> dict[str, str]:
    """Return a colour for each cluster: that of its branch at level 0."""
    tops = clusters[(clusters["level"] == 0) & ~clusters["is_outliers"] & ~clusters["is_unprocessed"]]
    of_top = {
        top: look.CATEGORIES[place] if place < len(look.CATEGORIES) else look.OTHER
        for place, top in enumerate(tops.sort_values("sort_order")["cluster_id"])
    }
    return {
        cluster: of_top.get(root, look.OTHER)
        for cluster, root in zip(clusters["cluster_id"], clusters["root_cluster_id"], strict=True)
    }


@st.dialog("Conversation", width="large")
def show_conversation(conversation_id: str) -> None:
    """Show one conversation."""
    row = questions.conversation(conversation_id)
    if row is None:
        st.text("This conversation is not there any more.")
        return
    look.lead(row["path"])
    look.quotes([row["summary"] or row["extract"] or "Nothing of it may be shown."])
    known = [
        ("Request", row["request"]),
        ("Topic", row["topic"]),
        ("Languages", row["languages"]),
        ("Frustration (1 to 5)", row["user_frustration"]),
        ("Concern (1 to 5)", row["concerning_score"]),
        ("Assistant's errors", row["assistant_errors"]),
        ("Began (UTC)", row["started_at"]),
        ("Messages", row["turn_count"]),
        ("Status", row["status"]),
        ("Conversation", row["conversation_id"]),
        *((filters.title(name), row[f"own_{name}"]) for name in questions.attributes()),
    ]
    look.facts(
        [(name, f"{value:.0f}" if isinstance(value, float) else str(value)) for name, value in known if pd.notna(value)]
    )
    if pd.notna(row["transcript"]):
        st.subheader("What was said")
        st.text(row["transcript"])
    with st.container(horizontal=True):
        if st.button("Open its cluster"):
            open_cluster(row["cluster_id"])
        if pd.notna(row["conversation_url"]):
            st.link_button("Read it where it was held", row["conversation_url"], icon=":material/open_in_new:")

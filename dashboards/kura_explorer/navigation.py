"""From one page to another, and the conversation that is read over any of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn

import pandas as pd
import streamlit as st

from kura_explorer import address, choice, crossings, filters, findings, look, periods, questions

PAGES = "pages"
SPEAKER = re.compile(r"^(user|assistant|system|tool|agent|developer|function): ?", re.MULTILINE)


def open_page(name: str, **choices: str | None) -> NoReturn:
    """Go to a page with these choices, and with the filters as they are."""
    wanted = {key: [value] for key, value in choices.items() if value is not None}
    page = st.session_state[PAGES][name]
    st.switch_page(page, **address.carry(page.url_path, {**address.filters(), **wanted}))


def open_cluster(cluster_id: str) -> NoReturn:
    """Go to the page of a cluster."""
    open_page("cluster", id=cluster_id)


def read(conversation_id: str) -> NoReturn:
    """Show a conversation over this page."""
    address.put(conversation=conversation_id)
    st.rerun()


def useful() -> list[str]:
    """Return the pages that have something to show; the others say what they lack, to whoever has their address."""
    if not questions.totals()["conversations"]:
        return ["overview"]
    compares = ["changes"] if periods.halves() else []
    compares += ["lenses"] if crossings.other_lenses() else []
    compares += [] if findings.comparisons().empty else ["comparisons"]
    return ["overview", "map", "topics", "cluster", *compares, "conversations"]


def links(pages: Mapping[str, st.Page]) -> None:
    """Show the pages in the sidebar; the filters go with whoever follows a link."""
    with st.sidebar, st.container(key="pages", gap=None):
        for page in pages.values():
            st.page_link(page, width="stretch", **address.link(address.filters()))


def colours(clusters: pd.DataFrame) -> dict[str, str]:
    """Return a colour for each cluster: that of its branch at level 0."""
    palette = look.palette()
    tops = questions.named(clusters[clusters["level"] == 0])
    of_top = dict(zip(tops.sort_values("sort_order")["cluster_id"], palette.categories, strict=False))
    return {
        cluster: of_top.get(root, palette.other)
        for cluster, root in zip(clusters["cluster_id"], clusters["root_cluster_id"], strict=True)
    }


def show_conversation() -> None:
    """Show the conversation that the address names, if it names one."""
    conversation_id = address.one("conversation")
    if conversation_id and choice.has_rows():
        st.dialog("Conversation", width="large", on_dismiss=_close)(_conversation)(conversation_id)


def messages(transcript: str) -> list[tuple[str, str]]:
    """Return who said what in a transcript."""
    parts = SPEAKER.split(transcript)
    said = [("", parts[0])] if parts[0].strip() else []
    return said + list(zip(parts[1::2], parts[2::2], strict=True))


def _conversation(conversation_id: str) -> None:
    row = questions.conversation(conversation_id)
    if row is None:
        st.text("This conversation is not there, or not any more.")
        return
    look.lead(row["path"])
    transcript = row.get("transcript")
    said = row["summary"] or row["extract"]
    if pd.notna(said) and said:
        look.quotation(said)
    elif pd.isna(transcript):
        look.lead("Nothing of it may be shown.")
    with st.container(horizontal=True):
        if st.button("Open its cluster", icon=":material/bubble_chart:"):
            open_cluster(row["cluster_id"])
        if str(row["conversation_url"]).startswith(("https://", "http://")):
            st.link_button("Read it where it was held", row["conversation_url"], icon=":material/open_in_new:")
    if pd.notna(transcript) and transcript:
        st.subheader("What was said", anchor=False)
        look.thread([(role, text.strip()) for role, text in messages(transcript)])
    st.subheader("About it", anchor=False)
    known = [
        ("Request", row["request"]),
        ("Topic", row["topic"]),
        ("Languages", row["languages"]),
        ("Outcome", row.get("outcome")),
        ("What went wrong", row.get("issue")),
        ("On whose side", row.get("issue_side")),
        ("Evidence", row.get("outcome_evidence")),
        ("Frustration (1 to 5)", row["user_frustration"]),
        ("Concern (1 to 5)", row["concerning_score"]),
        ("Assistant's errors", row["assistant_errors"]),
        ("Began (UTC)", row["started_at"]),
        ("Messages", row["turn_count"]),
        ("Status", row["status"]),
        ("Conversation", row["conversation_id"]),
        *((filters.title(name), row[f"own_{name}"]) for name in choice.attributes()),
    ]
    look.facts([(name, look.value(value)) for name, value in known if pd.notna(value)])


def _close() -> None:
    address.put(conversation=None)

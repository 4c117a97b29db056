"""From one page to another, and the conversation that is read over any of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NoReturn

import pandas as pd
import streamlit as st

from kura_explorer import address, branches, choice, components, crossings, filters, findings, look, periods, questions
from kura_explorer.text import told_apart

PAGES = "pages"
OF_ROWS = ("map", "lenses", "conversations")
"""The pages that show single conversations, or what follows from them alone."""
TOO_FEW = "Too few conversations or users to say anything about it."
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
    pages = ["overview", "map", "topics", "cluster", *compares, "conversations"]
    return pages if choice.has_rows() else [page for page in pages if page not in OF_ROWS]


def say_numbers_alone(title: str) -> None:
    """Say in place of a page why it isn't there: an old link may lead to it, or the copy is another one now."""
    st.title(title, anchor=False)
    look.titled(title)
    st.info("Numbers alone are published here, and nothing of single conversations.", icon=":material/info:")


def links(pages: Mapping[str, st.Page]) -> None:
    """Show the pages in the sidebar; the filters go with whoever follows a link."""
    with st.sidebar, st.container(key="pages", gap=None):
        for page in pages.values():
            st.page_link(page, width="stretch", **address.link(address.filters()))


def pick_cluster(name: str, rows: pd.DataFrame, colour: dict[str, str], key: str) -> None:
    """Show counted clusters as a list of this name; a name in it opens its cluster."""
    picked = components.short_list(
        name,
        [
            {
                "id": row.cluster_id, "name": row.name, "count": int(row.chosen_count),
                "note": look.percent(row.chosen_share), "colour": colour[row.cluster_id],
            }
            for row in questions.each(rows)
        ],
        ("Cluster", "Conversations"),
        key=key,
    )  # fmt: skip
    if picked:
        open_cluster(picked)


def lead_on(asked: str | None, chosen: choice.Filter) -> None:
    """Lead on from a cluster that an old link asks for, and that is gone, to those that have its conversations now."""
    there = questions.clusters().query("conversation_count > 0")
    if asked is None or asked in set(there["cluster_id"]):
        return
    there = questions.counted_clusters(chosen).query("conversation_count > 0")
    heirs = there[there["cluster_id"].isin(questions.heirs(asked, there["cluster_id"]))]
    if len(heirs):
        st.caption("Its conversations went to:")
        pick_cluster("Where its conversations went", told_apart(heirs), colours(there), "heirs")


def colours(clusters: pd.DataFrame) -> dict[str, str]:
    """Return a colour for each cluster: that of its branch."""
    palette, branch = look.palette(), branches.of_clusters(clusters)
    colour = dict(zip(dict.fromkeys(branch.values()), palette.categories, strict=False))
    return {cluster: colour.get(branch.get(cluster, ""), palette.other) for cluster in clusters["cluster_id"]}


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
        ("Began (UTC)", None if pd.isna(row["started_at"]) else f"{row['started_at']:%Y-%m-%d %H:%M}"),
        ("Messages", row["turn_count"]),
        ("Status", row["status"]),
        ("Conversation", row["conversation_id"]),
        *((filters.title(name), row[f"own_{name}"]) for name in choice.attributes()),
    ]
    look.facts([(name, look.value(value)) for name, value in known if pd.notna(value)])


def _close() -> None:
    address.put(conversation=None)

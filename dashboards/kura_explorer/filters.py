"""The filters in the sidebar, the same on every page that has them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import streamlit as st

from kura_explorer import look, questions
from kura_explorer.questions import Filter


def choose() -> Filter:
    """Show the filters; returns what they say. Numbers alone can't be filtered."""
    if not questions.has_rows():
        return questions.EVERYTHING
    # a widget that isn't on the page just shown is forgotten unless its value is set again
    for key in [name for name in st.session_state if str(name).startswith("filter_")]:
        st.session_state[key] = st.session_state[key]
    with st.sidebar:
        st.subheader("Filters")
        since, until = _days()
        languages = st.multiselect("Language", questions.languages(), key="filter_languages", placeholder="Any")
        wanted = []
        for facet in questions.facets():
            values = questions.facet_values(facet)
            if len(values) > 1:
                chosen = st.multiselect(title(facet), values, key=f"filter_facet_{facet}", placeholder="Any")
                if chosen:
                    wanted.append((facet, tuple(chosen)))
        st.button("Clear filters", on_click=_clear, width="stretch")
    return Filter(since, until, tuple(languages), tuple(wanted))


def title(facet: str) -> str:
    """Return the name of a facet for people."""
    return facet.replace("_", " ").capitalize().replace("Concerning score", "Concern").replace("User f", "F")


def summary(chosen: Filter) -> None:
    """Say how many conversations are chosen."""
    all_of_them = questions.totals()["conversations"]
    here = questions.totals(chosen)["conversations"]
    st.caption(
        f"{look.count(all_of_them)} conversations" if here == all_of_them
        else f"{look.count(here)} of {look.count(all_of_them)} conversations, as filtered"
    )  # fmt: skip


def _days() -> tuple[dt.date | None, dt.date | None]:
    covered = questions.period_covered()
    if covered is None:
        return None, None
    first, last = covered
    nothing: list[Any] = []
    days = st.date_input("Time", value=nothing, min_value=first, max_value=last, key="filter_days", format="YYYY-MM-DD")
    if len(days) == 2:
        return days
    return (days[0], None) if days else (None, None)


def _clear() -> None:
    for key in [name for name in st.session_state if str(name).startswith("filter_")]:
        del st.session_state[key]

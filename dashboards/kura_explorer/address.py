"""What a person has chosen is in the address: it can be sent, opened again, and gone back from.

The choices are a few texts by name. A widget is set to its choice before it is drawn and puts a new one here when it is
changed (`controls`); the address is written at the start of the next run. Whatever else the address says then (a link, Back)
is what is chosen.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import streamlit as st

CHOSEN, WRITTEN, TOUCHED, CARRIED, PAGE = "_chosen", "_address", "_touched", "_carried", "_page"
LEFT = "_left"
"""What was chosen on a page that was left, by what the browser's history holds in its place a second time.

Streamlit opens a page with choices in two steps: it first writes them behind the address of the page that is left. Back leads
there, too, and what is shown there has to be what was left.
"""
# older ones, inside Snowflake perhaps, open pages without it: choices then come a moment later than the page
CARRIES = "query_params" in inspect.signature(st.switch_page).parameters
FACET = "facet."
LENS = "in."
"""Before the name of a lens: the cluster of it that is chosen."""
FILTERS = ("from", "to", "language")
ONE = (
    "from", "to", "id", "at", "focus", "colour", "words", "area", "level", "sort", "across", "shade", "comparison", "segment",
    "in", "page", "order", "conversation", "runs", "before", "before_to", "after", "after_to",
)  # fmt: skip
"""What is read from an address, each a single choice; `language`, facets and lenses are read besides."""

CLUSTERS = ("id", "at", "focus", "in")
"""Those of them under which a cluster is chosen."""

Choices = dict[str, list[str]]


def read(page: str) -> None:
    """Take over what the address of a page says, or write what has been chosen since; at the start of each run."""
    state = st.session_state
    now = {name: st.query_params.get_all(name) for name in st.query_params}
    touched, carried = state.pop(TOUCHED, False), state.pop(CARRIED, None)
    left = None if touched or carried is not None else state.get(LEFT, {}).get(_entry(page, now))
    if carried is not None:
        state[CHOSEN] = carried
    elif left is not None:
        state[CHOSEN] = left
    elif CHOSEN not in state or (now != state[WRITTEN] and not touched):
        is_mere_link = not CARRIES and not now and state.get(PAGE, page) != page
        state[CHOSEN] = filters() if is_mere_link else now
    if state[CHOSEN] != now and left is None:  # writing here would make a way back that never ends
        st.query_params.from_dict(state[CHOSEN])
    state[WRITTEN], state[PAGE] = dict(state[CHOSEN]) if left is None else None, page


def unread() -> tuple[list[str], list[str]]:
    """Return the names in the address that nothing is read under, and those that are there more than once for a single choice."""
    others = [name for name in _chosen() if name not in ("language", *ONE) and not name.startswith((FACET, LENS))]
    return others, [name for name in ONE if len(set(several(name))) > 1]


def several(name: str) -> list[str]:
    """Return the texts that are chosen under a name."""
    return list(_chosen().get(name, []))


def one(name: str) -> str | None:
    """Return the text that is chosen under a name."""
    return next(iter(several(name)), None)


def clusters() -> list[str]:
    """Return the ids of clusters that are chosen, under whichever name."""
    return [cluster for name in CLUSTERS if (cluster := one(name))]


def put(**values: str | Iterable[str] | None) -> None:
    """Choose; nothing, or None, takes a choice back. Within a run of the script `st.rerun` has to follow."""
    put_all(values)


def put_all(values: dict[str, Any]) -> None:
    """Choose under names that are no names in Python."""
    chosen = dict(_chosen())
    for name, value in values.items():
        texts = [] if value is None else [value] if isinstance(value, str) else list(value)
        chosen.pop(name, None)
        if texts:
            chosen[name] = texts
    st.session_state[CHOSEN] = chosen
    st.session_state[TOUCHED] = True


def filters() -> Choices:
    """Return the choices that hold on every page."""
    return {name: texts for name, texts in _chosen().items() if name in FILTERS or name.startswith(FACET)}


def lenses() -> list[str]:
    """Return the lenses of which a cluster is chosen."""
    return [name.removeprefix(LENS) for name in _chosen() if name.startswith(LENS)]


def carry(page: str, choices: Choices) -> dict[str, Any]:
    """Choose for the page that is opened next; returns what `st.switch_page` wants to know of it."""
    state = st.session_state
    state[CARRIED] = choices
    if page != state[PAGE]:
        state[LEFT] = {**state.get(LEFT, {}), _entry(state[PAGE], choices): _chosen()}
    return {"query_params": choices} if CARRIES else {}


def link(choices: Choices) -> dict[str, Any]:
    """Return what `st.page_link` wants to know of the choices."""
    return {"query_params": choices} if CARRIES and choices else {}


def _entry(page: str, choices: Choices) -> tuple[Any, ...]:
    return page, *sorted((name, tuple(texts)) for name, texts in choices.items())


def _chosen() -> Choices:
    chosen: Choices = st.session_state.get(CHOSEN, {})
    return chosen

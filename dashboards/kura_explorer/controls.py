"""Streamlit's widgets, bound to a choice in the address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from kura_explorer import address
from kura_explorer.text import markdown

ON = "on"
NOTES = "_notes"
"""The place on a page for what is said of its address; it is made anew in each run."""


def select(
    label: str,
    options: Sequence[str],
    name: str,
    default: str | None = None,
    shown: Callable[[str], str] = str,
    **looks: Any,
) -> str | None:
    """Show a list to choose one entry from; returns it. What the address says and the list doesn't is not there any more."""
    wanted = address.one(name)
    st.session_state[_key(name)] = wanted if wanted in options else default
    index = None if default is None else 0
    chosen = st.selectbox(
        label, options, index, key=_key(name), format_func=shown, on_change=_put, args=(name, default), **looks
    )
    if wanted not in (None, *options):
        say_gone(label)
    return chosen


def several(label: str, options: Sequence[str], name: str, **looks: Any) -> list[str]:
    """Show a list to choose entries from; returns them."""
    st.session_state[_key(name)] = [value for value in dict.fromkeys(address.several(name)) if value in options]
    chosen = st.multiselect(label, options, key=_key(name), on_change=_put, args=(name,), **looks)
    if set(address.several(name)) - set(options):
        say_gone(label)
    return chosen


def segments(label: str, options: Mapping[str, str], name: str, **looks: Any) -> str:
    """Show a few entries (value and title) side by side, the first of which holds until another is chosen."""
    default, wanted = next(iter(options)), address.one(name)
    st.session_state[_key(name)] = wanted if wanted in options else default
    chosen = st.segmented_control(
        label, list(options), key=_key(name), format_func=options.__getitem__, on_change=_put, args=(name, default), **looks
    )  # fmt: skip
    if wanted not in (None, *options):
        say_gone(label)
    return chosen or default


def bundles(label: str, options: Mapping[str, Mapping[str, str]], **looks: Any) -> None:
    """Show titles side by side, each of which chooses several texts, all of them under the same names; the first holds at first."""
    first = next(iter(options))
    now = {name: text for name in options[first] if (text := address.one(name))}
    key = _key(label)
    st.session_state[key] = next((title for title, texts in options.items() if texts == now), None if now else first)
    st.segmented_control(label, list(options), key=key, on_change=_put_bundle, args=(key, options), **looks)


def text(label: str, name: str, **looks: Any) -> str:
    """Show a field for words; returns them."""
    st.session_state[_key(name)] = address.one(name) or ""
    return st.text_input(label, key=_key(name), on_change=_put, args=(name,), **looks).strip()


def switch(label: str, name: str, **looks: Any) -> bool:
    """Show a switch; returns whether it is on."""
    st.session_state[_key(name)] = address.one(name) == ON
    return st.toggle(label, key=_key(name), on_change=_put_switch, args=(name,), **looks)


def number(label: str, most: int, name: str, **looks: Any) -> int:
    """Show a field for a number from 1 on; returns it."""
    wanted = address.one(name) or "1"
    there = min(max(int(wanted), 1), most) if wanted.isdecimal() and len(wanted) < 9 else 1
    st.session_state[_key(name)] = there
    chosen = int(st.number_input(label, 1, most, key=_key(name), on_change=_put, args=(name, "1"), **looks))
    if wanted != str(there):
        say_gone(label)
    return chosen


def days(
    label: str,
    first: dt.date,
    last: dt.date,
    names: tuple[str, str] = ("from", "to"),
    default: tuple[dt.date, ...] = (),
    **looks: Any,
) -> tuple[dt.date | None, dt.date | None]:
    """Show a field for a stretch of days; returns its first and its last."""
    said = [address.one(name) for name in names]
    start, end = map(_day, said)
    wanted = sorted(day for day in (start or (end and first), end) if day)
    is_there = not wanted or (wanted[0] <= last and wanted[-1] >= first)
    key = _key(names[0])
    st.session_state[key] = tuple(min(max(day, first), last) for day in wanted if is_there) or default
    found: Any = st.date_input(
        label, min_value=first, max_value=last, key=key, format="YYYY-MM-DD", on_change=_put_days,
        args=(names,), **looks,
    )  # fmt: skip
    if not is_there or any(text is not None and _day(text) is None for text in said):
        say_gone(label)
    found = found if isinstance(found, (tuple, list)) else (found,)
    return (found[0] if found else None, found[1] if len(found) > 1 else None)


def say_gone(label: str) -> None:
    """Say that a choice is not what the address asks for: an old link shows other numbers than it did, and nobody would know.

    That stands on the page itself: the sidebar, in which filters are, is folded on a telephone.
    """
    _notes().caption(f"{markdown(label[:80])}: what this link asks for is not there any more.")


def say_unread() -> None:
    """Say what the address holds that no page reads, and what it says twice where one thing can be chosen."""
    unread, twice = address.unread()
    if unread:
        _notes().caption(
            f"Nothing is read from this link under: {', '.join(markdown(name[:80]) or '(no name)' for name in unread)}."
        )
    if twice:
        _notes().caption(f"This link says more than once: {markdown(', '.join(twice))}. The first holds.")


def _notes() -> Any:
    return st.session_state.get(NOTES, st)


def _key(name: str) -> str:
    return f"choice_{name}"


def _put(name: str, default: str | None = None) -> None:
    value = st.session_state[_key(name)]
    value = str(value) if isinstance(value, int) else value
    # what holds anyway needs no place in the address; another choice starts at the first page
    address.put_all({"page": None, name: None if value in (default, "", None) else value})


def _put_switch(name: str) -> None:
    address.put_all({name: ON if st.session_state[_key(name)] else None})


def _put_bundle(key: str, options: Mapping[str, Mapping[str, str]]) -> None:
    first = next(iter(options))
    title = st.session_state[key] or first
    address.put_all(dict(options[title]) if title != first else dict.fromkeys(options[first]))


def _put_days(names: tuple[str, str]) -> None:
    found = st.session_state[_key(names[0])]
    found = list(found) if isinstance(found, (tuple, list)) else [found]
    address.put_all(
        {"page": None, **dict.fromkeys(names), **{n: str(day) for n, day in zip(names, found, strict=False)}}
    )


def _day(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        return None

"""The filters in the sidebar, the same on every page."""

from __future__ import annotations

import streamlit as st

from kura_explorer import address, choice, controls, look, questions
from kura_explorer.choice import Filter

SCORES = {"concerning_score": "Concern", "user_frustration": "Frustration"}
OWN_NAMES = {**SCORES, "turn_count": "Messages", "top_level": "Top level", "issue_side": "Side of the issue"}


def choose() -> Filter:
    """Show the filters; returns what they say. Numbers alone can't be filtered, nor what is all alike."""
    if not choice.has_rows():
        return _nothing_to_choose()
    days, spoken = questions.period_covered(), questions.languages()
    facets = {facet: values for facet in choice.facets() if len(values := questions.facet_values(facet)) > 1}
    if (days is None or days[0] == days[1]) and len(spoken) < 2 and not facets:
        return _nothing_to_choose()
    with st.sidebar:
        st.subheader("Filters")
        since, until = controls.days("Time", *days) if days and days[0] < days[1] else (None, None)
        languages = controls.several("Language", spoken, "language", placeholder="Any") if len(spoken) > 1 else []
        wanted = {
            facet: controls.several(title(facet), values, address.FACET + facet, placeholder="Any")
            for facet, values in facets.items()
        }
        for label, names, is_there in (
            ("Time", ("from", "to"), bool(days and days[0] < days[1])),
            ("Language", ("language",), len(spoken) > 1),
        ):
            if not is_there and set(names) & set(address.filters()):
                controls.say_gone(label)
        for name in address.filters():
            if name.startswith(address.FACET) and name.removeprefix(address.FACET) not in facets:
                controls.say_gone(title(name.removeprefix(address.FACET)) or "Filters")
        found = Filter(
            since, until, tuple(languages), tuple((facet, tuple(chosen)) for facet, chosen in wanted.items() if chosen)
        )
        st.button("Clear filters", on_click=_clear, width="stretch", disabled=not address.filters())
    return found


def _nothing_to_choose() -> Filter:
    if address.filters():
        with st.sidebar:
            controls.say_gone("Filters")
    return choice.EVERYTHING


def title(facet: str) -> str:
    """Return the name of a facet for people."""
    return OWN_NAMES.get(facet, facet.replace("_", " ").capitalize())


def words(chosen: Filter) -> str:
    """Return the filters in words; nothing where there are none."""
    parts = []
    if chosen.since or chosen.until:
        parts.append(" to ".join(f"{day:%d %b %Y}" if day else "now" for day in (chosen.since, chosen.until)))
    parts += [" or ".join(chosen.languages)] if chosen.languages else []
    parts += [f"{title(facet)} {' or '.join(values)}" for facet, values in chosen.facets]
    return ", ".join(parts)


def titled(page: str, chosen: Filter, *parts: str | None) -> None:
    """Name the browser's tab after a page, what is chosen on it, and the filters."""
    told = ", ".join(filter(None, [*parts, words(chosen)]))
    look.titled(f"{page}: {told}" if told else page)


def summary(chosen: Filter, here: int | None = None, of: int | None = None) -> None:
    """Say how many conversations are chosen, of how many, and by what."""
    of = int(questions.totals()["conversations"]) if of is None else of
    here = int(questions.totals(chosen)["conversations"]) if here is None else here
    filtered = f", as filtered: {words(chosen)}" if chosen != choice.EVERYTHING else ""
    look.lead(
        f"{look.count(here)} of {look.many(of, 'conversation')}{filtered}"
        if filtered
        else look.many(of, "conversation")
    )


def nothing_left() -> None:
    """Say that no conversation is left, and offer the way back."""
    st.info("No conversation is left. Clear a filter, or search for something else.", icon=":material/info:")


def _clear() -> None:
    address.put_all(dict.fromkeys(address.filters()))

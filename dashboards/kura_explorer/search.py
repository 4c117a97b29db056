"""What the search box finds: the one place that knows how words are looked for.

Each of the words must occur in the summary or extract, the request or the topic. Where the vectors of the build can be read,
in its own file or lake, what is nearest in meaning is found, too (`kura_udfs.commands.search`); a published copy holds none,
and inside Snowflake there is no kura_udfs.
"""

from __future__ import annotations

import importlib
from typing import Any

from kura_explorer import warehouse

TEXT = "coalesce(f.summary, f.extract, '') || ' ' || coalesce(f.request, '') || ' ' || coalesce(f.topic, '')"
NEAREST = 100
ALIKE = 0.3  # of two texts about one thing the cosine is larger


def condition(words: str) -> tuple[list[str], list[Any]]:
    """Return the conditions on `choice.CONVERSATIONS`, all of which must hold, and their values."""
    parts = words.split()
    if not parts:
        return [], []
    either, values = [" and ".join([f"({TEXT}) ilike ? escape '!'"] * len(parts))], [f"%{literally(w)}%" for w in parts]
    near = nearest(words)
    if near:
        either.append(f"f.conversation_id in ({', '.join('?' * len(near))})")
    return [f"({' or '.join(either)})"], [*values, *near]


def ranking(words: str) -> tuple[str, list[Any]]:
    """Return the SQL and the values to order `choice.CONVERSATIONS` by, the nearest in meaning first."""
    near = nearest(words)
    places = " ".join(f"when ? then {place}" for place in range(len(near)))
    return (f"case f.conversation_id {places} else {len(near)} end", list(near)) if near else ("1", [])


def nearest(words: str) -> tuple[str, ...]:
    """Return the conversations that are nearest in meaning, the nearest first; none where that can't be asked."""
    return _nearest(" ".join(words.split())) if words.split() else ()


@warehouse.kept
def _nearest(words: str) -> tuple[str, ...]:
    place = warehouse.local_place()
    if place is None:
        return ()
    try:
        vectors = importlib.import_module("kura_udfs.commands.search")
        found = vectors.search(place, words, NEAREST, schemas=warehouse.named_schemas())
    except Exception:  # whatever is not to be had: the words are
        return ()
    if found.note:
        return ()
    return tuple(hit.conversation_id for hit in found.hits if hit.conversation_id and hit.similarity >= ALIKE)


def literally(text: str) -> str:
    """Return a text for `like ... escape '!'` that stands for itself."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")

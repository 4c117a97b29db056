"""What the search box finds: the one place that knows how words are looked for.

Each of the words must occur in the summary or extract, the request or the topic; words in double quotes as they stand. Where the vectors of the build can be read,
in its own file or lake, what is nearest in meaning is found, too (`kura_udfs.commands.search`); a published copy holds none,
and inside Snowflake there is no kura_udfs.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from kura_explorer import warehouse

TEXT = "coalesce(f.summary, f.extract, '') || ' ' || coalesce(f.request, '') || ' ' || coalesce(f.topic, '')"
NEAREST = 100
ALIKE = 0.3  # of two texts about one thing the cosine is larger
PHRASE = re.compile(r'"([^"]*)"')
CURLY = str.maketrans("“”„", '"""')  # as phones and word processors write them


def condition(words: str) -> tuple[list[str], list[Any]]:
    """Return the conditions on `choice.CONVERSATIONS`, all of which must hold, and their values."""
    parts = sought(words)
    if not parts:
        return [], []
    either, values = [" and ".join([f"({TEXT}) ilike ? escape '!'"] * len(parts))], [f"%{literally(w)}%" for w in parts]
    near = nearest(words)
    if near:
        either.append(f"f.conversation_id in ({', '.join('?' * len(near))})")
    return [f"({' or '.join(either)})"], [*values, *near]


def sought(words: str) -> list[str]:
    """Return what must occur: words, and phrases that stand in double quotes."""
    pieces = PHRASE.split(words.translate(CURLY))  # every other one was in quotes
    found = [[" ".join(piece.split())] if place % 2 else piece.split() for place, piece in enumerate(pieces)]
    return [text for texts in found for text in texts if text]


def ranking(words: str) -> tuple[str, list[Any]]:
    """Return the SQL and the values to order `choice.CONVERSATIONS` by, the nearest in meaning first."""
    near = nearest(words)
    places = " ".join(f"when ? then {place}" for place in range(len(near)))
    return (f"case f.conversation_id {places} else {len(near)} end", list(near)) if near else ("1", [])


def nearest(words: str) -> tuple[str, ...]:
    """Return the conversations that are nearest in meaning, the nearest first; none where that can't be asked.

    Who puts words in quotes wants these words.
    """
    if not words.split() or PHRASE.search(words.translate(CURLY)):
        return ()
    return _nearest(" ".join(words.split()))


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

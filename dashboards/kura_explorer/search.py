"""What the search box finds: the one place that knows how words are looked for.

A published copy holds texts and no vectors, so there they are words.
"""

from __future__ import annotations

from typing import Any

TEXT = "coalesce(f.summary, f.extract, '') || ' ' || coalesce(f.request, '') || ' ' || coalesce(f.topic, '')"


def condition(words: str) -> tuple[list[str], list[Any]]:
    """Return the conditions on `choice.CONVERSATIONS`, all of which must hold, and their values.

    Each of the words must occur in the summary or extract, the request or the topic.
    """
    parts = words.split()
    return [f"({TEXT}) ilike ? escape '!'"] * len(parts), [f"%{literally(word)}%" for word in parts]


def literally(text: str) -> str:
    """Return a text for `like ... escape '!'` that stands for itself."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")

"""Answers that say what the model was told, because somebody in a conversation has asked it to."""

from __future__ import annotations

import functools
import re

REPEATED_WORDS = 8
"""So many words in a row are no chance."""


def repeats(content: str, instructions: str) -> bool:
    """Return whether an answer repeats instructions word for word; translated or encoded ones are not recognised."""
    return not _rows(_words(content)).isdisjoint(_rows_of(instructions))


@functools.lru_cache(maxsize=32)
def _rows_of(instructions: str) -> frozenset[tuple[str, ...]]:
    return _rows(_words(instructions))


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[^\W_]+", re.sub(r"\\[nrt]", " ", text).casefold()))


def _rows(words: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(words[at : at + REPEATED_WORDS] for at in range(len(words) - REPEATED_WORDS + 1))

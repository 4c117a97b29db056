"""Names that come from one conversation alone: what somebody wrote into it to have a cluster called so."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import accumulate

from kura_udfs.llm.requests import Answer

LEAST_LETTERS = 3


def without_hearsay(
    answers: Sequence[Answer | None], members: Sequence[Collection[str]], texts: Sequence[str]
) -> list[Answer | None]:
    """Take back the names that one text alone is evidence for.

    Parameters
    ----------
    answers : sequence of Answer or None
        To the questions for the names of clusters.
    members : sequence of collection of str
        The texts of each of the clusters.
    texts : sequence of str
        All texts there are, distinct: a model sees those beside a cluster, too.

    Returns
    -------
    list of Answer or None
        None where, of the words of a name or a description that are said at all, at least half are said by one and the
        same text and by no other. A cluster of one member may be called what that one says.
    """
    evidence = _Evidence(texts)
    places = {text: place for place, text in enumerate(texts)}
    only = [places[next(iter(mine))] if len(mine) == 1 else None for mine in members]
    return [
        None if answer and _is_hearsay(answer, evidence, mine) else answer
        for answer, mine in zip(answers, only, strict=True)
    ]


class _Evidence:
    """Which texts say a word, be it as a part of another."""

    def __init__(self, texts: Sequence[str]) -> None:
        folded = [text.casefold() for text in texts]
        self._all = "\n".join(folded)
        self._starts = list(accumulate((len(text) + 1 for text in folded[:-1]), initial=0))

    def places(self, word: str) -> tuple[int, int] | None:
        """Return the first and the last text that says it; None if none does."""
        first = self._all.find(word)
        if first < 0:
            return None
        return bisect_right(self._starts, first) - 1, bisect_right(self._starts, self._all.rfind(word)) - 1


def _is_hearsay(answer: Answer, evidence: _Evidence, only: int | None) -> bool:
    """Return whether a name or description comes from one text, other than the only one of its cluster."""
    said = json.loads(answer.content or "{}")
    for part in ("name", "description"):
        found = [place for word in _words(str(said.get(part) or "")) if (place := evidence.places(word))]
        alone = Counter(first for first, last in found if first == last != only)
        if any(2 * count >= len(found) for count in alone.values()):
            return True
    return False


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) >= LEAST_LETTERS)

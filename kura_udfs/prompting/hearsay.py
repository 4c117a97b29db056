"""Names that come from one person alone: what somebody wrote into conversations to have a cluster called so."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, pairwise

from kura_udfs.llm.requests import Answer
from kura_udfs.tables import Rows

LEAST_LETTERS = 3
REPEATED = 3
"""A word that one person says in so many texts, and nobody else in any, is no word that happens to be rare."""


def without_hearsay(
    answers: Sequence[Answer | None],
    members: Sequence[Collection[str]],
    texts: Sequence[str],
    voices: Rows | None = None,
) -> list[Answer | None]:
    """Take back the names that one person alone is evidence for.

    Parameters
    ----------
    answers : sequence of Answer or None
        To the questions for the names of clusters.
    members : sequence of collection of str
        The texts of each of the clusters.
    texts : sequence of str
        All texts there are, distinct: a model sees those beside a cluster, too.
    voices : int64 array (n,), optional
        Who said each text, from `voices.voices`; by default each is of another person.

    Returns
    -------
    list of Answer or None
        None where, of the words of a name or a description that are said at all, at least half are said by one and the
        same person and by nobody else; where a name has two of them side by side as that person has, however many
        ordinary words are around them; and where that person says one in several texts. A cluster of one person may be
        called what that one says.
    """
    own = list(range(len(texts))) if voices is None else voices.tolist()
    evidence = _Evidence(texts, own)
    voice_of = dict(zip(texts, own, strict=True))
    speakers = [{voice_of[text] for text in mine} for mine in members]
    return [
        None if answer and _is_hearsay(answer, evidence, next(iter(mine)) if len(mine) == 1 else None) else answer
        for answer, mine in zip(answers, speakers, strict=True)
    ]


class _Evidence:
    """Who says a word, be it as a part of another."""

    def __init__(self, texts: Sequence[str], voices: Sequence[int]) -> None:
        # those of one person together, so that two looks tell whether anybody else says a word
        folded = [(voice, text.casefold()) for voice, text in sorted(zip(voices, texts, strict=True))]
        self._voices = [voice for voice, _ in folded]
        self._all = "\n".join(text for _, text in folded)
        self._starts = list(accumulate((len(text) + 1 for _, text in folded[:-1]), initial=0))

    def sole(self, word: str) -> tuple[int | None, int] | None:
        """Return who alone says it (None for several) and in how many texts at least; None if nobody does."""
        first, last = self._all.find(word), self._all.rfind(word)
        if first < 0:
            return None
        voice = self._voices[self._text(first)]
        if voice != self._voices[self._text(last)]:
            return None, 2
        found = {
            self._text(match.start())
            for match in re.compile(re.escape(word)).finditer(self._all, first, last + len(word))
        }
        return voice, len(found)

    def _text(self, place: int) -> int:
        return bisect_right(self._starts, place) - 1


def _is_hearsay(answer: Answer, evidence: _Evidence, only: int | None) -> bool:
    """Return whether a name or description comes from one person, other than the only one of its cluster."""
    said = json.loads(answer.content or "{}")
    for part in ("name", "description"):
        words = _words(str(said.get(part) or ""))
        found = {word: sole for word in words if (sole := evidence.sole(word))}
        alone = {word: voice for word, (voice, _) in found.items() if voice is not None and voice != only}
        if any(2 * count >= len(found) for count in Counter(alone.values()).values()):
            return True
        if any(found[word][1] >= REPEATED for word in alone):
            return True
        if part == "name" and _has_phrase(words, alone, evidence):
            return True
    return False


def _has_phrase(words: Sequence[str], alone: Mapping[str, int], evidence: _Evidence) -> bool:
    """Return whether two words that one person alone says stand side by side, as they do with that person."""
    return any(
        one in alone and alone[one] == alone.get(two) and evidence.sole(f"{one} {two}") is not None
        for one, two in pairwise(words)
    )


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) >= LEAST_LETTERS]

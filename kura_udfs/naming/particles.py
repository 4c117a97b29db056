"""Korean words without the particles that are written on to them: "환불을" and "환불은" are "환불"."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

_AFTER_CONSONANT = frozenset(["이", "은", "을", "과", "으로", "이나", "이랑"])
_AFTER_VOWEL = frozenset(["가", "는", "를", "와", "로", "나", "랑"])
_AFTER_ANY = frozenset([
    "의", "에", "에서", "에게", "에게서", "한테", "한테서", "께",
    "도", "만", "까지", "부터", "마다", "처럼", "보다", "밖에",
])  # fmt: skip
# "에서는", "까지만": the second of two particles, and the first.
_SECOND = frozenset(["은", "는", "도", "만", "의"])
_FIRST = frozenset(["에", "에서", "에게", "한테", "으로", "로", "까지", "부터", "만"])

# "좋아하는" is of a verb: what liking does, and not what is liked.
_VERBS, _VERB_ENDINGS = frozenset("하되"), frozenset(["는", "나", "도"])

_SYLLABLES = re.compile("[\uac00-\ud7a3]+")
_FINALS, _RIEUL = 28, 8  # final consonants of a syllable, the first of which is none
_LEAST = 2


def bare_words(words: Collection[str]) -> dict[str, str]:
    """Return the Korean words that end in a particle, each with what stands before it.

    A noun may end as if there were one ("고양이", a cat). So it is taken off only where what is left, of two syllables
    at least, is one of the words by itself or has another particle in another of them.

    Parameters
    ----------
    words
        All that are written somewhere. Those in other writing are passed over.
    """
    there = set(words)
    left = {word: _before_particles(word) for word in there}
    having = defaultdict[str, set[str]](set)
    for word, options in left.items():
        for option in options:
            having[option].add(word)
    nouns = {option for option, forms in having.items() if len(forms) > 1 or option in there}
    return {word: min(known, key=len) for word, options in left.items() if (known := nouns.intersection(options))}


def _before_particles(word: str) -> set[str]:
    """What may be left of a word without one particle or two."""
    if not _SYLLABLES.fullmatch(word):
        return set()
    found = set(_before(word, _AFTER_CONSONANT | _AFTER_VOWEL | _AFTER_ANY))
    for option in _before(word, _SECOND):
        found.update(_before(option, _FIRST))
    return found


def _before(word: str, particles: frozenset[str]) -> Iterator[str]:
    for size in (1, 2, 3):
        left, particle = word[:-size], word[-size:]
        if len(left) >= _LEAST and particle in particles and _follows(particle, left[-1]):
            yield left


def _follows(particle: str, syllable: str) -> bool:
    """Tell whether a particle has the form in which it follows a syllable: that hangs on its final consonant."""
    if syllable in _VERBS and particle in _VERB_ENDINGS:
        return False
    final = (ord(syllable) - ord("\uac00")) % _FINALS
    if particle == "로":
        return final in (0, _RIEUL)
    return particle in _AFTER_ANY or (particle in _AFTER_CONSONANT) == bool(final)

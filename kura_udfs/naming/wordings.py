"""Whole wordings that several members of a cluster share, for where they share no phrase."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import dropwhile

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.headings import MAX_WORDS
from kura_udfs.naming.talk import Talk
from kura_udfs.naming.tokenising import MARKS, lower_case
from kura_udfs.naming.trimmings import without_frame
from kura_udfs.naming.wordlists import words_of

Unfit = Callable[[Sequence[str]], NDArray[np.bool_]]
"""Tells which phrases no name may hold."""

# Letters of a text that may be a name.
_LONGEST = 60
# English verbs after which something has to come, and letters of a text in which it may say what all of a cluster say.
_UNFINISHED = frozenset(("get", "give", "have", "make", "put", "take"))
_LOOKED_AT = 500
_SENTENCE_END = re.compile(rf"(?!(?<=\d)[.,:]\d)[^\w\s'’&+#%$€£{MARKS}-]+|\n")
_GREETING_WORDS = """
    hi hello hey hiya yo dear good morning afternoon evening there um uh yes ok okay hallo guten tag moin hej hei hola
    buenas buenos tardes días oi olá bom boa dia tarde bonjour bonsoir salut ciao merhaba привет
"""
_GREETINGS = frozenset(_GREETING_WORDS.split())


def wordings(talk: Talk, cluster: int, unfit: Unfit | None) -> list[str]:
    """Return how the members of a cluster word it, if they do it alike: as a whole, and in part."""
    return [text for text in (_wording(talk, cluster, unfit), shared_beginning(talk, cluster, unfit)) if text]


def _wording(talk: Talk, cluster: int, unfit: Unfit | None) -> str:
    """What more than half of the members of a cluster say in the same words, if several people do and a name may."""
    row, crowds = talk.members.weights[cluster], talk.members.crowds
    if not row.nnz:
        return ""
    most = int(row.data.argmax())
    said = talk.texts[row.indices[most]].split()
    text = spoken(" ".join(_ungreeted(said)).rstrip(" .!?…。！？؟"))
    alike = crowds[row.indices[most]] > 1 and 2 * row.data[most] > row.data.sum()
    return text if alike and text and len(text) <= _LONGEST and not (unfit and unfit([text])[0]) else ""


def shared_beginning(talk: Talk, cluster: int, unfit: Unfit | None) -> str:
    """Return the most words by which half of the members of a cluster begin a sentence, if several do and a name may.

    They need not be a phrase: "what time do you open".
    """
    row, voices = talk.members.weights[cluster], talk.members.voices
    said = defaultdict[tuple[str, ...], float](float)
    people, spelt = defaultdict[tuple[str, ...], set[int]](set), defaultdict[tuple[str, ...], Counter[str]](Counter)
    for text, weight in zip(row.indices.tolist(), row.data.tolist(), strict=True):
        language = talk.phrases.languages[talk.phrases.text_language[text]]
        for run, form in beginnings(talk.texts[text], language).items():
            said[run] += weight
            people[run].add(int(voices[text]))
            spelt[run][form] += 1
    alike = [run for run in said if 2 * said[run] >= row.data.sum() and len(people[run]) > 1]
    for run in sorted(alike, key=lambda run: (-len(run), -said[run], run)):
        text = min(spelt[run], key=lambda form: (form.isupper(), -spelt[run][form], form))
        text = spoken(text)
        if len(text) <= _LONGEST and not (unfit and unfit([text])[0]):
            return text
    return ""


def _ungreeted(words: list[str]) -> list[str]:
    """Leave out the greeting at the beginning."""
    return list(dropwhile(lambda word: lower_case(word).rstrip(",.!") in _GREETINGS, words))


def spoken(text: str) -> str:
    """Return what is shouted, of several words, in small letters."""
    return lower_case(text) if text.isupper() and " " in text else text


def beginnings(text: str, language: str) -> dict[tuple[str, ...], str]:
    """Return the first words of the sentences of a text, in lower case, each with how they are written.

    A greeting is no beginning, and no word that leads to another is an end.
    """
    known = words_of(language)
    leads = known.articles | known.links | known.auxiliaries | (known.subjects or known.fillers) | _UNFINISHED
    found = dict[tuple[str, ...], str]()
    for sentence in _SENTENCE_END.split(without_frame(text[:_LOOKED_AT])):
        words = _ungreeted(sentence.split())[:MAX_WORDS]
        lower = [lower_case(word) for word in words]
        for end in range(2 if lower and lower[0] not in known.links else MAX_WORDS, len(words) + 1):
            if lower[end - 1] not in leads:
                found.setdefault(tuple(lower[:end]), " ".join(words[:end]))
    return found

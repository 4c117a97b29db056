"""Names of people and postal addresses, found by a model that labels tokens (`kura_redact_names`).

Which of its labels mean what is told by what they are called. A name goes wherever it stands; a town, a postcode or the
number of a house goes only as a part of an address, in which there is a digit: "a flight to Paris" is what a conversation is about.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from kura_udfs.errors import KuraError
from kura_udfs.text.redaction.spans import Span, spliced
from kura_udfs.vectors import token_labels
from kura_udfs.vectors.token_labels import Labelled, TokenLabeller

VERSION = 1
"""Raise it when a change here makes another text of one: it is part of every recipe."""

LIKELY = 0.5
"""A token is what its labels of one kind come to so much."""
BESIDE = 0.2
"""For a part of a name that follows one, this is enough."""

PERSON, WHOLE, STREET, PLACE, NUMBER = "n", "w", "s", "p", "d"
"""How a character is marked: as a part of a name, a whole address, a street, another place, a number of a house or a postcode."""
_DOUBTFUL = "m"  # a part of a name if it follows one

_LABELS = {
    PERSON: """per pers person persons people persname name fullname personname privateperson nameperson givenname firstname
        middlename lastname surname familyname prename vorname nachname patient doctor namestudent namemedicalprofessional
        patientname doctorname""",
    WHOLE: "address addr fulladdress streetaddress postaladdress privateaddress locationaddress",
    STREET: "street streetname road",
    PLACE: "loc location gpe place city town village state county province region district country lgl lieu",
    NUMBER: """buildingnumber buildingnum building housenumber secondaryaddress zip zipcode postcode postalcode locationzip
        locationother""",
}
_KINDS = {label: kind for kind, labels in _LABELS.items() for label in labels.split()}
_MARKS = frozenset((PERSON, WHOLE, STREET, PLACE, NUMBER))
_PREFIX = re.compile(r"^[BILESU][-_]")

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
# Letters and digits with their marks, where words are written apart: there a name is a word and no part of one.
_WORD = re.compile(rf"(?:[^\W_{_UNSPACED}]|[\u0300-\u036f\u064b-\u065f\u0900-\u0dff])+")
_IN_WORDS = re.compile("[^\\W_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0dff]").match
_PLACEHOLDER = re.compile(r"\[[a-z][a-z0-9_]*\]")
# Over the marks, in which what is no part of anything is a space, a line's end, a comma, a hyphen or an x.
_NAME = re.compile(f"{PERSON}+(?:[ .-]{{1,2}}[{PERSON}{_DOUBTFUL}]+)*(?: {PLACE}+)?")
_ADDRESS = re.compile(rf"[{WHOLE}{STREET}{PLACE}{NUMBER}]+(?:[ ,\n-]{{1,3}}[{WHOLE}{STREET}{PLACE}{NUMBER}]+)*")
_NO_YEAR = re.compile(r"(?<![0-9])(?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]")
_HOUSE_NUMBER = re.compile(r",?[ ](?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]{1,4}[a-z]?(?=[ ]*(?:$|[,.;\n]))", re.IGNORECASE)
_SIGNS = {
    **dict.fromkeys(" \t\u00a0", " "),
    "\n": "\n",
    "\r": "\n",
    **dict.fromkeys(",;/·|", ","),
    **dict.fromkeys("-'’‐‑", "-"),
    ".": ".",
}


def redact_names(texts: Sequence[str], model: str) -> list[str]:
    """Replace names of people by ``[person]`` and postal addresses by ``[address]``.

    Parameters
    ----------
    texts : sequence of str
        Redacted by patterns already: their placeholders stay as they are. Each distinct one is read once.
    model : str
        As in `token_labels.load`.

    Raises
    ------
    KuraError
        As `loaded`.
    """
    labeller = loaded(model)
    distinct = list(dict.fromkeys(texts))
    with ThreadPoolExecutor(_processors()) as pool:
        found = dict(zip(distinct, pool.map(lambda text: redacted(text, labeller), distinct), strict=True))
    return [found[text] for text in texts]


def redacted(text: str, labeller: TokenLabeller) -> str:
    """Redact one text."""
    if not any(map(str.isalpha, text)):
        return text
    return spliced(text, spans(text, marks(text, labeller.label(text), kinds(labeller.labels))))


def problem(model: str) -> str | None:
    """Say in words why names can't be found by a model; None if they can. It is loaded and tried."""
    try:
        loaded(model)
    except KuraError as error:
        return str(error)
    return None


def recipe(model: str) -> str:
    """Return what shapes the result, besides the text."""
    return f"names-v{VERSION}-{loaded(model).id}"


_loading = threading.Lock()


def loaded(model: str) -> TokenLabeller:
    """Load a model, once per process.

    Raises
    ------
    KuraError
        As `token_labels.load`, and if none of its labels is known to be of persons.
    """
    with _loading:
        return _loaded(model)


@lru_cache(maxsize=2)
def _loaded(model: str) -> TokenLabeller:
    labeller = token_labels.load(model)
    if PERSON not in kinds(labeller.labels):
        named = sorted({_PREFIX.sub("", label) for label in labeller.labels})
        raise KuraError(
            f"None of the labels of the model in {model} is of people ({', '.join(named[:12])}): it takes one that was"
            " trained to find names, with labels such as B-PER, PERSON or GIVEN_NAME."
        )
    return labeller


def kinds(labels: Iterable[str]) -> list[str]:
    """Return what each label means: a mark, or nothing."""
    return [_KINDS.get(re.sub("[^a-z]", "", _PREFIX.sub("", label).lower()), "") for label in labels]


def marks(text: str, labelled: Labelled, kind_of_label: Sequence[str]) -> str | None:
    """Return the mark of each character of a text; None if none is marked.

    A word of which a part is marked is marked as a whole, and what stands in a placeholder is not.
    """
    likely = {mark: labelled.shares[:, [kind == mark for kind in kind_of_label]].sum(axis=1) for mark in _MARKS}
    found: dict[int, str] = {}
    likely[_DOUBTFUL] = likely[PERSON] * (LIKELY / BESIDE)
    for mark in (_DOUBTFUL, NUMBER, PLACE, STREET, WHOLE, PERSON):  # in doubt it is a person
        for start, end in labelled.places[likely[mark] >= LIKELY].tolist():
            found.update((place, mark) for place in range(start, end) if _IN_WORDS(text[place]))
    for match in _PLACEHOLDER.finditer(text) if "[" in text else ():
        for place in range(*match.span()):
            found.pop(place, None)
    if not _MARKS.intersection(found.values()):
        return None
    signs = [found.get(place) or _SIGNS.get(character, "x") for place, character in enumerate(text)]
    for match in _WORD.finditer(text):
        own = [sign for sign in signs[match.start() : match.end()] if sign in _MARKS or sign == _DOUBTFUL]
        if PERSON in own:
            own = [PERSON if sign == _DOUBTFUL else sign for sign in own]
        if own:
            most = max(sorted(set(own)), key=own.count)
            signs[match.start() : match.end()] = most * (match.end() - match.start())
    return "".join(signs)


def spans(text: str, marked: str | None) -> Iterator[Span]:
    """Find names and addresses by the marks of characters, in order and apart."""
    if marked is None:
        return
    found = [(*match.span(), "[person]") for match in _NAME.finditer(marked) if not _is_code(text, *match.span())]
    end = 0
    for match in _ADDRESS.finditer(marked):
        stop = match.end()
        own = set(match[0])
        if own == {PLACE} and (house := _HOUSE_NUMBER.match(text, stop)):
            stop = house.end()
        numbered = NUMBER in own or _NO_YEAR.search(text, match.start(), stop)
        if WHOLE in own or (numbered and own != {NUMBER} and own & {STREET, PLACE}):
            found.append((match.start(), stop, "[address]"))
    for start, stop, placeholder in sorted(found):
        if start >= end:  # a town after a given name is a family name
            yield start, stop, placeholder
            end = stop


def _is_code(text: str, start: int, stop: int) -> bool:
    """Whether it is a part of an identifier, or the language of a block of code."""
    return text[max(0, start - 1) : start] in _CODE or text[stop : stop + 1] in _CODE


_CODE = ("_", "$", "`", "{", "\\")


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""Names of people in headings, told by lists of names, by their form and by how few people say them.

A list alone tells nothing: Will, Grace, Rose and Paris are given names, and Page and Price are family names. So a given
name counts that stands beside a family name, or that is no word of a language, place or product (`ordinary_names.txt`).
What ten people say is no secret of one of them.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module, resources
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, NamedTuple

from kura_udfs.cache import cached
from kura_udfs.text.function_words import function_words, languages_with_lists

if TYPE_CHECKING:
    from kura_udfs.tables import Rows

FEW = 10
"""What fewer people than this say may be the name of one that they know."""

KNOWN = 3
"""Countries in whose lists a given name stands that is told by itself in lower case, too."""

SHIPPED = "person_names.json"

MOST_CHARACTERS = 30_000
"""Of a text that are looked at."""


class Spoken(NamedTuple):
    """How many people say some words, and which shares of these ever do so with capitals.

    `led` is the share of the people who have ever said them after a given name or a title such as Mrs. How often one of
    them says so makes no difference: nobody can make a name an ordinary word by repeating it.
    """

    voices: int
    capitals: float
    led: float


class Said:
    """Where headings come from: texts and who said each of them.

    Parameters
    ----------
    texts
        n texts.
    voice_of_text
        (n,) from `voices.voices`.
    patterns
        The user's own, as `redaction.redact` takes them: what they match no heading may hold.
    """

    def __init__(self, texts: Sequence[str], voice_of_text: Rows | Sequence[int], patterns: str | None = None) -> None:
        self.patterns = patterns
        self._texts = texts
        self._voices = list(voice_of_text)

    def spoken(self, wanted: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], Spoken]:
        """Count words, and pairs of words that stand side by side; they are in lower case."""
        sought = set(wanted)
        if not sought:
            return {}
        first_words = {words[0] for words in sought}
        joined = [words for words in sought if _HAN_OR_HANGUL.match(words[0])]
        voices: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        capitals: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        led: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        for text, voice in zip(self._texts, self._voices, strict=True):
            text = text[:MOST_CHARACTERS]
            for words in joined:
                if words[0] in text:
                    voices[words].add(voice)
            forms = _WORD.findall(text)
            lower = [form.casefold() for form in forms]
            for place in [place for place, word in enumerate(lower) if word in first_words]:
                for words in (tuple(lower[place : place + 1]), tuple(lower[place : place + 2])):
                    if words in sought:
                        voices[words].add(voice)
                        if all(map(_is_capitalised, forms[place : place + len(words)])):
                            capitals[words].add(voice)
                        if place > 0 and _leads(forms[place - 1]):
                            led[words].add(voice)
        return {
            words: Spoken(
                len(voices[words]),
                len(capitals[words]) / max(len(voices[words]), 1),
                len(led[words]) / max(len(voices[words]), 1),
            )
            for words in sought
        }


class NameLists(NamedTuple):
    """Given and family names in lower case, and those of them that are ordinary words, places or products.

    With a name goes the number of countries whose lists have it.
    """

    given: Mapping[str, int]
    family: Mapping[str, int]
    ordinary: frozenset[str]

    @classmethod
    def of(cls, packed: Sequence[Any]) -> NameLists:
        """Return the lists that `packed_lists` has packed."""
        given, family, ordinary = packed
        return cls(given, family, frozenset(ordinary))


def packed_lists() -> bytes:
    """Return the lists as a file that ships with the code."""
    return _packed(name_lists())


@cache
def name_lists() -> NameLists:
    """Return the lists of names of the package Faker, or those that `kura package` puts where it isn't."""
    if find_spec("faker") is None:
        return NameLists.of(json.loads(resources.files("kura_udfs.naming").joinpath(SHIPPED).read_text("utf-8")))
    # to read Faker's modules takes half a second, and every build needs the lists
    code = hashlib.sha256(Path(__file__).read_bytes() + _ordinary_names().encode()).hexdigest()[:12]
    name = f"person-names-{importlib.metadata.version('faker')}-{code}.json"
    return NameLists.of(json.loads(cached(name, lambda: _packed(_lists_of_faker()), lambda problem: None)))


def _ordinary_names() -> str:
    return resources.files("kura_udfs.naming").joinpath("ordinary_names.txt").read_text("utf-8")


def _packed(lists: NameLists) -> bytes:
    given, family, ordinary = lists
    return json.dumps([given, family, sorted(ordinary)], ensure_ascii=False, sort_keys=True).encode()


def _lists_of_faker() -> NameLists:
    person = import_module("faker.providers.person")
    found: dict[str, defaultdict[str, set[str]]] = {"first": defaultdict(set), "last": defaultdict(set)}
    for module in iter_modules(person.__path__):
        for kind, name in _names_of(vars(import_module(f"{person.__name__}.{module.name}").Provider)):
            found[kind][name].add(module.name)
    ordinary = " ".join(line for line in _ordinary_names().splitlines() if not line.startswith("#")).split()
    given, family = ({name: len(where) for name, where in found[kind].items()} for kind in ("first", "last"))
    return NameLists(given, family, frozenset(ordinary))


def names_of_people(lines: Sequence[str], said: Said) -> list[frozenset[str]]:
    """Return the words, in lower case, of the names of people that stand in each line; none for a harmless one."""
    suspects = [list(_suspects(line)) for line in lines]
    wanted = {suspect.words for own in suspects for suspect in own}
    spoken = said.spoken(wanted | {(word,) for words in wanted for word in words})
    return [frozenset(word for suspect in own for word in _person(suspect, spoken)) for own in suspects]


def suspects(text: str) -> list[str]:
    """Return what may be names of people in a text, by itself: those are that few people say.

    Returns
    -------
    list of str
        In lower case, as `spoken_words` of a text has them.
    """
    line = text[:MOST_CHARACTERS]
    # in a text of its own, "Before I" looks like a given name with a family name that nobody knows
    found = [suspect for suspect in _suspects(line) if _function_words().isdisjoint(suspect.words)]
    wanted = {suspect.words for suspect in found}
    spoken = Said([line], [0]).spoken(wanted | {(word,) for words in wanted for word in words})
    return sorted({" ".join(words) for suspect in found if (words := _person(suspect, spoken))})


def spoken_words(text: str) -> str:
    """Return the words of a text in lower case, a space around each; those without spaces between them as they are."""
    return f" {' '.join(map(str.casefold, _WORD.findall(text[:MOST_CHARACTERS])))} "


def needle(name: str) -> str:
    """Return what `spoken_words` holds where a name of `suspects` is said."""
    return name if _HAN_OR_HANGUL.match(name) else f" {name} "


def proper_words(words: Iterable[str], said: Said) -> frozenset[str]:
    """Return those of the words of names that are no ordinary words, in these texts at least."""
    ordinary = name_lists().ordinary
    spoken = said.spoken((word,) for word in words)
    return frozenset(
        word
        for (word, *_), use in spoken.items()
        if word not in ordinary or (use.voices < FEW and use.capitals > _NEARLY_ALL)
    )


def words_of(line: str) -> frozenset[str]:
    """Return the words of a line in lower case."""
    return frozenset(word.casefold() for word in _WORD.findall(line))


@cache
def _function_words() -> frozenset[str]:
    """Return the function words of all languages that are no given names by themselves."""
    given, family, ordinary = name_lists()
    words = {word for language in languages_with_lists() for word in function_words(language)}
    return frozenset({"i", *(word for word in words if word in ordinary or (word not in given and word not in family))})


class _Suspect(NamedTuple):
    """Words in lower case that may name a person, a given name among them or none, and whether they have capitals."""

    words: tuple[str, ...]
    given: str
    capitals: bool


def _suspects(line: str) -> Iterator[_Suspect]:
    given, family, ordinary = name_lists()
    found = list(_WORD.finditer(line))
    first = found[0].start() if found else 0
    for before, match in zip([None, *found], found, strict=False):
        word = match[0].casefold()
        if before and before[0].casefold() in _OF_PLACES:
            continue
        if _HAN_OR_HANGUL.match(word):
            yield from (_Suspect((name,), name, True) for name in _joined_names(word))
        elif word in given and word not in ordinary:
            # every heading begins with a capital
            yield _Suspect((word,), word, _is_capitalised(match[0]) and match.start() > first)
        elif word not in ordinary:
            yield _Suspect((word,), "", _is_capitalised(match[0]) and match.start() > first)
    places = {two.start() for one, two in pairwise(found) if one[0].casefold() in _OF_PLACES}
    for one, two in pairwise(found):
        if one.start() not in places and line[one.end() : two.start()].isspace():
            pair = one[0].casefold(), two[0].casefold()
            capitals = _is_capitalised(one[0]) and _is_capitalised(two[0])
            if pair[0] in _OF_PLACES:
                continue
            if pair[0] in given:
                yield _Suspect(pair, pair[0], capitals)
            elif pair[0] in family and pair[1] in given and ordinary.isdisjoint(pair):
                yield _Suspect(pair, pair[1], capitals)
            elif pair[1] in family and ordinary.isdisjoint(pair):
                yield _Suspect(pair, "", capitals)


def _leads(form: str) -> bool:
    """Tell whether a word is a title or looks like a given name."""
    word, lists = form.casefold(), name_lists()
    known = lists.given.get(word, 0) >= KNOWN
    if word in lists.ordinary:
        return known and form[0].isupper()
    return word in _TITLES or known or (word in lists.given and form[0].isupper())


def _is_capitalised(form: str) -> bool:
    """Tell whether a word has a capital as names have it; AUD and other abbreviations have more."""
    return form[0].isupper() and (len(form) == 1 or not form.isupper())


def _joined_names(run: str) -> Iterator[str]:
    """Yield the family names with a given name after them, of two characters at least, in a run without spaces."""
    given, family, _ = name_lists()
    for start in range(len(run)):
        for middle in range(start + 1, min(start + 3, len(run))):
            if run[start:middle] in family:
                ends = [end for end in range(middle + 2, min(middle + 4, len(run) + 1)) if run[middle:end] in given]
                yield from (run[start:end] for end in ends[-1:])


def _person(suspect: _Suspect, all_spoken: Mapping[tuple[str, ...], Spoken]) -> tuple[str, ...]:
    """Return which of the words name a person."""
    spoken = all_spoken[suspect.words]
    if spoken.voices >= FEW:
        return ()
    if _HAN_OR_HANGUL.match(suspect.words[0]):
        return suspect.words
    capitals = spoken.capitals if spoken.voices else float(suspect.capitals)
    if len(suspect.words) > 1:
        return suspect.words if _is_pair(suspect, spoken, capitals, all_spoken) else ()
    return suspect.words if _is_name(suspect, spoken, capitals) else ()


def _is_name(suspect: _Suspect, spoken: Spoken, capitals: float) -> bool:
    """Tell whether a word that is no ordinary one names a person by itself."""
    lists = name_lists()
    if not suspect.given:
        return (suspect.words[0] in lists.family or capitals >= 1 / 2) and spoken.led >= 1 / 2
    if suspect.given.upper() == suspect.given:
        return False  # in scripts without capitals given names are words all too often
    return lists.given[suspect.given] >= KNOWN or capitals > _NEARLY_ALL


def _is_pair(suspect: _Suspect, spoken: Spoken, capitals: float, all_spoken: Mapping[tuple[str, ...], Spoken]) -> bool:
    """Tell whether two words that stand side by side name a person."""
    lists = name_lists()

    def bound(word: str) -> bool:
        """Whether a word that is in no list hardly ever stands without the other."""
        alone = all_spoken[word,]
        return 0 < alone.voices < min(2 * spoken.voices, FEW)

    if not suspect.given:  # one that is in no list, before a family name
        return capitals > _NEARLY_ALL and bound(suspect.words[0])
    [other] = {*suspect.words} - {suspect.given} or {suspect.given}
    is_word, known = suspect.given in lists.ordinary, lists.given[suspect.given] >= KNOWN
    if other not in lists.family:
        return bound(other) and (capitals > _NEARLY_ALL and known if is_word else capitals >= 1 / 2 or known)
    if not is_word and other not in lists.ordinary:
        return True
    if is_word and other in lists.ordinary:
        return known and spoken.voices > 0 and capitals > _NEARLY_ALL
    common = other not in lists.ordinary and lists.family[other] > 1
    return known and (capitals >= 1 / 2 or common)


def _names_of(provider: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield the names of a provider, each a single word, with "first" or "last"."""
    for attribute, listed in provider.items():
        kind = next((kind for kind in ("first", "last") if kind in attribute), None)
        if kind is None or "name" not in attribute or not isinstance(listed, (tuple, list, dict, set, frozenset)):
            continue
        for entry in listed:
            for name in entry if isinstance(entry, (tuple, list)) else [entry]:
                # of "O'Neill" what texts have as a word
                if isinstance(name, str) and " " not in name:
                    yield from (
                        (kind, word.casefold()) for word in _WORD.findall(name) if len(word) > 2 or word == name
                    )


_NEARLY_ALL = 0.8
_TITLES_OF_PEOPLE = """
    mr mrs ms miss mx dr prof herr herrn frau señor señora señorita sr sra srta don doña monsieur madame mademoiselle
    mme mlle signor signora sig senhor senhora dona meneer mevrouw pan pani bay bayan господин госпожа
"""
_OF_PLACES = frozenset(("san", "santa", "santo", "saint", "sainte", "são", "sankt", "st"))
_TITLES = frozenset(_TITLES_OF_PEOPLE.split())
_HAN_OR_HANGUL = re.compile("[\u3400-\u9fff\uac00-\ud7a3]")
# Letters with their marks; a hyphen stands within.
_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0dff])"
_WORD = re.compile(rf"{_LETTER}+(?:-{_LETTER}+)*")

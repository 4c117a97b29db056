"""How a word is written: the capitals that are its own, and those of a text that shouts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kura_udfs.naming.wordlists import words_of


def is_shouted(words: Sequence[str]) -> bool:
    """Tell whether a text is written in capitals: of several words most are, and not only abbreviations."""
    lettered = [word for word in words if len(word) > 1 and word.upper() != word.lower()]
    capitals = [word for word in lettered if word.isupper()]
    abbreviations = len(capitals) < 4 and all(len(word) < 4 for word in capitals)
    return len(capitals) >= max(_SHOUTED * len(lettered), 2) and not abbreviations


def is_raised(words: Sequence[str], language: str) -> bool:
    """Tell whether a text raises its voice: even small words have capitals ("I CAN'T LOGIN", "PLEASE fix it")."""
    known = words_of(language)
    small = (known.articles, known.links, known.negations, known.subjects, known.auxiliaries)
    return any(len(word) > 2 and word.isupper() and any(word.lower() in own for own in small) for word in words)


def spelling_of(counts: Counter[tuple[bool, bool, str]], language: str) -> str:
    """Commonest spelling within sentences; a capital at the beginning is not the word's own, nor shouting.

    Counted by whether the word begins a sentence, and whether its text has no capital at all: who writes so says
    nothing of abbreviations ("my vpn"), but the capitals of a heading are seldom its words' own.
    """
    every, within, careful = Counter[str](), Counter[str](), Counter[str]()
    for (first, plain, form), count in counts.items():
        every[form] += count
        # but no sentence puts one within a word: "TypeScript"
        within[form] += 0 if first and (form.isupper() or form[1:].islower()) else count
        careful[form] += 0 if first or plain else count
    abbreviated = sum(count for form, count in careful.items() if form[1:] != form[1:].lower())
    within = +careful if 2 * abbreviated > careful.total() else +within
    forms: dict[str, int] = within or every
    nouns = {form: count for form, count in within.items() if form.istitle()}
    # German nouns have a capital, though many who chat leave it out: others than nouns have it seldom
    if language == "german" and sum(nouns.values()) >= _NOUN_SHARE * sum(within.values()):
        forms = nouns or forms
    # nobody puts a capital within a word by chance, though many leave it out: "WhatsApp", "iPhone"
    inner = {form: count for form, count in every.items() if form[1:] != form[1:].lower() and not form.isupper()}
    if sum(inner.values()) >= _NOUN_SHARE * every.total():
        forms = inner
    form = min(forms, key=lambda form: (-forms[form], not form.islower(), form))
    small = forms.get(form.lower(), 0)
    shouted = form.isupper() and form.isalpha() and len(form) > 4 and forms[form] < max(_MEANT, _EMPHASIS * small)
    # of a word that only ever begins a sentence nobody knows; in German it is a noun most likely
    begins = form[1:].islower() and not within and language != "german"
    return form.lower() if shouted or begins else form


_NOUN_SHARE = 0.25
_SHOUTED = 0.8
_MEANT = 3  # so often written in capitals, and in no other way, a long word is an abbreviation
_EMPHASIS = 4  # so many times as often in capitals as in small letters it is at least

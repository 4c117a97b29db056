"""Numbers of telephones and cards that are spelt out, as people dictate them and transcripts write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from kura_udfs.text.redaction.spans import Span, by_letter, is_other_number, said_before, small

# From zero to nine, other words for the same after a stroke
_DIGITS = """zero/oh/o one two three four five six seven eight nine
    null/nul eins/ein zwei/zwo drei vier fünf sechs sieben acht neun
    cero uno dos tres cuatro cinco seis siete ocho nueve
    zéro/zero un deux trois quatre cinq six sept huit neuf
    zero uno due tre quattro cinque sei sette otto nove
    zero um dois três/tres quatro cinco seis/meia sete oito nove
    nul/nul een/één twee drie vier vijf zes zeven acht negen
    noll ett/en två tre fyra fem sex sju åtta nio
    zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć
    ноль/нуль один два три четыре пять шесть семь восемь девять
    sıfır bir iki üç dört beş altı yedi sekiz dokuz"""
_TIMES = {"double": 2, "triple": 3, "treble": 3, "doble": 2, "doppel": 2, "dubbel": 2, "dubbla": 2, "duplo": 2}


def _languages() -> list[dict[str, str]]:
    return [
        {word: str(digit) for digit, words in enumerate(line.split()) for word in words.split("/")}
        for line in _DIGITS.splitlines()
    ]


_LANGUAGES = _languages()
_WORDS = {word for words in _LANGUAGES for word in words}
_WORD = by_letter("|".join(sorted(_WORDS | set(_TIMES), key=lambda word: (-len(word), word))))
_RUN = re.compile(rf"(?<!\w)(?:{_WORD})(?:[ ,.\-\n]{{1,3}}(?:{_WORD})(?!\w)){{5,40}}")
_CARD_WORD = re.compile("card|kart|carte|tarjeta|carta|cart[aã]o|kaart|visa|master|amex|карт")


def spelt_numbers(text: str) -> Iterator[Span]:
    """Find seven digits and more that are spelt out: oh seven double two nine …"""
    if len(text) < 24:
        return
    lowered = small(text)
    words = lowered.replace(",", " ").replace("-", " ").replace(".", " ").split()
    if len(_WORDS.intersection(words)) < 3:  # of seven digits and more hardly ever fewer differ
        return
    for match in _RUN.finditer(lowered):
        digits = _digits(re.findall(r"[^\W\d_]+", match[0]))
        if len(digits) >= 7 and not _is_counting(digits) and not is_other_number(text, match.start()):
            card = len(digits) >= 12 and (len(digits) > 15 or said_before(_CARD_WORD, lowered, match.start()))
            yield *match.span(), "[card]" if card else "[phone]"


def _digits(words: list[str]) -> str:
    """Return the digits that words of one language say; none if they are of several."""
    for language in _LANGUAGES:
        digits, times = "", 1
        for word in words:
            if word in _TIMES:
                times = _TIMES[word]
            elif word in language:
                digits, times = digits + language[word] * times, 1
            else:
                break
        else:
            return digits
    return ""


def _is_counting(digits: str) -> bool:
    """Whether most of them follow one another, up or down."""
    steps = [abs(int(after) - int(before)) for before, after in pairwise(digits)]
    return steps.count(1) * 2 > len(steps) or len(set(digits)) == 1

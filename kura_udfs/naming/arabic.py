"""Arabic words by their stems: "البطاقة", "بطاقتي" and "للبطاقة" are forms of "بطاقة"."""

from __future__ import annotations

import re

# What is written on to a noun, as long as three letters are left: the article, with "and", "with", "like", "for", in
# dialects "on" before it; whose it is; and the ending of its gender and number, which before an owner is a "ت".
_WRITTEN_ON = (
    re.compile("^[وف]?(?:[بكع]?ال|لل)(?=...)"),
    re.compile("(?<=...)(?:ها|هم|كم|نا|ه|ك|ي)$"),
    re.compile("(?<=...)(?:ات|ون|ين|ة|ت)$"),
)
_HAMZA = str.maketrans("أإآى", "اااي")


def without_hamza(word: str) -> str:
    """Return a word as those write it who leave out what stands on or below its letters."""
    return word.translate(_HAMZA)


def stem(word: str) -> str:
    """Return what the forms of a noun have in common: good for counting them as one word, never shown."""
    word = without_hamza(word)
    for part in _WRITTEN_ON:
        word = part.sub("", word)
    return word

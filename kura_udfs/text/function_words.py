"""Lists of function words: of the package stop-words, or those that `kura package` puts where it isn't."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from importlib.util import find_spec

SHIPPED = "function_words.json"


def function_words(language: str) -> list[str]:
    """Return the function words of a language, by its English name or its code.

    Raises
    ------
    KeyError
        For a language without a list.
    """
    words, names = _lists()
    return words[names.get(language, language)]


def languages_with_lists() -> frozenset[str]:
    """Return the English names of the languages that there are lists for."""
    return frozenset(_lists()[0])


def packed_lists() -> bytes:
    """Return all lists as a file that ships with the code."""
    return json.dumps(_lists(), ensure_ascii=False, sort_keys=True).encode()


@cache
def _lists() -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the words by the name of the language, and the names by code."""
    if find_spec("stop_words") is None:
        words, names = json.loads(resources.files("kura_udfs.text").joinpath(SHIPPED).read_text("utf-8"))
        return words, names
    from stop_words import AVAILABLE_LANGUAGES, LANGUAGE_MAPPING, get_stop_words

    words = {name: get_stop_words(name) for name in AVAILABLE_LANGUAGES}
    # the package has read the list of Turkish as if it were written in the alphabet of the West
    words["turkish"] = [word.translate(_TURKISH) for word in words["turkish"]]
    return words, dict(LANGUAGE_MAPPING)


_TURKISH = str.maketrans("ýþð", "ışğ")

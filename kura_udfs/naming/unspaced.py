"""Words of writing that puts no spaces between them: Chinese, Japanese, Thai and Lao, by the dictionaries of ICU."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec

from kura_udfs.naming.wordlists import words_of

THAI = "\u0e00-\u0eff"  # and Lao
HAN = "\u3400-\u9fff"
KANA = "\u3040-\u30ff"

_MAX_TOGETHER = 4


def words_in(run: str, japanese: bool) -> list[str]:
    """Split a run of Han, Thai or Lao letters into words, with "" where a phrase must end.

    What the dictionary leaves as single Han characters is put together: in Chinese those that stand beside each other
    and are no function words ("退" and "货"), in Japanese each with the word that it is an ending or a beginning of
    ("領収" and "書").

    Parameters
    ----------
    run : str
    japanese : bool
        Whether the text that it is of is Japanese: it has kana.
    """
    breaks = _breaker()
    is_han = bool(_IS_HAN.match(run))
    if breaks is None:
        return _overlapping(run) if is_han else [run[:40]]
    parts = breaks(run, "ja" if japanese else "zh" if is_han else "th")
    if is_han:
        parts = _with_affixes(parts) if japanese else _singles_together(parts)
    return [part[:40] if part[0].isalnum() else "" for part in parts]


def joined(words: Iterable[str]) -> str:
    """Write words as a phrase, with spaces where their writing has any."""
    text = ""
    for word in words:
        text += word if not text or _UNSPACED.match(text[-1] + word[0]) else f" {word}"
    return text


@cache
def _breaker() -> Callable[[str, str], list[str]] | None:
    if find_spec("icu4py") is None:  # where it can't be installed
        return None
    from icu4py.breakers import WordBreaker

    return lambda run, locale: list(WordBreaker(run, locale))


def _singles_together(parts: list[str]) -> list[str]:
    known = words_of("chinese")
    found: list[str] = []
    open_ended = False
    for part in parts:
        single = len(part) == 1 and not any(part in words for words in known)
        if single and open_ended and len(found[-1]) < _MAX_TOGETHER:
            found[-1] += part
        else:
            found.append(part)
        open_ended = single
    return found


def _with_affixes(parts: list[str]) -> list[str]:
    found: list[str] = []
    for part in parts:
        if found and 1 in (len(part), len(found[-1])) and len(found[-1] + part) <= _MAX_TOGETHER:
            found[-1] += part
        else:
            found.append(part)
    return found


def _overlapping(run: str) -> list[str]:
    """Without a dictionary: each two to four characters that follow each other."""
    runs = [run[i : i + size] for size in (2, 3, 4) for i in range(len(run) - size + 1)]
    return ["", *(part for each in runs for part in (each, ""))]


_IS_HAN = re.compile(f"[{HAN}]")
_UNSPACED = re.compile(f"[{THAI}{HAN}{KANA}]{{2}}")

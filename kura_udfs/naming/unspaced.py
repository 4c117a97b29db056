"""Words of writing that puts no spaces between them: Chinese, Japanese, Thai and Lao, by the dictionaries of ICU."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.util import find_spec
from itertools import takewhile

from kura_udfs.naming.wordlists import JAPANESE_DENIALS, JAPANESE_LINKS, words_of

THAI = "\u0e00-\u0eff"  # and Lao
HAN = "\u3400-\u9fff"
KANA = "\u3040-\u30ff"

_MAX_TOGETHER = 4
# What things are counted by, and what stands before it.
_MEASURES = frozenset(
    "个個只隻条條张張本件台臺部辆輛份道家位名间間座次遍种種款双雙对對套把块塊片瓶杯碗盒包箱袋斤元岁歲天年月号號层層级級"
    "分点點秒周倍页頁篇首支枝根颗顆粒株棵项項"
)
_NUMERALS = "第?[一二两兩三四五六七八九十百千万萬几幾半每]+"
_COUNTS = re.compile(f"{_NUMERALS}|[这這那哪]")
_COUNTED = re.compile(f"{_NUMERALS}[{''.join(sorted(_MEASURES))}]")


def words_in(run: str, japanese: bool, counted: bool = False) -> list[str]:
    """Split a run of Han, Thai or Lao letters into words, with "" where a phrase must end.

    What the dictionary leaves as single Han characters is put together: in Chinese those that stand beside each other
    and are no function words ("退" and "货"), in Japanese each with the word that it is an ending or a beginning of
    ("領収" and "書"). At a Chinese number or "this" a phrase ends, and the measure word after it is no word ("两条").

    Parameters
    ----------
    run : str
    japanese : bool
        Whether the text that it is of is Japanese: it has kana.
    counted : bool
        Whether a number stands before it.
    """
    breaks = _breaker()
    is_han = bool(_IS_HAN.match(run))
    if breaks is None:
        return _overlapping(run) if is_han else [run[:40]]
    parts = breaks(run, "ja" if japanese else "zh" if is_han else "th")
    if is_han:
        parts = _with_affixes(parts) if japanese else _singles_together(parts, counted)
    return [part[:40] if part[0].isalnum() else "" for part in parts]


def japanese_words(run: str) -> list[str]:
    """Split a run of Han, katakana and hiragana into words, with "" where a phrase must end.

    A verb stays with its ending ("忘れました"). A particle that links two words is a word of its own, as is the ending
    that denies a noun ("ができません"). All other hiragana ends a phrase; without a dictionary, all.
    """
    breaks = _breaker()
    if breaks is None:
        parts = [part for part in re.split(f"([{HAN}]+|[{_KATAKANA}]{{2,}})", run) if part]
        return [word for part in parts for word in (_overlapping(part) if _IS_HAN.match(part) else [_content(part)])]
    parts = _with_affixes(breaks(run, "ja"))
    found: list[str] = []
    place = 0
    while place < len(parts):
        part, place = parts[place], place + 1
        if not _content(part):
            found.append("")
            continue
        after = "".join(takewhile(_IS_HIRAGANA.fullmatch, parts[place:]))
        place += len(list(takewhile(_IS_HIRAGANA.fullmatch, parts[place:])))
        is_noun = bool(_IS_NOUN.fullmatch(part)) and after[:1] not in _OKURIGANA
        if ending := (_DENIED_NOUN if is_noun else _VERB_ENDING).match(after):
            told = ending[0].replace("なくて", "ない")  # of "…できなくて困っています"
            found += [part, told] if is_noun else [f"{part}{told}"[:40]]
            found += [""] * (ending.end() < len(after))
        else:
            found += [part[:40], *([after if after in JAPANESE_LINKS else ""] if after else [])]
    return found


def without_endings(word: str) -> str:
    """Return a Japanese word without its hiragana, but for that by which it is denied: "届いた" is "届きました"."""
    bare = _IS_HIRAGANA.sub("", word)
    return (f"{bare}ない" if _DENIED.search(word) else bare) or word


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


def _singles_together(parts: list[str], counted: bool) -> list[str]:
    known = words_of("chinese")
    found: list[str] = []
    open_ended = False
    for part, following in zip(parts, [*parts[1:], ""], strict=True):
        if counted and part[0] in _MEASURES:
            found += ["、", *filter(None, [part[1:]])]
            open_ended = counted = False
            continue
        counted = following[:1] in _MEASURES and bool(_COUNTS.fullmatch(part))
        single = len(part) == 1 and not counted and not known.holds(part)
        if single and open_ended and len(found[-1]) < _MAX_TOGETHER:
            found[-1] += part
        else:
            found.append("、" if counted or _COUNTED.fullmatch(part) else part)
        open_ended = single
    return found


def _content(part: str) -> str:
    """Return what has Han or katakana in it, else "": hiragana alone is grammar."""
    is_word = len(part) > 1 or _IS_HAN.match(part)
    return part if is_word and not _IS_HIRAGANA.fullmatch(part) else ""


def _with_affixes(parts: list[str]) -> list[str]:
    """Put single Han characters to the word that they stand beside, and runs of katakana together."""
    found: list[str] = []
    for part in parts:
        single = found and _ENDS_IN_HAN.search(found[-1]) and _IS_HAN.match(part) and 1 in (len(part), len(found[-1]))
        verb = found and len(part) == 1 and _IS_HAN.match(part) and _IS_VERB.fullmatch(found[-1])
        kana = found and _ALL_KATAKANA.fullmatch(found[-1][-1] + part)
        if kana or verb or (single and len(found[-1] + part) <= _MAX_TOGETHER):
            found[-1] += part
        else:
            found.append(part)
    return found


def _overlapping(run: str) -> list[str]:
    """Without a dictionary: each two to four characters that follow each other."""
    runs = [run[i : i + size] for size in (2, 3, 4) for i in range(len(run) - size + 1)]
    return ["", *(part for each in runs for part in (each, ""))]


_KATAKANA = "\u30a0-\u30ff"
_HIRAGANA = "\u3040-\u309f"
# "Could you not …?" denies nothing.
_LONGEST_FIRST = sorted(JAPANESE_DENIALS, key=lambda ending: (-len(ending), ending))
_DENIED_NOUN = re.compile(f"(?:{'|'.join(_LONGEST_FIRST)})(?!か|でしょう|ですか)")
_DENIAL = r"(?:ません(?:でした)?|ない|なかった|なくて)"
_VERB_ENDING = re.compile(
    rf"(?![をがはもにのへや])[{_HIRAGANA}]{{0,6}}?(?:{_DENIAL}|ました|ます|たい|(?:た|る|い)(?=$|の|と|か|で|ん)|て$)"
)
_DENIED = re.compile(f"{_DENIAL}$")
_IS_HIRAGANA = re.compile(f"[{_HIRAGANA}]+")
# With these no particle begins, and no form of "to do": what stands before is a verb.
_OKURIGANA = frozenset("えぎぐげちてつびぶべみむめりるれろらわ")
# Of several Han, or katakana at its end.
_IS_NOUN = re.compile(f"[{HAN}]{{2,}}|.*[{_KATAKANA}A-Za-z][{HAN}]*")
_ENDS_IN_HAN = re.compile(f"[{HAN}]$")
_IS_VERB = re.compile(f"[{HAN}][{_HIRAGANA}]+")
_ALL_KATAKANA = re.compile(f"[{_KATAKANA}]+")
_IS_HAN = re.compile(f"[{HAN}]")
_UNSPACED = re.compile(f"[{THAI}{HAN}{KANA}]{{2}}")

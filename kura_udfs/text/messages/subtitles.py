"""Subtitles of a call or a meeting (WebVTT, SubRip) as turns of a transcript.

What is shown for some seconds is no turn: somebody speaks until somebody else does. A name stands in a mark of its own
(``<v Agent>``), or before a colon, where other words may stand, too. WebVTT: W3C, 2019, https://www.w3.org/TR/webvtt1/.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from kura_udfs.text.messages.sides import FIRST, called, is_name

_CLOCK = r"(?:\d{1,4}:)?\d{1,2}:\d\d[.,]\d{1,3}"
# an identifier may stand in the line above, and where it is shown behind the times
_CUE = re.compile(rf"^(?:[^\n]+\n)?[ \t]*(?P<time>{_CLOCK})[ \t]*-->[ \t]*{_CLOCK}[^\n]*(?:\n|\Z)", re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,60})?[ \t]+([^<>\n]{1,100})>")
_TAG = re.compile(r"</?[a-z]{1,5}(?:[. ][^<>\n]{0,100})?>|<\d[\d:.]{3,15}>|\{\\an?\d\}")
_NAMED = re.compile(r"(?P<dash>[-–>»][-–>» \t]*+)?(?P<name>[^\W\d_][^\n:：<>]{0,59})(?::(?!\S)|：)[ \t]*+(?P<words>.*)")


class Turn(NamedTuple):
    """What somebody says until somebody else speaks."""

    time: str
    speaker: str | None
    """None before anybody is named."""
    words: str


class _Shown(NamedTuple):
    """A line of a cue, or what stands behind the mark of a voice."""

    time: str
    speaker: str | None
    """Who speaks from here on, or may do so."""
    words: str
    whole: str
    """With the speaker, if that is none."""
    is_first: bool = True
    """Whether a line begins here that doesn't only go on with the one above."""


def turns(text: str, given: Mapping[str, str]) -> list[Turn] | None:
    """Read subtitles.

    Parameters
    ----------
    text : str
        The whole of a file.
    given : mapping of str to str
        Our roles by what speakers are called.

    Returns
    -------
    list of Turn or None
        None where these are no subtitles. Where voices have marks, words before a colon are nobody. Else they are a
        speaker who is called as one, and as long as only one side is, another name beside it: of those that look like
        one the ones that come again, or all if none does.
    """
    if "-->" not in text:
        return None
    text = re.sub(r"\r\n?", "\n", text)
    cues = [*_CUE.finditer(text)]
    if not cues:
        return None
    read = _voices if _VOICE.search(text) else _lines
    shown: list[_Shown] = []
    for cue, end in zip(cues, [*(cue.start() for cue in cues[1:]), len(text)], strict=True):
        # what follows a blank line is a note
        shown += read(cue["time"], re.split(r"\n[ \t]*\n", text[cue.end() : end], maxsplit=1)[0])
    speakers = _speakers(shown, given) if read is _lines else {each.speaker for each in shown}
    return _joined(shown, speakers)


def _voices(time: str, text: str) -> Iterator[_Shown]:
    before, *voices = _VOICE.split(text)
    for speaker, words in [(None, before), *zip(voices[::2], voices[1::2], strict=True)]:
        if words := _words(words):
            yield _Shown(time, html.unescape(speaker).strip() if speaker else None, words, words)


def _lines(time: str, text: str) -> Iterator[_Shown]:
    for number, line in enumerate(filter(None, map(_words, text.split("\n")))):
        named = _NAMED.match(line)
        if named:
            is_first = not number or bool(named["dash"])
            yield _Shown(time, named["name"].strip(), named["words"], line, is_first)
        else:
            yield _Shown(time, None, line, line)


def _speakers(shown: Sequence[_Shown], given: Mapping[str, str]) -> set[str | None]:
    """Which of the words before a colon are those of a speaker."""
    names = Counter(each.speaker for each in shown if each.speaker and each.is_first)
    known = {each.speaker: name for each in shown if each.speaker and (name := called(each.speaker, given))}
    sides = {given[name] for name in known.values()} & {"user", "assistant"}
    if len(sides) > 1 or not (sides or FIRST in given):
        return {*known}
    others = {name: count for name, count in names.items() if name not in known and is_name(name, count)}
    return {*known, *({name for name, count in others.items() if count > 1} or others)}


def _joined(shown: Sequence[_Shown], speakers: set[str | None]) -> list[Turn]:
    turns: list[tuple[str, str | None, list[str]]] = []
    for each in shown:
        speaker = each.speaker if each.speaker in speakers else None
        words = each.words if speaker else each.whole
        if turns and speaker in (None, turns[-1][1]):
            turns[-1][2].append(words)
        else:
            turns.append((each.time, speaker, [words]))
    return [Turn(time, speaker, " ".join(filter(None, words))) for time, speaker, words in turns]


def _words(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()

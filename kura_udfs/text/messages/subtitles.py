"""Subtitles of a call or a meeting (WebVTT, SubRip) as lines of a transcript.

What is shown for some seconds is no turn: somebody speaks until somebody else does. WebVTT: W3C, 2019,
https://www.w3.org/TR/webvtt1/.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

_CLOCK = r"(?:\d{1,4}:)?\d{1,2}:\d\d[.,]\d{1,3}"
# an identifier may stand in the line above, and where it is shown behind the times
_CUE = re.compile(rf"^(?:[^\n]+\n)?[ \t]*(?P<time>{_CLOCK})[ \t]*-->[ \t]*{_CLOCK}[^\n]*(?:\n|\Z)", re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,60})?[ \t]+([^<>\n]{1,100})>")
_TAG = re.compile(r"</?[a-z]{1,5}(?:[. ][^<>\n]{0,100})?>|<\d[\d:.]{3,15}>|\{\\an?\d\}")
_SPEAKER = re.compile(r"([^\n:：<>]{1,60})[:：][ \t]+")


def as_lines(text: str) -> str:
    """Return subtitles with who speaks in front of each turn, and when; any other text as it is."""
    if "-->" not in text:
        return text
    text = re.sub(r"\r\n?", "\n", text)
    cues = [*_CUE.finditer(text)]
    if not cues:
        return text
    turns: list[list[str]] = []
    last = None
    for cue, end in zip(cues, [*(cue.start() for cue in cues[1:]), len(text)], strict=True):
        shown = re.split(r"\n[ \t]*\n", text[cue.end() : end], maxsplit=1)[0]  # what follows a blank line is a note
        for speaker, words in _said(shown):
            if speaker and speaker != last:
                turns.append([f"[{cue['time']}] {speaker}: {words}"])
                last = speaker
            elif turns:
                turns[-1].append(words)
            else:
                turns.append([words])
    return "\n".join(" ".join(turn) for turn in turns)


def _said(shown: str) -> Iterator[tuple[str | None, str]]:
    """Who says what in a cue; None goes on for whoever spoke."""
    before, *voices = _VOICE.split(shown)
    if words := _words(before):
        named = None if voices else _SPEAKER.match(words)
        yield (named[1].strip(" \t-–>»"), words[named.end() :]) if named else (None, words)
    for speaker, words in zip(voices[::2], map(_words, voices[1::2]), strict=True):
        if words:
            yield html.unescape(speaker).strip(), words


def _words(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()

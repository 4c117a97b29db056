"""A conversation that was written down as one text, with who speaks before what they say.

    [10:02] Customer: I can't log in
    [10:03] Agent (Bob): Have you tried a new password?

Only what everybody calls a speaker is taken for one, or what a project says: of a text with ``Note: …`` or ``Model: …``
nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from kura_udfs.text.messages import templates
from kura_udfs.text.messages.fields import clean
from kura_udfs.text.messages.sides import SIDES
from kura_udfs.text.messages.subtitles import as_lines
from kura_udfs.text.times import instant

_START = r"(?:^|\n|\\n|<(?:br|/?p|/?div|/?li)\b[^<>]{0,60}>)[ \t>-]{0,4}(?P<heading>#{1,6}[ \t]+)?"
_CLOCK = r"\d[\d:.,/T-]{2,25}Z?(?: \d[\d:.,]{3,14})?(?: ?[AaPp]\.?[Mm]\.?)?|\( ?(?:\d{1,3}[hms] ?){1,3}\)"
_TIME = rf"(?:[\[(]?(?P<time>{_CLOCK})[\])]?[ \t]*(?:[-–|][ \t]*)?)?"
_BOLD = r"(?:[*_]{1,2}|</?(?:b|strong)>)?"
_NAME = r"(?P<name>[^\W\d_][^\n:：\[\](){}<>\"*]{0,40}?)[ \t]*(?:[\[(](?P<beside>[^\])\n]{1,40})[\])])?"
_SAYS = rf"(?(heading)[ \t]*[:：]?[ \t]*(?=\r?\n|$)|[ \t]*[:：]{_BOLD}(?!//)[ \t]*)"
_LINE = re.compile(rf"{_START}{_TIME}(?:(?P<event>\*\*\* ?)|{_BOLD}{_NAME}{_BOLD}{_SAYS})", re.IGNORECASE)
# where a blank stands for the end of a line
_INLINE = re.compile(r"(?:^|(?<=\s)(?=[A-Z])|(?<=[.!?] ))(?P<name>[A-Za-z][A-Za-z-]{1,20}(?: [A-Za-z]{2,10})?):[ ]")
_NUMBER = re.compile(r"[ _#-]*\d+$")
_EXCHANGE = 3
"""Turns, at least, that make one name beside a known one the other side's."""


class _Line(NamedTuple):
    """Where somebody may begin to speak, and what stands there before their words."""

    start: int
    end: int
    name: str | None
    beside: str | None = None
    time: str | None = None
    event: str | None = None
    heading: str | None = None


def entries(text: str, roles: Mapping[str, str] = MappingProxyType({})) -> list[dict[str, Any]] | None:
    """Read a transcript.

    Parameters
    ----------
    text : str
        The whole of it; subtitles and what was written out for a model are transcripts, too.
    roles : mapping of str to str
        Our roles by names of speakers, in lower case, that a project gave (``kura_roles``).

    Returns
    -------
    list of dict or None
        Of each turn ``role``, in lower case as it stands, ``content`` and, where the line has a day and a time,
        ``created_at``. None where nobody can tell on whose side somebody is. Where all that are called by what they are
        are on one side, those with a name of their own are the other, if speakers have a time before their name, or if
        it is one name in a text of several turns.
    """
    if written := templates.entries(text):
        return written
    given, text = {**SIDES, **roles}, as_lines(text)
    lines = _turns(text, _LINE, given)
    joined = None if "\n" in text else _turns(text, _INLINE, given)
    return max(lines, joined, key=len) if lines and joined else lines or joined


def _turns(text: str, pattern: re.Pattern[str], given: Mapping[str, str]) -> list[dict[str, Any]] | None:
    lines = [_Line(match.start(), match.end(), **match.groupdict()) for match in pattern.finditer(text)]
    turns = [(line, name) for line, name in zip(lines, _speakers(lines, given), strict=True) if name or line.event]
    names = {name for _, name in turns if name}
    if not names or (len(names) == 1 and text[: turns[0][0].start].strip()):
        return None
    ends = [line.start for line, _ in turns[1:]] + [len(text)]
    said = [(line, name, clean(text[line.end : end].strip())) for (line, name), end in zip(turns, ends, strict=True)]
    return [
        {"role": name, "content": content, **({"created_at": line.time} if instant(line.time) else {})}
        for line, name, content in said
        if name and content
    ]


def _speakers(lines: Sequence[_Line], given: Mapping[str, str]) -> list[str | None]:
    """Who speaks from each line on; None where it only goes on, and everywhere where that can't be told."""
    names = [None if line.event else _name(line, given) for line in lines]
    sides = {given[name] for name in names if name} & {"user", "assistant"}
    if len(sides) != 1:
        return names
    others = {
        number: (line.name or "").lower() for number, line in enumerate(lines) if not (names[number] or line.event)
    }
    timed = all(line.time for line, name in zip(lines, names, strict=True) if name)
    if not timed and others and (len(lines) < _EXCHANGE or len({*others.values()}) > 1):
        return [None] * len(lines)  # names of several people, or words before a colon
    other = "assistant" if sides == {"user"} else "user"
    speak = {number for number in others if lines[number].time or not timed}
    return [other if number in speak else name for number, name in enumerate(names)]


def _name(line: _Line, given: Mapping[str, str]) -> str | None:
    """How a speaker is called before a turn, or beside a name of their own; None where nobody is called so."""
    called = [(each or "").strip().lower() for each in (line.name, line.beside)]
    return next((each for each in [*(_NUMBER.sub("", each) for each in called), *called] if each in given), None)

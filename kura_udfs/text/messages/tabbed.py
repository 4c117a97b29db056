"""Chats as LINE exports them: a day on a line of its own, below it a clock, a name and what is said, between tabs."""

from __future__ import annotations

import re
from typing import NamedTuple

_LINE = re.compile(
    r"^(?P<clock>(?:[^\W\d_]{2} ?)?\d{1,2}:\d\d(?: ?[AP]M)?)\t(?:(?P<name>[^\t\n]{1,60})\t)?(?P<words>.*)"
    r"|^(?P<day>\d{4}[/.]\d{1,2}[/.]\d{1,2}|(?:[A-Z][a-z]{2}, )?\d{1,2}/\d{1,2}/\d{4})"
    r"(?: ?[(（]?[^\W\d_]{1,9}[)）]?)?[ ]*$",
    re.MULTILINE,
)


class Said(NamedTuple):
    """What somebody says at one time."""

    time: str
    name: str
    words: str


def turns(text: str) -> list[Said] | None:
    """Read such an export; None where it is none."""
    if "\t" not in text:
        return None
    text = re.sub(r"\r\n?", "\n", text)
    found = [*_LINE.finditer(text)]
    days = [match["day"] for match in found if match["day"]]
    named = [match for match in found if match["name"]]
    if not days or not named:
        return None
    told: list[Said] = []
    day = days[0]
    for match, end in zip(found, [*(match.start() for match in found[1:]), len(text)], strict=True):
        day = match["day"] or day
        if match["name"]:  # without one it is an event: who joined, what was taken back
            words = (match["words"] + text[match.end() : end]).strip()
            is_quoted = "\n" in words and words[0] == words[-1] == '"'
            told.append(Said(f"{day} {match['clock']}", match["name"], words[1:-1] if is_quoted else words))
    return told

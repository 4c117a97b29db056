"""Chats of several people as programs write them down, with a colon behind who speaks.

10:02 <ana> my kettle leaks              IRC, with or without a day, also in columns between tabs
[5/1/2026 10:02 AM] ana                  Discord's exporters, QQ: the words stand below
10:02:11 From ana to Everyone: …         Zoom, in a meeting
#Person1#: my kettle leaks               DialogSum
"""

from __future__ import annotations

import re

_TIME = (
    r"\[?(?P<day>\d{4}-\d\d-\d\d[ T]|\d{1,2} [A-Z][a-z]{2} |[A-Z][a-z]{2} \d{1,2} )?"
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d)?)\]?"
)
_NICK = re.compile(
    rf"^{_TIME}[ \t]+(?:<[ @+%&~]?(?P<nick>[^<>\s!]{{1,32}})(?:![^<>\s]{{1,120}})?>[ \t]"
    r"|(?<=\t)[@+%&~]?(?P<column>[^\s<>=*-][^\t\n<>]{0,40})\t)",
    re.MULTILINE,
)
"""Who speaks in IRC, in angles or in a column."""
_NOTICE = re.compile(
    rf"^(?:(?:{_TIME}[ \t]+)?(?:===|-!-|\*\*\*|-->|<--|--|=!=)[ \t]"
    r"|\*{4} (?:BEGIN|ENDING) LOGGING |Session (?:Start|Ident|Time|Close): |--- (?:Log|Day) )[^\n]*(?:\n|\Z)",
    re.MULTILINE,
)
"""What a program for IRC says itself."""
_ACTION = re.compile(
    rf"^{_TIME}[ \t]+\*[ \t]+(?P<nick>[^\s*]\S{{0,31}})(?=[ \t])(?P<rest>[^\n]*)(?:\n|\Z)", re.MULTILINE
)
_MOVED = re.compile(r"[ \t]+(?:\(\S{1,80}@|has (?:joined|left|quit)\b|is now known as\b|sets mode\b|was kicked\b)")
"""What somebody does, which is to come or to go if it begins so."""
_WRITTEN = re.compile(
    r"^(\d\d:\d\d:\d\d)[ \t]+From[ ]+([^\n:]{1,60}?)(?:[ ]+to[ ]+[^\n:]{1,80})?[ ]*:[ \t]*(?:\r?\n\t)?", re.MULTILINE
)
"""Who writes in a meeting, and to whom."""
_HEAD = re.compile(
    r"(?:(?<=\n\n)|(?<=\n\r\n)|\A)(\[?[\d/.-]{8,10},? \d{1,2}:\d\d(?::\d\d)?(?: [AP]M)?\]?)[ \t]+"
    r"([^\s:<>][^\n:<>]{0,60}?)[ \t]*\r?\n(?=\S)"
)
"""When, and who speaks, on a line above the words."""
_FRAME = re.compile(r"^={8,}[ \t]*\r?\n(?:[^\n=][^\n]*\n){1,8}={8,}[ \t]*$", re.MULTILINE)
"""What is written of the whole chat, above and below it."""
_HASHED = re.compile(r"^#(\w{1,20})#:", re.MULTILINE)


def with_colons(text: str) -> str:
    """Return such a chat as a transcript; another text as it is."""
    text = _HASHED.sub(r"\1:", text)
    if _NICK.search(text):
        return _of_irc(_NOTICE.sub("", text))
    if _WRITTEN.search(text):
        return _WRITTEN.sub(r"\1 \2: ", text)
    if len(_HEAD.findall(text)) > 1:
        return _HEAD.sub(r"\1 \2: ", _FRAME.sub("", text))
    return text


def _of_irc(text: str) -> str:
    nicks = {found["nick"] or found["column"] for found in _NICK.finditer(text)}

    def acted(found: re.Match[str]) -> str:
        """What somebody who speaks there says of what they do; nothing of who came and went."""
        is_said = found["nick"] in nicks and not _MOVED.match(found["rest"])
        return f"{found['day'] or ''}{found['clock']} <{found['nick']}>{found['rest']}\n" if is_said else ""

    return _NICK.sub(_named, _ACTION.sub(acted, text))


def _named(found: re.Match[str]) -> str:
    """Who speaks, and when; a day without a year is left out."""
    day = found["day"] if found["day"] and found["day"][:4].isdigit() else ""
    return f"{day}{found['clock']} {found['nick'] or found['column']}: "

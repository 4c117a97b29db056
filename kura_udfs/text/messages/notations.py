"""Transcripts that mark who speaks by something else than a colon, in the notation of those that do.

[Customer] I can't log in          1. Customer says: I can't log in
<Agent> Have you tried …           2. Agent says: Have you tried …
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from kura_udfs.text import markup
from kura_udfs.text.messages.sides import called

# recordings that were written down with who speaks: `[00:00.000 --> 00:04.000] SPEAKER_00: …`
_SPAN = re.compile(r"^[ \t]*\[([\d:.]{5,12}) --> [\d:.]{5,12}\][ \t]*", re.MULTILINE)
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?(?:[ ]?[ap]m)?"
_LINE = re.compile(
    rf"""^[ \t]*+(?:\d{{1,3}}[.)][ \t]+|\#)?                # numbered lines
    (?P<time>\[?(?:[\d/.-]{{8,10}}[ T,]{{1,2}})?{_CLOCK}\]?[ \t]*(?:[-–|][ \t]*)?)?[*_]{{0,3}}
    (?:[\[<(](?P<inside>[^\]>)\n]{{1,40}})[\]>)](?:[ \t]*\[[\d:.]{{4,12}}\])?[ \t]*:?
      |(?P<name>[^\W\d_][^\n:>|\t\[\](){{}}<>*]{{0,40}}?)[*_]{{0,3}}
       (?:[ \t]+(?:says|said|wrote|writes))?(?:[ \t]+(?:at[ \t]+)?[_(]{{0,2}}{_CLOCK}[_)]{{0,2}})?[ \t]*
       (?:::?(?![\d=])|[>|\t]|[-–—](?=[ \t])|(?=\r?\n)))[ \t]*""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_EXCHANGE = 3
"""Turns, at least, that make one name beside a known one the other side's."""
_RULE = re.compile(r"\n[ \t]*-{3,}[ \t]*(?=\n|\Z)")
_BOLD = re.compile(r"^[ \t]*_?(?:\*\*|__)(?P<name>[^\W\d_][^\n*_:]{0,40})(?:\*\*|__)_?[ \t]*$", re.MULTILINE)
"""Who speaks in a chat that was exported as Markdown, on a line of its own."""
_SPEAKER = re.compile(r"speaker[ _]?\d{1,3}", re.IGNORECASE)


def with_colons(text: str, given: Mapping[str, str]) -> str | None:
    """Return a transcript with a colon behind who speaks, where a side or a numbered speaker is marked otherwise.

    HTML becomes text first. None where that makes nothing else of it, or where fewer than two speak.
    """
    plain = markup.seen(text).text if markup.is_html(text) else text
    plain = _of_markdown(plain, given) or plain
    names: set[str] = set()

    def told(found: re.Match[str]) -> str:
        name = (found["inside"] or found["name"]).strip()
        if not (called(name, given) or _SPEAKER.fullmatch(name)):
            return found[0]
        names.add(name.lower())
        return f"{found['time'] or ''}{name}: "

    written = _LINE.sub(told, _SPAN.sub(r"[\1] ", plain))
    return written if len(names) > 1 and written != text else None


def _of_markdown(text: str, given: Mapping[str, str]) -> str | None:
    """Return what two say whose names stand in bold on lines of their own, with a side's name for one.

    None where one of them speaks much more often, or both once: then the other words in bold may be a heading.
    """
    found = Counter(match["name"].strip().lower() for match in _BOLD.finditer(text))
    sides = {name: given.get(called(name, given) or "") for name in found}
    known = {side for side in sides.values() if side in ("user", "assistant")}
    counts = found.values()
    if len(found) != 2 or not known or (len(known) == 1 and (sum(counts) < _EXCHANGE or max(counts) - min(counts) > 1)):
        return None
    other = "assistant" if known == {"user"} else "user"

    def named(match: re.Match[str]) -> str:
        name = match["name"].strip()
        return f"{name if sides[name.lower()] else other}: "

    return _BOLD.sub(named, _RULE.sub("", text))

"""Sessions with an agent as editors write them down in Markdown: who speaks, and when, in bold italics above the words.

    _**User (2026-03-02 10:02:11Z)**_

    my kettle leaks

Between two such lines anything may stand, as code in which somebody seems to speak, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kura_udfs.text.messages.sides import called
from kura_udfs.text.messages.tabbed import Said

_HEAD = re.compile(
    r"^_\*\*(?P<name>[^\W\d_][^\n*():]{0,40}?)(?:[ ]\((?P<beside>[^()\n*]{1,80})\))?\*\*_[ \t]*$", re.MULTILINE
)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?Z?")
_RULE = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
_UNSAID = (("<think>", "</think>"), ("<tool-use ", "</tool-use>"))
_OF_AN_AGENTS_AGENT = "- sidechain"


def turns(text: str, given: Mapping[str, str]) -> list[Said] | None:
    """Read such a session; None where it is none, or where not both sides are called by what they are."""
    found = [*_HEAD.finditer(text)]
    if not {"user", "assistant"} <= {given.get(called(head["name"], given) or "") for head in found}:
        return None
    ends = [*(head.start() for head in found[1:]), len(text)]
    return [
        Said(_time(head["beside"]), head["name"], _said(text[head.end() : end]))
        for head, end in zip(found, ends, strict=True)
        if not head["name"].endswith(_OF_AN_AGENTS_AGENT)
    ]


def _time(beside: str | None) -> str:
    found = _TIME.search(beside or "")
    return found[0] if found else ""


def _said(words: str) -> str:
    """What is said, without thoughts and calls of tools."""
    for opening, closing in _UNSAID:
        kept, at = [], 0
        while (start := words.find(opening, at)) >= 0 and (end := words.find(closing, start)) >= 0:
            kept.append(words[at:start])
            at = end + len(closing)
        words = "\n\n".join(part.strip() for part in (*kept, words[at:]))
    return _RULE.sub("", words).strip()

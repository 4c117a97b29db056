"""HTML as people see it: the text of a mail, its quoted history and its signature told apart.

The parser is Python's own, fed once: nothing has to be installed in a warehouse, and a stream of tags is enough,
because only three things are asked of an element: whether its text is shown, and whether it is quoted or signed.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Literal, NamedTuple

Place = Literal["text", "quoted", "signed", "unseen"]


class Seen(NamedTuple):
    """What a reader of HTML sees."""

    text: str
    quoted: str
    signed: str


def is_html(text: str) -> bool:
    """Whether a text is HTML, rather than one that speaks of HTML or shows the code of a page.

    It must begin and end with a tag of a mail, or break its lines with ``<br>`` or ``<p>`` that touch its words;
    scripts, forms and code between backticks are somebody's work, not their words.
    """
    if "<" not in text or "`" in text or _WORK.search(text):
        return False
    stripped = text.strip("\ufeff \t\r\n")
    if _BEGINS.match(stripped) and stripped.endswith(">") and _ENDS.search(stripped[-40:]):
        return True
    touching = sum(1 for _ in _TOUCHING.finditer(stripped))
    return touching >= 2 or (touching == 1 and _ENTITY.search(stripped) is not None)


def seen(html: str) -> Seen:
    """Read HTML.

    Parameters
    ----------
    html : str
        As `is_html` has found it.

    Returns
    -------
    Seen
        Lines of text, without tags and entities; quoted mails and signatures, where the mail program has marked
        them, apart.
    """
    reader = _Reader()
    reader.feed(_DECLARATION.sub("", _without_comments(html)))
    reader.close()
    text, quoted, signed = (_tidy("".join(pieces)) for place, pieces in reader.found.items() if place != "unseen")
    return Seen(text, quoted, signed)


def without_entities(text: str) -> str:
    """Plain text in which some program has escaped its apostrophes or spaces."""
    return unescape(text) if "&" in text and "`" not in text and _ESCAPED.search(text) else text


_TAG = (
    "(?:p|div|span|table|tbody|tr|td|br|ul|ol|li|b|i|u|em|strong|a|font|html|head|body|meta|style|h[1-6]|center|img|hr"
    "|blockquote|pre|o:p)"
)
_BEGINS = re.compile(rf"<(?:!doctype html|!--|!\[|{_TAG}(?=[\s/>]))", re.IGNORECASE)
_ENDS = re.compile(rf"(?:</{_TAG}\s*>|<(?:br|hr|img)\b[^<>]*>|-->|<!\[endif\]>)$", re.IGNORECASE)
_WORK = re.compile(
    r"<(?:script|form|input|button|select|textarea|nav|svg|canvas|template|iframe|label|main|section|app-)\b"
    r"|\son(?:click|change|submit|load)\s*=|\bclassName=|\{\{|<\?(?:php|=)|<%",
    re.IGNORECASE,
)
# nobody sees them, and the parser stumbles over broken ones
_DECLARATION = re.compile(r"<[!?][^<>]*>?")
_TOUCHING = re.compile(r"[^\s<>]\s?<br\s*/?>|<br\s*/?>(?=[^\s<>]|<br|\r?\n|$)|[^\s<>]</(?:p|div|li)>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:nbsp|amp|quot|lt|gt|#39|rsquo|#\d{2,5});")
_ESCAPED = re.compile(r"\w&(?:#0?39|#x27|apos|rsquo|#8217);\w|[\w.,;!?]&nbsp;|&nbsp;\w|&quot;[^&\n]{1,200}&quot;")

_BLOCK_NAMES = """p div br tr li ul ol dl dt dd table h1 h2 h3 h4 h5 h6 hr blockquote pre header footer article address
    center figure body"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_VOID = frozenset(("br", "hr", "img", "meta", "link", "input", "col", "wbr", "base", "area"))
_UNSEEN = frozenset(("style", "script", "head", "title", "noscript", "template"))
_QUOTED = re.compile(
    r"gmail_quote|gmail_attr|yahoo_quoted|moz-cite-prefix|protonmail_quote|tutanota_quote|zmail_extra|front-blockquote"
    r"|OutlookMessageHeader|divRplyFwdMsg|appendonsend|reply-intro|quoted-?text|ms-outlook-mobile-reference"
    r"|gorgias-conversation|intercom-quote|freshdesk_quote|hs_reply|history_container|wrote-header",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"signature|\bsignoff\b|\bsig-?block\b", re.IGNORECASE)
_TO_THE_END = re.compile(r"divRplyFwdMsg|appendonsend|OutlookMessageHeader")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[Place, list[str]] = {"text": [], "quoted": [], "signed": [], "unseen": []}
        self.open: list[tuple[str, Place]] = []
        self.counts: dict[str, int] = {}
        self.place: Place = "text"
        self.base: Place = "text"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._add("\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self._add(" ")
        if tag in _VOID:
            return
        self.open.append((tag, self.place))
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if self.place in ("text", "signed"):
            self.place = self._place_of(tag, attrs)

    def _place_of(self, tag: str, attrs: list[tuple[str, str | None]]) -> Place:
        if tag in _UNSEEN:
            return "unseen"
        told = " ".join(value for name, value in attrs if value and name in ("class", "id", "data-smartmail", "type"))
        styled = next((value for name, value in attrs if name == "style" and value), "")
        if re.search(r"display:\s*none|mso-hide:\s*all", styled):
            return "unseen"
        if (tag == "blockquote" and "cite" in told) or _QUOTED.search(told):
            if _TO_THE_END.search(told):
                self.base = "quoted"
            return "quoted"
        return "signed" if _SIGNED.search(told) else self.place

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._add("\n")
        if not self.counts.get(tag):
            return  # closes nothing
        closed = ""
        while closed != tag:
            closed, self.place = self.open.pop()
            self.counts[closed] -= 1
        if self.place == "text":
            self.place = self.base

    def handle_data(self, data: str) -> None:
        preformatted = self.counts.get("pre")
        self._add(data if preformatted else _SPACE.sub(" ", data))

    def _add(self, text: str) -> None:
        self.found[self.place].append(text)


def _without_comments(html: str) -> str:
    kept: list[str] = []
    at = 0
    while (begins := html.find("<!--", at)) >= 0 and (ends := html.find("-->", begins)) >= 0:
        kept.append(html[at:begins])
        at = ends + 3
    return "".join((*kept, html[at:]))


_SPACE = re.compile(r"\s+")


def _tidy(text: str) -> str:
    lines = [line.strip() for line in text.replace("\xa0", " ").replace("\u200b", "").split("\n")]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(line for line in kept if line not in ("", "-"))

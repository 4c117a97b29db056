"""What a person has said in a message, without what stands there by rule of a program, a form or a network.

The labels of a form and its notes to who fills it in, the handles of those whom a post is addressed to, and a
template around a question are in every message alike, and would be what all of them are about.
"""

from __future__ import annotations

import re

from kura_udfs.text import retrieved


def own_words(text: str) -> str:
    """Return what is a person's own in their message, or the message as it is where nothing else would be left.

    Parameters
    ----------
    text : str
        A user's message. The time is linear in its length.
    """
    text = retrieved.own_words(text)
    own = _ADDRESSED.sub("", text, count=1) if "@" in text[:_FIRST] else text
    if "<!--" in own:
        own = _without_notes(own)
    if "[x]" in own or "[X]" in own or "[ ]" in own:
        own = _VOW.sub("", own)
    if "### " in own and len(_FIELD.findall(own)) >= _FIELDS:
        own = _FORM.sub("\n", own)
    return own if _LETTER.search(own) else text


_FIRST = 40
"""Characters of a message within which its first handle begins and ends."""

_FIELDS = 3
"""Fields that make a form of a text with headings."""

# One by one at the beginning, as long as the sentence does not go on from them: "@Override is not found". Slack and
# Discord write them as "<@U024BE7LH>".
_HANDLE = r"(?:@\w[\w-]{1,30}(?![\w/.(@-])|<@[!&]?\w{2,30}(?:\|[^<>\n]{1,50})?>)"
_GOES_ON = (
    r"(?:is|isn['’]?t|was|wasn['’]?t|has|does(?:n['’]?t| not)|didn['’]?t|not|and|or|vs|in|annotations?|decorators?"
    r"|quer(?:y|ies)|rules?|ist|war|hat|und|oder|est|et|ou|es|está|é|è|ha)\b"
)
_ADDRESSED = re.compile(rf"\A\s*(?:RT )?(?:\.?{_HANDLE}[,:]?\s+(?!{_GOES_ON}|[\W\d_]*\Z))+", re.IGNORECASE)
_LETTER = re.compile(r"[^\W\d_]")
# What people tick before they may ask; what they have to do is no sentence: "- [ ] buy milk".
_VOW = re.compile(
    r"^[ \t]*[-*] \[[ xX]\] (?:I(?:['’]ve)?|My|There|The|This|It|To the best) [^\n]*$", re.IGNORECASE | re.MULTILINE
)
# What GitHub makes of a form that somebody has filled in: its labels are headings.
_FIELD = re.compile(r"^### \S[^\n]*\n\s*\n", re.MULTILINE)
_FORM = re.compile(
    r"^#{1,6} [^\n]*$|^_No response_\s*$|^[-*] \[[ xX]\] [^\n]*$|<summary>[^<>\n]{0,100}</summary>|</?details>",
    re.MULTILINE,
)


def _without_notes(text: str) -> str:
    """Leave out comments that Markdown shows nobody, but for those in code."""
    kept: list[str] = []
    at, fences = 0, 0
    while (begins := text.find("<!--", at)) >= 0 and (ends := text.find("-->", begins)) >= 0:
        fences += text.count("```", at, begins)
        is_code = fences % 2 or text[max(begins - 1, 0)] == "`"
        kept.append(text[at : ends + 3] if is_code else text[at:begins])
        at = ends + 3
    return "".join((*kept, text[at:]))

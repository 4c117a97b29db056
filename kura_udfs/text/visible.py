"""What a reader can see of a text: no control, invisible or unassigned characters, no change of direction."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """Return a text without what a reader can't see but a screen or a terminal obeys.

    Characters of format (zero-width ones, changes of the writing direction) fall out, but for those that join letters
    and emoji; what stands for a space, a line break or nothing at all becomes a space.
    """
    return text if text.isprintable() else "".join(map(_seen, text))


def plain_line(text: str) -> str:
    """Put what can be seen of a text on one line."""
    return " ".join(visible(unicodedata.normalize("NFC", text)).split())


def _seen(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "


_JOINERS = "\u200c\u200d"

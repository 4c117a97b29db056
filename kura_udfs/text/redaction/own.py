"""Patterns of the user's own (`kura_redact_patterns`), in the syntax of Python's `re`."""

from __future__ import annotations

import functools
import json
import re

_NAME = re.compile("[a-z][a-z0-9_]*")
_PLACEHOLDER = re.compile(r"(\[[a-z][a-z0-9_]*\])")


def patterns_problem(patterns: str) -> str | None:
    """Return what is wrong with patterns, in words; None if nothing is.

    Parameters
    ----------
    patterns
        A JSON object of patterns by the name that stands in their place.
    """
    for name, pattern in json.loads(patterns).items():
        if not _NAME.fullmatch(name):
            return f"has the name `{name}`; give it one of small letters, digits and _, as it stands in texts: [employee_id]"
        try:
            compiled = re.compile(pattern)
        except (re.error, OverflowError) as error:
            return f"`{name}` is no regular expression: {error}"
        if compiled.search(""):
            return f"`{name}` matches the empty text, so that it would stand everywhere: {pattern}"
    return None


@functools.lru_cache(maxsize=8)
def compiled(patterns: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of a JSON object, ready to search with."""
    return tuple((f"[{name}]", re.compile(pattern)) for name, pattern in json.loads(patterns).items())


def redact_own(text: str, patterns: str) -> str:
    """Replace what the user's patterns match; what is a placeholder already stays."""
    for placeholder, pattern in compiled(patterns):
        if "[" not in text:
            text = _replaced(pattern, placeholder, text)
        else:
            parts = _PLACEHOLDER.split(text)
            parts[::2] = [_replaced(pattern, placeholder, part) for part in parts[::2]]
            text = "".join(parts)
    return text


def _replaced(pattern: re.Pattern[str], placeholder: str, text: str) -> str:
    # a pattern may match nothing at a place (x(?=…) or \b); that is left alone
    return pattern.sub(lambda match: placeholder if match[0] else "", text)

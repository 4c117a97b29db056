"""JSON, strings and numbers as warehouses can store them."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

_MAX_JSON_DEPTH = 200
_STRING_OR_BRACKET = re.compile(r'"(?>(?:[^"\\]++|\\.)*)"?|[\[{]|[\]}]', re.DOTALL)
_REFUSED_CHARACTERS = re.compile("[\x00\ud800-\udfff]")
_WRAPPED = ("$date", "$oid", "$numberLong", "$numberInt", "$numberDouble", "iso8601", "_seconds", "seconds")
_LITERAL = re.compile(r"\[?\s*\{\s*'")
_BETWEEN = re.compile(r"\}\n\s*\{")
_HUMP = re.compile(r"(?<=[a-z])_([a-z])")


def load(raw: str) -> Any:
    """Parse JSON, or what Python writes instead; ValueError for anything unreadable or too deep.

    The depth is counted here because the parser's own limit depends on how deep the caller's stack is.
    """
    if raw.count("[") + raw.count("{") > _MAX_JSON_DEPTH:
        depth = 0
        for match in _STRING_OR_BRACKET.finditer(raw):
            first = raw[match.start()]
            if first != '"':
                depth += 1 if first in "[{" else -1
                if depth > _MAX_JSON_DEPTH:
                    raise ValueError("nested too deeply")
    try:
        return json.loads(raw)
    except ValueError:
        if not _LITERAL.match(raw):
            raise
        return _literal(raw)


def unwritten(value: Any, read: Callable[[str], Any] = load) -> Any:
    """What a value holds: where it is the text of a list or an object, that, and otherwise itself."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        with suppress(ValueError):
            return read(value)
    return value


def _literal(raw: str) -> Any:
    """Lists and objects as Python writes them out, which is what data frames put into CSV; arrays lack the commas."""
    try:
        return ast.literal_eval(_BETWEEN.sub("}, {", raw).strip())
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError("neither JSON nor a literal of Python") from error


def clean(text: str) -> str | None:
    """Drop what warehouses refuse to store; None where nothing visible is left."""
    text = _REFUSED_CHARACTERS.sub("", text)
    return text if text and not text.isspace() else None


def scalar(value: object) -> str | None:
    """A string without surrounding space, or a number as text; also in the wrapping of MongoDB, Firestore or Jira."""
    if isinstance(value, str):
        return clean(value.strip())
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        inner = next((value[key] for key in _WRAPPED if key in value), None)
        return None if isinstance(inner, Mapping) and not any(key in inner for key in _WRAPPED) else scalar(inner)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def first_scalar(item: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    """The first of some fields that holds something."""
    for key in keys:
        value = item.get(key)
        if value is not None and (found := scalar(value)):
            return found
    return None


def objects(held: object) -> list[Any]:
    """The objects in a list; none where it is no list."""
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def compact(value: object) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def names(text: str) -> tuple[str, ...]:
    """The names in a line of them."""
    return tuple(text.split())


def spelt(text: str) -> tuple[str, ...]:
    """The names in a line of them, each also as JavaScript writes it: `sent_at`, `sentAt`."""
    return tuple(dict.fromkeys(each for name in names(text) for each in (name, _HUMP.sub(_raised, name))))


def _raised(found: re.Match[str]) -> str:
    return found[1].upper()

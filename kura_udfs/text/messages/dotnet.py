"""Conversations as .NET writes them (Semantic Kernel, Microsoft.Extensions.AI), in the words of all others.

Its names begin with a capital (``Role``, ``Content``), as those of Amazon Connect do; parts say under ``$type`` what
they are, and stand under ``Items`` or ``contents``. Lists made of a table may have names as that has them (``ROLE``,
``Sent At``, ``_role``).
"""

from __future__ import annotations

import re
from typing import Any

_WRITES = re.compile(
    r'"(?:\$type|Role|Content|Contents|Items|ParticipantId|ParticipantRole|Sender|Author|Speaker'
    r'|_role|_sender|[A-Z]*[_ ]?(?:ROLE|SENDER|AUTHOR|SPEAKER)|[A-Z][a-z]+ (?:Role|Type))"\s*:'
)
_TYPES = {
    **dict.fromkeys(("TextContent", "text"), "text"),
    **dict.fromkeys(("ReasoningContent", "TextReasoningContent", "reasoning", "usage"), "reasoning"),
    **dict.fromkeys(("ImageContent", "BinaryContent", "data", "uri"), "image"),
    **dict.fromkeys(("FunctionCallContent", "functionCall"), "function_call"),
    **dict.fromkeys(("FunctionResultContent", "functionResult"), "tool_result"),
}


def is_written(raw: str) -> bool:
    """Whether a text of JSON has names that .NET writes."""
    return _WRITES.search(raw) is not None


def in_common_words(value: Any) -> Any:
    """The JSON with names in small letters, ``type`` for ``$type`` and ``content`` for what holds the parts."""
    if isinstance(value, list):
        return [in_common_words(each) for each in value]
    if not isinstance(value, dict):
        return value
    told = {_small(name): in_common_words(held) for name, held in value.items()}
    if isinstance(kind := told.pop("$type", None), str):
        told["type"] = _TYPES.get(kind, kind)
        if "functionName" in told:
            told.setdefault("name", told["functionName"])
    if "role" in told:
        for name in ("items", "contents"):
            if isinstance(told.get(name), list) and told[name]:
                told["content"] = told.pop(name)
        if isinstance(told["role"], dict) and "label" in told["role"]:
            told["role"] = told["role"]["label"]
    return told


def _small(name: str) -> str:
    if name.isupper() or " " in name or name.startswith("_"):
        return name.lower().replace(" ", "_").strip("_")
    return name[0].lower() + name[1:] if name[:1].isupper() and name[1:2].islower() else name

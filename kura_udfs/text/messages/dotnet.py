"""Conversations as .NET writes them (Semantic Kernel, Microsoft.Extensions.AI), in the words of all others.

Its names begin with a capital (``Role``, ``Content``), as those of Amazon Connect do; parts say under ``$type`` what
they are, and stand under ``Items`` or ``contents``.
"""

from __future__ import annotations

import re
from typing import Any

_WRITES = re.compile(r'"(?:\$type|Role|Content|Contents|Items|ParticipantId|ParticipantRole)"\s*:')
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
    kind = told.pop("$type", None)
    if isinstance(kind, str):
        told |= {"type": _TYPES.get(kind, kind)}
        told |= {"name": told["functionName"]} if "functionName" in told and "name" not in told else {}
    if "role" in told:
        parts = next((told.pop(name) for name in ("items", "contents") if isinstance(told.get(name), list)), None)
        told |= {"content": parts} if parts else {}
        role = told["role"]
        told |= {"role": role["label"]} if isinstance(role, dict) and "label" in role else {}
    return told


def _small(name: str) -> str:
    return name[0].lower() + name[1:] if name[:1].isupper() and name[1:2].islower() else name

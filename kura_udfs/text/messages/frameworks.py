"""What frameworks of agents write in words of their own, in those of all others.

PydanticAI, AutoGen, Google's Agent Development Kit (ADK), Chainlit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kura_udfs.text.messages.entries import role_of
from kura_udfs.text.messages.fields import compact

_PARTS_BY_ROLE = {
    "system-prompt": "system",
    "user-prompt": "user",
    "tool-return": "tool",
    "builtin-tool-return": "tool",
    "retry-prompt": "tool",
    "text": "assistant",
    "tool-call": "assistant",
    "builtin-tool-call": "assistant",
}
_STEPS = {"user_message": "user", "assistant_message": "assistant", "system_message": "system"}


def step(value: Mapping[str, Any]) -> list[Any]:
    """Return the message that a step of Chainlit's is: its output, whoever says it."""
    role = _STEPS.get(str(value.get("type")))
    return [{"role": role, "content": value["output"]}] if role and isinstance(value.get("output"), str) else []


def in_common_words(items: Sequence[Any]) -> list[Any]:
    """Return the entries of a conversation, those of frameworks with role and content; PydanticAI's become several."""
    return [said for item in items for said in (_said(item) if isinstance(item, dict) else (item,))]


def _said(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    parts, content = item.get("parts"), item.get("content")
    if item.get("kind") in ("request", "response") and isinstance(parts, list):  # PydanticAI
        for part in parts:
            if isinstance(part, dict) and (role := _PARTS_BY_ROLE.get(str(part.get("part_kind")))):
                yield _of_part(role, part, item)
    elif isinstance(content, dict) and isinstance(content.get("parts"), list) and "role" in content:  # ADK
        yield {**{key: held for key, held in item.items() if key != "content"}, **content}
    elif "actions" in item and "author" in item and not content:
        return  # an event of ADK in which nobody speaks
    elif isinstance(item.get("source"), str) and str(item.get("type")).endswith("Message") and role_of(item) is None:
        yield {**item, "role": "user" if item["source"].lower() in ("user", "human") else "assistant"}  # AutoGen
    else:
        yield item


def _of_part(role: str, part: Mapping[str, Any], message: Mapping[str, Any]) -> Mapping[str, Any]:
    said: dict[str, Any] = {"role": role, "created_at": part.get("timestamp", message.get("timestamp"))}
    if str(part["part_kind"]).endswith("tool-call"):
        function = {"name": part.get("tool_name"), "arguments": part.get("args")}
        return {**said, "content": None, "tool_calls": [{"id": part.get("tool_call_id"), "function": function}]}
    held = part.get("content")
    if role == "tool":
        said |= {"tool_call_id": part.get("tool_call_id"), "name": part.get("tool_name")}
        held = held if isinstance(held, str) else compact(held)
    return {**said, "content": held}

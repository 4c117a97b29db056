"""What frameworks of agents keep is read as what it says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kura_udfs.text.messages import parse_messages

Q, A = "My kettle leaks", "Since when?"
CALL, ANSWER = 'find({"a":1})', '{"error":"boom"}'
SHAPES: dict[str, Any] = {
    "pydantic ai": [
        {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": Q, "timestamp": "2026-05-01T10:00:00Z"}]},
        {
            "kind": "response",
            "timestamp": "2026-05-01T10:00:01Z",
            "parts": [
                {"part_kind": "thinking", "content": "hm"},
                {"part_kind": "tool-call", "tool_name": "find", "args": '{"a":1}', "tool_call_id": "t"},
            ],
        },
        {"kind": "request", "parts": [{"part_kind": "tool-return", "tool_name": "find", "content": {"error": "boom"}, "tool_call_id": "t"}]},
        {"kind": "response", "parts": [{"part_kind": "text", "content": A}]},
    ],
    "adk": {
        "id": "s1",
        "events": [
            {"author": "user", "content": {"role": "user", "parts": [{"text": Q}]}, "timestamp": 1777629600.5},
            {"author": "helper", "content": {"role": "model", "parts": [{"functionCall": {"name": "find", "args": {"a": 1}}}]}},
            {
                "author": "helper",
                "content": {"role": "user", "parts": [{"functionResponse": {"name": "find", "response": {"error": "boom"}}}]},
            },
            {"author": "helper", "content": {"role": "model", "parts": [{"text": A}]}},
            {"author": "helper", "actions": {"stateDelta": {}}},
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("conversation", SHAPES.values(), ids=SHAPES.keys())
def test_words_calls_and_answers_of_tools_are_told_apart(conversation: Any) -> None:
    messages = parse_messages(json.dumps(conversation))
    said = [("assistant" if message.role == "model" else message.role, message.content) for message in messages]
    assert said == [("user", Q), ("assistant", CALL), ("tool", ANSWER), ("assistant", A)]
    assert messages[0].created_at
    [call] = json.loads(messages[0].tool_calls or "[]")
    assert (call["tool"], call["status"]) == ("find", "failed")


def test_who_answers_in_a_chat_of_people_may_be_told_as_a_bot() -> None:
    messages = [
        {"author": {"name": "ann", "isBot": False}, "content": Q},
        {"author": {"name": "helper", "isBot": True}, "content": A},
    ]
    assert [message.role for message in parse_messages(json.dumps({"messages": messages}))] == ["user", "bot"]


def test_exports_of_lm_studio_and_deepseek_are_read_without_thoughts() -> None:
    def step(text: str, **more: Any) -> dict[str, Any]:
        return {"type": "contentBlock", "content": [{"type": "text", "text": text}], **more}

    asked = [{"type": "singleStep", "role": "user", "content": [{"type": "text", "text": text}]} for text in ("x", Q)]
    steps = [step("hm", style={"type": "thinking"}), {"type": "debugInfoBlock"}, step(A)]
    answered = {"type": "multiStep", "role": "assistant", "steps": steps}
    studio = [{"versions": asked, "currentlySelected": 1}, {"versions": [answered], "currentlySelected": 0}]

    def node(parent: str | None, *fragments: tuple[str, str]) -> dict[str, Any]:
        parts = [{"type": kind, "content": text} for kind, text in fragments]
        message = {"inserted_at": "2026-05-01T10:00:00+08:00", "fragments": parts} if parts else None
        return {"parent": parent, "message": message}

    tree = {"root": node(None), "1": node("root", ("REQUEST", Q)), "2": node("1", ("THINK", "hm"), ("RESPONSE", A))}
    for conversation in ({"name": "Kettle", "messages": studio}, {"mapping": tree}):
        messages = parse_messages(json.dumps(conversation))
        assert [(message.role, message.content) for message in messages] == [("user", Q), ("assistant", A)]
    assert messages[0].created_at == "2026-05-01T10:00:00+08:00"


def test_a_source_says_who_speaks_only_where_nothing_else_does() -> None:
    messages = [
        {"type": "HumanMessage", "source": "web", "content": Q},
        {"type": "TextMessage", "source": "helper", "content": A},
    ]
    assert [message.role for message in parse_messages(json.dumps({"messages": messages}))] == ["user", "assistant"]


def test_blocks_of_a_message_are_its_words() -> None:
    messages = [{"role": "user", "blocks": [{"block_type": "text", "text": Q}], "additional_kwargs": {}}]
    assert [message.content for message in parse_messages(json.dumps({"messages": messages}))] == [Q]


def test_a_gemini_tool_that_says_error_has_failed_whatever_its_role() -> None:
    for role in ("user", "function", "tool"):
        contents = [
            {"role": "user", "parts": [{"text": Q}]},
            {"role": "model", "parts": [{"functionCall": {"name": "find", "args": {}}}]},
            {"role": role, "parts": [{"functionResponse": {"name": "find", "response": {"error": "boom"}}}]},
        ]
        [call] = json.loads(parse_messages(json.dumps({"contents": contents}))[0].tool_calls or "[]")
        assert call["status"] == "failed"

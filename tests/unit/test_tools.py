"""Calls of tools are told from every shape that holds them, and nothing of what was asked or answered."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text import messages
from kura_udfs.text.messages.results import ERROR_KINDS
from kura_udfs.text.messages.tools import MAX_NAME

ASKED = {"role": "user", "content": "where is my parcel"}
ARGUMENTS, ANSWER = {"parcel": "private-7"}, "private answer: in Lund"


def calls(conversation: Any) -> list[dict[str, Any]]:
    found = messages.parse_messages(json.dumps(conversation))
    assert all(message.tool_calls is None for message in found[1:])
    assert "private" not in (found[0].tool_calls or "")
    return json.loads(found[0].tool_calls or "[]")


def told(conversation: Any) -> list[tuple[Any, ...]]:
    return [(call["turn"], call["tool"], call["status"], call["error_kind"]) for call in calls(conversation)]


def openai(name: str = "track", key: str = "t1", arguments: Any = ARGUMENTS) -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"role": "assistant", "content": None, "tool_calls": [{"id": key, "type": "function", "function": function}]}


def answered(content: Any = ANSWER, key: str = "t1", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": key, "content": content, **more}


OK, BAD = (2, "track", "ok", None), (2, "track", "failed", "timeout")
TOOL_USE = {"type": "tool_use", "id": "t1", "name": "track", "input": ARGUMENTS}
TOOL_RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "timed out"}]}
SHAPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "openai": ([ASKED, openai(), answered()], OK),
    "openai, an answer that says that it failed": ([ASKED, openai(), answered('{"error": "Request timed out"}')], BAD),
    "openai, an answer that is an error": ([ASKED, openai(), answered("Error: the request timed out")], BAD),
    "openai, no answer": ([ASKED, openai()], (2, "track", "unanswered", None)),
    "openai functions": (
        [
            ASKED,
            {"role": "assistant", "content": None, "function_call": {"name": "track", "arguments": "{}"}},
            {"role": "function", "name": "track", "content": ANSWER},
        ],
        OK,
    ),
    "responses": (
        [
            ASKED,
            {"type": "function_call", "id": "fc", "call_id": "t1", "name": "track", "arguments": "{}", "status": "completed"},
            {"type": "function_call_output", "call_id": "t1", "output": "Error: timeout"},
        ],
        BAD,
    ),
    "responses, a tool of theirs": (
        [ASKED, {"type": "web_search_call", "id": "ws", "status": "completed", "action": {"query": "private"}}],
        (2, "web_search", "ok", None),
    ),
    "anthropic": (
        [ASKED, {"role": "assistant", "content": [TOOL_USE]}, {"role": "user", "content": [{**TOOL_RESULT, "is_error": True}]}],
        BAD,
    ),
    "anthropic, no error": (
        [ASKED, {"role": "assistant", "content": [TOOL_USE]}, {"role": "user", "content": [TOOL_RESULT]}],
        OK,
    ),
    "bedrock": (
        [
            ASKED,
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "track", "input": ARGUMENTS}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "status": "error", "content": [{"text": "timed out"}]}}]},
        ],
        BAD,
    ),
    "gemini": (
        [
            {"role": "user", "parts": [{"text": "where is my parcel"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "track", "args": ARGUMENTS}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "track", "response": {"error": "deadline exceeded"}}}]},
        ],
        BAD,
    ),
    "langchain": (
        [
            {"type": "human", "data": {"content": "where is my parcel"}},
            {"type": "ai", "data": {"content": "", "tool_calls": [{"name": "track", "args": ARGUMENTS, "id": "t1"}]}},
            {"type": "tool", "data": {"content": "timeout", "tool_call_id": "t1", "status": "error", "name": "track"}},
        ],
        BAD,
    ),
    "langchain, in additional_kwargs": (
        [
            {"type": "human", "data": {"content": "where is my parcel"}},
            {"type": "ai", "data": {"content": "", "additional_kwargs": {"tool_calls": openai()["tool_calls"]}}},
            {"type": "tool", "data": {"content": ANSWER, "tool_call_id": "t1"}},
        ],
        OK,
    ),
    "vercel, version 4": (
        [
            ASKED,
            {
                "role": "assistant",
                "content": "In Lund.",
                "toolInvocations": [{"state": "result", "toolCallId": "t1", "toolName": "track", "args": {}, "result": ANSWER}],
            },
        ],
        OK,
    ),
    "vercel, version 5": (
        [
            ASKED,
            {
                "role": "assistant",
                "parts": [
                    {"type": "tool-track", "toolCallId": "t1", "state": "output-error", "input": {}, "errorText": "timed out"},
                    {"type": "text", "text": "Sorry."},
                ],
            },
        ],
        BAD,
    ),
    "vercel, model messages": (
        [
            ASKED,
            {"role": "assistant", "content": [{"type": "tool-call", "toolCallId": "t1", "toolName": "track", "input": {}}]},
            {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "t1", "toolName": "track", "output": {"type": "json", "value": {"error": "timeout"}}}]},
        ],
        BAD,
    ),
    "opentelemetry": (
        {
            "gen_ai.input.messages": [
                {"role": "user", "parts": [{"type": "text", "content": "where is my parcel"}]},
                {"role": "assistant", "parts": [{"type": "tool_call", "id": "t1", "name": "track", "arguments": ARGUMENTS}]},
                {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t1", "response": {"error": "timeout"}}]},
            ],
            "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "Sorry."}]}],
        },
        BAD,
    ),
    "calls of a model": (
        {
            "kura_calls": [
                {"messages": [ASKED], "response": {"choices": [{"message": openai()}]}},
                {"messages": [ASKED, openai(), answered()], "response": {"choices": [{"message": {"role": "assistant", "content": "In Lund."}}]}},
            ]
        },
        OK,
    ),
    "codex": (
        {
            "kura_events": [
                {"type": "response_item", "timestamp": "2026-05-01T10:00:00Z", "payload": {"type": "message", **ASKED}},
                {"type": "response_item", "payload": {"type": "function_call", "name": "track", "arguments": "{}", "call_id": "t1"}},
                {"type": "response_item", "payload": {"type": "function_call_output", "call_id": "t1", "output": json.dumps({"output": "timed out", "metadata": {"exit_code": 124, "duration_seconds": 1.5}})}},
            ]
        },
        BAD,
    ),
    "a run of assistants": (
        {
            "kura_events": [
                ASKED,
                {"role": "assistant", "content": "Let me look."},
                {"object": "thread.run.step", "type": "thread.run.step", "status": "completed", "created_at": 1777629600, "completed_at": 1777629602, "step_details": {"type": "tool_calls", "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "track", "arguments": "{}", "output": ANSWER}}]}},
            ]
        },
        OK,
    ),
    "haystack": (
        [
            ASKED,
            {"role": "assistant", "content": [{"tool_call": {"id": "t1", "tool_name": "track", "arguments": {}}}]},
            {"role": "tool", "content": [{"tool_call_result": {"result": ANSWER, "error": False, "origin": {"id": "t1", "tool_name": "track"}}}]},
        ],
        OK,
    ),
    "calls written out as values": (
        [
            ASKED,
            {"role": "assistant", "content": [{"type": "tool_call", "value": json.dumps({"name": "track", "arguments": {}})}]},
            {"role": "tool", "content": [{"type": "text", "value": ANSWER}]},
        ],
        OK,
    ),
    "crush": (
        [
            ASKED,
            {"role": "assistant", "parts": [{"type": "tool_call", "data": {"id": "t1", "name": "track", "input": "{}"}}]},
            {"role": "tool", "parts": [{"type": "tool_result", "data": {"tool_call_id": "t1", "name": "track", "content": ANSWER}}]},
        ],
        OK,
    ),
    "chatgpt": (
        [
            {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["where is my parcel"]}},
            {"author": {"role": "assistant"}, "recipient": "track", "content": {"content_type": "code", "text": "private"}},
            {"author": {"role": "tool", "name": "track"}, "content": {"content_type": "text", "parts": [ANSWER]}},
        ],
        OK,
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_tells_its_calls(shape: str) -> None:
    conversation, expected = SHAPES[shape]
    assert told(conversation) == [expected]


def test_what_holds_no_call_has_none() -> None:
    assert calls([ASKED, {"role": "assistant", "content": "Use the tool function() for it, or a tool_call."}]) == []
    assert calls([ASKED, answered()]) == []  # an answer to nothing
    assert calls(["a", {"tool": 1}]) == []


def test_claude_code_says_how_long_and_whether_somebody_stopped_it() -> None:
    line = {"sessionId": "s", "uuid": "u", "type": "assistant"}
    events = [
        {**line, "uuid": "u1", "type": "user", "timestamp": "2026-05-01T10:00:00Z", "message": ASKED},
        {**line, "uuid": "u2", "timestamp": "2026-05-01T10:00:03Z", "message": {"role": "assistant", "content": [TOOL_USE]}},
        {
            **line, "uuid": "u3", "type": "user", "timestamp": "2026-05-01T10:00:04.500Z",
            "message": {"role": "user", "content": [{**TOOL_RESULT, "content": "stopped"}]},
            "toolUseResult": {"stdout": "", "interrupted": True},
        },
    ]  # fmt: skip
    [call] = calls({"kura_events": events})
    assert (call["turn"], call["seconds"], call["status"], call["error_kind"]) == (2, 1.5, "failed", "cancelled")
    events[2]["toolUseResult"] = {"durationMs": 250}
    [call] = calls({"kura_events": events})
    assert (call["seconds"], call["status"]) == (0.25, "ok")


def test_retries_and_repetitions_are_counted_and_tell_no_argument() -> None:
    conversation: list[Any] = [ASKED]
    for number, (arguments, answer) in enumerate(
        [
            ({"a": 1, "b": 2}, "Error: 503"),
            ({"b": 2, "a": 1}, "Error: 503"),
            ({"a": 3}, "fine"),
            ({"a": 1, "b": 2}, "fine"),
        ]
    ):
        conversation += [openai(key=f"t{number}", arguments=arguments), answered(answer, key=f"t{number}")]
    conversation += [openai("other", key="x", arguments={"a": 3})]
    found = calls(conversation)
    assert [call["retries"] for call in found] == [0, 1, 2, 0, 0]
    assert [call["repetitions"] for call in found] == [0, 1, 0, 2, 0]
    assert [call["turn"] for call in found] == [2, 4, 6, 8, 10]
    assert {key for call in found for key in call} == {
        "position", "turn", "tool", "status", "error_kind", "seconds", "retries", "repetitions",
    }  # fmt: skip


def test_a_list_that_comes_newest_first_is_told_in_its_order() -> None:
    conversation = [ASKED, openai(key="t1"), answered("Error: 503"), openai(key="t2"), answered(key="t2")]
    timed = [{**each, "created_at": f"2026-05-01T10:00:0{at}Z"} for at, each in enumerate(conversation)]
    found = calls(timed[::-1])
    assert [(call["turn"], call["status"], call["retries"], call["seconds"]) for call in found] == [
        (2, "failed", 0, 1.0),
        (4, "ok", 1, 1.0),
    ]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("Error: 429 Too Many Requests", "rate_limit"),
        ("Traceback (most recent call last):\n TimeoutError", "timeout"),
        ('{"success": false, "message": "Forbidden"}', "denied"),
        ("error: no such file", "not_found"),
        ("<tool_use_error>InputValidationError: missing field</tool_use_error>", "invalid"),
        ("HTTP error 503: Service Unavailable", "unavailable"),
        ("Exit code: 1\nsomething", "other"),
        ("Exit code: 0\nerror: nothing", None),
        ("Error rates fell in May", None),
        ("The terror: a film", None),
        ('{"errors": 0, "error": null}', None),
        ('{"rows": [{"error": "of somebody"}]}', None),
        ("", None),
    ],
)
def test_why_a_call_failed_is_one_of_a_few_words(answer: str, kind: str | None) -> None:
    [call] = calls([ASKED, openai(), answered(answer)])
    assert call["error_kind"] == kind
    assert kind is None or kind in ERROR_KINDS


def test_a_call_may_have_a_role_of_its_own_or_no_more_than_its_keys() -> None:
    written = json.dumps({"name": "find", "arguments": {"a": 1}})
    with_roles = [
        {"from": "human", "value": "where?"},
        {"from": "function_call", "value": written},
        {"from": "observation", "value": "{}"},
    ]
    by_name = [
        {"role": "user", "content": "where?"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "1", "function": "find"}]},
    ]
    untyped = {"input": "where?", "output": [{"toolCallId": "1", "toolName": "find", "input": {"a": 1}}]}
    for log, asked in ((with_roles, 'find({"a":1})'), (by_name, "find()"), (untyped, 'find({"a":1})')):
        said = messages.parse_messages(json.dumps(log))
        assert [(message.role, message.content) for message in said[1:2]] == [("assistant", asked)]
    assert [call["tool"] for call in calls(with_roles) + calls(by_name)] == ["find", "find"]


def test_a_call_that_a_model_has_completed_is_not_answered_yet() -> None:
    call = {"type": "function_call", "call_id": "t1", "name": "track", "arguments": "{}", "status": "completed"}
    output = {"type": "function_call_output", "call_id": "t1", "output": ANSWER}
    assert [told["status"] for told in calls([ASKED, call])] == ["unanswered"]
    assert [told["status"] for told in calls([ASKED, call, output])] == ["ok"]


def test_a_name_is_bounded_and_what_is_wrong_is_no_call() -> None:
    [call] = calls([ASKED, openai(name="x" * 5_000), answered()])
    assert len(call["tool"]) == MAX_NAME
    nameless: list[Any] = [{"function": 3}, {"function": {"name": " "}}, {"id": {}, "function": {"arguments": []}}]
    for broken in [None, 7, [], {}, *nameless]:
        assert calls([ASKED, {"role": "assistant", "content": "a tool", "tool_calls": [broken]}]) == []


def test_contents_of_single_messages_are_one_conversation() -> None:
    rows = [
        {"turn": 2, "created_at": "2026-05-01 10:00:00", "content": json.dumps([TOOL_USE])},
        {"turn": 3, "created_at": "2026-05-01 10:00:02", "content": json.dumps([{**TOOL_RESULT, "is_error": True}])},
        {"turn": 4, "created_at": None, "content": "[a tool, not JSON"},
    ]
    [call] = messages.tool_calls(json.dumps(rows))
    assert (call["turn"], call["status"], call["error_kind"], call["seconds"]) == (2, "failed", "timeout", 2.0)


def test_calls_may_stand_in_columns_beside_the_content_of_a_row() -> None:
    def row(**columns: Any) -> str:
        return json.dumps({"kura_message": columns}, separators=(",", ":"))

    asked = row(role="assistant", content=None, tool_calls=json.dumps(openai(key="c1")["tool_calls"]))
    answer = row(role="tool", content="Error: timeout", tool_calls=None, tool_call_id="c1")
    told = row(role="assistant", content='[{"type":"text","text":"A moment."}]', tool_calls="[broken")
    assert messages.parse_content("assistant", asked) == [("assistant", None)]
    assert messages.parse_content("tool", answer) == [("tool", "Error: timeout")]
    assert messages.parse_content("assistant", told) == [("assistant", "A moment.")]
    rows = [{"turn": turn, "created_at": None, "content": each} for turn, each in enumerate([asked, answer, told], 2)]
    [call] = messages.tool_calls(json.dumps(rows))
    assert (call["turn"], call["status"], call["error_kind"]) == (2, "failed", "timeout")
    for words in ('{"kura_message":', '{"kura_message":7}', '{"kura_message":"tool"}'):
        assert messages.parse_content("user", words) == [("user", words)]


WORDS = [
    "role",
    "type",
    "name",
    "id",
    "tool_calls",
    "function",
    "arguments",
    "content",
    "parts",
    "tool_use",
    "tool_result",
    "tool_call_id",
    "output",
    "error",
    "status",
    "state",
    "metadata",
    "exit_code",
    "seconds",
    "durationMs",
    "step_details",
    "recipient",
    "author",
    "toolUse",
    "functionCall",
    "toolUseResult",
    "is_error",
    "success",
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from([*WORDS, "all", "tool"]),
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)),
    max_leaves=25,
)


@given(st.lists(ANYTHING, max_size=4))
def test_whatever_stands_there_nothing_raises_and_what_is_told_can_be_stored(conversation: list[Any]) -> None:
    raw = json.dumps([{"role": "user", "content": "a tool"}, *conversation])
    for call in json.loads(messages.parse_messages(raw)[0].tool_calls or "[]"):
        assert 1 <= len(call["tool"]) <= MAX_NAME
        assert call["tool"].isprintable() or call["tool"].strip()
        assert call["status"] in ("ok", "failed", "unanswered")
        assert (call["error_kind"] in ERROR_KINDS) == (call["status"] == "failed")
        assert call["seconds"] is None or 0 <= call["seconds"] < 86_400


SPOKEN = {"input": "where is my parcel", "output": "In Lund.", "kura_id": "a", "kura_time": "2026-05-01T10:00:00"}
SPAN = {"kura_id": "b", "kura_parent": "a", "kura_time": "2026-05-01T10:00:01", "end_time": "2026-05-01T10:00:03"}


@pytest.mark.parametrize(
    "span",
    [
        {"attributes": {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track", "error.type": "timeout"}},
        {
            "attributes": {"gen_ai.operation.name": "execute_tool", "error.type": "timeout"},
            "name": "execute_tool track",
        },
        {
            "attributes": {"openinference.span.kind": "TOOL", "tool.name": "track", "input.value": str(ARGUMENTS)},
            "status": {"code": "STATUS_CODE_ERROR", "message": "timed out"},
        },
        {
            "attributes": {"ai.operationId": "ai.toolCall", "ai.toolCall.name": "track", "ai.toolCall.args": "{}"},
            "status_code": "ERROR",
            "status_message": "timed out",
        },
        {
            "attributes": {"traceloop.span.kind": "tool", "traceloop.entity.name": "track"},
            "StatusCode": "Error",
            "StatusMessage": "deadline exceeded",
        },
        {"run_type": "tool", "name": "track", "inputs": ARGUMENTS, "error": "Timeout: private"},
        {"type": "TOOL", "name": "track", "input": ARGUMENTS, "level": "ERROR", "statusMessage": "timed out"},
    ],
)
def test_a_row_that_is_a_call_of_a_tool_is_told_as_one_and_not_as_what_somebody_said(span: dict[str, Any]) -> None:
    rows = {"kura_calls": [SPOKEN, {**SPAN, **span}]}
    [call] = calls(rows)
    assert [call[key] for key in ("turn", "tool", "status", "error_kind", "seconds")] == [*BAD, 2.0]
    said = [(message.role, message.content) for message in messages.parse_messages(json.dumps(rows))]
    assert said == [("user", "where is my parcel"), ("assistant", "In Lund.")]


def test_a_call_that_a_span_tells_of_once_more_is_one_call() -> None:
    messages_of = {"messages": [ASKED, openai(), answered()], "kura_id": "a", "kura_time": "2026-05-01T10:00:00"}
    for known in ({"gen_ai.tool.call.id": "t1"}, {}):
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track", **known}
        [call] = calls({"kura_calls": [messages_of, {**SPAN, "attributes": attributes}]})
        assert (call["status"], call["seconds"]) == ("ok", 2.0)
    other = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "track", "gen_ai.tool.call.id": "t2"}
    assert len(calls({"kura_calls": [messages_of, {**SPAN, "attributes": other}]})) == 2


def test_a_tool_that_nobody_has_talked_to_makes_no_conversation() -> None:
    alone = {**SPAN, "run_type": "tool", "name": "track", "inputs": ARGUMENTS}
    [message] = messages.parse_messages(json.dumps({"kura_calls": [alone]}))
    assert message.error == "event_without_words"

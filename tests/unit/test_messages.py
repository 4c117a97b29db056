from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.text.messages import Message, content_text, parse_content, parse_messages
from tests.support.growth import seconds

KEYS = """role from sender author content value text parts message id type mapping current_node messages
    parent chat_messages conversation children tool_calls function name arguments create_time weight data kwargs
    input output choices candidates history chat parentId attachments toolResult functionResponse source events
    attributes body gen_ai.input.messages gen_ai.prompt.0.content isCreatedByUser output request response"""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5),
    max_leaves=25,
)


def contents(value: Any) -> list[str | None]:
    return [message.content for message in parse_messages(json.dumps(value))]


def only(value: Any) -> Message:
    [message] = parse_messages(json.dumps(value))
    return message


def node(key: str, parent: str | None, text: str | None, role: str = "user", **message: Any) -> dict[str, Any]:
    said = None if text is None else {"author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}
    return {
        "id": key,
        "parent": parent,
        "children": [],
        "message": None if said is None else {**said, **message},
    }


def tree(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"title": "t", "mapping": {each["id"]: each for each in nodes}}


@pytest.mark.parametrize(
    "conversation",
    [
        [{"role": "user", "content": "where is it"}, {"role": "assistant", "content": "On its way."}],
        {
            "messages": [
                {"role": "user", "content": "where is it"},
                {"role": "assistant", "content": "On its way."},
            ]
        },
        [{"from": " User ", "value": "where is it"}, {"from": "ASSISTANT", "value": "On its way."}],
        {
            "conversations": [
                {"from": "user", "value": "where is it"},
                {"from": "assistant", "value": "On its way."},
            ]
        },
        {
            "conversation": [
                {"role": "user", "content": "where is it", "language": "English", "toxic": False},
                {"role": "assistant", "content": "On its way.", "language": "English", "toxic": False},
            ]
        },
        {
            "chat_messages": [
                {"sender": "user", "text": "where is it"},
                {"sender": "assistant", "text": "On its way."},
            ]
        },
        [
            {"author": {"role": "user"}, "parts": ["where is it"]},
            {"author": "assistant", "text": "On its way."},
        ],
    ],
)
def test_every_shape_gives_the_same_messages(conversation: Any) -> None:
    assert parse_messages(json.dumps(conversation)) == [
        Message(0, None, "user", "where is it", None, None),
        Message(1, None, "assistant", "On its way.", None, None),
    ]


def test_ids_and_times_are_kept_as_they_stood() -> None:
    assert only([{"role": "user", "content": "x", "uuid": "a-1", "created_at": "2026-06-01T10:00:00Z"}])[1:5] == (
        ("a-1", "user", "x", "2026-06-01T10:00:00Z")
    )
    assert only([{"role": "user", "content": "x", "id": 7, "create_time": 1780300800.25}])[1:5] == (
        ("7", "user", "x", "1780300800.25")
    )
    assert only([{"content": "x", "timestamp": 1780300800123}]).created_at == "1780300800123"
    assert only([{"content": "x", "timestamp": None, "date": "1 June"}]).created_at == "1 June"


def test_claude_blocks_win_over_the_flat_text_and_reasoning_and_calls_are_left_out() -> None:
    message = {
        "uuid": "u1",
        "sender": "human",
        "text": "flat",
        "content": [
            {"type": "thinking", "thinking": "hmm"},
            {"type": "text", "text": "first"},
            {"type": "tool_use", "name": "lookup", "input": {"order": 7}},
            {"type": "tool_result", "content": [{"type": "text", "text": "in transit"}]},
        ],
        "created_at": "2026-06-02T08:00:00Z",
    }
    said = [each._replace(tool_calls=None) for each in parse_messages(json.dumps({"chat_messages": [message]}))]
    assert said == [
        Message(0, "u1", "human", "first", "2026-06-02T08:00:00Z", None),
        Message(1, "u1#2", "tool", "in transit", "2026-06-02T08:00:00Z", None),
    ]
    assert only({"chat_messages": [{"sender": "human", "text": "flat", "content": []}]}).content == "flat"
    assert only({"chat_messages": [{"sender": "human", "text": "", "attachments": [{}]}]}).content == "[file]"


def test_openai_parts_become_text_or_else_one_marker() -> None:
    parts = [
        {"type": "input_text", "text": "what is this"},
        {"type": "image_url", "image_url": {"url": "https://example.com/secret.png"}},
        {"type": "input_audio", "input_audio": {"data": "UklGR"}},
        {"type": "input_file", "file_id": "f"},
        {"type": "hologram", "data": "zzz"},
    ]
    assert contents([{"role": "user", "content": parts}]) == ["what is this"]
    assert contents([{"role": "user", "content": parts[1:]}]) == ["[attachment]"]
    assert contents([{"role": "user", "content": parts[1:2]}]) == ["[image]"]


def test_tool_calls_become_text_only_where_there_is_no_content() -> None:
    calls = [
        {"type": "function", "function": {"name": "track", "arguments": '{"order": "NS-1"}'}},
        {"type": "function", "function": {"name": "refund", "arguments": {"order": "NS-1"}}},
    ]
    assert contents([{"role": "assistant", "content": None, "tool_calls": calls}]) == [
        'track({"order": "NS-1"})\nrefund({"order":"NS-1"})'
    ]
    assert contents([{"role": "assistant", "content": "Looking.", "tool_calls": calls}]) == ["Looking."]
    assert contents([{"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}]) == ["f({})"]


@pytest.mark.parametrize("empty", [None, "", " \n\t", [], {}, [""], [{"type": "text", "text": " "}], "\x00"])
def test_empty_content_is_none_without_an_error(empty: Any) -> None:
    assert only([{"role": "user", "content": empty}]) == Message(0, None, "user", None, None, None)


def test_nul_and_lone_surrogates_go_and_everything_else_stays() -> None:
    assert contents([{"role": "user", "content": "a\x00b\ud83dc 🏕️ \u202e é\r\n"}]) == ["abc 🏕️ \u202e é\r\n"]
    assert only([{"role": "us\x00er", "id": "i\udc00d", "content": "x"}])[1:3] == ("id", "user")


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ("", "unparsable_json"),
        ("hello there", "unparsable_json"),
        ('[{"role": "user"', "unparsable_json"),
        ("[" * 100_000, "unparsable_json"),
        ("[" * 5_000 + "]" * 5_000, "unparsable_json"),
        ("null", "not_a_list_of_messages"),
        ("12", "not_a_list_of_messages"),
        ('"hello"', "not_a_list_of_messages"),
        ("{}", "not_a_list_of_messages"),
        ('{"order": 7}', "not_a_list_of_messages"),
        ('{"messages": "x"}', "not_a_list_of_messages"),
        ("[]", "conversation_without_messages"),
        ('{"messages": []}', "conversation_without_messages"),
        ('{"messages": null}', "conversation_without_messages"),
        ('{"messages": [], "thread": {"id": "t1"}}', "conversation_without_messages"),
        ('{"mapping": {}}', "conversation_without_messages"),
        ('{"mapping": {"a": {"id": "a", "message": null, "parent": null}}}', "conversation_without_messages"),
    ],
)
def test_what_is_no_conversation_gives_one_row_that_says_why(raw: str, error: str) -> None:
    assert parse_messages(raw) == [Message(0, None, None, None, None, error)]


def test_an_element_that_is_no_object_keeps_its_place() -> None:
    messages = parse_messages('[{"role": "user", "content": "a"}, "b", null, {"role": "user", "content": "c"}]')
    assert [(m.position, m.content, m.error) for m in messages] == [
        (0, "a", None),
        (1, None, "message_is_not_an_object"),
        (2, None, "message_is_not_an_object"),
        (3, "c", None),
    ]


def test_depth_of_brackets_inside_strings_does_not_count() -> None:
    text = '[{"' * 400 + '\\"'
    assert contents([{"role": "user", "content": text}]) == [text]


def test_chatgpt_export_follows_the_current_node_and_leaves_other_branches_out() -> None:
    conversation = tree(
        node("root", None, None),
        node("system", "root", "be kind", "system", metadata={"is_visually_hidden_from_conversation": True}),
        node("q", "system", "where is it", create_time=1.5),
        node("old", "q", "no idea", "assistant", create_time=9),
        node("new", "q", "on its way", "assistant", create_time=2),
    )
    assert [(m.position, m.role, m.content, m.created_at) for m in parse_messages(json.dumps(conversation))] == [
        (0, "user", "where is it", "1.5"),
        (1, "assistant", "no idea", "9"),
    ]
    conversation["current_node"] = "new"
    assert contents(conversation) == ["where is it", "on its way"]
    conversation["current_node"] = "no such node"
    assert contents(conversation) == ["where is it", "no idea"]


def test_chatgpt_nodes_nobody_saw_are_left_out() -> None:
    conversation = tree(
        node("a", None, "hello", create_time=1),
        node("b", "a", "discarded", "assistant", weight=0.0),
        node("c", "b", " ", "assistant"),
        node("d", "c", "hi", "assistant", create_time=2),
    )
    conversation["mapping"]["c"]["message"]["content"] = {
        "content_type": "thoughts",
        "thoughts": [{"content": "…"}],
    }
    assert contents(conversation) == ["hello", "hi"]


def test_chatgpt_cycles_and_dangling_parents_end() -> None:
    cycle = tree(node("a", "b", "one", create_time=1), node("b", "a", "two", create_time=2))
    assert contents(cycle) == ["one", "two"]
    assert contents({**tree(node("a", "a", "self")), "current_node": "a"}) == ["self"]
    assert contents(tree(node("a", "gone", "orphan"))) == ["orphan"]
    assert contents({**tree(node("a", ["x"], "odd")), "current_node": {"x": 1}}) == ["odd"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"content_type": "code", "language": "python", "text": "1 + 1"}, "```python\n1 + 1\n```"),
        ({"content_type": "code", "language": "unknown", "text": "ls"}, "```\nls\n```"),
        ({"content_type": "execution_output", "text": "2"}, "2"),
        ({"content_type": "tether_quote", "url": "u", "title": "t", "text": "quoted"}, "quoted"),
        ({"content_type": "tether_browsing_display", "result": "page", "summary": None}, "page"),
        (
            {
                "content_type": "multimodal_text",
                "parts": [{"content_type": "image_asset_pointer"}, "what is it"],
            },
            "what is it",
        ),
        (
            {
                "content_type": "multimodal_text",
                "parts": [{"content_type": "audio_transcription", "text": "hm"}],
            },
            "hm",
        ),
    ],
)
def test_chatgpt_content_types(content: dict[str, Any], expected: str) -> None:
    conversation = tree(node("a", None, "x"))
    conversation["mapping"]["a"]["message"]["content"] = content
    assert contents(conversation) == [expected]


def test_a_chatgpt_node_outside_its_tree_is_read_too() -> None:
    assert only([node("a", None, "hello", id="m1", create_time=3)]) == Message(0, "m1", "user", "hello", "3", None)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, None),
        ("", None),
        (" \n", None),
        ("  plain text ", "  plain text "),
        ('[{"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {}}]', "hi"),
        (' [{"type": "text", "text": ""}]', None),
        ("[broken", "[broken"),
        ('[{"type": "Feature", "geometry": null}]', '[{"type": "Feature", "geometry": null}]'),
        ("nul\x00 gone", "nul gone"),
    ],
)
def test_content_text_flattens_only_contents(raw: str | None, expected: str | None) -> None:
    assert content_text(raw) == expected


def storable(text: str | None) -> bool:
    return text is None or (bool(text.strip()) and "\x00" not in text and text.encode("utf-8") is not None)


@given(json_values)
@settings(max_examples=300)
def test_any_json_gives_storable_rows(value: Any) -> None:
    messages = parse_messages(json.dumps(value))
    assert [message.position for message in messages] == list(range(len(messages)))
    for message in messages:
        assert all(storable(field) for field in message[1:])


@given(st.text(alphabet=st.characters()) | st.text(alphabet='[]{}",:\\ \ud800\x00a1'))
@settings(max_examples=300)
def test_any_text_gives_storable_rows(raw: str) -> None:
    assert all(storable(field) for message in parse_messages(raw) for field in message[1:])
    assert storable(content_text(raw))
    assert all(storable(text) for _, text in parse_content("user", raw))


def test_an_answer_that_was_written_out_once_more_and_a_body_of_whatsapp_are_their_words() -> None:
    assert contents({"input": '{"messages": [{"role": "user", "content": "hi"}]}', "output": '"Hello."'}) == [
        "hi",
        "Hello.",
    ]
    assert content_text('{"body": "hi", "preview_url": false}') == "hi"
    assert content_text('{"body": "hi", "to": "x"}') == '{"body": "hi", "to": "x"}'


def test_words_that_a_column_beside_a_sender_holds_as_a_content_are_read() -> None:
    part = json.dumps([{"type": "text", "text": "hi"}])
    events = [{"from_agent": "false", "body": part}, {"author": '{"type": "admin"}', "body": '{"a": 1}'}]
    said = parse_messages(json.dumps({"kura_events": events}))
    assert [(message.role, message.content) for message in said] == [("user", "hi"), ("admin", '{"a": 1}')]


@pytest.mark.parametrize(
    ("sign", "is_user"), [("is_bot", False), ("isFromUser", True), ("is_human", True), ("incoming", True)]
)
def test_a_sign_may_be_written_as_a_number(sign: str, is_user: bool) -> None:
    for value, holds in ((1, True), ("0", False), ("t", True), (False, False)):
        assert only({sign: value, "text": "hi"}).role == ("user" if holds == is_user else "assistant")


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps([{"role": "user", "content": "x" * 1_000_000}]),
        json.dumps([{"role": "user", "content": "\x00\ud800" * 100_000}]),
        "[" * 1_000_000,
        '{"a":' * 200_000,
        '"\\"' * 300_000,
        "[" * 300 + '"' + '\\"' * 500_000,
        "[" + "1" * 1_000_000 + "]",
        "[" + '{"id":1},' * 110_000 + "{}]",
        json.dumps(tree(*(node(str(i), str(i - 1), "x") for i in range(5_000)))),
        json.dumps(tree(*(node(str(i), "0", "x") for i in range(5_000)))),
        json.dumps([{"role": "user", "content": "<system-reminder>" * 60_000}]),
        json.dumps([{"role": "user", "content": "<user_query>" * 80_000}]),
        json.dumps([{"role": "assistant", "content": '<details type="reasoning">' * 40_000}]),
        json.dumps([{"id": str(i), "parentId": "0", "role": "user", "content": "x"} for i in range(20_000)]),
        json.dumps({f"gen_ai.prompt.{i}.content": "x" for i in range(30_000)}),
    ],
    ids=lambda raw: f"{raw[:12]!r}…{len(raw)}",
)
def test_a_megabyte_of_anything_takes_no_longer_by_far_than_an_ordinary_one(raw: str) -> None:
    def read(text: str) -> None:
        parse_messages(text)
        content_text(text)
        parse_content("user", text)

    ordinary = json.dumps([{"role": "user", "content": f"where is my parcel number {i}?"} for i in range(16_000)])
    assert seconds(lambda: read(raw)) < 30 * seconds(lambda: read(ordinary))

"""Conversations in several rows are one, in order, without repetitions and without losses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.text.messages import parse_messages

Turn = tuple[str, str]


def read(calls: list[dict[str, Any]]) -> list[str | None]:
    return [message.content for message in parse_messages(json.dumps({"kura_calls": calls}))]


def call(asked: list[Turn], answer: str, number: int, **more: Any) -> dict[str, Any]:
    """A call that was told some turns before its last question."""
    history = [
        message
        for question, reply in asked[:-1]
        for message in ({"role": "user", "content": question}, {"role": "assistant", "content": reply})
    ]
    messages = [*history, {"role": "user", "content": asked[-1][0]}]
    return {
        "input": {"messages": messages},
        "output": answer,
        "kura_id": f"t{number}",
        "kura_time": str(number),
        **more,
    }


def test_each_turn_of_a_history_has_the_time_of_the_call_that_was_told_it_first() -> None:
    said = [(f"question {number}", f"answer {number}") for number in range(4)]
    calls = [call(said[: at + 1], said[at][1], at) for at in range(4)]
    read = parse_messages(json.dumps({"kura_calls": calls}))
    assert [message.created_at for message in read] == ["0", "0", "1", "1", "2", "2", "3", "3"]
    read = parse_messages(json.dumps({"kura_calls": calls[2:]}))  # nobody knows when the first two were
    assert [message.created_at for message in read] == [None] * 4 + ["2", "2", "3", "3"]


turns = st.lists(st.tuples(st.text("abc", min_size=1), st.text("xyz", min_size=1)), min_size=1, max_size=8)


@given(turns, st.integers(1, 9))
@settings(max_examples=200)
def test_calls_that_were_told_the_whole_history_give_each_turn_once(said: list[Turn], step: int) -> None:
    states = [call(said[: at + 1], said[at][1], at) for at in range(0, len(said), step)]
    states.append(call(said, said[-1][1], len(said)))
    assert read(states if len(said) > 1 else states[:1]) == [text for turn in said for text in turn]


@given(turns)
@settings(max_examples=200)
def test_calls_of_one_turn_each_give_all_turns_also_where_two_say_the_same(said: list[Turn]) -> None:
    calls = [
        {"input": asked, "output": reply, "kura_id": f"t{at}", "kura_time": str(at)}
        for at, (asked, reply) in enumerate(said)
    ]
    assert read(calls) == [text for turn in said for text in turn]


@given(st.integers(3, 12), st.integers(2, 5))
def test_calls_that_were_told_the_last_turns_give_each_turn_once(count: int, window: int) -> None:
    said = [(f"question {at}", f"answer {at}") for at in range(count)]
    calls = [call(said[max(0, at - window + 1) : at + 1], said[at][1], at) for at in range(count)]
    assert read(calls) == [text for turn in said for text in turn]


def test_a_prompt_of_the_system_that_every_call_repeats_comes_once() -> None:
    calls = [
        {
            "system": "Be brief.",
            "messages": [{"role": "user", "content": f"question {at}"}],
            "output": f"answer {at}",
            "kura_time": str(at),
        }
        for at in range(3)
    ]
    assert read(calls) == ["Be brief.", *(text for at in range(3) for text in (f"question {at}", f"answer {at}"))]


def test_calls_inside_one_that_says_something_are_no_turns_of_their_own() -> None:
    outer = {"input": "where is it", "output": "In Lund.", "kura_id": "a"}
    inner = {"input": "Classify: where is it", "output": "tracking", "kura_id": "b", "kura_parent": "a"}
    deeper = {"input": "tool", "output": "{}", "kura_id": "c", "kura_parent": "b"}
    assert read([outer, inner, deeper]) == ["where is it", "In Lund."]
    silent = {"input": None, "output": None, "kura_id": "a"}
    assert read([silent, {**inner, "input": "where is it", "output": "In Lund."}, deeper]) == [
        "where is it",
        "In Lund.",
    ]
    listed = {**inner, "kura_parent": '["z", "a"]'}
    assert read([outer, listed]) == ["where is it", "In Lund."]


def test_what_a_program_handed_on_says_nothing_around_a_call_that_does() -> None:
    handed = json.dumps({"agent": "role='writer' goal='kettles'", "raw": 7})
    inner = call([("q1", "")], "a1", 2, kura_parent="t1")
    assert read([{"input": handed, "output": handed, "kura_id": "t1", "kura_time": "1"}, inner]) == ["q1", "a1"]
    assert read([{"input": handed, "output": "done", "kura_id": "t1", "kura_time": "1"}, inner]) == [handed, "done"]


def test_of_a_call_that_was_exported_twice_the_longer_state_counts() -> None:
    early = {"input": "where is it", "kura_id": "a"}
    assert read([early, {**early, "output": "In Lund."}]) == ["where is it", "In Lund."]
    assert read([{**early, "output": "In Lund."}, early]) == ["where is it", "In Lund."]


def test_an_answer_comes_after_its_question_where_nothing_has_a_time() -> None:
    answer = {"response": {"body": {"choices": [{"message": {"role": "assistant", "content": "In Lund."}}]}}}
    assert read([answer, {"body": {"messages": [{"role": "user", "content": "where is it"}]}}]) == [
        "where is it",
        "In Lund.",
    ]


def test_events_that_a_resumed_log_copied_come_once() -> None:
    event = {"type": "user", "uuid": "u", "sessionId": "s", "message": {"role": "user", "content": "hello there"}}
    events = {"kura_events": [event, event, {**event, "uuid": "v"}]}
    assert [message.content for message in parse_messages(json.dumps(events))] == ["hello there"] * 2


@pytest.mark.parametrize(
    "value", [{"kura_events": [{"type": "summary", "summary": "x"}]}, {"kura_calls": [{"attributes": {"a": 1}}]}]
)
def test_a_line_that_is_no_message_says_so(value: Any) -> None:
    assert [message.error for message in parse_messages(json.dumps(value))] == ["event_without_words"]


PLACES: dict[str, tuple[list[list[Any]], list[str]]] = {
    "texts": ([["ask", "where is it"], ["reply", "In Lund."]], ["user", "assistant"]),
    "known words in another order": ([["answer", "In Lund."], ["question", "where is it"]], ["assistant", "user"]),
    "with a prompt": ([["system_prompt", "Be brief."], ["ask", "where is it"], ["reply", "In Lund."]], ["system", "user", "assistant"]),
    "lists": (
        [["a", [{"role": "user", "content": "where is it"}]], ["b", [{"role": "assistant", "content": "In Lund."}]]],
        ["user", "assistant"],
    ),
    "nothing in one": ([["ask", None], ["reply", "In Lund."]], ["assistant"]),
}  # fmt: skip


@pytest.mark.parametrize("case", PLACES)
def test_messages_in_several_places_are_read_in_their_order(case: str) -> None:
    places, roles = PLACES[case]
    held = {"kura_places": [{"name": name, "held": held} for name, held in places]}
    assert [message.role for message in parse_messages(json.dumps({"kura_calls": [held]}))] == roles
    assert [message.role for message in parse_messages(json.dumps(held))] == roles


KEYS = [
    "input", "output", "messages", "role", "content", "kura_id", "kura_parent", "kura_time", "kura_places", "name", "held", "type",
    "attributes", "body",
]  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab<>/", max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@given(st.sampled_from(["kura_calls", "kura_events", "kura_places"]), anything)
@settings(max_examples=300)
def test_anything_gathered_gives_rows(kind: str, held: Any) -> None:
    messages = parse_messages(json.dumps({kind: held if isinstance(held, list) else [held]}))
    assert [message.position for message in messages] == list(range(len(messages)))


# --- speakers by the names that kura_roles gives


def named(value: Any, roles: dict[str, str]) -> list[tuple[str | None, str | None]]:
    raw = json.dumps({"kura_roles": roles, "kura_conversation": value})
    return [(message.role, message.content) for message in parse_messages(raw)]


SHAPES: dict[str, Any] = {
    "role": lambda who, text: {"role": who, "content": text},
    "from": lambda who, text: {"from": who, "value": text},
    "type": lambda who, text: {"type": who, "content": text},
    "langchain": lambda who, text: {"type": who, "data": {"content": text, "type": who}},
    "name": lambda who, text: {"name": who, "text": text},
    "speaker": lambda who, text: {"speaker": who, "text": text},
    "author": lambda who, text: {"author": {"name": who}, "body": text},
    "librechat": lambda who, text: {"sender": who, "isCreatedByUser": False, "text": text},
    "parts": lambda who, text: {"role": who, "content": [{"type": "text", "text": text}]},
    "ui": lambda who, text: {"role": who, "parts": [{"type": "text", "text": text}]},
    "event": lambda who, text: {"message": {"role": who, "content": text}},
    "pair": lambda who, text: [who, text],
}


@pytest.mark.parametrize("shape", SHAPES)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Dr_Jones", " kunde", "Robot 9"]), st.text("abc", min_size=1)),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=30)
def test_speakers_are_known_by_their_names_in_every_shape(shape: str, said: list[tuple[str, str]]) -> None:
    roles = {"dr_jones": "user", "Kunde": "user", "robot 9": "assistant"}
    conversation = [SHAPES[shape](who, text) for who, text in said]
    expected = [(who.strip().lower(), text) for who, text in said]
    assert named(conversation, roles) == expected
    assert named({"messages": conversation}, roles) == expected


def test_a_named_machines_reasoning_is_left_out_and_a_named_persons_words_are_not() -> None:
    text = "<think>hm</think> In Lund."
    assert named([{"role": "r9", "content": text}], {"r9": "assistant"}) == [("r9", "In Lund.")]
    assert named([{"role": "r9", "content": text}], {"r9": "user"}) == [("r9", text)]


def test_names_of_speakers_change_nothing_else() -> None:
    conversation = [
        {"role": "user", "content": [{"type": "tool_result", "content": "label"}, {"type": "text", "text": "why"}]},
        {"role": "assistant", "name": "kunde", "content": "because"},
    ]
    assert named(conversation, {"kunde": "user", "text": "system"}) == [
        ("tool", "label"),
        ("user", "why"),
        ("assistant", "because"),
    ]

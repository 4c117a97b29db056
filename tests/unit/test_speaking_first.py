"""Who speaks where no role says so: who begins, whose turn it is, what a form of export makes certain."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kura_udfs.text.messages import parse_content, parse_messages

LEAK, WHEN, MONDAY, SENT = "My kettle leaks", "Since when?", "Monday", "Send it in."
TEXTS = [LEAK, WHEN, MONDAY, SENT]
TURNS = [("user", LEAK), ("assistant", WHEN), ("user", MONDAY), ("assistant", SENT)]
FIRST = {"*first": "user", "*": "assistant"}


def said(value: Any, roles: dict[str, str] | None = None) -> list[tuple[str | None, str | None]]:
    held = {"kura_roles": roles, "kura_conversation": value} if roles else value
    return [(each.role, each.content) for each in parse_messages(held if isinstance(held, str) else json.dumps(held))]


def turns_of(first: str, second: str) -> list[tuple[str, str]]:
    return [(second if at % 2 else first, text) for at, text in enumerate(TEXTS)]


def lines(first: str, second: str, form: str) -> str:
    return "\n".join(
        form.format(at=at, name=name, text=text) for at, (name, text) in enumerate(turns_of(first, second))
    )


@pytest.mark.parametrize(
    "value", [TEXTS, [{"text": text, "metadata": {}} for text in TEXTS], {"kura_calls": [{"log": TEXTS}]}]
)
def test_in_a_list_in_which_nobody_is_named_two_take_turns_where_a_project_says_who_begins(value: Any) -> None:
    assert said(value, FIRST) == turns_of("first", "second")
    assert {role for role, _ in said(value)} == {None}


def test_texts_of_a_list_that_all_begin_with_a_speaker_are_what_those_say() -> None:
    assert said([f"Customer: {LEAK}", f"Agent: {WHEN}\nNote: please", "customer: Step 1: no"]) == [
        ("customer", LEAK),
        ("agent", f"{WHEN}\nNote: please"),
        ("customer", "Step 1: no"),
    ]
    assert said([f"Ann: {LEAK}", f"Bo: {WHEN}"], {"ann": "user", "bo": "assistant"}) == [("ann", LEAK), ("bo", WHEN)]
    others = [f"Customer: {LEAK}", WHEN], [f"Customer: {LEAK}\nAgent: {WHEN}", f"Agent: {SENT}"]
    for texts in others:
        assert said(texts, FIRST) == [("first", texts[0]), ("second", texts[1])]
        assert [role for role, _ in said(texts)] == [None, None]


def test_a_list_in_which_somebody_is_named_has_no_turns() -> None:
    named = [{"text": LEAK}, {"speaker": "bo", "text": WHEN}]
    assert said(named, FIRST) == [(None, LEAK), ("bo", WHEN)]
    assert said([LEAK], FIRST) == [(None, None)]
    parts = [{"role": "user", "content": [LEAK, MONDAY]}]
    assert said(parts, FIRST) == [("user", f"{LEAK}\n{MONDAY}")]


@pytest.mark.parametrize(
    ("form", "first", "second"),
    [
        ("{name}: {text}", "Ann Lee", "Bo Roe"),
        ("{name}: {text}", "Speaker 1", "Speaker 2"),
        ("#{name}#: {text}", "Person1", "Person2"),
        ("[10:0{at}] <{name}> {text}", "ann", "bo"),
        ("[10:0{at}] {name}: {text}", "Ann", "Bo"),
    ],
)
def test_names_of_people_begin_turns_of_a_transcript_where_a_project_says_who_begins(
    form: str, first: str, second: str
) -> None:
    assert said(lines(first, second, form), FIRST) == turns_of(first.lower(), second.lower())
    assert len(said(lines(first, second, form))) == 1


def test_words_before_a_colon_are_nobody_and_known_speakers_stay() -> None:
    assert said(f"Ann: {LEAK}\nNote: it drips\nBo: {WHEN}\nAnn: {MONDAY}\nBo: {SENT}", FIRST)[0] == (
        "ann",
        f"{LEAK}\nNote: it drips",
    )
    assert said(lines("Customer", "Agent", "{name}: {text}"), FIRST) == turns_of("customer", "agent")
    chat = f"[16:00] <ann> {LEAK}\n=== carl joined\n[16:01] -!- dan has quit\n[16:02] <bo> {WHEN}"
    assert said(chat, FIRST) == [("ann", LEAK), ("bo", WHEN)]


def test_subtitles_with_names_of_people_are_read_where_a_project_says_who_begins() -> None:
    cues = "WEBVTT\n\n" + lines("Ann", "Bo", "00:00:0{at}.000 --> 00:00:0{at}.900\n{name}: {text}\n")
    assert said(cues, FIRST) == turns_of("ann", "bo")


def test_of_people_in_discord_not_all_ask_where_a_project_says_who_begins() -> None:
    chat = [{"content": text, "author": {"name": name, "isBot": False}} for name, text in turns_of("Ann", "Bo")]
    assert said(chat, FIRST) == turns_of("ann", "bo")
    assert said(chat, {"Bo": "assistant", **FIRST}) == turns_of("ann", "bo")
    assert {role for role, _ in said(chat)} == {"user"}


def test_in_a_chat_with_days_who_speaks_once_speaks_too_and_the_chat_itself_does_not() -> None:
    notice = "Kettles: Messages and calls are end-to-end encrypted. Nobody outside, not even WhatsApp, can read them."
    told = [
        notice,
        f"Ann: {LEAK}",
        f"Bo: {WHEN}",
        f"Cy & Di: {MONDAY}",
        f"Ann: {SENT}",
        f"bo's phone: {LEAK}",
        f"Bo: {WHEN}",
    ]
    chat = "\n".join(f"06.08.2016, 13:2{at} - {line}" for at, line in enumerate(told))
    names = ["ann", "bo", "cy & di", "ann", "bo's phone", "bo"]
    assert [role for role, _ in said(chat, FIRST)] == names


@pytest.mark.parametrize(
    ("question", "answer"),
    [("question", "answer"), ("human", "assistant"), ("user", "bot"), ("input", "output"), ("prompt", "response")],
)
def test_entries_that_are_a_question_and_its_answer_are_two_messages(question: str, answer: str) -> None:
    time = "2026-05-01T10:00:00Z"
    pairs = [{question: LEAK, answer: WHEN, "created_at": time}, {question: MONDAY, answer: SENT}]
    assert said(pairs) == TURNS
    assert parse_messages(json.dumps(pairs))[1].created_at == time
    assert said([{question: LEAK}, {answer: WHEN}, {question: MONDAY}, {answer: SENT}]) == TURNS
    assert said([{question: LEAK, "text": MONDAY}])[0][0] is None


def test_pairs_begin_with_a_role_if_most_do_and_else_are_a_question_and_its_answer() -> None:
    spoken = [["customer", LEAK], ["agent", WHEN], ["action", "opened the account"]]
    assert said(spoken) == [("customer", LEAK), ("agent", WHEN), ("action", "opened the account")]
    assert said(spoken, {"action": "tool"}) == said(spoken)
    assert said([[LEAK, WHEN], ["agent", SENT]]) == [("user", LEAK), ("assistant", WHEN), ("agent", SENT)]


def test_a_list_that_is_kept_as_a_list_for_each_key_has_its_entries() -> None:
    columns = {"turn_id": ["0", "1"], "speaker": [0, 1], "utterance": TEXTS[:2]}
    assert said({"turns": columns}) == said(columns) == [("0", LEAK), ("1", WHEN)]
    assert said({"role": ["user"], "content": TEXTS[:2]}) == [(None, None)]
    signs = [{"is_bot": "No", "text": LEAK}, {"is_bot": "Yes", "text": WHEN}]
    assert said(signs) == TURNS[:2]


def test_a_chat_of_line_has_its_days_and_what_is_said_in_several_lines() -> None:
    chat = (
        "[LINE] Chat history with Ann\r\nSaved on: 2026/05/03 09:00\r\n\r\n2026/05/01(Fri)\r\n"
        f'10:00\tAnn\t{LEAK}\r\n10:01\tShop\t"{WHEN}\r\nRoughly?"\r\n10:02\tAnn unsent a message.\r\n\r\n2026/05/02(Sat)\r\n'
        f"09:00\tAnn\t{MONDAY}\r\n"
    )
    roles = {"shop": "assistant", **FIRST}
    assert said(chat, roles) == [("user", LEAK), ("shop", f"{WHEN}\nRoughly?"), ("user", MONDAY)]
    held = json.dumps({"kura_roles": roles, "kura_conversation": chat})
    assert [each.created_at for each in parse_messages(held)] == [
        "2026/05/01 10:00",
        "2026/05/01 10:01",
        "2026/05/02 09:00",
    ]


def test_of_a_preference_what_was_chosen_is_the_answer() -> None:
    written = f"\n\nHuman: {LEAK}\n\nAssistant: {WHEN}\n\nHuman: {MONDAY}\n\nAssistant: {SENT}"
    prompt = [{"role": role, "content": text} for role, text in TURNS[:3]]
    assert said({"chosen": written}) == said(written) == TURNS
    assert said({"prompt": written.removesuffix(f" {SENT}"), "chosen": SENT}) == TURNS
    assert said({"prompt": prompt, "chosen": [{"role": "assistant", "content": SENT}]}) == TURNS
    assert said({"prompt": LEAK, "chosen": "Human: who?"}) == [("user", LEAK), ("assistant", "Human: who?")]
    assert said(f"[|Human|] {LEAK} [|AI|] {WHEN}") == TURNS[:2]


def test_what_assistants_of_editors_and_platforms_write_is_read() -> None:
    copilot = [{"requestId": "r1", "message": {"text": LEAK}, "response": [{"value": "Since "}, {"value": "when?"}]}]
    gemini = [{"type": "user", "content": LEAK}, {"type": "gemini", "content": WHEN}]
    takeout = {"title": f"Prompted {LEAK}", "safeHtmlItem": [{"html": WHEN}]}
    tawk = [{"sender": {"t": "user"}, "msg": LEAK}, {"sender": {"t": "agent"}, "msg": WHEN}]
    azure = [{"speaker": at, "nBest": [{"display": text}]} for at, text in enumerate(TEXTS[:2], 1)]
    assert said(copilot) == said(takeout) == TURNS[:2]
    assert [text for _, text in said(gemini)] == [text for _, text in said(tawk)] == TEXTS[:2]
    assert [role for role, _ in said(gemini) + said(tawk)] == ["user", "gemini", "user", "agent"]
    assert said({"recognizedPhrases": azure}) == [("1", LEAK), ("2", WHEN)]
    assert parse_content("user", json.dumps([{"text": {"content": LEAK}}])) == [("user", LEAK)]


def test_calls_of_tools_in_autogens_events_are_calls() -> None:
    events: list[dict[str, Any]] = [
        {"source": "user", "type": "TextMessage", "content": LEAK},
        {"source": "bo", "type": "ToolCallRequestEvent", "content": [{"id": "k", "name": "find", "arguments": "{}"}]},
        {
            "source": "bo",
            "type": "ToolCallExecutionEvent",
            "content": [{"call_id": "k", "name": "find", "content": "ok"}],
        },
    ]
    assert said(events) == [("user", LEAK), ("assistant", "find({})"), ("tool", "ok")]
    [first, *_] = parse_messages(json.dumps(events))
    assert [(call["tool"], call["status"]) for call in json.loads(first.tool_calls or "[]")] == [("find", "ok")]
    kinds = ("UserMessage", "AssistantMessage", "FunctionExecutionResultMessage")  # as its core keeps them
    kept = [{**event, "type": kind} for event, kind in zip(events, kinds, strict=True)]
    del kept[2]["source"]
    assert said(kept) == said(events)

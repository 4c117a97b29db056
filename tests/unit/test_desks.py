"""What help desks, call centres, voice agents and bots keep, and who says what in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kura_udfs.text.messages import parse_messages

Q, A, NOTE = "where is my order", "It left on Monday.", "ask the carrier"
QA = [("user", Q), ("assistant", A)]
SIDES = {
    **dict.fromkeys(("customer", "external", "incoming", "end-user", "visitor"), "user"),
    **dict.fromkeys(("agent", "admin", "bot", "operator", "internal", "outgoing", "human_agent"), "assistant"),
}


def said(conversation: Any) -> list[tuple[str | None, str | None]]:
    """Who says what, with the roles that the models map: which those are the tests with dbt show."""
    messages = parse_messages(json.dumps(conversation))
    assert [message.error for message in messages] == [None] * len(messages)
    return [(SIDES.get(message.role or "", message.role), message.content) for message in messages]


ASKED_AND_ANSWERED: dict[str, Any] = {
    "intercom": {
        "id": "1",
        "source": {"type": "conversation", "body": Q, "author": {"type": "user", "id": "u"}},
        "conversation_parts": {
            "type": "conversation_part.list",
            "conversation_parts": [
                {"part_type": "assignment", "body": None, "author": {"type": "bot", "id": "b"}},
                {"part_type": "comment", "body": A, "author": {"type": "admin", "id": "a"}},
            ],
        },
    },
    "zendesk": {"description": Q, "requester_id": 1, "comments": [
        {"author_id": 1, "body": Q}, {"author_id": 2, "body": A},
    ]},
    "zendesk, with people": {"comments": [
        {"author_id": 1, "author": {"id": 1, "role": "end-user"}, "body": Q}, {"author_id": 2, "author": {"role": "agent"}, "body": A},
    ]},
    "freshdesk": {"description_text": Q, "requester_id": 1, "conversations": [{"body": A, "incoming": False, "user_id": 2}]},
    "livechat": {
        "users": [{"id": "c", "type": "customer"}, {"id": "a", "type": "agent"}],
        "thread": {"events": [
            {"type": "message", "text": Q, "author_id": "c"}, {"type": "message", "text": A, "author_id": "a"},
        ]},
    },
    "hubspot": {"messages": [{"direction": "INCOMING", "text": Q}, {"direction": "OUTGOING", "text": A}]},
    "front": {"messages": [{"is_inbound": True, "text": Q}, {"is_inbound": False, "text": A}]},
    "connect chat": {"ContactId": "1", "Transcript": [
        {"ParticipantRole": "CUSTOMER", "Content": Q, "Type": "MESSAGE"}, {"ParticipantRole": "AGENT", "Content": A},
    ]},
    "contact lens": {
        "Participants": [{"ParticipantId": "a", "ParticipantRole": "AGENT"}, {"ParticipantId": "c", "ParticipantRole": "CUSTOMER"}],
        "Transcript": [{"ParticipantId": "c", "Content": Q}, {"ParticipantId": "a", "Content": A}],
    },
    "genesys": {"transcripts": [{"phrases": [
        {"text": Q, "participantPurpose": "external"}, {"text": A, "participantPurpose": "internal"},
    ]}]},
    "contact centre of google": {"entries": [{"role": "CUSTOMER", "text": Q}, {"role": "HUMAN_AGENT", "text": A}]},
    "retell": {"transcript": f"Agent: {A}", "transcript_object": [
        {"role": "user", "content": Q, "words": []}, {"role": "agent", "content": A, "words": []},
    ]},
    "vapi": {"messages": [{"role": "user", "message": Q, "time": 1}, {"role": "bot", "message": A, "time": 2}]},
    "bland": {"transcripts": [{"user": "user", "text": Q}, {"user": "assistant", "text": A}]},
    "elevenlabs": {"transcript": [
        {"role": "user", "message": Q, "time_in_call_secs": 0}, {"role": "agent", "message": A, "time_in_call_secs": 4},
    ]},
    "rasa": {"events": [
        {"event": "action", "timestamp": 1.0, "name": "action_listen"}, {"event": "user", "timestamp": 2.0, "text": Q},
        {"event": "slot", "timestamp": 2.5, "name": "x", "value": None}, {"event": "bot", "timestamp": 3.0, "text": A},
    ]},
    "dialogflow": {
        "request": {"queryInput": {"text": {"text": Q}}},
        "response": {"queryResult": {"responseMessages": [{"text": {"text": [A]}}, {"payload": {}}]}},
    },
    "dialogflow, spoken": {
        "request": {"queryInput": {"audio": {}}},
        "response": {"queryResult": {"transcript": Q, "responseMessages": [{"text": {"text": [A]}}]}},
    },
    "copilot studio": {"activities": [
        {"type": "trace", "valueType": "SessionInfo", "value": {"type": "Engaged"}, "from": {"id": "b", "role": 0}},
        {"type": "message", "id": "1", "text": Q, "timestamp": 1772359200, "from": {"id": "u", "role": 1}},
        {"type": "event", "name": "x", "from": {"role": 0}},
        {"type": "message", "id": "2", "text": A, "timestamp": 1772359201, "from": {"id": "b", "role": 0}},
    ]},
    "bot framework": {"activities": [
        {"type": "message", "text": Q, "from": {"id": "u", "role": "user"}}, {"type": "message", "text": A, "from": {"role": "bot"}},
    ]},
    "a transcript": {"transcript": f"Customer: {Q}\nAgent: {A}"},
}  # fmt: skip


@pytest.mark.parametrize("kept", ASKED_AND_ANSWERED.values(), ids=ASKED_AND_ANSWERED.keys())
def test_a_question_and_its_answer_are_read_from(kept: Any) -> None:
    assert said(kept) == QA


@pytest.mark.parametrize(
    "mark", [{"public": False}, {"private": True}, {"part_type": "note"}, {"type": "note"}, {"internal": "true"}]
)
def test_what_colleagues_say_to_each_other_is_no_answer(mark: dict[str, Any]) -> None:
    kept = [{"from": "user", "body": Q}, {"from": "agent", "body": NOTE, **mark}, {"from": "agent", "body": A}]
    assert said({"comments": kept}) == [QA[0], ("system", NOTE), QA[1]]


def test_a_chat_with_a_model_that_is_not_shared_is_a_chat_all_the_same() -> None:
    assert (
        said([{"role": "user", "content": Q, "public": False}, {"role": "assistant", "content": A, "private": True}])
        == QA
    )


def test_a_ticket_that_nobody_has_answered_says_what_it_says() -> None:
    assert said({"description": Q, "requester_id": 7, "created_at": "2026-03-01T10:00:00Z"}) == QA[:1]


def test_what_a_ticket_is_about_is_not_said_twice_and_never_lost() -> None:
    longer = {
        "description": Q,
        "requester_id": 1,
        "comments": [{"author_id": 1, "html_body": f"<p>{Q}</p>", "body": f"{Q}, please"}],
    }
    assert said(longer) == [("user", f"{Q}, please")]
    answered = {"description": Q, "requester_id": 1, "comments": [{"author_id": 2, "body": A}]}
    assert said(answered) == QA


def test_the_subject_of_a_ticket_is_its_first_line() -> None:
    subject = ("user", "Order 7")
    assert said(
        {"subject": "Order 7", "description": Q, "requester_id": 1, "comments": [{"author_id": 2, "body": A}]}
    ) == [subject, *QA]
    assert said(
        {"subject": "Order 7", "description": Q, "requester_id": 1, "comments": [{"author_id": 1, "body": Q}]}
    ) == [subject, QA[0]]
    assert said({"subject": "Order 7", "source": {"subject": "Order 7", "body": Q, "author": {"type": "user"}}}) == [
        subject,
        QA[0],
    ]
    assert said({"subject": Q.upper(), "description": f"Hello, {Q}", "requester_id": 1}) == [("user", f"Hello, {Q}")]


def test_a_description_of_something_else_is_nobodys_words() -> None:
    assert said({"description": "a log of a bot", "messages": [{"role": "user", "content": Q}]}) == QA[:1]


def test_an_id_of_nobody_we_know_is_no_role() -> None:
    kept = {
        "participants": [{"id": "a", "role": "agent"}],
        "utterances": [{"participant_id": "a", "text": A}, {"participant_id": "x", "text": Q}],
    }
    assert said(kept) == [("assistant", A), (None, Q)]


@pytest.mark.parametrize("key", ["speaker", "sender", "from"])
def test_a_system_that_answers_users_is_an_assistant_and_a_prompt_is_none(key: str) -> None:
    dialogue = [{key: "USER", "text": Q}, {key: "SYSTEM", "text": A}, {key: "USER", "text": "thanks"}]
    assert said(dialogue) == [*QA, ("user", "thanks")]
    short = [{key: "USR", "text": Q}, {key: "SYS", "text": A}, {key: "SYS", "text": NOTE}]
    assert said(short) == [*QA, ("assistant", NOTE)]
    assert parse_messages(json.dumps([{"role": "sys", "content": Q}]))[0].role == "sys"
    others = [
        [{key: "system", "text": "Be brief."}, {key: "user", "text": Q}],
        [{key: "user", "text": Q}, {key: "system", "text": "Ann left"}, {key: "agent", "text": A}],
        [{"role": "user", "content": Q}, {"role": "system", "content": "Be brief."}],
        [{key: "user", "text": Q}, {key: "system", "text": NOTE, "private": True}],
    ]
    assert [[role for role, _ in said(each)].count("system") for each in others] == [1] * 4


def test_notes_below_an_issue_are_notes_and_a_form_with_answers_is_no_issue() -> None:
    document = {"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": A}]}]}
    comments = [
        {"author": {"accountId": "z"}, "body": document, "jsdPublic": True},
        {"author": {"accountId": "z"}, "body": NOTE, "jsdPublic": False},
    ]
    issue = {"summary": "Order", "description": Q, "reporter": {"accountId": "a"}, "comment": {"comments": comments}}
    assert said(issue) == [("user", "Order"), *QA, ("system", NOTE)]
    assert parse_messages(json.dumps({"title": "t", "author": "a", "answers": [{"text": "no"}]}))[0].content is None


@pytest.mark.parametrize(
    ("keys", "turn"),
    [
        (("results", "utterances"), lambda who, text: {"speaker": who, "transcript": text}),
        (("results", "audio_segments"), lambda who, text: {"speaker_label": who, "transcript": text, "items": [1]}),
        (("transcript",), lambda who, text: {"speakerId": who, "sentences": [{"start": 1, "text": text}]}),
    ],
)
def test_speakers_of_a_recording_may_be_numbers_for_a_project_to_name(keys: tuple[str, ...], turn: Any) -> None:
    turns = [turn(0, Q), turn(1, A)]
    recording = {keys[-1]: turns, "transcripts": [{"transcript": f"{Q} {A}"}]}
    assert said(recording) == [("0", Q), ("1", A)]

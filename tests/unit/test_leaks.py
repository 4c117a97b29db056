"""Answers that repeat what the model was told."""

from __future__ import annotations

import json

import pytest

from kura_udfs.llm.answers import fit_to_keep
from kura_udfs.llm.leaks import repeats
from kura_udfs.llm.requests import Answer
from kura_udfs.prompting.prompts import load_prompts
from kura_udfs.settings import RedactionSettings

TOLD = "You describe one conversation between a user and an AI assistant, for a table\nof statistics. Say so."


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"summary": "You describe one conversation between a user and an AI assistant."}, True),
        ({"languages": ["YOU DESCRIBE ONE   CONVERSATION, between a user and"]}, True),
        ({"summary": "first\n", "request": "assistant, for a table\nof statistics. Say so."}, True),
        ({"summary": "The user asks to describe one conversation between a user and somebody."}, False),
        ({"summary": "The parcel of the user is late."}, False),
        ({}, False),
    ],
)
def test_a_row_of_words_gives_it_away(content: object, found: bool) -> None:
    assert repeats(json.dumps(content), TOLD) == found


def test_no_instructions_and_no_examples_in_them_are_taken_for_a_leak_of_another_prompt() -> None:
    assert not repeats(json.dumps({"summary": "x " * 20}), "")
    for template in load_prompts().values():
        assert repeats(json.dumps({"summary": template.system}), template.system)
        assert not repeats(
            json.dumps({"request": "find out why a parcel is late", "topic": "parcel tracking"}), template.system
        )


def test_such_an_answer_is_a_failure_and_is_not_kept() -> None:
    answer = Answer("k", "ok", json.dumps({"summary": TOLD}), None, "m", 1, 2, 0.5, 1, 0, 0.0, "subject")
    kept = fit_to_keep(answer, TOLD)
    assert (kept.status, kept.content, kept.error) == ("failed", None, "invalid_answer: repeats its instructions")
    assert (kept.cost_usd, kept.output_tokens, kept.subject) == (0.5, 2, "subject")


def test_personal_data_in_an_answer_is_redacted_and_nothing_else_of_it_changed() -> None:
    said = {"summary": 'mail "jo@example.org"', "languages": ["+49 170 1234567", "German"], "score": 3, "none": None}
    kept = fit_to_keep(Answer("k", "ok", json.dumps(said), None, "m", 1, 1, None, 1, 0, 0.0), "")
    assert json.loads(kept.content or "") == said | {"summary": 'mail "[email]"', "languages": ["[phone]", "German"]}
    harmless = '{"summary":"a  parcel \\u00e9"}'
    assert fit_to_keep(Answer("k", "ok", harmless, None, "m", 1, 1, None, 1, 0, 0.0), "").content == harmless


def test_what_the_user_has_redacted_is_redacted_in_answers() -> None:
    said = {"summary": "Ask E-123456 about it", "languages": ["E-654321"]}
    redaction = RedactionSettings({"staff": r"E-\d{6}"})
    kept = fit_to_keep(Answer("k", "ok", json.dumps(said), None, "m", 1, 1, None, 1, 0, 0.0), "", redaction)
    assert json.loads(kept.content or "") == {"summary": "Ask [staff] about it", "languages": ["[staff]"]}

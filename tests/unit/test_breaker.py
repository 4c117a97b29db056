from __future__ import annotations

from collections import Counter

import pytest

from kura_udfs.errors import KuraError
from kura_udfs.llm.breaker import Breaker


def run(outcomes: str) -> int:
    """Note one outcome after the other (`.` answered, `x` failed, `r` rate limited); return how many were asked."""
    breaker = Breaker("some-model")
    errors = {"x": "invalid_answer", "r": "rate_limited", "s": "server_error: HTTP 500"}
    for asked, outcome in enumerate(outcomes, 1):
        try:
            breaker.note(int(outcome == "."), Counter([errors[outcome]] if outcome in errors else ()))
        except KuraError:
            return asked
    return len(outcomes) + 1


def test_a_model_that_never_answers_is_asked_twenty_questions() -> None:
    assert run("x" * 500) == 20


def test_a_model_that_fails_every_second_question_is_stopped_at_two_hundred() -> None:
    assert run("x." * 500) == 200
    assert run("x.." * 500) > 1500


def test_a_model_that_stops_working_in_the_middle_is_noticed() -> None:
    assert run("." * 1000 + "s" * 500) == 1200


def test_a_server_that_is_slow_is_no_broken_model() -> None:
    assert run(("r" * 19 + ".") * 50) > 1000


def test_a_server_that_takes_nothing_any_more_is_not_asked_all_night() -> None:
    assert run("." * 100 + "r" * 500) == 120


def test_whole_statements_count_like_single_questions() -> None:
    with pytest.raises(KuraError, match="failed 150 of 200"):
        Breaker("m").note(50, Counter({"refused": 150}))
    Breaker("m").note(150, Counter({"refused": 50}))


def test_the_error_names_the_commonest_reason_and_what_to_do() -> None:
    breaker = Breaker("some-model")
    breaker.note(0, Counter({"refused": 3, "cut_off: at 1,040 output tokens": 12}))
    with pytest.raises(KuraError) as stopped:
        breaker.note(0, Counter({"refused": 5}))
    assert "some-model" in str(stopped.value)
    assert "cut_off: at 1,040 output tokens" in str(stopped.value)
    assert "kura_llm_model" in str(stopped.value)
    assert "is not paid for again" in str(stopped.value)


def test_a_page_in_the_place_of_answers_is_no_model_and_points_to_the_address() -> None:
    with pytest.raises(KuraError, match="OPENAI_BASE_URL"):
        Breaker("m").note(0, Counter({"server_error: no JSON inside HTTP 200": 20}))
    with pytest.raises(KuraError, match="Look at the server"):
        Breaker("m").note(0, Counter({"server_error: HTTP 500": 20}))

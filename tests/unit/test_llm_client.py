from __future__ import annotations

import gzip
import itertools
import json
import logging
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pydantic
import pytest

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai import bridge, calls, dialects
from kura_udfs.llm.openai.client import Totals, answers
from kura_udfs.llm.requests import Answer, Prompt, Request, request_key
from kura_udfs.settings import ModelSettings
from tests.support.standin import GARBAGE, HANG, HTML, RESET, Call, Reply, StandIn, completion, error, fitting

GOOD = '{"summary":"They ask about a parcel.","score":3}'
PRICES = {"m": {"input": 10.0, "output": 50.0}}
COST = (100 * 10.0 + 20 * 50.0) / 1e6  # of one of the stand-in's answers


class Facets(pydantic.BaseModel):
    summary: str = pydantic.Field(max_length=100)
    score: int = pydantic.Field(ge=1, le=5)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "FIRST_BACKOFF", 0.002)
    monkeypatch.setattr(dialects, "_learnt", {})  # a later stand-in may have the port of an earlier one
    monkeypatch.setattr(dialects, "_proven", set())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def question(
    key: str = "a",
    text: str = "Where is my parcel?",
    shorten: Callable[[float], Prompt] | None = None,
    model: str = "m",
) -> Request:
    return Request(key, Prompt("Summarise.", text), Facets, model, 200, shorten)


def questions(count: int) -> list[Request]:
    return [question(f"{number}", f"Question {number}.") for number in range(count)]


def ask(server: StandIn, requests: list[Request] | None = None, **settings: Any) -> list[Answer]:
    chosen: dict[str, Any] = {"openai_base_url": server.url, "api_key": "k", "timeout": 5.0} | settings
    return list(answers(requests or [question()], ModelSettings(**chosen)))


def only(server: StandIn, request: Request | None = None, **settings: Any) -> Answer:
    [answer] = ask(server, [request or question()], **settings)
    return answer


def first_then(*replies: Reply, then: Reply | None = None) -> Callable[[Call], Reply]:
    """Reply to the first calls in turn, then always with `then`."""
    rest = then or completion(GOOD)
    return lambda call: replies[call.number] if call.number < len(replies) else rest


def for_one(key: str, *replies: Reply) -> Callable[[Call], Reply]:
    """Reply to the questions about `key` in turn, the last reply over and over; to all others well."""
    counter = itertools.count()
    return lambda call: (
        replies[min(next(counter), len(replies) - 1)] if f"Question {key}." in call.user else completion(GOOD)
    )


def always(reply: Reply) -> Callable[[Call], Reply]:
    return lambda call: reply


def until_stopped(requests: Iterable[Request], settings: ModelSettings) -> tuple[list[Answer], str]:
    """Ask until an error ends it; return what was answered before, and what the error says."""
    found: list[Answer] = []
    try:
        for answer in answers(requests, settings):
            found.append(answer)  # noqa: PERF402  # kept though the loop ends with an error
    except KuraError as error:
        return found, f"{type(error).__name__}: {error}"
    raise AssertionError("nothing stopped it")


# what comes of a question


def test_each_request_gets_a_validated_answer_with_its_tokens_and_cost() -> None:
    with StandIn(lambda call: completion(GOOD, model="m-2026-01-01")) as server:
        found = ask(server, questions(120), llm_prices=PRICES)
    assert sorted(answer.key for answer in found) == sorted(map(str, range(120)))
    assert {(answer.status, answer.content, answer.error, answer.model) for answer in found} == {
        ("ok", GOOD, None, "m-2026-01-01")
    }
    assert {(answer.input_tokens, answer.output_tokens, answer.calls, answer.retries) for answer in found} == {
        (100, 20, 1, 0)
    }
    assert all(answer.cost_usd == pytest.approx(COST) for answer in found)
    assert len(server.calls) == 120


@pytest.mark.parametrize(("encoding", "packed"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_an_answer_may_be_packed(encoding: str, packed: Callable[[bytes], bytes]) -> None:
    reply = completion(GOOD, headers={"Content-Encoding": encoding})
    with StandIn(lambda call: reply._replace(body=packed(reply.body))) as server:
        answer = only(server)
    assert (answer.content, answer.calls) == (GOOD, 1)


def test_what_an_answer_unpacks_to_is_stopped_on_its_way() -> None:
    bomb = Reply(gzip.compress(bytes(400 << 20)), headers={"Content-Encoding": "gzip"})
    with StandIn(first_then(completion(GOOD), bomb)) as server:
        only(server)  # loads what it needs
        tracemalloc.start()
        answer = only(server)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert (answer.content, answer.calls) == (GOOD, 2)
    assert most < 50 << 20


def test_no_requests_need_no_server() -> None:
    assert list(answers([], ModelSettings(openai_base_url="http://127.0.0.1:1/v1"))) == []


def test_the_cost_is_none_where_the_price_or_the_tokens_are_not_known() -> None:
    with StandIn(lambda call: completion(GOOD, usage={} if "secret" in call.user else None)) as server:
        assert only(server).cost_usd is None
        unknown = only(server, question(text="secret"), llm_prices=PRICES)
    assert (unknown.status, unknown.cost_usd, unknown.input_tokens) == ("ok", None, 0)


@pytest.mark.parametrize(
    "said",
    [
        f"```json\n{GOOD}\n```",
        f"Sure! Here it is: {GOOD} I hope {{this}} helps.",
        f'<think>{{"summary": "no"}} hm</think>\n{GOOD}',
        '{"summary": "They ask about a parcel.", "score": "3", "more": 1}',
    ],
)
def test_json_is_found_in_fences_in_prose_and_after_reasoning(said: str) -> None:
    with StandIn(lambda call: completion(said)) as server:
        answer = only(server)
    assert (answer.content, answer.calls) == (GOOD, 1)


# faults that pass


PASSING = {
    "rate_limited": error(429),
    "server_error: HTTP 500": error(500),
    "server_error: HTTP 503": Reply(b"<html>busy</html>", 503, content_type="text/html"),
    "server_error: inside HTTP 200": Reply(b'{"error": {"code": "upstream", "message": "upstream"}}'),
    "connection_lost": RESET,
    "connection_lost: ": GARBAGE,
    "timeout": HANG,
    "server_error: no JSON inside HTTP 200": HTML,
    "server_error: HTTP 502": Reply(b'{"error": {"code": 502, "message": "upstream"}}'),
    "server_error: too large": Reply(b" " * ((8 << 20) + 1)),
    "server_error: too large: ": Reply(gzip.compress(b" " * ((8 << 20) + 1)), headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("reason", PASSING)
def test_a_passing_fault_is_retried(reason: str) -> None:
    with StandIn(first_then(PASSING[reason], PASSING[reason])) as server:
        answer = only(server, timeout=0.4 if reason == "timeout" else 5.0)
    assert (answer.status, answer.content, answer.calls, answer.retries) == ("ok", GOOD, 3, 2)


@pytest.mark.parametrize("reason", PASSING)
def test_a_lasting_fault_ends_in_one_failed_row(reason: str) -> None:
    with StandIn(for_one("3", PASSING[reason])) as server:
        found = {
            answer.key: answer for answer in ask(server, questions(10), timeout=0.4 if reason == "timeout" else 5.0)
        }
    bad = found.pop("3")
    assert (bad.status, bad.content, bad.error, bad.calls, bad.retries) == (
        "failed",
        None,
        reason.strip(": "),
        6,
        5,
    )
    assert {answer.status for answer in found.values()} == {"ok"}
    assert len(found) == 9


def test_an_http_200_without_choices_is_an_empty_answer() -> None:
    with StandIn(lambda call: Reply(b'{"choices": []}')) as server:
        assert only(server).error == "empty_answer"


def test_a_server_that_has_never_answered_ends_the_run_with_the_first_question_that_is_given_up() -> None:
    with StandIn(lambda call: HANG) as server, pytest.raises(KuraError) as stopped:
        ask(server, questions(3), timeout=0.2)
    assert "answers none of them: nothing came within 0.2 seconds (kura_timeout), 6 times" in str(stopped.value)
    assert len(server.calls) <= 18


# faults of the answer


def test_a_cut_off_answer_gets_one_more_try_with_more_tokens() -> None:
    with StandIn(first_then(completion('{"summary": "They', finish_reason="length"))) as server:
        answer = only(server)
    assert (answer.content, answer.calls, answer.input_tokens) == (GOOD, 2, 200)
    assert [call.body["max_tokens"] for call in server.calls] == [200, 800]


def test_an_answer_that_stays_cut_off_is_failed() -> None:
    with StandIn(lambda call: completion('{"summary": "They', finish_reason="length")) as server:
        answer = only(server)
    assert (answer.status, answer.error, answer.calls) == ("failed", "cut_off: at 800 output tokens", 2)


def test_an_answer_that_goes_round_in_circles_is_not_given_more_room() -> None:
    circles = completion('{"summary": "' + "and then the user asks " * 40, finish_reason="length")
    with StandIn(lambda call: circles) as server:
        answer = only(server)
    assert (answer.error, answer.calls) == ("cut_off: it repeats itself, at 200 output tokens", 1)


@pytest.mark.parametrize(
    "reply",
    [
        completion(None, refusal="I can't help with that parcel."),
        completion(None, finish_reason="content_filter"),
        error(400, "filtered", code="content_filter"),
    ],
)
def test_a_refusal_is_final(reply: Reply) -> None:
    with StandIn(lambda call: reply) as server:
        answer = only(server)
    assert (answer.status, answer.error, answer.calls) == ("failed", "refused", 1)


def test_an_invalid_answer_is_repaired_once_with_the_error_shown() -> None:
    with StandIn(first_then(completion('{"summary": "They ask", "score": 9}'))) as server:
        answer = only(server)
    assert (answer.content, answer.calls, answer.retries) == (GOOD, 2, 0)
    shown = server.calls[1].body["messages"]
    assert shown[2] == {"role": "assistant", "content": '{"summary": "They ask", "score": 9}'}
    assert "score: Input should be less than or equal to 5" in shown[3]["content"]


def test_an_answer_that_stays_invalid_is_failed_with_fields_and_kinds_but_no_text() -> None:
    with StandIn(lambda call: completion('{"summary": 7, "score": 9, "Mrs Miller": 1}')) as server:
        answer = only(server)
    assert (answer.status, answer.content, answer.calls) == ("failed", None, 2)
    assert answer.error == "invalid_answer: summary string_type, score less_than_equal"
    assert (answer.input_tokens, answer.output_tokens) == (200, 40)


@pytest.mark.parametrize("content", ["", None, "  \n"])
def test_an_empty_answer_is_asked_for_once_more(content: str | None) -> None:
    with StandIn(first_then(completion(content))) as server:
        assert only(server).content == GOOD
    with StandIn(lambda call: completion(content)) as server:
        answer = only(server)
    assert (answer.error, answer.calls) == ("empty_answer", 2)
    assert [message["role"] for message in server.calls[1].body["messages"]] == ["system", "user"]


def test_prose_without_json_is_repaired_once() -> None:
    with StandIn(lambda call: completion("I would say three.")) as server:
        ask(server)  # teaches that the server ignores schemas
        before = len(server.calls)
        answer = only(server)
    assert (answer.error, len(server.calls) - before) == ("not_json", 2)


TOO_LONG = [
    error(400, "too many", code="context_length_exceeded"),
    error(
        400,
        "This model's maximum context length is 4096 tokens. However, your request has 9000 input tokens.",
    ),
    error(413, "Payload too large"),
]


@pytest.mark.parametrize("reply", TOO_LONG)
def test_a_prompt_that_is_too_long_is_cut_and_asked_again(reply: Reply) -> None:
    text = "long " * 100
    request = question(text=text, shorten=lambda share: Prompt("Summarise.", text[: int(len(text) * share)]))
    with StandIn(lambda call: reply if len(call.user) > 130 else completion(GOOD)) as server:
        answer = only(server, request)
    assert (answer.status, answer.calls) == ("ok", 3)
    assert [len(call.user) for call in server.calls] == [500, 250, 125]


def test_a_prompt_that_stays_too_long_is_failed() -> None:
    shares: list[float] = []

    def shorten(share: float) -> Prompt:
        shares.append(share)
        return Prompt("", "")

    with StandIn(lambda call: TOO_LONG[0]) as server:
        assert only(server, question(shorten=shorten)).error == "context_too_long"
        assert only(server, question()).error == "context_too_long"
    assert shares == [0.5, 0.25, 0.125]


def test_a_request_that_the_server_takes_for_wrong_is_failed_at_once() -> None:
    with StandIn(for_one("1", error(400, "Question 1. is bad", code="bad_words"))) as server:
        found = {answer.key: answer for answer in ask(server, questions(3))}
    assert (found["1"].error, found["1"].calls) == ("bad_request: HTTP 400, bad_words", 1)
    assert found["0"].status == found["2"].status == "ok"


# servers that have less


@pytest.mark.parametrize(
    ("refuses", "modes"),
    [
        (["json_schema"], ["json_schema", "tools"]),
        (["json_schema", "tools"], ["json_schema", "tools", "json_object"]),
        (["response_format", "tools"], ["json_schema", "tools", "json_object", "text"]),
    ],
)
def test_a_server_with_less_is_asked_otherwise_and_is_learnt_once(refuses: list[str], modes: list[str]) -> None:
    with StandIn(refuses=refuses) as server:
        found = ask(server, questions(30))
        assert {answer.status for answer in found} == {"ok"}
        asked = [call.mode for call in server.calls]
        assert asked == modes[:-1] + modes[-1:] * 30
        ask(server, questions(5))
    assert [call.mode for call in server.calls[len(asked) :]] == modes[-1:] * 5


def test_a_server_that_ignores_the_schema_is_asked_in_words() -> None:
    with StandIn(lambda call: fitting(call) if call.mode == "text" else completion("Happy to help!")) as server:
        found = ask(server, questions(20))
    assert {answer.status for answer in found} == {"ok"}
    assert [call.mode for call in server.calls][:4] == ["json_schema", "tools", "json_object", "text"]
    assert len(server.calls) == 23


def test_a_single_answer_in_prose_does_not_change_how_all_are_asked() -> None:
    with StandIn(for_one("5", completion("Happy to help!"), completion(GOOD))) as server:
        found = ask(server, questions(10), max_concurrency=1)
    assert {answer.status for answer in found} == {"ok"}
    assert {call.mode for call in server.calls} == {"json_schema"}
    assert len(server.calls) == 11


def test_parameters_that_are_refused_are_left_out() -> None:
    parameters = {"temperature": 0.0, "seed": 1, "reasoning_effort": "none"}
    with StandIn(refuses=["temperature", "reasoning_effort"]) as server:
        found = ask(server, questions(10), llm_parameters=parameters)
    assert {answer.status for answer in found} == {"ok"}
    assert len(server.calls) == 12
    last = server.calls[-1].body
    assert last["seed"] == 1
    assert not {"temperature", "reasoning_effort"} & last.keys()


def test_the_limit_of_output_tokens_is_named_as_the_server_wants_it() -> None:
    with StandIn(refuses=["max_tokens"]) as server:
        found = ask(server, questions(10))
    assert {answer.status for answer in found} == {"ok"}
    assert ["max_completion_tokens" in call.body for call in server.calls] == [False] + [True] * 10


def test_a_limit_that_is_too_large_does_not_change_its_name_for_all() -> None:
    cut_off = completion('{"summary": "They', finish_reason="length")
    too_large = error(400, "max_tokens is too large", param="max_tokens")

    def replies(call: Call) -> Reply:
        if "Question 3." not in call.user:
            return completion(GOOD)
        return too_large if call.body["max_tokens"] > 200 else cut_off

    with StandIn(replies) as server:
        found = {answer.key: answer for answer in ask(server, questions(10), max_concurrency=1)}
    assert found.pop("3").error == "cut_off: at 200 output tokens"
    assert {answer.status for answer in found.values()} == {"ok"}
    assert all("max_tokens" in call.body for call in server.calls)


def test_strict_schemas_require_everything() -> None:
    with StandIn() as server:
        ask(server)
    wanted = server.calls[0].body["response_format"]["json_schema"]
    assert (wanted["name"], wanted["strict"]) == ("Facets", True)
    assert wanted["schema"]["required"] == ["summary", "score"]
    assert wanted["schema"]["additionalProperties"] is False


# faults that stop the run


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (error(401, "Incorrect API key provided: k"), ["OPENAI_API_KEY", "401"]),
        (error(403), ["403", "'m'"]),
        (error(404, "The model `m` does not exist", code="model_not_found"), ["kura_llm_model", "'m'"]),
        (error(404, 'model "m" not found, try pulling it first'), ["kura_llm_model", "'m'"]),
        (error(400, "invalid model ID", code="invalid_model"), ["kura_llm_model", "'m'"]),
        (Reply(b'{"detail":"Not Found"}', 404), ["OPENAI_BASE_URL", "kura_openai_base_url", "/v1"]),
        (error(429, "You exceeded your quota", code="insufficient_quota"), ["credit"]),
        (error(429, headers={"Retry-After": "7200"}), ["120 minutes"]),
        (error(429, headers={"Retry-After": "604800"}), ["wait 7 days"]),
        (error(503, headers={"Retry-After": "1e300"}), ["wait more than 1,000 days."]),
        (Reply(b'{"error": {"code": 401, "message": "no such key"}}'), ["OPENAI_API_KEY", "401"]),
    ],
)
def test_what_no_call_can_mend_stops_at_once_and_says_what_to_do(reply: Reply, wanted: list[str]) -> None:
    with StandIn(lambda call: reply) as server, pytest.raises(KuraError) as stopped:
        ask(server, questions(50))
    assert all(word in str(stopped.value) for word in wanted), str(stopped.value)
    assert len(server.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_server_that_sends_on_to_another_does_not_take_conversations_there(status: int) -> None:
    with StandIn() as other, StandIn(always(Reply(status=status, headers={"Location": other.url}))) as server:
        with pytest.raises(KuraError, match=f"HTTP {status}.*kura_openai_base_url"):
            ask(server, questions(50))
        assert (len(server.calls), other.calls) == (1, [])


def test_a_server_that_is_not_there_stops_at_once() -> None:
    with StandIn() as server:
        url = f"{server.url}?token=abc"
    with pytest.raises(KuraError, match="kura_openai_base_url") as stopped:
        list(answers(questions(50), ModelSettings(openai_base_url=url, api_key="k")))
    assert f"127.0.0.1:{server.port}/v1" in str(stopped.value)
    assert "abc" not in str(stopped.value)


def test_a_server_that_goes_away_later_ends_in_failed_rows() -> None:
    with StandIn() as server:
        found = answers(questions(8), ModelSettings(openai_base_url=server.url, api_key="k", max_concurrency=1))
        assert next(found).status == "ok"
    rest = list(found)
    assert {answer.error for answer in rest if answer.status == "failed"} <= {
        "unreachable",
        "connection_lost",
    }
    assert rest[-1].status == "failed"
    assert len(rest) == 7


def test_what_was_answered_before_a_stop_is_kept() -> None:
    stop = error(401)
    with StandIn(lambda call: stop if call.number == 30 else completion(GOOD), latency=0.005) as server:
        settings = ModelSettings(openai_base_url=server.url, api_key="k", max_concurrency=8)
        found, said = until_stopped(questions(200), settings)
    assert 30 <= len(found) == len(server.calls) - 1 < 40
    assert "401" in said


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000/v1",
        "ftp://x",
        "http://",
        "http://[",
        "http://x:y/",
        "http://user:secret@x/v1",
        "http://x\ny/",
        "http://a..b/",
    ],
)
def test_a_base_url_that_is_none_is_an_error_before_anything_is_asked(url: str) -> None:
    with pytest.raises(KuraError, match="kura_openai_base_url") as wrong:
        answers([question()], ModelSettings(openai_base_url=url, api_key="k"))
    assert "secret" not in str(wrong.value)


def test_openai_itself_needs_a_key_and_other_servers_may_not() -> None:
    with pytest.raises(KuraError, match="OPENAI_API_KEY"):
        answers([question()], ModelSettings())
    with StandIn() as server:
        assert only(server, api_key=None).status == "ok"


@pytest.mark.parametrize("key", ["sk-\nsecret", "“sk-secret”", "sk-secret\0", "\u200bsk-secret"])
def test_a_key_that_no_header_can_hold_is_said_to_be_none_and_not_shown(key: str) -> None:
    with pytest.raises(KuraError, match="OPENAI_API_KEY once more") as wrong:
        answers([question()], ModelSettings(openai_base_url="http://localhost:1/v1", api_key=key))
    assert "secret" not in str(wrong.value)


def test_a_letter_that_was_cut_in_the_middle_is_not_paid_for_again() -> None:
    cut = completion(GOOD).body.replace(b"parcel", "päcel".encode()[:2] + b"rcel")
    with StandIn(lambda call: Reply(cut)) as server:
        answer = only(server)
    assert (answer.status, len(server.calls)) == ("ok", 1)
    assert "p\ufffdrcel" in (answer.content or "")


def test_key_and_url_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
        [answer] = answers([question()], ModelSettings())
    assert answer.status == "ok"
    assert server.calls[0].headers["authorization"] == "Bearer from-the-environment"


# money


def test_max_calls_stops_before_it_is_passed_and_keeps_what_was_answered() -> None:
    with StandIn(latency=0.005) as server:
        settings = ModelSettings(openai_base_url=server.url, api_key="k", max_calls=30)
        found, said = until_stopped(questions(100), settings)
    assert len(server.calls) == len(found) == 30
    assert said.startswith("LimitError: The limit kura_max_calls is reached: 30 calls.")
    assert "run again" in said


def test_max_cost_is_never_passed_but_used_up() -> None:
    most = 40 * COST
    with StandIn(latency=0.005) as server:
        settings = ModelSettings(
            openai_base_url=server.url, api_key="k", max_cost_usd=most, llm_prices=PRICES, max_concurrency=10
        )
        found, said = until_stopped(questions(100), settings)
    spent = sum(answer.cost_usd or 0 for answer in found)
    one_more = (2000 * 10.0 + 200 * 50.0) / 1e6
    assert len(server.calls) == len(found)
    assert most - one_more < spent <= most
    assert said.startswith("LimitError: The limit kura_max_cost_usd of $0.08 is reached")
    assert "run again" in said


def test_calls_that_may_have_been_billed_count_towards_the_limit() -> None:
    with StandIn(lambda call: HANG) as server, pytest.raises(KuraError, match="kura_max_cost_usd"):
        ask(server, questions(50), timeout=0.02, max_cost_usd=0.05, llm_prices=PRICES)
    assert len(server.calls) <= 5


def test_a_limit_on_cost_needs_a_price() -> None:
    with StandIn() as server:
        with pytest.raises(KuraError, match=r"kura_llm_prices.*'m'"):
            ask(server, max_cost_usd=1.0)
        assert not server.calls
        assert only(server, question(model="gpt-4o-mini"), max_cost_usd=1.0).cost_usd == pytest.approx(27e-6)


# limits of rate


def test_concurrency_adapts_to_what_the_server_bears() -> None:
    seen: list[Totals] = []
    with StandIn(latency=0.05) as server:  # longer than a question takes to get there on a busy machine
        busy = error(429)
        server.replies = lambda call: busy if server.in_flight > 6 else completion(GOOD)
        settings = ModelSettings(openai_base_url=server.url, api_key="k", max_concurrency=40)
        found = list(answers(questions(300), settings, seen.append))
    assert {answer.status for answer in found} == {"ok"}
    assert min(totals.concurrency for totals in seen) <= 6
    refused = sum(answer.retries for answer in found)
    assert 0 < refused < 150


def test_concurrency_grows_back() -> None:
    seen: list[Totals] = []
    cut = threading.Event()

    def asked() -> Iterator[Request]:
        yield from questions(10)  # too few answers to grow back by: whenever they are looked at, the cut shows
        assert cut.wait(60)
        yield from questions(120)[10:]

    def look(totals: Totals) -> None:
        seen.append(totals)
        if totals.concurrency < 8:
            cut.set()

    with StandIn(first_then(completion(GOOD), *[error(500)] * 4)) as server:
        settings = ModelSettings(openai_base_url=server.url, api_key="k", max_concurrency=8)
        assert len(list(answers(asked(), settings, look))) == 120
    assert seen[-1].concurrency == 8


def test_one_request_that_always_fails_does_not_slow_down_the_others() -> None:
    seen: list[Totals] = []
    with StandIn(for_one("20", error(500)), latency=0.001) as server:
        settings = ModelSettings(openai_base_url=server.url, api_key="k", max_concurrency=8)
        list(answers(questions(60), settings, seen.append))
    assert {totals.concurrency for totals in seen} == {8}
    assert seen[-1].failed == 1


def test_a_server_that_takes_few_a_minute_fails_few_rows() -> None:
    answered: list[float] = []

    def replies(call: Call) -> Reply:
        answered[:] = [at for at in answered if call.at - at < 0.3]
        if len(answered) >= 20:
            return error(429)
        answered.append(call.at)
        return completion(GOOD)

    with StandIn(replies) as server:
        found = ask(server, questions(60), max_concurrency=30)
    assert sum(answer.status == "failed" for answer in found) <= 3


@pytest.mark.parametrize(
    "reply",
    [
        error(429, headers={"retry-after-ms": "60"}),
        error(503, headers={"Retry-After": "0.06"}),
        completion(GOOD, headers={"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "60ms"}),
        completion(GOOD, headers={"x-ratelimit-remaining-tokens": "20", "x-ratelimit-reset-tokens": "0.06"}),
    ],
)
def test_nothing_is_sent_while_the_server_asks_to_wait(reply: Reply) -> None:
    with StandIn(first_then(reply)) as server:
        found = ask(server, questions(5))
    assert {answer.status for answer in found} == {"ok"}
    waited = server.calls[1].at - server.calls[0].at
    assert 0.06 <= waited < 5


def test_the_users_own_rates_are_kept() -> None:
    with StandIn() as server:
        ask(server, questions(9), requests_per_minute=3000)
        by_requests = server.calls[8].at - server.calls[0].at
        ask(server, questions(9), tokens_per_minute=500_000)
        by_tokens = server.calls[17].at - server.calls[9].at
    assert 0.08 <= by_requests < 5
    assert 0.05 <= by_tokens < 5


# the bridge between the caller's thread and the event loop


def test_nothing_is_sent_before_the_first_answer_is_asked_for() -> None:
    with StandIn() as server:
        found = answers(questions(5), ModelSettings(openai_base_url=server.url, api_key="k"))
        assert not server.calls
        assert len(list(found)) == 5


def test_memory_is_bounded_however_many_requests_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "AHEAD", 10)
    pulled = itertools.count()

    def endless() -> Iterator[Request]:
        while True:
            yield question(str(next(pulled)))

    with StandIn() as server:
        found = answers(endless(), ModelSettings(openai_base_url=server.url, api_key="k", max_concurrency=4))
        for taken, _ in enumerate(itertools.islice(found, 200), start=1):
            assert int(next(found).key) < 2 * taken + 20
        found.close()
    assert len(server.calls) <= next(pulled) <= 420


def test_answers_arrive_while_the_requests_are_stuck() -> None:
    arrived = threading.Event()

    def slow() -> Iterator[Request]:
        yield question("first")
        assert arrived.wait(10)
        yield question("second")

    keys = []
    with StandIn() as server:
        for answer in answers(slow(), ModelSettings(openai_base_url=server.url, api_key="k")):
            keys.append(answer.key)
            arrived.set()
    assert keys == ["first", "second"]


@pytest.mark.parametrize("how", ["close", "raise", "end"])
def test_threads_and_connections_are_gone_however_it_ends(how: str) -> None:
    before = threading.active_count()
    with StandIn(latency=0.005) as server:
        running = threading.active_count()
        found = answers(questions(60), ModelSettings(openai_base_url=server.url, api_key="k", max_concurrency=20))
        next(found)
        if how == "close":
            found.close()
        elif how == "raise":

            def consume() -> None:
                for _ in found:
                    raise RuntimeError("the caller's own")

            with pytest.raises(RuntimeError, match="own"):
                consume()
            found.close()
        else:
            assert len(list(found)) == 59
        assert threading.active_count() == running
        assert server.wait_until_left()
    assert threading.active_count() == before


def test_whoever_stops_early_does_not_wait_for_calls_in_flight() -> None:
    with StandIn(first_then(completion(GOOD), then=HANG)) as server:
        found = answers(questions(60), ModelSettings(openai_base_url=server.url, api_key="k", timeout=60))
        next(found)
        began = time.monotonic()
        found.close()
        assert time.monotonic() - began < 30, "half of what the calls may take"


def test_an_error_in_the_work_on_one_request_ends_the_run() -> None:
    def shorten(share: float) -> Prompt:
        raise ZeroDivisionError

    with StandIn(for_one("7", TOO_LONG[0])) as server, pytest.raises(ZeroDivisionError):
        ask(server, [question(str(number), f"Question {number}.", shorten) for number in range(100)])


def test_an_error_of_the_requests_reaches_the_caller_after_what_was_in_flight() -> None:
    def broken() -> Iterator[Request]:
        yield from questions(5)
        raise ZeroDivisionError

    kept = []

    def consume(url: str) -> None:
        for answer in answers(broken(), ModelSettings(openai_base_url=url, api_key="k")):
            kept.append(answer)  # noqa: PERF402

    with StandIn() as server:
        with pytest.raises(ZeroDivisionError):
            consume(server.url)
        assert len(kept) == len(server.calls)


def test_the_caller_gets_a_moment_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "TICK_SECONDS", 0.005)
    seen: list[int] = []
    with StandIn(latency=0.05) as server:
        settings = ModelSettings(openai_base_url=server.url, api_key="k")
        found = list(answers([question()], settings, lambda totals: seen.append(totals.answered)))
    assert len(found) == 1
    assert seen[-1] == 1
    assert seen.count(0) >= 3


def test_one_run_after_another_in_the_same_thread() -> None:
    with StandIn() as server:
        assert [len(ask(server, questions(3))) for _ in range(3)] == [3, 3, 3]


def test_progress_adds_up() -> None:
    seen: list[Totals] = []
    with StandIn(for_one("2", error(500))) as server:
        settings = ModelSettings(openai_base_url=server.url, api_key="k", llm_prices=PRICES)
        list(answers(questions(5), settings, seen.append))
    last = seen[-1]
    assert (last.answered, last.failed, last.calls, last.retries) == (4, 1, 10, 5)
    assert (last.input_tokens, last.output_tokens) == (400, 80)
    assert last.cost_usd == pytest.approx(4 * COST)
    assert len(seen) == 5


# privacy


def test_neither_keys_nor_conversations_get_into_logs_errors_or_reprs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    key, text = "sk-verysecret123", "my name is Ottilie Zaubermann"
    caplog.set_level(logging.DEBUG)
    words = f"Incorrect key {key} for: {text}"
    echoes = [
        error(429, words),
        error(500, words, code=text, headers={"retry-after": text}),
        HTML._replace(body=words.encode()),
        completion(words),
        completion(json.dumps({"summary": 1, text: 2, "score": 1})),
        completion(None, refusal=words),
        error(400, words, code=text, param=text),
        error(401, words),
    ]
    said: list[str] = []
    for reply in echoes:
        with StandIn(always(reply)) as server:
            settings = ModelSettings(openai_base_url=server.url, api_key=key)
            said.append(repr(settings))
            request = question(text=text)
            said.append(repr(request))
            try:
                said.extend(map(repr, answers([request], settings)))
            except KuraError as stop:
                said += [str(stop), repr(stop), repr(stop.__context__), repr(stop.__cause__)]
            assert server.calls[0].headers["authorization"] == f"Bearer {key}"
    everything = "\n".join([*said, caplog.text, *(str(record.args) for record in caplog.records)])
    assert "secret" not in everything
    assert "Zaubermann" not in everything
    assert "429" not in said
    assert len(said) > 2 * len(echoes)


# the rest


def test_the_key_depends_on_everything_that_shapes_the_answer() -> None:
    class Other(pydantic.BaseModel):
        summary: str

    base: dict[str, Any] = {
        "prompt_version": "1",
        "schema": Facets,
        "model": "m",
        "max_output_tokens": 200,
        "parameters": {"a": 1, "b": 2},
    }
    changes: list[dict[str, Any]] = [
        {"prompt_version": "2"},
        {"schema": Other},
        {"model": "n"},
        {"max_output_tokens": 201},
        {"parameters": {"a": 1}},
    ]
    prompt = Prompt("s", "u")
    keys = [request_key(prompt, **base), request_key(Prompt("su", ""), **base)]
    keys += [request_key(prompt, **base | change) for change in changes]
    assert len(set(keys)) == len(keys)
    assert request_key(prompt, **base | {"parameters": {"b": 2, "a": 1}}) == keys[0]
    assert len(keys[0]) == 64


def test_the_http_client_is_only_imported_where_it_is_needed() -> None:
    heavy = "{'openai', 'aiohttp', 'httpx2'}"
    code = f"import sys, kura_udfs.llm.prices; sys.exit(bool({heavy} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("half", [r"\ud83d", r"\\ud83d"], ids=["in the body", "in the answer's own JSON"])
def test_half_of_an_emoji_is_replaced_and_spoils_no_answer(half: str) -> None:
    content = GOOD.replace("parcel", f"parcel {half}").replace('"', '\\"')
    body = f'{{"choices": [{{"message": {{"content": "{content}"}}}}]}}'
    with StandIn(lambda call: Reply(body.encode())) as server:
        [answer] = ask(server)
    assert answer.content == GOOD.replace("parcel", "parcel \ufffd")
    assert answer.calls == 1


def test_a_body_of_brackets_upon_brackets_is_no_json() -> None:
    with StandIn(lambda call: Reply(b"[" * 100_000)) as server:
        [answer] = ask(server)
    assert answer.error == "server_error: no JSON inside HTTP 200"

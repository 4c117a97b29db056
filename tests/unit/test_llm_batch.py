from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pydantic
import pytest

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai import batch, dialects
from kura_udfs.llm.openai.batch import collect_batch, find_batches, submit_batch
from kura_udfs.llm.openai.budget import LimitError
from kura_udfs.llm.requests import Answer, Prompt, Request
from kura_udfs.settings import ModelSettings
from tests.support.standin import HTML, Call, Reply, StandIn, completion, error

GOOD = '{"summary":"a line\u2028and another"}'
PRICES = {"m": {"input": 10.0, "output": 50.0}}


class Facets(pydantic.BaseModel):
    summary: str


@pytest.fixture(autouse=True)
def _nothing_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialects, "_learnt", {})  # a later stand-in may have the port of an earlier one
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def questions(count: int, model: str = "m") -> list[Request]:
    return [Request(f"{model}{n}", Prompt("System.", f"Question {n}."), Facets, model, 200) for n in range(count)]


def settings(server: StandIn, **changes: Any) -> ModelSettings:
    return ModelSettings(openai_base_url=server.url, api_key="k", llm_prices=PRICES, **changes)


def collected(answers: Iterable[Answer] | None) -> dict[str, Answer]:
    assert answers is not None
    found = list(answers)
    by_key = {answer.key: answer for answer in found}
    assert len(by_key) == len(found)
    return by_key


def good(call: Call) -> Reply:
    return completion(GOOD)


def test_a_finished_batch_gives_every_answer_at_half_the_price() -> None:
    with StandIn(good) as server:
        [submitted] = submit_batch(questions(5), settings(server), "mark")
        found = collected(collect_batch(submitted.batch_id, settings(server), Facets, "m"))
    assert list(submitted.subjects) == list(found) == ["m0", "m1", "m2", "m3", "m4"]
    for answer in found.values():
        assert (answer.status, answer.content, answer.error, answer.calls) == ("ok", GOOD, None, 1)
        assert (answer.input_tokens, answer.output_tokens) == (100, 20)


def test_the_price_is_that_of_the_model_that_was_asked() -> None:
    with StandIn(lambda call: completion(GOOD, model="m-as-the-server-calls-it")) as server:
        [submitted] = submit_batch(questions(1), settings(server), "mark")
        [answer] = collected(collect_batch(submitted.batch_id, settings(server), Facets, "m")).values()
    assert answer.cost_usd == pytest.approx((100 * 10.0 + 20 * 50.0) / 1e6 / 2)


def test_the_file_holds_what_would_be_asked_directly() -> None:
    with StandIn(good) as server:
        list(submit_batch(questions(2), settings(server), "mark"))
        [first, second] = [json.loads(line) for line in server.files["file-0"].splitlines()]
    assert (first["custom_id"], first["method"], first["url"]) == ("m0", "POST", "/v1/chat/completions")
    assert first["body"]["response_format"]["type"] == "json_schema"
    assert second["body"]["messages"][1]["content"] == "Question 1."


def test_a_batch_that_is_still_running_is_none() -> None:
    with StandIn(good, batch_status="in_progress") as server:
        [submitted] = submit_batch(questions(2), settings(server), "mark")
        assert collect_batch(submitted.batch_id, settings(server), Facets, "m") is None
        server.batch_status = "completed"
        server.finish(server.batches[0])
        assert len(collected(collect_batch(submitted.batch_id, settings(server), Facets, "m"))) == 2


def test_an_expired_batch_gives_what_was_answered_and_failed_rows_for_the_rest() -> None:
    with StandIn(good, batch_status="expired", batch_done=3) as server:
        [submitted] = submit_batch(questions(5), settings(server), "mark")
        found = collected(collect_batch(submitted.batch_id, settings(server), Facets, "m"))
    assert [answer.status for answer in found.values()] == ["ok"] * 3 + ["failed"] * 2
    assert (found["m4"].error, found["m4"].cost_usd) == ("batch_expired", 0.0)


def test_a_failed_batch_gives_a_failed_row_for_each_of_its_requests() -> None:
    with StandIn(good, batch_status="failed") as server:
        [submitted] = submit_batch(questions(3), settings(server), "mark")
        found = collected(collect_batch(submitted.batch_id, settings(server), Facets, "m"))
    assert list(found) == ["m0", "m1", "m2"]
    assert {(answer.status, answer.error, answer.model) for answer in found.values()} == {
        ("failed", "batch_failed: token_limit_exceeded", "m")
    }


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (completion('{"summary": 1}'), "invalid_answer: summary string_type"),
        (completion('{"summary": "a', finish_reason="length"), "cut_off"),
        (completion(None, refusal="no"), "refused"),
        (error(400, "context", code="context_length_exceeded"), "context_too_long"),
        (error(400, "content", code="content_filter"), "refused"),
        (error(400, "Question 1."), "bad_request: HTTP 400, invalid_request_error"),
        (error(500), "server_error: HTTP 500"),
    ],
)
def test_what_goes_wrong_with_one_request_is_a_failed_row(reply: Reply, problem: str) -> None:
    with StandIn(lambda call: reply if "Question 1." in call.user else completion(GOOD)) as server:
        [submitted] = submit_batch(questions(3), settings(server), "mark")
        found = collected(collect_batch(submitted.batch_id, settings(server), Facets, "m"))
    assert found["m1"].error == problem
    assert found["m0"].status == found["m2"].status == "ok"


def test_batches_are_split_by_number_by_size_and_by_model(monkeypatch: pytest.MonkeyPatch) -> None:
    with StandIn(good) as server:
        monkeypatch.setattr(batch, "MOST_REQUESTS", 3)
        by_number = [len(part.subjects) for part in submit_batch(questions(7), settings(server), "mark")]
        monkeypatch.setattr(batch, "MOST_BYTES", 2 * len(server.files["file-0"]) // 3 + 10)
        by_size = [len(part.subjects) for part in submit_batch(questions(5, "n"), settings(server), "mark")]
        mixed = questions(2, "o") + questions(1, "p")
        by_model = [list(part.subjects) for part in submit_batch(mixed, settings(server), "mark")]
    assert by_number == [3, 3, 1]
    assert by_size == [2, 2, 1]
    assert by_model == [["o0", "o1"], ["p0"]]
    assert len(server.batches) == 8


def test_a_request_that_comes_twice_is_handed_in_once() -> None:
    with StandIn(good) as server:
        [submitted] = submit_batch(questions(2) * 2, settings(server), "mark")
    assert list(submitted.subjects) == ["m0", "m1"]


def test_a_batch_whose_id_was_lost_is_found_again_by_its_mark() -> None:
    with StandIn(good, batch_status="in_progress") as server:
        [lost] = submit_batch(questions(4), settings(server), "mark")
        [known] = submit_batch(questions(2, "n"), settings(server), "mark")
        [foreign] = submit_batch(questions(3, "o"), settings(server), "other")
        found = list(find_batches(settings(server), "mark", [known.batch_id]))
    assert found == [lost]
    assert len({lost.batch_id, known.batch_id, foreign.batch_id}) == 3


def test_a_batch_that_failed_is_not_taken_over() -> None:
    with StandIn(good, batch_status="failed") as server:
        list(submit_batch(questions(1), settings(server), "mark"))
        assert list(find_batches(settings(server), "mark", [])) == []


def test_limits_hand_in_what_fits_and_then_say_how_to_go_on() -> None:
    with StandIn(good) as server:
        submitting = submit_batch(questions(10), settings(server, max_calls=4), "mark")
        assert list(next(submitting).subjects) == ["m0", "m1", "m2", "m3"]
        with pytest.raises(LimitError, match="kura_max_calls"):
            next(submitting)
    with StandIn(good) as server:
        with pytest.raises(LimitError, match="kura_max_cost_usd"):
            list(submit_batch(questions(10), settings(server, max_cost_usd=0.001), "mark"))
        assert not server.batches
        with pytest.raises(KuraError, match="kura_llm_prices"):
            list(submit_batch(questions(1, "unknown"), settings(server, max_cost_usd=1), "mark"))


@pytest.mark.parametrize(("status", "wanted"), [(401, "OPENAI_API_KEY"), (404, "kura_llm_batch"), (400, "bad_request")])
def test_errors_of_the_server_say_what_to_do(status: int, wanted: str) -> None:
    with StandIn(good) as server:
        server._create_batch = lambda body: error(status, "Question 0.")  # type: ignore[method-assign]
        with pytest.raises(KuraError, match=wanted) as stopped:
            list(submit_batch(questions(1), settings(server), "mark"))
        assert "Question" not in str(stopped.value)


def test_a_batch_that_the_server_does_not_know_is_an_error() -> None:
    with StandIn(good) as server, pytest.raises(KuraError, match="no such batch"):
        collect_batch("batch-7", settings(server), Facets, "m")


@pytest.mark.parametrize("content", [b"<html>502 Bad Gateway</html>", b"[]\n", b'{"error": "gone"}\n', b"[" * 10])
def test_a_file_that_holds_something_else_than_answers_is_an_error(content: bytes) -> None:
    with StandIn(good) as server:
        [submitted] = submit_batch(questions(5), settings(server), "mark")
        server.files["file-1"] = content
        with pytest.raises(KuraError, match="holds something else than answers"):
            list(collect_batch(submitted.batch_id, settings(server), Facets, "m") or ())


def test_a_letter_that_was_cut_in_the_middle_holds_back_no_batch() -> None:
    with StandIn(good) as server:
        [submitted] = submit_batch(questions(5), settings(server), "mark")
        server.files["file-1"] = server.files["file-1"].replace(b"parcel", "pä".encode()[:2] + b"rcel", 1)
        found = collected(collect_batch(submitted.batch_id, settings(server), Facets, "m"))
    assert {answer.status for answer in found.values()} == {"ok"}


def test_what_is_left_of_a_file_that_was_cut_is_collected_and_the_rest_has_failed() -> None:
    with StandIn(good) as server:
        [submitted] = submit_batch(questions(5), settings(server), "mark")
        first, second, *_ = server.files["file-1"].splitlines(keepends=True)
        server.files["file-1"] = first + b"{oops\n" + second + second + second[:40]
        found = collected(collect_batch(submitted.batch_id, settings(server), Facets, "m"))
    assert [found[f"m{number}"].status for number in range(5)] == ["ok", "ok", "failed", "failed", "failed"]
    assert found["m4"].error == "batch_completed"


@pytest.mark.parametrize("status", [301, 307, 308])
def test_texts_of_a_batch_do_not_go_where_a_server_sends_them_on(status: int) -> None:
    with StandIn(good) as other, StandIn(good) as server:
        sent_on = Reply(status=status, headers={"Location": f"{other.url}/files"})
        server._upload = lambda *_: sent_on  # type: ignore[method-assign]
        with pytest.raises(KuraError, match=f"HTTP {status}.*kura_openai_base_url"):
            list(submit_batch(questions(1), settings(server), "mark"))
        assert (server.batches, other.files) == ([], {})


@pytest.mark.parametrize("reply", [HTML, HTML._replace(content_type="application/json"), Reply(b"[]"), Reply(b"{}")])
def test_what_tells_of_no_batch_is_neither_stored_nor_waited_for(reply: Reply) -> None:
    with StandIn(good) as server:
        taken = list(submit_batch(questions(1), settings(server), "mark"))
        server._create_batch = lambda body: reply  # type: ignore[method-assign]
        with pytest.raises(KuraError, match="tells of no file and no batch"):
            list(submit_batch(questions(1), settings(server), "mark"))
        server._reply = lambda request, content: reply  # type: ignore[method-assign]
        with pytest.raises(KuraError, match="tells of no file and no batch"):
            collect_batch(taken[0].batch_id, settings(server), Facets, "m")
        with pytest.raises(KuraError, match="tells of no file and no batch"):
            list(submit_batch(questions(1), settings(server), "mark"))
        if reply.body != b"{}":  # for a list that is one of no batches
            with pytest.raises(KuraError, match="tells of no file and no batch"):
                list(find_batches(settings(server), "mark", ()))

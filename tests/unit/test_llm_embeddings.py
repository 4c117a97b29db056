from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai import calls, embeddings
from kura_udfs.llm.openai.budget import LimitError
from kura_udfs.llm.openai.embeddings import embed_parts
from kura_udfs.settings import ModelSettings
from kura_udfs.tables import Vectors
from tests.support.standin import HTML, RESET, Call, Reply, StandIn, _embeddings, error


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "FIRST_BACKOFF", 0.002)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def embed(server: StandIn, texts: list[str], dimensions: int | None = None, **settings: Any) -> Vectors:
    parts = embed_parts(texts, ModelSettings(openai_base_url=server.url, api_key="k", **settings), "e", dimensions)
    vectors = np.zeros((len(texts), 0), np.float32)
    for part in filter(None, parts):
        if not vectors.size:
            vectors = np.zeros((len(texts), part.vectors.shape[1]), np.float32)
        vectors[part.indices] = part.vectors
    return vectors


def test_rows_are_unit_vectors_in_the_order_of_the_texts() -> None:
    texts = [f"text {number}" for number in range(50)]
    with StandIn() as server:
        vectors = embed(server, texts)
        backwards = embed(server, texts[::-1])
    assert vectors.shape == (50, 8)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(backwards, vectors[::-1])
    assert len({row.tobytes() for row in vectors}) == 50


def test_empty_texts_are_never_sent() -> None:
    with StandIn() as server:
        vectors = embed(server, ["", "a", " \n\t", "b"])
        nothing = embed(server, ["", " "])
    assert [call.body["input"] for call in server.calls] == [["a", "b"]]
    assert vectors.any(axis=1).tolist() == [False, True, False, True]
    assert nothing.shape == (2, 0)


def test_every_part_says_what_it_has_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "MOST_TEXTS", 2)
    with StandIn(embeddings=lambda call: error(500) if call.number == 0 else _embeddings(call)) as server:
        settings = ModelSettings(
            openai_base_url=server.url, api_key="k", llm_prices={"e": {"input": 1.0, "output": 0.0}}
        )
        tallies = [part.tally for part in embed_parts(["a", "b", "c"], settings, "e") if part]
    assert sum(tally.calls for tally in tallies) == 3
    assert sum(tally.retries for tally in tallies) == 1
    assert sum(tally.input_tokens for tally in tallies) == 30
    assert sum(tally.cost_usd or 0.0 for tally in tallies) == pytest.approx(30e-6)


def test_texts_go_in_batches_bounded_by_number_and_by_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "MOST_TEXTS", 4)
    monkeypatch.setattr(embeddings, "MOST_TOKENS", 20)
    long = "word " * 19
    with StandIn() as server:
        embed(server, ["a"] * 6 + [long, long] + ["b"] * 3)
    assert sorted(len(call.body["input"]) for call in server.calls) == [1, 2, 2, 2, 4]


def test_batches_are_under_way_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "MOST_TEXTS", 1)
    with StandIn(latency=0.25) as server:  # long enough for ten to be sent on a machine that has much else to do
        embed(server, [f"{number}" for number in range(40)], max_concurrency=20)
    assert 10 <= server.most_in_flight <= 20


def test_dimensions_are_asked_for_only_if_wanted() -> None:
    with StandIn() as server:
        assert embed(server, ["a"], dimensions=3).shape == (1, 3)
        embed(server, ["a"])
    assert [call.body.get("dimensions") for call in server.calls] == [3, None]


def test_a_server_that_gives_lists_gives_the_same_vectors() -> None:
    with StandIn() as server, StandIn(refuses=["encoding_format"]) as plain:
        np.testing.assert_allclose(embed(server, ["a", "b"]), embed(plain, ["a", "b"]), rtol=1e-6)
    assert ["encoding_format" in call.body for call in plain.calls] == [True, False]


def test_vectors_are_put_in_order_by_their_index() -> None:
    def shuffled(call: Call) -> Reply:
        reply = json.loads(_embeddings(call).body)
        return Reply(json.dumps({**reply, "data": reply["data"][::-1]}).encode())

    with StandIn() as server, StandIn(embeddings=shuffled) as other:
        np.testing.assert_array_equal(embed(server, ["a", "b", "c"]), embed(other, ["a", "b", "c"]))


@pytest.mark.parametrize("fault", [error(429), error(500), RESET, HTML])
def test_passing_faults_are_retried_and_lasting_ones_are_errors(fault: Reply) -> None:
    with StandIn(embeddings=lambda call: fault if call.number < 2 else _embeddings(call)) as server:
        assert embed(server, ["a"]).any()
        assert len(server.calls) == 3
    with StandIn(embeddings=lambda call: fault) as server:
        with pytest.raises(KuraError, match=r"'e'.*Run again"):
            embed(server, ["a"])
        assert len(server.calls) == 6


def test_a_batch_that_is_too_large_is_halved_and_its_size_is_remembered() -> None:
    def few(call: Call) -> Reply:
        return (
            error(413, "batch size 32 > maximum allowed batch size 8")
            if len(call.body["input"]) > 8
            else _embeddings(call)
        )

    texts = [f"text {number}" for number in range(32)]
    with StandIn() as server, StandIn(embeddings=few) as other:
        np.testing.assert_array_equal(embed(server, texts), embed(other, texts))
    assert [len(call.body["input"]) for call in other.calls] == [32, 16, 8, 8, 8, 8]


def test_a_text_that_is_too_long_is_cut_until_it_fits() -> None:
    def short(call: Call) -> Reply:
        too_long = max(map(len, call.body["input"])) > 300
        return error(400, "maximum context length is 64 tokens") if too_long else _embeddings(call)

    with StandIn(embeddings=short) as server:
        vectors = embed(server, ["short", "word " * 200])
        with pytest.raises(KuraError):
            embed(server, ["word " * 20_000])
    assert vectors.any(axis=1).all()


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (error(401), "OPENAI_API_KEY"),
        (error(404, "no model e"), "kura_embedding_model"),
        (error(400, "dimensions not supported", param="dimensions"), "kura_embedding_dimensions"),
        (error(400, "nonsense"), "bad_request"),
        (Reply(b'{"data": [{"index": 0, "embedding": [1.0, 2.0]}]}'), "vector for every text"),
        (
            Reply(b'{"data": [{"index": 0, "embedding": "!"}, {"index": 1, "embedding": [1]}]}'),
            "holds no vectors",
        ),
        (
            Reply(b'{"data": [{"index": 0, "embedding": [NaN]}, {"index": 1, "embedding": [1]}]}'),
            "vector for every text",
        ),
        (Reply(b'{"object": "list"}'), "holds no vectors"),
    ],
)
def test_what_can_not_be_mended_is_an_error_that_says_what_to_do(reply: Reply, wanted: str) -> None:
    with StandIn(embeddings=lambda call: reply) as server, pytest.raises(KuraError, match=wanted):
        embed(server, ["a", "b"], dimensions=4)
    assert len(server.calls) == 1


def test_limits_hold_for_embeddings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "MOST_TEXTS", 1)
    with StandIn() as server:
        with pytest.raises(LimitError, match="kura_max_calls"):
            embed(server, ["a"] * 10, max_calls=3)
        assert len(server.calls) == 3
        with pytest.raises(LimitError, match="kura_max_cost_usd"):
            embed(server, ["twelve bytes"] * 10, max_cost_usd=25e-6, llm_prices={"e": {"input": 1.0, "output": 0.0}})
        assert len(server.calls) == 5

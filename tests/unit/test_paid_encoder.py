from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pytest

from kura_udfs.account import Account
from kura_udfs.errors import KuraError
from kura_udfs.llm.openai import calls, embeddings
from kura_udfs.llm.paid_vectors import PaidEncoder, encoder_id
from kura_udfs.llm.stores import StoredVectors
from kura_udfs.settings import EmbedderSettings, ModelSettings
from kura_udfs.warehouse.duckdb import DuckDB
from tests.support.standin import Call, Reply, StandIn, _embeddings, error

EMBEDDER = EmbedderSettings("openai", None, "int8", "e", None, "", "")
PRICES = {"e": {"input": 1.0, "output": 0.0}}


class Purse:
    """An encoder that pays, its vectors in a real DuckDB file."""

    def __init__(self, file: Path, url: str, **limits: Any) -> None:
        self.account = Account()
        self._server = ModelSettings(openai_base_url=url, llm_prices=PRICES, max_concurrency=1, timeout=10, **limits)
        self._connection = duckdb.connect(str(file))
        self._warehouse = DuckDB(self._connection, SimpleNamespace(database=file.stem, schema="main", identifier="x"))
        self._connection.execute(
            "create table if not exists kura_embedding_responses (key varchar, subject varchar, recipe varchar, embedding float[], answered_at timestamp)"
        ).fetchall()

    def encoder(self, sends_nothing: bool = False, **changes: Any) -> PaidEncoder:
        settings = replace(EMBEDDER, **changes)
        paid = self._connection.query("select * from kura_embedding_responses")
        store = StoredVectors(self._warehouse, paid, encoder_id(settings))
        return PaidEncoder(settings, self._server, self.account, store, sends_nothing)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setattr(calls, "FIRST_BACKOFF", 0.002)
    monkeypatch.setattr(embeddings, "MOST_TEXTS", 2)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with StandIn() as standin:
        yield standin


def asked(server: StandIn) -> list[str]:
    return [text for call in server.calls for text in call.body["input"]]


def test_what_has_arrived_when_a_run_breaks_off_is_never_paid_again(tmp_path: Path, server: StandIn) -> None:
    def breaks(call: Call) -> Reply:
        return error(401) if "e" in call.body["input"] else _embeddings(call)

    texts = ["a", "b", "c", "d", "e", "f"]
    server.embeddings = breaks
    purse = Purse(tmp_path / "x.duckdb", server.url)
    with pytest.raises(KuraError, match="OPENAI_API_KEY"):
        purse.encoder().embed(texts)
    purse.close()
    assert asked(server)[:4] == texts[:4]

    server.embeddings = _embeddings
    server.calls.clear()
    purse = Purse(tmp_path / "x.duckdb", server.url)
    vectors = purse.encoder().embed([*texts, "", "a"])
    assert asked(server) == ["e", "f"]
    assert purse.account.spent.input_tokens == 20
    np.testing.assert_array_equal(vectors[7], vectors[0])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 1, 1, 1, 0, 1], rtol=1e-6)
    np.testing.assert_array_equal(purse.encoder().embed(texts), vectors[:6])
    assert asked(server) == ["e", "f"]


def test_a_vector_is_kept_with_the_text_that_it_goes_with(tmp_path: Path, server: StandIn) -> None:
    purse = Purse(tmp_path / "x.duckdb", server.url)
    purse.encoder().embed(["a", "b"], subjects=["hash of a", "hash of b"])
    purse.encoder().embed(["a", "a phrase"])
    assert purse.rows("select subject from kura_embedding_responses order by 1 nulls last") == [
        ("hash of a",),
        ("hash of b",),
        (None,),
    ]


def test_another_model_and_another_size_are_other_vectors(tmp_path: Path, server: StandIn) -> None:
    purse = Purse(tmp_path / "x.duckdb", server.url)
    assert purse.encoder().embed(["a"]).shape == (1, 8)
    assert purse.encoder(embedding_dimensions=4).embed(["a"]).shape == (1, 4)
    assert purse.encoder(embedding_dimensions=4, embedding_model="f").embed(["a"]).shape == (1, 4)
    assert len(server.calls) == 3


def test_limits_are_what_the_run_has_left(tmp_path: Path, server: StandIn) -> None:
    purse = Purse(tmp_path / "x.duckdb", server.url, max_calls=2)
    purse.encoder().embed(["a"])
    with pytest.raises(KuraError, match="kura_max_calls"):
        purse.encoder().embed(["a", "b", "c", "d"])
    assert asked(server) == ["a", "b", "c"]
    assert purse.encoder().embed(["a", "b", "c"]).any(axis=1).all()


def test_a_trial_run_sends_nothing_and_knows_what_is_there(tmp_path: Path, server: StandIn) -> None:
    purse = Purse(tmp_path / "x.duckdb", server.url)
    purse.encoder().embed(["a"])
    vectors = purse.encoder(sends_nothing=True).embed(["b", "a"])
    assert vectors.any(axis=1).tolist() == [False, True]
    assert purse.encoder(sends_nothing=True).embed(["b"]).shape == (1, 8)
    assert asked(server) == ["a"]


def test_a_model_that_changes_its_size_under_its_name_is_an_error(tmp_path: Path, server: StandIn) -> None:
    purse = Purse(tmp_path / "x.duckdb", server.url)
    purse.encoder().embed(["a"])
    server.embeddings = lambda call: Reply(b'{"data": [{"index": 0, "embedding": [1.0, 2.0]}]}')
    with pytest.raises(KuraError, match="kura_embedding_dimensions"):
        purse.encoder().embed(["a", "b"])


def test_a_night_of_another_model_leaves_no_vector_beside_those_of_before(tmp_path: Path, server: StandIn) -> None:
    purse = Purse(tmp_path / "x.duckdb", server.url)
    purse.encoder().embed(["a"])
    server.embeddings = lambda call: _embeddings(call._replace(body={**call.body, "dimensions": 16}))
    with pytest.raises(KuraError, match="of 8 and of 16 dimensions"):
        purse.encoder().embed(["b"])
    assert purse.account.spent.calls == 2
    server.embeddings = _embeddings
    assert purse.encoder().embed(["a", "b"]).shape == (2, 8)
    assert asked(server) == ["a", "b", "b"]


USAGE = b'"usage": {"prompt_tokens": 1000000, "total_tokens": 1000000}'


@pytest.mark.parametrize(
    "data",
    [
        b'{"index": 0, "embedding": [1.0, 2.0]}',
        b'{"index": 0, "embedding": [1.0, 2.0]}, {"index": 1, "embedding": [1.0]}',
        b'{"index": 0, "embedding": "!"}, {"index": 1, "embedding": "!"}',
        b'{"index": 0, "embedding": [1.0, 2.0]}, {"index": 1, "embedding": [1.0, 2.0]}',
    ],
    ids=["too few", "of two lengths", "none", "of another length than the call before"],
)
def test_an_answer_of_no_use_is_booked_as_it_was_paid_for(data: bytes, tmp_path: Path, server: StandIn) -> None:
    def second(call: Call) -> Reply:
        return _embeddings(call) if "a" in call.body["input"] else Reply(b'{"data": [%s], %s}' % (data, USAGE))

    server.embeddings = second
    purse = Purse(tmp_path / "x.duckdb", server.url)
    with pytest.raises(KuraError):
        purse.encoder().embed(["a", "b", "c", "d"])
    assert purse.account.spent.calls == len(server.calls) == 2
    assert purse.account.spent.cost_usd == pytest.approx(1.0, abs=1e-3)
    assert purse.rows("select count(*) from kura_embedding_responses") == [(2,)]

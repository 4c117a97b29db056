from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pytest

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai import calls, embeddings
from kura_udfs.llm.paid_vectors import PaidEncoder
from kura_udfs.warehouse.duckdb import DuckDB
from kura_udfs.warehouse.stores import StoredVectors
from tests.support.standin import Call, Reply, StandIn, _embeddings, error

SETTINGS = {
    "embedding_model": "e",
    "embedding_dimensions": None,
    "base_url": None,
    "parameters": {},
    "max_concurrency": 1,
    "requests_per_minute": None,
    "tokens_per_minute": None,
    "max_calls": None,
    "max_cost_usd": None,
    "prices": {"e": {"input": 1.0, "output": 0.0}},
    "timeout": 10,
}


class Account:
    """A stage as far as the encoder knows it, on a real DuckDB file."""

    def __init__(self, file: Path, url: str, **changes: Any) -> None:
        self.settings = {**SETTINGS, "base_url": url, **changes}
        self.spent: Counter[str] = Counter()
        self.trial = False
        self._connection = duckdb.connect(str(file))
        self._warehouse = DuckDB(self._connection, SimpleNamespace(database=file.stem, schema="main"))
        self._connection.execute(
            "create table if not exists kura_embedding_responses (key varchar, subject varchar, recipe varchar, embedding float[], answered_at timestamp)"
        ).fetchall()

    def vectors(self, recipe: str) -> StoredVectors:
        return StoredVectors(self._warehouse, recipe, {})

    def spend(self, **amounts: float) -> None:
        self.spent.update(amounts)

    def spent_in_this_run(self) -> dict[str, float]:
        return {"calls": self.spent["calls"], "cost_usd": self.spent["cost_usd"]}

    def sends_nothing(self) -> bool:
        return self.trial

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
    account: Any = Account(tmp_path / "x.duckdb", server.url)
    with pytest.raises(KuraError, match="OPENAI_API_KEY"):
        PaidEncoder(account).embed(texts)
    account.close()
    assert asked(server)[:4] == texts[:4]

    server.embeddings = _embeddings
    server.calls.clear()
    account = Account(tmp_path / "x.duckdb", server.url)
    vectors = PaidEncoder(account).embed([*texts, "", "a"])
    assert asked(server) == ["e", "f"]
    assert account.spent["input_tokens"] == 20
    np.testing.assert_array_equal(vectors[7], vectors[0])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 1, 1, 1, 0, 1], rtol=1e-6)
    np.testing.assert_array_equal(PaidEncoder(account).embed(texts), vectors[:6])
    assert asked(server) == ["e", "f"]


def test_another_model_and_another_size_are_other_vectors(tmp_path: Path, server: StandIn) -> None:
    first: Any = Account(tmp_path / "x.duckdb", server.url)
    assert PaidEncoder(first).embed(["a"]).shape == (1, 8)
    first.settings |= {"embedding_dimensions": 4}
    assert PaidEncoder(first).embed(["a"]).shape == (1, 4)
    first.settings |= {"embedding_model": "f"}
    assert PaidEncoder(first).embed(["a"]).shape == (1, 4)
    assert len(server.calls) == 3


def test_limits_are_what_the_run_has_left(tmp_path: Path, server: StandIn) -> None:
    account: Any = Account(tmp_path / "x.duckdb", server.url, max_calls=2)
    PaidEncoder(account).embed(["a"])
    with pytest.raises(KuraError, match="kura_max_calls"):
        PaidEncoder(account).embed(["a", "b", "c", "d"])
    assert asked(server) == ["a", "b", "c"]
    assert PaidEncoder(account).embed(["a", "b", "c"]).any(axis=1).all()


def test_a_trial_run_sends_nothing_and_knows_what_is_there(tmp_path: Path, server: StandIn) -> None:
    account: Any = Account(tmp_path / "x.duckdb", server.url)
    PaidEncoder(account).embed(["a"])
    account.trial = True
    vectors = PaidEncoder(account).embed(["b", "a"])
    assert vectors.any(axis=1).tolist() == [False, True]
    assert PaidEncoder(account).embed(["b"]).shape == (1, 8)
    assert asked(server) == ["a"]


def test_a_model_that_changes_its_size_under_its_name_is_an_error(tmp_path: Path, server: StandIn) -> None:
    account: Any = Account(tmp_path / "x.duckdb", server.url)
    PaidEncoder(account).embed(["a"])
    server.embeddings = lambda call: Reply(b'{"data": [{"index": 0, "embedding": [1.0, 2.0]}]}')
    with pytest.raises(KuraError, match="kura_embedding_dimensions"):
        PaidEncoder(account).embed(["a", "b"])

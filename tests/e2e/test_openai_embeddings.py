"""Whole builds whose vectors come from a paid model."""

from __future__ import annotations

from collections import Counter

import duckdb

from tests.support.model_runs import ASKING, KEY, TEXTS, settings
from tests.support.standin import StandIn
from tests.support.warehouse import Warehouse

TOPICS = """
    select topic, null as parent, description, null as examples
    from (values ('Late parcels', 'Where is my parcel?'), ('Help because the app crashes at start', null)) as topics (topic, description)
"""


def embedded(server: StandIn) -> Counter[str]:
    return Counter(text for call in server.calls if call.path == "/embeddings" for text in call.body["input"])


def test_every_text_and_phrase_is_embedded_once_and_for_all(warehouse: Warehouse, model: StandIn) -> None:
    with model:
        warehouse.with_artifacts().environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_embedder="openai", kura_embedding_dimensions=16)
        warehouse.dbt("build", **chosen)
        texts = embedded(model)
        assert len(texts) > 5
        assert max(texts.values()) == 1
        assert warehouse.rows("select distinct len(embedding), recipe from int_kura__embeddings") == [
            (16, "openai-text-embedding-3-small-16-v1")
        ]
        assert warehouse.value("select count(*) from kura_embedding_responses") == len(texts)
        spent = warehouse.rows(
            "select calls, input_tokens, cost_usd > 0 from fct_kura__runs where stage = 'embeddings'"
        )
        assert spent == [(1, 10 * warehouse.value("select count(*) from int_kura__embeddings"), True)]
        assert warehouse.value("select calls from fct_kura__runs where stage = 'run'") == len(model.calls)

        found = warehouse.kura("search", "my parcel is late, Ada@example.com")
        assert "by the words alone" not in found.stdout, found.stdout
        assert model.calls[-1].body["input"] == ["my parcel is late, [email]"]

        before = len(model.calls)
        warehouse.dbt(*ASKING, **chosen)
        warehouse.dbt(*ASKING, "--full-refresh", **chosen)
        assert len(model.calls) == before
        vectors = sum(embedded(model).values())
        warehouse.dbt(*ASKING, **{**chosen, "kura_lenses": {"request": {"text": "topic"}}})
        more = sum(embedded(model).values())
        assert more > vectors
        warehouse.dbt("build", **chosen)
        assert sum(embedded(model).values()) == more  # back again, nothing is paid again
        assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(TEXTS)

        with duckdb.connect(str(warehouse.database)) as connection:
            connection.execute("create schema mine; create table mine.our_topics as " + TOPICS)
        chosen["kura_taxonomy"] = "mine.our_topics"
        only = ("run", "--select", "stg_kura__taxonomy", "int_kura__cluster_fit")
        known = embedded(model)
        warehouse.dbt(*only, **chosen)
        # the other topic is a text that has its vector
        assert embedded(model) - known == Counter(["Late parcels. Where is my parcel?"])
        # a stage that is slow has booked what it had spent by then in rows before its last one
        booked = (
            "select sum(calls), sum(cost_usd) > 0 from kura_run_log where stage = 'fit' and run_id ="
            " (select run_id from kura_run_log order by recorded_at desc limit 1)"
        )
        assert warehouse.rows(booked) == [(1, True)]
        in_topics = "select count(distinct cluster_id) from int_kura__cluster_fit where cluster_id like 't%'"
        assert warehouse.value(in_topics) > 0
        asked = len(model.calls)
        warehouse.dbt(*only, "--full-refresh", **chosen)
        assert len(model.calls) == asked


def test_without_a_language_model_vectors_can_still_be_paid_for(warehouse: Warehouse, model: StandIn) -> None:
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_provider="local", kura_embedder="openai")
        output = warehouse.dbt("run", fails=True, **chosen, kura_max_cost_usd=1e-9)
        assert "kura_max_cost_usd" in output
        assert model.calls == []

        warehouse.dbt(*ASKING, **chosen)
        assert {call.path for call in model.calls} == {"/embeddings"}
        asked = len(model.calls)
        warehouse.dbt(*ASKING, "--sample", "1 day", **{**chosen, "kura_min_cluster_size": 20})
        assert len(model.calls) == asked

        warehouse.environment.pop("OPENAI_BASE_URL")
        warehouse.environment.pop("OPENAI_API_KEY")
        output = warehouse.dbt("run", "--full-refresh", fails=True, **{**chosen, "kura_embedding_dimensions": 4})
        assert "OPENAI_API_KEY" in output
        assert KEY not in output

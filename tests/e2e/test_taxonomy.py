"""A build of the sample with topics of the user's own, a night after it, and what stops one before it begins."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.support.model_runs import KEY
from tests.support.standin import Call, Reply, StandIn, completion
from tests.support.warehouse import Warehouse

TOPICS = [
    (
        "Late or lost parcels",
        "Delivery",
        "A parcel is late, lost, or marked delivered and not there",
        "Where is my parcel?|It says delivered but nothing is here",
    ),
    (
        "Refunds",
        "Money",
        "The refund has not arrived",
        "My refund is still not on my card|How long does a refund take?",
    ),
    ("Payment problems", "Money", "A card is declined or charged twice", None),
    (
        "Product advice",
        None,
        "Which tent, jacket or boots to buy",
        "Which rain jacket for cycling to work?\nA tent for two",
    ),
    ("Satellite phones in orbit", None, None, None),
]


class Night:
    """What the tables say after a run."""

    def __init__(self, warehouse: Warehouse) -> None:
        columns = "name, cluster_id, parent_cluster_id, conversation_count, is_in_taxonomy, is_leaf, level"
        self.clusters: dict[str, dict[str, Any]] = {
            row[0]: dict(zip(columns.split(", "), row, strict=True))
            for row in warehouse.rows(f"select {columns} from dim_kura__clusters")
        }
        [(self.decision,)] = warehouse.rows(
            "select figures->>'decision' from kura_run_log where stage = 'fit' order by recorded_at desc limit 1"
        )


def give(warehouse: Warehouse, topics: list[tuple[str, str | None, str | None, str | None]]) -> None:
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("create schema if not exists mine")
        connection.execute(
            "create or replace table mine.our_topics (topic varchar, parent varchar, description varchar, examples varchar)"
        )
        connection.executemany("insert into mine.our_topics values (?, ?, ?, ?)", topics)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Night, Night]:
    """A build with its data tests, and a run after a description has been edited."""
    warehouse = Warehouse(tmp_path_factory.mktemp("taxonomy")).with_artifacts()
    warehouse.variables = {"kura_taxonomy": "mine.our_topics"}
    give(warehouse, TOPICS)
    warehouse.dbt("build")
    first = Night(warehouse)
    edited = [
        (topic, parent, f"{said} or not there yet" if topic == "Refunds" else said, examples)
        for topic, parent, said, examples in TOPICS
    ]
    give(warehouse, edited)
    warehouse.dbt("run", kura_without=["trends", "facets", "examples", "comparisons", "tools", "alerts"])
    return warehouse, first, Night(warehouse)


def test_topics_stand_in_the_tree_as_they_were_given(nights: tuple[Warehouse, Night, Night]) -> None:
    _, first, _ = nights
    ours = {name for name, cluster in first.clusters.items() if cluster["is_in_taxonomy"]}
    assert {"Delivery", "Money", "Late or lost parcels", "Refunds", "Product advice"} <= ours
    assert "Satellite phones in orbit" not in ours, "nobody talks of those"
    assert first.clusters["Refunds"]["parent_cluster_id"] == first.clusters["Money"]["cluster_id"]
    assert 10 <= first.clusters["Late or lost parcels"]["conversation_count"] <= 120


def test_what_fits_none_is_found_beside_them(nights: tuple[Warehouse, Night, Night]) -> None:
    _, first, _ = nights
    beside = first.clusters["Not in your taxonomy"]
    below = [one for one in first.clusters.values() if one["parent_cluster_id"] == beside["cluster_id"]]
    assert len(below) >= 3
    assert {one["is_in_taxonomy"] for one in below} == {False}
    assert max(one["level"] for one in first.clusters.values()) <= 3


def test_each_conversation_is_in_one_leaf(nights: tuple[Warehouse, Night, Night]) -> None:
    warehouse, first, _ = nights
    total = warehouse.value("select count(*) from fct_kura__conversations")
    assert sum(one["conversation_count"] for one in first.clusters.values() if one["is_leaf"]) == total
    assert sum(one["conversation_count"] for one in first.clusters.values() if one["level"] == 0) == total


def test_a_run_tells_the_share_of_the_taxonomy(nights: tuple[Warehouse, Night, Night]) -> None:
    warehouse, first, _ = nights
    [(share, largest)] = warehouse.rows(
        "select taxonomy_share, largest_cluster_share from fct_kura__runs where stage = 'fit' order by started_at limit 1"
    )
    assert 0.05 < share < 0.6
    assert largest < first.clusters["Not in your taxonomy"]["conversation_count"] / 485 - 0.1


def test_an_edited_description_is_a_refit_in_which_topics_keep_their_ids(
    nights: tuple[Warehouse, Night, Night],
) -> None:
    warehouse, first, second = nights
    assert (first.decision, second.decision) == ("refit: first fit", "refit: settings (taxonomy)")
    for name, cluster in first.clusters.items():
        if cluster["is_in_taxonomy"]:
            assert second.clusters[name]["cluster_id"] == cluster["cluster_id"]
    kept = [one for one in first.clusters.values() if one["is_in_taxonomy"] is False and one["is_leaf"]]
    ids = {one["cluster_id"] for one in second.clusters.values()}
    assert sum(one["cluster_id"] in ids for one in kept) >= 0.8 * len(kept)
    embedded = "select rows_new from kura_run_log where stage = 'embeddings' order by recorded_at desc limit 1"
    assert warehouse.value(embedded) == 0


def test_only_what_was_found_is_fitted_again_to_see_how_stable_it_is(nights: tuple[Warehouse, Night, Night]) -> None:
    warehouse, _, second = nights
    scored = warehouse.kura("evaluate", "--json", "figures.json", "--stability", "1")
    assert scored.returncode == 0, scored.stderr
    figures = json.loads((warehouse.folder / "figures.json").read_text())
    assert any("found beside your taxonomy" in note for note in figures["notes"])
    found = [one for one in second.clusters.values() if one["is_in_taxonomy"] is False and one["is_leaf"]]
    leaves = len(found) - 1  # one is that of the outliers
    assert 0.5 * leaves <= figures["stability"]["seeds"]["n_leaves"][0] <= 1.5 * leaves


PROBLEMS = {
    "[('', none, false)]": "a row has no topic",
    "[('A', none, false), ('a ', none, false)]": "stands there twice",
    "[('A' * 201, none, false)]": "is longer than 200 characters",
    "[('A', 'B' * 201, false)]": "is longer than 200 characters",
    "[('A', 'B', false), ('B', 'A', false)]": "run in a circle",
    "[('A', 'a', false)]": "run in a circle",
    "[]": "it has no rows",
    "[('A', 'B', false), ('B', none, true)]": "has examples and topics below it",
    "[('A', 'B', true), ('B', 'C', false), ('C', 'D', false), ('D', 'E', false)]": "on the fifth level",
    "[('Not in your  taxonomy', none, false)]": "cannot be called",
    "[('None', none, false)]": "cannot be called",
    "[('A', 'B', true), ('C', 'B', false), ('B', none, false)]": "none",
}


def test_what_is_wrong_with_a_taxonomy_is_said_in_words(nights: tuple[Warehouse, Night, Night]) -> None:
    warehouse, *_ = nights
    cases = " union all ".join(
        f"select {number} as number, $${{{{ kura.taxonomy_problem({rows}) or 'none' }}}}$$ as said"
        for number, rows in enumerate(PROBLEMS)
    )
    said = {row["number"]: row["said"] for row in warehouse.shown(cases)}
    for number, words in enumerate(PROBLEMS.values()):
        assert words in said[number], words


def test_a_table_without_topics_stops_the_build_before_anything_is_summarised(
    nights: tuple[Warehouse, Night, Night],
) -> None:
    warehouse, *_ = nights
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("create or replace table mine.wrong as select 'Refunds' as thema")
    output = warehouse.dbt("run", "--select", "stg_kura__taxonomy+", fails=True, kura_taxonomy="mine.wrong")
    assert "no column topic, but thema" in output
    assert "SKIP" in output
    assert "there is no such table" in warehouse.dbt(
        "run", "--select", "stg_kura__taxonomy", fails=True, kura_taxonomy="mine.missing"
    )


def test_a_model_is_asked_about_the_border_of_topics_once(nights: tuple[Warehouse, Night, Night]) -> None:
    warehouse, *_ = nights

    def sorts(call: Call) -> Reply:
        return completion(json.dumps({"topic": "none"}))

    # while a stage asks, a row every few seconds tells what has been spent since the last one
    spent = (
        "select max((figures->>'taxonomy_asked')::int), sum(calls), sum(cost_usd) from kura_run_log"
        " where stage = 'fit' and calls > 0"
    )
    with StandIn(sorts) as server:
        warehouse.environment |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
        model: dict[str, Any] = {
            "kura_provider": "openai",
            "kura_llm_model": "gpt-4o-mini",
            "kura_cluster_on": "user_turns",
        }
        given = warehouse.value("select count(*) from int_kura__cluster_fit where cluster_id like 't%'")
        warehouse.dbt("run", "--select", "int_kura__cluster_fit", fails=False, **model)
        [(asked, calls, cost)] = warehouse.rows(spent)
        texts = warehouse.value("select count(*) from int_kura__cluster_fit")
        assert 5 <= len(server.calls) <= texts / 10
        assert (asked, calls) == (len(server.calls), len(server.calls))
        assert cost > 0
        assert warehouse.value("select count(*) from int_kura__cluster_fit where cluster_id like 't%'") < given
        first = len(server.calls)
        warehouse.dbt("run", "--select", "int_kura__cluster_fit", "--full-refresh", **model)
        assert len(server.calls) == first, "what was said of a text holds"

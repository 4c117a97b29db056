"""What each level of `kura_publish` gives to readers, and that nobody can work out more from it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.attacker import Cell, determined
from tests.support.warehouse import Warehouse

LIMIT = 4
AGGREGATES = {"kura_publish": "aggregates", "kura_min_published_conversations": LIMIT}
ROWS = ("fct_kura__conversations", "fct_kura__conversation_attributes", "fct_kura__cluster_examples", "kura_rejected_messages")


@pytest.fixture(scope="module")
def aggregates(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("aggregates"))
    warehouse.dbt("build", **AGGREGATES)
    return warehouse


def tables(warehouse: Warehouse, schema: str) -> set[str]:
    return {name for (name,) in warehouse.rows(f"select table_name from duckdb_tables() where schema_name = '{schema}'")}


def leaves_below(warehouse: Warehouse) -> dict[str, list[str]]:
    return dict(
        warehouse.rows(
            "select b.ancestor_cluster_id, list(b.descendant_cluster_id order by 1) from bridge_kura__cluster_ancestors as b"
            " inner join dim_kura__clusters as c on b.descendant_cluster_id = c.cluster_id and c.is_leaf group by 1"
        )
    )


def test_with_aggregates_no_table_with_rows_of_conversations_is_public(aggregates: Warehouse) -> None:
    assert not tables(aggregates, "kura") & set(ROWS)
    assert set(ROWS) <= tables(aggregates, "kura_internal")


def test_with_aggregates_no_number_below_the_limit_is_told(aggregates: Warehouse) -> None:
    for table in ("dim_kura__clusters", "fct_kura__cluster_facets", "fct_kura__cluster_trends"):
        small = aggregates.rows(f"select * from {table} where conversation_count between 1 and {LIMIT - 1}")
        assert small == [], table
    assert aggregates.value("select count(*) from fct_kura__cluster_trends where conversation_count is null") > 0
    assert aggregates.value("select count(*) from fct_kura__cluster_facets where value = 'other'") > 0


def test_with_aggregates_periods_can_not_be_worked_out(aggregates: Warehouse) -> None:
    below = leaves_below(aggregates)
    told = aggregates.rows("select cluster_id, period_start, conversation_count from fct_kura__cluster_trends")
    periods = sorted({period for _, period, _ in told})
    topics = {cluster for (cluster,) in aggregates.rows("select cluster_id from dim_kura__clusters where level = 0")}
    sums: list[tuple[list[Cell], float]] = []
    for cluster, period, count in told:
        cells: list[Cell] = [(leaf, period) for leaf in below[cluster]]
        if cluster == "outliers":  # which hold the topics that are not told
            cells += [
                (leaf, period) for topic, when, number in told if (topic in topics, when, number) == (True, period, None) for leaf in below[topic]
            ]
        if count is not None:
            sums.append((cells, count))
    for cluster, count in aggregates.rows("select cluster_id, conversation_count from dim_kura__clusters"):
        sums.append(([(leaf, period) for leaf in below[cluster] for period in periods], count))
    asked: dict[Any, list[Cell]] = {
        (cluster, period): [(leaf, period) for leaf in below[cluster]] for cluster in below for period in periods
    }
    truth = dict(
        ((cluster, period), number)
        for cluster, period, number in aggregates.rows(
            "select b.ancestor_cluster_id, p.period_start, count(*) from kura_internal.int_kura__published_periods as p"
            " inner join bridge_kura__cluster_ancestors as b on p.cluster_id = b.descendant_cluster_id group by all"
        )
    )
    small = {name for name in asked if 0 < truth.get(name, 0) < LIMIT}
    assert len(small) > 20
    found = dict(determined(sums, asked))
    assert len(found) > 50  # and what is told is found
    assert small.isdisjoint(found), sorted((name, found[name]) for name in small & set(found))


def test_with_aggregates_values_of_facets_can_not_be_worked_out(aggregates: Warehouse) -> None:
    below = leaves_below(aggregates)
    told = aggregates.rows(
        "select cluster_id, value, conversation_count from fct_kura__cluster_facets where facet = 'conversation_length'"
    )
    truth = {
        (cluster, value): number
        for cluster, value, number in aggregates.rows(
            "select b.ancestor_cluster_id, f.value, count(*) from kura_internal.int_kura__facet_values as f"
            " inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id"
            " where f.facet = 'conversation_length' group by all"
        )
    }
    values = sorted({value for _, value in truth})
    sums: list[tuple[list[Cell], float]] = []
    for cluster, value, count in told:
        shown = {other for same, other, _ in told if same == cluster}
        hidden = [each for each in values if each not in shown] if value == "other" else [value]
        sums.append(([(leaf, each) for leaf in below[cluster] for each in hidden], count))
    for cluster, count in aggregates.rows("select cluster_id, conversation_count from dim_kura__clusters"):
        sums.append(([(leaf, value) for leaf in below[cluster] for value in values], count))
    asked: dict[Any, list[Cell]] = {
        (cluster, value): [(leaf, value) for leaf in below[cluster]] for cluster in below for value in values
    }
    small = {name for name in asked if 0 < truth.get(name, 0) < LIMIT}
    assert len(small) > 10
    found = dict(determined(sums, asked))
    assert len(found) > 10
    assert small.isdisjoint(found), sorted((name, found[name]) for name in small & set(found))


def test_with_aggregates_no_moment_is_that_of_one_conversation(aggregates: Warehouse) -> None:
    assert (
        aggregates.value(
            "select count(*) from dim_kura__clusters where first_seen_at <> date_trunc('week', first_seen_at)"
            " or last_seen_at <> date_trunc('week', last_seen_at)"
        )
        == 0
    )


def test_a_level_down_puts_the_rows_back_and_one_up_takes_them_away(aggregates: Warehouse) -> None:
    aggregates.dbt("run", kura_publish="summaries")
    assert set(ROWS) <= tables(aggregates, "kura")
    assert not tables(aggregates, "kura_internal") & set(ROWS)
    aggregates.dbt("run", **AGGREGATES)
    assert not tables(aggregates, "kura") & set(ROWS)

"""A warehouse that is refreshed every night: what changed costs what changed, and ids mean the same tomorrow."""

from __future__ import annotations

import csv
import random
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from sklearn.metrics import adjusted_rand_score

from tests.support.project import AT_THE_END, REPOSITORY
from tests.support.warehouse import Warehouse

WEEKS = 12
RESERVED = {"outliers", "unprocessed"}


class Night(NamedTuple):
    """What a build left behind: where every conversation is, names by id, and what the fit decided."""

    clusters: dict[str, str]
    topics: dict[str, str]
    names: dict[str, str]
    decision: str
    kept_leaf_share: float | None
    kept_topic_share: float | None
    untold_share: float | None


def sample_rows() -> list[dict[str, str]]:
    with (REPOSITORY / "seeds" / "kura_sample_messages.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def write_messages(folder: Path, rows: list[dict[str, str]]) -> str:
    with (folder / "chats.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return str(folder / "chats.csv")


def night(warehouse: Warehouse) -> Night:
    decision = warehouse.rows(
        "select decision, kept_leaf_share, kept_topic_share, untold_share from fct_kura__runs"
        " where stage = 'fit' order by started_at desc limit 1"
    )[0]
    return Night(
        dict(warehouse.rows("select conversation_id, cluster_id from fct_kura__conversations")),
        dict(
            warehouse.rows(
                "select conversation_id, root_cluster_id from fct_kura__conversations"
                " inner join dim_kura__clusters using (cluster_id)"
            )
        ),
        dict(warehouse.rows("select cluster_id, name from dim_kura__clusters")),
        *decision,
    )


def same(before: dict[str, str], after: dict[str, str]) -> float:
    """Share of the conversations in a cluster before that are in a cluster with the same id."""
    placed = {c: k for c, k in before.items() if k not in RESERVED}
    return sum(after.get(c) == k for c, k in placed.items()) / len(placed)


def same_cluster(before: Night, after: Night) -> float:
    return same(before.clusters, after.clusters)


def agreement(one: dict[str, str], other: dict[str, str]) -> float:
    shared = sorted(one.keys() & other.keys())
    return float(adjusted_rand_score([one[c] for c in shared], [other[c] for c in shared]))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, list[Night]]:
    """Twelve nights, each with the conversations of a week more, and a thirteenth with nothing new."""
    warehouse = Warehouse(tmp_path_factory.mktemp("nights")).without(*AT_THE_END)
    rows = sample_rows()
    started = {row["conversation_id"]: row["created_at"] for row in reversed(rows)}
    order = sorted(started, key=lambda conversation: (started[conversation], conversation))
    found = []
    for number, week in enumerate([*range(1, WEEKS + 1), WEEKS]):
        # the data tests take a third of a build; they look at the first night, and at what all of them have come to
        warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test" if number in (0, WEEKS) else "unit_test test"
        known = set(order[: len(order) * week // WEEKS])
        chats = write_messages(warehouse.folder, [row for row in rows if row["conversation_id"] in known])
        warehouse.dbt("build", kura_input=chats)
        found.append(night(warehouse))
    return warehouse, found


def test_a_night_without_a_refit_moves_nobody(nights: tuple[Warehouse, list[Night]]) -> None:
    _, found = nights
    kept = [(before, after) for before, after in pairwise(found) if after.decision == "kept"]
    assert len(kept) >= 4
    assert all(same_cluster(before, after) == same(before.topics, after.topics) == 1 for before, after in kept)
    assert all(before.names.items() <= after.names.items() for before, after in kept)


def test_a_refit_keeps_most_conversations_where_they_were(nights: tuple[Warehouse, list[Night]]) -> None:
    _, found = nights
    refits = [same_cluster(before, after) for before, after in pairwise(found) if after.decision != "kept"]
    reasons = {f"refit: {reason}" for reason in ("first fit", "growth", "outliers", "distance", "settings (encoder)")}
    assert {after.decision for after in found} <= {"kept"} | reasons
    # measured: 0.35, 0.90, 0.41 (with another encoder), 0.89, 0.88, 0.88; the first forty say little of the next
    assert min(refits[1:]) > 0.35
    assert sum(refits) / len(refits) > 0.65


def test_twelve_nights_come_to_much_the_same_as_one_build(
    nights: tuple[Warehouse, list[Night]], grown: list[Night]
) -> None:
    _, found = nights
    assert found[-1].clusters.keys() == grown[-1].clusters.keys()
    assert agreement(found[-1].clusters, grown[-1].clusters) > MINIMUM_AGREEMENT


# Measured: 0.71 for weeks in order; two seeds of one build agree by 0.95.
MINIMUM_AGREEMENT = 0.65


def test_a_night_with_nothing_new_does_nothing(nights: tuple[Warehouse, list[Night]]) -> None:
    warehouse, found = nights
    assert found[-1] == found[-2]._replace(decision="kept", kept_leaf_share=1, kept_topic_share=1, untold_share=0)
    stages = warehouse.rows(
        "select stage, rows_new, calls from fct_kura__runs where stage not in ('messages', 'run')"
        " qualify started_at = max(started_at) over () order by stage"
    )
    assert stages == [(stage, 0, 0) for stage in ("embeddings", "fit", "languages", "map", "names", "summaries")]


def test_every_run_and_every_night_is_on_record(nights: tuple[Warehouse, list[Night]]) -> None:
    warehouse, found = nights
    assert warehouse.value("select count(distinct run_id) from fct_kura__runs") == len(found)
    grown = warehouse.rows("select rows_in, rows_new from fct_kura__runs where stage = 'summaries' order by started_at")
    before = [0, *(rows_in for rows_in, _ in grown)]
    assert [rows_new for _, rows_new in grown] == [now - then for then, now in pairwise(before)]


def test_the_lineage_tells_what_became_of_every_cluster(nights: tuple[Warehouse, list[Night]]) -> None:
    warehouse, found = nights
    refits = [(before, after) for before, after in pairwise(found) if after.decision != "kept"]
    fits = warehouse.rows("select distinct fit_id, previous_fit_id from fct_kura__cluster_lineage")
    assert len(fits) == len(refits) + 1
    chain = {previous: fit for fit, previous in fits}
    fit = chain[None]
    for before, after in refits:
        fit = chain[fit]
        rows = warehouse.rows(
            "select old_cluster_id, new_cluster_id, change from fct_kura__cluster_lineage where fit_id = ?", fit
        )
        old, new = before.names.keys() - RESERVED, after.names.keys() - RESERVED
        assert {row[0] for row in rows} - {None} == old
        assert {row[1] for row in rows} - {None} == new
        assert {row[0] for row in rows if row[2] in ("kept", "grew")} == old & new
        assert {row[1] for row in rows if row[2] == "born"} == new - old
        assert {row[0] for row in rows if row[2] in ("gone", "merged")} == old - new


def test_a_text_that_was_placed_is_not_compared_again_while_the_fit_stands(
    nights: tuple[Warehouse, list[Night]],
) -> None:
    warehouse, table, names = nights[0], "kura_internal.int_kura__assignments", "kura_internal.int_kura__cluster_names"
    (kept, was), (stale, stale_was), (lost, lost_was), (gone, gone_was) = warehouse.rows(
        f"select conversation_id, cluster_id from {table} join kura_internal.int_kura__cluster_fit using (text_hash, cluster_id)"
        " order by all limit 4"
    )
    elsewhere = warehouse.rows(
        f"select max(cluster_id) from {names} where is_leaf and cluster_id not in (?, ?)", was, stale_was
    )[0][0]
    with duckdb.connect(str(warehouse.database)) as connection:
        # what no comparison would say: who is not compared keeps it
        connection.execute(
            f"update {table} set cluster_id = ? where conversation_id in (?, ?)", [elsewhere, kept, stale]
        )
        connection.execute(f"update {table} set placed_by = 'an older fit' where conversation_id = ?", [stale])
        connection.execute(f"update {table} set cluster_id = 'of the deleted' where conversation_id = ?", [gone])
        connection.execute(f"delete from {table} where conversation_id = ?", [lost])
        connection.execute(f"insert into {table} (conversation_id, cluster_id) values ('gone', 'elsewhere')")
        # as after names made anew from those of the fit that are left
        connection.execute(f"update {names} set recipe = 'other thresholds of ' || recipe, radius = radius - 9")
    only = ("run", "--select", "int_kura__assignments")
    places = warehouse.rows(
        f"select conversation_id, cluster_id from {table} where conversation_id <> 'gone' order by all"
    )
    warehouse.dbt(*only, kura_input=str(warehouse.folder / "chats.csv"))
    expected = {**dict(places), stale: stale_was, lost: lost_was, gone: gone_was}
    assert dict(warehouse.rows(f"select conversation_id, cluster_id from {table}")) == expected
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute(
            f"update {names} set recipe = replace(recipe, 'other thresholds of ', ''), radius = radius + 9"
        )
    warehouse.dbt(*only, "--full-refresh", kura_input=str(warehouse.folder / "chats.csv"))
    asked = f"select conversation_id, cluster_id from {table} where conversation_id in ('{kept}', '{stale}', '{lost}', 'gone')"
    assert dict(warehouse.rows(asked)) == {kept: was, stale: stale_was, lost: lost_was}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> list[Night]:
    """Nine tenths of the sample, then all of it with a refit, all in another order, and all learned from nothing."""
    warehouse = Warehouse(tmp_path_factory.mktemp("grown")).without(*AT_THE_END)
    rows = sample_rows()
    conversations = sorted({row["conversation_id"] for row in rows})
    some = set(random.Random(0).sample(conversations, len(conversations) * 10 // 11))
    other_order = conversations.copy()
    random.Random(1).shuffle(other_order)
    found = []
    for part, arguments in (
        ([row for row in rows if row["conversation_id"] in some], ["build"]),
        (rows, ["build"]),
        (sorted(rows, key=lambda row: other_order.index(row["conversation_id"])), ["build"]),
        (rows, ["build", "--full-refresh"]),
    ):
        # data tests look at the refit and at the full refresh
        warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test" if part is rows else "unit_test test"
        warehouse.dbt(*arguments, kura_input=write_messages(warehouse.folder, part), kura_refit="always")
        found.append(night(warehouse))
    return found


def test_a_tenth_more_leaves_the_others_where_they_were(grown: list[Night]) -> None:
    before, after = grown[:2]
    assert after.decision == "refit: always"
    assert same_cluster(before, after) >= 0.95
    assert same(before.topics, after.topics) >= 0.95
    assert sum(after.names.get(c) == name for c, name in before.names.items()) >= 0.95 * len(before.names)


def test_another_order_of_rows_changes_no_id_and_no_name(grown: list[Night]) -> None:
    assert grown[2][:3] == grown[1][:3]


def test_a_full_refresh_learns_anew_and_still_knows_the_clusters(grown: list[Night]) -> None:
    assert grown[3].decision == "refit: full refresh"
    assert same_cluster(grown[2], grown[3]) > 0.6

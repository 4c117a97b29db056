"""What each level of `kura_publish` gives to readers, and that nobody can work out more from it."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kura_udfs.commands import warehouse
from kura_udfs.commands.agents import copies
from kura_udfs.commands.places import read_manifest
from tests.support.attacker import Cell, determined
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

LIMIT = 4
AGGREGATES: dict[str, Any] = {
    "kura_publish": "aggregates",
    "kura_min_published_conversations": LIMIT,
    "kura_lenses": {"conversation": {"text": "user_turns"}, "told": {"text": "summary", "none": "exclude"}},
    "kura_compare": [
        {"by": "conversation_length", "baseline": "short"},
        {"by": "period", "baseline": ["2026-06-01", "2026-07-01"], "against": ["2026-07-01", "2026-08-01"]},
    ],
}
ROWS = (
    "fct_kura__conversations",
    "fct_kura__conversation_clusters",
    "fct_kura__conversation_attributes",
    "fct_kura__cluster_examples",
    "fct_kura__tool_calls",
    "kura_rejected_messages",
)


def write_sample_with_a_theme(path: Path) -> Path:
    """The sample, and in its last two weeks a theme that is alerted."""
    with (REPOSITORY / "seeds" / "kura_sample_messages.csv").open() as file:
        rows = list(csv.DictReader(file))
    things = ("letter", "mail", "news", "call", "text message", "post")
    for number in range(30):
        said = (
            f"is the {things[number % 6]} about a data breach at your shop real, was my password stolen {number // 6}"
        )
        ids = {"conversation_id": f"theme-{number}", "message_id": f"t{number}", "user_id": f"new-{number}"}
        at = datetime(2026, 8, 10) + timedelta(hours=11 * number)
        rows.append({**ids, "role": "user", "content": said, "created_at": str(at)})
    with path.open("w") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def aggregates(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("aggregates")).with_artifacts()
    chats = write_sample_with_a_theme(warehouse.folder / "chats.csv")
    golden = f"(select * from read_csv('{chats}') where user_id like 'u1%')"
    warehouse.variables = {"kura_input": str(chats), "kura_golden_set": golden}
    warehouse.dbt("build", **AGGREGATES)
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    return warehouse


def tables(warehouse: Warehouse, schema: str) -> set[str]:
    return {
        name for (name,) in warehouse.rows(f"select table_name from duckdb_tables() where schema_name = '{schema}'")
    }


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
    manifest = read_manifest(aggregates.folder / "target")
    agents = copies.of_warehouse(warehouse.Warehouse(str(aggregates.database), manifest))
    assert set(agents.newest().tables) == tables(aggregates, "kura")
    assert "kura_publish: aggregates" in aggregates.kura("sample", "--output", "-").stderr


def test_with_aggregates_no_number_below_the_limit_is_told(aggregates: Warehouse) -> None:
    assert aggregates.value("select count(*) from dim_kura__clusters where lens = 'told'") > 5
    for table in ("dim_kura__clusters", "fct_kura__cluster_facets", "fct_kura__cluster_trends"):
        small = aggregates.rows(f"select * from {table} where conversation_count between 1 and {LIMIT - 1}")
        assert small == [], table
    small = aggregates.rows(
        f"select * from fct_kura__comparisons where least(baseline_count, conversation_count) between 1 and {LIMIT - 1}"
    )
    assert small == []
    assert aggregates.rows(
        "select distinct golden_count, is_lacking from fct_kura__golden_set_coverage order by 2"
    ) == [
        (None, False),
        (None, True),
    ]
    assert aggregates.value("select count(distinct compared_by) from fct_kura__comparisons") == 2
    assert aggregates.value("select count(*) from fct_kura__cluster_trends where conversation_count is null") > 0
    assert aggregates.value("select count(*) from fct_kura__cluster_facets where value = 'other'") > 0
    # of the other lens nothing is told, not even zeros
    for table in ("fct_kura__cluster_trends", "fct_kura__cluster_facets"):
        assert aggregates.rows(f"select distinct lens from {table}") == [("conversation",)]


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
                (leaf, period)
                for topic, when, number in told
                if (topic in topics, when, number) == (True, period, None)
                for leaf in below[topic]
            ]
        if count is not None:
            sums.append((cells, count))
    for cluster, count in aggregates.rows("select cluster_id, conversation_count from dim_kura__clusters"):
        sums.append(([(leaf, period) for leaf in below[cluster] for period in periods], count))
    alerts = aggregates.rows("select cluster_id, period_start, conversation_count from fct_kura__alerts")
    assert alerts
    for cluster, last, count in alerts:  # of a period or of four, which the numbers that are told say
        known = {period: number for same, period, number in told if same == cluster}
        until = [period for period in periods if period <= last]
        assert any(count == sum(known[period] for period in until[-some:]) for some in (1, 4))
        assert None not in [known[period] for period in until[-16:]]
    asked: dict[Any, list[Cell]] = {
        (cluster, period): [(leaf, period) for leaf in below[cluster]] for cluster in below for period in periods
    }
    truth = {
        (cluster, period): number
        for cluster, period, number in aggregates.rows(
            "select b.ancestor_cluster_id, p.period_start, count(*) from kura_internal.int_kura__published_periods as p"
            " inner join bridge_kura__cluster_ancestors as b on p.cluster_id = b.descendant_cluster_id group by all"
        )
    }
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


def test_with_aggregates_comparisons_hold_what_facets_and_trends_tell_and_no_more(aggregates: Warehouse) -> None:
    told = aggregates.rows(
        "select cluster_id, baseline, segment, baseline_count, conversation_count from fct_kura__comparisons"
        " where compared_by = 'conversation_length'"
    )
    facets = {
        (cluster, value): count
        for cluster, value, count in aggregates.rows(
            "select cluster_id, value, conversation_count from fct_kura__cluster_facets where facet = 'conversation_length'"
        )
    }
    for cluster, baseline, segment, old, new in told:
        assert (facets[cluster, baseline], facets[cluster, segment]) == (old, new)
    trends = dict(
        aggregates.rows(
            "select cluster_id, sum(conversation_count) from fct_kura__cluster_trends"
            " where period_start >= '2026-07-01' and period_start < '2026-08-01'"
            " group by 1 having count(*) = count(conversation_count)"
        )
    )
    told = aggregates.rows(
        "select cluster_id, conversation_count from fct_kura__comparisons where compared_by = 'period'"
    )
    assert told
    assert all(trends[cluster] == count for cluster, count in told)


def test_with_aggregates_no_moment_is_that_of_one_conversation(aggregates: Warehouse) -> None:
    assert (
        aggregates.value(
            "select count(*) from dim_kura__clusters where first_seen_at <> date_trunc('week', first_seen_at)"
            " or last_seen_at <> date_trunc('week', last_seen_at)"
        )
        == 0
    )


def test_a_level_down_puts_the_rows_back_and_one_up_takes_them_away(aggregates: Warehouse) -> None:
    only_published = ("run", "--select", "kura_publications+")
    aggregates.dbt(*only_published, **{**AGGREGATES, "kura_publish": "summaries"})
    assert set(ROWS) <= tables(aggregates, "kura")
    assert not tables(aggregates, "kura_internal") & set(ROWS)
    aggregates.dbt("run", **AGGREGATES)
    assert not tables(aggregates, "kura") & set(ROWS)


def test_ids_that_are_personal_data_are_hashed_and_others_if_asked(warehouse: Warehouse) -> None:
    chats = [
        ("jo@example.com", "a1"),
        ("+49 151 23456789", "a2"),
        ("4915123456789@s.whatsapp.net", "whatsapp:+15551234567"),
        ("user-17", "2026-01-15"),
    ]
    lines = [
        json.dumps(
            {"conversation_id": thread, "user_id": user, "messages": [{"role": "user", "content": f"order {user}"}]}
        )
        for user, thread in chats
    ]
    (warehouse.folder / "chats.jsonl").write_text("\n".join(lines))
    plain = "select conversation_id, user_id from stg_kura__conversations order by all"
    warehouse.environment["KURA_HASH_SALT"] = "pepper"
    warehouse.stage(kura_input=str(warehouse.folder / "chats.jsonl"))
    hashed = {user: "h:" + hashlib.sha256(f"pepper{user}".encode()).hexdigest()[:32] for pair in chats for user in pair}
    assert set(warehouse.rows(plain)) == {
        ("a1", hashed["jo@example.com"]),
        ("a2", hashed["+49 151 23456789"]),
        (hashed["whatsapp:+15551234567"], hashed["4915123456789@s.whatsapp.net"]),
        ("2026-01-15", "user-17"),
    }
    warehouse.stage(kura_input=str(warehouse.folder / "chats.jsonl"), kura_hash_ids=["user_id", "conversation_id"])
    assert set(warehouse.rows(plain)) == {(hashed[thread], hashed[user]) for user, thread in chats}


def test_a_salt_is_made_once_and_stands_in_no_file_of_dbt(warehouse: Warehouse) -> None:
    del warehouse.with_artifacts().environment["KURA_HASH_SALT"]
    warehouse.dbt("run", "--select", "kura_salt")
    salt = warehouse.value("select salt from kura_internal.kura_salt")
    warehouse.dbt("run", "--select", "kura_salt", "--full-refresh")
    assert warehouse.value("select salt from kura_internal.kura_salt") == salt
    warehouse.environment["KURA_HASH_SALT"] = "a-secret-salt"
    warehouse.dbt("run", "--select", "kura_salt")
    assert warehouse.value("select salt from kura_internal.kura_salt") == "a-secret-salt"
    written = [
        path for path in warehouse.folder.rglob("*") if path.is_file() and path.suffix not in (".duckdb", ".wal")
    ]
    assert not [path for path in written if b"a-secret-salt" in path.read_bytes()]


def test_nothing_is_said_of_a_cluster_of_too_few_in_any_public_table(warehouse: Warehouse) -> None:
    parcel = [
        "where is my parcel",
        "my parcel has not arrived",
        "parcel is late",
        "the parcel never came",
        "no parcel yet",
    ]
    card = [
        "my card was declined",
        "card payment failed",
        "the card is not accepted",
        "card rejected again",
        "pay by card fails",
    ]
    secret = [
        "zorblatt fever since monday",
        "zorblatt fever and rash",
        "zorblatt fever medicine",
        "is zorblatt fever bad",
        "zorblatt",
    ]
    lines = []
    for number, text in enumerate([*parcel * 4, *card * 4, *secret * 4]):
        user = "patient" if "zorblatt" in text else f"u{number % 9}"
        row = {
            "conversation_id": f"c{number}",
            "user_id": user,
            "created_at": f"2026-03-{1 + number % 28:02d}T10:00:00Z",
        }
        lines.append(json.dumps({**row, "plan": text, "messages": [{"role": "user", "content": f"{text} {number}"}]}))
    (warehouse.folder / "chats.jsonl").write_text("\n".join(lines))
    warehouse.dbt(
        "build",
        kura_input=str(warehouse.folder / "chats.jsonl"),
        kura_min_published_users=2,
        kura_passthrough_columns=["plan"],
        kura_publish="transcripts",
    )
    assert warehouse.value("select count(*) from dim_kura__clusters where is_suppressed") > 0
    for table in sorted(tables(warehouse, "kura")):
        said = [row for row in warehouse.rows(f"select * from {table}") if "zorblatt" in str(row).lower()]
        assert said == [], table
    assert "parcel" in str(warehouse.rows("select extract, transcript from fct_kura__conversations"))
    assert warehouse.value("select count(*) from fct_kura__conversations") == 60

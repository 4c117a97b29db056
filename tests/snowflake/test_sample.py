"""What `dbt build` makes of the bundled sample on Snowflake is what it makes of it on DuckDB."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tests.snowflake.test_docs import statements
from tests.support.project import KURA, REPOSITORY
from tests.support.snowflake_privileges import granted, made_schemas
from tests.support.snowflake_schema import IS_REAL, Snowflake, new_snowflake
from tests.support.warehouse import Warehouse
from tests.support.webhook import webhook

# of the runs what is not of the machine is compared on its own
MARTS = sorted({path.stem for path in (REPOSITORY / "models" / "marts").glob("*.sql")} - {"kura_publications", "fct_kura__runs"})  # fmt: skip
# the sample with columns that go along, and a condition that every row meets
SETTINGS: dict[str, Any] = {
    "kura_passthrough_columns": [{"speaker": "role"}, {"sent": "created_at"}],
    "kura_input_where": "coalesce(role, '') <> 'nobody'",
}
LOCAL = {**SETTINGS, "kura_embedder": "minilm"}  # which `auto` is on Snowflake
NEW = [
    ("new-1", "My tent pole snapped in the wind on the second night, can I get a spare one?"),
    ("new-2", "The refund for my jacket has not arrived on my card after three weeks."),
    ("new-3", "My tent pole snapped in the wind on the second night, can I get a spare one?"),
]


@pytest.fixture(scope="module")
def snowflake(tmp_path_factory: pytest.TempPathFactory, account: Any) -> Iterator[Snowflake]:
    for made in new_snowflake(tmp_path_factory, account):
        made.deploy()
        made.with_own_checks().with_artifacts().dbt("build", **SETTINGS)
        yield made


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    made = Warehouse(tmp_path_factory.mktemp("local"))
    made.dbt("build", **LOCAL)
    return made


def comparable(value: Any) -> Any:
    """Numbers of another type, and vectors of another precision, are the same result."""
    if isinstance(value, bool | str | None):
        # a field of a seed that holds nothing but spaces arrives on Snowflake as null
        return None if isinstance(value, str) and not value.strip() else value
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, int | float | Decimal):
        return round(float(value), 3)
    return value


def assert_same_marts(snowflake: Snowflake, local: Warehouse) -> None:
    for mart in MARTS:
        columns = [name for (name,) in local.rows(f"select column_name from (describe {mart})")]
        if mart == "kura_rejected_messages":
            columns.remove("source_row")  # a table has no order on Snowflake
        if mart == "fct_kura__cluster_lineage":
            columns.remove("fitted_at")
        query = f"select {', '.join(columns)} from {mart}"
        theirs = sorted((tuple(map(comparable, row)) for row in snowflake.rows(query)), key=repr)
        ours = sorted((tuple(map(comparable, row)) for row in local.rows(query)), key=repr)
        assert len(theirs) == len(ours), mart
        assert [row for row in theirs if row not in ours][:3] == [], mart


def test_every_mart_holds_the_same_rows_as_on_duckdb(snowflake: Snowflake, local: Warehouse) -> None:
    assert_same_marts(snowflake, local)


def test_search_finds_the_same_conversations_as_on_duckdb(snowflake: Snowflake, local: Warehouse) -> None:
    query = "select * from ({{ kura_search('wo bleibt mein Paket?', 5) }}) as found"
    shown = [
        [{name: comparable(value) for name, value in row.items()} for row in engine.shown(query, **settings)]
        for engine, settings in ((snowflake, SETTINGS), (local, LOCAL))
    ]
    assert len(shown[1]) == 10
    assert shown[0] == shown[1]


def test_large_numbers_are_grouped_as_on_duckdb(snowflake: Snowflake, local: Warehouse) -> None:
    numbers = ("7", "999", "1000", "98765", "1234567890")
    columns = [f"{{{{ kura.grouped_digits('{number}') }}}} as n{number}" for number in numbers]
    for engine in (snowflake, local):
        [shown] = engine.shown(f"select {', '.join(columns)}")
        assert [*shown.values()] == ["7", "999", "1,000", "98,765", "1,234,567,890"]


def test_alerts_are_posted_once(snowflake: Snowflake) -> None:
    columns = "alert_id, kind, cluster_id, severity, since, conversation_count, share, usual_share, q_value, is_active"
    row = "'a1', 'spike', cluster_id, 'high', to_date('2026-08-10', 'YYYY-MM-DD'), 30, 0.1, null, 0.01, true from dim_kura__clusters"
    leaf = "where is_leaf and not is_outliers order by cluster_id limit 1"
    snowflake.rows(f"insert into fct_kura__alerts ({columns}) select {row} {leaf}")
    path = snowflake.value(
        "select path from fct_kura__alerts inner join dim_kura__clusters using (cluster_id) where alert_id = 'a1'"
    )
    try:
        said = snowflake.run_cold([str(KURA), "alert"])  # also the dbt that it starts
        assert f"Far more than usual (high): {path}, 30 conversations since 2026-08-10, 10.0 %\n" in said.stdout, (
            said.stderr
        )
        with webhook() as (address, got):
            posted = [snowflake.kura("alert", "--webhook", address) for _ in range(2)]
        assert [run.stderr for run in posted] == ["", ""]
        assert posted[1].stdout == "Posted 0 new alerts.\n"
        assert len(got) == 1
        assert "30 conversations" in got[0]["text"]
        destinations = snowflake.rows(
            f"select alert_id, destination from {snowflake.schema}_internal.kura_posted_alerts"
        )
        assert "a1" in dict(destinations)
        assert address not in str(destinations)
    finally:
        snowflake.rows("delete from fct_kura__alerts where alert_id = 'a1'")


def assert_same_runs(snowflake: Snowflake, local: Warehouse) -> None:
    """The newest run of each is the same, but for its times."""
    query = (
        "select stage, embedder, rows_in, rows_out, rows_reused, rows_failed, calls from fct_kura__runs"
        " where started_at = (select max(started_at) from fct_kura__runs) order by stage"
    )
    theirs, ours = ([tuple(map(comparable, row)) for row in engine.rows(query)] for engine in (snowflake, local))
    assert theirs == ours
    assert len(ours) > 4


def test_the_run_is_recorded_with_the_same_rows_as_on_duckdb(snowflake: Snowflake, local: Warehouse) -> None:
    assert_same_runs(snowflake, local)


def test_every_statement_for_snowflake_parses(snowflake: Snowflake) -> None:
    files = [*snowflake.folder.glob("target/compiled/**/*.sql"), *snowflake.folder.glob("target/run/**/*.sql")]
    # a fixture of several unit tests has one file, which dbt's threads write at the same time
    files = [file for file in files if file.is_file() and not file.parent.name.endswith("_unit_tests.yml")]
    assert len(files) > 100
    for file in files:
        for statement in sqlglot.parse(file.read_text(), read="snowflake"):
            assert not isinstance(statement, exp.Command), file


@pytest.mark.skipif(IS_REAL, reason="a real account checks it itself")
def test_the_documented_grants_are_all_that_a_build_needs(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    own = made_schemas(account.statements) - {f"{snowflake.database}.{snowflake.schema}"}
    here = {need for need in account.needs if snowflake.schema in need.name or need.kind != "schema"}
    needed = {(need.privilege, need.kind) for need in here if need.name.upper() not in own}
    assert ("create function", "schema") in needed
    assert needed - granted(statements()) == set()


@pytest.mark.skipif(
    IS_REAL, reason="its documented grammar is looked at, and each of its expressions is asked of the tables"
)
def test_a_semantic_view_says_what_the_semantic_layer_says(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    assert "kura_semantic_layer: true" in snowflake.dbt("run-operation", "kura_semantic_view", fails=True)
    snowflake.dbt("run-operation", "kura_semantic_view", kura_semantic_layer=True, kura_time_spine=True)
    found = account.semantic_views[f"{snowflake.database}.{snowflake.schema}.KURA_TOPICS"]
    assert {"level_0_name", "started_at", "is_concerning", "period_start"} <= set(found["dimensions"])
    assert {"conversations", "users", "share", "frustration_rate", "cost_per_conversation"} <= set(found["metrics"])
    assert "growth" not in found["metrics"]  # which compares with an earlier time


def test_what_was_paid_for_is_kept_in_permanent_tables(snowflake: Snowflake) -> None:
    files = list(snowflake.folder.glob("target/run/**/state/kura_*.sql"))
    assert len(files) > 3
    assert not [file for file in files if "transient" in file.read_text()]


@pytest.mark.skipif(IS_REAL, reason="no statement fails when it is told to")
def test_readers_keep_all_that_they_have_when_a_statement_of_publishing_fails(
    snowflake: Snowflake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.snowflake_account import refusal

    account = snowflake.account
    assert account is not None
    plain = account.execute

    def execute(cursor: Any, command: str, run: Any) -> Any:
        if re.match(r'insert into \S+"FCT_KURA__RUNS"', command):
            raise refusal("no warehouse")
        return plain(cursor, command, run)

    [(tables,)] = snowflake.rows("select count(*) from fct_kura__cluster_trends")
    snowflake.rows("update dim_kura__clusters set name = 'as it was'")
    monkeypatch.setattr(account, "execute", execute)
    assert "no warehouse" in snowflake.dbt("run", "--select", "kura_publications", fails=True)
    assert snowflake.rows("select distinct name from dim_kura__clusters") == [("as it was",)]
    assert snowflake.rows("select count(*) from fct_kura__cluster_trends") == [(tables,)]


def edited(local: Warehouse) -> str:
    """Return statements that make a table of edits: of some clusters one of each kind."""
    leaves, topics = (
        [row[0] for row in local.rows(f"select cluster_id from dim_kura__clusters where {which} order by sort_order")]
        for which in ("is_leaf and level > 0", "not is_leaf")
    )
    rows = [
        (leaves[0], "rename", "Ours"), (leaves[1], "merge_into", leaves[2]), (leaves[3], "hide", ""),
        (leaves[-1], "move_under", topics[0]), (topics[1], "pin", ""), ("c0", "hide", ""),
    ]  # fmt: skip
    values = ", ".join(f"('{cluster}', '', '{edit}', '{value}')" for cluster, edit, value in rows)
    return f"select * from (values {values}) as edits (cluster_id, cluster_name, edit, value)"


def test_new_conversations_are_merged_edits_done_and_nothing_else_is_made_again(
    snowflake: Snowflake, local: Warehouse
) -> None:
    rows = ", ".join(f"('{name}', '{name}-m', 'u1', '2026-08-20 10:00:00', 'user', '{text}')" for name, text in NEW)
    insert = "kura_sample_messages (conversation_id, message_id, user_id, created_at, role, content) values"
    snowflake.rows(f"insert into {snowflake.schema}_internal.{insert} {rows}")
    with duckdb.connect(str(local.database)) as connection:
        connection.execute(f"insert into kura_internal.{insert} {rows}").fetchall()
    # of the same rows one of the two can say whether they are sound; both have run all tests on the build before
    snowflake.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    rows_of_edits = edited(local)
    snowflake.rows(f"create table {snowflake.schema}_internal.topic_edits as {rows_of_edits}")
    with duckdb.connect(str(local.database)) as connection:
        connection.execute(f"create table kura_internal.topic_edits as {rows_of_edits}").fetchall()
    curation = f"{snowflake.schema}_internal.topic_edits"
    snowflake.dbt("build", "--exclude", "resource_type:seed", kura_curation=curation, **SETTINGS)
    local.dbt("build", "--exclude", "resource_type:seed", kura_curation="kura_internal.topic_edits", **LOCAL)
    assert local.rows("select name from dim_kura__clusters where name in ('Ours', 'Hidden') order by 1") == [
        ("Hidden",),
        ("Ours",),
    ]
    statuses = "select status, count(*) from int_kura__curation group by status order by status"
    assert local.rows(statuses) == [("applied", 5), ("left_out", 1)]
    worked = dict(
        snowflake.rows(
            "select stage, rows_in - rows_reused from fct_kura__runs"
            " where started_at = (select max(started_at) from fct_kura__runs) and stage in ('summaries', 'embeddings')"
        )
    )
    assert worked == {"summaries": 2, "embeddings": 2}
    assert (
        snowflake.value(
            f"select count(*) - count(distinct text_hash) from {snowflake.schema}_internal.int_kura__embeddings"
        )
        == 0
    )
    assert_same_marts(snowflake, local)
    assert_same_runs(snowflake, local)

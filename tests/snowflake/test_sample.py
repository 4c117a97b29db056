"""What `dbt build` makes of the bundled sample on Snowflake is what it makes of it on DuckDB."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tests.snowflake.test_docs import statements
from tests.support.snowflake_privileges import granted, made_schemas
from tests.support.snowflake_schema import IS_REAL, Snowflake, new_snowflake
from tests.support.warehouse import Warehouse

MARTS = (
    "dim_kura__clusters", "bridge_kura__cluster_ancestors", "fct_kura__conversations",
    "fct_kura__conversation_attributes", "fct_kura__cluster_trends",
    "fct_kura__cluster_facets", "fct_kura__cluster_examples", "fct_kura__cluster_lineage", "kura_rejected_messages",
)  # fmt: skip
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
        made.dbt("build", **SETTINGS)
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


def test_the_run_is_recorded_with_the_same_rows_as_on_duckdb(snowflake: Snowflake, local: Warehouse) -> None:
    query = (
        "select stage, embedder, rows_in, rows_out, rows_reused, rows_failed, calls from fct_kura__runs order by stage"
    )
    assert [tuple(map(comparable, row)) for row in snowflake.rows(query)] == [
        tuple(map(comparable, row)) for row in local.rows(query)
    ]


def test_every_statement_for_snowflake_parses(snowflake: Snowflake) -> None:
    files = [*snowflake.folder.glob("target/compiled/**/*.sql"), *snowflake.folder.glob("target/run/**/*.sql")]
    # a fixture of several unit tests has one file, which dbt's threads write at the same time
    files = [file for file in files if not file.parent.name.endswith("_unit_tests.yml")]
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


def test_what_was_paid_for_is_kept_in_permanent_tables(snowflake: Snowflake) -> None:
    files = list(snowflake.folder.glob("target/run/**/state/kura_*.sql"))
    assert len(files) > 3
    assert not [file for file in files if "transient" in file.read_text()]


def test_new_conversations_are_merged_and_nothing_else_is_made_again(snowflake: Snowflake, local: Warehouse) -> None:
    rows = ", ".join(f"('{name}', '{name}-m', 'u1', '2026-08-20 10:00:00', 'user', '{text}')" for name, text in NEW)
    insert = "kura_sample_messages (conversation_id, message_id, user_id, created_at, role, content) values"
    snowflake.rows(f"insert into {snowflake.schema}_internal.{insert} {rows}")
    with duckdb.connect(str(local.database)) as connection:
        connection.execute(f"insert into kura_internal.{insert} {rows}").fetchall()
    # of the same rows one of the two can say whether they are sound; both have run all tests on the build before
    snowflake.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    snowflake.dbt("build", "--exclude", "resource_type:seed", **SETTINGS)
    local.dbt("build", "--exclude", "resource_type:seed", **LOCAL)
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

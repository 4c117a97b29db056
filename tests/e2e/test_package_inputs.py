"""What somebody's own project gives Kura to read: a source, a model, a source that is a file; whole, or a part for a trial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from tests.e2e.test_package import Shop

STAGING = ["--select", "+stg_kura__messages", "--exclude", "orders"]
FILES = """
version: 2
sources:
  - name: files
    config: {external_location: "chats/{name}.jsonl"}
    tables:
      - name: lines
      - name: columns
        config: {external_location: "read_parquet('chats/*.parquet')"}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path, {})
    (tmp_path / "chats").mkdir()
    (tmp_path / "models" / "files.yml").write_text(FILES)
    row = {"thread": "f", "role": "user", "body": "from a file"}
    (tmp_path / "chats" / "lines.jsonl").write_text(json.dumps(row) + "\nno JSON\n")
    duckdb.sql(f"copy (select 'p' as thread, 'user' as role, 'from columns' as body) to '{tmp_path}/chats/a.parquet'")
    (tmp_path / "models" / "stg_chats.sql").write_text("select *, 1 as extra from {{ source('app', 'chat_messages') }}")
    return shop


def set_input(shop: Shop, name: str) -> None:
    """As a guest does: in the project's file, where dbt turns it into what it names."""
    file = shop.folder / "dbt_project.yml"
    project: dict[str, Any] = yaml.safe_load(file.read_text())
    project["vars"]["kura"]["kura_input"] = name
    file.write_text(yaml.safe_dump(project))


def count(shop: Shop) -> Any:
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return connection.sql("select count(*) from main_internal.stg_kura__messages").fetchall()[0][0]


def test_a_trial_run_reads_nothing_or_a_part_of_a_source(shop: Shop) -> None:
    (shop.folder / "models" / "sources.yml").write_text(
        "{version: 2, sources: [{name: app, schema: app, tables: [{name: chat_messages, config: {event_time: created_at}}]}]}"
    )
    shop.dbt("run", "--empty", *STAGING)
    assert count(shop) == 0
    with duckdb.connect(str(shop.database)) as connection:
        connection.sql(
            "update app.chat_messages set created_at ="
            " case when thread = 't1' then '2020-01-01' else (now() at time zone 'UTC') - interval 1 hour end"
        )
    shop.dbt("run", "--sample", "2 days", *STAGING)
    assert count(shop) == 17
    shop.dbt("run", *STAGING)
    assert count(shop) == 18


def test_a_model_is_made_before_it_is_read(shop: Shop) -> None:
    set_input(shop, "{{ ref('stg_chats') }}")
    assert "stg_chats" in shop.dbt("ls", "--select", "+base_kura__messages")
    shop.dbt("run", "--select", "kura_run_log", *STAGING[1:])
    assert count(shop) == 18
    shop.dbt("run", *STAGING)  # which announces itself in the log
    shop.dbt("run", "--empty", *STAGING)
    assert count(shop) == 0


def test_a_model_that_is_named_as_a_table_is_said(shop: Shop) -> None:
    set_input(shop, "main.stg_chats")
    output = shop.dbt("run", "--select", "package:kura,+stg_kura__messages", fails=True)
    assert "kura_input: \"{{ ref('stg_chats') }}\"" in output
    shop.dbt("run", "--select", "stg_chats")
    output = shop.dbt("run", "--select", "package:kura,+stg_kura__messages")
    assert "dbt may read it before it is made anew" in output
    assert count(shop) == 18


def test_an_ephemeral_model_is_said(shop: Shop) -> None:
    (shop.folder / "models" / "stg_chats.sql").write_text(
        "{{ config(materialized='ephemeral') }} select * from {{ source('app', 'chat_messages') }}"
    )
    set_input(shop, "{{ ref('stg_chats') }}")
    assert "ephemeral model `stg_chats`" in shop.dbt("run", *STAGING, fails=True)


@pytest.mark.parametrize(("table", "content"), [("lines", "from a file"), ("columns", "from columns")])
def test_a_source_that_is_a_file_is_read_whole_and_for_a_trial(shop: Shop, table: str, content: str) -> None:
    set_input(shop, f"{{{{ source('files', '{table}') }}}}")
    shop.dbt("run", *STAGING)
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        assert connection.sql("select content from main_internal.stg_kura__messages").fetchall() == [(content,)]
        rejected = connection.sql(
            "select rejection_reason from main_internal.base_kura__messages where rejection_reason is not null"
        ).fetchall()
    assert rejected == ([("unreadable_row",)] if table == "lines" else [])
    if table == "columns":  # of lines of which one is no JSON, DuckDB makes no table
        shop.dbt("run", "--empty", *STAGING)
        assert count(shop) == 0


def test_a_table_may_be_called_as_files_end(shop: Shop) -> None:
    with duckdb.connect(str(shop.database)) as connection:
        connection.sql("create schema raw; create table raw.json as from app.chat_messages limit 3")
    set_input(shop, "raw.json")
    shop.dbt("run", *STAGING)
    assert count(shop) == 3

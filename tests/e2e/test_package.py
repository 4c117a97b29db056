"""Kura installed in somebody else's dbt project."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

PROJECT = """
name: shop
version: "1.0.0"
profile: shop
model-paths: ["models"]
vars:
  kura:
    kura_input: "{{ source('app', 'chat_messages') }}"
    kura_columns: {conversation_id: thread, content: body}
models:
  kura:
    +schema: insights
"""
SOURCES = """
version: 2
sources:
  - name: app
    schema: app
    tables: [{name: chat_messages}]
"""
PROFILE = """
shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('KURA_DUCKDB_PATH') }}"
      schema: main
      plugins: [{module: kura_udfs.functions.duckdb}]
"""


def test_the_package_works_on_the_source_table_of_another_project(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text(PROJECT)
    (project / "models" / "sources.yml").write_text(SOURCES)
    (project / "models" / "orders.sql").write_text("select 1 as order_id")
    (project / "packages.yml").write_text(f"packages: [{{local: {REPOSITORY}}}]")
    (tmp_path / "profiles.yml").write_text(PROFILE)
    shop = Warehouse(tmp_path, project)
    with duckdb.connect(str(shop.database)) as connection:
        connection.sql("create schema app")
        connection.sql(
            """
            create table app.chat_messages as
            select
                't' || i // 2 as thread,
                ['user', 'bot'][1 + i % 2] as role,
                now()::timestamp + interval (i) second as created_at,
                [
                    'my card was declined', 'Which card?', 'where is my parcel', 'On its way.',
                    'the app crashes', 'Update it.'
                ][1 + i % 6] as body
            from range(36) t(i)
            """
        )
    shop.dbt("deps")
    shop.dbt("build", "--select", "package:kura")
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        assert connection.sql("select count(*) from main_insights.fct_kura__conversations").fetchall() == [(18,)]
        tables = {name for (name,) in connection.sql("select table_name from duckdb_tables()").fetchall()}
    assert "kura_sample_messages" not in tables
    assert "orders" not in tables

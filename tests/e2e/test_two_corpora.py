"""Two corpora in one project, by the recipe in the docs: nothing of one is in the other."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import yaml

from tests.e2e.test_package import RECIPE, Shop, public
from tests.support.project import REPOSITORY

DOCS = (REPOSITORY / "docs" / "guest.md").read_text()
[PROFILE] = re.findall(r"```yaml\n# profiles\.yml: the same database.*?\n(.+?)```", DOCS, re.DOTALL)
[VARS] = re.findall(r"```yaml\n# dbt_project\.yml: what differs.*?\n(.+?)```", DOCS, re.DOTALL)
SOURCES = """
version: 2
sources:
  - name: app
    schema: app
    tables: [{name: store_messages}, {name: helpdesk_messages}]
"""


def test_two_corpora_have_tables_and_state_of_their_own(tmp_path: Path) -> None:
    shop = Shop(tmp_path, yaml.safe_load(RECIPE)["models"]["kura"]).with_artifacts()
    project = yaml.safe_load((tmp_path / "dbt_project.yml").read_text()) | yaml.safe_load(VARS)
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    (tmp_path / "profiles.yml").write_text(PROFILE)
    (tmp_path / "models" / "sources.yml").write_text(SOURCES)
    with duckdb.connect(str(shop.database)) as connection:
        for name, count in (("store", 12), ("helpdesk", 18)):
            connection.execute(
                f"create table app.{name}_messages as select 't' || i as conversation_id, 'user' as role, body as content,"
                f" created_at from (select *, row_number() over () as i from app.chat_messages) where i <= {count}"
            )
    shop.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    said = []
    for name in ("store", "helpdesk"):
        shop.environment["DBT_TARGET_PATH"] = f"target/{name}"
        said.append(shop.dbt("build", "--select", "package:kura", "--target", name))
    tables = shop.tables()
    assert set(tables) == {f"{name}_kura{part}" for name in ("store", "helpdesk") for part in ("", "_internal")}
    assert tables["store_kura"] == tables["helpdesk_kura"] == public()
    assert tables["store_kura_internal"] == tables["helpdesk_kura_internal"]
    for name, count in (("store", 12), ("helpdesk", 18)):
        drawn = shop.kura("tree", "--target-path", f"target/{name}").stdout
        assert f"Kura · {count} conversations" in drawn
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        runs = [
            connection.sql(f"select count(*) from {name}_kura.kura_publications").fetchall()[0][0]
            for name in ("store", "helpdesk")
        ]
    assert runs == [1, 1]
    # which may also be one corpus whose schema has got another name
    assert ["Another build has its ids" in output for output in said] == [False, True]
    assert "in store_kura_internal:" in said[1]

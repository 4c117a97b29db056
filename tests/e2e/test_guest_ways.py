"""What people do with dbt in a project of their own, with Kura in it: each line of the table in docs/guest.md."""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest
import yaml

from tests.e2e.test_package import PROFILE, RECIPE, Shop, public

SNAPSHOT = """
snapshots:
  - name: topics_then
    relation: ref('dim_kura__clusters')
    config: {schema: history, unique_key: cluster_id, strategy: check, check_cols: [name, conversation_count]}
"""
# for all models, ours too; nobody reads to their ends what they select
HOOKS = {"+pre-hook": {"sql": "select '{{ this }}'", "transaction": False}, "+post-hook": "select 1"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("shop")
    made = Shop(folder, yaml.safe_load(RECIPE)["models"]["kura"]).with_artifacts()
    profile = yaml.safe_load(PROFILE)
    outputs = profile["shop"]["outputs"]
    outputs["ci"] = {**outputs["dev"], "schema": "ci"}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profile))
    (folder / "snapshots").mkdir()
    (folder / "snapshots" / "topics.yml").write_text(SNAPSHOT)
    (folder / "models" / "large_topics.sql").write_text(
        "select name from {{ ref('dim_kura__clusters') }} where conversation_count > 3"
    )
    project = yaml.safe_load((folder / "dbt_project.yml").read_text())
    project["models"] |= HOOKS
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
    made.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    made.dbt("build", "--threads", "1")
    shutil.copytree(folder / "target", folder / "state")
    return made


def value(shop: Shop, sql: str) -> object:
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        return connection.sql(sql).fetchall()[0][0]


def test_a_snapshot_of_the_clusters_has_one_row_for_each_state_of_them(shop: Shop) -> None:
    clusters = value(shop, "select count(*) from main_kura.dim_kura__clusters")
    assert value(shop, "select count(*) from main_history.topics_then where dbt_valid_to is null") == clusters


def test_dbt_shows_what_is_in_a_public_table(shop: Shop) -> None:
    said = shop.dbt("show", "--select", "dim_kura__clusters", "--limit", "100", "--output", "json")
    shown = json.loads(said[said.index("{") : said.rindex("}") + 1])["show"]
    assert len(shown) == value(shop, "select count(*) from main_kura.dim_kura__clusters")


def test_eight_threads_make_the_same_as_one(shop: Shop) -> None:
    before = value(shop, "select list(clusters order by cluster_id) from main_kura.dim_kura__clusters as clusters")
    shop.dbt("build", "--threads", "8", "--full-refresh")
    after = value(shop, "select list(clusters order by cluster_id) from main_kura.dim_kura__clusters as clusters")
    assert after == before


def test_an_empty_build_leaves_to_readers_what_they_had(shop: Shop) -> None:
    shop.dbt("build", "--select", "package:kura", "--empty")
    assert value(shop, "select count(*) from main_kura.fct_kura__conversations") == 18


def test_models_that_read_ours_are_built_with_defer_where_ours_are_not(shop: Shop) -> None:
    shop.dbt("run", "--select", "large_topics", "--defer", "--state", "state", "--target", "ci")
    assert "ci_kura" not in shop.tables()
    assert value(shop, "select count(*) > 0 from ci.large_topics")
    said = shop.dbt("ls", "--select", "state:modified", "--state", "state")
    assert "kura" not in said.replace("kura.on-run", "")


def test_a_clone_has_all_of_our_public_tables(shop: Shop) -> None:
    shop.dbt("clone", "--select", "kura.marts", "--state", "state", "--target", "ci")
    with duckdb.connect(str(shop.database), read_only=True) as connection:
        rows = connection.sql(
            "select table_name from information_schema.tables where table_schema = 'ci_kura'"
        ).fetchall()
        assert {name for (name,) in rows} == public()
        assert connection.sql("select count(*) from ci_kura.fct_kura__conversations").fetchall() == [(18,)]

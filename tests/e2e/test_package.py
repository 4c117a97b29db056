"""Kura installed in somebody else's dbt project."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from kura_udfs.commands.places import read_manifest
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

[RECIPE] = re.findall(r"```yaml\n# dbt_project\.yml\n(.+?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)
[OWN_DIMENSIONS] = re.findall(
    r"```yaml\n(semantic_models:.+?)```", (REPOSITORY / "docs" / "bi.md").read_text(), re.DOTALL
)
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
      path: shop.duckdb
      schema: main
      plugins: [{module: kura_udfs.functions.duckdb}]
"""
CUSTOM_NAMES = """
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
"""
FAILING = """
name: aardvark
version: "1.0.0"
on-run-end: ["select error('no such hook')"]
"""
PARTS = {
    "trends": {"fct_kura__cluster_trends"},
    "facets": {"fct_kura__cluster_facets"},
    "examples": {"fct_kura__cluster_examples"},
    "lineage": {"fct_kura__cluster_lineage"},
    "comparisons": {"fct_kura__comparisons"},
    "alerts": {"fct_kura__alerts"},
    "tools": {"fct_kura__cluster_tools", "fct_kura__tool_calls"},
    "golden_set": {"fct_kura__golden_set_coverage"},
}
AT_THE_END = set().union(*PARTS.values())
ROW_LEVEL = {"fct_kura__cluster_examples", "fct_kura__tool_calls"}
MADE_OF = {"trends": {"comparisons", "alerts"}, "facets": {"comparisons", "tools"}}
SAID = ["my card was declined", "where is my parcel", "the app crashes"]


class Shop(Warehouse):
    """A project with a source of its own, and Kura as a package in it."""

    def __init__(self, folder: Path, models: Mapping[str, Any]) -> None:
        super().__init__(folder, folder)
        del self.environment["KURA_DUCKDB_PATH"]
        self.database = folder / "shop.duckdb"
        (folder / "models").mkdir()
        recipe = yaml.safe_load(RECIPE)
        recipe["vars"]["kura"]["kura_columns"] = {"conversation_id": "thread", "content": "body"}
        project = {"name": "shop", "version": "1.0.0", "profile": "shop", **recipe, "models": {"kura": models}}
        (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        (folder / "models" / "sources.yml").write_text(SOURCES)
        (folder / "models" / "orders.sql").write_text("select 1 as order_id")
        (folder / "packages.yml").write_text(f"packages: [{{local: {REPOSITORY}}}]")
        (folder / "profiles.yml").write_text(PROFILE)
        with duckdb.connect(str(self.database)) as connection:
            connection.execute("create schema app")
            connection.execute(
                "create table app.chat_messages as select 't' || i as thread, 'user' as role,"
                " now()::timestamp + interval (i) minute as created_at, (?::varchar[])[1 + i % 3] as body from range(18) t(i)",
                [SAID],
            )
        self.dbt("deps")

    def tables(self) -> dict[str, set[str]]:
        """Return the tables of each schema."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            rows = connection.sql(
                "select schema_name, list(table_name) from duckdb_tables() where schema_name <> 'app' group by 1"
            ).fetchall()
        return {schema: set(names) for schema, names in rows}


def public() -> set[str]:
    return {path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql")}


def internal() -> dict[str, set[str]]:
    """Return the other tables by the folder that they are made in."""
    layers = ("models/staging", "models/intermediate", "models/state", "python_models/intermediate")
    models = {layer: [*(REPOSITORY / layer).rglob("*.sql"), *(REPOSITORY / layer).rglob("*.py")] for layer in layers}
    # kura_redact_names, kura_curation
    of_a_setting = {"int_kura__nameless_texts", "int_kura__curation", "int_kura__curated_clusters"}
    return {layer: {path.stem for path in paths} - of_a_setting for layer, paths in models.items()}


def build_twice(shop: Shop, *arguments: str) -> None:
    """Build from nothing, and with one conversation more."""
    shop.dbt("build", "--select", "package:kura", *arguments)
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("insert into app.chat_messages values ('new', 'user', now()::timestamp, 'cancel my order')")
    shop.dbt("build", "--select", "package:kura", *arguments)


def test_the_recipe_of_the_readme_gives_a_schema_for_bi_and_one_for_the_rest(tmp_path: Path) -> None:
    shop = Shop(tmp_path, yaml.safe_load(RECIPE)["models"]["kura"]).with_artifacts()
    build_twice(shop, "--vars", f"kura_publish_path: {tmp_path / 'copy.duckdb'}")
    assert shop.tables() == {
        "main_kura": public(),
        "main_kura_internal": set().union(*internal().values()),
    }
    drawn = shop.kura("tree")
    assert "19 conversations" in drawn.stdout, drawn.stderr
    with duckdb.connect(str(tmp_path / "copy.duckdb"), read_only=True) as copy:
        copied = copy.sql("select schema_name, table_name from duckdb_tables()").fetchall()
        assert {schema for schema, _ in copied} == {"main_kura"}
        assert {name for _, name in copied} == public()

    # a package whose hooks come before ours, and one that fails: dbt skips all hooks after it
    (tmp_path / "aardvark").mkdir()
    (tmp_path / "aardvark" / "dbt_project.yml").write_text(FAILING)
    (tmp_path / "packages.yml").write_text(f"packages: [{{local: {REPOSITORY}}}, {{local: {tmp_path / 'aardvark'}}}]")
    shop.dbt("deps")
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute(
            "insert into app.chat_messages values ('last', 'user', now()::timestamp, 'close my account'),"
            " ('another', 'user', now()::timestamp, 'where is my parcel?')"
        )
        connection.execute("delete from app.chat_messages where thread = 't3'")
    assert "no such hook" in shop.dbt("build", "--select", "package:kura", fails=True, kura_without=list(PARTS))
    # what is switched off would say for ever what was once so
    assert shop.tables()["main_kura"] == public() - AT_THE_END
    assert shop.tables().keys() == {"main_kura", "main_kura_internal"}
    assert not {name for name in shop.tables()["main_kura_internal"] if "dbt_tmp" in name}
    assert "20 conversations" in shop.kura("tree").stdout

    # what our hooks were to do about a deletion, the next run does
    (tmp_path / "aardvark" / "dbt_project.yml").write_text(FAILING.partition("on-run-end")[0])
    following = [shop.dbt("run", "--select", "kura_run_log", kura_compact="auto") for _ in range(2)]
    assert ["1 conversations are gone from the input" in said for said in following] == [True, False]

    # after one that fails at the start dbt skips our checks, too, and builds all the same
    hooks = FAILING.replace("on-run-end", "on-run-start")
    (tmp_path / "aardvark" / "dbt_project.yml").write_text(hooks)
    said = shop.dbt("run", "--select", "kura_run_log", fails=True, kura_redact_patterns={"employee": "E-("})
    assert "Kura's setting `kura_redact_patterns`" in said.partition("1 of 1 START")[2], said
    with duckdb.connect(str(shop.database)) as connection:  # and in a first build there is no log of runs yet
        connection.execute("drop table main_kura_internal.kura_run_log")
    said = shop.dbt("run", "--select", "kura_run_log", fails=True, kura_redact_patterns={"employee": "E-("})
    assert "Kura's setting `kura_redact_patterns`" in said.partition("1 of 1 START")[2], said


@pytest.mark.parametrize("part", [*PARTS, "+enabled"])
def test_the_tables_at_the_end_of_the_line_can_be_switched_off_one_by_one(tmp_path: Path, part: str) -> None:
    off: dict[str, Any] = {name: {"+enabled": False} for name in AT_THE_END}
    rows = {"conversations": {name: off.pop(name) for name in ROW_LEVEL}}
    shop = Shop(tmp_path, {"marts": off | rows} if part == "+enabled" else {}).with_artifacts()
    if part == "+enabled":
        shop.dbt("parse")
    else:
        shop.dbt("parse", kura_without=[part], kura_semantic_layer=True, kura_time_spine=True, kura_exposures=True)
    manifest = read_manifest(tmp_path / "target")
    assert manifest
    there = {name for name in AT_THE_END if name in manifest.models}
    gone = [PARTS[name] for name in {part} | MADE_OF.get(part, set())] if part in PARTS else [AT_THE_END]
    assert there == AT_THE_END - set().union(*gone)


def test_a_project_that_says_nothing_of_schemas_finds_what_bi_may_see_in_its_own_and_where_files_are(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path, {"marts": {"fct_kura__runs": {"+database": "bi"}}}).with_artifacts()
    profile = yaml.safe_load(PROFILE)
    profile["shop"]["outputs"]["dev"]["attach"] = [
        {"path": f"{tmp_path}/bi's.duckdb", "alias": "bi"},
        {"path": f"{tmp_path}/crm.duckdb"},
        {"path": "postgres:dbname=x password=hunter2", "type": "postgres", "alias": "x"},
        {"path": "postgres:postgresql://me:hunter2@db/x", "alias": "y"},
    ]
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(profile))
    shop.dbt("parse")
    manifest = read_manifest(tmp_path / "target")
    assert manifest
    assert "hunter2" not in (tmp_path / "target" / "manifest.json").read_text()
    assert manifest.database == "shop.duckdb"
    assert manifest.models["fct_kura__runs"]["database"] == "bi"
    assert manifest.attached["bi"] == f"{tmp_path}/bi's.duckdb"
    assert manifest.attached["crm"] == f"{tmp_path}/crm.duckdb"
    schemas = {name: table.schema for name, table in manifest.tables.items()}
    assert {name for name, schema in schemas.items() if schema == "main"} == public()
    assert set(schemas.values()) == {"main", "main_internal"}


def test_a_missing_plugin_another_release_and_a_var_of_somebody_else_are_told_at_the_start(tmp_path: Path) -> None:
    shop = Shop(tmp_path, {})
    project = yaml.safe_load((tmp_path / "dbt_project.yml").read_text())
    project["vars"]["kura_kaon"] = 5
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    assert "no setting `kura_kaon`. If that is no var of your own" in shop.dbt("run", "--select", "orders")
    (tmp_path / "profiles.yml").write_text(PROFILE.replace("{module: kura_udfs.functions.duckdb}", ""))
    said = shop.dbt("run", "--select", "stg_kura__messages", fails=True)
    assert "plugins: [{module: kura_udfs.functions.duckdb}]" in said
    assert "stg_kura__messages" not in said.partition("Kura's functions are not there")[0]
    assert "Completed successfully" in shop.dbt("run", "--select", "orders")


def test_what_a_profile_and_flags_say_that_would_mislead_us_is_told_at_the_start(tmp_path: Path) -> None:
    def profile(**more: Any) -> None:
        written = yaml.safe_load(PROFILE)
        written["shop"]["outputs"]["dev"] |= more
        (tmp_path / "profiles.yml").write_text(yaml.safe_dump(written))

    shop = Shop(tmp_path, {})
    settings = {"default_collation": "NOCASE", "default_order": "desc", "calendar": "japanese"}
    profile(settings=settings)
    said = shop.dbt("run", "--select", "kura_salt", fails=True)
    told = said.partition("The target `dev` has ")[2].partition("under `settings`")[0]
    assert all(f"{name}: {value}".lower() in told.lower() for name, value in settings.items()), said
    shop.dbt("run", "--select", "orders")  # what is theirs is not stopped
    profile(settings={"default_collation": "binary", "default_order": "asc", "timezone": "Asia/Tokyo"})
    shop.dbt("run", "--select", "kura_salt")

    # dbt opens the database twice, and what it says is that of the second time
    profile(attach=[{"path": "nowhere/crm.duckdb", "alias": "crm", "read_only": True}])
    said = shop.dbt("run", "--select", "orders", fails=True)
    assert "database does not exist" in said
    assert "kura_parse_messages" not in said
    profile()
    project = yaml.safe_load((tmp_path / "dbt_project.yml").read_text())
    project["flags"] = {"require_generic_test_arguments_property": False}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    assert "Take that line out" in shop.dbt("parse", fails=True)


def test_kura_init_makes_a_project_in_which_dbt_build_works(tmp_path: Path) -> None:
    shop = Shop(tmp_path, {})
    (tmp_path / "dbt_project.yml").write_text(
        "name: shop\nprofile: shop # ours\nmodels:\n  shop: {+materialized: table}\n"
    )
    (tmp_path / "profiles.yml").write_text(PROFILE.replace("plugins: [{module: kura_udfs.functions.duckdb}]", ""))
    (tmp_path / "packages.yml").unlink()
    with duckdb.connect(str(shop.database)) as connection:
        connection.execute("alter table app.chat_messages rename thread to conversation_id")
        connection.execute("alter table app.chat_messages rename body to content")
    begun = shop.kura("init", "--input", "{{ source('app', 'chat_messages') }}", "--package", str(REPOSITORY))
    assert begun.returncode == 0, begun.stdout + begun.stderr
    shop.dbt("deps")
    shop.dbt("build")
    assert shop.tables()["main_kura"] == public()
    assert shop.tables()["main"] == {"orders", "kura_topics"}
    files = {path: path.read_bytes() for path in tmp_path.glob("*.yml")}
    assert shop.kura("init").returncode == 0
    assert {path: path.read_bytes() for path in tmp_path.glob("*.yml")} == files


def test_what_a_guest_does_not_ask_for_is_not_there(tmp_path: Path) -> None:
    shop = Shop(tmp_path, {}).with_artifacts()
    shop.dbt("parse")
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text())
    assert {
        kind for kind in ("semantic_models", "metrics", "saved_queries", "exposures", "unit_tests") if manifest[kind]
    } == set()
    tests = [node["fqn"] for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    assert 20 < len(tests) <= 60
    assert {fqn[1] for fqn in tests} == {"intermediate", "singular"}
    assert {fqn[2] for fqn in tests if fqn[1] == "intermediate"} == {"results"}


def test_rows_of_conversations_are_never_beside_aggregates(tmp_path: Path) -> None:
    shop = Shop(tmp_path, yaml.safe_load(RECIPE)["models"]["kura"])
    said = shop.dbt("run", "--select", "kura_salt", fails=True, kura_publish="aggregates")
    assert "under models: kura: marts: conversations: +schema: kura_internal" in said
    project = yaml.safe_load((tmp_path / "dbt_project.yml").read_text())
    project["models"]["kura"]["marts"]["conversations"] = {"+schema": "kura_internal", "+grants": {"select": ["bi"]}}
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    assert "grants rights on" in shop.dbt("run", "--select", "kura_salt", fails=True, kura_publish="aggregates")
    del project["models"]["kura"]["marts"]["conversations"]["+grants"]
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    shop.dbt("run", "--select", "package:kura", kura_publish="aggregates")
    rows = {path.stem for path in (REPOSITORY / "models" / "marts" / "conversations").glob("*.sql")}
    assert shop.tables()["main_kura"] == public() - rows
    assert rows <= shop.tables()["main_kura_internal"]


def test_each_layer_can_be_moved_by_itself_to_where_the_project_says(tmp_path: Path) -> None:
    python = internal()["python_models/intermediate"]
    shop = Shop(
        tmp_path,
        {
            "marts": {"+schema": "insights", "fct_kura__runs": {"+alias": "runs"}},
            "semantic": {"+schema": "spine"},
            "staging": {"+schema": "raw"},
            "intermediate": {"+schema": "between", **{name: {"+schema": "learned"} for name in python}},
            "state": {"+schema": "kept"},
        },
    ).with_artifacts()
    (tmp_path / "macros").mkdir()
    (tmp_path / "macros" / "generate_schema_name.sql").write_text(CUSTOM_NAMES)
    shop.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    (tmp_path / "models" / "semantic.yml").write_text(OWN_DIMENSIONS)
    shop.variables = {"kura_semantic_layer": True, "kura_time_spine": True}
    build_twice(shop)
    assert shop.tables() == {
        "insights": {*public(), "runs"} - {"fct_kura__runs"},
        "spine": {"kura_time_spine"},
        "raw": internal()["models/staging"],
        "between": internal()["models/intermediate"],
        "learned": python,
        "kept": internal()["models/state"],
    }
    drawn = shop.kura("tree")
    assert "19 conversations" in drawn.stdout, drawn.stderr
    shop.dbt("parse", kura_provider="openai", kura_llm_model="gpt-4o-mini")
    estimated = shop.kura("estimate")
    assert "4 different transcripts" in estimated.stdout, estimated.stderr


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ({"+materialized": "view"}, "as view (and "),
        ({"kura": {"+materialized": "table"}}, "as table (and "),
        (
            {"kura": {"state": {"kura_llm_responses": {"+materialized": "table"}}}},
            "materializes `kura_llm_responses` as table. What",
        ),
        ({"kura": {"staging": {"base": {"+materialized": "ephemeral"}}}}, "`base_kura__messages` as ephemeral"),
        ({"+incremental_strategy": "merge"}, "`+incremental_strategy: merge` (and "),
        ({"+unique_key": ["order_id"]}, "`+unique_key: ['order_id']` (and "),
        ({"+on_schema_change": "sync_all_columns"}, "`+on_schema_change: sync_all_columns` (and "),
        ({"+pre-hook": "select '{{ this }}'"}, "runs the pre-hook `select '{{ this }}'` before Kura's Python models"),
    ],
)
def test_a_project_that_makes_ours_its_own_way_is_stopped_before_anything_is_lost(
    tmp_path: Path, models: dict[str, Any], said: str
) -> None:
    shop = Shop(tmp_path, {})
    project = yaml.safe_load((tmp_path / "dbt_project.yml").read_text())
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump({**project, "models": models}))
    output = shop.dbt("run", fails=True)
    assert said in " ".join(output.split())
    assert "under the name of your own project, `models: shop:`" in " ".join(output.split())
    assert shop.tables() == {}
    shop.dbt("run", "--select", "orders")  # what is theirs is not stopped

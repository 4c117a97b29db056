"""The copy of the public tables that BI tools read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import superset_export
import yaml
from playwright.sync_api import Browser, Page, expect

from kura_udfs.functions import publishing
from tests.support.browser import Watched, go
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse, write_conversations

TEXTS = [
    f"my {thing} is {state}"
    for thing in ("parcel", "card", "tent", "app", "boots")
    for state in ("late", "gone", "bad")
]


SUPERSET = REPOSITORY / "dashboards" / "superset"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse(tmp_path_factory.mktemp("published"))
    write_conversations(warehouse.folder / "chats.jsonl", TEXTS)
    warehouse.dbt("build", "--exclude-resource-type", "unit_test", **settings(warehouse))
    return warehouse


def settings(warehouse: Warehouse) -> dict[str, Any]:
    return {"kura_input": str(warehouse.folder / "chats.jsonl"), "kura_publish_path": str(copy_of(warehouse))}


def copy_of(warehouse: Warehouse) -> Path:
    return warehouse.folder / "published.duckdb"


def test_the_copy_holds_the_public_tables_with_their_comments(published: Warehouse) -> None:
    with duckdb.connect(str(copy_of(published)), read_only=True) as copy:
        copy.execute("use kura")
        tables = [name for (name,) in copy.sql("select table_name from duckdb_tables()").fetchall()]
        schemas = {name for (name,) in copy.sql("select schema_name from duckdb_tables()").fetchall()}
        contents = {name: sorted(map(str, copy.sql(f"from {name}").fetchall())) for name in tables}
        undescribed = copy.sql(
            "select table_name, column_name from duckdb_columns() where not internal and comment is null"
        ).fetchall()
    assert set(tables) == {path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql")}
    assert schemas == {"kura"}
    hashed = "replace ('h:' || left(sha256('salt' || user_id), 32) as user_id)"
    selected = {name: f"select * {hashed if name == 'fct_kura__conversations' else ''} from {name}" for name in tables}
    assert contents == {name: sorted(map(str, published.rows(selected[name]))) for name in tables}
    assert undescribed == []


def test_public_tables_hold_nothing_that_a_bi_tool_does_not_know(published: Warehouse) -> None:
    with duckdb.connect(str(copy_of(published)), read_only=True) as copy:
        types = {
            kind
            for (kind,) in copy.sql("select distinct data_type from duckdb_columns() where not internal").fetchall()
        }
    assert types <= {"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DATE"}


def test_every_part_of_the_superset_export_finds_the_part_it_belongs_to() -> None:
    assert yaml.safe_load((SUPERSET / "metadata.yaml").read_text())["type"] == "Dashboard"
    databases, datasets, charts, [dashboard] = (
        exported(kind) for kind in ("databases", "datasets", "charts", "dashboards")
    )
    ids = [part["uuid"] for part in [*databases, *datasets, *charts, dashboard]]
    assert len(set(ids)) == len(ids)
    assert {part["database_uuid"] for part in datasets} == {part["uuid"] for part in databases}
    assert {part["dataset_uuid"] for part in charts} == {part["uuid"] for part in datasets}
    places = {key: place for key, place in dashboard["position"].items() if key != "DASHBOARD_VERSION_KEY"}
    assert {name for place in places.values() for name in place.get("children", [])} <= set(places)
    shown = sorted(place["meta"]["uuid"] for place in places.values() if place["type"] == "CHART")
    assert shown == sorted(part["uuid"] for part in charts)


def test_superset_asks_for_columns_that_the_copy_has_and_its_metrics_are_answered(
    published: Warehouse, tmp_path: Path
) -> None:
    moved, zipped = tmp_path / "moved.duckdb", tmp_path / "kura.zip"
    with duckdb.connect(str(moved)) as copy:
        copy.execute(f"attach '{copy_of(published)}' as published (read_only); create schema insights")
        for (table,) in copy.sql("select table_name from duckdb_tables() where schema_name = 'kura'").fetchall():
            copy.execute(f"create table insights.{table} as from published.kura.{table}")
    superset_export.main([str(moved), str(zipped)])
    with zipfile.ZipFile(zipped) as archive:
        parts = {name: yaml.safe_load(archive.read(name)) for name in archive.namelist()}
    assert parts["superset/databases/Kura.yaml"]["sqlalchemy_uri"] == f"duckdb:///{moved}?access_mode=read_only"
    datasets = {part["uuid"]: part for name, part in parts.items() if "/datasets/" in name}
    assert len(datasets) == len(exported("datasets"))
    with duckdb.connect(str(moved), read_only=True) as copy:

        def answered(dataset: dict[str, Any], *columns: str) -> list[str]:
            rows = f"({dataset['sql']})" if dataset["sql"] else f"{dataset['schema']}.{dataset['table_name']}"
            metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
            chosen = [f"{metrics[name]} as {name}" if name in metrics else name for name in columns]
            grouped = "group by all" if set(columns) & set(metrics) else ""
            answer = copy.sql(f"select {', '.join(chosen)} from {rows} as asked {grouped}")
            assert answer.fetchall(), columns
            return answer.columns

        for dataset in datasets.values():
            assert {column["column_name"] for column in dataset["columns"]} <= set(answered(dataset, "*"))
            assert dataset["main_dttm_col"] in {None, *answered(dataset, "*")}
            for metric in dataset["metrics"]:
                answered(dataset, metric["metric_name"])
        for chart in exported("charts"):
            asked = chart["params"]
            names = [*asked.get("all_columns", []), *asked.get("groupby", []), *asked.get("metrics", [])]
            names += [asked[key] for key in ("x_axis", "metric") if key in asked]
            answered(datasets[chart["dataset_uuid"]], *names)


def test_an_address_and_a_schema_stand_in_the_export_as_they_were_given(tmp_path: Path) -> None:
    zipped = tmp_path / "kura.zip"
    superset_export.main(["snowflake://me@there/analytics", str(zipped), "--schema", "marts"])
    with zipfile.ZipFile(zipped) as archive:
        assert "superset/metadata.yaml" in archive.namelist()
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "sqlalchemy_uri: snowflake://me@there/analytics\n" in texts["superset/databases/Kura.yaml"]
    assert "schema: marts\n" in texts["superset/datasets/Kura/dim_kura__clusters.yaml"]
    conversations = yaml.safe_load(texts["superset/datasets/Kura/kura_conversations.yaml"])
    assert "from marts.fct_kura__conversations" in conversations["sql"]
    assert "kura." not in conversations["sql"]


def test_the_export_of_a_file_without_tables_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    for database, said in (("empty.duckdb", "not in"), ("gone.duckdb", "no file"), ("snowflake://x", "--schema")):
        named = database if "://" in database else str(tmp_path / database)
        with pytest.raises(SystemExit):
            superset_export.main([named, str(tmp_path / "kura.zip")])
        assert said in capsys.readouterr().err
    assert not (tmp_path / "kura.zip").exists()


def exported(kind: str) -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_text()) for path in sorted((SUPERSET / kind).rglob("*.yaml"))]


def test_a_reader_never_blocks_a_build_and_sees_the_new_copy_when_it_opens_it_again(published: Warehouse) -> None:
    (copy_of(published).with_name("published.duckdb.broken-run.partial")).write_text("half a file")
    write_conversations(published.folder / "chats.jsonl", [*TEXTS, "the zip is stuck"])
    count = "select count(*) from copy.kura.fct_kura__conversations"
    with duckdb.connect() as reader, duckdb.connect() as later:
        reader.execute(f"attach '{copy_of(published)}' as copy (read_only)")
        assert reader.sql(count).fetchall() == [(len(TEXTS),)]
        published.dbt("run", **settings(published))
        assert reader.sql(count).fetchall() == [(len(TEXTS),)]
        later.execute(f"attach '{copy_of(published)}' as copy (read_only)")
        assert later.sql(count).fetchall() == [(len(TEXTS) + 1,)]
    assert [path.name for path in published.folder.glob("published.*")] == ["published.duckdb"]


def test_the_explorer_shows_every_page_of_a_real_build(published: Warehouse, opened: Callable[..., Page]) -> None:
    tab = opened(copy_of(published), "", "What people talk about")
    for page, title in (("Map", "Map"), ("Topics", "Topics"), ("Cluster", ""), ("Conversations", "Conversations")):
        go(tab, page, title)


def test_the_report_of_a_real_build_needs_nothing_from_outside(published: Warehouse, browser: Browser) -> None:
    report = published.folder / "report.html"
    written = published.kura("report", "--output", str(report))
    assert written.returncode == 0, written.stderr
    tab = browser.new_page()
    watched = Watched(tab)
    tab.goto(report.as_uri())
    expect(tab.locator("summary").first).to_be_visible()
    assert watched.problems == []
    tab.close()


def test_a_run_that_fails_or_builds_only_some_tables_leaves_the_copy_as_it_was(published: Warehouse) -> None:
    before = copy_of(published).read_bytes()
    assert "not published" in published.dbt("run", "--select", "dim_kura__clusters", **settings(published))
    (published.folder / "chats.jsonl").unlink()
    assert "not published" in published.dbt("run", fails=True, **settings(published))
    assert copy_of(published).read_bytes() == before


def test_nothing_is_overwritten_that_is_no_copy(published: Warehouse) -> None:
    strangers = published.folder / "strangers.duckdb"
    with duckdb.connect(str(strangers)) as connection:
        connection.execute("create table orders as select 1 as order_id")
    for path, words in {
        published.database: "the database of the build itself",
        strangers: "it has orders, too",
    }.items():
        before = path.read_bytes()
        said = published.dbt("run", fails=True, **{**settings(published), "kura_publish_path": str(path)})
        assert words in " ".join(said.split())
        assert path.read_bytes() == before


def test_what_may_become_of_a_name_is_said_beforehand(tmp_path: Path) -> None:
    text, own, linked = tmp_path / "notes.txt", tmp_path / "own.duckdb", tmp_path / "linked.duckdb"
    text.write_text("not a database")
    duckdb.connect(str(own)).close()
    linked.symlink_to(own)
    for path, words in {
        linked: "the database of the build itself",
        text: "can't be opened as a copy",
        tmp_path: "that is a folder",
        tmp_path / "nowhere" / "copy.duckdb": "does not exist",
    }.items():
        assert words in (publishing.problem(str(path), [str(own), None], ["dim_kura__clusters"]) or "")
    assert publishing.problem(str(tmp_path / "new.duckdb"), [str(own)], []) is None

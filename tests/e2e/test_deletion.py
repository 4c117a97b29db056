"""What is deleted upstream is gone from the bytes of the files, too."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from tests.support.warehouse import Warehouse, write_conversations

SECRET = "Quizzaciously-Xerothermic"
TEXTS = [
    f"my {matter} since day {day}"
    for day in range(12)
    for matter in ("parcel is late", "card was declined", "app crashes")
]


def build(warehouse: Warehouse, chats: Path, **variables: object) -> str:
    """Run dbt as a process of its own, to its very end."""
    run = warehouse.run_cold(warehouse.command("build", kura_input=str(chats), **variables))
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


def test_a_secret_that_is_deleted_upstream_is_in_no_file_any_more(warehouse: Warehouse) -> None:
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    chats = write_conversations(warehouse.folder / "chats.jsonl", [*TEXTS, f"my parcel to {SECRET} is late"])
    published = warehouse.folder / "published.duckdb"
    chosen: dict[str, Any] = {"kura_publish_path": str(published), "kura_compact": "auto"}
    assert "rewritten" not in warehouse.dbt("build", kura_input=str(chats), **chosen)
    assert SECRET.encode() in warehouse.database.read_bytes()
    assert {stat.S_IMODE(path.stat().st_mode) for path in (warehouse.database, published)} == {0o600}
    published.chmod(0o640)

    write_conversations(chats, TEXTS)
    output = build(warehouse, chats, **chosen)
    assert "1 conversations are gone from the input, so the file is rewritten" in output
    assert f"{warehouse.database}: rewritten" in output
    files = [*warehouse.folder.glob("warehouse.duckdb*"), *warehouse.folder.glob("published.duckdb*")]
    assert files == [warehouse.database, published]
    assert not [file for file in files if SECRET.encode() in file.read_bytes()]
    assert stat.S_IMODE(warehouse.database.stat().st_mode) == 0o600
    assert stat.S_IMODE(published.stat().st_mode) == 0o640, "who the last copy was opened to reads this one, too"
    assert warehouse.value("select count(*) from fct_kura__conversations") == len(TEXTS)
    described = "select count(*) from duckdb_columns() where comment is not null and schema_name = 'kura'"
    assert warehouse.value(described) > 100

    only = ("run", "--select", "kura_publications+")
    moved = warehouse.dbt(*only, kura_input=str(chats), kura_publish_path=str(warehouse.folder / "o'clock.duckdb"))
    assert f"the copy at {published} stays as the run before has left it" in " ".join(moved.split())
    assert "what is deleted upstream stays in it" in " ".join(moved.split())
    published.unlink()
    dropped = warehouse.dbt(*only, kura_input=str(chats))
    assert (
        "o'clock.duckdb stays as the run before has left it, because kura_publish_path is not set any more" in dropped
    )
    assert "stays as" not in warehouse.dbt(*only, kura_input=str(chats))

    report = warehouse.folder / "report.html"
    assert warehouse.kura("report", "--output", str(report)).returncode == 0
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_the_command_does_the_same_on_request(warehouse: Warehouse) -> None:
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    chats = write_conversations(warehouse.folder / "chats.jsonl", [*TEXTS, f"my parcel to {SECRET} is late"])
    warehouse.dbt("run", "--select", "+int_kura__transcripts", kura_input=str(chats))
    write_conversations(chats, TEXTS)
    warehouse.dbt("run", "--select", "+int_kura__transcripts", kura_input=str(chats))
    assert SECRET.encode() in warehouse.database.read_bytes()
    done = warehouse.kura("compact")
    assert "rewritten" in done.stdout, done.stderr
    assert SECRET.encode() not in warehouse.database.read_bytes()
    warehouse.dbt("run", "--select", "+int_kura__transcripts", kura_input=str(chats))


def test_no_table_with_rows_of_conversations_outlives_the_part_that_it_is_of(warehouse: Warehouse) -> None:
    made = ["int_kura__cluster_examples", "int_kura__facet_values", "int_kura__tool_calls", "stg_kura__tool_calls"]
    there = "select table_name from duckdb_tables() where list_contains(?, table_name) order by 1"
    chats = str(write_conversations(warehouse.folder / "chats.jsonl", TEXTS))
    warehouse.dbt("run", "--select", *(f"+{name}" for name in made), kura_input=chats)
    assert warehouse.rows(there, made) == [(name,) for name in made]
    warehouse.dbt("run", "--select", "stg_kura__messages", kura_input=chats, kura_without=["examples", "facets"])
    assert warehouse.rows(there, made) == []

"""A file that can't be written to, or is no database: a build says so, and what to do, and changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.support.project import AT_THE_END, REPOSITORY
from tests.support.warehouse import Warehouse, write_conversations

TEXTS = [f"my parcel is late, {detail}" for detail in ("today", "again", "since monday", "help", "still")]
# root may write everywhere, unless it gives that up
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
HEADERS, BLOCK = 3 * 4_096, 262_144
"""Bytes at the beginning of a file, and of each block after them."""


def build_as_anybody(warehouse: Warehouse) -> subprocess.CompletedProcess[str]:
    if AS_ANYBODY and not shutil.which("setpriv"):
        pytest.skip("root can write to every file, and there is no setpriv to give that up")
    command = [*AS_ANYBODY, *warehouse.command("build", kura_input=str(warehouse.folder / "chats.jsonl"))]
    return subprocess.run(
        command, cwd=warehouse.folder, env=warehouse.environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Warehouse]:
    """Build once for all tests, which all harm the file."""
    warehouse = Warehouse(tmp_path_factory.mktemp("built"))
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    warehouse.without(*AT_THE_END)
    (warehouse.folder / "database").mkdir()
    warehouse.database = warehouse.folder / "database" / "warehouse.duckdb"
    warehouse.environment["KURA_DUCKDB_PATH"] = str(warehouse.database)
    chats = write_conversations(warehouse.folder / "chats.jsonl", TEXTS)
    warehouse.dbt("build", kura_input=str(chats))
    return warehouse.kept()


@pytest.fixture
def built(once: Callable[[], Warehouse]) -> Warehouse:
    return once()


def lock(path: Path) -> None:
    path.chmod(0o555 if path.is_dir() else 0o444)


def build(warehouse: Warehouse) -> tuple[int, str]:
    """Return the code, and what dbt prints."""
    run = warehouse.start("build", kura_input=str(warehouse.folder / "chats.jsonl"))
    assert run.stdout is not None
    printed = run.stdout.read()
    return run.wait(), printed


def test_a_file_that_may_only_be_read_is_named_and_nothing_is_lost(built: Warehouse) -> None:
    before = built.database.read_bytes()
    for locked in (built.database, built.database.parent):
        lock(locked)
        done = build_as_anybody(built)
        assert done.returncode == 2
        assert f"chmod u+w {locked})" in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        built.database.parent.chmod(0o755)
        built.database.chmod(0o644)
    built.database.write_bytes(b"no database at all")
    code, printed = build(built)
    assert code == 2
    assert "Put a backup in its place" in printed
    assert "Traceback" not in printed
    built.database.write_bytes(before)
    built.dbt("build", kura_input=str(built.folder / "chats.jsonl"))
    assert built.rows("select rows_new from fct_kura__runs where stage = 'summaries' order by started_at") == [
        (len(TEXTS),),
        (0,),
    ]


def test_a_file_that_is_damaged_inside_leads_to_what_can_be_done(built: Warehouse) -> None:
    used = "select distinct block_id from pragma_storage_info('kura_internal.int_kura__summaries') where block_id >= 0"
    blocks = [number for (number,) in built.rows(used)]
    assert blocks
    with built.database.open("r+b") as file:
        for number in blocks:  # which the next build reads
            file.seek(HEADERS + number * BLOCK)
            file.write(bytes(BLOCK))
    code, printed = build(built)
    assert code == 1
    assert "the file of the database is damaged" in printed
    assert "docs/troubleshooting.md" in printed


def test_what_is_saved_of_a_file_carries_ids_and_names_on(built: Warehouse) -> None:
    ids = "select conversation_id, cluster_id, summary from fct_kura__conversations order by 1"
    before = built.rows(ids)
    text = (REPOSITORY / "docs" / "troubleshooting.md").read_text()
    [recipe] = re.findall(r"```sql\n(attach 'damaged.*?)```", text, re.DOTALL)
    [one] = re.findall(r"create table .*?;", recipe)
    for table in re.findall(r"\w+", re.findall(r"likewise (.*)", recipe.replace("\n-- ", " "))[0]):
        recipe += one.replace("kura_llm_responses", table)
    built.database.rename(built.folder / "damaged.duckdb")
    recipe = recipe.replace("warehouse.duckdb", str(built.database))
    with duckdb.connect() as connection:
        connection.execute(recipe.replace("damaged.duckdb", str(built.folder / "damaged.duckdb")))
    built.dbt("build", kura_input=str(built.folder / "chats.jsonl"))
    assert built.rows(ids) == before
    decisions = built.rows("select decision from fct_kura__runs where stage = 'fit' order by started_at")
    assert decisions == [("refit: first fit",), ("kept",)]

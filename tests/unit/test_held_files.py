"""A DuckDB file that another process has open, for which it may be anybody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from kura_explorer import warehouse
from streamlit.testing.v1 import AppTest

from kura_udfs.commands import explore, places
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from kura_udfs.functions import publishing

DIM = "dim_kura__clusters"
HOLDS = (
    "import duckdb, sys; connection = duckdb.connect(sys.argv[1]); connection.execute('create view seen as select 1');"
    " print(flush=True); sys.stdin.read()"
)


@contextmanager
def held(file: Path) -> Iterator[int]:
    """Have another process write to a file and keep it open; gives the number of that process."""
    command = [sys.executable, "-c", HOLDS, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin
        assert holder.stdout
        holder.stdout.readline()
        yield holder.pid
        holder.kill()  # so that what it has written stays beside the file


def made(file: Path, rows: int) -> Path:
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            f"create schema kura; create table kura.{DIM} as select i as cluster_id from range({rows}) t(i)"
        )
    return file


def test_who_holds_a_file_is_named_and_the_copy_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KURA_PUBLISHED_PATH", raising=False)  # make names one
    monkeypatch.chdir(tmp_path)
    file, copy = made(tmp_path / "shop.duckdb", 1), tmp_path / "copy.duckdb"
    meta = {"kura_duckdb_path": str(file), "kura_publish_path": str(copy)}
    manifest = places.Manifest("duckdb", {DIM: {"schema": "kura", "alias": DIM, "config": {"meta": meta}}})
    with held(file) as process:

        def said(known: places.Manifest | None) -> str:
            with pytest.raises(KuraError) as error, Warehouse(str(file), known).opened([DIM]):
                pass
            return str(error.value)

        assert f"process {process} (" in said(None)
        assert "or read a copy (kura_publish_path)." in said(manifest), "there is none yet"
        assert explore.shown(None, manifest) == str(file)
        made(copy, 1)
        assert said(manifest).endswith(f"--database {copy}.")
        assert explore.shown(None, manifest) == str(copy)


def test_a_page_of_the_explorer_says_who_holds_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = made(tmp_path / "shop.duckdb", 2)
    monkeypatch.setenv("KURA_PUBLISHED_PATH", str(file))

    def script() -> None:
        import streamlit
        from kura_explorer import warehouse

        is_there = warehouse.has("dim_kura__clusters")
        streamlit.text(f"{is_there} {warehouse.query('select count(*) as n from dim_kura__clusters')['n'][0]}")

    app = AppTest.from_function(script)
    with held(file) as process:
        assert not app.run().exception
        [told] = app.warning
        assert f"process {process} (" in told.value
        assert not app.text
    assert app.run().text[0].value == "True 2", "nothing of that is remembered"
    warehouse._kept.clear()


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="a folder that nobody may write to, root neither, is on Linux"
)
def test_a_folder_that_takes_no_copy_is_told_before_a_build_has_worked_for_it() -> None:
    said = publishing.problem("/proc/self/published.duckdb", [], [DIM])
    assert said is not None
    assert said.startswith("no file can be written to the folder /proc/self (")


def test_a_copy_that_a_reader_could_write_to_is_replaced_all_the_same(tmp_path: Path) -> None:
    copy, strangers = made(tmp_path / "copy.duckdb", 1), made(tmp_path / "strangers.duckdb", 1)
    with duckdb.connect(str(strangers)) as connection:
        connection.execute("create table orders as select 1 as order_id")
    with held(strangers):
        assert "it has orders, too" in (publishing.problem(str(strangers), [], [DIM]) or "")
    with held(copy):
        assert publishing.problem(str(copy), [], [DIM]) is None
        publishing.put_in_place(str(made(tmp_path / "copy.duckdb.run.partial", 2)), str(copy))
        with duckdb.connect(str(copy), read_only=True) as connection:
            assert connection.execute(f"select count(*) from kura.{DIM}").fetchall() == [(2,)]
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.duckdb"]

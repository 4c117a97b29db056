"""A DuckDB file that is rewritten forgets what was deleted, and nothing else."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.environments.local import LocalEnvironment

from kura_udfs.commands.main import main
from kura_udfs.errors import KuraError
from kura_udfs.functions import private_files
from kura_udfs.warehouse import compaction

SECRET = "Xyzzy-the-planted-secret"
MADE = """
create schema kura;
create schema "In Ternal";
create type mood as enum ('calm', 'angry');
create table kura.t (id integer primary key, m mood default 'calm', v float[3], n varchar not null check (length(n) > 0));
create table kura.a (id integer references kura.t (id));
create table kura.kura_salt (salt varchar);
create sequence kura.numbers start 5;
create index at_n on kura.t (n);
create view kura.v as select * from kura.t;
create view "In Ternal".w as select * from kura.v;
create macro kura.twice(x) as 2 * x;
comment on table kura.t is 'a table';
comment on column kura.t.n is 'a column';
comment on view kura.v is 'a view';
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path), config={"storage_compatibility_version": "v1.4.0"}) as connection:
        for statement in filter(str.strip, MADE.split(";")):
            connection.execute(statement)
        # as it stands: compressed, it would only be harder to find
        connection.execute("pragma force_compression = 'uncompressed'")
        connection.execute("insert into kura.t (id, n) select i, 'kept' || i from range(20000) t(i)")
        connection.execute("insert into kura.a values (1)")
        connection.execute(f"create table kura.gone as select '{SECRET}' || i as said from range(20000) t(i)")
        connection.execute("checkpoint")
        connection.execute("drop table kura.gone")
        connection.execute("checkpoint")
        connection.execute("vacuum")
    assert SECRET.encode() in path.read_bytes(), "DuckDB leaves it there: otherwise there is nothing to do"
    return path


def beside(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir() if each != path)


def everything(path: Path) -> list[object]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [
            connection.execute(query).fetchall()
            for query in (
                "select schema_name, table_name, comment, sql from duckdb_tables() order by all",
                "select schema_name, view_name, comment, sql from duckdb_views() where not internal order by all",
                "select table_name, column_name, comment, data_type from duckdb_columns() where not internal order by all",
                "select table_name, constraint_text from duckdb_constraints() order by all",
                "select index_name, sql from duckdb_indexes() order by all",
                "select sequence_name, sql from duckdb_sequences() order by all",
                "select tags from duckdb_databases() where database_name = current_database()",
                "from kura.t order by id",
                "from kura.a",
                'from "In Ternal".w order by id',
                "select kura.twice(4)",
            )
        ]


def test_what_was_deleted_is_gone_from_the_bytes_and_all_else_is_there(database: Path) -> None:
    database.chmod(0o640)
    before = everything(database)
    sizes = compaction.compact(database)
    assert SECRET.encode() not in database.read_bytes()
    assert everything(database) == before
    assert stat.S_IMODE(database.stat().st_mode) == 0o640
    assert sizes.bytes_after == database.stat().st_size < sizes.bytes_before
    assert beside(database) == []


def test_a_link_stays_a_link(database: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.duckdb"
    link.symlink_to(database)
    compaction.compact(link)
    assert link.is_symlink()
    assert SECRET.encode() not in database.read_bytes()


@pytest.mark.parametrize("read_only", [True, False])
def test_it_refuses_while_somebody_holds_the_file(
    database: Path, read_only: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    before = database.read_bytes()
    holding = (
        f"import duckdb; c = duckdb.connect({str(database)!r}, read_only={read_only}); print(1, flush=True); input()"
    )
    holder = subprocess.Popen([sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout
    holder.stdout.readline()
    try:
        assert main(["compact", "--database", str(database)]) == 1
    finally:
        holder.communicate(b"\n")
    said = capsys.readouterr().err
    assert "is open elsewhere" in said
    assert len(said.splitlines()) == 1
    assert database.read_bytes() == before


@pytest.mark.parametrize("moment", ["_check", "_keep_owner", "_flush"])
def test_a_kill_in_the_middle_leaves_the_old_file_whole(database: Path, moment: str) -> None:
    before, rows = database.read_bytes(), everything(database)
    code = (
        "import os, signal, sys\n"
        "from kura_udfs.warehouse import compaction\n"
        f"compaction.{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"compaction.compact({str(database)!r})"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert database.read_bytes() == before
    assert beside(database) == [f"{database.name}.compacting"], "it was in the middle"
    compaction.compact(database)
    assert everything(database) == rows
    assert beside(database) == []


def test_what_the_copy_lacks_is_noticed_and_the_old_file_stays(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = database.read_bytes()
    monkeypatch.setitem(compaction._CATALOG, "tables", ("duckdb_tables()", "database_name"))
    with pytest.raises(KuraError, match="does not copy all tables"):
        compaction.compact(database)
    assert database.read_bytes() == before
    assert beside(database) == []


def test_no_database_and_no_file_are_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.duckdb").write_text("no database")
    for name, said in (
        (str(tmp_path / "none.duckdb"), "there is no database"),
        (str(tmp_path / "text.duckdb"), "is it a DuckDB file"),
        ("ducklake:x", "is no DuckDB file"),
    ):
        assert main(["compact", "--database", name]) == 1
        assert said in capsys.readouterr().err
    assert (tmp_path / "text.duckdb").read_text() == "no database"


def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table kurator as select 1 as i")
    before = path.stat()
    assert main(["compact", "--database", str(path)]) == 1
    assert "has no table of Kura's in it" in capsys.readouterr().err
    assert (path.stat().st_ino, path.stat().st_size) == (before.st_ino, before.st_size)
    assert beside(path) == []


def test_a_log_that_another_process_begins_meanwhile_stays(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    adding = f"import duckdb, os; c = duckdb.connect({str(database)!r}); c.execute('insert into kura.a values (3)'); os._exit(0)"
    flush = compaction._flush

    def others_come(path: Path) -> None:
        flush(path)
        if path.is_dir():  # the new file has its name, and the old one is not closed yet
            subprocess.run([sys.executable, "-c", adding], check=True)

    monkeypatch.setattr(compaction, "_flush", others_come)
    compaction.compact(database)
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("select count(*) from kura.a").fetchall() == [(2,)]


def test_files_are_private_where_the_database_is(tmp_path: Path) -> None:
    default = os.umask(0o022)
    try:
        assert private_files.is_private(str(tmp_path / "new.duckdb"))
        assert not private_files.is_private(":memory:")
        assert not private_files.is_private("md:cloud")
        (tmp_path / "shared.duckdb").touch(0o644)
        for name, mode in (("new.duckdb", 0o600), ("shared.duckdb", 0o644)):
            private_files.begin(str(tmp_path / name))
            (tmp_path / f"beside {name}").touch()
            private_files.end()
            assert stat.S_IMODE((tmp_path / f"beside {name}").stat().st_mode) == mode
        assert not private_files.end()
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(default)


@pytest.mark.parametrize(("mode", "log"), [(0o600, 0o600), (0o644, 0o644)])
def test_the_log_of_a_build_is_as_private_as_its_file(tmp_path: Path, mode: int, log: int) -> None:
    path = tmp_path / "warehouse.duckdb"
    default = os.umask(0o022)
    environment = LocalEnvironment(
        DuckDBCredentials.from_dict(
            {
                "path": str(path),
                "database": "warehouse",
                "schema": "kura",
                "plugins": [{"module": "kura_udfs.functions.duckdb"}],
            }
        )
    )
    try:
        cursor = environment.handle().cursor()  # type: ignore[no-untyped-call]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, "from its first byte on"
        path.chmod(mode)
        cursor.execute("select kura_begin_private_files()")
        for number in range(2):  # a checkpoint removes it, and the next change makes another
            cursor.execute(f"create table t{number} as select 1 as i")
            assert stat.S_IMODE(path.with_name(f"{path.name}.wal").stat().st_mode) == log
            cursor.execute("checkpoint")
        cursor.execute("select kura_end_private_files()")
        assert os.umask(0o022) == 0o022
    finally:
        environment.close()  # type: ignore[no-untyped-call]
        os.umask(default)

"""Where the commands find file and tables."""

from __future__ import annotations

import errno
import json
import signal
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kura_udfs.commands import alerts, places, tree
from kura_udfs.commands.main import main
from kura_udfs.commands.outputs import whole_file
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from tests.support import synthetic
from tests.support.project import KURA

DIM = "dim_kura__clusters"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, in an environment that says nothing."""
    monkeypatch.chdir(tmp_path)
    for name in ("KURA_DUCKDB_PATH", "DBT_TARGET_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def make(path: Path, *tables: str) -> Path:
    """Write a file whose tables hold their own names."""
    with duckdb.connect(str(path)) as connection:
        for table in tables:
            schema, name = table.split(".")
            connection.execute(f'create schema if not exists "{path.stem}"."{schema}"')
            connection.execute(f"""create table "{path.stem}"."{schema}"."{name}" as select '{table}' as place""")
    return path


def manifest(database: str | None, adapter: str = "duckdb", **tables: str) -> places.Manifest:
    """Write the part of a manifest that counts, with models by name in `schema.alias`, and read it."""
    nodes = {}
    for name, table in tables.items():
        schema, alias = table.split(".")
        node: dict[str, Any] = {"name": name, "resource_type": "model", "package_name": "kura"}
        node |= {"schema": schema, "alias": alias, "config": {"meta": {"kura_duckdb_path": database}}}
        nodes[f"model.kura.{name}"] = node
    Path("target").mkdir(exist_ok=True)
    Path("target/manifest.json").write_text(json.dumps({"metadata": {"adapter_type": adapter}, "nodes": nodes}))
    found = places.read_manifest(Path("target"))
    assert found
    return found


def place(database: Path, *, known: places.Manifest | None = None, schemas: tuple[str, ...] = ()) -> str:
    """Return where the clusters are."""
    with Warehouse(str(database), known, schemas).opened([DIM]) as connection:
        return str(connection.execute(f"select place from {DIM}").fetchall()[0][0])


def test_without_a_manifest_the_schema_is_the_one_that_has_the_tables(folder: Path) -> None:
    assert place(make(folder / "a.duckdb", f"insights.{DIM}", "other.orders")) == f"insights.{DIM}"


def test_a_file_with_the_name_of_its_schema_is_no_puzzle(folder: Path) -> None:
    assert place(make(folder / "kura.duckdb", f"kura.{DIM}")) == f"kura.{DIM}"


def test_of_several_builds_in_a_file_the_manifest_knows_which_and_a_person_knows_better(folder: Path) -> None:
    file = make(folder / "a.duckdb", f"dev.{DIM}", f"prod.{DIM}")
    with pytest.raises(KuraError, match=r"several schemas: dev, prod\. Choose with --schema"):
        place(file)
    known = manifest("a.duckdb", **{DIM: f"prod.{DIM}"})
    assert place(file, known=known) == f"prod.{DIM}"
    assert place(file, known=known, schemas=("dev",)) == f"dev.{DIM}"


def test_a_table_that_dbt_was_told_to_call_otherwise_has_its_own_name_here(folder: Path) -> None:
    file = make(folder / "a.duckdb", "marts.clusters")
    assert place(file, known=manifest("a.duckdb", **{DIM: "marts.clusters"})) == "marts.clusters"


def test_a_manifest_of_another_file_does_not_mislead(folder: Path) -> None:
    file = make(folder / "copy.duckdb", f"published.{DIM}")
    assert place(file, known=manifest("a.duckdb", **{DIM: f"prod.{DIM}"})) == f"published.{DIM}"


def test_tables_that_a_project_puts_into_another_database_are_said_to_be_there(folder: Path) -> None:
    file = make(folder / "shop.duckdb", "raw.orders")
    known = manifest(str(file), **{DIM: f"kura.{DIM}"})
    for database, said in (("shop", r"first\.$"), ("bi", r"into the database bi: .* --database\.$")):
        known.models[DIM]["database"] = database  # type: ignore[index]
        with pytest.raises(KuraError, match=said):
            place(file, known=known)


def test_tables_in_a_database_that_the_profile_attaches_are_found_there(folder: Path) -> None:
    make(folder / "shop.duckdb", "raw.orders")
    make(folder / "insights.duckdb", f"kura.{DIM}")
    known = manifest("shop.duckdb", **{DIM: f"kura.{DIM}"})
    model: Any = known.models[DIM]
    model["config"]["meta"]["kura_attached"] = '[["BI", "insights.duckdb"], [null, "old/crm.duckdb"]]'
    for database, file in (("bi", "insights.duckdb"), ("crm", "old/crm.duckdb"), ("shop", "shop.duckdb")):
        model["database"] = database
        assert Warehouse(None, known).database == file
    model["database"] = "bi"
    assert place(Path("insights.duckdb"), known=known) == f"kura.{DIM}"
    known.models["base"] = {"database": "bi", "schema": "kura", "alias": "base"}  # type: ignore[index]
    with (
        pytest.raises(KuraError, match=r"insights\.duckdb has no base\. Run `dbt build` first\.$"),
        Warehouse(None, known).opened(["base"]),
    ):
        pass


def test_a_damaged_file_is_not_taken_for_one_that_is_open_elsewhere(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = make(folder / "locked.duckdb", f"kura.{DIM}")
    content = bytearray(file.read_bytes())
    for at in range(12_288, len(content), 100):
        content[at] ^= 255
    file.write_bytes(content)
    for command in ("tree", "compact"):
        assert main([command]) == 1
        said = capsys.readouterr().err
        assert "can't be opened" in said
        assert "dbt build" not in said
        assert "open elsewhere" not in said


@pytest.mark.parametrize(
    "place",
    [
        "postgres:host=db password=secret dbname=x",
        "ducklake:postgres:dbname=x PASSWORD = 'secret word'",
        "postgres://me:secret@db:5432/x",
        "postgres:postgresql://me:se:cret@db/x",
        "md:x?motherduck_token=secret",
    ],
)
def test_no_password_of_a_connection_is_said(place: str) -> None:
    assert "cret" not in places.shown(place)
    assert places.shown("https://example.com/a@b and a.duckdb") == "https://example.com/a@b and a.duckdb"


@pytest.mark.parametrize("content", ["[1]", '{"nodes": []}', '{"nodes": {"a": 1}, "metadata": {}}', "{"])
def test_a_manifest_that_is_none_of_dbts_is_none(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    assert places.read_manifest(folder) is None


def test_a_table_that_a_project_has_switched_off_is_not_waited_for(folder: Path) -> None:
    file = make(folder / "shop.duckdb", f"kura.{DIM}")
    known = manifest(str(file), **{DIM: f"kura.{DIM}"})
    with (
        pytest.raises(KuraError, match=r"no fct_kura__alerts\. Your project has switched it off, by `kura_without` or"),
        Warehouse(str(file), known).opened(alerts.NEEDED),
    ):
        pass


def test_what_a_command_can_do_without_is_looked_for_where_the_rest_is(folder: Path) -> None:
    file = make(folder / "a.duckdb", "one.needed", "one.wanted", "two.wanted", "two.else")
    with Warehouse(str(file)).opened(["needed"], ["wanted", "else"]) as connection:
        assert connection.execute("select place from wanted").fetchall() == [("one.wanted",)]
        with pytest.raises(duckdb.CatalogException):
            connection.execute('from "else"')
    with Warehouse(str(file), schemas=["one", "two"]).opened(["needed"], ["else"]) as connection:
        assert connection.execute('select place from "else"').fetchall() == [("two.else",)]


def test_what_stands_beside_a_table_that_is_missing_does_not_hide_that_it_is(folder: Path) -> None:
    file = make(folder / "a.duckdb", "one.wanted")
    with (
        pytest.raises(KuraError, match=r"has no needed in one\."),
        Warehouse(str(file), schemas=["one"]).opened(["needed"], ["wanted"], beside=["wanted"]),
    ):
        pass


def test_the_file_is_the_one_of_the_manifest(folder: Path) -> None:
    make(folder / "other.duckdb", f"kura.{DIM}")
    assert places.database_of(manifest("data/shop.duckdb", **{DIM: f"kura.{DIM}"})) == "data/shop.duckdb"


def test_without_a_manifest_a_file_alone_is_the_one_and_of_several_none_is(folder: Path) -> None:
    with pytest.raises(KuraError, match=r"no DuckDB file in .*--database"):
        places.database_of(None)
    make(folder / "a.duckdb", f"kura.{DIM}")
    assert places.database_of(None) == "a.duckdb"
    make(folder / "b.duckdb", f"kura.{DIM}")
    with pytest.raises(KuraError, match=r"several DuckDB files \(a\.duckdb, b\.duckdb\)"):
        places.database_of(None)


@pytest.mark.parametrize(
    ("database", "adapter", "message"),
    [("", "snowflake", "worked on snowflake"), (":memory:", "duckdb", "in memory"), (None, "duckdb", "--database")],
)
def test_what_is_in_no_file_is_not_looked_for(database: str | None, adapter: str, message: str) -> None:
    with pytest.raises(KuraError, match=message):
        places.database_of(manifest(database, adapter, **{DIM: f"kura.{DIM}"}))


@pytest.mark.parametrize("text", ["", "{}", '{"nodes": {}, "metadata": {"adapter_type": "duckdb"}}'])
def test_a_manifest_without_kura_is_none(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text)
    assert places.read_manifest(folder) is None


def test_the_commands_say_what_is_missing_and_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def error(*arguments: str) -> str:
        assert main(list(arguments)) == 1
        return capsys.readouterr().err

    assert "there is no database gone.duckdb. Run `dbt build` first." in error("tree", "--database", "gone.duckdb")
    file = str(make(folder / "a.duckdb", f"kura.{DIM}"))
    assert "has no fct_kura__runs. Run `dbt build` first." in error("tree", "--database", file)
    assert f"has no {DIM} in other." in error("tree", "--database", file, "--schema", "other")
    assert "there is no manifest of Kura's in target" in error("estimate", "--database", file)
    with duckdb.connect(file):
        busy = subprocess.run([str(KURA), "tree", "--database", file], capture_output=True, text=True, check=False)
    assert "a.duckdb can't be opened. Is a `dbt build` running?" in busy.stderr


@pytest.mark.parametrize("name", ["notes.txt", "rows.csv", "empty.duckdb", "other.db"])
def test_a_file_that_is_no_database_is_said_to_be_none_and_nobody_is_asked_about_builds(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    held = {"notes.txt": b"half a file", "rows.csv": b"a,b\n1,2\n", "other.db": b"SQLite format 3\0" + b"\0" * 99}
    (folder / name).write_bytes(held.get(name, b""))
    assert main(["tree", "--database", name]) == 1
    said = capsys.readouterr().err
    assert f"{name} is no DuckDB database" in said
    assert "running" not in said


def test_a_folder_is_no_database(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tree", "--database", "."]) == 1
    assert ". is a folder. Name the DuckDB file in it" in capsys.readouterr().err


def test_what_can_not_be_written_is_said_in_a_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    (folder / "file").touch()
    for command in (
        ["report", "--output", "no/such/report.html"],
        ["report", "--output", "."],
        ["sample", "--output", "no/such/sample.csv"],
        ["evaluate", "--json", "no/such/figures.json", "--stability", "0"],
        ["package", "--output", "file/dist", "--no-weights"],
    ):
        assert main(command) == 1
        assert f"kura: {command[2]} can't be written: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    ["report --output", "sample --output", "evaluate --stability 0 --json", "selftest --yes --json"],
)
def test_where_nothing_can_be_written_is_said_before_there_is_anything_to_write(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def works(*_: object, **__: object) -> None:
        raise AssertionError(command)

    monkeypatch.setattr("kura_udfs.commands.warehouse.Warehouse.opened", works)
    monkeypatch.setattr("kura_udfs.commands.selftest.rehearsal", works)
    (folder / "taken.csv").mkdir()
    for output, why in (("no/such/file.csv", "there is no folder"), ("taken.csv", "it is a folder")):
        assert main([*command.split(), output]) == 1
        assert f"kura: {output} can't be written: {why}" in capsys.readouterr().err


def test_a_file_that_may_only_be_read_is_said_to_be_so_by_what_writes_to_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(folder / "a.duckdb", f"kura.{DIM}")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write to whatever there is
    for command in (["compact"], ["alert", "--webhook", "http://localhost:1/"]):
        assert main(command) == 1
        assert "a.duckdb may only be read. Let this user write to it (chmod u+w" in capsys.readouterr().err


def test_a_file_that_can_not_be_written_to_its_end_stays_what_it_was(folder: Path) -> None:
    file, link = folder / "set.jsonl", folder / "link.jsonl"
    file.write_text("good")
    file.chmod(0o640)
    link.symlink_to(file)

    def written(text: str, error: OSError | None = None) -> None:
        with whole_file(link) as opened:
            opened.write(text)
            if error:
                raise error

    with pytest.raises(KuraError, match=r"link\.jsonl can't be written: No space left"):
        written("half", OSError(errno.ENOSPC, "No space left on device"))
    assert file.read_text() == "good"
    written("better")
    assert link.is_symlink()
    assert file.read_text() == "better"
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(folder.iterdir()) == [link, file]


def test_a_build_without_a_run_and_an_agent_without_a_line_are_told(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    with duckdb.connect("made.duckdb") as connection:
        ((schema,),) = connection.execute(
            "select table_schema from information_schema.tables where table_name = 'fct_kura__runs'"
        ).fetchall()
        connection.execute(f"delete from {schema}.fct_kura__runs")
    assert main(["tree"]) == 1
    assert "no whole run in fct_kura__runs" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", None)
    assert main(["mcp"]) == 1
    assert "of which one is closed" in capsys.readouterr().err


def test_an_output_that_takes_nothing_or_has_no_width_ends_no_command_by_a_traceback(folder: Path) -> None:
    synthetic.make(folder / "made.duckdb", 300)

    def ended(words: str, output: str = "") -> tuple[int, str, str]:
        done = subprocess.run(
            ["sh", "-c", f"COLUMNS=0 {KURA} {words} {output}"], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    for command in ("tree", "doctor", "sample --output -"):
        code, said, _ = ended(command)
        assert said.strip(), command
        assert ended(command, ">&-") == (code, "", "")
        full = "kura: stopped by the system: No space left on device.\n"
        assert ended(command, ">/dev/full") == (1, "", full)
    _, _, said = ended(f"tree --database {'x' * 300}")
    assert said == f"kura: stopped by the system: {'x' * 300}: File name too long.\n"


def test_ctrl_c_ends_a_command_by_a_word(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    monkeypatch.setattr(tree, "read", lambda *_: signal.raise_signal(signal.SIGINT))
    # what a shell starts in the background has it ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert main(["tree"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    assert capsys.readouterr().err == "kura: stopped, as by Ctrl+C.\n"


def test_a_number_that_no_database_can_hold_means_all_there_are(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    drawn = []
    for number in ("1000", "9" * 30):
        assert main(["sample", "--per-cluster", number, "--level", number, "--output", "all.csv"]) == 0
        drawn.append(capsys.readouterr().out)
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (DIM, "conversation_count", "'many'"), (DIM, "is_leaf", "'yes'"), (DIM, "name", "7"), (DIM, "last_seen_at", "'today'"),
        ("fct_kura__runs", "seconds", "'a few'"),
    ],
)  # fmt: skip
def test_no_command_breaks_off_where_somebody_else_has_a_table_of_that_name(
    folder: Path, capsys: pytest.CaptureFixture[str], table: str, column: str, value: str
) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    with duckdb.connect("made.duckdb") as connection:
        connection.execute(f"create table kura.others as select * replace ({value} as {column}) from kura.{table}")
        connection.execute(f"drop table kura.{table}; alter table kura.others rename to {table}")
    for command in ("tree", "report --output report.html"):
        assert main(command.split()) == 1, command
        [said] = capsys.readouterr().err.splitlines()
        assert f"has a {table} that is none of Kura's, as its {column} is of the type" in said


def test_the_file_of_another_release_is_told_by_its_columns(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    with duckdb.connect("made.duckdb") as connection:
        [(schema,)] = connection.sql(f"select schema_name from duckdb_tables() where table_name = '{DIM}'").fetchall()
        connection.execute(f"alter table {schema}.{DIM} drop column is_suppressed")
    assert main(["evaluate", "--stability", "0"]) == 1
    said = capsys.readouterr().err
    assert "was built by another release of Kura" in said
    assert '"is_suppressed"' in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("table", "column", "commands"),
    [
        (DIM, "is_leaf", ("tree", "report --output report.html")),
        (DIM, "name", ("tree", "report --output report.html")),
        (DIM, "path", ("sample --output sample.csv", "search parcels", "alert")),
        ("fct_kura__cluster_trends", "trend", ("report --output report.html",)),
    ],
)
def test_no_command_breaks_off_where_a_table_lacks_a_column(
    folder: Path, capsys: pytest.CaptureFixture[str], table: str, column: str, commands: tuple[str, ...]
) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    with duckdb.connect("made.duckdb") as connection:
        connection.execute(f"alter table kura.{table} drop column {column}")
    for command in commands:
        assert main(command.split()) == 1, command
        [said] = capsys.readouterr().err.splitlines()
        assert "another release of Kura than this one" in said
        assert f'"{column}"' in said
        assert said.endswith("Run `dbt build` with this one first.")


@pytest.mark.parametrize("levels", ["0", "-1", "all"])
def test_a_tree_of_no_levels_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], levels: str) -> None:
    with pytest.raises(SystemExit):
        main(["tree", "--levels", levels])
    assert f"--levels: {levels} is no whole number from 1 up" in capsys.readouterr().err


def test_one_of_a_thing_is_told_in_the_singular(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with duckdb.connect("a.duckdb") as connection:
        connection.execute(
            "create schema kura; create table kura.kura_publications (run_id text, published_at timestamp);"
            " create table kura.dim_kura__clusters as select 'a' as cluster_id"
        )
    main(["doctor"])
    assert "tables: 1 cluster in a.duckdb" in capsys.readouterr().out
    alert = alerts.Alert("a", "new", "Parcels", "low", date(2026, 3, 4), 1, 0.1, None)
    assert "Parcels, 1 conversation since 2026-03-04" in alerts.sentence(alert)


def test_tree_and_report_find_their_tables_by_themselves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    synthetic.make(folder / "made.duckdb", 300)
    with duckdb.connect("made.duckdb") as connection:
        tables = connection.sql("select table_name from duckdb_tables()").fetchall()
        connection.execute("create schema elsewhere")
        for (table,) in tables:
            connection.execute(f"create table elsewhere.{table} as from kura.{table}; drop table kura.{table}")
    assert main(["tree"]) == main(["report", "--output", "report.html"]) == 0
    assert "300 conversations" in capsys.readouterr().out

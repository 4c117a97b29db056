from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from kura_udfs.commands import doctor, explore, main
from kura_udfs.commands.warehouse import Warehouse
from kura_udfs.errors import KuraError
from tests.support.project import KURA


def test_the_doctor_says_what_is_well_and_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = tmp_path / "a.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema kura; create table kura.dim_kura__clusters (cluster_id text)")
    arguments = ["doctor", "--target-path", str(tmp_path), "--database", str(database)]
    assert main.main(arguments) == 1
    said = capsys.readouterr().out
    assert "ok  dbt-core: 1." in said
    assert "ok  encoder minilm" in said
    assert "NO  dbt project: no manifest with Kura in it" in said
    assert "has no kura_publications" in said
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table kura.kura_publications as select 'r1' as run_id, timestamp '2026-03-04 05:06' as published_at"
        )
    [finding] = [found for found in doctor.examine(Warehouse(str(database))) if found.what == "tables"]
    assert finding.is_well
    assert "run r1, published 2026-03-04 05:06 UTC" in finding.found


def test_the_explorer_shows_what_is_named_or_the_published_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KURA_PUBLISHED_PATH", raising=False)
    with pytest.raises(KuraError, match="no DuckDB file"):
        explore.shown(None, None)
    (tmp_path / "b.duckdb").touch()
    assert explore.shown(None, None) == str(tmp_path / "b.duckdb")
    (tmp_path / explore.COPY).touch()
    assert explore.shown(None, None) == str(tmp_path / explore.COPY)
    assert explore.shown("b.duckdb", None) == str(tmp_path / "b.duckdb")
    assert explore.shown("ducklake:postgres:dbname=kura", None) == "ducklake:postgres:dbname=kura"
    with pytest.raises(KuraError, match="--database"):
        explore.shown("nowhere.duckdb", None)
    assert explore.app_folder() is not None


def test_who_ends_the_explorer_leaves_no_server_behind(tmp_path: Path) -> None:
    database = tmp_path / "a.duckdb"
    duckdb.connect(str(database)).close()
    port = str(explore.free_port(8700))
    command = [str(KURA), "explore", "--database", str(database), "--", "--server.port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as started:
        assert started.stdout
        told = (line for line in started.stdout if port in line)
        assert [next(told), next(told)]  # by us, and by the server
        started.terminate()
        started.communicate(timeout=60)  # until nobody is there who could print


def test_the_explorer_takes_a_port_that_is_free() -> None:
    with socket.create_server(("localhost", 0)) as taken:
        port = taken.getsockname()[1]
        assert explore.free_port(port) > port
    assert explore.free_port(port) == port


def test_the_explorer_advertises_nothing_to_people_with_a_coding_agent(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    code = (
        "from streamlit.web import bootstrap, skills; bootstrap.load_config_options({'server_headless': False});"
        " print(skills.agent_harness_present(), skills.nudge_suppression_reason('.'))"
    )
    environment = {**os.environ, "HOME": str(tmp_path)}
    app = explore.app_folder()
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=app, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert said == "True welcome_hidden\n"


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("kura ")


def test_every_command_has_something_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["nothing"])
    there = re.findall(r"'?([\w-]+)'?(?=[,)])", capsys.readouterr().err.partition("choose from")[2])
    assert sorted(there) == sorted(main.COMMANDS)


def test_help_is_there_at_once_because_nothing_heavy_is_imported_for_it() -> None:
    heavy = {"duckdb", "numpy", "pandas", "pyarrow", "openai", "dbt", "scipy", "sklearn", "streamlit"}
    code = f"import sys, kura_udfs.commands.main; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"

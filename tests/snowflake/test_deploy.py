"""How the code gets into the account, and what happens when it hasn't."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kura_udfs.commands import packaging
from tests.support.project import REPOSITORY
from tests.support.snowflake_schema import IS_REAL, Snowflake, new_snowflake


@pytest.fixture(scope="module")
def snowflake(tmp_path_factory: pytest.TempPathFactory, account: Any) -> Iterator[Snowflake]:
    yield from new_snowflake(tmp_path_factory, account)


def test_the_same_code_gives_the_same_zip_and_other_code_another_name(tmp_path: Path) -> None:
    first, second = (packaging.package(tmp_path / name, weights=False) for name in ("a", "b"))
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert "kura_udfs/prompting/prompts/summary.md" in archive.namelist()
        assert not [name for name in archive.namelist() if "__pycache__" in name]


def test_the_project_names_the_code_that_it_was_tested_with() -> None:
    named = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text())["vars"]["kura"]["kura_package"]
    assert named == packaging.package_name(), "kura_udfs has changed: run `kura package`"


def test_a_build_without_the_code_stops_at_its_start_and_says_what_to_run(snowflake: Snowflake) -> None:
    output = snowflake.dbt("build", "--select", "stg_kura__messages", fails=True)
    assert "dbt run-operation kura_deploy" in output
    assert "kura_redact_" in output


def test_deploying_twice_is_deploying_once(snowflake: Snowflake) -> None:
    snowflake.deploy()
    version = snowflake.variables["kura_package"].removeprefix("kura_udfs-").removesuffix(".zip")
    snowflake.dbt("run-operation", "kura_deploy")
    function = f"{snowflake.database}.{snowflake.schema}.kura_redact_{version}"
    assert snowflake.value(f"select {function}('write to jo@example.com')") == "write to [email]"
    listed = snowflake.rows(f"list @{snowflake.database}.{snowflake.schema}.kura_code")
    assert sorted(row[0].rpartition("/")[2] for row in listed) == sorted(
        [snowflake.variables["kura_package"], "model.safetensors", "tokenizer.json"]
    )


def test_a_build_against_the_code_of_another_version_stops(snowflake: Snowflake) -> None:
    output = snowflake.dbt(
        "build", "--select", "stg_kura__messages", fails=True, kura_package="kura_udfs-0123456789ab.zip"
    )
    assert "0123456789ab" in output
    assert "kura package" in output


@pytest.mark.skipif(IS_REAL, reason="a real account may lack nothing")
def test_the_preflight_names_what_is_missing_and_the_statement_that_mends_it(snowflake: Snowflake) -> None:
    output = snowflake.dbt(
        "run-operation", "kura_preflight", fails=True, kura_package="kura_udfs-0123456789ab.zip", kura_provider="openai"
    )
    assert "dbt run-operation kura_deploy" in output
    assert "create external access integration" in output


def test_kura_package_names_the_zip_in_the_project(tmp_path: Path) -> None:
    project = tmp_path / "dbt_project.yml"
    project.write_text("vars:\n  kura:\n    kura_package: kura_udfs-0.zip # the code\n")
    kura = Path(sys.executable).with_name("kura")
    subprocess.run([str(kura), "package", "--no-weights"], cwd=tmp_path, check=True)
    assert project.read_text() == f"vars:\n  kura:\n    kura_package: {packaging.package_name()} # the code\n"
    assert (tmp_path / "dist" / packaging.package_name()).exists()


def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    kura = Path(sys.executable).with_name("kura")
    run = subprocess.run(
        [str(kura), "package", "--no-weights"], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (run.returncode, run.stderr) == (0, b"")

"""How the code gets into the account, and what happens when it hasn't."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kura_udfs.commands import packaging
from kura_udfs.vectors import minilm
from kura_udfs.vectors.encoders import load_encoder
from tests.support.project import KURA
from tests.support.snowflake_schema import IS_REAL, Snowflake, new_snowflake


@pytest.fixture(scope="module")
def snowflake(tmp_path_factory: pytest.TempPathFactory, account: Any) -> Iterator[Snowflake]:
    yield from new_snowflake(tmp_path_factory, account)


def test_the_same_code_gives_the_same_zip_and_other_code_another_name(tmp_path: Path) -> None:
    first, second = (packaging.package(tmp_path / name, encoder=None) for name in ("a", "b"))
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert "kura_udfs/prompting/prompts/summary.md" in archive.namelist()
        assert not [name for name in archive.namelist() if "__pycache__" in name]


@pytest.mark.parametrize("command", [["build", "--select", "stg_kura__messages"], ["run-operation", "kura_deploy"]])
def test_a_project_that_names_no_code_says_in_a_sentence_what_to_run(snowflake: Snowflake, command: list[str]) -> None:
    output = snowflake.dbt(*command, fails=True, kura_package=None)
    assert "names no code yet: run `kura package`, then `dbt run-operation kura_deploy`." in output


def test_a_build_without_the_code_stops_at_its_start_and_says_what_to_run(snowflake: Snowflake) -> None:
    package = snowflake.package()
    output = snowflake.dbt("build", "--select", "stg_kura__messages", fails=True)
    assert "dbt run-operation kura_deploy" in output
    assert package in output
    assert "kura_redact_" in output


def test_deploying_twice_is_deploying_once(snowflake: Snowflake) -> None:
    package = snowflake.deploy()
    version = package.removeprefix("kura_udfs-").removesuffix(".zip")
    made = [text for text in snowflake.account.statements if "create schema" in text] if snowflake.account else []
    snowflake.dbt("run-operation", "kura_deploy")
    if snowflake.account:  # who may make no schema can deploy to those that are there
        assert [text for text in snowflake.account.statements if "create schema" in text] == made
    function = f"{snowflake.database}.{snowflake.schema}.kura_redact_{version}"
    assert snowflake.value(f"select {function}('write to jo@example.com', null)") == "write to [email]"
    listed = snowflake.rows(f"list @{snowflake.database}.{snowflake.schema}.kura_code")
    assert sorted(row[0].rpartition("/")[2] for row in listed) == sorted(
        [package, minilm.graph_name("fp16"), "tokenizer.json"]
    )


def test_a_build_against_the_code_of_another_version_stops(snowflake: Snowflake) -> None:
    output = snowflake.dbt(
        "build", "--select", "stg_kura__messages", fails=True, kura_package="kura_udfs-0123456789ab.zip"
    )
    assert "0123456789ab" in output
    assert "kura package" in output


def test_the_multilingual_encoder_is_a_function_too(snowflake: Snowflake) -> None:
    run = snowflake.kura("package", "--encoder", "multilingual")
    assert run.returncode == 0, run.stderr
    version = Path(run.stdout.split()[0]).stem.removeprefix("kura_udfs-")
    snowflake.dbt("run-operation", "kura_deploy", kura_embedder="multilingual")
    function = f"{snowflake.database}.{snowflake.schema}.kura_embed_multilingual_{version}"
    found = json.loads(snowflake.value(f"select {function}('Wo ist mein Paket?')"))
    np.testing.assert_allclose(found, load_encoder("multilingual").embed(["Wo ist mein Paket?"])[0], atol=1e-5)


@pytest.mark.skipif(IS_REAL, reason="a real account has packages of its own")
def test_the_preflight_makes_and_calls_what_a_build_will(snowflake: Snowflake) -> None:
    snowflake.package()
    snowflake.dbt("run-operation", "kura_deploy")
    output = snowflake.dbt("run-operation", "kura_preflight", kura_provider="cortex", kura_llm_model="claude-haiku-4-5")
    for what in ("the function kura_embed", "a procedure in", "a call of it", "the model claude-haiku-4-5"):
        assert f"ok: {what}" in output
    assert snowflake.account is not None
    place = f"{snowflake.database}.{snowflake.schema}".upper()
    assert [name for name in snowflake.account.procedures if name.upper().startswith(place)] == []
    assert snowflake.rows(f"show tables like 'kura_preflight' in schema {place}") == []
    assert "ok: the model e5-base-v2" in snowflake.dbt(
        "run-operation", "kura_preflight", kura_embedder="cortex", kura_cortex_embedding_model="e5-base-v2"
    )


@pytest.mark.skipif(IS_REAL, reason="a real account knows itself what it was told")
@pytest.mark.parametrize(("is_pypi", "repository"), [(True, "pypi"), (False, "anaconda")])
def test_where_packages_come_from_is_always_said(snowflake: Snowflake, is_pypi: bool, repository: str) -> None:
    account = snowflake.account
    assert account is not None
    snowflake.package()
    account.statements.clear()
    snowflake.dbt("run-operation", "kura_deploy", kura_snowflake_pypi=is_pypi)
    name = f"snowflake.snowpark.{repository}_shared_repository"
    assert account.repositories[f"{snowflake.database}.{snowflake.schema}_INTERNAL"] == name
    heads = [
        text for text in account.statements if text.startswith("create or replace function") and "packages" in text
    ]
    assert heads
    assert all(f"artifact_repository = {name}" in head for head in heads)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"kura_provider": "cortex"},
            "gpt-6-luna, a model that Snowflake Cortex doesn't have. It has claude-haiku-4-5,",
        ),
        ({"kura_embedder_precision": "fp32"}, "on Snowflake minilm is always fp16"),
    ],
)
def test_what_snowflake_does_not_have_is_told_before_anything_runs(
    snowflake: Snowflake, settings: dict[str, Any], told: str
) -> None:
    assert told in " ".join(snowflake.dbt("parse", fails=True, **settings).split())


@pytest.mark.skipif(IS_REAL, reason="a real account may lack nothing")
def test_the_preflight_names_what_is_missing_and_the_statement_that_mends_it(snowflake: Snowflake) -> None:
    output = snowflake.dbt(
        "run-operation", "kura_preflight", fails=True, kura_package="kura_udfs-0123456789ab.zip", kura_provider="openai"
    )
    assert "dbt run-operation kura_deploy" in output
    assert "create external access integration" in output


@pytest.mark.parametrize("before", [" kura_udfs-0.zip", " null", ""])
def test_kura_package_names_the_zip_in_the_project(tmp_path: Path, before: str) -> None:
    project = tmp_path / "dbt_project.yml"
    text = "vars:\n  kura:\n    kura_package:{} # the code\n    kura_seed: 1\n"
    project.write_text(text.format(before))
    subprocess.run([str(KURA), "package", "--no-weights"], cwd=tmp_path, check=True)
    assert project.read_text() == text.format(f" {packaging.package_name()}")
    assert (tmp_path / "dist" / packaging.package_name()).exists()


def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    run = subprocess.run(
        [str(KURA), "package", "--no-weights"], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.skipif(IS_REAL, reason="it needs code of another version, which nobody has there")
def test_old_code_is_named_and_dropped_on_request_and_the_code_in_use_stays(
    snowflake: Snowflake, tmp_path: Path
) -> None:
    account = snowflake.account
    assert account is not None
    package = snowflake.deploy()
    version = package.removeprefix("kura_udfs-").removesuffix(".zip")
    place = f"{snowflake.database}.{snowflake.schema}"
    created = [text for text in account.statements if text.startswith("create") and "kura_redact" in text.lower()]
    made = created[-1]  # others are of earlier tests
    for older in ("0123456789ab", "ba9876543210"):
        (tmp_path / f"kura_udfs-{older}.zip").write_bytes(b"of another version")
        snowflake.rows(f"put 'file://{tmp_path}/kura_udfs-{older}.zip' @{place}.kura_code auto_compress = false")
        snowflake.rows(made.replace(f"_{version}(", f"_{older}("))
    (tmp_path / "minilm-of-another-build.graph").write_bytes(b"of another build")
    snowflake.rows(
        f"put 'file://{tmp_path}/minilm-of-another-build.graph' @{place}.kura_code/minilm auto_compress = false"
    )

    def there() -> tuple[set[str], set[str]]:
        functions = {name.rpartition("_")[2].lower() for name in account.declared if name.startswith(f"{place}.KURA")}
        files = {row[0].rpartition("/")[2] for row in snowflake.rows(f"list @{place}.kura_code")}
        return functions, files

    before = there()
    assert before[0] == {version, "0123456789ab", "ba9876543210"}
    output = snowflake.dbt("run-operation", "kura_prune")
    assert "would drop function if exists" in output
    assert there() == before
    snowflake.dbt("run-operation", "kura_prune", "--args", "{drop: true, keep: ['0123456789ab']}")
    assert there() == (before[0] - {"ba9876543210"}, before[1] - {"kura_udfs-ba9876543210.zip"})
    snowflake.dbt("run-operation", "kura_prune", "--args", "{drop: true}")
    kept = {package, minilm.graph_name("fp16"), "tokenizer.json"}
    functions, files = there()
    assert functions == {version}
    assert files >= kept  # and what earlier tests have deployed, which is of this version
    assert not [name for name in files if "0123456789ab" in name or "another-build" in name]
    assert (
        snowflake.value(f"select {place}.kura_redact_{version}('write to jo@example.com', null)") == "write to [email]"
    )

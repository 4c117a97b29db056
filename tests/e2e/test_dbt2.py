"""dbt 2 reads the project, alone and in somebody's project; what it can't run is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.test_package import Shop
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

DBT2 = REPOSITORY / ".venv" / "dbt2" / "bin" / "dbt"


def parse(warehouse: Warehouse, *arguments: str) -> str:
    """Run dbt 2 on a project; return what it prints. Asserts that it succeeds."""
    if not DBT2.exists():
        pytest.skip("dbt 2 is not installed: `make dbt2` says why")
    for command in (["deps"], ["parse", *arguments]):
        run = subprocess.run(
            [str(DBT2), *command, "--project-dir", str(warehouse.project), "--profiles-dir", str(warehouse.folder)],
            cwd=warehouse.folder,
            env=warehouse.environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("layer", [False, True])
def test_dbt_2_parses_a_project_with_kura_and_a_source_of_its_own(tmp_path: Path, layer: bool) -> None:
    shop = Shop(tmp_path, {}).with_artifacts()
    said = parse(
        shop, *(["--vars", "{kura_semantic_layer: true, kura_time_spine: true, kura_exposures: true}"] * layer)
    )
    assert "Finished 'parse' with" in said
    assert "error" not in said.partition("Execution Summary")[0]
    assert (tmp_path / "target" / "manifest.json").exists()


def test_what_dbt_2_cannot_run_is_told_at_the_start(warehouse: Warehouse) -> None:
    rows = warehouse.shown(
        "select {{ kura.quoted(kura.dbt_problem('2.0.9')) }} as v2, '{{ kura.dbt_problem(\"1.11.16\") }}' as v1"
    )
    assert rows[0]["v2"].startswith("dbt 2.0.9 reads this project, but can't run it on DuckDB")
    assert rows[0]["v1"] == "None"

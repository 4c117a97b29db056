"""Runs of the real dbt on databases of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).parent.parent
INPUTS = Path(__file__).parent / "inputs"
DBT = Path(sys.executable).with_name("dbt")
KURA = Path(sys.executable).with_name("kura")

# the same examples in every run: a test that fails for one person fails for all
settings.register_profile("kura", derandomize=True, deadline=None)
settings.load_profile("kura")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that no core waits for the other at the end."""
    items.sort(key=lambda item: "test_refreshes" not in str(item.path))
    items.sort(key=lambda item: "unit" in item.path.parts)


class Warehouse:
    """A DuckDB file and the dbt project that fills it, both in a folder of the test."""

    def __init__(self, folder: Path, project: Path = REPOSITORY) -> None:
        self.folder = folder
        self.project = project
        self.database = folder / "warehouse.duckdb"
        if project == REPOSITORY:
            shutil.copy(REPOSITORY / "profiles.example.yml", folder / "profiles.yml")
        self.environment = {
            **os.environ,
            "KURA_DUCKDB_PATH": str(self.database),
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test",  # they are of the SQL alone: test_sample runs them
            "DBT_LOG_LEVEL_FILE": "info",  # what stands there below that takes a tenth of the time
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "NO_COLOR": "1",
        }

    def dbt(self, *arguments: str, fails: bool = False, **variables: Any) -> str:
        """Run dbt; return what it prints. Asserts that it succeeds, or that it fails where that is expected."""
        command = [str(DBT), *arguments, "--project-dir", str(self.project)]
        if variables:
            command += ["--vars", json.dumps(variables)]
        run = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        output = run.stdout + run.stderr
        assert (run.returncode != 0) == fails, output
        return output

    def kura(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the kura command."""
        return subprocess.run(
            [str(KURA), *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Query the tables, the public ones and the others."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            made = "select schema_name from duckdb_schemas() where schema_name in ('kura', 'kura_internal') order by 1"
            schemas = ",".join(name for (name,) in connection.execute(made).fetchall())
            connection.execute(f"set search_path = '{schemas}'")
            return connection.execute(sql, parameters).fetchall()

    def value(self, sql: str) -> Any:
        """Return the single value of a query."""
        ((value,),) = self.rows(sql)
        return value


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def write_conversations(path: Path, texts: list[str]) -> Path:
    """Write one conversation of one user message per text."""
    lines = [
        json.dumps(
            {
                "conversation_id": f"c{number}",
                "user_id": f"u{number % 7}",
                "created_at": f"2026-03-{1 + number % 28:02d}T10:00:00Z",
                "messages": [{"role": "user", "content": text}],
            }
        )
        for number, text in enumerate(texts)
    ]
    path.write_text("".join(f"{line}\n" for line in lines))
    return path

"""The project on a DuckDB file of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from tests.support.project import REPOSITORY, Project

STAGED = [
    f"+stg_kura__{name}" for name in ("messages", "conversations", "attributes", "rejected_messages", "tool_calls")
]
INPUTS = REPOSITORY / "tests" / "inputs"


class Warehouse(Project):
    """A DuckDB file and the dbt project that fills it, both in a folder of the test."""

    def __init__(self, folder: Path, project: Path = REPOSITORY) -> None:
        super().__init__(folder, project)
        self.database = folder / "warehouse.duckdb"
        if project == REPOSITORY:
            shutil.copy(REPOSITORY / "profiles.example.yml", folder / "profiles.yml")
        self.environment["KURA_DUCKDB_PATH"] = str(self.database)
        self.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"  # they are of the SQL alone: test_sample runs them

    def stage(self, fails: bool = False, **variables: Any) -> str:
        """Run the staging models, which are parsed alike whatever the input; return what dbt prints. Asserts as `dbt` does."""
        return self.run_as_parsed("--select", *STAGED, fails=fails, **variables)

    def kept(self) -> Callable[[], Warehouse]:
        """Keep the folder as it is now; return what makes it so again, for every test that begins with the same build."""
        copy = self.folder.with_name(f"{self.folder.name} kept")
        shutil.copytree(self.folder, copy)

        def again() -> Warehouse:
            shutil.rmtree(self.folder)
            shutil.copytree(copy, self.folder)
            warehouse = Warehouse(self.folder, self.project)
            warehouse.database = self.database
            warehouse.environment, warehouse.variables = dict(self.environment), dict(self.variables)
            return warehouse

        return again

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Query the tables, the public ones and the others."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            made = "select schema_name from duckdb_schemas() where schema_name in ('kura', 'kura_internal') order by 1"
            schemas = ",".join(name for (name,) in connection.execute(made).fetchall())
            connection.execute(f"set search_path = '{schemas}'")
            return connection.execute(sql, parameters).fetchall()


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

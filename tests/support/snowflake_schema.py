"""The project in a schema of Snowflake: of a real account where the variables of one are set, or else of a stand-in."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.project import REPOSITORY, Project, copy_project

if TYPE_CHECKING:
    from tests.support.snowflake_account import Account

PYPI = [
    "graspologic-native", "hdbscan", "icu4py", "lingua-language-detector", "numpy", "pandas", "pyarrow", "pydantic", "scikit-learn",
    "scipy", "stop-words", "threadpoolctl", "umap-learn",
]  # fmt: skip
IS_REAL = bool(os.environ.get("DBT_SNOWFLAKE_ACCOUNT"))


class Snowflake(Project):
    """A schema of its own, and the dbt project that fills it: a copy, because a deployment writes into it."""

    def __init__(self, folder: Path, account: Account | None) -> None:
        super().__init__(folder, copy_project(folder))
        self.account = account
        self.schema = f"KURA_TEST_{uuid.uuid4().hex[:8]}".upper()
        self.variables = {"kura_snowflake_packages": PYPI, "kura_snowflake_pypi": True}
        profile = yaml.safe_load((REPOSITORY / "profiles.example.yml").read_text())["kura"]["outputs"]["snowflake"]
        profile["schema"] = self.schema
        self.database = os.environ.get("DBT_SNOWFLAKE_DATABASE", "KURA_DB")
        if account:
            for name in ("private_key_path", "role", "warehouse"):
                del profile[name]
            profile.update(
                {**account.connection, "database": self.database, "connect_retries": 0, "connect_timeout": 5}
            )
            profile.pop("network_timeout")
            profile.pop("session_parameters")
        (folder / "profiles.yml").write_text(
            yaml.safe_dump({"kura": {"target": "snowflake", "outputs": {"snowflake": profile}}})
        )

    def deploy(self) -> str:
        """Bring the code into the account as a person does; return its name."""
        name = self.package()
        self.dbt("run-operation", "kura_deploy")
        return name

    def package(self) -> str:
        """Write the zip and its name into the project; return the name."""
        run = self.kura("package")
        assert run.returncode == 0, run.stderr
        return Path(run.stdout.split()[0]).name

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Query the public tables."""
        import snowflake.connector

        if self.account:
            options = {**self.account.connection, "database": self.database, "schema": self.schema}
        else:
            names = ("account", "user", "private_key_file", "role", "warehouse")
            keys = ("ACCOUNT", "USER", "PRIVATE_KEY_PATH", "ROLE", "WAREHOUSE")
            options = {name: os.environ[f"DBT_SNOWFLAKE_{key}"] for name, key in zip(names, keys, strict=True)}
            options |= {"database": self.database, "schema": self.schema}
        with snowflake.connector.connect(**options) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]


def new_snowflake(tmp_path_factory: pytest.TempPathFactory, account: Account | None) -> Iterator[Snowflake]:
    """Make a schema for a module, and take it away again."""
    snowflake = Snowflake(tmp_path_factory.mktemp("snowflake"), account)
    yield snowflake
    if IS_REAL:
        for schema in (snowflake.schema, f"{snowflake.schema}_internal"):
            snowflake.rows(f"drop schema if exists {snowflake.database}.{schema}")

"""dbt on Snowflake: a real account where the variables of one are set, otherwise a stand-in for one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import DBT, REPOSITORY

PYPI = [
    "graspologic-native", "hdbscan", "lingua-language-detector", "numpy", "pandas", "pyarrow", "pydantic", "scikit-learn",
    "scipy", "stop-words", "threadpoolctl", "umap-learn",
]  # fmt: skip
IS_REAL = bool(os.environ.get("SNOWFLAKE_ACCOUNT"))


class Snowflake:
    """A database of its own, and the dbt project that fills it."""

    def __init__(self, folder: Path, account: Any) -> None:
        self.folder, self.account = folder, account
        self.schema = f"KURA_TEST_{uuid.uuid4().hex[:8]}".upper()
        self.variables: dict[str, Any] = {"kura_snowflake_packages": PYPI, "kura_snowflake_pypi": True}
        profile = yaml.safe_load((REPOSITORY / "profiles.example.yml").read_text())["kura"]["outputs"]["snowflake"]
        profile["schema"] = self.schema
        self.database = os.environ.get("SNOWFLAKE_DATABASE", "KURA_DB")
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
        self.environment = {
            **os.environ,
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "NO_COLOR": "1",
        }

    def dbt(self, *arguments: str, fails: bool = False, **variables: Any) -> str:
        """Run dbt; return what it prints. Asserts that it succeeds, or that it fails where that is expected."""
        command = [str(DBT), *arguments, "--project-dir", str(REPOSITORY)]
        command += ["--vars", json.dumps({**self.variables, **variables})]
        run = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        output = run.stdout + run.stderr
        assert (run.returncode != 0) == fails, output
        return output

    def deploy(self) -> None:
        """Bring the code into the account as a person does."""
        kura = Path(sys.executable).with_name("kura")
        run = subprocess.run([str(kura), "package"], cwd=self.folder, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        self.variables["kura_package"] = Path(run.stdout.split()[0]).name
        self.dbt("run-operation", "kura_deploy")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Query the public tables."""
        import snowflake.connector

        if self.account:
            options = {**self.account.connection, "database": self.database, "schema": self.schema}
        else:
            names = ("account", "user", "private_key_file", "role", "warehouse")
            keys = ("ACCOUNT", "USER", "PRIVATE_KEY_PATH", "ROLE", "WAREHOUSE")
            options = {name: os.environ[f"SNOWFLAKE_{key}"] for name, key in zip(names, keys, strict=True)}
            options |= {"database": self.database, "schema": self.schema}
        with snowflake.connector.connect(**options) as connection:
            return connection.cursor().execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """Return the single value of a query."""
        ((value,),) = self.rows(sql)
        return value


@pytest.fixture(scope="session")
def account() -> Iterator[Any]:
    if IS_REAL:
        yield None
        return
    from tests.snowflake.account import running

    with running() as started:
        yield started


def new_snowflake(tmp_path_factory: pytest.TempPathFactory, account: Any) -> Iterator[Snowflake]:
    """Make a schema for a module, and take it away again."""
    snowflake = Snowflake(tmp_path_factory.mktemp("snowflake"), account)
    yield snowflake
    if IS_REAL:
        for schema in (snowflake.schema, f"{snowflake.schema}_internal"):
            snowflake.rows(f"drop schema if exists {snowflake.database}.{schema}")

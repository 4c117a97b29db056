"""The dbt project in a folder of its own, and the one way in which tests and benchmarks run dbt, whatever the engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

from tests.support import warm_runs

REPOSITORY = Path(__file__).parents[2]
DBT = Path(sys.executable).with_name("dbt")
KURA = Path(sys.executable).with_name("kura")
AT_THE_END = ("trends", "facets", "examples", "comparisons", "tools", "alerts", "golden_set")
"""Parts of `kura_without` that nothing else is made of, and most tests don't look at: each takes its time in every build."""


class Project(ABC):
    """A dbt project with profile, target and logs in a folder of the test; a warehouse says how its tables are read.

    Parameters
    ----------
    folder : Path
        Where dbt is run.
    project : Path
        Where dbt_project.yml is.
    """

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder = folder
        self.project = project
        self.environment = {
            **os.environ,
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_LOG_LEVEL_FILE": "info",  # what stands there below that takes a tenth of the time
            "DBT_WRITE_JSON": "false",  # manifest and results, which take another tenth: see `with_artifacts`
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "KURA_HASH_SALT": "salt",  # two builds are to be alike
            "NO_COLOR": "1",
        }
        self.variables: dict[str, Any] = {}
        """Of every run of dbt, unless the run says otherwise."""

    def with_own_checks(self) -> Self:
        """Also run the data tests that look at Kura's SQL, and not only those of every user's build."""
        self.environment["KURA_OWN_CHECKS"] = "1"
        return self

    def with_artifacts(self) -> Self:
        """Have dbt write its manifest and results: `dbt retry` and `--state` read them, and kura's commands do."""
        self.environment["DBT_WRITE_JSON"] = "true"
        return self

    def without(self, *parts: str) -> Self:
        """Leave out parts at the end of the line that a test doesn't look at: each takes its time in every build."""
        self.variables["kura_without"] = list(parts)
        return self

    def dbt(self, *arguments: str, fails: bool = False, **variables: Any) -> str:
        """Run dbt; return what it prints. Asserts that it succeeds, or that it fails where that is expected."""
        return self._printed(self.command(*arguments, **variables), fails)

    def run_as_parsed(self, *arguments: str, fails: bool = False, **variables: Any) -> str:
        """Run what is parsed alike with the variables of every run and with those of this one, as staging models are."""
        return self._printed(self.command("run", *arguments, **variables), fails, self.variables)

    def start(self, *arguments: str, **variables: Any) -> warm_runs.Run | subprocess.Popen[str]:
        """Run dbt beside the test; what it prints comes from `stdout`."""
        command = self.command(*arguments, **variables)
        if warm_runs.can_run(self.environment):
            return warm_runs.Run(command, self.folder, self.environment)
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def shown(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        """Return the rows of a query of the project, which may hold Jinja."""
        printed = self.dbt("show", "--inline", query, "--limit", "50", "--output", "json", **variables)
        found = json.JSONDecoder().raw_decode(printed[printed.index('{\n  "show"') :])[0]
        return [{name.lower(): value for name, value in row.items()} for row in found["show"]]

    def kura(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the kura command."""
        return self._run_warm([str(KURA), *arguments])

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Query the tables, the public ones at least."""

    def value(self, sql: str) -> Any:
        """Return the single value of a query."""
        ((value,),) = self.rows(sql)
        return value

    def command(self, *arguments: str, **variables: Any) -> list[str]:
        """Return the command that runs dbt in a process of its own."""
        variables = {**self.variables, **variables}
        command = [str(DBT), *arguments, "--project-dir", str(self.project)]
        return [*command, "--vars", json.dumps(variables)] if variables else command

    def _printed(self, command: list[str], fails: bool, parsed_with: dict[str, Any] | None = None) -> str:
        run = self._run_warm(command, parsed_with)
        output = run.stdout + run.stderr
        assert (run.returncode != 0) == fails, output
        return output

    def _run_warm(
        self, command: list[str], parsed_with: dict[str, Any] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command without its start and its parse, most of the time of a run, where that comes to the same."""
        if warm_runs.can_run(self.environment):
            return warm_runs.run(command, self.folder, self.environment, parsed_with)
        return self.run_cold(command)

    def run_cold(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command as it is installed, from the very beginning of its process."""
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )


def copy_project(folder: Path) -> Path:
    """Copy what dbt reads of the repository to a folder, for those who change it; return the folder."""
    for part in warm_runs.PARTS:
        if (REPOSITORY / part).is_dir():
            shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / part, folder / part)
    return folder

"""Stages one input after another in one process: dbt's start and its parse take most of the time of such a run.

Speaks lines of JSON: a folder, an environment and variables come in, whether the run succeeded goes out. What dbt prints
stands in the file that the line names.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.project import REPOSITORY

MODELS = [
    f"+stg_kura__{name}" for name in ("messages", "conversations", "attributes", "rejected_messages", "tool_calls")
]


def stage(
    project: Path, folder: Path, environment: Mapping[str, str], variables: Mapping[str, Any]
) -> tuple[bool, str]:
    """Run the staging models; return whether they succeeded, and what dbt printed."""
    output = folder / "staging.log"
    task = {
        "project": str(project),
        "folder": str(folder),
        "environment": dict(environment),
        "variables": dict(variables),
        "output": str(output),
    }
    server = _server()
    assert server.stdin
    assert server.stdout
    server.stdin.write(json.dumps(task) + "\n")
    server.stdin.flush()
    answer = json.loads(server.stdout.readline())
    return bool(answer), output.read_text()


@cache
def _server() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.support.staging"]
    server = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.kill)
    return server


def serve() -> None:
    """Answer until nobody asks any more."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    from tests.support.quick_dbt import hurry

    answers = os.fdopen(os.dup(1), "w")
    hurry()
    manifest: Manifest | None = None
    for line in sys.stdin:
        task = json.loads(line)
        os.environ.clear()
        os.environ.update(task["environment"])
        os.chdir(task["folder"])
        printed = os.open(task["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for number in (1, 2):
            os.dup2(printed, number)
        where = ["--project-dir", task["project"], "--vars", json.dumps(task["variables"])]
        if manifest is None:
            parsed = dbtRunner().invoke(["parse", *where]).result
            manifest = parsed if isinstance(parsed, Manifest) else None
        done = dbtRunner(manifest=manifest).invoke(["run", "--select", *MODELS, *where])
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        sys.stdout.flush()
        os.close(printed)
        answers.write(json.dumps(done.success) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()

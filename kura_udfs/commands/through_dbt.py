"""Tables that no command can open by itself, by the dbt of the project in whose folder a command runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from kura_udfs.errors import KuraError


def rows(query: str) -> list[dict[str, Any]]:
    """Return the rows of a query, which may hold Jinja, with the names of their columns in lower case.

    Raises
    ------
    KuraError
        When dbt is not there, or does not succeed.
    """
    printed = _dbt("show", "--inline", query, "--limit", "-1", "--output", "json")
    found, _ = json.JSONDecoder().raw_decode(printed[printed.index("{") :])
    return [{name.lower(): value for name, value in row.items()} for row in found["show"]]


def operate(macro: str, **arguments: Any) -> None:
    """Run a macro.

    Raises
    ------
    KuraError
        As `rows`.
    """
    _dbt("run-operation", macro, "--args", json.dumps(arguments))


def _dbt(*arguments: str) -> str:
    beside = Path(sys.executable).with_name("dbt")
    command = [str(beside) if beside.exists() else "dbt", "--quiet", *arguments]
    environment = {**os.environ, "DBT_USE_COLORS": "false", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    try:
        run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise KuraError("dbt isn't there: run this where `dbt build` runs, in its environment.") from None
    if run.returncode:
        said = (run.stdout + run.stderr).strip()
        raise KuraError(f"dbt {arguments[0]} did not succeed, in {Path.cwd()}:\n{said[-2_000:]}")
    return run.stdout

"""The file of a build, rewritten when dbt has ended: as long as it runs, it holds the file."""

from __future__ import annotations

import atexit
import gc
import subprocess
import sys

_waiting: list[str] = []


def compact_at_end(database: str) -> str:
    """Have a DuckDB file rewritten when this process ends, and return its name.

    Another process does it, so that it finds the file locked if anything here still holds it.
    """
    if not _waiting:
        atexit.register(_compact_waiting)
    if database not in _waiting:
        _waiting.append(database)
    return database


def _compact_waiting() -> None:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    gc.collect()
    sys.stdout.flush()
    while _waiting:
        command = [sys.executable, "-m", "kura_udfs.commands.main", "compact", "--database", _waiting.pop()]
        subprocess.run(command, check=False)

"""A Postgres of its own for a test, on loopback (Debian: `apt-get install postgresql`).

Without it tests that need one are skipped, unless KURA_NEEDS_POSTGRES is set: then they fail.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
# it refuses to run as root; Debian's package brings this user
USER = "postgres" if os.geteuid() == 0 else None


@contextmanager
def running(*databases: str) -> Iterator[str]:
    """Run a server with some databases; yield how to connect, without the name of one."""
    if not PROGRAMS:
        reason = "there is no Postgres (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("KURA_NEEDS_POSTGRES") else pytest.skip)(reason)
    with tempfile.TemporaryDirectory(prefix="kura-postgres-") as folder:  # pytest's folders are for their owner alone
        if USER:
            shutil.chown(folder, USER)
        yield from _running(Path(folder), databases)


def _running(folder: Path, databases: tuple[str, ...]) -> Iterator[str]:
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(PROGRAMS[-1] / program), *arguments]
        subprocess.run(command, user=USER, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run("initdb", "--pgdata", str(data), "--username", "kura", "--auth", "trust", "--no-sync")
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "--pgdata", str(data), "--wait", "--log", str(folder / "log"), "--options", options, "start")
    try:
        for name in databases:
            run("createdb", "--host", "127.0.0.1", "--port", str(port), "--username", "kura", name)
        yield f"host=127.0.0.1 port={port} user=kura"
    finally:
        run("pg_ctl", "--pgdata", str(data), "--mode", "immediate", "stop")

"""Opens the explorer on the tables of a build."""

from __future__ import annotations

import argparse
import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

import kura_udfs
from kura_udfs.commands import places
from kura_udfs.errors import KuraError

COPY = "kura_published.duckdb"
STREAMLITS_PORT = 8501


def shown(named: str | None, manifest: places.Manifest | None) -> str:
    """Return which tables to show: what is named, or the copy that a build has published, or what dbt wrote last.

    Raises
    ------
    KuraError
        When there is nothing to show.
    """
    place = named or os.environ.get("KURA_PUBLISHED_PATH")
    if place is None:
        published = manifest.published if manifest else None
        place = published or (COPY if Path(COPY).exists() else places.database_of(manifest))
    return place if places.ATTACHED.match(place) else str(places.existing(place).absolute())


def explore(place: str, arguments: list[str]) -> NoReturn:
    """Become the explorer, which runs until it is stopped.

    Raises
    ------
    KuraError
        When it is not installed.
    """
    app = app_folder()
    if importlib.util.find_spec("streamlit") is None or app is None:
        raise KuraError('the explorer is not installed: pip install "kura-udfs[dashboard]"')
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    options.add_argument("--server.port", dest="port", default=os.environ.get("STREAMLIT_SERVER_PORT"))
    given, others = options.parse_known_args(arguments)
    port = given.port or str(free_port())
    # Streamlit's own words of where it is come with advertisements for those who write apps, in the page, too
    print(f"The explorer is at http://localhost:{port} as soon as it has started; Ctrl+C ends it.", flush=True)
    command = [sys.executable, "-m", "streamlit", "run", "explorer.py", "--server.port", port, *others]
    os.chdir(app)  # where its settings are
    # in the place of this process, so that whoever ends that leaves no server behind
    os.execve(sys.executable, command, {**os.environ, "KURA_PUBLISHED_PATH": place})


def free_port(first: int = STREAMLITS_PORT) -> int:
    """Return the first of a hundred ports that nobody listens on; the first of all where there is none."""
    for port in range(first, first + 100):
        with socket.socket() as asked:
            if asked.connect_ex(("localhost", port)):
                return port
    return first


def app_folder() -> Path | None:
    """Return the folder of the app: a part of the package where that is installed, beside it in the repository."""
    inside = Path(kura_udfs.__file__).parent
    folders = (inside / "dashboards", inside.parent / "dashboards")
    return next((folder for folder in folders if (folder / "explorer.py").exists()), None)

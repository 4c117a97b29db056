"""Opens the explorer on the tables of a build."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import kura_udfs
from kura_udfs.commands import places
from kura_udfs.errors import KuraError

COPY = "kura_published.duckdb"


def shown(named: str | None, manifest: places.Manifest | None) -> str:
    """Return which tables to show: what is named, or the copy that a build has published, or what dbt wrote last.

    Raises
    ------
    KuraError
        When there is nothing to show.
    """
    place = named or os.environ.get("KURA_PUBLISHED_PATH")
    if place is None:
        place = COPY if Path(COPY).exists() else places.database_of(manifest)
    return place if places.ATTACHED.match(place) else str(places.existing(place).absolute())


def explore(place: str, arguments: list[str]) -> int:
    """Run the explorer until it is stopped; returns its exit code.

    Raises
    ------
    KuraError
        When it is not installed.
    """
    app = app_folder()
    if importlib.util.find_spec("streamlit") is None or app is None:
        raise KuraError('the explorer is not installed: pip install "kura-udfs[dashboard]"')
    command = [sys.executable, "-m", "streamlit", "run", "explorer.py", *arguments]
    # in its own folder, where its settings are
    return subprocess.run(command, cwd=app, env={**os.environ, "KURA_PUBLISHED_PATH": place}).returncode


def app_folder() -> Path | None:
    """Return the folder of the app: a part of the package where that is installed, beside it in the repository."""
    inside = Path(kura_udfs.__file__).parent
    folders = (inside / "dashboards", inside.parent / "dashboards")
    return next((folder for folder in folders if (folder / "explorer.py").exists()), None)

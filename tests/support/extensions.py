"""The DuckDB that comes with its extensions (`make extensions`), for what the newest one may have to fetch.

Each extension is a package with one file; DuckDB wants them in a folder named after its version and the platform.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from tests.support.project import REPOSITORY

if TYPE_CHECKING:
    from tests.support.warehouse import Warehouse

DUCKDB = REPOSITORY / ".venv" / "extensions"
"""Goes before the other packages (PYTHONPATH)."""
FOLDER = DUCKDB / "duckdb_extensions"
"""What the setting extension_directory wants."""
WHICH = "import duckdb; print(duckdb.__version__, *duckdb.sql('pragma platform').fetchall()[0])"


def main() -> None:
    """Lay out what has been installed."""
    asked = subprocess.run(
        [sys.executable, "-c", WHICH],
        env={**os.environ, "PYTHONPATH": str(DUCKDB)},
        capture_output=True,
        text=True,
        check=True,
    )
    version, platform = asked.stdout.split()
    place = FOLDER / f"v{version}" / platform
    place.mkdir(parents=True, exist_ok=True)
    for file in DUCKDB.glob("duckdb_extension_*/extensions/**/*.duckdb_extension"):
        shutil.copy(file, place)


def with_extensions(warehouse: Warehouse, target: str = "duckdb", **more: object) -> Warehouse:
    """Let a warehouse run on the version of DuckDB that there are extensions of, on a target with more in its profile.

    Without them (`make extensions`) the test is skipped, or fails where KURA_NEEDS_EXTENSIONS is set.
    """
    if not (DUCKDB / ".installed").exists():
        reason = "there is no DuckDB with its extensions in .venv/extensions: `make extensions`"
        (pytest.fail if os.environ.get("KURA_NEEDS_EXTENSIONS") else pytest.skip)(reason)
    warehouse.environment |= {"PYTHONPATH": str(DUCKDB), "KURA_EXTENSION_DIRECTORY": str(FOLDER)}
    file = warehouse.folder / "profiles.yml"
    profile = yaml.safe_load(file.read_text())
    profile["kura"]["target"] = target
    chosen = profile["kura"]["outputs"][target]
    chosen.setdefault("config_options", {})["extension_directory"] = str(FOLDER)
    chosen.update(more)
    file.write_text(yaml.safe_dump(profile))
    return warehouse


def asked(place: str, *queries: str, mode: str = "read_only") -> list[list[tuple[Any, ...]]]:
    """Return the rows of queries on what that DuckDB attaches, of one moment; it is asked in a process of its own."""
    task = pickle.dumps((place, mode, str(FOLDER), queries))
    done = subprocess.run(
        [sys.executable, "-c", ASK], env={**os.environ, "PYTHONPATH": str(DUCKDB)}, input=task, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return cast(list[list[tuple[Any, ...]]], pickle.loads(done.stdout))


ASK = """
import duckdb, pickle, sys
place, mode, folder, queries = pickle.load(sys.stdin.buffer)
connection = duckdb.connect(config={"extension_directory": folder})
connection.execute(f"attach '{place}' as attached ({mode})")
connection.execute("use attached")
connection.execute("begin")
found = [connection.execute(query).fetchall() for query in queries]
connection.execute("commit")
pickle.dump(found, sys.stdout.buffer)
"""


if __name__ == "__main__":
    main()

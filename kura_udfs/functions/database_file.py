"""The file of a DuckDB database before it is opened: what stands in the way of writing to it, in words."""

from __future__ import annotations

import os
import re
from pathlib import Path

# a file of DuckDB has these letters after a checksum of eight bytes
MAGIC, MAGIC_AT = b"DUCK", 8
HELD = re.compile(r"set lock on file|lock is held|used by another process|already open", re.IGNORECASE)


def problem(name: str) -> str | None:
    """Return why a build can't write to the database of a profile; None if it can, or if that is no file.

    Parameters
    ----------
    name
        The `path` of the profile.
    """
    if not name or name == ":memory:" or ":" in name.removeprefix(Path(name).drive):
        return None
    path, elsewhere = Path(name), "name another file (`path` in the profile)"
    if not path.parent.is_dir():
        return f"the folder of {name} does not exist. Make it, or {elsewhere}."
    if path.is_dir():
        return f"{name} is a folder. Name a file in it, e.g. {path / 'warehouse.duckdb'} (`path` in the profile)."
    if found := _in_the_way(path):
        what, remedy = found
        return f"{what}. {remedy}, or {elsewhere}. Nothing was changed."
    return None


def _in_the_way(path: Path) -> tuple[str, str] | None:
    """Return what stands in the way of writing to a file, and what helps."""
    if path.exists() and not os.access(path, os.W_OK):
        return f"{path} may only be read", f"Let this user write to it (chmod u+w {path})"
    if not os.access(path.parent, os.W_OK):
        what = f"nothing may be written in {path.parent}, where DuckDB keeps a log beside {path.name}"
        return what, f"Let this user write there (chmod u+w {path.parent})"
    if path.exists() and not is_duckdb(path):
        return f"{path} is no database of DuckDB, or is damaged", "Put a backup in its place"
    return None


def is_duckdb(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(MAGIC_AT + len(MAGIC))
    return not head or head[MAGIC_AT:] == MAGIC


def is_held(said: str) -> bool:
    """Return whether DuckDB says of a file that it is open elsewhere; of a damaged one it names the block."""
    return HELD.search(said) is not None

"""The copy of the public tables that others read: what may be overwritten by it, and how it gets its name."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import duckdb


def problem(target: str, own_files: Sequence[str | None], tables: Sequence[str]) -> str | None:
    """Return why nothing may be published under a name, in words; None if it may.

    Parameters
    ----------
    target
        The file that the copy would become.
    own_files
        The databases that the build has open.
    tables
        Names of the public tables: a file that holds others is no copy, but somebody's database.
    """
    path = Path(target)
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist. Make it, or name another"
    if not path.exists():
        return None
    if path.is_dir():
        return "that is a folder. Name a file in it, e.g. published.duckdb"
    if any(own and Path(own).exists() and path.samefile(own) for own in own_files):
        return "that is the database of the build itself, which a copy would replace. Name another file"
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.sql("select table_name from duckdb_tables() where not temporary").fetchall()
    except duckdb.Error:
        return "a file of that name can't be opened as a copy of the public tables. Name another, or move it away"
    if strangers := sorted({name for (name,) in found} - set(tables)):
        others = ", ".join(strangers[:3])
        return f"that file is no copy of the public tables: it has {others}, too. Name another file, or move it away"
    return None


def put_in_place(staged: str, target: str) -> str:
    """Rename a finished copy, ``<target>.<run>.partial`` beside it, to its public name, and return that.

    Whoever has the copy before open keeps reading that one. What broken runs have left beside it goes.
    """
    path, made = Path(target), Path(staged)
    # it is made for nobody else to read; who it was opened to before can read the new one, too
    made.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600)
    made.replace(path)
    for leftover in path.parent.glob(f"{path.name}.*.partial*"):
        leftover.unlink(missing_ok=True)
    return target

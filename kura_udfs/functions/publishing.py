"""The copy of the public tables that others read: what may be overwritten by it, and how it gets its name."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

TABLES = "select table_name from duckdb_tables() where not temporary"


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
    try:  # a disk may be read-only, too, so rights alone say little
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        return f"no file can be written to the folder {path.parent} ({error.strerror}). Allow it, or name another"
    if not path.exists():
        return None
    if path.is_dir():
        return "that is a folder. Name a file in it, e.g. published.duckdb"
    if any(own and Path(own).exists() and path.samefile(own) for own in own_files):
        return "that is the database of the build itself, which a copy would replace. Name another file"
    try:
        found = _tables(path)
    except (duckdb.Error, OSError):
        return "a file of that name can't be opened as a copy of the public tables. Name another, or move it away"
    if strangers := sorted(found - set(tables)):
        others = ", ".join(strangers[:3])
        return f"that file is no copy of the public tables: it has {others}, too. Name another file, or move it away"
    return None


def _tables(path: Path) -> set[str]:
    """Return the names of the tables of a file, whoever has it open."""
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise
        # a reader that could write, as many tools open a file: that is no reason to give the others nothing new
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f"{path.name}.", suffix=".partial") as copied:
            shutil.copyfile(path, copied.name)
            connection = duckdb.connect(copied.name, read_only=True)
    with connection:
        return {name for (name,) in connection.execute(TABLES).fetchall()}


def put_in_place(staged: str, target: str) -> str:
    """Rename a finished copy, ``<target>.<run>.partial`` beside it, to its public name, and return that.

    Whoever has the copy before open keeps reading that one. What broken runs have left beside it goes.
    """
    path, made = Path(target), Path(staged)
    # it is made for nobody else to read; who it was opened to before can read the new one, too
    made.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600)
    # what a reader has written into the copy before belongs to no other: DuckDB would open neither of them
    path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
    made.replace(path)
    for leftover in path.parent.glob(f"{path.name}.*.partial*"):
        leftover.unlink(missing_ok=True)
    return target

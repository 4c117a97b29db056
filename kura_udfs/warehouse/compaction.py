"""Rewriting a DuckDB file, so that what was deleted is not in its bytes either.

DuckDB leaves deleted rows in pages that it will use again some day; neither CHECKPOINT nor VACUUM wipes them. A new
file holds only what there is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from kura_udfs.errors import KuraError
from kura_udfs.functions.database_file import is_duckdb, is_held, problem


class Compacted(NamedTuple):
    """How large a file was and is."""

    bytes_before: int
    bytes_after: int


def compact(database: str | Path) -> Compacted:
    """Rewrite a DuckDB file with all that is in it, from constraints and comments to its mode and owner.

    The new file gets the name of the old one when it is whole and on the disk, in one step: whatever ends this before,
    the old file is what it was.

    Raises
    ------
    KuraError
        When there is no such file or it can't be written to, somebody has it open, none of Kura's tables is in it, or
        something in it could not be copied.
    """
    path = Path(database).resolve()  # where a link leads, that the link stays
    if not path.is_file():
        raise KuraError(f"there is no database {database}.")
    if is_duckdb(path) and (found := problem(str(path))):
        raise KuraError(found)
    before = path.stat()
    staged = path.with_name(f"{path.name}.compacting")
    _remove(staged)
    try:
        with _held(path, str(database)) as connection, private_files():
            _require_own_tables(connection, str(database))
            _copy(connection, staged)
            staged.chmod(stat.S_IMODE(before.st_mode))
            _keep_owner(staged, before)
            _flush(staged)
            # the lock is held until the new file has the name, so that nobody writes to the old one meanwhile
            staged.replace(path)
            _flush(path.parent)
    finally:
        _remove(staged)
    return Compacted(before.st_size, path.stat().st_size)


@contextmanager
def private_files() -> Iterator[None]:
    """Make what this process makes meanwhile for nobody else to read."""
    previous = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(previous)


@contextmanager
def _held(path: Path, shown: str) -> Iterator[Any]:
    """Open a file so that nobody else can, with nothing left in its log."""
    try:
        connection = duckdb.connect(str(path))
    except duckdb.Error as error:
        if is_held(str(error)):
            raise KuraError(
                f"{shown} is open elsewhere, in a build, a reader or a BI tool: close it there, then run this again."
            ) from None
        raise KuraError(f"{shown} can't be opened ({type(error).__name__}): is it a DuckDB file?") from None
    try:
        connection.execute("checkpoint")
        yield connection
    finally:
        connection.close()


def _require_own_tables(connection: Any, shown: str) -> None:
    """Stop at a file that nothing of Kura's is in: somebody has named the wrong one."""
    tables = connection.execute(
        "select table_name from duckdb_tables() where database_name = current_database()"
    ).fetchall()
    if not any("kura_" in name for (name,) in tables):
        raise KuraError(f"{shown} has no table of Kura's in it, so it stays as it is. Name the file that dbt writes.")


def _copy(connection: Any, staged: Path) -> None:
    old = str(connection.execute("select current_database()").fetchall()[0][0])
    version = _storage_version(connection)
    options = f" (storage_version '{version}')" if version else ""
    literal = str(staged).replace("'", "''")
    try:
        connection.execute(f"attach '{literal}' as kura_compacted{options}")
        connection.execute(f"copy from database {_quoted(old)} to kura_compacted")
        connection.execute("checkpoint kura_compacted")
        _check(connection, old)
        connection.execute("detach kura_compacted")
    except duckdb.Error as error:
        raise KuraError(
            f"the file was not rewritten and is as it was ({type(error).__name__}): is there room for a second one"
            " beside it?"
        ) from None


_CATALOG = {
    "schemas": ("duckdb_schemas()", "schema_name, comment"),
    "tables": ("duckdb_tables()", "schema_name, table_name, comment, sql"),
    "views": ("duckdb_views()", "schema_name, view_name, comment, sql"),
    "columns": ("duckdb_columns()", "schema_name, table_name, column_name, comment, data_type"),
    "constraints": ("duckdb_constraints()", "schema_name, table_name, constraint_text"),
    "indexes": ("duckdb_indexes()", "schema_name, table_name, index_name, comment, sql"),
    "sequences": ("duckdb_sequences()", "schema_name, sequence_name, comment, last_value"),
    "macros": ("duckdb_functions()", "schema_name, function_name, comment, macro_definition"),
    "types": ("duckdb_types()", "schema_name, type_name, comment, labels"),
}


def _check(connection: Any, old: str) -> None:
    """Stop where the new file is not what the old one is: how much DuckDB copies depends on its version."""
    for what, (source, columns) in _CATALOG.items():
        query = f"select {columns} from {source} where database_name = ? and not coalesce(internal, false) order by all"
        if source in ("duckdb_constraints()", "duckdb_indexes()", "duckdb_sequences()"):
            query = query.replace(" and not coalesce(internal, false)", "")
        if connection.execute(query, [old]).fetchall() != connection.execute(query, ["kura_compacted"]).fetchall():
            raise KuraError(
                f"this version of DuckDB does not copy all {what}: the file was not rewritten and is as it was."
            )
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = ?", [old]
    ).fetchall()
    for schema, table in tables:
        name = f"{_quoted(schema)}.{_quoted(table)}"
        counts = [
            connection.execute(f"select count(*) from {_quoted(database)}.{name}").fetchall()
            for database in (old, "kura_compacted")
        ]
        if counts[0] != counts[1]:
            raise KuraError(
                f"not all rows of {schema}.{table} were copied: the file was not rewritten and is as it was."
            )


def _storage_version(connection: Any) -> str | None:
    """Return the oldest version that can read the file, as the new one must be; None where DuckDB doesn't say."""
    try:
        [(found,)] = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = current_database()"
        ).fetchall()
    except duckdb.Error:
        return None
    found = found[0] if isinstance(found, list) and found else found
    return str(found).rstrip("+") if found else None


def _keep_owner(staged: Path, before: os.stat_result) -> None:
    """Give a file to whom the old one belonged; only root can give it to somebody else."""
    now = staged.stat()
    if (now.st_uid, now.st_gid) != (before.st_uid, before.st_gid):
        try:
            os.chown(staged, before.st_uid, before.st_gid)
        except OSError:
            raise KuraError("the file belongs to another user: run this as that user. It is as it was.") from None


def _flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(staged: Path) -> None:
    """Remove a new file that never got its name, as one that was ended before has left behind."""
    for name in (staged.name, f"{staged.name}.wal"):
        staged.with_name(name).unlink(missing_ok=True)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

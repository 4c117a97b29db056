"""A copy of the public tables that nothing else is in, so that no query of a stranger can reach more.

It stands in a file of this process, which nobody can write to. So the warehouse is open for a moment alone, after a
build, and no agent keeps the next build out.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from kura_udfs.commands import places
from kura_udfs.commands.warehouse import Warehouse, newest_run
from kura_udfs.errors import KuraError

FIRST = "dim_kura__clusters"
"""The table without which there is nothing to read; the others count where they stand in its schema."""
PUBLIC = (
    FIRST,
    "bridge_kura__cluster_ancestors",
    "fct_kura__alerts",
    "fct_kura__cluster_examples",
    "fct_kura__cluster_facets",
    "fct_kura__cluster_lineage",
    "fct_kura__cluster_tools",
    "fct_kura__cluster_trends",
    "fct_kura__comparisons",
    "fct_kura__conversation_attributes",
    "fct_kura__conversation_clusters",
    "fct_kura__conversations",
    "fct_kura__golden_set_coverage",
    "fct_kura__runs",
    "fct_kura__tool_calls",
    "kura_publications",
    "kura_rejected_messages",
)
SCHEMA = "kura"
LOOK_SECONDS = 60
"""How often a lake or Postgres is asked whether there is something new; of a file, its own time says so."""
LOCKED_DOWN: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "memory_limit": "1GB",
}

Opened = AbstractContextManager[Any]


class Copy(NamedTuple):
    """The public tables of one run."""

    connection: Any
    """Read-only, with no way out to files, network or settings; the tables are in the schema `kura`, which it uses."""
    tables: tuple[str, ...]
    as_of: datetime | None
    """When readers got these rows (UTC); None where nobody knows."""

    def cursor(self) -> Any:
        """Return a cursor of its own for a thread."""
        cursor = self.connection.cursor()
        cursor.execute(f"use {SCHEMA}")
        return cursor


class PublicTables:
    """The newest copy, made when it is first asked for and again when there is another run to read.

    Parameters
    ----------
    open_source : callable
        Opens the warehouse as `Warehouse.opened`, with `FIRST` and what else of `PUBLIC` stands beside it.
    version : callable
        Returns what is another one when the warehouse may hold other rows.
    descriptions : mapping
        Of tables, and of their columns as ``table.column``, where the warehouse has no comments.
    """

    def __init__(
        self, open_source: Callable[[], Opened], version: Callable[[], object], descriptions: Mapping[str, str]
    ) -> None:
        self._open_source = open_source
        self._version = version
        self._descriptions = descriptions
        self._lock = threading.Lock()
        self._salt = secrets.token_hex(16)
        self._seen: object = None
        self._run: tuple[Any, ...] | None = None
        self._copy: Copy | None = None

    def newest(self) -> Copy:
        """Return the newest copy to be had: while a build is writing, the last one.

        Raises
        ------
        KuraError
            When there has been none yet, and there is nothing to make one of.
        """
        with self._lock:
            try:
                version = self._version()
                if self._copy is None or version != self._seen:
                    self._look()
                    self._seen = version
            except KuraError:
                if self._copy is None:
                    raise
            assert self._copy is not None
            return self._copy

    def _look(self) -> None:
        with self._open_source() as source:
            source.execute("begin transaction")  # all tables of one run, also where somebody may write meanwhile
            there = _views(source)
            run = newest_run(source) if "kura_publications" in there else None
            if self._copy is None or run is None or run != self._run:
                tables = tuple(name for name in PUBLIC if name in there)
                connection = _copied(source, tables, self._salt, {**self._descriptions, **_comments(source)})
                self._copy, self._run = Copy(connection, tables, run[1] if run else None), run


def of_warehouse(warehouse: Warehouse) -> PublicTables:
    """Return the public tables of a DuckDB file, a lake or Postgres."""
    database, beside = warehouse.database, PUBLIC[1:]

    def open_source() -> Opened:
        return warehouse.opened((FIRST,), beside, beside=beside)

    def version() -> object:
        if places.ATTACHED.match(database):
            return time.monotonic() // LOOK_SECONDS
        status = places.existing(database).stat()
        return status.st_mtime_ns, status.st_size, status.st_ino

    return PublicTables(open_source, version, _told(warehouse.manifest))


def _copied(source: Any, tables: tuple[str, ...], salt: str, descriptions: Mapping[str, str]) -> Any:
    import duckdb

    folder = Path(tempfile.mkdtemp(prefix="kura-mcp-"))  # for nobody else to read
    try:
        path = folder / "public.duckdb"
        with duckdb.connect(str(path)) as target:
            target.execute(f"create schema {SCHEMA}; use {SCHEMA}")
            for table in tables:
                target.register("rows_read", _rows(source, table, salt).to_arrow_reader())
                target.execute(f"create table {table} as from rows_read")
                target.unregister("rows_read")
                for statement in _comment_statements(target, table, descriptions):
                    target.execute(statement)
        connection = duckdb.connect(str(path), read_only=True, config=LOCKED_DOWN)
        connection.execute("set lock_configuration = true")
    finally:
        # what is open can still be read, and of a process that is killed nothing is left
        shutil.rmtree(folder, ignore_errors=True)
    return connection


def _rows(source: Any, table: str, salt: str) -> Any:
    """Return a table as it is copied: who needs to know how many users there are has no need of who they are."""
    if "user_id" not in _names(source, table):
        return source.sql(f"from {table}")
    hashed = "'h:' || left(sha256($salt || user_id), 32)"
    return source.sql(f"select * replace ({hashed} as user_id) from {table}", params={"salt": salt})


def _names(source: Any, table: str) -> list[str]:
    return [column[0] for column in source.execute(f"from {table} limit 0").description]


def _views(source: Any) -> set[str]:
    views = "select view_name from duckdb_views() where not internal and temporary"
    return {name for (name,) in source.execute(views).fetchall()}


def _told(manifest: places.Manifest | None) -> dict[str, str]:
    """Return what the project's YAML says of tables and columns."""
    told = {}
    for table in PUBLIC:
        model = manifest.models.get(table, {}) if manifest else {}
        told[table] = model.get("description", "")
        for name, column in model.get("columns", {}).items():
            told[f"{table}.{name}"] = column.get("description", "")
    return {name: text.strip() for name, text in told.items() if text}


def _comments(source: Any) -> dict[str, str]:
    """Return the comments in the warehouse itself, which a published copy has without any manifest."""
    tables = source.execute(
        "select table_name, comment from duckdb_tables()"
        " where comment is not null and database_name = current_database()"
    ).fetchall()
    columns = source.execute(
        "select table_name || '.' || column_name, comment from duckdb_columns()"
        " where comment is not null and database_name = current_database()"
    ).fetchall()
    return {name: text for name, text in [*tables, *columns] if name.split(".")[0] in PUBLIC}


def _comment_statements(target: Any, table: str, descriptions: Mapping[str, str]) -> list[str]:
    statements = [f"comment on table {table} is {_literal(descriptions[table])}"] if table in descriptions else []
    for name in _names(target, table):
        told = descriptions.get(f"{table}.{name}")
        if told:
            quoted = name.replace('"', '""')
            statements.append(f'comment on column {table}."{quoted}" is {_literal(told)}')
    return statements


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

"""The database of a command: which one it is, by what is said on its line and what dbt has written down, and open."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from kura_udfs.commands.places import (
    ATTACHED,
    NO_BUILD,
    Manifest,
    Table,
    database_of,
    existing,
    find,
    other_release,
    read_manifest,
    shown,
)
from kura_udfs.errors import KuraError
from kura_udfs.functions.database_file import is_duckdb, is_held, problem

HOLDER = re.compile(r"lock is held in (.+?) \(PID (\d+)\)")
"""Who has a file open, as DuckDB says it."""
TYPES = {
    r"is_\w+": r"BOOLEAN",
    r"level|seconds|share|\w+_(count|share)": r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT",
    r"since|period_start|\w+_at": r"DATE|TIMESTAMP.*",
    r"kind|name|path|description|\w+_id": r"VARCHAR",
}
"""What columns of the public tables hold, by their names: what has another type is somebody else's."""
WITH_COLUMNS_OF_OTHERS = ("fct_kura__conversations", "fct_kura__conversation_attributes")


class HeldError(KuraError):
    """Another process has the file open."""


@dataclass(frozen=True)
class Warehouse:
    """Where the tables are.

    Attributes
    ----------
    named : str or None
        The database, where a person names it: a DuckDB file, or what DuckDB attaches: ``ducklake:…``, ``postgres:…``.
    manifest : Manifest or None
        Of the project, if there is one.
    schemas : sequence of str
        As for `places.find`.
    moment : str or None
        A day or a time (UTC): the tables as they were then, or at the end of that day. For a lake.
    """

    named: str | None
    manifest: Manifest | None = None
    schemas: Sequence[str] = ()
    moment: str | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> Warehouse:
        """Read the manifest that the options name."""
        return cls(options.database, read_manifest(options.target_path), options.schema, getattr(options, "at", None))

    @cached_property
    def database(self) -> str:
        """The database that is named, or else the one that dbt wrote to last.

        Raises
        ------
        KuraError
            As `places.database_of`.
        """
        return self.named or database_of(self.manifest)

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the tables are where DuckDB can't read them, in Snowflake."""
        return self.named is None and self.manifest is not None and self.manifest.adapter != "duckdb"

    @contextmanager
    def opened(
        self,
        needed: Sequence[str],
        wanted: Sequence[str] = (),
        remedy: str = NO_BUILD,
        beside: Collection[str] = (),
    ) -> Iterator[Any]:
        """Open the database for reading, with models as views of their own names, wherever and whatever they are in it.

        Parameters
        ----------
        needed, wanted
            The models that have to be there, and those that become views if they are.
        remedy
            What to do if a needed one is missing.
        beside
            Those of the wanted models that are left out where they don't stand in the schema of the first one: who may
            see that may not see those.

        Raises
        ------
        KuraError
            When there is no such file or it is no database, a build is writing to it, or a needed model is not in it or
            in several schemas.
        """
        with self._connected(remedy) as connection:
            found = find(_tables(connection), [*needed, *wanted], self.manifest, self.schemas)
            self._check(found, needed, remedy)
            public = found[needed[0]].schema
            found = {name: at for name, at in found.items() if name not in beside or at.schema == public}
            self._check_types(connection, found)
            with self._views(connection, found):
                yield connection

    @contextmanager
    def opened_to_write(self, needed: Sequence[str], written: str) -> Iterator[tuple[Any, str]]:
        """Open the database as `opened` does, and for writing; with the table of a model that is `written`.

        Raises
        ------
        KuraError
            As `opened`.
        """
        with self._connected(NO_BUILD, writes=True) as connection:
            there = _tables(connection)
            found = find(there, [*needed, written], self.manifest, self.schemas)
            self._check(found, needed, NO_BUILD)
            self._check_types(connection, found)
            if written not in found:  # what is ours alone may stand in another schema than what readers see
                holding = [table for table in there if table.name == written]
                if len(holding) != 1:
                    raise KuraError(
                        f"{shown(self.database)} has no {written}, or several. {NO_BUILD} Or name the database that dbt"
                        " writes to with --database: a copy for readers does not have it."
                    )
                found[written] = holding[0]
            with self._views(connection, found) as sources:
                yield connection, sources[written]

    def _connected(self, remedy: str, *, writes: bool = False) -> Any:
        import duckdb

        database = self.database
        try:
            return _connection(database, self.moment, remedy, writes)
        except duckdb.Error as error:
            place, why = shown(database), shown(str(error))
        if self.moment and "No snapshot" in why:
            raise KuraError(f"the history of {place} does not reach back to {self.moment}.")
        if is_held(why):
            copy = self.manifest.published if self.manifest and self.manifest.database == database else None
            raise HeldError(f"{place} can't be opened. {_held(why, copy)}")
        raise KuraError(f"{place} can't be opened. DuckDB says: {why}")

    def _check(self, found: Collection[str], needed: Sequence[str], remedy: str) -> None:
        """Say which needed model is missing."""
        missing = next((name for name in needed if name not in found), None)
        if missing:
            if self.manifest and missing not in self.manifest.models:
                remedy = "Your project has switched it off, by `kura_without` or `+enabled: false`."
            where = f" in {' or '.join(self.schemas)}" if self.schemas else ""
            then = f" at {self.moment}" if self.moment else ""
            raise KuraError(f"{shown(self.database)} has no {missing}{where}{then}. {remedy}{self._elsewhere(missing)}")

    def _check_types(self, connection: Any, found: Mapping[str, Table]) -> None:
        """Say which public table holds something else than ours do."""
        public = (name for name in found if name.startswith(("dim_", "fct_")) and name not in WITH_COLUMNS_OF_OTHERS)
        ours = {found[name]: name for name in public}
        columns = connection.execute(
            "select table_schema, table_name, column_name, data_type from information_schema.columns"
            " where table_catalog = current_database()"
        ).fetchall()
        for schema, name, column, kind in columns:
            table = ours.get(Table(schema, name))
            types = [types for names, types in TYPES.items() if table and re.fullmatch(names, column)]
            if types and not re.fullmatch(types[0], kind):
                raise KuraError(
                    f"{shown(self.database)} has a {table} that is none of Kura's, as its {column}"
                    f" is of the type {kind}. Name the schema of ours with --schema, or give that table another name."
                )

    def _elsewhere(self, model: str) -> str:
        """Return what to do where a project puts a model into another database, of which dbt says only the name."""
        name = self.manifest.models.get(model, {}).get("database") if self.manifest else None
        if self.manifest is None or name is None or ATTACHED.match(self.database):
            return ""
        if (
            self.database == self.manifest.attached.get(name.lower())
            or name.lower() == Path(self.database).stem.lower()
        ):
            return ""
        return f" Your project puts it into the database {name}: where that is another file, name it with --database."

    @contextmanager
    def _views(self, connection: Any, found: Mapping[str, Table]) -> Iterator[Mapping[str, str]]:
        """Lay views over tables; gives what stands behind each."""
        import duckdb

        place = shown(self.database)
        # with the database before it, because a file and a schema of one name can't be told apart
        ((catalog,),) = connection.execute("select current_database()").fetchall()
        sources = {name: ".".join(map(_quoted, (catalog, *table))) for name, table in found.items()}
        for name, source in sources.items():
            connection.execute(f"create temporary view {_quoted(name)} as from {source}")
        try:
            yield sources
        except duckdb.BinderException as error:  # all queries are ours, so it is the columns that are others
            raise KuraError(other_release(place, error)) from None
        except duckdb.Error as error:
            raise KuraError(f"{place} can't be read to its end. DuckDB says: {error}") from None


def newest_run(connection: Any) -> tuple[str, datetime] | None:
    """Return the id of the run that readers have, and when it was published; None where there was none yet."""
    newest = "select run_id, published_at from kura_publications order by published_at desc limit 1"
    runs = connection.execute(newest).fetchall()
    return runs[0] if runs else None


def _connection(database: str, moment: str | None, remedy: str, writes: bool) -> Any:
    import duckdb

    if not ATTACHED.match(database):
        if moment:
            raise KuraError(f"{database} knows only how things are now: --at needs a lake (docs/engines.md).")
        path = _of_duckdb(existing(database, remedy))
        if writes and (found := problem(str(path))):
            raise KuraError(found)
        return duckdb.connect(str(path), read_only=not writes)
    folder = os.environ.get("KURA_EXTENSION_DIRECTORY")
    connection = duckdb.connect(config={"extension_directory": folder} if folder else {})
    options = [*([] if writes else ["read_only"]), *([f"snapshot_time '{_end_of(moment)}'"] if moment else [])]
    literal = database.replace("'", "''")
    connection.execute(f"attach '{literal}' as attached" + (f" ({', '.join(options)})" if options else ""))
    connection.execute("use attached")
    return connection


def _tables(connection: Any) -> set[Table]:
    rows = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
    ).fetchall()
    return {Table(*row) for row in rows}


def _of_duckdb(path: Path) -> Path:
    """Return a path if what is there is a database: DuckDB makes one of other files too, or looks for an extension.

    Raises
    ------
    KuraError
    """
    if path.is_dir():
        raise KuraError(f"{path} is a folder. Name the DuckDB file in it with --database.")
    try:
        is_one = path.stat().st_size > 0 and is_duckdb(path)
    except OSError as error:
        raise KuraError(f"{path} can't be read: {error.strerror or error}.") from None
    if not is_one:
        raise KuraError(
            f"{path} is no DuckDB database, or is damaged. Name the file that dbt writes with --database: it is the"
            " `path` in the profile."
        )
    return path


def _end_of(moment: str) -> datetime:
    """Return a moment in UTC; of a day its end."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        raise KuraError(
            f"--at is {moment!r}, but must be a day or a time in UTC, like 2026-10-01 or 2026-10-01T09:30."
        ) from None
    if len(moment) <= len("2026-10-01"):
        found += timedelta(days=1)
    return found.replace(tzinfo=None) if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)


def _held(said: str, copy: str | None) -> str:
    """Return who has a file open, as far as DuckDB says so, and what to do."""
    holder = HOLDER.search(said)
    who = f"process {holder[2]} ({holder[1]})" if holder else "another process"
    read = f"the copy that the last good build has left: --database {copy}" if copy else "a copy (kura_publish_path)"
    return (
        f"Is a `dbt build` running? DuckDB lets nobody read a file that another process may write, and {who} has it"
        f" open. Wait until that has ended, or read {read}."
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

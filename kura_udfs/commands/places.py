"""Where the tables are: in which DuckDB file, lake or Postgres, and under which names in it.

dbt's manifest says both, for the project in whose folder a command runs. What a person says comes before it, and where
it says nothing of a database, that database's own catalog does.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from kura_udfs.errors import KuraError
from kura_udfs.functions.database_file import is_duckdb

NO_BUILD = "Run `dbt build` first."
ATTACHED = re.compile(r"(ducklake|postgres|md):.")
"""What DuckDB attaches, where a name is none of a file."""
PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|\S+)")
HOLDER = re.compile(r"lock is held in (.+?) \(PID (\d+)\)")
"""Who has a file open, as DuckDB says it."""
FIRST_LENS = "lens = (select min_by(lens, sort_order) from dim_kura__clusters)"
"""The condition on rows of the main lens: that whose tree is drawn first."""


class Table(NamedTuple):
    """A table or view of a file."""

    schema: str
    name: str


@dataclass(frozen=True)
class Manifest:
    """What dbt has written down about Kura's models when it last parsed the project."""

    adapter: str
    models: Mapping[str, Mapping[str, Any]]
    """Those of this package, by name."""

    @property
    def database(self) -> str | None:
        """What the profile names: a file, counted from where dbt ran, or what DuckDB attaches."""
        return self._path("kura_duckdb_path")

    @property
    def published(self) -> str | None:
        """The copy for readers (`kura_publish_path`), if a build has left one."""
        path = self._path("kura_publish_path")
        return path if path and Path(path).exists() else None

    def _path(self, name: str) -> str | None:
        path: str = self.models.get("dim_kura__clusters", {}).get("config", {}).get("meta", {}).get(name)
        return path or None

    @property
    def tables(self) -> dict[str, Table]:
        """Where the models are, by name."""
        return {name: Table(model["schema"], model["alias"]) for name, model in self.models.items()}


def read_manifest(target_path: Path) -> Manifest | None:
    """Return what stands in the `manifest.json` of a folder; None if there is none, or Kura isn't in it."""
    try:
        manifest = json.loads((target_path / "manifest.json").read_text("utf-8"))
        models = {
            node["name"]: node
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["package_name"] == "kura"
        }
        adapter = manifest["metadata"]["adapter_type"]
    except (OSError, ValueError, KeyError):
        return None
    return Manifest(adapter, models) if models else None


def database_of(manifest: Manifest | None) -> str:
    """Return what dbt has written to last; without a manifest, the only file in the working directory.

    Raises
    ------
    KuraError
        When there is none, or no telling which.
    """
    if manifest is None:
        here = sorted(str(path) for path in Path().glob("*.duckdb"))
        if len(here) == 1:
            return here[0]
        found = f"several DuckDB files ({', '.join(here)})" if here else "no DuckDB file"
        raise KuraError(
            f"there is no manifest of dbt with Kura in it, and {found} in {Path.cwd()}."
            " Run this where dbt runs, after `dbt build`, or name the file with --database."
        )
    if manifest.adapter != "duckdb":
        raise KuraError(
            f"dbt has last worked on {manifest.adapter}, and this reads DuckDB files alone. Name one with --database,"
            " or run dbt with the target on DuckDB."
        )
    if manifest.database is None:
        raise KuraError("dbt's manifest doesn't say which file the tables are in. Name it with --database.")
    if manifest.database == ":memory:":
        raise KuraError("the profile keeps the tables in memory, where they end with dbt. Give it a `path` to a file.")
    return manifest.database


def find(
    there: Collection[Table],
    names: Sequence[str],
    manifest: Manifest | None = None,
    schemas: Sequence[str] = (),
) -> dict[str, Table]:
    """Return where the models of these names are; what is missing is left out.

    Parameters
    ----------
    there
        The tables of the file.
    names
        The first one decides in which schema to look for the others where the manifest knows nothing of the file.
    manifest
        Of the project, if there is one.
    schemas
        Look only into these, in this order, and then where dbt by itself puts what is internal to each of them.

    Raises
    ------
    KuraError
        When the first one is in several schemas.
    """
    known = manifest.tables if manifest and not schemas else {}
    if known.get(names[0]) in there:
        return {name: known[name] for name in names if known.get(name) in there}
    holding = sorted(table.schema for table in there if table.name == names[0])
    if len(holding) > 1 and not schemas:
        raise KuraError(f"{names[0]} is in several schemas: {', '.join(holding)}. Choose with --schema.")
    seen = [*(schemas or holding), *(f"{schema}_internal" for schema in schemas or holding)]
    candidates = [[Table(schema, name) for schema in seen] for name in names]
    return {found.name: found for tables in candidates for found in tables[::-1] if found in there}


@contextmanager
def opened_to_write(
    database: str, needed: Sequence[str], written: str, manifest: Manifest | None = None, schemas: Sequence[str] = ()
) -> Iterator[tuple[Any, str]]:
    """Open a database as `opened` does, and for writing; with the name of the model that is `written`, wherever it is.

    Raises
    ------
    KuraError
        As `opened`.
    """
    with _opened(database, needed, [written], manifest, schemas, NO_BUILD, None, (), True) as (connection, sources):
        if written not in sources:
            raise KuraError(
                f"{shown(database)} has no {written}, or several. {NO_BUILD} Or name the database that dbt writes to"
                " with --database: a copy for readers does not have it."
            )
        yield connection, sources[written]


@contextmanager
def opened(
    database: str,
    needed: Sequence[str],
    wanted: Sequence[str] = (),
    manifest: Manifest | None = None,
    schemas: Sequence[str] = (),
    remedy: str = NO_BUILD,
    moment: str | None = None,
    beside: Collection[str] = (),
) -> Iterator[Any]:
    """Open a database for reading, with models as views of their own names, wherever and whatever they are in it.

    Parameters
    ----------
    database
        A DuckDB file, or what DuckDB attaches: ``ducklake:…``, ``postgres:…``.
    needed, wanted
        The models that have to be there, and those that become views if they are.
    manifest, schemas
        As for `find`.
    remedy
        What to do if a needed one is missing.
    moment
        A day or a time (UTC): the tables as they were then, or at the end of that day. For a lake.
    beside
        Those of the wanted models that are left out where they don't stand in the schema of the first one: who may see
        that may not see those.

    Raises
    ------
    KuraError
        When there is no such file or it is no database, a build is writing to it, or a needed model is not in it or in
        several schemas.
    """
    with _opened(database, needed, wanted, manifest, schemas, remedy, moment, beside) as (connection, _):
        yield connection


@contextmanager
def _opened(
    database: str,
    needed: Sequence[str],
    wanted: Sequence[str],
    manifest: Manifest | None,
    schemas: Sequence[str],
    remedy: str,
    moment: str | None,
    beside: Collection[str],
    writes: bool = False,
) -> Iterator[tuple[Any, Mapping[str, str]]]:
    """Open a database; gives the names of the tables behind the views, too."""
    import duckdb

    place = shown(database)
    try:
        connection = _connected(database, moment, remedy, writes)
    except duckdb.Error as error:
        why = shown(str(error))
        if moment and "No snapshot" in why:
            raise KuraError(f"the history of {place} does not reach back to {moment}.") from None
        if "lock" in why.lower():
            copy = manifest.published if manifest and manifest.database == database else None
            raise KuraError(f"{place} can't be opened. {_held(why, copy)}") from None
        raise KuraError(f"{place} can't be opened. DuckDB says: {why}") from None
    with connection:
        rows = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
        ).fetchall()
        there = {Table(*row) for row in rows}
        found = find(there, [*needed, *wanted], manifest, schemas)
        if writes:  # into what is ours alone, which stands in another schema than what readers see
            holding = {name: [table for table in there if table.name == name] for name in wanted if name not in found}
            found.update({name: tables[0] for name, tables in holding.items() if len(tables) == 1})
        found = {
            name: table
            for name, table in found.items()
            if name not in beside or table.schema == found[needed[0]].schema
        }
        missing = [name for name in needed if name not in found]
        if missing:
            where = f" in {' or '.join(schemas)}" if schemas else ""
            then = f" at {moment}" if moment else ""
            if manifest and missing[0] not in manifest.models:
                remedy = "Your project has switched it off, by `kura_without` or `+enabled: false`."
            elsewhere = _elsewhere(manifest, missing[0], database)
            raise KuraError(f"{place} has no {missing[0]}{where}{then}. {remedy}{elsewhere}")
        # with the database before it, because a file and a schema of one name can't be told apart
        catalog = _quoted(_name_of(connection))
        sources = {name: f"{catalog}.{_quoted(table.schema)}.{_quoted(table.name)}" for name, table in found.items()}
        for name, source in sources.items():
            connection.execute(f"create temporary view {_quoted(name)} as from {source}")
        try:
            yield connection, sources
        except duckdb.BinderException as error:  # all queries are ours, so it is the columns that are others
            raise KuraError(other_release(place, error)) from None
        except duckdb.Error as error:
            raise KuraError(f"{place} can't be read to its end. DuckDB says: {error}") from None


def _elsewhere(manifest: Manifest | None, model: str, database: str) -> str:
    """Return what to do where a project puts a model into another database, of which dbt says only the name."""
    name = manifest.models.get(model, {}).get("database") if manifest else None
    if name is None or ATTACHED.match(database) or name.lower() == Path(database).stem.lower():
        return ""
    return f" Your project puts it into the database {name}: where that is another file, name it with --database."


def other_release(place: str, error: Exception) -> str:
    """Return what there is to say where DuckDB can't bind a query of ours to the tables of a place."""
    lacking = str(error).splitlines()[0]
    return (
        f"{place} was built by another release of Kura than this one, or only in part: {lacking}. Run"
        " `dbt build` with this one first."
    )


def _held(said: str, copy: str | None) -> str:
    """Return who has a file open, as far as DuckDB says so, and what to do."""
    holder = HOLDER.search(said)
    who = f"process {holder[2]} ({holder[1]})" if holder else "another process"
    read = f"the copy that the last good build has left: --database {copy}" if copy else "a copy (kura_publish_path)"
    return (
        f"Is a `dbt build` running? DuckDB lets nobody read a file that another process may write, and {who} has it"
        f" open. Wait until that has ended, or read {read}."
    )


def shown(text: str) -> str:
    """Return a text without the passwords of connections in it."""
    return PASSWORD.sub(r"\1…", text)


def existing(database: str, remedy: str = NO_BUILD) -> Path:
    """Return the file of a database.

    Raises
    ------
    KuraError
        When there is none.
    """
    path = Path(database)
    if not path.exists():
        raise KuraError(f"there is no database {database}. {remedy} Or name another one with --database.")
    return path


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


def _connected(database: str, moment: str | None, remedy: str, writes: bool = False) -> Any:
    import duckdb

    if not ATTACHED.match(database):
        if moment:
            raise KuraError(f"{database} knows only how things are now: --at needs a lake (docs/engines.md).")
        return duckdb.connect(str(_of_duckdb(existing(database, remedy))), read_only=not writes)
    folder = os.environ.get("KURA_EXTENSION_DIRECTORY")
    connection = duckdb.connect(config={"extension_directory": folder} if folder else {})
    options = [*([] if writes else ["read_only"]), *([f"snapshot_time '{_end_of(moment)}'"] if moment else [])]
    literal = database.replace("'", "''")
    connection.execute(f"attach '{literal}' as attached" + (f" ({', '.join(options)})" if options else ""))
    connection.execute("use attached")
    return connection


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


def _name_of(connection: Any) -> str:
    ((name,),) = connection.execute("select current_database()").fetchall()
    return str(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

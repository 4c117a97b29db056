"""The only place that knows where the tables are: a published DuckDB file, or the Snowflake around us."""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pandas as pd
import streamlit as st

from kura_explorer import places
from kura_explorer.text import cleaned

KEEP_SECONDS = 600  # Snowflake has no cheap sign of change, so answers are asked for again after this
LOOK_SECONDS = 5  # a lake, or Postgres, may get new rows at any time
TOKEN = Path("/snowflake/session/token")  # every container that Snowflake runs has it
NAME_IT = (
    "The environment variable KURA_SCHEMA names the schema to read; inside Snowflake it stands in secrets.toml and may be"
    " database.schema."
)
ATTACHED = re.compile(r"(ducklake|postgres|md):.")
PASSWORD = re.compile(r"(password\s*=\s*)('[^']*'|\S+)")
HOLDER = re.compile(r"lock is held in (.+?) \(PID (\d+)\)")
LACKING = (904, 2003, 2043)  # to Snowflake: no such column, no such table, no such object, or none that may be seen
P = ParamSpec("P")
R = TypeVar("R")
TABLE = re.compile(r"\b((?:dim|fct|bridge)_kura__\w+)")
_engines: dict[str, list[Any]] = {}
"""Of each file the DuckDBs that answer nothing at the moment: as many as have ever been asked at once."""


class NoTablesError(Exception):
    """There is nothing to read; the message says what to do."""


class HeldError(NoTablesError):
    """Another process may write to the file, so that nobody can read it; the message says which one."""


class OtherReleaseError(NoTablesError):
    """There are not the tables, or not the columns, that are asked for; the message says which one."""


class UnansweredError(NoTablesError):
    """The account did not answer; the message says why."""


def query(sql: str, *parameters: Any) -> pd.DataFrame:
    """Return the rows of a query on the public tables, whose names stand in it without a schema.

    Values come in as `?`, never in the text. Control characters and changes of the writing direction are taken out of
    every text in the answer.
    """
    with _told():
        return _kept(sql, parameters, _version())


def columns(table: str) -> list[str]:
    """Return the names of a table's columns."""
    return list(query(f"select * from {table} limit 0").columns)


def has(table: str) -> bool:
    """Whether a table is there to be read."""
    with _told():
        return _kept_has(table, _version())


def check() -> None:
    """Make sure that there are tables.

    Raises
    ------
    NoTablesError
    """
    try:
        query("select count(*) as n from dim_kura__clusters")
    except NoTablesError:
        raise
    except Exception as error:
        raise NoTablesError(f"The tables of Kura can't be read.\n\n{_shown(str(error))}") from None


def local_place() -> str | None:
    """Return the file or the lake that is read; None inside Snowflake."""
    return None if _is_inside_snowflake() else _place()


def named_schemas() -> tuple[str, ...]:
    """Return the schema that has been named, if one has been."""
    named = os.environ.get("KURA_SCHEMA")
    return (named,) if named else ()


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Make a function whose answer hangs on the tables and its arguments alone be asked once for each of them."""

    @functools.wraps(function)
    def of_version(version: float, *arguments: P.args, **named: P.kwargs) -> R:
        return function(*arguments, **named)

    remembered = st.cache_data(show_spinner=False, max_entries=100)(of_version)

    @functools.wraps(function)
    def asked(*arguments: P.args, **named: P.kwargs) -> R:
        return remembered(_version(), *arguments, **named)

    return asked


@contextmanager
def of_one_build() -> Iterator[None]:
    """Draw a page anew whose tables are replaced meanwhile: a part of it would be of another build than the rest."""
    version = _version()
    try:
        yield
    except Exception:
        if not _is_other_than(version):
            raise
    if _is_other_than(version):
        st.rerun()


@contextmanager
def _told() -> Iterator[None]:
    """Say in a sentence why there is no answer, which may come up on any page, in the middle of it."""
    try:
        yield
    except (HeldError, OtherReleaseError, UnansweredError) as error:
        st.warning(str(error))
        st.stop()


@st.cache_data(show_spinner=False, max_entries=150)  # of a map: some megabytes
def _kept(sql: str, parameters: tuple[Any, ...], version: float) -> pd.DataFrame:
    return _ask(TABLE.sub(lambda found: f"{_schema(version)}.{found[1]}", sql), parameters)


@st.cache_data(show_spinner=False, max_entries=50)
def _kept_has(table: str, version: float) -> bool:
    try:
        _kept(f"select * from {table} limit 0", (), version)
    except OtherReleaseError:
        return False
    return True


def _ask(sql: str, parameters: tuple[Any, ...] = ()) -> pd.DataFrame:
    return cleaned(_ask_snowflake(sql, parameters) if _is_inside_snowflake() else _ask_duckdb(sql, parameters))


def _ask_snowflake(sql: str, parameters: tuple[Any, ...]) -> pd.DataFrame:
    from snowflake.connector.errors import Error

    try:
        # what it returns is kept here, so it need not keep it too
        rows = st.connection("snowflake").query(sql, ttl=0, show_spinner=False, params=list(parameters))
    except Error as error:
        said = " ".join(str(error.raw_msg or error).split())
        if error.errno in LACKING:
            where = "the account, of which this app sees what its role may read,"
            raise OtherReleaseError(_what_is_lacking(where, said)) from None
        raise UnansweredError(f"Snowflake did not answer: {said} Load this page again in a while.") from None
    return rows.rename(columns=str.lower)


def _ask_duckdb(sql: str, parameters: tuple[Any, ...]) -> pd.DataFrame:
    import duckdb

    # of a link what it leads to, which is what DuckDB opens
    place = _place() if _is_attached() else str(Path(_place()).resolve())
    file = "'" + place.replace("'", "''") + "'"
    # attached for each query: the file may be replaced by a newer one at any time, and a build may write to it in between
    engine = _free_engine(place) or _new_engine(file)
    try:
        engine.execute(f"attach {file} as kura_copy (read_only)")
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise
        raise HeldError(_who_holds(str(error))) from None
    try:
        engine.execute("use kura_copy")
        return engine.execute(sql, parameters).df()
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise OtherReleaseError(_what_is_lacking(_shown(_place()), str(error))) from None
    finally:
        if _is_attached():
            engine.close()
        else:
            engine.execute("use memory")
            engine.execute("detach kura_copy")
            if place not in _engines:
                _engines.clear()  # of files that nobody asks any more
            _engines.setdefault(place, []).append(engine)


def _free_engine(place: str) -> Any:
    try:
        return _engines[place].pop()
    except (KeyError, IndexError):
        return None


def _new_engine(file: str) -> Any:
    """Start a DuckDB that can open this file alone, which takes longer than most queries do."""
    import duckdb

    folder = os.environ.get("KURA_EXTENSION_DIRECTORY")
    engine = duckdb.connect(config={"extension_directory": folder} if folder else {})
    if not _is_attached():  # the files of a lake are outside
        engine.execute(f"set allowed_paths = [{file}, {file} || '.wal']")
        engine.execute("set enable_external_access = false")
    return engine


def _who_holds(said: str) -> str:
    holder = HOLDER.search(said)
    who = f"process {holder[2]} ({holder[1]})" if holder else "another process"
    return (
        f"A build seems to be running: {who} has {_shown(_place())} open, and DuckDB lets nobody read it meanwhile. Load this page"
        " again when that has ended. A copy that builds leave (kura_publish_path) can be read at any time."
    )


def _what_is_lacking(where: str, said: str) -> str:
    return (
        f"The tables in {where} were built by another release of Kura than this explorer, or only in part:"
        f" {said.splitlines()[0].rstrip('!.')}. Run `dbt build` with this one first."
    )


def _version() -> float:
    if _is_inside_snowflake():
        return time.time() // KEEP_SECONDS
    if _is_attached():
        return _newest_publication()
    try:
        return Path(_place()).stat().st_mtime_ns
    except FileNotFoundError:
        raise NoTablesError(
            f"There is no file {_place()}. Build it with `make explore`, or with\n\n"
            f"    dbt build --vars '{{kura_publish_path: {_place()}}}'\n\n"
            "or name another one in the environment variable KURA_PUBLISHED_PATH."
        ) from None


def _is_other_than(version: float) -> bool:
    """Whether the tables are not those of a version any more, or not there any more, which the next run says."""
    try:
        return _version() != version
    except NoTablesError:
        return True


def _place() -> str:
    """Return the file, or what DuckDB attaches in its stead: a lake, or Postgres."""
    named = os.environ.get("KURA_PUBLISHED_PATH", "kura_published.duckdb")
    return named if ATTACHED.match(named) else str(Path(named).absolute())


def _shown(text: str) -> str:
    return PASSWORD.sub(r"\1…", text)


def _is_attached() -> bool:
    return bool(ATTACHED.match(_place()))


@st.cache_data(show_spinner=False, ttl=LOOK_SECONDS)
def _newest_publication() -> float:
    # the schema is looked up anew with it: a lake may have got its first tables meanwhile
    holding = _ask(places.HOLDING)
    if holding.empty:
        return 0.0
    schema = os.environ.get("KURA_SCHEMA") or places.quoted(str(holding.iloc[0, 0]))
    # before the first one is a number, too: what is not a number is never the same again
    return float(_ask(f"select coalesce(epoch(max(published_at)), 0) as at from {schema}.kura_publications")["at"][0])


def _schema(version: float) -> str:
    """Return the schema as it stands in a query: the one that was named, or else the one that has the tables."""
    named = os.environ.get("KURA_SCHEMA")
    if not named:
        return _found_schema(version)
    return ".".join('"' + part.replace('"', "") + '"' for part in named.split(".")) if '"' in named else named


@st.cache_data(show_spinner=False, max_entries=10)
def _found_schema(version: float) -> str:
    holding = [str(name) for name in _ask(places.HOLDING).iloc[:, 0]]
    if len(holding) == 1:
        return places.quoted(holding[0])
    where = "in the database of this app" if _is_inside_snowflake() else "in " + _shown(_place())
    if holding:
        raise NoTablesError(f"Tables of Kura are in several schemas {where}: {', '.join(holding)}.\n\n{NAME_IT}")
    nothing = f"There are no tables of Kura {where}, or none that may be read. Build them with `dbt build`."
    raise NoTablesError(f"{nothing}\n\n{NAME_IT}")


def _is_inside_snowflake() -> bool:
    return "KURA_PUBLISHED_PATH" not in os.environ and TOKEN.exists()

"""The only place that knows where the tables are: a published DuckDB file, or the Snowflake session around us."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer.text import cleaned

KEEP_SECONDS = 600  # Snowflake has no cheap sign of change, so answers are asked for again after this
TABLE = re.compile(r"\b((?:dim|fct|bridge)_kura__\w+)")


class NoTablesError(Exception):
    """There is nothing to read; the message says what to do."""


def query(sql: str, *parameters: Any) -> pd.DataFrame:
    """Return the rows of a query on the public tables, whose names stand in it without a schema.

    Values come in as `?`, never in the text. Control characters and changes of the writing direction are taken out of
    every text in the answer.
    """
    return _kept(sql, parameters, _version())


def columns(table: str) -> list[str]:
    """Return the names of a table's columns."""
    return list(query(f"select * from {table} limit 0").columns)


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
        raise NoTablesError(f"There are no tables of Kura in the schema {_schema()}.\n\n{error}") from None


@st.cache_data(show_spinner=False, max_entries=400)
def _kept(sql: str, parameters: tuple[Any, ...], version: float) -> pd.DataFrame:
    qualified = TABLE.sub(rf"{_schema()}.\1", sql)
    session = _snowflake_session()
    if session is None:
        return cleaned(_ask_duckdb(qualified, parameters))
    rows = session.sql(qualified, params=list(parameters)).to_pandas()
    return cleaned(rows.rename(columns=str.lower))


def _ask_duckdb(sql: str, parameters: tuple[Any, ...]) -> pd.DataFrame:
    import duckdb

    # a connection of its own for each query: the file may be replaced by a newer one at any time
    with duckdb.connect() as connection:
        connection.execute(f"attach '{str(_path()).replace(chr(39), chr(39) * 2)}' as published (read_only)")
        connection.execute("use published")
        connection.execute("set enable_external_access = false")
        return connection.execute(sql, parameters).df()


def _version() -> float:
    if _snowflake_session() is not None:
        return time.time() // KEEP_SECONDS
    try:
        return _path().stat().st_mtime_ns
    except FileNotFoundError:
        raise NoTablesError(
            f"There is no file {_path()}. Build it with `make explore`, or with\n\n"
            f"    dbt build --vars '{{kura_publish_path: {_path()}}}'\n\n"
            "or name another one in the environment variable KURA_PUBLISHED_PATH."
        ) from None


def _path() -> Path:
    return Path(os.environ.get("KURA_PUBLISHED_PATH", "kura_published.duckdb")).absolute()


def _schema() -> str:
    schema = os.environ.get("KURA_SCHEMA", "kura")
    return ".".join('"' + part.replace('"', "") + '"' for part in schema.split(".")) if '"' in schema else schema


def _snowflake_session() -> Any:
    try:
        from snowflake.snowpark.context import get_active_session

        return get_active_session()
    except Exception:  # not installed, or no session: we are not inside Snowflake
        return None

"""A model's SQL as dbt compiles it, over tables that a test makes up: what is simulated goes through the real statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from tests.support.warehouse import Warehouse


def compiled(warehouse: Warehouse, *models: str, **variables: Any) -> dict[str, str]:
    """Return the compiled SQL of models by their names; nothing is built."""
    warehouse.dbt("compile", "--select", *models, **variables)
    files: dict[str, Path] = {path.stem: path for path in (warehouse.folder / "target" / "compiled").rglob("*.sql")}
    return {model: files[model].read_text() for model in models}


@contextmanager
def internal(**tables: pd.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that compiled models can be run in, with tables of the internal schema that are given by name."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; create schema warehouse.kura_internal; set threads = 1")
        connection.execute("use warehouse.kura_internal")
        for name, rows in tables.items():
            connection.register("given", rows)
            connection.execute(f"create table {name} as select * from given")
        yield connection


def over(sql: str, **tables: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a compiled model over tables of the internal schema that are given by name."""
    with internal(**tables) as connection:
        return connection.sql(sql).df()

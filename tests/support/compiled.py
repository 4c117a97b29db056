"""A model's SQL as dbt compiles it, over tables that a test makes up: what is simulated goes through the real statements."""

from __future__ import annotations

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


def over(sql: str, **tables: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a compiled model over tables of the internal schema that are given by name."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; create schema warehouse.kura_internal; set threads = 1")
        for name, rows in tables.items():
            connection.register("given", rows)
            connection.execute(f"create table warehouse.kura_internal.{name} as select * from given")
        return connection.sql(sql).df()

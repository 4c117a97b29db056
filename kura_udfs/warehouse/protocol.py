"""What a stage needs of an engine: to read, to look up, to keep, to hand back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

Relation: TypeAlias = Any
"""What `dbt.ref` gives: a relation of DuckDB, or a table of Snowpark. Only a warehouse looks into it."""


class Warehouse(Protocol):
    """An engine as the Python models see it; `warehouse.stage` knows which one it is.

    Queries return Arrow, with names in lower case and the same types on every engine.
    """

    this: str
    """How the model's own table is called in SQL, whether there is one yet or not."""

    def name(self, relation: Relation) -> str:
        """Return how a table that `dbt.ref` gave is called in SQL."""

    def columns(self) -> list[str]:
        """Return the columns of this model's table; none if there is no table."""

    def read(self, relation: Relation, columns: str = "*", where: str = "true") -> pa.Table:
        """Return rows of what `dbt.ref` gave."""

    def batches(self, relation: Relation, columns: str, where: str) -> Iterator[pa.RecordBatch]:
        """Stream such rows, as many at a time as memory likes."""

    def query_input(self, relation: Relation, sql: str) -> pa.Table:
        """Return the rows of a query to which what `dbt.ref` gave is `input`."""

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> pa.Table:
        """Return the rows of a query; `?` stands for a value."""

    def among(self, values: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
        """Return what follows `in` for a list of values, and the values that stand in it."""

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        """Run a statement, which is committed at once; `?` stands for a value."""

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append rows by the names of their columns; they are committed at once."""

    def is_shared(self) -> bool:
        """Return whether another run can write to the same tables at the same time."""

    def run_id(self) -> str:
        """Return dbt's id of this run."""

    def flags(self, log: str) -> frozenset[str]:
        """Return those flags of dbt that a stage heeds and that are set; `log` is the table of runs."""

    def output(self, rows: Any) -> Any:
        """Return what dbt makes the model's table of: Arrow rows, or the query that a stage gave instead."""

"""DuckDB, where a Python model runs inside dbt's own process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

# rows handed over at a time where there may be more than memory holds
BATCH = 500


class DuckDB:
    """The connection of a model.

    Whatever is not the one stream of rows goes over cursors, because a connection holds one open result.
    """

    runs_functions = False
    """Whether rows are better worked on by functions in the engine than here; here is in the engine."""

    def __init__(self, session: Any, this: Any) -> None:
        self._session = session
        self._this = this

    def read(self, relation: Any, columns: str, where: str) -> pa.Table:
        """Return rows of what `dbt.ref` gave."""
        return self.query_input(relation, f"select {columns} from input where {where}")

    def query_input(self, relation: Any, sql: str) -> pa.Table:
        """Return the rows of a query to which what `dbt.ref` gave is `input`."""
        return relation.query("input", sql).to_arrow_table()

    def batches(self, relation: Any, columns: str, where: str) -> Iterator[pa.RecordBatch]:
        """Stream such rows, a few hundred at a time."""
        return relation.query("input", f"select {columns} from input where {where}").to_arrow_reader(BATCH)

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> pa.Table:
        """Return the rows of a query; `?` stands for a value."""
        return self._session.cursor().sql(sql, params=list(values)).to_arrow_table()

    def columns(self) -> list[str]:
        """Return the columns of this model's table; none if there is no table."""
        found = self.query(
            "select column_name from information_schema.columns"
            " where table_catalog = ? and table_schema = ? and table_name = ? order by ordinal_position",
            (self._this.database, self._this.schema, self._this.identifier),
        )
        return found["column_name"].to_pylist()

    def beside(self, name: str) -> str:
        """Return how a table beside this model's is called in SQL."""
        return f'"{self._this.database}"."{self._this.schema}"."{name}"'

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append rows by the names of their columns; they are committed at once."""
        cursor = self._session.cursor()
        cursor.register("arrived", rows)
        # DuckDB wants a result read before the connection does something else
        cursor.execute(f"insert into {table} by name select * from arrived").fetchall()
        cursor.unregister("arrived")

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        """Run a statement, which is committed at once; `?` stands for a value."""
        self._session.cursor().execute(sql, list(values)).fetchall()

    def among(self, values: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
        """Return what follows `in` for a list of values, and the values that stand in it."""
        return "(select unnest(?::varchar[]))", (list(values),)

    def flags(self) -> list[str]:
        """Return those flags of dbt that a stage heeds and that are set."""
        from dbt.flags import get_flags

        flags = get_flags()  # type: ignore[no-untyped-call]
        return [name for name in ("EMPTY", "SAMPLE", "FULL_REFRESH") if getattr(flags, name, None)]

    def output(self, rows: Any) -> Any:
        """Return what dbt makes the model's table of."""
        return rows

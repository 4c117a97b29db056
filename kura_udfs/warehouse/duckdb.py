"""DuckDB, where a Python model runs inside dbt's own process."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from kura_udfs.warehouse.protocol import Relation

# rows handed over at a time where there may be more than memory holds
BATCH = 500
_WHOLE_TABLE = re.compile(r"select \* from (.+)", re.IGNORECASE | re.DOTALL)


class DuckDB:
    """The connection of a model.

    Whatever is not the one stream of rows goes over cursors, because a connection holds one open result.
    """

    def __init__(self, session: Any, this: Any) -> None:
        # reads to its end what a hook of somebody's project has left open: DuckDB refuses all else until then
        session.execute("select 1").fetchall()
        self._session = session
        self._place = (this.database, this.schema, this.identifier)
        self.this = ".".join(map(_quoted, self._place))

    def name(self, relation: Relation) -> str:
        """Return how a table that `dbt.ref` gave is called in SQL: dbt-duckdb makes it a query for the whole of it."""
        query: str = relation.sql_query()
        found = _WHOLE_TABLE.fullmatch(query)
        if not found:
            raise ValueError(f"not the whole of one table: {query}")
        return found[1]

    def columns(self) -> list[str]:
        """Return the columns of this model's table; none if there is no table."""
        found = self.query(
            "select column_name from information_schema.columns"
            " where table_catalog = ? and table_schema = ? and table_name = ? order by ordinal_position",
            self._place,
        )
        names: list[str] = found["column_name"].to_pylist()
        return names

    def read(self, relation: Relation, columns: str = "*", where: str = "true") -> pa.Table:
        """Return rows of what `dbt.ref` gave."""
        return self.query_input(relation, f"select {columns} from input where {where}")

    def batches(self, relation: Relation, columns: str, where: str) -> Iterator[pa.RecordBatch]:
        """Stream such rows, a few hundred at a time."""
        return iter(relation.query("input", f"select {columns} from input where {where}").to_arrow_reader(BATCH))

    def query_input(self, relation: Relation, sql: str) -> pa.Table:
        """Return the rows of a query to which what `dbt.ref` gave is `input`."""
        return relation.query("input", sql).to_arrow_table()

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> pa.Table:
        """Return the rows of a query; `?` stands for a value."""
        return self._session.cursor().sql(sql, params=list(values)).to_arrow_table()

    def among(self, values: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
        """Return what follows `in` for a list of values, and the values that stand in it."""
        return "(select unnest(?::varchar[]))", (list(values),)

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        """Run a statement, which is committed at once; `?` stands for a value."""
        self._session.cursor().execute(sql, list(values)).fetchall()

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append rows by the names of their columns; they are committed at once."""
        cursor = self._session.cursor()
        cursor.register("arrived", rows)
        # DuckDB wants a result read before the connection does something else
        cursor.execute(f"insert into {table} by name select * from arrived").fetchall()
        cursor.unregister("arrived")

    def is_shared(self) -> bool:
        """Return whether another run can write to the same tables: not to a file, which one process holds."""
        [place] = self.query(
            "select type || ' ' || coalesce(path, '') as place from duckdb_databases() where database_name = ?",
            self._place[:1],
        ).to_pylist()
        return "postgres" in place["place"]

    def run_id(self) -> str:
        """Return dbt's id of this run."""
        from dbt_common.invocation import get_invocation_id

        return get_invocation_id()

    def flags(self, log: str) -> frozenset[str]:
        """Return those flags of dbt that a stage heeds and that are set; dbt is in this process and says so itself."""
        from dbt.flags import get_flags

        flags = get_flags()  # type: ignore[no-untyped-call]
        return frozenset(name for name in ("EMPTY", "SAMPLE", "FULL_REFRESH") if getattr(flags, name, None))

    def output(self, rows: Any) -> Any:
        """Return what dbt makes the model's table of."""
        return rows


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

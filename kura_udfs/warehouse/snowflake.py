"""Snowflake, where a Python model runs as a procedure with a Snowpark session.

Names come back in upper case, arrays as JSON, and whole numbers with nulls as floats: here they become what Arrow
makes of the same query elsewhere.
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from kura_udfs.errors import KuraError
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.sql import sql_type

# a statement takes some 16,000 bound values at most
ROWS_PER_INSERT = 500


class Snowflake:
    """The session of a model."""

    def __init__(self, session: Any, this: Any) -> None:
        self._session = session
        self._place = (this.database, this.schema, this.identifier)
        self.this = ".".join(self._place)
        self._dimensions: int | None = None
        _keys_from_secrets()

    def name(self, relation: Relation) -> str:
        """Return how a table that `dbt.ref` gave is called in SQL."""
        name: str = relation.table_name
        return name

    def source(self, relation: Relation) -> str:
        """Return what `dbt.ref` gave as something to select from."""
        return f"({relation.queries['queries'][-1]}) as input"

    def columns(self) -> list[str]:
        """Return the columns of this model's table; none if there is no table."""
        database, schema, identifier = self._place
        found = self.query(
            f"select column_name from {database}.information_schema.columns"
            " where table_schema = ? and table_name = ? order by ordinal_position",
            (schema.upper(), identifier.upper()),
        )
        return [name.lower() for name in found["column_name"].to_pylist()]

    def read(self, relation: Relation, columns: str = "*", where: str = "true") -> pa.Table:
        """Return rows of what `dbt.ref` gave."""
        return self.query(f"select {columns} from {self.source(relation)} where {where}")

    def batches(self, relation: Relation, columns: str, where: str) -> Iterator[pa.RecordBatch]:
        """Stream such rows, as many at a time as the engine sends."""
        rows = self._session.sql(f"select {columns} from {self.source(relation)} where {where}")
        types = self._types(rows.schema)
        for frame in rows.to_pandas_batches():
            yield from _arrow(frame, types).to_batches()

    def query_input(self, relation: Relation, sql: str) -> pa.Table:
        """Return the rows of a query to which what `dbt.ref` gave is `input`."""
        return self.query(f"with input as (select * from {self.source(relation)}) {sql}")

    def query(self, sql: str, values: tuple[Any, ...] = ()) -> pa.Table:
        """Return the rows of a query; `?` stands for a value."""
        rows = self._session.sql(sql, params=list(values) or None)
        return _arrow(rows.to_pandas(), self._types(rows.schema))

    def rows(self, sql: str) -> Any:
        """Return a query that runs when its rows are wanted, and so in the engine alone."""
        return self._session.sql(sql)

    def among(self, values: Sequence[str]) -> tuple[str, tuple[Any, ...]]:
        """Return what follows `in` for a list of values, and the values that stand in it."""
        return f"({', '.join('?' * len(values)) or 'null'})", tuple(values)

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> None:
        """Run a statement; `?` stands for a value."""
        self._session.sql(sql, params=list(values) or None).collect()

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append rows by the names of their columns; they are committed at once."""
        places = [f"column{place}" for place in range(1, rows.num_columns + 1)]
        selected = [_bound(place, field.type) for place, field in zip(places, rows.schema, strict=True)]
        row = f"({', '.join('?' * rows.num_columns)})"
        for batch in rows.to_batches(ROWS_PER_INSERT):
            values = [
                _as_text(value) if isinstance(value, list | datetime) else value
                for entry in zip(*(column.to_pylist() for column in batch.columns), strict=True)
                for value in entry
            ]
            self.execute(
                f"insert into {table} ({', '.join(rows.column_names)})"
                f" select {', '.join(selected)} from values {', '.join([row] * batch.num_rows)}",
                tuple(values),
            )

    def is_shared(self) -> bool:
        """Return that another run can write to the same tables at the same time."""
        return True

    def run_id(self) -> str:
        """Return dbt's id of this run, which a hook before the model has left in the session."""
        found: str = self.query("select $kura_run_id as run_id")["run_id"][0].as_py()
        return found

    def flags(self, log: str) -> frozenset[str]:
        """Return those flags of dbt that a stage heeds and that are set."""
        # there is no dbt in a procedure, so the run says so in its own row
        own = self.query(f"select figures from {log} where stage = 'run' and run_id = ?", (self.run_id(),))
        figures = own["figures"].to_pylist()
        return frozenset(json.loads(figures[0])["flags"]) if figures and figures[0] else frozenset()

    def output(self, rows: Any) -> Any:
        """Return what dbt makes the model's table of: Arrow rows with the types that SQL wants, or what `rows` gave."""
        return self._session.sql(self.query_of(rows)) if isinstance(rows, pa.Table) else rows

    def temporary(self, name: str) -> str:
        """Return a name that no table has, in the schema of this model."""
        database, schema, _ = self._place
        return f"{database}.{schema}.{name}_{uuid.uuid4().hex}"

    def query_of(self, rows: pa.Table) -> str:
        """Return a query that gives these rows, with the types that SQL wants."""
        draft = self.temporary("kura_output")
        columns = ", ".join(f"{field.name} {sql_type(field.type)}" for field in rows.schema)
        self.execute(f"create temporary table {draft} ({columns})")
        if rows.num_rows:
            self._write(draft, rows)
        selected = [f"{self._read_back(rows[name], name)} as {name}" for name in rows.column_names]
        return f"select {', '.join(selected)} from {draft}"

    def _write(self, table: str, rows: pa.Table) -> None:
        database, schema, name = table.split(".")
        columns = {
            field.name.upper(): [_as_text(value) for value in rows[field.name].to_pylist()]
            if _is_text(field.type)
            else rows[field.name]
            for field in rows.schema
        }
        frame = pa.table(columns).to_pandas(integer_object_nulls=True)
        self._session.write_pandas(
            frame, name.upper(), database=database.upper(), schema=schema.upper(), quote_identifiers=False
        )

    def _read_back(self, column: pa.ChunkedArray, name: str) -> str:
        """Return the expression of a column that `_write` has written."""
        if pa.types.is_list(column.type):
            return f"cast(cast(parse_json({name}) as array) as {self._list_type(column)})"
        return _bound(name, column.type)

    def _list_type(self, column: pa.ChunkedArray) -> str:
        if not pa.types.is_floating(column.type.value_type):
            return "array"
        length = next((len(item.values) for item in column if item.is_valid), 0)
        return f"vector(float, {length or self._known_dimensions()})"

    def _known_dimensions(self) -> int:
        """Return the length of the vectors that were read, or that are in the table, where no row says it."""
        if self._dimensions is None and self.columns():
            self._types(self._session.table(self.this).schema)
        return self._dimensions or 1

    def _types(self, schema: Any) -> list[tuple[str, str]]:
        """Return name and kind of every column, and note how long its vectors are."""
        for field in schema.fields:
            self._dimensions = getattr(field.datatype, "dimension", None) or self._dimensions
        return [(field.name.strip('"').lower(), type(field.datatype).__name__) for field in schema.fields]


def _keys_from_secrets() -> None:
    """Put the key of a language model where its client looks for it."""
    if "OPENAI_API_KEY" in os.environ:
        return
    try:
        import _snowflake  # there is one in a procedure alone

        os.environ["OPENAI_API_KEY"] = _snowflake.get_generic_secret_string("openai_api_key")
    except Exception:  # no procedure, or one without the secret: whoever needs the key says so
        return


def _arrow(frame: Any, types: Sequence[tuple[str, str]]) -> pa.Table:
    columns = {name: _column(frame.iloc[:, place], kind) for place, (name, kind) in enumerate(types)}
    return pa.table(columns)


_ARROW = {
    "StringType": pa.string(),
    "BooleanType": pa.bool_(),
    "ByteType": pa.int64(),
    "ShortType": pa.int64(),
    "IntegerType": pa.int64(),
    "LongType": pa.int64(),
    "DecimalType": pa.float64(),
    "FloatType": pa.float64(),
    "DoubleType": pa.float64(),
    "DateType": pa.date32(),
    "TimestampType": pa.timestamp("us"),
}
_LISTS = ("VectorType", "ArrayType", "VariantType")


def _column(values: Any, kind: str) -> pa.Array:
    if kind in _LISTS:
        items = [json.loads(value) if isinstance(value, str) else value for value in values]
        return _list_column([None if item is None else list(item) for item in items])
    type_ = _ARROW.get(kind)
    if type_ is None:
        raise KuraError(f"A column of Snowflake's {kind} can't be read; cast it to text in a model before this one.")
    if pa.types.is_integer(type_) or pa.types.is_boolean(type_):
        # with a null among them, whole numbers come as floats, and booleans as objects
        items = [None if value is None or value != value else value for value in values.tolist()]
        return pa.array(items if pa.types.is_boolean(type_) else [None if i is None else int(i) for i in items], type_)
    return pa.array(values, type_, from_pandas=True)


def _list_column(lists: list[list[Any] | None]) -> pa.Array:
    numbers = next((isinstance(item[0], float | int) for item in lists if item), False)
    if not numbers:
        return pa.array(lists, pa.list_(pa.string()))
    if all(item is not None for item in lists):
        # through numpy, because Arrow looks at each number of a list of lists
        flat = np.fromiter((number for item in lists for number in item or ()), np.float32)
        offsets = np.cumsum([0, *(len(item or ()) for item in lists)], dtype=np.int32)
        return pa.ListArray.from_arrays(offsets, pa.array(flat))
    return pa.array(lists, pa.list_(pa.float32()))


def _is_text(type_: pa.DataType) -> bool:
    """Whether values travel as text: lists, and times, whose unit gets lost."""
    return bool(pa.types.is_list(type_) or pa.types.is_timestamp(type_))


def _bound(name: str, type_: pa.DataType) -> str:
    """Return the expression of a value that has travelled as text, whatever format the session has for times."""
    if pa.types.is_list(type_):
        return f"cast(parse_json({name}) as array)"
    return f"to_timestamp_ntz({name}, 'AUTO')" if pa.types.is_timestamp(type_) else name


def _as_text(value: Any) -> str | None:
    return value.isoformat(" ") if isinstance(value, datetime) else None if value is None else json.dumps(value)

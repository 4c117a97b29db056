"""Arrow tables with the columns of a schema, and matrices as columns of lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# The kinds of arrays that go from room to room.
Vectors = NDArray[np.float32]  # rows of a matrix
Floats = NDArray[np.float64]
Labels = NDArray[np.int32]  # numbers of clusters, -1 for none
Rows = NDArray[np.int64]  # numbers of rows
Weights = NDArray[np.integer] | NDArray[np.floating]  # how much each row counts for


def table(schema: pa.Schema, **columns: Any) -> pa.Table:
    """Build a table from columns, single values that are the same in every row, and nulls for what is left out."""
    rows = next(len(column) for column in columns.values() if not isinstance(column, str | int | float | None))
    filled = {
        field.name: pa.repeat(pa.scalar(columns.get(field.name), field.type), rows)
        if isinstance(columns.get(field.name), str | int | float | None)
        else columns[field.name]
        for field in schema
    }
    return pa.table({name: _typed(column, schema.field(name).type) for name, column in filled.items()}, schema=schema)


def as_lists(matrix: NDArray[Any]) -> pa.Array:
    """Turn the rows of a matrix into lists."""
    values = pa.array(matrix.reshape(-1))
    return pa.ListArray.from_arrays(np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1], values)


def as_matrix(lists: pa.ChunkedArray) -> Vectors:
    """Turn lists of one length into the rows of a matrix, without a copy where Arrow allows it."""
    if not len(lists):  # of no list, a warehouse may not know what it would hold
        return np.zeros((0, 0), np.float32)
    values = pc.list_flatten(lists).combine_chunks().to_numpy(zero_copy_only=False)
    return values.reshape(len(lists), values.size // max(len(lists), 1))


def as_unit(matrix: Vectors) -> Vectors:
    """Bring rows to length 1 where an encoder doesn't; those that have it stay as they are, bit for bit."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    if np.all(np.abs(lengths - 1) < 1e-3):
        return matrix
    return np.asarray(matrix / np.maximum(lengths, 1e-12), np.float32)


def numbered(values: pa.Array | pa.ChunkedArray, ids: Sequence[str]) -> NDArray[np.int32]:
    """Turn ids into their positions in a list; -1 for null and what is not in it."""
    found = pc.fill_null(pc.index_in(values, pa.array(ids, pa.string())), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False) if len(found) else [], np.int32)


def fingerprint(*parts: Any) -> str:
    """Return sixteen hexadecimal digits that stand for these values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def now() -> datetime:
    """Return this moment in UTC, without a zone, as every table has it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _typed(column: Any, type_: pa.DataType) -> Any:
    return column.cast(type_) if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column, type_)

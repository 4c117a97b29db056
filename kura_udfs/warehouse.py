"""The edge between dbt and everything else: what a Python model reads, keeps and records.

What differs between warehouses is in `kura_udfs.warehouses`; stages read and return Arrow tables.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kura_udfs.progress import Progress
from kura_udfs.tables import as_lists, fingerprint

if TYPE_CHECKING:
    from kura_udfs.llm.requests import Answer

SPENT = ("calls", "retries", "input_tokens", "output_tokens", "cost_usd")


class Stage:
    """One Python model at work: its settings, what it did before, and its row in `kura_run_log`.

    Used as a context manager, which records seconds and row counts when the stage has ended well.

    Attributes
    ----------
    settings
        The `config.meta` of the model, which YAML fills from vars. dbt hands it over only where the model's own file
        asks for it.
    warehouse
        Where its tables are.
    progress
        The bar of this stage.
    subjects
        The transcript or text that a question is about, by the key of the question: when it goes, the answer goes.
    rows_deleted
        Rows of earlier runs whose input is gone.
    figures
        Whatever is worth recording besides rows and seconds, such as a silhouette.
    """

    def __init__(self, dbt: Any, session: Any, name: str, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.progress = Progress(name)
        self.count(0, 0)
        self.rows_deleted = 0
        self.subjects: dict[str, str] = {}
        self._spent: dict[str, float] = dict.fromkeys(SPENT, 0)
        self.figures: dict[str, float | int | str | None] = {}
        self._name = name
        self.warehouse = _warehouse(session, dbt.this)
        self._this = dbt.this
        self._told: frozenset[str] | None = None
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.progress.close()
        if kind is None or self._spent["calls"]:
            self._record()

    def read(self, relation: Any, columns: str = "*", where: str = "true") -> pa.Table:
        """Return rows of what `dbt.ref` gave."""
        return self.warehouse.read(relation, columns, where)

    def unseen(self, relation: Any, columns: str, key: str, recipe: str, where: str = "true") -> pa.Table:
        """Return the distinct rows whose key this model's table does not hold yet under the same recipe."""
        rows = self.read(relation, f"distinct {columns}", self.is_unseen(key, recipe, where))
        self._count_unseen(relation, key, where, rows.num_rows)
        return rows

    def unseen_batches(
        self, relation: Any, columns: str, key: str, recipe: str, where: str = "true"
    ) -> tuple[int, Callable[[], Iterator[pa.RecordBatch]]]:
        """Return the number of rows that `unseen` would return, and what reads them, a few hundred at a time.

        They can be read several times, but only one after the other and to the end.
        """
        wanted = self.is_unseen(key, recipe, where)
        count = self.count_unseen(relation, key, recipe, where)
        return count, lambda: self.warehouse.batches(relation, f"distinct {columns}", wanted)

    def count_unseen(self, relation: Any, key: str, recipe: str, where: str = "true") -> int:
        """Return the number of rows that `unseen` would return, and note it."""
        wanted = self.is_unseen(key, recipe, where)
        count: int = self.read(relation, f"count(distinct {key}) as n", wanted)["n"][0].as_py()
        self._count_unseen(relation, key, where, count)
        return count

    def last(self, schema: pa.Schema, where: str = "true") -> pa.Table | None:
        """Return what this model's table holds from earlier runs; None if there is nothing, or of another shape."""
        if not set(schema.names) <= set(self.warehouse.columns()):
            return None
        rows = self.warehouse.query(f"select {', '.join(schema.names)} from {self._this} where {where}")
        return rows.cast(schema) if rows.num_rows else None

    def is_in(self, name: str) -> str:
        """Return the condition in SQL that a text is in a table beside this model's."""
        return f"text_hash in (select text_hash from {self.warehouse.beside(name)})"

    def output(self, rows: Any) -> Any:
        """Return what dbt makes the model's table of: the rows, as the warehouse wants them."""
        return self.warehouse.output(rows)

    def count(self, rows_in: int, rows_new: int, rows_failed: int = 0) -> None:
        """Note how many rows came in and how many of them were work; the others were done before."""
        self._counts = {
            "rows_in": rows_in,
            "rows_new": rows_new,
            "rows_reused": rows_in - rows_new,
            "rows_failed": rows_failed,
        }

    @property
    def rows_in(self) -> int:
        """How many rows came in."""
        return self._counts["rows_in"]

    def spend(self, **amounts: float) -> None:
        """Add to the calls, retries, tokens and dollars of this stage."""
        for name, amount in amounts.items():
            self._spent[name] += amount

    def spent_in_this_run(self) -> dict[str, float]:
        """Return the calls and dollars of this run up to now, those of earlier stages included."""
        log = self.warehouse.beside("kura_run_log")
        earlier = self.warehouse.query(
            f"select coalesce(sum(calls), 0) as calls, coalesce(sum(cost_usd), 0) as cost_usd from {log} where run_id ="
            f" (select run_id from {log} where stage = 'run' order by recorded_at desc limit 1)"
        ).to_pylist()[0]
        return {name: float(amount) + self._spent[name] for name, amount in earlier.items()}

    def responses(self) -> Responses:
        """Open the store of paid answers."""
        return Responses(self.warehouse, self.subjects)

    def vectors(self, recipe: str) -> StoredVectors:
        """Open the store of vectors that were paid for under a recipe."""
        return StoredVectors(self.warehouse, recipe, self.subjects)

    def batches(self, recipe: str) -> Batches:
        """Open the store of batches of one recipe."""
        return Batches(self.warehouse, recipe)

    def keys(self, key: str, where: str) -> set[str]:
        """Return the keys of the rows that this model's table holds and that are so."""
        if not self.warehouse.columns():
            return set()
        return set(self.warehouse.query(f"select {key} as found from {self._this} where {where}")["found"].to_pylist())

    def asks_a_model(self) -> bool:
        """Whether a language model is to be asked in this run."""
        return self.settings["provider"] != "local" and not self.sends_nothing()

    def starts_over(self) -> bool:
        """Whether dbt was told to make everything anew (`--full-refresh`)."""
        return "FULL_REFRESH" in self._flags()

    def sends_nothing(self) -> bool:
        """Whether dbt was told to work on no or few rows (`--empty`, `--sample`), which must not cost anything."""
        return bool(self._flags() & {"EMPTY", "SAMPLE"})

    def is_unseen(self, key: str, recipe: str, where: str = "true") -> str:
        """Return the condition in SQL that this model's table does not hold a key yet under a recipe."""
        columns = self.warehouse.columns()
        if not columns or self.starts_over():  # then the table is still there, but about to be replaced
            return where
        done = f"select {key} from {self._this} where recipe = '{recipe}'"
        if "status" in columns:
            done += " and status in ('ok', 'screened_out')"  # what failed is tried again
        return f"{where} and {key} not in ({done})"

    def _count_unseen(self, relation: Any, key: str, where: str, unseen: int) -> None:
        total = self.read(relation, f"count(distinct {key}) as n", where)["n"][0].as_py()
        self.count(total, unseen)
        if self.warehouse.columns():
            gone = f"select count(*) as n from {self._this} where {key} not in (select {key} from input where {where})"
            self.rows_deleted = self.warehouse.query_input(relation, gone)["n"][0].as_py()

    def _flags(self) -> frozenset[str]:
        if self._told is None:
            self._told = frozenset(self.warehouse.flags())
        return self._told

    def _record(self) -> None:
        log = self.warehouse.beside("kura_run_log")
        # the run itself is the newest row of its kind: kura_run_log writes it before any stage begins
        runs = self.warehouse.query(f"select run_id from {log} where stage = 'run' order by recorded_at desc limit 1")
        row = {
            "stage": self._name,
            "recorded_at": _now(),
            **self._counts,
            "rows_deleted": self.rows_deleted,
            **self._spent,
            "seconds": round(time.monotonic() - self._started, 3),
            "figures": json.dumps(self.figures),
        }
        self.warehouse.insert(log, pa.Table.from_pylist([{**run, **row} for run in runs.to_pylist()], RUN_LOG))


class Responses:
    """The table of answers that have been paid for; it can be written while a query of the stage runs."""

    def __init__(self, warehouse: Any, subjects: Mapping[str, str]) -> None:
        self._warehouse = warehouse
        self._table = warehouse.beside("kura_llm_responses")
        self._subjects = subjects

    def find(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Return those of the good answers to these keys that there are."""
        from kura_udfs.llm.requests import Answer

        names = ", ".join(field.name for field in RESPONSES if field.name not in ("subject", "answered_at"))
        among, values = self._warehouse.among(keys)
        rows = self._warehouse.query(
            f"select {names} from {self._table} where status = 'ok' and key in {among}", values
        )
        return {row["key"]: Answer(**row) for row in rows.to_pylist()}

    def add(self, new: Sequence[Answer]) -> None:
        """Keep answers; they are committed at once."""
        from dataclasses import asdict

        now = _now()
        rows = [asdict(answer) | {"subject": self._subjects.get(answer.key), "answered_at": now} for answer in new]
        self._warehouse.insert(self._table, pa.Table.from_pylist(rows, RESPONSES))


class Batches:
    """The batches of one recipe that were handed in.

    Attributes
    ----------
    mark
        Stands on each batch at the server, so that one whose id was lost is known again.
    """

    def __init__(self, warehouse: Any, recipe: str) -> None:
        self._warehouse = warehouse
        self._table = warehouse.beside("kura_llm_batches")
        self._recipe = recipe
        self.mark = fingerprint(self._table, recipe)

    def known(self) -> set[str]:
        """Return the ids of all batches that are stored."""
        return set(self._warehouse.query(f"select distinct batch_id from {self._table}")["batch_id"].to_pylist())

    def under_way(self) -> list[str]:
        """Return the ids of those that are not collected yet."""
        found = self._warehouse.query(
            f"select batch_id from {self._table} where recipe = ? and collected_at is null group by 1"
            " order by min(submitted_at), 1",
            (self._recipe,),
        )["batch_id"]
        return list(found.to_pylist())

    def waiting(self, keys: Sequence[str]) -> set[str]:
        """Return those of the keys whose batch is not collected yet."""
        among, values = self._warehouse.among(keys)
        found = self._warehouse.query(
            f"select key from {self._table} where collected_at is null and key in {among}", values
        )
        return set(found["key"].to_pylist())

    def add(self, batch_id: str, keys: Sequence[str]) -> None:
        """Store a batch that the server has taken; it is committed at once."""
        now = _now()
        rows = [{"batch_id": batch_id, "key": key, "recipe": self._recipe, "submitted_at": now} for key in keys]
        self._warehouse.insert(self._table, pa.Table.from_pylist(rows, BATCHES))

    def close(self, batch_id: str) -> None:
        """Take note that a batch is collected."""
        self._warehouse.execute(f"update {self._table} set collected_at = ? where batch_id = ?", (_now(), batch_id))


class StoredVectors:
    """The vectors of one recipe that have been paid for."""

    def __init__(self, warehouse: Any, recipe: str, subjects: Mapping[str, str]) -> None:
        self._warehouse = warehouse
        self._table = warehouse.beside("kura_embedding_responses")
        self._recipe = recipe
        self._subjects = subjects

    def dimensions(self) -> int:
        """Return how long the vectors are; 0 if there are none."""
        found = self._warehouse.query(f"select embedding from {self._table} where recipe = ? limit 1", (self._recipe,))
        return len(found["embedding"][0].values) if found.num_rows else 0

    def find(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return those of the vectors under these keys that there are."""
        among, values = self._warehouse.among(keys)
        rows = self._warehouse.query(f"select key, embedding from {self._table} where key in {among}", values)
        vectors = [np.asarray(vector.values, np.float32) for vector in rows["embedding"]]
        return dict(zip(rows["key"].to_pylist(), vectors, strict=True))

    def add(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors; they are committed at once."""
        columns = {
            "key": pa.array(keys, pa.string()),
            "subject": pa.array([self._subjects.get(key) for key in keys], pa.string()),
            "recipe": pa.repeat(self._recipe, len(keys)),
            "embedding": as_lists(vectors),
            "answered_at": pa.repeat(pa.scalar(_now(), pa.timestamp("us")), len(keys)),
        }
        self._warehouse.insert(self._table, pa.table(columns))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _warehouse(session: Any, this: Any) -> Any:
    if type(session).__module__.startswith("snowflake."):
        from kura_udfs.warehouses.snowflake import Snowflake

        return Snowflake(session, this)
    from kura_udfs.warehouses.duckdb import DuckDB

    return DuckDB(session, this)


RUN_LOG = pa.schema(
    [
        ("run_id", pa.string()),
        ("stage", pa.string()),
        ("recorded_at", pa.timestamp("us")),
        ("rows_in", pa.int64()),
        ("rows_new", pa.int64()),
        ("rows_reused", pa.int64()),
        ("rows_failed", pa.int64()),
        ("rows_deleted", pa.int64()),
        ("calls", pa.int64()),
        ("retries", pa.int64()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cost_usd", pa.float64()),
        ("seconds", pa.float64()),
        ("figures", pa.string()),
    ]
)
BATCHES = pa.schema(
    [
        ("batch_id", pa.string()),
        ("key", pa.string()),
        ("recipe", pa.string()),
        ("submitted_at", pa.timestamp("us")),
    ]
)
RESPONSES = pa.schema(
    [
        ("key", pa.string()),
        ("subject", pa.string()),
        ("status", pa.string()),
        ("content", pa.string()),
        ("error", pa.string()),
        ("model", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cost_usd", pa.float64()),
        ("calls", pa.int64()),
        ("retries", pa.int64()),
        ("seconds", pa.float64()),
        ("answered_at", pa.timestamp("us")),
    ]
)

"""The edge between dbt and everything else: what a Python model reads, keeps and records.

What differs between warehouses is in `kura_udfs.warehouse`; stages read and return Arrow tables.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from kura_udfs.progress import Progress
from kura_udfs.warehouse.stores import Batches, Responses, StoredVectors, now

if TYPE_CHECKING:
    pass

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
            "recorded_at": now(),
            **self._counts,
            "rows_deleted": self.rows_deleted,
            **self._spent,
            "seconds": round(time.monotonic() - self._started, 3),
            "figures": json.dumps(self.figures),
        }
        self.warehouse.insert(log, pa.Table.from_pylist([{**run, **row} for run in runs.to_pylist()], RUN_LOG))


def _warehouse(session: Any, this: Any) -> Any:
    if type(session).__module__.startswith("snowflake."):
        from kura_udfs.warehouse.snowflake import Snowflake

        return Snowflake(session, this)
    from kura_udfs.warehouse.duckdb import DuckDB

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

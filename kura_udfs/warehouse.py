"""The edge between dbt and everything else: what a Python model reads, keeps and records.

Nothing beyond this module knows which warehouse there is; stages read and return Arrow tables.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from kura_udfs.progress import Progress

if TYPE_CHECKING:
    from kura_udfs.llm.requests import Answer

# rows handed over at a time where there may be more than memory holds
BATCH = 500
SPENT = ("calls", "retries", "input_tokens", "output_tokens", "cost_usd")


class Stage:
    """One Python model at work: its settings, what it did before, and its row in `kura_run_log`.

    Used as a context manager, which records seconds and row counts when the stage has ended well.

    Attributes
    ----------
    settings
        The `config.meta` of the model, which YAML fills from vars. dbt hands it over only where the model's own file
        asks for it.
    progress
        The bar of this stage.
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
        self._spent: dict[str, float] = dict.fromkeys(SPENT, 0)
        self.figures: dict[str, float | int | str | None] = {}
        self._name = name
        self._session = session
        self._this = dbt.this
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
        return relation.query("input", f"select {columns} from input where {where}").to_arrow_table()

    def unseen(self, relation: Any, columns: str, key: str, recipe: str, where: str = "true") -> pa.Table:
        """Return the distinct rows whose key this model's table does not hold yet under the same recipe."""
        rows = self.read(relation, f"distinct {columns}", self._is_unseen(key, recipe, where))
        self._count_unseen(relation, key, where, rows.num_rows)
        return rows

    def unseen_batches(
        self, relation: Any, columns: str, key: str, recipe: str, where: str = "true"
    ) -> tuple[int, Iterator[pa.RecordBatch]]:
        """Return the number of rows that `unseen` would return, and the rows a few hundred at a time."""
        wanted = self._is_unseen(key, recipe, where)
        count = self.read(relation, f"count(distinct {key}) as n", wanted)["n"][0].as_py()
        self._count_unseen(relation, key, where, count)
        rows = relation.query("input", f"select distinct {columns} from input where {wanted}")
        return count, rows.to_arrow_reader(BATCH)

    def last(self, schema: pa.Schema) -> pa.Table | None:
        """Return what this model's table holds from earlier runs; None if there is nothing, or of another shape."""
        if not self._exists() or not set(schema.names) <= set(self._columns()):
            return None
        rows = self._session.sql(f"select {', '.join(schema.names)} from {self._this}").to_arrow_table()
        return rows.cast(schema) if rows.num_rows else None

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
        # on a connection of its own, because the rows of the stage may still be streaming in on this one
        earlier = (
            self._session.cursor()
            .execute(
                f"select coalesce(sum(calls), 0), coalesce(sum(cost_usd), 0) from {self._log()} where run_id ="
                f" (select run_id from {self._log()} where stage = 'run' order by recorded_at desc limit 1)"
            )
            .fetchall()[0]
        )
        return {"calls": earlier[0] + self._spent["calls"], "cost_usd": earlier[1] + self._spent["cost_usd"]}

    def responses(self) -> Responses:
        """Open the store of paid answers."""
        return Responses(self._session.cursor(), f'"{self._this.database}"."{self._this.schema}"."kura_llm_responses"')

    def starts_over(self) -> bool:
        """Whether dbt was told to make everything anew (`--full-refresh`)."""
        from dbt.flags import get_flags

        return bool(getattr(get_flags(), "FULL_REFRESH", False))  # type: ignore[no-untyped-call]

    def sends_nothing(self) -> bool:
        """Whether dbt was told to work on no or few rows (`--empty`, `--sample`), which must not cost anything."""
        from dbt.flags import get_flags

        flags = get_flags()  # type: ignore[no-untyped-call]
        return bool(getattr(flags, "EMPTY", False) or getattr(flags, "SAMPLE", None))

    def _is_unseen(self, key: str, recipe: str, where: str) -> str:
        if not self._exists():
            return where
        done = f"select {key} from {self._this} where recipe = '{recipe}'"
        if "status" in self._columns():
            done += " and status = 'ok'"  # what failed is tried again
        return f"{where} and {key} not in ({done})"

    def _columns(self) -> list[str]:
        return list(self._session.table(str(self._this)).columns)

    def _count_unseen(self, relation: Any, key: str, where: str, unseen: int) -> None:
        total = self.read(relation, f"count(distinct {key}) as n", where)["n"][0].as_py()
        self.count(total, unseen)
        if self._exists():
            gone = f"select count(*) from {self._this} where {key} not in (select {key} from input where {where})"
            self.rows_deleted = relation.query("input", gone).fetchall()[0][0]

    def _exists(self) -> bool:
        this = self._this
        found = self._session.execute(
            "select count(*) from information_schema.tables"
            " where table_catalog = ? and table_schema = ? and table_name = ?",
            [this.database, this.schema, this.identifier],
        )
        return bool(found.fetchall()[0][0])

    def _log(self) -> str:
        return f'"{self._this.database}"."{self._this.schema}"."kura_run_log"'

    def _run(self) -> str:
        # the newest of its kind: kura_run_log writes it before any stage begins
        return f"select run_id from {self._log()} where stage = 'run' order by recorded_at desc limit 1"

    def _record(self) -> None:
        seconds = round(time.monotonic() - self._started, 3)
        self._session.execute(
            f"insert into {self._log()} by name select ({self._run()}) as run_id, ? as stage,"
            " current_timestamp::timestamp as recorded_at, ? as rows_in, ? as rows_new, ? as rows_reused,"
            " ? as rows_failed, ? as rows_deleted, ? as calls, ? as retries, ? as input_tokens, ? as output_tokens,"
            " ? as cost_usd, ? as seconds, ? as figures",
            [
                self._name,
                *self._counts.values(),
                self.rows_deleted,
                *self._spent.values(),
                seconds,
                json.dumps(self.figures),
            ],
        ).fetchall()  # DuckDB wants a result read before the connection does something else


class Responses:
    """The table of answers that have been paid for, on connections of its own: it is written while a query runs."""

    def __init__(self, connection: Any, table: str) -> None:
        self._reading, self._writing = connection, connection.cursor()
        self._table = table

    def find(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Return those of the good answers to these keys that there are."""
        from kura_udfs.llm.requests import Answer

        rows = self._reading.execute(
            f"select key, status, content, error, model, input_tokens, output_tokens, cost_usd, calls, retries, seconds"
            f" from {self._table} where status = 'ok' and key in (select unnest(?::varchar[]))",
            [list(keys)],
        ).fetchall()
        return {row[0]: Answer(*row) for row in rows}

    def add(self, new: Sequence[Answer]) -> None:
        """Keep answers; they are committed at once."""
        from dataclasses import asdict

        self._writing.register("arrived", pa.Table.from_pylist([asdict(answer) for answer in new], RESPONSES))
        self._writing.execute(
            f"insert into {self._table} by name select *, now()::timestamp as answered_at from arrived"
        ).fetchall()
        self._writing.unregister("arrived")


RESPONSES = pa.schema(
    [
        ("key", pa.string()),
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
    ]
)

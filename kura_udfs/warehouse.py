"""The edge between dbt and everything else: what a Python model reads, keeps and records.

Nothing beyond this module knows which warehouse there is; stages read and return Arrow tables.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kura_udfs.progress import Progress
from kura_udfs.stages.tables import as_lists, fingerprint

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
    ) -> tuple[int, Callable[[], Iterator[pa.RecordBatch]]]:
        """Return the number of rows that `unseen` would return, and what reads them, a few hundred at a time.

        They can be read several times, but only one after the other and to the end.
        """
        wanted = self._is_unseen(key, recipe, where)
        count = self.read(relation, f"count(distinct {key}) as n", wanted)["n"][0].as_py()
        self._count_unseen(relation, key, where, count)
        rows = f"select distinct {columns} from input where {wanted}"
        return count, lambda: relation.query("input", rows).to_arrow_reader(BATCH)

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
        return Responses(self._session.cursor(), self._beside("kura_llm_responses"), self.subjects)

    def vectors(self, recipe: str) -> StoredVectors:
        """Open the store of vectors that were paid for under a recipe."""
        store = self._beside("kura_embedding_responses")
        return StoredVectors(self._session.cursor(), store, recipe, self.subjects)

    def batches(self, recipe: str) -> Batches:
        """Open the store of batches of one recipe."""
        return Batches(self._session.cursor(), self._beside("kura_llm_batches"), recipe)

    def keys(self, key: str, where: str) -> set[str]:
        """Return the keys of the rows that this model's table holds and that are so."""
        if not self._exists():
            return set()
        return {row[0] for row in self._session.execute(f"select {key} from {self._this} where {where}").fetchall()}

    def asks_a_model(self) -> bool:
        """Whether a language model is to be asked in this run."""
        return self.settings["provider"] == "openai" and not self.sends_nothing()

    def starts_over(self) -> bool:
        """Whether dbt was told to make everything anew (`--full-refresh`)."""
        return bool(_flag("FULL_REFRESH"))

    def sends_nothing(self) -> bool:
        """Whether dbt was told to work on no or few rows (`--empty`, `--sample`), which must not cost anything."""
        return bool(_flag("EMPTY") or _flag("SAMPLE"))

    def _is_unseen(self, key: str, recipe: str, where: str) -> str:
        if not self._exists() or _flag("FULL_REFRESH"):  # then the table is still there, but about to be replaced
            return where
        done = f"select {key} from {self._this} where recipe = '{recipe}'"
        if "status" in self._columns():
            done += " and status in ('ok', 'screened_out')"  # what failed is tried again
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
        return self._beside("kura_run_log")

    def _beside(self, name: str) -> str:
        return f'"{self._this.database}"."{self._this.schema}"."{name}"'

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


def _flag(name: str) -> Any:
    from dbt.flags import get_flags

    return getattr(get_flags(), name, None)  # type: ignore[no-untyped-call]


class Responses:
    """The table of answers that have been paid for, on connections of its own: it is written while a query runs."""

    def __init__(self, connection: Any, table: str, subjects: Mapping[str, str]) -> None:
        self._reading, self._writing = connection, connection.cursor()
        self._table = table
        self._subjects = subjects

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

        rows = [asdict(answer) | {"subject": self._subjects.get(answer.key)} for answer in new]
        self._writing.register("arrived", pa.Table.from_pylist(rows, RESPONSES))
        self._writing.execute(
            f"insert into {self._table} by name select *, now()::timestamp as answered_at from arrived"
        ).fetchall()
        self._writing.unregister("arrived")


class Batches:
    """The batches of one recipe that were handed in, on a connection of their own.

    Attributes
    ----------
    mark
        Stands on each batch at the server, so that one whose id was lost is known again.
    """

    def __init__(self, connection: Any, table: str, recipe: str) -> None:
        self.mark = fingerprint(table, recipe)
        self._connection = connection
        self._table = table
        self._recipe = recipe

    def known(self) -> set[str]:
        """Return the ids of all batches that are stored."""
        return {row[0] for row in self._connection.execute(f"select distinct batch_id from {self._table}").fetchall()}

    def under_way(self) -> list[str]:
        """Return the ids of those that are not collected yet."""
        found = self._connection.execute(
            f"select batch_id from {self._table} where recipe = ? and collected_at is null group by 1"
            " order by min(submitted_at), 1",
            [self._recipe],
        )
        return [row[0] for row in found.fetchall()]

    def waiting(self, keys: Sequence[str]) -> set[str]:
        """Return those of the keys whose batch is not collected yet."""
        found = self._connection.execute(
            f"select key from {self._table} where collected_at is null and key in (select unnest(?::varchar[]))",
            [list(keys)],
        )
        return {row[0] for row in found.fetchall()}

    def add(self, batch_id: str, keys: Sequence[str]) -> None:
        """Store a batch that the server has taken; it is committed at once."""
        self._connection.execute(
            f"insert into {self._table} by name"
            " select ? as batch_id, unnest(?::varchar[]) as key, ? as recipe, now()::timestamp as submitted_at",
            [batch_id, list(keys), self._recipe],
        ).fetchall()

    def close(self, batch_id: str) -> None:
        """Take note that a batch is collected."""
        self._connection.execute(
            f"update {self._table} set collected_at = now()::timestamp where batch_id = ?", [batch_id]
        ).fetchall()


class StoredVectors:
    """The vectors of one recipe that have been paid for, on a connection of their own."""

    def __init__(self, connection: Any, table: str, recipe: str, subjects: Mapping[str, str]) -> None:
        self._connection = connection
        self._table = table
        self._recipe = recipe
        self._subjects = subjects

    def dimensions(self) -> int:
        """Return how long the vectors are; 0 if there are none."""
        found = self._connection.execute(
            f"select len(embedding) from {self._table} where recipe = ? limit 1", [self._recipe]
        ).fetchall()
        return found[0][0] if found else 0

    def find(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return those of the vectors under these keys that there are."""
        rows = self._connection.sql(
            f"select key, embedding from {self._table} where key in (select unnest(?::varchar[]))", params=[list(keys)]
        ).to_arrow_table()
        vectors = [np.asarray(vector.values, np.float32) for vector in rows["embedding"]]
        return dict(zip(rows["key"].to_pylist(), vectors, strict=True))

    def add(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Keep vectors; they are committed at once."""
        columns = {
            "key": pa.array(keys, pa.string()),
            "subject": pa.array([self._subjects.get(key) for key in keys], pa.string()),
            "recipe": pa.repeat(self._recipe, len(keys)),
            "embedding": as_lists(vectors),
        }
        self._connection.register("arrived", pa.table(columns))
        self._connection.execute(
            f"insert into {self._table} by name select *, now()::timestamp as answered_at from arrived"
        ).fetchall()
        self._connection.unregister("arrived")


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
    ]
)

"""The door between dbt and a stage: what the stage has not seen yet, what it made last time, its row in the run log."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from kura_udfs.account import Account, Spent
from kura_udfs.errors import KuraError
from kura_udfs.progress import Progress
from kura_udfs.settings import Lens
from kura_udfs.tables import now
from kura_udfs.warehouse.duckdb import DuckDB
from kura_udfs.warehouse.protocol import Relation, Warehouse
from kura_udfs.warehouse.snowflake import Snowflake

SECONDS_BETWEEN_RECORDS = 2.0
SECONDS_WITHOUT_A_SIGN = 30.0
"""After so many a run that was asking counts as killed."""
ASKING = "asking"
"""Under this name the run log says that a stage has begun to ask a model."""
HISTORY = "history"
"""Under this name the run log says which fits are in `kura_cluster_history`."""


class Stage:
    """One Python model at work.

    Its row in `kura_run_log` is written when it has ended well, or has paid for something. While it spends, a row
    every few seconds says what has been spent since the last one: of a run that is killed, too, it is known what it
    cost.

    Parameters
    ----------
    dbt, session
        As dbt hands them to a model.
    name : str
        Of the stage.
    log : Relation
        `dbt.ref("kura_run_log")`.
    lens : Lens, optional
        The lens that it works on, where it does so for each by itself.
    beside : int
        How many lenses are worked on at the same time, which share the seconds.

    Attributes
    ----------
    warehouse : Warehouse
    progress : Progress
    account : Account
        What the stage spends on models.
    rows_in, rows_new, rows_failed, rows_deleted : int
        Rows that came in, those of them that were work (the others were done before), those that failed, and rows of
        earlier runs whose input is gone.
    figures : dict
        Whatever is worth recording besides, such as a silhouette.
    sends_nothing : bool
        dbt was told to work on no or few rows (`--empty`, `--sample`), which must not cost anything.
    starts_over : bool
        dbt was told to make everything again (`--full-refresh`).
    """

    def __init__(
        self, dbt: Any, session: Any, name: str, log: Relation, lens: Lens | None = None, beside: int = 1
    ) -> None:
        self.warehouse = _open_warehouse(session, dbt.this)
        # a procedure's prints are gone with it; its log goes to the event table
        in_engine = isinstance(self.warehouse, Snowflake)
        said = name if lens is None or len(lens.names) == 1 else f"{name} ({lens.name})"
        self.progress = Progress(said, logger=logging.getLogger("kura") if in_engine else None)
        self.account = Account(self._spent_earlier, self._record_spending)
        self.rows_in = self.rows_new = self.rows_failed = self.rows_deleted = 0
        self.figures: dict[str, float | int | str | None] = {}
        self.lens = lens
        self._name, self._beside = name, beside
        self._log = self.warehouse.name(log)
        flags = self.warehouse.flags(self._log)
        self.sends_nothing = bool(flags & {"EMPTY", "SAMPLE"})
        self.starts_over = "FULL_REFRESH" in flags
        self._recorded, self._recorded_at = Spent(), time.monotonic()
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.progress.close()
        ended, spent = "ended" if kind is None else f"stopped by {kind.__name__}", self.account.spent
        self.progress.note(
            f"{ended} after {time.monotonic() - self._started:,.0f} s: {self.rows_in:,} rows, {self.rows_new:,} of them"
            f" new, {self.rows_failed:,} failed; {spent.calls:,.0f} calls, ${spent.cost_usd:,.4f}"
        )
        if kind is None or self.account.spent.calls:
            self._record()
        if isinstance(error, KuraError):  # for people: before it, dbt prints the way through the code
            raise error.with_traceback(None) from None

    def unseen(self, relation: Relation, columns: str, key: str, recipe: str, where: str = "true") -> pa.Table:
        """Return the distinct rows whose key this model's table does not hold yet under the same recipe."""
        self.count_unseen(relation, key, recipe, where)
        return self.warehouse.read(relation, f"distinct {columns}", self.is_unseen(key, recipe, where))

    def unseen_batches(
        self, relation: Relation, columns: str, key: str, recipe: str, where: str = "true"
    ) -> Callable[[], Iterator[pa.RecordBatch]]:
        """Return what reads the rows that `unseen` would return, a few hundred at a time, and count them.

        They can be read several times, but only one after the other and to the end.
        """
        wanted = self.is_unseen(key, recipe, where)
        self.count_unseen(relation, key, recipe, where)
        return lambda: self.warehouse.batches(relation, f"distinct {columns}", wanted)

    def count_unseen(self, relation: Relation, key: str, recipe: str, where: str = "true") -> None:
        """Count the rows that `unseen` would return, all those among which they are, and those that are gone."""
        count = f"count(distinct {key}) as n"
        self.rows_new = self.warehouse.read(relation, count, self.is_unseen(key, recipe, where))["n"][0].as_py()
        self.rows_in = self.warehouse.read(relation, count, where)["n"][0].as_py()
        if self.warehouse.columns():
            gone = f"{key} not in (select {key} from input where {where})"
            count_gone = f"select count(*) as n from {self.warehouse.this} where {gone}"
            self.rows_deleted = self.warehouse.query_input(relation, count_gone)["n"][0].as_py()

    def is_unseen(self, key: str, recipe: str, where: str = "true") -> str:
        """Return the condition in SQL that this model's table does not hold a key yet under a recipe."""
        columns = self.warehouse.columns()
        if not columns or self.starts_over:  # then the table is still there, but about to be replaced
            return where
        done = f"select {key} from {self.warehouse.this} where recipe = '{recipe}'"
        if "status" in columns:
            done += " and status in ('ok', 'screened_out')"  # what failed is tried again
        return f"{where} and {key} not in ({done})"

    def last(self, schema: pa.Schema, where: str = "true", may_lack: Collection[str] = ()) -> pa.Table | None:
        """Return what this model's table holds from earlier runs; None if there is nothing, or of another shape.

        Columns that an older release did not write yet, and whose values nobody has to know, are null.
        """
        there = set(self.warehouse.columns())
        if not set(schema.names) <= there | set(may_lack) | {"lens"} or not there:
            return None
        columns = ", ".join(name if name in there else f"null as {name}" for name in schema.names)
        rows = self.warehouse.query(
            f"select {columns} from {self.warehouse.this} where ({where}) and {self._where_last(there)}"
        )
        return self._of_this_lens(rows).cast(schema) if rows.num_rows else None

    def _where_last(self, there: Collection[str]) -> str:
        """Return the condition on rows that this lens goes on from.

        The first one goes on from what was made before there were lenses, and from that of the one which was first and
        is no more: it was the same under another name.
        """
        if self.lens is None or (self.lens.is_first and "lens" not in there):
            return "true"
        if "lens" not in there:
            return "false"
        found = self.warehouse.query(f"select distinct lens from {self.warehouse.this}")["lens"].to_pylist()
        gone = [name for name in found if name not in self.lens.names]
        if self.lens.is_first and self.lens.name not in found and (was_first := self._first_among(gone)):
            return f"lens = '{was_first}'"
        return self.lens.where

    def _first_among(self, gone: list[str]) -> str | None:
        """Return which of the lenses that are no more was the first one last; None where no run has said so."""
        if len(gone) < 2:
            return gone[0] if gone else None
        runs = self.warehouse.query(f"select figures from {self._log} where stage = 'run' order by recorded_at desc")
        firsts = (json.loads(figures or "{}").get("lens") for figures in runs["figures"].to_pylist())
        return next((lens for lens in firsts if lens in gone), None)

    def _of_this_lens(self, rows: pa.Table) -> pa.Table:
        if self.lens is None or "lens" not in rows.column_names:
            return rows
        names = pa.repeat(pa.scalar(self.lens.name, pa.string()), rows.num_rows)
        return rows.set_column(rows.column_names.index("lens"), "lens", names)

    def of_lens(self, relation: Relation) -> Relation:
        """Return the rows of a relation that are of this lens."""
        return relation if self.lens is None else relation.filter(self.lens.where)

    def is_told(self, fit_id: str) -> bool:
        """Return whether a fit got as far as the history of clusters; of runs before it was kept nobody knows."""
        told = self.warehouse.query(f"select figures from {self._log} where stage = '{HISTORY}'")["figures"].to_pylist()
        return not told or any(json.loads(figures)["fit_id"] == fit_id for figures in told)

    def wait_for_others(self) -> None:
        """Wait while a run that began to ask before this one still asks: its answers need no paying again.

        Where one process holds the tables, nobody else can be asking.
        """
        if not self.warehouse.is_shared():
            return
        self._insert({"stage": ASKING, "figures": json.dumps({"stage": self._name})})
        said = False
        while other := asks_before(self._signs(), self.warehouse.run_id(), self._name, now()):
            if not said:
                self.progress.say(
                    f"waiting, because the run {other} is asking now; what it is told need not be paid again"
                )
                said = True
            time.sleep(1)

    def _signs(self) -> list[dict[str, Any]]:
        """Return the rows that runs have lately written about this stage."""
        return self.warehouse.query(
            f"select run_id, stage, recorded_at, figures from {self._log} where stage in (?, ?)"
            f" and {self._is_mine} order by recorded_at desc limit 10000",
            (self._name, ASKING),
        ).to_pylist()

    def settle(self) -> None:
        """Put on record what has been spent up to now, for the limits of the others."""
        if self.account.spent != self._recorded:
            self._insert({})

    def output(self, rows: Any) -> Any:
        """Return what dbt makes the model's table of."""
        return self.warehouse.output(rows)

    def _spent_earlier(self) -> Spent:
        sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in Spent.__slots__)
        [row] = self.warehouse.query(
            f"select {sums} from {self._log} where run_id = ? and (stage <> ? or not {self._is_mine})",
            (self.warehouse.run_id(), self._name),
        ).to_pylist()
        return Spent(**{name: float(amount) for name, amount in row.items()})

    @property
    def _is_mine(self) -> str:
        return f"coalesce(lens, '') = '{self.lens.name if self.lens else ''}'"

    def _record_spending(self) -> None:
        if time.monotonic() - self._recorded_at >= SECONDS_BETWEEN_RECORDS:
            self._insert({})

    def _record(self) -> None:
        self._insert(
            {
                "rows_in": self.rows_in,
                "rows_new": self.rows_new,
                "rows_reused": self.rows_in - self.rows_new,
                "rows_failed": self.rows_failed,
                "rows_deleted": self.rows_deleted,
                "seconds": round((time.monotonic() - self._started) / self._beside, 3),
                "figures": json.dumps(self.figures),
            }
        )

    def _insert(self, result: dict[str, Any]) -> None:
        spent = self.account.spent.less(self._recorded)
        row = {"run_id": self.warehouse.run_id(), "stage": self._name, "recorded_at": now(), **asdict(spent), **result}
        row["lens"] = self.lens.name if self.lens else None
        self.warehouse.insert(self._log, pa.Table.from_pylist([row], RUN_LOG))
        self._recorded, self._recorded_at = replace(self.account.spent), time.monotonic()


def in_lenses(
    dbt: Any, session: Any, name: str, log: Relation, lenses: Sequence[Lens], make: Callable[[Stage], pa.Table]
) -> Any:
    """Have a stage do its work in one lens after the other, and return what dbt makes the model's table of.

    Parameters
    ----------
    dbt, session, name, log
        As for a `Stage`.
    lenses : sequence of Lens
    make : callable
        Returns the rows of the lens of a stage.
    """
    made = []
    for lens in lenses:
        with Stage(dbt, session, name, log, lens) as stage:
            made.append(make(stage))
    return stage.output(pa.concat_tables(made))


def asks_before(signs: Iterable[Mapping[str, Any]], run_id: str, stage: str, moment: datetime) -> str | None:
    """Return another run that began to ask in a stage before this run did and has not ended; None if there is none.

    Parameters
    ----------
    signs : iterable of mappings
        Rows of the run log: `run_id`, `stage`, `recorded_at`, `figures`. A run announces its asking, tells what it
        spends without figures, and its end with them.
    run_id, stage : str
        This run, which has announced itself, too, and the stage.
    moment : datetime
        Now, in UTC, as `recorded_at`.
    """
    announced = json.dumps({"stage": stage})
    begun: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    ended = set()
    for sign in signs:
        run, at = sign["run_id"], sign["recorded_at"]
        if sign["stage"] == ASKING and sign["figures"] == announced:
            begun[run] = min(at, begun.get(run, at))
        elif sign["stage"] == stage and sign["figures"] is not None:
            ended.add(run)
        if sign["stage"] == stage or sign["figures"] == announced:
            last[run] = max(at, last.get(run, at))
    first = (begun[run_id], run_id)
    earlier = [
        run
        for run, at in begun.items()
        if (at, run) < first and run not in ended and abs((moment - last[run]).total_seconds()) < SECONDS_WITHOUT_A_SIGN
    ]
    return min(earlier, default=None)


def _open_warehouse(session: Any, this: Any) -> Warehouse:
    """Return the engine behind the session of a Python model; `this` is `dbt.this`."""
    if type(session).__module__.startswith("snowflake."):
        return Snowflake(session, this)
    return DuckDB(session, this)


RUN_LOG = pa.schema(
    [
        ("run_id", pa.string()),
        ("stage", pa.string()),
        ("lens", pa.string()),
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

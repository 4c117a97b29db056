"""The edge between dbt and everything else: what a Python model reads, keeps and records.

Nothing beyond this module knows which warehouse there is; stages read and return Arrow tables.
"""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from kura_udfs.progress import Progress


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
    figures
        Whatever is worth recording besides rows and seconds, such as a silhouette.
    """

    def __init__(self, dbt: Any, session: Any, name: str, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.progress = Progress(name)
        self.count(0, 0)
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
        if kind is None:
            self._record()

    def read(self, relation: Any, columns: str = "*", where: str = "true") -> pa.Table:
        """Return rows of what `dbt.ref` gave."""
        return relation.query("input", f"select {columns} from input where {where}").to_arrow_table()

    def unseen(self, relation: Any, columns: str, key: str, recipe: str, where: str = "true") -> pa.Table:
        """Return the distinct rows whose key this model's table does not hold yet under the same recipe."""
        known = f"select {key} from {self._this} where recipe = '{recipe}'" if self._exists() else "select null limit 0"
        rows = self.read(relation, f"distinct {columns}", f"{where} and {key} not in ({known})")
        total = self.read(relation, f"count(distinct {key}) as n", where)["n"][0].as_py()
        self.count(total, rows.num_rows)
        return rows

    def previous(self, fit_id: str) -> pa.Table | None:
        """Return the rows that this model's table holds of a fit; None if there are none."""
        if not self._exists():
            return None
        rows = self._session.sql(f"select * from {self._this} where fit_id = '{fit_id}'").to_arrow_table()
        return rows if rows.num_rows else None

    def count(self, rows_in: int, rows_new: int, rows_failed: int = 0) -> None:
        """Note how many rows came in and how many of them were work; the others were done before."""
        self._counts = {
            "rows_in": rows_in,
            "rows_new": rows_new,
            "rows_reused": rows_in - rows_new,
            "rows_failed": rows_failed,
        }

    def _exists(self) -> bool:
        this = self._this
        found = self._session.execute(
            "select count(*) from information_schema.tables"
            " where table_catalog = ? and table_schema = ? and table_name = ?",
            [this.database, this.schema, this.identifier],
        )
        return bool(found.fetchall()[0][0])

    def _record(self) -> None:
        log = f'"{self._this.database}"."{self._this.schema}"."kura_run_log"'
        seconds = round(time.monotonic() - self._started, 3)
        # the run itself is the newest row of its kind: kura_run_log writes it before any stage begins
        self._session.execute(
            f"insert into {log} by name select run_id, ? as stage, current_timestamp::timestamp as recorded_at,"
            " ? as rows_in, ? as rows_new, ? as rows_reused, ? as rows_failed, ? as seconds, ? as figures"
            f" from {log} where stage = 'run' order by recorded_at desc limit 1",
            [self._name, *self._counts.values(), seconds, json.dumps(self.figures)],
        ).fetchall()  # DuckDB wants a result read before the connection does something else

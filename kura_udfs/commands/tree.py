"""What the tree is drawn from."""

from __future__ import annotations

from typing import Any

from kura_udfs.commands import lenses
from kura_udfs.errors import KuraError

NEEDED = ("dim_kura__clusters", "fct_kura__runs")
WANTED = ("fct_kura__conversations",)
_CLUSTERS = """
    select
        cluster_id, parent_cluster_id, name, level, is_leaf, is_outliers, is_unprocessed, conversation_count, share
    from dim_kura__clusters
    where lens = ?
    order by sort_order
"""


def read(connection: Any, lens: str | None) -> tuple[list[dict[str, object]], dict[str, object], dict[str, int]]:
    """Read the clusters of a lens, the last run, and how many conversations have no cluster, by their status.

    Parameters
    ----------
    connection
        To DuckDB, where `NEEDED` and `WANTED` are views of these names, the latter if they are there.
    lens
        The first one if None.

    Raises
    ------
    KuraError
        When there is no such lens, no cluster or no run.
    """
    first, *_ = lenses.known(connection, lens)
    chosen = lens or first
    clusters = connection.sql(_CLUSTERS, params=[chosen])
    run = connection.sql(
        "select whole.provider, whole.seconds, messages.rejected_share from fct_kura__runs as whole"
        " left join fct_kura__runs as messages on whole.run_id = messages.run_id and messages.stage = 'messages'"
        " where whole.stage = 'run' order by whole.started_at desc limit 1"
    )
    statuses: dict[str, int] = {}
    has_rows = connection.execute("select 1 from duckdb_views() where view_name = ?", WANTED).fetchall()
    if has_rows and chosen == first:
        unprocessed = connection.sql(
            "select status, count(*) from fct_kura__conversations where status <> 'ok' group by 1 order by 2 desc, 1"
        )
        statuses = dict(unprocessed.fetchall())
    runs = run.to_arrow_table().to_pylist()
    if not runs:
        raise KuraError("there is no whole run in fct_kura__runs: run `dbt build` again.")
    return clusters.to_arrow_table().to_pylist(), runs[0], statuses

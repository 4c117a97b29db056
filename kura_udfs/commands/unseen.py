"""Whether vectors and clusters go together: a run that stopped has changed what is internal, not what readers have."""

from __future__ import annotations

from typing import Any

from kura_udfs.commands.places import FIRST_LENS

NEEDED = ("int_kura__cluster_names", "int_kura__distinct_texts", "int_kura__embeddings")
_PROBLEM = (
    "texts and vectors are of a run that stopped, or was a trial, and readers have the clusters of one before it: `dbt"
    " build` brings them together"
)
# where readers have clusters there are texts; each cluster has a name, and centres are as long as vectors
_GO_TOGETHER = f"""
    with told as (
        select cluster_id from dim_kura__clusters
        where not is_suppressed and not is_outliers and not is_unprocessed and {FIRST_LENS}
    )
    select
        not exists (from told) or exists (from int_kura__distinct_texts where {FIRST_LENS}),
        not exists (from told where cluster_id not in (select cluster_id from int_kura__cluster_names)),
        (select len(centroid) from int_kura__cluster_names where centroid is not null limit 1)
        is not distinct from (select len(embedding) from int_kura__embeddings limit 1)
"""


def problem(connection: Any) -> str | None:
    """Say why the vectors are not those of the clusters that readers have; None if they are.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        That knows `dim_kura__clusters` and the tables of `NEEDED` by their names.
    """
    (conditions,) = connection.execute(_GO_TOGETHER).fetchall()
    return None if all(conditions) else _PROBLEM

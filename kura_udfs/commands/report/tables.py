"""What a report is made of, read from the public tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from kura_udfs.commands.places import FIRST_LENS

NEEDED = ("dim_kura__clusters", "fct_kura__runs")
WANTED = ("fct_kura__cluster_trends", "fct_kura__conversations", "fct_kura__cluster_examples")
"""Not there where they have been switched off, or where numbers alone are published."""
MAP_POINTS = 4_000  # a point is about 150 bytes of SVG, and no more can be told apart on a page

_TOTALS = """
    select
        count(*) as conversations,
        count(distinct user_id) as users,
        min({day}) as first,
        max({day}) as last,
        avg(is_outlier::int) as outlier_share,
        avg(is_frustrated::int) as frustration_rate,
        avg(is_concerning::int) as concern_rate
    from fct_kura__conversations
"""
_TOTALS_OF_CLUSTERS = f"""
    select
        coalesce(sum(conversation_count), 0) as conversations,
        0 as users,
        min(first_seen_at) as first,
        max(last_seen_at) as last,
        max(share) filter (where is_outliers) as outlier_share,
        null::double as frustration_rate,
        null::double as concern_rate
    from dim_kura__clusters
    where level = 0 and {FIRST_LENS}
"""
_POINTS = f"""
    select cluster_id, x, y
    from fct_kura__conversations
    where x is not null
    order by md5(conversation_id)
    limit {MAP_POINTS}
"""
_NO_POINTS = "select cluster_id, x, y from dim_kura__clusters where false"
_EXAMPLES = """
    select cluster_id, list(coalesce(summary, extract) order by example_rank) as texts
    from fct_kura__cluster_examples
    where example_rank <= 3 and coalesce(summary, extract) is not null
    group by cluster_id
"""
_CLUSTERS = f"""
    select
        cluster_id, parent_cluster_id, name, description, level, is_leaf, is_outliers, is_unprocessed, is_suppressed,
        conversation_count, share, sort_order
    from dim_kura__clusters
    where {FIRST_LENS}
    order by sort_order
"""
_TRENDS = f"""
    select cluster_id, period, period_start, conversation_count, is_complete, trend
    from fct_kura__cluster_trends
    where {FIRST_LENS}
    order by period_start
"""
_NO_TRENDS = """
    select
        cluster_id, '' as period, null::date as period_start, 0 as conversation_count, false as is_complete, '' as trend
    from dim_kura__clusters
    where false
"""


@dataclass(frozen=True)
class Contents:
    """The rows that a report shows."""

    totals: dict[str, Any]
    """`conversations`, `users`, `first`, `last`, `outlier_share`, `frustration_rate`, `concern_rate`.

    Of numbers alone `first` and `last` are the first days of periods, as `is_of_periods` says.
    """
    run: dict[str, Any]
    """`started_at`, `provider`, `rejected_share` of the last run; `cost_usd` of all runs."""
    clusters: pd.DataFrame
    """Of `dim_kura__clusters`, in the order of the tree."""
    points: pd.DataFrame
    """`cluster_id`, `x`, `y` of at most `MAP_POINTS` conversations, chosen by chance."""
    trends: pd.DataFrame
    """Of `fct_kura__cluster_trends`, the oldest period first."""
    moving: dict[str, str]
    """By cluster: new, growing, fading or steady, as of the last complete period."""
    examples: dict[str, list[str]]
    """Typical summaries or extracts by cluster; none where numbers alone are published."""


def read(connection: Any) -> Contents:
    """Read a report from an open connection that knows the tables of `NEEDED`, and perhaps `WANTED`, by their names."""
    there = {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    has_rows, has_examples, has_trends = (name in there for name in WANTED[1:] + WANTED[:1])
    # by the clocks that trends go by; older tables have UTC's alone
    days = "select 1 from duckdb_columns() where table_name = 'fct_kura__conversations' and column_name = 'started_on'"
    day = "started_on" if connection.execute(days).fetchall() else "started_at"
    totals = connection.sql(_TOTALS.format(day=day) if has_rows else _TOTALS_OF_CLUSTERS).df()
    run = connection.sql(
        "select max(started_at) as started_at, max_by(provider, started_at) as provider,"
        " max_by(rejected_share, started_at) filter (where stage = 'messages') as rejected_share,"
        " sum(cost_usd) filter (where stage = 'run') as cost_usd from fct_kura__runs"
    ).df()
    points = connection.sql(_POINTS if has_rows else _NO_POINTS).df()
    examples = connection.sql(_EXAMPLES).fetchall() if has_examples else []
    trends = connection.sql(_TRENDS if has_trends else _NO_TRENDS).df()
    complete = trends[trends["is_complete"].astype(bool)]
    return Contents(
        totals={**totals.iloc[0].to_dict(), "is_of_periods": not has_rows},
        run=run.iloc[0].to_dict(),
        clusters=connection.sql(_CLUSTERS).df(),
        points=points,
        trends=covered(trends, totals["first"].iloc[0]),
        moving=complete.drop_duplicates("cluster_id", keep="last").set_index("cluster_id")["trend"].to_dict(),
        examples=dict(examples),
    )


def covered(trends: pd.DataFrame, first: Any) -> pd.DataFrame:
    """Return trends in which no period that begins before the first conversation is complete: it had more of them."""
    starts = pd.to_datetime(trends["period_start"])
    is_covered = pd.isna(first) | (starts >= pd.Timestamp(first).floor("D"))
    return trends.assign(period_start=starts, is_complete=trends["is_complete"].astype(bool) & is_covered)

"""What the build has found by itself: alerts, comparisons, and how tools fare. Older builds have none of them."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from kura_explorer.choice import CONVERSATIONS, EVERYTHING, Filter, has_rows, rows_of
from kura_explorer.questions import clusters, named
from kura_explorer.text import told_apart

BEYOND_CHANCE = 0.05
DAY = "%d %b %Y"
PERIODS_OF_A_SPIKE, PERIODS_OF_NEW = 5, 8  # that there must be: what is looked at, and four before
COMPARED = (
    "cluster_id", "baseline_count", "baseline_total", "baseline_share", "conversation_count", "conversation_total", "share",
    "share_difference", "difference_low", "difference_high", "q_value",
)  # fmt: skip
ALERTED = (
    "alert_id",
    "kind",
    "cluster_id",
    "severity",
    "since",
    "conversation_count",
    "share",
    "usual_share",
    "is_new",
)
CALLED = ("tool", "conversation_count", "call_count", "failed_share", "retry_share", "loop_share", "mean_seconds")


def comparisons() -> pd.DataFrame:
    """Return the comparisons that there are: `compared_by`, `baseline`, `segment`."""
    names = ("compared_by", "baseline", "segment")
    sql = f"select distinct {', '.join(names)} from fct_kura__comparisons order by 1, 2, 3"
    return rows_of("fct_kura__comparisons", sql, *names)


def compared(compared_by: str, baseline: str, segment: str) -> pd.DataFrame:
    """Return the clusters that can be named with their shares on both sides of a comparison."""
    sql = (
        f"select {', '.join(COMPARED)} from fct_kura__comparisons"
        " where compared_by = ? and baseline = ? and segment = ? order by cluster_id"
    )
    rows = rows_of("fct_kura__comparisons", sql, *COMPARED, values=(compared_by, baseline, segment))
    return rows.merge(_shown()[["cluster_id", "name", "path", "level", "is_leaf", "sort_order"]], on="cluster_id")


def alerts() -> pd.DataFrame:
    """Return the alerts that the last run has raised, with the names of their clusters, the gravest first."""
    grave = "case severity when 'high' then 1 when 'medium' then 2 else 3 end"
    sql = f"select {', '.join(ALERTED)} from fct_kura__alerts where is_active order by {grave}, since desc, share desc, alert_id"
    rows = rows_of("fct_kura__alerts", sql, *ALERTED)
    return rows.merge(told_apart(_shown())[["cluster_id", "name"]], on="cluster_id")


def tools(cluster_id: str) -> pd.DataFrame:
    """Return the tools that are called in a cluster's conversations, the most used first."""
    sql = f"select {', '.join(CALLED)} from fct_kura__cluster_tools where cluster_id = ? order by call_count desc, tool"
    return rows_of("fct_kura__cluster_tools", sql, *CALLED, values=(cluster_id,))


def tools_of_topics(chosen: Filter = EVERYTHING) -> pd.DataFrame:
    """Return the tools that are called in each topic: `tool`, `cluster_id`, `call_count`, `answered_count`, `failed_count`.

    Numbers alone hold no more than shares of failed calls, to one digit: there all calls count as answered.
    """
    names = ("tool", "cluster_id", "call_count", "answered_count", "failed_count")
    if not has_rows():
        sql = (
            "select c.tool, c.cluster_id, c.call_count, case when c.failed_share is not null then c.call_count else 0 end as answered_count,"
            " coalesce(c.failed_share, 0) * c.call_count as failed_count from fct_kura__cluster_tools as c"
            " inner join dim_kura__clusters as t on c.cluster_id = t.cluster_id where t.level = 0"
        )
        return rows_of("fct_kura__cluster_tools", sql, *names)
    where, values = chosen.where()
    sql = (
        "select c.tool, t.cluster_id, count(*) as call_count,"
        " sum(case when c.status <> 'unanswered' then 1 else 0 end) as answered_count,"
        f" sum(case when c.is_failed then 1 else 0 end) as failed_count from {CONVERSATIONS}"
        " inner join fct_kura__tool_calls as c on f.conversation_id = c.conversation_id"
        " inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id"
        " inner join dim_kura__clusters as t on b.ancestor_cluster_id = t.cluster_id"
        f" where t.level = 0 and {where} group by 1, 2"
    )
    return rows_of("fct_kura__tool_calls", sql, *names, values=tuple(values))


def failed(rows: pd.DataFrame) -> pd.Series:
    """Return the share of the answered calls that failed, null where none was answered, as exactly as it is known."""
    share = rows["failed_count"].astype(float) / rows["answered_count"].where(rows["answered_count"] > 0).astype(float)
    return share if has_rows() else share.round(1)


def side(compared_by: str, value: str) -> str:
    """Return one side of a comparison in words: a period's first and last day, any other value as it is."""
    first, _, end = value.partition("/")
    if compared_by != "period":
        return value
    try:
        last = dt.date.fromisoformat(end) - dt.timedelta(days=1)
        return f"{dt.date.fromisoformat(first):{DAY}} to {last:{DAY}}"
    except ValueError:
        return value


def verdict(difference: float, q_value: float) -> str:
    """Return in words whether chance alone may have made a difference."""
    if pd.isna(q_value):
        return "not tested"
    if q_value >= BEYOND_CHANCE:
        return "may be chance"
    return f"{'▲' if difference > 0 else '▼'} beyond chance"


def hidden() -> pd.DataFrame:
    """Return the clusters that have conversations and no name: no comparison is of them."""
    rows = named(clusters())
    return rows[rows["is_suppressed"].astype(bool) & (rows["conversation_count"] > 0)]


def _shown() -> pd.DataFrame:
    rows = named(clusters())
    return rows[~rows["is_suppressed"].astype(bool)]

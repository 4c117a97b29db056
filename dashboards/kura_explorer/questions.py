"""What the explorer asks of the tables. The SQL runs on DuckDB and on Snowflake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd

from kura_explorer import outcomes, search
from kura_explorer.choice import (
    CONVERSATIONS,
    EVERYTHING,
    FIRST_LENS,
    SAID,
    Filter,
    attributes,
    day,
    facets,
    has_rows,
    rows_of,
)
from kura_explorer.text import told_apart
from kura_explorer.warehouse import columns, kept, query

DOWNLOAD_ROWS = 50_000
OF_A_CLUSTER = (
    "lens", "cluster_id", "parent_cluster_id", "name", "description", "path", "level", "sort_order", "conversation_count",
    "user_count", "share", "x", "y", "is_leaf", "is_outliers", "is_unprocessed", "is_suppressed", "first_seen_at",
    "last_seen_at",
)  # fmt: skip
OF_A_CONVERSATION = (
    "conversation_id", "cluster_id", "summary", "extract", "conversation_url", "request", "topic", "languages",
    "user_frustration", "concerning_score", "assistant_errors", "started_at", "turn_count", "status",
)  # fmt: skip
WHERE_KNOWN = ("outcome", "issue", "issue_side", "outcome_evidence", "transcript")
"""Further columns of conversations, which not all tables have."""
BELOW = "select b.descendant_cluster_id from bridge_kura__cluster_ancestors as b where b.ancestor_cluster_id = ?"
FIGURES = (
    " avg(cast(f.is_frustrated as integer)) as frustration_rate, avg(cast(f.is_concerning as integer)) as concern_rate"
)


def facet_values(facet: str) -> list[str]:
    """Return the values of a facet, the most frequent first."""
    sql = f"cast({facets()[facet]} as varchar)"
    rows = query(
        f"select {sql} as value, count(*) as n from {CONVERSATIONS} where {sql} is not null"
        " group by 1 order by n desc, value limit 50"
    )
    return list(rows["value"])


@kept
def languages() -> list[str]:
    """Return all languages, the most frequent first."""
    spoken = query(
        "select languages, count(*) as n from fct_kura__conversations where languages is not null group by languages"
    )
    return list(_apart(spoken, "languages", ["n"])["languages"])[:100]


def period_covered() -> tuple[dt.date, dt.date] | None:
    """Return the days of the first and of the last conversation; None where none has a time."""
    row = query(f"select min({day()}) as first, max({day()}) as last from fct_kura__conversations as f").iloc[0]
    return None if pd.isna(row["first"]) else (pd.Timestamp(row["first"]).date(), pd.Timestamp(row["last"]).date())


def clusters() -> pd.DataFrame:
    """Return all clusters in the order of the tree; how conversations end in them where the tables say it."""
    there = columns("dim_kura__clusters")
    named = ", ".join([*OF_A_CLUSTER, *(figure for figure in outcomes.FIGURES if figure in there)])
    return query(f"select {named} from dim_kura__clusters where {FIRST_LENS} order by sort_order")


def one(rows: pd.DataFrame, cluster_id: str) -> Any:
    """Return the row of a cluster as a named tuple."""
    return next(each(rows[rows["cluster_id"] == cluster_id]))


def inside(clusters: pd.DataFrame, cluster_id: str) -> set[str]:
    """Return a cluster and all that is in it, of clusters in the order of the tree. Paths don't tell: two may be called the same."""
    found = {cluster_id}
    for one, parent in zip(clusters["cluster_id"], clusters["parent_cluster_id"], strict=True):
        if parent in found:
            found.add(one)
    return found


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Return those clusters that are topics or parts of one: neither outliers nor what could not be processed."""
    return rows[~rows["is_outliers"].astype(bool) & ~rows["is_unprocessed"].astype(bool)]


def totals(chosen: Filter = EVERYTHING) -> pd.Series:
    """Return the figures over all chosen conversations."""
    if not has_rows():
        return query(
            "select coalesce(sum(conversation_count), 0) as conversations, null as users, max(last_seen_at) as latest, max(last_seen_at) as latest_day,"
            " sum(case when is_outliers then share else 0 end) as outlier_share,"
            " coalesce(sum(case when is_unprocessed then conversation_count end), 0) as unprocessed,"
            " null as frustration_rate, null as concern_rate from dim_kura__clusters"
            f" where level = 0 and {FIRST_LENS}"
        ).iloc[0]
    where, values = chosen.where()
    return query(
        "select count(*) as conversations, count(distinct f.user_id) as users,"
        f" max(f.started_at) as latest, max({day()}) as latest_day, avg(case when f.is_outlier then 1.0 else 0.0 end) as outlier_share,"
        " coalesce(sum(case when f.status = 'ok' then 0 else 1 end), 0) as unprocessed,"
        f"{FIGURES} from {CONVERSATIONS} where {where}",
        *values,
    ).iloc[0]


@kept
def counted_clusters(chosen: Filter = EVERYTHING) -> pd.DataFrame:
    """Return all clusters in the order of the tree with what the chosen conversations make of them."""
    if not has_rows():
        rows = clusters()
        rows = rows.assign(
            chosen_count=rows["conversation_count"],
            chosen_users=rows["user_count"],
            chosen_share=rows["share"],
            frustration_rate=np.nan,
            concern_rate=np.nan,
        )
        return outcomes.with_figures(rows, EVERYTHING)
    where, values = chosen.where()
    counts = query(
        "select b.ancestor_cluster_id as cluster_id, count(*) as chosen_count, count(distinct f.user_id) as chosen_users,"
        f" min({day()}) as chosen_first, max({day()}) as chosen_last,{FIGURES}{outcomes.counted_columns()}"
        f" from {CONVERSATIONS}"
        " inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id"
        f" where {where} group by b.ancestor_cluster_id",
        *values,
    )
    counted = clusters().merge(counts, on="cluster_id", how="left")
    counted["chosen_count"] = counted["chosen_count"].fillna(0).astype(int)
    everything = counted.loc[counted["level"] == 0, "chosen_count"].sum()
    counted["chosen_share"] = counted["chosen_count"] / max(everything, 1)
    return outcomes.with_figures(counted, chosen)


def cluster_facets(cluster_id: str, chosen: Filter = EVERYTHING) -> pd.DataFrame:
    """Return the values of all facets in a cluster with their share there, everywhere, and the lift.

    Both shares are those of the chosen conversations.
    """
    names = ("facet", "value", "conversation_count", "share", "lift")
    if chosen == EVERYTHING:
        sql = f"select {', '.join(names)} from fct_kura__cluster_facets where cluster_id = ? order by facet, value"
        rows = rows_of("fct_kura__cluster_facets", sql, *names, values=(cluster_id,))
        rows = rows.assign(share_everywhere=rows["share"] / rows["lift"])
        # what all conversations have alike tells nothing of a cluster, nor does it that a value is one of those that are not told
        is_alike = rows["share_everywhere"].astype(float) > 1 - 1e-9
        is_told = rows["value"].ne("other").groupby(rows["facet"]).transform("any")
        return rows[~is_alike & is_told].reset_index(drop=True)
    where, values = chosen.where()
    parts = [
        f"select '{facet}' as facet, cast({sql} as varchar) as value, count(*) as everywhere,"
        f" count(inside.descendant_cluster_id) as conversation_count from {CONVERSATIONS}"
        " left join bridge_kura__cluster_ancestors as inside"
        " on f.cluster_id = inside.descendant_cluster_id and inside.ancestor_cluster_id = ?"
        f" where {where} and {sql} is not null group by 2"
        for facet, sql in {"language": "f.languages", **facets()}.items()
        if facet not in ("status", "model")
    ]
    rows = query(" union all ".join(parts), *([cluster_id, *values] * len(parts)))
    spoken = _apart(rows[rows["facet"] == "language"], "value", ["everywhere", "conversation_count"])
    rows = pd.concat([spoken.assign(facet="language"), rows[rows["facet"] != "language"]], ignore_index=True)
    sums = rows.groupby("facet")[["everywhere", "conversation_count"]].transform("sum")
    rows["share"] = rows["conversation_count"] / sums["conversation_count"]
    rows["share_everywhere"] = rows["everywhere"] / sums["everywhere"]
    rows["lift"] = rows["share"] / rows["share_everywhere"]
    is_told_apart = rows.groupby("facet")["value"].transform("size") > 1
    return rows[is_told_apart & (rows["conversation_count"] > 0)].sort_values(["facet", "value"]).reset_index(drop=True)


def examples(cluster_id: str, chosen: Filter = EVERYTHING, number: int = 5) -> pd.DataFrame:
    """Return typical conversations of a cluster: `conversation_id`, `summary` (or extract)."""
    if chosen == EVERYTHING:
        sql = (
            "select conversation_id, coalesce(summary, extract) as summary from fct_kura__cluster_examples"
            " where cluster_id = ? and coalesce(summary, extract) is not null"
            f" order by example_rank limit {int(number)}"
        )
        return rows_of("fct_kura__cluster_examples", sql, "conversation_id", "summary", values=(cluster_id,))
    where, values = chosen.where()
    return query(
        f"select f.conversation_id, {SAID} as summary from {CONVERSATIONS}"
        f" where {SAID} is not null and f.cluster_id in ({BELOW}) and {where}"
        f" order by f.cluster_distance nulls last, f.conversation_id limit {int(number)}",
        cluster_id,
        *values,
    )


def neighbours(clusters: pd.DataFrame, cluster: Any, number: int = 5) -> pd.DataFrame:
    """Return those of the clusters, of the same level or leaves, that are nearest on the map."""
    others = named(clusters)
    same = (others["level"] == cluster.level) | (bool(cluster.is_leaf) & others["is_leaf"])
    others = others[same & ~others["is_suppressed"].astype(bool) & (others["cluster_id"] != cluster.cluster_id)]
    distance = np.hypot(others["x"] - cluster.x, others["y"] - cluster.y)
    return told_apart(others).assign(distance=distance).dropna(subset=["distance"]).nsmallest(number, "distance")


def lineage(cluster_id: str) -> pd.DataFrame:
    """Return what refits did to a cluster, the newest last."""
    names = ("fitted_at", "change", "old_name", "new_name", "share_of_old", "share_of_new")
    sql = (
        f"select {', '.join(names)} from fct_kura__cluster_lineage"
        " where old_cluster_id = ? or new_cluster_id = ? order by fitted_at"
    )
    return rows_of("fct_kura__cluster_lineage", sql, *names, values=(cluster_id, cluster_id))


def heirs(cluster_id: str, there: Collection[str]) -> set[str]:
    """Return those clusters that are there to which refits and edits brought the conversations of one that is not there any more."""
    rows = rows_of(
        "fct_kura__cluster_lineage",
        "select distinct old_cluster_id, new_cluster_id from fct_kura__cluster_lineage"
        " where old_cluster_id <> new_cluster_id order by 1, 2",
        "old_cluster_id",
        "new_cluster_id",
    )
    seen, waiting = {cluster_id}, [cluster_id]
    while waiting:
        last = waiting.pop()
        new = set(rows.loc[rows["old_cluster_id"] == last, "new_cluster_id"]) - seen
        seen |= new
        waiting += new - set(there)
    return seen & set(there)


def runs() -> pd.DataFrame:
    """Return the runs as wholes, the newest first, with what their fits decided."""
    return query(
        "select whole.started_at, whole.provider, fit.decision, whole.rows_in, whole.rows_new, whole.rows_failed,"
        " messages.rejected_share, whole.calls, whole.cost_usd, whole.seconds from fct_kura__runs as whole"
        f" left join (select * from fct_kura__runs where {FIRST_LENS}) as fit on whole.run_id = fit.run_id and fit.stage = 'fit'"
        " left join fct_kura__runs as messages on whole.run_id = messages.run_id and messages.stage = 'messages'"
        " where whole.stage = 'run' order by whole.started_at desc limit 50"
    )


def edition() -> str:
    """Return what tells the tables of one build from those of the next: they may be replaced while somebody looks at a page."""
    return str(query("select max(started_at) as at from fct_kura__runs")["at"].iloc[0])


def latest_fit() -> pd.Series | None:
    """Return the newest run's row of the fit."""
    rows = query(
        f"select silhouette from fct_kura__runs where stage = 'fit' and {FIRST_LENS} order by started_at desc limit 1"
    )
    return None if rows.empty else rows.iloc[0]


def rejected_share() -> float:
    """Return the share of the newest run's messages that were lost."""
    rows = query("select rejected_share from fct_kura__runs where stage = 'messages' order by started_at desc limit 1")
    return 0.0 if rows.empty or pd.isna(rows["rejected_share"].iloc[0]) else float(rows["rejected_share"].iloc[0])


def spent() -> float:
    """Return what all runs have cost, in US dollars."""
    return float(query("select coalesce(sum(cost_usd), 0) as n from fct_kura__runs where stage = 'run'")["n"].iloc[0])


def conversations(chosen: Filter, limit: int, offset: int = 0, order: str = "newest") -> pd.DataFrame:
    """Return chosen conversations with the names of their clusters: the newest, the oldest or the nearest first."""
    where, values = chosen.where()
    own = "".join(f", a.{name}" for name in attributes())
    first, ranks = search.ranking(chosen.words) if order == "nearest" else ("1", [])
    return query(
        f"select f.conversation_id, f.started_at, {SAID} as summary, c.name as cluster, c.level_0_name as top_level,"
        " f.request, f.topic,"
        " f.languages, f.user_frustration, f.concerning_score, f.assistant_errors, f.turn_count,"
        f" f.status, f.conversation_url, f.cluster_id, c.path{own}, {first} as place"
        f" from {CONVERSATIONS} inner join dim_kura__clusters as c on f.cluster_id = c.cluster_id"
        f" where {where} order by place, f.started_at {'asc' if order == 'oldest' else 'desc'} nulls last, f.conversation_id"
        f" limit {int(limit)} offset {int(offset)}",
        *ranks,
        *values,
    ).drop(columns=["place"])


def conversation(conversation_id: str) -> pd.Series | None:
    """Return one conversation."""
    there = columns("fct_kura__conversations")
    told = [*OF_A_CONVERSATION, *(name for name in WHERE_KNOWN if name in there)]
    own = "".join(f", a.{name} as own_{name}" for name in attributes())
    rows = query(
        f"select {', '.join(f'f.{name}' for name in told)}, c.path{own} from {CONVERSATIONS}"
        " inner join dim_kura__clusters as c on f.cluster_id = c.cluster_id where f.conversation_id = ?",
        conversation_id,
    )
    return None if rows.empty else rows.iloc[0]


def has_model() -> bool:
    """Whether a language model has filled the facets."""
    if not has_rows():
        return False
    rows = query("select count(user_frustration) + count(concerning_score) as n from fct_kura__conversations")
    return bool(rows["n"].iloc[0])


def each(rows: pd.DataFrame) -> Iterator[Any]:
    """Return the rows as named tuples, whose values have types of their own."""
    return rows.itertuples(index=False)


def _apart(rows: pd.DataFrame, name: str, sums: list[str]) -> pd.DataFrame:
    """Return lists in a text, such as "german, python", taken apart and added up; the largest first."""
    apart = rows.assign(**{name: rows[name].astype(str).str.lower().str.split(", ")}).explode(name)
    added = apart.groupby(name, as_index=False)[sums].sum()
    return added.sort_values([sums[0], name], ascending=[False, True]).reset_index(drop=True)

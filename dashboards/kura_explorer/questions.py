"""What the explorer asks of the tables. The SQL runs on DuckDB and on Snowflake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from kura_explorer.warehouse import columns, has, query

MAP_POINTS = 150_000  # more than these are not told apart on a screen
DOWNLOAD_ROWS = 50_000
TREND_PERIODS = 12  # as far back as the test for a trend looks
CONVERSATIONS = "fct_kura__conversations as f inner join fct_kura__conversation_attributes as a on f.conversation_id = a.conversation_id"
# the pages show the main lens, whose reserved clusters have the plain ids
FIRST_LENS = "lens = (select max(lens) from dim_kura__clusters where cluster_id = 'outliers')"
# how a facet reads in SQL; the attributes are the user's own
FACETS = {
    "conversation_length": "f.conversation_length",
    "user_frustration": "f.user_frustration",
    "concerning_score": "f.concerning_score",
    "status": "f.status",
    "model": "f.model",
}


@dataclass(frozen=True)
class Filter:
    """Which conversations count; empty means all of them."""

    since: dt.date | None = None
    until: dt.date | None = None
    """The last day, included."""
    languages: tuple[str, ...] = ()
    facets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    words: str = ""
    """Each of them must occur in the summary or extract, the request or the topic."""
    cluster_id: str | None = None
    """A cluster of any level."""

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition on `CONVERSATIONS`, and its values."""
        conditions, values = ["1 = 1"], []
        if self.since:
            conditions.append("f.started_at >= ?")
            values.append(str(self.since))
        if self.until:
            conditions.append("f.started_at < ?")
            values.append(str(self.until + dt.timedelta(days=1)))
        if self.languages:
            either = " or ".join(["', ' || lower(f.languages) || ', ' like ? escape '!'"] * len(self.languages))
            conditions.append(f"({either})")
            values += [f"%, {_literally(language.lower())}, %" for language in self.languages]
        for facet, wanted in self.facets:
            conditions.append(f"cast({facets()[facet]} as varchar) in ({', '.join('?' * len(wanted))})")
            values += wanted
        for word in self.words.split():
            text = (
                "coalesce(f.summary, f.extract, '') || ' ' || coalesce(f.request, '') || ' ' || coalesce(f.topic, '')"
            )
            conditions.append(f"({text}) ilike ? escape '!'")
            values.append(f"%{_literally(word)}%")
        if self.cluster_id:
            conditions.append(
                "f.cluster_id in (select b.descendant_cluster_id from bridge_kura__cluster_ancestors as b"
                " where b.ancestor_cluster_id = ?)"
            )
            values.append(self.cluster_id)
        return " and ".join(conditions), values


EVERYTHING = Filter()


def has_rows() -> bool:
    """Whether single conversations are published, and not numbers alone (`kura_publish`)."""
    return has("fct_kura__conversations")


def attributes() -> list[str]:
    """Return the names of the user's own columns."""
    return [
        name for name in columns("fct_kura__conversation_attributes") if name not in ("conversation_id", "cluster_id")
    ]


def facets() -> dict[str, str]:
    """Return each facet that conversations can be told apart by, and its SQL: no attribute with countless values."""
    counted = set(query("select distinct facet from fct_kura__cluster_facets")["facet"])
    return {**FACETS, **{name: f"a.{name}" for name in attributes() if name in counted}}


def facet_values(facet: str) -> list[str]:
    """Return the values of a facet, the most frequent first."""
    sql = f"cast({facets()[facet]} as varchar)"
    rows = query(
        f"select {sql} as value, count(*) as n from {CONVERSATIONS} where {sql} is not null"
        " group by 1 order by n desc, value limit 50"
    )
    return list(rows["value"])


def languages() -> list[str]:
    """Return all languages, the most frequent first."""
    rows = query(
        f"select value from fct_kura__cluster_facets where facet = 'language' and {FIRST_LENS}"
        " group by value order by sum(conversation_count) desc, value limit 100"
    )
    return list(rows["value"])


def period_covered() -> tuple[dt.date, dt.date] | None:
    """Return the days of the first and of the last conversation; None where none has a time."""
    row = query("select min(started_at) as first, max(started_at) as last from fct_kura__conversations").iloc[0]
    return None if pd.isna(row["first"]) else (row["first"].date(), row["last"].date())


def clusters() -> pd.DataFrame:
    """Return all clusters in the order of the tree."""
    return query(f"select * from dim_kura__clusters where {FIRST_LENS} order by sort_order")


def totals(chosen: Filter = EVERYTHING) -> pd.Series:
    """Return the figures over all chosen conversations."""
    if not has_rows():
        return query(
            "select coalesce(sum(conversation_count), 0) as conversations, null as users, max(last_seen_at) as latest,"
            " sum(case when is_outliers then share else 0 end) as outlier_share,"
            " coalesce(sum(case when is_unprocessed then conversation_count end), 0) as unprocessed,"
            " null as frustration_rate, null as concern_rate from dim_kura__clusters"
            f" where level = 0 and {FIRST_LENS}"
        ).iloc[0]
    where, values = chosen.where()
    return query(
        "select count(*) as conversations, count(distinct f.user_id) as users,"
        " max(f.started_at) as latest, avg(case when f.is_outlier then 1.0 else 0.0 end) as outlier_share,"
        " sum(case when f.status = 'ok' then 0 else 1 end) as unprocessed,"
        " avg(cast(f.is_frustrated as integer)) as frustration_rate,"
        " avg(cast(f.is_concerning as integer)) as concern_rate"
        f" from {CONVERSATIONS} where {where}",
        *values,
    ).iloc[0]


def counted_clusters(chosen: Filter = EVERYTHING) -> pd.DataFrame:
    """Return all clusters in the order of the tree with what the chosen conversations make of them."""
    if not has_rows():
        rows = clusters()
        return rows.assign(
            chosen_count=rows["conversation_count"],
            chosen_users=rows["user_count"],
            chosen_share=rows["share"],
            frustration_rate=np.nan,
            concern_rate=np.nan,
        )
    where, values = chosen.where()
    counts = query(
        "select b.ancestor_cluster_id as cluster_id, count(*) as chosen_count, count(distinct f.user_id) as chosen_users,"
        " avg(cast(f.is_frustrated as integer)) as frustration_rate,"
        " avg(cast(f.is_concerning as integer)) as concern_rate"
        f" from {CONVERSATIONS}"
        " inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id"
        f" where {where} group by b.ancestor_cluster_id",
        *values,
    )
    counted = clusters().merge(counts, on="cluster_id", how="left")
    counted["chosen_count"] = counted["chosen_count"].fillna(0).astype(int)
    everything = counted.loc[counted["level"] == 0, "chosen_count"].sum()
    counted["chosen_share"] = counted["chosen_count"] / max(everything, 1)
    return counted


def on_their_crowd(rows: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Return clusters with `x` and `y` moved to where many of their points are, and few others.

    The middle of a topic that is spread over the map may be where other topics are.
    """
    size = max(np.ptp(points["x"]), np.ptp(points["y"]), 1e-9) / 12
    cells = points.assign(column=points["x"] // size, row=points["y"] // size)
    cells = cells.groupby(["cluster_id", "column", "row"], as_index=False).agg(
        own=("x", "size"), x=("x", "sum"), y=("y", "sum")
    )
    cells["everyone"] = cells.groupby(["column", "row"])["own"].transform("sum")
    above = query("select ancestor_cluster_id, descendant_cluster_id from bridge_kura__cluster_ancestors")
    cells = cells.merge(above, left_on="cluster_id", right_on="descendant_cluster_id")
    cells = cells.groupby(["ancestor_cluster_id", "column", "row"], as_index=False).agg(
        own=("own", "sum"), x=("x", "sum"), y=("y", "sum"), everyone=("everyone", "first")
    )
    cells["score"] = cells["own"] ** 2 / cells["everyone"]
    best = cells.sort_values("score").drop_duplicates("ancestor_cluster_id", keep="last")
    best = best.set_index("ancestor_cluster_id")
    middles = best[["x", "y"]].div(best["own"], axis=0)
    return rows.drop(columns=["x", "y"]).join(middles, on="cluster_id")


def trends() -> pd.DataFrame:
    """Return every cluster in every period, the oldest first."""
    rows = query(f"select * from fct_kura__cluster_trends where {FIRST_LENS} order by period_start")
    return rows.assign(period_start=pd.to_datetime(rows["period_start"]))


def period() -> str:
    """Return how long a period is: day, week or month."""
    rows = trends()
    return "week" if rows.empty else str(rows["period"].iloc[0])


def lines() -> dict[str, list[int]]:
    """Return each cluster's conversations in the last complete periods, where all of them are told."""
    return {
        str(cluster): [int(count) for count in part["conversation_count"]]
        for cluster, part in _last_periods().groupby("cluster_id")
        if part["conversation_count"].notna().all()
    }


def movement() -> pd.DataFrame:
    """Return what moves, as of the last complete period.

    Returns
    -------
    DataFrame
        Per `cluster_id` (the index): `trend` (new, growing, fading, steady; None where that is not tested),
        `trend_score`, and the mean shares `before` and `lately`, in the two halves of the last periods.
    """
    rows = _last_periods()
    starts = sorted(rows["period_start"].unique())
    late = starts[len(starts) // 2 :]
    moved = rows[rows["period_start"].isin(starts[-1:])].set_index("cluster_id")[["trend", "trend_score"]]
    is_late = rows["period_start"].isin(late)
    return moved.assign(
        before=rows[~is_late].groupby("cluster_id")["share"].mean(),
        lately=rows[is_late].groupby("cluster_id")["share"].mean(),
    )


def cluster_trend(cluster_id: str) -> pd.DataFrame:
    """Return the periods of one cluster."""
    rows = trends()
    return rows[rows["cluster_id"] == cluster_id]


def overall_trend() -> pd.DataFrame:
    """Return the conversations per period over everything."""
    tops = clusters().query("level == 0")[["cluster_id"]]
    rows = trends().merge(tops, on="cluster_id")
    return rows.groupby(["period_start", "period", "is_complete"], as_index=False)[["conversation_count"]].sum()


def cluster_facets(cluster_id: str) -> pd.DataFrame:
    """Return the values of all facets in a cluster with their share there, everywhere, and the lift."""
    rows = query("select * from fct_kura__cluster_facets where cluster_id = ? order by facet, value", cluster_id)
    rows["share_everywhere"] = rows["share"] / rows["lift"]
    return rows


def examples(cluster_id: str) -> list[str]:
    """Return typical summaries or extracts of a cluster."""
    rows = query(
        "select coalesce(summary, extract) as summary from fct_kura__cluster_examples where cluster_id = ?"
        " and coalesce(summary, extract) is not null order by example_rank",
        cluster_id,
    )
    return list(rows["summary"])


def neighbours(cluster: pd.Series, number: int = 5) -> pd.DataFrame:
    """Return the clusters of the same level, or leaves, that are nearest on the map."""
    others = clusters()
    same = (others["level"] == cluster["level"]) | (bool(cluster["is_leaf"]) & others["is_leaf"])
    others = others[same & ~others["is_outliers"] & ~others["is_unprocessed"] & ~others["is_suppressed"]]
    others = others[others["cluster_id"] != cluster["cluster_id"]]
    distance = np.hypot(others["x"] - cluster["x"], others["y"] - cluster["y"])
    return others.assign(distance=distance).dropna(subset=["distance"]).nsmallest(number, "distance")


def lineage(cluster_id: str) -> pd.DataFrame:
    """Return what refits did to a cluster, the newest last."""
    return query(
        "select * from fct_kura__cluster_lineage where old_cluster_id = ? or new_cluster_id = ? order by fitted_at",
        cluster_id,
        cluster_id,
    )


def runs() -> pd.DataFrame:
    """Return the runs as wholes, the newest first, with what their fits decided."""
    return query(
        "select whole.started_at, whole.provider, fit.decision, whole.rows_in, whole.rows_new, whole.rows_failed,"
        " messages.rejected_share, whole.calls, whole.cost_usd, whole.seconds from fct_kura__runs as whole"
        f" left join (select * from fct_kura__runs where {FIRST_LENS}) as fit on whole.run_id = fit.run_id and fit.stage = 'fit'"
        " left join fct_kura__runs as messages on whole.run_id = messages.run_id and messages.stage = 'messages'"
        " where whole.stage = 'run' order by whole.started_at desc limit 50"
    )


def latest_fit() -> pd.Series | None:
    """Return the newest run's row of the fit."""
    rows = query(f"select * from fct_kura__runs where stage = 'fit' and {FIRST_LENS} order by started_at desc limit 1")
    return None if rows.empty else rows.iloc[0]


def rejected_share() -> float:
    """Return the share of the newest run's messages that were lost."""
    rows = query("select rejected_share from fct_kura__runs where stage = 'messages' order by started_at desc limit 1")
    return 0.0 if rows.empty or pd.isna(rows["rejected_share"].iloc[0]) else float(rows["rejected_share"].iloc[0])


def spent() -> float:
    """Return what all runs have cost, in US dollars."""
    return float(query("select coalesce(sum(cost_usd), 0) as n from fct_kura__runs where stage = 'run'")["n"].iloc[0])


def points(chosen: Filter, facet: str | None = None) -> pd.DataFrame:
    """Return the places of the chosen conversations, and the value of a facet; at most `MAP_POINTS`, by chance."""
    where, values = chosen.where()
    value = "null" if facet is None else _language() if facet == "language" else f"cast({facets()[facet]} as varchar)"
    return query(
        f"select f.conversation_id, f.cluster_id, f.x, f.y, {value} as value from {CONVERSATIONS}"
        f" where f.x is not null and {where} order by md5(f.conversation_id) limit {MAP_POINTS}",
        *values,
    )


def conversations(chosen: Filter, limit: int, offset: int = 0, newest_first: bool = True) -> pd.DataFrame:
    """Return chosen conversations with the names of their clusters."""
    where, values = chosen.where()
    order = "desc" if newest_first else "asc"
    own = "".join(f", a.{name}" for name in attributes())
    return query(
        "select f.conversation_id, f.started_at, coalesce(f.summary, f.extract) as summary, c.name as cluster, c.level_0_name as top_level, f.request, f.topic,"
        " f.languages, f.user_frustration, f.concerning_score, f.assistant_errors, f.turn_count,"
        f" f.status, f.conversation_url, f.cluster_id, c.path{own}"
        f" from {CONVERSATIONS} inner join dim_kura__clusters as c on f.cluster_id = c.cluster_id"
        f" where {where} order by f.started_at {order} nulls last, f.conversation_id limit {int(limit)} offset {int(offset)}",
        *values,
    )


def conversation(conversation_id: str) -> pd.Series | None:
    """Return one conversation."""
    own = "".join(f", a.{name} as own_{name}" for name in attributes())
    rows = query(
        f"select f.*, c.path{own} from {CONVERSATIONS}"
        " inner join dim_kura__clusters as c on f.cluster_id = c.cluster_id where f.conversation_id = ?",
        conversation_id,
    )
    return None if rows.empty else rows.iloc[0]


def of_cluster(chosen: Filter, cluster_id: str | None) -> Filter:
    """Return the same choice within a cluster."""
    return replace(chosen, cluster_id=cluster_id)


def has_model() -> bool:
    """Whether a language model has filled the facets."""
    if not has_rows():
        return False
    rows = query("select count(user_frustration) + count(concerning_score) as n from fct_kura__conversations")
    return bool(rows["n"].iloc[0])


def each(rows: pd.DataFrame) -> Iterator[Any]:
    """Return the rows as named tuples, whose values have types of their own."""
    return rows.itertuples(index=False)


def _last_periods() -> pd.DataFrame:
    rows = trends()
    rows = rows[rows["is_complete"].astype(bool)]
    return rows[rows["period_start"].isin(sorted(rows["period_start"].unique())[-TREND_PERIODS:])]


def _language() -> str:
    return (
        "case when f.languages like '%,%' then left(f.languages, position(',' in f.languages) - 1) else f.languages end"
    )


def _literally(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")

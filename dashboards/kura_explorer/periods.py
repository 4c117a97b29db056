"""How conversations are spread over time: per period, and in two stretches beside each other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kura_explorer.choice import CONVERSATIONS, EVERYTHING, FIRST_LENS, Filter, day, has_rows, rows_of
from kura_explorer.questions import clusters, counted_clusters, period_covered, totals
from kura_explorer.warehouse import kept, query

TREND_PERIODS = 12  # as far back as the test for a trend looks
LENGTHS = {"day": pd.DateOffset(days=1), "week": pd.DateOffset(weeks=1), "month": pd.DateOffset(months=1)}
SURE = 2.58  # standard deviations: by chance, one in a hundred moves that far
TRENDS = (
    "cluster_id", "period", "period_start", "conversation_count", "user_count", "share", "trend", "trend_score",
    "is_complete",
)  # fmt: skip


@kept
def trends(chosen: Filter = EVERYTHING) -> pd.DataFrame:
    """Return every cluster in every period, the oldest first. Only what is unfiltered has been tested for a trend."""
    sql = f"select {', '.join(TRENDS)} from fct_kura__cluster_trends where {FIRST_LENS} order by period_start"
    built = rows_of("fct_kura__cluster_trends", sql, *TRENDS)
    built = _shared(built.assign(period_start=pd.to_datetime(built["period_start"])))
    return built if chosen == EVERYTHING or built.empty else _counted(built, chosen)


def period() -> str:
    """Return how long a period is: day, week or month."""
    rows = trends()
    return "week" if rows.empty else str(rows["period"].iloc[0])


def lines(rows: pd.DataFrame) -> dict[str, list[int]]:
    """Return each cluster's conversations in the last complete periods of `trends`, where all of them are told."""
    told = _told(_last_periods(rows)).groupby("cluster_id")["conversation_count"]
    return {str(cluster): list(map(int, part)) for cluster, part in told}


def movement(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what moves in `trends`, as of the last complete period.

    Returns
    -------
    DataFrame
        Per `cluster_id` (the index): `trend` (new, growing, fading, steady; None where that is not tested),
        `trend_score`, and the mean shares `before` and `lately`, in the two halves of the last periods; null where one
        of these is not told.
    """
    rows = _last_periods(rows)
    starts = sorted(rows["period_start"].unique())
    late = starts[len(starts) // 2 :]
    moved = rows[rows["period_start"].isin(starts[-1:])].set_index("cluster_id")[["trend", "trend_score"]]
    is_late = rows["period_start"].isin(late)
    return moved.assign(
        before=_told(rows[~is_late]).groupby("cluster_id")["share"].mean(),
        lately=_told(rows[is_late]).groupby("cluster_id")["share"].mean(),
    )


def overall(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the conversations of `trends` per period over everything."""
    tops = clusters().query("level == 0")[["cluster_id"]]
    keys = ["period_start", "period", "is_complete"]
    return rows.merge(tops, on="cluster_id").groupby(keys, as_index=False)[["conversation_count"]].sum()


def is_covered(rows: pd.DataFrame) -> pd.Series:
    """Return which periods of `trends` are complete and don't begin before the first conversation: of others fewer are counted."""
    days = period_covered() if has_rows() else None
    complete = rows["is_complete"].astype(bool)
    return complete if days is None else complete & (rows["period_start"] >= pd.Timestamp(days[0]))


@dataclass(frozen=True)
class Stretch:
    """Days that are counted together."""

    first: dt.date
    last: dt.date
    """Included."""

    def __str__(self) -> str:
        return f"{self.first:%d %b %Y} to {self.last:%d %b %Y}"

    def of(self, chosen: Filter) -> Filter:
        """Return the same choice within these days."""
        since, until = chosen.since or self.first, chosen.until or self.last
        return replace(chosen, since=max(since, self.first), until=min(until, self.last))

    def days(self, chosen: Filter) -> int:
        """Return how many of these days are chosen."""
        part = self.of(chosen)
        return max((part.until - part.since).days + 1, 0) if part.since and part.until else 0


def covered() -> Stretch | None:
    """Return the days from the first complete period to the last one; None where there is none."""
    rows = trends()
    complete = rows[rows["is_complete"].astype(bool)]
    if complete.empty:
        return None
    return Stretch(
        complete["period_start"].min().date(), _end(complete["period_start"].max(), complete["period"].iloc[0])
    )


def halves() -> tuple[Stretch, Stretch] | None:
    """Return the two halves of the last complete periods, between which a trend is told; None where there is one alone."""
    rows = trends()
    starts = sorted(_last_periods(rows)["period_start"].unique())
    if len(starts) < 2:
        return None
    middle = len(starts) // 2
    first, second, last = (pd.Timestamp(starts[at]) for at in (0, middle, -1))
    return Stretch(first.date(), (second - pd.Timedelta(days=1)).date()), Stretch(
        second.date(), _end(last, rows["period"].iloc[0])
    )


def usual(chosen: Filter = EVERYTHING) -> dict[str, tuple[Stretch, Stretch]]:
    """Return what is usually compared, by name: the halves of the last periods; the last whole day, week and month beside the one before.

    Where a filter chooses days, their halves are the last of them. Numbers alone are known of whole periods, of which a day or a week may be a part.
    """
    whole, both = covered(), halves()
    if whole is None or both is None:
        return {}
    length, starts = period(), trends()["period_start"]
    late = starts[starts.between(pd.Timestamp(both[1].first), pd.Timestamp(both[1].last))]
    found = {_last(length, late.nunique()): both}
    days = period_covered() if has_rows() else None
    # the day of the last conversation may not be over, unless its period is
    first, last = (days[0], max(whole.last, days[1] - dt.timedelta(days=1))) if days else (whole.first, whole.last)
    for unit, long in LENGTHS.items():
        end = (pd.Timestamp(last) + pd.Timedelta(days=1)).to_period(unit[0].upper()).start_time
        after, before = (Stretch((end - n * long).date(), _end(end - n * long, unit)) for n in (1, 2))
        if before.first >= first and (days or length in ("day", unit)):
            found.setdefault(_last(unit, 1), (before, after))
    if days and (chosen.since or chosen.until):
        inside = _halved(max(chosen.since or days[0], days[0]), min(chosen.until or days[1], days[1]))
        found.update({"Half of the filtered days": inside} if inside else {})
    return found


def compared(before: Stretch, after: Stretch, chosen: Filter) -> pd.DataFrame:
    """Return clusters with their conversations in two stretches of time: all of which every period is told.

    Returns
    -------
    DataFrame
        The clusters with `before_count`, `after_count`, their shares, `change` (of the share) and `score`: how many
        standard deviations the share has moved, if users went on as before.
    """
    counts = [_within(stretch, chosen) for stretch in (before, after)]
    rows = clusters()
    rows = rows[[all(cluster in told for told, _ in counts) for cluster in rows["cluster_id"]]].copy()
    for name, (told, total) in zip(("before", "after"), counts, strict=True):
        rows[f"{name}_count"] = rows["cluster_id"].map(told).astype(int)
        rows[f"{name}_total"] = total
        rows[f"{name}_share"] = rows[f"{name}_count"] / rows[f"{name}_total"].clip(lower=1)
    rows["change"] = rows["after_share"] - rows["before_share"]
    both = (rows["before_count"] + rows["after_count"]) / (rows["before_total"] + rows["after_total"]).clip(lower=1)
    spread = np.sqrt(
        both * (1 - both) * (1 / rows["before_total"].clip(lower=1) + 1 / rows["after_total"].clip(lower=1))
    )
    rows["score"] = np.where(spread > 0, rows["change"] / spread.where(spread > 0, 1), 0.0)
    return rows


def figures(stretch: Stretch, chosen: Filter) -> pd.Series:
    """Return the totals of a stretch of time."""
    if has_rows():
        return totals(stretch.of(chosen))
    _, count = _within(stretch, chosen)
    return pd.Series(
        {"conversations": count, "users": None, "outlier_share": None, "frustration_rate": None, "concern_rate": None}
    )


def _within(stretch: Stretch, chosen: Filter) -> tuple[dict[str, int], int]:
    """Return the conversations of each cluster of which every period is told, and how many there are in all."""
    if has_rows():
        rows = counted_clusters(stretch.of(chosen))
        total = int(rows.loc[rows["level"] == 0, "chosen_count"].sum())
        return dict(zip(rows["cluster_id"], rows["chosen_count"], strict=True)), total
    rows, ids = trends(), clusters()[["cluster_id", "level"]]
    rows = rows[rows["period_start"].between(pd.Timestamp(stretch.first), pd.Timestamp(stretch.last))]
    tops = ids.loc[ids["level"] == 0, "cluster_id"]
    # the outliers count what is not told of the others
    total = int(rows.loc[rows["cluster_id"].isin(tops), "conversation_count"].sum())
    counts = _told(rows).groupby("cluster_id")["conversation_count"].sum()
    return {str(cluster): int(count) for cluster, count in counts.items()}, total


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the clusters of `trends` of which every period is told: none is too small."""
    return rows[~rows["cluster_id"].isin(rows.loc[rows["conversation_count"].isna(), "cluster_id"])]


def _counted(built: pd.DataFrame, chosen: Filter) -> pd.DataFrame:
    where, values = chosen.where()
    length = built["period"].iloc[0]
    counted = query(
        f"select b.ancestor_cluster_id as cluster_id, cast(date_trunc('{length}', {day()}) as date) as period_start,"
        f" count(*) as conversation_count, count(distinct f.user_id) as user_count from {CONVERSATIONS}"
        " inner join bridge_kura__cluster_ancestors as b on f.cluster_id = b.descendant_cluster_id"
        f" where f.started_at is not null and {where} group by 1, 2",
        *values,
    )
    counted = counted.assign(period_start=pd.to_datetime(counted["period_start"]))
    periods = built[["period", "period_start", "is_complete"]].drop_duplicates("period_start")
    first, last = (pd.Timestamp(day) if day else None for day in (chosen.since, chosen.until))
    ends = pd.to_datetime([_end(start, length) for start in periods["period_start"]])
    # a period of which only some days are chosen is not complete
    whole = np.full(len(periods), True)
    some = whole.copy()
    if first is not None:
        whole, some = whole & (periods["period_start"] >= first), some & (ends >= first)
    if last is not None:
        whole, some = whole & (ends <= last), some & (periods["period_start"] <= last)
    periods = periods.assign(is_complete=periods["is_complete"].astype(bool) & whole)[some]
    ids = clusters()[["cluster_id", "level"]]
    rows = periods.merge(ids, how="cross").merge(counted, on=["cluster_id", "period_start"], how="left")
    rows[["conversation_count", "user_count"]] = rows[["conversation_count", "user_count"]].fillna(0).astype(int)
    everything = rows[rows["level"] == 0].groupby("period_start")["conversation_count"].sum()
    rows["share"] = rows["conversation_count"] / rows["period_start"].map(everything).clip(lower=1)
    return _shared(rows.assign(trend=None, trend_score=np.nan)[list(TRENDS)])


def _shared(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows without shares of nothing: a period without a conversation says nothing of what people talk about."""
    some = rows.loc[rows["conversation_count"].fillna(0) > 0, "period_start"]
    return rows.assign(share=rows["share"].where(rows["period_start"].isin(some)))


def _halved(first: dt.date, last: dt.date) -> tuple[Stretch, Stretch] | None:
    """Return the two halves of some days, equally long, so that of an odd number the first day is left out; None of a single one."""
    half, day = dt.timedelta(days=((last - first).days + 1) // 2), dt.timedelta(days=1)
    return (Stretch(last - 2 * half + day, last - half), Stretch(last - half + day, last)) if half >= day else None


def _last(length: str, number: int) -> str:
    return f"Last {length}" if number == 1 else f"Last {number} {length}s"


def _end(start: pd.Timestamp, length: str) -> dt.date:
    """Return the last day of a period."""
    return (pd.Timestamp(start) + LENGTHS[length] - pd.Timedelta(days=1)).date()


def _last_periods(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["is_complete"].astype(bool)]
    return rows[rows["period_start"].isin(sorted(rows["period_start"].unique())[-TREND_PERIODS:])]

"""What there is, how fresh and how good it is, and what moves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer import (
    charts,
    choice,
    components,
    controls,
    filters,
    findings,
    lists,
    look,
    navigation,
    periods,
    questions,
    ranking,
)
from kura_explorer.choice import Filter
from kura_explorer.text import told_apart
from kura_explorer.warehouse import has

MOVERS = 4  # of each kind
LARGEST = 12
ALERTS = 6
TOOLS, TOPICS_OF_A_TOOL = 8, 8


def show() -> None:
    """Show the page."""
    st.title("What people talk about", anchor=False)
    chosen = filters.choose()
    filters.titled("What people talk about", chosen)
    with look.loading(420):
        clusters, trends, runs = questions.counted_clusters(chosen), periods.trends(chosen), questions.runs()
    everything = int(clusters.loc[clusters["level"] == 0, "conversation_count"].sum())
    built = "" if runs.empty else f" Built {look.ago(runs['started_at'].iloc[0])}, provider {runs['provider'].iloc[0]}."
    if not everything:
        look.lead(f"No conversations.{built}")
        look.nothing_yet()
        _show_runs(runs)
        return
    here = clusters[clusters["chosen_count"] > 0]
    there = questions.named(here)
    tops, leaves = (ranking.of_level(there, level) for level in (ranking.TOPICS, ranking.CLUSTERS))
    filtered = "" if chosen == choice.EVERYTHING else f" As filtered: {filters.words(chosen)}."
    if here.empty:
        look.lead(filtered + built)
        filters.nothing_left()
        return
    look.lead(_said(int(here.loc[here["level"] == 0, "chosen_count"].sum()), tops, leaves) + filtered + built)
    _show_figures(chosen, len(tops))
    colour = navigation.colours(clusters)
    if chosen == choice.EVERYTHING:  # they are of all conversations
        _show_alerts(colour)
    # without times there is nothing to stand beside the topics
    left, right = st.columns([4, 3], gap="large") if len(trends) else (st.container(), st.container())
    with left:
        _show_topics(there, trends, colour)
        _show_tools(findings.tools_of_topics(chosen), told_apart(clusters[clusters["level"] == 0]), colour)
    with right:
        _show_periods(trends)
        if len(leaves):
            _show_movement(leaves[~leaves["is_suppressed"].astype(bool)], trends, colour)
    _show_runs(runs)


def _said(number: int, tops: pd.DataFrame, leaves: pd.DataFrame) -> str:
    if tops.empty:
        few = "too few alike to make a topic" if choice.has_rows() else "in no topic large enough to be told"
        return f"{look.many(number, 'conversation')}, {few}."
    inside = "." if len(leaves) == len(tops) else f" and {look.many(len(leaves), 'cluster')}."
    return f"{look.many(number, 'conversation')} in {look.many(len(tops), 'topic')}{inside}"


def _show_runs(runs: pd.DataFrame) -> None:
    # a table takes longer to load than all the rest of this page, so it comes when it is asked for
    if runs.empty or not controls.switch("Show the runs", "runs"):
        return
    columns: dict[str, Any] = {
        "started_at": st.column_config.DatetimeColumn("Began (UTC)", format="YYYY-MM-DD HH:mm"),
        "provider": "Provider",
        "decision": "Clusters",
        "rows_in": "Conversations",
        "rows_new": "New",
        "rows_failed": "Failed",
        "rejected_share": st.column_config.NumberColumn("Messages rejected", format=look.PERCENT),
        "calls": "Calls",
        "cost_usd": st.column_config.NumberColumn("Cost", format="$%.4f"),
        "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
    }
    lists.show("Runs", runs, columns)
    lists.download("runs", lambda: runs, "runs")


def _show_figures(chosen: Filter, topics: int) -> None:
    found, fit, spent = questions.totals(chosen), questions.latest_fit(), questions.spent()
    users, has_model, has_rows = found["users"], questions.has_model(), choice.has_rows()
    is_all = chosen == choice.EVERYTHING
    # numbers alone say of a time no more than the period it is in
    newest = (
        ("Newest conversation", look.day(found["latest_day"]), look.ago(found["latest"]))
        if has_rows
        else (f"Newest {periods.period()}", look.day(found["latest_day"]), "its first day")
    )
    figures = [
        ("Conversations", look.count(found["conversations"]), f"{look.count(found['unprocessed'])} unprocessed"),
        *([("Users", look.count(users) if users else "–", "no ids in the input" if not users else "one id" if users == 1 else "different ids")] if has_rows else []),
        *([newest] if pd.notna(found["latest_day"]) else []),
    ]  # fmt: skip
    if is_all:
        figures.append(
            ("Cost", look.money(spent), f"{look.money(spent / max(found['conversations'], 1))} a conversation")
        )
    if has_model:
        figures += [
            ("Frustrated", look.percent(found["frustration_rate"]), "angry or giving up"),
            ("Concerning", look.percent(found["concern_rate"]), "worth a second look"),
        ]
    lost = questions.rejected_share()
    if is_all and lost >= 0.0005:  # less is 0.0 % in print
        figures.append(("Rejected", look.percent(lost), "of the input's messages"))
    # where numbers alone are told, topics that are too small are counted among the outliers
    nowhere = ("Fits nowhere", "outliers") if has_rows else ("In no topic", "outliers, or too few to be told")
    figures.append((nowhere[0], look.percent(found["outlier_share"]), nowhere[1]))
    if is_all and topics > 1 and fit is not None and pd.notna(fit["silhouette"]):
        figures.append(("Topics", *look.separation(fit["silhouette"])))
    look.cards(figures)
    if has_rows and not has_model:
        look.needs_a_model()


def _show_alerts(colour: dict[str, str]) -> None:
    rows, length = findings.alerts(), periods.period()
    if rows.empty:  # a quiet day
        number = periods.trends()["period_start"].nunique()
        if has("fct_kura__alerts") and number:  # what has no times is said beside
            st.caption(quiet(number, length))
        return
    st.subheader("Alerts", anchor=False)
    first = rows.head(ALERTS)
    picked = components.short_list(
        "Alerts",
        [
            {
                "id": row.alert_id, "name": row.name, "colour": colour[row.cluster_id], "flag": look.alert(row.kind, row.since),
                "note": look.usual_and_now(row.usual_share, row.share),
            }
            for row in questions.each(first)
        ],
        ("Cluster", "Share: usual → now"),
        key="alerts",
    )  # fmt: skip
    alerted = dict(zip(first["alert_id"], first["cluster_id"], strict=True))
    if picked in alerted:
        navigation.open_cluster(alerted[picked])
    rest = f" The gravest {ALERTS} of {len(rows)}." if len(rows) > ALERTS else ""
    st.caption(
        f"What the last build found to be otherwise than usual, beyond chance. Now: the last {length}, or the last four together,"
        f" whenever it began. Where more goes wrong, the share is of the cluster's conversations, otherwise of all.{rest}"
    )


def quiet(number: int, length: str) -> str:
    """Return why there is no alert, of so many periods."""
    if number < findings.PERIODS_OF_NEW:
        return (
            f"Alerts: none. They tell the last {length}s from those before: from {findings.PERIODS_OF_A_SPIKE} {length}s on a sudden"
            f" rise, from {findings.PERIODS_OF_NEW} on what is new or grows; there {'is' if number == 1 else 'are'} {number}."
        )
    return (
        f"Alerts: none. Nothing in the last four {length}s is otherwise than usual, beyond chance. What has gone on for longer"
        " is usual by now: the page Changes compares any two stretches of time."
    )


def _show_topics(there: pd.DataFrame, trends: pd.DataFrame, colour: dict[str, str]) -> None:
    moved, lines = periods.movement(trends), periods.lines(trends)
    st.subheader("Topics", anchor=False)
    if there.empty:
        st.caption("None.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        level = ranking.choose_level(there)
        rows = ranking.of_level(there, level)
        by = ranking.choose(moved, rows)
        rows = ranking.ordered(rows, moved, by)
        lists.download("topics", lambda: ranking.spreadsheet(rows), "overview")
    chosen = components.tree(
        [
            {
                "id": row.cluster_id, "parent": None, "name": row.name, "level": 0, "count": int(row.chosen_count),
                "note": ranking.note(row, by), "colour": colour[row.cluster_id], "is_leaf": True,
                "line": lines.get(row.cluster_id, []), "flag": look.flag(moved["trend"].get(row.cluster_id)),
            }
            for row in questions.each(told_apart(rows).head(LARGEST))
        ],
        periods.period(),
        key="overview_tree",
    )  # fmt: skip
    if chosen:
        navigation.open_cluster(chosen)
    ranking.explain(by)
    if len(rows) > LARGEST:
        st.caption(f"The first {LARGEST} of {len(rows)}; all of them are on the page Topics.")


def _show_tools(calls: pd.DataFrame, tops: pd.DataFrame, colour: dict[str, str]) -> None:
    if calls.empty:
        return
    st.subheader("Tools", anchor=False)
    figures = ["call_count", "answered_count", "failed_count"]
    tools = (
        calls.groupby("tool", as_index=False)[figures]
        .sum()
        .sort_values(["call_count", "tool"], ascending=[False, True])
    )
    calls = calls.merge(tops[["cluster_id", "name"]], on="cluster_id").sort_values(
        ["call_count", "name"], ascending=[False, True]
    )
    rows, places = [], dict[str, str]()
    for tool in questions.each(_noted(tools.head(TOOLS))):
        rows.append(
            {"id": tool.tool, "name": tool.tool, "count": int(tool.call_count), "note": tool.note, "is_leaf": False}
        )
        for topic in questions.each(_noted(calls[calls["tool"] == tool.tool].head(TOPICS_OF_A_TOOL))):
            place = f"{topic.cluster_id} {tool.tool}"
            places[place] = topic.cluster_id
            rows.append(
                {
                    "id": place,
                    "parent": tool.tool,
                    "level": 1,
                    "name": topic.name,
                    "count": int(topic.call_count),
                    "note": topic.note,
                    "colour": colour[topic.cluster_id],
                }
            )
    picked = components.short_list("Tools", rows, ("Tool", "Calls"), key="tools")
    if picked in places:
        navigation.open_cluster(places[picked])
    rest = f" The {TOOLS} of {len(tools)} that are called most." if len(tools) > TOOLS else ""
    rest += "" if choice.has_rows() else " What too few conversations call is not counted."
    st.caption(f"A tool opens the topics that call it most, a topic its page. Failed: of the answered calls.{rest}")


def _noted(rows: pd.DataFrame) -> pd.DataFrame:
    shares, digits = findings.failed(rows), 1 if choice.has_rows() else 0
    return rows.assign(note=["" if pd.isna(share) else f"{look.percent(share, digits)} failed" for share in shares])


def _show_periods(trends: pd.DataFrame) -> None:
    overall = periods.overall(trends)
    if overall.empty:
        look.no_times()
        return
    st.subheader(f"Conversations per {periods.period()}", anchor=False)
    overall = charts.latest(overall)
    overall = overall.assign(is_complete=periods.is_covered(overall))
    charts.show(charts.over_time(overall, 200))
    charts.say_what_is_pale(overall)


def _show_movement(leaves: pd.DataFrame, trends: pd.DataFrame, colour: dict[str, str]) -> None:
    moved = told_apart(leaves).merge(periods.movement(trends), on="cluster_id")
    if moved.empty or moved["trend"].isna().all():
        return
    st.subheader("New, growing, fading", anchor=False)
    surest = moved.reindex(moved["trend_score"].abs().sort_values(ascending=False).index)
    rows = pd.concat([surest[surest["trend"] == trend].head(MOVERS) for trend in ("new", "growing", "fading")])
    if rows.empty:
        st.caption("Nothing beyond chance.")
        return
    picked = components.short_list(
        "New, growing, fading",
        [
            {
                "id": row.cluster_id, "name": row.name, "colour": colour[row.cluster_id],
                "flag": look.flag(row.trend), "note": look.shares(row),
            }
            for row in questions.each(rows)
        ],
        ("Cluster", "Share of all"),
        key="moved",
    )  # fmt: skip
    if picked:
        navigation.open_cluster(picked)
    number = max(map(len, periods.lines(trends).values()), default=0)
    st.caption(
        f"Beyond chance in the last {number} complete {periods.period()}s; the mean share in the first half → in the second."
    )

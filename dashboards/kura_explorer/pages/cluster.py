"""Everything about one cluster."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer import (
    address,
    charts,
    choice,
    components,
    controls,
    edits,
    filters,
    findings,
    lists,
    look,
    navigation,
    outcomes,
    periods,
    questions,
    text,
)
from kura_explorer.choice import Filter
from kura_explorer.text import markdown

HIDDEN = "Hidden"
LARGEST = 12


def show() -> None:
    """Show the page."""
    chosen = filters.choose()
    with look.loading(420):
        clusters = questions.counted_clusters(chosen)
    if not clusters["conversation_count"].sum():
        st.title("Cluster", anchor=False)
        look.nothing_yet()
        return
    there = clusters[clusters["conversation_count"] > 0]
    paths, ids = text.paths(clusters), list(there["cluster_id"])
    # what a page that was opened from here was asked for stands in the way back from it (`address.LEFT`), and is this cluster
    first = next((cluster for cluster in address.clusters() if cluster in ids), ids[0])
    wanted = controls.select("Cluster", ids, "id", first, paths.__getitem__, help="Type to search")
    navigation.lead_on(address.one("id"), chosen)
    cluster = questions.one(clusters, wanted or first)
    st.title(markdown(cluster.name), anchor=False)
    filters.titled(cluster.name, chosen)
    if cluster.is_suppressed:
        filters.summary(chosen, int(cluster.chosen_count), int(cluster.conversation_count))
        st.info(_why_suppressed(clusters, cluster), icon=":material/info:")
        return
    if pd.notna(cluster.description):
        look.lead(cluster.description)
    edits.show(there, cluster)
    if chosen != choice.EVERYTHING:
        filters.summary(chosen, int(cluster.chosen_count), int(cluster.conversation_count))
        if not cluster.chosen_count:
            filters.nothing_left()
            return
    rows = periods.trends(chosen)
    _show_figures(cluster, chosen, rows)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_trend(cluster.cluster_id, rows)
        _show_examples(cluster.cluster_id, chosen)
    with right:
        _show_issues(cluster.cluster_id, chosen)
        _show_facets(cluster.cluster_id, chosen)
    _show_tools(cluster.cluster_id)
    _show_relatives(clusters, cluster)
    _show_lineage(cluster.cluster_id)


def _why_suppressed(clusters: pd.DataFrame, cluster: Any) -> str:
    if cluster.name == HIDDEN:
        return "An edit hides it."
    inside = set(clusters.loc[clusters["parent_cluster_id"] == cluster.cluster_id, "name"])
    return "All that is in it is hidden by edits." if inside == {HIDDEN} else navigation.TOO_FEW


def _show_figures(counted: Any, chosen: Filter, rows: pd.DataFrame) -> None:
    everything, moved = questions.totals(chosen), periods.movement(rows)
    cluster_id, has_rows = counted.cluster_id, choice.has_rows()
    trend = moved["trend"].get(cluster_id)
    name, sign = look.SIGNS.get(str(trend), ("–", ""))
    first, last = (
        (counted.chosen_first, counted.chosen_last) if has_rows else (counted.first_seen_at, counted.last_seen_at)
    )
    seen = "First seen" if has_rows else f"First {periods.period()}"
    remark = f"of {look.count(everything['users'])}" if has_rows else "different ids"
    has_two = cluster_id in moved.index and rows.loc[rows["is_complete"].astype(bool), "period_start"].nunique() > 1
    shares = look.shares(moved.loc[cluster_id]) if has_two else None
    moves = "not tested" if shares is None else f"share {shares}" if shares else "too few to be told"
    figures = [
        ("Conversations", look.count(counted.chosen_count), f"{look.percent(counted.chosen_share)} of all"),
        *([("Users", look.count(counted.chosen_users), remark)] if pd.notna(counted.chosen_users) and counted.chosen_users else []),
        ("Trend", f"{sign} {name}".strip(), moves),
        *([(seen, look.day(first), f"last {look.day(last)}")] if pd.notna(first) else []),
    ]  # fmt: skip
    if questions.has_model():
        figures += [
            ("Frustrated", look.percent(counted.frustration_rate), f"everywhere {look.percent(everything['frustration_rate'])}"),
            ("Concerning", look.percent(counted.concern_rate), f"everywhere {look.percent(everything['concern_rate'])}"),
        ]  # fmt: skip
    if pd.notna(counted.resolved_share):
        everywhere = outcomes.resolved_share(chosen)
        remark = "ended well for the user" if everywhere is None else f"everywhere {look.percent(everywhere)}"
        figures.append(("Resolved", look.percent(counted.resolved_share), remark))
    if pd.notna(counted.opportunity):
        figures.append(("Opportunity", f"{counted.opportunity:.1f}", "end unresolved, a week"))
    look.cards(figures)
    if has_rows:
        with st.container(horizontal=True):
            if st.button("Show its conversations", icon=":material/forum:"):
                navigation.open_page("conversations", **{"in": cluster_id})
            if st.button("Show it on the map", icon=":material/scatter_plot:"):
                navigation.open_page("map", focus=cluster_id)


def _show_trend(cluster_id: str, trends: pd.DataFrame) -> None:
    rows = trends[trends["cluster_id"] == cluster_id]
    if rows.empty:
        look.no_times()
        return
    st.subheader(f"Conversations per {periods.period()}", anchor=False)
    if rows["conversation_count"].isna().all():
        st.caption(f"Too few in each {periods.period()} to be told.")
        return
    drawn = charts.latest(rows)
    covered = drawn.assign(is_complete=periods.is_covered(drawn))
    charts.show(charts.over_time(covered, 170))
    charts.say_what_is_pale(covered)
    if drawn["is_complete"].sum() > 1:
        charts.show(charts.share_over_time(drawn, 130))
    if drawn["conversation_count"].isna().any():
        st.caption(f"Where there is no bar, the {periods.period()} has no conversations, or too few to be told.")
    shown = rows[["period_start", "conversation_count", "share", "is_complete"]]
    lists.download("periods", lambda: shown, "periods")


def _show_examples(cluster_id: str, chosen: Filter) -> None:
    if not choice.has_rows():
        return
    rows = questions.examples(cluster_id, chosen).dropna(subset=["summary"])
    st.subheader("Examples", anchor=False)
    if rows.empty:
        st.caption("None that may be shown.")
        return
    picked = components.quotes(
        [{"id": row.conversation_id, "text": row.summary} for row in questions.each(rows)], key=f"examples_{cluster_id}"
    )
    if picked:
        navigation.read(picked)


def _show_issues(cluster_id: str, chosen: Filter) -> None:
    rows = outcomes.issues(cluster_id, chosen)
    if rows.empty:
        return
    st.subheader("What goes wrong most", anchor=False)
    sides = outcomes.by_side(rows)
    look.facts([(f"{side.capitalize()}, {look.count(number)}", "; ".join(named)) for side, number, named in sides])
    st.caption("By whose side it is on, with the number of conversations.")
    lists.download("issues", lambda: rows, "issues")


def _show_facets(cluster_id: str, chosen: Filter) -> None:
    rows = questions.cluster_facets(cluster_id, chosen)
    if rows.empty:
        return
    st.subheader("Against the average", anchor=False)
    st.caption("Bar: share in this cluster. Tick: share everywhere. ×: one divided by the other.")
    for facet, part in rows.groupby("facet", sort=False):
        scaled = facet in filters.SCORES
        part = part.sort_values("value") if scaled else part.nlargest(6, "conversation_count")
        st.markdown(f"**{markdown(filters.title(str(facet)))}**{' (1 to 5)' if scaled else ''}")
        look.against_average(part)
    lists.download("facets", lambda: rows, "facets")
    if choice.has_rows() and not questions.has_model():
        look.needs_a_model()


def _show_tools(cluster_id: str) -> None:
    rows = findings.tools(cluster_id)
    if rows.empty:
        return
    st.subheader("Tools", anchor=False)
    percent = st.column_config.NumberColumn(format=look.PERCENT)
    names = {
        "tool": "Tool", "call_count": "Calls", "failed_share": "Failed", "retry_share": "Retries", "loop_share": "Loops",
        "conversation_count": "Conversations", "mean_seconds": "Seconds",
    }  # fmt: skip
    lists.show(
        "Tools", rows[list(names)].rename(columns=names),
        {"Failed": percent, "Retries": percent, "Loops": percent, "Seconds": st.column_config.NumberColumn(format="%.1f")},
    )  # fmt: skip
    st.caption(
        "Over all its conversations. Failed: of the answered calls. Retries: calls right after a failed one. Loops: conversations"
        " that ask a tool the same three times or more. Seconds: until the answer, on average."
    )


def _show_relatives(clusters: pd.DataFrame, cluster: Any) -> None:
    below = clusters[(clusters["parent_cluster_id"] == cluster.cluster_id) & (clusters["chosen_count"] > 0)]
    below = below.sort_values("chosen_count", ascending=False, kind="stable")
    near, colour = questions.neighbours(clusters, cluster), navigation.colours(clusters)
    left, right = st.columns(2, gap="large")
    if len(below):
        with left:
            st.subheader("Inside it", anchor=False)
            navigation.pick_cluster("Inside it", below.head(LARGEST), colour, f"inside_{cluster.cluster_id}")
            if len(below) > LARGEST and st.button(f"Show all {len(below)} of them", icon=":material/account_tree:"):
                navigation.open_page("topics", at=cluster.cluster_id)
    if len(near):
        with right if len(below) else left:
            title = "Nearest on the map" if choice.has_rows() else "Nearest to it"  # numbers alone have no map
            st.subheader(title, anchor=False)
            navigation.pick_cluster(title, near, colour, f"near_{cluster.cluster_id}")
    if pd.notna(cluster.parent_cluster_id):
        parent = questions.one(clusters, cluster.parent_cluster_id).name
        if st.button(f"Up to {markdown(parent)}", icon=":material/arrow_upward:"):
            navigation.open_cluster(cluster.parent_cluster_id)


def _show_lineage(cluster_id: str) -> None:
    rows = questions.lineage(cluster_id)
    if rows.empty or (len(rows) == 1 and rows["change"].iloc[0] == "born"):
        return
    st.subheader("What refits did to it", anchor=False)
    names = {"fitted_at": "When", "change": "Change", "old_name": "Before", "new_name": "After"}
    shares = {"share_of_old": "Share of the old one", "share_of_new": "Share of the new one"}
    shown = rows[[*names, *shares]].fillna({"old_name": "–", "new_name": "–"}).rename(columns={**names, **shares})
    columns = {
        "When": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        **{title: st.column_config.NumberColumn(format=look.PERCENT) for title in shares.values()},
    }
    lists.show("What refits did to it", shown, columns)

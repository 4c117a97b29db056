"""What there is, how fresh and how good it is, and what moves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from kura_explorer import charts, components, look, questions
from kura_explorer.navigation import colours, open_cluster
from kura_explorer.text import for_spreadsheet

MOVERS = 4  # of each kind


def show() -> None:
    """Show the page."""
    st.title("What people talk about")
    clusters, runs = questions.clusters(), questions.runs()
    named = clusters[~clusters["is_outliers"] & ~clusters["is_unprocessed"]]
    tops = named[named["level"] == 0]
    built = "" if runs.empty else f" Built {look.ago(runs['started_at'].iloc[0])}, provider {runs['provider'].iloc[0]}."
    look.lead(
        f"{look.count(clusters.query('level == 0')['conversation_count'].sum())} conversations in {len(tops)} topics and"
        f" {int(named['is_leaf'].sum())} clusters.{built}"
    )
    _show_figures()
    colour = colours(clusters)
    left, right = st.columns([4, 3], gap="large")
    with left:
        _show_topics(tops, colour)
    with right:
        _show_periods()
        _show_movement(named[named["is_leaf"] & ~named["is_suppressed"]], colour)
    with st.expander("Runs"):
        columns: dict[str, Any] = {
            "started_at": st.column_config.DatetimeColumn("Began (UTC)", format="YYYY-MM-DD HH:mm"),
            "provider": "Provider",
            "decision": "Clusters",
            "rows_in": "Conversations",
            "rows_new": "New",
            "rows_failed": "Failed",
            "rejected_share": st.column_config.NumberColumn("Messages rejected", format="percent"),
            "calls": "Calls",
            "cost_usd": st.column_config.NumberColumn("Cost", format="$%.4f"),
            "seconds": st.column_config.NumberColumn("Seconds", format="%.0f"),
        }
        st.dataframe(for_spreadsheet(runs), hide_index=True, column_config=columns)


def _show_figures() -> None:
    everything, fit, spent = questions.totals(), questions.latest_fit(), questions.spent()
    users, has_model, has_rows = everything["users"], questions.has_model(), questions.has_rows()
    figures = [
        ("Conversations", look.count(everything["conversations"]), f"{look.count(everything['unprocessed'])} unprocessed"),
        *([("Users", look.count(users) if users else "–", "different ids" if users else "no ids in the input")] if has_rows else []),
        ("Newest conversation", look.day(everything["latest"]), look.ago(everything["latest"])),
        ("Cost", look.money(spent), f"{look.money(spent / max(everything['conversations'], 1))} a conversation"),
    ]  # fmt: skip
    if has_model:
        figures += [
            ("Frustrated", look.percent(everything["frustration_rate"]), "angry or giving up"),
            ("Concerning", look.percent(everything["concern_rate"]), "worth a second look"),
        ]
    lost = questions.rejected_share()
    if lost >= 0.0005:  # less is 0.0 % in print
        figures.append(("Rejected", look.percent(lost), "of the input's messages"))
    figures.append(("Fits nowhere", look.percent(everything["outlier_share"]), "outliers"))
    if fit is not None and pd.notna(fit["silhouette"]):
        largest = f"largest topic {look.percent(fit['largest_cluster_share'])}"
        figures.append(("Separation", f"{fit['silhouette']:.2f}", f"silhouette, −1 to 1; {largest}"))
    look.cards(figures)
    if has_rows and not has_model:
        st.caption("Frustration and concern need a language model.")


def _show_topics(tops: pd.DataFrame, colour: dict[str, str]) -> None:
    st.subheader("Largest topics")
    trend, lines = questions.movement()["trend"], questions.lines()
    chosen = components.tree(
        [
            {
                "id": row.cluster_id, "parent": None, "name": row.name, "level": 0, "count": int(row.conversation_count),
                "note": look.percent(row.share), "colour": colour[row.cluster_id], "is_leaf": True,
                "line": lines.get(row.cluster_id, []), "flag": look.flag(trend.get(row.cluster_id)),
            }
            for row in questions.each(tops.nlargest(12, "conversation_count"))
        ],
        questions.period(),
        key="overview_tree",
    )  # fmt: skip
    if chosen:
        open_cluster(chosen)


def _show_periods() -> None:
    overall = questions.overall_trend()
    st.subheader(f"Conversations per {questions.period()}")
    if overall.empty:
        st.info("The conversations have no times.", icon=":material/info:")
        return
    st.altair_chart(charts.over_time(overall, 200))
    if not overall["is_complete"].all():
        st.caption(f"A pale bar is a {questions.period()} that may not be over yet.")


def _show_movement(leaves: pd.DataFrame, colour: dict[str, str]) -> None:
    st.subheader("New, growing, fading")
    moved = leaves.merge(questions.movement(), on="cluster_id")
    if moved["trend"].isna().all():
        st.info(f"This needs four complete {questions.period()}s.", icon=":material/info:")
        return
    surest = moved.reindex(moved["trend_score"].abs().sort_values(ascending=False).index)
    rows = pd.concat([surest[surest["trend"] == trend].head(MOVERS) for trend in ("new", "growing", "fading")])
    if rows.empty:
        st.caption("Nothing beyond chance.")
        return
    picked = components.short_list(
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
        open_cluster(picked)
    number = max(map(len, questions.lines().values()), default=0)
    st.caption(
        f"Beyond chance in the last {number} complete {questions.period()}s; the mean share in the first half → in the second."
    )

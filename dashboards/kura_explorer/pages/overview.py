"""What there is, how fresh and how good it is, and what moves."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kura_explorer import charts, components, look, questions
from kura_explorer.navigation import colours, open_cluster


def show() -> None:
    """Show the page."""
    st.title("What people talk about")
    clusters = questions.clusters()
    named = clusters[~clusters["is_outliers"] & ~clusters["is_unprocessed"]]
    everything, fit, runs = questions.totals(), questions.latest_fit(), questions.runs()
    latest = None if runs.empty else runs.iloc[0]
    tops = named[named["level"] == 0]
    look.lead(
        f"{look.count(everything['conversations'])} conversations in {len(tops)} topics and {int(named['is_leaf'].sum())}"
        " clusters."
        + (f" Built {look.ago(latest['started_at'])}, provider {latest['provider']}." if latest is not None else "")
    )
    spent = questions.spent()
    has_model = questions.has_model()
    look.cards(
        [
            ("Conversations", look.count(everything["conversations"]), f"{look.count(everything['failed'])} failed"),
            ("Users", look.count(everything["users"]) if everything["users"] else "–", "with an id" if everything["users"] else "no ids in the input"),
            ("Newest conversation", _day(everything["latest"]), look.ago(everything["latest"])),
            ("Cost", look.money(spent), f"{look.money(spent / max(everything['conversations'], 1))} a conversation"),
            ("Frustrated", look.percent(everything["frustration_rate"]), "4 or 5 of 5" if has_model else "needs a language model"),
            ("Concerning", look.percent(everything["concern_rate"], 1), "3 to 5 of 5" if has_model else "needs a language model"),
            ("Fits nowhere", look.percent(everything["outlier_share"], 1), "outliers"),
            *_quality(fit),
        ]
    )  # fmt: skip

    left, right = st.columns([3, 2], gap="large")
    with left:
        st.subheader("Largest topics")
        counted = tops.nlargest(10, "conversation_count")
        colour, trend = colours(clusters), _lines()
        moved = questions.movement().set_index("cluster_id")
        chosen = components.tree(
            [
                {
                    "id": row.cluster_id, "parent": None, "name": row.name, "level": 0, "count": int(row.conversation_count),
                    "note": look.percent(row.share), "colour": colour[row.cluster_id], "is_leaf": True,
                    "line": trend.get(row.cluster_id, []), "trend": flag(moved, row.cluster_id),
                }
                for row in counted.rename_axis("place").itertuples()
            ],
            key="overview_tree",
        )  # fmt: skip
        if chosen:
            open_cluster(chosen)
    with right:
        st.subheader("Conversations over time")
        overall = questions.overall_trend()
        if overall.empty:
            st.info("The conversations have no times.", icon=":material/info:")
        else:
            st.altair_chart(charts.over_time(overall, 220))
            if not overall["is_complete"].all():
                st.caption("The pale bar is a period that may not be over yet.")
    _show_movement(named)
    with st.expander("Runs"):
        wanted = [
            name
            for name in ("started_at", "decision", "provider", "rows_in", "rows_failed", "calls", "cost_usd", "seconds")
            if name in runs
        ]
        st.dataframe(
            runs[wanted].rename(columns={name: name.replace("_", " ").capitalize() for name in wanted}), hide_index=True
        )


def flag(moved: pd.DataFrame, cluster_id: str) -> tuple[str, str] | None:
    """Return the sign of a trend and its colour; None where nothing moves."""
    trend = moved["trend"].get(cluster_id, "steady") if len(moved) else "steady"
    if trend not in look.TREND or trend == "steady":
        return None
    name, sign, colour = look.TREND[trend]
    return f"{sign} {name.lower()}", colour


def _show_movement(named: pd.DataFrame) -> None:
    st.subheader("What is new, growing, fading")
    moved = questions.movement()
    if moved.empty:
        st.info("This needs at least two complete periods.", icon=":material/info:")
        return
    leaves = named[named["is_leaf"] & ~named["is_suppressed"]]
    colour = colours(questions.clusters())
    rows = leaves.merge(moved, on="cluster_id")
    for column, trend in zip(st.columns(3, gap="large"), ("new", "growing", "fading"), strict=True):
        name, sign, _ = look.TREND[trend]
        with column:
            st.markdown(f"**{sign} {name}**")
            these = rows[rows["trend"] == trend]
            these = these.nlargest(5, "latest") if trend == "new" else these.nlargest(5, "growth") if trend == "growing" else these.nsmallest(5, "growth")  # fmt: skip
            if these.empty:
                st.caption("Nothing beyond chance.")
                continue
            picked = components.short_list(
                [
                    {
                        "id": row.cluster_id, "name": row.name, "count": int(row.latest), "colour": colour[row.cluster_id],
                        "note": f"usual {row.expected:.1f}",
                    }
                    for row in these.itertuples(index=False)
                ],
                ("Cluster", "Conversations"),
                key=f"moved_{trend}",
            )  # fmt: skip
            if picked:
                open_cluster(picked)
    st.caption("The last complete period. Usual: the mean of the four periods before.")


def _quality(fit: pd.Series | None) -> list[tuple[str, str, str]]:
    if fit is None or pd.isna(fit["silhouette"]):
        return []
    return [
        (
            "Separation",
            f"{fit['silhouette']:.2f}",
            f"silhouette; largest topic {look.percent(fit['largest_cluster_share'])}",
        ),
    ]


def _lines() -> dict[str, list[int]]:
    rows = questions.trends()
    return {
        cluster: list(map(int, part["conversation_count"].tail(16))) for cluster, part in rows.groupby("cluster_id")
    }


def _day(moment: object) -> str:
    return "–" if pd.isna(moment) else f"{pd.Timestamp(moment):%d %b %Y}"

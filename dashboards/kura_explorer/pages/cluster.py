"""Everything about one cluster."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kura_explorer import charts, components, filters, look, questions
from kura_explorer.navigation import colours, open_cluster
from kura_explorer.text import for_spreadsheet, markdown


def show() -> None:
    """Show the page."""
    clusters = questions.clusters()
    by_id = clusters.set_index("cluster_id", drop=False)
    wanted = st.session_state.pop("cluster_id", None) or st.query_params.get("id")
    ids = list(by_id.index)
    # the address names the cluster that was shown last: it must not undo a choice that was made since
    if wanted in by_id.index and wanted != st.session_state.get("cluster_seen"):
        st.session_state["cluster_choice"] = wanted
    st.session_state.setdefault("cluster_choice", ids[0])
    if st.session_state["cluster_choice"] not in by_id.index:
        st.session_state["cluster_choice"] = ids[0]
    chosen = st.selectbox(
        "Cluster", ids, format_func=lambda cluster: by_id.loc[cluster, "path"], key="cluster_choice",
        help="Type to search",
    )  # fmt: skip
    st.session_state["cluster_seen"] = chosen
    st.query_params["id"] = chosen
    cluster = by_id.loc[chosen]
    st.title(markdown(cluster["name"]), anchor=False)
    if cluster["is_suppressed"]:
        st.info("Too few conversations or users to say anything about it.", icon=":material/info:")
        return
    look.lead(cluster["description"] or "")
    _show_figures(chosen)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _show_trend(chosen)
        if questions.has_rows():
            st.subheader("Examples")
            look.quotes(questions.examples(chosen) or ["None that may be shown."])
    with right:
        _show_facets(chosen)
    _show_relatives(clusters, cluster)
    _show_lineage(chosen)


def _show_figures(cluster_id: str) -> None:
    counted = questions.counted_clusters().set_index("cluster_id").loc[cluster_id]
    everything = questions.totals()
    moved = questions.movement()
    trend = moved["trend"].get(cluster_id)
    name, sign, _ = look.TREND.get(str(trend), ("–", "", ""))
    figures = [
        ("Conversations", look.count(counted["chosen_count"]), f"{look.percent(counted['share'])} of all"),
        ("Users", look.count(counted["user_count"]), f"of {look.count(everything['users'])}" if pd.notna(everything["users"]) else "different ids"),
        ("Trend", f"{sign} {name}".strip(), f"share {look.shares(moved.loc[cluster_id])}" if trend in look.TREND else "not tested"),
        ("First seen", look.day(counted["first_seen_at"]), f"last {look.day(counted['last_seen_at'])}"),
    ]  # fmt: skip
    if questions.has_model():
        figures += [
            ("Frustrated", look.percent(counted["frustration_rate"]), f"everywhere {look.percent(everything['frustration_rate'])}"),
            ("Concerning", look.percent(counted["concern_rate"]), f"everywhere {look.percent(everything['concern_rate'])}"),
        ]  # fmt: skip
    look.cards(figures)
    if questions.has_rows() and st.button("Show its conversations", icon=":material/forum:"):
        st.session_state["conversations_cluster"] = cluster_id
        st.switch_page(st.session_state["pages"]["conversations"])


def _show_trend(cluster_id: str) -> None:
    st.subheader(f"Conversations per {questions.period()}")
    rows = questions.cluster_trend(cluster_id)
    if rows.empty:
        st.info("The conversations have no times.", icon=":material/info:")
        return
    st.altair_chart(charts.over_time(rows, 170))
    if rows["is_complete"].sum() > 1:
        st.altair_chart(charts.share_over_time(rows, 130))


def _show_facets(cluster_id: str) -> None:
    st.subheader("Against the average")
    st.caption("Bar: share in this cluster. Tick: share everywhere. ×: one divided by the other.")
    rows = questions.cluster_facets(cluster_id)
    for facet, part in rows.groupby("facet", sort=False):
        scaled = facet in ("user_frustration", "concerning_score")
        part = part.sort_values("value") if scaled else part.nlargest(6, "conversation_count")
        st.markdown(f"**{markdown(filters.title(str(facet)))}**{' (1 to 5)' if scaled else ''}")
        st.altair_chart(charts.against_average(for_spreadsheet(part)))
    if questions.has_rows() and not questions.has_model():
        look.needs_a_model("Frustration and concern need")


def _show_relatives(clusters: pd.DataFrame, cluster: pd.Series) -> None:
    below = clusters[clusters["parent_cluster_id"] == cluster["cluster_id"]]
    near, colour = questions.neighbours(cluster), colours(clusters)
    left, right = st.columns(2, gap="large")
    if len(below):
        with left:
            st.subheader("Inside it")
            _pick(below, colour, "inside")
    with right if len(below) else left:
        st.subheader("Nearest on the map")
        if near.empty:
            st.caption("None.")
        else:
            _pick(near, colour, "near")
    if pd.notna(cluster["parent_cluster_id"]):
        parent = clusters.set_index("cluster_id").loc[cluster["parent_cluster_id"], "name"]
        if st.button(f"Up to {markdown(parent)}", icon=":material/arrow_upward:"):
            open_cluster(cluster["parent_cluster_id"])


def _pick(rows: pd.DataFrame, colour: dict[str, str], key: str) -> None:
    picked = components.short_list(
        [
            {
                "id": row.cluster_id, "name": row.name, "count": int(row.conversation_count),
                "note": look.percent(row.share), "colour": colour[row.cluster_id],
            }
            for row in questions.each(rows)
        ],
        ("Cluster", "Conversations"),
        key=f"{key}_{st.session_state['cluster_seen']}",
    )  # fmt: skip
    if picked:
        open_cluster(picked)


def _show_lineage(cluster_id: str) -> None:
    rows = questions.lineage(cluster_id)
    if rows.empty or (len(rows) == 1 and rows["change"].iloc[0] == "born"):
        return
    st.subheader("What refits did to it")
    names = {"fitted_at": "When", "change": "Change", "old_name": "Before", "new_name": "After"}
    shares = {"share_of_old": "Share of the old one", "share_of_new": "Share of the new one"}
    shown = rows[[*names, *shares]].fillna({"old_name": "–", "new_name": "–"}).rename(columns={**names, **shares})
    columns = {
        "When": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm"),
        **{title: st.column_config.NumberColumn(format="percent") for title in shares.values()},
    }
    st.dataframe(for_spreadsheet(shown), hide_index=True, column_config=columns)

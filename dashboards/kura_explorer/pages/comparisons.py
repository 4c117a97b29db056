"""What a release, a campaign or a month has done: every cluster on both sides of a comparison."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kura_explorer import (
    address,
    choice,
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
from kura_explorer.text import told_apart

DIFFERENCE, SUREST = "difference", "surest"
ORDERS = {DIFFERENCE: "Largest difference", SUREST: "Surest"}


def show() -> None:
    """Show the page."""
    st.title("What differs", anchor=False)
    look.titled("Comparisons")
    there = findings.comparisons()
    if not questions.totals()["conversations"]:
        look.nothing_yet()
        return
    if there.empty:
        st.info("Nothing is compared. The setting `kura_compare` says what to compare.", icon=":material/info:")
        return
    compared_by, baseline, segment = _choose(there)
    rows = findings.compared(compared_by, baseline, segment)
    if address.filters():
        st.caption("Comparisons are of all conversations: filters don't change them.")
    hidden = findings.hidden()
    if rows.empty:
        st.info("No cluster is large enough to be compared.", icon=":material/info:")
        ranking.say_left_out(hidden, ranking.TOPICS)
        return
    totals = rows.iloc[0]
    look.titled(f"Comparisons: {findings.side(compared_by, segment)} against {findings.side(compared_by, baseline)}")
    look.lead(
        f"{look.many(totals['baseline_total'], 'conversation')} of {findings.side(compared_by, baseline)} (the baseline),"
        f" {look.count(totals['conversation_total'])} of {findings.side(compared_by, segment)}."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        level = ranking.choose_level(rows)
        by = controls.segments("Order", ORDERS, "sort", label_visibility="collapsed")
        rows = told_apart(ordered(ranking.of_level(rows, level), by))
        lists.download("comparison", lambda: _spreadsheet(rows, compared_by, baseline, segment), "comparison")
    if compared_by == "period" and not choice.has_rows():
        st.caption(f"Numbers alone are published: counted are the {periods.period()}s that begin in these days.")
    _show_table(rows, f"{compared_by}_{baseline}_{segment}_{level}_{by}")
    ranking.say_left_out(hidden, level, ", and in no total")


def ordered(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return clusters with the largest difference, or the surest one, first."""
    rows = rows.assign(size=rows["share_difference"].abs())
    keys = ["q_value", "size"] if by == SUREST else ["size", "q_value"]
    ascending = [key == "q_value" for key in keys]
    rows = rows.sort_values([*keys, "sort_order"], ascending=[*ascending, True], na_position="last", kind="stable")
    return rows.drop(columns=["size"])


def _choose(there: pd.DataFrame) -> tuple[str, str, str]:
    """Let one comparison be chosen, and what is compared in it."""
    pairs = {f"{row.compared_by}: {row.baseline}": (row.compared_by, row.baseline) for row in questions.each(there)}
    told = {
        key: f"{filters.title(name)}: against {findings.side(name, baseline)}"
        for key, (name, baseline) in pairs.items()
    }
    left, right = st.columns(2)
    first = next(iter(pairs))
    with left:
        chosen = controls.select("Comparison", list(pairs), "comparison", first, told.__getitem__) or first
    compared_by, baseline = pairs[chosen]
    segments = list(there[(there["compared_by"] == compared_by) & (there["baseline"] == baseline)]["segment"])
    with right:
        segment = controls.select(
            "What is compared", segments, "segment", segments[0], lambda value: findings.side(compared_by, value)
        )
    return compared_by, baseline, segment or segments[0]


def _show_table(rows: pd.DataFrame, key: str) -> None:
    most = float(rows[["difference_low", "difference_high"]].abs().max().max())
    each = list(questions.each(rows))
    names = {
        "name": "Cluster", "difference": "Difference", "range": "Where it lies", "sure": "Chance?",
        "baseline_share": "Baseline share", "share": "Share", "baseline_count": "Baseline count",
        "conversation_count": "Count", "low": "From", "high": "To",
    }  # fmt: skip
    height = lists.height_of(rows["name"]) - 7  # of what Streamlit leaves for a picture
    verdicts = [findings.verdict(row.share_difference, row.q_value) for row in each]
    shown = rows.assign(
        difference=rows["share_difference"], low=rows["difference_low"], high=rows["difference_high"], sure=verdicts,
        range=[
            look.interval(
                row.share_difference, row.difference_low, row.difference_high, most, row.q_value < findings.BEYOND_CHANCE, height
            )
            for row in each
        ],
    )  # fmt: skip
    percent = st.column_config.NumberColumn(format=look.PERCENT)
    points = st.column_config.NumberColumn(format=look.POINTS, help="The 95 % interval of the difference, in points")
    # the first three fit on a telephone
    columns = {
        "Cluster": lists.NAME, "Baseline share": percent, "Share": percent, "From": points, "To": points,
        "Difference": st.column_config.NumberColumn("Change", format=look.POINTS, width=72, help="Of the share, in points"),
        "Where it lies": st.column_config.ImageColumn(width=110, help="Where the true difference lies with 95 % certainty; the upright line is none"),
    }  # fmt: skip
    picked = lists.show(
        "Clusters on both sides", shown[list(names)].rename(columns=names), columns, most=700,
        on_select="rerun", selection_mode="single-row", key=f"comparison_{key}",
    )  # fmt: skip
    st.caption(
        "Pick a row to open its cluster. The range says where the true difference of the shares lies with 95 % certainty;"
        " the upright line is no difference. Of many ranges a few miss that line by chance; the column Chance? allows for it:"
        " of all that are called beyond chance, about one in twenty is chance at most."
    )
    if picked.selection.rows:
        navigation.open_cluster(rows.iloc[picked.selection.rows[0]]["cluster_id"])


def _spreadsheet(rows: pd.DataFrame, compared_by: str, baseline: str, segment: str) -> pd.DataFrame:
    told = rows.assign(compared_by=compared_by, baseline=baseline, segment=segment)
    return told[["path", "level", "compared_by", "baseline", "segment", *findings.COMPARED[1:]]]

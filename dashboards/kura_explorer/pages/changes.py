"""Two stretches of time beside each other, and what has moved between them."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from kura_explorer import charts, choice, controls, filters, lists, look, navigation, periods, questions, ranking
from kura_explorer.choice import Filter
from kura_explorer.periods import SURE, Stretch
from kura_explorer.text import for_spreadsheet, told_apart

DRAWN = 12
BEFORE, AFTER = ("before", "before_to"), ("after", "after_to")


def show() -> None:
    """Show the page."""
    st.title("What has changed", anchor=False)
    chosen = filters.choose()
    filters.titled("What has changed", chosen)
    halves, covered = periods.halves(), periods.covered()
    if questions.totals()["conversations"] and periods.trends().empty:
        look.no_times()
        return
    if halves is None or covered is None:
        st.info(f"This needs conversations in two complete {periods.period()}s.", icon=":material/info:")
        return
    _choose_usual(chosen)
    first, last = _whole(covered)
    left, right = st.columns(2)
    with left:
        before = _stretch("Before", first, last, BEFORE, halves[0])
    with right:
        after = _stretch("After", first, last, AFTER, halves[1])
    if chosen != choice.EVERYTHING:
        filters.summary(chosen)
    _show_figures(before, after, chosen)
    with look.loading(360):
        compared = periods.compared(before, after, chosen)
    for stretch, name in ((before, "before"), (after, "after")):
        if len(compared) and not compared[f"{name}_total"].iloc[0]:
            st.info(
                f"There is no conversation of {stretch} to compare with. Clear a filter, or choose other days.",
                icon=":material/info:",
            )
            return
    moved = questions.named(compared[compared["before_count"] + compared["after_count"] > 0])
    is_hidden = moved["is_suppressed"].astype(bool)
    there, hidden = moved[~is_hidden], moved[is_hidden]
    is_untold = not choice.has_rows() and len(compared) < len(questions.clusters())
    if moved.empty and not is_untold:
        filters.nothing_left()
        return
    level = ranking.TOPICS if there.empty else _show_moved(there)
    ranking.say_left_out(hidden, level)
    if is_untold:
        st.caption(
            f"Clusters that have too few conversations to be told in one of the {periods.period()}s are left out."
        )


def _show_moved(there: pd.DataFrame) -> str:
    """Show clusters, those that have moved most surely first; returns of which level they are."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("What has moved", anchor=False, width="stretch")
        level = ranking.choose_level(there)
        rows = ranking.of_level(there, level)
        rows = told_apart(rows.reindex(rows["score"].abs().sort_values(ascending=False, kind="stable").index))
        lists.download("changes", lambda: _spreadsheet(rows), "changes")
    _show_movers(rows)
    return level


def _whole(covered: Stretch) -> tuple[dt.date, dt.date]:
    """Return the days that can be chosen: all that there are, or only those of complete periods where numbers alone are known."""
    days = questions.period_covered() if choice.has_rows() else None
    return days or (covered.first, covered.last)


def _choose_usual(chosen: Filter) -> None:
    """Offer what is usually compared, each as one choice: it sets the days of both stretches."""
    options = {
        title: {name: str(day) for names, stretch in zip((BEFORE, AFTER), both, strict=True)
                for name, day in zip(names, (stretch.first, stretch.last), strict=True)}
        for title, both in periods.usual(chosen).items()
    }  # fmt: skip
    controls.bundles("Compare with as much before", options)


def _stretch(label: str, first: dt.date, last: dt.date, names: tuple[str, str], default: Stretch) -> Stretch:
    # the first period may begin before the first conversation, and the last one end after the last
    since, until = controls.days(label, first, last, names, (max(default.first, first), min(default.last, last)))
    since = since or default.first
    return Stretch(since, until or since)


def _show_figures(before: Stretch, after: Stretch, chosen: Filter) -> None:
    one, other = periods.figures(before, chosen), periods.figures(after, chosen)
    lengths = [stretch.days(chosen) for stretch in (before, after)]
    days = f"{look.many(lengths[0], 'day')} each" if len(set(lengths)) == 1 else "in {} → {} days".format(*lengths)
    figures = [
        (name, f"{shown(one[key])} → {shown(other[key])}", remark)
        for name, key, shown, remark in (
            ("Conversations", "conversations", look.count, f"before → after, {days}"),
            ("Users", "users", look.count, "different ids"),
            ("Fits nowhere", "outlier_share", look.percent, "outliers"),
            ("Frustrated", "frustration_rate", look.percent, "angry or giving up"),
            ("Concerning", "concern_rate", look.percent, "worth a second look"),
        )
        if (pd.notna(one[key]) and one[key]) or (pd.notna(other[key]) and other[key])
    ]
    if figures:
        look.cards(figures)


def _show_movers(rows: pd.DataFrame) -> None:
    direction = (rows["score"] >= SURE).astype(int) - (rows["score"] <= -SURE).astype(int)
    charts.show(charts.side_by_side(for_spreadsheet(rows.head(DRAWN))))
    drawn = f"The {DRAWN} that have moved most surely." if len(rows) > DRAWN else "The surest first."
    st.caption(f"{drawn} Pale: before.{'' if direction.any() else ' All of it may be chance.'}")
    names = {
        "name": "Cluster", "change": "Change", "sure": "Beyond chance", "before_share": "Share before",
        "after_share": "Share after", "before_count": "Before", "after_count": "After",
    }  # fmt: skip
    signs = {1: "▲ more", -1: "▼ less", 0: ""}
    shown = rows.assign(sure=direction.map(signs))[list(names)].rename(columns=names)
    percent = st.column_config.NumberColumn(format=look.PERCENT)
    # the first three fit on a telephone
    columns = {
        "Cluster": lists.NAME, "Share before": percent, "Share after": percent,
        "Change": st.column_config.NumberColumn(format=look.POINTS, width=72, help="Of the share, in points"),
        "Beyond chance": st.column_config.TextColumn(width=110),
    }  # fmt: skip
    picked = lists.show(
        "What has moved", shown, columns, on_select="rerun", selection_mode="single-row", key="changes_table"
    )
    st.caption(
        "Pick a row to open its cluster. Change: of the share of all conversations, in points. Beyond chance: such a change"
        " happens by chance once in a hundred times, so of a hundred clusters to one or so."
    )
    if picked.selection.rows:
        navigation.open_cluster(rows.iloc[picked.selection.rows[0]]["cluster_id"])


def _spreadsheet(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[["path", "level", "before_count", "before_share", "after_count", "after_share", "change", "score"]]

"""Charts with axes."""

from __future__ import annotations

from textwrap import wrap

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils import schemapi

from kura_explorer import look
from kura_explorer.choice import has_rows
from kura_explorer.text import numbered

# what Altair makes of these charts is checked by tests: each time against its schema, that takes longer than all the rest
schemapi.disable_debug_mode()

MOST = 104  # periods in a chart: bars of more can't be seen
SLOTS = 6  # beside fewer periods there is room: a single bar is no block
LINE, LINES = 32, 3  # letters in a line of a name beside bars; no more lines
GAP = "break-paths-show-domains"
"""What is null is not drawn, and keeps its place on the axis."""


def show(chart: alt.Chart) -> None:
    """Show a chart."""
    st.vega_lite_chart(chart.to_dict(validate=False))


def latest(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the last periods of one thing, as many as a chart can show, and say so where that isn't all of them."""
    if len(rows) > MOST:
        others = " The filter Time shows others." if has_rows() else ""
        st.caption(f"The last {MOST} of {len(rows):,} {rows['period'].iloc[0]}s.{others}")
    return rows.sort_values("period_start").tail(MOST)


def over_time(rows: pd.DataFrame, height: int = 190) -> alt.Chart:
    """Draw conversations per period; the period that is not over yet is pale, and one that is not told leaves a gap."""
    period = rows["period"].iloc[0] if len(rows) else "week"
    unit = {"day": "yearmonthdate", "week": "yearmonthdate", "month": "yearmonth"}[period]
    most = int(rows["conversation_count"].fillna(0).max()) if len(rows) else 0
    return _styled(
        alt.Chart(rows)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2, color=look.palette().accent)
        .encode(
            x=alt.X(
                f"{unit}(period_start):O",
                title=None,
                axis=alt.Axis(labelOverlap=True, format=_format(rows), labelAngle=0),
                scale=alt.Scale(paddingOuter=min(max(0.05, (SLOTS - len(rows)) / 2), 1)),
            ),
            y=alt.Y(
                "conversation_count:Q",
                title="Conversations",
                axis=alt.Axis(tickCount=min(4, max(1, most)), minExtent=32),
            ),
            opacity=alt.condition("datum.is_complete", alt.value(0.9), alt.value(0.4)),
            tooltip=[
                alt.Tooltip("period_start:T", title=period.capitalize(), format="%d %b %Y"),
                alt.Tooltip("conversation_count:Q", title="Conversations", format=","),
            ],
        ),
        height,
        f"Conversations per {period}",
        _edge(rows),
    )


def say_what_is_pale(rows: pd.DataFrame) -> None:
    """Say what a pale bar is, if there is one."""
    if not rows["is_complete"].all():
        st.caption(
            f"A pale bar is a {rows['period'].iloc[0]} that is covered in part: the conversations begin or end within it."
        )


def share_over_time(rows: pd.DataFrame, height: int = 150) -> alt.Chart:
    """Draw a cluster's share of all conversations per period."""
    rows = rows[rows["is_complete"].astype(bool)]
    period = rows["period"].iloc[0] if len(rows) else "week"
    unit = "yearmonth" if period == "month" else "yearmonthdate"
    size = 30 if len(rows) < MOST / 2 else 8
    return _styled(
        alt.Chart(rows)
        .mark_line(color=look.palette().accent, point={"filled": True, "size": size, "color": look.palette().accent})
        .encode(
            x=alt.X(
                f"{unit}(period_start):O",
                title=None,
                axis=alt.Axis(labelOverlap=True, format=_format(rows), labelAngle=0),
            ),
            y=alt.Y("share:Q", title="Share of all", axis=alt.Axis(format="%", tickCount=4, minExtent=32)),
            tooltip=[
                alt.Tooltip("period_start:T", title=period.capitalize(), format="%d %b %Y"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        ),
        height,
        f"Share of all conversations per {period}",
        _edge(rows),
    )


def side_by_side(rows: pd.DataFrame) -> alt.Chart:
    """Draw each cluster's share in two stretches of time, one bar under the other."""
    colours = look.palette()
    # a name is as many lines as its words need: what is cut can't be read on a telephone, where nothing hovers
    lines = [wrap(name, LINE, max_lines=LINES, placeholder=" …") for name in rows["name"]]
    rows = rows.assign(lines=numbered(["\n".join(name) for name in lines]))
    names = ["lines", "name", "cluster_id"]
    long = rows[[*names, "before_share", "after_share"]].melt(names, ["before_share", "after_share"], "when", "share")
    long["when"] = long["when"].map({"before_share": "before", "after_share": "after"})
    return _styled(
        alt.Chart(long)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            y=alt.Y(
                "lines:N", sort=list(rows["lines"]), title=None, scale=alt.Scale(paddingInner=0.3),
                axis=alt.Axis(labelExpr="split(datum.label, '\\n')", labelLimit=230, labelOverlap=False),
            ),
            yOffset=alt.YOffset("when:N", sort=["before", "after"]),
            x=alt.X("share:Q", title="Share of all", axis=alt.Axis(format="%", tickCount=4)),
            color=alt.Color("when:N", legend=None, scale=alt.Scale(domain=["before", "after"], range=[colours.pale, colours.accent])),
            tooltip=[alt.Tooltip("name:N", title="Cluster"), alt.Tooltip("when:N", title="When"), alt.Tooltip("share:Q", title="Share", format=".1%")],
        ),
        (34 if max(map(len, lines), default=0) < LINES else 52) * len(rows) + 74,
        "Share of all conversations before and after, by cluster",
    )  # fmt: skip


def _styled(chart: alt.Chart, height: int, told: str, edge: int = 8) -> alt.Chart:
    """Give a chart its colours, the words by which a screen reader calls it, and room for the last letters of an axis."""
    colours = look.palette()
    return (
        chart.properties(height=height, width="container", padding={"right": edge}, description=told)
        .configure_view(strokeWidth=0)
        .configure_mark(invalid=GAP)
        .configure_axis(
            grid=False, domainColor=colours.line, tickColor=colours.line, labelColor=colours.quiet, titleColor=colours.quiet,
            titleFontWeight="normal", labelFontSize=11.5, titleFontSize=11.5,
        )
        .configure_axisY(grid=True, gridColor=colours.line, gridOpacity=0.6, domain=False, ticks=False)
    )  # fmt: skip


def _edge(rows: pd.DataFrame) -> int:
    """Return what a day below the last bar needs beside it, in pixels: Vega leaves none for it."""
    return 34 if "%Y" in _format(rows) else 16


def _format(rows: pd.DataFrame) -> str:
    """Return how the beginnings of periods are written: with the year where there are several."""
    if len(rows) and rows["period"].iloc[0] == "month":
        return "%b %Y"
    return "%d %b" if rows["period_start"].dt.year.nunique() < 2 else "%d %b %Y"

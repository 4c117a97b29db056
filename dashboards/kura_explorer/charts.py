"""Charts with axes."""

from __future__ import annotations

from typing import TypeVar

import altair as alt
import pandas as pd
import streamlit as st
from altair.utils import schemapi

from kura_explorer import look

Figure = TypeVar("Figure", alt.Chart, alt.LayerChart)

# what Altair makes of these charts is checked by tests: each time against its schema, that takes longer than all the rest
schemapi.disable_debug_mode()


def show(chart: alt.Chart | alt.LayerChart) -> None:
    """Show a chart."""
    st.vega_lite_chart(chart.to_dict(validate=False))


def over_time(rows: pd.DataFrame, height: int = 190) -> alt.Chart:
    """Draw conversations per period; the period that is not over yet is pale."""
    period = rows["period"].iloc[0] if len(rows) else "week"
    unit = {"day": "yearmonthdate", "week": "yearmonthdate", "month": "yearmonth"}[period]
    return _styled(
        alt.Chart(rows)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2, color=look.palette().accent)
        .encode(
            x=alt.X(
                f"{unit}(period_start):O",
                title=None,
                axis=alt.Axis(labelOverlap=True, format=_format(period), labelAngle=0),
            ),
            y=alt.Y(
                "conversation_count:Q",
                title="Conversations",
                axis=alt.Axis(tickMinStep=1, tickCount=4, minExtent=32),
            ),
            opacity=alt.condition("datum.is_complete", alt.value(0.9), alt.value(0.4)),
            tooltip=[
                alt.Tooltip("period_start:T", title=period.capitalize(), format="%d %b %Y"),
                alt.Tooltip("conversation_count:Q", title="Conversations", format=","),
            ],
        ),
        height,
    )


def share_over_time(rows: pd.DataFrame, height: int = 150) -> alt.Chart:
    """Draw a cluster's share of all conversations per period."""
    rows = rows[rows["is_complete"].astype(bool)]
    period = rows["period"].iloc[0] if len(rows) else "week"
    unit = "yearmonth" if period == "month" else "yearmonthdate"
    return _styled(
        alt.Chart(rows)
        .mark_line(color=look.palette().accent, point={"filled": True, "size": 30, "color": look.palette().accent})
        .encode(
            x=alt.X(
                f"{unit}(period_start):O",
                title=None,
                axis=alt.Axis(labelOverlap=True, format=_format(period), labelAngle=0),
            ),
            y=alt.Y("share:Q", title="Share of all", axis=alt.Axis(format="%", tickCount=4, minExtent=32)),
            tooltip=[
                alt.Tooltip("period_start:T", title=period.capitalize(), format="%d %b %Y"),
                alt.Tooltip("share:Q", title="Share", format=".1%"),
            ],
        ),
        height,
    )


def against_average(rows: pd.DataFrame) -> alt.LayerChart:
    """Draw the share of each value in a cluster as a bar, and a tick where it is everywhere."""
    rows = rows.assign(times=[f"× {lift:.1f}" for lift in rows["lift"]])
    base = alt.Chart(rows).encode(
        y=alt.Y("value:N", sort=None, title=None, axis=alt.Axis(labelLimit=130)),
        tooltip=[
            alt.Tooltip("value:N", title="Value"),
            alt.Tooltip("conversation_count:Q", title="Conversations", format=","),
            alt.Tooltip("share:Q", title="Share here", format=".1%"),
            alt.Tooltip("share_everywhere:Q", title="Share everywhere", format=".1%"),
            alt.Tooltip("lift:Q", title="Lift", format=".2f"),
        ],
    )
    most = max(rows[["share", "share_everywhere"]].max()) * 1.18
    scale = alt.Scale(domain=[0, most])
    bars = base.mark_bar(height=13, cornerRadiusEnd=2).encode(
        x=alt.X("share:Q", title=None, scale=scale, axis=alt.Axis(format="%", tickCount=3)),
        color=alt.condition("datum.lift >= 1.2", alt.value(look.palette().accent), alt.value(look.palette().pale)),
    )
    ticks = base.mark_tick(color=look.palette().ink, thickness=2, size=20).encode(
        x=alt.X("share_everywhere:Q", scale=scale)
    )
    words = base.mark_text(align="left", dx=6, color=look.palette().quiet, fontSize=11).encode(
        x=alt.X("further:Q", scale=scale), text="times:N"
    )
    rows["further"] = rows[["share", "share_everywhere"]].max(axis=1)
    layers = alt.LayerChart(data=rows, layer=[bars, ticks, words.properties(data=rows)])
    return _styled(layers, 26 * len(rows) + 40)


def side_by_side(rows: pd.DataFrame) -> alt.Chart:
    """Draw each cluster's share in two stretches of time, one bar under the other."""
    colours = look.palette()
    long = rows[["name", "cluster_id", "before_share", "after_share"]].melt(
        ["name", "cluster_id"], ["before_share", "after_share"], "when", "share"
    )
    long["when"] = long["when"].map({"before_share": "before", "after_share": "after"})
    return _styled(
        alt.Chart(long)
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            y=alt.Y("name:N", sort=list(rows["name"]), title=None, axis=alt.Axis(labelLimit=230), scale=alt.Scale(paddingInner=0.3)),
            yOffset=alt.YOffset("when:N", sort=["before", "after"]),
            x=alt.X("share:Q", title="Share of all", axis=alt.Axis(format="%", tickCount=4)),
            color=alt.Color("when:N", legend=None, scale=alt.Scale(domain=["before", "after"], range=[colours.pale, colours.accent])),
            tooltip=[alt.Tooltip("name:N", title="Cluster"), alt.Tooltip("when:N", title="When"), alt.Tooltip("share:Q", title="Share", format=".1%")],
        ),
        34 * len(rows) + 50,
    )  # fmt: skip


def _styled(chart: Figure, height: int) -> Figure:
    colours = look.palette()
    return (
        chart.properties(height=height, width="container")
        .configure_view(strokeWidth=0)
        .configure_axis(
            grid=False, domainColor=colours.line, tickColor=colours.line, labelColor=colours.quiet, titleColor=colours.quiet,
            titleFontWeight="normal", labelFontSize=11.5, titleFontSize=11.5,
        )
        .configure_axisY(grid=True, gridColor=colours.line, gridOpacity=0.6, domain=False, ticks=False)
    )  # fmt: skip


def _format(period: str) -> str:
    return "%b %Y" if period == "month" else "%d %b"

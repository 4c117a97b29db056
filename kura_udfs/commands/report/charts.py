"""The charts of a report, as SVG: drawn once, here, so that the page needs no script."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from textwrap import wrap
from typing import Any, NamedTuple

import altair as alt
import numpy as np
import pandas as pd
import vl_convert
from markupsafe import escape

from kura_udfs.text.visible import visible

WIDTH, HEIGHT = 980, 600
INK, QUIET, LINE, ACCENT = "#1d2a30", "#56646b", "#dfe3e1", "#0b6e6e"
LETTER, LINE_HEIGHT = 9.4, 18  # pixels; the mean width of a letter, on the safe side
WIDEST, LINES = 260, 3  # of a name, which goes on below; no more lines
NUMBER = 50  # of a number in its circle, as wide as that is on a telephone
BESIDE, NEAR = 14, 16  # from a point to a name beside it; no name is further from its point
CELLS = 14  # across the map, to find where a topic's points are
PLACES = 3  # to choose from for a name
MOST = 104  # periods in a chart: bars of more can't be seen
SLOTS = 6  # beside fewer periods there is room: a single bar is no block
GAP = "break-paths-show-domains"  # what is null is not drawn, and keeps its place on the axis


Box = tuple[float, float, float, float]
"""Left, right, top, bottom."""


class Label(NamedTuple):
    """A name, and the places in pixels to choose from, the best first."""

    text: str
    places: Sequence[tuple[float, float]]


class Placed(NamedTuple):
    """A name and where its middle is, in parts of a hundred of the map's width and height."""

    lines: list[str]
    left: float
    top: float


def map_of_points(points: pd.DataFrame, colours: Mapping[str, str]) -> str:
    """Draw the map, without names: `px` and `py` (see `on_paper`) in the colour of each `branch`."""
    pixels = points.assign(colour=points["branch"].map(colours).fillna(LINE)).round(1)[["px", "py", "colour"]]
    dots = (
        alt.Chart(pixels)
        .mark_circle(size=70 if len(points) < 200 else 26 if len(points) < 1_500 else 14, opacity=0.75, aria=False)
        .encode(
            x=alt.X("px:Q", scale=None), y=alt.Y("py:Q", scale=None), color=alt.Color("colour:N", scale=None)
        )
    )  # fmt: skip
    return _svg(alt.layer(dots).properties(width=WIDTH, height=HEIGHT), "Map of the conversations")


def on_paper(points: pd.DataFrame) -> pd.DataFrame:
    """Return points with their pixels `px` and `py`.

    The scale is the same in both directions, because distances mean something; only wide gaps are shortened, or one
    group far away would squeeze the rest.
    """
    x, y = (_shortened(points[axis].to_numpy(float)) for axis in "xy")
    scale = min((WIDTH - 40) / max(np.ptp(x), 1e-9), (HEIGHT - 40) / max(np.ptp(y), 1e-9))
    across = WIDTH / 2 + (x - (x.max() + x.min()) / 2) * scale
    down = HEIGHT / 2 - (y - (y.max() + y.min()) / 2) * scale
    return points.assign(px=across, py=down)


def crowds(points: pd.DataFrame) -> dict[str, list[tuple[float, float]]]:
    """Return, for each `branch`, pixels of points to write its name at, the best first.

    Many of its points are there and few others. The middle of a topic that is spread over the map may be where other
    topics are.
    """
    size = WIDTH / CELLS
    keys = ["branch", "column", "row"]
    points = points.assign(column=points["px"] // size, row=points["py"] // size)
    cells = points.groupby(keys, as_index=False).agg(own=("px", "size"), x=("px", "mean"), y=("py", "mean"))
    cells["score"] = cells["own"] ** 2 / cells.groupby(["column", "row"])["own"].transform("sum")
    order: dict[str, Any] = {"by": ["score", "column", "row"], "ascending": [False, True, True]}
    best = cells.sort_values(**order).groupby("branch").head(PLACES)
    near = best.merge(points[[*keys, "px", "py"]], on=keys)
    near["far"] = (near["x"] - near["px"]) ** 2 + (near["y"] - near["py"]) ** 2
    near = near.sort_values(["far", "px", "py"]).drop_duplicates(keys).sort_values(**order)
    return {
        str(branch): list(zip(part["px"], part["py"], strict=True))
        for branch, part in near.groupby("branch", sort=False)
    }


def placed(labels: Sequence[Label], is_number: bool = False) -> list[Placed | None]:
    """Return where each label finds room, on its point or beside it; None where nowhere. The first ones come first."""
    boxes: list[Box] = []
    found: list[Placed | None] = []
    for label in labels:
        lines = _lines(label.text)
        size = (max(map(len, lines)) * LETTER, len(lines) * LINE_HEIGHT)
        places = _around(label.places, *((NUMBER, NUMBER) if is_number else size))
        free = ((box, middle) for box, middle in places if not any(_touch(box, other) for other in boxes))
        box, middle = next(free, (None, (0.0, 0.0)))
        boxes += [box] if box else []
        place = Placed(lines, round(100 * middle[0] / WIDTH, 2), round(100 * middle[1] / HEIGHT, 2))
        found.append(place if box else None)
    return found


def _lines(text: str) -> list[str]:
    """Return a name in lines of about the same length."""
    number = min(max(1, math.ceil(len(text) * LETTER / WIDEST)), LINES)
    wide = min(math.ceil(len(text) / number) + (3 if number > 1 else 1), int(WIDEST / LETTER))
    return wrap(text, wide, max_lines=LINES, placeholder=" …") or [""]


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[1] + 6 and one[1] + 6 > other[0] and one[2] < other[3] + 3 and one[3] + 3 > other[2]


def _around(places: Sequence[tuple[float, float]], wide: float, high: float) -> list[tuple[Box, tuple[float, float]]]:
    """Return boxes for a label on, above, below and beside its points, moved in at the edges, and their middles."""
    boxes = []
    for (x, y), (dx, dy) in product(places, ((0, 0), (0, -1), (0, 1), (1, 0), (-1, 0))):
        middle_x = min(max(x + dx * (wide / 2 + BESIDE), wide / 2 + 2), WIDTH - wide / 2 - 2)
        middle_y = min(max(y + dy * (high / 2 + BESIDE), high / 2 + 2), HEIGHT - high / 2 - 2)
        box = (middle_x - wide / 2, middle_x + wide / 2, middle_y - high / 2, middle_y + high / 2)
        away = max(box[0] - x, x - box[1], 0.0) + max(box[2] - y, y - box[3], 0.0)
        if away <= NEAR:
            boxes.append((box, (middle_x, middle_y)))
    return boxes


def _shortened(values: Any) -> Any:
    """Return values in which no gap is wider than two fifths of all the rest."""
    order = np.argsort(values, kind="stable")
    gaps = np.diff(values[order])
    if len(values) < 12:
        return values
    for _ in range(40):
        widest, rest = int(gaps.argmax()), gaps.sum() - gaps.max()
        if rest <= 0 or gaps[widest] <= 0.404 * rest:
            break
        gaps[widest] = 0.4 * rest
    shortened = np.empty(len(values))
    shortened[order] = values[order[0]] + np.concatenate([[0.0], np.cumsum(gaps)])
    return shortened


def latest(trends: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last periods, as many as a chart can show."""
    return trends[trends["period_start"].isin(sorted(trends["period_start"].unique())[-MOST:])]


def bars_over_time(rows: pd.DataFrame, width: int, height: int, title: str, colour: str = ACCENT) -> str:
    """Draw the conversations per period; a period that is not over is pale, and one that is not told leaves a gap."""
    is_one_year = rows["period_start"].dt.year.nunique() == 1
    written = "%b %Y" if rows["period"].iloc[0] == "month" else "%d %b" if is_one_year else "%d %b %Y"
    outer = float(np.clip((SLOTS - len(rows)) / 2, 0.1, 1))
    room = 60 if written == "%d %b" else 90
    few = rows["period_start"].iloc[:: math.ceil(len(rows) * room / width)]
    most = int(rows["conversation_count"].fillna(0).max())
    chart = (
        alt.Chart(rows.assign(day=rows["period_start"].dt.strftime("%Y-%m-%d")))
        .mark_bar(color=colour, aria=False)
        .encode(
            x=alt.X(
                "day:O", title=None, scale=alt.Scale(paddingInner=0.2, paddingOuter=outer),
                axis=alt.Axis(
                    values=list(few.dt.strftime("%Y-%m-%d")), labelAngle=0,
                    labelExpr=f"utcFormat(toDate(datum.value), '{written}')",  # a day without a time is read as UTC's
                ),
            ),
            y=alt.Y("conversation_count:Q", title=None, axis=alt.Axis(tickCount=min(3, max(1, most)))),
            opacity=alt.condition("datum.is_complete", alt.value(0.9), alt.value(0.4)),
        )
        .properties(width=width, height=height)
    )  # fmt: skip
    return _svg(chart, title)


def _svg(chart: Any, title: str) -> str:
    with alt.data_transformers.enable("default", max_rows=None):
        specification = (
            chart.configure(font="sans-serif", background="transparent")
            .configure_view(strokeWidth=0)
            .configure_mark(invalid=GAP)
            .configure_axis(grid=False, domainColor=LINE, tickColor=LINE, labelColor=QUIET, labelFontSize=12)
            .configure_axisY(grid=True, gridColor="#eef1ef", domain=False, ticks=False)
            .to_dict()
        )
    svg = vl_convert.vegalite_to_svg(specification)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{escape(visible(title))}" ', 1)

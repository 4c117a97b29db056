"""The charts of a report, as SVG: drawn once, here, so that the page needs no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt
import pandas as pd
import vl_convert

WIDTH, HEIGHT = 980, 600
INK, QUIET, LINE, ACCENT = "#1d2a30", "#56646b", "#dfe3e1", "#0b6e6e"
LABEL_SIZE, LETTER = 15, 8.2  # pixels; the mean width of a letter, on the safe side


class Label(NamedTuple):
    """A name and its place in pixels."""

    text: str
    x: float
    y: float


def map_of_points(points: pd.DataFrame, names: Sequence[tuple[str, float, float]], colours: Mapping[str, str]) -> str:
    """Draw the map.

    Parameters
    ----------
    points
        `root_cluster_id`, `x`, `y`.
    names
        Name, x and y of clusters, the most important first; what finds no room is left out.
    colours
        Of each `root_cluster_id`.
    """
    across, down = _pixels(points)
    pixels = points.assign(
        px=across(points["x"]), py=down(points["y"]), colour=points["root_cluster_id"].map(colours).fillna(LINE)
    )
    labels = pd.DataFrame(placed([Label(name, across(x), down(y)) for name, x, y in names]))
    size = 26 if len(points) < 1_500 else 14
    dots = (
        alt.Chart(pixels.round(1)[["px", "py", "colour"]])
        .mark_circle(size=size, opacity=0.75, aria=False)
        .encode(x=alt.X("px:Q", scale=None), y=alt.Y("py:Q", scale=None), color=alt.Color("colour:N", scale=None))
    )
    layers = [dots]
    if len(labels):
        words = alt.Chart(labels).encode(x=alt.X("x:Q", scale=None), y=alt.Y("y:Q", scale=None), text="text:N")
        letters: dict[str, Any] = {"fontSize": LABEL_SIZE, "fontWeight": 700, "aria": False}
        # white around the letters, so that a name can be read on its points
        layers += [
            words.mark_text(**letters, stroke="white", strokeWidth=5, strokeJoin="round"),
            words.mark_text(**letters, color=INK),
        ]
    return _svg(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), "Map of the conversations")


def crowds(points: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Return, for each `root_cluster_id`, the place where many of its points are, and few others.

    The middle of a topic that is spread over the map may be where other topics are.
    """
    size = max(*(points[axis].max() - points[axis].min() for axis in "xy"), 1e-9) / 12
    cells = points.assign(column=points["x"] // size, row=points["y"] // size)
    cells = cells.groupby(["root_cluster_id", "column", "row"], as_index=False).agg(
        own=("x", "size"), x=("x", "mean"), y=("y", "mean")
    )
    cells["score"] = cells["own"] ** 2 / cells.groupby(["column", "row"])["own"].transform("sum")
    best = cells.sort_values("score").drop_duplicates("root_cluster_id", keep="last")
    return dict(zip(best["root_cluster_id"].map(str), zip(best["x"], best["y"], strict=True), strict=True))


def bars_over_time(rows: pd.DataFrame, width: int, height: int, title: str, colour: str = ACCENT) -> str:
    """Draw the conversations per period; a period that is not over is pale."""
    period = rows["period"].iloc[0]
    few = rows["period_start"].iloc[:: max(1, len(rows) // (width // 90))]
    chart = (
        alt.Chart(rows.assign(day=rows["period_start"].dt.strftime("%Y-%m-%d")))
        .mark_bar(color=colour, aria=False)
        .encode(
            x=alt.X(
                "day:O", title=None, scale=alt.Scale(paddingInner=0.2),
                axis=alt.Axis(
                    values=list(few.dt.strftime("%Y-%m-%d")), labelAngle=0,
                    labelExpr=f"timeFormat(toDate(datum.value), '{'%b %y' if period == 'month' else '%d %b'}')",
                ),
            ),
            y=alt.Y("conversation_count:Q", title=None, axis=alt.Axis(tickCount=3, tickMinStep=1)),
            opacity=alt.condition("datum.is_complete", alt.value(0.9), alt.value(0.4)),
        )
        .properties(width=width, height=height)
    )  # fmt: skip
    return _svg(chart, title)


def placed(labels: Sequence[Label]) -> list[Label]:
    """Return those labels that find room, moved inwards where they would stick out; the first ones come first."""
    boxes: list[tuple[float, float, float, float]] = []
    kept = []
    for label in labels:
        half = len(label.text) * LETTER / 2
        x, y = min(max(label.x, half), WIDTH - half), min(max(label.y, LABEL_SIZE), HEIGHT - LABEL_SIZE)
        box = (x - half - 6, x + half + 6, y - LABEL_SIZE, y + LABEL_SIZE)
        if not any(box[0] < b[1] and box[1] > b[0] and box[2] < b[3] and box[3] > b[2] for b in boxes):
            boxes.append(box)
            kept.append(Label(label.text, round(x, 1), round(y, 1)))
    return kept


def _pixels(points: pd.DataFrame) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    # the same scale in both directions, because distances mean something
    spread_x, spread_y = (max(points[axis].max() - points[axis].min(), 1e-9) for axis in "xy")
    scale = min((WIDTH - 40) / spread_x, (HEIGHT - 40) / spread_y)
    middle_x, middle_y = ((points[axis].max() + points[axis].min()) / 2 for axis in "xy")
    return lambda x: WIDTH / 2 + (x - middle_x) * scale, lambda y: HEIGHT / 2 - (y - middle_y) * scale


def _svg(chart: Any, title: str) -> str:
    with alt.data_transformers.enable("default", max_rows=None):
        specification = (
            chart.configure(font="sans-serif", background="transparent")
            .configure_view(strokeWidth=0)
            .configure_axis(grid=False, domainColor=LINE, tickColor=LINE, labelColor=QUIET, labelFontSize=12)
            .configure_axisY(grid=True, gridColor="#eef1ef", domain=False, ticks=False)
            .to_dict()
        )
    svg = vl_convert.vegalite_to_svg(specification)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)

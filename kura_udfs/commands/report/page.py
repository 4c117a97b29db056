"""The page itself: what it shows is put together here, and how it looks stands in page.html and page.css."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kura_udfs.commands.outputs import percent
from kura_udfs.commands.report import branches, charts
from kura_udfs.commands.report.tables import Contents
from kura_udfs.commands.terminal import WORTH_SAYING
from kura_udfs.text.visible import visible

# Paul Tol's muted scheme and two of his: told apart with every common kind of colour blindness
COLOURS = [
    "#332288", "#44AA99", "#CC6677", "#DDAA33", "#88CCEE", "#117733",
    "#AA4499", "#999933", "#882255", "#6699CC", "#AA7744", "#777700",
]  # fmt: skip
RESERVED = "#a9b0ae"
REST = "rest"
"""In place of a branch: what is in none."""
# what is too dark for a black screen is lighter there and keeps its hue
ON_BLACK = {
    "#332288": "#8f84e8", "#CC6677": "#e0808f", "#117733": "#3fa866", "#AA4499": "#cc7fc2", "#999933": "#b8b84d",
    "#882255": "#c9588f", "#AA7744": "#c79361", "#777700": "#9c9c33", "#a9b0ae": "#75807d",
    charts.ACCENT: "#4fb3ae", charts.QUIET: "#a3b0b4", charts.LINE: "#36424a", "#eef1ef": "#263036",
}  # fmt: skip
LETTER = re.compile(r"[^\W\d_]")
ARABIC = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+"  # and Hebrew
RIGHT_TO_LEFT = re.compile(rf"{ARABIC}(?:[ ,\u060c]+{ARABIC})*")
FLAGS = {"new": "✦ new", "growing": "▲ growing", "fading": "▼ fading"}
SMALL_CHARTS = 12
NUMBERS = 20  # more of them hide a map that is as wide as a telephone
FOLDER = Path(__file__).parent


class Topic(NamedTuple):
    """A cluster as the page shows it, with what is below it."""

    anchor: str
    name: str
    about: Markup | None
    examples: list[str]
    size: str
    width: str
    colour: str
    trend: str
    flag: str | None
    is_top: bool
    below: list[Topic]


class Entry(NamedTuple):
    """What a colour of the map stands for."""

    colour: str
    name: str
    anchor: str | None
    number: int | None
    has_colour: bool
    """Whether no other topic has it: those that share one can be told apart by their numbers alone."""


class Map(NamedTuple):
    """The map, the colours of its topics, and how many points there are where these are a sample."""

    drawing: Markup
    names: list[charts.Placed]
    numbers: list[tuple[int, charts.Placed]]
    """Instead of names where there is no room for them."""
    legend: list[Entry]
    """In the order of the numbers."""
    sampled: str | None
    divided: str | None
    """The topic that has most conversations, so that each of its parts has a colour."""


class Trends(NamedTuple):
    """Conversations per period: of everything, and of each topic."""

    period: str
    overall: Markup
    overall_narrow: Markup
    is_unfinished: bool
    has_gaps: bool
    """Whether a topic has a period in which it is too small to be told."""
    is_moving: bool
    """Whether any cluster is new, growing or fading."""
    each: list[tuple[Topic, Markup]]
    cut: str | None
    """Which periods these are, where there are more than can be drawn."""


def rendered(contents: Contents) -> str:
    """Return the whole page as HTML.

    There is no script in it, and its policy allows none: whatever stands in a conversation is only ever text.
    """
    clusters = contents.clusters
    named = clusters[~clusters["is_outliers"] & ~clusters["is_unprocessed"]]
    tops = named[named["level"] == 0]
    branch = branches.of_clusters(clusters)
    apart = clusters[clusters["cluster_id"].isin(branch.values())]
    colour = dict(zip(apart["cluster_id"], COLOURS, strict=False))
    colours = {cluster: colour.get(of, RESERVED) for cluster, of in branch.items()}
    run = contents.run
    return (
        environment()
        .get_template("page.html")
        .render(
            style=Markup((FOLDER / "page.css").read_text("utf-8").replace("/* colours */", _on_black())),
            span=_span(contents),
            built=f"Built {run['started_at']:%d %b %Y}" if pd.notna(run["started_at"]) else "Built",
            provider=run["provider"],
            cards=_cards(contents, tops, named),
            map=_map(contents, apart, colours, branch),
            trends=_trends(contents, apart, colours),
            topics=_tree(contents, colours),
            has_examples=bool(contents.examples),
        )
    )


def environment() -> Environment:
    """Return what escapes every value, and takes out of it what a reader can't see, unless it is Markup."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else visible(str(value)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _cards(contents: Contents, tops: pd.DataFrame, named: pd.DataFrame) -> list[tuple[str, str]]:
    totals, rejected = contents.totals, contents.run["rejected_share"]
    leaves = int(named["is_leaf"].sum())
    # where numbers alone are told, topics that are too small are counted among the outliers
    nowhere = "in no topic, or one too small to be told" if totals["is_of_periods"] else "fit nowhere"
    cards = [
        (f"{totals['conversations']:,.0f}", _one_or_more(totals["conversations"], "conversation")),
        (f"{totals['users']:,.0f}", _one_or_more(totals["users"], "user")) if totals["users"] else None,
        (f"{len(tops)}", f"{_one_or_more(len(tops), 'topic')}, {leaves} {_one_or_more(leaves, 'cluster')}"),
        (percent(totals["frustration_rate"]), "frustrated") if pd.notna(totals["frustration_rate"]) else None,
        (percent(totals["concern_rate"]), "concerning") if pd.notna(totals["concern_rate"]) else None,
        (percent(totals["outlier_share"]), nowhere) if pd.notna(totals["outlier_share"]) else None,
        (f"{100 * rejected:.1f} %", "of messages rejected") if rejected >= WORTH_SAYING else None,
        (f"${contents.run['cost_usd']:,.2f}", "spent") if contents.run["cost_usd"] else None,
    ]
    return list(filter(None, cards))


def _map(contents: Contents, apart: pd.DataFrame, colours: dict[str, str], branch: dict[str, str]) -> Map | None:
    if contents.points.empty:
        return None
    points = contents.points.assign(branch=contents.points["cluster_id"].map(branch).fillna(REST))
    points = charts.on_paper(points)
    places = charts.crowds(points)
    told = [top for top in _rows(apart.sort_values("conversation_count", ascending=False)) if top.cluster_id in places]
    numbers = {top.cluster_id: number for number, top in enumerate(_rows(apart), start=1)}
    names = charts.placed([charts.Label(visible(top.name), places[top.cluster_id]) for top in told])
    circles = charts.placed([charts.Label("", places[top.cluster_id]) for top in told[:NUMBERS]], is_number=True)
    numbered = [(numbers[top.cluster_id], circle) for top, circle in zip(told, circles, strict=False) if circle]
    rest = set(points.loc[points["branch"] == REST, "cluster_id"])
    outliers = set(contents.clusters.loc[contents.clusters["is_outliers"].astype(bool), "cluster_id"])
    is_sample = len(points) < contents.totals["conversations"] * 0.9
    return Map(
        drawing=Markup(charts.map_of_points(points, {**colours, REST: RESERVED})),
        names=[name for name in names if name],
        numbers=numbered,
        legend=_legend(apart, colours, {number for number, _ in numbered}, rest & outliers, rest - outliers),
        divided=branches.divided(contents.clusters),
        sampled=f"{len(points):,}" if is_sample else None,
    )


def _legend(
    apart: pd.DataFrame, colours: dict[str, str], numbered: set[int], outliers: set[str], unnamed: set[str]
) -> list[Entry]:
    """Return the colours of the topics; of those that share one those with a number on the map, and one for all."""
    legend = [
        Entry(colours[top.cluster_id], top.name, _anchor(top), number, number <= len(COLOURS))
        for number, top in enumerate(_rows(apart), start=1)
        if number <= len(COLOURS) or number in numbered
    ]
    others = ["Other topics"] if unnamed or len(apart) > len(COLOURS) else []
    others += ["Outliers"] if outliers else []
    if others:
        legend.append(Entry(RESERVED, " and ".join(others).capitalize(), None, None, True))
    return legend


def _tree(contents: Contents, colours: dict[str, str]) -> list[Topic]:
    children: dict[Any, list[Any]] = {}
    for row in _rows(contents.clusters[contents.clusters["conversation_count"] > 0]):
        parent = None if pd.isna(row.parent_cluster_id) else row.parent_cluster_id
        children.setdefault(parent, []).append(row)
    most = max((row.conversation_count for row in children.get(None, [])), default=1)

    def below(cluster_id: str | None) -> list[Topic]:
        return [_topic(contents, row, colours, most, below(row.cluster_id)) for row in children.get(cluster_id, [])]

    return below(None)


def _topic(contents: Contents, row: Any, colours: dict[str, str], most: int, below: list[Topic]) -> Topic:
    trend = contents.moving.get(row.cluster_id, "")
    return Topic(
        anchor=_anchor(row),
        name=row.name,
        about=None if pd.isna(row.description) else _isolated(row.description),
        examples=contents.examples.get(row.cluster_id, []),
        size=f"{row.conversation_count:,}" + ("" if pd.isna(row.share) else f" · {percent(row.share)}"),
        width=f"{100 * row.conversation_count / most:.1f}",
        colour=colours.get(row.cluster_id, RESERVED),
        trend=trend,
        flag=FLAGS.get(trend),
        is_top=row.level == 0,
        below=below,
    )


def _trends(contents: Contents, apart: pd.DataFrame, colours: dict[str, str]) -> Trends | None:
    trends, number = charts.latest(contents.trends), contents.trends["period_start"].nunique()
    if number < 2:
        return None
    top_ids = contents.clusters.loc[contents.clusters["level"] == 0, "cluster_id"]
    keys = ["period", "period_start", "is_complete"]
    everything = trends[trends["cluster_id"].isin(top_ids)].groupby(keys)[["conversation_count"]].sum().reset_index()

    period = everything["period"].iloc[0]
    told = trends.loc[trends["conversation_count"] > 0, "cluster_id"]
    drawn = apart[apart["cluster_id"].isin(told)]

    def bars(top: Any) -> Markup:
        rows = trends[trends["cluster_id"] == top.cluster_id]
        title = f"Conversations per {period}: {top.name}"
        return Markup(charts.bars_over_time(rows, 300, 70, title, colours[top.cluster_id]))

    return Trends(
        period=period,
        overall=Markup(charts.bars_over_time(everything, 980, 150, f"Conversations per {period}, all topics")),
        overall_narrow=Markup(charts.bars_over_time(everything, 340, 120, f"Conversations per {period}, all topics")),
        is_unfinished=not everything["is_complete"].all(),
        has_gaps=bool(trends["conversation_count"].isna().any()),
        is_moving=not FLAGS.keys().isdisjoint(contents.moving.values()),
        each=[(_topic(contents, top, colours, 1, []), bars(top)) for top in _rows(drawn.head(SMALL_CHARTS))],
        cut=f"The last {charts.MOST} of {number:,} {period}s." if number > charts.MOST else None,
    )


def _span(contents: Contents) -> str:
    totals = contents.totals
    if pd.isna(totals["first"]):
        return ""
    first, last = (f"{totals[name]:%d %b %Y}" for name in ("first", "last"))
    if totals["is_of_periods"] and len(contents.trends):
        return f"{first} to the {contents.trends['period'].iloc[0]} of {last} · "
    return " to ".join(dict.fromkeys([first, last])) + " · "


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples(index=False))


def _isolated(text: str) -> Markup:
    """Return a text in which names from right to left don't draw the numbers behind them to their other side."""
    told = str(escape(visible(text)))
    first = LETTER.search(text)
    is_all = first and RIGHT_TO_LEFT.match(first[0])
    return Markup(told if is_all else RIGHT_TO_LEFT.sub(r"<bdi>\g<0></bdi>", told))


def _anchor(row: Any) -> str:
    """Return where a cluster stands on the page."""
    return f"topic-{row.sort_order}"


def _one_or_more(number: float, thing: str) -> str:
    return thing if number == 1 else f"{thing}s"


def _on_black() -> str:
    return "".join(
        f'  [fill="{light}"] {{ fill: {dark}; }} [stroke="{light}"] {{ stroke: {dark}; }}'
        f' [style*="{light}"] {{ background: {dark} !important; }}\n'
        for light, dark in ON_BLACK.items()
    )

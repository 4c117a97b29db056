"""The page itself."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import pandas as pd

from kura_udfs.commands.report import charts
from kura_udfs.commands.report.tables import Contents
from kura_udfs.text.visible import visible as printable

# Paul Tol's muted scheme and two of his: told apart with every common kind of colour blindness
COLOURS = [
    "#332288", "#44AA99", "#CC6677", "#DDAA33", "#88CCEE", "#117733",
    "#AA4499", "#999933", "#882255", "#6699CC", "#AA7744", "#777700",
]  # fmt: skip
RESERVED = "#a9b0ae"
FLAGS = {"new": "✦ new", "growing": "▲ growing", "fading": "▼ fading"}
SMALL_CHARTS = 12
STYLE = Path(__file__).with_name("page.css")


def rendered(contents: Contents) -> str:
    """Return the whole page as HTML.

    There is no script in it, and its policy allows none: whatever stands in a conversation is only ever text.
    """
    clusters = contents.clusters
    named = clusters[~clusters["is_outliers"] & ~clusters["is_unprocessed"]]
    tops = named[named["level"] == 0]
    colours = {
        top: COLOURS[place] if place < len(COLOURS) else RESERVED for place, top in enumerate(tops["cluster_id"])
    }
    totals, run = contents.totals, contents.run
    built = f"Built {run['started_at']:%d %b %Y}" if pd.notna(run["started_at"]) else "Built"
    span = f"{totals['first']:%d %b %Y} to {totals['last']:%d %b %Y} · " if pd.notna(totals["first"]) else ""
    body = [
        "<h1>What people talk about</h1>",
        f"<p class='quiet'>{span}{_shown(built)} with the provider {_shown(run['provider'])}.</p>",
        _cards(contents, tops, named),
        _map(contents, tops, colours),
        _trends(contents, tops, colours),
        "<h2>Topics</h2><p class='quiet screen'>Open a line to read what it is about and how it sounds.</p>",
        _tree(contents, colours),
        "<p class='quiet'>Examples are redacted summaries. Distances on the map mean something, directions don't.</p>",
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='referrer' content='no-referrer'>"
        f"<title>What people talk about</title><style>{STYLE.read_text()}</style></head>\n"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _cards(contents: Contents, tops: pd.DataFrame, named: pd.DataFrame) -> str:
    totals = contents.totals
    cards = [
        (f"{totals['conversations']:,.0f}", "conversations"),
        (f"{totals['users']:,.0f}", "users") if totals["users"] else None,
        (f"{len(tops)}", f"topics, {int(named['is_leaf'].sum())} clusters"),
        (f"{100 * totals['frustration_rate']:.1f} %", "frustrated") if pd.notna(totals["frustration_rate"]) else None,
        (f"{100 * totals['concern_rate']:.1f} %", "concerning") if pd.notna(totals["concern_rate"]) else None,
        (f"{100 * totals['outlier_share']:.1f} %", "fit nowhere") if pd.notna(totals["outlier_share"]) else None,
        (f"${contents.run['cost_usd']:,.2f}", "spent") if contents.run["cost_usd"] else None,
    ]
    return "<div class='cards'>" + "".join(
        f"<div class='card'><b>{figure}</b><span>{label}</span></div>" for figure, label in filter(None, cards)
    ) + "</div>"  # fmt: skip


def _map(contents: Contents, tops: pd.DataFrame, colours: dict[str, str]) -> str:
    if contents.points.empty:
        return ""
    places = charts.crowds(contents.points)
    names = [
        (_cut(printable(top.name)), *places[top.cluster_id])
        for top in _rows(tops.sort_values("conversation_count", ascending=False))
        if top.cluster_id in places and not top.is_suppressed
    ]
    entries = [(colours[top.cluster_id], top.name) for top in _rows(tops)]
    if (contents.points["root_cluster_id"] == "outliers").any():
        entries.append((RESERVED, "Outliers"))
    legend = "".join(f"<li><i style='background:{colour}'></i>{_shown(name)}</li>" for colour, name in entries)
    sample = ""
    if len(contents.points) < contents.totals["conversations"] * 0.9:
        sample = f"<p class='quiet'>A sample of {len(contents.points):,} conversations.</p>"
    drawing = charts.map_of_points(contents.points, names, {**colours, "outliers": RESERVED})
    return f"<h2>Map</h2><div class='wide'>{drawing}</div><ul class='legend'>{legend}</ul>{sample}"


def _tree(contents: Contents, colours: dict[str, str]) -> str:
    rows = contents.clusters[contents.clusters["conversation_count"] > 0]
    children: dict[Any, list[Any]] = {}
    for row in _rows(rows):
        parent = None if pd.isna(row.parent_cluster_id) else row.parent_cluster_id
        children.setdefault(parent, []).append(row)
    most = max((row.conversation_count for row in children.get(None, [])), default=1)

    def drawn(row: Any) -> str:
        colour = colours.get(row.root_cluster_id, RESERVED)
        width = 100 * row.conversation_count / most
        share = "" if pd.isna(row.share) else f" · {100 * row.share:.1f} %"
        about = "" if pd.isna(row.description) else f"<p class='quiet'>{_shown(row.description)}</p>"
        quotes = "".join(
            f"<blockquote>{_shown(text)}</blockquote>" for text in contents.examples.get(row.cluster_id, [])
        )
        below = "".join(drawn(child) for child in children.get(row.cluster_id, []))
        return (
            f"<details{' class=top' if row.level == 0 else ''}>"
            f"<summary><span class='name'>{_shown(row.name)}{_flag(contents, row)}</span>"
            f"<span class='bar-cell'><span class='bar' style='width:{width:.1f}%;background:{colour}'></span></span>"
            f"<span class='count'>{row.conversation_count:,}{share}</span></summary>"
            f"<div class='inside'>{about}{quotes}</div>{below}</details>"
        )

    return "".join(drawn(row) for row in children.get(None, []))


def _trends(contents: Contents, tops: pd.DataFrame, colours: dict[str, str]) -> str:
    trends = contents.trends
    if trends["period_start"].nunique() < 2:
        return ""
    top_ids = contents.clusters.loc[contents.clusters["level"] == 0, "cluster_id"]
    keys = ["period", "period_start", "is_complete"]
    everything = trends[trends["cluster_id"].isin(top_ids)].groupby(keys)[["conversation_count"]].sum().reset_index()
    small = "".join(
        f"<div><h3>{_shown(top.name)}{_flag(contents, top)}</h3>"
        + charts.bars_over_time(
            trends[trends["cluster_id"] == top.cluster_id], 300, 70, "Conversations per period", colours[top.cluster_id]
        )
        + "</div>"
        for top in _rows(tops.head(SMALL_CHARTS))
    )
    overall = charts.bars_over_time(everything, 980, 150, "Conversations per period, all topics")
    period = _shown(everything["period"].iloc[0])
    pale = f"<p class='quiet'>A pale bar is a {period} that may not be over yet.</p>"
    pale = "" if everything["is_complete"].all() else pale
    return f"<h2>Conversations per {period}</h2><div class='wide'>{overall}</div>{pale}<div class='small'>{small}</div>"


def _flag(contents: Contents, row: Any) -> str:
    trend = contents.moving.get(row.cluster_id)
    return f" <small class='{trend}'>{FLAGS[trend]}</small>" if trend in FLAGS else ""


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples(index=False))


def _cut(text: str, length: int = 38) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _shown(text: object) -> str:
    return html.escape(printable(str(text)))

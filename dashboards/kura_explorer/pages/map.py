"""All conversations as points: what is alike lies close together."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from kura_explorer import (
    address,
    branches,
    choice,
    components,
    controls,
    filters,
    lists,
    look,
    navigation,
    periods,
    questions,
    text,
)
from kura_explorer import points as places
from kura_explorer.choice import Filter
from kura_explorer.text import markdown

CLUSTER, GROWTH = "Cluster", "Growth"
CORNERS = 60


def show() -> None:
    """Show the page."""
    st.title("Map", anchor=False)
    look.titled("Map")
    chosen = filters.choose()
    clusters = questions.counted_clusters(chosen)
    if not clusters["conversation_count"].sum():
        look.nothing_yet()
        return
    shown = questions.named(clusters[clusters["chosen_count"] > 0])
    paths, ids = text.paths(clusters), list(shown["cluster_id"])
    titles = {filters.title(facet): facet for facet in _told_apart()}
    colourings = [CLUSTER, *_movement(), *titles]
    by, focus = CLUSTER, None
    *columns, last = st.columns(1 + (len(colourings) > 1) + (len(ids) > 1))
    if len(colourings) > 1:
        with columns.pop(0):
            by = controls.select("Colour by", colourings, "colour", CLUSTER) or CLUSTER
    if len(ids) > 1:
        with columns.pop(0):
            focus = controls.select("Look closer at", ids, "focus", None, paths.__getitem__, placeholder="Everything")
    with last:
        words = controls.text("Search", "words", placeholder="Words in the summary, request or topic")
    navigation.lead_on(address.one("focus"), chosen)
    filters.titled("Map", chosen, words, paths.get(focus or ""))
    with look.loading(640):
        found, number = places.points(chosen, titles.get(by), words), places.placed(chosen)
    if found.empty:
        st.info("None of these conversations has a place on the map.", icon=":material/info:")
        return
    area = corners(address.one("area"))
    if not area and address.one("area") is not None:
        controls.say_gone("Drawn around")
    _draw(found, by, clusters, shown, focus, words, area, chosen)
    sample = f" Shown is a sample of {look.count(len(found))}." if len(found) < number else ""
    filters.summary(chosen)
    st.caption(
        f"Drag to move, wheel or + and − to zoom; more names appear as you come closer. A name opens its cluster, a point its"
        f" conversation; ◌ draws around points to list them. Distances mean something, directions don't, and wide gaps are"
        f" shortened.{sample}{_divided(clusters) if by == CLUSTER else ''}"
    )
    if area or words:
        _selected(replace(chosen, words=words, area=area), area)


def corners(said: str | None) -> tuple[tuple[float, float], ...]:
    """Return the corners that stand in an address as x,y;x,y;…; none where that is not what stands there."""
    try:
        pairs = tuple(tuple(map(float, pair.split(","))) for pair in (said or "").split(";") if pair)
    except ValueError:
        return ()
    sound = 3 <= len(pairs) <= CORNERS and all(len(pair) == 2 and max(map(abs, pair)) < 1e9 for pair in pairs)
    return pairs if sound else ()  # type: ignore[return-value]


def _movement() -> list[str]:
    return [GROWTH] if periods.movement(periods.trends())["trend"].notna().any() else []


def _told_apart() -> list[str]:
    """Return the facets that colour the map: those with more than one value."""
    spoken = ["language"] if len(questions.languages()) > 1 else []
    return spoken + [facet for facet in choice.facets() if len(questions.facet_values(facet)) > 1]


def _draw(
    points: pd.DataFrame,
    by: str,
    clusters: pd.DataFrame,
    shown: pd.DataFrame,
    focus: str | None,
    words: str,
    area: tuple[tuple[float, float], ...],
    chosen: Filter,
) -> None:
    colour, palette, legend = _coloured(points, by, clusters)
    labels = _labels(clusters, shown, chosen)
    place = {label[0]: number for number, label in enumerate(labels)}
    points = points.assign(colour=colour, label=points["cluster_id"].map(place).fillna(-1).astype(int))
    if not words:
        points = points.drop(columns=["found"])
    inside = questions.inside(clusters, focus) if focus else set()
    members = [place[one] for one in place if one in inside]
    done = components.map_of_points(points, palette, legend, labels, focus, members, area, key="map")
    if done.cluster:
        navigation.open_cluster(done.cluster)
    if done.point and done.point[1] == len(points):  # of other tables, which these have replaced, it was another one
        navigation.read(points.iloc[int(done.point[0])]["conversation_id"])
    if done.area:
        address.put(area=";".join(f"{x:g},{y:g}" for x, y in done.area), page=None)
        st.rerun()


def _labels(
    clusters: pd.DataFrame, shown: pd.DataFrame, chosen: Filter
) -> list[tuple[str, str, list[tuple[float, float]], int, int]]:
    """Return what stands on the map: id, name, places to choose from, depth below its branch, and count, the first ones first."""
    spots = places.names(chosen)
    # where a branch is part of a topic that is all over the map, it speaks from far away, and the topic doesn't
    branch, level = branches.of_clusters(clusters), dict(zip(clusters["cluster_id"], clusters["level"], strict=True))
    rows = shown[shown["cluster_id"].isin(branch) & shown["cluster_id"].isin(list(spots))]
    rows = rows.assign(depth=[level[one] - level[branch[one]] for one in rows["cluster_id"]])
    rows = rows.sort_values(["depth", "chosen_count"], ascending=[True, False])
    return [
        (row.cluster_id, row.name, spots[row.cluster_id], int(row.depth), int(row.chosen_count))
        for row in questions.each(rows)
    ]


def _selected(chosen: Filter, area: tuple[tuple[float, float], ...]) -> None:
    st.subheader("Drawn around" if area else "Found", anchor=False)
    if area:
        st.button("Forget what is drawn", on_click=address.put, kwargs={"area": None}, icon=":material/close:")
    lists.conversations(chosen, int(questions.totals(chosen)["conversations"]), "map")


def _coloured(
    points: pd.DataFrame, by: str, clusters: pd.DataFrame
) -> tuple[pd.Series, list[str], list[tuple[str, str]]]:
    """Return each point's place in the palette, the palette, and the legend."""
    colours = look.palette()
    if by == CLUSTER:
        colour, branch = navigation.colours(clusters), set(branches.of_clusters(clusters).values())
        named = clusters[clusters["cluster_id"].isin(branch) & (clusters["chosen_count"] > 0)]
        legend = [
            (row.name, colour[row.cluster_id])
            for row in questions.each(text.told_apart(named))
            if colour[row.cluster_id] != colours.other
        ]
        coloured = points["cluster_id"].map(colour).fillna(colours.other)
        rest = set(points.loc[coloured == colours.other, "cluster_id"])
        if rest:
            outliers = set(clusters.loc[clusters["is_outliers"].astype(bool), "cluster_id"])
            legend.append(("Outliers" if rest <= outliers else "others", colours.other))
        return _indexed(coloured, legend)
    if by == GROWTH:
        trend = periods.movement(periods.trends())["trend"]
        legend = [(f"{sign} {name}".strip(), look.trend_colour(key)) for key, (name, sign) in look.SIGNS.items()]
        return _indexed(points["cluster_id"].map(trend).fillna("steady").map(look.trend_colour), legend)
    values = points["value"].fillna("unknown").astype(str)
    ordered = [value for value in "12345" if (values == value).any()]
    if by in filters.SCORES.values():
        colour = {**dict(zip("12345", colours.scale, strict=True)), "unknown": colours.unknown}
        words = {"1": "1 · not at all", "5": "5 · very"}
        legend = [(words.get(value, value), colour[value]) for value in ordered]
    else:
        frequent = [value for value in values.value_counts().index if value != "unknown"][:10]
        colour = dict(zip(frequent, colours.categories, strict=False))
        legend = list(colour.items())
        if len(set(values) - {"unknown"}) > len(frequent):
            legend.append(("others", colours.other))
    if (values == "unknown").any():
        colour["unknown"] = colours.unknown
        legend.append(("unknown", colours.unknown))
    return _indexed(values.map(colour).fillna(colours.other), legend)


def _divided(clusters: pd.DataFrame) -> str:
    name = branches.divided(clusters)
    return f" {markdown(name)} has most of the conversations, so each of its parts has a colour." if name else ""


def _indexed(colour: pd.Series, legend: list[tuple[str, str]]) -> tuple[pd.Series, list[str], list[tuple[str, str]]]:
    # what is most common is drawn first, so that the rest isn't hidden beneath it
    palette = list(colour.value_counts().index)
    palette += [entry for _, entry in legend if entry not in palette]
    return colour.map({entry: number for number, entry in enumerate(palette)}), palette, legend

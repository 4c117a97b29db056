"""All conversations as points: what is alike lies close together."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from kura_explorer import components, filters, look, questions
from kura_explorer.navigation import colours, open_cluster, show_conversation

CLUSTER, GROWTH = "Cluster", "Growth"


def show() -> None:
    """Show the page."""
    st.title("Map")
    chosen = filters.choose()
    facets = ["language", *questions.facets()]
    titles = {filters.title(facet): facet for facet in facets}
    clusters = questions.counted_clusters(chosen)
    shown = clusters[(clusters["chosen_count"] > 0) & ~clusters["is_unprocessed"] & ~clusters["is_outliers"]]
    left, right = st.columns([1, 2])
    by = left.selectbox("Colour by", [CLUSTER, GROWTH, *titles], key="map_colour")
    paths = dict(zip(shown["cluster_id"], shown["path"], strict=True))
    focus = right.selectbox(
        "Look closer at",
        list(paths),
        index=None,
        format_func=lambda cluster_id: paths.get(cluster_id, ""),
        placeholder="Everything",
        key="map_focus",
    )
    filters.summary(chosen)
    if by in (filters.title("user_frustration"), filters.title("concerning_score")) and not questions.has_model():
        look.needs_a_model(f"{by} needs")
        return
    facet = titles.get(by)
    points = questions.points(chosen, facet)
    if points.empty:
        st.info("No conversation with a place on the map is left.", icon=":material/info:")
        return
    if facet and points["value"].isna().all():
        look.needs_a_model(f"{by} needs")
        return
    points["colour"], palette, legend = _coloured(points, by, clusters)
    shown = questions.on_their_crowd(shown, points)
    labels = shown[~shown["is_suppressed"]].sort_values(["level", "chosen_count"], ascending=[True, False])
    labels = labels.reset_index(drop=True)
    place = {cluster: number for number, cluster in enumerate(labels["cluster_id"])}
    points["label"] = [place.get(cluster, -1) for cluster in points["cluster_id"]]
    members = []
    if focus:
        path = paths[focus]
        members = [place[cluster] for cluster in place if (paths[cluster] + " > ").startswith(path + " > ")]
    cluster, point = components.map_of_points(points, palette, legend, labels, focus, members, key="map")
    st.caption(
        "Drag to move, wheel or + and − to zoom; more names appear as you come closer. A name opens its cluster, a point"
        " its conversation. Distances mean something, directions don't."
    )
    if len(points) == questions.MAP_POINTS:
        st.caption(f"A sample of {look.count(len(points))} conversations.")
    if cluster:
        open_cluster(cluster)
    if point is not None:
        show_conversation(points.iloc[int(point)]["conversation_id"])


def _coloured(
    points: pd.DataFrame, by: str, clusters: pd.DataFrame
) -> tuple[pd.Series, list[str], list[tuple[str, str]]]:
    """Return each point's place in the palette, the palette, and the legend."""
    if by == CLUSTER:
        colour = colours(clusters)
        tops = clusters[(clusters["level"] == 0) & ~clusters["is_unprocessed"] & (clusters["chosen_count"] > 0)]
        legend = [(row.name, colour[row.cluster_id]) for row in questions.each(tops)]
        return _indexed(points["cluster_id"].map(colour).fillna(look.OTHER), legend)
    if by == GROWTH:
        trend = questions.movement()["trend"]
        colour = {name: (look.STEADY if name == "steady" else value[2]) for name, value in look.TREND.items()}
        legend = [(f"{sign} {name}".strip(), colour[key]) for key, (name, sign, _) in look.TREND.items()]
        return _indexed(points["cluster_id"].map(trend).fillna("steady").map(colour).fillna(look.STEADY), legend)
    values = points["value"].fillna("unknown").astype(str)
    ordered = [value for value in "12345" if (values == value).any()]
    if by in (filters.title("user_frustration"), filters.title("concerning_score")):
        colour = {**dict(zip("12345", look.SCALE, strict=True)), "unknown": look.UNKNOWN}
        words = {"1": "1 · not at all", "5": "5 · very"}
        legend = [(words.get(value, value), colour[value]) for value in ordered]
    else:
        frequent = [value for value in values.value_counts().index if value != "unknown"][:10]
        colour = dict(zip(frequent, look.CATEGORIES, strict=False))
        legend = list(colour.items())
        if len(set(values) - {"unknown"}) > len(frequent):
            legend.append(("others", look.OTHER))
    if (values == "unknown").any():
        colour["unknown"] = look.UNKNOWN
        legend.append(("unknown", look.UNKNOWN))
    return _indexed(values.map(colour).fillna(look.OTHER), legend)


def _indexed(colour: pd.Series, legend: list[tuple[str, str]]) -> tuple[pd.Series, list[str], list[tuple[str, str]]]:
    # what is most common is drawn first, so that the rest isn't hidden beneath it
    palette = list(colour.value_counts().index)
    palette += [entry for _, entry in legend if entry not in palette]
    return colour.map({entry: number for number, entry in enumerate(palette)}), palette, legend

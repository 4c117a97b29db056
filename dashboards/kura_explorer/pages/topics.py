"""The hierarchy, from the top down: a treemap to drill into, and the tree."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st

from kura_explorer import (
    address,
    choice,
    components,
    controls,
    filters,
    lists,
    look,
    navigation,
    periods,
    questions,
    ranking,
    search,
)
from kura_explorer.choice import Filter
from kura_explorer.text import markdown


def show() -> None:
    """Show the page."""
    st.title("Topics", anchor=False)
    chosen = filters.choose()
    with look.loading(420):
        clusters = questions.counted_clusters(chosen)
    here = address.one("at")
    by_id = clusters.set_index("cluster_id", drop=False)
    here, asked = (here if here in by_id.index else None), here
    filters.titled("Topics", chosen, None if here is None else questions.one(clusters, here).name)
    if not clusters["conversation_count"].sum():
        look.nothing_yet()
        return
    if asked != here:
        controls.say_gone("Topic")
        navigation.lead_on(asked, chosen)
    filters.summary(chosen)
    if not clusters["chosen_count"].sum():
        filters.nothing_left()
        return
    _crumbs(by_id, here)
    words = controls.text("Find a topic", "words", placeholder="Words in its name or description")
    colour = navigation.colours(clusters)
    if not words:
        _treemap(clusters, by_id, here, colour)
    _tree(clusters, here, words, colour, chosen)


def _treemap(clusters: pd.DataFrame, by_id: pd.DataFrame, here: str | None, colour: dict[str, str]) -> None:
    children = clusters[clusters["parent_cluster_id"].isna() if here is None else clusters["parent_cluster_id"] == here]
    children = children[children["chosen_count"] > 0].sort_values("chosen_count", ascending=False, kind="stable")
    picked = components.treemap(
        [
            {
                "id": row.cluster_id, "name": row.name, "count": int(row.chosen_count), "share": look.percent(row.chosen_share),
                "colour": colour[row.cluster_id], "is_leaf": bool(row.is_leaf),
            }
            for row in questions.each(children)
        ],
        key=f"treemap_{here}",
    )  # fmt: skip
    if picked:
        if picked in by_id.index and by_id.loc[picked, "is_leaf"]:
            navigation.open_cluster(picked)
        _go_to(picked)


def _go_to(cluster_id: str | None) -> None:
    address.put(at=cluster_id)
    st.rerun()


def _crumbs(by_id: pd.DataFrame, here: str | None) -> None:
    way: list[str] = []
    parents, names = by_id["parent_cluster_id"].to_dict(), by_id["name"].to_dict()
    while here is not None:
        way.insert(0, here)
        here = None if pd.isna(parents[here]) else parents[here]
    if not way:
        return
    with st.container(horizontal=True, gap="small"):
        if st.button("All topics", key="crumb_all", type="tertiary"):
            _go_to(None)
        for step in way:
            if st.button(f"› {markdown(names[step])}", key=f"crumb_{step}", type="tertiary"):
                _go_to(step)
        if st.button("About this cluster", key="crumb_about", icon=":material/open_in_new:", type="tertiary"):
            navigation.open_cluster(way[-1])


def _tree(clusters: pd.DataFrame, here: str | None, words: str, colour: dict[str, str], chosen: Filter) -> None:
    rows = clusters[clusters["chosen_count"] > 0]
    if here is not None:
        rows = rows[rows["cluster_id"].isin(questions.inside(clusters, here))]
    opened = set() if here is None else set(rows["cluster_id"])
    if words:
        found = _found(rows, words)
        if found.empty:
            further = " The page Conversations searches what people said." if choice.has_rows() else ""
            st.info(f"No name and no description has these words.{further}", icon=":material/info:")
            return
        st.caption(f"{look.many(len(found), 'cluster')} with these words in the name or the description.")
        opened = _above(rows, found["cluster_id"])
        below = [questions.inside(rows, one) for one in found["cluster_id"]]
        rows = rows[rows["cluster_id"].isin(opened.union(*below))]
    trends = periods.trends(chosen)
    moved, lines = periods.movement(trends), periods.lines(trends)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader("Tree", anchor=False, width="stretch")
        by = ranking.choose(moved, rows)
        lists.download("topics", lambda: ranking.spreadsheet(ranking.ordered(rows, moved, ranking.SIZE)), "topics")
    rows = _with_children_below(ranking.ordered(rows, moved, by))
    first = int(rows["level"].min())
    picked = components.tree(
        [
            {
                "id": row.cluster_id, "parent": row.parent_cluster_id, "name": row.name, "level": int(row.level) - first,
                "count": int(row.chosen_count), "note": ranking.note(row, by), "colour": colour[row.cluster_id],
                "is_leaf": bool(row.is_leaf), "line": lines.get(row.cluster_id, []), "flag": look.flag(moved["trend"].get(row.cluster_id)),
                "open": row.cluster_id in opened,
            }
            for row in questions.each(rows)
        ],
        periods.period(),
        key=f"tree_{here}_{words}",
    )  # fmt: skip
    if picked:
        navigation.open_cluster(picked)
    ranking.explain(by)
    st.caption(
        "A name opens its cluster." if rows["is_leaf"].all() else "The arrow opens a branch, a name its cluster."
    )


def _found(rows: pd.DataFrame, words: str) -> pd.DataFrame:
    """Return clusters that hold all of the words, some perhaps in what is above them, though not all of them there."""
    sought = [word.casefold() for word in search.sought(words)]
    own = (rows["name"] + " " + rows["description"].fillna("")).str.casefold()
    path = rows["path"].str.casefold() + " " + own
    is_found = [
        all(word in way for word in sought) and any(word in it for word in sought)
        for it, way in zip(own, path, strict=True)
    ]
    return rows[is_found]


def _above(rows: pd.DataFrame, below: Iterable[str]) -> set[str]:
    """Return what is above clusters, so that they are seen where it is open."""
    parents = dict(zip(rows["cluster_id"], rows["parent_cluster_id"], strict=True))
    found, waiting = set[str](), list(below)
    while waiting:
        parent = parents.get(waiting.pop())
        if parent is not None and parent in parents and parent not in found:
            found.add(parent)
            waiting.append(parent)
    return found


def _with_children_below(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with what belongs to each directly below it, in the order in which they come."""
    children: dict[str | None, list[str]] = {}
    there = set(rows["cluster_id"])
    for cluster, parent in zip(rows["cluster_id"], rows["parent_cluster_id"], strict=True):
        children.setdefault(parent if parent in there else None, []).append(cluster)

    def walked(cluster: str | None) -> list[str]:
        return [one for child in children.get(cluster, []) for one in (child, *walked(child))]

    return rows.set_index("cluster_id", drop=False).loc[walked(None)]

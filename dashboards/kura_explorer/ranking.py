"""The order of clusters in lists: by size, by growth, by frustration, by what is to be gained."""

from __future__ import annotations

import pandas as pd

from kura_explorer import controls, look

SIZE, GROWTH, FRUSTRATION, OPPORTUNITY = "size", "growth", "frustration", "opportunity"
TOPICS, CLUSTERS = "topics", "clusters"


def choose_level(topics: int, leaves: int) -> str:
    """Let the topics or the clusters below them be chosen, if they are not the same."""
    if topics == leaves or not (topics and leaves):
        return TOPICS if topics else CLUSTERS
    options = {TOPICS: look.many(topics, "topic"), CLUSTERS: look.many(leaves, "cluster")}
    return controls.segments("Level", options, "level", label_visibility="collapsed")


def choose(moved: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Let an order be chosen, of those that there are figures for."""
    options = {SIZE: "Size"}
    if (moved["lately"] - moved["before"]).notna().any():
        options[GROWTH] = "Growth"
    if rows["frustration_rate"].notna().any():
        options[FRUSTRATION] = "Frustration"
    if rows["opportunity"].notna().any():
        options[OPPORTUNITY] = "Opportunity"
    return controls.segments("Order", options, "sort", label_visibility="collapsed") if len(options) > 1 else SIZE


def ordered(rows: pd.DataFrame, moved: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return clusters in an order, with `growth`: what the share has gained from the first half of the last periods to the second."""
    rows = rows.assign(growth=rows["cluster_id"].map(moved["lately"] - moved["before"]))
    column = {SIZE: "chosen_count", GROWTH: "growth", FRUSTRATION: "frustration_rate", OPPORTUNITY: "opportunity"}[by]
    return rows.sort_values([column, "sort_order"], ascending=[False, True], na_position="last", kind="stable")


def note(row: object, by: str) -> str:
    """Return the figure that a cluster stands where it stands for."""
    growth, frustration = getattr(row, "growth", None), getattr(row, "frustration_rate", None)
    if by == GROWTH and pd.notna(growth):
        return f"{look.points(growth)} points"
    if by == FRUSTRATION and pd.notna(frustration):
        return f"{look.percent(frustration, 0)} frustrated"
    opportunity = getattr(row, "opportunity", None)
    if by == OPPORTUNITY and pd.notna(opportunity):
        return f"{opportunity:.1f} a week"
    return look.percent(getattr(row, "chosen_share", 0))


def spreadsheet(rows: pd.DataFrame) -> pd.DataFrame:
    """Return clusters for a spreadsheet."""
    names = {
        "path": "cluster", "level": "level", "chosen_count": "conversations", "chosen_users": "users", "chosen_share": "share",
        "growth": "growth_of_share", "frustration_rate": "frustration_rate", "concern_rate": "concern_rate",
        "resolved_share": "resolved_share", "opportunity": "unresolved_a_week",
        "description": "description",
    }  # fmt: skip
    return rows[[name for name in names if name in rows]].rename(columns=names).dropna(axis="columns", how="all")

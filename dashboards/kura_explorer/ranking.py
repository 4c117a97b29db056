"""The order of clusters in lists: by size, by growth, by frustration, by what is to be gained."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from kura_explorer import address, controls, look

SIZE, GROWTH, FRUSTRATION, OPPORTUNITY, UNUSUAL = "size", "growth", "frustration", "opportunity", "unusual"
TOPICS, CLUSTERS = "topics", "clusters"


def choose_level(rows: pd.DataFrame) -> str:
    """Let the topics among clusters or those at the ends of the tree be chosen, if they are not the same."""
    topics, leaves = (len(of_level(rows, level)) for level in (TOPICS, CLUSTERS))
    if topics == leaves or not (topics and leaves):
        return TOPICS if topics else CLUSTERS
    options = {TOPICS: look.many(topics, "topic"), CLUSTERS: look.many(leaves, "cluster")}
    return controls.segments("Level", options, "level", label_visibility="collapsed")


def of_level(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return those clusters that are topics, or those that have none below them."""
    return rows[rows["is_leaf"].astype(bool)] if level == CLUSTERS else rows[rows["level"] == 0]


def say_left_out(hidden: pd.DataFrame, level: str, also: str = "") -> None:
    """Say how many of a level are left out of a list because they are not named, if any are, and what `also` follows from it."""
    number = len(of_level(hidden, level))
    if number:
        things = look.many(number, level.removesuffix("s"))
        st.caption(f"Left out{also}: {things} hidden by an edit, or too small to be named.")


def choose(moved: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Let an order be chosen, of those that there are figures for."""
    options = {SIZE: "Size"}
    if (moved["lately"] - moved["before"]).notna().any():
        options[GROWTH] = "Growth"
    if rows["frustration_rate"].notna().any():
        options[FRUSTRATION] = "Frustration"
    if rows["opportunity"].notna().any():
        options[OPPORTUNITY] = "Opportunity"
    # without a filter everything is as usual; that is no reason to call the order of a link gone
    if _is_filtered(rows) or address.one("sort") == UNUSUAL:
        options[UNUSUAL] = "Unusual"
    return controls.segments("Order", options, "sort", label_visibility="collapsed") if len(options) > 1 else SIZE


def ordered(rows: pd.DataFrame, moved: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return clusters in an order, with two figures.

    `growth` is what the share has gained from the first half of the last periods to the second, `lift` the share of what is
    filtered divided by that of everything. The surest lift comes first, not the highest, which a handful may have.
    """
    share, usual = rows["chosen_share"].astype(float), rows["share"].astype(float)
    rows = rows.assign(
        growth=rows["cluster_id"].map(moved["lately"] - moved["before"]),
        lift=share / usual if _is_filtered(rows) else np.nan,
        surprise=(share - usual) / (usual * (1 - usual)) ** 0.5,
    )
    column = {
        SIZE: "chosen_count", GROWTH: "growth", FRUSTRATION: "frustration_rate", OPPORTUNITY: "opportunity", UNUSUAL: "surprise",
    }[by]  # fmt: skip
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
    if by == UNUSUAL and pd.notna(lift := getattr(row, "lift", None)):
        return f"× {lift:.1f}"
    return look.percent(getattr(row, "chosen_share", 0))


def explain(by: str) -> None:
    """Say what the figures of an order are, where they don't say it themselves."""
    if by == UNUSUAL:
        st.caption("×: the share among what is filtered, divided by the share among all. The surest comes first.")


def spreadsheet(rows: pd.DataFrame) -> pd.DataFrame:
    """Return clusters for a spreadsheet."""
    names = {
        "path": "cluster", "level": "level", "chosen_count": "conversations", "chosen_users": "users", "chosen_share": "share",
        "growth": "growth_of_share", "lift": "lift", "frustration_rate": "frustration_rate", "concern_rate": "concern_rate",
        "resolved_share": "resolved_share", "opportunity": "unresolved_a_week",
        "description": "description",
    }  # fmt: skip
    return rows[[name for name in names if name in rows]].rename(columns=names).dropna(axis="columns", how="all")


def _is_filtered(rows: pd.DataFrame) -> bool:
    return bool((rows["chosen_count"] < rows["conversation_count"]).any())

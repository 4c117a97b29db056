"""How conversations end, and what goes wrong in them: known where a language model has told it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from kura_explorer.choice import CONVERSATIONS, EVERYTHING, Filter, day, has_outcomes, has_rows
from kura_explorer.warehouse import query

FIGURES = ("resolved_share", "opportunity")
COUNTED = (
    " avg(case when f.outcome = 'resolved' then 1.0 when f.outcome is not null then 0.0 end) as chosen_resolved,"
    " sum(case when f.outcome = 'unresolved' then 1 else 0 end) as chosen_unresolved"
)


def counted_columns() -> str:
    """Return what a query that counts conversations by cluster asks for in addition; nothing in older tables."""
    return f", {COUNTED}" if has_outcomes() else ""


def with_figures(rows: pd.DataFrame, chosen: Filter) -> pd.DataFrame:
    """Return counted clusters with `resolved_share` and `opportunity` of the chosen conversations, null where unknown."""
    if chosen == EVERYTHING or not has_outcomes():
        is_told = chosen == EVERYTHING
        return rows.assign(
            **{name: rows[name].astype(float) if is_told and name in rows else np.nan for name in FIGURES}
        )
    # nothing is told of a cluster of whose conversations no outcome is known
    opportunity = rows["chosen_unresolved"].astype(float) / _weeks(chosen)
    return rows.assign(
        resolved_share=rows["chosen_resolved"].astype(float),
        opportunity=opportunity.where(rows["chosen_resolved"].notna()),
    )


def resolved_share(chosen: Filter = EVERYTHING) -> float | None:
    """Return the share over all chosen conversations that ended well; None where it is unknown."""
    if not has_rows() or not has_outcomes():
        return None
    where, values = chosen.where()
    share = query(f"select{COUNTED} from {CONVERSATIONS} where {where}", *values)["chosen_resolved"].iloc[0]
    return None if pd.isna(share) else float(share)


def issues(cluster_id: str, chosen: Filter = EVERYTHING) -> pd.DataFrame:
    """Return what goes wrong in a cluster: `issue_side`, `issue`, `conversation_count`, the most frequent first."""
    if not has_rows() or not has_outcomes():
        return pd.DataFrame(columns=["issue_side", "issue", "conversation_count"])
    where, values = replace(chosen, cluster_id=cluster_id).where()
    return query(
        "select coalesce(f.issue_side, 'other') as issue_side, f.issue, count(*) as conversation_count"
        f" from {CONVERSATIONS} where f.issue is not null and {where}"
        " group by 1, 2 order by conversation_count desc, f.issue",
        *values,
    )


def by_side(rows: pd.DataFrame, number: int = 2) -> list[tuple[str, int, list[str]]]:
    """Return the sides of `issues` with their conversations and their most frequent issues, the largest first."""
    sides: list[tuple[str, int, list[str]]] = [
        (str(side), int(part["conversation_count"].sum()), list(part["issue"].head(number)))
        for side, part in rows.groupby("issue_side", sort=False)
    ]
    return sorted(sides, key=lambda side: -side[1])


def _weeks(chosen: Filter) -> Any:
    """Return how many weeks the chosen days have, at least one."""
    row = query(f"select min({day()}) as first, max({day()}) as last from fct_kura__conversations as f").iloc[0]
    if pd.isna(row["first"]):
        return np.nan
    first, last = (pd.Timestamp(row[name]).date() for name in ("first", "last"))
    first, last = max(chosen.since or first, first), min(chosen.until or last, last)
    return max(((last - first).days + 1) / 7, 1.0)

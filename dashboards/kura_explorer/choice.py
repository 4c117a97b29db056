"""Which conversations are chosen, as SQL on the public tables."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from kura_explorer import search
from kura_explorer.warehouse import columns, has, kept, query

# the pages show the main lens, whose tree is drawn first
FIRST_LENS = "lens = (select min_by(lens, sort_order) from dim_kura__clusters)"
CONVERSATIONS = (
    "fct_kura__conversations as f"
    " inner join fct_kura__conversation_attributes as a on f.conversation_id = a.conversation_id"
)
NONE = "none"
"""In place of a cluster of another lens: what has no place in that lens."""
SAID = "coalesce(f.summary, f.extract)"
# how a facet reads in SQL; the attributes are the user's own
FACETS = {
    "conversation_length": "f.conversation_length",
    "outcome": "f.outcome",
    "issue_side": "f.issue_side",
    "user_frustration": "f.user_frustration",
    "concerning_score": "f.concerning_score",
    "status": "f.status",
    "model": "f.model",
}


@dataclass(frozen=True)
class Filter:
    """Which conversations count; empty means all of them."""

    since: dt.date | None = None
    until: dt.date | None = None
    """The last day, included."""
    languages: tuple[str, ...] = ()
    facets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    words: str = ""
    """Each of them must occur in the summary or extract, the request or the topic."""
    cluster_id: str | None = None
    """A cluster of any level."""
    area: tuple[tuple[float, float], ...] = ()
    """The corners of a part of the map."""
    across: tuple[tuple[str, str], ...] = ()
    """Other lenses, each with a cluster of its own of any level, or `NONE`."""

    def within(self, words: str) -> Filter:
        """Return the same choice of what holds these words."""
        return replace(self, words=words)

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition on `CONVERSATIONS`, and its values."""
        conditions, values = ["1 = 1"], []
        if self.since:
            conditions.append(f"{day()} >= ?")
            values.append(str(self.since))
        if self.until:
            conditions.append(f"{day()} <= ?")
            values.append(str(self.until))
        if self.languages:
            either = " or ".join(["', ' || lower(f.languages) || ', ' like ? escape '!'"] * len(self.languages))
            conditions.append(f"({either})")
            values += [f"%, {search.literally(language.lower())}, %" for language in self.languages]
        for facet, wanted in self.facets:
            conditions.append(f"cast({facets()[facet]} as varchar) in ({', '.join('?' * len(wanted))})")
            values += wanted
        found, words = search.condition(self.words)
        conditions += found
        values += words
        if self.cluster_id:
            conditions.append(
                "f.cluster_id in (select b.descendant_cluster_id from bridge_kura__cluster_ancestors as b"
                " where b.ancestor_cluster_id = ?)"
            )
            values.append(self.cluster_id)
        for lens, cluster_id in self.across:
            places = "select p.conversation_id from fct_kura__conversation_clusters as p"
            if cluster_id == NONE:
                conditions.append(f"f.conversation_id not in ({places} where p.lens = ?)")
                values.append(lens)
            else:
                conditions.append(
                    f"f.conversation_id in ({places} inner join bridge_kura__cluster_ancestors as b"
                    " on p.cluster_id = b.descendant_cluster_id where p.lens = ? and b.ancestor_cluster_id = ?)"
                )
                values += [lens, cluster_id]
        if self.area:
            conditions.append(_inside(self.area))
        return " and ".join(conditions), values


EVERYTHING = Filter()


def has_rows() -> bool:
    """Whether single conversations are published, and not numbers alone (`kura_publish`)."""
    return has("fct_kura__conversations")


def has_outcomes() -> bool:
    """Whether it stands beside conversations how they ended; older tables don't have it."""
    return {"outcome", "issue", "issue_side"} <= set(columns("fct_kura__conversations"))


@kept
def day() -> str:
    """Return the day of a conversation as SQL, by the clocks that trends go by (`kura_timezone`); in older tables UTC's."""
    there = columns("fct_kura__conversations")
    return "f.started_on" if "started_on" in there else "cast(f.started_at as date)"


def attributes() -> list[str]:
    """Return the names of the user's own columns."""
    return [
        name for name in columns("fct_kura__conversation_attributes") if name not in ("conversation_id", "cluster_id")
    ]


@kept
def facets() -> dict[str, str]:
    """Return each facet that conversations can be told apart by, and its SQL: no attribute with countless values."""
    counted = set(
        rows_of("fct_kura__cluster_facets", "select distinct facet from fct_kura__cluster_facets", "facet")["facet"]
    )
    there = columns("fct_kura__conversations")
    known = {name: sql for name, sql in FACETS.items() if name in there}
    return {**known, **{name: f"a.{name}" for name in attributes() if name in counted}}


def rows_of(table: str, sql: str, *named: str, values: tuple[Any, ...] = ()) -> pd.DataFrame:
    """Return the rows of a query, none where its table has not been built; `named` are its columns."""
    return query(sql, *values) if has(table) else pd.DataFrame(columns=list(named))


def language() -> str:
    """Return the first language of a conversation as SQL."""
    return (
        "case when f.languages like '%,%' then left(f.languages, position(',' in f.languages) - 1) else f.languages end"
    )


def _inside(area: tuple[tuple[float, float], ...]) -> str:
    """Return the condition that a point is within corners: a line from it to the right crosses the edge an odd number of times."""
    crossings = []
    for (x1, y1), (x2, y2) in zip(area, (*area[1:], area[0]), strict=True):
        if y1 != y2:
            slope = (x2 - x1) / (y2 - y1)
            crossings.append(
                f"case when (f.y < {y1:.6f}) <> (f.y < {y2:.6f}) and f.x < {x1:.6f} + {slope:.9f} * (f.y - ({y1:.6f}))"
                " then 1 else 0 end"
            )
    return f"mod({' + '.join(crossings) or '0'}, 2) = 1"

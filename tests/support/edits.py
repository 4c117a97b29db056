"""Edits of clusters, as a seed of the user's own holds them, and whether readers see what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import duckdb

from tests.support.warehouse import Warehouse

EDITS = "edits_of_mine.topic_edits"
"""The table that `keep` makes."""


class Cluster(NamedTuple):
    """A row of `dim_kura__clusters`, with the conversations in it."""

    name: str
    parent: str | None
    is_leaf: bool
    is_suppressed: bool
    conversations: frozenset[str]


class Edit(NamedTuple):
    """A row of the table of edits."""

    cluster_id: str
    cluster_name: str
    edit: str
    value: str


def clusters(warehouse: Warehouse) -> dict[str, Cluster]:
    """Return what readers get."""
    rows = warehouse.rows(
        "select d.cluster_id, any_value(name), any_value(d.parent_cluster_id), any_value(is_leaf), any_value(is_suppressed),"
        " list(f.conversation_id) from dim_kura__clusters as d"
        " inner join bridge_kura__cluster_ancestors as b on d.cluster_id = b.ancestor_cluster_id"
        " inner join fct_kura__conversations as f on b.descendant_cluster_id = f.cluster_id"
        " where not is_outliers and not is_unprocessed group by d.cluster_id"
    )
    return {row[0]: Cluster(row[1], row[2], row[3], row[4], frozenset(row[5])) for row in rows}


def keep(warehouse: Warehouse, edits: Iterable[Edit]) -> None:
    """Write the edits to a table, as dbt makes it of a seed."""
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("create schema if not exists edits_of_mine")
        connection.execute(
            f"create or replace table {EDITS} (cluster_id varchar, cluster_name varchar, edit varchar, value varchar)"
        )
        connection.executemany(f"insert into {EDITS} values (?, ?, ?, ?)", list(edits))


def left_out(warehouse: Warehouse) -> set[tuple[str, str]]:
    """Return id and kind of each edit that the last build left out."""
    status = "select cluster_id, edit from int_kura__curation where status not in ('applied', 'stale')"
    return {(row[0], row[1]) for row in warehouse.rows(status)}


def in_force(edit: Edit, before: dict[str, Cluster], at_once: dict[str, Cluster], now: dict[str, Cluster]) -> bool:
    """Whether readers see what an edit says; before it, with the build that it came with, and now."""
    row = now.get(edit.cluster_id)
    if edit.edit == "merge_into":
        first, target = at_once.get(edit.value), now.get(edit.value)
        if row is not None or first is None or target is None:
            return False
        if not before[edit.cluster_id].is_leaf:  # clusters come and go in a topic
            return True
        both = before[edit.cluster_id].conversations & first.conversations
        return len(both & target.conversations) > len(both) / 2
    if row is None:
        return False
    if edit.edit == "rename":
        return row.name == edit.value
    if edit.edit == "pin":
        is_whole = not before[edit.cluster_id].is_leaf or before[edit.cluster_id].conversations <= row.conversations
        return row.name == edit.cluster_name and is_whole
    if edit.edit == "hide":
        return row.is_suppressed and row.name == "Hidden"
    return row.parent == edit.value

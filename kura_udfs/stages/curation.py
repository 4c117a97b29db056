"""The edits of the user's own: which fit, and the tree that they make of the fitted one."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kura_udfs.clustering.curation import Curated, Edit, Node, above, curate, held_ids
from kura_udfs.naming.headings import slug
from kura_udfs.tables import table
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

VERDICTS = pa.schema(
    [
        ("lens", pa.string()),
        *((name, pa.string()) for name in Edit._fields),
        ("status", pa.string()),
        ("problem", pa.string()),
    ]
)
CLUSTERS = pa.schema(
    [
        ("lens", pa.string()),
        ("cluster_id", pa.string()),
        ("curated_cluster_id", pa.string()),
        ("parent_cluster_id", pa.string()),
        ("level", pa.int32()),
        ("is_leaf", pa.bool_()),
        ("given_name", pa.string()),
        ("given_slug", pa.string()),
        ("is_hidden", pa.bool_()),
        ("fitted_root_id", pa.string()),
    ]
)


def held_by_edits(stage: Stage, edits: Relation | None) -> tuple[set[str], set[str]]:
    """Return the ids of clusters that a refit must not lose, and those of them that are pinned."""
    return held_ids(_read_edits(stage, edits)) if edits is not None else (set(), set())


def judge(stage: Stage, edits: Relation, names: Relation, history: Relation) -> pa.Table:
    """Say of each edit whether it fits the tree, and if not, why and what to do."""
    rows = _read_edits(stage, edits)
    earlier = set(stage.warehouse.read(history, "distinct cluster_id")["cluster_id"].to_pylist())
    verdicts = curate(_nodes(_read_names(stage, names)), rows, earlier).verdicts
    stage.rows_in = stage.rows_new = len(rows)
    stage.rows_failed = sum(verdict.status in ("left_out", "elsewhere") for verdict in verdicts)
    found = [edit._asdict() | verdict._asdict() for edit, verdict in zip(rows, verdicts, strict=True)]
    return pa.Table.from_pylist(found, VERDICTS)


def apply(stage: Stage, edits: Relation, names: Relation) -> pa.Table:
    """Lay the tree after the edits beside the clusters of the fit, by whose ids it is looked up."""
    rows = _read_names(stage, names)
    stage.rows_in = stage.rows_new = len(rows)
    curated = curate(_nodes(rows), _read_edits(stage, edits))
    fitted = {row["cluster_id"]: row["parent_cluster_id"] for row in rows}
    parents = set(curated.parents.values())
    taken = {lens: {row["slug"] for row in rows if row["lens"] == lens} for lens in {row["lens"] for row in rows}}
    places = [curated.place[row["cluster_id"]] for row in rows]
    names_given = [_given(curated, row) for row in rows]
    return table(
        CLUSTERS,
        lens=[row["lens"] for row in rows],
        cluster_id=[row["cluster_id"] for row in rows],
        curated_cluster_id=places,
        parent_cluster_id=[curated.parents[place] if place else None for place in places],
        level=pa.array([len(above(curated.parents, place)) if place else None for place in places], pa.int32()),
        is_leaf=[place is not None and place not in parents for place in places],
        given_name=names_given,
        given_slug=[
            slug(name, [row["slug"].replace("_", " ")], taken[row["lens"]]) if name else None
            for row, name in zip(rows, names_given, strict=True)
        ],
        is_hidden=[place in curated.hidden for place in places],
        fitted_root_id=[[row["cluster_id"], *above(fitted, row["cluster_id"])][-1] for row in rows],
    )


def _given(curated: Curated, row: dict[str, Any]) -> str | None:
    """Return the name that an edit gives to a cluster; None where it is that of the fit."""
    name = curated.names.get(row["cluster_id"])
    return name if name != row["name"] and row["cluster_id"] in curated.parents else None


def _read_edits(stage: Stage, edits: Relation) -> list[Edit]:
    rows = stage.warehouse.read(edits, ", ".join(Edit._fields)).to_pylist()
    return sorted(Edit(*(row[name] or "" for name in Edit._fields)) for row in rows)


def _read_names(stage: Stage, names: Relation) -> list[dict[str, Any]]:
    rows = stage.warehouse.read(names, "lens, cluster_id, parent_cluster_id, name, slug")
    found: list[dict[str, Any]] = rows.sort_by("cluster_id").to_pylist()
    return found


def _nodes(rows: list[dict[str, Any]]) -> list[Node]:
    return [Node(row["lens"], row["cluster_id"], row["parent_cluster_id"], row["name"]) for row in rows]

"""Which clusters of the last tree go on in a new one, with their ids and names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from kura_udfs.clustering import hierarchy, matching
from kura_udfs.clustering.points import Fitted
from kura_udfs.tables import Floats, Vectors, numbered

# A name is kept while so much (Dice) of what was named is still there, over all refits since.
KEPT_NAME = 0.7
# A tree goes on while at least so much of everything is in base clusters that were in it.
OLD_ENOUGH = 0.7


class LastTree(NamedTuple):
    """The tree before this one.

    Attributes
    ----------
    rows : mapping
        From the id of a cluster to its row in `int_kura__cluster_names`.
    bases : list of str
        The b base clusters that were in it.
    flows : float64 array (b, number of new base clusters)
        What went from each of them to each of the new ones.
    left : float64 array (b,)
        What of each of them is in no new one.
    keeps_names : bool
        Whether names are still made as they were then.
    """

    rows: Mapping[str, Mapping[str, Any]]
    bases: list[str]
    flows: Floats
    left: Floats
    keeps_names: bool


class Heir(NamedTuple):
    """What a cluster has of the one that it continues; name, description and slug only while it is much the same."""

    cluster_id: str
    overlap: float
    name: tuple[str, str, str] | None


def shaping(recipe: str) -> str:
    """Return the part of a recipe that shapes tree and names: what comes before a hyphen."""
    return recipe.partition("-")[0]


def last_tree(last: pa.Table | None, fit: Fitted, weights: Floats, recipe: str) -> LastTree | None:
    """Read the last tree, and what has become of its base clusters; None if there was none."""
    if last is None:
        return None
    rows = {row["cluster_id"]: row for row in last.to_pylist()}
    keeps_names = shaping(last["recipe"][0].as_py()) == shaping(recipe)
    if last["fit_id"][0].as_py() == fit.fit_id:  # another tree over the same base clusters
        flows = matching.flows(fit.labels, fit.labels, weights, (len(fit.ids), len(fit.ids)))
        return LastTree(rows, fit.ids, flows, np.zeros(len(fit.ids)), keeps_names)
    bases = [cluster_id for cluster_id, row in rows.items() if row["is_leaf"]]
    old = np.append(numbered(pa.array(fit.previous_ids, pa.string()), bases), -1)[fit.previous]
    flows = matching.flows(old, fit.labels, weights, (len(bases), len(fit.ids)))
    left = matching.left(old, fit.labels, weights, len(bases))
    return LastTree(rows, bases, flows, left, keeps_names)


def base_heirs(last: LastTree | None, ids: Sequence[str]) -> list[Heir | None]:
    """Return what each base cluster has of its former self: the fit has matched them, they have the same id."""
    if last is None:
        return [None] * len(ids)
    likeness = matching.likeness(last.flows, last.left)
    number = {cluster_id: old for old, cluster_id in enumerate(last.bases)}
    return [
        _heir(last, cluster_id, likeness[number[cluster_id], new]) if cluster_id in number else None
        for new, cluster_id in enumerate(ids)
    ]


def held_to(last: LastTree | None, sizes: Floats) -> hierarchy.Before | None:
    """Return what a new tree is held to; nothing if trees are made otherwise than they were then.

    Parameters
    ----------
    last : LastTree or None
    sizes : float64 array (number of new base clusters,)
        What is in each of them, the new texts included.
    """
    if last is None or not last.keeps_names:
        return None
    _, below = parents_of(last)
    shares = (below @ last.flows / np.maximum(sizes, 1e-12)).T
    return hierarchy.Before(shares, sum(row["level"] == 0 for row in last.rows.values()))


def inherited_tree(
    last: LastTree | None, ids: Sequence[str], centroids: Vectors, sizes: Floats, top_clusters: int
) -> list[int] | None:
    """Put new base clusters into the last tree, beside the old ones that they are nearest to.

    Parameters
    ----------
    last : LastTree or None
    ids : sequence of str
        Of the k base clusters; one that goes on has its old id.
    centroids : float32 array (k, d)
    sizes : float64 array (k,)
    top_clusters : int

    Returns
    -------
    list of int or None
        The parent of each base cluster and then of each other node, -1 at the top. None where there is no tree to go
        on with: trees were made otherwise, too much is new, or it would not be sound any more.
    """
    if last is None or not last.keeps_names:
        return None
    goes_on = np.array([cluster_id in last.rows for cluster_id in ids], bool)
    if sizes[goes_on].sum() < OLD_ENOUGH * sizes.sum() or not goes_on.any():
        return None
    nearest = np.round(centroids @ centroids[goes_on].T, 5).argmax(axis=1)
    beside = np.where(goes_on, np.arange(len(ids)), np.flatnonzero(goes_on)[nearest])
    old, _ = parents_of(last)
    place = {cluster_id: len(ids) + number for number, cluster_id in enumerate(old)}
    above = [last.rows[cluster_id]["parent_cluster_id"] for cluster_id in [*(ids[base] for base in beside), *old]]
    parents = hierarchy.without_single_children([place[above_id] if above_id else -1 for above_id in above], len(ids))
    return parents if hierarchy.is_sound(parents, sizes, top_clusters) else None


def parent_heirs(last: LastTree | None, ids: Collection[str], below: Floats) -> list[Heir | None]:
    """Match the parents of two trees by what is below them; a base cluster that has come apart may go on as a parent.

    Parameters
    ----------
    last : LastTree or None
    ids : collection of str
        Of the new base clusters.
    below : float64 array (number of new parents, number of new base clusters)
        1 where a base cluster is below a parent.
    """
    if last is None:
        return [None] * len(below)
    parents, old_below = parents_of(last)
    apart = [base for base, cluster_id in enumerate(last.bases) if cluster_id not in ids]
    old_ids = [*parents, *(last.bases[base] for base in apart)]
    old_below = np.vstack([old_below, np.eye(len(last.bases))[apart]])
    likeness = matching.likeness(last.flows, last.left, old_below, below)
    return [
        _heir(last, old_ids[old], likeness[old, new]) if old >= 0 else None
        for new, old in enumerate(matching.match(likeness))
    ]


def parents_of(last: LastTree) -> tuple[list[str], Floats]:
    """Return the ids of the parents, and a row for each: 1 for each base cluster that was below it."""
    bases_of: dict[str, set[str]] = {}
    for base in last.bases:
        above = last.rows[base]["parent_cluster_id"] if base in last.rows else None
        while above is not None:
            bases_of.setdefault(above, set()).add(base)
            above = last.rows[above]["parent_cluster_id"]
    parents = list(bases_of)
    below = np.array([[base in bases_of[parent] for base in last.bases] for parent in parents], np.float64)
    return parents, below.reshape(len(parents), len(last.bases))


def _heir(last: LastTree, cluster_id: str, likeness: float) -> Heir:
    row = last.rows.get(cluster_id)
    if row is None:
        return Heir(cluster_id, 1.0, None)
    overlap = row["name_overlap"] * likeness
    stays = last.keeps_names and overlap >= KEPT_NAME
    return Heir(cluster_id, overlap, (row["name"], row["description"], row["slug"]) if stays else None)

"""The tree over the base clusters: what belongs together, and in how many steps one gets from top to leaf."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.resolutions import mean_silhouette
from kura_udfs.clustering.ward import directions, merges
from kura_udfs.tables import Floats, Labels, Rows, Vectors, Weights

MOST_LEVELS = 4
# A parent with more children than this on average asks for a level in between.
CHILDREN = 8
# No cluster at the top should hold more than this share of everything.
LARGEST_SHARE = 0.5
# The top is the widest cut whose silhouette comes this close to the best one: so much it swings from cut to cut where
# no number of groups stands out, and then a topic too many is a lesser evil than two in one.
LEEWAY = 0.05
# How strongly base clusters that had a parent in common hold together. With a tenth of new texts, 97 to 100 % of the
# old ones keep their cluster at the top so, with half of it 86 to 100 % (ten pairs of fits on five sets).
TIE = 0.8
# How strongly base clusters hold together that coarse cuts of the neighbour graph leave together (kinship.py). With as
# much as this, fits that differ by chance alone agree at the top (adjusted Rand) by 0.88 to 1, by 0.68 without.
KINSHIP = 1.5


class Before(NamedTuple):
    """The tree before this one, to which a new one is held.

    Attributes
    ----------
    shares : float64 array (k, p)
        How much of each base cluster was below each of the p parents then, between 0 and 1.
    tops : int
        How many nodes were at the top.
    """

    shares: Floats
    tops: int


class Tree(NamedTuple):
    """Nodes in depth-first order, parents before their children, heavier siblings before lighter ones.

    Attributes
    ----------
    parents : int32 array (m,)
        Index of each node's parent, -1 at the top.
    levels : int32 array (m,)
        Depth of each node, 0 at the top, at most 3.
    leaf_of_base : int32 array (k,)
        The node that each base cluster is.
    """

    parents: Labels
    levels: Labels
    leaf_of_base: Labels

    @property
    def is_leaf(self) -> NDArray[np.bool_]:
        """Whether each node is a base cluster."""
        return np.isin(np.arange(len(self.parents)), self.leaf_of_base)


def build_tree(
    centroids: Vectors,
    sizes: Weights,
    *,
    top_clusters: int = 10,
    before: Before | None = None,
    kin: NDArray[np.float64] | None = None,
) -> Tree:
    """Group base clusters into a tree of at most four levels.

    Rows are merged pair by pair, always the two that Ward's criterion (1963) says, which weighs sizes, with
    the mean direction of a group as its centre. Against the domains of labelled sets that beats plain Ward on
    the centroids (mean ARI 44 against 40; average linkage: 27). Two groups that together had more than half of
    everything wait until nothing else is left. Between six tenths of `top_clusters` and `top_clusters`, the top
    is the widest cut whose silhouette is within 0.05 of the best: on 28 samples of labelled sets with 4 to 18
    domains the mean adjusted mutual information is then 69, with the best cut alone 67. Where parents would have
    more than eight children on average, there are levels in between, at geometric steps.

    Parameters
    ----------
    centroids : float32 array (k, d)
        Of unit length.
    sizes : array (k,)
        Conversations in each base cluster.
    top_clusters : int
        At most so many nodes at level 0; with no more base clusters than this, they are the tree.
    before : Before, optional
        The tree before this one. Its parents are further dimensions of the centroids, and the top stays as wide
        as it was where that is as good as any other width.
    kin : float64 array (k, q), optional
        From kinship.kinship: further dimensions of the centroids, too.

    Returns
    -------
    Tree
        Every base cluster is one leaf. No parent has a single child: a base cluster alone in its group is a
        leaf higher up. Every level has fewer nodes than the next one, and no parent at the top has more than
        half of everything; with `top_clusters` below 5 one or the other can be impossible. The order of the
        base clusters makes no difference but to their numbers.
    """
    k = len(centroids)
    vectors, weights = np.asarray(centroids, np.float64), np.asarray(sizes, np.float64)
    canonical = np.lexsort((*vectors.T, weights))
    vectors, weights = vectors[canonical], weights[canonical]
    if k <= top_clusters:
        tree = _nested([np.arange(k)], weights)
    else:
        tied = vectors if kin is None else directions(np.hstack([vectors, KINSHIP * kin[canonical]]))
        if before is not None:
            tied = directions(np.hstack([tied, TIE * before.shares[canonical]]))
        cuts = _merges(tied, weights)
        width = _top_width(vectors, weights, cuts, top_clusters, before.tops if before else None)
        tree = _deepest(cuts, width, weights)
    leaf_of_base = np.empty(k, np.int32)
    leaf_of_base[canonical] = tree.leaf_of_base
    return tree._replace(leaf_of_base=leaf_of_base)


def without_single_children(parents: list[int], bases: int) -> list[int]:
    """Take away what has no child or one, which then takes its place; the first nodes are the base clusters."""
    while True:
        children = Counter(parents)
        spare = next((node for node in range(bases, len(parents)) if children[node] < 2), None)
        if spare is None:
            return parents
        kept = [parents[spare] if parent == spare else parent for parent in parents]
        del kept[spare]
        parents = [parent - (parent > spare) for parent in kept]


def is_sound(parents: Sequence[int], sizes: NDArray[np.floating], top_clusters: int) -> bool:
    """Whether a tree keeps the rules: few enough at the top and levels, each wider than the last, none too heavy.

    Parameters
    ----------
    parents : sequence of int
        Of each of the k base clusters and then of each other node, -1 at the top.
    sizes : array (k,)
    top_clusters : int
    """
    above = [*parents, -1]
    levels = np.zeros(len(parents), np.int64)
    tops = np.arange(len(parents))
    for node in range(len(parents)):
        while above[tops[node]] >= 0:
            tops[node] = above[tops[node]]
            levels[node] += 1
    widths = np.bincount(levels)
    loads = np.bincount(tops[: len(sizes)], sizes, len(parents))
    heavy = loads[len(sizes) :] > LARGEST_SHARE * sizes.sum() * (1 + 1e-9)
    return bool(
        widths[0] <= top_clusters and len(widths) <= MOST_LEVELS and (np.diff(widths) > 0).all() and not heavy.any()
    )


def _merges(vectors: Floats, weights: Floats) -> Labels:
    """Merge until one group is left: row w says which of the groups 0 to w each base cluster is in."""
    k = len(vectors)
    groups = np.arange(k)
    limit = LARGEST_SHARE * weights.sum() * (1 + 1e-9)
    cuts = np.empty((k, k), np.int32)
    cuts[k - 1] = groups
    for merged, (kept, gone) in enumerate(merges(vectors * weights[:, None], weights, limit), start=1):
        groups[groups == gone] = kept
        cuts[k - 1 - merged] = np.unique(groups, return_inverse=True)[1]
    return cuts


def _top_width(vectors: Floats, weights: Floats, cuts: Labels, most: int, before: int | None) -> int:
    """Choose how many nodes there are at the top; as many as before if that is as good as any."""

    def sound(width: int) -> bool:
        members = np.bincount(cuts[width - 1])
        alone = int((members == 1).sum())
        heavy = np.bincount(cuts[width - 1], weights) > LARGEST_SHARE * weights.sum() * (1 + 1e-9)
        return len(vectors) - alone > width and not (heavy & (members > 1)).any()

    points = np.asarray(vectors, np.float32)
    usual = range(max(2, math.ceil(0.6 * most)), most + 1)
    fewer = range(2, usual.start)
    widths = [w for w in usual if sound(w)] or [w for w in fewer if sound(w)] or [min(most, 2)]
    silhouettes = [mean_silhouette(points, cuts[width - 1]) for width in widths]
    best = max(silhouettes)
    good = [width for width, silhouette in zip(widths, silhouettes, strict=True) if silhouette >= best - LEEWAY]
    return before if before in good else max(good)


def _deepest(cuts: Labels, top: int, weights: Floats) -> Tree:
    """Build the tree with as many levels as its parents' children ask for, fewer if a level came out too thin."""
    k = len(cuts)
    wanted = min(MOST_LEVELS - 1, max(1, int(np.ceil(np.log(k / top) / np.log(CHILDREN)))))
    for steps in range(wanted, 1, -1):
        widths = [round(top * (k / top) ** (step / steps)) for step in range(steps + 1)]
        tree = _nested([cuts[width - 1] for width in widths], weights)
        if (np.diff(np.bincount(tree.levels)) > 0).all():
            return tree
    return _nested([cuts[top - 1], cuts[k - 1]], weights)


def _nested(partitions: list[Rows] | list[Labels], weights: Floats) -> Tree:
    """Turn partitions, from coarse to fine, into a tree; one that doesn't split a group is passed over."""
    parents: list[int] = []
    levels: list[int] = []
    leaf_of_base = np.empty(len(weights), np.int32)

    def grow(members: Rows, parent: int, level: int, depth: int) -> None:
        node = len(parents)
        parents.append(parent)
        levels.append(level)
        while depth < len(partitions) and len(np.unique(partitions[depth][members])) == 1:
            depth += 1
        if depth == len(partitions):
            leaf_of_base[members] = node
            return
        for group in _heaviest_first(partitions[depth][members], members, weights):
            grow(group, node, level + 1, depth + 1)

    for group in _heaviest_first(partitions[0], np.arange(len(weights)), weights):
        grow(group, -1, 0, 1)
    return Tree(np.array(parents, np.int32), np.array(levels, np.int32), leaf_of_base)


def _heaviest_first(labels: Rows | Labels, members: Rows, weights: Floats) -> list[Rows]:
    groups = [members[labels == label] for label in np.unique(labels)]
    return sorted(groups, key=lambda group: -weights[group].sum())

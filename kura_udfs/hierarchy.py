"""The tree over the base clusters: what belongs together, and in how many steps a reader gets from top to leaf."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_LEVELS = 4
# A parent with more children than this on average asks for a level in between.
CHILDREN = 8
# No cluster at the top should hold more than this share of everything.
LARGEST_SHARE = 0.5

Indices = NDArray[np.int32]


class Tree(NamedTuple):
    """Nodes in depth-first order, parents before their children.

    Attributes
    ----------
    parents : int32 array (m,)
        Index of each node's parent, -1 at the top.
    levels : int32 array (m,)
        Depth of each node, 0 at the top, at most 3.
    leaf_of_base : int32 array (k,)
        The node that each base cluster is.
    """

    parents: Indices
    levels: Indices
    leaf_of_base: Indices


def build_tree(centroids: NDArray[np.float32], sizes: NDArray[np.float64], *, top_clusters: int = 10) -> Tree:
    """Group base clusters into a tree of at most four levels.

    Ward's method [1]_ on the centroids gives the order in which clusters belong together. The top is the cut
    with the best silhouette between half of `top_clusters` and `top_clusters`. Where parents would have more
    than eight children on average, levels in between are cut at geometric steps.

    No parent has a single child: a base cluster alone in its group is a leaf higher up. So every level is wider
    than the one above it. A top cluster with more than half of everything is split further, and others are
    merged to make room, unless it is a single base cluster or there is nothing left to merge.

    Parameters
    ----------
    centroids : float32 array (k, d)
        Of unit length.
    sizes : array (k,)
        Conversations in each base cluster.
    top_clusters : int
        At most so many nodes at level 0; with no more base clusters than this, they are the tree.

    References
    ----------
    .. [1] Ward: Hierarchical grouping to optimize an objective function (1963), doi:10.1080/01621459.1963.10500845.
    """
    k = len(centroids)
    if k <= top_clusters:
        return Tree(np.full(k, -1, np.int32), np.zeros(k, np.int32), np.arange(k, dtype=np.int32))
    from scipy.cluster.hierarchy import cut_tree, linkage

    merges = linkage(centroids.astype(np.float64), "ward")
    cuts = cut_tree(merges).T[::-1]  # row w - 1 has w groups
    top = _without_giant(_best_top(centroids, sizes, cuts, top_clusters), merges, sizes, top_clusters)
    partitions = [top, *(cuts[width - 1] for width in _widths_between(int(top.max()) + 1, k)), np.arange(k)]
    return _nested(partitions)


def _best_top(
    centroids: NDArray[np.float32], sizes: NDArray[np.float64], cuts: NDArray[np.int64], most: int
) -> NDArray[np.int64]:
    """Return the cut of at most `most` groups with the best silhouette of the centroids."""
    from sklearn.metrics import silhouette_samples

    def silhouette(width: int) -> float:
        each = silhouette_samples(centroids, cuts[width - 1], metric="cosine")
        return round(float(np.average(each, weights=np.maximum(sizes, 1))), 9)

    widths = range(max(2, (most + 1) // 2), most + 1)
    chosen: NDArray[np.int64] = cuts[max(widths, key=lambda width: (silhouette(width), width)) - 1]
    return chosen


def _without_giant(
    groups: NDArray[np.int64], merges: NDArray[np.float64], sizes: NDArray[np.float64], most: int
) -> NDArray[np.int64]:
    """Split a group that holds most of everything; merge the smallest others where there are too many then."""
    k = len(groups)
    groups = groups.copy()
    limit = LARGEST_SHARE * sizes.sum()
    members = _members_of_merges(merges, k)
    for _ in range(k):
        loads = np.bincount(groups, sizes)
        giant = int(loads.argmax())
        inside = np.flatnonzero(groups == giant)
        if loads[giant] <= limit or len(inside) == 1:
            return groups
        split = groups.copy()
        split[_first_branch(members, inside)] = len(loads)
        if len(loads) + 1 > most:
            # the two lightest others, as long as that doesn't make another giant
            others = [g for g in np.argsort(loads, kind="stable") if g != giant][:2]
            if len(others) < 2 or loads[others].sum() > limit:
                return groups
            split[split == others[1]] = others[0]
        groups = np.unique(split, return_inverse=True)[1]
    return groups


def _members_of_merges(merges: NDArray[np.float64], k: int) -> list[NDArray[np.int64]]:
    members = [np.array([base]) for base in range(k)]
    for left, right in merges[:, :2].astype(int):
        members.append(np.concatenate([members[left], members[right]]))
    return members


def _first_branch(members: list[NDArray[np.int64]], inside: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the largest merge that lies within a group and isn't all of it."""
    wanted = set(inside.tolist())
    fitting = (
        branch for branch in reversed(members) if len(branch) < len(inside) and wanted.issuperset(branch.tolist())
    )
    return next(fitting)


def _widths_between(top: int, k: int) -> list[int]:
    steps = min(MOST_LEVELS - 1, max(1, int(np.ceil(np.log(k / top) / np.log(CHILDREN)))))
    return [round(top * (k / top) ** (step / steps)) for step in range(1, steps)]


def _nested(partitions: list[NDArray[np.int64]]) -> Tree:
    """Turn partitions from coarse to fine into a tree; one that doesn't split a group is passed over for it."""
    parents: list[int] = []
    levels: list[int] = []
    leaf_of_base = np.empty(len(partitions[0]), np.int32)

    def grow(members: NDArray[np.int64], parent: int, level: int, depth: int) -> None:
        node = len(parents)
        parents.append(parent)
        levels.append(level)
        while depth < len(partitions) and len(np.unique(partitions[depth][members])) == 1:
            depth += 1
        if depth == len(partitions):
            leaf_of_base[members] = node
            return
        for group in _groups(partitions[depth][members], members):
            grow(group, node, level + 1, depth + 1)

    for group in _groups(partitions[0], np.arange(len(leaf_of_base))):
        grow(group, -1, 0, 1)
    return Tree(np.array(parents, np.int32), np.array(levels, np.int32), leaf_of_base)


def _groups(labels: NDArray[np.int64], members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [members[labels == label] for label in np.unique(labels)]

"""Grouping clusters into parents: what a language model proposes is brought within the limits of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.ward import merges
from kura_udfs.tables import Floats, Rows, Vectors


def neighbourhoods(vectors: Vectors, size: int, seed: int = 0) -> list[Rows]:
    """Part vectors into neighbourhoods of about this size, and never more than twice of it, by k-means.

    Returns
    -------
    list of int64 array
        Row numbers, ascending; together all rows. One part where there are few.
    """
    rows = np.arange(len(vectors))
    k = max(round(len(vectors) / size), 1)
    if k == 1:
        return [rows]
    labels = kmeans(vectors, k, seed)
    parts = [rows[labels == label] for label in np.unique(labels)]
    if len(parts) == 1:  # the vectors are all the same
        return np.array_split(rows, k)
    found: list[Rows] = []
    for part in parts:
        within = neighbourhoods(vectors[part], size, seed) if len(part) > 2 * size else [np.arange(len(part))]
        found += [part[inner] for inner in within]
    return found


def balanced_groups(choice: Rows, vectors: Vectors, sizes: Floats, most: int) -> list[list[int]]:
    """Group clusters as they were assigned, within the limits of a tree.

    Parameters
    ----------
    choice : int64 array (n,)
        Which parent each cluster was assigned to.
    vectors : float32 array (n, d)
        Unit vectors of the clusters.
    sizes : array (n,)
        Conversations in each.
    most : int
        At most so many groups, at least 2.

    Returns
    -------
    list of list of int
        Rows of each group. A group of one is no parent: its cluster stands on the next level itself. With
        `most` of 3 and more, no group of several has more than half of everything; 2 groups can make that
        unavoidable.

    Notes
    -----
    A group that is too large gives up its members that are least like it to the most similar groups that have
    room. If there are too many groups, those are merged that Ward's criterion names and that have room
    together. There always are two such among four groups or more, as the two smallest have half of everything
    at most.
    """
    limit = sizes.sum() / 2
    groups: list[list[int]] = []
    loose: list[int] = []
    for parent in np.unique(choice):
        kept, given_up = _within(np.flatnonzero(choice == parent), vectors, sizes, limit)
        groups.append(kept)
        loose += given_up
    kept_groups = len(groups)
    for row in sorted(loose, key=lambda row: (-sizes[row], row)):
        closeness = [
            vectors[row] @ _centre(vectors[group]) if sizes[group].sum() + sizes[row] <= limit else -np.inf
            for group in groups[:kept_groups]
        ]
        if max(closeness) > -np.inf:
            groups[int(np.round(closeness, 5).argmax())].append(row)
        else:
            groups.append([row])
    return sorted(sorted(group) for group in _merged(groups, vectors, sizes, most, limit))


def by_height(children: Sequence[Sequence[int]]) -> list[list[int]]:
    """Put the nodes of a tree that have children in an order in which children come before their parents.

    Returns
    -------
    list of list of int
        Nodes over leaves only, then nodes over those and leaves only, and so on.
    """
    groups: list[list[int]] = []
    left = {node for node, own in enumerate(children) if len(own)}
    while left:
        ready = sorted(node for node in left if left.isdisjoint(children[node]))
        if not ready:
            raise ValueError("The parents of the clusters run in a circle.")
        groups.append(ready)
        left -= set(ready)
    return groups


def _within(rows: Rows, vectors: Vectors, sizes: Floats, limit: float) -> tuple[list[int], list[int]]:
    """Part a group into what it may keep and what it must give up."""
    # a cluster that has more than half of everything stays alone, the others stay together
    giants = rows[sizes[rows] > limit]
    kept = list(map(int, rows if len(rows) == 1 else rows[sizes[rows] <= limit]))
    given_up = [] if len(rows) == 1 else list(map(int, giants))
    while len(kept) > 1 and sizes[kept].sum() > limit:
        closeness = np.round(vectors[kept] @ _centre(vectors[kept]), 5)
        given_up.append(kept.pop(int(closeness.argmin())))
    return kept, given_up


def _merged(groups: list[list[int]], vectors: Vectors, sizes: Floats, most: int, limit: float) -> list[list[int]]:
    """Merge groups until there are at most so many."""
    groups = [list(group) for group in groups]
    heavy = vectors.astype(np.float64) * sizes[:, None]
    sums = np.array([heavy[group].sum(axis=0) for group in groups])
    loads = np.array([sizes[group].sum() for group in groups], np.float64)
    for kept, gone in islice(merges(sums, loads, limit), max(len(groups) - most, 0)):
        groups[kept] += groups[gone]
        groups[gone] = []
    return [group for group in groups if group]


def _centre(vectors: Vectors) -> Vectors:
    return direction(vectors.mean(axis=0))


def direction(total: NDArray[np.floating]) -> Vectors:
    """Bring a sum of vectors to length 1."""
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)


def kmeans(vectors: Vectors, k: int, seed: int, runs: int = 3) -> NDArray[np.int32]:
    """Part vectors in k clusters, by the best of so many runs."""
    import warnings

    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # sums of several threads differ from run to run; of equal vectors k-means warns that there are fewer
    # clusters
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(KMeans(k, n_init=runs, random_state=seed).fit_predict(vectors), np.int32)

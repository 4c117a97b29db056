"""Would it have come out the same? Fits of the same vectors with other seeds, and of parts of them, compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from kura_udfs.clustering import clusters, hierarchy
from kura_udfs.clustering.kinship import kinship
from kura_udfs.clustering.points import Points, chosen
from kura_udfs.settings import ClusterSettings
from kura_udfs.stages.grouping import grouped
from kura_udfs.stages.points import brought_together
from kura_udfs.tables import Labels, Rows
from kura_udfs.vectors.neighbours import neighbour_graph

PART = 0.9
# A fit runs Leiden with its seed and with many that follow: fits whose seeds are nearer would share most of the runs.
SEEDS_APART = 100_000


class Partition(NamedTuple):
    """The leaf and the top of each text in one fit, -1 for an outlier."""

    leaves: Labels
    tops: Labels


class Stability(NamedTuple):
    """How alike fits are: adjusted mutual information, 1 for the same, 0 for no more than chance.

    Attributes
    ----------
    leaves, tops : float
        Mean over the pairs of fits.
    worst_leaves, worst_tops : float
        Of the pair that is least alike.
    n_leaves : list of int
        Number of leaves in each fit, the build's own seed on everything first.
    """

    leaves: float
    tops: float
    worst_leaves: float
    worst_tops: float
    n_leaves: list[int]


def fit(points: Points, settings: ClusterSettings, top_clusters: int, resolution: float | None = None) -> Partition:
    """Learn base clusters and a tree from nothing, as a first build does without a language model.

    The languages of the points are brought together by their own means, as those of a build are. How fine is looked for
    anew, or said by a `resolution` that something else has settled.
    """
    points = brought_together(points)
    found, base = grouped(points, settings, None, resolution)
    centres = clusters.centroids(points.vectors, base.labels, points.weights)
    if not len(centres):
        return Partition(base.labels, base.labels)
    sizes = clusters.cluster_sizes(base.labels, points.weights, len(centres))
    kin = kinship(neighbour_graph(found), base.labels, points.weights, top_clusters, settings.seed)
    tree = hierarchy.build_tree(centres, sizes, top_clusters=top_clusters, kin=kin)
    tops = roots(tree.parents)[tree.leaf_of_base]
    return Partition(base.labels, np.append(tops, clusters.OUTLIER)[base.labels])


def roots(parents: Labels) -> Labels:
    """Return the node at the top above each node; parents come before their children."""
    found = np.arange(len(parents), dtype=np.int32)
    for node, parent in enumerate(parents):
        if parent >= 0:
            found[node] = found[parent]
    return found


def stability(
    points: Points,
    settings: ClusterSettings,
    top_clusters: int,
    repeats: int,
    advance: Callable[[], None] = lambda: None,
    resolution: float | None = None,
) -> tuple[Stability, Stability]:
    """Fit again and again, and say how alike the fits are.

    Parameters
    ----------
    points : Points
        The distinct texts that a fit learns from, with the vectors that the encoder gave.
    settings, top_clusters
        Of the fit and its tree.
    repeats : int
        At least 1.
    advance : callable, optional
        Is called after each of the 2 x repeats + 1 fits.
    resolution : float, optional
        Of Leiden, where it is not looked for in the points themselves.

    Returns
    -------
    seeds : Stability
        The fit and `repeats` others that differ from it in the seed alone, over all pairs of them.
    parts : Stability
        The fit against fits of `repeats` random nine tenths of the texts, over the texts that both have.
    """

    def fitted(rows: Rows, number: int) -> Partition:
        seeded = replace(settings, seed=settings.seed + SEEDS_APART * number)
        as_fine = None if resolution is None else resolution * len(rows) / len(points.vectors)
        found = fit(chosen(points, rows), seeded, top_clusters, as_fine)
        advance()
        return found

    everything = np.arange(len(points.vectors))
    fits = [fitted(everything, number) for number in range(repeats + 1)]
    drawn = [part(len(everything), settings.seed + number) for number in range(repeats)]
    parts = [fitted(rows, 0) for rows in drawn]
    whole = fits[0]
    pairs = [(Partition(whole.leaves[rows], whole.tops[rows]), found) for rows, found in zip(drawn, parts, strict=True)]
    return _compared(fits, list(combinations(fits, 2))), _compared([whole, *parts], pairs)


def part(n: int, seed: int) -> Rows:
    """Draw nine tenths of n rows, ascending."""
    drawn = np.random.default_rng(seed).permutation(n)[: max(round(PART * n), min(n, 1))]
    return np.sort(drawn).astype(np.int64)


def _compared(fits: Sequence[Partition], pairs: Sequence[tuple[Partition, Partition]]) -> Stability:
    from sklearn.metrics import adjusted_mutual_info_score

    scores = [
        (adjusted_mutual_info_score(one.leaves, two.leaves), adjusted_mutual_info_score(one.tops, two.tops))
        for one, two in pairs
    ]
    leaves, tops = np.array(scores, np.float64).T
    return Stability(
        leaves=float(leaves.mean()),
        tops=float(tops.mean()),
        worst_leaves=float(leaves.min()),
        worst_tops=float(tops.min()),
        n_leaves=[len(np.unique(found.leaves[found.leaves >= 0])) for found in fits],
    )

"""How fine to cut: the resolution at which a partition of points is best, or nearest to a wished-for number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# What a surprising number of clusters costs (see best_cut).
SURPRISE = 0.05
# By how much the logarithm of the silhouette has to rise before a refit leaves its resolution.
RELUCTANCE = 0.05
# A silhouette is averaged over at most this many points.
SCORED_POINTS = 20_000


class Cut(NamedTuple):
    """A partition of n points at one resolution.

    Attributes
    ----------
    resolution : float
    labels : int32 array (n,)
    n_clusters : int
        As many labels.
    n_found : int
        As many clusters there were before small ones were dissolved.
    silhouette : float
    """

    resolution: float
    labels: NDArray[np.int32]
    n_clusters: int
    n_found: int
    silhouette: float


def best_cut(cuts: Sequence[Cut], cut: Callable[[float], Cut]) -> Cut:
    """Choose among cuts, and among two more, half a step coarser and half a step finer than the best one.

    The best is the one that maximises, for n points and k clusters,

        ln(mean silhouette) - 0.05 * log2(k / (2 * n ** (1 / 3))) ** 2

    The silhouettes of sentence vectors have a broad plateau towards finer partitions, the broader the more
    points there are. What they leave open a mild expectation settles: the Rice rule for the number of bins of a
    histogram. Half or twice that number costs a twentieth of the silhouette, a quarter or four times a fifth.
    """
    best = max(range(len(cuts)), key=lambda i: _score(cuts[i]))
    beside = [cuts[i].resolution for i in (best - 1, best + 1) if 0 <= i < len(cuts)]
    between = [cut((cuts[best].resolution * other) ** 0.5) for other in beside]
    return max([cuts[best], *between], key=_score)


def next_resolutions(resolution: float) -> list[float]:
    """Return the resolutions worth trying after a fit at this one, which comes first."""
    return [resolution * 2**step for step in (0, -1, -0.5, 0.5, 1)]


def next_cut(cuts: Sequence[Cut]) -> Cut:
    """Stay with the first cut unless another is clearly better, by a twentieth of the silhouette."""
    best = max(cuts, key=_score)
    return best if _score(best) > _score(cuts[0]) + RELUCTANCE else cuts[0]


def nearest_cut(cuts: Sequence[Cut], cut: Callable[[float], Cut], target: int) -> Cut:
    """Bisect, by ratio, between the last cut and the one before it, for a number of clusters.

    The cuts run from coarse to fine and end where the number is reached or where it cannot be.
    """
    tried = list(cuts)
    below, above = tried[-2:] if len(tried) > 1 else tried * 2
    for _ in range(12):
        if above.n_clusters <= target or below.resolution == above.resolution:
            break
        middle = cut((below.resolution * above.resolution) ** 0.5)
        tried.append(middle)
        below, above = (middle, above) if middle.n_clusters < target else (below, middle)
    return min(tried, key=lambda one: (abs(one.n_clusters - target), one.n_clusters))


def mean_silhouette(points: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Mean cosine silhouette (Rousseeuw, 1987) of unit vectors; 0 for points alone in their cluster.

    The mean cosine distance to the members of a cluster is one minus the product with their mean vector, so no
    two points need to be compared. Of more than 20,000 points as many are scored, evenly spaced.
    """
    from scipy.sparse import csr_matrix

    n, k = len(points), int(labels.max(initial=0)) + 1
    if k < 2:
        return 0.0
    sizes = np.bincount(labels, minlength=k)
    sums = np.asarray(csr_matrix((np.ones(n, np.float32), (labels, np.arange(n))), shape=(k, n)) @ points)
    scored = np.linspace(0, n - 1, min(n, SCORED_POINTS)).astype(np.int64)
    step = max(2**24 // k, 1)
    blocks = (scored[start : start + step] for start in range(0, len(scored), step))
    return float(sum(_silhouettes(points[b], labels[b], sums, sizes).sum() for b in blocks)) / len(scored)


def _score(cut: Cut) -> float:
    expected = 2 * len(cut.labels) ** (1 / 3)
    surprise = np.log2(cut.n_clusters / expected) ** 2
    return float(np.log(max(cut.silhouette, 1e-6)) - SURPRISE * surprise)


def _silhouettes(
    points: NDArray[np.float32], own: NDArray[np.int32], sums: NDArray[np.float32], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    products = points @ sums.T
    here = np.arange(len(own))
    within = (sizes[own] - products[here, own]) / np.maximum(sizes[own] - 1, 1)
    distances = 1 - products / sizes
    distances[here, own] = np.inf
    between = distances.min(axis=1)
    values = (between - within) / np.maximum(np.maximum(between, within), 1e-9)
    return np.asarray(np.where(sizes[own] > 1, values, 0), np.float64)

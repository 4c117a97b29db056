"""How fine to cut: the resolution at which a partition of points is best, or nearest to a wished-for number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# What a surprising number of clusters costs (see best_resolution).
SURPRISE = 0.03
# More texts than this say nothing more of how many topics there are.
EXPECTANT = 2_000
# Scores that differ by less than this cannot be told apart.
BLUR = 0.05
# Of several peaks that differ by no more than this, the coarsest is taken.
PEAKS_ALIKE = 0.1
# The further a cut is from the peak, the less it counts: by this standard deviation, in steps.
REACH = 2.0
# Below this silhouette, and this agreement, nothing is worse than anything else.
LEAST_SILHOUETTE = 0.01
LEAST_AGREEMENT = 0.01
# Where one cluster holds more of the points than this, if they are many, a cut tells no more than a single one would.
MOST_IN_ONE, MANY_POINTS = 0.9, 200
# So far behind the best score, and so often in a row, that nothing finer will be better.
HOPELESS, IN_A_ROW = 0.5, 4
# A refit leaves its resolution where another one that is so many times as fine, or as coarse, is better.
RELUCTANCE = 2.0
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
    n_clusters: float
    n_found: float
    silhouette: float


def best_resolution(cuts: Sequence[Cut], known: Sequence[float] | None = None) -> float:
    """Choose a resolution by cuts at equal steps, from coarse to fine.

    Each cut has a score, for n points and k clusters

        ln(mean silhouette) - 0.03 * log2(k / (2 * min(n, 2000) ** (1 / 3))) ** 2

    The silhouettes of sentence vectors have a broad plateau towards finer partitions, the broader the more
    points there are. What they leave open a mild expectation settles: the Rice rule for the number of bins of a
    histogram. It is worth little: half or twice the number costs 3 % of the silhouette, and beyond 2,000 texts the
    number stays as it is.

    On such a plateau the best cut is a matter of chance. So scores are averaged with those of their neighbours, twice,
    and the coarsest of the peaks that are as good as the best is taken. The answer is the cut in the middle of those
    around it, weighted by their scores (a lower score by 0.05 weighs a third) and by how near they are. Scores that
    change a little then seldom move the answer.

    A few texts that are far from all others, which are diffuse, have the highest silhouette where everything else is
    one cluster. A cut of 200 points or more with over nine tenths of them in one has the score of a single cluster.

    `known` says how well each cut agrees with what is known of some of the points, from 0 to 1. Its logarithm is added
    to the score.
    """
    finest = max(range(len(cuts)), key=lambda i: cuts[i].n_clusters)  # beyond it clusters only fall to pieces
    plain = np.array([_score(cut) for cut in cuts])
    scores = plain if known is None else plain + np.log(np.maximum(known, LEAST_AGREEMENT))
    scores = _smoothed(_smoothed(scores[: finest + 1]))
    peak = int(np.flatnonzero(scores >= scores.max() - PEAKS_ALIKE)[0])
    while peak < finest and scores[peak + 1] >= scores[peak] - 1e-9:
        peak += 1
    steps = np.arange(finest + 1)
    weights = np.exp((scores - scores.max()) / BLUR - (steps - peak) ** 2 / (2 * REACH**2))
    middle = float(np.average(steps, weights=weights))
    return cuts[round(middle)].resolution


def found_again(labels: NDArray[np.int32], known: NDArray[np.int32]) -> float:
    """How well a partition finds known groups again: the mean F measure of each and the cluster most like it.

    Parameters
    ----------
    labels, known : int32 arrays (n,)
        Cluster and group of each point, -1 for none.
    """
    both = np.zeros((int(known.max(initial=-1)) + 2, int(labels.max(initial=-1)) + 2))
    np.add.at(both, (known, labels), 1)  # those of none fall on the last row, and on the last column
    groups, clusters = both.sum(axis=1)[:-1, None], both.sum(axis=0)[:-1]
    likeness = (2 * both[:-1, :-1] / np.maximum(groups + clusters, 1)).max(axis=1, initial=0)
    return float(np.mean(likeness[groups[:, 0] > 0])) if groups.any() else 0.0


def _smoothed(scores: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(scores, 1, mode="edge")
    return np.asarray((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)


def is_hopeless(cuts: Sequence[Cut]) -> bool:
    """Whether the last cuts, from coarse to fine, are so bad, and so fine, that none after them will be good."""
    scores = [_score(cut) for cut in cuts]
    finer = all(cut.n_clusters > _expected(cut) for cut in cuts[-IN_A_ROW:])
    return finer and len(scores) > IN_A_ROW and max(scores[-IN_A_ROW:]) < max(scores) - HOPELESS


def held_resolution(best: float, earlier: float) -> float:
    """Stay at the resolution of the fit before, unless the best one is quite another."""
    return earlier if max(best / earlier, earlier / best) <= RELUCTANCE else best


def nearest_resolution(cuts: Sequence[Cut], cut: Callable[[float], Cut], target: int) -> float:
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
    return min(tried, key=lambda one: (abs(one.n_clusters - target), one.n_clusters)).resolution


def mean_cut(cuts: Sequence[Cut]) -> Cut:
    """Return the first of some cuts at one resolution, with the figures that they have on average."""
    figures = np.mean([(one.n_clusters, one.n_found, one.silhouette) for one in cuts], axis=0)
    return Cut(cuts[0].resolution, cuts[0].labels, *map(float, figures))


def mean_silhouette(
    points: NDArray[np.float32],
    labels: NDArray[np.int32],
    copies: NDArray[np.float64] | None = None,
    many: float = np.inf,
) -> float:
    """Mean cosine silhouette (Rousseeuw, 1987) of unit vectors.

    The mean cosine distance to the members of a cluster is one minus the product with their mean vector, so no
    two points need to be compared. Of more than 20,000 points as many are scored, evenly spaced.

    Parameters
    ----------
    points : float32 array (n, d)
    labels : int32 array (n,)
    copies : float64 array (n,), optional
        How often each point is there. It counts as often, though no more than `many` times.
    many : float
        A point alone in its cluster has silhouette 0, or 1 if there are so many copies of it.
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
    values = np.concatenate([_silhouettes(points[b], labels[b], sums, sizes) for b in blocks])
    if copies is None:
        return float(values.mean())
    counts = copies[scored]
    values[(counts >= many) & (sizes[labels[scored]] == 1)] = 1
    return float(np.average(values, weights=np.minimum(counts, many)))


def _score(cut: Cut) -> float:
    n = len(cut.labels)
    is_one = n >= MANY_POINTS and np.bincount(cut.labels + 1).max() > MOST_IN_ONE * n
    n_clusters, silhouette = (1.0, 0.0) if is_one else (cut.n_clusters, cut.silhouette)
    surprise = np.log2(n_clusters / _expected(cut)) ** 2
    return float(np.log(max(silhouette, LEAST_SILHOUETTE)) - SURPRISE * surprise)


def _expected(cut: Cut) -> float:
    return float(2 * min(len(cut.labels), EXPECTANT) ** (1 / 3))


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

"""Topics that a user gives: which texts belong to them, and which fit none and are clustered beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.belonging import TELLING_EXAMPLES, TELLING_TOPICS, Topic, belonging
from kura_udfs.clustering.clusters import OUTLIER, BaseClusters, assign, centroids, cluster_radii
from kura_udfs.clustering.groups import direction, kmeans
from kura_udfs.clustering.partitions import runs_leiden
from kura_udfs.clustering.resolutions import best_resolution, found_again
from kura_udfs.tables import Floats, Labels, Vectors, Weights

# So many conversations the description and the examples of a topic weigh when its centre is drawn to its members, once.
# With 5 and three rounds, agreement was lower on banking questions and the sample, and the same elsewhere.
PULL = 20.0
# What an example that lies nearest to a cluster adds to the likeness of cluster and topic, how many of them count, and
# by how much the likeness alone must be better.
EXAMPLE, EXAMPLES, ALONE = 0.1, 2, 0.05
# The half of a topic's own cluster in which none of its examples lies is something else, if so many lie in the other
# half and the halves are as unlike as this share of all clusters' halves at most.
TELLING, UNLIKE = 3, 0.3
# So much the mean cohesion of all topics counts beside that of one, in examples.
PRIOR = 5.0
# A cosine more, by so much, is taken as odds (their logarithm) where odds could not be learned.
SHARPNESS = 20.0
# So many topics are told of as those that a text may belong to.
LIKELY = 5


class Placed(NamedTuple):
    """Which topic each text belongs to.

    Attributes
    ----------
    labels : int32 array (n,)
        Number of the topic, -1 for none.
    likely : int32 array (n, up to 5)
        Numbers of the topics that it could belong to at all, the likeliest first.
    certainty : float64 array (n,)
        Logarithm of the odds against another topic, or against none: 0 at the border.
    """

    labels: Labels
    likely: Labels
    certainty: Floats


def placed(
    vectors: Vectors, weights: Weights, clusters: Labels, topics: Sequence[Topic], min_size: int, seed: int = 0
) -> Placed:
    """Say which topic each vector belongs to, or that it fits none.

    Where there are examples enough, what is near enough is learned from them (see `belonging`). Else the clusters that
    were found in everything are the topics' rivals, except those that are a topic's own: whose true
    centre is as near to the topic's as the parts of one cluster are to each other, where it counts for a cluster that
    an example lies nearest to it. Of such a cluster a half is a rival all the same that is unlike the other half and
    has none of the examples. Each vector goes to the nearest of topics and rivals, topics move towards the centre of
    what they have, and vectors go to the nearest again.

    Parameters
    ----------
    vectors : float32 array (n, d)
        Unit length, or zero for what has no direction.
    weights : array (n,)
        Conversations behind each vector.
    clusters : int32 array (n,)
        The clusters found in all of them, -1 for outliers.
    topics : sequence of Topic
    min_size : int
        Fewest conversations of a cluster: one with less than twice as many has no halves.
    seed : int

    Notes
    -----
    Among rivals, how near is near enough comes from the clusters: the cosine of two centres, freed
    of what chance takes from it (a mean of few texts lies off the true one by their spread), is 1 for two halves of
    one thing; between each cluster and the nearest other one it has a median, and half way from there to 1 is the
    limit. On texts whose topics lie close together it is high, elsewhere low.
    """
    if not topics or not len(vectors):
        none = np.full(len(vectors), OUTLIER, np.int32)
        return Placed(none, np.zeros((len(vectors), 0), np.int32), np.zeros(len(vectors)))
    load = np.asarray(weights, np.float64)
    known = belonging(vectors, clusters, topics, seed)
    if known is None:
        labels, likeness, margin = _among_rivals(vectors, load, clusters, topics, min_size, seed)
    else:
        likeness, margin = np.log(np.maximum(known.shares, 1e-9)), known.odds - known.limit
        labels = np.where(margin > 0, known.shares.argmax(axis=1), OUTLIER).astype(np.int32)
    labels = _within_reach(vectors, labels, load, clusters == OUTLIER, len(topics))
    order = np.argsort(-likeness, axis=1, kind="stable").astype(np.int32)
    ahead = np.sort(likeness, axis=1)
    second = ahead[:, -1] - ahead[:, -2] if len(topics) > 1 else np.full(len(vectors), np.inf)
    certainty = np.where(labels >= 0, np.minimum(np.abs(margin), second), np.abs(margin))
    certainty[~vectors.any(axis=1)] = np.inf  # nobody could say more of those
    return Placed(labels, order[:, :LIKELY], certainty)


def _among_rivals(
    vectors: Vectors, load: Floats, clusters: Labels, topics: Sequence[Topic], min_size: int, seed: int
) -> tuple[Labels, Floats, Floats]:
    """Return the nearest topic of each vector or -1, its likeness to each topic, and by how much a topic is nearer."""
    first = np.array([direction(topic.seeds.sum(axis=0)) for topic in topics], np.float32)
    rivals = _rivals(vectors, load, clusters, topics, min_size, seed)
    # a centre of few examples lies off the true one, and as much farther from everything
    labels = _nearest(vectors, first / _reliability(vectors, clusters, topics)[:, None], rivals)
    centres = np.array(
        [direction(load[labels == one] @ vectors[labels == one] + PULL * first[one]) for one in range(len(topics))]
    )
    likeness = np.asarray(np.round((vectors @ centres.T).astype(np.float64), 6) * SHARPNESS, np.float64)
    against = np.round((vectors @ rivals.T).max(axis=1, initial=-1.0).astype(np.float64), 6) * SHARPNESS
    return _nearest(vectors, centres, rivals), likeness, np.asarray(likeness.max(axis=1) - against, np.float64)


def resolution_of(labels: Labels, topics: Sequence[Topic], whole: BaseClusters, method: str) -> float | None:
    """Return the resolution at which what fits no topic falls into clusters as fine as the topics are.

    How fine to cut is what a graph alone says least of; topics say how fine their user counts. So of the cuts of the
    whole that one is taken which is good in itself, and at which the topics would have been found, too.

    Parameters
    ----------
    labels : int32 array (n,)
        Topic of each text, -1 for none.
    topics : sequence of Topic
        Those with a few examples tell; what others have are clusters that are near, whatever they are as fine as.
    whole : BaseClusters
        Of all texts, with the cuts that were looked at.
    method : str
        Only Leiden's resolutions mean the same on a part of the texts, once they are brought to its size.

    Returns
    -------
    float or None
        None if there are too few topics of the size of a cluster to tell.
    """
    sizes = np.bincount(labels[labels >= 0], minlength=len(topics))
    examples = np.array([len(topic.examples) for topic in topics])
    telling = np.flatnonzero((sizes >= whole.min_size) & (examples >= TELLING_EXAMPLES))
    if not runs_leiden(method) or len(telling) < TELLING_TOPICS or not whole.cuts:
        return None
    known = np.where(np.isin(labels, telling), labels, OUTLIER).astype(np.int32)
    best = best_resolution(whole.cuts, [found_again(cut.labels, known) for cut in whole.cuts])
    return best * float((labels < 0).mean())


def kin_limit(likeness: Floats) -> float:
    """Return from which likeness two centres are of one thing, by that of clusters among themselves.

    Parameters
    ----------
    likeness : float64 array (k, k)
        Of each cluster to each, freed of chance.
    """
    if len(likeness) < 2:
        return 0.75
    others = np.where(np.eye(len(likeness), dtype=bool), -np.inf, likeness)
    return float((1 + np.clip(np.median(others.max(axis=1)), 0.2, 0.95)) / 2)


def _rivals(
    vectors: Vectors, load: Floats, clusters: Labels, topics: Sequence[Topic], min_size: int, seed: int
) -> Vectors:
    """Return the centres of the clusters, and of the halves of clusters, that are no topic's own."""
    if not (clusters >= 0).any():
        return np.zeros((0, vectors.shape[1]), np.float32)
    means, cohesion = _means(vectors, clusters)
    limit = kin_limit(_likeness(means, cohesion, means, cohesion))
    likeness = _likeness(means, cohesion, *_of_topics(topics, float(cohesion.mean())))
    scores = likeness + EXAMPLE * np.minimum(_examples_nearest(means, topics), EXAMPLES)
    is_own = scores.max(axis=1) >= limit + ALONE
    owner = np.where(is_own, np.round(scores, 6).argmax(axis=1), OUTLIER)
    strangers = _strange_halves(vectors, load, clusters, topics, owner, min_size, seed)
    return np.vstack([centroids(vectors, clusters, load)[~is_own], strangers]).astype(np.float32)


def _strange_halves(
    vectors: Vectors,
    load: Floats,
    clusters: Labels,
    topics: Sequence[Topic],
    owner: NDArray[np.integer],
    min_size: int,
    seed: int,
) -> Vectors:
    """Return the centres of the halves of topics' own clusters that are something else."""
    halves = np.full(len(vectors), OUTLIER, np.int32)
    of: list[int] = []
    for cluster in range(len(owner)):
        rows = np.flatnonzero(clusters == cluster)
        if load[rows].sum() >= 2 * min_size and len(rows) > 1:
            parted = kmeans(vectors[rows], 2, seed, runs=5)
            if len(np.unique(parted)) == 2:
                halves[rows] = 2 * len(of) + parted
                of.append(cluster)
    if not of:
        return np.zeros((0, vectors.shape[1]), np.float32)
    means, cohesion = _means(vectors, halves)
    likeness = _likeness(means, cohesion, means, cohesion)[::2, 1::2].diagonal()
    counts = _examples_nearest(means, topics)
    unlike = np.quantile(likeness, UNLIKE)
    strange = [
        side
        for pair, cluster in enumerate(of)
        for side, other in ((2 * pair, 2 * pair + 1), (2 * pair + 1, 2 * pair))
        if owner[cluster] >= 0
        and not counts[side].any()
        and counts[other, owner[cluster]] >= TELLING
        and likeness[pair] <= unlike
    ]
    return centroids(vectors, halves, load)[strange]


def _examples_nearest(means: Floats, topics: Sequence[Topic]) -> NDArray[np.int64]:
    """Count the examples of each topic (columns) that are nearest to each of some centres (rows)."""
    directions = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    nearest = [np.round(topic.seeds @ directions.T, 6).argmax(axis=1) for topic in topics]
    return np.array([np.bincount(found, minlength=len(means)) for found in nearest]).T


def _reliability(vectors: Vectors, clusters: Labels, topics: Sequence[Topic]) -> Vectors:
    """Return the cosine that the centre of each topic's examples has with the true one, as it is to be expected."""
    usual = float(_means(vectors, clusters)[1].mean()) if (clusters >= 0).any() else 0.5
    cohesion = _of_topics(topics, usual)[1]
    n = np.array([len(topic.seeds) for topic in topics], np.float64)
    return np.asarray(np.sqrt(n * cohesion / (1 + (n - 1) * cohesion)), np.float32)


def _means(vectors: Vectors, clusters: Labels) -> tuple[Floats, Floats]:
    """Return the mean of each cluster, and the mean cosine of two of its members."""
    k = int(clusters.max(initial=OUTLIER)) + 1
    sums = np.array([vectors[clusters == one].sum(axis=0, dtype=np.float64) for one in range(k)])
    n = np.bincount(clusters[clusters >= 0], minlength=k).astype(np.float64)
    pairs, known = _cosine_of_two(sums, n), n > 1
    usual = float(np.average(pairs[known], weights=n[known])) if known.any() else 0.5
    return sums / np.maximum(n, 1)[:, None], _drawn_to(usual, pairs, n)


def _of_topics(topics: Sequence[Topic], usual: float) -> tuple[Floats, Floats]:
    """Return the mean of each topic's examples and their mean cosine, drawn to that of all as they are few."""
    means = np.array([(t.examples if len(t.examples) else t.seeds).mean(axis=0, dtype=np.float64) for t in topics])
    n = np.array([len(topic.examples) for topic in topics], np.float64)
    pairs, known = _cosine_of_two(means * np.maximum(n, 1)[:, None], n), n > 1
    return means, _drawn_to(float(pairs[known].mean()) if known.any() else usual, pairs, n)


def _cosine_of_two(sums: Floats, n: Floats) -> Floats:
    """Return the mean cosine of two of n unit vectors, by their sums; it says nothing of one alone."""
    return np.asarray((np.einsum("ij,ij->i", sums, sums) - n) / np.maximum(n * (n - 1), 1))


def _drawn_to(usual: float, pairs: Floats, n: Floats) -> Floats:
    """Draw the mean cosines of few to what is usual."""
    return np.asarray(np.maximum(np.where(n > 1, (pairs * n + usual * PRIOR) / (n + PRIOR), usual), 0.01))


def _likeness(means: Floats, cohesion: Floats, others: Floats, cohesion_of_others: Floats) -> Floats:
    """Cosine of true centres: the mean cosine across, by what it would be if both were one thing."""
    return np.asarray((means @ others.T) / np.sqrt(np.outer(cohesion, cohesion_of_others)))


def _nearest(vectors: Vectors, centres: Vectors, rivals: Vectors) -> Labels:
    everything = np.vstack([centres, rivals]).astype(np.float32)
    found, _ = assign(vectors, everything, np.full(len(everything), np.inf, np.float32))
    return np.where(found < len(centres), found, OUTLIER).astype(np.int32)


def _within_reach(vectors: Vectors, labels: Labels, load: Floats, astray: NDArray[np.bool_], topics: int) -> Labels:
    """Leave out those that fit nowhere and are further from their topic than a conversation of tomorrow might be."""
    taken = np.flatnonzero(np.bincount(labels[labels >= 0], minlength=topics))
    if not len(taken):
        return labels
    number = np.full(topics + 1, OUTLIER, np.int32)
    number[taken] = np.arange(len(taken))
    own = number[labels]
    centres = centroids(vectors, own, load)
    radii = cluster_radii(vectors, own, centres)
    distance = 1 - np.einsum("ij,ij->i", vectors, centres[np.maximum(own, 0)])
    away = (astray & (distance > radii[np.maximum(own, 0)] + 1e-5)) | ~vectors.any(axis=1)
    return np.where(away, OUTLIER, labels).astype(np.int32)

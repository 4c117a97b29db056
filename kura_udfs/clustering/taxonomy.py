"""Topics that a user gives: which texts belong to them, and which fit none and are clustered beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.clusters import OUTLIER, assign, centroids, cluster_radii
from kura_udfs.tables import Floats, Labels, Vectors, Weights

# So many conversations the description and the examples of a topic weigh when its centre is drawn to its members.
PULL = 5.0
ROUNDS = 3
# What an example that lies nearest to a part adds to the likeness of part and topic, how many of them count, and by how
# much the likeness alone must be better.
EXAMPLE, EXAMPLES, ALONE = 0.1, 2, 0.05
# So much the mean cohesion of all topics counts beside that of one, in examples.
PRIOR = 5.0


class Topic(NamedTuple):
    """What a user says of a topic, as unit vectors.

    Attributes
    ----------
    described : float32 array (d,)
        Of its name and description.
    examples : float32 array (m, d)
        Of its examples; there may be none.
    """

    described: Vectors
    examples: Vectors

    @property
    def seeds(self) -> Vectors:
        """All of its vectors, as rows."""
        return np.vstack([self.described[None, :], self.examples]).astype(np.float32)


def placed(
    vectors: Vectors, weights: Weights, clusters: Labels, topics: Sequence[Topic], min_size: int, seed: int = 0
) -> Labels:
    """Say which topic each vector belongs to, or that it fits none.

    The clusters that were found in everything, each in two parts, are the topics' rivals, except those parts that are a
    topic's own: whose true centre is as near to the topic's as the parts of one cluster are to each other, where it
    counts for a part that an example lies nearest to it. Topics begin from their examples and their own parts; each
    vector goes to the nearest of topics and rivals, and topics to the centre of what they have, a few times over.

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
        Fewest conversations of a cluster: one with less than twice as many is not parted.
    seed : int

    Returns
    -------
    int32 array (n,)
        Number of the topic, -1 for none.

    Notes
    -----
    Nothing is learned from labels. How near is near enough comes from the clusters: the cosine of two centres, freed
    of what chance takes from it (a mean of few texts lies off the true one by their spread), is 1 for two halves of
    one thing; between each cluster and the nearest other one it has a median, and half way from there to 1 is the
    limit. On texts whose topics lie close together it is high, elsewhere low.
    """
    labels = np.full(len(vectors), OUTLIER, np.int32)
    if not topics or not len(vectors):
        return labels
    load = np.asarray(weights, np.float64)
    first = np.array([_direction(topic.seeds.sum(axis=0)) for topic in topics], np.float32)
    parts = _parted(vectors, load, clusters, min_size, seed)
    owner = _owners(vectors, clusters, parts, topics)
    rivals = centroids(vectors, parts, load)[owner < 0]
    labels = np.append(owner, OUTLIER)[parts].astype(np.int32)
    for _ in range(ROUNDS):
        centres = np.array([_centre(vectors, load, labels == one, first[one]) for one in range(len(topics))])
        labels = _nearest(vectors, centres, rivals)
    return _within_reach(vectors, labels, load, clusters == OUTLIER, len(topics))


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


def _parted(vectors: Vectors, load: Floats, clusters: Labels, min_size: int, seed: int) -> Labels:
    """Part each cluster in two: two things that lie close to each other are often one cluster."""
    parts = clusters.copy()
    k = int(clusters.max(initial=OUTLIER)) + 1
    for cluster in range(k):
        rows = np.flatnonzero(clusters == cluster)
        if load[rows].sum() >= 2 * min_size and len(rows) > 1:
            halves = _halves(vectors[rows], seed)
            parts[rows[halves == 1]] = k
            k += int((halves == 1).any())
    return parts


def _owners(vectors: Vectors, clusters: Labels, parts: Labels, topics: Sequence[Topic]) -> Labels:
    """Return the topic that each part of a cluster is of, -1 for those that are something else."""
    k = int(parts.max(initial=OUTLIER)) + 1
    if k == 0:
        return np.zeros(0, np.int32)
    limit = kin_limit(_likeness(*_means(vectors, clusters), *_means(vectors, clusters)))
    means, cohesion = _means(vectors, parts)
    likeness = _likeness(means, cohesion, *_of_topics(topics, float(cohesion.mean())))
    lengths = np.maximum(np.linalg.norm(means, axis=1), 1e-12)
    nearest = [np.round(topic.seeds @ means.T / lengths, 6).argmax(axis=1) for topic in topics]
    counts = np.array([np.bincount(found, minlength=k) for found in nearest]).T
    scores = likeness + EXAMPLE * np.minimum(counts, EXAMPLES)
    best = np.round(scores, 6).argmax(axis=1)
    near = scores[np.arange(k), best] >= limit + ALONE
    return np.where(near, best, OUTLIER).astype(np.int32)


def _means(vectors: Vectors, clusters: Labels) -> tuple[Floats, Floats]:
    """Return the mean of each cluster, and the mean cosine of two of its members."""
    k = int(clusters.max(initial=OUTLIER)) + 1
    sums = np.array([vectors[clusters == one].sum(axis=0, dtype=np.float64) for one in range(k)])
    n = np.bincount(clusters[clusters >= 0], minlength=k).astype(np.float64)
    pairs = (np.einsum("ij,ij->i", sums, sums) - n) / np.maximum(n * (n - 1), 1)
    known = n > 1
    usual = float(np.average(pairs[known], weights=n[known])) if known.any() else 0.5
    shrunk = np.where(known, (pairs * n + usual * PRIOR) / (n + PRIOR), usual)
    return sums / np.maximum(n, 1)[:, None], np.maximum(shrunk, 0.01)


def _of_topics(topics: Sequence[Topic], usual: float) -> tuple[Floats, Floats]:
    """Return the mean of each topic's examples and their mean cosine, drawn to that of all as they are few."""
    means = np.array([(t.examples if len(t.examples) else t.seeds).mean(axis=0, dtype=np.float64) for t in topics])
    n = np.array([len(topic.examples) for topic in topics], np.float64)
    sums = means * np.maximum(n, 1)[:, None]
    pairs = (np.einsum("ij,ij->i", sums, sums) - n) / np.maximum(n * (n - 1), 1)
    known = n > 1
    common = float(pairs[known].mean()) if known.any() else usual
    return means, np.maximum(np.where(known, (pairs * n + common * PRIOR) / (n + PRIOR), common), 0.01)


def _likeness(means: Floats, cohesion: Floats, others: Floats, cohesion_of_others: Floats) -> Floats:
    """Cosine of true centres: the mean cosine across, by what it would be if both were one thing."""
    return np.asarray((means @ others.T) / np.sqrt(np.outer(cohesion, cohesion_of_others)))


def _nearest(vectors: Vectors, centres: Vectors, rivals: Vectors) -> Labels:
    everything = np.vstack([centres, rivals])
    found, _ = assign(vectors, everything, np.full(len(everything), np.inf, np.float32))
    return np.where(found < len(centres), found, OUTLIER).astype(np.int32)


def _halves(vectors: Vectors, seed: int) -> Labels:
    import warnings

    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # sums of several threads differ from run to run; of equal vectors k-means warns that there are fewer clusters
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(KMeans(2, n_init=5, random_state=seed).fit_predict(vectors), np.int32)


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


def _centre(vectors: Vectors, load: Floats, is_member: NDArray[np.bool_], first: Vectors) -> Vectors:
    return _direction(load[is_member] @ vectors[is_member] + PULL * first)


def _direction(total: NDArray[np.floating]) -> Vectors:
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)

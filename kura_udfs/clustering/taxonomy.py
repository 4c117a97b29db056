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
# A cluster is a topic's when so many of its examples lie in it, whatever its centre says.
EXAMPLES_WITHIN = 2
# An example lies in a cluster when it is no further from its centre than three quarters of the members.
WITHIN = 0.25
# A part of a topic's texts in which none of its examples lies, by a chance of less than this, is something else.
CHANCE = 0.05
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
    vectors: Vectors,
    weights: Weights,
    clusters: Labels,
    topics: Sequence[Topic],
    min_size: int,
    seed: int = 0,
) -> Labels:
    """Say which topic each vector belongs to, or that it fits none.

    Clusters that were found in everything stand beside the topics as their rivals, except those that are a topic's
    own: whose true centre is as near to that of a topic as the parts of one cluster are, or in which its examples lie.
    Each vector then goes to the nearest of topics and rivals, and topics to the centre of what they have, a few times
    over. At last what came along is given up: half of a topic in which none of its examples lies.

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
        Fewest conversations of a cluster: less is not given up.
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
    first = np.array([_direction(topic.seeds.sum(axis=0)) for topic in topics], np.float32)
    load = np.asarray(weights, np.float64)
    rivals = _rivals(vectors, load, clusters, topics)
    centres = first
    for _ in range(ROUNDS):
        labels = _nearest(vectors, centres, rivals)
        centres = np.array(
            [_direction(load[labels == one] @ vectors[labels == one] + PULL * first[one]) for one in range(len(topics))],
            np.float32,
        )
    labels = _nearest(vectors, centres, rivals)
    for number, topic in enumerate(topics):
        labels[_strangers(vectors, load, labels == number, topic, min_size, seed)] = OUTLIER
    return _within_reach(vectors, labels, load, len(topics))


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


def _rivals(vectors: Vectors, load: Floats, clusters: Labels, topics: Sequence[Topic]) -> Vectors:
    """Return the centres of the clusters that are no topic's own."""
    k = int(clusters.max(initial=OUTLIER)) + 1
    if k == 0:
        return np.zeros((0, vectors.shape[1]), np.float32)
    centres = centroids(vectors, clusters, load)
    means, cohesion = _means(vectors, clusters, k)
    likeness = _likeness(means, cohesion, means, cohesion)
    seeds, own = _cohesion_of_topics(topics, float(np.mean(cohesion)))
    of_topics = _likeness(means, cohesion, seeds, own)
    held = np.array([_examples_within(vectors, clusters, centres, topic) for topic in topics]).T
    is_own = (of_topics.max(axis=1) >= kin_limit(likeness)) | (held.max(axis=1) >= EXAMPLES_WITHIN)
    return centres[~is_own]


def _means(vectors: Vectors, clusters: Labels, k: int) -> tuple[Floats, Floats]:
    """Return the mean of each cluster, and the mean cosine of two of its members."""
    sums = np.array([vectors[clusters == one].sum(axis=0, dtype=np.float64) for one in range(k)])
    n = np.bincount(clusters[clusters >= 0], minlength=k).astype(np.float64)
    pairs = (np.einsum("ij,ij->i", sums, sums) - n) / np.maximum(n * (n - 1), 1)
    known = n > 1
    usual = float(np.average(pairs[known], weights=n[known])) if known.any() else 0.5
    shrunk = np.where(known, (pairs * n + usual * PRIOR) / (n + PRIOR), usual)
    return sums / np.maximum(n, 1)[:, None], np.maximum(shrunk, 0.01)


def _cohesion_of_topics(topics: Sequence[Topic], usual: float) -> tuple[Floats, Floats]:
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


def _examples_within(vectors: Vectors, clusters: Labels, centres: Vectors, topic: Topic) -> NDArray[np.int64]:
    """Count the examples of a topic that lie in each cluster as its members do."""
    near = topic.seeds @ centres.T
    nearest = near.argmax(axis=1)
    held = np.zeros(len(centres), np.int64)
    for cluster in np.unique(nearest):
        usual = np.quantile(vectors[clusters == cluster] @ centres[cluster], WITHIN)
        held[cluster] = int((near[nearest == cluster, cluster] >= usual).sum())
    return held


def _nearest(vectors: Vectors, centres: Vectors, rivals: Vectors) -> Labels:
    everything = np.vstack([centres, rivals])
    found, _ = assign(vectors, everything, np.full(len(everything), np.inf, np.float32))
    return np.where(found < len(centres), found, OUTLIER).astype(np.int32)


def _strangers(
    vectors: Vectors, load: Floats, is_member: NDArray[np.bool_], topic: Topic, min_size: int, seed: int
) -> NDArray[np.int64]:
    """Find the rows of that half of a topic in which none of its examples lies, though by its size some should."""
    rows = np.flatnonzero(is_member)
    if len(rows) < 4 or len(topic.seeds) < 2:
        return rows[:0]
    halves = _halves(vectors[rows], seed)
    sides = np.array([_direction(vectors[rows[halves == side]].sum(axis=0)) for side in (0, 1)])
    where = (topic.seeds @ sides.T).argmax(axis=1)
    for side in (0, 1):
        inside = rows[halves == side]
        share = load[inside].sum() / load[rows].sum()
        if not (where == side).any() and (1 - share) ** len(where) < CHANCE and load[inside].sum() >= min_size:
            return inside
    return rows[:0]


def _halves(vectors: Vectors, seed: int) -> Labels:
    import warnings

    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # sums of several threads differ from run to run; of equal vectors k-means warns that there are fewer clusters
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(KMeans(2, n_init=5, random_state=seed).fit_predict(vectors), np.int32)


def _within_reach(vectors: Vectors, labels: Labels, load: Floats, topics: int) -> Labels:
    """Leave out what is further from its topic than a conversation of tomorrow might be."""
    centres = np.zeros((topics, vectors.shape[1]), np.float32)
    found = centroids(vectors, labels, load)
    centres[: len(found)] = found
    taken = np.flatnonzero(np.bincount(labels[labels >= 0], minlength=topics) > 0)
    if not len(taken):
        return labels
    number = np.full(topics + 1, OUTLIER, np.int32)
    number[taken] = np.arange(len(taken))
    radii = np.full(topics, np.inf, np.float32)
    radii[taken] = cluster_radii(vectors, number[labels], centres[taken])
    distance = 1 - np.einsum("ij,ij->i", vectors, centres[np.maximum(labels, 0)])
    away = (labels >= 0) & ((distance > radii[np.maximum(labels, 0)] + 1e-5) | ~vectors.any(axis=1))
    return np.where(away, OUTLIER, labels).astype(np.int32)


def _direction(total: NDArray[np.floating]) -> Vectors:
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-12), np.float32)

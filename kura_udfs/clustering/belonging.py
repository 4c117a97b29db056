"""How surely a text belongs to one of some topics, learned from the examples that the user gives of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.clusters import assign, centroids
from kura_udfs.clustering.groups import direction
from kura_udfs.tables import Floats, Labels, Rows, Vectors
from kura_udfs.vectors.neighbours import Neighbours, nearest_neighbours, neighbour_graph

# A topic tells something with so many examples (one is taken away), and so many topics tell something together.
TELLING_EXAMPLES, TELLING_TOPICS = 3, 3
# What passes from a text to its neighbours in each of so many steps.
PASSED_ON, STEPS = 0.8, 20
# How many examples are passed on at once: this bounds what a step holds, however many there are.
COLUMNS = 256
# The share of a user's own examples that would be left out. With overlap, texts are taken in all the same up to odds
# (as a logarithm) of 1 to 1.6; stricter, much is lost of topics, more lenient, what is new drowns in them.
LEFT_OUT, LEAST_ODDS = 0.02, -0.5
# The four signs are much alike, and examples few: they are weighed with caution.
CAUTION = 0.1


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


class Belonging(NamedTuple):
    """What is known of each text.

    Attributes
    ----------
    shares : float64 array (n, m)
        Of what has arrived at it from each topic; a row adds up to 1.
    odds : float64 array (n,)
        Logarithm of the odds that it belongs to any topic.
    limit : float
        From which odds it is taken as belonging to one.
    """

    shares: Floats
    odds: Floats
    limit: float


class _Signs(NamedTuple):
    """Of some texts (rows) and each topic (columns): how likely the one seems to belong to the other."""

    around: Floats
    """Cosine of the topic's centre and that of the text with its neighbours."""
    cluster: Floats
    """Cosine of the topic's centre and that of the text's cluster."""
    arrived: Floats
    """What has come to it over the graph from the topic's examples."""
    density: Floats
    """Examples of the topic in the text's cluster, by the texts in it."""


def belonging(vectors: Vectors, clusters: Labels, topics: Sequence[Topic], seed: int = 0) -> Belonging | None:
    """Learn from examples how surely each text belongs to some topic.

    What a topic's examples have is passed on from neighbour to neighbour, and four signs are read off each text. What
    they weigh is learned by leaving out: an example belongs to its topic, seen by the others; and it is something
    new if its topic is taken away. Thus what "near" means comes from the user's own topics: how broad they are,
    and how close they lie.

    Parameters
    ----------
    vectors : float32 array (n, d)
        Unit length, or zero for what has no direction.
    clusters : int32 array (n,)
        The clusters found in all of them, -1 for outliers.
    topics : sequence of Topic
    seed : int
        Of the search for neighbours.

    Returns
    -------
    Belonging or None
        None if the examples are too few to learn from.
    """
    counts = np.array([len(topic.examples) for topic in topics])
    if (counts >= TELLING_EXAMPLES).sum() < TELLING_TOPICS or not (clusters >= 0).any():
        return None
    seen = _seen(vectors, clusters, topics, seed)
    examples = np.flatnonzero(seen.is_example & (counts >= TELLING_EXAMPLES)[seen.topic])
    texts = np.arange(len(seen.topic), len(seen.vectors))
    left_out, without = _features(_signs(seen, examples, examples)), _features(_gone(seen, examples))
    weigh = _learned(left_out, without)
    odds = weigh(_features(_signs(seen, texts)))
    arrived = seen.arrived[texts] @ seen.of_topic
    shares = arrived / np.maximum(arrived.sum(axis=0), 1e-12)
    shares = np.round(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12), 9)
    limit = max(LEAST_ODDS, float(np.quantile(weigh(left_out), LEFT_OUT)))
    return Belonging(shares, np.round(odds, 6), round(limit, 6))


class _Seen(NamedTuple):
    """The s seeds of the topics and, after them, the n texts."""

    vectors: Vectors
    topic: Rows
    """Of each seed."""
    is_example: NDArray[np.bool_]
    around: Vectors
    """Centre of each with its neighbours."""
    cluster: Rows
    """The cluster of each: of seeds, and of outliers, the nearest."""
    centres: Vectors
    """Of the clusters."""
    arrived: Floats
    """What has come to each (rows) from each seed (columns); 1 in the mean."""

    @property
    def of_topic(self) -> Floats:
        """1 where a seed (rows) is of a topic (columns)."""
        return np.eye(int(self.topic.max()) + 1)[self.topic]


def _seen(vectors: Vectors, clusters: Labels, topics: Sequence[Topic], seed: int) -> _Seen:
    seeds = np.vstack([topic.seeds for topic in topics])
    topic = np.repeat(np.arange(len(topics)), [len(one.seeds) for one in topics])
    is_example = np.append([False], topic[1:] == topic[:-1])  # the first of each topic is what describes it
    everything = np.vstack([seeds, vectors]).astype(np.float32)
    near = nearest_neighbours(everything, seed=seed)
    around = everything + everything[near.indices].sum(axis=1)
    around /= np.maximum(np.linalg.norm(around, axis=1, keepdims=True), 1e-12)
    centres = centroids(vectors, clusters)
    everywhere = np.full(len(centres), np.inf, np.float32)
    nearest = assign(everything, centres, everywhere)[0]
    nearest[len(seeds) :] = np.where(clusters >= 0, clusters, nearest[len(seeds) :])
    arrived = _passed_on(near, len(seeds))
    return _Seen(everything, topic, is_example, around, np.maximum(nearest, 0), centres, arrived)


def _passed_on(near: Neighbours, seeds: int) -> Floats:
    """Return what each of the first rows has passed on to all (label spreading: Zhou and others, 2004)."""
    from scipy.sparse import diags

    graph = neighbour_graph(near)
    strength = 1 / np.sqrt(np.maximum(np.asarray(graph.sum(axis=1)).ravel(), 1e-12))
    step = PASSED_ON * (diags(strength) @ graph @ diags(strength)).tocsr()
    found = np.zeros((graph.shape[0], seeds))
    for start in range(0, seeds, COLUMNS):
        columns = np.arange(start, min(start + COLUMNS, seeds))
        begun = np.zeros((graph.shape[0], len(columns)))
        begun[columns, np.arange(len(columns))] = 1 - PASSED_ON
        has = begun
        for _ in range(STEPS):
            has = step @ has + begun
        found[:, columns] = has / has.mean(axis=0)
    return found


def _signs(seen: _Seen, rows: Rows, left_out: Rows | None = None) -> _Signs:
    """Read the signs off some rows; `left_out` says which seed is left out for each."""
    every, of_topic = np.arange(len(rows)), seen.of_topic
    sums = of_topic.T @ seen.vectors[: len(seen.topic)]
    directions = np.array([direction(total) for total in sums])
    around, centres = seen.around[rows], seen.centres[seen.cluster[rows]]
    signs = [around @ directions.T, centres @ directions.T]
    arrived = seen.arrived[rows] @ of_topic
    clusters = len(seen.centres)
    examples = np.zeros((clusters, of_topic.shape[1]))
    np.add.at(examples, (seen.cluster[: len(seen.topic)], seen.topic), seen.is_example)
    inside, of = examples[seen.cluster[rows]], np.tile(examples.sum(axis=0), (len(rows), 1))
    if left_out is not None:
        topic = seen.topic[left_out]
        others = sums[topic] - seen.vectors[left_out]
        others /= np.maximum(np.linalg.norm(others, axis=1, keepdims=True), 1e-12)
        for sign, own in zip(signs, (around, centres), strict=True):
            sign[every, topic] = np.einsum("ij,ij->i", own, others)
        arrived[every, topic] -= seen.arrived[rows, left_out]
        inside[every, topic] -= 1
        of[every, topic] -= 1
    sizes = np.bincount(seen.cluster[len(seen.topic) :], minlength=clusters) / (len(seen.vectors) - len(seen.topic))
    density = (inside + 0.5) / (of + 1) / (sizes[seen.cluster[rows]][:, None] + 0.01)
    return _Signs(signs[0], signs[1], np.log(np.maximum(arrived, 0) + 0.1), np.log(density))


def _gone(seen: _Seen, examples: Rows) -> _Signs:
    """Read the signs off examples as if each one's own topic were not there."""
    signs = _signs(seen, examples)
    for sign in signs:
        sign[np.arange(len(examples)), seen.topic[examples]] = -np.inf
    return signs


def _features(signs: _Signs) -> Floats:
    return np.array([sign.max(axis=1) for sign in signs]).T


def _learned(known: Floats, new: Floats) -> Callable[[Floats], Floats]:
    """Learn the odds of belonging from what belongs and what is new."""
    from sklearn.linear_model import LogisticRegression

    features = np.vstack([known, new])
    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    truth = np.repeat([1, 0], [len(known), len(new)])
    model = LogisticRegression(C=CAUTION).fit((features - middle) / spread, truth)
    return lambda given: np.asarray(model.decision_function((given - middle) / spread))

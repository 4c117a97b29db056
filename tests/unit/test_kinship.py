"""Coarse cuts of the neighbour graph: what they leave together, and how little they hang on chance."""

from __future__ import annotations

import numpy as np

from kura_udfs.clustering.kinship import kinship
from kura_udfs.vectors.neighbours import nearest_neighbours, neighbour_graph


def themes() -> tuple[np.ndarray, np.ndarray]:
    """Six themes of four topics each: vectors, and the topic of each."""
    rng = np.random.default_rng(0)
    centres = np.repeat(rng.normal(size=(6, 32)), 4, axis=0) + 0.5 * rng.normal(size=(24, 32))
    topic = rng.integers(0, 24, 600)
    vectors = centres[topic] + 0.6 * rng.normal(size=(600, 32))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), topic.astype(np.int32)


def test_topics_of_a_theme_are_kin_and_of_two_themes_are_not() -> None:
    vectors, topic = themes()
    kin = kinship(neighbour_graph(nearest_neighbours(vectors)), topic, np.ones(600), 6)
    assert kin is not None
    alike = kin @ kin.T
    same = np.arange(24)[:, None] // 4 == np.arange(24) // 4
    assert alike[same].mean() > 0.8
    assert alike[~same].mean() < 0.05
    np.testing.assert_array_less(np.linalg.norm(kin, axis=1), 1 + 1e-9)


def test_another_seed_says_nearly_the_same() -> None:
    vectors, topic = themes()
    graph = neighbour_graph(nearest_neighbours(vectors))
    one, other = (kinship(graph, topic, np.ones(600), 10, seed) for seed in (0, 100))
    assert one is not None
    assert other is not None
    assert np.abs(one @ one.T - other @ other.T).mean() < 0.02


def test_a_graph_without_edges_says_nothing() -> None:
    lone = nearest_neighbours(np.eye(4, dtype=np.float32)[:1])
    assert kinship(neighbour_graph(lone), np.zeros(1, np.int32), np.ones(1), 10) is None

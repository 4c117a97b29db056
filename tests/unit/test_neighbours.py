"""Neighbours are the true ones, whatever the blocks, the ties and the number of points."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.vectors import neighbours
from kura_udfs.vectors.neighbours import (
    Neighbours,
    landmarks,
    largest,
    nearest_landmarks,
    nearest_neighbours,
    neighbour_graph,
)


def unit_vectors(n: int, d: int = 8, seed: int = 0, groups: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, d))
    if groups:
        vectors = 0.3 * vectors + rng.normal(size=(groups, d))[rng.integers(0, groups, n)]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def recall(found: Neighbours, true: Neighbours) -> float:
    pairs = zip(found.indices, true.indices, strict=True)
    return float(np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in pairs]))


@settings(max_examples=60)
@given(n=st.integers(2, 300), k=st.integers(1, 20), seed=st.integers(0, 10**6))
def test_the_neighbours_are_those_of_a_full_comparison(n: int, k: int, seed: int) -> None:
    vectors = unit_vectors(n, seed=seed)
    found = nearest_neighbours(vectors, k)
    similarities = np.round(vectors @ vectors.T, 6)
    np.fill_diagonal(similarities, -np.inf)
    expected = np.sort(similarities, axis=1)[:, ::-1][:, : min(k, n - 1)]
    np.testing.assert_allclose(found.similarities, expected, atol=2e-6)
    np.testing.assert_allclose(np.take_along_axis(similarities, found.indices, axis=1), expected, atol=2e-6)
    assert found.indices.dtype == np.int32
    assert found.similarities.dtype == np.float32


@settings(max_examples=40, deadline=None)
@given(columns=st.integers(1, 3_000), k=st.integers(1, 40), different=st.integers(1, 10**6), seed=st.integers(0, 10**6))
def test_the_largest_are_those_of_a_sorted_row_ties_by_column(columns: int, k: int, different: int, seed: int) -> None:
    rng, k = np.random.default_rng(seed), min(k, columns)
    values = (rng.integers(different, size=(5, columns)) / different).astype(np.float32)
    values[0, rng.integers(columns)] = -np.inf
    found, sizes = largest(values, k)
    rounded = np.round(values, neighbours.DECIMALS)
    expected = np.argsort(-rounded, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(sizes, np.take_along_axis(rounded, expected, axis=1))


def test_of_many_landmarks_the_nearest_are_found_by_their_principal_components(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "EXACT_LIMIT", 5_000)
    # as with sentences, most of what tells vectors apart is on few axes
    vectors = 0.3 * unit_vectors(6_300, 384, groups=60) + 3 * unit_vectors(6_300, 40) @ unit_vectors(40, 384)
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    others, known = vectors[:300], vectors[300:]
    among = landmarks(known)
    assert among.components.shape == (6_000, neighbours.COMPONENTS)
    found, similarities = nearest_landmarks(others, among, 5)
    true, _ = largest(others @ known.T, 5)
    shared = np.mean([len(np.intersect1d(a, b)) / 5 for a, b in zip(found, true, strict=True)])
    assert shared > 0.99
    np.testing.assert_allclose(similarities, (known[found] @ others[:, :, None])[:, :, 0], atol=2e-6)
    few, _ = nearest_landmarks(others, landmarks(known[:100]), 5)
    np.testing.assert_array_equal(few, largest(others @ known[:100].T, 5)[0])


@pytest.mark.parametrize(("n", "k"), [(0, 0), (1, 0), (2, 1), (3, 2), (40, 15)])
def test_few_points_have_fewer_neighbours(n: int, k: int) -> None:
    found = nearest_neighbours(unit_vectors(n))
    assert found.indices.shape == found.similarities.shape == (n, k)
    assert neighbour_graph(found).shape == (n, n)


@pytest.mark.parametrize("values", [64, 1_000, 2**24])
def test_the_size_of_the_blocks_makes_no_difference(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit_vectors(1_500, groups=20)
    whole = nearest_neighbours(vectors)
    monkeypatch.setattr(neighbours, "BLOCK_VALUES", values)
    np.testing.assert_array_equal(nearest_neighbours(vectors).indices, whole.indices)


def test_equal_similarities_come_in_the_order_of_the_rows() -> None:
    vectors = unit_vectors(3)[[0, 1, 0, 2, 0, 0]]
    found = nearest_neighbours(vectors, 3)
    assert found.indices[[0, 2, 4, 5]].tolist() == [[2, 4, 5], [0, 4, 5], [0, 2, 5], [0, 2, 4]]


def test_thousands_of_equal_vectors_are_each_others_neighbours() -> None:
    vectors = np.repeat(unit_vectors(2), [3_000, 20], axis=0)
    found = nearest_neighbours(vectors)
    assert (found.similarities > 0.9999).all()
    assert (found.indices != np.arange(len(vectors))[:, None]).all()


class TestManyPoints:
    @pytest.fixture(autouse=True)
    def _few_are_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(neighbours, "EXACT_LIMIT", 1_000)

    def test_nearly_all_true_neighbours_are_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        vectors = unit_vectors(6_000, d=32, groups=60)
        found = nearest_neighbours(vectors)
        monkeypatch.setattr(neighbours, "EXACT_LIMIT", 10**6)
        assert recall(found, nearest_neighbours(vectors)) > 0.95
        assert all(len(set(row)) == 15 for row in found.indices.tolist())
        assert (found.indices != np.arange(6_000)[:, None]).all()
        assert (np.diff(found.similarities, axis=1) <= 0).all()

    def test_the_answer_is_the_same_every_time(self) -> None:
        vectors = unit_vectors(3_000, groups=30)
        first, second = nearest_neighbours(vectors), nearest_neighbours(vectors)
        np.testing.assert_array_equal(first.indices, second.indices)
        np.testing.assert_array_equal(first.similarities, second.similarities)

    def test_cells_that_are_empty_or_hold_everything_do_no_harm(self) -> None:
        vectors = np.vstack([np.repeat(unit_vectors(3), 500, axis=0), np.zeros((3, 8), np.float32)])
        found = nearest_neighbours(vectors)
        assert (found.similarities[:1_500] > 0.9999).all()
        assert (found.similarities[1_500:] == 0).all()


@settings(max_examples=40)
@given(n=st.integers(0, 120), seed=st.integers(0, 10**6))
def test_the_graph_is_symmetric_without_loops_or_negative_weights(n: int, seed: int) -> None:
    graph = neighbour_graph(nearest_neighbours(unit_vectors(n, d=3, seed=seed)))
    assert abs(graph - graph.T).nnz == 0
    assert graph.diagonal().sum() == 0
    assert (graph.data > 0).all()


def test_mutual_neighbours_weigh_more_and_opposites_nothing() -> None:
    found = Neighbours(np.array([[1], [0], [1], [0]], np.int32), np.array([[0.9], [0.9], [0.8], [-0.5]], np.float32))
    graph = neighbour_graph(found).toarray()
    assert graph[0, 1] == pytest.approx(1.8)
    assert graph[1, 2] == pytest.approx(0.8)
    assert graph[3].sum() == 0


def test_nearer_neighbours_weigh_more_than_farther_ones_that_are_as_similar() -> None:
    found = Neighbours(np.array([[1, 2], [0, 2], [0, 1]], np.int32), np.full((3, 2), 0.5, np.float32))
    graph = neighbour_graph(found).toarray()
    assert graph[0, 1] > graph[0, 2] > graph[1, 2]


def test_the_import_is_instant() -> None:
    code = "import sys, kura_udfs.clustering.clusters, kura_udfs.clustering.hierarchy; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"scipy", "sklearn", "numba", "umap", "hdbscan"} & set(loaded)

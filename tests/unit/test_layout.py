"""The map: likes lie together, a new text lies among its likes, and no number of texts is too small."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from kura_udfs.clustering import layout
from kura_udfs.vectors.neighbours import landmarks, nearest_neighbours
from tests.support.vectors import unit


def groups(number: int, each: int) -> np.ndarray:
    """So many directions, and as many vectors around each, one group after the other."""
    rng = np.random.default_rng(0)
    return unit(
        np.repeat(unit(rng.normal(size=(number, 32))), each, axis=0) + 0.05 * rng.normal(size=(number * each, 32))
    )


@pytest.mark.parametrize("points", [0, 1, 2, 19])
def test_few_points_have_places_too(points: int) -> None:
    vectors = groups(1, points) if points else np.zeros((0, 32), np.float32)
    positions = layout.map_points(vectors, nearest_neighbours(vectors))
    assert positions.shape == (points, 2)
    assert np.isfinite(positions).all()


def test_likes_lie_together_and_a_map_begins_where_the_last_one_ended() -> None:
    vectors = groups(4, 30)
    neighbours = nearest_neighbours(vectors)
    positions = layout.map_points(vectors, neighbours)
    assert np.abs(positions).max() == pytest.approx(10)
    centres = positions.reshape(4, 30, 2).mean(axis=1)
    nearest = np.linalg.norm(positions[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == np.repeat(np.arange(4), 30)).all()
    again = layout.map_points(vectors, neighbours, start=positions)
    assert np.linalg.norm(again - positions, axis=1).mean() < np.linalg.norm(centres[0] - centres[1])
    assert "umap" in sys.modules
    assert "pynndescent" not in sys.modules  # its import compiles for ten seconds, once in every environment


def test_other_models_are_built_while_the_map_is_laid_out() -> None:
    """Names are found in another thread of dbt's; with Python's lock held they would wait for each round of the layout."""
    vectors = groups(2, 20)
    layout.map_points(vectors, nearest_neighbours(vectors))
    from umap import layouts, umap_

    optimise = layouts._nb_optimize_layout_euclidean_single_epoch
    assert optimise.signatures, "this is what the time goes into no longer"
    assert optimise.targetoptions["nogil"]
    assert not umap_.smooth_knn_dist.targetoptions["nogil"]  # parallel itself


def test_a_text_lies_among_its_likes_by_their_similarity() -> None:
    known, positions = groups(3, 40), np.random.default_rng(1).normal(size=(120, 2))
    vectors = unit(known[::7] + 0.02 * np.random.default_rng(2).normal(size=(18, 32)))
    similarities = vectors.astype(np.float64) @ known.T.astype(np.float64)
    for placed, similar in zip(layout.place(vectors, landmarks(known), positions), similarities, strict=True):
        nearest = np.argsort(-similar)[: layout.NEAREST]
        np.testing.assert_allclose(placed, np.average(positions[nearest], axis=0, weights=similar[nearest]), atol=1e-5)


@pytest.mark.parametrize("number", [1, 3, 5_000])
def test_how_many_are_placed_at_once_makes_no_difference(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    known, positions = landmarks(groups(1, number)), np.random.default_rng(1).normal(size=(number, 2))
    vectors = groups(2, 20)
    whole = layout.place(vectors, known, positions)
    monkeypatch.setattr(layout, "BLOCK_VALUES", 7 * number)
    np.testing.assert_allclose(layout.place(vectors, known, positions), whole, atol=1e-5)


def test_nothing_is_placed_among_nothing() -> None:
    nothing = np.zeros((0, 32), np.float32)
    assert layout.place(nothing, landmarks(nothing), np.zeros((0, 2))).shape == (0, 2)


def test_what_is_like_nothing_has_a_place() -> None:
    nothing = np.zeros((2, 32), np.float32)
    assert np.isfinite(layout.place(nothing, landmarks(groups(2, 10)), np.ones((20, 2)))).all()

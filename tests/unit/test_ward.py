"""The one Ward merger, for the tree by numbers and for what a model proposes."""

from __future__ import annotations

import numpy as np

from kura_udfs.clustering.ward import merges


def test_the_nearest_are_merged_first_and_in_the_end_there_is_one() -> None:
    angles = np.radians([0, 90, 10, 180])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert list(merges(vectors, np.ones(4), 4.0)) == [(0, 2), (1, 3), (0, 1)]


def test_what_would_be_too_heavy_waits_until_nothing_else_is_left() -> None:
    angles = np.radians([0, 5, 90])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1) * np.array([[3.0], [3.0], [1.0]])
    assert list(merges(vectors, np.array([3.0, 3.0, 1.0]), 4.5)) == [(1, 2), (0, 1)]


def test_what_is_given_stays_as_it_is() -> None:
    sums, loads = np.eye(3), np.ones(3)
    assert len(list(merges(sums, loads, 3.0))) == 2
    assert (sums == np.eye(3)).all()
    assert (loads == 1).all()


def test_of_what_costs_the_same_the_first_are_merged_whatever_the_last_digits_are() -> None:
    sums, loads = np.eye(12) * 300, np.full(12, 300.0)  # everything is as far from everything
    expected = list(merges(sums, loads, 1800.0))
    for seed in range(20):
        nudge = np.random.default_rng(seed).normal(scale=1e-12, size=sums.shape)
        assert list(merges(sums * (1 + nudge) + nudge, loads, 1800.0)) == expected

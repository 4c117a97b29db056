"""Which cluster of a refit is which of the fit before, and when there has to be a refit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.clustering.clusters import Earlier, centroids, cluster_radii, fit_base_clusters
from kura_udfs.clustering.drift import MOST_OUTLIERS, Drift, among_themselves, measure_drift, reason_to_refit
from kura_udfs.clustering.matching import flows, left, likeness, match
from kura_udfs.vectors.neighbours import nearest_neighbours

THEMES, EACH = 12, 40


def themes(numbers: range, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make unit vectors around a centre for each theme."""
    centres = np.random.default_rng(7).normal(size=(THEMES + 4, 32))
    noise = np.random.default_rng(seed).normal(size=(len(numbers) * EACH, 32))
    truth = np.repeat(numbers, EACH)
    vectors = centres[truth] + 0.7 * noise
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), truth


def matched(old: list[int], new: list[int]) -> list[int]:
    return compared(np.array(old), np.array(new), (max(old) + 1, max(new) + 1)).tolist()


def compared(old: np.ndarray, new: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    weights = np.ones(len(old))
    return match(likeness(flows(old, new, weights, shape), left(old, new, weights, shape[0])))


def test_what_is_the_same_under_other_numbers_is_the_same() -> None:
    assert matched([0, 0, 0, 1, 1, 2, -1], [2, 2, 2, 0, 0, 1, 1]) == [1, 2, 0]


def test_the_larger_part_of_a_split_goes_on_and_the_other_is_born() -> None:
    assert matched([0] * 10, [0] * 6 + [1] * 4) == [0, -1]


def test_what_has_less_than_half_in_common_is_another() -> None:
    assert matched([0] * 10, [0, 0, 0, 1, 1, 1, 2, 2, 3, 3]) == [-1, -1, -1, -1]


def test_what_is_in_no_cluster_any_more_counts_as_having_left() -> None:
    assert matched([0] * 10, [0] * 6 + [-1] * 4) == [0]
    assert matched([0] * 10, [0] * 3 + [-1] * 7) == [-1]
    parents = likeness(np.diag([5.0, 3.0]), np.array([0.0, 4.0]), np.ones((1, 2)), np.ones((1, 2)))
    assert parents == pytest.approx(np.array([[16 / 20]]))


def test_what_was_in_no_cluster_before_is_growth() -> None:
    assert matched([0] * 4 + [-1] * 3, [0] * 7) == [0]


def test_pairs_are_best_altogether_and_not_one_by_one() -> None:
    # the best single pair is old 0 with new 0; taken, it would leave old 1 and new 1 without a partner
    alike = np.array([[0.9, 0.8], [0.8, 0.1]])
    assert match(alike).tolist() == [1, 0]


def test_parents_are_compared_by_what_is_below_them() -> None:
    moved = np.diag([5.0, 3.0, 2.0])
    old, new = np.array([[1, 1, 0], [0, 0, 1]]), np.array([[0, 1, 1], [1, 0, 0]])
    assert likeness(moved, np.zeros(3), old, new) == pytest.approx(np.array([[6 / 13, 10 / 13], [4 / 7, 0]]))


@given(st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 5)), max_size=60))
def test_no_old_cluster_goes_on_twice(pairs: list[tuple[int, int]]) -> None:
    old, new = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    found = compared(old, new, (6, 6))
    known = found[found >= 0]
    assert len(set(known.tolist())) == len(known)


def test_a_refit_leaves_the_old_where_they_were_and_gives_a_new_theme_a_cluster() -> None:
    old, _ = themes(range(THEMES))
    first = fit_base_clusters(old, nearest_neighbours(old))
    more, truth = themes(range(THEMES + 1), seed=1)
    everything = np.concatenate([old, more[truth == THEMES]])
    known = np.concatenate([first.labels, np.full(EACH, -1, np.int32)])
    earlier = Earlier(known, first.resolution)
    second = fit_base_clusters(everything, nearest_neighbours(everything), earlier=earlier)
    shape = int(first.labels.max()) + 1, int(second.labels.max()) + 1
    goes_on = np.append(compared(known, second.labels, shape), -2)
    stayed = goes_on[second.labels[: len(old)]] == first.labels
    assert stayed[first.labels >= 0].mean() > 0.98
    assert (goes_on[second.labels[len(old) :]] == -1).mean() > 0.9


@pytest.mark.parametrize(
    ("newcomers", "reason"),
    [(range(0, 1), None), (range(0, 5), "growth"), (range(THEMES, THEMES + 1), "outliers")],
)
def test_more_of_the_same_is_no_reason_to_refit_but_much_more_and_something_else_is(
    newcomers: range, reason: str | None
) -> None:
    old, _ = themes(range(THEMES))
    new, _ = themes(newcomers, seed=3)
    labels = np.concatenate([fit_base_clusters(old, nearest_neighbours(old)).labels, np.full(len(new), -1, np.int32)])
    vectors = np.concatenate([old, new])
    centres = centroids(vectors, labels)
    is_new = np.arange(len(vectors)) >= len(old)
    radii = cluster_radii(vectors, labels, centres)
    drift = measure_drift(vectors, np.ones(len(vectors)), labels, is_new, centres, radii)
    assert reason_to_refit(drift) == reason


@pytest.mark.parametrize(("size", "reason"), [(20, "theme"), (0, None)])
def test_a_new_theme_is_a_reason_to_refit_among_however_many_others(size: int, reason: str | None) -> None:
    old, _ = themes(range(THEMES))
    more, _ = themes(range(THEMES), seed=4)
    new = np.concatenate([more[::5], themes(range(THEMES, THEMES + 1), seed=3)[0][:size]])
    labels = np.concatenate([fit_base_clusters(old, nearest_neighbours(old)).labels, np.full(len(new), -1, np.int32)])
    vectors = np.concatenate([old, new])
    centres = centroids(vectors, labels)
    is_new = np.arange(len(vectors)) >= len(old)
    drift = measure_drift(
        vectors, np.ones(len(vectors)), labels, is_new, centres, cluster_radii(vectors, labels, centres)
    )
    assert drift.outlier_share < MOST_OUTLIERS
    assert reason_to_refit(drift) == reason
    assert drift.themed == size


def test_what_many_say_in_the_same_words_is_a_theme() -> None:
    old, _ = themes(range(THEMES))
    new = themes(range(THEMES, THEMES + 1))[0][:1]
    weights, is_new = np.append(np.ones(len(old)), 12.0), np.arange(len(old) + 1) == len(old)
    vectors = np.concatenate([old, new])
    assert among_themselves(vectors, weights, is_new, np.flatnonzero(is_new)).tolist() == [len(old)]
    assert among_themselves(vectors, np.ones(len(vectors)), is_new, np.flatnonzero(is_new)).tolist() == []
    assert among_themselves(np.zeros_like(vectors), weights, is_new, np.flatnonzero(is_new)).tolist() == []


@pytest.mark.parametrize(
    ("drift", "reason"),
    [
        (Drift(0.3, 0.2, 1.3, 1000), None),
        (Drift(0.31, 0, 1, 1), "growth"),
        (Drift(0.1, 0.21, 1, 100), "outliers"),
        (Drift(0.1, 1.0, 1, 9), None),
        (Drift(0.1, 0, 1.31, 20), "distance"),
        (Drift(0.1, 0, 9.9, 19), None),
        (Drift(0.1, 0.05, 1.1, 300, 10), "theme"),
        (Drift(0.1, 0.05, 1.1, 300, 9), None),
    ],
)
def test_the_thresholds_are_as_documented(drift: Drift, reason: str | None) -> None:
    assert reason_to_refit(drift) == reason

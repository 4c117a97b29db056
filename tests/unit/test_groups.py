"""Whatever a model assigns, the groups keep within the limits of the tree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.clustering.groups import balanced_groups, by_height, neighbourhoods


def unit_vectors(n: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@settings(max_examples=150)
@given(
    n=st.integers(3, 60),
    seed=st.integers(0, 10**6),
    parents=st.integers(1, 60),
    most=st.integers(2, 20),
    tail=st.sampled_from([0.3, 1.0, 5.0]),
    alike=st.booleans(),
)
def test_groups_are_few_and_none_has_more_than_half(
    n: int, seed: int, parents: int, most: int, tail: float, alike: bool
) -> None:
    rng = np.random.default_rng(seed)
    sizes = np.ceil(rng.pareto(tail, n) * 3 + 1)
    vectors = np.ones((n, 6), np.float32) if alike else unit_vectors(n, seed)
    groups = balanced_groups(rng.integers(0, parents, n), vectors, sizes, most)
    assert sorted(row for group in groups for row in group) == list(range(n))
    assert 2 <= len(groups) <= most
    if most >= 3:
        assert all(sizes[group].sum() <= sizes.sum() / 2 for group in groups if len(group) > 1)


def test_what_is_within_the_limits_stays_as_it_was_assigned() -> None:
    choice = np.array([4, 4, 7, 7, 9])
    assert balanced_groups(choice, unit_vectors(5, 0), np.ones(5), 3) == [[0, 1], [2, 3], [4]]


def test_a_group_that_swallows_everything_gives_up_what_is_least_like_it() -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), [4, 2, 2], axis=0)
    groups = balanced_groups(np.array([0, 0, 0, 0, 0, 0, 1, 1]), vectors, np.ones(8), 3)
    assert [0, 1, 2, 3] in groups


def test_what_is_as_like_one_group_as_another_goes_to_the_first_whatever_the_last_digits_are() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32), [5, 1, 2, 2], axis=0)  # the sixth is given up, and like nothing
    choice = np.array([0, 0, 0, 0, 0, 0, 1, 1, 2, 2])
    expected = balanced_groups(choice, vectors, np.ones(10), 4)
    assert [5, 6, 7] in expected
    for seed in range(20):
        nudge = np.random.default_rng(seed).normal(scale=1e-7, size=vectors.shape)
        assert balanced_groups(choice, (vectors + nudge).astype(np.float32), np.ones(10), 4) == expected


def test_a_cluster_with_more_than_half_of_everything_stays_alone() -> None:
    groups = balanced_groups(np.zeros(4, np.int64), unit_vectors(4, 1), np.array([100.0, 1, 1, 1]), 3)
    assert groups == [[0], [1, 2, 3]]


def test_too_many_groups_are_merged_by_likeness() -> None:
    vectors = np.repeat(np.eye(4, dtype=np.float32), 3, axis=0)
    assert balanced_groups(np.arange(12), vectors, np.ones(12), 4) == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
        [9, 10, 11],
    ]


@settings(max_examples=15)
@given(st.integers(1, 300), st.integers(2, 60), st.integers(0, 100), st.integers(1, 300))
def test_neighbourhoods_part_all_rows_into_bounded_parts(n: int, size: int, seed: int, distinct: int) -> None:
    vectors = unit_vectors(min(n, distinct), seed)[np.arange(n) % min(n, distinct)]
    parts = neighbourhoods(vectors, size, seed)
    assert sorted(np.concatenate(parts)) == list(range(n))
    assert all(0 < len(part) <= 2 * size for part in parts)


def test_neighbourhoods_hold_what_is_alike() -> None:
    vectors = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    order = np.random.default_rng(0).permutation(60)
    parts = neighbourhoods(vectors[order], 20)
    assert sorted(sorted(order[part]) for part in parts) == [[*range(20)], [*range(20, 40)], [*range(40, 60)]]


def test_children_come_before_their_parents() -> None:
    assert by_height([[1, 2], [], [3, 4], [], [], [6], [7, 8], [], []]) == [[2, 6], [0, 5]]
    with pytest.raises(ValueError, match="circle"):
        by_height([[1], [0]])


def test_too_many_groups_are_merged_where_it_costs_least_for_how_heavy_they_are() -> None:
    angles = np.radians([0, 20, 90, 125])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert balanced_groups(np.arange(4), vectors, np.array([5.0, 5, 5, 5]), 3) == [[0, 1], [2], [3]]
    assert balanced_groups(np.arange(4), vectors, np.array([9.0, 9, 2, 2]), 3) == [[0], [1], [2, 3]]

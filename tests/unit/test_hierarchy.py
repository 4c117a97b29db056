"""The tree keeps its promises whatever the base clusters are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.clustering.hierarchy import MOST_LEVELS, Before, Tree, build_tree
from tests.support.vectors import bases_below, unit


def random_clusters(k: int, seed: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(k, 8)) * spread + rng.normal(size=(1 + k // 9, 8))[rng.integers(0, 1 + k // 9, k)] * 3
    sizes = np.ceil(rng.pareto(1.0, k) * 5 + 1)
    return unit(vectors), sizes


def check(tree: Tree, k: int, top_clusters: int) -> None:
    children = np.bincount(tree.parents[tree.parents >= 0], minlength=len(tree.parents))
    assert sorted(set(tree.leaf_of_base.tolist())) == np.flatnonzero(children == 0).tolist()
    assert len(set(tree.leaf_of_base.tolist())) == k
    assert not np.any(children == 1), "a parent with a single child"
    assert np.count_nonzero(tree.levels == 0) <= top_clusters
    assert tree.levels.max(initial=0) < MOST_LEVELS
    inner = tree.parents >= 0
    assert np.all(tree.parents[inner] < np.flatnonzero(inner)), "a child before its parent"
    assert np.all(tree.levels[inner] == tree.levels[tree.parents[inner]] + 1)
    assert np.all((tree.parents < 0) == (tree.levels == 0))
    is_leaf = children == 0
    widths = [
        np.count_nonzero((tree.levels == level) | (is_leaf & (tree.levels < level)))
        for level in range(tree.levels.max(initial=0) + 1)
    ]
    assert widths == sorted(set(widths)), "a cut no wider than the one above it"
    if top_clusters >= 5:
        assert np.all(np.diff(np.bincount(tree.levels)) > 0), "a level with no more nodes than the one above it"


def check_balance(tree: Tree, sizes: np.ndarray) -> None:
    for node, group in enumerate(bases_below(tree)):
        if tree.parents[node] < 0 and len(group) > 1:
            assert sizes[list(group)].sum() <= sizes.sum() / 2 * (1 + 1e-6), "a parent with most of everything"


@settings(max_examples=120)
@given(
    k=st.integers(0, 130),
    seed=st.integers(0, 10**6),
    top=st.integers(2, 14),
    spread=st.sampled_from([0.0, 0.3, 1.0, 5.0]),
)
def test_every_tree_is_sound(k: int, seed: int, top: int, spread: float) -> None:
    centroids, sizes = random_clusters(k, seed, spread)
    tree = build_tree(centroids, sizes, top_clusters=top)
    check(tree, k, top)
    if top >= 5:
        check_balance(tree, sizes)


def before(tree: Tree, k: int) -> Before:
    parents = sorted(set(tree.parents[tree.parents >= 0].tolist()))
    below = bases_below(tree)
    shares = np.array([[base in below[parent] for parent in parents] for base in range(k)], np.float64)
    return Before(shares.reshape(k, len(parents)), int((tree.levels == 0).sum()))


@settings(max_examples=60)
@given(k=st.integers(0, 90), seed=st.integers(0, 10**6), top=st.integers(5, 14))
def test_a_tree_that_is_held_to_another_is_sound(k: int, seed: int, top: int) -> None:
    centroids, sizes = random_clusters(k, seed, 1.0)
    other = build_tree(*random_clusters(k, seed + 1, 1.0), top_clusters=top)
    tree = build_tree(centroids, sizes, top_clusters=top, before=before(other, k))
    check(tree, k, top)
    check_balance(tree, sizes)


@settings(max_examples=80)
@given(k=st.integers(0, 130), seed=st.integers(0, 10**6), top=st.integers(5, 14), held=st.booleans())
def test_a_tree_that_listens_to_the_graph_is_sound(k: int, seed: int, top: int, held: bool) -> None:
    centroids, sizes = random_clusters(k, seed, 1.0)
    other = before(build_tree(*random_clusters(k, seed + 1, 1.0), top_clusters=top), k) if held else None
    kin = np.eye(9)[np.random.default_rng(seed).integers(0, 9, k)]
    tree = build_tree(centroids, sizes, top_clusters=top, before=other, kin=kin)
    check(tree, k, top)
    check_balance(tree, sizes)


def test_base_clusters_that_the_graph_holds_together_have_one_parent() -> None:
    graph_says = np.repeat(np.arange(8), 5)
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(40, 8)) + 0.3 * np.eye(8)[graph_says])
    tree = build_tree(vectors, np.ones(40), kin=2 * np.eye(8)[graph_says])
    parts = [set(np.flatnonzero(graph_says == part).tolist()) for part in range(8)]
    assert all(any(part <= top for top in tops(tree)) for part in parts)
    assert not all(any(part <= top for top in tops(build_tree(vectors, np.ones(40)))) for part in parts)


def tops(tree: Tree) -> set[frozenset[int]]:
    return {frozenset(group) for node, group in enumerate(bases_below(tree)) if tree.parents[node] < 0}


def test_centroids_that_moved_a_little_keep_their_parents() -> None:
    kept = {"held": 0, "free": 0}
    everything = 0
    for seed in range(20):
        centroids, sizes = random_clusters(60, seed)
        tree = build_tree(centroids, sizes)
        moved = unit(centroids + 0.05 * np.random.default_rng(seed).normal(size=centroids.shape))
        kept["held"] += len(tops(tree) & tops(build_tree(moved, sizes, before=before(tree, 60))))
        kept["free"] += len(tops(tree) & tops(build_tree(moved, sizes)))
        everything += len(tops(tree))
    assert kept["held"] >= 0.9 * everything
    assert kept["free"] < 0.8 * everything


@settings(max_examples=120)
@given(
    k=st.integers(0, 60),
    d=st.integers(1, 4),
    distinct=st.integers(1, 60),
    seed=st.integers(0, 10**6),
    top=st.integers(1, 12),
    power=st.floats(0, 8),
)
def test_equal_and_opposite_and_zero_centroids_of_any_size_make_a_sound_tree(
    k: int, d: int, distinct: int, seed: int, top: int, power: float
) -> None:
    rng = np.random.default_rng(seed)
    some = rng.integers(-1, 2, (distinct, d)).astype(np.float64)
    some /= np.maximum(np.linalg.norm(some, axis=1, keepdims=True), 1e-12)
    centroids = some[rng.integers(0, distinct, k)].astype(np.float32)
    sizes = np.floor(10 ** (power * rng.random(k)))
    tree = build_tree(centroids, sizes, top_clusters=top)
    check(tree, k, top)
    if top >= 5:
        check_balance(tree, sizes)


@pytest.mark.parametrize("k", [0, 1, 2, 10])
def test_few_base_clusters_are_the_whole_tree(k: int) -> None:
    centroids, sizes = random_clusters(k, 0)
    tree = build_tree(centroids, sizes)
    assert tree.levels.tolist() == [0] * k


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_base_clusters_makes_no_difference(seed: int) -> None:
    centroids, sizes = random_clusters(60, seed)
    order = np.random.default_rng(seed).permutation(60)
    plain = {frozenset(group) for group in bases_below(build_tree(centroids, sizes))}
    shuffled = bases_below(build_tree(centroids[order], sizes[order]))
    assert {frozenset(int(order[base]) for base in group) for group in shuffled} == plain


def test_groups_that_lie_together_are_the_top() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(7), 6)
    vectors = np.eye(16)[truth] + 0.1 * rng.normal(size=(42, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    tree = build_tree(vectors.astype(np.float32), rng.integers(1, 50, 42))
    tops = [group for node, group in enumerate(bases_below(tree)) if tree.parents[node] < 0]
    assert sorted(map(sorted, tops)) == [list(range(start, start + 6)) for start in range(0, 42, 6)]


def test_heavier_siblings_come_first() -> None:
    centroids, sizes = random_clusters(70, 2)
    tree = build_tree(centroids, sizes)
    loads = [sizes[list(group)].sum() for group in bases_below(tree)]
    for parent in range(-1, len(loads)):
        siblings = [loads[node] for node in np.flatnonzero(tree.parents == parent)]
        assert siblings == sorted(siblings, reverse=True)


def test_a_top_cluster_with_most_of_everything_is_split() -> None:
    rng = np.random.default_rng(3)
    crowd = np.array([1, 0, 0, 0]) + 0.25 * rng.normal(size=(30, 4))
    others = np.vstack([np.eye(4)[1:], -np.eye(4)[1:], -np.eye(4)[:1]])
    vectors = np.vstack([crowd, others])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sizes = np.array([10.0] * 30 + [8.0] * 7)
    tree = build_tree(vectors.astype(np.float32), sizes, top_clusters=8)
    tops = [group for node, group in enumerate(bases_below(tree)) if tree.parents[node] < 0]
    assert len(tops) <= 8
    assert max(sizes[list(group)].sum() for group in tops) <= sizes.sum() / 2


def test_a_single_base_cluster_may_hold_most_of_everything() -> None:
    centroids, sizes = random_clusters(40, 5)
    sizes[7] = 10 * sizes.sum()
    tree = build_tree(centroids, sizes)
    check(tree, 40, 10)
    assert tree.levels[tree.leaf_of_base[7]] == 0


def test_many_base_clusters_get_levels_in_between() -> None:
    centroids, sizes = random_clusters(700, 1)
    tree = build_tree(centroids, sizes)
    check(tree, 700, 10)
    assert tree.levels.max() >= 2

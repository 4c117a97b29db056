"""Base clusters: planted groups are found, and nothing that vectors can be breaks the fit."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kura_udfs.clustering import partitions
from kura_udfs.clustering.clusters import (
    BaseClusters,
    Earlier,
    assign,
    centroids,
    cluster_radii,
    default_min_size,
    fit_base_clusters,
)
from kura_udfs.clustering.outliers import find_outliers
from kura_udfs.clustering.partitions import METHODS, in_turn
from kura_udfs.clustering.resolutions import Cut, is_hopeless, mean_silhouette
from kura_udfs.errors import KuraError
from kura_udfs.vectors.neighbours import nearest_neighbours
from tests.support.vectors import unit


def planted(groups: int, n: int, spread: float = 0.25, d: int = 48, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Groups of unequal sizes around random directions."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, groups + 1) ** 0.5
    truth = np.sort(rng.choice(groups, n, p=shares / shares.sum()))
    order = rng.permutation(n)
    centres = unit(rng.normal(size=(groups, d)))
    return unit(centres[truth] + spread * rng.normal(size=(n, d)) / d**0.5)[order], truth[order]


def fit(vectors: np.ndarray, weights: np.ndarray | None = None, **settings: object) -> BaseClusters:
    return fit_base_clusters(vectors, nearest_neighbours(vectors), weights, **settings)  # type: ignore[arg-type]


def agreement(labels: np.ndarray, truth: np.ndarray) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(truth, labels))


@pytest.mark.parametrize("groups", [3, 12, 40])
def test_planted_groups_are_found_without_being_told_how_many(groups: int) -> None:
    vectors, truth = planted(groups, 1_500, spread=0.6)
    found = fit(vectors)
    assert found.labels.max() + 1 == groups
    assert agreement(found.labels, truth) > 0.97
    assert (found.labels < 0).mean() < 0.05


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_planted_groups(method: str) -> None:
    vectors, truth = planted(6, 400, d=10)
    assert agreement(fit(vectors, method=method).labels, truth) > 0.8


def test_hdbscan_leaves_few_points_out_of_vectors_with_many_dimensions() -> None:
    vectors, truth = planted(6, 300, spread=0.8, d=48)
    labels = fit(vectors, method="hdbscan").labels
    assert agreement(labels, truth) > 0.8
    assert (labels < 0).mean() < 0.06


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_the_same_answer_twice(method: str) -> None:
    vectors, _ = planted(8, 300, spread=1.0, d=10)
    np.testing.assert_array_equal(fit(vectors, method=method).labels, fit(vectors, method=method).labels)


def test_an_unknown_method_is_refused_by_the_name_of_its_setting() -> None:
    with pytest.raises(KuraError, match=r"kura_clustering_method.*'dbscan'.*leiden, kmeans"):
        fit(planted(3, 50)[0], method="dbscan")


@pytest.mark.parametrize("method", ["leiden", "kmeans"])
@pytest.mark.parametrize("target", [1, 4, 9, 25])
def test_a_target_decides_the_number_of_clusters(method: str, target: int) -> None:
    vectors = unit(np.random.default_rng(1).normal(size=(600, 6)) + 0.5)
    found = fit(vectors, method=method, target=target)
    assert found.labels.max() + 1 == pytest.approx(target, abs=1)


def test_k_means_finds_what_one_beginning_would_miss() -> None:
    vectors, groups = planted(30, 300, spread=0.2)
    for seed in range(8):
        assert agreement(fit(vectors, method="kmeans", target=30, min_size=2, seed=seed).labels, groups) == 1


def test_a_target_beyond_reach_gives_the_nearest_there_is() -> None:
    vectors, _ = planted(5, 200, spread=0.1)
    assert fit(vectors, target=2).labels.max() + 1 == 5
    assert 1 < fit(vectors, target=150, min_size=10).labels.max() + 1 <= 20


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), size=st.integers(1, 40))
def test_clusters_have_the_size_asked_for_and_the_heaviest_comes_first(seed: int, size: int) -> None:
    vectors, _ = planted(7, 160, spread=1.0, seed=seed)
    weights = np.random.default_rng(seed).integers(1, 5, len(vectors))
    labels = fit(vectors, weights, min_size=size).labels
    loads = np.bincount(labels[labels >= 0], weights[labels >= 0])
    assert loads.min() >= size
    assert (np.diff(loads) <= 0).all()


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    n=st.integers(0, 90),
    d=st.integers(1, 12),
    distinct=st.integers(1, 60),
    zeros=st.integers(0, 3),
    seed=st.integers(0, 10**6),
    method=st.sampled_from(["leiden", "kmeans", "minibatch_kmeans", "hdbscan"]),
    target=st.sampled_from([None, None, 1, 5, 200]),
    size=st.sampled_from([None, None, 1, 3, 50]),
)
def test_whatever_the_vectors_equal_ones_stay_together(
    n: int, d: int, distinct: int, zeros: int, seed: int, method: str, target: int | None, size: int | None
) -> None:
    rng = np.random.default_rng(seed)
    vectors = unit(rng.normal(size=(distinct, d)))[rng.integers(0, distinct, n)]
    vectors[:zeros] = 0
    weights = rng.integers(1, 100, n)
    labels = fit(vectors, weights, method=method, target=target, min_size=size).labels
    assert labels.shape == (n,)
    assert set(labels.tolist()) | {-1} == set(range(-1, labels.max(initial=-1) + 1))
    assert (labels[~vectors.any(axis=1)] == -1).all()
    for value in np.unique(vectors, axis=0):
        assert len(set(labels[(vectors == value).all(axis=1)].tolist())) == 1


@pytest.mark.parametrize("n", [1, 2, 500])
def test_one_text_however_often_is_one_cluster(n: int) -> None:
    assert fit(np.repeat(planted(1, 1)[0], n, axis=0)).labels.tolist() == [0] * n


def test_vectors_without_direction_are_outliers_even_if_there_is_nothing_else() -> None:
    vectors, _ = planted(3, 100)
    vectors[[5, 50]] = 0
    assert (fit(vectors).labels[[5, 50]] == -1).all()
    assert (fit(np.zeros((20, 4), np.float32)).labels == -1).all()
    assert fit(np.zeros((0, 4), np.float32)).labels.shape == (0,)


def test_texts_that_many_have_said_are_as_many_clusters() -> None:
    prompts = unit(np.random.default_rng(3).normal(size=(13, 48)) + 0.8)
    weights = np.random.default_rng(4).integers(50, 121, 13)
    assert sorted(fit(prompts, weights).labels.tolist()) == list(range(13))


def test_texts_that_many_have_said_stay_apart_among_others() -> None:
    others, _ = planted(10, 300, spread=0.8)
    prompts = unit(np.random.default_rng(3).normal(size=(13, 48)))
    weights = np.concatenate([np.full(13, 80), np.ones(300, int)])
    labels = fit(np.vstack([prompts, others]), weights).labels
    assert len(set(labels[:13].tolist())) == 13
    assert labels.max() + 1 == pytest.approx(23, abs=4)


def test_a_lucky_coarse_cut_does_not_end_the_search_before_the_expected_number_is_reached() -> None:
    def cuts(*found: tuple[int, float]) -> list[Cut]:
        return [Cut(1.0, np.arange(300, dtype=np.int32) % k, k, k, silhouette) for k, silhouette in found]

    coarse = cuts((3, 0.08), (4, 0.03), (5, 0.02), (7, 0.02), (8, 0.02))
    assert not is_hopeless(coarse)
    assert not is_hopeless([*coarse, *cuts((20, 0.15), (30, 0.19), (40, 0.18), (50, 0.18))])
    assert is_hopeless([*coarse, *cuts((20, 0.02), (30, 0.02), (40, 0.02), (50, 0.02))])


def test_a_few_far_from_all_others_do_not_leave_these_in_one_cluster() -> None:
    rng = np.random.default_rng(0)
    topics = np.repeat(rng.normal(size=(8, 64)), 5, axis=0) + 0.9 * rng.normal(size=(40, 64))
    alike = 12 * np.eye(64)[0]
    crowd = unit(alike + topics[rng.integers(0, 40, 500)] + 2.5 * rng.normal(size=(500, 64)))
    few = unit(rng.normal(size=64) + 0.3 * rng.normal(size=(8, 64)))
    labels = fit(np.vstack([crowd, few])).labels
    assert np.bincount(labels + 1)[1:].max() < 0.5 * len(crowd)


def blurred(seed: int = 0) -> np.ndarray:
    """Topics with subtopics that run into each other, so that no number of clusters stands out."""
    rng = np.random.default_rng(seed)
    topics = rng.normal(size=(8, 64))
    subtopics = np.repeat(topics, 5, axis=0) + 0.9 * rng.normal(size=(40, 64))
    return unit(subtopics[rng.integers(0, 40, 500)] + 1.5 * rng.normal(size=(500, 64)))


def test_clusters_hardly_hang_on_the_seed_or_on_noise() -> None:
    vectors = blurred()
    found = [fit(vectors, seed=seed).labels for seed in range(2)]
    for seed in range(2):
        noise = np.random.default_rng(seed).normal(size=vectors.shape) / 64**0.5
        found.append(fit(unit(vectors + 0.0045 * noise)).labels)
    agreements = [agreement(one, other) for i, one in enumerate(found) for other in found[:i]]
    assert np.mean(agreements) > 0.95


def test_outliers_are_judged_among_their_own_kind() -> None:
    close, labels = planted(4, 300, spread=0.3, d=32)
    wide = unit(
        centroids(close, labels)[np.arange(60) % 4] + 1.2 * np.random.default_rng(5).normal(size=(60, 32)) / 32**0.5
    )
    vectors, labels = np.vstack([close, wide]), np.concatenate([labels, np.arange(60) % 4]).astype(np.int32)
    judged = (vectors, labels, nearest_neighbours(vectors), centroids(vectors, labels), np.arange(360))
    assert find_outliers(*judged)[300:].mean() > 0.5
    assert find_outliers(*judged, np.repeat([0, 1], [300, 60]))[300:].mean() < 0.1


def strangers(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Five groups in one half of a space, and vectors in the other."""
    vectors, _ = planted(5, 300, d=32)
    lone = np.random.default_rng(9).normal(size=(n, 32))
    return np.vstack([np.hstack([vectors, 0 * vectors]), unit(np.hstack([0 * lone, lone]))]), np.arange(300, 300 + n)


@pytest.mark.parametrize("n", [1, 6])
def test_far_points_are_outliers_and_hardly_any_others(n: int) -> None:
    vectors, lone = strangers(n)
    labels = fit(vectors, min_size=8).labels
    assert (labels[lone] == -1).all()
    assert (np.delete(labels, lone) == -1).mean() < 0.03


def test_a_far_text_that_many_conversations_share_is_no_outlier() -> None:
    vectors, lone = strangers(1)
    weights = np.ones(len(vectors), int)
    weights[lone] = 40
    labels = fit(vectors, weights, min_size=8).labels
    assert labels[lone] >= 0


def test_outliers_are_few_where_groups_run_into_each_other() -> None:
    vectors, _ = planted(10, 1_000, spread=1.5)
    assert (fit(vectors).labels == -1).mean() < 0.06


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), n=st.integers(5, 120), k=st.integers(2, 6))
def test_the_silhouette_is_the_one_of_the_books(seed: int, n: int, k: int) -> None:
    from sklearn.metrics import silhouette_score

    vectors, _ = planted(k, n, spread=1.0, seed=seed)
    labels = np.random.default_rng(seed).integers(0, k, n).astype(np.int32)
    labels[: min(k, n)] = np.arange(min(k, n))
    expected = silhouette_score(vectors, labels, metric="cosine") if n > k else 0
    assert mean_silhouette(vectors, labels) == pytest.approx(expected, abs=1e-4)


def test_centroids_lean_to_the_heavy_members_and_ignore_outliers() -> None:
    vectors = unit(np.array([[1, 0], [0, 1], [-1, 0]], float))
    found = centroids(vectors, np.array([0, 0, -1], np.int32), np.array([3, 1, 99]))
    np.testing.assert_allclose(found, unit(np.array([[3.0, 1.0]])), atol=1e-6)


def test_members_are_assigned_to_their_clusters_and_strangers_to_none() -> None:
    vectors, truth = planted(6, 600)
    labels = fit(vectors).labels
    centres = centroids(vectors, labels)
    radii = cluster_radii(vectors, labels, centres)
    again, distances = assign(vectors, centres, radii)
    assert (again == labels).mean() > 0.97
    assert distances[labels >= 0].max() < 0.5
    fresh, _ = planted(6, 600, seed=0, spread=0.26)
    assert (assign(fresh, centres, radii)[0] >= 0).mean() > 0.9
    strange, _ = planted(3, 50, seed=99)
    assert (assign(strange, centres, radii)[0] == -1).all()
    assert len(np.unique(truth)) == len(centres)


def test_the_radius_of_a_small_cluster_is_not_taken_from_its_few_members() -> None:
    vectors, truth = planted(4, 400)
    tiny = np.vstack([vectors, unit(-vectors[:1])])
    labels = np.append(truth, 4).astype(np.int32)
    radii = cluster_radii(tiny, labels, centroids(tiny, labels))
    assert radii[4] >= radii[:4].min() > 0


def test_without_clusters_everything_is_an_outlier() -> None:
    vectors, _ = planted(2, 10)
    nothing = np.empty((0, vectors.shape[1]), np.float32)
    assert centroids(vectors, np.full(10, -1, np.int32)).shape == nothing.shape
    assert cluster_radii(vectors, np.full(10, -1, np.int32), nothing).shape == (0,)
    labels, distances = assign(vectors, nothing, np.empty(0, np.float32))
    assert labels.tolist() == [-1] * 10
    assert distances.tolist() == [1.0] * 10


def test_the_smallest_cluster_grows_slowly_and_makes_room_for_a_target() -> None:
    sizes = [default_min_size(n) for n in (1, 10, 30, 400, 10_000, 100_000)]
    assert sizes == [2, 2, 3, 3, 15, 47]
    assert default_min_size(10_000, target=1_000) == 3
    assert default_min_size(5, target=10) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_hardly_anything_that_is_left_of_an_earlier_fit_is_learned_from(count: int) -> None:
    vectors = np.eye(4, dtype=np.float32)[:count]
    found = fit_base_clusters(
        vectors, nearest_neighbours(vectors), earlier=Earlier(np.zeros(count, np.int32), 1.0), min_size=1
    )
    assert len(found.labels) == count


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_what_is_tried_at_the_same_time_comes_in_turn_and_ends_with_its_reader(at_once: int) -> None:
    begun = list[float]()
    later_has_begun = Event()

    def tried(value: float) -> float:
        begun.append(value)
        if value == 1:  # the first ends after the second has begun, where there may be two
            assert at_once == 1 or later_has_begun.wait(60)
        else:
            later_has_begun.set()
        return -value

    read = in_turn(tried, range(1, 100), at_once)
    assert [next(read), next(read)] == [-1, -2]
    read.close()
    assert len(begun) <= 2 + 2 * at_once
    assert sorted(begun) == list(range(1, len(begun) + 1))
    assert list(in_turn(lambda value: -value, [1, 2, 3], at_once)) == [-1, -2, -3]


def test_resolutions_that_are_tried_at_the_same_time_give_the_same_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = planted(30, partitions.POINTS_IN_TRIES + 1, 0.7)
    neighbours = nearest_neighbours(vectors)
    at_once = fit_base_clusters(vectors, neighbours)
    monkeypatch.setattr(partitions, "THREADS", 1)
    alone = fit_base_clusters(vectors, neighbours)
    assert at_once.resolution == alone.resolution
    assert np.array_equal(at_once.labels, alone.labels)

"""One partition of points at one resolution, by any of the clustering methods."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.projection import project
from kura_udfs.errors import KuraError
from kura_udfs.vectors.neighbours import nearest_neighbours

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Partition = Callable[[float], NDArray[np.int32]]
Tried = TypeVar("Tried")

NO_HDBSCAN = 'kura_clustering_method is hdbscan, which is not installed: pip install "kura-udfs[hdbscan]"'
METHODS = ("leiden", "kmeans", "minibatch_kmeans", "hdbscan")
# k-means learns its centres on at most this many points, and is the best of so many beginnings where there are few: on
# samples of 100, 300, 800 and 1,500 of 77 banking intents NMI was 85.0, 83.7, 82.0, 80.1 (76.7, 80.0, 76.1, 80.8 with
# one), and texts as near to one another as to others leave less to the last digit of a product.
LEARNED_POINTS, MOST_BEGINNINGS = 20_000, 10
# Leiden's answer hangs on its seed. Of so many runs it is made where there are few points; of fewer where there are
# many, which need it less and wait longer for it.
FEWEST_RUNS, MOST_RUNS, POINTS_IN_RUNS = 4, 40, 20_000
# And so often it is run to see how good a resolution is.
MOST_TRIES, POINTS_IN_TRIES = 6, 3_000
# So often the runs are brought nearer to each other.
ROUNDS = 5
# Leiden lets go of Python's lock.
THREADS = 2
# How strongly Leiden holds to an earlier partition: the weight of a point's tie to its cluster, as a share of all its
# other edges. At a tenth, over 99 % of old texts kept their cluster when a tenth of new ones came, and 19 of 20 new
# themes were found as well as by a fit from nothing; stronger ties hide them, weaker ones let old clusters drift.
INERTIA = 0.1


class Partitioner(NamedTuple):
    """A clustering method, ready to run at any resolution.

    Attributes
    ----------
    tries : callable
        From a resolution to a list of int32 labels (n,), -1 for noise: a run or some, to see what a resolution is
        like. The resolution is Leiden's own, the k of k-means, or the smallest cluster of HDBSCAN.
    settled : callable
        From a resolution to labels: what many runs have in common, where they differ.
    resolutions : list of float
        Those worth trying, from coarse to fine, at equal ratios.
    at_once : int
        How many of them may be tried at the same time.
    """

    tries: Callable[[float], list[NDArray[np.int32]]]
    settled: Partition
    resolutions: list[float]
    at_once: int = 1


def partitioner(
    method: str,
    points: NDArray[np.float32],
    graph: csr_matrix,
    *,
    most: float,
    seed: int = 0,
    earlier: NDArray[np.int32] | None = None,
) -> Partitioner:
    """Prepare a clustering method, doing once what all resolutions share (HDBSCAN's reduction).

    Parameters
    ----------
    method : {"leiden", "kmeans", "minibatch_kmeans", "hdbscan"}
    points : float32 array (n, d)
        Distinct, of unit length; n > 0.
    graph : csr_matrix (n, n)
        The neighbour graph of the points; only Leiden looks at it.
    most : float
        The number of clusters above which they would be smaller than wanted.
    seed : int
    earlier : int32 array (n,), optional
        The cluster of each point in the fit before, -1 for none. What Leiden settles on is near to it.

    Raises
    ------
    KuraError
        For an unknown method.
    """
    most = float(np.clip(most, 1, len(points)))
    if method == "leiden" and not has_leiden():
        method = "kmeans"
    if method == "leiden":
        held = graph if earlier is None else _tied(graph, earlier)
        n = len(points)
        tries = int(np.clip(POINTS_IN_TRIES // n, 1, MOST_TRIES))
        return Partitioner(
            lambda resolution: [found[:n] for found in communities(graph, resolution, range(seed, seed + tries))],
            lambda resolution: _steady_communities(held, resolution, seed)[:n],
            [2.0 ** (step / 2) for step in range(-8, 25)],
            at_once=THREADS if tries == 1 else 1,
        )
    if method in ("kmeans", "minibatch_kmeans"):
        ks = np.unique(np.floor(2.0 ** np.arange(1, 2 * np.log2(most) + 1, 0.5) + 1e-9))

        @cache  # the k that is settled on has been tried, and so have those that round to one
        def means(k: int) -> NDArray[np.int32]:
            return _kmeans(points, k, method, seed)

        return Partitioner(lambda k: [means(round(k))], lambda k: means(round(k)), [*ks[ks <= most]] or [1.0])
    if method == "hdbscan":
        coordinates = _reduced(points, seed)
        smallest = max(len(points) / most, 2.0)
        sizes = len(points) / 4 / 2.0 ** np.arange(0, 40, 0.5)

        @cache
        def dense(size: int) -> NDArray[np.int32]:
            return _hdbscan(coordinates, size)

        return Partitioner(
            lambda size: [dense(round(size))], lambda size: dense(round(size)), [*sizes[sizes > smallest], smallest]
        )
    raise KuraError(f"kura_clustering_method is {method!r}: it can be {', '.join(METHODS)}")


def communities(graph: csr_matrix, resolution: float, seeds: range) -> list[NDArray[np.int32]]:
    """Run Leiden once with each seed: int32 labels (n,) of each run."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda seed: _leiden(graph, resolution, seed), seeds))


def in_turn(function: Callable[[float], Tried], values: Iterable[float], at_once: int) -> Generator[Tried]:
    """Call a function with one value after another, so many at the same time, as long as somebody reads the answers."""
    with ThreadPoolExecutor(at_once) as pool:
        begun = deque[Future[Tried]]()
        try:
            for value in values:
                begun.append(pool.submit(function, value))
                if len(begun) > 2 * (at_once - 1):  # no thread waits while an earlier one is slower
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for one in begun:
                one.cancel()


def has_leiden() -> bool:
    """Whether Leiden can be had: in a Snowflake account without PyPI it can't."""
    return find_spec("graspologic_native") is not None


def runs_leiden(method: str) -> bool:
    """Whether a method runs as Leiden: of no other do resolutions mean the same on a part of the points."""
    return method == "leiden" and has_leiden()


def _tied(graph: csr_matrix, earlier: NDArray[np.int32]) -> csr_matrix:
    """Tie points to their earlier clusters, each a node of its own after the points.

    A start from the earlier partition would do for the same points, but Leiden leaves it once there are others.
    """
    from scipy.sparse import bmat, csr_matrix

    inside = np.flatnonzero(earlier >= 0)
    ties = INERTIA * np.asarray(graph.sum(axis=1)).ravel()[inside]
    shape = (graph.shape[0], int(earlier.max(initial=-1)) + 1)
    to_clusters = csr_matrix((ties, (inside, earlier[inside])), shape=shape)
    tied = bmat([[graph, to_clusters], [to_clusters.T, None]], format="csr")
    tied.sort_indices()
    return tied


def _steady_communities(graph: csr_matrix, resolution: float, seed: int) -> NDArray[np.int32]:
    """Find communities that many runs of Leiden have in common (Lancichinetti and Fortunato, 2012).

    An edge keeps the square root of the share of runs in which it is within a community, and the runs are repeated on
    what is left, until they agree or five times. Only edges are counted, not pairs, so it takes no more memory than
    the graph.
    """
    n = graph.shape[0]
    runs = int(np.clip(POINTS_IN_RUNS // max(n, 1), FEWEST_RUNS, MOST_RUNS))
    kept = graph
    for turn in range(ROUNDS):
        heads = np.repeat(np.arange(n), np.diff(kept.indptr))
        found = communities(kept, resolution, range(seed + 1 + turn * runs, seed + 1 + (turn + 1) * runs))
        together = np.mean([labels[heads] == labels[kept.indices] for labels in found], axis=0)
        kept = kept.copy()
        kept.data = kept.data * np.sqrt(together)
        kept.eliminate_zeros()
        if ((together == 0) | (together == 1)).all():
            break
    return _leiden(kept, resolution, seed)


def _leiden(graph: csr_matrix, resolution: float, seed: int) -> NDArray[np.int32]:
    """Leiden communities by modularity (Traag, Waltman and van Eck, "From Louvain to Leiden", 2019)."""
    n = graph.shape[0]
    if not graph.data.any():  # the library panics on a graph without edges
        return np.arange(n, dtype=np.int32)
    from graspologic_native import leiden_csr

    try:
        _, communities = leiden_csr(
            graph.indptr.astype(np.int64),
            graph.indices.astype(np.int32),
            graph.data.astype(np.float64),
            n,
            resolution=resolution,
            iterations=3,
            seed=seed,
        )
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as panic:  # of Rust: it would end dbt's thread, for which dbt then waits for ever
        raise RuntimeError(f"Leiden failed on {n} points and {graph.nnz} edges: {panic}") from None
    return np.fromiter((communities[i] for i in range(n)), np.int32, n)


def _kmeans(points: NDArray[np.float32], k: int, method: str, seed: int) -> NDArray[np.int32]:
    """k-means, with centres learned on an even choice of points where there are very many."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    k = min(k, len(points))
    if method == "kmeans":
        runs = int(np.clip(POINTS_IN_RUNS // len(points), 1, MOST_BEGINNINGS))
        model = KMeans(k, n_init=runs, max_iter=100, random_state=seed)
        learned = points[np.linspace(0, len(points) - 1, min(len(points), LEARNED_POINTS)).astype(np.int64)]
    else:
        model = MiniBatchKMeans(k, n_init=3, batch_size=max(1024, 4 * k), random_state=seed)
        learned = points
    with threadpool_limits(1):  # the sums of several threads differ from run to run
        return np.asarray(model.fit(learned).predict(points), np.int32)


def _reduced(points: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """UMAP coordinates in ten dimensions; HDBSCAN on the vectors themselves calls most of them noise."""
    if len(points) < 50 or points.shape[1] <= 10:  # nothing for UMAP to learn, or nothing to reduce
        return points
    return project(points, nearest_neighbours(points, seed=seed), 10, min_dist=0.0, seed=seed).astype(np.float32)


def _hdbscan(coordinates: NDArray[np.float32], smallest: int) -> NDArray[np.int32]:
    """HDBSCAN (Campello, Moulavi and Sander, 2013)."""
    try:
        from hdbscan import HDBSCAN
    except ImportError:
        raise KuraError(NO_HDBSCAN) from None
    if len(coordinates) <= smallest:
        return np.zeros(len(coordinates), np.int32)
    model = HDBSCAN(min_cluster_size=smallest, min_samples=min(5, len(coordinates) - 1), core_dist_n_jobs=1)
    return np.asarray(model.fit_predict(coordinates), np.int32)

"""UMAP, on the neighbour graph that there is."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from kura_udfs.cache import cache_folder
from kura_udfs.tables import Floats, Vectors
from kura_udfs.vectors.neighbours import Neighbours

if TYPE_CHECKING:
    from umap import UMAP


def project(
    vectors: Vectors,
    neighbours: Neighbours,
    dimensions: int,
    start: Floats | None = None,
    min_dist: float = 0.1,
    seed: int = 0,
) -> Floats:
    """Bring vectors into few dimensions, so that neighbours stay neighbours (UMAP [1]_).

    Parameters
    ----------
    vectors : (n, d) array of unit length
    neighbours : of the same n vectors
    dimensions : of the result
    start : (n, dimensions) array, where the optimisation begins; by default their principal components
    min_dist : how close points may come to each other
    seed : of the optimisation

    Returns
    -------
    (n, dimensions) array

    References
    ----------
    .. [1] McInnes, Healy, Melville: UMAP: Uniform Manifold Approximation and Projection (arXiv:1802.03426).
    """
    itself = np.arange(len(vectors), dtype=np.int32)[:, None]
    indices = np.hstack([itself, neighbours.indices])
    distances = np.hstack([np.zeros_like(itself, dtype=np.float32), 1 - neighbours.similarities])
    umap = load_umap()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # umap comments on arguments that are meant as they are
        model = umap(
            n_components=dimensions,
            n_neighbors=indices.shape[1],
            metric="cosine",
            precomputed_knn=(indices, np.maximum(distances, 0)),
            init="pca" if start is None else start.astype(np.float32),
            min_dist=min_dist,
            random_state=seed,
            n_jobs=1,
        )
        return np.asarray(model.fit_transform(vectors), dtype=np.float64)


def load_umap() -> type[UMAP]:
    """Import UMAP, and have numba keep what it compiles, or else every refit would begin with some seconds of it.

    What takes UMAP longest lets other threads go on, in which dbt builds other models. What is parallel itself doesn't,
    as not each of numba's pools of threads may be used by two at once.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder() / "numba"))
    with warnings.catch_warnings(), _without_index():
        warnings.simplefilter("ignore")  # of a tensorflow that isn't there
        from numba.core.dispatcher import Dispatcher
        from umap import UMAP, layouts, umap_

    for module in (layouts, umap_):
        for value in vars(module).values():
            if isinstance(value, Dispatcher) and not value.signatures:
                value.enable_caching()
                value.targetoptions["nogil"] = not value.targetoptions.get("parallel")
    return UMAP


class _Index:
    """Stands in umap for the index of neighbours, until somebody in this process wants one: ours are given."""

    def __new__(cls, *arguments: Any, **named: Any) -> Any:
        import pynndescent.sparse
        from umap import umap_

        umap_.NNDescent = pynndescent.NNDescent
        umap_.pynn_named_distances = pynndescent.distances.named_distances
        umap_.pynn_sparse_named_distances = pynndescent.sparse.sparse_named_distances
        return umap_.NNDescent(*arguments, **named)


@contextmanager
def _without_index() -> Iterator[None]:
    """Import umap without pynndescent, which compiles for ten seconds when an environment imports it first."""
    stand_ins: dict[str, dict[str, object]] = {
        "pynndescent": {"NNDescent": _Index},
        "pynndescent.distances": {"named_distances": {}},
        "pynndescent.sparse": {"sparse_named_distances": {}},
    }
    if "umap" in sys.modules or "pynndescent" in sys.modules:
        yield
        return
    for name, content in stand_ins.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(content)
    try:
        yield
    finally:
        for name in stand_ins:
            del sys.modules[name]

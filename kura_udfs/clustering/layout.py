"""The map: a place in the plane for every text, so that what is alike lies close together."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from kura_udfs.clustering.projection import project
from kura_udfs.tables import Floats, Vectors
from kura_udfs.vectors.neighbours import BLOCK_VALUES, Landmarks, Neighbours, landmarks, nearest_landmarks

FEW = 20
TSNE_POINTS = 5_000
# Points with a position that another one is placed by.
NEAREST = 5


def map_points(vectors: Vectors, neighbours: Neighbours, seed: int = 0, start: Floats | None = None) -> Floats:
    """Lay vectors out in the plane.

    UMAP on the neighbour graph that the clusters come from. Fewer than 20 points have no neighbourhoods worth the
    name and are laid out by their two principal components.

    Parameters
    ----------
    vectors : (n, d) array of unit length
    neighbours : of the same n vectors
    seed : of UMAP's optimisation
    start : (n, 2) array, where the vectors are to begin; by default their principal components

    Returns
    -------
    (n, 2) array, centred, in the range -10 to 10.
    """
    if len(vectors) < FEW:
        return _principal_plane(vectors, seed)
    begin = _principal_plane(vectors, seed) if start is None else start
    if find_spec("umap") is None:  # in a Snowflake account without PyPI there is no UMAP
        return _scaled(_tsne(vectors, begin, seed))
    return _scaled(project(vectors, neighbours, 2, begin, seed=seed))


def place(vectors: Vectors, among: Landmarks, positions: Floats) -> Floats:
    """Place vectors among landmarks that have a position: at the mean of the nearest ones, weighted by similarity.

    Parameters
    ----------
    vectors : (n, d) array of unit length
    among : m landmarks; m > 0 where there is a vector
    positions : (m, 2) array

    Returns
    -------
    (n, 2) array
    """
    placed, number = np.empty((len(vectors), 2)), len(among.vectors)
    step = max(BLOCK_VALUES // max(number, 1), 1)
    for begin in range(0, len(vectors), step):
        closest, similarities = nearest_landmarks(vectors[begin : begin + step], among, min(NEAREST, number))
        weights = np.maximum(similarities, 1e-6).astype(np.float64)
        weights /= weights.sum(axis=1, keepdims=True)
        placed[begin : begin + step] = np.einsum("nk,nkx->nx", weights, positions[closest])
    return placed


def _tsne(vectors: Vectors, start: Floats, seed: int) -> Floats:
    """t-SNE (van der Maaten and Hinton, 2008) of an even choice of points, and the others among them."""
    from sklearn.manifold import TSNE

    chosen = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), TSNE_POINTS)).astype(np.int64))
    model = TSNE(
        2,
        metric="cosine",
        init=start[chosen].astype(np.float32) * 1e-4,
        perplexity=min(30.0, (len(chosen) - 1) / 3),
        random_state=seed,
    )
    positions = np.asarray(model.fit_transform(vectors[chosen]), dtype=np.float64)
    placed = place(vectors, landmarks(vectors[chosen]), positions)
    placed[chosen] = positions
    return placed


def _principal_plane(vectors: Vectors, seed: int) -> Floats:
    from sklearn.decomposition import TruncatedSVD

    centred = vectors - vectors.mean(axis=0) if len(vectors) else vectors
    if len(vectors) < 2 or not np.any(np.abs(centred) > 1e-6):
        return np.zeros((len(vectors), 2))
    plane = TruncatedSVD(2, random_state=seed).fit_transform(centred)
    return _scaled(plane)


def _scaled(positions: Floats) -> Floats:
    centred = positions - positions.mean(axis=0)
    reach = np.abs(centred).max()
    return 10 * centred / reach if reach else centred

"""Which base clusters belong together in the eyes of the neighbour graph, as evidence for the top of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kura_udfs.clustering.partitions import communities, has_leiden
from kura_udfs.tables import Floats, Labels, Weights

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# The graph is cut so coarsely that about as many parts are left as there may be at the top.
AS_WIDE = np.linspace(0.8, 1.2, 5)
# Every cut differs from the next one by chance: so often each is made, less often where there are many points.
MOST_RUNS, POINTS_IN_RUNS = 14, 12_000
# Further than this resolutions are not looked at.
COARSEST, FINEST = -4.0, 4.0


def kinship(graph: csr_matrix, labels: Labels, weights: Weights, top_clusters: int, seed: int = 0) -> Floats | None:
    """Say how much of each base cluster lies in each part of coarse cuts of the neighbour graph.

    Ward's merges hang on a few centroids, and a single base cluster that came out otherwise can change all of them.
    Where many coarse cuts of the points agree on what belongs together, the tree need not be left to that chance.

    Parameters
    ----------
    graph : csr_matrix (n, n)
        Of the n points, from neighbour_graph.
    labels : int32 array (n,)
        The base cluster of each, 0 to k - 1, -1 for none.
    weights : float64 array (n,)
    top_clusters : int
        How many parts the cuts have, roughly.
    seed : int

    Returns
    -------
    float64 array (k, q) or None
        A row for each base cluster, of length 1 where every cut leaves it whole; the product of two rows is the share
        of cuts in which they are together. None without Leiden.
    """
    if not has_leiden() or graph.nnz == 0:
        return None
    k, inside = int(labels.max(initial=-1)) + 1, labels >= 0
    runs = int(np.clip(POINTS_IN_RUNS // graph.shape[0], 1, MOST_RUNS))
    seeds = range(seed, seed + runs)
    rows = []
    for resolution in _resolutions(graph, top_clusters * AS_WIDE, seeds[:2]):
        for found in communities(graph, resolution, seeds):
            held = np.zeros((k, int(found.max()) + 1))
            np.add.at(held, (labels[inside], found[inside]), weights[inside])
            rows.append(held / np.maximum(held.sum(axis=1, keepdims=True), 1e-12))
    return np.asarray(np.hstack(rows) / np.sqrt(len(rows)))


def _resolutions(graph: csr_matrix, widths: Floats, seeds: range) -> Floats:
    """Find, by interpolation, the resolutions that give about so many communities."""
    steps, counts = [], []
    for step in np.arange(COARSEST, FINEST, 0.5):
        found = communities(graph, 2.0**step, seeds)
        steps.append(step)
        counts.append(np.mean([labels.max() + 1 for labels in found]))
        if counts[-1] > 1.5 * widths[-1]:
            break
    rising = np.log(np.maximum.accumulate(counts)) + 1e-9 * np.arange(len(counts))
    return np.asarray(2.0 ** np.interp(np.log(widths), rising, steps))

"""How well clusters agree with labels. Cluster -1 stands for no cluster: right for nothing, and a group of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Agreement(NamedTuple):
    """Labels and clusters of the same conversations compared; scores are between 0 and 1 (`ari`, `ami`: 0 is chance).

    Attributes
    ----------
    n : int
        Conversations compared.
    n_labels, n_clusters : int
        How many different ones there are; -1 is no cluster.
    accuracy : float
        Share of conversations that agree when each cluster stands for one label at most (Hungarian assignment).
    nmi, ami : float
        Normalised and adjusted mutual information.
    ari : float
        Adjusted Rand index.
    homogeneity, completeness : float
        Do clusters hold one label each, do labels stand in one cluster each?
    """

    n: int
    n_labels: int
    n_clusters: int
    accuracy: float
    nmi: float
    ami: float
    ari: float
    homogeneity: float
    completeness: float


def agreement(labels: Sequence[str] | NDArray[np.generic], clusters: NDArray[np.integer]) -> Agreement | None:
    """Compare labels with clusters; None if there is nothing to compare.

    Parameters
    ----------
    labels : sequence (n,)
    clusters : integer array (n,)
        -1 for none.
    """
    from sklearn import metrics

    if not len(clusters):
        return None
    truth = np.unique(np.asarray(labels), return_inverse=True)[1]
    return Agreement(
        n=len(clusters),
        n_labels=int(truth.max()) + 1,
        n_clusters=len(np.unique(clusters[clusters >= 0])),
        accuracy=accuracy(truth, clusters),
        nmi=float(metrics.normalized_mutual_info_score(truth, clusters)),
        ami=float(metrics.adjusted_mutual_info_score(truth, clusters)),
        ari=float(metrics.adjusted_rand_score(truth, clusters)),
        homogeneity=float(metrics.homogeneity_score(truth, clusters)),
        completeness=float(metrics.completeness_score(truth, clusters)),
    )


def accuracy(labels: Sequence[str] | NDArray[np.generic], clusters: NDArray[np.integer]) -> float:
    """Return the share that agrees when each cluster stands for one label at most; 0 if there is nothing."""
    from scipy.optimize import linear_sum_assignment

    counts = contingency(labels, clusters)
    return float(counts[linear_sum_assignment(counts, maximize=True)].sum() / max(len(clusters), 1))


def contingency(labels: Sequence[str] | NDArray[np.generic], clusters: NDArray[np.integer]) -> NDArray[np.int64]:
    """Count how often each label (rows, sorted) is in each cluster (columns, sorted); those in none are left out."""
    from sklearn.metrics.cluster import contingency_matrix

    inside = np.asarray(clusters) >= 0
    all_labels, row_of = np.unique(np.asarray(labels), return_inverse=True)
    table = np.zeros((len(all_labels), len(np.unique(clusters[inside]))), np.int64)
    if inside.any():
        table[np.unique(row_of[inside])] = contingency_matrix(row_of[inside], clusters[inside])
    return table

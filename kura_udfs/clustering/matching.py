"""Which cluster of a refit is which of the fit before: by the members that they share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kura_udfs.tables import Floats, Rows

# Old and new share at least this much (Dice: twice the common weight by the sum of both), or they are not the same.
SAME = 0.5
# Where base clusters were the topics and get a tree over them, what has less of a topic is a piece of it, and what goes
# on is the parent of its pieces. On that night 39 to 77 % of the conversations of three sets keep their topic, and 0 to
# 20 % if the largest piece goes on instead.
WHOLE = 0.75


def flows(
    old: NDArray[np.integer], new: NDArray[np.integer], weights: NDArray[np.floating], shape: tuple[int, int]
) -> Floats:
    """Add up the weight that went from each old base cluster to each new one.

    Parameters
    ----------
    old, new : integer arrays (n,)
        The base cluster of each text, -1 for none.
    weights : array (n,)
    shape : (number of old clusters, number of new clusters)

    Returns
    -------
    float64 array of that shape
    """
    found = np.zeros(shape)
    both = (old >= 0) & (new >= 0)
    np.add.at(found, (old[both], new[both]), weights[both])
    return found


def left(old: NDArray[np.integer], new: NDArray[np.integer], weights: NDArray[np.floating], count: int) -> Floats:
    """Add up the weight of each old base cluster that is in no new one: outliers now, or in a topic of a taxonomy.

    Parameters
    ----------
    old, new, weights
        As of `flows`.
    count : int
        The number of old base clusters.

    Returns
    -------
    float64 array (count,)
    """
    gone = (old >= 0) & (new < 0)
    return np.bincount(old[gone], weights[gone], minlength=count).astype(np.float64)


def likeness(flows: Floats, left: Floats, old_nodes: Floats | None = None, new_nodes: Floats | None = None) -> Floats:
    """Return how much old and new clusters have in common (Dice, 1945), between 0 and 1.

    Parameters
    ----------
    flows : float64 array (number of old base clusters, number of new ones)
    left : float64 array (number of old base clusters,)
        What of each is in no new one. It counts, or a cluster most of which has left would be called the same;
        what was in none before is growth, and doesn't.
    old_nodes, new_nodes : float64 arrays (number of clusters, number of base clusters), optional
        1 where a base cluster is in a cluster of the old or of the new tree. Without them, the base clusters
        themselves are compared.

    Returns
    -------
    float64 array (number of old clusters, number of new clusters)
    """
    old_nodes = np.eye(flows.shape[0]) if old_nodes is None else old_nodes
    new_nodes = np.eye(flows.shape[1]) if new_nodes is None else new_nodes
    old_sizes, new_sizes = old_nodes @ (flows.sum(axis=1) + left), new_nodes @ flows.sum(axis=0)
    return np.asarray(2 * (old_nodes @ flows @ new_nodes.T) / np.maximum(old_sizes[:, None] + new_sizes, 1e-12))


def come_apart(flows: Floats, left: Floats) -> NDArray[np.bool_]:
    """Say which old clusters are in pieces: more like all of these together than like any new cluster, or like none.

    Parameters
    ----------
    flows : float64 array (number of old clusters, number of new ones)
    left : float64 array (number of old clusters,)

    Returns
    -------
    bool array (number of old clusters,)
    """
    whole = likeness(flows, left).max(axis=1, initial=0)
    pieces = (2 * flows > flows.sum(axis=0)).astype(np.float64)
    return np.asarray((whole < WHOLE) | (np.diag(likeness(flows, left, None, pieces)) > whole))


def match(likeness: Floats) -> Rows:
    """Pair old with new clusters so that the pairs have most in common altogether (Kuhn, 1955).

    Parameters
    ----------
    likeness : float64 array (number of old clusters, number of new clusters)
        Pairs below a half are not the same.

    Returns
    -------
    int64 array (number of new clusters,)
        The old cluster that each new one continues, -1 for none.
    """
    from scipy.optimize import linear_sum_assignment

    continued = np.full(likeness.shape[1], -1, np.int64)
    old, new = linear_sum_assignment(likeness * (likeness >= SAME), maximize=True)
    same = likeness[old, new] >= SAME
    continued[new[same]] = old[same]
    return continued

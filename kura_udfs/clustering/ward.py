"""Ward's criterion (1963) over directions: which two groups to merge next."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kura_udfs.tables import Floats, Rows


def merges(sums: Floats, loads: Floats, limit: float) -> Iterator[tuple[int, int]]:
    """Merge groups two by two, always those that cost least, until one is left.

    The cost weighs what the groups hold, with the mean direction of each as its centre. Of merges that cost the
    same, but for what processors add up differently, the one of the first groups is taken.

    Parameters
    ----------
    sums : float64 array (k, d)
        Of the vectors in each group, each as heavy as it is.
    loads : float64 array (k,)
        How heavy each group is.
    limit : float
        Two groups that together are heavier wait until nothing else is left.

    Yields
    ------
    kept, gone : int
        The second of two groups becomes part of the first, k - 1 times.
    """
    k = len(loads)
    sums, loads, alive = sums.copy(), loads.copy(), np.ones(k, bool)
    cost = np.full((k, k), np.inf)
    for group in range(k):
        _price(cost, group, np.arange(group), sums, loads, limit)
    for _ in range(k - 1):
        if not np.isfinite(cost.min()):  # three groups at most are left
            left = np.flatnonzero(alive)
            for i in range(len(left)):
                _price(cost, left[i], left[:i], sums, loads, np.inf)
        kept, gone = divmod(int(cost.argmin()), k)
        sums[kept] += sums[gone]
        loads[kept] += loads[gone]
        loads[gone] = 0
        alive[gone] = False
        cost[gone, :] = cost[:, gone] = np.inf
        _price(cost, kept, np.flatnonzero(alive & (np.arange(k) != kept)), sums, loads, limit)
        yield kept, gone


def directions(sums: Floats) -> Floats:
    """Bring rows to length 1; rows of nothing stay as they are."""
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12))


def _price(cost: Floats, group: int, others: Rows, sums: Floats, loads: Floats, limit: float) -> None:
    """Fill in what it costs to merge a group with each of the others, infinity where that is too heavy."""
    centre, centres = directions(sums[[group]]), directions(sums[others])
    both = loads[others] + loads[group]
    share = loads[others] * loads[group] / np.maximum(both * loads.sum(), 1e-12)  # of everything, so that digits count
    price = np.round(share * ((centres - centre) ** 2).sum(axis=1), 9)
    cost[np.minimum(others, group), np.maximum(others, group)] = np.where(both <= limit, price, np.inf)

"""Whether the fitted clusters still do for what has come since."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.clusters import assign, distances_to_others
from kura_udfs.tables import Rows
from kura_udfs.vectors.neighbours import neighbours_of

# The clusters are learned again when so much has come since, as a share of what they were learned from,
MOST_GROWTH = 0.3
# or when this share of it fits nowhere,
MOST_OUTLIERS = 0.2
# or when it lies so much farther from the centres than what they were learned from,
MOST_DISTANCE = 1.3
# the last two only if so many conversations say so; or when half as many are a theme of their own: new texts that lie
# among new ones, far more than chance would have it, and fit nowhere or lie so much farther from a centre.
FEWEST = 20
# New texts that come at random are taken for such a theme so seldom.
CHANCE = 0.05


class Drift(NamedTuple):
    """What has come since the fit, beside what it was learned from.

    Attributes
    ----------
    growth : float
        Weight of the new by weight of the fitted.
    outlier_share : float
        Share of the new that fits nowhere.
    distance_ratio : float
        Mean distance of the new to the nearest centre, by that of the fitted to the centre of the others in their
        cluster; 1 with nothing to compare.
    new : float
        Weight of the new.
    themed : float
        Weight of those of the new that are a theme of their own.
    """

    growth: float
    outlier_share: float
    distance_ratio: float
    new: float
    themed: float = 0.0


def measure_drift(
    vectors: NDArray[np.float32],
    weights: NDArray[np.float64],
    labels: NDArray[np.int32],
    is_new: NDArray[np.bool_],
    centroids: NDArray[np.float32],
    radii: NDArray[np.float32],
) -> Drift:
    """Compare what is new with what was fitted.

    Parameters
    ----------
    vectors : float32 array (n, d)
    weights : float64 array (n,)
    labels : int32 array (n,)
        The fitted cluster, -1 for outliers and for what is new.
    is_new : bool array (n,)
    centroids : float32 array (k, d)
    radii : float32 array (k,)
    """
    new, fitted = weights[is_new].sum(), weights[~is_new].sum()
    growth = float(new / fitted) if fitted else float("inf")
    inside = labels >= 0
    if not new or not inside.any():
        return Drift(growth, 0.0, 1.0, float(new))
    where, far = assign(vectors[is_new], centroids, radii)
    near = distances_to_others(vectors[inside], labels[inside], centroids)
    usual = float(np.average(near, weights=weights[inside]))
    placed = where >= 0
    now = float(np.average(far[placed], weights=weights[is_new][placed])) if placed.any() else usual
    astray = np.flatnonzero(is_new)[~placed | (far > MOST_DISTANCE * usual)]
    themed = among_themselves(vectors, weights, is_new, astray) if growth <= MOST_GROWTH else astray[:0]
    return Drift(
        growth,
        float(np.average(~placed, weights=weights[is_new])),
        now / usual if usual > 1e-6 else 1.0,
        float(new),
        float(weights[themed].sum()),
    )


def among_themselves(
    vectors: NDArray[np.float32], weights: NDArray[np.float64], is_new: NDArray[np.bool_], rows: Rows
) -> Rows:
    """Return those of some new texts among whose nearest neighbours are more new texts than chance would have there.

    If the new came at random from what the fitted came from, each neighbour would be new with one and the same chance,
    and the number of new ones among fifteen would be binomial. That all of the rows together give one such by chance
    is no more probable than `CHANCE`. The other conversations that say just the same are neighbours, too.

    Parameters
    ----------
    vectors : float32 array (n, d)
    weights : float64 array (n,)
    is_new : bool array (n,)
    rows : int64 array
    """
    from scipy.special import bdtrc

    rows = rows[vectors[rows].any(axis=1)]
    if not len(rows):
        return rows
    near = neighbours_of(vectors, rows)
    k = near.shape[1]
    chances = bdtrc(np.arange(k), k, is_new.mean())  # of more new ones than 0, 1, ...
    many = 1 + int((chances * len(rows) > CHANCE).sum())
    return rows[is_new[near].sum(axis=1) + weights[rows] - 1 >= many]


def reason_to_refit(drift: Drift) -> str | None:
    """Say which threshold is passed; None if the fit still does."""
    if drift.growth > MOST_GROWTH:
        return "growth"
    if drift.new * drift.outlier_share >= FEWEST / 2 and drift.outlier_share > MOST_OUTLIERS:
        return "outliers"
    if drift.new >= FEWEST and drift.distance_ratio > MOST_DISTANCE:
        return "distance"
    if drift.themed >= FEWEST / 2:
        return "theme"
    return None

"""What is clustered: texts with their vectors and weights, and what a fit says of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.tables import Rows, Vectors


class Points(NamedTuple):
    """The n texts that clusters are learned from, in the order of their hashes.

    Attributes
    ----------
    hashes : object array (n,)
    vectors : float32 array (n, d)
    weights : float64 array (n,)
        Conversations that say so.
    texts : list of str
    languages : list of str or None
        The human language of each text, None where it is not certain.
    """

    hashes: NDArray[np.object_]
    vectors: Vectors
    weights: NDArray[np.float64]
    texts: list[str]
    languages: list[str | None]


def chosen(points: Points, rows: NDArray[np.bool_] | Rows) -> Points:
    """Return some of the points."""
    numbers = np.arange(len(points.hashes))[rows].tolist()
    return Points(
        points.hashes[rows],
        points.vectors[rows],
        points.weights[rows],
        [points.texts[row] for row in numbers],
        [points.languages[row] for row in numbers],
    )


class Fitted(NamedTuple):
    """What the fit says of the n points, in the order of their hashes.

    Attributes
    ----------
    fit_id : str
    labels, previous : int32 arrays (n,)
        Index of the base cluster in `ids`, and before the fit in `previous_ids`; -1 for none.
    ids, previous_ids : list of str
    """

    fit_id: str
    labels: NDArray[np.int32]
    ids: list[str]
    previous: NDArray[np.int32]
    previous_ids: list[str]

"""Plays somebody who has all public tables and can add and subtract: which numbers of conversations follow from them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

Cell: TypeAlias = tuple[str, Any]
"""A base cluster, and a period or a value of a facet."""


def determined(
    sums: Sequence[tuple[Sequence[Cell], float]], asked: Mapping[Any, Sequence[Cell]]
) -> Iterator[tuple[Any, float]]:
    """Return what follows from known sums of unknown cells.

    Parameters
    ----------
    sums
        Cells that are known to add up to a number.
    asked
        Sums that the attacker would like to know, by name.

    Yields
    ------
    tuple
        Name and number of each of those that has one solution only, in real numbers.
    """
    cells = sorted(
        {cell for known, _ in sums for cell in known} | {cell for wanted in asked.values() for cell in wanted}
    )
    place = {cell: number for number, cell in enumerate(cells)}
    equations = np.zeros((len(sums), len(cells)))
    for row, (known, _) in enumerate(sums):
        for cell in known:
            equations[row, place[cell]] += 1
    _, spread, directions = np.linalg.svd(equations, full_matrices=True)
    free = directions[int((spread > 1e-9).sum()) :]
    solution = np.linalg.lstsq(equations, np.array([number for _, number in sums]), rcond=None)[0]
    for name, wanted in asked.items():
        columns = [place[cell] for cell in wanted]
        if len(free) == 0 or np.abs(free[:, columns].sum(axis=1)).max() < 1e-7:
            yield name, float(solution[columns].sum())

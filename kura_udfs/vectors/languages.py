"""Languages brought together: the mean vector of each is moved to the mean of all.

An encoder that knows one language well puts the others aside, each in a place of its own, whatever their texts are
about. Much of that is one and the same step for all texts of a language, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from kura_udfs.tables import Vectors

# The mean of so few texts says as much of what they are about as of their language: it is moved half way.
FEW = 10


def language_shifts(vectors: Vectors, languages: Sequence[str | None]) -> dict[str, Vectors]:
    """Return what is added to each language's vectors to bring their mean to that of all languages.

    Parameters
    ----------
    vectors : float32 array (n, d)
        Unit length, or zero for what has no direction.
    languages : sequence of str or None
        Of each text; None where nobody knows. Those stay where they are, and count for no mean.

    Returns
    -------
    dict of str to float32 array (d,)
        Of n texts of a language, the step is n / (n + 10) of the way. Empty where there is but one language.
    """
    names = np.array([language or "" for language in languages], object)
    known = (names != "") & vectors.any(axis=1)
    found = sorted(set(names[known]))
    if len(found) < 2:
        return {}
    wide = vectors.astype(np.float64)
    common = wide[known].mean(axis=0)
    shifts = {}
    for language in found:
        rows = known & (names == language)
        step = rows.sum() / (rows.sum() + FEW) * (common - wide[rows].mean(axis=0))
        shifts[language] = step.astype(np.float32)
    return shifts


def moved(vectors: Vectors, languages: Sequence[str | None], shifts: Mapping[str, Vectors]) -> Vectors:
    """Return vectors with the shift of their language added, brought back to length 1; others as they are."""
    result = vectors.copy()
    names = np.array([language or "" for language in languages], object)
    for language, shift in shifts.items():
        rows = (names == language) & vectors.any(axis=1)
        there = vectors[rows] + shift
        result[rows] = there / np.maximum(np.linalg.norm(there, axis=1, keepdims=True), 1e-12)
    return result

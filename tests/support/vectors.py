"""Vectors for tests that need no encoder, and what is below the nodes of a tree over them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.hierarchy import Tree


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Bring each row to unit length, but zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)


def hashed_words(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed texts by their words and triples of letters: (n, 256) of unit length."""
    vectors = np.zeros((len(texts), 256), np.float32)
    for row, text in enumerate(texts):
        lower = f" {text.lower()} "
        for part in [*lower.split(), *(lower[i : i + 3] for i in range(len(lower) - 2))]:
            vectors[row, zlib.crc32(part.encode()) % 256] += 1
    return unit(vectors)


def bases_below(tree: Tree) -> list[set[int]]:
    """Return the base clusters below each node."""
    found: list[set[int]] = [set() for _ in tree.parents]
    for base, leaf in enumerate(tree.leaf_of_base):
        node = int(leaf)
        while node >= 0:
            found[node].add(base)
            node = int(tree.parents[node])
    return found

"""Members of the clusters of a tree, the centres of the clusters, and which clusters stand side by side."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.voices import Authors, crowds, heard_weights, nobody_known, voices
from kura_udfs.tables import Floats, Rows, Vectors

MAX_MEMBERS = 200
"""Texts of a leaf, nearest to its centre, that stand for all: bounds time and memory."""

MAX_TEXTS, FEWEST_MEMBERS = 20_000, 60
"""Texts of all leaves that stand for them, but at least so many of each: bounds the time of hundreds of leaves."""

NEAR_DUPLICATE = 0.9
"""Cosine from which texts of a leaf count as one: a person who asks twice does not make a phrase common.

Those of users who are known to be others count as they are.
"""

NEAREST = 5
"""Clusters beside a cluster that count as its neighbours, apart from its siblings."""


class Members(NamedTuple):
    """A tree of m clusters and the texts that stand for them.

    Attributes
    ----------
    core
        (c,) rows of the texts that stand for all, ascending.
    vectors
        (c, d) their unit vectors.
    voices
        (c,) who said each: those of one user, whom nobody else said it with, have one number.
    crowds
        (c,) how many people said each, in these very words.
    weights
        Sparse (m, c): weight of each in its leaf and in the clusters that hear of it, with that of texts left out.
    centres
        (m, d) unit vectors, of all texts that a cluster hears of.
    parents, depth
        (m,) parent of each cluster, -1 at the top; clusters above each.
    children, neighbours
        For each cluster, the children that it hears of, and the clusters it has to be told from.
    """

    core: Rows
    vectors: Vectors
    voices: Rows
    crowds: Rows
    weights: Any
    centres: Vectors
    parents: Rows
    depth: Rows
    children: list[Rows]
    neighbours: list[Rows]


def tree_members(
    parents: Rows,
    leaves: Rows,
    vectors: Vectors,
    weights: Floats,
    authors: Authors | None = None,
    hidden: NDArray[np.bool_] | None = None,
) -> Members:
    """Collect the members of every cluster.

    Parameters
    ----------
    parents
        (m,) index of each cluster's parent, -1 at the top.
    leaves
        (n,) leaf of each text as an index into `parents`.
    vectors
        (n, d) unit vectors of the texts.
    weights
        (n,) conversations behind each text.
    authors
        Who said each text, if anybody is known.
    hidden
        (m,) leaves that the clusters above must not hear of. Of a cluster over nothing but such leaves, none hears.

    Raises
    ------
    ValueError
        If `parents` run in a circle.
    """
    authors = authors or nobody_known(len(leaves))
    hidden = np.zeros(len(parents), bool) if hidden is None else hidden
    weights = heard_weights(weights, leaves, authors)
    everyone = _incidence(parents, leaves, weights, hidden[leaves])
    sums = np.asarray(everyone @ vectors, np.float32)
    centres = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    numbers = np.arange(len(parents))
    depth = _incidence(parents, numbers, np.ones(len(parents)), np.zeros(len(parents), bool)).getnnz(axis=0) - 1
    children = [np.flatnonzero(parents == cluster) for cluster in numbers]
    neighbours = _neighbours(parents, depth, children, centres, everyone.getnnz(axis=1) > 0)
    core, share, sole = _core(leaves, vectors, weights, centres, authors)
    silent = all_hidden(parents, hidden)
    return Members(
        core,
        vectors[core],
        voices(sole)[core],
        crowds(weights)[core],
        _incidence(parents, leaves[core], share, hidden[leaves[core]]),
        centres,
        parents,
        depth,
        [own[~silent[own]] for own in children],
        neighbours,
    )


def all_hidden(parents: Rows, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which clusters are hidden leaves, or have nothing but hidden leaves below them."""
    told = np.zeros(len(parents), bool)
    above = np.setdiff1d(np.flatnonzero(~hidden), parents)
    while len(above):
        told[above] = True
        above = np.unique(parents[above])
        above = above[above >= 0]
        above = above[~told[above]]
    return ~told


def central_members(members: Members, cluster: int, limit: int) -> list[int]:
    """Positions in `core` of texts near the centre and unlike each other (maximal marginal relevance)."""
    rows = members.weights[cluster].indices
    closeness = np.round(members.vectors[rows] @ members.centres[cluster], 5)
    nearest = np.argsort(-closeness, kind="stable")[: 10 * limit]
    rows, closeness = rows[nearest], closeness[nearest]
    picked: list[int] = []
    alike = np.zeros(len(rows), np.float32)
    while len(picked) < min(limit, len(rows)):
        value = np.round(closeness - 0.5 * alike, 5)
        value[picked] = -np.inf
        picked.append(int(value.argmax()))
        alike = np.maximum(alike, members.vectors[rows] @ members.vectors[rows[picked[-1]]])
    return [int(rows[i]) for i in picked]


def _incidence(parents: Rows, leaves: Rows, weights: Floats, stays: NDArray[np.bool_]) -> Any:
    """Sparse (m, n): the weight of each text in its leaf and, if it does not stay there, in all clusters above."""
    from scipy import sparse

    rows, columns = [leaves[:0]], [leaves[:0]]
    cluster, text = leaves, np.arange(len(leaves))
    while len(cluster):
        if len(rows) > len(parents) + 1:
            raise ValueError("The parents of the clusters run in a circle.")
        rows.append(cluster)
        columns.append(text)
        above = np.where(stays[text], -1, parents[cluster])
        cluster, text = above[above >= 0], text[above >= 0]
    row, column = np.concatenate(rows), np.concatenate(columns)
    return sparse.csr_matrix((weights[column], (row, column)), shape=(len(parents), len(leaves)))


def _neighbours(
    parents: Rows, depth: Rows, children: list[Rows], centres: Vectors, filled: NDArray[np.bool_]
) -> list[Rows]:
    """Siblings and nearest clusters in the cut through the tree at a cluster's depth."""
    likeness = np.round(centres @ centres.T, 5)
    clusters, leaf = np.arange(len(parents)), np.array([not len(c) for c in children], bool)
    neighbours = []
    for cluster in clusters:
        # Leaves that end above are in the cut too.
        cut = (depth == depth[cluster]) | (leaf & (depth < depth[cluster]))
        beside = np.flatnonzero(cut & filled & (clusters != cluster))
        nearest = beside[np.argsort(-likeness[cluster, beside], kind="stable")][:NEAREST]
        neighbours.append(np.union1d(nearest, beside[parents[beside] == parents[cluster]]))
    return neighbours


def _core(
    leaves: Rows, vectors: Vectors, weights: Floats, centres: Vectors, authors: Authors
) -> tuple[Rows, Floats, Rows]:
    """Rows of the texts that stand for each leaf, the weight that each carries for the others, and the sole authors."""
    kept, carried, sole = np.zeros(len(leaves), bool), weights.astype(np.float64), authors.sole.copy()
    filled = np.unique(leaves)
    most = min(MAX_MEMBERS, max(MAX_TEXTS // max(len(filled), 1), FEWEST_MEMBERS))
    for leaf in filled:
        rows = np.flatnonzero(leaves == leaf)
        closeness = np.round(vectors[rows] @ centres[leaf], 5)
        nearest = rows[np.argsort(-closeness, kind="stable")][:most]
        alike = np.round(vectors[nearest] @ vectors[nearest].T, 5) >= NEAR_DUPLICATE
        copies = np.tril(alike & _may_be_of_one(authors.sole[nearest], authors.users[nearest]), -1)
        has_earlier = copies.any(axis=1)
        kept[nearest[~has_earlier]] = True
        for i in np.flatnonzero(has_earlier):
            row = nearest[i]
            earlier = np.flatnonzero(copies[i, :i] & kept[nearest[:i]])
            kept[row] = not len(earlier)
            if len(earlier):
                first = nearest[earlier[0]]
                carried[first] += weights[row]
                sole[first] = sole[first] if sole[first] == sole[row] else -1
        carried[nearest] *= weights[rows].sum() / max(weights[nearest].sum(), 1e-12)
    core = np.flatnonzero(kept)
    return core, carried[core], sole


def _may_be_of_one(sole: Rows, users: Rows) -> NDArray[np.bool_]:
    """Tell of each two texts whether one person may have said both: (k, k)."""
    unknown = users == 0
    return np.asarray((unknown[:, None] | unknown) | ((sole >= 0)[:, None] & (sole[:, None] == sole)), bool)

"""What is said in the clusters of a tree: the texts that stand for each, who says them, and their phrases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.forms import without_forms
from kura_udfs.naming.members import Members, tree_members
from kura_udfs.naming.phrases import Phrases, extract_phrases
from kura_udfs.naming.speakers import speakers_of_one_language
from kura_udfs.naming.voices import NO_THRESHOLDS, Authors, Thresholds, hidden_leaves, nobody_known, of_texts
from kura_udfs.tables import Floats, Rows, Vectors


class Talk(NamedTuple):
    """What is said in the clusters of a tree, of which they are named.

    Attributes
    ----------
    rows
        (c,) of the texts that stand for all.
    texts
        These c texts.
    members
        The tree, with the c texts as its core.
    speakers
        The same, in each cluster with those alone in whose language it is named.
    phrases
        Of the c texts.
    """

    rows: Rows
    texts: list[str]
    members: Members
    speakers: Members
    phrases: Phrases


def read_tree(
    texts: Sequence[str],
    vectors: Vectors,
    weights: Floats,
    leaf_of_point: Rows,
    parents: Rows,
    authors: Authors | None = None,
    thresholds: Thresholds = NO_THRESHOLDS,
) -> Talk:
    """Find what is said in the clusters of a tree.

    Parameters
    ----------
    texts
        n distinct texts, redacted.
    vectors
        (n, d) unit vectors of the texts.
    weights
        (n,) conversations behind each text.
    leaf_of_point
        (n,) the leaf of each text as an index into `parents`; -1 for outliers, which name nothing.
    parents
        (m,) index of each cluster's parent, -1 at the top.
    authors
        Who said each text: phrases count for the people who use them. By default nobody is known.
    thresholds
        What a leaf needs for the clusters above to be named after it, too.

    Raises
    ------
    ValueError
        If `parents` run in a circle.
    """
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int64)
    order = order[np.asarray(leaf_of_point, np.int64)[order] >= 0]
    leaves, weights = np.asarray(leaf_of_point, np.int64)[order], np.asarray(weights, np.float64)[order]
    said_by = of_texts(authors or nobody_known(len(texts)), order)
    members = tree_members(
        np.asarray(parents, np.int64),
        leaves,
        np.asarray(vectors, np.float32)[order],
        weights,
        said_by,
        hidden_leaves(weights, leaves, said_by, len(parents), thresholds),
    )
    rows = order[members.core]
    core = without_forms([texts[row] for row in rows])
    phrases = extract_phrases(core, voices=members.voices, alone=_of_one_voice(members), crowds=members.crowds)
    return Talk(rows, core, members, speakers_of_one_language(phrases, members), phrases)


def _of_one_voice(members: Members) -> NDArray[np.bool_]:
    """Return the texts of clusters of one voice: only what it alone says can name them."""
    alone = np.zeros(len(members.core), bool)
    for row in members.weights:
        if len(np.unique(members.voices[row.indices])) == 1:
            alone[row.indices] = True
    return alone

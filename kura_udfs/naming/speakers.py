"""In which of its languages a cluster of several is named, and who of its members speaks that one."""

from __future__ import annotations

from typing import Any

import numpy as np

from kura_udfs.naming.members import Members
from kura_udfs.naming.phrases import Phrases
from kura_udfs.tables import Floats

HEARD = 0.2
"""From such a share of what is said in a cluster on, a language is one of its own."""

ONE_LANGUAGE = 2 / 3
"""A cluster of which so much is said in one language is of that."""

A_FEW = 2
"""Texts in a language that are enough to be named in it."""


def said_by_language(phrases: Phrases, members: Members) -> Floats:
    """Return the weight of what is said in each cluster in each of `phrases.languages`: (m, l)."""
    return np.asarray((members.weights @ _spoken(phrases)).toarray(), np.float64)


def speakers_of_one_language(phrases: Phrases, members: Members) -> Members:
    """Leave in each cluster of several languages those members only who speak the one that it is named in.

    Of all members never many say a phrase of one language: the cluster would seem to be a mixture, or be called the
    same in two languages. The one is what is commonest in all clusters, where half as much is said in that as in any,
    or else the cluster's own commonest. A leaf below in which it is not spoken is heard in its own.

    Parameters
    ----------
    phrases
        Of the texts that stand for the clusters.
    members
        The tree and its texts, in the order of `phrases`.

    Returns
    -------
    Members
        With other weights; of clusters of one language they are the same.
    """
    from scipy import sparse

    spoken = np.round(said_by_language(phrases, members), 6)
    speakers = (members.weights.sign() @ _spoken(phrases)).toarray()
    is_english = np.array([language == "english" for language in phrases.languages], bool)
    usual = int(np.lexsort((~is_english, -spoken[members.parents < 0].sum(axis=0)))[0])
    most = spoken.max(axis=1)
    own = np.where(2 * spoken[:, usual] >= most, usual, spoken.argmax(axis=1))
    several = (speakers[np.arange(len(own)), own] >= A_FEW) & (most < ONE_LANGUAGE * spoken.sum(axis=1))

    weights = members.weights.tocoo()
    in_leaf = np.isin(weights.row, members.parents, invert=True)
    leaf_of_text = np.zeros(len(members.core), np.int64)
    leaf_of_text[weights.col[in_leaf]] = weights.row[in_leaf]
    cluster, leaf = weights.row, leaf_of_text[weights.col]
    language = phrases.text_language[weights.col]
    wanted = np.where(several[leaf], own[leaf], language)
    wanted = np.where(speakers[leaf, own[cluster]] >= A_FEW, own[cluster], wanted)
    heard = ~several[cluster] | (language == wanted)
    kept = weights.data[heard], (cluster[heard], weights.col[heard])
    return members._replace(weights=sparse.csr_matrix(kept, weights.shape))


def _spoken(phrases: Phrases) -> Any:
    """Sparse (c, l): 1 where a text is in a language."""
    from scipy import sparse

    texts = np.arange(len(phrases.text_language))
    shape = (len(texts), len(phrases.languages))
    return sparse.csr_matrix((np.ones(len(texts)), (texts, phrases.text_language)), shape)

"""Are the names right for what they name? What can be counted for any tree, whoever named it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.clusters import cluster_sizes
from kura_udfs.naming.tokenising import lower_case, tokenise
from kura_udfs.naming.wordlists import words_of
from kura_udfs.naming.words import read_corpus, stemmer
from kura_udfs.tables import Vectors, Weights
from kura_udfs.text.languages import HUMAN_LANGUAGES
from kura_udfs.text.visible import visible

MEMBERS = 1 / 3
"""Share of the members in which a phrase has to be."""

BLOCK = 8_192
"""So many texts are compared with all names at a time."""


class NameScores(NamedTuple):
    """Shares of the names of some clusters, between 0 and 1; None where it can't be told.

    Attributes
    ----------
    n : int
        How many names.
    nearest : float, optional
        Their own members lie nearer to them than those of any other of the clusters do.
    members_nearest : float, optional
        Of the conversations in the clusters, the share that lies nearer to the name of its own than to any other.
    unique : float
        No other cluster of the tree is called so.
    covering : float, optional
        Each of their phrases is in a third of the members at least.
    """

    n: int
    nearest: float | None
    members_nearest: float | None
    unique: float
    covering: float | None


def nearest(names: Vectors, members: Vectors, weights: Weights, cluster_of: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Tell for each name whether, on average, its own members lie nearer to it than the members of any other cluster.

    Parameters
    ----------
    names : float32 array (k, d)
        A unit vector for the name of each cluster.
    members : float32 array (n, d)
        Unit vectors of the texts.
    weights : array (n,)
        Conversations behind each text.
    cluster_of : integer array (n,)
        The cluster of each text, -1 for none.

    Returns
    -------
    bool array (k,)
        False where two clusters are equally near, and for a cluster without members.
    """
    inside = np.flatnonzero(cluster_of >= 0)
    means = np.zeros((len(names), members.shape[1]))
    np.add.at(means, cluster_of[inside], members[inside] * np.asarray(weights)[inside, None])
    sizes = cluster_sizes(cluster_of, weights, len(names))
    closeness = np.round(names @ (means / np.maximum(sizes, 1e-12)[:, None]).T, 6)  # of each name to each cluster
    closeness[:, sizes == 0] = -np.inf
    own = np.diag(closeness)
    others = closeness.copy()
    np.fill_diagonal(others, -np.inf)
    return np.asarray((own > others.max(axis=1, initial=-np.inf)) & (sizes > 0))


def members_nearest(
    names: Vectors, members: Vectors, weights: Weights, cluster_of: NDArray[np.integer]
) -> float | None:
    """Return the share of the conversations in clusters that lie nearer to the name of their own than to any other.

    As a reader would sort them who knows the names alone. Parameters as for `nearest`; None if no text is in a cluster.
    """
    inside = np.flatnonzero(cluster_of >= 0)
    if not len(inside):
        return None
    own, right = cluster_of[inside], np.empty(len(inside), bool)
    for start in range(0, len(inside), BLOCK):
        rows = slice(start, start + BLOCK)
        closeness = np.round(members[inside[rows]] @ names.T, 6)
        right[rows] = closeness.argmax(axis=1) == own[rows]
    return float(np.average(right, weights=np.asarray(weights)[inside]))


def unique(names: Sequence[str], all_names: Sequence[str]) -> list[bool]:
    """Tell for each name whether it stands but once among all names, whatever its case."""
    counts = Counter(_spoken(name) for name in all_names)
    return [counts[_spoken(name)] <= 1 for name in names]


def phrases(name: str) -> list[str]:
    """Return the phrases that a name is made of, without what leads to them ("In French:", "Various:")."""
    said = _LEAD.sub("", _NUMBER.sub("", visible(name)))
    return [phrase for phrase in re.split(r",\s+", said) if phrase]


def covering(
    names: Sequence[str], texts: Sequence[str], weights: Weights, members: Sequence[NDArray[np.integer]]
) -> list[bool | None]:
    """Tell for each name whether each of its phrases is in a third of its members at least.

    Parameters
    ----------
    names : sequence of str (k,)
    texts : sequence of str (n,)
    weights : array (n,)
        Conversations behind each text.
    members : sequence of k integer arrays
        Rows of the texts in each cluster.

    Returns
    -------
    list
        A phrase is in a text that has all of its words, in any inflection and place; articles and prepositions
        don't count. None for a name that has no phrases, or a cluster that has no texts.
    """
    shares = phrase_shares(names, texts, weights, members)
    return [all(share >= MEMBERS for share in own) if own else None for own in shares]


def phrase_shares(
    names: Sequence[str], texts: Sequence[str], weights: Weights, members: Sequence[NDArray[np.integer]]
) -> list[list[float]]:
    """Return for each phrase of each name in which share of the members it is; parameters as for `covering`."""
    corpus = read_corpus(texts)
    languages = [corpus.languages[language] for language in corpus.language.tolist()]
    spoken = [
        {corpus.stems[language][token] for token in tokens.tolist() if token >= 0}
        for tokens, language in zip(corpus.sequences, corpus.language.tolist(), strict=True)
    ]

    def share(phrase: str, rows: NDArray[np.integer]) -> float:
        said = [float(weights[row]) for row in rows.tolist() if _stems(phrase, languages[row]) <= spoken[row]]
        return sum(said) / float(np.asarray(weights)[rows].sum())

    return [
        [share(phrase, rows) for phrase in phrases(name)] if len(rows) else []
        for name, rows in zip(names, members, strict=True)
    ]


def is_various(name: str) -> bool:
    """Tell whether a name says that its cluster is a mixture."""
    return bool(_VARIOUS.match(visible(name)))


def is_numbered(name: str) -> bool:
    """Tell whether nothing but a number tells a name from another."""
    return bool(_NUMBER.search(visible(name)))


@cache
def _stems(phrase: str, language: str) -> frozenset[str]:
    words, stem = words_of(language), stemmer(language)
    light = words.links | words.negations | words.articles | words.auxiliaries
    tokens = [lower_case(token) for token in tokenise(phrase) if token not in ("", ",", "&")]
    return frozenset(stem(token) for token in tokens if token not in light) or frozenset(map(stem, tokens))


def _spoken(name: str) -> str:
    return " ".join(visible(name).casefold().split())


_LANGUAGE = f"(?:{'|'.join(HUMAN_LANGUAGES)})"
_LEAD = re.compile(
    rf"^(?:In {_LANGUAGE}(?:, {_LANGUAGE})*(?: and {_LANGUAGE})?(?:, various)?|Various)(?::\s+|$)", re.IGNORECASE
)
_VARIOUS = re.compile(rf"^(?:In {_LANGUAGE}(?:, {_LANGUAGE})*(?: and {_LANGUAGE})?, )?Various\b", re.IGNORECASE)
_NUMBER = re.compile(r"\s\(\d+\)$")

"""Keyphrases of clusters: what the members of each say and the members of its neighbours do not.

1. A phrase's share in a cluster is the geometric mean of two: members that say it, members with its words.
2. Class-based tf-idf against the neighbours: share x log(share / share around), where "around" is half the
   neighbouring clusters, half everything else (BERTopic, M. Grootendorst, 2022, takes everything). A parent's
   share is a power mean over its children, so a phrase of many children beats one of a single child. Phrases
   with a noun, and of more than one word, count for more; those of a tenth of the members at least go first.
3. Of the best candidates, those whose vectors lie nearer to the cluster's centre than to its neighbours' rise
   (KeyBERT, M. Grootendorst, 2020, looks at the centre alone).
4. The list is picked one by one: least like what was picked before (MMR, J. Carbonell and J. Goldstein,
   1998), said by members whom the list does not cover yet; phrases that repeat a word of it come last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.members import Members
from kura_udfs.naming.phrases import Phrases
from kura_udfs.naming.speakers import HEARD
from kura_udfs.naming.voices import count_voices, people_of
from kura_udfs.tables import Floats, Rows, Vectors

Embed = Callable[[Sequence[str]], Vectors]

MAX_CANDIDATES = 25
"""Phrases of a cluster that are embedded."""

BARE = 0.3
"""How surely the word of a phrase is a noun, at least, if it is not taken for a verb."""

# Factor for phrases that are rare, repeat a word or are but a verb.
_RARE = 1e-4


class Keyphrase(NamedTuple):
    """A phrase, its stems, the share of members that have its words, its score when it was picked, its language."""

    text: str
    words: frozenset[str]
    share: float
    score: float
    language: str = ""


def cluster_keyphrases(phrases: Phrases, members: Members, embed: Embed, limit: int = 8) -> list[list[Keyphrase]]:
    """Pick the keyphrases of every cluster of a tree.

    Parameters
    ----------
    phrases
        Phrases of the texts that stand for the clusters.
    members
        The tree and its texts, in the order of `phrases`.
    embed
        Gives unit vectors of phrases in the space of the members' vectors.
    limit
        Keyphrases per cluster at most.

    Returns
    -------
    list of list of Keyphrase
        Best first; empty where the members of a cluster have no phrase in common.
    """
    return [
        keyphrases_of(cluster, found, phrases, members, limit)
        for cluster, found in enumerate(cluster_candidates(phrases, members, embed))
    ]


def cluster_candidates(phrases: Phrases, members: Members, embed: Embed) -> list[Candidates]:
    """Find the phrases that tell each cluster from its neighbours; parameters as for `cluster_keyphrases`."""
    shares = _phrase_shares(phrases, members)
    found = [_candidates(cluster, phrases, members, shares) for cluster in range(len(members.parents))]
    wanted = sorted({phrases.text[c] for own in found for c in own.columns})
    vectors = dict(zip(wanted, embed(wanted), strict=True)) if wanted else {}
    return [
        own._replace(vectors=np.array([vectors[phrases.text[c]] for c in own.columns], np.float32)) for own in found
    ]


def keyphrases_of(
    cluster: int, found: Candidates, phrases: Phrases, members: Members, limit: int = 8
) -> list[Keyphrase]:
    """Pick the keyphrases of a cluster among its candidates."""
    columns, own = found.columns.tolist(), found.vectors
    closeness = _closeness(own, members, cluster) if columns else np.zeros(0)
    # What covers the children counts for more in a parent, what it is about in a leaf.
    frequency = found.scores ** (0.45 if len(members.children[cluster]) else 0.3)
    said = phrases.loose[members.weights[cluster].indices][:, columns].toarray() > 0
    picked = _pick(frequency * closeness, own, said, [phrases.words[c] for c in columns], limit)
    return [keyphrase(phrases, found, i, score) for i, score in picked]


def keyphrase(phrases: Phrases, found: Candidates, position: int, score: float) -> Keyphrase:
    """Return one of the candidates as a part of a name."""
    column = found.columns[position]
    language = phrases.languages[phrases.language[column]]
    return Keyphrase(phrases.text[column], phrases.words[column], float(found.shares[position]), score, language)


class _Shares(NamedTuple):
    """Sparse (m, p): shares of the members of each cluster for each phrase, by weight.

    `exact` say the phrase, `loose` have its words, `both` is the geometric mean of these. (m,): `totals` sums the
    weights.
    """

    exact: Any
    loose: Any
    both: Any
    totals: Floats


class Candidates(NamedTuple):
    """Phrases that tell a cluster from its neighbours, best first.

    Attributes
    ----------
    columns
        (c,) of `Phrases`.
    exact, shares
        (c,) shares of the members that say them, and that have their words.
    near, outside
        (c,) shares of the members of the neighbours, and of all others, that have their words.
    scores
        (c,) at most 1.
    vectors
        (c, d) unit vectors.
    """

    columns: Rows
    exact: Floats
    shares: Floats
    near: Floats
    outside: Floats
    scores: Floats
    vectors: Vectors


def _phrase_shares(phrases: Phrases, members: Members) -> _Shares:
    from scipy import sparse

    totals = np.asarray(members.weights.sum(axis=1)).ravel()
    per_member = sparse.diags(1 / np.maximum(totals, 1e-12)) @ members.weights
    exact, loose = (per_member @ phrases.exact).tocsr(), (per_member @ phrases.loose).tocsr()
    both = exact.multiply(loose).sqrt().tocsr()
    return _Shares(exact, loose, both, totals)


class _Counts(NamedTuple):
    """People who are heard in a cluster, and (c,) how many of them say each phrase, and have its words."""

    people: int
    exact: Rows
    loose: Rows


def _candidates(cluster: int, phrases: Phrases, members: Members, shares: _Shares) -> Candidates:
    """Phrases that tell a cluster from its neighbours, by class-based tf-idf."""
    columns = shares.loose[cluster].indices.astype(np.int64)
    share, exact, loose = (_dense(table[[cluster]], columns)[0] for table in (shares.both, shares.exact, shares.loose))
    several = np.array([len(phrases.words[c]) > 1 for c in columns], bool)
    counts = _counts(cluster, columns, phrases, members)
    score = _telling(cluster, columns, share, members, shares)
    score = score * np.where(several, 1.5, 1.0) * phrases.nounness[columns]
    # A verb alone is a poor name, and a phrase of two members must not name forty: only for want of others.
    rare = counts.loose < (0.05 if len(members.children[cluster]) else 0.1) * counts.people
    bare = ~several & (phrases.nounness[columns] < BARE)
    score = np.round(score * np.where(rare | bare, _RARE, 1), 10)
    may_name = _may_name(cluster, columns, several, counts, phrases, members, exact)
    best = np.flatnonzero((score > 0) & may_name & (exact >= 0.25 * loose))
    best = best[np.lexsort((columns[best], -score[best]))][: 3 * MAX_CANDIDATES]
    best = _longest(best, columns, share, phrases)[:MAX_CANDIDATES]
    columns, loose = columns[best], loose[best]
    return Candidates(
        columns,
        exact[best],
        loose,
        _share_near(shares.loose, cluster, columns, members),
        _share_outside(shares.loose, cluster, columns, loose, members, shares.totals),
        score[best] / score[best].max(initial=1e-12),
        np.zeros((0, 0), np.float32),
    )


def _counts(cluster: int, columns: Rows, phrases: Phrases, members: Members) -> _Counts:
    """Count what one person says in many texts once, and what many say in one as often as they are."""
    rows = members.weights[cluster].indices
    heard = members.voices[rows]
    people = people_of(heard, members.crowds[rows])
    exact, loose = (count_voices(table[rows][:, columns], heard, people) for table in (phrases.exact, phrases.loose))
    return _Counts(int(people.sum()), exact, loose)


def _telling(cluster: int, columns: Rows, share: Floats, members: Members, shares: _Shares) -> Floats:
    """How much phrases tell of a cluster: what is typical of it, and seldom around it."""
    children, total = members.children[cluster], shares.totals[cluster]
    typical = share
    if len(children):
        part = shares.totals[children] / max(shares.totals[children].sum(), 1e-12)
        typical = (part @ np.sqrt(_dense(shares.both[children], columns))) ** 2
    near = _share_near(shares.both, cluster, columns, members)
    others = _share_outside(shares.both, cluster, columns, share, members, shares.totals)
    # A small cluster's shares are coarse: half a member more or less must not look like a contrast.
    smooth = 0.01 + 0.5 / max(total, 1.0)
    return np.asarray(typical * np.log((share + smooth) / (0.5 * near + 0.5 * others + smooth)), np.float64)


def _may_name(
    cluster: int,
    columns: Rows,
    several: NDArray[np.bool_],
    counts: _Counts,
    phrases: Phrases,
    members: Members,
    exact: Floats,
) -> NDArray[np.bool_]:
    """Tell which phrases are a cluster's own, and not one text's, in a language of its."""
    weights = members.weights[cluster]
    spoken = np.bincount(phrases.text_language[weights.indices], weights.data, minlength=1)
    speaks = np.isin(phrases.language[columns], np.flatnonzero(spoken >= HEARD * spoken.sum()))
    # words that only one text has side by side are that text's phrase, not the cluster's
    least = np.minimum(np.where(several, 2, 1), counts.people)
    # what many say in one wording names a leaf that is mostly this wording
    texts = phrases.exact[weights.indices][:, columns].getnnz(axis=0)
    worded_once = several & (texts < 2) & (len(weights.indices) > 1)
    uncommon = worded_once & (exact <= 0.5) & (len(members.children[cluster]) == 0)
    common = (counts.exact >= least) & (counts.loose >= min(2, counts.people))
    return np.asarray(speaks & ~uncommon & common, np.bool_)


def _share_near(table: Any, cluster: int, columns: Rows, members: Members) -> Floats:
    """Mean of the shares in the neighbours of a cluster."""
    neighbours = members.neighbours[cluster]
    return np.asarray(_dense(table[neighbours], columns).sum(axis=0) / max(len(neighbours), 1), np.float64)


def _share_outside(table: Any, cluster: int, columns: Rows, inside: Floats, members: Members, totals: Floats) -> Floats:
    """Shares of all who are not in a cluster; `inside` are those in it."""
    roots = np.flatnonzero(members.parents < 0)
    everyone = totals[roots] @ _dense(table[roots], columns)
    others = max(totals[roots].sum() - totals[cluster], 1.0)
    return np.asarray(np.maximum(everyone - totals[cluster] * inside, 0) / others, np.float64)


def _closeness(vectors: Vectors, members: Members, cluster: int) -> Floats:
    """How much nearer phrases lie to a cluster's centre than to its neighbours', from 0.15 to 1.15."""
    closeness = vectors @ members.centres[cluster]
    if len(members.neighbours[cluster]):
        closeness = closeness - 0.75 * (vectors @ members.centres[members.neighbours[cluster]].T).mean(axis=1)
    spread = max(float(np.ptp(closeness)), 1e-6)
    return np.asarray(0.15 + (closeness - closeness.min()) / spread, np.float64)


def _longest(best: Rows, columns: Rows, share: Floats, phrases: Phrases) -> Rows:
    """Leave out a phrase when a longer one that holds it is nearly as common: "York" beside "New York"."""

    texts, words = [phrases.text[columns[i]] for i in best], [phrases.words[columns[i]] for i in best]
    common = share[best].tolist()

    def is_within(inner: int, outer: int) -> bool:
        text, longer = texts[inner], texts[outer]
        han = "\u3400" <= text[0] <= "\u9fff" and len(text) < len(longer) and text in longer
        return han or words[inner] < words[outer]

    places = range(len(best))
    kept = [i for i in places if not any(common[o] >= 0.6 * common[i] and is_within(i, o) for o in places)]
    return best[kept]


def _pick(
    scores: Floats,
    vectors: Vectors,
    said: NDArray[np.bool_],
    words: list[frozenset[str]],
    limit: int,
) -> list[tuple[int, float]]:
    """Greedy choice of candidates with the score each had when it was chosen."""
    likeness = np.maximum(vectors @ vectors.T, 0)
    left, picked = list(range(len(scores))), list[tuple[int, float]]()
    covered, spoken = np.zeros(len(said), bool), frozenset[str]()
    while left and len(picked) < limit:
        value = scores[left]
        if picked:
            alike = likeness[np.ix_(left, [i for i, _ in picked])].max(axis=1)
            fresh = (said[:, left] & ~covered[:, None]).sum(axis=0) / said[:, left].sum(axis=0)
            repeats = np.array([not words[i].isdisjoint(spoken) for i in left])
            value = value * (1 - 0.6 * alike) * (0.3 + fresh) * np.where(repeats, _RARE, 1)
        # Rounded, so that the noise of an encoder's batches decides nothing.
        best = int(np.round(value / value.max(), 4).argmax())
        picked.append((left[best], float(value[best])))
        covered |= said[:, left[best]]
        spoken |= words[left.pop(best)]
    return picked


def _dense(matrix: Any, columns: Rows) -> Floats:
    return np.asarray(matrix[:, columns].todense(), np.float64)

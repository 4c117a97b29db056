"""Which phrases make the name of a cluster: those that its members say, and by whose sound they would be found.

A name is one to three of the cluster's candidates that share no word (two at most for a leaf). It lies near to the
cluster's centre and far from its neighbours', many members say it and few around, and it says what is to be done with
a thing where they do ("cancel order"). It is short: a further phrase has to add members. Then it competes: would a
member who knows no more than this name and those of the neighbours go to this one?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.keyphrases import BARE, Candidates
from kura_udfs.naming.members import Members
from kura_udfs.naming.phrases import Phrases
from kura_udfs.naming.voices import count_voices, people_of
from kura_udfs.tables import Floats, Rows, Vectors

FEW = 1 / 4
"""Share of the members, or of those of one child, that should have a phrase of a name."""

COVERED = 0.8
"""Share of the members of a child from which a phrase of its parent speaks for the whole child."""

LOOSE = 1.25
"""So much farther than usual from their centre lie the members of a cluster that may be a mixture."""

COMMON = 1 / 5
"""Share of all others from which a phrase says what the texts are about, not what the cluster is about."""

MOST_PHRASES = 3

# What counts how much, beside cosines.
_SAID = 0.5
_FOUND = 1.3
_TELLING = 0.25  # by class-based tf-idf
_MATTER = 0.1
# What it costs.
_NEAREST = 0.75
_FURTHER = 0.02
_ADDS_LITTLE = 0.02
_NO_NOUN = 0.3
_ONE_WORD = 0.16
_APART = 0.15  # words that seldom stand side by side
_SAID_BY_FEW = 0.15
_HARDLY_SAID = 1.0
_SAID_BY_ALL = 0.1

_PEOPLE, _MANY_PEOPLE = 3, 8
# A further phrase costs nothing more when it adds so many of the members.
_ADDED = 0.15
_BEAM = 10
_OPTIONS = 16
# Members that compete for a cluster's name.
_ENOUGH = 100


class Choice(NamedTuple):
    """What a cluster may be called.

    Attributes
    ----------
    positions
        Of its candidates.
    coverage
        Share of the members that have the words of one of these phrases at least.
    value
        How well it names the cluster.
    vector
        Where it lies: the direction of the sum of its phrases.
    found
        Share of the members that lie nearer to it than to the first choice of any neighbour.
    """

    positions: tuple[int, ...]
    coverage: float
    value: float
    vector: Vectors
    found: float = 1.0


def choices(candidates: list[Candidates], phrases: Phrases, members: Members) -> list[list[Choice]]:
    """Return what each cluster may be called, best first.

    Parameters
    ----------
    candidates
        For each cluster, from `keyphrases.cluster_candidates`.
    phrases, members
        As there.
    """
    alone = [_choices(cluster, found, phrases, members) for cluster, found in enumerate(candidates)]
    return _competing(alone, members)


def mixtures(options: list[list[Choice]], members: Members) -> list[bool]:
    """Tell which clusters are mixtures that their best choice would be misleading for.

    It is said by less than half of the members, leads less than half of them there, and the members lie farther from
    their centre than is usual on this side of the tree, among leaves or among parents.
    """
    spread = np.array(
        [
            1 - np.average(members.vectors[row.indices] @ centre, weights=row.data) if row.nnz else np.nan
            for row, centre in zip(members.weights, members.centres, strict=True)
        ]
    )
    is_leaf = np.array([not len(children) for children in members.children], bool)
    usual = np.full(len(spread), np.nan)
    for kind in (is_leaf, ~is_leaf):
        known = kind & ~np.isnan(spread)
        usual[kind] = np.median(spread[known]) if known.any() else np.nan
    wide = np.round(spread - LOOSE * usual, 4) >= 0
    return [
        bool(own and own[0].coverage < 1 / 2 and own[0].found <= 1 / 2 and far)
        for own, far in zip(options, wide, strict=True)
    ]


class _Sets(NamedTuple):
    """Sets of s candidates each: (s, p) positions, (s,) coverage and value, (s, d) vectors."""

    positions: Rows
    coverage: Floats
    value: Floats
    vectors: Vectors


class _Worth(NamedTuple):
    """What a cluster's p candidates are worth as its name, by themselves and together.

    Attributes
    ----------
    said
        (r, p) whether each of its r members has the words of each.
    shares
        (1 + parts, r) weights of the members in the cluster, and in each of its parts; rows sum to 1.
    weight_of_part
        (parts,) sums to 1.
    own, beside
        (d,) and (neighbours, d): centres.
    found
        The candidates.
    matter, one_word, bare
        (p,) which of them say what is done with a thing, are one word, and are that and no noun.
    cost
        (p,) what stands against each.
    is_parent
        Whether the cluster has children.
    """

    said: NDArray[np.bool_]
    shares: Floats
    weight_of_part: Floats
    own: Vectors
    beside: Vectors
    found: Candidates
    matter: NDArray[np.bool_]
    one_word: NDArray[np.bool_]
    bare: NDArray[np.bool_]
    cost: Floats
    is_parent: bool

    def of(self, positions: Rows, before: Floats) -> _Sets:
        """Value sets of candidates, of which parts have covered so much before."""
        covering = np.logical_or.reduce([self.said[:, column] for column in positions.T]).astype(np.float64)
        coverage, *by_part = self.shares @ covering
        heard = self.weight_of_part @ np.minimum(np.array(by_part) / (COVERED if self.is_parent else 1.0), 1)
        summed = self.found.vectors[positions].sum(axis=1)
        vectors = np.asarray(summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-6), np.float32)
        value = vectors @ self.own - (_NEAREST * (vectors @ self.beside.T).max(axis=1) if len(self.beside) else 0)
        value = value + _SAID * (heard - np.minimum(self.found.near[positions].sum(axis=1), 1))
        value += _TELLING * self.found.scores[positions].min(axis=1) ** 0.3
        value += (0 if self.is_parent else _MATTER) * self.matter[positions].max(axis=1)
        value -= self.cost[positions].max(axis=1) + _NO_NOUN * self.bare[positions].all(axis=1)
        if positions.shape[1] == 1:
            value -= (_ONE_WORD / 2 if self.is_parent else _ONE_WORD) * self.one_word[positions[:, 0]]
        else:
            little = 1 - np.minimum((coverage - before) / _ADDED, 1)
            value -= _FURTHER * (positions.shape[1] - 1) + _ADDS_LITTLE * little
        return _Sets(positions, coverage, np.round(value, 4), vectors)


def _choices(cluster: int, found: Candidates, phrases: Phrases, members: Members) -> list[Choice]:
    """Value a cluster's candidates, one by one, and the best of them together with others."""
    if not len(found.columns):
        return []
    worth = _worth(cluster, found, phrases, members)
    disjoint = _disjoint([phrases.words[column] for column in found.columns])
    options = [
        Choice(tuple(positions.tolist()), float(coverage), float(value), vector)
        for sets in _grown(worth.of, disjoint, MOST_PHRASES if worth.is_parent else 2)
        for positions, coverage, value, vector in zip(*sets, strict=True)
    ]
    return sorted(options, key=lambda option: (-option.value, option.positions))[:_OPTIONS]


def _worth(cluster: int, found: Candidates, phrases: Phrases, members: Members) -> _Worth:
    row, children = members.weights[cluster], members.children[cluster]
    said_by, voices = phrases.loose[row.indices][:, found.columns], members.voices[row.indices]
    people = people_of(voices, members.crowds[row.indices])
    said, parts = said_by.toarray() > 0, _parts(cluster, members)
    few = (parts @ said).max(axis=0) < FEW
    hardly = (count_voices(said_by, voices, people) < _PEOPLE) & (people.sum() >= _MANY_PEOPLE)
    cost = _SAID_BY_FEW * few + _HARDLY_SAID * hardly + _SAID_BY_ALL * (found.outside >= COMMON)
    cost = cost + _APART * (1 - np.minimum(2 * found.exact / np.maximum(found.shares, 1e-12), 1))
    weight_of_part = members.weights[children].sum(axis=1).A1 if len(children) else np.ones(1)
    one_word = np.array([len(phrases.words[column]) == 1 for column in found.columns], bool)
    return _Worth(
        said,
        np.vstack([row.data / row.data.sum(), parts]),
        weight_of_part / weight_of_part.sum(),
        members.centres[cluster],
        members.centres[members.neighbours[cluster]],
        found,
        phrases.has_matter[found.columns],
        one_word,
        one_word & (phrases.nounness[found.columns] < BARE),
        cost,
        len(children) > 0,
    )


def _disjoint(words: list[frozenset[str]]) -> NDArray[np.bool_]:
    """Tell which candidates may stand beside which: what is a phrase of its own is no list, as "cancel order"."""
    phrased = set(words)
    return np.array([[one.isdisjoint(other) and one | other not in phrased for other in words] for one in words], bool)


def _grown(valued: Callable[[Rows, Floats], _Sets], disjoint: NDArray[np.bool_], most: int) -> Iterator[_Sets]:
    """Yield the candidates alone, and then the best sets with one candidate more, up to `most` in a set."""
    alone = sets = valued(np.arange(len(disjoint))[:, None], np.zeros(len(disjoint)))
    yield sets
    for _ in range(1, most):
        best = np.argsort(-sets.value, kind="stable")[:_BEAM]
        grown, added = np.nonzero(np.logical_and.reduce([disjoint[column] for column in sets.positions[best].T]))
        if not len(grown):
            return
        before = np.maximum(sets.coverage[best][grown], alone.coverage[added])
        sets = _distinct(valued(np.column_stack([sets.positions[best][grown], added]), before))
        yield sets


def _parts(cluster: int, members: Members) -> Floats:
    """Weights of the members in each child of a cluster, or in itself if it has none; each row sums to 1."""
    children = members.children[cluster] if len(members.children[cluster]) else [cluster]
    parts = members.weights[children][:, members.weights[cluster].indices].toarray()
    return np.asarray(parts / np.maximum(parts.sum(axis=1, keepdims=True), 1e-12), np.float64)


def _distinct(sets: _Sets) -> _Sets:
    """Leave out sets that are the same in another order: the best comes first in each."""
    _, first = np.unique(np.sort(sets.positions, axis=1), axis=0, return_index=True)
    rows = np.sort(first)
    return _Sets(sets.positions[rows], sets.coverage[rows], sets.value[rows], sets.vectors[rows])


def _competing(alone: list[list[Choice]], members: Members) -> list[list[Choice]]:
    """Order what each cluster may be called by how many of its own members it would lead there, and how few others.

    Done twice: first against what the others would be called by themselves, then against what they are called then.
    """
    if not alone:
        return []
    drawn = [_drawn(row) for row in members.weights]
    texts = members.vectors[np.concatenate([rows for rows, _ in drawn])]
    ends = np.cumsum([0, *(len(rows) for rows, _ in drawn)])
    rows_of = [np.arange(start, end) for start, end in pairwise(ends)]
    weights = [own for _, own in drawn]
    closeness = [
        _closeness(texts, [rows_of[other] for other in (cluster, *members.neighbours[cluster])], own) if own else []
        for cluster, own in enumerate(alone)
    ]
    ordered = alone
    for _ in range(2):
        names = np.array([own[0].vector if own else np.zeros(texts.shape[1]) for own in ordered], np.float32)
        called = np.round(texts @ names.T, 5)
        ordered = []
        for cluster, own in enumerate(alone):
            beside = members.neighbours[cluster]
            if not own or not len(beside):
                ordered.append(own)
                continue
            ours, *theirs = closeness[cluster]
            rival = called[np.ix_(rows_of[cluster], beside)].max(axis=1, keepdims=True)
            found = weights[cluster] @ (ours > rival)
            taken = np.zeros(len(own))
            for other, near in zip(beside, theirs, strict=True):
                taken += weights[other] @ (near > called[rows_of[other], other][:, None]) / len(beside)
            value = np.round([choice.value for choice in own] + _FOUND * (np.sqrt(found) - taken), 4)
            order = np.argsort(-value, kind="stable").tolist()
            ordered.append([own[i]._replace(value=float(value[i]), found=float(found[i])) for i in order])
    return ordered


def _drawn(row: Any) -> tuple[Rows, Floats]:
    """Take every so many a member of a cluster, as many as are enough, with weights that sum to 1."""
    some = slice(None, None, max(-(-row.nnz // _ENOUGH), 1))
    return row.indices[some], row.data[some] / max(row.data[some].sum(), 1e-12)


def _closeness(texts: Vectors, groups: list[Rows], options: list[Choice]) -> list[Vectors]:
    """How near the texts of each group lie to each option: (number of texts, number of options)."""
    near = texts[np.concatenate(groups)] @ np.array([choice.vector for choice in options], np.float32).T
    return np.split(np.round(near, 5), np.cumsum([len(rows) for rows in groups])[:-1])

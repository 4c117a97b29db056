"""Which phrases make the name of a cluster: those that its members say, and by whose sound they would be found.

Among one to three candidates that share no word, the name is what lies nearest to the cluster's centre and farthest
from its neighbours', is said by many members and by few around them, and is short: a further phrase has to add members.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kura_udfs.naming.keyphrases import Candidates
from kura_udfs.naming.members import Members
from kura_udfs.naming.phrases import Phrases
from kura_udfs.tables import Vectors

COMMON = 0.15
"""Share of all other texts from which a word says what the texts are about, not what the cluster is about."""

MOST_PHRASES = 3

# Sets of phrases that are looked at further.
_BEAM = 12
_OPTIONS = 40


class Choice(NamedTuple):
    """Positions of candidates, the share of members that say one of them at least, and how well they name the cluster."""

    positions: tuple[int, ...]
    coverage: float
    value: float
    vector: Vectors
    found: float = 1.0


def choices(cluster: int, found: Candidates, phrases: Phrases, members: Members) -> list[Choice]:
    """Return what a cluster may be called, best first."""
    if not len(found.columns):
        return []
    parent = len(members.children[cluster]) > 0
    row = members.weights[cluster]
    said = phrases.loose[row.indices][:, found.columns].toarray() > 0
    weights = row.data / row.data.sum()
    words = [phrases.words[column] for column in found.columns]
    own, beside = members.centres[cluster], members.centres[members.neighbours[cluster]]
    price = np.where(found.outside >= COMMON, 0.2, 0.0) * np.array([len(w) == 1 for w in words])
    price += np.where(found.shares < FLOOR * (0.5 if parent else 1.0), 0.15, 0.0)

    def value(positions: tuple[int, ...]) -> Choice:
        chosen = list(positions)
        coverage = float(weights[said[:, chosen].any(axis=1)].sum())
        near = min(float(found.near[chosen].sum()), 1.0)
        vector = found.vectors[chosen].sum(axis=0)
        vector = vector / max(float(np.linalg.norm(vector)), 1e-6)
        around = beside @ vector
        sound = float(own @ vector) - (NMEAN * float(around.mean()) + NMAX * float(around.max()) if len(around) else 0)
        worth = sound + SAID * (coverage - near) + INTENT * float(phrases.acts[found.columns[chosen]].max())
        worth -= FURTHER * (len(chosen) - 1) + float(price[chosen].max())
        return Choice(positions, coverage, round(worth, 4), vector)

    beam = [value((i,)) for i in range(len(words))]
    every = list(beam)
    for _ in range(MOST_PHRASES - 1 if parent else 1):
        beam = _best(beam, _BEAM)
        beam = [
            value((*choice.positions, i))
            for choice in beam
            for i in range(len(words))
            if all(words[i].isdisjoint(words[j]) for j in choice.positions)
        ]
        every += beam
    return _best(every, _OPTIONS)

SAID, FURTHER, INTENT, FLOOR, NMEAN, NMAX = 0.5, 0.06, 0.07, 0.2, 0., .75
FOUND = 0.4

def _best(found: list[Choice], limit: int) -> list[Choice]:
    distinct: dict[frozenset[int], Choice] = {}
    for choice in sorted(found, key=lambda choice: (-choice.value, choice.positions)):
        distinct.setdefault(frozenset(choice.positions), choice)
    return list(distinct.values())[:limit]


def settled(options: list[list[Choice]], members: Members) -> list[list[Choice]]:
    """Order what each cluster may be called by how many of its members, and how few others, it would lead there.

    A member is led to a name if that lies nearer to it than the first choices of the neighbours do.
    """
    dimensions = members.vectors.shape[1]
    first = [own[0].vector if own else np.zeros(dimensions, np.float32) for own in options]
    again = []
    for cluster, own in enumerate(options):
        beside = members.neighbours[cluster]
        if not own or not len(beside):
            again.append(own)
            continue
        vectors = np.array([choice.vector for choice in own], np.float32)
        others = np.array([first[other] for other in beside])

        def led(row: Any, names: Vectors) -> Vectors:
            return np.round(members.vectors[row.indices] @ names.T, 5)

        row = members.weights[cluster]
        rival = led(row, others).max(axis=1)
        found = (led(row, vectors) > rival[:, None]).T @ row.data / row.data.sum()
        taken = np.zeros(len(own))
        for other, name in zip(beside, others, strict=True):
            theirs = members.weights[other]
            taken += (led(theirs, vectors) > led(theirs, name[None])).T @ theirs.data / max(theirs.data.sum(), 1e-12)
        worth = [choice.value + FOUND * (f - t) for choice, f, t in zip(own, found, taken / len(beside), strict=True)]
        order = sorted(range(len(own)), key=lambda i: (-round(worth[i], 4), i))
        again.append([own[i]._replace(found=float(found[i])) for i in order])
    return again

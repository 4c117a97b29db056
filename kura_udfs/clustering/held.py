"""What a refit must not lose: base clusters and topics that a person has edited or pinned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from kura_udfs.clustering import hierarchy, matching
from kura_udfs.tables import Floats, Labels, Rows


class Held(NamedTuple):
    """New base clusters, with those that are held.

    Attributes
    ----------
    labels : int32 array (n,)
        The base cluster of each text, -1 for an outlier.
    continued : int64 array (number of base clusters,)
        The old cluster that each goes on from, -1 for none.
    """

    labels: Labels
    continued: Rows


def held_bases(
    labels: Labels,
    before: Labels,
    weights: Floats,
    named: Collection[int],
    pinned: Collection[int],
    min_size: int,
    old: int,
    apart: Collection[int] = (),
) -> Held:
    """Say which old clusters go on in which new ones; those that a person has named always do, and pinned ones whole.

    Parameters
    ----------
    labels : int32 array (n,)
        The new base clusters, 0 to k - 1, -1 for outliers.
    before : int32 array (n,)
        The old ones, -1 for none.
    weights : float64 array (n,)
    named : collection of int
        Old clusters that must go on, `pinned` among them.
    pinned : collection of int
        Old clusters all of whose texts stay together. What else came to be with most of them joins them.
    min_size : int
        A new cluster that has lost texts and is smaller than this now goes with those it lost.
    old : int
        How many old clusters there were.
    apart : collection of int
        Old clusters that go on in no single new one, unless a person has named them.
    """
    elsewhere = sorted(set(apart) - set(named))
    continued = matching.match(_likeness(before, labels, weights, old, elsewhere))
    goes_on_in = {int(source): new for new, source in enumerate(continued) if source in named}
    found = labels.copy()
    for source in sorted(set(named) & set(np.unique(before[before >= 0]).tolist())):
        is_new = source not in goes_on_in
        if is_new:
            goes_on_in[source] = max(len(continued), int(found.max(initial=-1)) + 1)
        if is_new or source in pinned:
            found[before == source] = goes_on_in[source]
    for robbed in sorted(set(np.unique(labels[labels != found]).tolist()) - {-1, *goes_on_in.values()}):
        rest, lost = found == robbed, (labels == robbed) & (found != robbed)
        if weights[rest].sum() < min_size:
            taken = np.bincount(found[lost], weights[lost])
            found[rest] = int(taken.argmax())
    numbers, dense = np.unique(found[found >= 0], return_inverse=True)
    found[found >= 0] = dense
    likeness = _likeness(before, found, weights, old, elsewhere)
    for source, new in goes_on_in.items():
        place = int(np.searchsorted(numbers, new))
        likeness[source], likeness[:, place] = 0, 0
        likeness[source, place] = 1
    return Held(found, matching.match(likeness))


def _likeness(before: Labels, labels: Labels, weights: Floats, old: int, elsewhere: list[int]) -> Floats:
    flows = matching.flows(before, labels, weights, (old, int(labels.max(initial=-1)) + 1))
    likeness = matching.likeness(flows, matching.left(before, labels, weights, old))
    likeness[elsewhere] = 0
    return likeness


class Revived(NamedTuple):
    """A topic that a person has named and that the new tree had lost.

    Attributes
    ----------
    cluster_id : str
    bases : list of int
        The base clusters that it holds again.
    """

    cluster_id: str
    bases: list[int]


def lost_topics(
    named: Collection[str], there: Collection[str], topics: Sequence[str], below: Floats, flows: Floats
) -> list[Revived]:
    """Find the topics that a person has named and that are not in a new tree, the largest first.

    Parameters
    ----------
    named, there : collections of str
        Ids that must go on, and those of the new tree.
    topics : sequence of str
        The parents of the last tree.
    below : float64 array (number of topics, number of old base clusters)
        1 where a base cluster was below a parent.
    flows : float64 array (number of old base clusters, number of new ones)

    Returns
    -------
    list of Revived
        With the base clusters at least half of which come from the topic; those of which there are two at least.
    """
    shares = below @ flows / np.maximum(flows.sum(axis=0), 1e-12)
    lost = [
        Revived(topic, np.flatnonzero(shares[row] >= 0.5).tolist())
        for row, topic in enumerate(topics)
        if topic in named and topic not in there
    ]
    return sorted((topic for topic in lost if len(topic.bases) > 1), key=lambda topic: (-len(topic.bases), topic))


def regrouped(
    tree: hierarchy.Tree, groups: Sequence[Sequence[int]], sizes: Floats, kept: Collection[int]
) -> tuple[hierarchy.Tree, list[int]]:
    """Make topics of groups of base clusters, where they are together deepest in a tree.

    Parameters
    ----------
    tree : Tree
        Of m nodes.
    groups : sequence of sequences of int
        Base clusters, two at least.
    sizes : float64 array (number of base clusters,)
    kept : collection of int
        Nodes that may not give their place to a group that is all they hold.

    Returns
    -------
    Tree
    list of int
        What each node of it was: a node of the old tree, m for the first group, m + 1 for the second, and so on.
        A group may be missing, where a node that is kept holds just the same.
    """
    parents: dict[int, int] = dict(enumerate(tree.parents.tolist()))
    leaves = tree.leaf_of_base.tolist()
    renamed: dict[int, int] = {}
    for number, group in enumerate(groups, start=len(tree.parents)):
        members = {leaves[base] for base in group}
        common = _common(parents, members)
        if common >= 0 and {leaf for leaf in leaves if common in _above(parents, leaf)} == members:
            if common not in kept and common not in renamed:
                renamed[common] = number
            continue
        while common >= 0 and len(_above(parents, common)) + 2 >= hierarchy.MOST_LEVELS:
            common = parents[common]
        parents[number] = common
        parents |= dict.fromkeys(members, number)
    while spare := [node for node in parents if node not in leaves and _count(parents, node) < 2]:
        gone = min(spare)
        parents |= {node: parents[gone] for node, parent in parents.items() if parent == gone}
        del parents[gone]
    return _in_order(parents, leaves, sizes, renamed)


def _in_order(
    parents: dict[int, int], leaves: list[int], sizes: Floats, renamed: dict[int, int]
) -> tuple[hierarchy.Tree, list[int]]:
    """Put nodes in depth-first order, heavier ones before their lighter siblings."""
    load = dict.fromkeys(parents, 0.0)
    for leaf, size in zip(leaves, sizes.tolist(), strict=True):
        for node in (leaf, *_above(parents, leaf)):
            load[node] += size
    order: list[int] = []

    def grow(parent: int) -> None:
        for node in sorted((node for node, above in parents.items() if above == parent), key=lambda n: (-load[n], n)):
            order.append(node)
            grow(node)

    grow(-1)
    place = {node: number for number, node in enumerate(order)} | {-1: -1}
    found = hierarchy.Tree(
        np.array([place[parents[node]] for node in order], np.int32),
        np.array([len(_above(parents, node)) for node in order], np.int32),
        np.array([place[leaf] for leaf in leaves], np.int32),
    )
    return found, [renamed.get(node, node) for node in order]


def _above(parents: dict[int, int], node: int) -> list[int]:
    """Return the ancestors of a node, the nearest first."""
    found, parent = [], parents[node]
    while parent >= 0:
        found.append(parent)
        parent = parents[parent]
    return found


def _common(parents: dict[int, int], members: set[int]) -> int:
    """Return the deepest node above all members; -1 if that is none."""
    ways = [_above(parents, member) for member in sorted(members)]
    return next((node for node in ways[0] if all(node in way for way in ways)), -1)


def _count(parents: dict[int, int], node: int) -> int:
    return sum(parent == node for parent in parents.values())

"""The tree over the base clusters by a language model, checked by numbers (after Clio, arXiv:2412.13678).

Level by level: the clusters are parted into neighbourhoods, the model proposes parents for each, proposals
that mean the same are merged, every cluster is assigned to one of them, and the parents are named after the
children that they got. Numbers keep each step within the rules of the tree; where a step fails, the numeric
tree takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.groups import by_height
from kura_udfs.clustering.hierarchy import MOST_LEVELS, Tree, build_tree
from kura_udfs.naming.headings import MAX_WORDS, cut_words, prose, slug, spoken_key
from kura_udfs.naming.names import UNTOLD, ClusterName
from kura_udfs.prompting.levels import Proposal, TreeSettings, ask_level
from kura_udfs.prompting.names import MAX_DESCRIPTION_WORDS, Namer, Taken, name_parents
from kura_udfs.prompting.questions import Asking
from kura_udfs.tables import Vectors, Weights


class NamedTree(NamedTuple):
    """A tree and the names of its nodes in their order; those of the base clusters are unchanged."""

    tree: Tree
    names: list[ClusterName]


class _Forest(NamedTuple):
    """The nodes so far; all lists grow together."""

    names: list[ClusterName]
    vectors: list[Vectors]
    sizes: list[float]
    parents: list[int]
    hidden: list[bool]
    taken: Taken


def model_tree(
    names: Sequence[ClusterName],
    vectors: Vectors,
    sizes: Weights,
    settings: TreeSettings,
    inherited: Sequence[int] | None = None,
    hidden: NDArray[np.bool_] | None = None,
) -> Asking[NamedTree]:
    """Build the tree over the base clusters with a language model.

    Parameters
    ----------
    names : sequence of ClusterName
        Of the k base clusters, from `names.base_names`.
    vectors : float32 array (k, d)
        Their centroids, of unit length; the numeric tree is made from these.
    sizes : array (k,)
        Conversations in each.
    settings : TreeSettings
        Who is asked, by which prompts, and the size of the top.
    inherited : sequence of int, optional
        A sound tree that is there already, of which only the names are asked for: the parent of each base cluster
        and then of each other node, -1 at the top.
    hidden : bool array (k,), optional
        Base clusters of which no question tells, and after which no parent is named.

    Returns
    -------
    NamedTree
        Nodes in depth-first order, as in `hierarchy.build_tree`, with the names of all. Whatever the model
        answers: at most four levels, each with fewer clusters than the one below, at most `top_clusters` at
        the top, no parent with a single child, and, with `top_clusters` of 3 and more, none with more than
        half of everything.
    """
    bases = len(names)
    taken = Taken({spoken_key(name.name) for name in names}, {name.slug for name in names})
    told_not = [False] * bases if hidden is None else hidden.tolist()
    forest = _Forest(list(names), list(vectors), [float(size) for size in sizes], [-1] * bases, told_not, taken)
    roots = list(range(bases))
    if inherited is not None:
        yield from _add_tree(forest, inherited, roots, settings.namer)
        return _depth_first(forest, bases)
    for levels_left in range(MOST_LEVELS - 1, 0, -1):
        if len(roots) <= settings.top:
            break
        root_names, root_sizes = [forest.names[root] for root in roots], _sizes(forest, roots)
        told = np.array([not forest.hidden[root] for root in roots], bool)
        level = yield from ask_level(root_names, root_sizes, told, settings, levels_left)
        if level is None:
            yield from _add_numeric(forest, roots, levels_left, settings)
            break
        groups = [[roots[row] for row in group] for group in level.groups]
        roots = yield from _add_level(forest, groups, level.proposals, settings.namer)
    return _depth_first(forest, bases)


def _add_level(
    forest: _Forest,
    groups: list[list[int]],
    proposals: Sequence[Proposal | None],
    namer: Namer,
) -> Asking[list[int]]:
    """Add a named parent for each group of several, and return the nodes that are at the top then."""
    largest_first = [sorted(group, key=lambda node: (-forest.sizes[node], node)) for group in groups]
    several = [(group, hint) for group, hint in zip(largest_first, proposals, strict=True) if len(group) > 1]
    families = [[forest.names[node] for node in group if not forest.hidden[node]] for group, _ in several]
    fallbacks = [_fallback(family, len(group), hint) for family, (group, hint) in zip(families, several, strict=True)]
    names = iter((yield from name_parents(families, fallbacks, forest.taken, namer)))
    above = []
    for group in groups:
        if len(group) == 1:
            above.append(group[0])
            continue
        above.append(len(forest.parents))
        for node in group:
            forest.parents[node] = len(forest.parents)
        sizes = _sizes(forest, group)
        centre = np.average([forest.vectors[node] for node in group], axis=0, weights=np.maximum(sizes, 1e-9))
        forest.names.append(next(names))
        forest.vectors.append(np.asarray(centre / max(float(np.linalg.norm(centre)), 1e-12), np.float32))
        forest.sizes.append(float(sizes.sum()))
        forest.parents.append(-1)
        forest.hidden.append(all(forest.hidden[node] for node in group))
    return above


def _add_numeric(forest: _Forest, roots: list[int], levels_left: int, settings: TreeSettings) -> Asking[None]:
    """Put the numeric tree over the roots, and ask for the names of its nodes."""
    vectors = np.array([forest.vectors[root] for root in roots], np.float32)
    built = build_tree(vectors, _sizes(forest, roots), top_clusters=settings.top)
    parents = built.parents.copy()
    if built.levels.max() > levels_left:  # with the levels below, it would be too deep: only its top is used
        top_of = np.arange(len(parents))
        for node in np.flatnonzero(parents >= 0):
            top_of[node] = top_of[parents[node]]
        parents[:] = -1
        parents[built.leaf_of_base] = top_of[built.leaf_of_base]
        parents[parents == np.arange(len(parents))] = -1
    inner = np.setdiff1d(np.arange(len(parents)), built.leaf_of_base)
    place = np.empty(len(parents) + 1, np.int64)  # one more, for -1 to fall on
    place[[*built.leaf_of_base, *inner, -1]] = [*range(len(parents)), -1]
    yield from _add_tree(forest, place[parents[[*built.leaf_of_base, *inner]]].tolist(), roots, settings.namer)


def _add_tree(forest: _Forest, parents: Sequence[int], roots: Sequence[int], namer: Namer) -> Asking[None]:
    """Put a tree over the roots, which are its first nodes, and ask for the names of the others."""
    children: list[list[int]] = [[] for _ in parents]
    for node, parent in enumerate(parents):
        if parent >= 0:
            children[parent].append(node)
    node_of = dict(enumerate(roots))
    for nodes in by_height(children):
        groups = [[node_of[child] for child in children[node]] for node in nodes]
        above = yield from _add_level(forest, groups, [None] * len(groups), namer)
        node_of.update(zip(nodes, above, strict=True))


def _depth_first(forest: _Forest, bases: int) -> NamedTree:
    """Put the nodes in the order of a numeric tree: parents before children, siblings as the base clusters."""
    children: list[list[int]] = [[] for _ in forest.parents]
    first = list(range(len(forest.parents)))
    for node, parent in enumerate(forest.parents):
        if parent >= 0:  # parents have higher numbers than their children
            children[parent].append(node)
            first[parent] = min(first[parent], first[node])
    order: list[int] = []
    levels: list[int] = []
    left = [(node, 0) for node in range(len(forest.parents)) if forest.parents[node] < 0]
    left.sort(key=lambda entry: -first[entry[0]])
    while left:
        node, level = left.pop()
        order.append(node)
        levels.append(level)
        left += [(child, level + 1) for child in sorted(children[node], key=lambda child: -first[child])]
    place = np.full(len(order) + 1, -1, np.int32)  # one more, for -1 to fall on
    place[order] = np.arange(len(order))
    parents = np.asarray(forest.parents, np.int64)[order]
    tree = Tree(parents=place[parents], levels=np.array(levels, np.int32), leaf_of_base=place[:bases])
    return NamedTree(tree, [forest.names[node] for node in order])


def _sizes(forest: _Forest, nodes: list[int]) -> NDArray[np.float64]:
    return np.array([forest.sizes[node] for node in nodes], np.float64)


def _fallback(family: Sequence[ClusterName], size: int, proposal: Proposal | None) -> ClusterName:
    """Name a parent of so many children without asking: as it was proposed, or else after the largest in the family."""
    if not family:
        return UNTOLD
    name, description = (proposal.name, proposal.description) if proposal else ("", "")
    others = "1 more topic" if size == 2 else f"{size - 1} more topics"
    listed = "; ".join(child.name for child in family)
    return ClusterName(
        name=name or f"{cut_words(family[0].name, MAX_WORDS - 4)} and {others}",
        description=description or prose(f"Conversations about {listed}", 1, MAX_DESCRIPTION_WORDS),
        slug=slug(name, [child.name for child in family], set()),
        keyphrases=list(dict.fromkeys(phrase for child in family for phrase in child.keyphrases[:2])),
        exemplars=[exemplar for child in family for exemplar in child.exemplars[:1]],
    )

"""The tree over the base clusters that were found, with the id of each node and what it continues."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kura_udfs.clustering import clusters, held, hierarchy, kinship
from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.clustering.succession import Heir, LastTree, held_to, parent_heirs, parents_of
from kura_udfs.naming import names as naming
from kura_udfs.naming.persons import Said
from kura_udfs.naming.voices import Authors, Thresholds
from kura_udfs.settings import NameSettings
from kura_udfs.stages.encoders import Encoder
from kura_udfs.stages.name_audit import Judgement
from kura_udfs.tables import Floats, Vectors, fingerprint
from kura_udfs.vectors import neighbours


class Bases(NamedTuple):
    """The k base clusters that were found, and what they are named from.

    Attributes
    ----------
    texts : Points
        Those of the fit, languages brought together.
    authors : Authors
    said : Said
    fit : Fitted
        Without the topics of a taxonomy.
    sizes : float64 array (k,)
        Conversations in each.
    centroids : float32 array (k, d)
    hidden : bool array (k,)
        Whether too few say it for anything to be told of it.
    encoder : Encoder
        The one that has made the vectors.
    """

    texts: Points
    authors: Authors
    said: Said
    fit: Fitted
    sizes: Floats
    centroids: Vectors
    hidden: NDArray[np.bool_]
    encoder: Encoder


class Nodes(NamedTuple):
    """A tree over the base clusters, and what is known of each of its m nodes.

    Attributes
    ----------
    tree : Tree
    ids : object array (m,)
    heirs : list of Heir or None
        What each has of the cluster of the last tree that it continues.
    names : list of ClusterName
    judgements : list of Judgement or None
        What the audit has said already of the name.
    flawed : list of bool
        Whether the name stands in the place of one that the audit would have failed.
    """

    tree: hierarchy.Tree
    ids: NDArray[np.object_]
    heirs: list[Heir | None]
    names: list[naming.ClusterName]
    judgements: list[Judgement | None]
    flawed: list[bool]


def tree_by_numbers(
    texts: Points, fit: Fitted, near: neighbours.Neighbours, held: LastTree | None, top_clusters: int, seed: int
) -> hierarchy.Tree:
    """Build the tree over the base clusters of a fit without a language model, held to the last one if it goes on."""
    sizes = clusters.cluster_sizes(fit.labels, texts.weights, len(fit.ids))
    centroids = clusters.centroids(texts.vectors, fit.labels, texts.weights)
    kin = kinship.kinship(neighbours.neighbour_graph(near), fit.labels, texts.weights, top_clusters, seed)
    return hierarchy.build_tree(centroids, sizes, top_clusters=top_clusters, before=held_to(held, sizes), kin=kin)


def identified(
    tree: hierarchy.Tree, fit: Fitted, before: LastTree | None, bases: Sequence[Heir | None]
) -> tuple[NDArray[np.object_], list[Heir | None]]:
    """Return the id of each node of a tree, and what it has of the cluster of the last tree that it continues.

    `bases` says that of the base clusters.
    """
    below = bases_below(tree)
    heirs: list[Heir | None] = [None] * len(tree.parents)
    ids = np.empty(len(tree.parents), object)
    for node, heir, base_id in zip(tree.leaf_of_base, bases, fit.ids, strict=True):
        heirs[node], ids[node] = heir, base_id
    parents = np.flatnonzero(~tree.is_leaf)
    for node, heir in zip(parents, parent_heirs(before, set(fit.ids), below[parents]), strict=True):
        born = "c" + fingerprint([fit.fit_id, *ids[tree.leaf_of_base[below[node] > 0]]])[:11]
        heirs[node], ids[node] = heir, heir.cluster_id if heir else born
    return ids, heirs


def with_lost_topics(named: set[str], before: LastTree, bases: Bases, nodes: Nodes) -> Nodes:
    """Put the topics of the last tree that a person has named back into a tree that lacks them, as they were called."""
    topics, old_below = parents_of(before)
    lost = held.lost_topics(named, set(nodes.ids), topics, old_below, before.flows)
    if not lost:
        return nodes
    kept = {node for node, cluster_id in enumerate(nodes.ids) if cluster_id in named}
    tree, origin = held.regrouped(nodes.tree, [topic.bases for topic in lost], bases.sizes, kept)
    there = pa.array(bases.texts.hashes, pa.string())
    ids, heirs, names = [*nodes.ids], [*nodes.heirs], [*nodes.names]
    for topic in lost:
        row = before.rows[topic.cluster_id]
        told = (row["name"], row["description"], row["slug"])
        exemplars = pc.index_in(pa.array(row["exemplars"], pa.string()), there).drop_null().to_pylist()
        ids.append(topic.cluster_id)
        heirs.append(Heir(topic.cluster_id, row["name_overlap"], told))
        names.append(naming.ClusterName(*told, row["keyphrases"], exemplars))
    judgements, flawed = [*nodes.judgements, *([None] * len(lost))], [*nodes.flawed, *([False] * len(lost))]
    return Nodes(
        tree,
        np.array([ids[node] for node in origin], object),
        [heirs[node] for node in origin],
        [names[node] for node in origin],
        [judgements[node] for node in origin],
        [flawed[node] for node in origin],
    )


def without_names_over(hidden: NDArray[np.bool_], nodes: Nodes) -> Nodes:
    """Have the parents of hidden base clusters named anew."""
    over = ~nodes.tree.is_leaf & (bases_below(nodes.tree) @ hidden > 0)
    return nodes._replace(
        heirs=[_unnamed(heir) if anew else heir for heir, anew in zip(nodes.heirs, over, strict=True)]
    )


def bases_below(tree: hierarchy.Tree) -> NDArray[np.float64]:
    """Return a row per cluster: 1 for each base cluster that it is or that is below it."""
    below = np.zeros((len(tree.parents), len(tree.leaf_of_base)))
    below[tree.leaf_of_base, np.arange(len(tree.leaf_of_base))] = 1
    for node in range(len(tree.parents) - 1, -1, -1):  # parents come before their children
        if tree.parents[node] >= 0:
            below[tree.parents[node]] += below[node]
    return below


def still_named(heirs: Sequence[Heir | None], names: Sequence[naming.ClusterName]) -> list[Heir | None]:
    """Take the names from the heirs that are called otherwise now."""
    told = [(name.name, name.description, name.slug) for name in names]
    return [heir if heir and heir.name == own else _unnamed(heir) for heir, own in zip(heirs, told, strict=True)]


def _unnamed(heir: Heir | None) -> Heir | None:
    return heir._replace(name=None) if heir else None


def thresholds_of(settings: NameSettings) -> Thresholds:
    return Thresholds(settings.min_published_conversations, settings.min_published_users)

"""A tree by numbers, named by what is said in its clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering import hierarchy
from kura_udfs.clustering.succession import LastTree, base_heirs
from kura_udfs.naming import names as naming
from kura_udfs.naming.audit import audited_names
from kura_udfs.naming.talk import read_tree
from kura_udfs.settings import NameSettings
from kura_udfs.stages.nodes import Bases, Nodes, identified, thresholds_of


def named_by_phrases(settings: NameSettings, bases: Bases, tree: hierarchy.Tree, before: LastTree | None) -> Nodes:
    """Name a tree by what is said in its clusters."""
    names, flawed = phrase_names(settings, bases, tree.parents, np.append(tree.leaf_of_base, -1)[bases.fit.labels])
    ids, heirs = identified(tree, bases.fit, before, base_heirs(before, bases.fit.ids))
    return Nodes(tree, ids, heirs, names, [None] * len(names), flawed)


def phrase_names(
    settings: NameSettings, bases: Bases, parents: NDArray[np.int32], leaf_of_point: NDArray[np.int32]
) -> tuple[list[naming.ClusterName], list[bool]]:
    """Return names, and which of them stand in the place of one that the audit would have failed."""
    talk = read_tree(
        bases.texts.texts,
        bases.texts.vectors,
        bases.texts.weights,
        leaf_of_point.astype(np.int64),
        parents.astype(np.int64),
        bases.authors,
        thresholds_of(settings),
    )
    return audited_names(talk, bases.encoder.embed, bases.said)

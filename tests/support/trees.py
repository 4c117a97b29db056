"""Labelled sets with the trees that the pipeline would build over them, to be named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from kura_udfs.clustering import clusters, hierarchy
from kura_udfs.clustering.kinship import kinship
from kura_udfs.clustering.points import Points
from kura_udfs.settings import ClusterSettings
from kura_udfs.stages.grouping import grouped
from kura_udfs.stages.points import brought_together
from kura_udfs.tables import Labels, Vectors
from kura_udfs.text.languages import human_language
from kura_udfs.vectors.encoder import Encoder
from kura_udfs.vectors.neighbours import neighbour_graph
from tests.support.labelled import TOP_CLUSTERS, Labelled, all_sets

MOST_TEXTS = 5_000


class Fit(NamedTuple):
    """A fitted set: its texts, where the fit has them, the leaf of each (-1 for outliers), and each cluster's parent."""

    labelled: Labelled
    vectors: Vectors
    leaf_of_text: Labels
    parents: Labels
    levels: Labels


def some_sets(folder: Path, chosen: str | None) -> Iterator[Labelled]:
    return (labelled for labelled in all_sets(folder, chosen) if len(labelled.texts) <= MOST_TEXTS)


def fitted(labelled: Labelled, encoder: Encoder) -> Fit:
    """Cluster and build the tree as the pipeline does."""
    n, texts = len(labelled.texts), labelled.texts
    languages = [human_language(text) for text in texts]
    points = Points(np.arange(n).astype(object), encoder.embed(texts), np.ones(n), texts, languages)
    points = brought_together(points)
    found, base = grouped(points, ClusterSettings("leiden", None, None, 0))
    centres = clusters.centroids(points.vectors, base.labels, points.weights)
    sizes = np.bincount(base.labels[base.labels >= 0], minlength=len(centres)).astype(np.float64)
    kin = kinship(neighbour_graph(found), base.labels, points.weights, TOP_CLUSTERS, 0)
    built = hierarchy.build_tree(centres, sizes, top_clusters=TOP_CLUSTERS, kin=kin)
    leaf_of_text = np.append(built.leaf_of_base, -1)[base.labels].astype(np.int32)
    return Fit(labelled, points.vectors, leaf_of_text, built.parents, built.levels)

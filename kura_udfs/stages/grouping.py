"""Base clusters of points, with the topics of a taxonomy beside them where there is one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering import clusters
from kura_udfs.clustering import taxonomy as topics
from kura_udfs.clustering.points import Points, chosen
from kura_udfs.settings import ClusterSettings
from kura_udfs.stages.taxonomy import Anchors
from kura_udfs.tables import Labels
from kura_udfs.vectors import neighbours


def grouped(
    points: Points,
    settings: ClusterSettings,
    earlier: clusters.Earlier | None = None,
    resolution: float | None = None,
) -> tuple[neighbours.Neighbours, clusters.BaseClusters]:
    """Return the neighbours of points that have been brought together, and their base clusters."""
    found = neighbours.nearest_neighbours(points.vectors, seed=settings.seed)
    base = clusters.fit_base_clusters(
        points.vectors,
        found,
        points.weights,
        method=settings.clustering_method,
        target=settings.clusters_target,
        min_size=settings.min_cluster_size,
        seed=settings.seed,
        kinds=np.unique([language or "" for language in points.languages], return_inverse=True)[1],
        earlier=earlier,
        resolution=resolution,
    )
    return found, base


def grouped_beside(
    points: Points,
    settings: ClusterSettings,
    anchors: Anchors,
    earlier: clusters.Earlier | None,
    check: Callable[[Points, topics.Placed], Labels] | None = None,
) -> tuple[neighbours.Neighbours, clusters.BaseClusters, NDArray[np.int32]]:
    """Return the neighbours of points that have been brought together, and which of them are what.

    The clusters are those of the points that fit no topic, as fine as the topics are; the last array says the topic of
    the others, -1 for none.
    """
    own = np.full(len(points.hashes), clusters.OUTLIER, np.int32)
    if not anchors.ids:
        return *grouped(points, settings, earlier), own
    found, whole = grouped(points, settings)
    placed = topics.placed(points.vectors, points.weights, whole.labels, anchors.topics, whole.min_size, settings.seed)
    own = check(points, placed) if check else placed.labels
    rest = np.flatnonzero(own < 0)
    labels = np.full(len(own), clusters.OUTLIER, np.int32)
    if points.weights[rest].sum() < whole.min_size or not points.vectors[rest].any():
        return found, whole._replace(labels=labels), own
    if earlier:
        earlier = earlier._replace(labels=earlier.labels[rest])
    as_fine = topics.resolution_of(own, anchors.topics, whole, settings.clustering_method)
    _, base = grouped(chosen(points, rest), settings, earlier, as_fine)
    labels[rest] = base.labels
    return found, base._replace(labels=labels), own

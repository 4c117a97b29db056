"""The fit: base clusters over the neighbour graph."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kura_udfs.clustering import clusters
from kura_udfs.stages.points import read_points
from kura_udfs.stages.tables import as_lists, fingerprint, table
from kura_udfs.vectors import neighbours
from kura_udfs.warehouse import Stage

# Raise it when neighbours, clusters, hierarchy, names or layout give another result: what they made is then made anew.
FIT_VERSION = 1

FIT = pa.schema(
    [
        ("fit_id", pa.string()),
        ("text_hash", pa.string()),
        ("base_cluster", pa.int32()),
        ("neighbours", pa.list_(pa.string())),
        ("similarities", pa.list_(pa.float32())),
    ]
)


def fit(stage: Stage, points: Any) -> pa.Table:
    """Learn the base clusters, or hand back the last fit if neither its points nor its settings have changed."""
    keys = stage.read(points, "text_hash, weight, recipe").sort_by("text_hash")
    fit_id = fingerprint(FIT_VERSION, stage.settings, keys.to_pydict())
    previous = stage.previous(fit_id=fit_id)
    stage.count(keys.num_rows, 0 if previous else keys.num_rows)
    if previous:
        return previous
    hashes, vectors, weights, _ = read_points(stage, points)
    settings = stage.settings
    stage.progress.say(f"learning clusters from {len(hashes):,} texts")
    found = neighbours.nearest_neighbours(vectors, seed=settings["seed"])
    base = clusters.fit_base_clusters(
        vectors,
        found,
        weights,
        method=settings["method"],
        target=settings["target"],
        min_size=settings["min_size"],
        seed=settings["seed"],
    )
    stage.figures = {"silhouette": base.silhouette, "resolution": base.resolution, "min_size": base.min_size}
    return table(
        FIT,
        fit_id=fit_id,
        text_hash=hashes,
        base_cluster=base.labels,
        neighbours=as_lists(hashes[found.indices]),
        similarities=as_lists(found.similarities),
    )

"""The points that a fit learned from, and what it says of them, out of the warehouse."""

from __future__ import annotations

import numpy as np

from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.tables import as_matrix, as_unit, numbered
from kura_udfs.warehouse.protocol import Relation, Warehouse


def read_points(warehouse: Warehouse, points: Relation) -> Points:
    """Read all points."""
    rows = warehouse.read(points, "text_hash, embedding, weight, cluster_text").sort_by("text_hash")
    return Points(
        rows["text_hash"].to_numpy(zero_copy_only=False),
        as_unit(as_matrix(rows["embedding"])),
        rows["weight"].to_numpy().astype(np.float64),
        rows["cluster_text"].to_pylist(),
    )


def read_fit(warehouse: Warehouse, fitted: Relation) -> Fitted:
    """Read which base cluster each point is in."""
    rows = warehouse.read(fitted, "fit_id, text_hash, cluster_id, previous_cluster_id").sort_by("text_hash")
    ids, previous_ids = (
        sorted(set(rows[column].drop_null().to_pylist())) for column in ("cluster_id", "previous_cluster_id")
    )
    return Fitted(
        rows["fit_id"][0].as_py() if rows.num_rows else "",
        numbered(rows["cluster_id"], ids),
        ids,
        numbered(rows["previous_cluster_id"], previous_ids),
        previous_ids,
    )

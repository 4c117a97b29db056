"""Places on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kura_udfs.clustering import layout
from kura_udfs.stages.points import read_labels, read_points
from kura_udfs.stages.tables import as_matrix, table
from kura_udfs.vectors import neighbours
from kura_udfs.warehouse import Stage

MAP = pa.schema([("fit_id", pa.string()), ("text_hash", pa.string()), ("x", pa.float64()), ("y", pa.float64())])


def place(stage: Stage, points: Any, fitted: Any, embeddings: Any) -> pa.Table:
    """Give every text a place on the map: the fitted ones by the layout, the others among them."""
    fit_id, _ = read_labels(stage, fitted)
    hashes = stage.read(embeddings, "text_hash")["text_hash"]
    known = stage.previous(fit_id=fit_id)
    if known is None:
        known = _fitted_positions(stage, points, fitted, fit_id)
        new = known.num_rows
    else:
        known = known.filter(pc.is_in(known["text_hash"], hashes))
        new = 0
    others = stage.read(embeddings, "text_hash, embedding").filter(pc.invert(pc.is_in(hashes, known["text_hash"])))
    stage.count(len(hashes), new + others.num_rows)
    if not others.num_rows or not known.num_rows:
        return known
    landmarks = stage.read(points, "text_hash, embedding")
    landmarks = landmarks.join(known.select(["text_hash", "x", "y"]), "text_hash", join_type="inner").sort_by(
        "text_hash"
    )
    positions = layout.place(
        as_matrix(others["embedding"]),
        as_matrix(landmarks["embedding"]),
        np.column_stack([landmarks["x"].to_numpy(), landmarks["y"].to_numpy()]),
    )
    placed = table(MAP, fit_id=fit_id, text_hash=others["text_hash"], x=positions[:, 0], y=positions[:, 1])
    return pa.concat_tables([known, placed])


def _fitted_positions(stage: Stage, points: Any, fitted: Any, fit_id: str) -> pa.Table:
    hashes, vectors, _, _ = read_points(stage, points)
    graph = stage.read(fitted, "text_hash, neighbours, similarities").sort_by("text_hash")
    indices = pc.index_in(pc.list_flatten(graph["neighbours"]), graph["text_hash"]).to_numpy()
    similarities = as_matrix(graph["similarities"])
    found = neighbours.Neighbours(indices.reshape(similarities.shape).astype(np.int32), similarities)
    stage.progress.say(f"laying out {len(hashes):,} texts")
    positions = layout.map_points(vectors, found, seed=stage.settings["seed"])
    return table(MAP, fit_id=fit_id, text_hash=hashes, x=positions[:, 0], y=positions[:, 1])

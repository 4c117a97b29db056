"""Places on the map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kura_udfs.clustering import layout
from kura_udfs.clustering.points import Points
from kura_udfs.settings import MapSettings
from kura_udfs.stages.points import read_neighbours, read_points
from kura_udfs.stages.snowflake import in_engine
from kura_udfs.tables import as_matrix, as_unit, table
from kura_udfs.vectors.neighbours import landmarks
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage

MAP = pa.schema([("fit_id", pa.string()), ("text_hash", pa.string()), ("x", pa.float64()), ("y", pa.float64())])


def place(stage: Stage, settings: MapSettings, texts: Relation, fitted: Relation, embeddings: Relation) -> Any:
    """Give every text a place on the map: the fitted ones by the layout, the others among them.

    The layout of a new fit starts from the last one, so that people find their way about it. The fit is that of the
    first lens: one map for all of them.
    """
    warehouse, [lens, *_] = stage.warehouse, settings.lens.each()
    if stage.sends_nothing and (kept := stage.last(MAP)):  # a trial run moves nothing
        return kept
    is_fitted = f"text_hash in (select text_hash from {warehouse.name(fitted)} where {lens.where})"
    fitted = fitted.filter(lens.where)
    points = texts.filter(lens.where).join(embeddings, "text_hash").join(fitted, "text_hash")
    fit_ids = warehouse.read(fitted, "distinct fit_id")["fit_id"]
    fit_id = fit_ids[0].as_py() if len(fit_ids) else ""
    last = stage.last(MAP, is_fitted) or MAP.empty_table()
    is_new = not last.num_rows or last["fit_id"][0].as_py() != fit_id
    # on most nights nothing is new, and then no vector need be read
    known = read_points(warehouse, points) if is_new else None
    anchors = _fitted_positions(stage, settings.seed, known, fitted, fit_id, last) if known else last
    unplaced = f"not {is_fitted}" if is_new else f"text_hash not in (select text_hash from {warehouse.this})"
    total, others = (warehouse.read(embeddings, "count(*) as n", where)["n"][0].as_py() for where in ("true", unplaced))
    stage.rows_in, stage.rows_new = total, total if is_new else others
    if not anchors.num_rows:
        return anchors
    # those that were placed among the same landmarks before
    earlier = f"not {is_fitted} and text_hash in (select text_hash from {warehouse.name(embeddings)})"
    if isinstance(warehouse, Snowflake):
        return in_engine.positions(warehouse, embeddings, anchors, fit_id, None if is_new else earlier, unplaced)
    placed = [anchors, (None if is_new else stage.last(MAP, earlier)) or MAP.empty_table()]
    if others:
        placed += _among(stage, known or read_points(warehouse, points), anchors, embeddings, unplaced, others)
    return pa.concat_tables(placed)


def _among(
    stage: Stage, known: Points, anchors: pa.Table, embeddings: Relation, unplaced: str, count: int
) -> Iterator[pa.Table]:
    """Place texts among landmarks, as many at a time as memory likes."""
    fit_id, start, among = anchors["fit_id"][0].as_py(), _positions_of(known.hashes, anchors), landmarks(known.vectors)
    stage.progress.start(count)
    for batch in stage.warehouse.batches(embeddings, "text_hash, embedding", unplaced):
        vectors = as_unit(as_matrix(pa.chunked_array([batch["embedding"]])))
        positions = layout.place(vectors, among, start)
        yield table(MAP, fit_id=fit_id, text_hash=batch["text_hash"], x=positions[:, 0], y=positions[:, 1])
        stage.progress.advance(batch.num_rows)


def _fitted_positions(
    stage: Stage, seed: int, points: Points, fitted: Relation, fit_id: str, last: pa.Table
) -> pa.Table:
    found = read_neighbours(stage.warehouse, fitted, points.vectors, seed)
    stage.progress.say(f"laying out {len(points.hashes):,} texts")
    positions = layout.map_points(points.vectors, found, seed=seed, start=_start(points, last))
    return table(MAP, fit_id=fit_id, text_hash=points.hashes, x=positions[:, 0], y=positions[:, 1])


def _start(points: Points, last: pa.Table) -> NDArray[np.float64] | None:
    """Return where the points were on the last map, what is new among its likes; None if most are new."""
    known = pc.is_in(pa.array(points.hashes, pa.string()), last["text_hash"]).to_numpy(zero_copy_only=False)
    if 2 * known.sum() < len(points.hashes):
        return None
    start = np.empty((len(points.hashes), 2))
    start[known] = _positions_of(points.hashes[known], last)
    if not known.all():
        start[~known] = layout.place(points.vectors[~known], landmarks(points.vectors[known]), start[known])
    return start


def _positions_of(hashes: NDArray[np.object_], known: pa.Table) -> NDArray[np.float64]:
    rows = pc.index_in(pa.array(hashes, pa.string()), known["text_hash"])
    return np.column_stack([known[axis].combine_chunks().take(rows).to_numpy() for axis in ("x", "y")])

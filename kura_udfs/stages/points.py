"""The points that a fit learned from, and what it says of them, out of the warehouse."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.naming.voices import Authors
from kura_udfs.settings import Lens
from kura_udfs.tables import Labels, Vectors, as_matrix, as_unit, numbered
from kura_udfs.text.languages import HUMAN_LANGUAGES
from kura_udfs.vectors import languages, neighbours
from kura_udfs.warehouse.protocol import Relation, Warehouse
from kura_udfs.warehouse.stage import Stage

COLUMNS = "text_hash, embedding, weight, cluster_text, language"


def lens_of(stage: Stage) -> Lens:
    """Return the lens that a stage works on."""
    assert stage.lens is not None, "this stage works on one lens after the other"
    return stage.lens


def fitted_points(stage: Stage, texts: Relation, embeddings: Relation, fitted: Relation) -> Relation:
    """Return the points that the fit of the stage's lens has learned from, out of what dbt.ref gives."""
    return stage.of_lens(texts).join(embeddings, "text_hash").join(stage.of_lens(fitted), "text_hash")


def read_points(warehouse: Warehouse, points: Relation, where: str = "true") -> Points:
    """Read points, by default all."""
    return points_of(warehouse.read(points, COLUMNS, where))


def points_of(rows: pa.Table) -> Points:
    """Return points out of rows with these `COLUMNS`, in the order of their hashes."""
    rows = rows.sort_by("text_hash")
    return Points(
        rows["text_hash"].to_numpy(zero_copy_only=False),
        as_unit(as_matrix(rows["embedding"])),
        rows["weight"].to_numpy().astype(np.float64),
        rows["cluster_text"].to_pylist(),
        [language if language in HUMAN_LANGUAGES else None for language in rows["language"].to_pylist()],
    )


def read_authors(warehouse: Warehouse, points: Relation) -> Authors:
    """Read who said each of the points, in the order of their hashes."""
    rows = warehouse.read(points, "text_hash, author, user_count").sort_by("text_hash")
    sole = pc.fill_null(rows["author"].cast(pa.int64()), -1)
    return Authors(sole.to_numpy(), rows["user_count"].cast(pa.int64()).to_numpy())


def shifts_of(fitted: Points) -> dict[str, Vectors]:
    """Return by how much the vectors of each language are moved before a fit of these texts."""
    return languages.language_shifts(fitted.vectors, fitted.languages)


def brought_together(points: Points, fitted: Points | None = None) -> Points:
    """Return the points with the mean of each language where that of all is; the means are those of fitted points."""
    shifts = shifts_of(points if fitted is None else fitted)
    return points._replace(vectors=languages.moved(points.vectors, points.languages, shifts))


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


def labels_of(points: Points, last: pa.Table | None) -> tuple[Labels, list[str]]:
    """Return the cluster of each point in the last fit, -1 for outliers and what is new, and the clusters' ids."""
    if last is None:
        return np.full(len(points.hashes), -1, np.int32), []
    ids = sorted(set(last["cluster_id"].drop_null().to_pylist()))
    rows = pc.index_in(pa.array(points.hashes, pa.string()), last["text_hash"])
    return numbered(last["cluster_id"].combine_chunks().take(rows), ids), ids


def read_neighbours(warehouse: Warehouse, fitted: Relation, vectors: Vectors, seed: int) -> neighbours.Neighbours:
    """Read the neighbours that the fit has found, of the points in the order of their hashes."""
    graph = warehouse.read(fitted, "text_hash, neighbours, similarities").sort_by("text_hash")
    indices = pc.index_in(pc.list_flatten(graph["neighbours"]), graph["text_hash"])
    if indices.null_count:  # a neighbour has been deleted since the fit
        return neighbours.nearest_neighbours(vectors, seed=seed)
    similarities = as_matrix(graph["similarities"])
    return neighbours.Neighbours(indices.to_numpy().reshape(similarities.shape).astype(np.int32), similarities)

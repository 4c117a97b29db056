"""What the stages of a fit read alike: its points, its labels, and the encoder of its texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from kura_udfs.clustering.points import Fitted, Points
from kura_udfs.tables import Vectors, as_matrix, as_unit, numbered
from kura_udfs.vectors import encoders
from kura_udfs.warehouse.stage import Stage


class Encoder(Protocol):
    """What turns texts into unit vectors: a model that runs here, or one that is paid."""

    @property
    def id(self) -> str:
        """Names everything that shapes a vector."""

    def embed(self, texts: Sequence[str], advance: Callable[[int], None] | None = None) -> Vectors:
        """Return a vector per text."""


def read_points(stage: Stage, points: Any) -> Points:
    """Read all points."""
    rows = stage.read(points, "text_hash, embedding, weight, cluster_text").sort_by("text_hash")
    return Points(
        rows["text_hash"].to_numpy(zero_copy_only=False),
        as_unit(as_matrix(rows["embedding"])),
        rows["weight"].to_numpy().astype(np.float64),
        rows["cluster_text"].to_pylist(),
    )


def read_fit(stage: Stage, fitted: Any) -> Fitted:
    """Read which base cluster each point is in."""
    rows = stage.read(fitted, "fit_id, text_hash, cluster_id, previous_cluster_id").sort_by("text_hash")
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


def load_encoder(stage: Stage, texts: Any) -> Encoder:
    """Return the encoder that the settings name; one that learns does so from all texts."""
    from kura_udfs.stages.snowflake import in_engine

    settings = stage.settings
    if in_engine.embeds(stage):
        return in_engine.EngineEncoder(stage)
    if settings["embedder"] == "lsa":
        # learned from the texts themselves: one more text, and every vector is a different one
        return encoders.fit_lsa(stage.read(texts, "distinct cluster_text")["cluster_text"].to_pylist())
    if settings["embedder"] == "openai":
        from kura_udfs.llm.paid_vectors import PaidEncoder

        return PaidEncoder(stage)
    return encoders.load_encoder(
        settings["embedder"], settings["path"], settings["precision"], report=stage.progress.say
    )

"""What the stages of a fit read alike: its points, its labels, and the encoder of its texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kura_udfs.stages.tables import Vectors, as_matrix
from kura_udfs.vectors import encoders
from kura_udfs.warehouse import Stage


class Encoder(Protocol):
    """What turns texts into unit vectors: a model that runs here, or one that is paid."""

    @property
    def id(self) -> str:
        """Names everything that shapes a vector."""

    def embed(self, texts: Sequence[str], advance: Callable[[int], None] | None = None) -> Vectors:
        """Return a vector per text."""


def read_points(stage: Stage, points: Any) -> tuple[NDArray[np.object_], Vectors, NDArray[np.float64], list[str]]:
    """Return hashes, vectors, weights and texts of what is fitted, in the order of the hashes."""
    rows = stage.read(points, "text_hash, embedding, weight, cluster_text").sort_by("text_hash")
    hashes = rows["text_hash"].to_numpy(zero_copy_only=False)
    return (
        hashes,
        as_matrix(rows["embedding"]),
        rows["weight"].to_numpy().astype(np.float64),
        rows["cluster_text"].to_pylist(),
    )


def read_labels(stage: Stage, fitted: Any) -> tuple[str, NDArray[np.int32]]:
    """Return the id of the fit and the base cluster of every point, in the order of the hashes."""
    rows = stage.read(fitted, "fit_id, text_hash, base_cluster").sort_by("text_hash")
    return (rows["fit_id"][0].as_py() if rows.num_rows else ""), rows["base_cluster"].to_numpy()


def load_encoder(stage: Stage, texts: Any) -> Encoder:
    """Return the encoder that the settings name; one that learns does so from all texts."""
    settings = stage.settings
    if settings["embedder"] == "lsa":
        # learned from the texts themselves: one more text, and every vector is a different one
        return encoders.fit_lsa(stage.read(texts, "distinct cluster_text")["cluster_text"].to_pylist())
    if settings["embedder"] == "openai":
        from kura_udfs.embedding import PaidEncoder

        return PaidEncoder(stage)
    return encoders.load_encoder(
        settings["embedder"], settings["path"], settings["precision"], report=stage.progress.say
    )

"""Vectors of the texts that conversations are clustered by."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kura_udfs.stages.points import load_encoder
from kura_udfs.tables import as_lists, table
from kura_udfs.warehouse.stage import Stage

EMBEDDINGS = pa.schema([("text_hash", pa.string()), ("recipe", pa.string()), ("embedding", pa.list_(pa.float32()))])


def embed(stage: Stage, texts: Any) -> Any:
    """Embed every text that has no vector of this encoder yet."""
    from kura_udfs.stages.snowflake import in_engine

    if in_engine.embeds(stage):
        return in_engine.embeddings(stage, texts)
    encoder = load_encoder(stage, texts)
    if stage.settings["embedder"] == "openai" and stage.sends_nothing():
        return EMBEDDINGS.empty_table()
    rows = stage.unseen(texts, "text_hash, cluster_text", key="text_hash", recipe=encoder.id)
    if stage.settings["embedder"] == "openai":
        from kura_udfs.llm.paid_vectors import stored_key

        for text, text_hash in zip(rows["cluster_text"].to_pylist(), rows["text_hash"].to_pylist(), strict=True):
            stage.subjects[stored_key(encoder.id, text)] = text_hash
    stage.progress.start(rows.num_rows)
    vectors = encoder.embed(rows["cluster_text"].to_pylist(), advance=stage.progress.advance)
    return table(EMBEDDINGS, text_hash=rows["text_hash"], recipe=encoder.id, embedding=as_lists(vectors))

"""Vectors of the texts that conversations are clustered by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kura_udfs.settings import EmbeddingSettings
from kura_udfs.stages.encoders import chosen, load_encoder
from kura_udfs.stages.snowflake import in_engine
from kura_udfs.tables import as_lists, table
from kura_udfs.vectors import encoders
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
    from kura_udfs.llm.paid_vectors import PaidEncoder

EMBEDDINGS = pa.schema([("text_hash", pa.string()), ("recipe", pa.string()), ("embedding", pa.list_(pa.float32()))])


def embed(stage: Stage, settings: EmbeddingSettings, texts: Relation, paid: Relation) -> Any:
    """Embed every text that has no vector of this encoder yet; `paid` is the table of those that were paid for."""
    embedder, reason = chosen(stage, settings.embedder, texts)
    stage.figures |= {"embedder": embedder.embedder, "embedder_reason": reason}
    if isinstance(stage.warehouse, Snowflake) and embedder.embedder == "cortex":
        from kura_udfs.stages.snowflake import cortex_embeddings

        return cortex_embeddings.embed(stage, stage.warehouse, settings, texts, paid)
    if isinstance(stage.warehouse, Snowflake) and in_engine.embeds(embedder):
        return in_engine.embeddings(stage, stage.warehouse, embedder, texts)
    is_paid = embedder.embedder == "openai"
    known = encoders.known_id(embedder.embedder, embedder.embedder_precision)
    encoder = None if known else load_encoder(stage, embedder, settings.model, texts, paid)
    if is_paid and stage.sends_nothing:
        return EMBEDDINGS.empty_table()
    recipe = known or encoder.id  # type: ignore[union-attr]  # one of the two is there
    rows = stage.unseen(texts, "text_hash, cluster_text", key="text_hash", recipe=recipe)
    if not rows.num_rows:  # in most nights, and then no encoder need be loaded
        return EMBEDDINGS.empty_table()
    encoder = encoder or load_encoder(stage, embedder, settings.model, texts, paid)
    hashes, words = rows["text_hash"].to_pylist(), rows["cluster_text"].to_pylist()
    stage.progress.start(rows.num_rows)
    if is_paid:
        paying: PaidEncoder = encoder  # type: ignore[assignment]
        vectors = paying.embed(words, stage.progress.advance, subjects=hashes)
    else:
        vectors = encoder.embed(words, stage.progress.advance)
    return table(EMBEDDINGS, text_hash=rows["text_hash"], recipe=encoder.id, embedding=as_lists(vectors))

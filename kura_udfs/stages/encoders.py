"""The encoder of a stage: a model that runs here, one that is paid, or one in the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kura_udfs.settings import EmbedderSettings, EmbeddingSettings, ModelSettings
from kura_udfs.stages.snowflake import in_engine
from kura_udfs.tables import Vectors
from kura_udfs.text.tokens import count_tokens
from kura_udfs.vectors import encoders
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage


class Encoder(Protocol):
    """What turns texts into unit vectors."""

    @property
    def id(self) -> str:
        """Names everything that shapes a vector."""

    def embed(self, texts: Sequence[str], advance: Callable[[int], None] | None = None) -> Vectors:
        """Return a vector per text."""


def load_encoder(
    stage: Stage, settings: EmbedderSettings, server: ModelSettings, texts: Relation, paid: Relation
) -> Encoder:
    """Return the encoder that the settings name.

    Parameters
    ----------
    stage : Stage
    settings : EmbedderSettings
    server : ModelSettings
        Where a paid encoder is, and what it may cost.
    texts : Relation
        With a column `cluster_text`: an encoder that learns does so from all of them.
    paid : Relation
        `dbt.ref("kura_embedding_responses")`.
    """
    if isinstance(stage.warehouse, Snowflake) and in_engine.embeds(settings):
        return in_engine.EngineEncoder(stage.warehouse, settings, _payer(stage, settings, server))
    if settings.embedder == "lsa":
        # learned from the texts themselves: one more text, and every vector is a different one
        found = stage.warehouse.read(texts, "distinct cluster_text")
        return encoders.fit_lsa(found["cluster_text"].to_pylist())
    if settings.embedder == "openai":
        from kura_udfs.llm.paid_vectors import PaidEncoder, encoder_id
        from kura_udfs.llm.stores import StoredVectors

        store = StoredVectors(stage.warehouse, paid, encoder_id(settings))
        return PaidEncoder(settings, server, stage.account, store, stage.sends_nothing)
    return encoders.load_encoder(
        settings.embedder, settings.embedder_path, settings.embedder_precision, report=stage.progress.say
    )


def _payer(stage: Stage, settings: EmbedderSettings, server: ModelSettings) -> Callable[[Sequence[str]], None]:
    """Return what books the vectors of texts, where a model in Snowflake makes them."""

    def pay(texts: Sequence[str]) -> None:
        if settings.embedder == "cortex":
            from kura_udfs.llm.cortex import embedding_cost

            tokens = sum(map(count_tokens, texts))
            stage.account.book(embedding_cost(EmbeddingSettings(server, settings), len(texts), tokens))

    return pay

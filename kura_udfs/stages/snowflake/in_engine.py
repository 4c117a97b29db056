"""Summaries, vectors and places on the map by queries, where no language model is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from kura_udfs.clustering.layout import NEAREST
from kura_udfs.llm.cortex import dimensions_of, embed_sql, embedding_tokens
from kura_udfs.settings import EmbedderSettings
from kura_udfs.tables import Vectors, as_matrix
from kura_udfs.text import facets as local
from kura_udfs.vectors import encoders
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.sql import literal, sql_type
from kura_udfs.warehouse.stage import Stage

# Texts with a position that a text without one is compared with; the nearest of them place it.
LANDMARKS = 2_000
_SCALE, _PLACES = 1_000_000_000, 10_000

_FUNCTIONS = {"minilm": "kura_embed", "multilingual": "kura_embed_multilingual"}


def local_summaries(
    stage: Stage, warehouse: Snowflake, functions: str, transcripts: Relation, schema: pa.Schema
) -> Any:
    """Summarise the transcripts that have no summary of this recipe yet, without a language model."""
    where = stage.is_unseen("content_hash", local.RECIPE, "not is_empty")
    stage.count_unseen(transcripts, "content_hash", local.RECIPE, "not is_empty")
    return warehouse.rows(local_summaries_sql(functions, warehouse.source(transcripts), where, schema))


def local_summaries_sql(functions: str, transcripts: str, where: str, schema: pa.Schema) -> str:
    """Return the query for the summaries of those transcripts that a condition holds for.

    Snowpark makes a column NOT NULL that can't be null, such as a literal, and what another provider adds to the table
    may be null there: so what is fixed hangs on the facets, too.
    """
    computed = {name: f"facets['{name}']" for name in ("summary", "request", "languages")}
    fixed = {
        "recipe": local.RECIPE,
        "status": "ok",
        "model": "local",
        "input_tokens": 0,
        "output_tokens": 0,
        "cost_usd": 0.0,
    }
    told = {name: f"case when facets is not null then {literal(value)} end" for name, value in fixed.items()}
    expressions = {**computed, **told, "content_hash": "content_hash"}
    selected = [
        f"cast({expressions.get(field.name, 'null')} as {sql_type(field.type)}) as {field.name}" for field in schema
    ]
    return f"""
        select {", ".join(selected)}
        from (
            select content_hash, {function_name(functions, "kura_local_facets")}(user_turns, transcript) as facets
            from (
                select distinct content_hash, user_turns, transcript
                from {transcripts}
                where {where}
            ) as unseen
        ) as summarised
    """


def embeddings(stage: Stage, warehouse: Snowflake, settings: EmbedderSettings, texts: Relation) -> Any:
    """Embed the texts that have no vector of this encoder yet."""
    encoder = EngineEncoder(warehouse, settings)
    where = stage.is_unseen("text_hash", encoder.id)
    stage.count_unseen(texts, "text_hash", encoder.id)
    return warehouse.rows(f"""
        select text_hash, {literal(encoder.id)} as recipe, {encoder.sql("cluster_text")} as embedding
        from (
            select distinct text_hash, cluster_text from {warehouse.source(texts)} where {where}
        ) as unseen
    """)


def positions(
    warehouse: Snowflake, embeddings: Relation, anchors: pa.Table, fit_id: str, earlier: str | None, unplaced: str
) -> Any:
    """Place texts among those that have a position, as `layout.place` does, but among an even choice of these.

    `anchors` are positions of fitted texts. `earlier` is the condition of other texts whose position is kept,
    `unplaced` that of those that have none.
    """
    vectors, places = warehouse.name(embeddings), warehouse.query_of(anchors)
    kept = f"union all select fit_id, text_hash, x, y from {warehouse.this} where {earlier}" if earlier else ""
    # of each text the largest few of numbers, with no sorting: a similarity in billionths, then the landmark
    key = f"cast(round({_SCALE} * similarity) as bigint) * {_PLACES} + number"
    return warehouse.rows(f"""
        with anchors as ({places}),
        landmarks as (
            select
                anchors.x, anchors.y, vectors.embedding, {_norm("vectors.embedding")} as norm,
                {LANDMARKS} - row_number() over (order by anchors.text_hash) as number
            from anchors
            inner join {vectors} as vectors on anchors.text_hash = vectors.text_hash
            qualify number >= 0
        ),
        others as (
            select text_hash, embedding, {_norm("embedding")} as norm from {vectors} where {unplaced}
        ),
        compared as (
            select
                others.text_hash, landmarks.number,
                greatest(coalesce(
                    vector_inner_product(others.embedding, landmarks.embedding) / (others.norm * landmarks.norm), 0
                ), 1e-6) as similarity
            from others
            cross join landmarks
        ),
        nearest as (
            select text_hash, max_by({key}, {key}, {NEAREST}) as keys
            from compared
            group by text_hash
        ),
        weighted as (
            select
                nearest.text_hash, mod(cast(entry.value as bigint), {_PLACES}) as number,
                floor(cast(entry.value as bigint) / {_PLACES}) as weight
            from nearest, lateral flatten(input => nearest.keys) as entry
        )
        select fit_id, text_hash, x, y from anchors
        {kept}
        union all
        select
            {literal(fit_id)}, weighted.text_hash,
            sum(weighted.weight * landmarks.x) / sum(weighted.weight),
            sum(weighted.weight * landmarks.y) / sum(weighted.weight)
        from weighted
        inner join landmarks on weighted.number = landmarks.number
        group by weighted.text_hash
    """)


def _norm(vector: str) -> str:
    """Return the length of a vector; null for one that has none."""
    return f"nullif(sqrt(vector_inner_product({vector}, {vector})), 0)"


def embeds(settings: EmbedderSettings) -> bool:
    """Whether Snowflake embeds itself: by Kura's function for it, or a model of its own."""
    return settings.embedder in ("cortex", *_FUNCTIONS)


def function_name(functions: str, name: str) -> str:
    """Return how SQL calls one of Kura's functions; `functions` is the setting `snowflake_functions`."""
    return functions.replace("NAME", name)


class EngineEncoder:
    """An encoder like those of `kura_udfs.vectors.encoders`, whose vectors come out of a query.

    Parameters
    ----------
    warehouse : Snowflake
    settings : EmbedderSettings
    pay : callable, optional
        Is called with the texts that have got vectors by `embed`.
    """

    def __init__(
        self,
        warehouse: Snowflake,
        settings: EmbedderSettings,
        pay: Callable[[Sequence[str]], None] = lambda texts: None,
    ) -> None:
        self._warehouse = warehouse
        self._settings = settings
        self._pay = pay
        if settings.embedder == "cortex":
            self.id = f"cortex-{settings.cortex_embedding_model}"
            self.dimensions = dimensions_of(settings.cortex_embedding_model)
        else:
            # the functions know no setting
            multilingual = settings.embedder == "multilingual"
            self.id = encoders.multilingual_id() if multilingual else encoders.minilm_id()
            self.dimensions = encoders.MULTILINGUAL_DIMENSIONS if multilingual else encoders.MINILM_DIMENSIONS

    def sql(self, text: str) -> str:
        """Return the expression that gives the vector of a text."""
        return f"cast({self.call(self.cut(text))} as vector(float, {self.dimensions}))"

    def call(self, text: str) -> str:
        """Return what is called for the vector of a text that is short enough."""
        settings = self._settings
        if settings.embedder == "cortex":
            return embed_sql(settings.cortex_embedding_model, text)
        return f"{function_name(settings.snowflake_functions, _FUNCTIONS[settings.embedder])}({text})"

    def cut(self, text: str) -> str:
        """Return the expression of as much of a text as a model in Snowflake takes; Kura's functions cut themselves."""
        settings = self._settings
        if settings.embedder != "cortex":
            return text
        budget = embedding_tokens(settings.cortex_embedding_model)
        return f"{function_name(settings.snowflake_functions, 'kura_truncate')}({text}, {budget})"

    def embed(self, texts: Sequence[str], advance: Callable[[int], None] | None = None) -> Vectors:
        """Return the vectors of texts, as `Encoder.embed` does."""
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for start in range(0, len(texts), 500):
            part = texts[start : start + 500]
            given = ", ".join(f"({place}, ?)" for place in range(start, start + len(part)))
            rows = self._warehouse.query(
                f"select place, {self.sql('text')} as vector from (values {given}) as given (place, text)", tuple(part)
            )
            vectors[rows["place"].to_numpy()] = as_matrix(rows["vector"])
            self._pay(part)
        return vectors

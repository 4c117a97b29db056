"""Summaries and facets: computed from the text, or written by a language model."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from kura_udfs.settings import SummarySettings
from kura_udfs.stages.desk import check_paid_models, open_responses
from kura_udfs.tables import table
from kura_udfs.text import facets as local
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage

SUMMARIES = pa.schema(
    [
        ("content_hash", pa.string()),
        ("recipe", pa.string()),
        ("summary", pa.string()),
        ("request", pa.string()),
        ("task", pa.string()),
        ("topic", pa.string()),
        ("languages", pa.string()),
        ("concerning_score", pa.int64()),
        ("user_frustration", pa.int64()),
        ("assistant_errors", pa.string()),
        ("issue", pa.string()),
        ("issue_side", pa.string()),
        ("outcome", pa.string()),
        ("outcome_evidence", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("model", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cost_usd", pa.float64()),
    ]
)


def summarise(
    stage: Stage, settings: SummarySettings, transcripts: Relation, responses: Relation, batches: Relation
) -> Any:
    """Summarise every transcript that has no summary of this recipe yet.

    `responses` and `batches` are the tables of the answers that were paid for, and of the batches under way.
    """
    warehouse, schema = stage.warehouse, _schema(settings)
    if settings.model.provider == "openai":
        from kura_udfs.stages import model_summaries

        return model_summaries.summarise(stage, settings, transcripts, responses, batches, schema)
    if isinstance(warehouse, Snowflake) and settings.model.provider == "cortex":
        from kura_udfs.stages.snowflake import cortex_summaries

        store = open_responses(stage, responses)
        return cortex_summaries.summarise(stage, warehouse, settings, transcripts, store, schema)
    if isinstance(warehouse, Snowflake):
        from kura_udfs.stages.snowflake import in_engine

        functions = settings.embedder.snowflake_functions
        return in_engine.local_summaries(stage, warehouse, functions, transcripts, SUMMARIES)
    return _local_summaries(stage, settings, transcripts)


def _local_summaries(stage: Stage, settings: SummarySettings, transcripts: Relation) -> pa.Table:
    rows = stage.unseen(
        transcripts,
        "content_hash, transcript, user_turns",
        key="content_hash",
        recipe=local.RECIPE,
        where="not is_empty",
    )
    if rows.num_rows and not stage.sends_nothing:
        check_paid_models(settings)
    stage.progress.start(rows.num_rows)
    columns: dict[str, list[str | None]] = {"summary": [], "request": [], "languages": []}
    for turns, transcript in zip(rows["user_turns"].to_pylist(), rows["transcript"].to_pylist(), strict=True):
        for name, value in local.local_facets(turns, transcript).items():
            columns[name].append(value)
        stage.progress.advance(1)
    return table(
        SUMMARIES,
        content_hash=rows["content_hash"],
        recipe=local.RECIPE,
        status="ok",
        model="local",
        input_tokens=0,
        output_tokens=0,
        cost_usd=0.0,
        **columns,
    )


def _schema(settings: SummarySettings) -> pa.Schema:
    from kura_udfs.prompting import facets

    own = facets.user_facets(settings.facets)
    return pa.schema([*SUMMARIES, *((facet.name, facets.arrow_type(facet)) for facet in own)])

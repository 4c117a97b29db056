"""Summaries and facets: computed from the text, or written by a language model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kura_udfs.llm.answers import check_access
from kura_udfs.llm.stores import Batches
from kura_udfs.settings import SummarySettings
from kura_udfs.stages.desk import open_desk, open_responses
from kura_udfs.tables import table
from kura_udfs.text import facets as local
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kura_udfs.llm.requests import Answer, Request

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
        return _model_summaries(stage, settings, transcripts, responses, batches)
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
    if rows.num_rows and settings.embedder.embedder == "openai" and not stage.sends_nothing:
        check_access(settings.model, _paid_models(settings))
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


def _model_summaries(
    stage: Stage, settings: SummarySettings, transcripts: Relation, responses: Relation, batches: Relation
) -> pa.Table:
    from kura_udfs.llm import batch_answers
    from kura_udfs.prompting import facets, prompts
    from kura_udfs.prompting import summaries as model_summaries
    from kura_udfs.prompting.facet_answers import answer_model
    from kura_udfs.prompting.questions import LanguageModel

    asked, schema = [*facets.BUILT_IN, *facets.user_facets(settings.facets)], _schema(settings)
    templates = prompts.load_prompts(settings.model.prompts_path)
    model = LanguageModel(settings.model.llm_model, settings.model.llm_parameters)
    recipe = model_summaries.summary_recipe(asked, templates["summary"], model)
    screener, screening = settings.screener, ""
    if screener:
        screening = model_summaries.screener_recipe(screener, templates["screener"], model)
    row_recipe = f"{recipe}:{screening}" if screener else recipe

    read = stage.unseen_batches(
        transcripts, "content_hash, transcript", key="content_hash", recipe=row_recipe, where="not is_empty"
    )
    if not stage.rows_new or stage.sends_nothing:
        return schema.empty_table()
    check_access(settings.model, _paid_models(settings))
    desk = open_desk(stage, settings.model, settings.model.llm_model, responses)
    found: dict[str, dict[str, Any]] = {}
    wanted: dict[str, Answer] | None = {} if screener else None

    def rows() -> Iterator[tuple[str, str]]:
        for batch in read():
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def answers(
        requests: Callable[[], Iterator[Request]], count: int, recipe: str, schema: type[BaseModel]
    ) -> Iterator[tuple[str, Answer]]:
        store = Batches(stage.warehouse, batches, recipe)
        for answer in batch_answers.ask(desk, store, requests, count, schema, settings.llm_batch):
            yield str(answer.subject), answer

    def screener_requests() -> Iterator[Request]:
        return model_summaries.screener_requests(rows(), str(screener), templates["screener"], model)

    def summary_requests() -> Iterator[Request]:
        chosen = (row for row in rows() if wanted is None or row[0] in wanted)
        return model_summaries.summary_requests(chosen, asked, templates["summary"], model)

    if wanted is not None:
        matches = answers(screener_requests, stage.rows_new, screening, model_summaries.Match)
        for content_hash, answer in matches:
            if model_summaries.is_match(answer):
                wanted[content_hash] = answer
            else:
                found[content_hash] = model_summaries.screened_row(answer)
    to_summarise = stage.rows_new if wanted is None else len(wanted)
    if to_summarise:
        for content_hash, answer in answers(summary_requests, to_summarise, recipe, answer_model(asked)):
            screened = wanted[content_hash] if wanted else None
            found[content_hash] = model_summaries.summary_row(answer, asked, screened, settings.model.redaction.redact)
    stage.rows_failed = sum(row["status"] == "failed" for row in found.values())
    found |= {content_hash: {"status": "pending"} for content_hash, _ in rows() if content_hash not in found}
    made = [
        {"content_hash": content_hash, "recipe": row_recipe, **row}
        for content_hash, row in _replacing(stage, found).items()
    ]
    return pa.Table.from_pylist(made, schema)


def _replacing(stage: Stage, found: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Leave out what is no summary where there is one of old, which stays until there is a new one; say so."""
    left = {content_hash for content_hash, row in found.items() if row["status"] in ("failed", "pending")}
    kept = _summarised(stage) & left
    if failed := Counter(found[each]["error"] for each in kept if found[each]["status"] == "failed"):
        [(reason, _)] = failed.most_common(1)
        stage.progress.say(
            f"{failed.total():,} of {stage.rows_new:,} could not be made anew and stay as they were, those of another "
            f"model or prompt among them; the next run asks again. The commonest reason: {reason}"
        )
    return {content_hash: row for content_hash, row in found.items() if content_hash not in kept}


def _summarised(stage: Stage) -> set[str]:
    """Return the transcripts that have a summary, of whatever recipe."""
    if not stage.warehouse.columns():
        return set()
    kept = stage.warehouse.query(f"select content_hash from {stage.warehouse.this} where status = 'ok'")
    return set(kept["content_hash"].to_pylist())


def _paid_models(settings: SummarySettings) -> list[str]:
    """Return the models that a run may have to pay."""
    models = [settings.embedder.embedding_model] if settings.embedder.embedder == "openai" else []
    if settings.model.provider == "openai":
        models += [settings.model.llm_model, settings.model.namer]
    return models


def _schema(settings: SummarySettings) -> pa.Schema:
    from kura_udfs.prompting import facets

    own = facets.user_facets(settings.facets)
    return pa.schema([*SUMMARIES, *((facet.name, facets.arrow_type(facet)) for facet in own)])

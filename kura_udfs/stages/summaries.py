"""Summaries and facets: computed from the text, or written by a language model."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from kura_udfs.tables import table
from kura_udfs.text import facets as local
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
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
        ("status", pa.string()),
        ("error", pa.string()),
        ("model", pa.string()),
        ("input_tokens", pa.int64()),
        ("output_tokens", pa.int64()),
        ("cost_usd", pa.float64()),
    ]
)


def summarise(stage: Stage, transcripts: Any) -> Any:
    """Summarise every transcript that has no summary of this recipe yet."""
    if stage.settings["provider"] == "openai":
        return _model_summaries(stage, transcripts)
    if stage.settings["provider"] == "cortex":
        from kura_udfs.stages.snowflake import cortex_summaries

        return cortex_summaries.summarise(stage, transcripts, _schema(stage))
    if stage.warehouse.runs_functions:
        from kura_udfs.stages.snowflake import in_engine

        return in_engine.local_summaries(stage, transcripts, SUMMARIES)
    rows = stage.unseen(
        transcripts,
        "content_hash, transcript, user_turns",
        key="content_hash",
        recipe=local.RECIPE,
        where="not is_empty",
    )
    if rows.num_rows and stage.settings["embedder"] == "openai" and not stage.sends_nothing():
        from kura_udfs.llm import answers as asking

        asking.check_access(stage.settings, _paid_models(stage.settings))
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


def _model_summaries(stage: Stage, transcripts: Any) -> pa.Table:
    from kura_udfs.llm import answers as asking
    from kura_udfs.llm import batch_answers as batches
    from kura_udfs.prompting import facets, prompts
    from kura_udfs.prompting import summaries as model_summaries
    from kura_udfs.prompting.facet_answers import answer_model

    settings = stage.settings
    asked = [*facets.BUILT_IN, *facets.user_facets(settings["facets"])]
    schema = _schema(stage)
    templates = prompts.load_prompts(settings["prompts_path"])
    model = asking.language_model(settings, settings["model"])
    recipe = model_summaries.summary_recipe(asked, templates["summary"], model)
    screener, screening = settings["screener"], ""
    if screener:
        screening = model_summaries.screener_recipe(screener, templates["screener"], model)
    row_recipe = f"{recipe}:{screening}" if screener else recipe

    count, read = stage.unseen_batches(
        transcripts, "content_hash, transcript", key="content_hash", recipe=row_recipe, where="not is_empty"
    )
    if not count or stage.sends_nothing():
        return schema.empty_table()
    asking.check_access(settings, _paid_models(settings))
    hashes = stage.subjects
    found: dict[str, dict[str, Any]] = {}
    wanted: dict[str, Answer] | None = {} if screener else None

    def rows(recipe: str, wanted: Container[str] | None = None) -> Iterator[tuple[str, str]]:
        for batch in read():
            for content_hash, transcript in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                hashes[model_summaries.answer_key(content_hash, recipe)] = content_hash
                if wanted is None or content_hash in wanted:
                    yield content_hash, transcript

    def screener_requests() -> Iterator[Request]:
        return model_summaries.screener_requests(rows(screening), screener, templates["screener"], model)

    def summary_requests() -> Iterator[Request]:
        return model_summaries.summary_requests(rows(recipe, wanted), asked, templates["summary"], model)

    if wanted is not None:
        for answer in batches.ask(stage, screener_requests, count, screening, model_summaries.Match):
            content_hash = hashes[answer.key]
            if model_summaries.is_match(answer):
                wanted[content_hash] = answer
            else:
                found[content_hash] = model_summaries.screened_row(answer)
    to_summarise = count if wanted is None else len(wanted)
    if to_summarise:
        for answer in batches.ask(stage, summary_requests, to_summarise, recipe, answer_model(asked)):
            content_hash = hashes[answer.key]
            screened = wanted[content_hash] if wanted else None
            found[content_hash] = model_summaries.summary_row(answer, asked, screened)
    found |= {
        content_hash: {"status": "pending"} for content_hash in _waiting(stage, {*hashes.values()} - found.keys())
    }
    failed = sum(row["status"] == "failed" for row in found.values())
    stage.count(stage.rows_in, count, failed)
    made = [{"content_hash": content_hash, "recipe": row_recipe, **row} for content_hash, row in found.items()]
    return pa.Table.from_pylist(made, schema)


def _waiting(stage: Stage, unanswered: set[str]) -> list[str]:
    """Return what has nothing to show until its batch is collected; what has a summary of old keeps it."""
    return sorted(unanswered - stage.keys("content_hash", "status = 'ok'")) if unanswered else []


def _paid_models(settings: Mapping[str, Any]) -> list[str]:
    """Return the models that a run may have to pay."""
    models = [settings["embedding_model"]] if settings["embedder"] == "openai" else []
    if settings["provider"] == "openai":
        models += [settings["model"], settings["naming_model"] or settings["model"]]
    return models


def _schema(stage: Stage) -> pa.Schema:
    from kura_udfs.prompting import facets

    own = facets.user_facets(stage.settings["facets"])
    return pa.schema([*SUMMARIES, *((facet.name, facets.arrow_type(facet)) for facet in own)])

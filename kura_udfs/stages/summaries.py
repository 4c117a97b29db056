"""Summaries and facets: computed from the text, or written by a language model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from kura_udfs.stages.tables import table
from kura_udfs.text import languages
from kura_udfs.text import summaries as extractive
from kura_udfs.warehouse import Stage

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
        from kura_udfs.stages import cortex_summaries

        return cortex_summaries.summarise(stage, transcripts, _schema(stage))
    if stage.warehouse.runs_functions:
        from kura_udfs.stages import in_engine

        return in_engine.local_summaries(stage, transcripts, SUMMARIES)
    recipe = f"local:{extractive.VERSION}:{languages.VERSION}"
    rows = stage.unseen(
        transcripts, "content_hash, transcript, user_turns", key="content_hash", recipe=recipe, where="not is_empty"
    )
    stage.progress.start(rows.num_rows)
    columns: dict[str, list[str | None]] = {"summary": [], "request": [], "languages": []}
    for turns, transcript in zip(rows["user_turns"].to_pylist(), rows["transcript"].to_pylist(), strict=True):
        for name, value in local_facets(turns, transcript).items():
            columns[name].append(value)
        stage.progress.advance(1)
    return table(
        SUMMARIES,
        content_hash=rows["content_hash"],
        recipe=recipe,
        status="ok",
        model="local",
        input_tokens=0,
        output_tokens=0,
        cost_usd=0.0,
        **columns,
    )


def local_facets(user_turns: str, transcript: str) -> dict[str, str | None]:
    """Return what can be said of a conversation without a language model."""
    spoken = [language for language in [languages.human_language(user_turns)] if language]
    return {
        "summary": extractive.extractive_summary(user_turns),
        "request": extractive.request(user_turns),
        "languages": ", ".join([*spoken, *languages.programming_languages(transcript)]) or None,
    }


def _model_summaries(stage: Stage, transcripts: Any) -> pa.Table:
    from kura_udfs import asking
    from kura_udfs.prompting import facets, prompts
    from kura_udfs.prompting import summaries as model_summaries

    settings = stage.settings
    asked = [*facets.BUILT_IN, *facets.user_facets(settings["facets"])]
    schema = _schema(stage)
    template = prompts.load_prompt("summary", settings["prompts_path"])
    model = asking.language_model(settings, settings["model"])
    recipe = model_summaries.summary_recipe(asked, template, model)
    count, batches = stage.unseen_batches(
        transcripts, "content_hash, transcript", key="content_hash", recipe=recipe, where="not is_empty"
    )
    if not count or stage.sends_nothing():
        return schema.empty_table()
    hashes: dict[str, str] = {}

    def rows() -> Iterator[tuple[str, str]]:
        for batch in batches:
            for content_hash, transcript in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                hashes[model_summaries.answer_key(content_hash, recipe)] = content_hash
                yield content_hash, transcript

    requests = model_summaries.summary_requests(rows(), asked, template, model)
    found = [
        {
            "content_hash": hashes[answer.key],
            "recipe": recipe,
            **model_summaries.summary_row(answer, asked),
        }
        for answer in asking.ask(stage, requests, count)
    ]
    stage.count(stage.rows_in, count, sum(row["status"] == "failed" for row in found))
    return pa.Table.from_pylist(found, schema)


def _schema(stage: Stage) -> pa.Schema:
    from kura_udfs.prompting import facets

    own = facets.user_facets(stage.settings["facets"])
    return pa.schema([*SUMMARIES, *((facet.name, facets.arrow_type(facet)) for facet in own)])

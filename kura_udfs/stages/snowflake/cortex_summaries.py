"""Summaries and facets by a model in Snowflake, a query over all transcripts."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from kura_udfs.llm import cortex
from kura_udfs.llm.requests import Prompt
from kura_udfs.llm.stores import Responses
from kura_udfs.prompting import facets, prompts
from kura_udfs.prompting import summaries as model_summaries
from kura_udfs.prompting.facet_answers import answer_model
from kura_udfs.prompting.questions import LanguageModel
from kura_udfs.settings import SummarySettings
from kura_udfs.stages.snowflake.in_engine import function_name
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.snowflake import Snowflake
from kura_udfs.warehouse.sql import as_text, literal, sql_type
from kura_udfs.warehouse.stage import Stage


def summarise(
    stage: Stage,
    warehouse: Snowflake,
    settings: SummarySettings,
    transcripts: Relation,
    responses: Responses,
    schema: pa.Schema,
) -> Any:
    """Ask about every transcript that has no summary of this recipe yet, and turn the answers into rows."""
    asked = [*facets.BUILT_IN, *facets.user_facets(settings.facets)]
    template = prompts.load_prompt("summary", settings.model.prompts_path)
    model = LanguageModel(settings.model.llm_model, settings.model.llm_parameters)
    recipe = model_summaries.summary_recipe(asked, template, model)
    stage.count_unseen(transcripts, "content_hash", recipe, "not is_empty")
    if not stage.rows_new or stage.sends_nothing:
        return schema.empty_table()
    rows = (
        f"select distinct content_hash, transcript from {warehouse.source(transcripts)}"
        f" where {stage.is_unseen('content_hash', recipe, 'not is_empty')}"
    )
    known = prompts.render(template, {"questions": facets.questions(asked)})
    asked_sql = cortex.complete_sql(
        model.name,
        _prompt_sql(known),
        answer_model(asked).model_json_schema(),
        model.parameters,
        model_summaries.room(asked),
    )
    patterns = literal(settings.model.redaction.patterns)
    redact_answer = function_name(settings.embedder.snowflake_functions, "kura_redact_answer")
    question = cortex.Question(
        relation=rows,
        key=f"sha2({literal(recipe + ':')} || content_hash, 256)",
        subject="content_hash",
        asked=asked_sql,
        redact=lambda content: f"{redact_answer}({content}, {patterns})",
    )
    table, stage.rows_failed = cortex.ask_of_rows(
        warehouse, settings.model, responses, stage.account, stage.progress, question
    )
    read_facets = function_name(settings.embedder.snowflake_functions, "kura_model_facets")
    own = f"parse_json({literal(json.dumps(settings.facets))})"
    answered = _answered_sql(table, responses.table, recipe, f"{read_facets}(answers.content, {own}, {patterns})")
    selected = [f"{_expression(field)} as {field.name}" for field in schema]
    # what has a summary of old keeps it until there is a new one
    kept = (
        f"select content_hash from {warehouse.this} where status = 'ok'"
        if warehouse.columns()
        else "select '' where false"
    )
    return warehouse.rows(f"""
        select *
        from (select {", ".join(selected)} from ({answered}) as answered) as summarised
        where status = 'ok' or content_hash not in ({kept})
    """)


def _answered_sql(asked: str, responses: str, recipe: str, read_facets: str) -> str:
    """Return the query for what was asked with the best answer to it: the newest one that is an answer."""
    return f"""
        select
            asked.content_hash,
            {literal(recipe)} as recipe,
            answers.status,
            answers.error,
            answers.model,
            answers.input_tokens,
            answers.output_tokens,
            answers.cost_usd,
            {read_facets} as facets
        from {asked} as asked
        inner join (
            select *
            from {responses}
            qualify row_number() over (
                partition by key order by case when status = 'ok' then 0 else 1 end, answered_at desc
            ) = 1
        ) as answers on asked.key = answers.key
    """


_ANSWERED = ("content_hash", "recipe", "model", "input_tokens", "output_tokens", "cost_usd")


def _expression(field: pa.Field) -> str:
    if field.name in _ANSWERED:
        return field.name
    if field.name in ("status", "error"):
        # an answer may have come and still not be usable
        return f"case when status = 'ok' then {as_text('facets', field.name)} else {field.name} end"
    return f"cast(facets['{field.name}'] as {sql_type(field.type)})"


def _prompt_sql(known: Prompt) -> str:
    """Return the prompt as an expression over `transcript`, which stands between tags that it can't have foreseen."""
    code = "left(sha2(lower(transcript), 256), 16)"
    data = f"'<conversation-' || {code} || '>\\n' || transcript || '\\n</conversation-' || {code} || '>'"
    whole = f"{known.system}\n\n{known.user}"
    return f"replace({literal(whole)}, '<<conversation>>', {data})"

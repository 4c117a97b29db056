"""Summaries and facets by a language model over HTTP, of the conversations that a screener lets through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from kura_udfs.llm import batch_answers
from kura_udfs.llm.answers import Desk
from kura_udfs.llm.stores import Batches, left_behind
from kura_udfs.prompting import facets, prompts, summaries
from kura_udfs.prompting.facet_answers import answer_model
from kura_udfs.prompting.questions import LanguageModel
from kura_udfs.settings import SummarySettings
from kura_udfs.stages.desk import check_paid_models, open_desk
from kura_udfs.warehouse.protocol import Relation
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
    from pydantic import BaseModel

    from kura_udfs.llm.requests import Answer, Request
    from kura_udfs.prompting.facets import Facet
    from kura_udfs.prompting.prompts import Template

_Row = dict[str, Any]
_Transcripts = Callable[[], Iterator[tuple[str, str]]]
"""Gives content hashes and transcripts, the same each time."""
_Answers = Callable[[Callable[[], Iterator["Request"]], int, str, "type[BaseModel]"], Iterator["Answer"]]
"""Gives the answers to requests: so many, of a recipe, in a form."""


class _Asked(NamedTuple):
    """What is asked of transcripts.

    Attributes
    ----------
    facets : sequence of Facet
    model : LanguageModel
    templates : mapping
        The prompts by name.
    screener : str
        A question that a conversation has to meet; empty if all are summarised.
    recipe, screening : str
        Stand for all that shapes a summary besides its transcript, and what the screener answers,
        which is empty without one.
    """

    facets: Sequence[Facet]
    model: LanguageModel
    templates: Mapping[str, Template]
    screener: str
    recipe: str
    screening: str

    @property
    def row_recipe(self) -> str:
        """Stands for all that shapes a row."""
        return f"{self.recipe}:{self.screening}" if self.screener else self.recipe


def summarise(
    stage: Stage,
    settings: SummarySettings,
    transcripts: Relation,
    responses: Relation,
    batches: Relation,
    schema: pa.Schema,
) -> pa.Table:
    """Ask about every transcript that has no summary of this recipe yet.

    `responses` and `batches` are the tables of the answers that were paid for, and of the batches under way. What
    waits for a batch is pending. Memory holds the rows that come out, and not the transcripts.
    """
    asked = _asked(settings)
    read = stage.unseen_batches(
        transcripts, "content_hash, transcript", key="content_hash", recipe=asked.row_recipe, where="not is_empty"
    )
    if not stage.rows_new or stage.sends_nothing:
        return schema.empty_table()
    check_paid_models(settings)
    for batch_id, questions in left_behind(stage.warehouse, batches, [asked.recipe, asked.screening]).items():
        stage.progress.say(
            f"{questions:,} questions wait in {batch_id}, which was handed in with other settings: they are paid for,"
            " but only a run with those settings collects them, within some 30 days"
        )
    desk = open_desk(stage, settings.model, settings.model.llm_model, responses)
    rows, answers = partial(_rows, read), partial(_answers, stage, desk, batches, settings.llm_batch)
    found: dict[str, _Row] = {}
    matches: dict[str, Answer] | None = None
    if asked.screener:
        found, matches = _screened(asked, rows, answers, stage.rows_new)
    found |= _summarised(asked, rows, answers, stage.rows_new, matches, settings.model.redaction.redact)
    stage.rows_failed = sum(row["status"] == "failed" for row in found.values())
    found |= {content_hash: {"status": "pending"} for content_hash, _ in rows() if content_hash not in found}
    made = _replacing(stage, found)
    shared = {"recipe": asked.row_recipe}
    return pa.Table.from_pylist([{"content_hash": each, **shared, **row} for each, row in made.items()], schema)


def _asked(settings: SummarySettings) -> _Asked:
    asked = [*facets.BUILT_IN, *facets.user_facets(settings.facets)]
    model = LanguageModel(settings.model.llm_model, settings.model.llm_parameters)
    templates, screener = prompts.load_prompts(settings.model.prompts_path), settings.screener or ""
    recipe = summaries.summary_recipe(asked, templates["summary"], model)
    screening = summaries.screener_recipe(screener, templates["screener"], model) if screener else ""
    return _Asked(asked, model, templates, screener, recipe, screening)


def _rows(read: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[tuple[str, str]]:
    for batch in read():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _answers(
    stage: Stage,
    desk: Desk,
    batches: Relation,
    in_batches: bool,
    requests: Callable[[], Iterator[Request]],
    count: int,
    recipe: str,
    schema: type[BaseModel],
) -> Iterator[Answer]:
    return batch_answers.ask(desk, Batches(stage.warehouse, batches, recipe), requests, count, schema, in_batches)


def _screened(
    asked: _Asked, rows: _Transcripts, answers: _Answers, count: int
) -> tuple[dict[str, _Row], dict[str, Answer]]:
    """Return the rows of what the screener does not let through, and its answers of what it does, by transcript."""

    def requests() -> Iterator[Request]:
        return summaries.screener_requests(rows(), asked.screener, asked.templates["screener"], asked.model)

    out: dict[str, _Row] = {}
    matches: dict[str, Answer] = {}
    for answer in answers(requests, count, asked.screening, summaries.Match):
        if summaries.is_match(answer):
            matches[str(answer.subject)] = answer
        else:
            out[str(answer.subject)] = summaries.screened_row(answer)
    return out, matches


def _summarised(
    asked: _Asked,
    rows: _Transcripts,
    answers: _Answers,
    count: int,
    matches: Mapping[str, Answer] | None,
    redact: Callable[[str], str],
) -> dict[str, _Row]:
    """Return the rows of what is summarised: all transcripts, or those that match."""
    count = count if matches is None else len(matches)
    if not count:
        return {}

    def requests() -> Iterator[Request]:
        chosen = (row for row in rows() if matches is None or row[0] in matches)
        return summaries.summary_requests(chosen, asked.facets, asked.templates["summary"], asked.model)

    found: dict[str, _Row] = {}
    for answer in answers(requests, count, asked.recipe, answer_model(asked.facets)):
        match = matches[str(answer.subject)] if matches else None
        found[str(answer.subject)] = summaries.summary_row(answer, asked.facets, match, redact)
    return found


def _replacing(stage: Stage, found: Mapping[str, _Row]) -> dict[str, _Row]:
    """Leave out what is no summary where there is one of old, which stays until there is a new one; say so."""
    left = {content_hash for content_hash, row in found.items() if row["status"] in ("failed", "pending")}
    kept = _with_summary(stage) & left
    if failed := Counter(found[each]["error"] for each in kept if found[each]["status"] == "failed"):
        [(reason, _)] = failed.most_common(1)
        stage.progress.say(
            f"{failed.total():,} of {stage.rows_new:,} could not be made anew and stay as they were, those of another "
            f"model or prompt among them; the next run asks again. The commonest reason: {reason}"
        )
    return {content_hash: row for content_hash, row in found.items() if content_hash not in kept}


def _with_summary(stage: Stage) -> set[str]:
    """Return the transcripts that have a summary, of whatever recipe."""
    if not stage.warehouse.columns():
        return set()
    kept = stage.warehouse.query(f"select content_hash from {stage.warehouse.this} where status = 'ok'")
    return set(kept["content_hash"].to_pylist())

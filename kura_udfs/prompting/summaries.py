"""Summaries and facets by a language model: a question for each transcript, and the row that its answer
becomes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pydantic

from kura_udfs.llm.requests import Answer, Prompt, Request, request_key
from kura_udfs.prompting.facet_answers import answer_model
from kura_udfs.prompting.facets import Facet, questions
from kura_udfs.prompting.prompts import Template
from kura_udfs.prompting.questions import LanguageModel, question, read_answer
from kura_udfs.text.redaction import redact
from kura_udfs.text.tokens import count_tokens, truncate

VERSION = 1


class Match(pydantic.BaseModel):
    """What the screener answers."""

    match: bool


def summary_recipe(facets: Sequence[Facet], template: Template, model: LanguageModel) -> str:
    """Hash everything but the transcript that shapes a summary: prompt, facets, schema, model and
    parameters."""
    return _recipe(template, {"questions": questions(facets)}, answer_model(facets), model, room(facets))


def screener_recipe(asked: str, template: Template, model: LanguageModel) -> str:
    """Hash everything but the transcript that shapes what the screener answers."""
    return _recipe(template, {"question": asked}, Match, model, _SCREENER_TOKENS)


def answer_key(content_hash: str, recipe: str) -> str:
    """Hash everything that shapes the answer about one transcript: the sha256 of ``recipe:content_hash``."""
    return hashlib.sha256(f"{recipe}:{content_hash}".encode()).hexdigest()


def summary_requests(
    rows: Iterable[tuple[str, str]], facets: Sequence[Facet], template: Template, model: LanguageModel
) -> Iterator[Request]:
    """Ask for the facets of every transcript.

    Parameters
    ----------
    rows : iterable of (str, str)
        Content hash and transcript, redacted. Read one by one, as the requests are taken.
    facets : sequence of Facet
        Usually `facets.BUILT_IN` and those of `facets.user_facets`.
    template : Template
        The prompt "summary".
    model : LanguageModel
        Who is asked.

    Yields
    ------
    Request
        One for each row, in their order, its key from `answer_key`.
    """
    recipe, schema = summary_recipe(facets, template, model), answer_model(facets)
    known = {"questions": questions(facets)}
    for content_hash, transcript in rows:
        values = partial(_conversation, known, transcript)
        yield question(template, values, schema, model, room(facets), answer_key(content_hash, recipe), content_hash)


def screener_requests(
    rows: Iterable[tuple[str, str]], asked: str, template: Template, model: LanguageModel
) -> Iterator[Request]:
    """Ask of every transcript whether it matches a question, as `summary_requests` does; the prompt is
    "screener"."""
    recipe, known = screener_recipe(asked, template, model), {"question": asked}
    for content_hash, transcript in rows:
        values = partial(_conversation, known, transcript)
        yield question(template, values, Match, model, _SCREENER_TOKENS, answer_key(content_hash, recipe), content_hash)


def summary_row(
    answer: Answer,
    facets: Sequence[Facet],
    screened: Answer | None = None,
    redact: Callable[[str], str] = redact,
) -> dict[str, Any]:
    """Turn an answer into a row of the table of summaries, all of it but `content_hash` and `recipe`.

    Texts are redacted once more, for what has been stored under other settings, and the items of lists joined by a
    comma and a space. Of an answer that failed, all facets are None. What the screener has cost is part of the row's
    cost.
    """
    said = read_answer(answer, answer_model(facets))
    error = None if said is not None else answer.error or "invalid_answer"
    return {
        **{facet.name: _value(getattr(said, facet.name, None), redact) for facet in facets},
        "status": "ok" if error is None else "failed",
        "error": error,
        **_spent(answer, *([screened] if screened else [])),
    }


def screened_row(answer: Answer) -> dict[str, Any]:
    """Turn the screener's answer into the row of a conversation that does not match, or could not be screened."""
    failed = is_match(answer) is None
    return {
        "status": "failed" if failed else "screened_out",
        "error": (answer.error or "invalid_answer") if failed else None,
        **_spent(answer),
    }


def is_match(answer: Answer) -> bool | None:
    """Return what the screener found; None if it failed."""
    said = read_answer(answer, Match)
    return None if said is None else said.match


# Models that reason count that as output too.
_SCREENER_TOKENS = 300


def _spent(*answers: Answer) -> dict[str, Any]:
    costs = [answer.cost_usd for answer in answers]
    return {
        "model": answers[0].model,
        "input_tokens": sum(answer.input_tokens for answer in answers),
        "output_tokens": sum(answer.output_tokens for answer in answers),
        "cost_usd": None if None in costs else sum(cost for cost in costs if cost is not None),
    }


def room(facets: Sequence[Facet]) -> int:
    """Return how many tokens an answer may have."""
    return 200 + 60 * len(facets)


def _recipe(
    template: Template,
    values: Mapping[str, str],
    schema: type[pydantic.BaseModel],
    model: LanguageModel,
    max_output_tokens: int,
) -> str:
    return request_key(
        Prompt(template.system, template.user),
        prompt_version=f"{template.name} {template.version} {VERSION} {dict(values)}",
        schema=schema,
        model=model.name,
        max_output_tokens=max_output_tokens,
        parameters=model.parameters,
    )


def _conversation(known: Mapping[str, str], transcript: str, share: float) -> dict[str, str]:
    if share < 1:
        transcript = truncate(transcript, int(share * count_tokens(transcript)))
    return {**known, "conversation": transcript}


def _value(value: object, redact: Callable[[str], str]) -> object:
    if isinstance(value, list):
        value = ", ".join(value)
    return (redact(value) or None) if isinstance(value, str) else value

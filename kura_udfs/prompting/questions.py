"""One question to a language model: a prompt filled in, and the answer read back with caution."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import pydantic

from kura_udfs.llm.requests import Answer, Prompt, Request, request_key
from kura_udfs.prompting.prompts import Template, render

Answers = Mapping[str, Answer]
"""To requests, by key. One that is missing counts as failed."""
Result = TypeVar("Result")
Asking = Generator[Sequence[Request], Answers, Result]
"""Work that yields the questions without which it can't go on, is sent their answers, and returns what it comes to."""
Schema = TypeVar("Schema", bound=pydantic.BaseModel)


class LanguageModel(NamedTuple):
    """Who is asked, and what is sent along with each question, such as the temperature."""

    name: str
    parameters: Mapping[str, Any]


def question(
    template: Template,
    values: Callable[[float], Mapping[str, str]],
    schema: type[pydantic.BaseModel],
    model: LanguageModel,
    max_output_tokens: int,
    key: str | None = None,
    subject: str | None = None,
) -> Request:
    """Make a request of a prompt.

    Parameters
    ----------
    template : Template
        From `prompts.load_prompt`.
    values : callable
        Gives the variables with this share (0 to 1) of their length, for when the prompt is too long for the
        model.
    schema : type of pydantic.BaseModel
        What the answer must fit.
    model : LanguageModel
        Who is asked.
    max_output_tokens : int
        As in `Request`.
    key : str, optional
        Identifies the answer; by default a hash of everything that shapes it.
    subject : str, optional
        As in `Request`.
    """
    prompt = render(template, values(1.0))
    return Request(
        key=key
        or request_key(
            prompt,
            prompt_version=f"{template.name} {template.version}",
            schema=schema,
            model=model.name,
            max_output_tokens=max_output_tokens,
            parameters=model.parameters,
        ),
        prompt=prompt,
        schema=schema,
        model=model.name,
        max_output_tokens=max_output_tokens,
        shorten=partial(_shortened, template, values),
        subject=subject,
    )


def read_answer(answer: Answer | None, schema: type[Schema]) -> Schema | None:
    """Return what was answered; None if nothing was, or it doesn't fit."""
    if answer is None or answer.status != "ok" or answer.content is None:
        return None
    try:
        return schema.model_validate_json(answer.content)
    except pydantic.ValidationError:
        return None


def ask_all(requests: Sequence[Request]) -> Asking[list[Answer | None]]:
    """Ask questions, each distinct one once; None for each that got no answer."""
    distinct = {request.key: request for request in requests}
    answers = (yield list(distinct.values())) if distinct else {}
    return [answers.get(request.key) for request in requests]


def _shortened(template: Template, values: Callable[[float], Mapping[str, str]], share: float) -> Prompt:
    return render(template, values(share))

"""What is asked of a language model, and what comes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import pydantic


class Prompt(NamedTuple):
    """The two texts of a question."""

    system: str
    user: str


class Size(NamedTuple):
    """How large a call may become."""

    input_bytes: int
    """No text has more tokens than bytes."""
    max_output_tokens: int

    @property
    def likely_tokens(self) -> float:
        """What it is thought to use before its answer tells."""
        return self.input_bytes / 4 + self.max_output_tokens


@dataclass(frozen=True, slots=True)
class Request:
    """One question. Its texts stay out of its repr, and so out of logs and errors."""

    key: str
    """Identifies the answer (see `request_key`); unique within a run, or the question is paid for twice."""
    prompt: Prompt = field(repr=False)
    schema: type[pydantic.BaseModel]
    """What the answer must fit."""
    model: str
    max_output_tokens: int
    """Reasoning counts as output. An answer that is cut off is asked for again with four times as many."""
    shorten: Callable[[float], Prompt] | None = field(default=None, repr=False)
    """Gives the prompt with about this share (0 to 1) of its length, for when the model can't take more."""
    subject: str | None = None
    """Fingerprint of the transcript or text that it is about, if it is about one: when that goes, the answer goes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request, with all that was spent on it, repairs and failed attempts included."""

    key: str
    status: Literal["ok", "failed"]
    content: str | None = field(repr=False)
    """JSON that fits the schema; None if failed."""
    error: str | None
    """A stable snake_case reason, or that, ': ' and a detail; never text of the conversation."""
    model: str
    """The model as the server names it (a dated name, say), else as it was asked for."""
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    """None where the price of the model is not known, or the server did not say how many tokens it used."""
    calls: int
    """Requests that went out over HTTP."""
    retries: int
    """Those of them that repeated one which the server or the network had failed."""
    seconds: float
    """From the first attempt to the end, waiting included."""
    subject: str | None = None
    """As in the request."""


def request_key(
    prompt: Prompt,
    *,
    prompt_version: str,
    schema: type[pydantic.BaseModel],
    model: str,
    max_output_tokens: int,
    parameters: Mapping[str, Any],
) -> str:
    """Hash everything that shapes an answer.

    Parameters
    ----------
    prompt : Prompt
        The texts as they would be sent uncut.
    prompt_version : str
        Version of the template that the prompt was made from.
    schema : type of pydantic.BaseModel
        Its JSON schema counts, not its name or its place in the code.
    model : str
        As it is asked for.
    max_output_tokens : int
        As in `Request`.
    parameters : mapping
        What is sent along with it, such as the temperature; order does not matter.

    Returns
    -------
    str
        64 hexadecimal digits, the same in every process.
    """
    parts = [*prompt, prompt_version, _untitled(schema), model, max_output_tokens, dict(parameters)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=8)
def _untitled(schema: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Return the JSON schema without its name. Pydantic makes it anew at each call, most of the time of a key."""
    return {key: value for key, value in schema.model_json_schema().items() if key != "title"}

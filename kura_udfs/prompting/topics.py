"""Which topic of a taxonomy a text belongs to, by a language model: one text a question, and a closed list."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import pydantic

from kura_udfs.llm.requests import Answer, Request
from kura_udfs.prompting.names import LABEL_TOKENS
from kura_udfs.prompting.prompts import Template
from kura_udfs.prompting.questions import LanguageModel, question, read_answer
from kura_udfs.text.tokens import truncate
from kura_udfs.text.visible import plain_line

NONE = "none"
"""The answer for what belongs to no topic; no topic of a taxonomy can be called so."""
TEXT_TOKENS = 400
"""A longer text is cut to so many tokens."""
MOST_IN_SCHEMA = 200
"""Servers take so many answers to choose from in a schema; with more topics, the list is closed by us alone."""


class Option(NamedTuple):
    """A topic as it is told of: its name, and what it is about."""

    name: str
    description: str


@dataclass(frozen=True)
class Chooser:
    """Asks about texts. Everything but the text is the same for all of them.

    Attributes
    ----------
    template : Template
        The prompt "choose_topic".
    model : LanguageModel
    options : tuple of Option
        All topics of the taxonomy.
    """

    template: Template
    model: LanguageModel
    options: tuple[Option, ...]

    @cached_property
    def recipe(self) -> str:
        """Stands for everything but the text that shapes an answer."""
        prompt = [self.template.version, self.template.system, self.template.user]
        parts = [prompt, self.model.name, dict(self.model.parameters), sorted(self.options)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode(errors="replace")).hexdigest()

    def key(self, text: str) -> str:
        """Return the key of the answer about a text: which topics are told of as likely is no part of it."""
        return hashlib.sha256(f"{self.recipe}:{text}".encode(errors="replace")).hexdigest()

    def request(self, text: str, likely: Sequence[int]) -> Request:
        """Ask about a text, which could belong to these of the topics."""
        values = partial(_values, text, [_told(self.options[number]) for number in likely])
        return question(self.template, values, self.schema, self.model, _TOKENS, self.key(text))

    @property
    def schema(self) -> type[pydantic.BaseModel]:
        """What an answer fits: the name of a topic, or none."""
        return _schema(tuple(one.name for one in self.options))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {_plain(one.name): number for number, one in enumerate(self.options)}

    def chosen(self, answer: Answer | None) -> int | None:
        """Return the number of the topic that was answered, -1 for none of them; None if nothing of use was."""
        said = read_answer(answer, TopicAnswer)
        if said is None:
            return None
        name = _plain(said.topic)
        return -1 if name == NONE else self._numbers.get(name)


class TopicAnswer(pydantic.BaseModel):
    """What a model answers."""

    topic: str


@lru_cache(maxsize=8)
def _schema(names: tuple[str, ...]) -> type[pydantic.BaseModel]:
    if len(names) > MOST_IN_SCHEMA:
        return TopicAnswer
    closed = pydantic.Field(json_schema_extra={"enum": [*names, NONE]})
    made: type[pydantic.BaseModel] = pydantic.create_model("TopicAnswer", topic=(str, closed))
    return made


def _values(text: str, options: list[str], share: float) -> dict[str, str]:
    shown = truncate(text, max(int(TEXT_TOKENS * share), 1))
    return {"conversation": shown, "options": "\n".join([*options, NONE])}


def _told(option: Option) -> str:
    said = f"{option.name}: {option.description}" if option.description else option.name
    return truncate(plain_line(said), LABEL_TOKENS)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


# A name, and room for models that reason, whose thoughts count as output too.
_TOKENS = 600

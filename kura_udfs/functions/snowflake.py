"""The handlers of Kura's functions in Snowflake, which `dbt run-operation kura_deploy` registers.

NULL gives NULL. The engine runs them on all processors of the warehouse, some processes each.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kura_udfs.functions import rows
from kura_udfs.functions.rows import contents_json, messages_json, timestamp, tool_calls_json
from kura_udfs.text import mails, messages, redaction, said, tokens


def parsed_messages(conversation: str | None) -> str | None:
    """Return the messages of a conversation as a JSON array, which SQL flattens."""
    return None if conversation is None else messages_json(conversation)


def point_in_time(text: str | None, date_order: str | None) -> str | None:
    """Return a point in time in UTC as SQL reads it, whatever wrote it."""
    return timestamp(text, date_order)


def content_text(content: str | None) -> str | None:
    """Return content as plain text, whether it is a string or JSON parts."""
    return None if content is None else messages.content_text(content)


def parsed_content(role: str | None, content: str | None) -> str:
    """Return who says what in the content of a message as a JSON array, which SQL flattens; a role may be NULL."""
    return contents_json(role, content)


def tool_calls(contents: str | None) -> str | None:
    """Return the calls of tools in the messages of a conversation as a JSON array, which SQL flattens."""
    return None if contents is None else tool_calls_json(contents)


def plain_text(role: str | None, text: str | None) -> str | None:
    """Return a message as people see it: HTML as text, a user's mail without history and signature."""
    return None if text is None else mails.plain_text(role, text)


def own_words(text: str | None) -> str | None:
    """Return what a person said in a message, without a form, handles or a prompt around it."""
    return None if text is None else said.own_words(text)


def has_words(text: str | None) -> bool | None:
    """Return whether users said anything that a conversation can be about."""
    if text is None:
        return None
    from kura_udfs.text import summaries

    return summaries.has_words(text)


def redacted(text: str | None, patterns: str | None) -> str | None:
    """Return a text with personal data, and what the user's patterns match, replaced by placeholders."""
    return None if text is None else redaction.redact(text, patterns)


def redacted_answer(content: str | None, patterns: str | None) -> str | None:
    """Return a model's answer, which is JSON, with what is redacted in texts replaced in its own by placeholders."""
    if content is None:
        return None
    from kura_udfs.text.redacted_json import redacted_json

    return redacted_json(content, lambda text: redaction.redact(text, patterns))


def possible_names(text: str | None) -> str | None:
    """Return what may be names of people in a text, as `spoken_words` has them, with commas; NULL for none."""
    return None if text is None else rows.possible_names(text)


def spoken_words(text: str | None) -> str | None:
    """Return the words of a text in lower case, a space around each."""
    if text is None:
        return None
    from kura_udfs.naming import persons

    return persons.spoken_words(text)


def patterns_problem(patterns: str | None) -> str | None:
    """Return what is wrong with the user's patterns, in words; NULL if nothing is."""
    return None if patterns is None else redaction.patterns_problem(patterns)


def token_count(text: str | None) -> int | None:
    """Return how many tokens a language model would see, estimated."""
    return None if text is None else tokens.count_tokens(text)


def truncated(text: str | None, budget: int | None) -> str | None:
    """Return the head and the tail of a text, within a budget of tokens."""
    return None if text is None or budget is None else tokens.truncate(text, int(budget))


def local_facets(user_turns: str | None, transcript: str | None) -> dict[str, str | None] | None:
    """Return what the provider `local` says of a conversation."""
    if user_turns is None or transcript is None:
        return None
    from kura_udfs.text import facets

    return facets.local_facets(user_turns, transcript)


def model_facets(content: str | None, own_facets: Any, patterns: str | None) -> dict[str, Any] | None:
    """Return the facets in a model's answer, with `status` and `error`; `own_facets` and `patterns` are the user's."""
    if content is None:
        return None
    from kura_udfs.llm.requests import Answer
    from kura_udfs.prompting import facets
    from kura_udfs.prompting.summaries import summary_row

    asked = [*facets.BUILT_IN, *facets.user_facets(own_facets)]
    answer = Answer("", "ok", content, None, "", 0, 0, None, 0, 0, 0.0)
    return summary_row(answer, asked, redact=lambda text: redaction.redact(text, patterns))


def embedded(texts: Any) -> Any:
    """Return the vectors of a batch of texts (a data frame of one column) by the encoder `minilm`."""
    return _embedded("minilm", texts)


def embedded_multilingual(texts: Any) -> Any:
    """Return the vectors of a batch of texts (a data frame of one column) by the encoder `multilingual`."""
    return _embedded("multilingual", texts)


def _embedded(name: str, texts: Any) -> Any:
    from pandas import Series

    from kura_udfs.vectors import encoders

    encoder = encoders.load_built(name, Path(sys._xoptions["snowflake_import_directory"]))
    # the engine starts a process for each processor already
    vectors = encoder.embed(texts[0].fillna("").tolist(), workers=1)
    # a batch is answered by a Series, as documented
    return Series([None if no else vector.tolist() for no, vector in zip(texts[0].isna(), vectors, strict=True)])


try:
    from pandas import DataFrame as _Batch
except ImportError:  # only functions that embed are deployed with it
    _Batch = "pandas.DataFrame"  # type: ignore[assignment,misc]
for _handler in (embedded, embedded_multilingual):
    _handler._sf_vectorized_input = _Batch  # type: ignore[attr-defined]
    _handler._sf_max_batch_size = 256  # type: ignore[attr-defined]

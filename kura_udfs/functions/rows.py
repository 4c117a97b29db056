"""Messages as the JSON that SQL makes rows of, and times as SQL reads them."""

from __future__ import annotations

import json
from typing import cast

from kura_udfs.text import messages
from kura_udfs.text.times import DateOrder, of_message


def messages_json(conversation: str) -> str:
    """Return the messages of a conversation, each with the fields of `messages.Message`."""
    return json.dumps([message._asdict() for message in messages.parse_messages(conversation)])


def tool_calls_json(contents: str) -> str:
    """Return the calls of tools in the contents of a conversation, each with the fields of `tools.ToolCall`."""
    return json.dumps(messages.tool_calls(contents))


def contents_json(role: str | None, content: str | None) -> str:
    """Return who says what in the content of a message: ``[{"position", "role", "content"}]``, never empty."""
    said = messages.parse_content(role, content)
    return json.dumps([{"position": at, "role": speaker, "content": text} for at, (speaker, text) in enumerate(said)])


def possible_names(text: str) -> str | None:
    """Return what may be names of people in a text, as `persons.spoken_words` has them, with commas; None for none."""
    from kura_udfs.naming import persons

    return ", ".join(map(persons.needle, persons.suspects(text))) or None


def timestamp(text: str | None, date_order: str | None) -> str | None:
    """Return when a message was said, in UTC, as `times.of_message` reads it; an empty `date_order` is none."""
    found = of_message(text, cast(DateOrder, date_order) if date_order else None)
    return None if found is None else found.isoformat(" ")

"""Messages as the JSON that SQL makes rows of."""

from __future__ import annotations

import json

from kura_udfs.text import messages


def messages_json(conversation: str) -> str:
    """Return the messages of a conversation, each with the fields of `messages.Message`."""
    return json.dumps([message._asdict() for message in messages.parse_messages(conversation)])


def contents_json(role: str | None, content: str | None) -> str:
    """Return who says what in the content of a message: ``[{"position", "role", "content"}]``, never empty."""
    said = messages.parse_content(role, content)
    return json.dumps([{"position": at, "role": speaker, "content": text} for at, (speaker, text) in enumerate(said)])

"""Messages out of the JSON of one conversation, in whatever shape a tool wrote it.

Whatever the text holds, nothing here raises and the time is linear in its length: what can't be read becomes
a message with an ``error`` that says why, without repeating any of the text.

=========== ==============================================================================
`calls`     a conversation that stands in several rows → its entries
`shapes`    a conversation as a tool keeps it → its entries, each one message or event
`spans`     a call of a tool that a trace holds as a row of its own → an entry
`telemetry` the same for OpenTelemetry's attributes and events
`threads`   an issue, a topic, a post with comments below it → entries with roles
`desks`     what help desks and call centres keep beside their messages: how a ticket began, who is who
`bots`      what platforms for bots keep: a turn in a row, activities, traces → its entries
`live`      events of a conversation while it goes on → its items
`streams`   an answer that was kept as it came in → its text
`transcripts` a conversation that was written down as one text → its entries
`notations` the same, where who speaks is marked otherwise than by a colon
`subtitles` the subtitles of a call or a meeting → a transcript
`tabbed`    a chat as LINE exports it → a transcript
`chats`     a chat of several people, of IRC, Discord and QQ → a transcript
`headed`    a session with an agent as editors write it down → a transcript
`templates` what was written out for a model, between the marks of its chat template → its entries
`frameworks` what frameworks of agents call otherwise → what all others call it
`spellings` what fields are called in other spellings and languages → the names of all others
`dotnet`    the names that .NET writes → those of all others
`typed`     values that a store writes with their types → the values
`turns`     entries that are a pair, of a question and its answer say → messages
`branches`  the branch that is shown, of a conversation that was edited or asked again
`entries`   an entry → messages: who said it, what, when
`roles`     who says an entry, by what it says of that
`tools`     what tools were called, and which answers are whose
`results`   what a tool answered: whether it worked, how it failed, how long it took
`parts`     a content and its parts → pieces of text, each with whose words they are
`speakers`  who speaks, by names that a project gave
`sides`     what speakers are called everywhere, and whose side that is
`injected`  a text in a user's turn → the user's words and what a program put beside them
`times`     when messages were said, and in which order
`fields`    strings and numbers as warehouses can store them
=========== ==============================================================================
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from kura_udfs.text.messages import calls, dotnet, entries, speakers, times, tools, transcripts, typed
from kura_udfs.text.messages.entries import Draft
from kura_udfs.text.messages.fields import clean, load, unwritten
from kura_udfs.text.messages.injected import is_plain
from kura_udfs.text.messages.parts import content_of
from kura_udfs.text.messages.roles import is_known
from kura_udfs.text.messages.shapes import SeveralConversationsError

VERSION = 7


class Message(NamedTuple):
    """One message of a conversation, or the reason why there is none."""

    position: int
    """0-based place in the conversation, in reading order."""
    message_id: str | None
    """Unique among the messages of a conversation: of a repeated id, the second is ``id#2``."""
    role: str | None
    """As it stood, stripped and lower case (``human``, ``gpt``, …), or, where a shape implies it, our own name."""
    content: str | None
    """Flattened text; None where the message says nothing."""
    created_at: str | None
    """As it stood: an ISO string, or a number (epoch) as text."""
    error: str | None
    """None, or a stable snake_case reason."""
    updated_at: str | None = None
    """When this state was saved, as it stood."""
    tool_calls: str | None = None
    """Of the first message: all calls of tools in the conversation, as JSON with the fields of `tools.ToolCall`."""


def parse_messages(raw: str) -> list[Message]:
    """Read the messages of one conversation.

    Parameters
    ----------
    raw : str
        JSON: an array of messages, or an object that holds them (docs/inputs.md lists the shapes).

    Returns
    -------
    list of Message
        Never empty. Exactly one message with ``error`` where the whole can't be read: ``unparsable_json``,
        ``not_a_list_of_messages``, ``several_conversations``, ``conversation_without_messages``, or
        ``event_without_words`` for a line of a log that is no message. An element that is no message has the
        error ``message_is_not_an_object``, one whose content is of no known form ``unreadable_content``.

    Notes
    -----
    A message in which several speak (a tool's result or a program's reminder in a user's turn) becomes one
    message for each role, in the order of their first words. Of a conversation with branches the one is read
    that is shown. A list that comes newest first is put in the order of its times. ``kura_roles`` around a
    ``kura_conversation`` names speakers (`speakers`), ``kura_calls`` and the like hold several rows (`calls`). JSON
    nested deeper than 200 levels counts as unparsable.
    """
    try:
        value = speakers.told(_loaded(raw))
    except ValueError:
        value = transcripts.entries(raw)
        if value is None:
            return [_failure("unparsable_json")]
    try:
        conversation = calls.conversation(value)
    except SeveralConversationsError:
        return [_failure("several_conversations")]
    if conversation is None:
        return [_failure("not_a_list_of_messages")]
    spoken = _timed(conversation.entries, [entries.drafts(entry) for entry in conversation.entries])
    drafts = [draft for each in spoken for draft in each]
    if not drafts:
        lone_event = isinstance(value, dict) and len(conversation.entries) == 1 and conversation.entries[0] is value
        lone_event = lone_event or calls.is_event(value)
        return [_failure("event_without_words" if lone_event else "conversation_without_messages")]
    if not conversation.is_linked:
        drafts = times.in_order(drafts)
    messages = _numbered(drafts)
    if tools.may_hold_calls(raw) and (called := _tool_calls(conversation.entries, spoken, drafts)):
        messages[0] = messages[0]._replace(tool_calls=json.dumps(called))
    return messages


def tool_calls(raw: str) -> list[dict[str, Any]]:
    """Read the calls of tools out of the contents of single messages.

    Parameters
    ----------
    raw : str
        JSON: a list of ``{"turn", "created_at", "content"}`` in the order of a conversation, each content as
        `parse_content` takes it.

    Returns
    -------
    list of dict
        ``position`` and the fields of `tools.ToolCall`.
    """
    said = [{**each, **_read_row(str(each.get("content")))} for each in json.loads(raw)]
    return _listed(tools.tool_calls(said, [int(each["turn"]) for each in said]))


def parse_content(role: str | None, raw: str | None) -> list[tuple[str | None, str | None]]:
    """Read the content column of a message, with whose words they are.

    Parameters
    ----------
    role : str or None
        The message's role as it stands.
    raw : str or None
        The column's value: plain text, or a content as JSON, as `content_text` takes it; or an object in which it is
        the ``content`` of a ``kura_message``, beside calls of tools that stand in columns of their own.

    Returns
    -------
    list of (role, content)
        Never empty: one entry for each role that speaks in it, in the order of their first words. A role is the
        one given, ``tool`` for results of tools, ``system`` for what a program put into a user's turn.
    """
    content = None if raw is None else _read_row(raw)["content"]
    if content is None:
        return [(role, None)]
    if isinstance(content, str) and is_plain(content):
        return [(role, clean(content))]
    if isinstance(content, dict) and "parts" in content and isinstance(content.get("role"), str) and not is_known(role):
        role = content["role"]  # beside the name of one of several agents, as ADK keeps it
    return [(draft.role, draft.content) for draft in entries.drafts({"role": role, "content": content})]


def content_text(raw: str | None) -> str | None:
    """Text of a content column that holds either plain text or a content as JSON.

    Parameters
    ----------
    raw : str or None
        The column's value.

    Returns
    -------
    str or None
        The text of the parts, whoever speaks in them, where the value is JSON in the form of a content (one part,
        a list of parts, a list of strings); otherwise the value itself (people do paste JSON into a chat). None
        where nothing but white space is left.
    """
    if raw is None:
        return None
    content = content_of(raw, _loaded)
    if isinstance(content, str):
        return clean(content)
    texts = [draft.content for draft in entries.drafts({"role": None, "content": content}) if draft.content]
    return "\n".join(texts) or None


def _timed(said: Sequence[Any], spoken: list[list[Draft]]) -> list[list[Draft]]:
    """The messages of entries, with times from a field that nobody knows where no other has any."""
    if any(draft.created_at for each in spoken for draft in each) or not (field := times.untold(said)):
        return spoken
    return [
        [draft._replace(created_at=entry[field]) for draft in each] for entry, each in zip(said, spoken, strict=True)
    ]


def _tool_calls(
    said: Sequence[object], spoken: Sequence[Sequence[Draft]], ordered: Sequence[Draft]
) -> list[dict[str, Any]]:
    """The calls in entries, each in the turn of the entry's first message, or in that before it."""
    places = {id(draft): place for place, draft in enumerate(ordered, 1)}
    turns, turn = [], 1
    for each in spoken:
        turn = min((places[id(draft)] for draft in each), default=turn)
        turns.append(turn)
    order = sorted(range(len(said)), key=turns.__getitem__)
    return _listed(tools.tool_calls([said[at] for at in order], [turns[at] for at in order]))


def _listed(called: Sequence[tools.ToolCall]) -> list[dict[str, Any]]:
    return [{"position": position, **call._asdict()} for position, call in enumerate(called)]


def _loaded(raw: str) -> Any:
    value = load(raw)
    value = typed.plain(value) if typed.is_written(raw) else value
    return dotnet.in_common_words(value) if dotnet.is_written(raw) else value


def _read_row(raw: str) -> dict[str, Any]:
    """What a row says of a message: its content, and what stands in columns beside that."""
    row = unwritten(raw, _loaded) if raw.startswith('{"kura_message":') else None
    held = row.get("kura_message") if isinstance(row, dict) else None
    if not isinstance(held, dict):  # also somebody's words that begin so
        return {"content": content_of(raw, _loaded)}
    content = None if held.get("content") is None else content_of(str(held["content"]), _loaded)
    return {key: unwritten(value, _loaded) for key, value in held.items()} | {"content": content}


def _failure(error: str) -> Message:
    return Message(0, None, None, None, None, error)


def _numbered(drafts: Sequence[Draft]) -> list[Message]:
    """In a list every entry is a message, also where two share an id."""
    seen: dict[str, int] = {}
    messages = []
    for position, (role, content, message_id, created_at, updated_at, error) in enumerate(drafts):
        if message_id is not None:
            count = seen[message_id] = seen.get(message_id, 0) + 1
            if count > 1:
                message_id = f"{message_id}#{count}"
        messages.append(Message(position, message_id, role, content, created_at, error, updated_at))
    return messages

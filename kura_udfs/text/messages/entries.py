"""One entry of a conversation, as messages: who said it, what, and when."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from kura_udfs.text.messages.fields import clean, first_scalar, load, names, objects, spelt
from kura_udfs.text.messages.injected import is_plain, told_apart
from kura_udfs.text.messages.parts import Piece, call, pieces, tool_use
from kura_udfs.text.messages.roles import ROLE_KEYS, TOOL_ROLES, is_persons, role_of
from kura_udfs.text.messages.times import TIME_KEYS, time_of


class Draft(NamedTuple):
    """A message before it has its place."""

    role: str | None
    content: str | None
    message_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    error: str | None = None


def drafts(entry: object) -> list[Draft]:
    """Messages of an entry: one for each role that speaks in it, none for an event of a log that is no message."""
    if not isinstance(entry, dict):
        return [Draft(None, None, error="message_is_not_an_object")]
    item = unwrapped(entry)
    role = role_of(item)
    if (role is None and is_wordless(item)) or _is_event(item):
        return []
    meta = _meta(item)
    content = item.get("content")
    if item.keys().isdisjoint(_MORE) or not any(item.get(key) for key in _MORE):
        # nearly every message has nothing but its content
        if isinstance(content, list) and len(content) == 1 and isinstance(content[0], dict):
            [part] = content
            content = part.get("text") if part.get("type") == "text" else None
        if isinstance(content, str) and is_plain(content) and (text := clean(content)):
            return [Draft(role, text, *meta)]
    found = _pieces(item, is_persons(item.get("kura_role") or role))
    spoken = _by_role(found, role)
    if not spoken:
        if "sessionId" in item and not any(piece.kind == "unreadable" for piece in found):
            return []  # a line of an agent's log that holds nothing but its reasoning
        unreadable = any(piece.kind == "unreadable" for piece in found)
        if role is None and not unreadable and _tells_nothing(item):
            return []
        return [Draft(role, None, *meta, "unreadable_content" if unreadable else None)]
    return [Draft(speaker, text, *meta) for speaker, text in spoken]


def unwrapped(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message in what a tool has wrapped around it."""
    inner = entry.get("message")
    if isinstance(inner, str) and inner[:1] == "{" and entry.keys().isdisjoint(ROLE_KEYS):
        with suppress(ValueError):
            inner = load(inner)
    if isinstance(inner, dict) and entry.keys().isdisjoint(ROLE_KEYS):
        if "type" in entry and ("uuid" in entry or "sessionId" in entry):  # a line of an agent's log
            return {**inner, **entry, **_as_injected(entry)}
        # a node of a ChatGPT export that was cut out of its tree, or a row of LangChain's store of messages
        return unwrapped({**{key: entry[key] for key in entry if key != "message"}, **inner})
    kind = entry.get("type")
    if isinstance(kind, str):
        if kind == "response_item" and isinstance(entry.get("payload"), dict):  # Codex
            return {"timestamp": entry.get("timestamp"), **entry["payload"]}
        for key in ("data", "kwargs"):
            inner = entry.get(key)
            if isinstance(inner, dict) and "content" in inner and entry.keys().isdisjoint(("content", *ROLE_KEYS)):
                return _of_langchain(entry, inner)
        attachment = entry.get("attachment")
        if kind == "attachment" and isinstance(attachment, dict) and attachment.get("type") == "queued_command":
            return {**entry, "role": "user", "content": attachment.get("prompt")}
        if kind == "system" and "sessionId" in entry:
            return {**entry, "role": "system"}
    return entry


def is_wordless(item: Mapping[str, Any]) -> bool:
    """Whether an entry is no message but another event of a log, or a step in which nothing is said."""
    kind = item.get("type")
    return isinstance(kind, str) and kind in _WORDLESS


def _is_event(item: Mapping[str, Any]) -> bool:
    """Whether it is an event of a help desk or a bot, in which nobody speaks: a ticket assigned, a slot filled."""
    if any(isinstance(kind := item.get(key), str) and _NOTICE.fullmatch(kind) for key in ("type", "subtype")):
        return True
    if item.get("event") == "slot" and "name" in item:
        return True  # Rasa's, with what it has noted
    if isinstance(item.get("t"), str) and isinstance(item.get("u"), dict):
        return True  # Rocket.Chat's, of who joined
    return not item.keys().isdisjoint(_EVENT_KEYS) and not any(item.get(key) for key in _HOLD_SOMETHING)


def _tells_nothing(item: Mapping[str, Any]) -> bool:
    """Whether what nobody says has a kind and no words, wherever they may stand: a status changed, a message pinned."""
    if not any(isinstance(item.get(key), str) for key in ("type", "event", "action")):
        return False
    is_empty = any(key in item and not item[key] for key in TEXT_KEYS)
    return is_empty or not any(isinstance(held, dict | list) or " " in str(held) for held in item.values() if held)


def text_of(item: Mapping[str, Any]) -> str | None:
    """What a message says, where it is a text."""
    return next((item[key] for key in TEXT_KEYS if isinstance(item.get(key), str) and item[key].strip()), None)


# Discord's, Slack's and Matrix's words for who joined, what was pinned, how a channel is called now
_NOTICE = re.compile(
    r"(?:Guild|Channel|Recipient|Thread|UserPremium)[A-Z]\w+|Call|(?:channel|group)_[a-z_]+"
    r"|m\.(?!room\.(?:message|encrypted)\Z)[a-z_.]+"
)
_EVENT_KEYS = frozenset(("part_type", "participantRole", "event"))  # Intercom's, Amazon Connect's, Rasa's
TEXT_KEYS = spelt("""content value text parts message body html_body plain_body body_text prompt utterance
    message_parts message_text message_body message_content msg_text msg contentParts contentChunks segments
    content_json content_text mes blocks""")
_ID_KEYS = ("id", "uuid", "message_id", "messageId", "_id", "msg_id")
_UPDATE_KEYS = spelt("""updated_at update_time edited_at modified_at last_modified lastModifiedDateTime edited modified
    last_updated updated""")
_CALL_KEYS = ("tool_calls", "function_call", "toolInvocations", "additional_kwargs", "toolCalls")
_FILE_KEYS = ("attachments", "files", "experimental_attachments", "files_v2")
_HOLD_SOMETHING = (*TEXT_KEYS, *_CALL_KEYS, *_FILE_KEYS)
_SAID_ALONE = frozenset(("role", "content"))
# where these hold nothing, a content that has words is all there is
_MORE = ("parts", *_CALL_KEYS, *_FILE_KEYS)

_WORDLESS = frozenset(
    names("""reasoning item_reference compaction summary file-history-snapshot progress queue-operation session_meta
    event_msg turn_context compacted attachment last-prompt agent-name custom-title ai-title permission-mode mode
    pr-link tag speculation-accept bridge-session ghost_snapshot thread.run thread.run.step remove execute_tool""")
)
_REASONING = re.compile(
    r'<details type="(?:reasoning|tool_calls|code_interpreter)"[^>]*>.*?(?:</details>|\Z)', re.DOTALL
)


def _meta(item: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Id, time and time of the last change: of each the first field that holds something."""
    if item.keys() <= _SAID_ALONE:  # nearly every message has a role and a content
        return None, None, None
    return first_scalar(item, _ID_KEYS), time_of(item), first_scalar(item, _UPDATE_KEYS)


def _as_injected(event: Mapping[str, Any]) -> dict[str, str]:
    """The role of what an agent's log has as a user's turn though nobody typed it."""
    if event.get("isSidechain") is True:
        return {"role": "tool"}  # an agent that the agent asked
    if any(event.get(key) is True for key in ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly")):
        return {"role": "system"}
    return {}


def _of_langchain(entry: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    path = entry.get("id")
    if isinstance(path, list) and path and isinstance(path[-1], str):  # ["langchain", …, "HumanMessage"]
        times = {key: entry[key] for key in TIME_KEYS if key in entry}
        return {**times, "type": path[-1], **inner, "id": inner.get("id")}
    return {**entry, **inner}


def _pieces(item: Mapping[str, Any], is_persons: bool) -> list[Piece]:
    found = _words(item)
    if not found:  # Discord's, of a bot that says nothing else
        for embed in objects(item.get("embeds")):
            found += pieces([embed[key] for key in ("title", "description") if isinstance(embed.get(key), str)])
    _add_calls(item, found)
    for key in _FILE_KEYS:
        for attached in objects(item.get(key)):
            if attached.get("type") != "collection":
                found += pieces({**attached, "type": "file"})
    return [told for piece in found for told in _told(piece, is_persons)]


def _words(item: Mapping[str, Any]) -> list[Piece]:
    """What stands in the fields for it up to the first that holds words of the message's own, or in their stead."""
    found: list[Piece] = []
    keys: Sequence[str] = TEXT_KEYS
    if isinstance(item.get("parts"), list) and isinstance(item.get("content"), str):
        keys = ("parts", *TEXT_KEYS)  # a UI message, whose content repeats the words of its parts
    for key in keys:
        held = item.get(key)
        if key == "blocks" and isinstance(held, list) and held and all(isinstance(each, str) for each in held):
            found.append(Piece(None, "unreadable", ""))  # ids of what is said elsewhere, as Cherry Studio has them
        elif key in item and (key != "message" or not isinstance(held, dict) or isinstance(held.get("text"), str)):
            found += pieces(held)
            if any(piece.kind == "text" and piece.role is None for piece in found):
                return found
    found += pieces(item.get("refusal"))
    if isinstance(item.get("audio"), dict):
        found += pieces({"type": "audio", **item["audio"]})
    kind = item.get("type")
    if isinstance(kind, str) and kind.endswith(("_call", "_call_output")) and "role" not in item:
        found += pieces(item)
    return found


def _add_calls(item: Mapping[str, Any], into: list[Piece]) -> None:
    """Add calls of tools that stand beside the content."""
    for key in _CALL_KEYS:
        value = item.get(key)
        if key == "additional_kwargs":
            if isinstance(value, dict) and not item.get("tool_calls"):
                _add_calls({name: value[name] for name in ("tool_calls", "function_call") if name in value}, into)
        elif key == "function_call" and isinstance(value, dict):
            called = call(value)
            into += [called] if called else []
        else:
            for each in objects(value):
                tool_use(each, into)


def _told(piece: Piece, is_persons: bool) -> list[Piece]:
    """A text of a message's own without reasoning, and without what a program put into a user's turn."""
    if piece.kind != "text" or piece.role is not None:
        return [piece]
    if is_persons:
        return [Piece(None if persons else "system", "text", text) for persons, text in told_apart(piece.text)]
    text = piece.text
    if text.lstrip().startswith("<think>"):
        _, ended, after = text.partition("</think>")
        text = after.lstrip() if ended else text
    if '<details type="' in text:
        text = _REASONING.sub("", text).lstrip()
    kept = clean(text)
    return [piece._replace(text=kept)] if kept else []


def _by_role(found: Sequence[Piece], role: str | None) -> list[tuple[str | None, str]]:
    """What each role says: its texts, else its calls, else one marker."""
    spoken: dict[str | None, list[Piece]] = {}
    for piece in found:
        own = piece.role is None or piece.role == role or (piece.role == "tool" and role in TOOL_ROLES)
        if piece.kind != "unreadable":
            spoken.setdefault(role if own else piece.role, []).append(piece)
    said: list[tuple[str | None, str]] = []
    for speaker, theirs in spoken.items():
        for kind in ("text", "call"):
            texts = [piece.text for piece in theirs if piece.kind == kind]
            if texts:
                said.append((speaker, "\n".join(texts)))
                break
        else:
            markers = {piece.text for piece in theirs}
            said.append((speaker, markers.pop() if len(markers) == 1 else "[attachment]"))
    return said

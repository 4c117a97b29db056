"""Messages out of the JSON of one conversation: OpenAI, ChatGPT export, Claude export, ShareGPT, WildChat.

Whatever the text holds, nothing here raises and the time is linear in its length: what can't be read becomes
a message with an ``error`` that says why, without repeating any of the text.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

VERSION = 1


class Message(NamedTuple):
    """One message of a conversation, or the reason why there is none."""

    position: int
    """0-based place in the conversation, in reading order."""
    message_id: str | None
    role: str | None
    """As it stood, stripped and lower case (``user``, ``human``, ``gpt``, …)."""
    content: str | None
    """Flattened text; None where the message says nothing."""
    created_at: str | None
    """As it stood: an ISO string, or a number (epoch) as text."""
    error: str | None
    """None, or a stable snake_case reason."""


def parse_messages(raw: str) -> list[Message]:
    """Read the messages of one conversation.

    Parameters
    ----------
    raw : str
        JSON: an array of messages; or an object with ``mapping`` (ChatGPT export), ``chat_messages`` (Claude
        export), ``messages``, ``conversation`` or ``conversations``.

    Returns
    -------
    list of Message
        Never empty. Exactly one message with ``error`` where the whole can't be read: ``unparsable_json``,
        ``not_a_list_of_messages`` or ``conversation_without_messages``. An element that is no object has the
        error ``message_is_not_an_object`` and keeps its position.

    Notes
    -----
    Of a ChatGPT export the branch that ends in ``current_node`` is read (else the one that ends in the newest
    leaf), without the nodes that its reader never saw: hidden ones, those of weight 0, reasoning, empty ones.
    JSON nested deeper than 200 levels counts as unparsable.
    """
    try:
        value = _load(raw)
    except ValueError:
        return [_failure(0, "unparsable_json")]
    found: object = value
    if isinstance(value, dict):
        if isinstance(value.get("mapping"), dict):
            found = list(_chatgpt_branch(value["mapping"], value.get("current_node")))
        else:
            found = next((value[key] for key in _LIST_KEYS if isinstance(value.get(key), list)), None)
            if found is None and any(key in value and value[key] is None for key in (*_LIST_KEYS, "mapping")):
                found = []
    if not isinstance(found, list):
        return [_failure(0, "not_a_list_of_messages")]
    if not found:
        return [_failure(0, "conversation_without_messages")]
    return [_message(position, item) for position, item in enumerate(found)]


def content_text(raw: str | None) -> str | None:
    """Text of a content column that holds either plain text or a JSON array of content parts.

    Parameters
    ----------
    raw : str or None
        The column's value.

    Returns
    -------
    str or None
        The parts' text where the value is a JSON array of objects that all have a ``type``, at least one of
        them a known type of part; otherwise the value itself (people do paste JSON into a chat). None where
        nothing but white space is left.
    """
    if raw is None:
        return None
    if raw.lstrip()[:1] == "[":
        try:
            value = _load(raw)
        except ValueError:
            return _clean(raw)
        if (
            isinstance(value, list)
            and all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in value)
            and any(part["type"] in _PART_TYPES for part in value)
        ):
            return _flatten(value)
    return _clean(raw)


_LIST_KEYS = ("chat_messages", "messages", "conversation", "conversations")
_ROLE_KEYS = ("role", "from", "sender", "author")
_CONTENT_KEYS = ("content", "value", "text", "parts", "message")
_ID_KEYS = ("id", "uuid", "message_id")
_TIME_KEYS = ("created_at", "create_time", "timestamp", "date")

_TEXT_TYPES = frozenset({"text", "input_text", "output_text", "refusal", "multimodal_text", "tool_result"})
_CALL_TYPES = frozenset({"tool_use", "tool_call", "function", "function_call", "server_tool_use"})
_SILENT_TYPES = frozenset(
    {"thinking", "redacted_thinking", "reasoning", "thoughts", "reasoning_recap"}
    | {"user_editable_context", "model_editable_context"}
)
_MARKERS = {
    **dict.fromkeys(("image", "image_url", "input_image", "image_file", "image_asset_pointer"), "[image]"),
    **dict.fromkeys(("audio", "audio_url", "input_audio", "audio_asset_pointer"), "[audio]"),
    **dict.fromkeys(("file", "input_file", "document", "attachment"), "[file]"),
    **dict.fromkeys(("video", "video_url", "input_video", "video_container_asset_pointer"), "[video]"),
    "real_time_user_audio_video_asset_pointer": "[audio]",
}
_PART_TYPES = _TEXT_TYPES | _CALL_TYPES | _SILENT_TYPES | _MARKERS.keys()

_MAX_JSON_DEPTH = 200
_MAX_CONTENT_DEPTH = 12
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_REFUSED_CHARACTERS = re.compile("[\x00\ud800-\udfff]")
_PLAIN_TAG = re.compile(r"[A-Za-z0-9+#._-]{1,20}")


def _load(raw: str) -> Any:
    """Parse JSON; ValueError for anything unreadable or too deep.

    The depth is counted here because the parser's own limit depends on how deep the caller's stack is.
    """
    if raw.count("[") + raw.count("{") > _MAX_JSON_DEPTH:
        depth = 0
        for match in _STRING_OR_BRACKET.finditer(raw):
            first = raw[match.start()]
            if first != '"':
                depth += 1 if first in "[{" else -1
                if depth > _MAX_JSON_DEPTH:
                    raise ValueError("nested too deeply")
    return json.loads(raw)


def _failure(position: int, error: str) -> Message:
    return Message(position, None, None, None, None, error)


def _message(position: int, item: object) -> Message:
    if not isinstance(item, dict):
        return _failure(position, "message_is_not_an_object")
    inner = item.get("message")
    if isinstance(inner, dict) and not any(key in item for key in _ROLE_KEYS):
        item = {**item, **inner}  # a node of a ChatGPT export that was cut out of its tree
        item.pop("message", None)
    content = _first(item, _CONTENT_KEYS, _flatten) or _calls(item) or _attached(item)
    return Message(
        position,
        _first(item, _ID_KEYS, _scalar),
        _first(item, _ROLE_KEYS, _role),
        content,
        _first(item, _TIME_KEYS, _scalar),
        None,
    )


def _first(item: Mapping[str, Any], keys: Sequence[str], read: Callable[[Any], str | None]) -> str | None:
    """What `read` makes of the first key that holds something."""
    for key in keys:
        if key in item:
            found = read(item[key])
            if found:
                return found
    return None


def _scalar(value: object) -> str | None:
    if isinstance(value, str):
        return _clean(value.strip())
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _role(value: object) -> str | None:
    if isinstance(value, dict):
        value = value.get("role")
    return _clean(value.strip().lower()) if isinstance(value, str) else None


def _clean(text: str) -> str | None:
    """Drop what warehouses refuse to store; None where nothing visible is left."""
    text = _REFUSED_CHARACTERS.sub("", text)
    return text if text and not text.isspace() else None


def _flatten(value: object, depth: int = 0) -> str | None:
    """Text of a content: a string, a number, a part, or a list of them."""
    if depth > _MAX_CONTENT_DEPTH:
        return None
    if isinstance(value, list):
        texts = [text for item in value if (text := _flatten(item, depth + 1)) is not None]
        return "\n".join(texts) if texts else None
    if isinstance(value, dict):
        return _part_text(value, depth)
    return _clean(value) if isinstance(value, str) else _scalar(value)


def _part_text(part: Mapping[str, Any], depth: int) -> str | None:
    kind = next((part[key] for key in ("type", "content_type") if isinstance(part.get(key), str)), "text")
    if kind in _SILENT_TYPES:
        return None
    if kind in _MARKERS:
        return _MARKERS[kind]
    if kind in _CALL_TYPES:
        return _call(part)
    if kind == "code":
        return _fenced(part)
    for key in ("text", "parts", "refusal", "result", "content", "output", "transcript"):
        text = _flatten(part.get(key), depth + 1)
        if text is not None:
            return text
    return None if kind in _TEXT_TYPES else "[attachment]"


def _fenced(part: Mapping[str, Any]) -> str | None:
    text = _flatten(part.get("text"))
    language = part.get("language")
    tag = language if isinstance(language, str) and _PLAIN_TAG.fullmatch(language) and language != "unknown" else ""
    return text and f"```{tag}\n{text}\n```"


def _calls(item: Mapping[str, Any]) -> str | None:
    """Tool calls of a message that has no other content, one a line."""
    listed = item.get("tool_calls")
    calls = listed if isinstance(listed, list) else [item.get("function_call")]
    texts = [text for call in calls if isinstance(call, dict) and (text := _call(call)) is not None]
    return "\n".join(texts) if texts else None


def _call(call: Mapping[str, Any]) -> str | None:
    function = call.get("function")
    called: Mapping[str, Any] = function if isinstance(function, dict) else call
    name = _scalar(called.get("name"))
    if name is None:
        return None
    arguments = called.get("arguments", called.get("input", called.get("args")))
    if arguments is None:
        arguments = ""
    elif not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
    return _clean(f"{name}({arguments})")


def _attached(item: Mapping[str, Any]) -> str | None:
    return "[file]" if any(isinstance(item.get(key), list) and item[key] for key in ("attachments", "files")) else None


def _chatgpt_branch(mapping: Mapping[str, Any], current: object) -> Sequence[Mapping[str, Any]]:
    """Visible messages of the branch that ends in `current`, oldest first."""
    nodes = {key: node for key, node in mapping.items() if isinstance(node, dict)}
    at: object = current if isinstance(current, str) and current in nodes else _newest_leaf(nodes)
    branch = []
    while isinstance(at, str) and at in nodes:
        node = nodes.pop(at)  # popping ends a cycle
        message = node.get("message")
        if isinstance(message, dict) and not _is_hidden(message):
            branch.append(message)
        at = node.get("parent")
    return branch[::-1]


def _newest_leaf(nodes: Mapping[str, Mapping[str, Any]]) -> str | None:
    parents = {parent for node in nodes.values() if isinstance(parent := node.get("parent"), str)}
    leaves = [key for key in nodes if key not in parents] or list(nodes)  # nothing but a cycle has no leaf

    def created(key: str) -> float:
        message = nodes[key].get("message")
        time = message.get("create_time") if isinstance(message, dict) else None
        return time if isinstance(time, int | float) and time == time else -math.inf

    return max(reversed(leaves), key=created, default=None)


def _is_hidden(message: Mapping[str, Any]) -> bool:
    metadata = message.get("metadata")
    hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation") is True
    return hidden or message.get("weight") == 0 or _message(0, message).content is None

"""What frameworks of agents write in words of their own, in those of all others.

PydanticAI, AutoGen, Google's Agent Development Kit (ADK), Chainlit; and what exports of chats (Teams, Help Scout,
Messenger, AI Studio, LM Studio, Qwen, opencode) say of who speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kura_udfs.text.messages import bots, live
from kura_udfs.text.messages.entries import TEXT_KEYS, text_of
from kura_udfs.text.messages.fields import compact, first_scalar, names, objects, unwritten
from kura_udfs.text.messages.roles import is_known, role_of

_PARTS_BY_ROLE = {
    "system-prompt": "system",
    "user-prompt": "user",
    "tool-return": "tool",
    "builtin-tool-return": "tool",
    "retry-prompt": "tool",
    "text": "assistant",
    "tool-call": "assistant",
    "builtin-tool-call": "assistant",
}
_OF_AUTOGEN = names("ToolCallRequestEvent ToolCallExecutionEvent AssistantMessage FunctionExecutionResultMessage")
_CALLS = ("function_call", "tool_call", "tool_calls")
_STEPS = {"user_message": "user", "assistant_message": "assistant", "system_message": "system"}


def step(value: Mapping[str, Any]) -> list[Any]:
    """Return the message that a step of Chainlit's is: its output, whoever says it."""
    role = _STEPS.get(str(value.get("type")))
    return [{"role": role, "content": value["output"]}] if role and isinstance(value.get("output"), str) else []


def in_common_words(items: Sequence[Any]) -> list[Any]:
    """Return the entries of a conversation, those of frameworks with role and content; PydanticAI's become several."""
    items = live.items(items) or items
    senders = [item["from"] for item in items if isinstance(item, dict) and isinstance(item.get("from"), dict)]
    has_bots = any(isinstance(sender.get("application"), dict) for sender in senders)
    return [said for item in items for said in (_said(item, has_bots) if isinstance(item, dict) else (item,))]


def _recorded(item: Mapping[str, Any]) -> tuple[str, str] | None:
    """Who speaks in a turn of a recording, and the words: as Deepgram, Amazon Transcribe and Gong write it."""
    speaker = first_scalar(item, ("role", "speaker", "speaker_label", "speakerId", "speaker_id"))
    text, sentences = item.get("transcript"), item.get("sentences")
    if isinstance(best := item.get("nBest"), list) and best and isinstance(best[0], dict):  # Azure's
        speaker, text = speaker or first_scalar(item, ("channel",)), best[0].get("display")
    if isinstance(sentences, list):
        text = " ".join(filter(None, map(text_of, objects(sentences))))
    return (speaker.lower(), text) if speaker and isinstance(text, str) and text.strip() else None


def _said(item: Mapping[str, Any], has_bots: bool) -> Iterable[Mapping[str, Any]]:
    """What an entry says, by the shape that its framework gives it."""
    match item:
        case {"kind": "request" | "response", "parts": list(parts)}:
            return _of_pydantic(item, parts)
        case {"content": {"parts": list(), "role": _} as content}:  # ADK
            return [{**{key: held for key, held in item.items() if key != "content"}, **content}]
        case {"actions": _, "author": _} if not item.get("content"):
            return []  # an event of ADK in which nobody speaks
        case {"type": "trace", "from": dict()}:
            return []  # of the Bot Framework
        case {"type": str(kind), "content": [{"name": _}, *_] as content} if kind in _OF_AUTOGEN:
            return _of_autogen(item, content)
        case {"source": str(source), "type": str(kind)} if kind.endswith("Message") and role_of(item) is None:
            return [{**item, "role": "user" if source.lower() in ("user", "human") else "assistant"}]  # AutoGen
        case _ if (steps := bots.traced(item)) is not None and role_of(item) is None:
            return steps
        case {"messageType": str(), "body": dict()}:
            return _of_teams(item, has_bots)
        case {"from": str(role)} | {"role": str(role)} if role in _CALLS and (text := text_of(item)):  # ShareGPT's
            return [_of_call(item, text)]
        case {"response": list(), "requestId": _}:  # Copilot's, in VS Code
            return _of_copilot(item)
        case _ if (told := _recorded(item)) is not None and text_of(item) is None:
            return [{**item, "role": told[0], "content": told[1]}]
        case {"prompt": {"replies": _} as prompt}:  # a tree of Open Assistant's
            return [prompt]
        case {"versions": list(), "currentlySelected": _}:
            return _of_lm_studio(item)
        case {"content_list": list(steps)} if text_of(item) is None:  # Qwen's
            shown = [step for step in objects(steps) if step.get("phase") in (None, "answer")]
            return [{**item, "content": shown}]
        case {"info": {"role": str(), **info}} if role_of(item) is None:  # opencode's
            return [{**item, **item["info"], "created_at": _held(info.get("time")).get("created")}]
        case {"isThought": True}:  # Google's AI Studio
            return []
        case {"sender_name": _, "timestamp_ms": _}:
            return [{key: _read_again(held) if isinstance(held, str) else held for key, held in item.items()}]
        case {"createdBy": dict(), "customer": _, "body": _}:
            return _of_helpscout(item)
        case _ if said := _under_roles(item):
            return said
    return [item]


def _under_roles(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What stands under who says it, as Rust writes it (``{"User": {"content": …}}``), if nothing else does."""
    if not all(is_known(name) and isinstance(held, dict) for name, held in item.items()):
        return []
    return [{"role": name.lower(), **held} for name, held in item.items()]


def _read_again(text: str) -> str:
    """A text of Messenger's or Instagram's export, which writes each byte of UTF-8 as a character."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _of_teams(item: Mapping[str, Any], has_bots: bool) -> Iterator[Mapping[str, Any]]:
    """A message of a chat or a channel, unless it only tells of who joined; beside a bot, people are who ask."""
    sender = item.get("from")
    people = {key: who for key, who in sender.items() if isinstance(who, dict)} if isinstance(sender, dict) else {}
    if item["messageType"] != "message" or item.get("deletedDateTime") or not people:
        return
    name = "user" if has_bots else people.get("user", {}).get("displayName")
    role = item.get("role") or ("bot" if "application" in people else name)
    yield {**{key: held for key, held in item.items() if key not in ("from", "messageType")}, "role": role}


def _of_autogen(item: Mapping[str, Any], content: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """Calls of tools, or what they answered."""
    called = objects(content)
    if not any("call_id" in each for each in called):
        yield {**item, "type": None, "role": "assistant", "content": None, "tool_calls": called}
        return
    for each in called:
        yield {**each, "role": "tool", "tool_call_id": each.get("call_id")}


def _of_call(item: Mapping[str, Any], text: str) -> Mapping[str, Any]:
    """A call of a tool that has a role of its own, and is a text in data for fine-tuning."""
    held = unwritten(text)
    called = [each for each in objects(held if isinstance(held, list) else [held]) if "name" in each]
    if not called:
        return item
    said = {key: value for key, value in item.items() if key not in TEXT_KEYS and key != "from"}
    return {**said, "role": "assistant", "tool_calls": called}


def _of_copilot(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A question, and what is shown as the answer to it: texts between steps."""
    yield {"role": "user", "content": text_of({"content": item.get("message"), **_held(item.get("message"))})}
    parts = [_held(part) for part in item["response"]]
    shown = [_held(part.get("content")).get("value", part.get("value")) for part in parts if "toolId" not in part]
    answer = "".join(text for text in shown if isinstance(text, str))
    yield {"role": "assistant", "content": answer, "created_at": item.get("timestamp")}


def _of_lm_studio(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The version that is shown of a message, of whose steps a thought is none of its words."""
    at, versions = item["currentlySelected"], item["versions"]
    shown = _held(versions[at]) if isinstance(at, int) and -1 <= at < len(versions) else {}
    steps = [
        step for step in map(_held, shown.get("steps") or []) if _held(step.get("style")).get("type") != "thinking"
    ]
    parts = [part for step in steps for part in step.get("content") or [] if step.get("type") == "contentBlock"]
    yield {**shown, "type": None, "content": parts or shown.get("content")}


def _held(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _of_helpscout(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A part of a conversation, where a ``user`` works at the desk; what is no more than a line in it, nobody says."""
    if not text_of(item):
        return
    role = "user" if item["createdBy"].get("type") == "customer" else "agent"
    yield {**item, "role": role_of({"type": item.get("type")}) or role}


def _of_pydantic(item: Mapping[str, Any], parts: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """A message for each part of a request or a response."""
    for part in objects(parts):
        if role := _PARTS_BY_ROLE.get(str(part.get("part_kind"))):
            yield _of_part(role, part, item)


def _of_part(role: str, part: Mapping[str, Any], message: Mapping[str, Any]) -> Mapping[str, Any]:
    said: dict[str, Any] = {"role": role, "created_at": part.get("timestamp", message.get("timestamp"))}
    if str(part["part_kind"]).endswith("tool-call"):
        function = {"name": part.get("tool_name"), "arguments": part.get("args")}
        return {**said, "content": None, "tool_calls": [{"id": part.get("tool_call_id"), "function": function}]}
    held = part.get("content")
    if role == "tool":
        said |= {"tool_call_id": part.get("tool_call_id"), "name": part.get("tool_name")}
        held = held if isinstance(held, str) else compact(held)
    return {**said, "content": held}

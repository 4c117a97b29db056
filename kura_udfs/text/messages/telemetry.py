"""Conversations in OpenTelemetry's spans and events: the semantic conventions for generative AI, old and new.

The newest keep ``gen_ai.input.messages`` and ``gen_ai.output.messages`` as JSON; before them an event stood for
each message; before those (and in OpenLLMetry and OpenInference) an attribute for each field of each message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from kura_udfs.text.messages.fields import names, objects, unwritten
from kura_udfs.text.messages.parts import content_of

_LISTS = {
    "gen_ai.system_instructions": "system",
    "gen_ai.input.messages": "user",
    "gen_ai.output.messages": "assistant",
    "gen_ai.prompt": "user",
    "gen_ai.completion": "assistant",
    "ai.prompt.messages": "user",
    "ai.response.text": "assistant",
    "llm.input_messages": "user",
    "llm.output_messages": "assistant",
    "$ai_input": "user",  # PostHog's
    "$ai_output_choices": "assistant",
}
_PLAIN_LISTS = {
    name.replace(".", "_").removeprefix("gen_ai_"): role for name, role in list(_LISTS.items())[:3]
}  # as columns
_INDEXED = re.compile(
    r"(?:gen_ai\.(prompt|completion)|llm\.(input|output)_messages)\.(\d{1,6})\.(?:message\.)?(role|content|tool_calls"
    r"|function_call|contents)(?:\.(.+))?"
)
_EVENT = re.compile(r"gen_ai\.(?:(system|user|assistant|tool)\.message|(choice)|content\.(prompt|completion))")
_SIGNS = frozenset((*_PLAIN_LISTS, "attributes", "events", "body", "event_name", "eventName", "event.name", "name"))
_NAMESPACES = ("gen_ai", "llm.", "ai.", "$ai_", "attributes.", "properties.")
"""Of attributes that are columns; the last are those of Phoenix's and PostHog's data frames."""
_OTLP = names("stringValue intValue doubleValue boolValue arrayValue kvlistValue")


def messages(record: Mapping[str, Any]) -> list[Any] | None:
    """Messages of a span, of an event, or of columns of that name; None where it is no such record."""
    if not any(key in _SIGNS or key.startswith(_NAMESPACES) for key in record):
        return None
    attributes = attributes_of(record)
    found = _listed(attributes, _LISTS) or _indexed(attributes)
    if not found and any(name in record for name in _PLAIN_LISTS):
        found = _listed(record, _PLAIN_LISTS)
    if not found and "events" in record:
        found = [each for event in objects(unwritten(record["events"])) for each in _event(event)]
    return found or _event(record) or None


def attributes_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span or an event by name, however they are kept."""
    found = {
        key.removeprefix("attributes.").removeprefix("properties."): value
        for key, value in record.items()
        if key.startswith(_NAMESPACES)
    }
    attributes = unwritten(record.get("attributes", record.get("body")))
    if isinstance(attributes, list):  # OTLP: [{"key": …, "value": {"stringValue": …}}]
        attributes = {
            each["key"]: each.get("value") for each in objects(attributes) if isinstance(each.get("key"), str)
        }
    if isinstance(attributes, dict):
        found.update((key, _any_value(value)) for key, value in attributes.items())
    nested = found.get("gen_ai")
    if isinstance(nested, dict):
        for name in _LISTS:
            value: Any = nested
            for step in name.split(".")[1:]:
                value = value.get(step) if isinstance(value, dict) else None
            if value is not None:
                found.setdefault(name, value)
    return found


def _any_value(value: object, depth: int = 0) -> Any:
    """What an OTLP AnyValue holds."""
    if not isinstance(value, dict) or depth > 100:
        return value
    key = next((key for key in _OTLP if key in value), None)
    if key is None or len(value) > 1:
        return value
    inner = value[key]
    listed = inner.get("values") if isinstance(inner, dict) else None
    if key == "arrayValue" and isinstance(listed, list):
        return [_any_value(each, depth + 1) for each in listed]
    if key == "kvlistValue" and isinstance(listed, list):
        return {str(each.get("key")): _any_value(each.get("value"), depth + 1) for each in objects(listed)}
    return inner


def _listed(attributes: Mapping[str, Any], names: Mapping[str, str]) -> list[Any]:
    found: list[Any] = []
    for name, role in names.items():
        found.extend(_said(attributes.get(name), role))
    return found


def _said(value: object, role: str) -> Iterable[Any]:
    """Messages of an attribute: a list of them (as JSON or not), a list of parts, or a text."""
    value = unwritten(value)
    if isinstance(value, dict):
        value = value["messages"] if isinstance(value.get("messages"), list) else [value]
    if not value:
        return []
    if isinstance(value, list) and all(isinstance(each, dict) for each in value) and role != "system":
        # OpenInference names the fields of a message so
        named = [{key.removeprefix("message."): held for key, held in each.items()} for each in value]
        return [each if "role" in each or "type" in each else {"role": role, **each} for each in named]
    return [{"role": role, "content": value}]


def _indexed(attributes: Mapping[str, Any]) -> list[Any]:
    """Messages of which each field is an attribute: ``gen_ai.prompt.0.content``."""
    rows: dict[tuple[bool, int], dict[str, Any]] = {}
    for name, value in attributes.items():
        match = _INDEXED.fullmatch(name)
        if match:
            is_answer = "completion" in match.group(1, 2) or match[2] == "output"
            row = rows.setdefault((is_answer, int(match[3])), {"role": "assistant" if is_answer else "user"})
            if match[4] in ("role", "content") and match[5] is None:
                row[match[4]] = content_of(value) if match[4] == "content" else value
            elif match[4] == "contents" and str(match[5]).endswith("message_content.text"):
                row["content"] = "\n".join(filter(None, (row.get("content"), value)))
            elif match[4] in ("tool_calls", "function_call") and str(match[5]).endswith(("name", "arguments")):
                calls = row.setdefault("tool_calls", [{}])
                field = "name" if match[5].endswith("name") else "arguments"
                calls.append({}) if field in calls[-1] else None
                calls[-1][field] = value
    return [rows[key] for key in sorted(rows)]


def _event(event: Mapping[str, Any]) -> list[Any]:
    """The message that an event stands for."""
    names = (event.get(key) for key in ("event_name", "eventName", "event.name", "name"))
    attributes = attributes_of(event)
    name = next((each for each in (*names, attributes.get("event.name")) if isinstance(each, str)), "")
    match = _EVENT.fullmatch(name)
    if not match:
        return _listed(attributes, _LISTS) if name.startswith("gen_ai.") else []
    if match[3]:
        return list(_said(attributes.get(f"gen_ai.{match[3]}"), "user" if match[3] == "prompt" else "assistant"))
    body = event.get("body")
    body = _any_value(body if body is not None else attributes)
    if isinstance(body, str):
        body = content_of(body)
    if isinstance(body, dict) and isinstance(body.get("message"), dict):
        body = body["message"]
    role = match[1] or "assistant"
    time = event.get("timestamp", event.get("timeUnixNano"))
    if not isinstance(body, dict):
        return [{"role": role, "content": body, "timestamp": time}]
    return [{"role": role, "timestamp": time, **body, "content": content_of(body.get("content"))}]

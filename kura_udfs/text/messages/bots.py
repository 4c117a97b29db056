"""What platforms for bots keep: turns (Dialogflow, Lex, Watson), activities (Microsoft), traces (Voiceflow), what was
done (Gemini in Google's Takeout)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_ASKED = ("request", "action")
_TRACES = (*_ASKED, "trace")


def messages(value: Mapping[str, Any]) -> list[Any]:
    """What was said in a transcript of Microsoft's bots, or in a turn of another's; empty where it is neither."""
    activities = value.get("activities")
    if isinstance(activities, list):
        return [_activity(each) for each in activities if isinstance(each, dict) and each.get("type") == "message"]
    return _of_takeout(value) or _of_dialogflow(value) or _of_watson(value) or _of_lex(value)


def _of_takeout(value: Mapping[str, Any]) -> list[Any]:
    """A prompt and its answer, as Google's export tells of what was done with Gemini."""
    shown = value.get("safeHtmlItem")
    if not isinstance(shown, list) or not isinstance(value.get("title"), str):
        return []
    return _turn([value["title"].removeprefix("Prompted ")], [_at(each, "html") for each in shown])


def traced(item: Mapping[str, Any]) -> list[Any] | None:
    """What is said in a step that holds another one with a type and a payload (Voiceflow's); None where it is none."""
    inner = next((item[key] for key in ("payload", "data") if isinstance(item.get(key), dict)), None)
    kind, inner_kind = item.get("type"), _at(inner, "type")
    if inner is None or not isinstance(inner_kind, str):
        return None
    is_step = kind == inner_kind and ("payload" in inner or len(inner) == 1)
    if kind not in _TRACES and not is_step:
        return None
    held = _at(inner, "payload")
    is_asked = kind in _ASKED
    if is_asked and not isinstance(held, str):
        held = _at(held, "query")
    elif not is_asked:
        held = _at(held, "message") if inner_kind in ("text", "speak", "message") else None
    if not isinstance(held, str):
        return []
    time = next((item[key] for key in ("startTime", "createdAt", "timestamp", "time") if item.get(key)), None)
    return [{"role": "user" if is_asked else "assistant", "content": held, "created_at": time}]


def _activity(activity: Mapping[str, Any]) -> Mapping[str, Any]:
    """Copilot Studio writes roles as numbers."""
    role = _at(activity.get("from"), "role")
    return activity if isinstance(role, str) else {**activity, "role": "user" if role == 1 else "bot"}


def _of_dialogflow(value: Mapping[str, Any]) -> list[Any]:
    """Of its API, of its export to BigQuery, and of its logs, in which a question and its answer are a line each."""
    logged = value.get("queryResult")
    question = _at(value, "request", "queryInput") or value.get("queryInput")
    result = logged or _at(value, "response", "queryResult")
    if question is None and result is None:
        return []
    said = [_at(question, "text", "text"), _at(result, "transcript")]
    if not logged:
        said += [_at(result, "text"), _at(result, "queryText")]
    texts = [_at(answer, "text", "text") for answer in _listed(result, "responseMessages")]
    return _turn(said, [line for text in texts if isinstance(text, list) for line in text])


def _of_watson(value: Mapping[str, Any]) -> list[Any]:
    answer = _at(value, "response", "output")
    if _at(value, "request", "input") is None and answer is None:
        return []
    said = [_at(value, "request", "input", "text"), _at(value, "response", "input", "text")]
    shown = [_at(each, "text") or _at(each, "title") for each in _listed(answer, "generic")]
    return _turn(said, shown or _listed(answer, "text"))


def _of_lex(value: Mapping[str, Any]) -> list[Any]:
    if not isinstance(value.get("inputTranscript"), str):
        return []
    shown = [_at(each, "content") or _at(each, "imageResponseCard", "title") for each in _listed(value, "messages")]
    return _turn([value["inputTranscript"]], shown or [value.get("botResponse")])


def _turn(said: list[Any], answers: list[Any]) -> list[Any]:
    question = next(_texts(said), None)
    answer = "\n".join(_texts(answers))
    told = (("user", question), ("assistant", answer))
    return [{"role": role, "content": content} for role, content in told if content]


def _texts(values: list[Any]) -> Iterator[str]:
    return (text for text in values if isinstance(text, str) and text.strip())


def _listed(value: object, *keys: str) -> list[Any]:
    held = _at(value, *keys)
    return held if isinstance(held, list) else []


def _at(value: object, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value

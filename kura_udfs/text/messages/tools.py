"""Calls of tools in a conversation: which, whether they worked, how long they took, which were made again.

What a tool was asked and what it answered is looked at here and never handed on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from kura_udfs.text.messages import spans
from kura_udfs.text.messages.entries import unwrapped
from kura_udfs.text.messages.fields import clean, compact, first_scalar, load, names, objects, scalar
from kura_udfs.text.messages.parts import CALL_TYPES, UNTYPED_CALLS, UNTYPED_RESULTS, called_in, with_fields
from kura_udfs.text.messages.results import CALL_IDS, DAY, ENDED, NAMES, Result, durations, result_of
from kura_udfs.text.messages.roles import TOOL_ROLES, role_of
from kura_udfs.text.messages.times import seconds, time_of

MAX_NAME = 100


class ToolCall(NamedTuple):
    """One call of a tool."""

    turn: int
    """Number of the message in which it was made, from 1."""
    tool: str
    """Its name as it stands in the log, at most `MAX_NAME` characters."""
    status: str
    """``ok``, ``failed``, or ``unanswered`` where the log holds no answer."""
    error_kind: str | None
    """One of `results.ERROR_KINDS` where it failed."""
    seconds: float | None
    """Until the answer; None where the log doesn't say."""
    retries: int
    """Failed calls of the same tool right before it, with no good one in between."""
    repetitions: int
    """Earlier calls of the same tool with the same arguments in the conversation."""


class _Call(NamedTuple):
    key: str | None
    tool: str
    arguments: int
    """A hash, which is not handed on."""
    at: float | None
    answer: Result | None


def may_hold_calls(raw: str) -> bool:
    """Whether a text of JSON can hold calls of tools at all, told without reading it."""
    return any(word in raw for word in ("tool", "Tool", "unction", "_call"))


def tool_calls(entries: Sequence[object], turns: Sequence[int]) -> list[ToolCall]:
    """Return the calls of a conversation in their order.

    Parameters
    ----------
    entries
        Its entries, in the order in which they were said.
    turns
        For each of them the number of its message.
    """
    calls: list[tuple[int, _Call]] = []
    made: list[tuple[int, _Call]] = []
    answers: list[Result] = []
    seen: set[str] = set()  # a message that was saved again tells its calls again
    for entry, turn in zip(entries, turns, strict=True):
        found = list(_events(entry))
        at = _time(entry) if found else None
        for event in found:
            if event.at is None:
                event = event._replace(at=at)
            if isinstance(event, _Call) and _is_span(entry):
                made.append((turn, event))
            elif isinstance(event, Result):
                answers.append(event)
            elif event.key is None or event.key not in seen:
                seen.add(event.key or "")
                calls.append((turn, event))
    calls = _with_spans(calls, made)
    return _told(calls, _matched([call for _, call in calls], answers)) if calls else []


def _is_span(entry: object) -> bool:
    return isinstance(entry, dict) and entry.get("type") == spans.TYPE


def _with_spans(calls: Sequence[tuple[int, _Call]], made: Sequence[tuple[int, _Call]]) -> list[tuple[int, _Call]]:
    """Calls with what spans of their own say of them, and those that only such a span tells of, in their order.

    A span is that of the call with its id, or without ids of the next one of its tool.
    """
    told = list(calls)
    left = set(range(len(calls)))
    for turn, span in made:
        same = [at for at in sorted(left) if _is_same(calls[at][1], span)]
        if same:
            left.discard(same[0])
            of_turn, call = told[same[0]]
            told[same[0]] = of_turn, call._replace(answer=span.answer)
        else:
            told.append((turn, span))
    return sorted(told, key=lambda each: each[0])


def _is_same(call: _Call, span: _Call) -> bool:
    if call.key is not None and span.key is not None:
        return call.key == span.key
    return call.tool == span.tool


def _matched(calls: Sequence[_Call], answers: Sequence[Result]) -> list[Result | None]:
    """The answer of each call: that with its id, or its own, or the first one left of its tool, or of none."""
    by_key: dict[str, Result] = {}
    others: dict[str | None, deque[Result]] = {}
    for each in answers:
        if each.key is not None:
            by_key.setdefault(each.key, each)
        else:
            others.setdefault(each.tool, deque()).append(each)
    found: list[Result | None] = []
    for call in calls:
        answer = _together(by_key.get(call.key or ""), call.answer)
        for tool in (call.tool, None) if call.key is None else (call.tool,):
            if answer is None and others.get(tool):
                answer = others[tool].popleft()
        found.append(answer)
    return found


def _together(told: Result | None, own: Result | None) -> Result | None:
    """What an answer and the call itself say of how it ended."""
    if told is None or own is None:
        return told or own
    took = own.seconds if told.seconds is None else told.seconds
    return told._replace(error_kind=told.error_kind or own.error_kind, seconds=took)


def _told(calls: Sequence[tuple[int, _Call]], answers: Sequence[Result | None]) -> list[ToolCall]:
    failures: dict[str, int] = {}
    made: dict[tuple[str, int], int] = {}
    told = []
    for (turn, call), answer in zip(calls, answers, strict=True):
        kind = answer.error_kind if answer else None
        status = "unanswered" if answer is None else "failed" if kind else "ok"
        same = (call.tool, call.arguments)
        took = _duration(call, answer)
        told.append(ToolCall(turn, call.tool, status, kind, took, failures.get(call.tool, 0), made.get(same, 0)))
        failures[call.tool] = failures.get(call.tool, 0) + 1 if status == "failed" else 0
        made[same] = made.get(same, 0) + 1
    return told


def _duration(call: _Call, answer: Result | None) -> float | None:
    if answer is None:
        return None
    if answer.seconds is not None:
        return round(answer.seconds, 3)
    if call.at is None or answer.at is None or not 0 < answer.at - call.at < DAY:
        return None
    return round(answer.at - call.at, 3)


_MAX_DEPTH = 4
_BESIDE = names("tool_calls toolInvocations toolCalls")
_HOLDERS = names("content parts message")
_MORE = frozenset((*_BESIDE, *names("function_call additional_kwargs parts recipient type message step_details")))
_ARGUMENTS = names("arguments input args action parameters")
_RESULT_ENDINGS = ("tool_result", "_call_output", "tool_call_response", "_tool_response")


def _time(entry: object) -> float | None:
    return seconds(time_of(unwrapped(entry))) if isinstance(entry, dict) else None


def _events(entry: object) -> Iterator[_Call | Result]:
    """The calls and answers of an entry, in their order."""
    if not isinstance(entry, dict) or _is_plain(entry):
        return
    item = unwrapped(entry)
    step = item.get("step_details")
    if isinstance(step, dict) and isinstance(step.get("tool_calls"), list):
        yield from _of_step(item, step["tool_calls"])
        return
    role = role_of(item)
    if role in TOOL_ROLES and not _holds_results(item):
        yield result_of({**durations(entry), **item, "id": None})  # the id is the message's
        return
    if (event := _of_part(item, is_entry=True)) is not None:
        yield event
        return
    for key in _HOLDERS:
        yield from _of_content(item.get(key), durations(entry), 0)
    for called in _beside(item):
        if (call := _call(called)) is not None:
            yield call
    recipient = item.get("recipient")  # ChatGPT's
    if isinstance(recipient, str) and recipient != "all" and role == "assistant" and (tool := clean(recipient)):
        yield _Call(None, tool[:MAX_NAME], hash(compact(item.get("content"))), None, None)


def _is_plain(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is a message of words alone, as most are."""
    return (
        isinstance(entry.get("content"), str)
        and entry.get("role") in ("user", "assistant", "system")
        and entry.keys().isdisjoint(_MORE)
    )


def _holds_results(item: Mapping[str, Any]) -> bool:
    """Whether a tool's message holds parts that are answers, each with an id of its own."""
    return any(
        part.keys() & UNTYPED_RESULTS or str(part.get("type")).replace("-", "_").endswith(_RESULT_ENDINGS)
        for part in objects(item.get("content", item.get("parts")))
    )


def _beside(item: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Calls that stand beside the content."""
    for key in _BESIDE:
        yield from objects(item.get(key))
    if isinstance(item.get("function_call"), dict):
        yield item["function_call"]
    more = item.get("additional_kwargs")
    if isinstance(more, dict) and not item.get("tool_calls"):
        yield from _beside({key: more[key] for key in ("tool_calls", "function_call") if key in more})


def _of_step(step: Mapping[str, Any], calls: Sequence[object]) -> Iterator[_Call]:
    """Calls of a step of a run of OpenAI's Assistants, which says itself how it ended."""
    begun, ended = (seconds(scalar(step.get(key))) for key in ("created_at", "completed_at"))
    for each in calls:
        if isinstance(each, dict) and (call := _call({"name": each.get("type"), **each})) is not None:
            function = each.get("function")
            output = function.get("output") if isinstance(function, dict) else None
            said = {"status": step.get("status"), "error": step.get("last_error"), "output": output}
            yield call._replace(at=begun, answer=result_of(said)._replace(key=None, at=ended))


def _of_content(content: object, took: Mapping[str, Any], depth: int) -> Iterator[_Call | Result]:
    if isinstance(content, list) and depth < _MAX_DEPTH:
        for part in content:
            yield from _of_content(part, took, depth + 1)
    elif isinstance(content, dict):
        event = _of_part({**took, **content} if took else content)
        if event is not None:
            yield event
        elif "type" not in content:
            yield from _of_content(content.get("parts"), took, depth + 1)


def _of_part(part: Mapping[str, Any], *, is_entry: bool = False) -> _Call | Result | None:
    part = with_fields(part)
    kind = part.get("type")
    if isinstance(kind, str):
        normal = kind.replace("-", "_").lower()
        if normal.endswith(_RESULT_ENDINGS):
            return result_of(part)
        if normal in CALL_TYPES or normal == spans.TYPE or normal.endswith("_call") or kind.startswith("tool-"):
            if is_entry and normal == "function":
                return None  # an old name of LangChain's for a role
            return _call(called_in(part), kind.removeprefix("tool-").removesuffix("_call"))
        return None
    if not is_entry:
        for key in part.keys() & UNTYPED_CALLS:
            if isinstance(part[key], dict):
                return _call(part[key])
        for key in part.keys() & UNTYPED_RESULTS:
            if isinstance(part[key], dict):
                return result_of(part[key])
    return None


def _call(item: Mapping[str, Any], name: str | None = None) -> _Call | None:
    function = item.get("function")
    called: Mapping[str, Any] = function if isinstance(function, dict) else item
    tool = clean(first_scalar(called, NAMES) or name or (function if isinstance(function, str) else ""))
    if tool is None:
        return None
    arguments = next((called[key] for key in _ARGUMENTS if key in called), None)
    answered = any(item.get(key) not in (None, "") for key in ("output", "result", "errorText", "error"))
    if item.get("type") != "function_call":  # of OpenAI's, the status is how the model's words ended, not the tool
        answered = answered or any(str(item.get(key)) in ENDED for key in ("state", "status"))
    answer = result_of(item) if answered else None
    return _Call(first_scalar(item, CALL_IDS), tool[:MAX_NAME], _fingerprint(arguments), None, answer)


def _fingerprint(arguments: object) -> int:
    """A hash of arguments, whatever the order of their keys."""
    if isinstance(arguments, str) and arguments.lstrip()[:1] == "{":
        with suppress(ValueError):
            arguments = load(arguments)
    return hash(_sorted(arguments))


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return tuple(sorted((str(key), _sorted(each)) for key, each in value.items()))
    return tuple(map(_sorted, value)) if isinstance(value, list) else repr(value)

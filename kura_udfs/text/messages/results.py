"""What a tool answered: whether it worked, how it failed, and how long it took."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from kura_udfs.text.messages.fields import first_scalar, load, names


class Result(NamedTuple):
    """What is known of an answer; `failed` is None where that can't be told."""

    key: str | None
    tool: str | None
    error_kind: str | None
    at: float | None
    seconds: float | None


def result_of(item: Mapping[str, Any]) -> Result:
    """Read what an answer says of itself."""
    held = next((item[key] for key in _OUTPUTS if item.get(key) not in (None, "")), None)
    inner = _as_object(held)
    origin = item.get("origin")
    of_call = origin if isinstance(origin, dict) else item  # Haystack's answers hold the call
    return Result(
        key=first_scalar(of_call, CALL_IDS),
        tool=first_scalar(of_call, NAMES),
        error_kind=_error_kind(item, inner, _text(held)),
        at=None,
        seconds=_seconds(item, inner),
    )


def durations(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What Claude Code says beside a result of how long it took, and of whether somebody stopped it."""
    beside = entry.get("toolUseResult")
    if not isinstance(beside, dict):
        return {}
    return {key: beside[key] for key in ("durationMs", "interrupted") if key in beside}


def _seconds(item: Mapping[str, Any], inner: Mapping[str, Any]) -> float | None:
    metadata = inner.get("metadata")
    for place in (item, inner, metadata if isinstance(metadata, dict) else {}):
        for key, unit in _SECONDS:
            value = place.get(key)
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < DAY / unit:
                return float(value * unit)
    return None


DAY = 86_400.0
CALL_IDS = names("tool_call_id toolCallId tool_use_id toolUseId call_id callId id")
NAMES = names("name toolName tool_name")
_OUTPUTS = names("output result errorText error response outputs content")
_MAX_DEPTH = 4
_SECONDS = (("seconds", 1.0), ("duration_seconds", 1.0), ("durationMs", 1e-3), ("duration_ms", 1e-3))
_SHOWN = 2_000
_FLAGS = names("is_error isError interrupted")
_GOOD = frozenset(names("ok success succeeded successful completed done result output-available"))
_BAD = frozenset(names("error failed failure output-error cancelled canceled expired incomplete timed_out timeout"))
ENDED = _GOOD | _BAD
_BEGINS_WITH_ERROR = re.compile(
    r"\s*(?:<tool_use_error>|traceback \(most recent|fatal:|failed to\b|(?:command|request|call|tool) failed\b"
    r"|(?:[\w.]{1,40} ){0,3}(?:error|exception|[\w.]{1,40}(?-i:Error|Exception))\b\s*"
    r"(?:[:\-(\[]|\d|$|occurred|executing|calling|running|while|when))",
    re.IGNORECASE,
)
_EXIT_CODE = re.compile(r"\s*(?:process )?exit(?:ed with)? (?:code|status)[: ]\s*(-?\d{1,6})", re.IGNORECASE)
_KINDS = {
    "rate_limit": r"\b429\b|rate.?limit|too many requests|quota|throttl",
    "timeout": r"\b(?:408|504)\b|timed?[ _-]?out|deadline",
    "cancelled": r"cancel|abort|interrupt|(?:user|human) (?:rejected|declined|denied|doesn't want)|rejected by",
    "denied": r"\b40[13]\b|permission|forbidden|unauthori[sz]ed|denied|not allowed|credential|authenticat|eacces",
    "not_found": r"\b404\b|not[ _]?found|no such|(?:doesn't|does not|didn't) exist|unknown|enoent|no matches",
    "invalid": r"\b4(?:00|22)\b|invalid|validat|missing|required|bad request|unexpected|syntax|typeerror|valueerror"
    r"|malformed|parse",
    "unavailable": r"\b5\d\d\b|unavailable|connect|network|econn|refused|gateway|internal server|overloaded|dns",
}
ERROR_KINDS = (*_KINDS, "other")
"""Why a call failed, as far as its answer says; the first that fits."""
_KIND_PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS.items()]


def _error_kind(item: Mapping[str, Any], inner: Mapping[str, Any], text: str) -> str | None:
    """Why a call failed; None where it did not, as far as its answer says."""
    told = _failed(item)
    if told is None:
        told = _failed(inner)
    if told is None:
        exited = _EXIT_CODE.match(text)
        told = int(exited[1]) != 0 if exited else _BEGINS_WITH_ERROR.match(text[:200]) is not None
    if not told:
        return None
    flags = ("interrupted" if item.get("interrupted") is True else "", str(item.get("status") or ""))
    said = " ".join((_text(item.get("error")), *flags, text))
    return next((kind for kind, pattern in _KIND_PATTERNS if pattern.search(said[:_SHOWN])), "other")


def _failed(said: Mapping[str, Any]) -> bool | None:
    """Whether fields say that a call failed; None where they don't say."""
    states = [state for key in ("status", "state") if isinstance(state := said.get(key), str)]
    if (
        any(said.get(key) is True for key in _FLAGS)
        or said.get("error") not in (None, False, "", {}, [])
        or said.get("errorText")
        or any(state.lower() in _BAD for state in states)
    ):
        return True
    if isinstance(said.get("success"), bool):
        return not said["success"]
    if (code := _exit_code(said)) is not None:
        return code != 0
    return False if any(said.get(key) is False for key in ("is_error", "isError")) else None


def _exit_code(said: Mapping[str, Any]) -> int | None:
    metadata = said.get("metadata")
    places = (said, metadata if isinstance(metadata, dict) else {})
    codes = (place.get(key) for place in places for key in ("exit_code", "exitCode"))
    return next((code for code in codes if isinstance(code, int)), None)


def _as_object(held: object) -> Mapping[str, Any]:
    """A JSON object in an answer, where it is one and not too long to look at."""
    if isinstance(held, str) and held.lstrip()[:1] == "{" and len(held) < 100_000:
        with suppress(ValueError):
            held = load(held)
    if isinstance(held, dict) and isinstance(held.get("value"), dict) and held.keys() <= {"type", "value"}:
        held = held["value"]
    return held if isinstance(held, dict) else {}


def _text(held: object, depth: int = 0) -> str:
    """The beginning of an answer as text."""
    if isinstance(held, str):
        return held[:_SHOWN]
    if isinstance(held, list) and depth < _MAX_DEPTH:
        return " ".join(_text(each, depth + 1) for each in held[:5])[:_SHOWN]
    if isinstance(held, dict) and depth < _MAX_DEPTH:
        named = [held[key] for key in ("text", "message", "error", "content", "value", "code", "type") if key in held]
        return " ".join(_text(each, depth + 1) for each in named)[:_SHOWN]
    return "" if held is None or isinstance(held, bool) else str(held)[:_SHOWN]

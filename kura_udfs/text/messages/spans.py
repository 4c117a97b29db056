"""Calls of tools that a trace holds as rows of their own: OpenTelemetry's ``execute_tool``, runs and observations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kura_udfs.text.messages.fields import first_scalar, names, scalar
from kura_udfs.text.messages.telemetry import attributes_of
from kura_udfs.text.messages.times import seconds

TYPE = "execute_tool"
"""The type of the entry that such a span becomes."""
COLUMNS = frozenset(
    names("""run_type type name error level status status_code StatusCode statusMessage status_message StatusMessage
    end_time endTime end_timestamp endTimeUnixNano end_time_unix_nano""")
)
"""What only tells of a call of a tool, and is nothing that anybody says."""

_NAMES = names("gen_ai.tool.name tool.name ai.toolCall.name traceloop.entity.name")
_IDS = names("gen_ai.tool.call.id tool_call.id tool.id ai.toolCall.id")
_ARGUMENTS = names("""gen_ai.tool.call.arguments input.value ai.toolCall.args traceloop.entity.input input inputs""")
_RESULTS = names("""gen_ai.tool.call.result output.value ai.toolCall.result traceloop.entity.output output outputs""")
_ERRORS = names("error.type exception.message error")
_MESSAGES = names("statusMessage status_message StatusMessage")
_ENDS = names("end_time endTime end_timestamp endTimeUnixNano end_time_unix_nano")
_DAY = 86_400.0


def tool_entry(call: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a row that is a call of a tool itself as an entry; None where it is something else.

    Parameters
    ----------
    call
        A span, run or observation as the models have gathered it, with its beginning as ``kura_time``.
    """
    attributes = attributes_of(call)
    if not _is_of_tool(call, attributes):
        return None
    held = {**call, **attributes}
    name = first_scalar(held, _NAMES) or first_scalar(call, ("name",)) or ""
    error, failed = _ended(held)
    begun = call.get("kura_time")
    return {
        "type": TYPE,
        "id": first_scalar(held, _IDS),
        "name": name.removeprefix(f"{TYPE} "),
        "arguments": next((held[key] for key in _ARGUMENTS if key in held), None),
        "output": next((held[key] for key in _RESULTS if key in held), None),
        "error": error,
        "status": "failed" if failed else "done",
        "seconds": _took(begun, first_scalar(held, _ENDS)),
        "timestamp": begun,
    }


def _is_of_tool(call: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    return (
        attributes.get("gen_ai.operation.name") == TYPE
        or str(attributes.get("openinference.span.kind")).upper() == "TOOL"
        or str(attributes.get("traceloop.span.kind")).lower() == "tool"
        or str(attributes.get("ai.operationId")) == "ai.toolCall"
        or "tool" in (call.get("run_type"), str(call.get("type")).lower())
    )


def _ended(held: Mapping[str, Any]) -> tuple[Any, bool]:
    """Return what a span says of an error, and whether it says that there was one."""
    status = held.get("status", held.get("status_code", held.get("StatusCode")))
    code, message = (status.get("code"), status.get("message")) if isinstance(status, dict) else (status, None)
    is_bad = str(code).upper() in ("2", "ERROR", "STATUS_CODE_ERROR") or str(held.get("level")).upper() == "ERROR"
    error = next((held[key] for key in _ERRORS if held.get(key) not in (None, "", False, "null")), None)
    message = message or first_scalar(held, _MESSAGES)
    if error is None and is_bad:
        error = message or "error"
    elif error is not None and message:
        error = f"{scalar(error) or 'error'}: {message}"
    return error, error is not None


def _took(begun: object, ended: str | None) -> float | None:
    first, last = seconds(scalar(begun)), seconds(ended)
    return None if first is None or last is None or not 0 <= last - first < _DAY else last - first

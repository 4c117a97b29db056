"""Events of a conversation while it goes on, as OpenAI's Realtime and Responses send them.

An item of the conversation is made, heard and finished in events of their own, and counts once, as it was in the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kura_udfs.text.messages.fields import first_scalar

_HEARD = (
    "input_audio_transcription.completed",
    "audio_transcript.done",
    "output_text.done",
    "response.text.done",
)
_TIMES = ("timestamp", "created_at", "createdAt", "time")


def items(events: Sequence[Any]) -> list[Any] | None:
    """The items of a conversation, in the order in which they begin; None where these are no such events."""
    if not any(isinstance(event, dict) and _kind(event).startswith(_KINDS) for event in events):
        return None
    said: dict[str, dict[str, Any]] = {}
    heard: dict[str, str] = {}
    for event in events:
        if not isinstance(event, dict):
            continue
        kind, response = _kind(event), event.get("response")
        for item in [event.get("item"), *(_outputs(response) if kind in _ENDS else ())]:
            if isinstance(item, dict) and (key := first_scalar(item, ("id",))):
                said[key] = {"created_at": first_scalar(event, _TIMES), **said.get(key, {}), **item}
        text = event.get("transcript") or event.get("text")
        if kind.endswith(_HEARD) and isinstance(text, str) and (key := first_scalar(event, ("item_id",))):
            heard[key] = text
            role = "user" if "input_audio" in kind else "assistant"
            said.setdefault(key, {"role": role, "created_at": first_scalar(event, _TIMES)})
        session = event.get("session")
        if kind.startswith("session.") and isinstance(session, dict) and isinstance(session.get("instructions"), str):
            said["session"] = {"role": "system", "content": session["instructions"]}
    return [{**item, "content": heard[key]} if key in heard else item for key, item in said.items()]


_KINDS = ("conversation.item.", "response.output", "response.audio", "response.done", "response.completed")
_ENDS = ("response.done", "response.completed")


def _kind(event: dict[str, Any]) -> str:
    kind = event.get("type")
    return kind if isinstance(kind, str) else ""


def _outputs(response: object) -> list[Any]:
    output = response.get("output") if isinstance(response, dict) else None
    return output if isinstance(output, list) else []

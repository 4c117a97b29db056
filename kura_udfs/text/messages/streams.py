"""Answers that were kept as they came in: a list of pieces, or the lines of the stream."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from kura_udfs.text.messages.fields import load

_LINE = "data:"


def chunks(text: str) -> list[Any] | None:
    """The pieces in the lines of a stream of events; None where it is something else."""
    if not text.startswith((_LINE, "event:")):
        return None
    found = []
    for line in text.splitlines():
        if line.startswith(_LINE):
            with suppress(ValueError):
                found.append(load(line[len(_LINE) :].strip()))
    return found


def text_of(held: Sequence[Any]) -> str | None:
    """The answer that some pieces make up; None where they are none."""
    pieces = [_piece(each) for each in held]
    told = [piece for piece in pieces if piece is not None]
    whole = sum("candidates" in each for each in held if isinstance(each, dict))
    # of one alone it may be an answer, and another one beside it a second choice
    is_stream = len(told) > whole or (whole > 1 and whole == len(held))
    return "".join(told) or None if is_stream else None


def _piece(chunk: object) -> str | None:
    """What one piece adds."""
    if not isinstance(chunk, dict):
        return None
    delta = chunk.get("delta")
    for key in ("contentBlockDelta", "content_block_delta"):  # Bedrock's Converse
        if isinstance(chunk.get(key), dict):
            delta = chunk[key].get("delta")
    for key in ("choices", "candidates"):
        listed = chunk.get(key)
        if isinstance(listed, list) and listed and isinstance(listed[0], dict):
            first = listed[0]
            delta = first.get("delta") if key == "choices" else first.get("content")
    if isinstance(delta, str):
        return delta if str(chunk.get("type")).endswith("text.delta") else None
    if not isinstance(delta, dict):
        return None
    parts = delta.get("parts")
    if isinstance(parts, list):  # Gemini's
        texts = [part.get("text") for part in parts if isinstance(part, dict) and not part.get("thought")]
        return "".join(text for text in texts if isinstance(text, str))
    return next((delta[key] for key in ("content", "text") if isinstance(delta.get(key), str)), None)

"""JSON whose texts hold no personal data: what a model answered, before it is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kura_udfs.text.redaction import redact


def redacted_json(content: str, redact: Callable[[str], str] = redact) -> str:
    """Replace personal data and secrets in the texts of a JSON document, and nothing else of it.

    Parameters
    ----------
    content : str
        JSON; what is none is redacted as one text.
    redact : callable
        Takes what may not be kept out of a text.

    Returns
    -------
    str
        The same characters where there was nothing to replace.
    """
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return redact(content)
    kept = _redacted(said, redact)
    return content if kept == said else json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _redacted(value: Any, redact: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_redacted(item, redact) for item in value]
    if isinstance(value, dict):
        return {key: _redacted(item, redact) for key, item in value.items()}
    return value

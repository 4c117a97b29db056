"""How to ask a model of a server for an answer that fits a schema: the one place that decides.

By a strict JSON schema where the server takes one, else by a forced tool call, else by its JSON mode, else in
words. The first refusal teaches it for the rest of the process, by server and model; parameters that are
refused are left out in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from kura_udfs.llm.openai.faults import RefusalError

Mode = Literal["json_schema", "tools", "json_object", "text"]


class Dialect(NamedTuple):
    """How to speak with one model of one server: for each choice what is left to try, best first."""

    modes: tuple[Mode, ...]
    limit_names: tuple[str, ...]
    """What the limit of output tokens is called."""
    left_out: frozenset[str] = frozenset()
    """Parameters that were refused."""
    bounded: bool = False
    """Whether the schema says how long texts and lists may be."""


def dialect(url: str, model: str) -> Dialect:
    """Return what is known of a model of a server."""
    return _learnt.get((url, model)) or _first_dialect(url)


def is_proven(url: str, model: str) -> bool:
    """Tell whether the model has answered in its dialect in this process."""
    return (url, model) in _proven


def prove(url: str, model: str) -> None:
    """Take note that the model answers in its dialect."""
    _proven.add((url, model))


def learn_from_refusal(
    url: str, model: str, used: Dialect | None, body: Mapping[str, Any], refusal: RefusalError
) -> bool:
    """Take note of what the server does not take; False if the refusal is about something else.

    Also True if another call has learnt it in the meantime: ask again in the dialect as it is now.
    """
    if used is None or dialect(url, model) != used:
        return True
    better = _after_refusal(used, body, refusal, is_proven(url, model))
    if better is not None:
        _learnt[url, model] = better
    return better is not None


def learn_from_silence(url: str, model: str, used: Dialect | None) -> bool:
    """Take note that the server ignores how it is asked; False if it has not before, or nothing is left."""
    if used is None or dialect(url, model) != used:
        return True
    if is_proven(url, model) or len(used.modes) == 1:
        return False
    _learnt[url, model] = used._replace(modes=used.modes[1:])
    return True


_MODES: tuple[Mode, ...] = ("json_schema", "tools", "json_object", "text")
_WORDS: dict[Mode, str] = {
    "json_schema": r"response_?format|json_?schema|schema|structured|guided|grammar|strict",
    "tools": r"tool|function",
    "json_object": r"response_?format|json_?object|json mode",
    "text": r"(?!)",
}
# what a server that can't keep to lengths, or not to these, complains of
_BOUNDS = r"max_?(length|items)|grammar|repetition|keyword|feature"
_learnt: dict[tuple[str, str], Dialect] = {}
_proven: set[tuple[str, str]] = set()


def _first_dialect(url: str) -> Dialect:
    # OpenAI's newer models refuse the old name of the limit, and lengths in a schema; many other servers know no other
    # name, and end by lengths what a small model would go on with in circles
    names = ("max_tokens", "max_completion_tokens")
    if (urlsplit(url).hostname or "").endswith((".openai.com", ".azure.com")):
        return Dialect(_MODES, names[::-1])
    return Dialect(_MODES, names, bounded=True)


def _after_refusal(used: Dialect, body: Mapping[str, Any], refusal: RefusalError, proven: bool) -> Dialect | None:
    blamed = refusal.param.lower() or refusal.words
    limit_name = used.limit_names[0]
    if limit_name in blamed and len(used.limit_names) > 1:
        # a proven name that is refused later was too large, which no other name would mend
        return None if proven else used._replace(limit_names=used.limit_names[1:])
    if used.bounded and re.search(_BOUNDS, f"{blamed} {refusal.words}"):
        return used._replace(bounded=False)
    if re.search(_WORDS[used.modes[0]], blamed):
        return used._replace(modes=used.modes[1:])
    ours = {"model", "messages", "response_format", "tools", "tool_choice", limit_name}
    refused = {key for key in body.keys() - ours if re.search(rf"\b{re.escape(key.lower())}\b", blamed)}
    return used._replace(left_out=used.left_out | refused) if refused else None

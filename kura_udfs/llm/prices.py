"""Prices of well-known models, and what a call costs.

List prices in US dollars per million tokens, standard tier, prompts of up to 272,000 tokens, as published at
https://developers.openai.com/api/docs/pricing. Collected on 2026-11-23 from what quotes that page (release notes and
price tables of other tools, from June to September 2026), not from the page itself. Prices change: a user's own
(`kura_llm_prices`) come first, and a model that is in neither table has no price; none is ever guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from kura_udfs.errors import KuraError

BATCH_SHARE = 0.5
"""The Batch API costs this share of the list price."""


class Price(NamedTuple):
    """US dollars per million tokens."""

    input: float
    output: float
    cached_input: float
    cache_write: float


class Usage(NamedTuple):
    """Tokens of one call; cached and cache-write tokens are part of the input tokens."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0


def price_of(model: str, overrides: Mapping[str, Mapping[str, float]]) -> Price | None:
    """Look up the price of a model.

    Parameters
    ----------
    model : str
        Name of the model; a date at its end (``gpt-4o-mini-2024-07-18``) does not matter. No other prefix
        counts: ``gpt-5-codex`` is not ``gpt-5``.
    overrides : mapping
        The user's prices, ``{model: {input, output, cached_input?, cache_write?}}``.

    Returns
    -------
    Price or None
        None if the price is not known.

    Raises
    ------
    KuraError
        If a user's price is not of that form.
    """
    undated = _DATE.sub("", model)
    for name in (model, undated):
        if name in overrides:
            return _override(name, overrides[name])
    return _PRICES.get(model) or _PRICES.get(undated)


def cost_usd(price: Price, usage: Usage) -> float:
    """Return what a call costs in US dollars at the list price."""
    plain = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens)
    return (
        plain * price.input
        + usage.cached_tokens * price.cached_input
        + usage.cache_write_tokens * price.cache_write
        + usage.output_tokens * price.output
    ) / 1e6


def usage_of(reply: Mapping[str, Any]) -> Usage | None:
    """Read how many tokens an answer says it used; None if it doesn't say."""
    usage = reply.get("usage")
    if not isinstance(usage, dict) or not isinstance(usage.get("prompt_tokens"), int):
        return None
    details = usage.get("prompt_tokens_details")
    details = details if isinstance(details, dict) else {}
    counts = (
        usage["prompt_tokens"],
        usage.get("completion_tokens"),
        details.get("cached_tokens"),
        details.get("cache_write_tokens"),
    )
    return Usage(*(count if isinstance(count, int) and count > 0 else 0 for count in counts))


_DATE = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{4})$")


def _with_cache_writes(input: float, cached_input: float, output: float) -> Price:
    """Price of a model that bills what it writes to its prompt cache at 1.25 times the input."""
    return Price(input, output, cached_input, 1.25 * input)


def _without(input: float, cached_input: float, output: float) -> Price:
    return Price(input, output, cached_input, input)


_PRICES = {
    "gpt-6.2-astra": _with_cache_writes(8.00, 0.40, 40.00),
    "gpt-6.2-sol": _with_cache_writes(2.00, 0.10, 10.00),
    "gpt-6.1-sol": _with_cache_writes(2.00, 0.10, 10.00),
    "gpt-6.1-terra": _with_cache_writes(1.00, 0.05, 5.00),
    "gpt-6-astra": _with_cache_writes(10.00, 1.00, 50.00),
    "gpt-6-sol": _with_cache_writes(2.00, 0.20, 10.00),
    "gpt-6-luna": _with_cache_writes(0.10, 0.01, 0.50),
    # offered at 4.00 and 20.00 "at least until 2026-11-21": a limit on cost is safe with the regular price
    "gpt-5.6-sol": _with_cache_writes(5.00, 0.50, 30.00),
    "gpt-5.6-terra": _with_cache_writes(2.00, 0.20, 12.00),
    "gpt-5.6-luna": _with_cache_writes(0.20, 0.02, 1.20),
    "gpt-5.5": _without(5.00, 0.50, 30.00),
    "gpt-5.4": _without(2.50, 0.25, 15.00),
    "gpt-5.4-mini": _without(0.75, 0.075, 4.50),
    "gpt-5.4-nano": _without(0.20, 0.02, 1.25),
    "gpt-5.2": _without(1.75, 0.175, 14.00),
    "gpt-5.1": _without(1.25, 0.125, 10.00),
    "gpt-5": _without(1.25, 0.125, 10.00),
    "gpt-5-mini": _without(0.25, 0.025, 2.00),
    "gpt-5-nano": _without(0.05, 0.005, 0.40),
    "gpt-4.1": _without(2.00, 0.50, 8.00),
    "gpt-4.1-mini": _without(0.40, 0.10, 1.60),
    "gpt-4.1-nano": _without(0.10, 0.025, 0.40),
    "gpt-4o": _without(2.50, 1.25, 10.00),
    "gpt-4o-2024-05-13": _without(5.00, 5.00, 15.00),
    "gpt-4o-mini": _without(0.15, 0.075, 0.60),
    "o4-mini": _without(1.10, 0.275, 4.40),
    "o3-mini": _without(1.10, 0.55, 4.40),
    "text-embedding-3-small": _without(0.02, 0.02, 0.00),
    "text-embedding-3-large": _without(0.13, 0.13, 0.00),
    "text-embedding-ada-002": _without(0.10, 0.10, 0.00),
}


def _override(model: str, given: Mapping[str, Any]) -> Price:
    wrong = [key for key, value in given.items() if key not in Price._fields or not _is_price(value)]
    if wrong or not {"input", "output"} <= given.keys():
        raise KuraError(
            f"The price of the model {model!r} in kura_llm_prices must have `input` and `output`, and may"
            " have `cached_input` and `cache_write`, each in US dollars per million tokens and not below 0"
            + (f"; look at {', '.join(map(repr, wrong))}." if wrong else ".")
        )
    paid = float(given["input"])
    return Price(
        paid,
        float(given["output"]),
        float(given.get("cached_input", paid)),
        float(given.get("cache_write", paid)),
    )


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")

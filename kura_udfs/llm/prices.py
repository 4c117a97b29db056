"""Prices of models, and what a call costs: the user's own first, then those that genai-prices brings along.

US dollars per million tokens, standard tier, prompts below the first step of a price that has steps (for OpenAI's
models: up to 272,000 tokens), as the installed version of genai-prices has them; no network is asked. Prices change:
`kura_llm_prices` comes first, and a model that is in neither has no price; none is ever guessed.
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
        Name of the model; a date at its end (``gpt-4o-mini-2024-07-18``) does not matter.
    overrides : mapping
        The user's prices, ``{model: {input, output, cached_input?, cache_write?}}``.

    Returns
    -------
    Price or None
        None if the price is not known: it is neither among the user's nor one of OpenAI's models in genai-prices, or
        that is not installed. The same model has other prices elsewhere (in Snowflake, on a server of one's own), so
        that nothing is looked up for other providers.

    Raises
    ------
    KuraError
        If a user's price is not of that form.
    """
    names = (model, _DATE.sub("", model))
    for name in names:
        if name in overrides:
            return _override(name, overrides[name])
    return next(filter(None, map(_listed, names)), None)


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


def _listed(model: str) -> Price | None:
    """Return what genai-prices knows of one of OpenAI's models; what is not billed apart costs as much as input."""
    try:
        import genai_prices
    except ImportError:  # it comes with the extra `openai`, and is not among the packages of Snowflake's channel
        return None
    try:
        found = genai_prices.calc_price(genai_prices.Usage(), model, provider_id="openai").model_price
    except LookupError:
        return None
    paid = _base(found.input_mtok)
    if paid is None:
        return None
    cached, written = _base(found.cache_read_mtok), _base(found.cache_write_mtok)
    return Price(
        paid,
        _base(found.output_mtok) or 0.0,
        paid if cached is None else cached,
        paid if written is None else written,
    )


def _base(price: Any) -> float | None:
    """Return a price, of one that has steps the first."""
    return None if price is None else float(getattr(price, "base", price))


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

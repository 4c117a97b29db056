from __future__ import annotations

import pytest

from kura_udfs.errors import KuraError
from kura_udfs.llm.prices import _PRICES, Price, Usage, cost_usd, price_of


def test_a_dated_name_has_the_price_of_its_model() -> None:
    assert price_of("gpt-4o-mini-2024-07-18", {}) == price_of("gpt-4o-mini", {}) == Price(0.15, 0.60, 0.075, 0.15)
    assert price_of("gpt-4o", {}) != price_of("gpt-4o-mini", {})


@pytest.mark.parametrize(
    "model", ["gpt-5-codex", "gpt-4o-mini-audio", "openai/gpt-4o-mini", "ft:gpt-4o-mini:x", "llama3", ""]
)
def test_the_price_of_an_unknown_model_is_never_guessed(model: str) -> None:
    assert price_of(model, {}) is None


def test_a_users_price_comes_first_and_counts_for_dated_names_too() -> None:
    own: dict[str, dict[str, float]] = {
        "gpt-4o": {"input": 1, "output": 2, "cached_input": 0.5},
        "llama3": {"input": 0, "output": 0},
    }
    assert price_of("gpt-4o-2024-08-06", own) == Price(1, 2, 0.5, 1)
    assert price_of("llama3", own) == Price(0, 0, 0, 0)
    assert price_of("gpt-4o-mini", own) == price_of("gpt-4o-mini", {})


@pytest.mark.parametrize(
    "price",
    [
        {"input": 1.0},
        {"output": 1.0},
        {"input": 1.0, "output": -1.0},
        {"input": 1.0, "output": "2"},
        {"input": True, "output": 1.0},
        {"input": 1.0, "output": float("nan")},
        {"input": 1.0, "output": 1.0, "inptu": 2.0},
    ],
)
def test_a_users_price_of_another_form_is_an_error_that_names_the_model(price: dict[str, float]) -> None:
    with pytest.raises(KuraError, match=r"'mine'.*kura_llm_prices"):
        price_of("mine", {"mine": price})


def test_cached_tokens_and_cache_writes_have_prices_of_their_own() -> None:
    price = Price(input=2.0, output=10.0, cached_input=0.2, cache_write=2.5)
    used = Usage(input_tokens=1000, output_tokens=100, cached_tokens=600, cache_write_tokens=300)
    assert cost_usd(price, used) == pytest.approx((100 * 2.0 + 600 * 0.2 + 300 * 2.5 + 100 * 10.0) / 1e6)


def test_every_price_of_the_table_is_plausible() -> None:
    for price in _PRICES.values():
        assert 0 < price.cached_input <= price.input <= price.cache_write
        assert price.output == 0 or price.output > price.input

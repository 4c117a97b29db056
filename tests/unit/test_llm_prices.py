from __future__ import annotations

import subprocess
import sys

import pytest

from kura_udfs.errors import KuraError
from kura_udfs.llm.prices import Price, Usage, cost_usd, price_of


def test_a_dated_name_has_the_price_of_its_model() -> None:
    assert price_of("gpt-4o-mini-2024-07-18", {}) == price_of("gpt-4o-mini", {}) == Price(0.15, 0.60, 0.075, 0.15)
    assert price_of("gpt-4o", {}) != price_of("gpt-4o-mini", {})


@pytest.mark.parametrize(
    "model",
    [
        "gpt-4.1-mini-of-ours",
        "openai/gpt-4o-mini",
        "openai-gpt-4.1",
        "ft:gpt-4.1:x",
        "claude-haiku-4-5",
        "llama3",
        "gpt-oss:20b",
        "whisper-1",
        "",
    ],
)
def test_the_price_of_an_unknown_model_is_never_guessed(model: str) -> None:
    assert price_of(model, {}) is None


def test_what_is_written_to_the_cache_is_billed_apart_where_the_model_does_so() -> None:
    with_writes, without = price_of("gpt-6-luna", {}), price_of("gpt-4.1", {})
    assert with_writes is not None
    assert without is not None
    assert with_writes.cache_write > with_writes.input > with_writes.cached_input
    assert without.cache_write == without.input > without.cached_input


def test_an_encoder_writes_nothing() -> None:
    price = price_of("text-embedding-3-small", {})
    assert price is not None
    assert (price.output, price.cached_input) == (0, price.input)


def test_a_users_price_comes_first_and_counts_for_dated_names_too() -> None:
    own: dict[str, dict[str, float]] = {
        "gpt-4o": {"input": 1, "output": 2, "cached_input": 0.5},
        "llama3": {"input": 0, "output": 0},
    }
    assert price_of("gpt-4o-2024-08-06", own) == Price(1, 2, 0.5, 1)
    assert price_of("llama3", own) == Price(0, 0, 0, 0)
    assert price_of("gpt-4o-mini", own) == price_of("gpt-4o-mini", {})


def test_without_the_library_only_the_users_prices_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    assert price_of("gpt-4o-mini", {}) is None
    assert price_of("gpt-4o-mini", {"gpt-4o-mini": {"input": 1, "output": 2}}) == Price(1, 2, 1, 1)


def test_a_price_is_looked_up_without_a_network() -> None:
    code = """if True:
        import socket

        def refused(*_):
            raise AssertionError("a connection was opened")

        socket.socket.connect = socket.getaddrinfo = refused
        from kura_udfs.llm.prices import price_of

        assert price_of("gpt-4o-mini", {})
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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

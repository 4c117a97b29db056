"""What a run may spend: set aside before a call goes out, so that no limit is ever passed."""

from __future__ import annotations

from kura_udfs.errors import KuraError
from kura_udfs.llm.prices import Price, Usage, cost_usd, price_of
from kura_udfs.llm.requests import Size
from kura_udfs.settings import ModelSettings


class LimitError(KuraError):
    """`max_calls` or `max_cost_usd` leaves no room for another call. What has been answered is kept."""


class Budget:
    """Calls and US dollars, spent and set aside.

    Parameters
    ----------
    settings : ModelSettings
        Limits and prices. A call that may have been billed though no answer arrived counts towards
        `max_cost_usd` as what it could cost at most.
    share : float
        Of the list price, that is paid.
    """

    def __init__(self, settings: ModelSettings, share: float = 1.0) -> None:
        self._max_calls = settings.max_calls
        self._max_cost = settings.max_cost_usd
        self._prices = settings.llm_prices
        self._share = share
        self._calls_before, self._spent_before = settings.spent
        self._known: dict[str, Price | None] = {}
        self._calls = self._in_flight = 0
        self._spent = self._set_aside = 0.0

    def cost(self, model: str, usage: Usage | None) -> float | None:
        """Return what a call has cost; None where price or usage is not known."""
        price = self._price(model)
        return None if price is None or usage is None else cost_usd(price, usage) * self._share

    def most(self, model: str, size: Size) -> float:
        """Return what a call may cost at most; 0 where the price is not known and nobody asks.

        Raises
        ------
        KuraError
            If the price is not known, but there is a limit to keep to.
        """
        price = self._price(model)
        if price is not None:
            dearest = price._replace(input=max(price.input, price.cached_input, price.cache_write))
            return cost_usd(dearest, Usage(size.input_bytes, size.max_output_tokens)) * self._share
        if self._max_cost is None:
            return 0.0
        raise KuraError(
            f"kura_max_cost_usd can't be kept to, because the price of the model {model!r} is not known. Set"
            f" it in the var kura_llm_prices: {{{model!r}: {{input: …, output: …}}}}, in US dollars per"
            " million tokens (0 for a server of your own)."
        )

    def has_room(self, cost: float) -> bool:
        """Tell whether a call that costs at most `cost` may go out; if False, not before another has ended.

        Raises
        ------
        LimitError
            If waiting won't help.
        """
        if self._max_calls is not None and self._calls >= self._max_calls:
            raise LimitError(
                f"The limit kura_max_calls is reached: {self._calls_before + self._calls:,} calls."
                f" {_HOW_TO_GO_ON.format('kura_max_calls')}"
            )
        if self._max_cost is None or self._spent + self._set_aside + cost <= self._max_cost:
            return True
        if self._in_flight:
            return False
        raise LimitError(
            f"The limit kura_max_cost_usd of {_dollars(self._spent_before + self._max_cost)} is reached:"
            f" ${self._spent_before + self._spent:,.4f} is spent on {self._calls_before + self._calls:,} calls, and the"
            f" next may cost up to ${cost:,.4f}."
            f" {_HOW_TO_GO_ON.format('kura_max_cost_usd')}"
        )

    def set_aside(self, cost: float) -> None:
        """Count a call that goes out now."""
        self._calls += 1
        self._in_flight += 1
        self._set_aside += cost

    def settle(self, cost: float, spent: float) -> None:
        """Count what a call has come to instead of the `cost` that was set aside for it."""
        self._in_flight -= 1
        self._set_aside = self._set_aside - cost if self._in_flight else 0.0
        self._spent += spent

    def _price(self, model: str) -> Price | None:
        if model not in self._known:
            self._known[model] = price_of(model, self._prices)
        return self._known[model]


def _dollars(limit: float) -> str:
    return f"${limit:,.2f}" if abs(limit - round(limit, 2)) < 1e-9 else f"${limit:,.6g}"


_HOW_TO_GO_ON = "Everything answered so far is kept and is not paid for again: raise {} and run again to go on."

"""What the stages of a run have spent on models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Protocol

from kura_udfs.settings import ModelSettings


@dataclass(slots=True)
class Spent:
    """Calls (retries are among them), tokens and US dollars."""

    calls: float = 0
    retries: float = 0
    input_tokens: float = 0
    output_tokens: float = 0
    cost_usd: float = 0.0

    def add(self, more: Spending) -> None:
        """Add what something has come to; a cost that nobody knows counts as none."""
        self.calls += more.calls
        self.retries += more.retries
        self.input_tokens += more.input_tokens
        self.output_tokens += more.output_tokens
        self.cost_usd += more.cost_usd or 0.0

    def less(self, earlier: Spent) -> Spent:
        """Return what has been spent since."""
        return Spent(**{name: amount - getattr(earlier, name) for name, amount in asdict(self).items()})


class Spending(Protocol):
    """Anything that has used a model: an answer, a tally, the sum of a statement."""

    @property
    def calls(self) -> float: ...
    @property
    def retries(self) -> float: ...
    @property
    def input_tokens(self) -> float: ...
    @property
    def output_tokens(self) -> float: ...
    @property
    def cost_usd(self) -> float | None: ...


class Account:
    """What one stage spends, on top of what the run has spent before it.

    Parameters
    ----------
    earlier : callable, optional
        Returns what the earlier stages of this run have spent.
    on_booked : callable, optional
        Called after each booking.
    """

    def __init__(self, earlier: Callable[[], Spent] = Spent, on_booked: Callable[[], object] = lambda: None) -> None:
        self._earlier = earlier
        self._on_booked = on_booked
        self.spent = Spent()

    def book(self, more: Spending) -> None:
        """Put what something has come to on the account."""
        self.spent.add(more)
        self._on_booked()

    def of_this_run(self) -> Spent:
        """Return what the run has spent up to now, this stage included."""
        total = Spent(**asdict(self._earlier()))
        total.add(self.spent)
        return total

    def left_of(self, settings: ModelSettings) -> ModelSettings:
        """Return settings whose limits are what the run has left of them."""
        spent = self.of_this_run()
        return settings.less(spent.calls, spent.cost_usd)

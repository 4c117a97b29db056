"""How many calls may be in flight and how soon the next may start.

Knows no clock: it is told the time, in seconds of any one clock, and says how long to wait.
"""

from __future__ import annotations

import email.utils
import math
import re
from collections.abc import Mapping
from datetime import datetime

CUT = 0.5
"""The share of its concurrency that is left after the server is overloaded."""
MEMORY = 0.9
TROUBLE = 0.15
"""Failures count as overload while more than this share of calls fails; older ones fade by `MEMORY`."""
SLACK_SECONDS = 0.1
"""A rate makes up for this much of its own lateness, so that timers that fire late don't lower it."""


class Limits:
    """Adaptive concurrency, the user's rates, and the pauses that the server asks for.

    Concurrency grows by one for every round of answers and is halved when the server is overloaded (additive
    increase, multiplicative decrease), once for all the calls that were in flight at that moment.

    Parameters
    ----------
    max_concurrency : int
        Never more than this many calls are in flight.
    requests_per_minute, tokens_per_minute : float or None
        Rates that the starts of calls keep to, evenly over the minute.
    probing : bool
        Whether the first call goes alone: what is wrong with all of them then shows in one.
    """

    def __init__(
        self,
        max_concurrency: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        *,
        probing: bool = False,
    ) -> None:
        self._max = float(max_concurrency)
        self._concurrency = self._max
        self._probing = probing
        self._in_flight = 0
        self._cut_at = -math.inf
        self._trouble = 0.0
        self._paused_until = -math.inf
        self._requests = _Rate(requests_per_minute)
        self._tokens = _Rate(tokens_per_minute)

    @property
    def concurrency(self) -> int:
        """How many calls may be in flight at the moment."""
        return 1 if self._probing else int(self._concurrency)

    @property
    def in_flight(self) -> int:
        """How many calls are in flight."""
        return self._in_flight

    def wait(self, now: float) -> float:
        """Return the seconds until a call may start: 0 for at once, infinity for when another one ends."""
        if self._in_flight >= self.concurrency:
            return math.inf
        return max(0.0, self._paused_until - now, self._requests.wait(now), self._tokens.wait(now))

    def start(self, now: float, tokens: float) -> None:
        """Count a call that starts now and will use about so many tokens."""
        self._in_flight += 1
        self._requests.take(now, 1)
        self._tokens.take(now, tokens)

    def end(self, tokens: float, used: float) -> None:
        """Count a call that has ended, which used so many tokens instead of the `tokens` it started with."""
        self._in_flight -= 1
        self._tokens.correct(used - tokens)

    def grow(self) -> None:
        """Take note of an answer."""
        self._concurrency = min(self._max, self._concurrency + 1 / self._concurrency)
        self._trouble *= MEMORY

    def shrink(self, started: float, now: float) -> bool:
        """Take note that a call which started at `started` was too much for the server; False if no news.

        It is none if the call left before the last cut, since it says nothing about what the cut has left.
        """
        self.end_probe()
        if started < self._cut_at:
            return False
        self._concurrency = max(1.0, self._concurrency * CUT)
        self._cut_at = now
        return True

    def doubt(self, started: float, now: float) -> None:
        """Take note of a failure that is due to overload or to the request: only several in a row count."""
        self.end_probe()
        self._trouble = MEMORY * self._trouble + (1 - MEMORY)
        if self._trouble > TROUBLE:
            self.shrink(started, now)

    def end_probe(self) -> None:
        """Let more than one call go at a time."""
        self._probing = False

    def pause(self, until: float) -> None:
        """Let no call start before `until`."""
        self._paused_until = max(self._paused_until, until)


def retry_after(headers: Mapping[str, str], wall_clock: float) -> float | None:
    """Return the seconds that a server asks to wait, by ``retry-after-ms`` or ``Retry-After``.

    A date is read by the server's own clock (its ``Date``) where it tells it, else by `wall_clock`.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    at = _http_date(value)
    if at is None:
        return None
    sent = _http_date(headers.get("date"))
    return max(0.0, at - (wall_clock if sent is None else sent))


def reset_after(headers: Mapping[str, str], tokens: float, wall_clock: float) -> float | None:
    """Return how many seconds a server's ``x-ratelimit-*`` headers say until it takes another call.

    Parameters
    ----------
    headers : mapping of str to str
        Lower-case names.
    tokens : float
        What the next call is thought to use.
    wall_clock : float
        Seconds since 1970, for servers that give a moment instead of a duration.

    Returns
    -------
    float or None
        None if enough remains, or nothing is said.
    """
    waits = []
    for what, needed in (("requests", 1.0), ("tokens", tokens)):
        remaining = _number(headers.get(f"x-ratelimit-remaining-{what}"))
        if remaining is None or remaining >= needed:
            continue
        total = _number(headers.get(f"x-ratelimit-limit-{what}"))
        if total is not None and total < needed and remaining >= total:
            continue  # a call larger than the whole limit: waiting won't help
        seconds = _duration(headers.get(f"x-ratelimit-reset-{what}"), wall_clock)
        if seconds is not None:
            waits.append(seconds)
    return max(waits, default=None)


class _Rate:
    """So many a minute, evenly: what is taken moves the moment from which more may be taken."""

    def __init__(self, per_minute: float | None) -> None:
        self._seconds_each = 60 / per_minute if per_minute else 0.0
        self._free_at: float | None = None

    def wait(self, now: float) -> float:
        return 0.0 if self._free_at is None else self._free_at - now

    def take(self, now: float, amount: float) -> None:
        free_at = now if self._free_at is None else max(self._free_at, now - SLACK_SECONDS)
        self._free_at = free_at + amount * self._seconds_each

    def correct(self, amount: float) -> None:
        if self._free_at is not None:
            self._free_at += amount * self._seconds_each


_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_EPOCH = 1e9
_EPOCH_IN_MILLISECONDS = 1e12


def _number(value: str | None) -> float | None:
    try:
        number = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _http_date(value: str | None) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() if value else None
    except ValueError:
        return None


def _duration(value: str | None, wall_clock: float) -> float | None:
    """Read ``6m0s``, ``250ms``, ``1.5``, seconds or milliseconds since 1970, or an ISO date."""
    if not value:
        return None
    number = _number(value)
    if number is not None:
        if number < _EPOCH:
            return number
        return max(0.0, (number / 1000 if number >= _EPOCH_IN_MILLISECONDS else number) - wall_clock)
    if _DURATION.sub("", value) == "":
        return sum(float(amount) * _UNITS[unit] for amount, unit in _DURATION.findall(value))
    try:
        return max(0.0, datetime.fromisoformat(value).timestamp() - wall_clock)
    except ValueError:
        return None

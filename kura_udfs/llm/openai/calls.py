"""One call to the server and its retries, within the limits of the run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import httpx2
import openai

from kura_udfs.errors import KuraError
from kura_udfs.llm.breaker import NO_JSON
from kura_udfs.llm.openai import faults
from kura_udfs.llm.openai.budget import Budget, LimitError
from kura_udfs.llm.openai.clients import async_client, endpoint, shown_url
from kura_udfs.llm.openai.faults import Fault, RefusalError, RowError
from kura_udfs.llm.openai.limits import Limits, reset_after, retry_after
from kura_udfs.llm.prices import usage_of
from kura_udfs.llm.requests import Size
from kura_udfs.settings import ModelSettings

ATTEMPTS = 6
"""How often one question is put to a server that fails, the first time included."""
FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0
"""Seconds between attempts: doubling from the first to the longest, less up to half of it at random."""
LONGEST_PAUSE = 600.0
"""Seconds; a server that asks for a longer pause ends the run."""
MOST_DAYS = 1000
"""Days; who asks for more has no date in mind."""
LONGEST_RESET = 60.0
"""Seconds; what a server announces ahead of time is believed up to this, what it answers with 429 beyond."""


@dataclass(slots=True)
class Tally:
    """What one row has come to so far."""

    model: str
    """As the server names it; as it was asked for until then."""
    calls: int = 0
    retries: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0


class _Call(NamedTuple):
    path: str
    model: str
    size: Size
    most: float
    """US dollars that it may cost at most."""
    tally: Tally


class Calls:
    """The calls of one run: a client, and the limits that all calls share."""

    def __init__(self, client: openai.AsyncOpenAI, settings: ModelSettings, *, probing: bool) -> None:
        self.url, _ = endpoint(settings)
        self.limits = Limits(
            settings.max_concurrency,
            settings.requests_per_minute,
            settings.tokens_per_minute,
            probing=probing,
        )
        self._client = client
        self._timeout = settings.timeout
        self._budget = Budget(settings)
        self._random = random.Random(0)
        self._turn = asyncio.Lock()
        self._change = asyncio.Event()
        self._stopped = asyncio.Event()
        self._reached = False
        self._overloads = 0

    async def post(
        self, path: str, model: str, body: Callable[[], dict[str, Any]], size: Size, tally: Tally
    ) -> dict[str, Any] | None:
        """Send a request until it is answered.

        Parameters
        ----------
        path : str
            Below the base URL.
        model : str
            That the request names.
        body : callable
            Gives the JSON to send. Called when the request may go out, so that it heeds what others have
            learnt.
        size : Size
            Upper bounds, for rates and money.
        tally : Tally
            Grows by what is used, whatever the outcome.

        Returns
        -------
        dict or None
            The answer's JSON; None if the run ended before there was one.

        Raises
        ------
        RowError
            After the last attempt.
        RefusalError
            If the server takes the request for wrong.
        KuraError
            If no call could succeed, or a limit of the settings is reached. The run ends with it.
        """
        try:
            call = _Call(path, model, size, self._budget.most(model, size), tally)
        except KuraError as unknown:
            self._stop(unknown)
        for attempt in range(1, ATTEMPTS + 1):
            if not await self._may_start(call):
                return None
            tally.calls += 1
            tally.retries += attempt > 1
            try:
                outcome, pause = await self._attempt(call, body(), attempt)
            except RefusalError:
                raise
            except BaseException:
                self._end()  # or others would wait for ever for this call to end
                raise
            if not isinstance(outcome, Fault):
                return outcome
            if attempt == ATTEMPTS:
                if outcome.reason == faults.TIMEOUT and not self._reached:
                    self._stop(faults.silent_error(self.url, self._timeout, attempt))
                raise RowError(outcome.reason)
            await _wait_for(self._stopped, max(pause, self._backoff(attempt)))
        return None

    async def _may_start(self, call: _Call) -> bool:
        """Wait until a call may start, first come first served, and count it; False if the run has ended."""
        async with self._turn:
            while not self._stopped.is_set():
                try:
                    has_room = self._budget.has_room(call.most)
                except LimitError as reached:
                    self._stop(reached)
                wait = self.limits.wait(time.monotonic()) if has_room else math.inf
                if wait == 0:
                    self._budget.set_aside(call.most)
                    self.limits.start(time.monotonic(), call.size.likely_tokens)
                    return True
                self._change.clear()
                await _wait_for(self._change, wait)
        return False

    async def _attempt(self, call: _Call, body: dict[str, Any], attempt: int) -> tuple[dict[str, Any] | Fault, float]:
        """Send a request once; return its answer or what went wrong, and the pause that the server wants."""
        started = time.monotonic()
        headers: Mapping[str, str] = {}
        outcome: dict[str, Any] | Fault | RefusalError | KuraError
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.post(call.path, cast_to=httpx2.Response, body=body)
            headers = response.headers
            outcome = _read(response.content, self.url, call.model)
        except Exception as error:
            outcome = faults.judge(error, self.url, call.model)
            if isinstance(error, openai.APIStatusError):
                headers = error.response.headers
        spent, used = 0.0, 0.0
        if isinstance(outcome, dict):
            spent, used = self._count(outcome, call)
        elif isinstance(outcome, Fault) and outcome.maybe_billed:
            spent = call.most
        self._budget.settle(call.most, spent)
        self.limits.end(call.size.likely_tokens, used)
        self._adapt(outcome, started, attempt)
        pause = self._heed(headers, call.size, outcome)
        self._change.set()
        if isinstance(outcome, Fault) and outcome.unreachable and not self._reached:
            outcome = faults.unreachable_error(outcome, self.url)
        self._reached = self._reached or bool(headers)
        if isinstance(outcome, KuraError):
            self._stop(outcome)
        if isinstance(outcome, RefusalError):
            raise outcome
        return outcome, pause

    def _adapt(self, outcome: object, started: float, attempt: int) -> None:
        """Fit the concurrency to what became of a call."""
        now = time.monotonic()
        if isinstance(outcome, dict):
            self.limits.grow()
            self._overloads = 0
        elif isinstance(outcome, Fault) and outcome.overload:
            self._overloads += self.limits.shrink(started, now)
            if self._overloads > 1:  # even fewer are too many: wait, or all would use up their attempts
                self.limits.pause(now + self._backoff(self._overloads))
        elif isinstance(outcome, Fault) and attempt == 1:  # what fails again may well be to blame itself
            self.limits.doubt(started, now)

    def _count(self, reply: dict[str, Any], call: _Call) -> tuple[float, float]:
        """Add an answer to its row's tally; return its cost and its tokens, at most where it doesn't say."""
        tally = call.tally
        tally.model = str(reply.get("model") or tally.model)
        usage = usage_of(reply)
        cost = self._budget.cost(call.model, usage)
        tally.cost_usd = None if cost is None or tally.cost_usd is None else tally.cost_usd + cost
        if usage is None:
            return call.most, call.size.likely_tokens
        tally.input_tokens += usage.input_tokens
        tally.output_tokens += usage.output_tokens
        return cost or 0.0, usage.input_tokens + usage.output_tokens

    def _heed(self, headers: Mapping[str, str], size: Size, outcome: object) -> float:
        """Hold back all calls as long as the server asks for; return what it asks of this one."""
        asked = retry_after(headers, time.time()) if isinstance(outcome, Fault) else None
        if asked is not None and asked > LONGEST_PAUSE:
            self._stop(
                KuraError(
                    f"The model server at {shown_url(self.url)} asks to wait {_in_words(asked)}."
                    " Run again after that: what has been answered is kept."
                )
            )
        announced = reset_after(headers, size.likely_tokens, time.time()) or 0.0
        self.limits.pause(time.monotonic() + max(asked or 0.0, min(announced, LONGEST_RESET)))
        return asked or 0.0

    def _backoff(self, failures: int) -> float:
        return min(LONGEST_BACKOFF, FIRST_BACKOFF * 2.0 ** (failures - 1)) * self._random.uniform(0.5, 1)

    def _stop(self, error: KuraError) -> NoReturn:
        self._end()
        raise error

    def _end(self) -> None:
        self._stopped.set()
        self._change.set()


@contextlib.asynccontextmanager
async def open_calls(settings: ModelSettings, *, probing: bool) -> AsyncIterator[Calls]:
    """Open the client of a run, and close it at the end: one that is left open breaks its event loop."""
    async with async_client(settings) as client:
        yield Calls(client, settings, probing=probing)


def _read(content: bytes, url: str, model: str) -> dict[str, Any] | Fault | RefusalError | KuraError:
    """Read an answer with the status 200, inside which a gateway may tell of an error of the server behind it."""
    try:  # a letter that was cut in the middle is no reason to pay for the answer again
        reply = json.loads(content.decode(json.detect_encoding(content), "replace"))
    except (ValueError, RecursionError):  # the latter of brackets upon brackets
        reply = None
    if not isinstance(reply, dict):
        return Fault(NO_JSON, maybe_billed=True)
    error = reply.get("error")
    if not error or reply.get("choices"):
        return reply
    status = error.get("code") if isinstance(error, dict) else None
    if isinstance(status, int) and 400 <= status < 600:
        return faults.judge_status(status, error, url, model)
    return Fault("server_error: inside HTTP 200", maybe_billed=False)


def _in_words(seconds: float) -> str:
    for name, length in (("days", 86_400.0), ("hours", 3_600.0)):
        if seconds > 2 * length:
            count = seconds / length
            return f"{count:,.0f} {name}" if count < MOST_DAYS else f"more than {MOST_DAYS:,} {name}"
    return f"{seconds / 60:,.0f} minutes"


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            await event.wait()

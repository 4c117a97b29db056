"""Ask a language model many questions at once."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kura_udfs.llm.openai import dialects, structured
from kura_udfs.llm.openai.bridge import stream
from kura_udfs.llm.openai.calls import Calls, Tally, open_calls
from kura_udfs.llm.openai.clients import endpoint
from kura_udfs.llm.openai.faults import RefusalError, RowError
from kura_udfs.llm.requests import Answer, Prompt, Request, Size
from kura_udfs.settings import ModelSettings

LONGER = 4
"""A cut-off answer may be so many times as long at the second try."""
SHORTER = (0.5, 0.25, 0.125)
"""The shares of its length that a prompt which is too long is cut to, one after the other."""


class Totals(NamedTuple):
    """How far a run is."""

    answered: int
    failed: int
    calls: int
    retries: int
    input_tokens: int
    output_tokens: int
    cost_usd: float
    """Of the answers whose cost is known."""
    concurrency: int
    """How many calls may be in flight at the moment."""


def answers(
    requests: Iterable[Request], settings: ModelSettings, on_progress: Callable[[Totals], object] | None = None
) -> Generator[Answer]:
    """Ask a language model many questions at once, and yield the answers as they come.

    Parameters
    ----------
    requests : iterable of Request
        However many: they are pulled as they are needed, in a thread of their own, so a slow query may stand
        behind them but not the caller's own database cursor.
    settings : ModelSettings
        Server, limits and prices.
    on_progress : callable, optional
        Called in the caller's thread before each answer is yielded, and every second while there is none: a
        moment to store what has been answered.

    Yields
    ------
    Answer
        One for each request, in the order of completion. What goes wrong with a single one is in its `error`:
        rate_limited, server_error, timeout, connection_lost, unreachable, not_json, empty_answer,
        invalid_answer, cut_off, refused, context_too_long or bad_request.

    Raises
    ------
    LimitError
        Before a call that would pass `max_calls` or `max_cost_usd`.
    KuraError
        If no call can succeed: no or a wrong key, an unknown model, a server that can't be reached, a price
        that is needed but not known. What was in flight then is finished and yielded first; requests without
        an answer have not been answered.
    """
    endpoint(settings)  # what is wrong with it shows at once, not with the first answer
    return _answers(requests, settings, on_progress)


def _answers(
    requests: Iterable[Request], settings: ModelSettings, on_progress: Callable[[Totals], object] | None
) -> Generator[Answer]:
    running: list[Calls] = []

    @contextlib.asynccontextmanager
    async def open_work() -> AsyncIterator[Callable[[Request], Awaitable[Answer | None]]]:
        async with open_calls(settings, probing=True) as calls:
            running.append(calls)
            yield lambda request: _answer(request, calls, settings)

    totals = Totals(0, 0, 0, 0, 0, 0, 0.0, settings.max_concurrency)
    with contextlib.closing(stream(requests, open_work, settings.max_concurrency)) as found:
        for answer in found:
            if answer is not None:
                totals = _add(totals, answer, running[0].limits.concurrency)
            if on_progress is not None:
                on_progress(totals)
            if answer is not None:
                yield answer


def _add(totals: Totals, answer: Answer, concurrency: int) -> Totals:
    return Totals(
        totals.answered + (answer.status == "ok"),
        totals.failed + (answer.status == "failed"),
        totals.calls + answer.calls,
        totals.retries + answer.retries,
        totals.input_tokens + answer.input_tokens,
        totals.output_tokens + answer.output_tokens,
        totals.cost_usd + (answer.cost_usd or 0.0),
        concurrency,
    )


async def _answer(request: Request, calls: Calls, settings: ModelSettings) -> Answer | None:
    """Ask one question to its end; None if the run ended before."""
    started, tally = time.monotonic(), Tally(model=request.model)
    content, error = None, None
    if dialects.is_proven(calls.url, request.model):
        calls.limits.end_probe()
    try:
        content = await _ask(request, calls, settings, tally)
        if content is None:
            return None
    except RowError as failure:
        error = str(failure)
    calls.limits.end_probe()
    return Answer(
        key=request.key,
        status="failed" if error else "ok",
        content=content,
        error=error,
        model=tally.model,
        input_tokens=tally.input_tokens,
        output_tokens=tally.output_tokens,
        cost_usd=tally.cost_usd,
        calls=tally.calls,
        retries=tally.retries,
        seconds=time.monotonic() - started,
        subject=request.subject,
    )


@dataclass(slots=True)
class _Question:
    """A request as it is to be asked next."""

    request: Request
    url: str
    parameters: Mapping[str, Any]
    prompt: Prompt
    limit: int
    further: list[dict[str, str]] = field(default_factory=list)
    """What is said after the prompt, to have an answer repaired."""
    spoken: dialects.Dialect | None = None
    sent: dict[str, Any] = field(default_factory=dict)
    shares: Iterator[float] = field(default_factory=lambda: iter(SHORTER))
    cut_off: str = ""
    """The row's error once an answer has been cut off."""
    is_repaired: bool = False
    """Whether the model was already told what is wrong with an answer."""

    def body(self) -> dict[str, Any]:
        request = self.request
        self.spoken = dialects.dialect(self.url, request.model)
        self.sent = structured.chat_body(
            self.prompt, self.further, request.schema, request.model, self.limit, self.parameters, self.spoken
        )
        return self.sent

    def size(self) -> Size:
        return structured.size_of(self.prompt, self.further, self.request.schema, self.limit)

    def mend_refusal(self, refusal: RefusalError) -> None:
        """Ask otherwise; raises RowError where no other way is left."""
        if refusal.too_long:
            share = next(self.shares, None)
            if self.request.shorten is None or share is None:
                raise RowError("context_too_long") from None
            self.prompt, self.further = self.request.shorten(share), []
        elif refusal.filtered:
            raise RowError("refused") from None
        elif not dialects.learn_from_refusal(self.url, self.request.model, self.spoken, self.sent, refusal):
            raise RowError(self.cut_off or refusal.reason) from None  # the longer answer may be too long to ask for

    def mend(self, reading: structured.Reading) -> None:
        """Ask again after an answer without content; raises RowError where that has not helped, or can't."""
        problem = reading.problem
        if problem == "refused":
            raise RowError(problem)
        if problem == structured.REPEATS:
            raise RowError(f"{problem}, at {self.limit:,} output tokens")
        if problem == "cut_off":
            was_cut_off, self.cut_off = self.cut_off, f"{problem}: at {self.limit:,} output tokens"
            if was_cut_off:
                raise RowError(self.cut_off)
            self.limit *= LONGER
            return
        if problem == "not_json" and dialects.learn_from_silence(self.url, self.request.model, self.spoken):
            return
        if self.is_repaired:
            raise RowError(problem)
        self.is_repaired = True
        self.prompt, self.further = structured.repair(self.prompt, self.request.schema, reading)


async def _ask(request: Request, calls: Calls, settings: ModelSettings, tally: Tally) -> str | None:
    """Ask, and mend what can be mended by asking otherwise; raises RowError where it can't."""
    question = _Question(request, calls.url, settings.llm_parameters, request.prompt, request.max_output_tokens)
    while True:
        try:
            reply = await calls.post("/chat/completions", request.model, question.body, question.size(), tally)
        except RefusalError as refusal:
            question.mend_refusal(refusal)
            continue
        if reply is None:
            return None
        reading = structured.read(reply, request.schema)
        if reading.content is not None:
            dialects.prove(calls.url, request.model)
            return reading.content
        question.mend(reading)

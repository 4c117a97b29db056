"""Questions to a language model whose answers are kept in the warehouse as they arrive."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from kura_udfs.llm.openai import require_client
from kura_udfs.llm.requests import Answer, Request, Size
from kura_udfs.prompting.questions import LanguageModel
from kura_udfs.warehouse.stage import Stage

if TYPE_CHECKING:
    from kura_udfs.llm.openai.calls import Tally
    from kura_udfs.llm.openai.client import Totals
    from kura_udfs.llm.openai.settings import Settings

LOOKED_UP_AT_ONCE = 500
# What a crash can cost: answers that have arrived but are not yet in the warehouse.
MOST_ANSWERS_AT_RISK = 200
MOST_SECONDS_AT_RISK = 2.0


class Responses(Protocol):
    """The answers that have been paid for."""

    def find(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Return those of the good answers to these keys that there are."""

    def add(self, new: Sequence[Answer]) -> None:
        """Keep answers, whatever becomes of the run."""


def language_model(settings: Mapping[str, Any], name: str) -> LanguageModel:
    """Return who is asked, with what is sent along."""
    return LanguageModel(name, dict(settings["parameters"]))


def ask(stage: Stage, requests: Iterable[Request], count: int) -> Iterator[Answer]:
    """Answer the requests of a stage, showing how far it is and noting what it costs.

    Raises
    ------
    KuraError
        As `stored_answers`.
    """
    stage.progress.start(count)
    failed = tokens = 0
    cost = 0.0
    if stage.settings["provider"] == "cortex":
        from kura_udfs.llm import cortex

        found = stored_answers(requests, stage.responses(), None, answers_by=cortex.answers(stage))
    else:
        require_client()
        settings = client_settings(stage.settings, **stage.spent_in_this_run())
        found = stored_answers(requests, stage.responses(), settings)
    for answer, is_new in found:
        if is_new:
            count_spent(stage, answer)
            tokens += answer.input_tokens + answer.output_tokens
            cost += answer.cost_usd or 0.0
        failed += answer.status == "failed"
        stage.progress.advance(1, f"{failed:,} failed, {tokens:,} tokens, ${cost:,.4f}")
        yield answer


def count_spent(stage: Stage, answer: Answer | Tally) -> None:
    """Put what an answer has come to on the account of a stage."""
    stage.spend(
        calls=answer.calls,
        retries=answer.retries,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cost_usd=answer.cost_usd or 0.0,
    )


def asker(stage: Stage) -> Callable[[Sequence[Request]], dict[str, Answer]]:
    """Return the function that answers a handful of requests at once, by key."""
    return lambda requests: {answer.key: answer for answer in ask(stage, requests, len(requests))}


def client_settings(settings: Mapping[str, Any], calls: float = 0, cost_usd: float = 0.0) -> Settings:
    """Read what the client needs from the settings of a model; the limits are what is left of them."""
    from kura_udfs.llm.openai.settings import Settings

    max_calls, max_cost_usd = settings["max_calls"], settings["max_cost_usd"]
    return Settings(
        base_url=settings["base_url"],
        parameters=settings["parameters"],
        max_concurrency=settings["max_concurrency"],
        requests_per_minute=settings["requests_per_minute"],
        tokens_per_minute=settings["tokens_per_minute"],
        max_calls=None if max_calls is None else max(0, max_calls - int(calls)),
        max_cost_usd=None if max_cost_usd is None else max(0.0, max_cost_usd - cost_usd),
        prices=settings["prices"],
        timeout=settings["timeout"],
    )


def check_access(settings: Mapping[str, Any], models: Sequence[str]) -> None:
    """Stop before anything is paid for if a model of the run could not be paid for later.

    Raises
    ------
    KuraError
        If there is no key, the address is none, or there is a limit on cost and a model whose price is not known.
    """
    require_client()
    from kura_udfs.llm.openai.budget import Budget
    from kura_udfs.llm.openai.settings import endpoint

    client = client_settings(settings)
    endpoint(client)
    budget = Budget(client)
    for model in models:
        budget.most(model, Size(0, 0))


def stored_answers(
    requests: Iterable[Request],
    responses: Responses,
    settings: Settings | None,
    on_progress: Callable[[Totals], object] = lambda totals: None,
    answers_by: Callable[..., Iterator[Answer]] | None = None,
) -> Iterator[tuple[Answer, bool]]:
    """Answer requests, from what is stored or else by asking; store what is new.

    Memory is bounded whatever the number of requests. When the run ends early, by an error or by the consumer,
    what has arrived is stored first.

    Yields
    ------
    (Answer, bool)
        Each with whether it was asked for now, in the order in which they come.

    Raises
    ------
    KuraError
        As `llm.client.answers`.
    """
    ask_all = answers_by or _over_http()
    reused: deque[Answer] = deque()
    arrived: list[Answer] = []
    stored_at = time.monotonic()

    def unanswered() -> Iterator[Request]:
        remaining = iter(requests)
        while batch := list(islice(remaining, LOOKED_UP_AT_ONCE)):
            known = responses.find([request.key for request in batch])
            reused.extend(known.values())
            yield from (request for request in batch if request.key not in known)

    def store() -> None:
        nonlocal stored_at
        if arrived:
            responses.add(arrived)
            arrived.clear()
        stored_at = time.monotonic()

    def tick(totals: Totals) -> None:
        if len(arrived) >= MOST_ANSWERS_AT_RISK or time.monotonic() - stored_at >= MOST_SECONDS_AT_RISK:
            store()
        on_progress(totals)

    try:
        for answer in ask_all(unanswered(), settings, tick):
            arrived.append(answer)
            yield answer, True
            while reused:
                yield reused.popleft(), False
    finally:
        store()
    while reused:
        yield reused.popleft(), False


def _over_http() -> Callable[..., Iterator[Answer]]:
    from kura_udfs.llm.openai.client import answers

    return answers

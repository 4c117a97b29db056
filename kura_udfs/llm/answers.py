"""Questions to a language model whose answers are kept as they arrive, so that none is paid for twice."""

from __future__ import annotations

import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple, Protocol, TypeVar

from kura_udfs.account import Account
from kura_udfs.llm.breaker import Breaker
from kura_udfs.llm.leaks import repeats
from kura_udfs.llm.openai import require_client
from kura_udfs.llm.requests import Answer, Request, Size
from kura_udfs.progress import Progress
from kura_udfs.settings import ModelSettings, RedactionSettings
from kura_udfs.text.redacted_json import redacted_json

LOOKED_UP_AT_ONCE = 500
# What a crash can cost: answers that have arrived but are not yet in the warehouse.
MOST_ANSWERS_AT_RISK = 200
MOST_SECONDS_AT_RISK = 2.0
# They are stored more often where that is quick, as in a file: for so much of the time at most.
SHARE_OF_STORING = 0.05

_PLAIN = RedactionSettings()


class AnswerStore(Protocol):
    """The answers that have been paid for."""

    def find(self, keys: Sequence[str]) -> dict[str, Answer]:
        """Return those of the good answers to these keys that there are."""

    def add(self, new: Sequence[Answer]) -> None:
        """Keep answers, whatever becomes of the run."""


Answerer = Callable[[Iterable[Request], ModelSettings, Callable[[object], object]], Iterator[Answer]]
"""Answers requests within the limits of settings; the callable is called now and then, with whatever."""


class Desk(NamedTuple):
    """Where the questions of a stage are asked.

    Attributes
    ----------
    settings : ModelSettings
    store : AnswerStore
    account : Account
        Pays for what is asked.
    progress : Progress
    answerer : callable
        Who answers.
    breaker : Breaker
        Stops a stage whose model does not work.
    """

    settings: ModelSettings
    store: AnswerStore
    account: Account
    progress: Progress
    answerer: Answerer
    breaker: Breaker


class Errand(NamedTuple):
    """Questions without whose answers a work can't go on, and where they are asked."""

    desk: Desk
    requests: Sequence[Request]


Result = TypeVar("Result")
Work = Generator[Errand, Mapping[str, Answer], Result]
"""Is sent answers by key, its own among them, and returns what it comes to."""


def done_together(works: Sequence[Work[Result]], settle: Callable[[], object] = lambda: None) -> list[Result]:
    """Do works side by side: what they ask is asked at once, each time that none can go on.

    A question of several is asked once, and the first of them pays. `settle` is called as soon as something may have
    been paid: what one has spent, the others have no more.

    Raises
    ------
    KuraError
        As `ask`.
    """
    results: dict[int, Result] = {}
    open_works: Sequence[int] = range(len(works))
    answers: Mapping[str, Answer] | None = None  # to begin with
    while open_works:
        errands = {}
        for number in open_works:
            try:
                errands[number] = works[number].send(answers)  # type: ignore[arg-type]
            except StopIteration as ended:
                results[number] = ended.value
            settle()
        open_works, answers = [*errands], _asked_together([*errands.values()])
        settle()
    return [results[number] for number in range(len(works))]


def _asked_together(errands: Sequence[Errand]) -> dict[str, Answer]:
    if not errands:
        return {}
    requests = {request.key: request for errand in errands for request in errand.requests}
    payers = {request.key: errand.desk.account for errand in reversed(errands) for request in errand.requests}
    asked = ask(errands[0].desk, requests.values(), len(requests), payers)
    return {answer.key: answer for answer in asked}


def ask(
    desk: Desk, requests: Iterable[Request], count: int, payers: Mapping[str, Account] | None = None
) -> Iterator[Answer]:
    """Answer requests, showing how far it is and noting what it costs: to the desk's account, or to payers by key.

    Raises
    ------
    KuraError
        As `stored_answers`, and when too many questions fail.
    """
    desk.progress.start(count)
    failed = tokens = 0
    cost = 0.0
    settings = desk.account.left_of(desk.settings)
    with contextlib.closing(stored_answers(requests, desk.store, settings, desk.answerer)) as found:
        for answer, is_new in found:
            if is_new:
                (payers or {}).get(answer.key, desk.account).book(answer)
                tokens += answer.input_tokens + answer.output_tokens
                cost += answer.cost_usd or 0.0
            failed += answer.status == "failed"
            desk.progress.advance(1, f"{failed:,} failed, {tokens:,} tokens, ${cost:,.4f}")
            yield answer
            if is_new:
                desk.breaker.note(answer.status == "ok", Counter([answer.error] if answer.error else ()))


def fit_to_keep(answer: Answer, instructions: str, redaction: RedactionSettings = _PLAIN) -> Answer:
    """Make of an answer what may be stored and read.

    What a model was told about is redacted, what it says may not be: the same is taken out of it. What repeats its
    instructions is no answer.
    """
    if answer.content is None:
        return answer
    if repeats(answer.content, instructions):
        return replace(answer, status="failed", content=None, error="invalid_answer: repeats its instructions")
    return replace(answer, content=redacted_json(answer.content, redaction.redact))


def answers_by_key(desk: Desk, requests: Sequence[Request]) -> dict[str, Answer]:
    """Answer a handful of requests at once."""
    return {answer.key: answer for answer in ask(desk, requests, len(requests))}


def known_answers(store: AnswerStore, requests: Sequence[Request]) -> dict[str, Answer]:
    """Return what is stored of the answers to some requests."""
    known = store.find([request.key for request in requests])
    return {
        request.key: replace(known[request.key], subject=request.subject)
        for request in requests
        if request.key in known
    }


def over_http(
    requests: Iterable[Request], settings: ModelSettings, on_progress: Callable[[object], object]
) -> Iterator[Answer]:
    """Answer requests by a server with the OpenAI API.

    Raises
    ------
    KuraError
        As `llm.openai.client.answers`, and if the packages for it are not installed.
    """
    require_client()
    from kura_udfs.llm.openai.client import answers

    return answers(requests, settings, on_progress)


def check_access(settings: ModelSettings, models: Sequence[str]) -> None:
    """Stop before anything is paid for if a model of the run could not be paid for later.

    Raises
    ------
    KuraError
        If there is no key, the address is none, or there is a limit on cost and a model whose price is not known.
    """
    require_client()
    from kura_udfs.llm.openai.budget import Budget
    from kura_udfs.llm.openai.clients import endpoint

    endpoint(settings)
    budget = Budget(settings)
    for model in models:
        budget.most(model, Size(0, 0))


def stored_answers(
    requests: Iterable[Request], store: AnswerStore, settings: ModelSettings, answerer: Answerer = over_http
) -> Generator[tuple[Answer, bool]]:
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
        As the answerer.
    """
    reused: deque[Answer] = deque()
    told: dict[str, str] = {}
    arrived = _Arrived(store)

    def unanswered() -> Iterator[Request]:
        remaining = iter(requests)
        while batch := list(islice(remaining, LOOKED_UP_AT_ONCE)):
            known = known_answers(store, batch)
            reused.extend(known.values())
            for request in batch:
                if request.key not in known:
                    told[request.key] = request.prompt.system
                    yield request

    try:
        for raw in answerer(unanswered(), settings, lambda totals: arrived.keep_in_time()):
            answer = fit_to_keep(raw, told.pop(raw.key, ""), settings.redaction)
            arrived.add(answer)
            yield answer, True
            while reused:
                yield reused.popleft(), False
    finally:
        arrived.keep()
    while reused:
        yield reused.popleft(), False


class _Arrived:
    """Answers that are not in the warehouse yet: what a crash would cost."""

    def __init__(self, store: AnswerStore) -> None:
        self._store = store
        self._answers: list[Answer] = []
        self._stored_at = time.monotonic()
        self._storing = 0.0  # seconds: the first one is stored at once, and tells how quick that is

    def add(self, answer: Answer) -> None:
        self._answers.append(answer)
        self.keep_in_time()

    def keep_in_time(self) -> None:
        """Store them if there are many, or if it is long enough since the last ones."""
        wait = min(self._storing / SHARE_OF_STORING, MOST_SECONDS_AT_RISK)
        if len(self._answers) >= MOST_ANSWERS_AT_RISK or time.monotonic() - self._stored_at >= wait:
            self.keep()

    def keep(self) -> None:
        if self._answers:
            begun = time.monotonic()
            self._store.add(self._answers)
            self._answers.clear()
            self._storing = time.monotonic() - begun
        self._stored_at = time.monotonic()

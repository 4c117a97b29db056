"""Questions handed in as batches at half the price: what waits, what has come, and what is to be handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

import pydantic

from kura_udfs.errors import KuraError
from kura_udfs.llm import answers
from kura_udfs.llm.answers import Desk
from kura_udfs.llm.openai.batch import UnknownBatchError, collect_batch, find_batches, submit_batch
from kura_udfs.llm.requests import Answer, Request

TRIED_FIRST = 3
"""So many questions are asked directly until one is answered: what a server refuses shows in them."""
STORED_AT_ONCE = 1000
NOT_REACHED = ("batch_expired", "batch_cancelled")
"""Errors of questions that the server did not get to: they cost nothing and are handed in again."""


class BatchStore(Protocol):
    """The batches of one kind of question, and the questions in them."""

    mark: str

    def known(self) -> set[str]:
        """Return the ids of all batches that are stored."""

    def under_way(self) -> list[str]:
        """Return the ids of those that are not collected yet."""

    def waiting(self, keys: Sequence[str]) -> set[str]:
        """Return those of the keys whose batch is not collected yet."""

    def subjects(self, keys: Sequence[str]) -> dict[str, str]:
        """Return what the questions under these keys are about."""

    def add(self, batch_id: str, subjects: Mapping[str, str | None]) -> None:
        """Store a batch that the server has taken, with what its questions are about, by key."""

    def close(self, batch_id: str) -> None:
        """Take note that a batch is collected."""


def ask(
    desk: Desk,
    batches: BatchStore,
    requests: Callable[[], Iterator[Request]],
    count: int,
    schema: type[pydantic.BaseModel],
    in_batches: bool,
) -> Iterator[Answer]:
    """Answer requests: directly, or by batches that a later run collects (`kura_llm_batch`).

    A question that waits in a batch is not asked directly either, should the setting have been changed meanwhile.

    Parameters
    ----------
    desk : Desk
    batches : BatchStore
        Those of the same recipe; batches of another one are left alone.
    requests : callable
        Gives the requests, the same each time, one by one.
    count : int
        How many there are.
    schema : type of pydantic.BaseModel
        Of the answers.
    in_batches : bool
        Whether to hand in what is not answered.

    Yields
    ------
    Answer
        To those requests that are answered by now; the others wait.

    Raises
    ------
    KuraError
        As `llm.openai.batch.submit_batch` and `answers.ask`.
    """
    if not in_batches and not batches.under_way():
        yield from answers.ask(desk, requests(), count)
        return
    if in_batches:
        _find_lost(desk, batches, requests)
    first = next(requests(), None)  # all are of one template
    instructions = first.prompt.system if first else ""
    failed: dict[str, Answer] = {}
    for batch_id in batches.under_way():
        try:
            failed |= {answer.key: answer for answer in _collected(desk, batches, batch_id, schema, instructions)}
        except UnknownBatchError:
            if in_batches:  # it may be the key that is wrong tonight, and answers were paid for
                raise
            batches.close(batch_id)
            desk.progress.say(f"{batch_id} is not known to the server: what waits in it is asked directly")
    unanswered = _unanswered(desk, batches, requests(), failed)
    if not in_batches:
        failed |= {answer.key: answer for answer in answers.ask(desk, unanswered, count) if answer.status == "failed"}
    else:
        failed |= {answer.key: answer for answer in _tried(desk, unanswered)}
        for submitted in submit_batch(unanswered, desk.account.left_of(desk.settings), batches.mark):
            batches.add(submitted.batch_id, submitted.subjects)
            desk.progress.say(
                f"handed in {len(submitted.subjects):,} questions at half the price ({submitted.batch_id}); run dbt"
                " again to collect the answers, which come within 24 hours"
            )
    yield from _answered(desk, requests(), failed)


def _find_lost(desk: Desk, batches: BatchStore, requests: Callable[[], Iterator[Request]]) -> None:
    """Store the batches that an earlier run had handed in when it was ended before it could store them."""
    for found in find_batches(desk.settings, batches.mark, batches.known()):
        subjects = {request.key: request.subject for request in requests() if request.key in found.subjects}
        batches.add(found.batch_id, {**found.subjects, **subjects})


def _collected(
    desk: Desk, batches: BatchStore, batch_id: str, schema: type[pydantic.BaseModel], instructions: str
) -> Iterator[Answer]:
    """Store what has come of a batch, and yield what has failed."""
    found = collect_batch(batch_id, desk.settings, schema, desk.settings.llm_model)
    if found is None:
        desk.progress.say(f"{batch_id} is still under way; run dbt again later")
        return
    not_reached = 0
    while part := list(islice(found, STORED_AT_ONCE)):
        not_reached += sum(answer.error in NOT_REACHED for answer in part)
        keys = [answer.key for answer in part]
        # a run that was ended while it collected has stored some of them
        stored, subjects = desk.store.find(keys), batches.subjects(keys)
        new = [
            answers.fit_to_keep(
                replace(answer, subject=subjects.get(answer.key)), instructions, desk.settings.redaction
            )
            for answer in part
            if answer.error not in NOT_REACHED and answer.key not in stored
        ]
        desk.store.add(new)
        for answer in new:
            desk.account.book(answer)
            if answer.status == "failed":
                yield answer
    batches.close(batch_id)
    if not_reached:
        desk.progress.say(f"{batch_id} has ended before {not_reached:,} of its questions were answered")


def _unanswered(
    desk: Desk, batches: BatchStore, requests: Iterable[Request], failed: Collection[str]
) -> Iterator[Request]:
    """Yield the requests that have no answer, have not just failed and are in no batch."""
    remaining = iter(requests)
    while part := list(islice(remaining, answers.LOOKED_UP_AT_ONCE)):
        keys = [request.key for request in part]
        settled = desk.store.find(keys).keys() | batches.waiting(keys) | set(failed)
        yield from (request for request in part if request.key not in settled)


def _tried(desk: Desk, unanswered: Iterator[Request]) -> Iterator[Answer]:
    """Ask the first questions directly until one is answered; yield those that failed."""
    for tried, request in enumerate(islice(unanswered, TRIED_FIRST), 1):
        found = list(answers.ask(desk, [request], 1))
        if found and found[0].status == "ok":
            return
        yield from found
        if tried == TRIED_FIRST:
            raise KuraError(
                f"Nothing was handed in as a batch, because {TRIED_FIRST} questions that were asked directly first all"
                f" failed ({found[0].error if found else 'no answer'})."
            )


def _answered(desk: Desk, requests: Iterable[Request], failed: dict[str, Answer]) -> Iterator[Answer]:
    remaining = iter(requests)
    while part := list(islice(remaining, answers.LOOKED_UP_AT_ONCE)):
        known = {**failed, **answers.known_answers(desk.store, part)}
        yield from (known[key] for key in dict.fromkeys(request.key for request in part) if key in known)

"""Questions handed in as batches at half the price: what waits, what has come, and what is to be handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

import pydantic

from kura_udfs.errors import KuraError
from kura_udfs.llm import answers as asking
from kura_udfs.llm.openai.batch import collect_batch, find_batches, submit_batch
from kura_udfs.llm.requests import Answer, Request
from kura_udfs.warehouse.stage import Stage

TRIED_FIRST = 3
"""So many questions are asked directly until one is answered: what a server refuses shows in them."""
STORED_AT_ONCE = 1000
NOT_REACHED = ("batch_expired", "batch_cancelled")
"""Errors of questions that the server did not get to: they cost nothing and are handed in again."""


class Batches(Protocol):
    """The batches of one kind of question, and the keys in them."""

    mark: str

    def known(self) -> set[str]:
        """Return the ids of all batches that are stored."""

    def under_way(self) -> list[str]:
        """Return the ids of those that are not collected yet."""

    def waiting(self, keys: Sequence[str]) -> set[str]:
        """Return those of the keys whose batch is not collected yet."""

    def add(self, batch_id: str, keys: Sequence[str]) -> None:
        """Store a batch that the server has taken."""

    def close(self, batch_id: str) -> None:
        """Take note that a batch is collected."""


def ask(
    stage: Stage,
    requests: Callable[[], Iterator[Request]],
    count: int,
    recipe: str,
    schema: type[pydantic.BaseModel],
) -> Iterator[Answer]:
    """Answer the requests of a stage: directly, or with `kura_llm_batch` by batches that a later run collects.

    A question that waits in a batch is not asked directly either, should the setting have been changed meanwhile.

    Parameters
    ----------
    stage : Stage
        Its settings say how to ask.
    requests : callable
        Gives the requests, the same each time, one by one.
    count : int
        How many there are.
    recipe : str
        What shapes them; batches of another recipe are left alone.
    schema : type of pydantic.BaseModel
        Of the answers.

    Yields
    ------
    Answer
        To those requests that are answered by now; the others wait.

    Raises
    ------
    KuraError
        As `llm.batch.submit_batch` and `asking.ask`.
    """
    batches = stage.batches(recipe)
    if not stage.settings["batch"] and not batches.under_way():
        yield from asking.ask(stage, requests(), count)
        return
    failed = {answer.key: answer for answer in _collected(stage, batches, schema)}
    unanswered = _unanswered(stage, batches, requests(), failed)
    if not stage.settings["batch"]:
        failed |= {answer.key: answer for answer in asking.ask(stage, unanswered, count) if answer.status == "failed"}
    else:
        failed |= {answer.key: answer for answer in _tried(stage, unanswered)}
        settings = asking.client_settings(stage.settings, **stage.spent_in_this_run())
        for submitted in submit_batch(unanswered, settings, batches.mark):
            batches.add(submitted.batch_id, submitted.keys)
            stage.progress.say(
                f"handed in {len(submitted.keys):,} questions at half the price ({submitted.batch_id}); run dbt again"
                " to collect the answers, which come within 24 hours"
            )
    yield from _answered(stage, requests(), failed)


def _collected(stage: Stage, batches: Batches, schema: type[pydantic.BaseModel]) -> Iterator[Answer]:
    """Store what has come of the batches, and yield what has failed."""
    settings = asking.client_settings(stage.settings)
    responses = stage.responses()
    if stage.settings["batch"]:
        for found in find_batches(settings, batches.mark, batches.known()):
            batches.add(found.batch_id, found.keys)  # an earlier run was ended before it could
    for batch_id in batches.under_way():
        answers = collect_batch(batch_id, settings, schema, stage.settings["model"])
        if answers is None:
            stage.progress.say(f"{batch_id} is still under way; run dbt again later")
            continue
        not_reached = 0
        while part := list(islice(answers, STORED_AT_ONCE)):
            not_reached += sum(answer.error in NOT_REACHED for answer in part)
            # a run that was ended while it collected has stored some of them
            stored = responses.find([answer.key for answer in part])
            new = [answer for answer in part if answer.error not in NOT_REACHED and answer.key not in stored]
            responses.add(new)
            for answer in new:
                asking.count_spent(stage, answer)
                if answer.status == "failed":
                    yield answer
        batches.close(batch_id)
        if not_reached:
            stage.progress.say(f"{batch_id} has ended before {not_reached:,} of its questions were answered")


def _unanswered(
    stage: Stage, batches: Batches, requests: Iterable[Request], failed: Collection[str]
) -> Iterator[Request]:
    """Yield the requests that have no answer, have not just failed and are in no batch."""
    responses, remaining = stage.responses(), iter(requests)
    while part := list(islice(remaining, asking.LOOKED_UP_AT_ONCE)):
        keys = [request.key for request in part]
        settled = responses.find(keys).keys() | batches.waiting(keys) | set(failed)
        yield from (request for request in part if request.key not in settled)


def _tried(stage: Stage, unanswered: Iterator[Request]) -> Iterator[Answer]:
    """Ask the first questions directly until one is answered; yield those that failed."""
    for tried, request in enumerate(islice(unanswered, TRIED_FIRST), 1):
        answers = list(asking.ask(stage, [request], 1))
        if answers and answers[0].status == "ok":
            return
        yield from answers
        if tried == TRIED_FIRST:
            raise KuraError(
                f"Nothing was handed in as a batch, because {TRIED_FIRST} questions that were asked directly first all"
                f" failed ({answers[0].error if answers else 'no answer'})."
            )


def _answered(stage: Stage, requests: Iterable[Request], failed: dict[str, Answer]) -> Iterator[Answer]:
    responses, remaining = stage.responses(), iter(requests)
    while keys := [request.key for request in islice(remaining, asking.LOOKED_UP_AT_ONCE)]:
        known = {**failed, **responses.find(keys)}
        yield from (known[key] for key in dict.fromkeys(keys) if key in known)

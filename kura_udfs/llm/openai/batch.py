"""Ask many questions at half the price through the Batch API, and collect the answers hours later."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import IO, Any, NamedTuple, TypeVar

import httpx2
import openai
import pydantic
from openai.types import Batch, FileObject

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai import dialects, faults, structured
from kura_udfs.llm.openai.budget import Budget, LimitError
from kura_udfs.llm.openai.clients import endpoint, shown_url, sync_client
from kura_udfs.llm.openai.faults import RefusalError
from kura_udfs.llm.prices import BATCH_SHARE, usage_of
from kura_udfs.llm.requests import Answer, Request
from kura_udfs.settings import ModelSettings

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
MOST_LISTED = 1000


class UnknownBatchError(KuraError):
    """The server knows no such batch, file or address."""


class Submitted(NamedTuple):
    """A batch that the server has taken."""

    batch_id: str
    subjects: dict[str, str | None]
    """What each of its questions is about, by key; None where that is not known."""


def submit_batch(requests: Iterable[Request], settings: ModelSettings, mark: str) -> Iterator[Submitted]:
    """Hand requests in, as one batch or several.

    Nothing is tried out first, so what a server refuses (a parameter, say) fails all of them hours later. Ask
    one of them by `client.answers` before, in the same process: what that learns is used here.

    Parameters
    ----------
    requests : iterable of Request
        Each batch is of one model, at most `MOST_REQUESTS` and `MOST_BYTES`.
    settings : ModelSettings
        Server, prices and limits; `max_cost_usd` counts half the price of the longest answer to each.
    mark : str
        Stands on each batch, for `find_batches`; at most 512 characters.

    Yields
    ------
    Submitted
        As soon as the server has taken it: store it before asking for the next.

    Raises
    ------
    LimitError
        After handing in what fits within `max_calls` and `max_cost_usd`.
    KuraError
        If the server can't be reached or does not take batches.
    """
    url, _ = endpoint(settings)
    with sync_client(settings) as client, _explained(url):
        for file, subjects in _files(_lines(requests, settings, url)):
            uploaded = _sound(client.files.create(file=("kura.jsonl", file), purpose="batch"))
            # not repeated by itself: if the answer is lost, the next run finds the batch by its mark
            batch = _sound(
                client.with_options(max_retries=0).batches.create(
                    input_file_id=uploaded.id,
                    endpoint="/v1/chat/completions",
                    completion_window="24h",
                    metadata={_MARK: mark},
                )
            )
            yield Submitted(batch.id, subjects)


def find_batches(settings: ModelSettings, mark: str, known_ids: Collection[str]) -> Iterator[Submitted]:
    """Find the batches that were handed in, but whose ids were lost when the run was ended at that moment.

    Parameters
    ----------
    settings : ModelSettings
        Server.
    mark : str
        As `submit_batch` was given it.
    known_ids : collection of str
        Ids of the batches that the caller has stored.

    Yields
    ------
    Submitted
        Each that the server has taken and that is among the newest `MOST_LISTED` of the account.

    Raises
    ------
    KuraError
        If the server can't be reached or has no batches.
    """
    url, _ = endpoint(settings)
    with sync_client(settings) as client, _explained(url):
        for batch in _listed(client):
            if (batch.metadata or {}).get(_MARK) == mark and batch.id not in known_ids and batch.status != "failed":
                lines = _read_lines(client, batch.input_file_id)
                yield Submitted(batch.id, {line["custom_id"]: None for line in lines})


def collect_batch(
    batch_id: str, settings: ModelSettings, schema: type[pydantic.BaseModel], model: str
) -> Iterator[Answer] | None:
    """Collect the answers of a batch.

    Parameters
    ----------
    batch_id : str
        As `submit_batch` gave it.
    settings : ModelSettings
        Server and prices.
    schema : type of pydantic.BaseModel
        What the answers must fit. There is no repair: what does not fit is failed.
    model : str
        As it was asked for, which is what is billed.

    Returns
    -------
    iterator of Answer, or None
        None while the batch is still under way. Else an answer for each of its requests, in any order; those
        that the server did not get to have the error batch_expired, batch_cancelled or batch_failed, and cost
        nothing.

    Raises
    ------
    UnknownBatchError
        If the server does not know the batch, or its file.
    KuraError
        If the server can't be reached, or its file holds something else than answers.
    """
    url, _ = endpoint(settings)
    with sync_client(settings) as client, _explained(url):
        batch = _sound(client.batches.retrieve(batch_id))
    return _answers(batch, settings, schema, model, url) if batch.status in _ENDED else None


_MARK = "kura"
_NO_BATCH = "an answer that tells of no file and no batch"
_Taken = TypeVar("_Taken", FileObject, Batch)
_ENDED = ("completed", "expired", "cancelled", "failed")


class _Line(NamedTuple):
    model: str
    key: str
    subject: str | None
    text: bytes


def _lines(requests: Iterable[Request], settings: ModelSettings, url: str) -> Iterator[_Line]:
    """Yield the requests as lines of a file, as many as the limits allow."""
    budget = Budget(settings, BATCH_SHARE)
    for request in requests:
        prompt, schema, model, limit = (
            request.prompt,
            request.schema,
            request.model,
            request.max_output_tokens,
        )
        most = budget.most(model, structured.size_of(prompt, (), schema, limit))
        budget.has_room(most)
        budget.set_aside(most)
        budget.settle(most, most)
        # nothing can be learnt while a batch is made, and one with a schema that is refused would fail as a whole
        spoken = dialects.dialect(url, model)._replace(bounded=False)
        body = structured.chat_body(prompt, (), schema, model, limit, settings.llm_parameters, spoken)
        line = {"custom_id": request.key, "method": "POST", "url": "/v1/chat/completions", "body": body}
        yield _Line(model, request.key, request.subject, json.dumps(line).encode() + b"\n")


def _files(lines: Iterator[_Line]) -> Iterator[tuple[IO[bytes], dict[str, str | None]]]:
    """Yield files that the server takes, with what is asked about in them; raises LimitError only after the last."""
    reached: LimitError | None = None
    with tempfile.TemporaryFile() as file:
        subjects: dict[str, str | None] = {}
        model = ""
        while True:
            try:
                line = next(lines, None)
            except LimitError as error:
                line, reached = None, error
            if subjects and (
                line is None
                or line.model != model
                or len(subjects) == MOST_REQUESTS
                or file.tell() + len(line.text) > MOST_BYTES
            ):
                file.seek(0)
                yield file, subjects
                file.seek(0)
                file.truncate()
                subjects = {}
            if line is None:
                break
            if line.key not in subjects:
                subjects[line.key] = line.subject
                model = line.model
                file.write(line.text)
    if reached is not None:
        raise reached


def _answers(
    batch: Batch, settings: ModelSettings, schema: type[pydantic.BaseModel], model: str, url: str
) -> Iterator[Answer]:
    budget = Budget(settings, BATCH_SHARE)
    seen: set[str] = set()
    with sync_client(settings) as client, _explained(url):
        for file_id in (batch.output_file_id, batch.error_file_id):
            for line in _read_lines(client, file_id):
                if line["custom_id"] not in seen:
                    seen.add(line["custom_id"])
                    yield _answer(line, schema, model, budget)
        if batch.status != "completed" or batch.request_counts is None or batch.request_counts.total != len(seen):
            codes = [code for error in (batch.errors and batch.errors.data) or () if (code := faults.code(error.code))]
            reason = f"batch_{batch.status}" + (f": {codes[0]}" if codes else "")
            with contextlib.suppress(openai.NotFoundError):  # then only its keys remain unanswered
                for line in _read_lines(client, batch.input_file_id):
                    if line["custom_id"] not in seen:
                        yield _failed(line["custom_id"], reason, line["body"]["model"])


def _answer(line: dict[str, Any], schema: type[pydantic.BaseModel], model: str, budget: Budget) -> Answer:
    key, response = line["custom_id"], line.get("response") or {}
    body = response.get("body") or {}
    if line.get("error"):
        return _failed(key, faults.code(line["error"].get("code")) or "batch_failed", model)
    status = response.get("status_code") or 0
    if status != 200:
        error = body.get("error")
        refusal = RefusalError(status, error if isinstance(error, dict) else {"message": error})
        if status == 429 or status >= 500:
            return _failed(key, f"server_error: HTTP {status}", model)
        too_long = "context_too_long" if refusal.too_long else None
        return _failed(key, too_long or ("refused" if refusal.filtered else refusal.reason), model)
    reading, usage = structured.read(body, schema), usage_of(body)
    return Answer(
        key=key,
        status="failed" if reading.content is None else "ok",
        content=reading.content,
        error=reading.problem or None,
        model=body.get("model") or model,
        input_tokens=usage.input_tokens if usage else 0,
        output_tokens=usage.output_tokens if usage else 0,
        cost_usd=budget.cost(model, usage),
        calls=1,
        retries=0,
        seconds=0.0,
    )


def _failed(key: str, error: str, model: str) -> Answer:
    return Answer(key, "failed", None, error, model, 0, 0, 0.0, 1, 0, 0.0)


def _listed(client: openai.OpenAI) -> list[Batch]:
    """Return the newest batches of the account."""
    try:
        return [_sound(batch) for batch in islice(client.batches.list(limit=100), MOST_LISTED)]
    except AttributeError:  # the client takes whatever comes for a page of a list
        raise _StrangeError(_NO_BATCH) from None


def _sound(found: _Taken) -> _Taken:
    """Return a file or a batch as the server told of it, if that is what it told of: the client takes anything."""
    needed = ("id",) if isinstance(found, FileObject) else ("id", "status")  # not all servers give files a status
    told = (getattr(found, name, None) for name in needed)
    if not all(isinstance(value, str) and value for value in told):
        raise _StrangeError(_NO_BATCH)
    return found


def _read_lines(client: openai.OpenAI, file_id: str | None) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file, but for what is damaged after the first.

    Where a file was cut, the lines that are there were paid for, and would be cut at the same place tomorrow.
    """
    if file_id is None:
        return
    is_first = True
    with client.files.with_streaming_response.content(file_id) as response:
        for line in _parted(response.iter_bytes()):
            found = _read_line(line)
            if found is not None:
                yield found
            elif is_first:
                raise _StrangeError("a file that holds something else than answers")
            is_first = False


def _parted(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines that are not empty: only line feeds part them, a string may hold other line ends."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(bytes.strip, lines)
    if rest.strip():
        yield rest


def _read_line(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line.decode("utf-8", "replace"))  # one letter that was cut holds back no paid batch
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("custom_id"), str) else None


class _StrangeError(Exception):
    """Something else than was asked for: a page of a gateway, say."""


@contextlib.contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn what the client raises into an error for people."""
    problem = None
    try:
        yield
    except openai.NotFoundError:
        raise UnknownBatchError(
            f"The Batch API of the model server at {shown_url(url)} knows no such batch, file or address: does it have"
            " a Batch API, and are address and key those by which the batch was handed in? Else set kura_llm_batch to"
            " false: then what waits in a batch that the server does not know is asked directly, and paid for again."
        ) from None
    except openai.OpenAIError as error:
        verdict = faults.judge(error, url, "of the batch")
        if isinstance(verdict, KuraError):
            raise verdict from None
        problem = f"did not take it ({verdict.reason}). Run again to go on"
    except httpx2.HTTPError:  # of a file that comes in parts
        problem = "was lost in the middle of a file. Run again to go on"
    except json.JSONDecodeError:
        problem = f"gave {_NO_BATCH}. Look at the server, and run again to go on"
    except _StrangeError as error:
        problem = f"gave {error}. Look at the server, and run again to go on"
    if problem:
        raise KuraError(f"The Batch API of the model server at {shown_url(url)} {problem}.") from None

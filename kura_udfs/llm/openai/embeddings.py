"""Embed texts with a model behind the OpenAI API."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai.bridge import stream
from kura_udfs.llm.openai.calls import Calls, Tally, open_calls
from kura_udfs.llm.openai.clients import endpoint, shown_url
from kura_udfs.llm.openai.faults import RefusalError, RowError
from kura_udfs.llm.requests import Size
from kura_udfs.settings import ModelSettings
from kura_udfs.tables import Vectors
from kura_udfs.text.tokens import count_tokens, truncate

MOST_TEXTS = 2048
"""The most that the API takes at a time."""
MOST_TOKENS = 250_000
"""By estimate; the API takes 300,000."""
CUTS = 4
"""How often a text that is too long for the model is halved before it is given up."""


class Part(NamedTuple):
    """Some of the texts, embedded."""

    indices: list[int]
    """Of these texts."""
    vectors: Vectors
    """Of shape (len(indices), d), rows of length 1."""
    tally: Tally
    """What they have come to."""


def embed_parts(
    texts: Sequence[str], settings: ModelSettings, model: str, dimensions: int | None = None
) -> Generator[Part | None]:
    """Embed texts, and yield the vectors as they come.

    Parameters
    ----------
    texts : sequence of str
        Empty ones (nothing but white space) are not sent. What is too long for the model is cut.
    settings : ModelSettings
        Server, limits and prices.
    model : str
        The embedding model.
    dimensions : int, optional
        Asks the model for shorter vectors.

    Yields
    ------
    Part or None
        Together all texts that are not empty, in any order; None every second while there is none. Before an error,
        parts of no text that tell what answers of no use have come to.

    Raises
    ------
    LimitError
        Before a call that would pass `max_calls` or `max_cost_usd`. What was in flight is yielded first.
    KuraError
        Likewise, if a text can't be embedded after all attempts, or no call can succeed.
    """
    url, _ = endpoint(settings)
    sent = [index for index, text in enumerate(texts) if text and not text.isspace()]
    useless: list[Tally] = []

    @contextlib.asynccontextmanager
    async def open_work() -> AsyncIterator[Callable[[list[int]], Awaitable[Part | None]]]:
        async with open_calls(settings, probing=True) as calls:
            embedder = _Embedder(calls, model, dimensions)

            async def work(indices: list[int]) -> Part | None:
                tally, found = Tally(model), None
                try:
                    found = await embedder.embed([texts[index] for index in indices], tally)
                finally:
                    if found is None:
                        useless.append(tally)
                return None if found is None else Part(indices, found, tally)

            yield work

    size: int | None = None
    try:
        with contextlib.closing(stream(_parts(texts, sent), open_work, settings.max_concurrency)) as done:
            for part in done:
                if part is not None:
                    size = size or part.vectors.shape[1]
                    if part.vectors.shape[1] != size:
                        useless.append(part.tally)
                        raise KuraError(
                            f"The model {model!r} at {shown_url(url)} gave vectors of {size} and of"
                            f" {part.vectors.shape[1]} dimensions."
                        )
                yield part
    except KuraError:
        yield from (Part([], np.empty((0, size or 0), np.float32), tally) for tally in useless if tally.calls)
        raise


def _parts(texts: Sequence[str], sent: Sequence[int]) -> Iterator[list[int]]:
    """Yield the indices of texts that go in one request."""
    part: list[int] = []
    total = 0
    for index in sent:
        tokens = count_tokens(texts[index])
        if part and (len(part) == MOST_TEXTS or total + tokens > MOST_TOKENS):
            yield part
            part, total = [], 0
        part.append(index)
        total += tokens
    if part:
        yield part


class _Embedder:
    """One model, and what has been learnt of it: how many texts it takes at a time, and how it answers."""

    def __init__(self, calls: Calls, model: str, dimensions: int | None) -> None:
        self._calls = calls
        self._model = model
        self._dimensions = dimensions
        self._most_texts = MOST_TEXTS
        self._encoding: str | None = "base64"

    async def embed(self, texts: list[str], tally: Tally, cuts: int = CUTS) -> Vectors | None:
        """Embed texts that are not empty; None if the run ended before."""
        if len(texts) > self._most_texts:
            return await self._embed_halves(texts, tally, cuts)
        size = Size(sum(len(text.encode()) for text in texts), 0)
        try:
            reply = await self._calls.post("/embeddings", self._model, lambda: self._body(texts), size, tally)
        except RowError as failure:
            raise self._error(str(failure)) from None
        except RefusalError as refusal:
            if refusal.too_long and len(texts) > 1:
                self._most_texts = max(1, len(texts) // 2)
                return await self._embed_halves(texts, tally, cuts)
            if refusal.too_long and cuts:
                return await self.embed([truncate(texts[0], count_tokens(texts[0]) // 2)], tally, cuts - 1)
            if self._encoding and "encoding_format" in refusal.param + refusal.words:
                self._encoding = None
                return await self.embed(texts, tally, cuts)
            if self._dimensions and "dimensions" in refusal.param + refusal.words:
                raise KuraError(
                    f"The model {self._model!r} can't give vectors of {self._dimensions} dimensions: leave"
                    " kura_embedding_dimensions out, or set it to a number that the model offers."
                ) from None
            raise self._error(refusal.reason) from None
        self._calls.limits.end_probe()
        return None if reply is None else self._vectors(reply, len(texts))

    async def _embed_halves(self, texts: list[str], tally: Tally, cuts: int) -> Vectors | None:
        middle = len(texts) // 2
        halves = [await self.embed(half, tally, cuts) for half in (texts[:middle], texts[middle:])]
        found = [half for half in halves if half is not None]
        return np.concatenate(found) if len(found) == 2 else None

    def _body(self, texts: list[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model, "input": texts}
        if self._encoding:
            body["encoding_format"] = self._encoding
        if self._dimensions:
            body["dimensions"] = self._dimensions
        return body

    def _vectors(self, reply: dict[str, Any], count: int) -> Vectors:
        """Read the vectors of an answer, as base64 or as lists, and bring them to length 1."""
        try:
            items = sorted(reply["data"], key=lambda item: item["index"])
            vectors = np.stack([_vector(item["embedding"]) for item in items])
        except (KeyError, TypeError, ValueError):
            raise self._error("the answer holds no vectors") from None
        if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
            raise self._error("the answer does not hold a vector for every text")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths == 0, 1, lengths), np.float32)

    def _error(self, reason: str) -> KuraError:
        return KuraError(
            f"The model {self._model!r} at {shown_url(self._calls.url)} did not embed the texts ({reason})."
            " Run again to go on."
        )


def _vector(embedding: object) -> Vectors:
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4")
    return np.asarray(embedding, np.float32)

"""A sentence encoder: texts in, unit vectors out.

The vector of a text depends on that text alone, bit for bit: not on the texts beside it, their order or the
number of threads. Each text is run on one thread, and as many at once as there are processors. Where everything is
computed in float32, texts of equal length share a run, which is a quarter faster and changes no bit. int8 takes the
scale of its activations from everything in a run, and the last bits of the multilingual encoder hang on how many texts
are in one: there each text has its own. Another processor changes a float32 vector by 1e-7, an int8 one by 1e-3 and
more (benchmarks/encoder_speed.py compares the ways, benchmarks/encoder_sameness.py the processors).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kura_udfs.vectors.graphs import feeder, framing

FloatArray = npt.NDArray[np.float32]
VERSION = 1  # raise it when a change here gives a text another vector: it is part of every encoder's id
_CHARACTERS_PER_TOKEN = 16  # far above any language's mean, so that only hopeless text is cut before its tokens are
_MAX_TEXTS_AT_ONCE = 128  # of one thread, between two calls of `advance`


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded sentence encoder.

    Attributes
    ----------
    id : str
        Names everything that shapes a vector: model, weights, tokenizer, precision, token limit, version of
        the code. Vectors of different ids must never be mixed.
    dimensions : int
    """

    id: str
    dimensions: int
    _vectors: Callable[[Sequence[str]], FloatArray] = field(repr=False, compare=False)

    def embed(
        self, texts: Sequence[str], advance: Callable[[int], None] | None = None, workers: int | None = None
    ) -> FloatArray:
        """Encode texts.

        Parameters
        ----------
        texts : sequence of str
            Of any length; what exceeds the model's token limit is cut out of the middle.
        advance : callable, optional
            Is called in this thread with the number of texts done since its last call.
        workers : int, optional
            How many threads encode; by default as many as there are processors that this process may use.

        Returns
        -------
        ndarray of shape (len(texts), dimensions), float32
            Rows of length 1. A text without a single token (empty, white space, control characters) gives
            zeros: it has no direction, and the model's vector of nothing would be a neighbour of every short
            text. Leave such rows out of a clustering.
        """
        vectors = np.zeros((len(texts), self.dimensions), np.float32)

        def encode(rows: Sequence[int]) -> int:
            vectors[rows] = self._vectors([texts[row] for row in rows])
            return len(rows)

        workers = workers or processors()
        step = min(_MAX_TEXTS_AT_ONCE, len(texts) // (4 * workers) + 1)
        # long ones first, so that no processor waits for another at the end; equal ones beside each other
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        parts = [order[start : start + step] for start in range(0, len(texts), step)]
        with ThreadPoolExecutor(workers) as pool:
            for done in pool.map(encode, parts):
                if advance:
                    advance(done)
        return vectors


def encoder_of(
    name: str,
    run: Callable[[Sequence[Sequence[int]]], FloatArray],
    token_ids: Callable[[str], list[int]],
    pooling: str,
    run_together: int = 1,
) -> Encoder:
    """Make an encoder of a model and its tokenizer.

    Parameters
    ----------
    name : str
        The id.
    run : callable
        From the token ids of n texts, equally many of each, to the model's output for them, see `runner`.
    token_ids : callable
        From a text to its token ids, see `framed`.
    pooling : {"mean", "cls", "none"}
        How one vector is made of those of a text's tokens.
    run_together : int
        How many texts of equal length are run at once.
    """
    dimensions = run([[0]]).shape[-1]

    def unit(outputs: FloatArray) -> FloatArray:
        pooled = outputs.astype(np.float64)
        if pooling == "mean":
            pooled = pooled.mean(axis=1)
        elif pooling == "cls":
            pooled = pooled[:, 0]
        lengths = np.sqrt(np.square(pooled).sum(axis=1, keepdims=True))
        return np.asarray(np.divide(pooled, lengths, out=pooled, where=lengths > 0), np.float32)

    def vectors(texts: Sequence[str]) -> FloatArray:
        found = np.zeros((len(texts), dimensions), np.float32)
        ids = [token_ids(text) for text in texts]
        rows_of: dict[int, list[int]] = {}
        for row, tokens in enumerate(ids):
            rows_of.setdefault(len(tokens), []).append(row)
        rows_of.pop(0, None)
        for rows in rows_of.values():
            for start in range(0, len(rows), run_together):
                together = rows[start : start + run_together]
                found[together] = unit(run([ids[row] for row in together]))
        return found

    return Encoder(name, dimensions, vectors)


def token_ids_of(tokenizer: Any, max_tokens: int) -> Callable[[str], list[int]]:
    """Return the function from a text to its ids: the middle cut out, special tokens around, [] if none."""
    before, after = framing(tokenizer)
    return framed(lambda text: tokenizer.encode(text, add_special_tokens=False).ids, before, after, max_tokens)


def framed(
    encode: Callable[[str], list[int]], before: list[int], after: list[int], max_tokens: int
) -> Callable[[str], list[int]]:
    """Return the function from a text to its ids between `before` and `after`, the middle cut out, [] if none."""
    room = max_tokens - len(before) - len(after)

    def ids_of(text: str) -> list[int]:
        ids = encode(_tokenisable(text, max_tokens))
        if len(ids) > room:
            ids = ids[: room - room // 2] + ids[len(ids) - room // 2 :]
        return before + ids + after if ids else []

    return ids_of


def _tokenisable(text: str, max_tokens: int) -> str:
    """Cut what is far too long, and make lone surrogates, which have no UTF-8, the replacement character."""
    text = text.strip()
    half = _CHARACTERS_PER_TOKEN * max_tokens // 2
    if len(text) > 2 * half:
        text = f"{text[:half]} {text[-half:]}"
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def runner(opened: Any) -> Callable[[Sequence[Sequence[int]]], FloatArray]:
    """Return the function from the token ids of texts, equally many of each, to the model's output for them."""
    feeds = feeder(opened, "an encoder", "feature-extraction")
    names = [declared.name for declared in opened.get_outputs()]
    output = "sentence_embedding" if "sentence_embedding" in names else names[0]

    def run(ids: Sequence[Sequence[int]]) -> FloatArray:
        result: FloatArray = opened.run([output], feeds(ids))[0]
        return result

    return run


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def digest_of(*parts: str) -> str:
    """Return a short fingerprint, for an id."""
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]

"""Vectors by a model behind the OpenAI API, kept as they arrive, so that none is paid for twice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np

from kura_udfs.account import Account
from kura_udfs.errors import KuraError
from kura_udfs.llm.openai.embeddings import embed_parts
from kura_udfs.settings import EmbedderSettings, ModelSettings
from kura_udfs.tables import Vectors

VERSION = 1  # raise it when a change here gives a text another vector
LOOKED_UP_AT_ONCE = 10_000


class VectorStore(Protocol):
    """The vectors that have been paid for."""

    def dimensions(self) -> int:
        """Return how long they are; 0 if there are none."""

    def find(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """Return those of the vectors under these keys that there are."""

    def add(self, keys: Sequence[str], vectors: Vectors, subjects: Sequence[str | None]) -> None:
        """Keep vectors with the texts that they go with, whatever becomes of the run."""


def encoder_id(settings: EmbedderSettings) -> str:
    """Return what names everything that shapes a vector."""
    return f"openai-{settings.embedding_model}-{settings.embedding_dimensions or 'all'}-v{VERSION}"


def stored_key(encoder_id: str, text: str) -> str:
    """Return what the vector of a text is stored under."""
    return hashlib.sha256(f"{encoder_id}:{text}".encode(errors="replace")).hexdigest()


class PaidEncoder:
    """An encoder that asks a model for what is not stored yet; used like `encoder.Encoder`.

    Parameters
    ----------
    settings : EmbedderSettings
        Name the model.
    server : ModelSettings
        Say where it is, and the limits.
    account : Account
        Pays for what is asked.
    store : VectorStore
        Of this encoder's id.
    sends_nothing : bool
        Only what is stored is used.
    """

    def __init__(
        self,
        settings: EmbedderSettings,
        server: ModelSettings,
        account: Account,
        store: VectorStore,
        sends_nothing: bool = False,
    ) -> None:
        self.id = encoder_id(settings)
        self._settings = settings
        self._server = server
        self._account = account
        self._store = store
        self._sends_nothing = sends_nothing

    def embed(
        self,
        texts: Sequence[str],
        advance: Callable[[int], None] | None = None,
        subjects: Sequence[str] | None = None,
    ) -> Vectors:
        """Embed texts, each distinct one once and for all.

        Parameters
        ----------
        texts : sequence of str
            Of any length.
        advance : callable, optional
            Is called with the number of distinct texts done since its last call.
        subjects : sequence of str, optional
            Fingerprints of the texts: when one goes, its vector goes.

        Returns
        -------
        ndarray of shape (len(texts), dimensions), float32
            Rows of length 1; zeros for a text of nothing but white space, and where nothing is sent for what is not
            stored.

        Raises
        ------
        KuraError
            As `llm.openai.embeddings.embed_parts`, and if vectors are not as long as those that there are, beside which
            they are not kept. All else that has arrived is.
        """
        keys = [stored_key(self.id, text) for text in texts]
        text_of = dict(zip(keys, texts, strict=True))
        subject_of = dict(zip(keys, subjects, strict=True)) if subjects else {}
        found: dict[str, Vectors] = {}
        distinct = list(text_of)
        for start in range(0, len(distinct), LOOKED_UP_AT_ONCE):
            found |= self._store.find(distinct[start : start + LOOKED_UP_AT_ONCE])
        if advance:
            advance(len(found))
        missing = [key for key in distinct if key not in found]
        if missing and not self._sends_nothing:
            size = self._store.dimensions()
            for part, vectors in self._ask(missing, [text_of[key] for key in missing]):
                size = size or vectors.shape[1]
                self._check_sizes({size, vectors.shape[1]})
                self._store.add(part, vectors, [subject_of.get(key) for key in part])
                found.update(zip(part, vectors, strict=True))
                if advance:
                    advance(len(part))
        expected = self._settings.embedding_dimensions or self._store.dimensions()
        return self._rows([found.get(key) for key in keys], expected)

    def _ask(self, keys: list[str], texts: list[str]) -> Iterator[tuple[list[str], Vectors]]:
        settings = self._settings
        server = self._account.left_of(self._server)
        for part in embed_parts(texts, server, settings.embedding_model, settings.embedding_dimensions):
            if part is not None:
                self._account.book(part.tally)
                if part.indices:
                    yield [keys[index] for index in part.indices], part.vectors

    def _rows(self, vectors: list[Vectors | None], expected: int) -> Vectors:
        sizes = {len(vector) for vector in vectors if vector is not None}
        self._check_sizes(sizes)
        size = sizes.pop() if sizes else expected
        rows = np.zeros((len(vectors), size), np.float32)
        for row, vector in enumerate(vectors):
            if vector is not None:
                rows[row] = vector
        return rows

    def _check_sizes(self, sizes: set[int]) -> None:
        if len(sizes) > 1:
            raise KuraError(
                f"The embedding model {self._settings.embedding_model!r} gave vectors of"
                f" {' and of '.join(map(str, sorted(sizes)))} dimensions: there must be two models of that name. Have"
                " the server give the one of before, or set kura_embedding_dimensions to have all vectors made anew."
            )

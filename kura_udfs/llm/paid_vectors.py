"""Vectors by a model behind the OpenAI API, kept in the warehouse as they arrive."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from kura_udfs.errors import KuraError
from kura_udfs.llm.answers import client_settings, count_spent
from kura_udfs.llm.openai.embeddings import Vectors, embed_parts
from kura_udfs.warehouse.stage import Stage

VERSION = 1  # raise it when a change here gives a text another vector
LOOKED_UP_AT_ONCE = 10_000


class Store(Protocol):
    """The vectors that have been paid for."""

    def dimensions(self) -> int:
        """Return how long they are; 0 if there are none."""

    def find(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """Return those of the vectors under these keys that there are."""

    def add(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Keep vectors, whatever becomes of the run."""


def encoder_id(settings: Mapping[str, Any]) -> str:
    """Return what names everything that shapes a vector."""
    return f"openai-{settings['embedding_model']}-{settings['embedding_dimensions'] or 'all'}-v{VERSION}"


def stored_key(encoder_id: str, text: str) -> str:
    """Return what the vector of a text is stored under."""
    return hashlib.sha256(f"{encoder_id}:{text}".encode(errors="replace")).hexdigest()


class PaidEncoder:
    """An encoder that asks a model for what is not in the warehouse yet; used like `encoders.Encoder`.

    Parameters
    ----------
    stage : Stage
        On whose account it is; its settings name the model and the limits.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._model: str = stage.settings["embedding_model"]
        self._dimensions: int | None = stage.settings["embedding_dimensions"]
        self.id = encoder_id(stage.settings)

    def embed(self, texts: Sequence[str], advance: Callable[[int], None] | None = None) -> Vectors:
        """Embed texts, each distinct one once and for all.

        Parameters
        ----------
        texts : sequence of str
            Of any length.
        advance : callable, optional
            Is called with the number of distinct texts done since its last call.

        Returns
        -------
        ndarray of shape (len(texts), dimensions), float32
            Rows of length 1; zeros for a text of nothing but white space, and in a trial run (`--empty`, `--sample`)
            for what the warehouse does not hold.

        Raises
        ------
        KuraError
            As `llm.embeddings.embed_parts`. What has arrived is kept.
        """
        store = self._stage.vectors(self.id)
        text_of = {stored_key(self.id, text): text for text in texts}
        found: dict[str, Vectors] = {}
        keys = list(text_of)
        for start in range(0, len(keys), LOOKED_UP_AT_ONCE):
            found |= store.find(keys[start : start + LOOKED_UP_AT_ONCE])
        if advance:
            advance(len(found))
        missing = [key for key in keys if key not in found]
        if missing and not self._stage.sends_nothing():
            for part_keys, vectors in self._ask(missing, [text_of[key] for key in missing], store):
                found.update(zip(part_keys, vectors, strict=True))
                if advance:
                    advance(len(part_keys))
        return self._rows(
            [found.get(stored_key(self.id, text)) for text in texts], self._dimensions or store.dimensions()
        )

    def _ask(self, keys: list[str], texts: list[str], store: Store) -> Iterator[tuple[list[str], Vectors]]:
        stage = self._stage
        settings = client_settings(stage.settings, **stage.spent_in_this_run())
        for part in embed_parts(texts, settings, self._model, self._dimensions):
            if part is None:
                continue
            part_keys = [keys[index] for index in part.indices]
            store.add(part_keys, part.vectors)
            count_spent(stage, part.tally)
            yield part_keys, part.vectors

    def _rows(self, vectors: list[Vectors | None], expected: int) -> Vectors:
        sizes = {len(vector) for vector in vectors if vector is not None}
        if len(sizes) > 1:
            raise KuraError(
                f"The embedding model {self._model!r} gave vectors of {' and of '.join(map(str, sorted(sizes)))}"
                " dimensions: there must be two models of that name. Set kura_embedding_dimensions to one of the two."
            )
        size = sizes.pop() if sizes else expected
        rows = np.zeros((len(vectors), size), np.float32)
        for row, vector in enumerate(vectors):
            if vector is not None:
                rows[row] = vector
        return rows

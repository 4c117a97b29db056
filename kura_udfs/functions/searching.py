"""The vector of somebody's words, by the encoder that made the vectors of a build."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import numpy as np

from kura_udfs.account import Account
from kura_udfs.errors import KuraError
from kura_udfs.settings import EmbeddingSettings, read_settings
from kura_udfs.tables import Vectors
from kura_udfs.vectors import choice, encoders
from kura_udfs.vectors.encoder import Encoder
from kura_udfs.vectors.lsa import fit_lsa

LONGEST = 2_000
"""Characters of a query: it is words, no document."""


class _Nothing:
    """A store of paid vectors that has none and keeps none: a query is no text of the warehouse."""

    def dimensions(self) -> int:
        return 0

    def find(self, keys: Sequence[str]) -> dict[str, Vectors]:
        return {}

    def add(self, keys: Sequence[str], vectors: Vectors, subjects: Sequence[str | None]) -> None:
        pass


def query_vector(words: str, recipe: str, meta: str | None = None, texts: Sequence[str] = ()) -> Vectors:
    """Return the vector of a query, of the same encoder as those it is compared with.

    Parameters
    ----------
    words : str
        Without personal data, as the texts are: a paid model gets them.
    recipe : str
        Of the vectors in `int_kura__embeddings`.
    meta : str, optional
        The settings of that model, as JSON. Only the two encoders that Kura brings do without.
    texts : sequence of str
        Those that were embedded, for an encoder that has learned from them (`lsa`).

    Raises
    ------
    KuraError
        When the encoder is not to be had here, or is another one now.
    """
    if recipe.startswith("lsa-"):
        return _same(fit_lsa(texts), recipe).embed([words[:LONGEST]])[0]
    return _of_model(words[:LONGEST], recipe, meta)


@cache
def _of_model(words: str, recipe: str, meta: str | None) -> Vectors:
    """Return the vector by a model, once for each query of a process: SQL may ask for it several times."""
    settings = read_settings(EmbeddingSettings, json.loads(meta)) if meta else None
    if recipe.startswith("openai-"):
        return _paid(words, recipe, settings)
    path, precision = (
        (settings.embedder.embedder_path, settings.embedder.embedder_precision) if settings else (None, None)
    )
    bundled = choice.embedder_of(recipe)
    if bundled:
        precision = next((known for known in encoders.PRECISIONS if f"-{known}-" in recipe), encoders.DEFAULT_PRECISION)
        encoder = encoders.load_encoder(bundled, encoders.own_folder(bundled, path), precision)
    elif path:
        encoder = encoders.load_encoder("onnx", path, precision or encoders.DEFAULT_PRECISION)
    else:
        raise KuraError(f"the vectors were made by an encoder that is not to be had here ({recipe}).")
    return _same(encoder, recipe).embed([words], workers=1)[0]


def _paid(words: str, recipe: str, settings: EmbeddingSettings | None) -> Vectors:
    from kura_udfs.llm.paid_vectors import PaidEncoder, encoder_id

    if settings is None:
        raise KuraError(
            f"the vectors were made by a model behind an API ({recipe}), and which server that is stands in dbt's"
            " manifest: run this where dbt runs."
        )
    if encoder_id(settings.embedder) != recipe:
        raise KuraError(_differs(recipe, encoder_id(settings.embedder)))
    [vector] = PaidEncoder(settings.embedder, settings.model, Account(), _Nothing()).embed([words])
    return np.asarray(vector, np.float32)


def _same(encoder: Encoder, recipe: str) -> Encoder:
    if encoder.id != recipe:
        raise KuraError(_differs(recipe, encoder.id))
    return encoder


def _differs(recipe: str, found: str) -> str:
    return f"the vectors were made by another encoder ({recipe}) than is here ({found}). Run `dbt build` first."

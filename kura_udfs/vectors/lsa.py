"""An encoder that is learned from the corpus itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from kura_udfs.vectors.encoder import VERSION, Encoder, FloatArray, digest_of


def fit_lsa(texts: Sequence[str], dimensions: int = 128, seed: int = 0) -> Encoder:
    """Learn an encoder from a corpus by latent semantic analysis: tf-idf, then a truncated SVD.

    It needs no model, and finds far poorer clusters than a sentence encoder. The vectors mean something only
    beside each other: another corpus has other axes. (Deerwester et al. 1990, doi:10.1002/(SICI)1097-4571.)

    Returns
    -------
    Encoder
        Gives zeros for a text without a known word. Where the corpus has fewer axes than `dimensions`, the
        rest of each vector is zeros.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    name = f"lsa-{digest_of(*sorted(hashlib.sha256(t.encode('utf-8', 'replace')).hexdigest() for t in texts))}"
    vectorizer = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode")
    tokenize = vectorizer.build_analyzer()
    if not any(tokenize(text) for text in texts):
        return Encoder(
            f"{name}-{dimensions}-v{VERSION}", dimensions, lambda some: np.zeros((len(some), dimensions), np.float32)
        )
    words = vectorizer.fit_transform(sorted(texts))
    axes = min(dimensions, *words.shape)
    # How a matrix product is split among threads changes its last bits.
    with threadpool_limits(1, user_api="blas"):
        _, _, directions = randomized_svd(words, axes, random_state=seed)

    def vector(text: str) -> FloatArray:
        projected = np.zeros(dimensions)
        projected[:axes] = (vectorizer.transform([text]) @ directions.T)[0]
        length = np.sqrt(np.square(projected).sum())
        # the rows of `words` have length 1, so anything shorter is rounding
        return (projected / length if length > 1e-6 else np.zeros(dimensions)).astype(np.float32)

    return Encoder(
        f"{name}-{dimensions}-v{VERSION}", dimensions, lambda some: np.stack([vector(text) for text in some])
    )

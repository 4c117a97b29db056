"""What benchmarks have measured, held in small: floors of quality and ratios of two sizes, no seconds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kura_udfs.evaluation.scores import agreement
from kura_udfs.tables import as_matrix
from tests.support import scaled
from tests.support.growth import seconds
from tests.support.labelled import fitted

SMALL, LARGE = 1_500, 6_000
TOPICS = 40


@pytest.fixture(scope="module")
def planted() -> tuple[np.ndarray, np.ndarray]:
    """Vectors of planted topics, and which topic each is of."""
    topics = np.random.default_rng(1).integers(TOPICS, size=LARGE)
    words = scaled.vocabulary()
    texts = pa.chunked_array([pa.array([f"{words[topic * scaled.WORDS_OF_A_TOPIC]} and more" for topic in topics])])
    return as_matrix(pa.chunked_array([scaled.vectors(texts)])), topics


def test_planted_topics_come_back(planted: tuple[np.ndarray, np.ndarray]) -> None:
    vectors, topics = planted
    base, _ = fitted(vectors[:SMALL], ["english"] * SMALL)
    found = agreement(topics[:SMALL].astype(str), base)
    assert found is not None
    assert found.nmi > 0.98
    assert TOPICS <= found.n_clusters <= 1.1 * TOPICS


def test_a_fit_of_four_times_as_many_texts_takes_no_more_than_six_times_as_long(
    planted: tuple[np.ndarray, np.ndarray],
) -> None:
    vectors, _ = planted
    fitted(vectors[:300], ["english"] * 300)  # what is imported and compiled once
    small = seconds(lambda: fitted(vectors[:SMALL], ["english"] * SMALL))
    large = seconds(lambda: fitted(vectors, ["english"] * LARGE))
    assert large < 6 * small

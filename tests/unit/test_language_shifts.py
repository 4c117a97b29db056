"""Languages brought together: what sets one apart is taken back, what texts are about is not."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.vectors.languages import FEW, language_shifts, moved
from tests.support.vectors import unit


def spoken(per_language: int, topics: int = 4, d: int = 32) -> tuple[np.ndarray, list[str | None], np.ndarray]:
    """The same topics in three languages, each of which is a place of its own."""
    random = np.random.default_rng(0)
    places, centres = unit(random.normal(size=(3, d))), unit(random.normal(size=(topics, d)))
    language = np.repeat(np.arange(3), per_language)
    topic = random.integers(0, topics, len(language))
    vectors = unit(1.5 * places[language] + centres[topic] + 0.3 * random.normal(size=(len(language), d)) / d**0.5)
    return vectors, [["english", "german", "thai"][i] for i in language], topic


def test_topics_of_several_languages_lie_together_once_these_are_moved() -> None:
    vectors, languages, topic = spoken(200)
    together = moved(vectors, languages, language_shifts(vectors, languages))
    same_topic = topic[:, None] == topic
    other_language = np.array(languages)[:, None] != np.array(languages)

    def nearest_is_of_the_topic(points: np.ndarray) -> float:
        similarities = np.where(other_language, points @ points.T, -1)
        return float(same_topic[np.arange(len(points)), similarities.argmax(axis=1)].mean())

    assert nearest_is_of_the_topic(together) > 0.95
    # and a text's nearest neighbour at all is often of another language
    before, after = (
        np.mean([languages[i] != languages[j] for i, j in enumerate((p @ p.T - 9 * np.eye(len(p))).argmax(axis=1))])
        for p in (vectors, together)
    )
    assert before < 0.05
    assert after > 0.25


def test_nothing_is_done_to_one_language_whatever_is_not_known() -> None:
    vectors, _, _ = spoken(20)
    languages = ["english" if row % 3 else None for row in range(len(vectors))]
    assert language_shifts(vectors, languages) == {}
    assert moved(vectors, languages, {}).tobytes() == vectors.tobytes()


def test_few_texts_of_a_language_are_moved_a_part_of_the_way() -> None:
    vectors, languages, _ = spoken(300)
    few = [*range(300), *range(300, 300 + FEW)]
    some, named = vectors[few], [languages[row] for row in few]
    way = some.mean(axis=0) - some[300:].mean(axis=0)
    np.testing.assert_allclose(language_shifts(some, named)["german"], way / 2, atol=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_vectors_keep_their_length_and_what_is_unknown_or_without_direction_stays(seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = unit(random.normal(size=(40, 6)))
    vectors[3] = 0
    languages = [[None, "english", "thai"][i] for i in random.integers(0, 3, 40)]
    languages[3] = "thai"
    result = moved(vectors, languages, language_shifts(vectors, languages))
    unknown = [row for row, language in enumerate(languages) if language is None]
    assert result[unknown].tobytes() == vectors[unknown].tobytes()
    assert not result[3].any()
    lengths = np.linalg.norm(np.delete(result, 3, axis=0), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)

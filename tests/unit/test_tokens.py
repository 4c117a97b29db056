from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.text.tokens import count_tokens, truncate
from tests.support.growth import assert_grows_with_length

wild_text = st.text(st.characters(), max_size=60) | st.text(
    alphabet=" \n\tab.-09éñ配達кни\u0301\u200d\ufe0f🏕👩\x00\ud800_", max_size=120
)
sentence = "Where is my parcel, it was due on Monday and nobody answers the phone. "


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a", 1),
        ("Where is my parcel?", 6),
        ("配達が遅れています", 9),
        ("Ключ", 3),
        ("2026", 2),
        ("🏕🏕", 2),
    ],
)
def test_known_texts_have_known_counts(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


def test_longer_words_cost_more_but_less_than_a_token_a_letter() -> None:
    assert count_tokens("tent") < count_tokens("Donaudampfschifffahrtsgesellschaft") < 10


def test_english_prose_is_about_four_characters_a_token() -> None:
    assert 3 < len(sentence * 20) / count_tokens(sentence * 20) < 5


@given(wild_text, wild_text)
@settings(max_examples=400)
def test_adding_text_never_lowers_the_count_nor_costs_more_than_both(first: str, second: str) -> None:
    together = count_tokens(first + second)
    assert max(count_tokens(first), count_tokens(second)) <= together
    assert together <= count_tokens(first) + count_tokens(second) + 1


@given(wild_text, st.integers(-2, 80), st.sampled_from([" […] ", "", "…", "\n---\n", "x"]))
@settings(max_examples=800)
def test_a_cut_text_keeps_to_its_budget(text: str, budget: int, marker: str) -> None:
    cut = truncate(text, budget, marker)
    assert count_tokens(cut) <= max(budget, 0)
    if 0 < budget >= count_tokens(text):
        assert cut == text
    assert truncate(cut, budget, marker) == cut


def test_the_head_gets_about_two_thirds_and_words_stay_whole() -> None:
    words = [f"word{'abcdefghij'[i % 10]}" for i in range(300)]
    cut = truncate(" ".join(words), 100)
    head, tail = (part.split() for part in cut.split(" […] "))
    assert words[: len(head)] == head
    assert words[-len(tail) :] == tail
    assert 1.7 < len(head) / len(tail) < 2.3
    assert 90 <= count_tokens(cut) <= 100


@pytest.mark.parametrize("budget", [0, -1])
def test_no_budget_gives_nothing(budget: int) -> None:
    assert truncate(sentence, budget) == ""


def test_a_budget_too_small_for_the_marker_keeps_the_head() -> None:
    assert truncate(sentence, 4) == "Where is my"


def test_a_word_longer_than_the_budget_is_cut_inside() -> None:
    cut = truncate("x" * 5_000, 30)
    head, tail = cut.split(" […] ")
    assert set(head) == set(tail) == {"x"}
    assert count_tokens(cut) >= 28


def test_a_cut_does_not_part_a_character_from_its_marks() -> None:
    family = "👩\u200d👩\u200d👧"
    cut = truncate(family * 40, 40)
    for part in cut.split(" […] "):
        assert part.replace(family, "") == ""
    assert "e\u0301" * 3 + "x" not in truncate("e\u0301" * 500, 20)
    assert not truncate("a " * 50 + "🏕\ufe0f" * 50, 40).split(" […] ")[1].startswith("\ufe0f")


@pytest.mark.parametrize(
    "unit", ["a", "0", " ", "\n", "[", "\x00", "\ud800", "\u0301", "\u200d", "word ", "配", "a\n", "🏕"]
)
def test_a_long_text_of_anything_takes_as_much_longer_as_it_is(unit: str) -> None:
    def halve(text: str) -> None:
        tokens = count_tokens(text)
        assert count_tokens(truncate(text, tokens // 2)) <= tokens // 2

    assert_grows_with_length(halve, (unit * 400_000)[:400_000])

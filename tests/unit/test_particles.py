"""Korean words lose the particles that are written on to them, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.naming.particles import bare_words


@pytest.mark.parametrize(
    ("words", "noun"),
    [
        (["환불", "환불을", "환불은", "환불이"], "환불"),
        (["택배가", "택배를"], "택배"),
        (["서버에서는", "서버에서", "서버로"], "서버"),
        (["이메일로", "이메일과"], "이메일"),
    ],
)
def test_a_noun_is_one_word_whatever_particles_follow_it(words: list[str], noun: str) -> None:
    assert bare_words(words) == {word: noun for word in words if word != noun}


@pytest.mark.parametrize(
    "words",
    [
        ["고양이"],
        ["고양이", "강아지"],
        ["책을", "책이"],  # a syllable alone is no word to be named by
        ["환불를", "택배을"],  # no such particle follows these
        ["좋아하는", "좋아하나", "배송되는"],  # of verbs
        ["refund", "返金が", "", "환불a은"],
    ],
)
def test_what_only_looks_like_a_particle_stays(words: list[str]) -> None:
    assert bare_words(words) == {}


def test_a_noun_that_ends_like_a_particle_keeps_its_end() -> None:
    assert bare_words(["고양이", "고양이가", "고양이는"]) == {"고양이가": "고양이", "고양이는": "고양이"}


@given(st.sets(st.text("가각고객사이은는을를에서로도", min_size=1, max_size=6), max_size=12))
def test_what_is_left_begins_the_word_and_is_left_of_others_too(words: set[str]) -> None:
    bare = bare_words(words)
    for word, left in bare.items():
        assert word.startswith(left)
        assert 2 <= len(left) < len(word)
        assert left in words or sum(other.startswith(left) for other in words) > 1

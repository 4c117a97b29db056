"""What a form or a template says in many texts names none of them."""

from __future__ import annotations

from kura_udfs.naming.forms import without_forms
from tests.support.growth import assert_grows_with_length

NOTICE = (
    "This message is meant for the person named above. "
    "If you have received it by mistake, please delete it. Think of the trees before you print it."
)
ASKED = ["my heating is cold", "the lift stands still", "who has the key", "a window is broken", "no hot water today"]


def test_sentences_that_stand_together_in_many_texts_are_left_out() -> None:
    texts = [f"{asked}\n{NOTICE}" for asked in ASKED]
    assert [text.strip() for text in without_forms(texts)] == ASKED


def test_labels_and_headings_of_a_form_are_left_out_however_short() -> None:
    texts = [f"## What is wrong\n{asked}\nSince when: monday\n**Flat**\n{flat}" for flat, asked in enumerate(ASKED)]
    left = [" ".join(text.split()) for text in without_forms(texts)]
    assert left == [f"{asked} monday {flat}" for flat, asked in enumerate(ASKED)]


def test_what_many_say_beside_different_things_stays() -> None:
    texts = [f"I need a taxi to the airport.\n{asked}" for asked in ASKED]
    assert without_forms(texts) == texts


def test_two_answers_that_go_together_stay() -> None:
    texts = [f"I want to move to another flat. There are two of us at home.\n{asked}" for asked in ASKED]
    assert without_forms(texts) == texts


def test_a_text_of_nothing_else_stays_whole() -> None:
    texts = [NOTICE, *(f"{asked}\n{NOTICE}" for asked in ASKED)]
    assert without_forms(texts)[0] == NOTICE


def test_time_is_linear() -> None:
    assert_grows_with_length(lambda text: without_forms([text, text + "a"]), "one two three four five. " * 16_000)

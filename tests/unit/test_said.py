"""What stands in a message by rule of a program, a form or a network is no word of who sent it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text.said import own_words
from tests.support.growth import assert_grows_with_length


@pytest.mark.parametrize(
    "text",
    [
        "@AcmeAir my bag is lost",
        ".@AcmeAir @otherline: my bag is lost",
        "RT @acme_air my bag is lost",
        "@acme-air, my bag is lost",
        "<@U024BE7LH> my bag is lost",
        "<@!8035111> <@&22>\nmy bag is lost",
    ],
)
def test_whom_a_message_is_addressed_to_is_no_part_of_it(text: str) -> None:
    assert own_words(text) == "my bag is lost"


@pytest.mark.parametrize("said", ["o sinal caiu", "wo bleibt mein Koffer?", "y mi maleta?", "荷物が届きません"])
def test_so_in_other_languages(said: str) -> None:
    assert own_words(f"@acme_ajuda {said}") == said


@pytest.mark.parametrize(
    "text",
    [
        "@AcmeAir is late again",
        "@Autowired not injected in my service",
        "@media query has no effect",
        "@acme/core does not build",
        "thanks @AcmeAir, my bag is here",
        "@AcmeAir",
        "@AcmeAir :(",
        "@a.person@example.com bounced",
    ],
)
def test_a_handle_that_the_sentence_is_about_stays(text: str) -> None:
    assert own_words(text) == text


FORM = """Export fails
<!-- Please search the issues first. -->
### What happened?

The export button does nothing.

### Which version?

2.1

### Anything else?

_No response_

### Terms

- [x] I agree to the rules
"""


def test_of_a_form_the_answers_are_left() -> None:
    assert " ".join(own_words(FORM).split()) == "Export fails The export button does nothing. 2.1"


def test_what_people_tick_before_they_may_ask_is_no_part_of_it() -> None:
    assert own_words("Export fails\n- [x] I have read the rules\n* [ ] There is a test").strip() == "Export fails"


@pytest.mark.parametrize(
    "text",
    [
        "```html\n<!-- the menu -->\n<nav>\n``` how do I close this?",
        "what does `<!-- more -->` do?",
        "### Fix the login\n\nIt fails with a long password.",
        "- [ ] milk\n- [ ] bread",
        "<!-- nothing else -->",
    ],
)
def test_what_a_person_may_have_written_stays(text: str) -> None:
    assert own_words(text) == text


PARTS = ["@ab ", "<@U12> ", "<!--", "-->", "```", "### a\n\n", "- [x] b\n", "words ", "\n", "."]


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_something_is_left_of_any_text_with_words(text: str) -> None:
    assert any(map(str.isalpha, own_words(text))) == any(map(str.isalpha, text))


@pytest.mark.parametrize("part", ["@ab ", "<!--", "<!-- a -->", "```<!-- a -->", "### a\n\n", "<summary>", "- [x] "])
def test_time_is_linear(part: str) -> None:
    assert_grows_with_length(own_words, part * (400_000 // len(part)))

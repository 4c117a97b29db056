"""What a model wrote becomes a heading, prose or a slug, whatever it was."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.naming.headings import cut_sentences, cut_words, heading, prose, slug, spoken_key


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Track a delayed parcel", "Track a delayed parcel"),
        ("track a delayed parcel.", "Track a delayed parcel"),
        ('"Track a delayed parcel"', "Track a delayed parcel"),
        ("**Track** a `delayed` parcel!", "Track a delayed parcel"),
        ('."Track a delayed parcel', "Track a delayed parcel"),
        ("- Track a delayed parcel", "Track a delayed parcel"),
        ("1. Track a delayed parcel", "Track a delayed parcel"),
        ("## Track a delayed parcel", "Track a delayed parcel"),
        ("Name: Track a delayed parcel", "Track a delayed parcel"),
        ("Cluster 3: Track a delayed parcel", "Track a delayed parcel"),
        ("TRACK A DELAYED PARCEL", "Track a delayed parcel"),
        ("Track A Delayed Parcel", "Track a delayed parcel"),
        ("Track\na delayed\x00 parcel\u202e", "Track a delayed parcel"),
        ("<b>Track</b> a {thing} delayed <<parcel>> parcel", "Track a delayed parcel"),
        ("Track a parcel for [email]", "Track a parcel"),
        ("Log in", "Log in"),
        ("Track the parcel of ana@example.org", "Track the parcel"),
        ("Look at https://example.org/x?y=1 now", "Look at now"),
        ("track_delayed_parcel", "Track delayed parcel"),
        ("Don't lose the user's place", "Don't lose the user's place"),
        ("Compile C++ and C# (.NET)", "Compile C++ and C# (.NET)"),
        ("iOS app: restore purchases", "iOS app: restore purchases"),
        ("查询快递进度", "查询快递进度"),
    ],
)
def test_a_name_is_put_in_the_form_of_a_heading(said: str, shown: str) -> None:
    assert heading(said, 10) == shown


def test_names_of_things_keep_their_capital_in_title_case_if_the_prose_has_it() -> None:
    proper = "These users write Python and query a warehouse. They use SQL too."
    assert heading("Write Python And SQL Queries Quickly", 10, proper) == "Write Python and SQL queries quickly"


def test_a_long_name_is_cut_at_a_word_that_leads_nowhere() -> None:
    said = "Help users find out when the parcel that they sent to the other side of the world arrives"
    assert heading(said, 10) == "Help users find out when the parcel that they sent"
    assert heading("Change the address of an order and of the invoice", 8) == "Change the address of an order"


def test_a_stray_bracket_leaves_no_more_words_than_allowed() -> None:
    assert heading("Parcel)Order", 1) == "Parcel"


@pytest.mark.parametrize(
    "said",
    ["", "  ", "N/A", "none.", "I'm sorry, but I can't help with that.", "I cannot name this", "As an AI model, no",
     "Cluster 4", "***", "[name]", "<name>", "12", "Unknown", "..."],
)  # fmt: skip
def test_what_is_no_name_becomes_none(said: str) -> None:
    assert heading(said, 10) == ""


@given(st.text(max_size=300), st.integers(1, 12), st.text(max_size=50))
def test_any_text_becomes_a_safe_heading_or_none(said: str, words: int, proper: str) -> None:
    shown = heading(said, words, proper)
    assert len(shown.split()) <= words
    assert not re.search(r"[<>{}\[\]|\\`*_~^=\"@\n]", shown)
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in shown)
    assert shown == shown.strip()
    assert shown[-1:] not in {".", ",", ":", "!", "?"}


def test_prose_is_cut_to_its_sentences_and_ends_like_one() -> None:
    said = "The users ask for v2.0, e.g. the app. They want it now! A third one. And more"
    assert prose(said, 2, 50) == "The users ask for v2.0, e.g. the app. They want it now!"
    assert prose("They want\nit **now**", 2, 50) == "They want it now."
    assert prose("one two three four five.", 2, 3) == "one two three…"
    assert prose("I'm sorry, I can't do that.", 2, 50) == ""
    assert "ana@example.org" not in prose("Write to ana@example.org about it.", 2, 50)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One. Two. Three.", "One. Two."),
        ("Does it? Yes! No.", "Does it? Yes!"),
        ("Version 3.5 of it. Approx. five. Six.", "Version 3.5 of it. Approx. five."),
        ("他问了。他走了。他回来了。", "他问了。他走了。"),
        ("أين طردي؟ لم يصل. أريد نقودي.", "أين طردي؟ لم يصل."),
        ("वह पूछता है। वह जाता है। वह आता है।", "वह पूछता है। वह जाता है।"),
        ("no end", "no end"),
    ],
)
def test_sentences_are_counted_as_a_reader_would(text: str, kept: str) -> None:
    assert cut_sentences(text, 2) == kept


def test_words_without_spaces_count_too() -> None:
    assert cut_words("a" * 100, 2) == "a" * 60
    assert cut_words("查询快递进度", 2) == "查询快递"
    assert cut_words("one two", 0) == ""


@given(
    st.text(max_size=200),
    st.sets(st.from_regex(r"[a-z]+_[a-z]+_[a-z]+", fullmatch=True), max_size=3),
    st.text(),
)
def test_a_slug_has_three_words_and_is_new(said: str, taken: set[str], further: str) -> None:
    before = set(taken)
    made = slug(said, [further], taken)
    assert re.fullmatch(r"[a-z0-9]+_[a-z0-9]+_[a-z0-9]+", made)
    assert made not in before
    assert taken == before | {made}


def test_a_slug_is_mended_from_the_name() -> None:
    assert slug("track_delayed_parcel", ["x"], set()) == "track_delayed_parcel"
    assert slug("Track-Delayed-Parcel-Now", ["x"], set()) == "track_delayed_parcel"
    assert slug("parcel", ["Track a delayed parcel"], set()) == "parcel_track_delayed"
    assert slug("über_größe", ["Häuser"], set()) == "uber_grosse_hauser"
    assert slug("", [], set()) == "topic_group_cluster"
    assert slug("a_b_c", ["the d"], {"a_b_c"}) == "a_b_d"
    assert slug("a_b_c", ["d"], {f"a_b_{third}" for third in ("c", "d", "topic", "group", "cluster")}) == "a_b_2"


def test_headings_that_a_reader_takes_for_the_same_have_one_key() -> None:
    assert spoken_key("Track a parcel!") == spoken_key("track  a Parcel")
    assert spoken_key("Compile C++") != spoken_key("Compile C#")

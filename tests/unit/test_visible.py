"""What strangers wrote, as a reader may see it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text.visible import plain_line, visible


def test_a_line_is_plain_whatever_stood_in_it() -> None:
    assert plain_line(" a\tb\r\n c\u200b\u202e\ud800d ") == "a b c d"
    assert plain_line("می\u200cخواهم") == "می\u200cخواهم"


def test_no_escape_sequence_and_no_other_direction_is_left_and_emoji_stay_whole() -> None:
    assert visible("\x1b[31mred\u202e\x07") == " [31mred "
    assert visible("👩\u200d🔧 ok") == "👩\u200d🔧 ok"


@given(st.text())
def test_what_is_left_is_printable_or_joins(text: str) -> None:
    assert visible(text).replace("\u200c", "").replace("\u200d", "").isprintable()
    assert visible(visible(text)) == visible(text)

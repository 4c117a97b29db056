"""A conversation that was written down as one text is read by who speaks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text.messages import parse_messages
from kura_udfs.text.messages.sides import SIDES
from kura_udfs.text.messages.transcripts import entries
from tests.support.growth import assert_grows_with_length
from tests.support.project import REPOSITORY

Q, A = "I can't log in", "Which card?"


def turns(text: str, **roles: str) -> list[tuple[str, str]]:
    return [(turn["role"], turn["content"]) for turn in entries(text, roles) or []]


WRITTEN = {
    "lines": f"Customer: {Q}\nAgent: {A}",
    "with times": f"[10:02] Customer: {Q}\n[10:03:09] Agent: {A}",
    "with a day": f"2026-03-01 10:02:33 Customer: {Q}\n2026-03-01T10:02:43Z - Agent: {A}",
    "with hours of the afternoon": f"1:02 PM Customer: {Q}\n1:03 PM Agent: {A}",
    "with seconds of a chat": f"( 12s ) Customer: {Q}<br>( 1m 2s ) Agent: {A}",
    "with names": f"Ann Lee (Customer): {Q}\nAgent (Bob): {A}",
    "with numbers": f"Customer 51234: {Q}\nAgent #2: {A}",
    "bold": f"**Customer:** {Q}\n\n**Agent:** {A}",
    "html": f"<p><b>Customer</b>: {Q}</p><p><strong>Agent:</strong> {A}</p>",
    "on one line": f"Customer: {Q} Agent: {A}",
    "with the ends of lines as letters": f"Customer: {Q}\\nAgent: {A}",
    "in small letters": f"customer : {Q}\nagent : {A}",
    "in small letters on one line": f"customer: {Q}. agent: {A}",
    "in capitals on one line": f"CUSTOMER: {Q}. AGENT: {A}",
    "under headings": f"## Customer\n\n{Q}\n\n### **Agent**\n{A}\n",
    "after a heading": f"Chat of Monday: kettles\nCustomer: {Q}\nAgent: {A}",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_turns_are_read(text: str) -> None:
    assert [(role, re.sub(r"</p>$|\.$", "", said)) for role, said in turns(text)] == [("customer", Q), ("agent", A)]


@pytest.mark.parametrize(
    ("asks", "answers"),
    [("Kundin", "Berater"), ("Cliente", "Agente"), ("Müşteri", "Müşteri Temsilcisi"), ("客户", "客服")],
)
def test_speakers_are_known_in_other_languages(asks: str, answers: str) -> None:
    assert turns(f"{asks}：{Q}\n{answers} : {A}") == [(asks.lower(), Q), (answers.lower(), A)]


def test_a_turn_goes_on_until_somebody_else_speaks() -> None:
    text = f"Agent: {A}\nSee https://example.com: cards\n\nNote: at any time\nCustomer: {Q}"
    assert turns(text) == [("agent", f"{A}\nSee https://example.com: cards\n\nNote: at any time"), ("customer", Q)]


def test_who_has_a_time_before_a_name_speaks_and_events_are_nobodys() -> None:
    text = f"(10:02:33) Visitor 5: {Q}\n(10:02:40) *** Bob joined the chat ***\n(10:03:00) Bob: {A}\n(10:03:10) Visitor 5: Visa"
    assert turns(text) == [("visitor", Q), ("assistant", A), ("visitor", "Visa")]


def test_one_name_beside_a_known_side_is_the_other_in_a_talk_of_several_turns() -> None:
    assert turns(f"Madar Hub: Hello\nCustomer: {Q}\nMadar Hub: {A}") == [
        ("assistant", "Hello"), ("customer", Q), ("assistant", A),
    ]  # fmt: skip
    assert turns(f"Ann: {Q}\nAgent: {A}\nAnn: Visa\nNote: VIP") == []


def test_a_project_says_who_its_speakers_are() -> None:
    assert turns(f"Mieterin: {Q}\nHauswart: {A}") == []
    assert turns(f"Mieterin: {Q}\nHauswart: {A}", mieterin="user", hauswart="assistant") == [
        ("mieterin", Q),
        ("hauswart", A),
    ]
    numbered = f"Speaker 1: {A}\r\nSPEAKER_02: {Q}"
    assert turns(numbered, **{"speaker 1": "assistant", "speaker_02": "user"}) == [("speaker 1", A), ("speaker_02", Q)]
    assert turns(f"Ann: {Q}\nAgent: {A}", ann="user") == [("ann", Q), ("agent", A)]
    chat = f"01/05/2026, 10:02 - Ann: {Q}\n01/05/2026, 10:03 - Madar Hub: {A}\n01/05/2026, 10:04 - Bo: Visa"
    assert turns(chat, **{"madar hub": "assistant"}) == [("user", Q), ("madar hub", A), ("user", "Visa")]
    roles = {"mieterin": "user", "hauswart": "assistant"}
    told = {"kura_roles": roles, "kura_conversation": f"Mieterin: {Q}\nHauswart: {A}"}
    assert [message.role for message in parse_messages(json.dumps(told))] == ["mieterin", "hauswart"]
    told = {"kura_roles": roles, "kura_conversation": {"kura_calls": [{"transcript": f"Mieterin: {Q}\nHauswart: {A}"}]}}
    assert [message.role for message in parse_messages(json.dumps(told))] == ["mieterin", "hauswart"]


def test_a_day_and_a_time_are_kept_and_a_clock_is_none() -> None:
    found = entries(f"2026-03-01 10:02:33 User: {Q}\n10:03 Agent: {A}") or []
    assert [turn.get("created_at") for turn in found] == ["2026-03-01 10:02:33", None]


SUBTITLES = {
    "voices": """WEBVTT - call 7

STYLE
::cue { color: red }

NOTE made by a machine
Customer: not said

8c4c-1/17-0
00:00:00.000 --> 00:00:02.000 align:start
<v Bob Smith>Kettles,</v>

00:02.000 --> 00:04.000
<v Bob Smith><i>hello</i> &amp; <00:03.000>welcome.</v>

NOTE cut

00:00:04.500 --> 00:00:06.000
<v.loud Customer>It <c.y>leaks</c></v> <v Bob Smith>Note: since when?
""",
    "names": """WEBVTT

1
00:00:02.370 --> 00:00:05.339
Bob Smith: Kettles,

2
00:00:05.339 --> 00:00:06.339
Bob Smith: hello & welcome.

3
00:00:06.400 --> 00:00:07.000
Customer: It

4
00:00:07.000 --> 00:00:08.000
leaks

5
00:00:08.000 --> 00:00:09.000
Bob Smith: Note: since when?
""",
    "dashes": """1
00:00:02,370 --> 00:00:05,339
- Bob Smith: Kettles, hello & welcome.
- Customer: It

2
00:00:07,000 --> 00:00:08,000
leaks
- Bob Smith: Note: since when?""",
}


@pytest.mark.parametrize("text", SUBTITLES.values(), ids=SUBTITLES.keys())
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_who_speaks_in_subtitles_goes_on_until_somebody_else_does(text: str, newline: str) -> None:
    said = [("assistant", "Kettles, hello & welcome."), ("customer", "It leaks"), ("assistant", "Note: since when?")]
    assert turns(text.replace("\n", newline)) == said


def test_subtitles_without_speakers_are_nobodys_and_an_arrow_makes_none() -> None:
    assert turns(f"00:01.000 --> 00:02.000\n{Q}\n\n00:02.000 --> 00:03.000\n{A}") == []
    assert turns(f"Customer: {Q} --> there\nAgent: {A}") == [("customer", f"{Q} --> there"), ("agent", A)]


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "just words", "Note: this\nModel: that", "it said: Agent: no",
        f"Agent: {A}\nMaria: {Q}",  # on whose side is she?
        f"00:00:01 Speaker 1: {Q}\n00:00:05 Speaker 2: {A}",
        "Hello,\nUser: ann\nPassword: none",
        "https://example.com/a: b",
    ],
)  # fmt: skip
def test_of_what_is_no_transcript_nothing_is_made(text: str) -> None:
    assert entries(text) is None
    assert [message.error for message in parse_messages(text)] == ["unparsable_json"]


@pytest.mark.parametrize("answers", ["Agent", "Berater", "Customer Service"])
def test_a_talk_with_one_question_was_at_the_time_of_its_row(answers: str) -> None:
    row = {"transcript": f"Customer: {Q}\n{answers}: {A}", "kura_time": "2026-03-01T10:00:00Z"}
    assert {message.created_at for message in parse_messages(json.dumps({"kura_calls": [row]}))} == {row["kura_time"]}


def test_whoever_is_known_here_has_a_role_in_the_models() -> None:
    macro = (REPOSITORY / "macros" / "warehouse" / "messages.sql").read_text()
    roles = macro[macro.index("known_roles") : macro.index("endmacro")]
    assert set(SIDES) <= set(re.findall("'([^']+)'", roles))


@given(
    st.lists(st.sampled_from(["\n", "0:01.0 --> 0:02.0", "<v Agent>", "</v>", "Customer: ", "a", " ", "NOTE", "&lt;"]))
)
def test_whatever_subtitles_hold_is_read_or_left(pieces: list[str]) -> None:
    for turn in entries("".join(pieces)) or []:
        assert turn["role"] in SIDES
        assert turn["content"].strip() == turn["content"] != ""


@given(st.text(alphabet=st.sampled_from("Agent: Customer\n[10:02]()*<br>\\n#1 😀\x00"), max_size=300))
def test_whatever_stands_there_is_read_or_left(text: str) -> None:
    for turn in entries(text) or []:
        assert turn["role"] in SIDES
        assert turn["content"].strip() == turn["content"] != ""


@pytest.mark.parametrize(
    "piece", ["Agent: ", "a", "[1", "10:02 ", "\n", "* ", "Aa bb: ", "Customer: x\nAgent: y\n", "( 1m ", "<br ", "A (b",
     "\n0:01.0 --> 0:02.0\nAgent: a", "\n\n0:01.0 --> 0:02.0\n<v Agent>a <v ", "0:01.0 --> "]
)  # fmt: skip
def test_a_long_text_takes_as_much_longer_as_it_is(piece: str) -> None:
    assert_grows_with_length(entries, piece * (200_000 // len(piece)))

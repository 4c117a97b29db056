"""A conversation that was written down as one text is read by who speaks."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text.messages import parse_content, parse_messages
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
    "under headings between rules": f"## Customer\n\n{Q}\n\n---\n\n## Agent\n\n{A}\n\n***\n",
    "with an offset": f"[2026-03-01T10:15:00+01:00] Customer: {Q}\n[2026-03-01T10:16:00.123-05:00] Agent: {A}",
    "with a zone": f"[2026-03-01 10:15:00 +0100] Customer: {Q}\n2026-03-01 10:15:00 UTC - Agent: {A}",
    "with a zone of few": f"[01/03/2026, 10:15 NZDT] Customer: {Q}\n[10:16 CET] Agent: {A}",
    "with a month": f"[Mar 1, 2026 10:15 AM] Customer: {Q}\nSunday, 1 March 2026 10:16 - Agent: {A}",
    "with narrow blanks": f"[3/1/26, 10:15:00\u202fAM] Customer: {Q}\n1/3/26, 10:15\u00a0a.\u00a0m. - Agent: {A}",
    "with a dash alone": f"10:02-Customer: {Q}\n10:03-Agent: {A}",
    "with times behind names": f"Customer  0:00\n{Q}\n\nAgent  1:02:03 \n{A}\n",
    "with times behind names in brackets": f"Customer (00:05):\n{Q}\n\nAgent [00:00:09]\n{A}",
    "with times behind bold names": f"**Customer** 10:02 AM\n{Q}\n**Agent (Bob)**   10:03 AM\r\n{A}",
    "with days behind names": f"Customer, [01.03.2026 10:15]:\n{Q}\nAgent, [Mar 1, 2026 at 10:16] : {A}",
    "below the time of a meeting": f"00:00:00\n\nCustomer: {Q}\n00:05:00\nAgent: {A}\n00:10:00",
    "with marks of direction": f"\ufeffCustomer\u200e: \u200e{Q}\n\u200e\u202aAgent\u202c: \u2068{A}\u2069",
    "after a heading": f"Chat of Monday: kettles\nCustomer: {Q}\nAgent: {A}",
    "in brackets": f"[Customer] {Q}\n[Agent]: {A}",
    "in brackets behind a day": f"[2026-05-01 10:30] [Customer] {Q}\n[2026-05-01 10:31] [Agent] {A}",
    "in pointed brackets": f"<Customer> {Q}\n<Agent> {A}",
    "in round brackets": f"(Customer) {Q}\n(Agent) {A}",
    "between tabs": f"10:02\tCustomer\t{Q}\n10:03\tAgent\t{A}",
    "before a bar": f"10:02 | Customer | {Q}\n10:03 | Agent | {A}",
    "before an arrow": f"Customer > {Q}\nAgent > {A}",
    "before a dash": f"Customer - {Q}\nAgent - {A}",
    "on lines of their own": f"Customer\n{Q}\n\nAgent\n{A}\n",
    "in a numbered list": f"1. Customer: {Q}\n2. Agent: {A}",
    "with a verb": f"Customer says: {Q}\nAgent wrote:\n{A}",
    "with a verb and a time": f"Customer said at 10:02: {Q}\nAgent at 10:03: {A}",
    "bold with a time in italics": f"**Customer** _(10:02)_: {Q}\n**Agent** _(10:03)_: {A}",
    "html with a time between": f"<p><b>Customer</b> <i>10:02</i>: {Q}</p><p><b>Agent</b> <i>10:03</i>: {A}</p>",
    "html in blocks": f"<div><div>Customer</div><div>{Q}</div><div>Agent</div><div>{A}</div></div>",
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


STRANGERS = {
    "words": (f"[10:02] Agent: {A}\n[10:03] One more thing: mind it\n[10:04] Maria: {Q}\n[10:05] and out", [
        ("agent", f"{A}\nOne more thing: mind it"), ("user", f"{Q}\nand out"),
    ]),
    "small names": (f"[0:02] Agent: {A}\n[0:03] madar hub: {Q}\n[0:04] the thing is: {Q}\n[0:05] madar hub: Visa", [
        ("agent", A), ("user", f"{Q}\nthe thing is: {Q}"), ("user", "Visa"),
    ]),
    "both sides": (f"[10:02] Customer: {Q}\n[10:03] Result: none\n10:30 suits me\n[10:04] Agent: {A}", [
        ("customer", f"{Q}\nResult: none\n10:30 suits me"), ("agent", A),
    ]),
    "names before times": (f"Agent  0:00\n{A}\n\nmaria l  0:05 \n{Q}\nToday 10:30\n\nAgent  1:00:05\nOne: {A}", [
        ("agent", A), ("user", f"{Q}\nToday 10:30"), ("agent", f"One: {A}"),
    ]),
    "a chat": (f"01.03.26, 10:15 - Agent: {A}\n01.03.26, 10:16 - +49 151 2345678: {Q}\n01.03.26, 10:17 - 🌸 of bo: Visa", [
        ("agent", A), ("user", Q), ("user", "Visa"),
    ]),
    "a chat's events": (f"1/3/26, 10:15 - It is secured\n1/3/26, 10:15 - Bo: {Q}\n1/3/26, 10:16 - Bo left\n1/3/26, 10:17 - Agent: {A}", [
        ("user", Q), ("agent", A),
    ]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), STRANGERS.values(), ids=STRANGERS.keys())
def test_with_a_time_a_name_speaks_and_words_before_a_colon_go_on(text: str, said: list[tuple[str, str]]) -> None:
    assert turns(text) == said


def test_a_clock_has_the_colon_of_no_speaker() -> None:
    assert turns(f"Agent 0:00 {A}\nCustomer 0:05 {Q}") == []
    assert turns(f"Agent: {A}\nCustomer 5: 10:30 suits me") == [("agent", A), ("customer", "10:30 suits me")]


def test_the_last_line_ends_without_its_tag() -> None:
    assert turns(f"(1s) Customer: {Q}<br>(5s) Agent: {A}<br>\n") == [("customer", Q), ("agent", A)]
    assert turns(f"<p>Customer: {Q}</p><p>Agent: {A}</p>") == [("customer", f"{Q}</p>"), ("agent", A)]


def test_who_speaks_is_marked_by_something_else_only_where_two_speak() -> None:
    assert turns(f"Customer - the one who pays\n{Q}") == turns("Notes\nThe customer came in.\nAgent\nleft") == []
    assert turns(f"[Customer] {Q}\n[Order 7] {A}") == []


CHATS = {
    "irssi's": f"--- Log opened Fri May 01 2026\n09:59 -!- ana [~a@host] has joined #x\n10:02 < ana> {Q}\n10:03 <@bo> {A}\n",
    "with whole times": f"2026-05-01T10:02:01  *** ana has joined #x\n2026-05-01T10:02:33  <ana> {Q}\n2026-05-01T10:02:43  <bo> {A}",
    "with days without a year": f"May 01 10:02:03 *\tNow talking on #x\nMay 01 10:02:33 <ana>\t{Q}\nMay 01 10:03:00 <bo>\t{A}",
    "with hosts": f"[14 Jan 10:36] --> ana (a@host) joined\n[14 Jan 10:36] <ana!a@host> {Q}\n[14 Jan 10:37] <bo!b@host> {A}",
    "in columns": f"2026-05-01 10:01:00\t-->\tana (~a@host) has joined #x\n2026-05-01 10:02:00\tana\t{Q}\n2026-05-01 10:03:00\t@bo\t{A}",
    "mIRC's": f"Session Start: Fri May 01 2026\n[10:01] * Topic is 'x: all of it'\n[10:02] <ana> {Q}\n[10:03] <@bo> {A}\nSession Close: Fri May 01",
    "of a meeting": f"10:02:11 From ana to Everyone:\n\t{Q}\n10:02:33 From bo to ana(Direct Message):\n\t{A}\n",
    "of a meeting of old": f"10:02:11\t From ana : {Q}\n10:02:33\t From bo : {A}\n",
    "below heads": f"========\nGuild: x\nChannel: y / z\n========\n\n[5/1/2026 10:02 AM] ana\n{Q}\n\n[5/1/2026 10:03 AM] bo\n{A}\n\n========\nExported 2\n========\n",
    "below heads without brackets": f"消息记录\n\n2026-05-01 10:02:00 ana\n{Q}\n\n2026-05-01 10:03:00 bo\n{A}\n",
    "with blanks in brackets": f"[ 01/05/2026 10:02:00 ] ana: {Q}\n[ 01/05/2026 10:03:00 ] bo: {A}",
}  # fmt: skip


@pytest.mark.parametrize("text", CHATS.values(), ids=CHATS.keys())
def test_chats_of_people_are_read_where_a_project_says_who_answers(text: str) -> None:
    assert turns(text, bo="assistant", ana="user") == [("ana", Q), ("bo", A)]


def test_what_somebody_does_in_irc_is_theirs_and_who_comes_and_goes_is_nobodys() -> None:
    text = f"10:02 <ana> {Q}\n10:03 <bo> {A}\n10:04  * ana waves: bye\n10:05  * ana (a@host) has left #x\n10:06  * Now talking"
    assert turns(text, bo="assistant", ana="user") == [("ana", Q), ("bo", A), ("ana", "waves: bye")]


def test_a_table_between_tabs_may_have_names_of_several_words() -> None:
    text = f"2026-05-01 10:02\tCustomer\t{Q}\n2026-05-01 10:03\tAgent Bo Roth\t{A}"
    assert turns(text, **{"agent bo roth": "assistant"}) == [("customer", Q), ("agent bo roth", A)]


@pytest.mark.parametrize("mark", ["[00:0{0}.000 --> 00:0{0}.900] SPEAKER_0{0}: ", "[SPEAKER_0{0}] [00:0{0}] "])
def test_a_recording_says_who_speaks_where_a_project_says_who_that_is(mark: str) -> None:
    text = "\n".join(mark.format(at) + said for at, said in enumerate((Q, A)))
    assert turns(text) == []
    assert turns(text, **{"*first": "user", "*": "assistant"}) == [("speaker_00", Q), ("speaker_01", A)]
    assert turns(text, speaker_00="assistant", speaker_01="user") == [("speaker_00", Q), ("speaker_01", A)]


def test_one_name_beside_a_known_side_is_the_other_in_a_talk_of_several_turns() -> None:
    assert turns(f"Madar Hub: Hello\nCustomer: {Q}\nMadar Hub: {A}") == [
        ("assistant", "Hello"), ("customer", Q), ("assistant", A),
    ]  # fmt: skip
    assert turns(f"Ann: {Q}\nAgent: {A}\nAnn: Visa\nPlan: VIP") == []


SESSION = """_**User (2026-03-02 10:02:11Z)**_

{}

---

_**Agent (some-model 2026-03-02 10:02:20Z)**_

<think>Client: a stranger</think>

<tool-use data-tool-name="Bash">
Customer: 7
</tool-use>

**Heading**

Client: http.Client

_**Agent - sidechain (some-model 2026-03-02 10:02:21Z)**_

I am asked by the agent

_**User (2026-03-02 10:03:00Z)**_

client := 1
"""


def test_between_the_headings_of_a_session_nobody_else_speaks() -> None:
    told = entries(SESSION.format(Q)) or []
    assert [(turn["role"], turn["content"]) for turn in told] == [
        ("user", Q),
        ("agent", "**Heading**\n\nClient: http.Client"),
        ("user", "client := 1"),
    ]
    assert told[0]["created_at"] == "2026-03-02 10:02:11Z"


def test_code_has_no_speakers() -> None:
    assert turns("client := http.Client{}\nagent := 7\nassistant := 8") == []


@pytest.mark.parametrize("aside", ["Note", "PS", "P.S.", "Step 2", "Error", "https", "Hinweis"])
def test_what_begins_words_said_beside_is_nobodys_name(aside: str) -> None:
    said = [("customer", f"{Q}\n{aside}: it is new"), ("assistant", A), ("customer", f"Visa\n{aside}: soon")]
    text = f"Customer: {Q}\n{aside}: it is new\nAnn: {A}\nCustomer: Visa\n{aside}: soon"
    assert turns(text) == said
    # where that is all beside a known side, nobody has answered
    text = f"Customer: {Q}\n{aside}: it is new\nCustomer: Visa\n{aside}: soon\nCustomer: bye"
    assert turns(text) == [
        ("customer", f"{Q}\n{aside}: it is new"),
        ("customer", f"Visa\n{aside}: soon"),
        ("customer", "bye"),
    ]
    text = f"Bo: {Q}\n{aside}: it is new\nAnn: {A}\nBo: Visa\n{aside}: soon\nAnn: ok"
    first = turns(text, **{"*first": "user", "*": "assistant"})
    assert [name for name, _ in first] == ["bo", "ann", "bo", "ann"]


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


@pytest.mark.parametrize(
    "time",
    ["2026-03-01 10:02:33", "2026-03-01T10:02:33+01:00", "01/03/2026, 10:15:00", "01.03.26, 10:17", "3/1/26, 10:17\u202fPM",
     "Mar 1, 2026 10:15 AM", "2026-03-01 10:15 NZDT"]
)  # fmt: skip
def test_a_time_with_a_day_is_kept_as_it_stands_whatever_its_order(time: str) -> None:
    for text in (f"[{time}] User: {Q}\n[{time}] Agent: {A}", f"User [{time}]: {Q}\nAgent [{time}]\n{A}"):
        assert [turn["created_at"] for turn in entries(text) or []] == [time, time]


@pytest.mark.parametrize("time", ["10:02", "10:02:33.1234", "10.02.33", "10:02 UTC", "1:02 PM", "00:00:01,000", "100"])
def test_a_clock_without_a_day_is_no_time(time: str) -> None:
    assert [turn.get("created_at") for turn in entries(f"[{time}] User: {Q}\n[{time}] Agent: {A}") or []] == [
        None,
        None,
    ]


MINE, MEDIA = "[01.03.26, 10:17:00] Maria Lopez:", ("user", "[attachment]")
OF_WHATSAPP = {
    "iPhone": ("\u200eimage omitted", [MEDIA]),
    "Android": ("<Media omitted>", [MEDIA]),
    "with a name": ("\u200e<attached: 00000012-PHOTO-2026-03-01.jpg>", [MEDIA]),
    "a file": ("bill.pdf • \u200e3 pages \u200edocument omitted", [MEDIA]),
    "with words": ("IMG-20260301-WA0001.jpg (file attached)\nThe lid", [("user", "The lid")]),
    "deleted": ("\u200eThis message was deleted.", []),
    "edited": (f"{Q} \u200e<This message was edited>", [("user", Q)]),
    "secured": ("\u200eMessages and calls are end-to-end encrypted. Nobody reads them.", []),
    "secured, de": ("\u200eNachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.", []),
    "said": ("the image omitted my name", [("user", "the image omitted my name")]),
    **{text: (text, [MEDIA]) for text in (
        "\u200eBild weggelassen", "<Medien ausgeschlossen>", "a.jpg (Datei angehängt)", "\u200eimagen omitida", "<Multimedia omitido>",
        "\u200eimage absente", "<Médias omis>", "\u200eimagem ocultada", "<Mídia oculta>", "\u200eimmagine omessa", "<Media omessi>",
        "\u200eafbeelding weggelaten", "<Media weggelaten>",
    )},
    **{text: (text, []) for text in (
        "Diese Nachricht wurde gelöscht.", "Du hast diese Nachricht gelöscht.", "Se eliminó este mensaje.", "Ce message a été supprimé.",
        "Mensagem apagada", "Questo messaggio è stato eliminato.", "Dit bericht is verwijderd.", "You deleted this message",
    )},
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), OF_WHATSAPP.values(), ids=OF_WHATSAPP.keys())
def test_what_whatsapp_writes_is_nobodys_words(text: str, said: list[tuple[str, str]]) -> None:
    chat = f"{MINE} {Q}\n\u200e{MINE} {text}\n\u200e[01.03.26, 10:18:00] \u202aMadar Hub\u202c: {A}\n"
    assert turns(chat, **{"madar hub": "assistant"}) == [("user", Q), *said, ("madar hub", A)]


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


def cues(*shown: str) -> str:
    return "\n\n".join(f"{at}\n00:00:{at:02},000 --> 00:00:{at + 1:02},000\n{text}" for at, text in enumerate(shown, 1))


CUES = {
    "one side known": ([f"Agent: {A}", "One more thing: mind it.", f"Maria: {Q}"], [
        ("agent", f"{A} One more thing: mind it."), ("user", Q),
    ]),
    "both sides known": ([f"Agent: {A}", f"Customer: {Q}", "Result: nothing works", "Agent: Oh"], [
        ("agent", A), ("customer", f"{Q} Result: nothing works"), ("agent", "Oh"),
    ]),
    "a name that comes again": ([f"Agent: {A}", f"Maria: {Q}", "Result: nothing works", "Maria: Help"], [
        ("agent", A), ("user", f"{Q} Result: nothing works Help"),
    ]),
    "small names": ([f"agent: {A}", f"madar hub: {Q}", "the thing is: nothing works", "madar hub: Help"], [
        ("agent", A), ("user", f"{Q} the thing is: nothing works Help"),
    ]),
    "a line that goes on": ([f"Agent: {A}", f"Maria: {Q} as to the\nResult: none", "Agent: Oh"], [
        ("agent", A), ("user", f"{Q} as to the Result: none"), ("agent", "Oh"),
    ]),
    "two in a cue": ([f"Agent: {A}\nCustomer: {Q}", "- Agent: Oh\n- Customer: Help"], [
        ("agent", A), ("customer", Q), ("agent", "Oh"), ("customer", "Help"),
    ]),
    "colons of other scripts": ([f"客服：{A}", f"客户：{Q}"], [("客服", A), ("客户", Q)]),
    "voices": ([f"<v Agent>Note: {A}", f"Result: {A}", f"<v 5 Maria [ext]>{Q}"], [
        ("agent", f"Note: {A} Result: {A}"), ("user", Q),
    ]),
    "somebody else": ([f"<v Agent>{A}", f"<v Customer>{Q}", "<v Bo>Visa"], [("agent", A), ("customer", f"{Q}\nBo: Visa")]),
}  # fmt: skip


@pytest.mark.parametrize(("shown", "said"), CUES.values(), ids=CUES.keys())
def test_words_before_a_colon_in_a_cue_are_a_speaker_where_that_is_safe(
    shown: list[str], said: list[tuple[str, str]]
) -> None:
    assert turns(cues(*shown)) == said


def test_a_speaker_in_subtitles_is_who_a_project_names() -> None:
    shown = cues(f"the house: {A}", f"my flat: {Q}", "one more thing: it leaks")
    roles = {"the house": "assistant", "my flat": "user"}
    assert turns(shown, **roles) == [("the house", A), ("my flat", f"{Q} one more thing: it leaks")]


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


@given(st.text(alphabet=st.sampled_from("Agent: Customer\n[10:02]()*<br>\\n#1 😀\x00\u200e,/+.-"), max_size=300))
def test_whatever_stands_there_is_read_or_left(text: str) -> None:
    for turn in entries(text) or []:
        assert turn["role"] in SIDES
        assert turn["content"].strip() == turn["content"] != ""


@pytest.mark.parametrize(
    "piece", ["Agent: ", "a", "[1", "10:02 ", "\n", "* ", "Aa bb: ", "Customer: x\nAgent: y\n", "( 1m ", "<br ", "A (b",
     "\n0:01.0 --> 0:02.0\nAgent: a", "\n\n0:01.0 --> 0:02.0\n<v Agent>a <v ", "0:01.0 --> ",
     "\n[10:02] Agent: a\n[10:03] a b: c", "\n01.03.26, 10:02 - Agent: a\n01.03.26, 10:02 - a", "\nAgent  0:05\na", "A 0:05",
     "\n00:05:00\nAgent: a", "<br>10:02 a", "\u200e", "\u200eend", "<Media ", "\na • ", "[Mar 1, 2026 ", "+01:00", "a. m. ",
     "1. ", "Agent says ", "\n[10:02] [", "\nAgent > a\nCustomer > b", "<Agent> a\n<Customer",
     "_**User**_\n_**Agent**_\n<think>"]
)  # fmt: skip
def test_a_long_text_takes_as_much_longer_as_it_is(piece: str) -> None:
    assert_grows_with_length(entries, piece * (200_000 // len(piece)))


def test_tags_that_are_not_the_end_take_as_much_longer_as_they_are() -> None:
    assert_grows_with_length(entries, "<br>" * 20_000 + "x")


@pytest.mark.parametrize(
    "mark", ["A", "Agent", "A (b)", "[10:02]", "10:02 -", "[10:02] A", "A 10:02", "A,", "A [10:02]", "# ", "*", "1, 2026", "[10:02] Agent: a\n",
     "[10:02] Agent: a •", "[10:02] Agent: a\n[10:03]", "0:01.0 --> 0:02.0\nA", "0:01.0 --> 0:02.0\n-", "0:01.0 --> 0:02.0\nA:"]
)  # fmt: skip
@pytest.mark.parametrize("blank", [" ", "\t", " \n", "\u202f"])
def test_blanks_behind_a_mark_take_as_much_longer_as_they_are(mark: str, blank: str) -> None:
    assert_grows_with_length(entries, mark + blank * (200_000 // len(blank)))


@pytest.mark.parametrize(
    "form",
    [
        "2026/5/1 上午10:00 - {}: ",
        "2026년 5월 1일 오전 10:00, {} : ",
        "[2026. 5. 1. 오후 10:00:05] {}: ",
        "1.5.2026 klo 10.00 - {}: ",
    ],
)
def test_chats_are_read_with_the_clocks_of_more_languages(form: str) -> None:
    text = "\n".join(
        f"{form.format(name)}{words}" for name, words in (("Maria", "it leaks"), ("Agent", "since when?\nreally"))
    )
    assert [(turn["role"], turn["content"]) for turn in entries(text) or []] == [
        ("user", "it leaks"),
        ("agent", "since when?\nreally"),
    ]


def test_questions_and_answers_that_take_turns_are_a_conversation_and_in_a_message_one_text() -> None:
    turns = [("user", "Where is it?"), ("assistant", "There."), ("user", "And now?"), ("assistant", "Here.")]
    for form in (
        "Q: {}\nA: {}\nQ: {}\nA: {}",
        "**Question:** {}\n\n**Answer:** {}\n\n**Question:** {}\n\n**Answer:** {}",
    ):
        text = form.format(*(words for _, words in turns))
        assert [(each.role, each.content) for each in parse_messages(text)] == turns
        assert parse_content("user", text) == [("user", text)]
        pasted = json.dumps([{"role": "user", "content": text}])
        assert [(each.role, each.content) for each in parse_messages(pasted)] == [("user", text)]
    for other in ("Q: a\nA: b", "Our FAQ\nQ: a\nA: b\nQ: c\nA: d", "Q: a\nQ: b\nA: c\nA: d", "A: a\nQ: b\nA: c\nQ: d"):
        assert entries(other) is None

"""Every input shape, as people have it, ends in the same two staging tables."""

from __future__ import annotations

import gzip
import json
from typing import Any

import duckdb
import pytest

from tests.support.warehouse import INPUTS, Warehouse

STAGING = ["--select", "+stg_kura__messages", "+stg_kura__conversations", "+stg_kura__rejected_messages"]


def stage(warehouse: Warehouse, name: str, **variables: Any) -> list[tuple[object, ...]]:
    warehouse.stage(kura_input=str(INPUTS / name), **variables)
    return warehouse.rows(
        "select conversation_id, role, content from stg_kura__messages order by conversation_id, message_index"
    )


SHAPES = {
    "openai.jsonl": [
        ("system", "Be brief."),
        ("user", "what is in this picture?"),
        ("assistant", 'describe({"detail": "low"})'),
        ("tool", "a kettle"),
        ("assistant", "A kettle."),
    ],
    "chatgpt.json": [("user", "why does it hum?"), ("assistant", "Limescale.")],
    "claude.json": [("user", "is tap water fine?"), ("assistant", "Yes, though hard water leaves scale.")],
    "sharegpt.json": [("user", "write a haiku about a kettle"), ("assistant", "Steam climbs, a thin song")],
    "lmsys.jsonl": [("user", "who made the first kettle"), ("assistant", "Nobody knows.")],
    "completions.jsonl": [
        ("user", "does the lid come off?"),
        ("assistant", "Yes."),
        ("user", "how?"),
        ("assistant", "Turn it."),
    ],
    "wildchat.jsonl": [("user", "bonjour, la bouilloire fuit"), ("assistant", "Par le bec ou par le bas ?")],
}

LEAK, WHEN = ("user", "My kettle leaks"), ("assistant", "Since when?")
NOTE, MONDAY, SENT = ("system", "looks like the seal"), ("user", "Monday"), ("assistant", "Send it in.")
DESKS = {
    "intercom.json": {"i1": [("user", "<p>My kettle <b>leaks</b> &amp; hums</p>"), *(
        (role, f"<p>{text}</p>") for role, text in (WHEN, NOTE, MONDAY)
    )]},
    "zendesk.jsonl": {"71": [("user", "Water on the floor"), LEAK, WHEN, NOTE]},
    "freshdesk.jsonl": {"5": [LEAK, ("assistant", "<div>Since when?</div>"), ("user", "<div>Monday</div>")]},
    "tickets.csv": {"1": [LEAK], "2": [("user", "The lid is stuck")]},
    "spaced.csv": {"c1": [LEAK, WHEN]},
    "parts.csv": {"c1": [("user", "<p>My kettle leaks</p>"), ("assistant", "<p>Since when?</p>")]},
    "transcripts.csv": {
        "k1": [LEAK, ("assistant", "Since when?\nSee https://example.com: seals"), MONDAY],
        "k2": [("assistant", "Hello, kettles here."), ("user", "The lid is stuck")],
    },
    "contact_lens.jsonl": {"n1": [("assistant", "Kettles, hello."), LEAK]},
    "dialogflow.jsonl": {"projects/p/conversations/d1": [LEAK, WHEN, MONDAY, ("assistant", "Send it in.")]},
    "rasa.jsonl": {"r1": [LEAK, WHEN]},
    "lex.jsonl": {"x1": [LEAK, WHEN, MONDAY, SENT]},
    "watson.json": {"w1": [("assistant", "Hello."), LEAK, WHEN]},
    "helpscout.json": {"9": [("user", "Water on the floor"), LEAK, WHEN, NOTE]},
    "teams.json": {"1": [LEAK, WHEN, MONDAY], "k2": [("user", "The lid is stuck"), ("assistant", "Turn it.")]},
    "drift.json": {"77": [LEAK, WHEN, NOTE]},
    "hubspot.json": {"h1": [LEAK, WHEN, NOTE]},
    "gorgias.jsonl": {"5": [LEAK, WHEN, NOTE]},
    "trees.jsonl": {"m1": [LEAK, WHEN]},
    "helicone.jsonl": {"s1": [LEAK, WHEN, MONDAY, SENT]},
    "posthog.jsonl": {"s1": [LEAK, WHEN, MONDAY, SENT]},
    "vertex.jsonl": {"v1": [LEAK, WHEN], "v2": [LEAK, WHEN]},
    "live.jsonl": {"s1": [LEAK, WHEN]},
}  # fmt: skip


@pytest.mark.parametrize("name", DESKS)
def test_what_help_desks_and_call_centres_keep_is_recognised_and_read(warehouse: Warehouse, name: str) -> None:
    found: dict[object, list[tuple[object, ...]]] = {}
    for conversation, *message in stage(warehouse, f"desks/{name}"):
        found.setdefault(conversation, []).append(tuple(message))
    assert found == DESKS[name]
    dated = warehouse.value(
        "select bool_and(started_at is not null) from stg_kura__conversations where message_count > 0"
    )
    assert dated or name in ("contact_lens.jsonl", "zendesk.jsonl")
    rejected = warehouse.rows("select conversation_id, rejection_reason from stg_kura__rejected_messages")
    assert rejected == ([("k3", "conversation_without_messages")] if name == "transcripts.csv" else [])


def test_who_answers_is_named_and_all_others_ask(warehouse: Warehouse) -> None:
    roles = {"help@shop.example": "assistant", "*": "user"}
    said = stage(warehouse, "desks/mails.jsonl", kura_roles=roles)
    assert [message[1:] for message in said] == [LEAK, WHEN, MONDAY]


FRAMEWORKS = sorted(path.name for path in (INPUTS / "frameworks").iterdir())


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_what_frameworks_and_their_stores_keep_is_read_with_its_times(warehouse: Warehouse, name: str) -> None:
    said = [message for message in stage(warehouse, f"frameworks/{name}") if message[1] != "system"]
    assert [message[1:] for message in said] == [LEAK, WHEN]
    assert len({conversation for conversation, *_ in said}) == 1
    hour = warehouse.value("select date_trunc('hour', started_at) from stg_kura__conversations")
    assert str(hour) == "2026-05-01 10:00:00" or name == "autogen.jsonl"  # which keeps none


def test_an_id_of_something_else_makes_no_two_messages_one(warehouse: Warehouse) -> None:
    rows = [
        ("ann", "s1", "user", "my kettle leaks", "2026-03-01 10:00:00"),
        ("bot", "s1", "assistant", "since", "2026-03-01 10:01:00"),
        ("bot", "s1", "assistant", "since when?", "2026-03-01 10:01:01"),
        ("ann", "s1", "user", "monday", "2026-03-01 10:02:00"),
        ("bot", "s1", "assistant", "send it in", "2026-03-01 10:03:00"),
    ]
    lines = [",".join(row) for row in (("uuid", "session_id", "role", "content", "created_at"), *rows)]
    (warehouse.folder / "rows.csv").write_text("\n".join(lines))
    warehouse.stage(kura_input=str(warehouse.folder / "rows.csv"))
    said = [content for (content,) in warehouse.rows("select content from stg_kura__messages order by created_at")]
    assert said == ["my kettle leaks", "since when?", "monday", "send it in"]


CHAT = [{"role": "user", "content": LEAK[1]}, {"role": "assistant", "content": WHEN[1]}]
ENVELOPES: dict[str, Any] = {
    "a history of chats": {"version": 4, "history": [{"id": id_, "messages": CHAT, "prompt": "Be brief."} for id_ in "ab"], "prompts": [{"id": "p", "content": "x"}]},
    "an export": {"exported_at": "2026-05-01", "version": 2, "conversations": [{"id": id_, "messages": CHAT} for id_ in "ab"]},
    "a page of threads": {"total": 2, "items": [{"thread_id": id_, "messages": CHAT} for id_ in "ab"]},
    "messages of several": {"messages": [{"conversation_id": id_, **message} for message in CHAT for id_ in "ba"]},
}  # fmt: skip


@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES.keys())
def test_what_stands_in_an_envelope_are_the_rows(warehouse: Warehouse, envelope: Any) -> None:
    (warehouse.folder / "export.json").write_text(json.dumps(envelope))
    warehouse.stage(kura_input=str(warehouse.folder / "export.json"))
    said = warehouse.rows("select conversation_id, role, content from stg_kura__messages order by 1, message_index")
    assert said == [("a", *LEAK), ("a", *WHEN), ("b", *LEAK), ("b", *WHEN)]


def test_a_shape_that_somebody_names_may_stand_in_an_envelope_too(warehouse: Warehouse) -> None:
    samples = [
        {"id": id_, "input": LEAK[1], "messages": CHAT, "output": {"choices": [{"message": CHAT[1]}]}} for id_ in "ab"
    ]
    file = warehouse.folder / "log.json"
    file.write_text(
        json.dumps({"version": 2, "eval": {"task": "kettles"}, "results": {"scores": []}, "samples": samples})
    )
    told = " ".join(warehouse.stage(fails=True, kura_input=str(file)).split())
    assert "with `kura_input_format: conversations`" in told
    warehouse.stage(kura_input=str(file), kura_input_format="conversations")
    said = warehouse.rows("select conversation_id, role, content from stg_kura__messages order by 1, message_index")
    assert said == [("a", *LEAK), ("a", *WHEN), ("b", *LEAK), ("b", *WHEN)]


def test_times_that_are_not_read_are_told(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"

    def told(**variables: Any) -> str:
        staged = warehouse.stage(kura_input=str(rows), **variables)
        return staged + warehouse.dbt("test", "--select", "rejected_share_is_bearable", **variables)

    lines = [f"c{number},user,my kettle leaks,0{number}.03.2026 10:00" for number in range(1, 4)]
    rows.write_text("\n".join(["conversation_id,role,content,created_at", *lines]))
    assert "3 of 3 messages have a time that can not be read" in told()
    assert "time" not in told(kura_date_order="dmy")
    rows.write_text(rows.read_text().replace("created_at", "when_it_was"))
    assert "has no column for times that Kura knows" in told()


def test_messages_without_times_stand_in_the_order_of_their_numbers(warehouse: Warehouse) -> None:
    said = [f"user,{number},line {number}" for number in (10, 2, 1, 11, 9)]
    lines = [f"c1,{line}" for line in said]
    (warehouse.folder / "rows.csv").write_text("\n".join(["conversation_id,role,message_index,content", *lines]))
    warehouse.stage(kura_input=str(warehouse.folder / "rows.csv"))
    assert warehouse.rows("select content from stg_kura__messages order by message_index") == [
        (f"line {number}",) for number in (1, 2, 9, 10, 11)
    ]


def test_files_of_text_are_a_transcript_each(warehouse: Warehouse) -> None:
    april, march = (str(INPUTS / "desks" / "calls" / month / "0001.txt") for month in ("april", "march"))
    said = {april: [LEAK, WHEN], march: [LEAK, WHEN], "0002": [LEAK, WHEN, MONDAY]}
    expected = [(conversation, *message) for conversation in sorted(said) for message in said[conversation]]
    assert stage(warehouse, "desks/calls/*/*.txt") == expected
    assert stage(warehouse, "desks/calls/0003.vtt") == [("0003", *LEAK), ("0003", *WHEN)]


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_is_recognised_and_read(warehouse: Warehouse, name: str) -> None:
    messages = stage(warehouse, name)
    by_conversation: dict[object, list[tuple[object, ...]]] = {}
    for conversation, *message in messages:
        by_conversation.setdefault(conversation, []).append(tuple(message))
    assert SHAPES[name] in by_conversation.values()


def test_bare_chats_get_ids_and_repetitions_stay_apart(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "openai.jsonl")
    assert len({conversation for conversation, _, content in messages if content == "ping"}) == 2


def test_what_a_message_table_holds_is_used_or_rejected_with_a_reason(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "messages.jsonl")
    assert messages == [
        ("a1", "user", "my kettle stopped switching off by itself 🙁"),
        ("a1", "assistant", "Is there limescale on the sensor?"),
        ("b2", "system", "You help with kettles."),
        ("b2", "user", "a nul byte"),
        ("b2", "tool", '{"stock": 3}'),
        ("b2", "developer", "Answer in one line."),
        ("d4", "user", "does the lid come off?"),
        ("d4", "user", "does the lid come off?"),
    ]
    assert warehouse.rows("select source_row, rejection_reason from stg_kura__rejected_messages order by 1") == [
        (3, "duplicate_message"),
        (8, "empty_content"),
        (9, "missing_conversation_id"),
        (10, "unknown_role"),
        (11, "missing_role"),
    ]
    # the conversation whose only message is blank is still one
    assert warehouse.rows("select conversation_id, message_count from stg_kura__conversations order by 1") == [
        ("a1", 2),
        ("b2", 4),
        ("c3", 0),
        ("d4", 2),
    ]


def test_times_of_every_kind_are_utc(warehouse: Warehouse) -> None:
    stage(warehouse, "messages.jsonl")
    times = warehouse.rows("select created_at::varchar from stg_kura__messages where created_at is not null order by 1")
    assert [time for (time,) in times] == [
        "2026-03-02 09:00:00",
        "2026-03-02 09:01:00.5",
        "2026-03-02 09:01:10",
        "2026-03-02 09:14:00",
        "2026-03-02 09:14:20",
    ]


def test_columns_and_roles_of_any_name_can_be_read_from_csv(warehouse: Warehouse) -> None:
    messages = stage(
        warehouse,
        "messages.csv",
        kura_columns={"conversation_id": "ticket", "role": "who", "content": "body", "created_at": "sent"},
        kura_roles={"mieter": "user"},
    )
    assert messages == [
        ("7001", "user", "Guten Tag,\nwo ist meine Rechnung?"),
        ("7001", "assistant", 'Im Konto unter "Belege".'),
        ("7002", "user", "passt danke"),
    ]


def test_of_a_conversation_that_stands_twice_the_last_state_counts(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "conversations.jsonl")
    assert [content for conversation, _, content in messages if conversation == "k3"] == [
        "first state",
        "second state",
    ]
    assert warehouse.rows("select conversation_id, rejection_reason from stg_kura__rejected_messages order by 1") == [
        ("k2", "conversation_without_messages"),
        ("k3", "repeated_conversation"),
        ("k4", "unparsable_json"),
    ]
    assert warehouse.value("select count(*) from stg_kura__conversations") == 4


def test_a_broken_line_is_rejected_and_the_others_are_read(warehouse: Warehouse) -> None:
    good = (INPUTS / "conversations.jsonl").read_bytes().splitlines()[0]
    file = warehouse.folder / "broken jo@example.com.jsonl"
    file.write_bytes(b"\n".join([b'{"conversation_id": "x", "messa', good, b"", b" \t\r", b"[1, 2]"]) + b"\n")
    warehouse.stage(kura_input=str(file))
    assert warehouse.rows("select distinct conversation_id from stg_kura__messages") == [("k1",)]
    reasons = warehouse.rows("select rejection_reason, count(*) from stg_kura__rejected_messages group by 1 order by 1")
    assert dict(reasons) == {"missing_conversation_id": 1, "unreadable_row": 1}
    names = warehouse.rows("select distinct right(source_name, 14) from stg_kura__rejected_messages")
    assert names == [("broken [email]",)]

    file.write_bytes(good + b"\n\xff\xfe not UTF-8\n")
    output = warehouse.stage(fails=True, kura_input=str(file))
    assert f"`{file}` is not UTF-8 at line 2" in output


def test_parquet_with_nested_messages_and_several_zipped_files_are_read(warehouse: Warehouse) -> None:
    nested = warehouse.folder / "nested.parquet"
    duckdb.sql(
        "copy (select 'p1' as conversation_id, [{'role': 'user', 'content': 'from parquet'}] as messages)"
        f" to '{nested}' (format parquet)"
    )
    warehouse.stage(kura_input=str(nested))
    assert warehouse.rows("select conversation_id, content from stg_kura__messages") == [("p1", "from parquet")]

    for number in (1, 2):
        line = f'{{"conversation_id": "z{number}", "messages": [{{"role": "user", "content": "zipped"}}]}}\n'
        (warehouse.folder / f"part{number}.jsonl.gz").write_bytes(gzip.compress(line.encode()))
    warehouse.stage(kura_input=str(warehouse.folder / "part*.jsonl.gz"))
    assert warehouse.rows("select conversation_id from stg_kura__messages order by 1") == [("z1",), ("z2",)]


BROKEN = {
    "no_such_schema.messages": "there is no such table or view",
    "no/such/*.jsonl": "no file has that name",
    "notes.txt/x": "Kura reads .jsonl",
    "no/such/export.zip": "no file has that name",
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_input_that_is_not_there_is_named(warehouse: Warehouse, name: str) -> None:
    output = warehouse.stage(fails=True, kura_input=name)
    assert BROKEN[name] in output
    assert name in output


def test_a_missing_column_is_named_with_the_remedy(warehouse: Warehouse) -> None:
    file = warehouse.folder / "chats.csv"
    file.write_text("role,content\nuser,hello\n")
    output = warehouse.stage(fails=True, kura_input=str(file))
    assert "no column for `conversation_id`" in output
    assert "kura_columns: {conversation_id: your_column}" in output
    assert "It has role, content." in " ".join(output.split())


def test_an_unknown_shape_is_named_with_its_columns(warehouse: Warehouse) -> None:
    file = warehouse.folder / "weather.csv"
    file.write_text("city,degrees\nUmea,-3\n")
    output = warehouse.stage(fails=True, kura_input=str(file))
    assert "city, degrees" in output
    assert "docs/inputs.md" in output


def test_a_row_may_be_what_one_person_said(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "texts.csv", kura_input_format="texts")
    assert messages == [
        ("1", "user", "where is my parcel"),
        ("3", "user", '{"role": "assistant", "content": "no, a question"}'),
        ("4", "user", "the lid is broken"),
        ("5", "user", "where is my parcel"),
    ]
    reasons = warehouse.rows("select conversation_id, rejection_reason from stg_kura__rejected_messages order by 1")
    assert reasons == [("2", "empty_content"), ("4", "duplicate_message")]

    # without ids, what is said twice is two conversations; of a person's own id, several texts are one
    file = warehouse.folder / "answers.jsonl"
    answers = [("hello", "a"), ("good bye", "b"), ("hello", "a"), (None, "c")]
    lines = [json.dumps({"text": text, "person": person}) for text, person in answers]
    file.write_text("\n".join([*lines, '{"text": "brok', ""]))
    warehouse.stage(kura_input=str(file), kura_input_format="texts")
    assert warehouse.rows(
        "select content, count(distinct conversation_id) from stg_kura__messages group by 1 order by 1"
    ) == [("good bye", 1), ("hello", 2)]
    reasons = warehouse.rows("select source_row, rejection_reason from stg_kura__rejected_messages order by 1")
    assert reasons == [(4, "empty_content"), (5, "unreadable_row")]
    assert warehouse.value("select count(*) from stg_kura__conversations") == 4
    warehouse.stage(kura_input=str(file), kura_input_format="texts", kura_columns={"conversation_id": "person"})
    assert warehouse.rows("select conversation_id, message_count from stg_kura__conversations order by 1") == [
        ("a", 2),
        ("b", 1),
        ("c", 0),
    ]


def test_a_column_of_texts_is_not_taken_for_what_people_said_before_somebody_says_so(warehouse: Warehouse) -> None:
    output = warehouse.stage(fails=True, kura_input=str(INPUTS / "texts.csv"))
    assert "`kura_input_format: texts`" in " ".join(output.split())


def test_a_renamed_column_that_is_not_there_is_named(warehouse: Warehouse) -> None:
    output = warehouse.stage(
        fails=True,
        kura_input=str(INPUTS / "messages.csv"),
        kura_columns={"conversation_id": "tikcet"},
    )
    assert "column `tikcet`" in output
    assert "ticket, who, body, sent" in output

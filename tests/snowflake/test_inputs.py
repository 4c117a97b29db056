"""What a table's columns hold is found and read on Snowflake as on DuckDB."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.test_inputs import STAGING
from tests.support.snowflake_schema import Snowflake, new_snowflake

CHAT = {"messages": [{"role": "user", "content": "hi there"}]}
META = {"session": {"id": "s1"}, "a.b": {"who": "u1"}}


@pytest.fixture(scope="module")
def snowflake(tmp_path_factory: pytest.TempPathFactory, account: Any) -> Iterator[Snowflake]:
    for made in new_snowflake(tmp_path_factory, account):
        made.deploy()
        made.rows(f"create schema if not exists {made.database}.{made.schema}")
        yield made


def load(snowflake: Snowflake, name: str, columns: str, rows: list[list[Any]]) -> str:
    """Make a table; what is no text goes into a VARIANT."""
    table = f"{snowflake.database}.{snowflake.schema}.{name}"
    snowflake.rows(f"create or replace table {table} ({columns})")
    for row in rows:
        values = [f"'{value}'" if isinstance(value, str) else f"parse_json('{json.dumps(value)}')" for value in row]
        snowflake.rows(f"insert into {table} select {', '.join(values)}")
    return table


def read(snowflake: Snowflake, table: str, **variables: Any) -> list[tuple[Any, ...]]:
    snowflake.run_as_parsed(*STAGING, kura_input=table, **variables)
    schema = f"{snowflake.database}.{snowflake.schema}_internal"
    return snowflake.rows(
        f"select conversation_id, role, content from {schema}.stg_kura__messages order by conversation_id, message_index"
    )


@pytest.mark.parametrize("place", ["chat.messages", "text_chat.messages"])
def test_a_path_leads_into_what_a_column_holds(snowflake: Snowflake, place: str) -> None:
    table = load(snowflake, "chats", "chat variant, meta variant, text_chat varchar", [[CHAT, META, json.dumps(CHAT)]])
    columns = {"messages": place, "conversation_id": "meta.session.id", "user_id": "meta.a.b.who"}
    assert read(snowflake, table, kura_columns=columns) == [("s1", "user", "hi there")]


def test_a_path_that_leads_nowhere_is_told_with_the_keys_that_are_there(snowflake: Snowflake) -> None:
    table = load(snowflake, "chats", "chat variant, meta variant", [[CHAT, META]])
    output = snowflake.run_as_parsed(*STAGING, fails=True, kura_input=table, kura_columns={"messages": "chat.mesages"})
    assert "no `mesages` in `CHAT`, which has the keys messages" in " ".join(output.split())


def test_a_ticket_begins_with_what_it_describes(snowflake: Snowflake) -> None:
    comments = [
        {"author_id": 2, "body": "Since when?", "public": True},
        {"author_id": 2, "body": "the seal", "public": False},
    ]
    table = load(
        snowflake,
        "tickets",
        "id varchar, description varchar, requester_id variant, comments variant",
        [["t1", "It leaks", 1, comments]],
    )
    assert read(snowflake, table) == [
        ("t1", "user", "It leaks"),
        ("t1", "assistant", "Since when?"),
        ("t1", "system", "the seal"),
    ]


def test_a_transcript_is_read_by_the_names_of_a_project(snowflake: Snowflake) -> None:
    rows: list[list[Any]] = [["k1", "Mieterin: It leaks\\nHauswart: Since when?"]]
    table = load(snowflake, "talks", "call_id varchar, talk varchar", rows)
    told = {"kura_roles": {"mieterin": "user", "hauswart": "assistant"}, "kura_columns": {"messages": "talk"}}
    assert read(snowflake, table, **told) == [("k1", "user", "It leaks"), ("k1", "assistant", "Since when?")]
    table = load(snowflake, "transcripts", "call_id varchar, transcript varchar", [["k2", "Customer: It leaks"]])
    assert read(snowflake, table) == [("k2", "user", "It leaks")]


def test_calls_of_a_session_are_one_conversation(snowflake: Snowflake) -> None:
    columns = "id varchar, session_id varchar, timestamp varchar, input variant, output variant"
    turns = [("t2", 1, "cancel it", "Done."), ("t1", 0, "where is my parcel", "In Lund.")]
    rows = [
        [key, "s1", f"2026-05-01T10:0{at}:00Z", {"messages": [{"role": "user", "content": asked}]}, {"answer": answer}]
        for key, at, asked, answer in turns
    ]
    table = load(snowflake, "traces", columns, rows)
    expected = [
        ("s1", "user", "where is my parcel"),
        ("s1", "assistant", "In Lund."),
        ("s1", "user", "cancel it"),
        ("s1", "assistant", "Done."),
    ]
    assert read(snowflake, table) == expected
    joined = {"conversation_id": "session_id", "messages": ["input.messages", "output.answer"]}
    assert read(snowflake, table, kura_columns=joined) == expected


def test_spans_in_a_table_are_read(snowflake: Snowflake) -> None:
    attributes = {
        "gen_ai.conversation.id": "c1",
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "hi there"}]}]),
    }
    table = load(
        snowflake,
        "spans",
        "trace_id varchar, span_id varchar, start_time varchar, attributes variant",
        [["t1", "s1", "2026-05-01T10:00:00Z", {}], ["t2", "s2", "2026-05-01T10:00:00Z", {"http.method": "GET"}]],
    )
    snowflake.rows(
        f"insert into {table} select 't3', 's3', '2026-05-01T10:00:00Z', object_construct('gen_ai.conversation.id', 'c1',"
        f" 'gen_ai.input.messages', '{attributes['gen_ai.input.messages']}')"
    )
    assert read(snowflake, table) == [("c1", "user", "hi there")]


def test_an_id_that_goes_along_and_requests_in_two_columns_are_read(snowflake: Snowflake) -> None:
    columns = "request_id varchar, logging_time varchar, metadata variant, full_request variant, full_response variant"
    columns += ", request_payload variant, response_payload variant"
    rows: list[list[Any]] = [
        ["r1", "2026-05-01T10:00:00Z", {"app-session-id": "s1"}, {"messages": CHAT["messages"]}, {"answer": "Hello."}],
        ["r2", "2026-05-01T10:01:00Z", {"app-session-id": "s1"}],
    ]
    rows[0] += [None, None]
    rows[1] += [None, None, {"messages": [{"role": "user", "content": "bye"}]}, {"answer": "Bye."}]
    table = load(snowflake, "payloads", columns, rows)
    said = [("user", "hi there"), ("assistant", "Hello."), ("user", "bye"), ("assistant", "Bye.")]
    assert read(snowflake, table) == [("s1", *message) for message in said]


def test_senders_that_are_objects_are_read(snowflake: Snowflake) -> None:
    table = load(
        snowflake,
        "sent",
        "id varchar, conversation_id varchar, author variant, body varchar, created_at varchar",
        [
            ["2", "c1", {"type": "user", "bot": False}, "Since when?", "2026-05-01T10:01:00Z"],
            ["1", "c1", {"type": "contact", "bot": False}, "It leaks", "2026-05-01T10:00:00Z"],
        ],
    )
    assert read(snowflake, table) == [("c1", "user", "It leaks"), ("c1", "assistant", "Since when?")]


def test_calls_of_tools_beside_what_was_said_are_read(snowflake: Snowflake) -> None:
    columns = (
        "thread_id varchar, role varchar, content varchar, created_at varchar, tool_calls variant, tool_call_id varchar"
    )
    called = [{"id": "c1", "type": "function", "function": {"name": "find_parcel", "arguments": "{}"}}]
    rows: list[list[Any]] = [
        ["t1", "user", "where is it", "2026-05-01T10:00:00Z", None, ""],
        ["t1", "assistant", "", "2026-05-01T10:00:01Z", called, ""],
        ["t1", "tool", "Error: timeout", "2026-05-01T10:00:04Z", None, "c1"],
    ]
    said = [("t1", "user", "where is it"), ("t1", "tool", "Error: timeout")]
    assert read(snowflake, load(snowflake, "called", columns, rows)) == said
    base = f"{snowflake.database}.{snowflake.schema}_internal.base_kura__messages"
    [(found,)] = snowflake.rows(f"select tool_calls from {base} where tool_calls is not null")
    [call] = json.loads(found)
    assert (call["tool"], call["status"], call["seconds"]) == ("find_parcel", "failed", 3.0)


def test_what_one_person_said_is_a_conversation(snowflake: Snowflake) -> None:
    table = load(
        snowflake, "answers", "comment varchar, stars varchar", [["too small", "1"], ["fine", "5"], ["fine", "4"]]
    )
    found = read(snowflake, table, kura_input_format="texts")
    assert sorted(row[1:] for row in found) == [("user", "fine"), ("user", "fine"), ("user", "too small")]
    assert len({conversation for conversation, _, _ in found}) == 3


def test_speakers_inside_lists_are_known_by_their_names(snowflake: Snowflake) -> None:
    messages = [{"type": "dr_jones", "content": "hello there"}, {"name": "Robot 9", "text": "Hello."}]
    people = [{"sender": name, "text": f"{name} speaks"} for name in ("Bo", "Ann", "Bo")]
    # a column of any name, in which the parser finds who says what
    table = load(snowflake, "named", "id varchar, said variant", [["1", messages], ["2", people]])
    roles = {"Dr_Jones": "user", "robot 9": "assistant", "*first": "user", "*": "assistant"}
    assert read(snowflake, table, kura_roles=roles) == [
        ("1", "user", "hello there"),
        ("1", "assistant", "Hello."),
        ("2", "user", "Bo speaks"),
        ("2", "assistant", "Ann speaks"),
        ("2", "user", "Bo speaks"),
    ]


@pytest.mark.parametrize("type_", ["timestamp_ntz", "timestamp_ltz"])
def test_points_in_time_are_read_whatever_format_a_session_writes_them_in(snowflake: Snowflake, type_: str) -> None:
    rows: list[list[Any]] = [["c1", "ROLE_USER", "yes it is", f"2026-05-01 10:{minute}:00"] for minute in (30, 10)]
    # what is said at one time is in no order of its own: an answer comes after its question
    rows += [["c1", role, role, "2026-05-01 10:20:00"] for role in ("assistant", "user")]
    # who speaks is told by what a column holds, and what is said by words for it
    columns = f"conversation_id varchar, party varchar, raw_text varchar, created_at {type_}"
    table = load(snowflake, "timed", columns, rows)
    along = [{"sent": "created_at"}]
    expected = [
        ("c1", "user", "yes it is"),
        ("c1", "user", "user"),
        ("c1", "assistant", "assistant"),
        ("c1", "user", "yes it is"),
    ]
    assert read(snowflake, table, kura_passthrough_columns=along) == expected
    schema = f"{snowflake.database}.{snowflake.schema}_internal"
    [compiled] = snowflake.folder.glob("target/compiled/**/base_kura__messages.sql")
    # sessions of the stand-in are in UTC, where those of an account need not be
    assert ("convert_timezone('UTC', \"CREATED_AT\")" in compiled.read_text()) == (type_ == "timestamp_ltz")
    minutes = [f"10:{minute}" for minute in (10, 20, 20, 30)]
    times = snowflake.rows(f"select created_at from {schema}.stg_kura__messages order by created_at")
    assert [str(time)[11:16] for (time,) in times] == minutes
    snowflake.run_as_parsed("--select", "stg_kura__attributes", kura_input=table, kura_passthrough_columns=along)
    assert snowflake.rows(f"select attribute, kind from {schema}.stg_kura__attributes") == [("sent", "time")]


def test_days_clocks_and_bytes_are_read_whatever_format_a_session_writes_them_in(snowflake: Snowflake) -> None:
    table = f"{snowflake.database}.{snowflake.schema}.clocked"
    snowflake.rows(
        f"create table {table} (conversation_id varchar, role varchar, content varchar, date date, time time)"
    )
    for clock, role, text in (("10:20:00", "assistant", "Since when?"), ("10:10:00", "user", "It leaks")):
        day = f"to_date('2026-05-04', 'YYYY-MM-DD'), to_time('{clock}', 'HH24:MI:SS')"
        snowflake.rows(f"insert into {table} select 'c1', '{role}', '{text}', {day}")
    along = [{"day": "date"}]
    said = [("c1", "user", "It leaks"), ("c1", "assistant", "Since when?")]
    assert read(snowflake, table, kura_passthrough_columns=along) == said
    schema = f"{snowflake.database}.{snowflake.schema}_internal"
    times = snowflake.rows(f"select created_at from {schema}.stg_kura__messages order by created_at")
    assert [str(time)[:16] for (time,) in times] == ["2026-05-04 10:10", "2026-05-04 10:20"]
    snowflake.run_as_parsed("--select", "stg_kura__attributes", kura_input=table, kura_passthrough_columns=along)
    assert snowflake.rows(f"select distinct attribute, value from {schema}.stg_kura__attributes") == [
        ("day", "2026-05-04")
    ]


def test_columns_that_are_no_text_or_have_rules_for_comparing_break_nothing(snowflake: Snowflake) -> None:
    kinds = {
        "varchar(16777216) collate 'en-ci'": "collate(x, '')",
        "varchar(16777216)": "cast(x as varchar)",
        "binary(8388608)": "to_varchar(x, 'HEX')",
        "vector(float, 384)": "cast(null as TEXT)",
        "geography": "cast(null as TEXT)",
        "array(number(38,0))": "to_json(to_variant(x))",
    }
    texts = [f"{{{{ kura.quoted(kura.as_text('x', {kind!r})) }}}} as k{at}" for at, kind in enumerate(kinds)]
    [found] = snowflake.shown(f"select {', '.join(texts)}")
    assert list(found.values()) == list(kinds.values())


def test_messages_of_a_case_stand_in_the_order_of_their_ids_without_those_that_are_gone(snowflake: Snowflake) -> None:
    columns = "id varchar, parent_id varchar, speaker varchar, utterance varchar, _fivetran_deleted varchar"
    said = [[str(at), "case 7", "SYSTEM" if at % 2 else "USER", f"line {at}", "false"] for at in (10, 9, 8, 11)]
    table = load(snowflake, "dialogues", columns, [*said, ["12", "case 7", "USER", "this was deleted", "true"]])
    assert read(snowflake, table) == [
        ("case 7", "assistant" if at % 2 else "user", f"line {at}") for at in (8, 9, 10, 11)
    ]


def test_a_conversation_of_more_links_than_a_recursive_query_goes_deep_is_one(snowflake: Snowflake) -> None:
    ids = [f"m{at * 37 % 1009}" for at in range(230)]
    table = load(snowflake, "linked", "id varchar, parent_id varchar, speaker varchar, utterance varchar", [])
    rows = [
        f"('{own}', '{before}', '{'SYSTEM' if at % 2 else 'USER'}', 'line {at}')"
        for at, (own, before) in enumerate(zip(ids, ["", *ids], strict=False))
    ]
    loop = ["('x1', 'x2', 'USER', 'one')", "('x2', 'x1', 'USER', 'two')"]
    snowflake.rows(f"insert into {table} values {', '.join([*reversed(rows), *loop])}")
    said = [("m0", "assistant" if at % 2 else "user", f"line {at}") for at in range(230)]
    assert read(snowflake, table) == [*said, ("x1", "user", "one"), ("x2", "user", "two")]
    [compiled] = snowflake.folder.glob("target/compiled/**/base_kura__messages.sql")
    assert "inner join chains on" not in compiled.read_text()

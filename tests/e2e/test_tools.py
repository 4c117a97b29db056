"""What widely used tools export or log is recognised and read without a setting but its name."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.e2e.test_inputs import stage
from tests.support.warehouse import Warehouse

ASKED, TOLD = (
    [("user", "where is my parcel"), ("assistant", "In Lund.")],
    [("user", "cancel it"), ("assistant", "Done.")],
)
BRIEF, ALONE = [("system", "Be brief.")], [("user", "write a test"), ("assistant", "Here.")]

TOOLS = {
    "open_webui.json": {"ow-1": [("user", "which winter tyres"), ("assistant", "new answer")]},
    "librechat.json": {
        "lc-1": [
            ("user", "recipe for a lemon cake"),
            ("assistant", "Second try: with oil."),
            ("user", "and without eggs?"),
        ]
    },
    "tools/librechat_messages.jsonl": {"lc-1": ASKED},
    "tools/langchain_history.jsonl": {"s1": ASKED},
    "tools/langchain_store.jsonl": {"s1": ASKED, "s2": [("user", "cancel it")]},
    "tools/openai_responses.jsonl": {"resp_1": [*BRIEF, *ASKED], "resp_2": TOLD},
    "tools/openai_batch/*.jsonl": {"request-1": [*BRIEF, *ASKED], "request-2": TOLD},
    "tools/assistants_page.json": {"thread_1": ASKED, "thread_2": TOLD[:1]},
    "tools/assistants_threads.jsonl": {"thread_1": ASKED},
    "tools/ui_messages_table.jsonl": {"c1": [*ASKED, ("tool", '{"city":"Lund"}')]},
    "tools/ui_messages.jsonl": {"c1": ASKED},
    "tools/otlp_spans.jsonl": {"conv-1": [*ASKED, *TOLD]},
    "tools/otel_attributes.jsonl": {"conv-1": [*BRIEF, *ASKED, *TOLD]},
    "tools/otel_columns.jsonl": {"conv-1": ASKED},
    "tools/anthropic_log.jsonl": {"req_1": [*BRIEF, *ASKED], "req_2": TOLD},
    "tools/bedrock_converse.jsonl": {"c1": [*BRIEF, *ASKED]},
    "tools/bedrock_invocations.jsonl": {"rq-1": [*BRIEF, *ASKED]},
    "tools/claude_code.jsonl": {
        "cc-1": [
            ("user", "why does the build fail"),
            ("assistant", 'Bash({"command":"make"})'),
            ("tool", "error: no such file"),
            ("assistant", "A file is missing."),
        ],
        "cc-2": [("user", "write a test")],
    },
    "tools/langfuse_traces.jsonl": {"lf-1": [*ASKED, *TOLD], "lf-2": [*BRIEF, *ASKED, *TOLD], "tr-5": ALONE},
    "tools/langsmith_runs.jsonl": {"th-1": [*ASKED, *TOLD], "r4": ALONE},
    "tools/langsmith_sessions.jsonl": {"s1": [*ASKED, *TOLD]},
    "tools/langsmith_tool_runs.jsonl": {"th-9": ASKED},
    "tools/langfuse_observations.jsonl": {"lf-9": ASKED},
    "tools/otlp_tool_spans.jsonl": {"conv-9": ASKED},
    "tools/message_columns.jsonl": {
        "mc-1": [("user", "where is my parcel"), ("tool", "Error: timeout"), ("assistant", "In Lund.")]
    },
}


CALLS = {
    "tools/claude_code.jsonl": [("cc-1", 2, "Bash", "failed", "not_found", 1.0)],
    "tools/ui_messages_table.jsonl": [("c1", 2, "track", "ok", None, None)],
    # calls of tools that are rows of their own
    "tools/langsmith_tool_runs.jsonl": [
        ("th-9", 2, "track_parcel", "failed", "not_found", 2.0),
        ("th-9", 2, "track_parcel", "ok", None, 0.5),
    ],
    "tools/langfuse_observations.jsonl": [
        ("lf-9", 2, "track_parcel", "failed", "rate_limit", 1.0),
        ("lf-9", 2, "track_parcel", "ok", None, 2.0),
    ],
    "tools/otlp_tool_spans.jsonl": [
        ("conv-9", 2, "track_parcel", "failed", "timeout", 2.5),
        ("conv-9", 2, "track_parcel", "ok", None, 1.0),
    ],
    # calls of tools in columns beside what was said
    "tools/message_columns.jsonl": [("mc-1", 2, "find_parcel", "failed", "timeout", 3.0)],
}


def by_conversation(messages: list[tuple[object, ...]]) -> dict[object, list[tuple[object, ...]]]:
    found: dict[object, list[tuple[object, ...]]] = {}
    for conversation, *message in messages:
        found.setdefault(conversation, []).append(tuple(message))
    return found


@pytest.mark.parametrize("name", TOOLS)
def test_what_a_tool_writes_is_recognised_and_read(warehouse: Warehouse, name: str) -> None:
    assert by_conversation(stage(warehouse, name)) == TOOLS[name]
    called = "select conversation_id, turn, tool, status, error_kind, seconds from stg_kura__tool_calls order by all"
    assert warehouse.rows(called) == CALLS.get(name, [])


def test_what_is_no_message_in_a_log_is_counted_as_that_and_makes_no_conversation(warehouse: Warehouse) -> None:
    for name, count in (("tools/claude_code.jsonl", 2), ("tools/otlp_spans.jsonl", 2)):
        stage(warehouse, name)
        assert warehouse.rows("select rejection_reason, count(*) from stg_kura__rejected_messages group by 1") == [
            ("event_without_words", count)
        ]
        ids = {name for (name,) in warehouse.rows("select conversation_id from stg_kura__conversations")}
        assert ids <= {"cc-1", "cc-2", "conv-1"}


def test_turns_of_a_session_have_the_times_of_their_calls(warehouse: Warehouse) -> None:
    stage(warehouse, "tools/langfuse_traces.jsonl")
    times = warehouse.rows(
        "select created_at::varchar from stg_kura__messages where conversation_id = 'lf-1' order by message_index"
    )
    assert [time for (time,) in times] == ["2026-05-01 10:00:00"] * 2 + ["2026-05-01 10:01:00"] * 2
    assert warehouse.rows("select user_id from stg_kura__conversations order by conversation_id") == [
        ("u1",),
        ("u2",),
        ("u3",),
    ]


def write(warehouse: Warehouse, rows: list[dict[str, Any]], name: str = "rows.jsonl") -> str:
    file = warehouse.folder / name
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


SAID = {
    "chat": {"messages": [{"role": "user", "content": "hi there"}]},
    "meta": {"session": {"id": "s1"}, "a.b": {"who": "u1"}},
    "x.y": "2026-05-01",
}


def test_a_path_leads_into_what_a_column_holds(warehouse: Warehouse) -> None:
    columns = {
        "messages": "chat.messages",
        "conversation_id": "meta.session.id",
        "user_id": "meta.a.b.who",
        "created_at": "x.y",
    }
    query = "select conversation_id, user_id, started_at::varchar, content from stg_kura__messages join stg_kura__conversations using (conversation_id)"
    expected = [("s1", "u1", "2026-05-01 00:00:00", "hi there")]
    warehouse.stage(kura_input=write(warehouse, [SAID]), kura_columns=columns)
    assert warehouse.rows(query) == expected

    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("create schema app")
        connection.execute(
            f'create table app.chats as select chat, meta::json as meta, to_json(chat)::varchar as text_chat, "x.y"'
            f" from read_json('{warehouse.folder / 'rows.jsonl'}')"
        )
    for place in ("chat.messages", "text_chat.messages"):
        warehouse.stage(kura_input="app.chats", kura_columns={**columns, "messages": place})
        assert warehouse.rows(query) == expected


def test_messages_in_several_places_are_one_conversation_in_order(warehouse: Warehouse) -> None:
    rows = [
        {
            "key": "k1",
            "at": f"2026-05-01T10:0{at}:00Z",
            "ask": {"rules": "Be brief.", "text": f"question {at}"},
            "reply": f"answer {at}",
        }
        for at in (1, 0)
    ]
    warehouse.stage(
        kura_input=write(warehouse, rows),
        kura_columns={"conversation_id": "key", "created_at": "at", "messages": ["ask.text", "reply"]},
    )
    assert warehouse.rows("select role, content from stg_kura__messages order by message_index") == [
        ("user", "question 0"),
        ("assistant", "answer 0"),
        ("user", "question 1"),
        ("assistant", "answer 1"),
    ]


def test_a_path_that_leads_nowhere_is_told_with_the_keys_that_are_there_and_no_values(warehouse: Warehouse) -> None:
    file = write(warehouse, [SAID])
    output = warehouse.stage(
        fails=True,
        kura_input=file,
        kura_columns={"conversation_id": "x.y", "messages": "chat.mesages"},
    )
    assert "`messages` is at `chat.mesages`" in " ".join(output.split())
    assert "no `mesages` in `chat`, which has the keys messages" in " ".join(output.split())
    assert "hi there" not in output


REQUEST = {"custom_id": "1", "body": {"messages": [{"role": "user", "content": "a"}]}}
OTHER = {"custom_id": "1", "body": {"messages": [{"role": "user", "content": "b"}]}}
AMBIGUOUS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "two questions": ([{"id": "1", "prompt": "a", "query": "b", "answer": "c"}], "prompt or in query"),
    "a message or a call": (
        [{"conversation_id": "1", "role": "user", "content": "a", "input": "b", "output": "c"}],
        "kura_input_format: messages",
    ),
    "one name for two requests": ([REQUEST, REQUEST, OTHER], "1 values of custom_id"),
}


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_asked_for(warehouse: Warehouse, case: str) -> None:
    rows, expected = AMBIGUOUS[case]
    output = warehouse.stage(fails=True, kura_input=write(warehouse, rows))
    assert expected in " ".join(output.split())


USER, REPLY = {"role": "user", "content": "hello there"}, {"role": "assistant", "content": "Hello."}
WITHOUT_ID: dict[str, dict[str, Any]] = {
    "sharegpt": {"conversations": [{"from": "human", "value": "hello there"}, {"from": "gpt", "value": "Hello."}]},
    "langchain": {"history": [{"type": "human", "content": "hello there"}, {"type": "ai", "content": "Hello."}]},
    "open webui": {"title": "t", "chat": {"messages": [USER, REPLY]}},
    "calls": {"prompt": "hello there", "completion": "Hello."},
}


def test_every_list_without_an_id_gets_one_from_files_and_tables(warehouse: Warehouse) -> None:
    names = {}
    for shape, row in WITHOUT_ID.items():
        names[shape] = write(warehouse, [row, row], f"{shape}.jsonl")
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute("create schema app")
        connection.execute(f"create table app.chats as select * from read_json('{names['sharegpt']}')")
        names["a table"] = "app.chats"
    for shape, name in names.items():
        output = warehouse.stage(kura_input=name)
        assert "so ids are made of what is said" in " ".join(output.split()), shape
        messages = warehouse.rows(
            "select conversation_id, role, content from stg_kura__messages order by conversation_id, message_index"
        )
        assert [message[1:] for message in messages] == [("user", "hello there"), ("assistant", "Hello.")] * 2, shape
        assert len({message[0] for message in messages}) == 2, shape


def test_a_call_without_the_id_that_others_have_is_a_conversation_of_its_own(warehouse: Warehouse) -> None:
    rows: list[dict[str, Any]] = [
        {"session_id": "s1", "prompt": "my kettle leaks", "completion": "Since when?"},
        {"session_id": "s1", "prompt": "since monday", "completion": "Send it in."},
        {"session_id": None, "prompt": "hello there", "completion": "Hello."},
        {"session_id": " ", "prompt": "hello there", "completion": "Hello."},
        {"prompt": "good morning", "completion": "Good morning."},
    ]
    warehouse.stage(kura_input=write(warehouse, rows))
    said = warehouse.rows(
        "select list(content order by message_index) from stg_kura__messages group by conversation_id order by all"
    )
    assert [messages for (messages,) in said] == [
        ["good morning", "Good morning."],
        *[["hello there", "Hello."]] * 2,
        ["my kettle leaks", "Since when?", "since monday", "Send it in."],
    ]
    assert warehouse.value("select count(*) from stg_kura__rejected_messages") == 0


def test_speakers_inside_lists_are_known_by_their_names(warehouse: Warehouse) -> None:
    row = {
        "id": "1",
        "messages": [{"type": "dr_jones", "content": "hello there"}, {"name": "Robot 9", "text": "Hello."}],
    }
    roles = {"Dr_Jones": "user", "robot 9": "assistant"}
    warehouse.stage(kura_input=write(warehouse, [row]), kura_roles=roles)
    assert warehouse.rows("select role, content from stg_kura__messages order by message_index") == [
        ("user", "hello there"),
        ("assistant", "Hello."),
    ]

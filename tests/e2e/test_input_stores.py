"""What stores, queues and loggers write around a message: types, logs of changes, pieces, other people's JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.test_input_kinds import LEAK, TIME, TURN, TURNS, WHEN, lines, rejected, said
from tests.e2e.test_input_otherwise import LID, messages, written
from tests.support.warehouse import Warehouse

BOTH = {"c1": TURNS, "c2": LID}


def rows() -> list[dict[str, Any]]:
    """Return both conversations, a row for each message."""
    return [
        {"id": f"{key}-{at}", "conversation_id": key, "role": role, "content": text, "created_at": TIME.format(at)}
        for key, turns in BOTH.items()
        for at, (role, text) in enumerate(turns)
    ]


def test_a_store_writes_the_type_of_each_value(warehouse: Warehouse) -> None:
    file = warehouse.folder / "items.jsonl"
    dynamo = [{"Item": {key: {"S": held} for key, held in row.items()}} for row in rows()]
    assert said(warehouse, lines(file, dynamo)) == BOTH
    typed = ("role", "content", "created_at")
    avro = [{key: {"string": held} if key in typed else held for key, held in row.items()} for row in rows()]
    assert said(warehouse, lines(file, avro)) == BOTH
    fields = [{key: {"stringValue": held} for key, held in row.items()} for row in rows()]
    documents = [
        {"name": f"documents/{at}", "fields": each, "createTime": TIME.format(9)} for at, each in enumerate(fields)
    ]
    (warehouse.folder / "page.json").write_text(json.dumps({"documents": documents}))
    assert said(warehouse, warehouse.folder / "page.json") == BOTH


def test_a_message_in_what_a_logger_writes_is_one(warehouse: Warehouse) -> None:
    logged = [{"log": json.dumps(row) + "\n", "stream": "stdout", "time": TIME.format(9)} for row in rows()]
    assert said(warehouse, lines(warehouse.folder / "container.jsonl", logged)) == BOTH


@pytest.mark.parametrize(
    ("column", "inserted", "deleted"),
    [("Op", "I", "D"), ("_change_type", "insert", "delete"), ("METADATA$ACTION", "INSERT", "DELETE")],
)
def test_a_log_of_changes_is_read_as_long_as_nothing_is_gone(
    warehouse: Warehouse, column: str, inserted: str, deleted: str
) -> None:
    held = [f"{inserted},{','.join(row.values())}" for row in rows()]
    header = f"{column},{','.join(rows()[0])}"
    assert said(warehouse, written(warehouse.folder / "rows.csv", header, *held)) == BOTH
    gone = [*held, held[0].replace(inserted, deleted, 1)]
    file = written(warehouse.folder / "rows.csv", header, *gone)
    output = " ".join(warehouse.stage(fails=True, kura_input=str(file)).split())
    assert f"is a log of changes: by `{column}` rows were changed or deleted later" in output
    assert LEAK not in output


def test_a_log_of_changes_with_the_rows_before_and_after(warehouse: Warehouse) -> None:
    made = [{"op": "c", "before": None, "after": row, "ts_ms": 1} for row in rows()]
    assert said(warehouse, lines(warehouse.folder / "topic.jsonl", made)) == BOTH
    for change in (
        {"op": "d", "before": {"id": "c1-0"}, "after": None},
        {"op": "u", "before": None, "after": rows()[0]},
    ):
        file = lines(warehouse.folder / "topic.jsonl", [*made, {**change, "ts_ms": 2}])
        assert "is a log of changes: by `op`" in " ".join(warehouse.stage(fails=True, kura_input=str(file)).split())


def test_an_operation_of_somebodys_own_is_no_change(warehouse: Warehouse) -> None:
    own = [{**row, "operation": operation} for row, operation in zip(rows(), ["chat", "delete"] * 3, strict=True)]
    assert said(warehouse, lines(warehouse.folder / "rows.jsonl", own)) == BOTH


def test_messages_in_pieces_are_refused_and_states_that_grow_are_not(warehouse: Warehouse) -> None:
    def pieces(*, grows: bool) -> list[dict[str, Any]]:
        return [
            {**row, "chunk_index": at, "content": "".join(words[: at + 1]) if grows else words[at]}
            for row in rows()
            for words in [[" " * bool(at) + word for at, word in enumerate(row["content"].split())]]
            for at in range(len(words))
        ]

    assert said(warehouse, lines(warehouse.folder / "rows.jsonl", pieces(grows=True))) == BOTH
    file = lines(warehouse.folder / "rows.jsonl", pieces(grows=False))
    output = " ".join(warehouse.stage(fails=True, kura_input=str(file)).split())
    assert (
        "holds messages in pieces: rows with the id of one message, of which `chunk_index` counts the pieces" in output
    )


def test_an_agent_of_several_speaks_by_its_name(warehouse: Warehouse) -> None:
    sides = {"user": ("user", "user"), "assistant": ("kettle_agent", "model")}
    events = [
        {
            "id": row["id"],
            "session_id": row["conversation_id"],
            "author": sides[row["role"]][0],
            "content": {"role": sides[row["role"]][1], "parts": [{"text": row["content"]}]},
            "timestamp": row["created_at"],
        }
        for row in rows()
    ]
    assert said(warehouse, lines(warehouse.folder / "events.jsonl", events)) == BOTH


def test_tasks_of_one_context_are_a_conversation_with_what_was_made(warehouse: Warehouse) -> None:
    def task(key: str, at: int, question: str, answer: str) -> dict[str, Any]:
        asked = {"kind": "message", "messageId": "m", "role": "user", "parts": [{"kind": "text", "text": question}]}
        made = {"artifactId": "a", "parts": [{"kind": "text", "text": answer}]}
        status = {"state": "completed", "timestamp": TIME.format(at)}
        return {"id": f"{key}-{at}", "contextId": key, "history": [asked], "artifacts": [made], "status": status}

    tasks = [
        task(key, at, turns[at][1], turns[at + 1][1]) for key, turns in BOTH.items() for at in range(0, len(turns), 2)
    ]
    assert said(warehouse, lines(warehouse.folder / "tasks.jsonl", tasks)) == BOTH


def test_a_page_that_has_the_newest_first_and_no_times_is_turned_round(warehouse: Warehouse) -> None:
    items = [
        {"type": "message", "id": f"msg_{at}", "role": role, "content": [{"type": "output_text", "text": text}]}
        for at, (role, text) in enumerate(TURNS)
    ]
    for order in (items, items[::-1]):
        page = {
            "object": "list",
            "data": order,
            "first_id": order[0]["id"],
            "last_id": order[-1]["id"],
            "has_more": False,
        }
        (warehouse.folder / "page.json").write_text(json.dumps(page))
        found = said(warehouse, warehouse.folder / "page.json", kura_columns={"conversation_id": "filename"})
        assert [*found.values()] == [TURNS]


def test_a_list_that_was_cut_into_lines_and_lines_that_run_together(warehouse: Warehouse) -> None:
    whole = [json.dumps(row) for row in rows()]
    for text in (",\n".join(whole), "\x1e" + "\n\x1e".join(whole), "".join(whole)):
        (warehouse.folder / "rows.jsonl").write_text(text)
        assert said(warehouse, warehouse.folder / "rows.jsonl") == BOTH
        assert rejected(warehouse) == []


def test_a_column_for_ids_that_holds_none_is_none(warehouse: Warehouse) -> None:
    held = [
        {"id": None, "conversations": [{"from": role, "value": text} for role, text in turns]}
        for turns in BOTH.values()
    ]
    found = said(warehouse, lines(warehouse.folder / "set.jsonl", held))
    assert sorted(found.values(), key=len) == [LID, TURNS]


def test_one_list_of_several_conversations_is_not_read_as_one(warehouse: Warehouse) -> None:
    told = [{"role": row["role"], "content": row["content"], "topicId": row["conversation_id"]} for row in rows()]
    (warehouse.folder / "export.json").write_text(json.dumps({"state": {"messages": told, "topics": [{"id": "c1"}]}}))
    assert said(warehouse, warehouse.folder / "export.json") == {}
    assert rejected(warehouse) == [("several_conversations", 1)]


def test_roles_as_enums_write_them(warehouse: Warehouse) -> None:
    names = {"user": "SPEAKER_TYPE_END_USER", "assistant": "AI_AGENT"}
    told = [
        {
            "id": "c1",
            "messages": [{**each, "role": names[each["role"]]} for each in messages([(*TURN[0],), (*TURN[1],)])],
        }
    ]
    assert said(warehouse, lines(warehouse.folder / "rows.jsonl", told)) == {
        "c1": [("user", LEAK), ("assistant", WHEN)]
    }

"""What exports have in common, whatever tool writes them: wrappings, chains, notes, ids that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from tests.support.warehouse import Warehouse

LEAK, WHEN, MONDAY, SENT = "My kettle leaks", "Since when?", "Monday", "Send it in."
ASKED, TURN = ("user", LEAK), [("user", LEAK), ("assistant", WHEN)]
TURNS = [*TURN, ("user", MONDAY), ("assistant", SENT)]
TIME = "2026-05-01T10:0{}:00Z"


def lines(path: Path, rows: list[Any]) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def said(warehouse: Warehouse, name: Path | str, **variables: Any) -> dict[str, list[tuple[str, str]]]:
    warehouse.stage(kura_input=str(name), **variables)
    found: dict[str, list[tuple[str, str]]] = {}
    query = "select conversation_id, role, content from stg_kura__messages order by conversation_id, message_index"
    for conversation, *message in warehouse.rows(query):
        found.setdefault(conversation, []).append((message[0], message[1]))
    return found


def rejected(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows("select rejection_reason, count(*) from stg_kura__rejected_messages group by 1 order by 1")


def test_rows_that_stand_in_one_column_are_the_rows(warehouse: Warehouse) -> None:
    rows = [{"conversation_id": "c1", "role": role, "content": content} for role, content in TURN]
    half = {"conversation_id": "c2", "role": "user", "content": "hi \ud83d\ude00 \ud83d"}
    wrapped = [{"_index": "chats", "_id": str(at), "_source": row} for at, row in enumerate([*rows, half])]
    found = said(warehouse, lines(warehouse.folder / "hits.jsonl", wrapped))
    assert found == {"c1": TURN, "c2": [("user", "hi \N{GRINNING FACE} ")]}
    assert rejected(warehouse) == []


def test_answers_that_name_the_one_before_are_one_conversation(warehouse: Warehouse) -> None:
    def answer(own: str, before: str | None, asked: str, answered: str) -> dict[str, Any]:
        time = 1777629600 + 60 * int(own[-1])
        return {"id": own, "previous_response_id": before, "created_at": time, "input": asked, "output": answered}

    answers = [answer("r2", "r1", MONDAY, SENT), answer("r1", None, LEAK, WHEN), answer("x5", "x4", "hello", "hi")]
    found = said(warehouse, lines(warehouse.folder / "answers.jsonl", answers))
    assert found == {"r1": TURNS, "x4": [("user", "hello"), ("assistant", "hi")]}


def test_a_question_and_its_answer_in_columns_called_so_are_a_turn_with_its_time(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "turns.csv"
    turns = [f"s1,{SENT},{MONDAY},{TIME.format(1)}", f"s1,{WHEN},{LEAK},{TIME.format(0)}"]
    rows.write_text("\n".join(["session_id,bot_reply,user_message,created_at", *turns]))
    assert said(warehouse, rows) == {"s1": TURNS}
    times = "select count(distinct created_at) from stg_kura__messages"
    assert warehouse.value(times) == 2
    rows.write_text("session_id,Q,A,label\ns1,where does it leak,at the lid mostly,0\n")
    assert said(warehouse, rows) == {"s1": [("user", "where does it leak"), ("assistant", "at the lid mostly")]}


def test_what_stands_beside_a_list_goes_on_with_it(warehouse: Warehouse) -> None:
    before = [{"role": role, "content": content} for role, content in TURN]
    asked = [{"question": MONDAY, "chat_history": before}, {"question": LEAK, "chat_history": []}]
    found = said(warehouse, lines(warehouse.folder / "asked.jsonl", asked))
    assert sorted(found.values()) == [[ASKED], [*TURN, ("user", MONDAY)]]
    preferred = [
        {
            "conversations": [{"from": "human", "value": LEAK}],
            "chosen": {"from": "gpt", "value": WHEN},
            "rejected": {"from": "gpt", "value": SENT},
        }
    ]
    assert [*said(warehouse, lines(warehouse.folder / "preferred.jsonl", preferred)).values()] == [TURN]


def test_notes_days_with_a_clock_beside_them_and_ids_that_are_none(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"
    told = [
        f"c1,Contact,{LEAK},false,2026-05-01,10:00",
        f"c1,Agent,{WHEN},false,2026-05-01,10:01",
        "c1,Agent,looks like the seal,true,2026-05-01,10:02",
        "nan,Contact,lost,false,2026-05-01,10:00",
    ]
    rows.write_text("\n".join(["conversation_id,sender_type,content,private,date,time", *told]))
    assert said(warehouse, rows) == {"c1": [*TURN, ("system", "looks like the seal")]}
    assert rejected(warehouse) == [("missing_conversation_id", 1)]
    assert str(warehouse.value("select max(created_at) from stg_kura__messages")) == "2026-05-01 10:02:00"
    # what is the same in all of a conversation says nothing of a message
    rows.write_text(rows.read_text().replace("false", "true").replace("nan,", "c2,"))
    assert {role for turns in said(warehouse, rows).values() for role, _ in turns} == {"user", "assistant"}


def test_an_id_that_stands_for_two_conversations_is_told_of(warehouse: Warehouse) -> None:
    def conversation(*turns: tuple[str, str]) -> dict[str, Any]:
        prompt = {"role": "system", "content": "Be brief."}
        messages = [prompt, *({"role": role, "content": content} for role, content in turns)]
        return {"_id": {"$oid": "5f"}, "messages": messages}

    for name, turns in (("a", TURNS), ("b", TURN), ("c", [("user", "The lid is stuck")])):
        lines(warehouse.folder / "parts" / f"{name}.jsonl", [conversation(*turns)])
    assert said(warehouse, warehouse.folder / "parts" / "*.jsonl") == {"5f": [("system", "Be brief."), *TURNS]}
    assert rejected(warehouse) == [("another_conversation", 2), ("repeated_conversation", 3)]


def test_a_file_may_be_a_conversation_and_a_mails_sender_is_known_by_the_address(warehouse: Warehouse) -> None:
    senders = {"user": "Maria Lopez <maria@example.com>", "assistant": '"The shop" <Help@shop.example>'}
    for name in "ab":
        mails = [{"from": senders[role], "body": content} for role, content in TURN]
        (warehouse.folder / f"{name}.json").write_text(json.dumps(mails))
    files = warehouse.folder / "?.json"
    output = warehouse.stage(fails=True, kura_input=str(files))
    assert "`filename`, if each file is a conversation" in " ".join(output.split())
    roles = {"help@shop.example": "assistant", "*": "user"}
    found = said(warehouse, files, kura_columns={"conversation_id": "filename"}, kura_roles=roles)
    assert [Path(key).name for key in found] == ["a.json", "b.json"]
    assert [*found.values()] == [TURN, TURN]


def test_a_row_whose_role_and_content_are_named_is_a_message_also_beside_a_column_conversation(
    warehouse: Warehouse,
) -> None:
    spoken = [(key, *turn) for key in ("c1", "c2") for turn in TURN]
    rows = [{"conversation": key, "who": role, "what": content} for key, role, content in spoken]
    named = {"kura_columns": {"role": "who", "content": "what"}}
    assert said(warehouse, lines(warehouse.folder / "rows.jsonl", rows), **named) == {"c1": TURN, "c2": TURN}
    # in structs, which a macro of somebody's schema gives
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.sql(
            "create schema raw; create table raw.held as select {'id': conversation} as conversation,"
            " {'role': who, 'content': what} as message"
            f" from read_json('{warehouse.folder}/rows.jsonl', format = 'newline_delimited')"
        )
        connection.sql("create macro raw.chats(n) as table select * from raw.held limit n")
    places = {"conversation_id": "conversation.id", "role": "message.role", "content": "message.content"}
    assert said(warehouse, "raw.chats(3)", kura_columns=places) == {"c1": TURN, "c2": TURN[:1]}


def test_an_export_of_grok_is_read(warehouse: Warehouse) -> None:
    def response(at: int, sender: str, message: str) -> dict[str, Any]:
        time = {"$date": {"$numberLong": str(1777629600000 + at)}}
        return {
            "response": {
                "_id": str(at),
                "conversation_id": "g1",
                "sender": sender,
                "message": message,
                "create_time": time,
            }
        }

    responses = [response(1, "human", LEAK), response(2, "assistant", WHEN)]
    export = {"conversations": [{"conversation": {"id": "g1"}, "responses": responses}], "projects": []}
    (warehouse.folder / "grok.json").write_text(json.dumps(export))
    assert said(warehouse, warehouse.folder / "grok.json") == {"g1": TURN}


def test_a_csv_that_is_none_is_told_of(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"
    rows.write_text('conversation_id,role,content\nc1,user,"he said "leaks", twice"\nc1,assistant,Since when?\n')
    output = warehouse.stage(fails=True, kura_input=str(rows))
    assert "can't be read as CSV" in " ".join(output.split())


def test_ids_that_are_counted_up_say_what_came_first_where_times_do_not(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"
    told = [f"c1,{at},{role},{content},later" for at, (role, content) in enumerate(TURNS, 8)]
    rows.write_text("\n".join(["conversation_id,id,role,content,turn", *sorted(told, reverse=True)]))
    assert said(warehouse, rows) == {"c1": TURNS}


def test_names_of_columns_in_other_languages_a_sign_beside_a_name_and_rows_that_are_gone(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"
    names = {"user": "Ann,0", "assistant": "Herr Roth,1"}
    told = [f"g1,{names[role]},{content},{TIME.format(at)},false" for at, (role, content) in enumerate(TURNS)]
    told.append(f"g1,{names['user']},this was deleted,{TIME.format(5)},true")
    rows.write_text("\n".join(["gespraech_id,absender,is_bot,nachricht,gesendet_am,_fivetran_deleted", *told]))
    assert said(warehouse, rows) == {"g1": TURNS}
    assert str(warehouse.value("select max(created_at) from stg_kura__messages")) == "2026-05-01 10:03:00"


def test_conversations_and_messages_may_stand_under_their_ids(warehouse: Warehouse) -> None:
    messages = [{"role": role, "content": content} for role, content in TURNS]
    rows = warehouse.folder / "keyed.json"
    rows.write_text(
        json.dumps({"c1": messages, "c2": {"title": "t", "messages": {"a": messages[0], "b": messages[1]}}})
    )
    assert said(warehouse, rows) == {"c1": TURNS, "c2": TURN}


def test_two_conversations_that_share_a_greeting_are_told_apart_and_an_earlier_state_is_one(
    warehouse: Warehouse,
) -> None:
    hello = [("user", "hi"), ("assistant", "Hello! How can I help you today?")]

    def conversation(key: str, *turns: tuple[str, str]) -> dict[str, Any]:
        return {"id": key, "messages": [{"role": role, "content": content} for role, content in turns]}

    first = [conversation("1", *hello, *TURNS), conversation("2", *hello, *TURN, ("user", "Mon"))]
    second = [conversation("1", *hello, ("user", "The lid is stuck")), conversation("2", *hello, *TURNS)]
    third = [conversation("3", ("user", "refund"), ("assistant", "Of")), conversation("3", *TURN)]
    grown = conversation("4", ("user", "refund"), ("assistant", WHEN[:5]))
    fourth = [grown, conversation("4", ("user", "refund"), *TURNS[1:])]
    lines(warehouse.folder / "parts" / "a.jsonl", [*first, *third])
    lines(warehouse.folder / "parts" / "b.jsonl", [*second, *fourth])
    found = said(warehouse, warehouse.folder / "parts" / "*.jsonl")
    assert [found["1"], found["2"]] == [[*hello, *TURNS]] * 2
    reasons = warehouse.rows(
        "select conversation_id, rejection_reason, count(*) from stg_kura__rejected_messages group by all order by all"
    )
    assert reasons == [
        ("1", "another_conversation", 3),
        ("2", "repeated_conversation", 5),
        ("3", "another_conversation", 2),
        ("4", "repeated_conversation", 2),
    ]


def test_quotes_behind_backslashes_are_quotes_and_who_answers_may_be_called_a_system(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"
    quoted = 'it said \\"leaks\\", twice'
    rows.write_text(f'dialogue_id,speaker,utterance\nd1,USER,"{quoted}"\nd1,SYSTEM,{WHEN}\n')
    assert said(warehouse, rows) == {"d1": [("user", 'it said "leaks", twice'), ("assistant", WHEN)]}


def test_a_reply_belongs_to_what_it_replies_to_and_to_a_case(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"
    told = [
        f"{at},{at - 1 if at else ''},{role == 'user'},{text},{TIME.format(at)}"
        for at, (role, text) in enumerate(TURNS)
    ]
    told += [f"m{at},case 7,{role == 'user'},{text},{TIME.format(at)}" for at, (role, text) in enumerate(TURN)]
    rows.write_text("\n".join(["Id,ParentId,Incoming,TextBody,MessageDate", *told]))
    assert said(warehouse, rows) == {"0": TURNS, "case 7": TURN}
    # of one conversation, as bots keep what happens in it
    activities: list[dict[str, Any]] = [
        {
            "type": "message",
            "id": f"m{at}",
            "replyToId": f"m{at - 1}",
            "from": {"id": role, "role": "bot" if at % 2 else "user"},
            "conversation": {"id": "b1"},
            "text": text,
            "timestamp": TIME.format(at),
        }
        for at, (role, text) in enumerate(TURNS)
    ]
    trace = {**activities[1], "type": "trace", "id": "t", "text": None, "value": {"a": 1}}
    file = lines(warehouse.folder / "rows.jsonl", [*activities, trace])
    assert said(warehouse, file) == {"b1": TURNS}
    assert rejected(warehouse) == []


def test_who_opened_an_issue_asks_and_others_answer(warehouse: Warehouse) -> None:
    def node(author: str, body: str, **more: Any) -> dict[str, Any]:
        return {"author": {"login": author}, "body": body, "createdAt": TIME.format(0), **more}

    answers = [node("roth", WHEN, replies={"nodes": [node("ann", MONDAY), node("roth", SENT)]})]
    issue = node("ann", LEAK, id="i1", title="Kettle", comments={"nodes": answers})
    rows = warehouse.folder / "page.json"
    rows.write_text(json.dumps({"data": {"repository": {"issues": {"nodes": [issue]}}}}))
    assert said(warehouse, rows) == {"i1": [("user", "Kettle"), *TURNS]}


def test_what_has_one_message_in_each_row_is_never_a_conversation_a_row(warehouse: Warehouse) -> None:
    events = [
        {"event": role, "text": text} for role, text in [("user", LEAK), ("bot", WHEN), ("user", MONDAY), ("bot", SENT)]
    ]
    tracked = [
        {"id": at, "sender_id": "s1", "type_name": event["event"], "timestamp": 1777629600.5 + at, "data": json.dumps(event)}
        for at, event in enumerate(events)
    ]  # fmt: skip
    rows = lines(
        warehouse.folder / "events.jsonl", [*tracked, {**tracked[0], "id": 9, "type_name": "slot", "data": "{}"}]
    )
    assert "no known shape has those" in warehouse.stage(fails=True, kura_input=str(rows))
    columns = {"conversation_id": "sender_id", "role": "type_name", "content": "data.text"}
    spoken = "type_name in ('user', 'bot')"
    assert said(warehouse, rows, kura_columns=columns, kura_input_where=spoken) == {"s1": TURNS}

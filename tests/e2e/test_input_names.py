"""What is recognised where columns have names that nobody has thought of, and what stands in order where not all has a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.test_input_kinds import LEAK, MONDAY, SENT, TIME, TURN, TURNS, WHEN, lines, rejected, said
from tests.support.warehouse import Warehouse

MESSAGES = [{"role": role, "content": content} for role, content in TURNS]


def times(warehouse: Warehouse) -> list[str]:
    found = warehouse.rows("select created_at::varchar from stg_kura__messages order by conversation_id, message_index")
    return [str(time)[14:16] for (time,) in found]


def test_messages_without_a_time_stay_where_they_are_and_who_asks_is_the_user(warehouse: Warehouse) -> None:
    def row(key: str, at: int, **more: Any) -> dict[str, Any]:
        who = "zoe" if at % 2 else f"ann{key}"
        return {"conversation_id": key, **MESSAGES[at], "user_id": who, **more}

    stated = [row("c1", at, created_at=None if at in (0, 2) else TIME.format(at)) for at in range(4)]
    numbered = [row("c2", at, created_at=None if at == 1 else TIME.format(at), position=at) for at in (3, 1, 0, 2)]
    lines(warehouse.folder / "parts" / "a.jsonl", [*stated, *numbered])
    # another file may call the time otherwise
    lines(warehouse.folder / "parts" / "b.jsonl", [row("c3", at, timestamp=TIME.format(at)) for at in (1, 0, 3, 2)])
    found = said(warehouse, warehouse.folder / "parts" / "*.jsonl")
    assert found == {"c1": TURNS, "c2": TURNS, "c3": TURNS}
    assert times(warehouse)[-4:] == ["00", "01", "02", "03"]
    users = warehouse.rows("select conversation_id, user_id from stg_kura__conversations order by 1")
    assert users == [(key, f"ann{key}") for key in ("c1", "c2", "c3")]

    senders = [
        {
            "conversation_id": "s1", "id": str(at), "author": {"type": ("contact", "user")[at % 2]}, "body": content,
            "created_at": None if at == 1 else TIME.format(at),
        }
        for at, (_, content) in enumerate(TURNS)
    ]  # fmt: skip
    assert said(warehouse, lines(warehouse.folder / "sent.jsonl", senders)) == {"s1": TURNS}


def test_an_id_of_something_else_loses_no_message_where_no_time_tells_them_apart(warehouse: Warehouse) -> None:
    rows = [{"session_id": key, "id": 7, **message} for key in ("c1", "c2") for message in MESSAGES]
    rows += [{**row, "session_id": "c3", "created_at": TIME.format(0)} for row in rows[:4]]
    grown = [{"session_id": "c4", "id": 8, "role": "user", "content": LEAK[:end]} for end in (5, 99)]
    found = said(warehouse, lines(warehouse.folder / "rows.jsonl", [*rows, *grown]))
    assert found == {"c1": TURNS, "c2": TURNS, "c3": TURNS, "c4": [("user", LEAK)]}
    assert rejected(warehouse) == [("duplicate_message", 1)]


def test_ids_that_seem_unique_for_each_user_or_in_each_file_only_are_told_of(warehouse: Warehouse) -> None:
    def told(*users: str | None) -> str:
        for number, user in enumerate(users):
            rows = [
                {"session_id": key, "user_id": user, "message_id": at, "role": role, "content": f"{number} {content}",
                 "created_at": f"2026-05-0{number + 1}T10:0{at}:00Z"}
                for key in (1, 2) for at, (role, content) in enumerate(TURN)
            ]  # fmt: skip
            lines(warehouse.folder / "parts" / f"{number}.jsonl", rows)
        warehouse.stage(kura_input=str(warehouse.folder / "parts" / "*.jsonl"))
        return " ".join(warehouse.dbt("test", "--select", "rejected_share_is_bearable").split())

    assert "2 of 2 conversations" not in told("ann")
    assert "2 of 2 conversations have messages of several users who each ask and are answered" in told("ann", "bo")
    assert "2 of 2 conversations have messages under one id that are others in each file" in told(None, None)


def test_ids_that_are_given_again_or_rounded_are_told_of_without_users_and_files(warehouse: Warehouse) -> None:
    def told(header: str, *rows: str) -> str:
        file = warehouse.folder / "rows.csv"
        file.write_text("\n".join([header, *rows]))
        warehouse.stage(kura_input=str(file))
        return " ".join(warehouse.dbt("test", "--select", "rejected_share_is_bearable").split())

    def asked(day: int, order: str) -> list[str]:
        return [
            f"{key},{role},{key} {text} {day},2026-05-{day:02}T{10 + at}:0{minute}:00Z"
            for at, key in enumerate(order) for minute, (role, text) in enumerate(TURN)
        ]  # fmt: skip

    header = "conversation_id,role,content,created_at"
    said = told(header, *asked(1, "12345x"), *asked(2, "12345x"), *asked(3, "12345x"))
    assert "6 of 6 conversations go on hours later or on another day, in the order in which they began" in said
    assert "several are read as one" not in told(header, *asked(1, "123456"), *asked(2, "531642"), *asked(3, "264153"))
    rows = [
        f"{key},m{at},{role},{text} {channel}{key},2026-05-01T1{key}:{at}{channel}:00Z"
        for channel in (1, 2) for key in (1, 2) for at, (role, text) in enumerate(TURNS)
    ]  # fmt: skip
    said = told("conversation_id,message_id,role,content,created_at", *rows)
    assert "2 of 2 conversations have several messages of a user whose ids come again with other words" in said
    said = told(header, f"1.23457E+15,user,{LEAK},", f"1.23457E+15,assistant,{WHEN},")
    assert "1 of 1 ids of conversations are written like 1.23457E+15" in said


def test_one_id_is_one_conversation_however_programs_write_it_and_what_they_write_for_none_is_none(
    warehouse: Warehouse,
) -> None:
    rows = warehouse.folder / "rows.csv"
    spelt = ["7", "7.0", "7 ", " 7.00"]
    told = [
        f"{key};{role};{text};{TIME.format(at)}"
        for at, (key, (role, text)) in enumerate(zip(spelt, TURNS, strict=True))
    ]
    nothing = ["\\N", "(null)", "#N/A", "NaT"]
    told += [
        "7.5;user;hello;\\N",
        "v7.0;user;hi;NaT",
        *(f"{none};user;lost;" for none in nothing),
        ";;;",
        " ;;;",
        ";;;",
    ]
    rows.write_text("\n".join(["Gespräch;Rolle;Mensaje;Fecha y hora", *told]))
    assert said(warehouse, rows) == {"7": TURNS, "7.5": [("user", "hello")], "v7.0": [("user", "hi")]}
    assert rejected(warehouse) == [("missing_conversation_id", len(nothing) + 1)]
    assert warehouse.value("select count(*) from base_kura__messages where has_unread_time") == 0


def test_a_time_may_be_called_what_may_be_something_else_where_all_are_times(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "rows.csv"
    told = [f"c1,{role},{text},{TIME.format(at)},{at}" for at, (role, text) in enumerate(TURNS)]
    rows.write_text("\n".join(["ticket #,role,content,updated_at,sent", *reversed(told)]))
    assert said(warehouse, rows) == {"c1": TURNS}
    assert str(warehouse.value("select min(created_at) from stg_kura__messages")) == "2026-05-01 10:00:00"
    days = [line.replace("2026-05-01T10", "2026-05-01,10").replace("Z", "") for line in told]
    for day, clock in (("message_date", "message_time"), ("дата", "время")):
        rows.write_text("\n".join([f"ticket_no,role,content,{day},{clock},sent", *reversed(days)]))
        assert said(warehouse, rows) == {"c1": TURNS}


def test_who_speaks_is_told_by_what_a_column_holds_and_the_others_by_what_they_are_called_beside_it(
    warehouse: Warehouse,
) -> None:
    names = {"user": "MessageRole.USER", "assistant": "agent_bot"}
    rows = [
        {"data__thread_id": "c1", "data__party": names[role], "data__text": text, "data__insert_time": TIME.format(at)}
        for at, (role, text) in enumerate(TURNS)
    ]
    for row in rows:
        row["data__channel"] = "support"
    assert said(warehouse, lines(warehouse.folder / "rows.jsonl", rows[::-1])) == {"c1": TURNS}
    assert times(warehouse) == ["00", "01", "02", "03"]
    plain = warehouse.folder / "rows.csv"
    told = [f"c1,{role},{content},{TIME.format(at)}" for at, (role, content) in enumerate(TURNS)]
    plain.write_text("\n".join(["case_id,who,raw_text,time_sent", *told]))
    output = warehouse.stage(kura_input=str(plain))
    assert "conversation_id: case_id, created_at: time_sent, content: raw_text, role: who}" in " ".join(output.split())
    assert times(warehouse) == ["00", "01", "02", "03"]


def test_a_conversation_is_known_by_what_the_parser_finds_whatever_holds_it(warehouse: Warehouse) -> None:
    named = [{"chat_id": key, "lines": json.dumps(MESSAGES), "tags": ["a"]} for key in ("c1", "c2")]
    assert said(warehouse, lines(warehouse.folder / "lines.jsonl", named)) == {"c1": TURNS, "c2": TURNS}
    written = warehouse.folder / "written.csv"
    written.write_text(f'ticket_id,full_conversation\nc1,"Customer: {LEAK}\nAgent: {WHEN}"\n')
    assert said(warehouse, written) == {"c1": TURN}
    bare = said(warehouse, lines(warehouse.folder / "bare.jsonl", [MESSAGES, MESSAGES[:2]]))
    assert sorted(bare.values(), key=len) == [TURN, TURNS]


def test_pages_and_objects_of_conversations_under_any_name_are_opened_and_torn_lines_told(warehouse: Warehouse) -> None:
    def read(name: str, held: Any, torn: str = "") -> dict[str, list[tuple[str, str]]]:
        file = Path(warehouse.folder / name)
        file.write_text(json.dumps(held) + torn)
        return said(warehouse, file)

    chats = [{"chat_id": key, "said": MESSAGES} for key in ("c1", "c2")]
    assert read("page.json", {"results": chats}) == {"c1": TURNS, "c2": TURNS}
    hits = [{"_id": str(at), "_source": {"chat_id": "c1", **message}} for at, message in enumerate(MESSAGES)]
    assert read("hits.json", {"took": 3, "hits": {"total": 4, "hits": hits}}) == {"c1": TURNS}
    deep = {"status": "ok", "data": {"total": 2, "result": {"chats": chats}}}
    assert read("deep.json", deep) == {"c1": TURNS, "c2": TURNS}
    pairs = {
        "input": {"messages": MESSAGES[:1]},
        "preferred_output": MESSAGES[1:2],
        "non_preferred_output": MESSAGES[3:],
    }
    assert [*read("pairs.jsonl", pairs).values()] == [TURN]
    named = {"context": MESSAGES[:1], "reply": MESSAGES[1:2]}
    (warehouse.folder / "named.jsonl").write_text(f"{json.dumps(named)}\n{json.dumps(named)}\n")
    assert "no known shape" in " ".join(
        warehouse.stage(fails=True, kura_input=str(warehouse.folder / "named.jsonl")).split()
    )
    keyed = {key: {"title": "t", "said": MESSAGES} for key in ("c1", "c2")}
    assert read("keyed.jsonl", keyed, '\n{"c3": [{"role"\n') == {"c1": TURNS, "c2": TURNS}
    assert rejected(warehouse) == [("unreadable_row", 1)]


def test_a_question_and_its_answer_may_be_called_by_who_says_them(warehouse: Warehouse) -> None:
    rows = warehouse.folder / "turns.csv"
    asked, answered = f"{LEAK} since {MONDAY}", f"Please do {SENT}"
    rows.write_text(f"session_id,human,ai\ns1,{asked},{answered}\n")
    assert said(warehouse, rows) == {"s1": [("user", asked), ("assistant", answered)]}
    rows.write_text("customer,agent,notes\nMaria Lopez,Bo Roth,short\n")
    assert "no known shape has those" in warehouse.stage(fails=True, kura_input=str(rows))

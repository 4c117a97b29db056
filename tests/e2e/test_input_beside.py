"""What stands beside the messages and is called as they are elsewhere: metadata, empty columns, ids, a line that is no header."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.test_input_kinds import LEAK, MONDAY, SENT, TIME, TURN, TURNS, WHEN, lines, rejected, said
from tests.e2e.test_input_otherwise import written
from tests.support.warehouse import Warehouse

METADATA = {"role": "admin", "content": "web", "messages": [{"role": "user", "content": "old"}]}


def rows(turns: list[tuple[str, str]], role: str, content: str, **beside: Any) -> list[dict[str, Any]]:
    return [{"conversation_id": "c1", role: who, content: text, **beside} for who, text in turns]


def test_neither_metadata_nor_json_that_somebody_pastes_is_the_message(warehouse: Warehouse) -> None:
    file = warehouse.folder / "rows.jsonl"
    assert said(warehouse, lines(file, rows(TURNS, "msg_role", "msg_content", metadata=METADATA))) == {"c1": TURNS}
    pasted = [*TURN, ("user", json.dumps({"role": "assistant", "error": "E5"}))]
    assert said(warehouse, lines(file, rows(pasted, "who", "msg_text"))) == {"c1": pasted}
    # nothing says who speaks: no shape, rather than the metadata of every message
    unknown = lines(file, rows(TURNS, "a", "b", metadata={"role": "admin", "content": "web"}))
    assert "no known shape" in " ".join(warehouse.stage(fails=True, kura_input=str(unknown)).split())


def test_columns_that_hold_nothing_are_no_columns(warehouse: Warehouse) -> None:
    file = warehouse.folder / "rows.jsonl"
    empty: dict[str, Any] = {"query": None, "response": "", "history": [], "direction": None, "turn": None}
    turns = [{**row, "seq": at} for at, row in enumerate(rows(TURNS, "role", "comment", **empty))]
    assert said(warehouse, lines(file, turns[::-1]), kura_passthrough_columns=["query"]) == {"c1": TURNS}
    calls = [{"session_id": "c1", "query": LEAK, "response": None}]  # which says too little to be read otherwise
    assert said(warehouse, lines(file, calls)) == {"c1": [("user", LEAK)]}


def test_what_is_the_same_in_all_messages_of_a_ticket_was_not_said_in_them(warehouse: Warehouse) -> None:
    whole = [(role, f"{text} and what then?") for role, text in TURNS]
    told = rows(whole, "actor_role", "abc", description="Of a kettle that is not tight")
    assert said(warehouse, lines(warehouse.folder / "rows.jsonl", told)) == {"c1": whole}


def test_times_are_found_whatever_the_columns_of_the_messages_are_known_by(warehouse: Warehouse) -> None:
    shapes = {
        "conversation_id,who,body,date,time": [f"c1,{who},{text},2026-05-01,10:0{at}" for at, (who, text) in enumerate(TURNS)],
        "conversation_id,from_me,body,epoch": [
            f"c1,{who == 'assistant'},{text},{1777629600 + 60 * at}" for at, (who, text) in enumerate(TURNS)
        ],
        "conversation_id,chat_rolle,chat_text,chat_zeitstempel": [
            f"c1,{who},{text},{TIME.format(at)}" for at, (who, text) in enumerate(TURNS)
        ],
        "conversation_id,role,content,msg_created": [
            f"c1,{who},{text},{(799322400 + 60 * at) * 10**9}" for at, (who, text) in enumerate(TURNS)  # since 2001
        ],
    }  # fmt: skip
    times = "select string_agg(created_at::varchar, ' ' order by message_index) from stg_kura__messages"
    expected = " ".join(f"2026-05-01 10:0{at}:00" for at in range(4))
    for header, told in shapes.items():
        assert said(warehouse, written(warehouse.folder / "rows.csv", header, *told[::-1])) == {"c1": TURNS}, header
        assert warehouse.value(times) == expected, header


def test_an_id_is_no_list_of_messages_beside_a_sign_of_who_speaks(warehouse: Warehouse) -> None:
    told = [f"c1,{who == 'user'},{text}" for who, text in TURNS]
    file = written(warehouse.folder / "rows.csv", "conversation,is_user,message", *told)
    assert said(warehouse, file) == {"c1": TURNS}


def test_calls_that_share_the_number_of_a_case_are_one_conversation(warehouse: Warehouse) -> None:
    def call(key: str, own: str, asked: str, answered: str) -> dict[str, str]:
        return {"interaction_id": key, "id": own, "prompt": asked, "response": answered, "created_at": TIME.format(own)}

    calls = [call("c1", "1", LEAK, WHEN), call("c1", "2", MONDAY, SENT), call("c2", "3", "hello", "hi")]
    file = lines(warehouse.folder / "calls.jsonl", calls)
    assert said(warehouse, file) == {"c1": TURNS, "c2": [("user", "hello"), ("assistant", "hi")]}
    # where each has its own, it is one of the call
    for at, row in enumerate(calls):
        row |= {"interaction_id": str(at), "trace_id": "c1"}
    assert [*said(warehouse, lines(file, calls))] == ["c1"]


def test_a_file_without_a_header_is_refused_without_its_words(warehouse: Warehouse) -> None:
    rows = ["c1,user,my secret", "c1,assistant,what is it", "c2,user,another"]
    for (first, *others), named in (
        (rows, {}),
        (rows, {"kura_columns": {"role": "who", "content": "said"}}),
        (["2026-05-01 10:00,anna,my secret", "2026-05-01 10:01,bert,what is it"], {}),
    ):
        file = written(warehouse.folder / "rows.csv", first, *others)
        output = " ".join(warehouse.stage(fails=True, kura_input=str(file), **named).split())
        assert "seems to have no header" in output
        assert "secret" not in output
    file = written(warehouse.folder / "rows.csv", "Time,How was it?,user", "1,good,7")
    assert "has the columns Time, How was it?, user" in " ".join(
        warehouse.stage(fails=True, kura_input=str(file)).split()
    )


def test_rows_that_all_say_nothing_are_told_of(warehouse: Warehouse) -> None:
    calls = [{"session_id": f"c{at}", "input": {"a": at}, "output": {"b": at}} for at in range(3)]
    assert said(warehouse, lines(warehouse.folder / "calls.jsonl", calls)) == {}
    [(reason, _)] = rejected(warehouse)
    output = " ".join(warehouse.dbt("test", "--select", "rejected_share_is_bearable", fails=True).split())
    assert f"3 of 3 messages were rejected, 3 of them for `{reason}`" in output

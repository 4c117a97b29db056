"""Who speaks and what belongs together, where neither a role nor a known name of a column says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from tests.e2e.test_input_kinds import LEAK, MONDAY, SENT, TIME, TURN, TURNS, WHEN, lines, rejected, said
from tests.support.warehouse import Warehouse

FIRST = {"*first": "user", "*": "assistant"}


def test_an_export_of_slack_has_a_conversation_for_each_thread_of_a_channel(warehouse: Warehouse) -> None:
    def message(second: int, author: dict[str, str], text: str, **more: str) -> dict[str, Any]:
        return {"type": "message", **author, "text": text, "ts": f"177762960{second}.000001", "team": "T1", **more}

    ann, bo, thread = {"user": "U1"}, {"bot_id": "B1"}, {"thread_ts": "1777629600.000001"}
    joined = message(5, ann, "<@U3> has joined the channel", subtype="channel_join")
    days = {
        "help/2026-05-01": [message(0, ann, LEAK, **thread), message(1, bo, WHEN, **thread), joined],
        "help/2026-05-02": [message(2, ann, MONDAY, **thread), message(3, bo, SENT, **thread)],
        "chat/2026-05-01": [message(0, {"user": "U2"}, MONDAY)],
    }
    for name, messages in days.items():
        path = warehouse.folder / "slack" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(messages))
    export = warehouse.folder / "slack" / "*" / "*.json"
    threads = {"help-1777629600.000001": TURNS, "chat-1777629600.000001": [("user", MONDAY)]}
    assert said(warehouse, export) == threads
    assert rejected(warehouse) == [("event_without_words", 1)]
    answered = said(warehouse, export, kura_roles={"U1": "assistant", "*": "user"})
    assert answered["help-1777629600.000001"] == [
        ({"user": "assistant"}.get(role, "user"), text) for role, text in TURNS
    ]
    # of the time before threads
    plain = [{key: each[key] for key in each if key not in ("team", "thread_ts")} for each in days["help/2026-05-01"]]
    (warehouse.folder / "old.json").write_text(json.dumps(plain))
    assert [*said(warehouse, warehouse.folder / "old.json").values()] == [[("user", LEAK)], [("user", WHEN)]]


def test_a_recording_in_a_file_of_its_own_is_one_conversation(warehouse: Warehouse) -> None:
    heard = [
        {"transcript": text, "speaker": int(role == "assistant"), "start": at, "words": [{"word": "hm", "speaker": 0}]}
        for at, (role, text) in enumerate(TURNS)
    ]
    file = warehouse.folder / "call.json"
    file.write_text(
        json.dumps({"metadata": {"request_id": "r1"}, "results": {"channels": [], "utterances": heard}}, indent=1)
    )
    assert [*said(warehouse, file, kura_roles=FIRST).values()] == [TURNS]


def test_who_speaks_first_is_the_user_and_links_say_what_came_first_where_nothing_else_does(
    warehouse: Warehouse,
) -> None:
    ids = ["m9", "m2", "m7", "m1"]  # what is counted says nothing
    rows = [
        {
            "wa_conversation_key": key,
            "id": own,
            "parent_id": before,
            "sender": f"{key} Lee" if role == "user" else "Bo",
            "content": text,
        }
        for key in ("c1", "c2")
        for own, before, (role, text) in zip(ids, [None, *ids[:-1]], TURNS, strict=True)
    ]
    rows += [{**rows[0], "wa_conversation_key": "c3", "sender": "customer"}, {**rows[1], "wa_conversation_key": "c3"}]
    shuffled = [rows[at] for at in (9, 3, 5, 0, 2, 7, 1, 4, 6, 8)]
    found = said(warehouse, lines(warehouse.folder / "rows.jsonl", shuffled), kura_roles=FIRST)
    assert found == {"c1": TURNS, "c2": TURNS, "c3": [TURN[0], ("user", WHEN)]}
    assert rejected(warehouse) == []


def test_a_file_of_an_agent_is_a_conversation_and_of_an_unknown_list_its_conversations_are(
    warehouse: Warehouse,
) -> None:
    def event(kind: str, **payload: Any) -> dict[str, Any]:
        return {"timestamp": "2026-05-01T10:00:00Z", "type": kind, "payload": payload}

    turns = [event("response_item", type="message", role=role, content=text) for role, text in TURN]
    for name in "ab":
        lines(warehouse.folder / "codex" / f"{name}.jsonl", [event("session_meta", id=name), *turns])
    found = said(warehouse, warehouse.folder / "codex" / "*.jsonl")
    assert {Path(key).name: spoken for key, spoken in found.items()} == {"a.jsonl": TURN, "b.jsonl": TURN}

    export = {"chat-sessions": [{"id": "7", "messages": [{"human": LEAK, "ai": WHEN}, {"human": MONDAY, "ai": SENT}]}]}
    (warehouse.folder / "export.json").write_text(json.dumps({"version": 1, **export}))
    assert said(warehouse, warehouse.folder / "export.json") == {"7": TURNS}
    torn = warehouse.folder / "torn.jsonl"
    torn.write_text(json.dumps(export) + '\n{"chat-sessions": [\n')
    assert said(warehouse, torn) == {"7": TURNS}
    assert rejected(warehouse) == [("unreadable_row", 1)]


def test_a_union_is_the_value_that_it_has_and_what_is_inbound_is_so_without_a_name(warehouse: Warehouse) -> None:
    made = "create table messages (session int, is_inbound boolean, author varchar, body union (words varchar, n int), sent int)"
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute(made)
        for at, (role, text) in enumerate(TURNS):
            row = [role == "user", text, 1777629600 + at]
            connection.execute("insert into messages values (7, ?, null, ?::varchar, ?)", row)
    assert said(warehouse, Path("main.messages"), kura_columns={"created_at": "sent"}) == {"7": TURNS}


def test_an_object_is_nobodys_name(warehouse: Warehouse) -> None:
    names = {"user": "ana", "assistant": "shop.bot"}
    rows = [
        {"_id": f"m{at}", "rid": "r1", "msg": text, "ts": {"$date": TIME.format(at)}, "u": {"_id": "x", "username": names[role]}}
        for at, (role, text) in enumerate(TURNS)
    ]  # fmt: skip
    joined = {**rows[0], "_id": "m9", "t": "uj", "msg": "ana"}
    file = lines(warehouse.folder / "rows.jsonl", [joined, *rows])
    roles = {"shop.bot": "assistant", "*": "user"}
    columns = {"conversation_id": "rid", "role": "u", "content": "msg"}
    assert said(warehouse, file, kura_columns=columns, kura_roles=roles) == {}
    assert rejected(warehouse) == [("unknown_role", 5)]
    named = said(warehouse, file, kura_columns={**columns, "role": "u.username"}, kura_roles=roles)
    assert named["r1"][1:] == TURNS
    assert said(warehouse, file, kura_roles={"shop.bot": "assistant", "ana": "user"}) == {"r1": TURNS}


def test_machines_and_roles_of_an_enumeration_are_known(warehouse: Warehouse) -> None:
    for names in (
        ("User", "Machine"),
        ("MESSAGE_ROLE_USER", "MESSAGE_ROLE_AGENT"),
        ("CHAT_ROLE_USER", "CHAT_ROLE_BOT"),
    ):
        rows = [
            {"session_id": "s1", "sender": names[role == "assistant"], "text": text, "timestamp": TIME.format(at)}
            for at, (role, text) in enumerate(TURNS)
        ]
        assert said(warehouse, lines(warehouse.folder / "rows.jsonl", rows)) == {"s1": TURNS}

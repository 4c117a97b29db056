"""What is written otherwise than elsewhere: around a role's name, in other words in each file, in lists of lists, from number to number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.e2e.test_input_kinds import LEAK, MONDAY, SENT, TIME, TURN, TURNS, WHEN, lines, rejected, said
from tests.support.warehouse import Warehouse

LID = [("user", "The lid is stuck"), ("assistant", "Try hot water.")]


def messages(turns: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]


def written(path: Path, header: str, *rows: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *rows]))
    return path


def test_a_role_is_known_whatever_programs_write_around_it(warehouse: Warehouse) -> None:
    around = ["{}:", "[{}]", "<|{}|>", "**{}**", "@{}", "### {}", "{} (Bo Roth)", "role: {} :"]
    rows = [
        f"{key},{form.format(role.upper())},{content}" for key, form in enumerate(around) for role, content in TURNS
    ]
    file = written(warehouse.folder / "rows.csv", "conversation_id,role,content", *rows, "9,[Bo],hi", "9,>,hi")
    assert said(warehouse, file) == {str(key): TURNS for key in range(len(around))}
    assert rejected(warehouse) == [("unknown_role", 2)]


def test_what_is_said_stands_in_the_only_column_of_words_beside_known_roles(warehouse: Warehouse) -> None:
    names = {"user": "Customer", "assistant": "Agent"}
    rows = [f"c1,{names[role]},{text},{TIME.format(at)}" for at, (role, text) in enumerate(TURNS)]
    for comment in ("Comment", "Public Comments", "Note", "Description"):
        file = written(warehouse.folder / "rows.csv", f"Ticket ID,Role,{comment},Created", *rows)
        assert said(warehouse, file) == {"c1": TURNS}
    whole = [(role, f"{text} and what then?") for role, text in TURNS]
    rows = [f"c1,{names[role]},{text},x" for role, text in whole]
    assert said(warehouse, written(warehouse.folder / "rows.csv", "chat_id,ai_la,loi_noi,kenh", *rows)) == {"c1": whole}
    two = written(warehouse.folder / "two.csv", "chat_id,who,abc,def", *(f"{row} and so on again" for row in rows))
    assert "no known shape" in " ".join(warehouse.stage(fails=True, kura_input=str(two)).split())
    wide = written(warehouse.folder / "wide.csv", ",".join(f"x{at}" for at in range(70)), ",".join(["abc"] * 70))
    assert "no known shape" in " ".join(warehouse.stage(fails=True, kura_input=str(wide)).split())
    for words in ("bio", "notes"):
        people = written(warehouse.folder / "people.csv", f"id,role,{words}", "1,manager,likes to walk in the hills")
        assert "no known shape" in " ".join(warehouse.stage(fails=True, kura_input=str(people)).split())


def test_a_column_of_numbers_is_no_list_of_conversations(warehouse: Warehouse) -> None:
    rows = [f"c1,{role},{content},3" for role, content in TURNS]
    file = written(warehouse.folder / "rows.csv", "conversation_id,role,content,conversations", *rows)
    assert said(warehouse, file) == {"c1": TURNS}
    row = {"id": "c1", "messages": messages(TURNS), "conversation": "by phone"}
    assert said(warehouse, lines(warehouse.folder / "rows.jsonl", [row])) == {"c1": TURNS}


def test_pairs_of_texts_are_no_conversation_unless_they_say_who_speaks(warehouse: Warehouse) -> None:
    rows = [{"id": "c1", "notes": [list(turn) for turn in TURNS], "labels": [[LEAK, "a leak"], [WHEN, "a question"]]}]
    file = lines(warehouse.folder / "pairs.jsonl", rows)
    assert said(warehouse, file) == {"c1": TURNS}
    lines(file, [{"id": "c1", "labels": rows[0]["labels"]}])
    assert "no known shape" in " ".join(warehouse.stage(fails=True, kura_input=str(file)).split())


def test_files_of_a_glob_may_call_things_otherwise(warehouse: Warehouse) -> None:
    for one, other in (
        ("conversation_id,role,content", "conversation_id,sender,text"),
        ("conversation_id,role,content", "session_id,speaker,message"),
    ):
        for name, header, key, turns in (("a", one, "c1", TURNS), ("b", other, "c2", LID)):
            rows = [f"{key},{role},{content}" for role, content in turns]
            written(warehouse.folder / "parts" / f"{name}.csv", header, *rows)
        assert said(warehouse, warehouse.folder / "parts" / "*.csv") == {"c1": TURNS, "c2": LID}
    lines(warehouse.folder / "lists" / "a.jsonl", [{"id": "c1", "messages": messages(TURNS)}])
    lines(warehouse.folder / "lists" / "b.jsonl", [{"id": "c2", "turns": messages(LID)}])
    assert said(warehouse, warehouse.folder / "lists" / "*.jsonl") == {"c1": TURNS, "c2": LID}
    # a column that has words beside others is no other name of theirs
    rows = [f"c1,{role},{content},x" for role, content in TURNS] + ["c1,user,,lost"]
    file = written(warehouse.folder / "rows.csv", "conversation_id,role,content,text", *rows)
    assert said(warehouse, file) == {"c1": TURNS}
    assert rejected(warehouse) == [("empty_content", 1)]


def test_conversations_are_lists_in_a_list(warehouse: Warehouse) -> None:
    file = Path(warehouse.folder / "page.json")
    both = [messages(TURNS), messages(LID)]
    for held in ({"conversations": both}, {"exported": {"at": 1, "all": both}}, {"data": both, "has_more": False}):
        file.write_text(json.dumps(held))
        assert sorted(said(warehouse, file).values(), key=len) == [LID, TURNS]
    # what was written at once may be of several conversations, if the messages say so
    of_both = [{"session_id": key, **each} for key, turns in (("c1", TURNS), ("c2", LID)) for each in messages(turns)]
    (warehouse.folder / "pages.jsonl").write_text("\n".join(map(json.dumps, (of_both[:3], of_both[3:]))))
    assert said(warehouse, warehouse.folder / "pages.jsonl") == {"c1": TURNS, "c2": LID}
    # a list of pairs is one conversation, and so is a list in a list
    lines(file, [{"id": "c1", "conversations": [messages(TURNS)]}, {"id": "c2", "conversations": [[LEAK, WHEN]]}])
    assert said(warehouse, file) == {"c1": TURNS, "c2": TURN}


def test_a_chat_that_was_taken_up_again_has_several_threads(warehouse: Warehouse) -> None:
    people = {"user": "u1", "assistant": "bo@shop.example"}
    threads = [
        {
            "id": f"T{day}",
            "events": [
                {"type": "message", "text": text, "author_id": people[role], "created_at": f"2026-05-0{day}T10:0{at}:00Z"}
                for at, (role, text) in enumerate(turns)
            ],
        }
        for day, turns in ((2, LID), (1, TURNS))
    ]  # fmt: skip
    users = [{"id": "u1", "type": "customer"}, {"id": "bo@shop.example", "type": "agent"}]
    chat = {"id": "Q1", "users": users, "threads": threads}
    assert said(warehouse, lines(warehouse.folder / "chats.jsonl", [chat])) == {"Q1": [*TURNS, *LID]}
    (warehouse.folder / "page.json").write_text(json.dumps({"chats": [chat]}))
    assert said(warehouse, warehouse.folder / "page.json") == {"Q1": [*TURNS, *LID]}


def test_messages_from_number_to_number_are_a_conversation_that_shows_neither(warehouse: Warehouse) -> None:
    def sent(at: int, role: str, body: str, theirs: str) -> dict[str, str]:
        direction, numbers = (
            ("inbound", (theirs, "+49305550")) if role == "user" else ("outbound-api", ("+49305550", theirs))
        )
        day = f"Fri, 01 May 2026 10:0{at}:00 +0000"
        return {
            "sid": f"SM{at}",
            "from": numbers[0],
            "to": numbers[1],
            "direction": direction,
            "body": body,
            "date_sent": day,
        }

    rows = [sent(at, *turn, "+491715550") for at, turn in enumerate(TURNS)]
    rows += [sent(at, *turn, "+491725550") for at, turn in enumerate(LID)]
    (warehouse.folder / "page.json").write_text(json.dumps({"messages": rows[::-1], "page": 0, "page_size": 50}))
    found = said(warehouse, warehouse.folder / "page.json")
    assert sorted(found.values(), key=len) == [LID, TURNS]
    assert all(key.startswith("h:") for key in found)
    table = written(
        warehouse.folder / "rows.csv",
        ",".join(rows[0]),
        *(",".join(f'"{held}"' for held in row.values()) for row in rows),
    )
    assert said(warehouse, table) == found


def test_what_a_webhook_brings_of_whatsapp_are_a_persons_words(warehouse: Warehouse) -> None:
    def hook(**value: Any) -> dict[str, Any]:
        change = {"field": "messages", "value": {"messaging_product": "whatsapp", **value}}
        return {"object": "whatsapp_business_account", "entry": [{"id": "0", "changes": [change]}]}

    told = [
        {"from": "491715550", "id": f"w{at}", "timestamp": str(1777629600 + at), "type": "text", "text": {"body": body}}
        for at, body in enumerate((LEAK, MONDAY))
    ]
    image = {"from": "491715550", "id": "w3", "timestamp": "1777629609", "type": "image", "image": {"id": "1"}}
    hooks = [hook(messages=[each]) for each in (*told, image)] + [hook(statuses=[{"id": "w4", "status": "read"}])]
    columns = {"conversation_id": "from", "content": "text.body"}
    file = lines(warehouse.folder / "hooks.jsonl", hooks)
    found = said(warehouse, file, kura_columns=columns, kura_input_format="texts")
    assert [*found.values()] == [[("user", LEAK), ("user", MONDAY)]]
    assert rejected(warehouse) == [("empty_content", 1)]


def test_a_question_and_its_answer_are_a_line_each_in_dialogflows_logs(warehouse: Warehouse) -> None:
    def logged(at: int, **payload: Any) -> dict[str, Any]:
        return {
            "insertId": str(at),
            "jsonPayload": payload,
            "labels": {"session_id": "s1"},
            "timestamp": TIME.format(at),
        }

    rows = []
    for at, (asked, answered) in enumerate(((LEAK, WHEN), (MONDAY, SENT))):
        rows.append(logged(2 * at, queryInput={"text": {"text": asked}, "languageCode": "en"}))
        answer = {"text": asked, "responseMessages": [{"text": {"text": [answered]}}]}
        rows.append(logged(2 * at + 1, queryResult=answer))
    rows.append(logged(5, queryResult={"transcript": "hello", "responseMessages": [{"text": {"text": ["hi"]}}]}))
    found = said(warehouse, lines(warehouse.folder / "log.jsonl", rows[::-1]))
    assert found == {"s1": [*TURNS, ("user", "hello"), ("assistant", "hi")]}


def test_turns_whose_numbers_begin_anew_hours_later_are_told_of(warehouse: Warehouse) -> None:
    def told(numbers: tuple[int, int, int]) -> str:
        rows = [
            f"{key},{numbers[day] + at},{role},{text} {key}{day},2026-05-0{day + 1}T1{key}:0{at}:00Z"
            for day in range(3) for key in (1, 2) for at, (role, text) in enumerate(TURN)
        ]  # fmt: skip
        file = written(warehouse.folder / "rows.csv", "conversation_id,turn,role,content,created_at", *rows)
        warehouse.stage(kura_input=str(file))
        return " ".join(warehouse.dbt("test", "--select", "rejected_share_is_bearable").split())

    assert "2 of 2 conversations have turns whose numbers begin anew hours later" in told((1, 1, 1))
    assert "numbers begin anew" not in told((1, 3, 5))


def test_what_a_room_of_matrix_holds_beside_messages_is_nobodys(warehouse: Warehouse) -> None:
    def event(kind: str, at: int, sender: str, content: dict[str, Any]) -> dict[str, Any]:
        times = {"origin_server_ts": 1777629600000 + 60000 * at, "event_id": f"${kind}{at}"}
        return {"type": f"m.{kind}", "room_id": "!r:x", "sender": sender, "content": content, **times}

    people = {"user": "@ana:x", "assistant": "@bot:x"}
    events = [event("room.member", 0, "@ana:x", {"membership": "join", "displayname": "Ana"})]
    events += [
        event("room.message", at, people[role], {"msgtype": "m.text", "body": text})
        for at, (role, text) in enumerate(TURNS)
    ]
    file = warehouse.folder / "export.json"
    file.write_text(json.dumps({"room_name": "Support", "messages": [*events, event("reaction", 9, "@bot:x", {})]}))
    assert said(warehouse, file, kura_roles={"@bot:x": "assistant", "*": "user"}) == {"!r:x": TURNS}
    assert warehouse.value("select count(distinct created_at) from stg_kura__messages") == len(TURNS)


def test_a_store_of_chats_holds_each_under_its_name(warehouse: Warehouse) -> None:
    file = warehouse.folder / "store.json"
    file.write_text(
        json.dumps({"store": {"ana": messages(TURNS), "bo": messages(LID)}, "class_name": "SimpleChatStore"})
    )
    assert said(warehouse, file) == {"ana": TURNS, "bo": LID}


def test_a_question_is_not_lost_where_the_prompt_is_an_object(warehouse: Warehouse) -> None:
    rows = [
        {"request_id": at, "prompt": {"messages": messages([asked])}, "output": {"messages": messages([answered])},
         "metadata": {"session_id": "s1"}, "request_start_time": TIME.format(at)}
        for at, (asked, answered) in enumerate(zip(TURNS[::2], TURNS[1::2], strict=True))
    ]  # fmt: skip
    assert said(warehouse, lines(warehouse.folder / "calls.jsonl", rows)) == {"s1": TURNS}


def test_parts_in_a_column_are_words_whatever_stands_beside_them(warehouse: Warehouse) -> None:
    for held in (
        lambda text: {"format": 2, "parts": [{"type": "step-start"}, {"type": "text", "text": text}], "content": text},
        lambda text: [{"type": "text", "data": {"text": text}}, {"type": "finish", "data": {"reason": "end_turn"}}],
    ):
        rows = [
            {
                "thread_id": "c1",
                "id": f"m{at}",
                "role": role,
                "content": json.dumps(held(text)),
                "createdAt": TIME.format(at),
            }
            for at, (role, text) in enumerate(TURNS)
        ]
        assert said(warehouse, lines(warehouse.folder / "rows.jsonl", rows)) == {"c1": TURNS}


def test_words_in_objects_that_all_rows_have_are_read_and_what_somebody_pasted_is_not(warehouse: Warehouse) -> None:
    def file(contents: list[Any]) -> Path:
        rows = [
            {"conversation_id": "c1", "role": role, "content": content, "created_at": TIME.format(at)}
            for at, ((role, _), content) in enumerate(zip(TURNS, contents, strict=True))
        ]
        return lines(warehouse.folder / "rows.jsonl", rows)

    texts = [text for _, text in TURNS]
    for key in ("text", "message", "content"):
        held: list[Any] = [{key: text, "attachments": [], "mid": f"m{at}"} for at, text in enumerate(texts)]
        assert said(warehouse, file(held)) == {"c1": TURNS}
        assert said(warehouse, file([json.dumps(each) for each in held])) == {"c1": TURNS}
        pasted = json.dumps(held[2])
        assert said(warehouse, file([*texts[:2], pasted, texts[3]]))["c1"][2] == ("user", pasted)
        assert said(warehouse, file(held), kura_columns={"content": "content"})["c1"][0][1][:1] == "{"
    answers = [
        json.dumps({"text": text, "mood": "good"} if at % 2 else {"topic": text}) for at, text in enumerate(texts)
    ]
    assert [text for _, text in said(warehouse, file(answers))["c1"]] == answers


def test_a_gateway_may_call_what_was_asked_and_answered_its_own_way(warehouse: Warehouse) -> None:
    asked, answered = TURNS[::2], TURNS[1::2]
    for names in (("prompt_messages", "completion_message"), ("prompt_messages", "prompt_response")):
        rows = [
            {
                "thread_identifier": "s1",
                names[0]: messages([question]),
                names[1]: messages([answer])[0] if names[1] == "completion_message" else answer[1],
                "timestamp": TIME.format(at),
            }
            for at, (question, answer) in enumerate(zip(asked, answered, strict=True))
        ]
        assert said(warehouse, lines(warehouse.folder / "calls.jsonl", rows)) == {"s1": TURNS}

"""The newest state counts, two messages are two, times are times, and what can't be used is told."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import duckdb
import pytest
import yaml

from tests.e2e.test_inputs import STAGING, stage
from tests.support.warehouse import Warehouse


def test_of_two_exports_the_later_state_counts_whatever_the_files_are_called(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "two_exports/*.json")
    assert len([message for message in messages if message[0] == "g1"]) == 4
    reasons = warehouse.rows("select distinct rejection_reason from base_kura__messages where conversation_id = 'g1'")
    assert set(reasons) == {(None,), ("repeated_conversation",)}


def test_of_a_message_that_was_saved_as_it_grew_the_last_state_that_says_something_counts(
    warehouse: Warehouse,
) -> None:
    assert [content for _, _, content in stage(warehouse, "append_only.jsonl")] == [
        "can I bring my dog on the ferry?",
        "Yes, dogs travel free on deck.",
        "and my cat in a box?",
    ]


def test_the_state_that_was_saved_last_counts_before_the_longest(warehouse: Warehouse) -> None:
    rows = [
        {"conversation_id": "c", "message_id": "m", "role": "user", "content": content, "updated_at": time}
        for content, time in [("a long draft of a question", "2026-05-01T10:00:00Z"), ("short", "2026-05-01T10:05:00Z")]
    ]
    file = warehouse.folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows[::-1]))
    warehouse.stage(kura_input=str(file))
    assert warehouse.rows("select content from stg_kura__messages") == [("short",)]


def test_an_id_that_two_people_have_is_told_and_one_whose_user_became_known_is_one(warehouse: Warehouse) -> None:
    opening = "where is the parcel that I ordered last week"

    def row(name: str, user: str, *said: str) -> dict[str, Any]:
        return {
            "conversation_id": name, "user_id": user, "messages": [{"role": "user", "content": each} for each in said]
        }  # fmt: skip

    rows = [
        row("1", "ann", "my kettle leaks"), row("1", "bo", "hello there, how are you today"),
        row("2", "anonymous", opening), row("2", "cy", opening, "it came broken"),
    ]  # fmt: skip
    file = warehouse.folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    warehouse.stage(kura_input=str(file))
    found = warehouse.rows("select conversation_id, user_id, rejection_reason from base_kura__messages order by all")
    assert found == [
        ("1", "ann", "conversation_of_another_user"), ("1", "bo", None),
        ("2", "anonymous", "repeated_conversation"), ("2", "cy", None), ("2", "cy", None),
    ]  # fmt: skip
    output = warehouse.dbt("test", "--select", "rejected_share_is_bearable", kura_input=str(file))
    assert "1 of 4 messages was rejected, 1 of them for `conversation_of_another_user`" in " ".join(output.split())


def test_a_blank_id_is_none_and_an_id_of_question_and_answer_is_a_turns(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "blank_and_shared_message_ids.parquet")
    assert len([conversation for conversation, *_ in messages if str(conversation)[:1] in "12"]) == 5


def test_columns_that_came_later_are_read_by_name(warehouse: Warehouse) -> None:
    stage(warehouse, "added_column/*.parquet")
    found = warehouse.rows("select user_id, started_at from stg_kura__conversations where conversation_id = '2'")
    assert len(found) == 1
    assert None not in found[0]


def test_times_are_read_or_counted(warehouse: Warehouse) -> None:
    stage(warehouse, "times.jsonl")
    times = dict(warehouse.rows("select conversation_id, started_at from stg_kura__conversations"))
    days = {"date", "compact"}
    unread = {"us-date", "us-ampm", "eu-date", "zero"}
    assert {name for name, time in times.items() if time is None} == unread | {"empty"}
    assert {times[name] for name in days} == {datetime(2026, 5, 1)}
    read = {time.replace(microsecond=0) for name, time in times.items() if name not in {*unread, *days, "empty"}}
    assert read == {datetime(2026, 5, 1, 10)}
    counted = warehouse.rows("select conversation_id from base_kura__messages where has_unread_time")
    assert {name for (name,) in counted} == unread

    stage(warehouse, "times.jsonl", kura_date_order="mdy")
    asked = dict(warehouse.rows("select conversation_id, started_at from stg_kura__conversations"))
    assert asked["us-date"] == asked["us-ampm"] == datetime(2026, 5, 1, 10)


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("a.jsonl", ""),
        ("blank.jsonl", "\n\n"),
        ("list.jsonl", "[]\n"),
        ("list.json", "[]"),
        ("a.json", ""),
        ("a.csv", ""),
    ],
)
def test_an_empty_file_is_called_that_and_changes_nothing(warehouse: Warehouse, name: str, held: str) -> None:
    file = warehouse.folder / name
    stage(warehouse, "times.jsonl")
    before = warehouse.value("select count(*) from stg_kura__messages")
    file.write_text(held)
    output = warehouse.stage(kura_input=str(file), fails=True)
    assert f"{name}` is empty" in output
    assert "no known shape" not in output
    assert warehouse.value("select count(*) from stg_kura__messages") == before


def test_a_file_of_another_kind_is_not_called_empty_and_a_table_without_rows_is_read(warehouse: Warehouse) -> None:
    file = warehouse.folder / "rows.jsonl"
    file.write_text("not JSON at all\n")
    assert "holds no JSON object with a key" in warehouse.stage(kura_input=str(file), fails=True)
    file = warehouse.folder / "rows.csv"
    file.write_text("conversation_id,role,content\n")
    warehouse.stage(kura_input=str(file))
    assert warehouse.value("select count(*) from stg_kura__messages") == 0


def test_a_year_that_is_far_off_is_no_time(warehouse: Warehouse) -> None:
    row = {"conversation_id": "c", "role": "user", "content": "hello there"}
    file = warehouse.folder / "rows.jsonl"
    times = ["9999-01-01T00:00:00Z", "1812-06-24", "2026-05-01"]
    file.write_text("".join(json.dumps({**row, "created_at": time}) + "\n" for time in times))
    warehouse.stage(kura_input=str(file))
    assert warehouse.rows("select started_at, ended_at from stg_kura__conversations") == [(datetime(2026, 5, 1),) * 2]


def test_results_of_tools_in_a_users_message_are_a_tools_in_lists_and_in_rows(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "anthropic_tool_results.jsonl")
    assert [role for _, role, _ in messages].count("user") == 3
    assert "tool" in {role for _, role, _ in messages}
    assert ("bedrock", "tool", '{"ok":true}') in stage(warehouse, "json_in_content.jsonl")


def test_unknown_roles_warn_and_stop_a_build_with_the_setting_that_mends_it(warehouse: Warehouse) -> None:
    file = warehouse.folder / "rows.jsonl"

    def write(strangers: int) -> None:
        roles = ["zzz kunde"] * strangers + ["user"] * (20 - strangers)
        rows = [{"conversation_id": f"c{at}", "role": role, "content": f"word {at}"} for at, role in enumerate(roles)]
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))

    only = ["build", *STAGING, "--indirect-selection", "buildable", "--exclude-resource-type", "unit_test"]
    write(20)
    output = warehouse.dbt(*only, kura_input=str(file), fails=True)
    assert "20 of 20 messages were rejected, 20 of them for `unknown_role`" in output
    assert "zzz" not in output  # a role may be a person's name
    warehouse.dbt("run", "--select", "stg_kura__rejected_messages", kura_input=str(file))
    assert warehouse.value("select count(*) from stg_kura__rejected_messages") == 20
    write(2)
    output = warehouse.dbt(*only, kura_input=str(file))
    assert "2 of 20 messages were rejected" in output
    warehouse.dbt(*only, kura_input=str(file), kura_roles={"zzz kunde": "user"})
    assert warehouse.value("select count(*) from stg_kura__messages") == 20


SAID = "select $said${{ kura.rejected_summary(ref('base_kura__messages')).words }}$said$ as words"


def said_of(warehouse: Warehouse, *conversations: list[dict[str, Any]], is_list: bool = False) -> str:
    """Return what a build says of messages that it rejects."""
    rows = [
        row
        for number, messages in enumerate(conversations)
        for row in (
            [{"conversation_id": f"c{number}", "messages": messages}]
            if is_list
            else [{"conversation_id": f"c{number}", **message} for message in messages]
        )
    ]
    file = warehouse.folder / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    warehouse.stage(kura_input=str(file))
    [row] = warehouse.shown(SAID, kura_input=str(file))
    return str(row["words"])


def by(*roles: Any) -> list[dict[str, Any]]:
    return [{"role": role, "content": f"word {at}"} for at, role in enumerate(roles)]


def suggested(said: str) -> dict[str, str]:
    """Read the setting that is suggested as YAML, as one who copies it has it read."""
    [setting] = re.findall(r"kura_roles: \{.*?\}", said)
    roles: dict[str, str] = yaml.safe_load(setting)["kura_roles"]
    return roles


def test_roles_that_are_suggested_are_no_names_of_people_and_are_read_when_copied(warehouse: Warehouse) -> None:
    for is_list in (False, True):
        said = said_of(warehouse, by("Tim", "Maria Lopez", "Bob"), is_list=is_list)
        assert "3 of 3 messages were rejected, 3 of them for `unknown_role`" in said
        assert not any(name in said.lower() for name in ("tim", "maria", "lopez", "bob"))
        assert set(suggested(said).values()) == {"user", "assistant"}
        assert "dbt show" in said
        said = said_of(warehouse, by("function_call", "function_call", "Tim Agent", "support agent 2"), is_list=is_list)
        assert suggested(said) == {"function_call": "tool", "support agent 2": "assistant"}
    query = said.partition('--inline "')[2].partition('"')[0]
    assert {row["role_as_given"] for row in warehouse.shown(query)} == {"function_call", "tim agent", "support agent 2"}


def test_two_signs_for_roles_are_suggested_by_who_speaks_first(warehouse: Warehouse) -> None:
    said = said_of(warehouse, by("<-", "->", "<-"), by("<-", "->"))
    assert suggested(said) == {"<-": "user", "->": "assistant"}
    assert "Or the other way round" in said


def test_of_roles_that_are_objects_the_place_in_them_is_asked_for(warehouse: Warehouse) -> None:
    said = said_of(warehouse, by({"user": {"displayName": "Maria"}}, {"user": {"displayName": "Tim"}}))
    assert "is an object there" in said
    assert "kura_columns: {role: your_column.its_key}" in said
    assert "Maria" not in said
    assert "user: " not in said


def test_what_lacks_in_lists_is_not_looked_for_in_columns(warehouse: Warehouse) -> None:
    for message, reason in (({"content": "hi"}, "missing_role"), ({"role": "user", "remark": "hi"}, "empty_content")):
        said = said_of(warehouse, [message], is_list=True)
        assert f"1 of 1 messages was rejected, 1 of them for `{reason}`" in said
        assert "kura_columns" not in said
        assert "this form of messages is not read" in said
        said = said_of(warehouse, [{"role": None, "content": None} | message])
        assert "kura_columns" in said
        assert "dbt run --select stg_kura__rejected_messages" in said


def test_of_a_content_of_no_known_form_it_is_said_how_it_is_read_and_nothing_that_stands_in_it(
    warehouse: Warehouse,
) -> None:
    contents = ({"foo": {"bar": "secret"}}, [{"kind": "x", "foo": {"bar": "secret"}}])
    said = said_of(warehouse, *([{"role": "user", "content": content}] for content in contents), is_list=True)
    assert "2 of 2 messages were rejected, 2 of them for `unreadable_content`" in said
    assert "call the text `text` in it" in said
    assert "secret" not in said


def test_help_desks_roles_are_known(warehouse: Warehouse) -> None:
    messages = stage(warehouse, "unknown_roles.jsonl")
    assert {role for _, role, _ in messages} == {"user", "assistant"}


def test_an_id_that_a_data_frame_has_made_a_float_is_still_the_integer_that_it_was(warehouse: Warehouse) -> None:
    file = warehouse.folder / "frame.parquet"
    numbers = "unnest([7, 9007199254740992, 2.5, null])::double as conversation_id, 3::double as user_id"
    said = "1700000000::double as created_at, 'user' as role, 'hi there' as content"
    duckdb.sql(f"copy (select {numbers}, {said}) to '{file}' (format parquet)")
    warehouse.stage(kura_input=str(file))
    rows = warehouse.rows("select conversation_id, user_id, started_at from stg_kura__conversations order by 1")
    sent = datetime(2023, 11, 14, 22, 13, 20)
    assert rows == [("2.5", "3", sent), ("7", "3", sent), ("9007199254740992.0", "3", sent)]

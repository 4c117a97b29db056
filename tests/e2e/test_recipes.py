"""The SQL in docs/inputs.md for help desks and chats of a team, run against tables as their connectors make them."""

from __future__ import annotations

import json
import re
from typing import Any

import duckdb
import pytest

from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

RECIPES = dict(
    re.findall(r"```sql\n-- recipe: ([^\n]+)\n(.*?)```", (REPOSITORY / "docs" / "inputs.md").read_text(), re.DOTALL)
)

ZENDESK = """
create schema zendesk;
create table zendesk.ticket (id bigint, requester_id bigint, subject varchar, status varchar, created_at timestamp);
create table zendesk."user" (id bigint, role varchar, name varchar, email varchar);
create table zendesk.ticket_comment (id bigint, ticket_id bigint, user_id bigint, body varchar, public boolean, created timestamp);
insert into zendesk.ticket values (7, 1, 'Parcel', 'open', '2026-05-01');
insert into zendesk."user" values (1, 'end-user', 'Kim', 'kim@example.com'), (2, 'agent', 'Ada', 'ada@example.com');
insert into zendesk.ticket_comment values
    (11, 7, 1, 'where is my parcel', true, '2026-05-01 10:00:00'),
    (12, 7, 2, 'ask the depot', false, '2026-05-01 10:05:00'),
    (13, 7, 2, 'In Lund.', true, '2026-05-01 10:10:00');
"""
INTERCOM = """
create schema intercom;
create table intercom.conversation_history (
    id bigint, created_at timestamp, updated_at timestamp, source_author_id varchar, source_author_type varchar, source_body varchar,
    _fivetran_active boolean
);
create table intercom.conversation_part_history (
    id bigint, conversation_id bigint, conversation_updated_at timestamp, part_type varchar, body varchar, author_id varchar,
    author_type varchar, created_at timestamp, _fivetran_active boolean
);
insert into intercom.conversation_history values
    (7, '2026-05-01 10:00:00', '2026-05-01', '1', 'lead', '<p>before</p>', false),
    (7, '2026-05-01 10:00:00', '2026-05-02', '1', 'lead', '<p>where is my parcel</p>', true);
insert into intercom.conversation_part_history values
    (11, 7, '2026-05-01', 'comment', '<p>In Lund.</p>', '2', 'admin', '2026-05-01 10:10:00', true),
    (12, 7, '2026-05-01', 'note', '<p>rude</p>', '2', 'admin', '2026-05-01 10:11:00', true),
    (13, 7, '2026-05-01', 'close', null, '2', 'admin', '2026-05-01 10:12:00', true);
"""
AIRBYTE = """
create schema slack;
create table slack.channel_messages (
    channel_id varchar, ts varchar, thread_ts varchar, "user" varchar, bot_id varchar, text varchar, type varchar, subtype varchar
);
create table slack.threads as select * from slack.channel_messages;
insert into slack.channel_messages values
    ('C1', '1777629600.000100', '1777629600.000100', 'U1', null, 'where is my parcel', 'message', null),
    ('C1', '1777629500.000100', null, 'U3', null, 'joined', 'message', 'channel_join');
insert into slack.threads values
    ('C1', '1777629600.000100', '1777629600.000100', 'U1', null, 'where is my parcel', 'message', null),
    ('C1', '1777630200.000200', '1777629600.000100', 'U2', null, 'In Lund.', 'message', null);
"""
EXPORT = [
    {"type": "message", "subtype": "channel_join", "user": "U3", "text": "joined", "ts": "1777629500.000100"},
    {"type": "message", "user": "U1", "text": "where is my parcel", "ts": "1777629600.000100", "thread_ts": "1777629600.000100"},
    {"type": "message", "user": "U2", "text": "In Lund.", "ts": "1777630200.000200", "thread_ts": "1777629600.000100"},
]  # fmt: skip
TABLES = {"zendesk": ZENDESK, "intercom": INTERCOM, "slack airbyte": AIRBYTE, "slack export": ""}


def test_every_recipe_is_tried() -> None:
    assert RECIPES.keys() == TABLES.keys()


@pytest.mark.parametrize("name", TABLES)
def test_a_recipe_gives_messages_that_are_read(
    warehouse: Warehouse, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = warehouse.folder / "slack_export" / "support"
    folder.mkdir(parents=True)
    (folder / "2026-05-01.json").write_text(json.dumps(EXPORT))
    monkeypatch.chdir(warehouse.folder)
    with duckdb.connect(str(warehouse.database)) as connection:
        connection.execute(TABLES[name])
        connection.execute("create schema analytics")
        connection.execute(f"create table analytics.support_messages as {RECIPES[name]}")
    warehouse.stage(kura_input="analytics.support_messages")
    messages: list[Any] = warehouse.rows(
        "select role, content, left(created_at::varchar, 16) from stg_kura__messages order by message_index"
    )
    assert [(role, re.sub("<.*?>", "", content), time) for role, content, time in messages] == [
        ("user", "where is my parcel", "2026-05-01 10:00"),
        ("assistant", "In Lund.", "2026-05-01 10:10"),
    ]
    assert warehouse.value("select count(*) from stg_kura__conversations") == 1
    assert warehouse.value("select count(*) from stg_kura__rejected_messages") == 0

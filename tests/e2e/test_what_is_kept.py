"""What has not changed is taken from the tables of last time: no more is worked on than has changed, and the result is the same."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kura_udfs.functions import duckdb as functions
from kura_udfs.functions import rows
from kura_udfs.text import redaction
from tests.support.compiled import compiled
from tests.support.warehouse import Warehouse

MODELS = ("base_kura__messages", "stg_kura__messages", "stg_kura__conversations", "int_kura__transcripts")
KEPT, FULL = "kura_internal", "in_full"
TEXTS = [
    "my parcel is late",
    "write to ada@example.com or +49 151 23456789",
    "<p>the app <b>crashes</b></p>",
    "",
    '[{"type": "text", "text": "it says 500"}]',
    "hi",
    "thanks " * 40,
]
TIMES = ["2026-03-01T10:00:00Z", "2026-03-02 11:00", "yesterday", "0001-01-01T00:00:00", None]

Chat = dict[str, Any]


def chat(number: int, chance: random.Random) -> Chat:
    said = [
        {
            "role": chance.choice(["user", "assistant", "human", "nobody"]),
            "content": chance.choice(TEXTS),
            "created_at": chance.choice(TIMES),
        }
        for _ in range(chance.randint(1, 4))
    ]
    return {
        "conversation_id": f"c{number}",
        "user_id": f"u{number % 3}",
        "created_at": chance.choice(TIMES),
        "messages": said,
    }


def edited(chats: list[Chat], chance: random.Random) -> list[Chat]:
    """Return chats after a day: some are new, gone, longer, changed, there twice, of another user, or in another order."""
    found = json.loads(json.dumps(chats))
    one = chance.choice(found)
    kind = chance.choice(["new", "gone", "longer", "changed", "twice", "user", "order"])
    if kind == "new":
        found.append(chat(chance.randint(100, 10_000), chance))
    elif kind == "gone":
        found.remove(one)
    elif kind == "longer":
        one["messages"] += chat(0, chance)["messages"]
    elif kind == "changed":
        one["messages"][0]["content"] = chance.choice(TEXTS)
    elif kind == "twice":
        found.append({**one, "conversation_id": chance.choice([one["conversation_id"], "again"])})
    elif kind == "user":
        one["user_id"] = "somebody else"
    else:
        chance.shuffle(found)
    return found


def as_conversations(chats: list[Chat]) -> list[dict[str, Any]]:
    return chats


def as_messages(chats: list[Chat]) -> list[dict[str, Any]]:
    return [{**each, **message, "messages": None} for each in chats for message in each["messages"]]


def write(path: Path, lines: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


@contextmanager
def counted(
    monkeypatch: pytest.MonkeyPatch, database: Path
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Counter[str]]]:
    """A connection with Kura's functions, and how often each of two kinds of work was done."""
    work: Counter[str] = Counter()

    def counting(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any) -> Any:
            work[name] += 1
            return function(*given)

        return call

    monkeypatch.setattr(functions, "messages_json", counting("parsed", rows.messages_json))
    monkeypatch.setattr(functions, "contents_json", counting("parsed", rows.contents_json))
    monkeypatch.setattr(redaction, "redact", counting("redacted", redaction.redact))
    with duckdb.connect(str(database)) as connection:
        functions.Plugin("kura", {}, None).configure_connection(connection)
        connection.execute(f"set timezone = 'UTC'; create schema {FULL}")
        connection.execute(f"create table {FULL}.kura_salt as from {KEPT}.kura_salt")
        yield connection, work


@pytest.mark.parametrize("rows_of", [as_conversations, as_messages])
def test_a_night_does_what_has_changed_and_has_what_a_full_build_has(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, rows_of: Callable[[list[Chat]], list[dict[str, Any]]]
) -> None:
    chance = random.Random(7)
    chats = [chat(number, chance) for number in range(12)]
    file = warehouse.folder / "chats.jsonl"
    write(file, rows_of(chats))
    shape: dict[str, Any] = {
        "kura_input": str(file),
        "kura_input_format": "messages" if rows_of is as_messages else "conversations",
    }
    warehouse.dbt("run", "--select", "+int_kura__transcripts", **shape)
    nightly = compiled(warehouse, *MODELS, **shape)
    warehouse.dbt("compile", "--full-refresh", "--select", *MODELS, **shape)
    in_full = {path.stem: path.read_text() for path in (warehouse.folder / "target" / "compiled").rglob("*.sql")}

    with counted(monkeypatch, warehouse.database) as (connection, work):

        def build(schema: str, statements: dict[str, str]) -> Counter[str]:
            work.clear()
            for model in MODELS:
                made = statements[model].replace(KEPT, schema)
                connection.execute(f"create or replace table {schema}.{model} as {made}")
            return Counter(work)

        def differences() -> list[str]:
            told = []
            for model in MODELS:
                one, other = (f"(from {schema}.{model})" for schema in (KEPT, FULL))
                for first, second in ((one, other), (other, one)):
                    told += [f"{model}: {row}" for row in connection.execute(f"{first} except all {second}").fetchall()]
            return told

        assert build(FULL, in_full)["parsed"] == len(rows_of(chats))
        assert build(KEPT, nightly) == {}
        assert differences() == []

        chats[0]["messages"][0]["content"] = "a word that nobody has said yet"
        chats[0]["messages"][0]["role"] = "user"
        write(file, rows_of(chats))
        assert build(KEPT, nightly)["parsed"] == 1
        [(messages,)] = connection.execute(
            f"select count(*) from {KEPT}.stg_kura__messages where conversation_id = 'c0'"
        ).fetchall()
        assert work["redacted"] == messages
        assert build(KEPT, nightly) == {}

        for _ in range(25):
            chats = edited(chats, chance)
            write(file, rows_of(chats))
            build(KEPT, nightly)
            build(FULL, in_full)
            assert differences() == []

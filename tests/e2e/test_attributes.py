"""The input's own columns reach the marts, typed, and a condition says which rows are read."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.warehouse import Warehouse

WANTED: list[Any] = [
    "Plan Name",
    "cost",
    "seats",
    "trial",
    "zip",
    "signed",
    "note",
    "channel",
    {"speed": "latency_ms"},
    "tags",
    "broken",
    "ticket",
]
ASKED = ["where is my parcel", "how do I reset my password", "I want a refund for the tent", "the map view crashes"]


def rows() -> list[dict[str, Any]]:
    made = []
    for number in range(60):
        shared = {
            "conversation_id": f"c{number:02d}",
            "created_at": "2026-03-01T09:00:00Z",
            "cost": number / 7,
            "seats": number % 3 or None,
            "trial": bool(number % 2),
            "zip": f"{number:05d}",
            "signed": "2026-01-15",
            "note": None if number % 2 else "write to bob@example.com",
            "ticket": f"t{number}",
            "broken": 7 if number else "n/a",
            "metadata": json.dumps(
                {"channel": "app" if number % 2 else "web", "latency_ms": 10 * number, "tags": ["a"]}
            ),
        }
        question, plan = f"{ASKED[number % 4]}, order {number}", "pro" if number % 4 == 1 else "free"
        made.append({**shared, "role": "user", "content": question, "Plan Name": "old"})
        made.append({**shared, "role": "assistant", "content": "Let me see.", "Plan Name": plan, "seats": None})
    return made


def write(folder: Path, ending: str) -> str:
    source, path = folder / "rows.jsonl", folder / f"rows.{ending}"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    if ending != "jsonl":
        duckdb.sql(f"copy (select * from read_json_auto('{source}')) to '{path}'")
    return str(path)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_is_of_the_same_kind_whatever_holds_it(warehouse: Warehouse, ending: str) -> None:
    warehouse.stage(kura_input=write(warehouse.folder, ending), kura_passthrough_columns=WANTED)
    kinds = dict(warehouse.rows("select attribute, max(kind) from stg_kura__attributes group by attribute"))
    numbers = {"cost": "number", "seats": "integer", "trial": "boolean", "signed": "time", "speed": "integer"}
    assert kinds == {
        **dict.fromkeys(["plan_name", "zip", "note", "channel", "tags", "broken", "ticket"], "text"),
        **numbers,
    }


def test_columns_of_the_input_go_along_with_types_of_their_own(warehouse: Warehouse) -> None:
    compared = [
        {"by": "plan_name", "baseline": "free"},
        {"by": "trial", "baseline": False, "against": [True]},
        {"by": "period", "baseline": ["2026-02-01", "2026-03-01"], "against": ["2026-03-01", "2026-03-02"]},
    ]
    said = warehouse.dbt(
        "build", kura_input=write(warehouse.folder, "jsonl"), kura_passthrough_columns=WANTED, kura_compare=compared
    )
    assert "`2026-02-01/2026-03-01`, but no conversation that may be told of has it as its `period`" in said
    # conversations there are, and only nothing to compare them with
    assert "`2026-03-01/2026-03-02`, but" not in said
    assert warehouse.rows("select column_name, column_type from (describe fct_kura__conversation_attributes)") == [
        ("conversation_id", "VARCHAR"),
        ("plan_name", "VARCHAR"),
        ("cost", "DOUBLE"),
        ("seats", "BIGINT"),
        ("trial", "BOOLEAN"),
        ("zip", "VARCHAR"),
        ("signed", "TIMESTAMP"),
        ("note", "VARCHAR"),
        ("channel", "VARCHAR"),
        ("speed", "BIGINT"),
        ("tags", "VARCHAR"),
        ("broken", "VARCHAR"),
        ("ticket", "VARCHAR"),
        ("cluster_id", "VARCHAR"),
    ]
    found = warehouse.rows(
        "select * exclude (cluster_id) from fct_kura__conversation_attributes order by conversation_id"
    )
    # the last value that there is: the answer's plan, the question's seats
    assert found[1] == (
        "c01",
        "pro",
        1 / 7,
        1,
        True,
        "00001",
        datetime(2026, 1, 15),
        None,
        "app",
        10,
        '["a"]',
        "7",
        "t1",
    )
    assert found[0][7] == "write to [email]"
    assert len(found) == 60
    counted = "select distinct value, lift > 1 from fct_kura__cluster_facets where facet = 'plan_name' order by 1"
    assert ("pro", True) in warehouse.rows(counted)
    # a question in four is one topic's, and only those are of the plan `pro`
    pairs = warehouse.rows(
        "select compared_by, baseline, segment, max(q_value) filter (where share = 1), count(*) from fct_kura__comparisons"
        " group by all order by all"
    )
    assert [pair[:3] for pair in pairs] == [("plan_name", "free", "pro"), ("trial", "false", "true")]
    assert pairs[0][3] < 1e-9
    # of what everybody has a value of their own, no share says anything
    facets = {facet for (facet,) in warehouse.rows("select distinct facet from fct_kura__cluster_facets")}
    assert "channel" in facets
    assert not facets & {"ticket", "cost", "zip"}


def test_of_a_conversation_that_is_there_twice_the_newer_rows_columns_count(warehouse: Warehouse) -> None:
    file = warehouse.folder / "rows.jsonl"
    messages = [{"role": "user", "content": "hello there, where is my parcel"}]
    states = [("new", "2026-02-02", messages), ("old", "2026-01-01", messages * 3)]
    file.write_text(
        "".join(json.dumps({"id": "c", "plan": p, "updated_at": at, "messages": m}) + "\n" for p, at, m in states)
    )
    warehouse.stage(kura_input=str(file), kura_passthrough_columns=["plan"])
    assert warehouse.rows("select attribute, value, kind from stg_kura__attributes") == [("plan", "new", "text")]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_only_the_rows_are_read_that_the_condition_lets_through(warehouse: Warehouse, ending: str) -> None:
    file = write(warehouse.folder, ending)
    said = warehouse.stage(kura_input=file, kura_input_where="zip < '00004' -- the first four")
    assert "kura_input_where" in said
    assert warehouse.value("select count(*) from stg_kura__conversations") == 4
    assert warehouse.value("select count(*) from stg_kura__messages") == 8


def test_a_line_that_is_no_json_is_rejected_and_not_filtered_away(warehouse: Warehouse) -> None:
    file = warehouse.folder / "rows.jsonl"
    file.write_text(
        '{"conversation_id": "c", "role": "user", "content": "where is my parcel", "tenant": "a"}\n{"broken\n'
    )
    warehouse.stage(kura_input=str(file), kura_input_where="tenant = 'a'")
    assert warehouse.rows("select rejection_reason from base_kura__messages order by 1 nulls first") == [
        (None,),
        ("unreadable_row",),
    ]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"kura_passthrough_columns": ["plan"]}, "has only .*Plan Name.*and in its metadata channel, latency_ms, tags"),
        ({"kura_passthrough_columns": [["x"]]}, "each entry must be the name of a column"),
        ({"kura_passthrough_columns": ["language"]}, "my_language: language"),
        ({"kura_passthrough_columns": ["outcome"]}, "my_outcome: outcome"),
        ({"kura_passthrough_columns": ["a b", "A.B"]}, "makes the column `a_b` twice"),
        ({"kura_passthrough_columns": [{"Plan": "x"}]}, "small letters"),
        ({"kura_passthrough_columns": "plan"}, "must be a list"),
        ({"kura_input_where": "tenant = 'a'"}, "(?s)kura_input_where.*tenant"),
        ({"kura_input_where": 7}, "must be a text"),
    ],
)  # fmt: skip
def test_a_mistake_stops_the_build_before_anything_is_read(warehouse: Warehouse, variables: Any, message: str) -> None:
    file = write(warehouse.folder, "parquet")
    said = warehouse.stage(fails=True, kura_input=file, **variables)
    assert re.search(message, " ".join(said.split())), said
    assert "Failure in model base_kura__messages" in said

"""A build that is killed or locked out, and the next one that finishes the work."""

from __future__ import annotations

import json
import os
import signal
import subprocess

import duckdb
import pytest

from tests.conftest import DBT, REPOSITORY, Warehouse, write_conversations

MATTERS = ["my parcel is late", "the zip is broken", "i forgot my password", "is this boot waterproof", "refund please"]
TEXTS = [f"{matter}, {detail}" for matter in MATTERS for detail in ("today", "again", "since monday", "help", "still")]
STAGES = [
    "int_kura__summaries",
    "int_kura__embeddings",
    "int_kura__cluster_fit",
    "int_kura__cluster_names",
    "int_kura__map",
    "fct_kura__cluster_trends",
]


@pytest.fixture
def chats(warehouse: Warehouse) -> str:
    return str(write_conversations(warehouse.folder / "chats.jsonl", TEXTS))


def start_build(warehouse: Warehouse, chats: str) -> subprocess.Popen[str]:
    command = [str(DBT), "build", "--project-dir", str(REPOSITORY), "--vars", json.dumps({"kura_input": chats})]
    return subprocess.Popen(command, cwd=warehouse.folder, env=warehouse.environment, stdout=subprocess.PIPE, text=True)


def test_a_build_killed_in_any_stage_is_finished_by_the_next_one(warehouse: Warehouse, chats: str) -> None:
    for stage in STAGES:
        build = start_build(warehouse, chats)
        assert build.stdout is not None
        reached = any("START" in line and f".{stage} " in line for line in build.stdout)
        build.send_signal(signal.SIGKILL)
        build.wait()
        assert reached, stage
    warehouse.dbt("build", kura_input=chats)
    assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(TEXTS)
    assert warehouse.value("select sum(conversation_count) from dim_kura__clusters where level = 0") == len(TEXTS)


def test_a_second_build_says_who_holds_the_database(warehouse: Warehouse, chats: str) -> None:
    with duckdb.connect(str(warehouse.database)):
        output = warehouse.dbt("build", kura_input=chats, fails=True)
    assert f"PID {os.getpid()}" in output
    assert str(warehouse.database) in output


def test_a_second_build_waits_if_it_is_told_to(warehouse: Warehouse, chats: str) -> None:
    warehouse.environment["KURA_CONNECT_ATTEMPTS"] = "8"
    with duckdb.connect(str(warehouse.database)):
        build = start_build(warehouse, chats)
        assert build.stdout is not None
        first = [line for line, _ in zip(build.stdout, range(3), strict=False)]
        assert first
    output = build.communicate(timeout=120)[0]
    assert build.returncode == 0, output

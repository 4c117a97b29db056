"""`kura selftest`: made-up conversations through real builds, without a language model and with one that is paid."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.model_runs import KEY
from tests.support.project import KURA, REPOSITORY
from tests.support.standin import HANG, Call, Reply, StandIn, completion, fitting
from tests.support.warehouse import Warehouse

PROJECT = ("--project-dir", str(REPOSITORY))


def as_said(call: Call) -> Reply:
    """Answer that the user wants what the user says first."""
    if "user_frustration" not in json.dumps(call.body):
        return fitting(call)
    said = re.search(r"user: (.+)", call.user)
    facets = {
        "summary": "s.",
        "request": said[1] if said else "help",
        "task": "t",
        "topic": "t",
        "languages": ["English"],
    }
    return completion(json.dumps({**facets, "concerning_score": 1, "user_frustration": 1, "assistant_errors": None}))


def figures(warehouse: Warehouse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((warehouse.folder / "figures.json").read_text())
    return found


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(tmp_path_factory.mktemp("selftest")).with_artifacts()


def test_of_english_conversations_most_come_back_and_nothing_of_the_users_is_touched(warehouse: Warehouse) -> None:
    before = files(warehouse.folder)
    output = warehouse.kura(
        "selftest", *PROJECT, "--conversations", "300", "--languages", "english", "--json", "figures.json"
    )
    found = figures(warehouse)
    assert output.returncode == (3 if found["misses"] else 0), output.stderr
    assert ("To be believed" if not found["misses"] else "Falls short") in output.stdout
    assert "these are Kura's own defaults" in output.stdout
    assert found["n"] == 300
    assert found["n_topics"] == 20
    assert found["recovered"] >= 0.85
    assert found["mean_error"] <= 0.02
    assert 10 <= found["n_clusters"] <= 40
    assert sum(topic["share"] for topic in found["topics"]) == 288 / 300
    # every figure is of the tables that dbt has left
    with duckdb.connect(str(warehouse.folder / "target/kura_selftest/selftest.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from kura_internal.int_kura__assignments").fetchall() == [(300,)]
    assert files(warehouse.folder) - before == {"target", "figures.json"}
    assert not warehouse.database.exists()


def test_a_language_model_is_asked_and_its_cost_is_said_before(warehouse: Warehouse) -> None:
    """On the folder that the test before has left, with another corpus."""
    manifest = json.loads((warehouse.folder / "target/kura_selftest/target/manifest.json").read_text())
    meta = manifest["nodes"]["model.kura.int_kura__summaries"]["config"]["meta"]
    meta |= {"provider": "openai", "llm_model": "gpt-4o-mini", "screener": "Is it about parcels?"}
    (warehouse.folder / "target/manifest.json").write_text(json.dumps(manifest))
    warehouse.environment["OPENAI_API_KEY"] = KEY
    arguments = ("selftest", *PROJECT, "--conversations", "100", "--languages", "english", "--json", "figures.json")
    with StandIn(as_said) as server:
        warehouse.environment["OPENAI_BASE_URL"] = server.url
        first = warehouse.kura(*arguments, "--yes")
        assert first.returncode in (0, 3), first.stderr
        assert re.search(r"summaries +gpt-4o-mini +100 .*\$0\.0", first.stdout)
        assert "without kura_screener, which is about your own conversations" in first.stdout
        assert len([call for call in server.calls if "user_frustration" in json.dumps(call.body)]) == 100
    assert figures(warehouse)["recovered"] > 0.5
    assert KEY not in first.stdout + first.stderr
    # what was paid for stands in the folder
    with duckdb.connect(str(warehouse.folder / "target/kura_selftest/selftest.duckdb"), read_only=True) as connection:
        kept = "select count(distinct subject) from kura_internal.kura_llm_responses where subject is not null"
        assert connection.execute(kept).fetchall() == [(100,)]


def test_what_a_killed_selftest_has_started_ends_with_it(warehouse: Warehouse) -> None:
    """With the settings that the test before has left."""
    manifest = json.loads((warehouse.folder / "target/manifest.json").read_text())
    manifest["nodes"]["model.kura.int_kura__summaries"]["config"]["meta"]["timeout"] = 5
    (warehouse.folder / "target/manifest.json").write_text(json.dumps(manifest))
    arguments = ("--conversations", "100", "--languages", "english", "--seed", "7", "--yes")

    def kill(call: Call) -> Reply:
        os.kill(started.pid, signal.SIGKILL)
        return HANG

    with StandIn(kill) as server:
        environment = {**warehouse.environment, "OPENAI_BASE_URL": server.url}
        started = subprocess.Popen([str(KURA), "selftest", *PROJECT, *arguments], cwd=warehouse.folder, env=environment)
        assert started.wait() == -signal.SIGKILL
        with (warehouse.folder / "target/kura_selftest/lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # which its dbt has for as long as it is there
        asked = Counter(call.user for call in server.calls)
    assert set(asked.values()) == {1}  # it would have asked again

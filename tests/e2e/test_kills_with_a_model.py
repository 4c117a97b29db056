"""Builds with a paid model that are killed at several places, and what that costs."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.e2e.test_interruptions import UNCOUNTED, counted
from tests.support.model_runs import PEOPLE, TEXTS, answers, settings, summary_calls
from tests.support.standin import Call, Reply, StandIn
from tests.support.warehouse import Warehouse, write_conversations

IN_FLIGHT = 2
LATENCY = 0.2
# the answers of two seconds, and what is in flight
AT_RISK = IN_FLIGHT * round(2 / LATENCY) + IN_FLIGHT
LATER = [f"hello, {person} here: the boots leak at the left heel" for person in PEOPLE]

# where a build is killed: when a question for a summary (or a name) comes in, counted from its start, or a model begins
FIRST_NIGHT: list[tuple[str, int | str]] = [
    ("summary", 30),
    ("name", 3),
]
SECOND_NIGHT: list[tuple[str, int | str]] = [
    ("model", "kura_publications"),
]


def kind(call: Call) -> str:
    return "summary" if "user_frustration" in json.dumps(call.body) else "name"


def kill_at(place: tuple[str, int | str], warehouse: Warehouse, model: StandIn, chosen: dict[str, Any]) -> None:
    """Start a build and kill it at a place."""
    what, where = place
    killed: list[Call] = []
    build = warehouse.start("build", **chosen)

    def until(number: int) -> Callable[[Call], Reply]:
        asked = 0

        def reply(call: Call) -> Reply:
            nonlocal asked
            asked += kind(call) == what
            if asked == number and not killed:
                killed.append(call)
                os.kill(build.pid, signal.SIGKILL)
            return answers(call)

        return reply

    assert build.stdout is not None
    if isinstance(where, int):
        model.replies = until(where)
        output = build.stdout.read()
        reached = bool(killed)
    else:
        output = ""
        reached = any("START" in line and f".{where} " in line for line in build.stdout)
        os.kill(build.pid, signal.SIGKILL)
    ended = build.wait()
    model.replies = answers
    assert reached, (place, output)
    assert ended == -signal.SIGKILL


def test_what_a_kill_costs_is_what_was_not_stored_yet(warehouse: Warehouse, model: StandIn) -> None:
    model.latency = LATENCY
    lost = asking = 0

    def stored() -> int:
        return int(warehouse.value("select count(*) from kura_llm_responses"))

    def kills(places: list[tuple[str, int | str]], seen: set[int]) -> None:
        nonlocal lost, asking
        for place in places:
            asked, known = len(model.calls), stored() if warehouse.database.exists() and model.calls else 0
            kill_at(place, warehouse, model, chosen)
            at_risk = len(model.calls) - asked - (stored() - known)
            assert 0 <= at_risk <= AT_RISK, place
            lost, asking = lost + at_risk, asking + (len(model.calls) > asked)
            if seen:
                assert counted(warehouse) in seen, place

    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(
            warehouse, kura_max_concurrency=IN_FLIGHT, kura_cluster_on="user_turns", kura_refit="always",
            kura_without=UNCOUNTED,
        )  # fmt: skip
        kills(FIRST_NIGHT, set())
        warehouse.dbt("build", **chosen)
        assert counted(warehouse) == len(TEXTS)
        assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(TEXTS)
        times = Counter(call.user for call in summary_calls(model))
        assert set(times.values()) <= {1, 2}
        assert sum(times.values()) - len(times) <= AT_RISK
        write_conversations(warehouse.folder / "chats.jsonl", [*TEXTS, *LATER])
        kills(SECOND_NIGHT, {len(TEXTS), len(TEXTS) + len(LATER)})
        warehouse.dbt("build", **chosen)
        assert counted(warehouse) == len(TEXTS) + len(LATER)
        everything = len(model.calls)
        warehouse.dbt("build", **chosen)
        assert len(model.calls) == everything
    # what is stored is not asked again: nothing is there twice, and all that was asked is there or was lost by a kill
    assert warehouse.rows("select count(*) = count(distinct key), count(*) from kura_llm_responses") == [
        (True, everything - lost)
    ]
    booked = warehouse.value("select sum(calls) from fct_kura__runs where stage = 'run'")
    assert everything - AT_RISK * asking <= booked <= everything
    assert booked == warehouse.value("select sum(calls) from kura_run_log")

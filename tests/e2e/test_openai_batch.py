"""Whole builds through the Batch API, whose answers come hours later."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter

from tests.support.model_runs import TEXTS, settings, summary_calls
from tests.support.standin import Call, Reply, StandIn, completion
from tests.support.warehouse import Warehouse


def statuses(warehouse: Warehouse) -> dict[str, int]:
    return dict(warehouse.rows("select status, count(*) from fct_kura__conversations group by 1"))


def handed_in(server: StandIn) -> Counter[str]:
    lines = [json.loads(line) for batch in server.batches for line in server.files[batch.input_file_id].splitlines()]
    return Counter(line["body"]["messages"][1]["content"] for line in lines)


def test_a_batch_is_handed_in_by_one_run_and_collected_by_another(warehouse: Warehouse, model: StandIn) -> None:
    model.batch_status = "in_progress"
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_llm_batch=True)
        output = warehouse.dbt("build", **chosen)
        assert "run dbt again" in output
        assert len(summary_calls(model)) == 1
        assert sum(handed_in(model).values()) == len(TEXTS) - 1
        assert statuses(warehouse) == {"ok": 1, "pending": len(TEXTS) - 1}
        assert warehouse.value("select sum(conversation_count) from dim_kura__clusters where level = 0") == len(TEXTS)

        output = warehouse.dbt("run", "--select", "+int_kura__summaries", **chosen)
        assert "still under way" in output
        assert len(model.batches) == 1

        model.batch_status = "completed"
        model.finish(model.batches[0])
        warehouse.dbt("build", "--full-refresh", **chosen)
        assert statuses(warehouse) == {"ok": len(TEXTS)}
        assert len(summary_calls(model)) == 1
        assert len(model.batches) == 1
        about = "select count(distinct subject) from kura_llm_responses"
        assert warehouse.value(about) == len(TEXTS), "each answer can be forgotten with its conversation"
        spent = "select calls, round(cost_usd, 9) from fct_kura__runs where stage = 'summaries' order by started_at"
        one = (100 * 0.15 + 20 * 0.60) / 1e6
        assert warehouse.rows(spent) == [(1, round(one, 9)), (0, 0), (49, round(49 * one / 2, 9))]
        before = len(model.calls), len(model.batches)
        warehouse.dbt("run", "--select", "+int_kura__summaries", **chosen)
        assert (len(model.calls), len(model.batches)) == before


def test_a_batch_that_was_handed_in_with_other_settings_is_told_of_until_it_is_collected(
    warehouse: Warehouse, model: StandIn
) -> None:
    model.batch_status = "in_progress"
    only = ("run", "--select", "+int_kura__summaries")
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_llm_batch=True)
        assert "other settings" not in warehouse.dbt(*only, **chosen)
        batch_id = warehouse.value("select distinct batch_id from kura_llm_batches")
        told = f"{len(TEXTS) - 1} questions wait in {batch_id}, which was handed in with other settings"
        others = {**chosen, "kura_llm_batch": False, "kura_llm_parameters": {"temperature": 0.5}}
        assert told in " ".join(warehouse.dbt(*only, **others).split())

        model.batch_status = "completed"
        model.finish(model.batches[0])
        assert "other settings" not in warehouse.dbt(*only, "--full-refresh", **chosen)
        assert warehouse.rows("select status, count(*) from int_kura__summaries group by 1") == [("ok", len(TEXTS))]


def test_a_kill_before_the_id_is_stored_pays_nothing_twice(warehouse: Warehouse, model: StandIn) -> None:
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_llm_batch=True)
        build = warehouse.start("run", "--select", "+int_kura__summaries", **chosen)
        model.on_batch = lambda: os.kill(build.pid, signal.SIGKILL)
        assert build.wait() == -signal.SIGKILL
        model.on_batch = lambda: None
        assert warehouse.value("select count(*) from kura_llm_batches") == 0

        with (warehouse.folder / "chats.jsonl").open("a") as file:  # so that the questions are not the same any more
            file.write(json.dumps({"conversation_id": "new", "messages": [{"role": "user", "content": "my card"}]}))
        warehouse.dbt("run", "--select", "+int_kura__summaries", **chosen)
        assert warehouse.rows("select status, count(*) from int_kura__summaries group by 1") == [("ok", len(TEXTS) + 1)]
        asked = handed_in(model) + Counter(call.user for call in summary_calls(model))
        assert set(asked.values()) == {1}
        assert warehouse.value("select count(*) from kura_llm_responses where subject is null") == 0
        assert len(asked) == len(TEXTS) + 1


def test_a_screened_batch_takes_two_rounds_and_what_fails_in_it_is_handed_in_again(
    warehouse: Warehouse, model: StandIn
) -> None:
    good = model.replies

    def refused_in_batches(call: Call) -> Reply:
        return completion(None, refusal="no") if "parcel" in call.user and not call.headers else good(call)

    def collected() -> dict[str, int]:
        warehouse.dbt("run", "--select", "+int_kura__summaries", **chosen)
        return dict(warehouse.rows("select status, count(*) from int_kura__summaries group by 1"))

    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_llm_batch=True, kura_screener="Is it about a parcel or an app?")
        assert collected()["pending"] >= len(TEXTS) - 1  # one was screened directly
        model.replies = refused_in_batches
        found = collected()
        assert found["screened_out"] == 30
        assert found["pending"] >= 18
        found = collected()
        assert found["failed"] >= 8  # of ten about parcels, but for those that were asked directly
        assert found["ok"] + found["failed"] == 20
        model.replies = good
        assert collected()["pending"] == found["failed"] - 1
        assert collected() == {"ok": 20, "screened_out": 30}


def test_what_waits_in_a_batch_that_the_server_does_not_know_is_asked_directly_on_request(
    warehouse: Warehouse, model: StandIn
) -> None:
    only = ("run", "--select", "+int_kura__summaries")
    model.batch_status = "in_progress"
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_llm_batch=True)
        warehouse.dbt(*only, **chosen)
        model.batches.clear()  # another project's key, another server of that name
        output = warehouse.dbt(*only, fails=True, **chosen)
        assert "set kura_llm_batch to false" in output
        output = warehouse.dbt(*only, **{**chosen, "kura_llm_batch": False})
        assert "batch-0 is not known to the server" in output
        assert warehouse.rows("select status, count(*) from int_kura__summaries group by 1") == [("ok", len(TEXTS))]
        assert len(summary_calls(model)) == len(TEXTS)
        warehouse.dbt(*only, **chosen)
        assert len(summary_calls(model)) == len(TEXTS)

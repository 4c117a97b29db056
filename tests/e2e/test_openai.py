"""Whole builds with a language model behind the OpenAI API: a stand-in that answers over real HTTP."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.model_runs import ASKING, KEY, PEOPLE, TEXTS, answers, settings, summary_calls
from tests.support.standin import Call, Reply, StandIn, completion, error
from tests.support.warehouse import Warehouse, write_conversations


def test_a_model_writes_facets_and_names_and_nothing_is_paid_twice(warehouse: Warehouse, model: StandIn) -> None:
    churn = {"name": "churn_risk", "enum": ["low", "high"], "question": "how likely the user is to leave"}
    with model:
        warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
        warehouse.with_artifacts().environment["DBT_LOG_LEVEL_FILE"] = "debug"
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_facets=[churn])
        warehouse.dbt("build", **chosen)
        first = len(model.calls)
        assert len(summary_calls(model)) == len(TEXTS)

        assert warehouse.value(
            "select count(*) from fct_kura__conversations where status = 'ok' and model <> 'local'"
        ) == len(TEXTS)
        assert warehouse.rows(
            "select distinct user_frustration, churn_risk from fct_kura__conversations"
            " inner join fct_kura__conversation_attributes using (conversation_id) order by 2"
        ) == [
            (3, "high"),
            (3, "low"),
        ]
        assert warehouse.rows(
            "select distinct topic, issue, issue_side, outcome, outcome_evidence from fct_kura__conversations"
            " where topic like 'parcel%' or topic like 'card%' order by 1"
        ) == [
            ("card was declined", "The card was declined", "product", "unresolved", "My card was declined"),
            ("parcel is late", "The parcel is late", "product", "resolved", None),
        ]
        assert warehouse.rows(
            "select round(sum(resolved_share * conversation_count)), round(sum(opportunity * 28 / 7)), max(frustrated_share)"
            " from dim_kura__clusters where is_leaf"
        ) == [(len(PEOPLE), len(TEXTS) - len(PEOPLE), 0)]
        lift = warehouse.value(
            "select max(lift) from fct_kura__cluster_facets where facet = 'churn_risk' and value = 'high'"
        )
        assert lift > 1
        assert warehouse.value("select cost_usd from fct_kura__runs where stage = 'run'") > 0

        warehouse.dbt("build", **chosen)
        warehouse.dbt("build", "--full-refresh", **chosen)
        assert len(model.calls) == first
        calls_per_run = "select calls from fct_kura__runs where stage = 'run' order by started_at"
        assert warehouse.rows(calls_per_run) == [(first,), (0,), (0,)]
        assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(TEXTS)

    for file in filter(Path.is_file, [*warehouse.folder.rglob("*")]):
        assert KEY.encode() not in file.read_bytes(), file
    log = (warehouse.folder / "logs" / "dbt.log").read_text()
    assert "Ada here" not in log


def test_a_limit_stops_the_run_keeps_what_was_answered_and_says_how_to_go_on(
    warehouse: Warehouse, model: StandIn
) -> None:
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        output = warehouse.dbt("build", fails=True, **settings(warehouse, kura_max_calls=20))
        assert "kura_max_calls" in output
        assert len(model.calls) <= 20
        assert warehouse.value("select count(*) from kura_llm_responses") >= 18
        warehouse.dbt(*ASKING, **settings(warehouse))
        assert max(Counter(call.user for call in summary_calls(model)).values()) == 1


def test_failures_are_rows_and_the_next_run_tries_them_again(warehouse: Warehouse, model: StandIn) -> None:
    def now_and_then(call: Call) -> Reply:
        refused = completion(None, refusal="I can't help with that.")
        return (
            refused
            if "Ada here: my parcel" in call.user and "user_frustration" in json.dumps(call.body)
            else answers(call)
        )

    model.replies = now_and_then
    with model:
        warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        warehouse.dbt("build", **settings(warehouse))
        assert warehouse.rows("select status, cluster_id, error from fct_kura__conversations where status <> 'ok'") == [
            ("failed", "unprocessed", "refused")
        ]
        model.replies = answers
        warehouse.dbt("build", **settings(warehouse))
        assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(TEXTS)

        model.replies = lambda call: completion(None, refusal="no") if "parcel" in call.user else answers(call)
        more = [*TEXTS, *(f"{text}, still" for text in TEXTS)]
        write_conversations(warehouse.folder / "chats.jsonl", more)
        output = warehouse.dbt("build", fails=True, **settings(warehouse))
        assert "failed_share_is_bearable" in output
        assert warehouse.value("select count(*) from fct_kura__conversations") == len(TEXTS), "of the night before"


@pytest.mark.parametrize(
    ("reply", "remedy"),
    [
        (error(401, "Incorrect API key provided", code="invalid_api_key"), "OPENAI_API_KEY"),
        (error(404, "The model does not exist", code="model_not_found"), "kura_llm_model"),
    ],
)
def test_what_no_call_can_survive_stops_at_once(
    warehouse: Warehouse, model: StandIn, reply: Reply, remedy: str
) -> None:
    model.replies = lambda call: reply
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        output = warehouse.dbt("build", fails=True, **settings(warehouse))
        assert remedy in output
        assert KEY not in output
        assert len(model.calls) < 10


def test_without_a_key_nothing_is_sent_and_the_variable_is_named(warehouse: Warehouse, model: StandIn) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        warehouse.environment.pop(name, None)
    assert "OPENAI_API_KEY" in warehouse.dbt("build", fails=True, **settings(warehouse))


@pytest.mark.parametrize("flag", [["--empty"], ["--sample", "1 day"]])
def test_a_trial_run_sends_nothing(warehouse: Warehouse, model: StandIn, flag: list[str]) -> None:
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        warehouse.dbt("run", *flag, **settings(warehouse))
        assert model.calls == []


def test_a_refit_goes_on_with_the_tree_and_asks_only_about_what_is_new(warehouse: Warehouse, model: StandIn) -> None:
    topics = (
        "select conversation_id, root_cluster_id, level_0_name from fct_kura__conversations"
        " inner join dim_kura__clusters using (cluster_id) where conversation_id not like 'new%' order by 1"
    )
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_top_clusters=3, kura_cluster_on="user_turns", kura_refit="always")
        warehouse.dbt("build", **chosen)
        assert warehouse.value("select count(*) from dim_kura__clusters where not is_leaf") > 0
        before, asked = warehouse.rows(topics), len(model.calls)
        with (warehouse.folder / "chats.jsonl").open("a") as file:
            for person in PEOPLE:
                said = {"role": "user", "content": f"hello, {person} here: the boots leak at the left heel"}
                file.write(json.dumps({"conversation_id": f"new {person}", "messages": [said]}) + "\n")
        warehouse.dbt("build", **chosen)
    decision = "select decision from fct_kura__runs where stage = 'fit' order by started_at desc limit 1"
    assert warehouse.value(decision) == "refit: always"
    assert warehouse.rows(topics) == before, warehouse.kura("tree").stdout
    names = [call for call in model.calls[asked:] if "user_frustration" not in json.dumps(call.body)]
    assert 1 <= len(names) <= 3, "more than the new cluster and what is above it"
    assert not any('"parents"' in json.dumps(call.body) for call in names), "topics are proposed again"


def test_nonsense_from_the_model_never_breaks_the_tree(warehouse: Warehouse, model: StandIn) -> None:
    model.replies = lambda call: answers(call) if "user_frustration" in json.dumps(call.body) else completion("banana")
    with model:
        warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        warehouse.dbt("build", **settings(warehouse))
    names = [name for (name,) in warehouse.rows("select name from dim_kura__clusters where not is_suppressed")]
    assert len(names) > 3
    assert not any(re.search("banana", name, re.IGNORECASE) for name in names)


def test_answers_are_redacted_before_they_are_stored(warehouse: Warehouse, model: StandIn) -> None:
    said = "write to Ada.Lovelace@example.org or call +49 170 1234567"

    def indiscreet(call: Call) -> Reply:
        body = json.loads(answers(call).body)
        content = json.loads(body["choices"][0]["message"]["content"])
        text = {key: f"{value} {said}" for key, value in content.items() if key in ("summary", "name", "description")}
        return completion(json.dumps({**content, **text}))

    model.replies = indiscreet
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        warehouse.dbt("build", **settings(warehouse))
        stored = [content for (content,) in warehouse.rows("select content from kura_llm_responses")]
        assert len(stored) > len(TEXTS)
        assert sum("[email] or call [phone]" in content for content in stored) >= len(TEXTS)
        assert not [content for content in stored if "lovelace" in content.lower() or "1234567" in content]

        first = warehouse.rows(
            "select conversation_id, status, summary, request from fct_kura__conversations order by 1"
        )
        called = len(model.calls)
        warehouse.dbt("build", "--full-refresh", **settings(warehouse))
        assert len(model.calls) == called
        assert (
            warehouse.rows("select conversation_id, status, summary, request from fct_kura__conversations order by 1")
            == first
        )

"""Inputs, answers and settings that are out of the ordinary, with a language model."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.support.model_runs import TEXTS, settings, summary_calls
from tests.support.standin import Call, Reply, StandIn, completion
from tests.support.warehouse import Warehouse, write_conversations


def test_nothing_one_conversation_and_a_huge_message_build(warehouse: Warehouse, model: StandIn) -> None:
    file = warehouse.folder / "chats.jsonl"
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        file.write_text('{"conversation_id": null, "messages": []}\n')
        warehouse.dbt(
            "build", **settings(warehouse, kura_input_format="conversations", kura_screener="Is it a parcel?")
        )
        assert model.calls == []

        write_conversations(file, ["my parcel is late"])
        warehouse.dbt("build", **settings(warehouse))
        assert len(summary_calls(model)) == 1

        write_conversations(file, ["my parcel is late", "my parcel is very late " * 45_000])
        warehouse.dbt("build", **settings(warehouse))
    assert len(summary_calls(model)) == 2
    assert max(len(json.dumps(call.body)) for call in model.calls) < 40_000
    assert warehouse.rows("select status, count(*) from fct_kura__conversations group by 1") == [("ok", 2)]


def test_a_change_of_facets_or_model_asks_anew_for_exactly_what_it_shapes(warehouse: Warehouse, model: StandIn) -> None:
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url

        def asked(**changes: Any) -> Counter[str]:
            before = len(model.calls)
            warehouse.dbt("run", **settings(warehouse, **changes))
            new = model.calls[before:]
            return Counter("summary" if "user_frustration" in json.dumps(call.body) else "name" for call in new)

        names = asked()["name"]
        assert names > 0
        churn = {"name": "churn_risk", "enum": ["low", "high"], "question": "how likely the user is to leave"}
        assert asked(kura_facets=[churn]) == {"summary": len(TEXTS)}
        assert asked() == {}  # answered before
        assert asked(kura_llm_model="gpt-4o", kura_naming_model="gpt-4o-mini") == {"summary": len(TEXTS)}
        assert asked(kura_naming_model="gpt-4o") == {"name": names}


def test_a_model_that_only_talks_nonsense_fails_the_build_and_loses_nothing(
    warehouse: Warehouse, model: StandIn
) -> None:
    def nonsense(call: Call) -> Reply:
        return completion("\u202ebanana {{ ref('x') }} }{", usage={"prompt_tokens": "many"})

    model.replies = nonsense
    with model:
        warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        output = warehouse.dbt("build", fails=True, **settings(warehouse))
    assert "failed_share_is_bearable" in output
    assert warehouse.rows("select distinct status, error, cluster_id from fct_kura__conversations") == [
        ("failed", "not_json", "unprocessed")
    ]
    assert warehouse.value("select count(*) from fct_kura__conversations") == len(TEXTS)

"""Inputs, answers and settings that are out of the ordinary, with a language model."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.support.model_runs import ASKING, TEXTS, settings, summary_calls
from tests.support.standin import Call, Reply, StandIn, completion, fitting
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
            warehouse.dbt(*ASKING, **settings(warehouse, **changes))
            new = model.calls[before:]
            return Counter("summary" if "user_frustration" in json.dumps(call.body) else "name" for call in new)

        names = asked()["name"]
        assert names > 0
        churn = {"name": "churn_risk", "enum": ["low", "high"], "question": "how likely the user is to leave"}
        assert asked(kura_facets=[churn]) == {"summary": len(TEXTS)}
        number = {"name": "churn_risk", "type": "integer", "question": "how likely, from 1 to 5"}
        usual, model.replies = model.replies, fitting
        for facet, kind in ((number, "BIGINT"), (churn, "VARCHAR")):
            warehouse.dbt("run", "--select", "int_kura__summaries", **settings(warehouse, kura_facets=[facet]))
            found = "select typeof(churn_risk), count(churn_risk) from int_kura__summaries group by 1"
            assert warehouse.rows(found) == [(kind, len(TEXTS))]
        model.replies = usual
        assert asked() == {}  # answered before
        assert asked(kura_llm_model="gpt-4o", kura_naming_model="gpt-4o-mini") == {"summary": len(TEXTS)}
        assert asked(kura_naming_model="gpt-4o") == {"name": names}


def test_a_model_that_only_talks_nonsense_is_stopped_after_twenty_questions(
    warehouse: Warehouse, model: StandIn
) -> None:
    def nonsense(call: Call) -> Reply:
        return completion("\u202ebanana {{ ref('x') }} }{", usage={"prompt_tokens": "many"})

    good, model.replies = model.replies, nonsense
    many = [f"{text}, the {number} time" for text in TEXTS for number in range(2)]
    write_conversations(warehouse.folder / "chats.jsonl", many)
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        chosen = settings(warehouse, kura_max_concurrency=2)
        output = warehouse.dbt("build", fails=True, **chosen)
        assert "has failed 20 of 20 questions, 20 of them with `not_json`" in output
        assert len(model.calls) < len(many)
        model.replies = good
        warehouse.dbt("build", **chosen)
    assert warehouse.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(many)


def test_what_a_model_refuses_is_asked_on_two_more_nights_and_then_on_request(
    warehouse: Warehouse, model: StandIn
) -> None:
    good = model.replies
    model.replies = lambda call: completion(None, refusal="no") if "Ada here: my parcel" in call.user else good(call)
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url

        def asked(*more: str) -> int:
            before = len(model.calls)
            warehouse.dbt("run", "--select", "+int_kura__summaries", *more, **settings(warehouse))
            return len(model.calls) - before

        assert [asked() for _ in range(5)] == [len(TEXTS), 1, 1, 0, 0]
        assert warehouse.rows("select status, error from int_kura__summaries where status <> 'ok'") == [
            ("failed", "refused")
        ]
        assert asked("--full-refresh") == 1

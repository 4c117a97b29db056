"""What `kura estimate` says beforehand, against what a server counts afterwards."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from kura_udfs.vectors import minilm
from tests.support.standin import Call, Reply, StandIn, completion
from tests.support.warehouse import Warehouse

SUMMARY = {
    "summary": "The user's order has not arrived although the shop had promised it for the week before, and the"
    " assistant looked the parcel up and promised an answer by the next day.",
    "request": "find out why the parcel that was ordered two weeks ago has not arrived at the door yet",
    "task": "explain where the parcel is at the moment and when the user can expect to receive it at last",
    "topic": "late delivery of a parcel",
    "languages": ["English"],
    "concerning_score": 1,
    "user_frustration": 2,
    "assistant_errors": None,
    "issue": "parcel that has not arrived",
    "issue_side": "other",
    "outcome": "unresolved",
    "outcome_evidence": None,
}


def count_as_a_server(call: Call) -> Reply:
    schema = call.body["response_format"]["json_schema"]["schema"]
    sent = "\n".join(message["content"] for message in call.body["messages"]) + json.dumps(schema)
    said = json.dumps(SUMMARY)
    return completion(said, usage={"prompt_tokens": tokens(sent), "completion_tokens": tokens(said)})


def tokens(text: str) -> int:
    return len(vocabulary().encode(text, add_special_tokens=False).ids)


@cache
def vocabulary() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(minilm.load_minilm(None, "int8", lambda message: None).tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def estimated(warehouse: Warehouse) -> dict[str, tuple[int, int, int, str]]:
    """Return calls, input tokens, output tokens and cost by stage."""
    output = warehouse.kura("estimate")
    assert output.returncode == 0, output.stderr
    rows = re.findall(r"^ (\w+) .*?([\d,]+) +([\d,]+) +([\d,]+) +(\$\S+|unknown) *$", output.stdout, re.MULTILINE)
    return {row[0]: (*(int(number.replace(",", "")) for number in row[1:4]), row[4]) for row in rows}


def test_the_estimate_is_near_what_the_server_counts(warehouse: Warehouse) -> None:
    warehouse.with_artifacts().environment["OPENAI_API_KEY"] = "none"
    chosen: dict[str, Any] = {"kura_provider": "openai", "kura_llm_model": "gpt-4o-mini"}
    assert "dbt build --select +int_kura__transcripts" in warehouse.kura("estimate").stderr.replace("\n", " ")
    with StandIn(count_as_a_server) as server:
        warehouse.environment["OPENAI_BASE_URL"] = server.url
        warehouse.dbt("build", "--select", "+int_kura__transcripts", "--indirect-selection", "buildable", **chosen)
        before = estimated(warehouse)
        assert server.calls == []
        warehouse.dbt("run", "--select", "+int_kura__summaries", **chosen)
        calls, input_tokens, output_tokens, cost = before["summaries"]
        counted = "select sum(calls), sum(input_tokens), sum(output_tokens), sum(cost_usd) from kura_llm_responses"
        ((real_calls, real_input, real_output, real_cost),) = warehouse.rows(counted)
        assert calls == real_calls == len(server.calls)
        assert input_tokens == pytest.approx(real_input, rel=0.2)
        assert output_tokens == pytest.approx(real_output, rel=0.2)
        assert float(cost.lstrip("$")) == pytest.approx(real_cost, rel=0.2)

        after = estimated(warehouse)
        assert after["summaries"][:3] == after["names"][:3] == (0, 0, 0)

        unpriced = {
            **chosen,
            "kura_llm_model": "my-own",
            "kura_embedder": "openai",
            "kura_screener": "Is it about a parcel?",
        }
        warehouse.dbt("parse", **unpriced)
        again = estimated(warehouse)
        assert set(again) == {"screener", "summaries", "embeddings", "names", "all"}
        assert again["screener"][0] == again["summaries"][0] == calls
        assert again["all"][3] == "unknown"
        assert again["embeddings"][3] != "unknown"
        assert "kura_llm_prices" in warehouse.kura("estimate").stdout


def test_without_a_language_model_nothing_is_estimated(warehouse: Warehouse) -> None:
    warehouse.with_artifacts().dbt("parse")
    assert "costs nothing" in warehouse.kura("estimate").stdout

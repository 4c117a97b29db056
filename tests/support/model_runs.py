"""What builds with a language model have in common: conversations, a stand-in that answers, settings."""

from __future__ import annotations

import json
from typing import Any

from tests.support.project import AT_THE_END
from tests.support.standin import Call, Reply, StandIn, completion, fitting
from tests.support.warehouse import Warehouse

KEY = "sk-secret-of-the-test"
UNSEEN = [part for part in AT_THE_END if part != "facets"]
"""Parts that tests of what is asked and paid don't look at."""
ASKING = ("run", "--select", "+int_kura__cluster_names")
"""Runs all models that ask for something: whole builds are for tests that look at what comes of the answers."""
PEOPLE = ["Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ivy", "Jo"]
MATTERS = ["parcel is late", "card was declined", "app crashes at start", "tent pole broke", "password reset fails"]
TEXTS = [
    f"hello, {person} here: my {matter} since day {day}" for day, matter in enumerate(MATTERS) for person in PEOPLE
]


def answers(call: Call) -> Reply:
    """Answer as a decent model would: facets from the conversation, names from the members."""
    if is_screening(call):
        return completion(json.dumps({"match": "parcel" in call.user or "app crashes" in call.user}))
    if is_audit(call):
        numbers = range(1, sum(line.startswith("- ") for line in call.user.split("\n")) + 1)
        return completion(json.dumps({"scores": [{"number": number, "score": 5} for number in numbers]}))
    matter = next((matter for matter in MATTERS if matter in call.user), "things")
    if "user_frustration" not in json.dumps(call.body):
        return fitting(call)
    facets = {
        "summary": f"The user says that the {matter}.",
        "request": f"Help because the {matter}",
        "task": f"Explain why the {matter}",
        "topic": matter,
        "languages": ["English"],
        "concerning_score": 1,
        "user_frustration": 3,
        "assistant_errors": None,
        "issue": f"The {matter}",
        "issue_side": "product",
        "outcome": "resolved" if "parcel" in matter else "unresolved",
        # of a card nearly as it was said, of anything else as nobody has said it
        "outcome_evidence": "My card  was declined" if "card" in matter else "Nobody has said this.",
    }
    if "churn_risk" in json.dumps(call.body):
        facets["churn_risk"] = "high" if "declined" in call.user else "low"
    return completion(json.dumps(facets))


def is_screening(call: Call) -> bool:
    return '"match"' in json.dumps(call.body)


def is_audit(call: Call) -> bool:
    return '"scores"' in json.dumps(call.body)


def settings(warehouse: Warehouse, **more: Any) -> dict[str, Any]:
    """Return the settings of a build with a model, over one lens and with few tables, unless they say otherwise."""
    chats = str(warehouse.folder / "chats.jsonl")
    # names are asked for in each lens: with one, calls can be counted
    lens = {} if "kura_cluster_on" in more else {"kura_lenses": {"request": {"text": "request"}}}
    model = {"kura_provider": "openai", "kura_llm_model": "gpt-4o-mini"}
    return {"kura_input": chats, **model, "kura_without": UNSEEN, **lens, **more}


def summary_calls(server: StandIn) -> list[Call]:
    return [call for call in server.calls if "user_frustration" in json.dumps(call.body)]

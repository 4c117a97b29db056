from __future__ import annotations

import pytest

from tests.support.model_runs import KEY, TEXTS, answers
from tests.support.standin import StandIn
from tests.support.warehouse import Warehouse, write_conversations


@pytest.fixture
def model(warehouse: Warehouse) -> StandIn:
    server = StandIn(answers)
    warehouse.environment["OPENAI_API_KEY"] = KEY
    # data tests take a third of a build: they run where a model's answers could break what they look at
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    write_conversations(warehouse.folder / "chats.jsonl", TEXTS)
    return server

from __future__ import annotations

import pytest

from tests.conftest import Warehouse, write_conversations
from tests.e2e.model_runs import KEY, TEXTS, answers
from tests.standin import StandIn


@pytest.fixture
def model(warehouse: Warehouse) -> StandIn:
    server = StandIn(answers)
    warehouse.environment["OPENAI_API_KEY"] = KEY
    write_conversations(warehouse.folder / "chats.jsonl", TEXTS)
    return server

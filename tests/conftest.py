from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.warehouse import Warehouse

# the same examples in every run: a test that fails for one person fails for all
settings.register_profile("kura", derandomize=True, deadline=None)
settings.load_profile("kura")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that no core waits for the other at the end."""
    items.sort(key=lambda item: "test_refreshes" not in str(item.path))
    items.sort(key=lambda item: "unit" in item.path.parts)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)

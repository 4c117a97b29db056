from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.warehouse import Warehouse

# the same examples in every run: a test that fails for one person fails for all
settings.register_profile("kura", derandomize=True, deadline=None)
settings.load_profile("kura")


MEMORY, ROOM = Path("/dev/shm"), 8 << 30


def pytest_configure() -> None:
    """Keep the folders of tests in memory where there is room: a build commits some hundred times, and a disk lets it wait."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files, so that no core waits for the other at the end."""
    items.sort(key=lambda item: "test_refreshes" not in str(item.path))
    items.sort(key=lambda item: "unit" in item.path.parts)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)

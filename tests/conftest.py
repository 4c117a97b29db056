from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

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


ON_EXTENSIONS = ("tests/e2e/test_engines.py", "tests/e2e/test_remote_inputs.py")


class Scheduling(LoadFileScheduling):  # type: ignore[misc]
    """To each worker whole files, and to one all files for which it begins a server of runs with another DuckDB."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return ON_EXTENSIONS[0] if file in ON_EXTENSIONS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)

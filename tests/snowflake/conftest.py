from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.snowflake_schema import IS_REAL

if TYPE_CHECKING:
    from tests.support.snowflake_account import Account


@pytest.fixture(scope="session")
def account() -> Iterator[Account | None]:
    """Start the stand-in for an account, where there is no real one."""
    if IS_REAL:
        yield None
        return
    from tests.support.snowflake_account import running  # it takes seconds to import

    with running() as started:
        yield started

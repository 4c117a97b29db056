"""A trial run reads nothing of a relation on Snowflake, where dbt hands over a query in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.snowflake_schema import Snowflake, new_snowflake


@pytest.fixture
def snowflake(tmp_path_factory: pytest.TempPathFactory, account: Any) -> Iterator[Snowflake]:
    for made in new_snowflake(tmp_path_factory, account):
        made.deploy()
        yield made


def test_a_trial_run_reads_nothing_of_a_relation(snowflake: Snowflake) -> None:
    counted = f"select count(*) from {snowflake.schema}_internal.base_kura__messages"
    # what dbt makes of `source()` under `--empty`
    query = "(select * from (select 'c' as conversation_id, 'user' as role, 'hi' as content) where false limit 0) _dbt_limit_subq_x"
    snowflake.run_as_parsed("--select", "+base_kura__messages", kura_input=query)
    assert snowflake.value(counted) == 0
    rows = query.replace("false", "true").replace("limit 0", "limit 9")
    snowflake.run_as_parsed("--select", "+base_kura__messages", kura_input=rows)
    assert snowflake.value(counted) == 1

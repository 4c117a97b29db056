"""What is written for Snowflake, read as it would be there."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from kura_udfs.stages.snowflake.in_engine import local_summaries_sql
from kura_udfs.stages.summaries import SUMMARIES


def test_a_column_of_summaries_may_be_null_whatever_provider_has_made_the_table() -> None:
    sql = local_summaries_sql("d.s.NAME_1", "transcripts", "true", SUMMARIES)
    query = sqlglot.parse_one(sql, read="snowflake", into=exp.Select)
    assert [column.alias for column in query.selects] == SUMMARIES.names
    # Snowpark makes a column NOT NULL of what is a literal and nothing else
    fixed = [column.alias for column in query.selects if not column.find(exp.Column, exp.Null)]
    assert fixed == []

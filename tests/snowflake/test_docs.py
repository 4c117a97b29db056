"""The SQL of docs/snowflake.md is as Snowflake's documentation has it, and grants what a build needs."""

from __future__ import annotations

import re
import textwrap

import pytest
import sqlglot
from sqlglot import exp

from tests.support.project import REPOSITORY

PAGE = (REPOSITORY / "docs" / "snowflake.md").read_text()
NAME = r"[a-z_]\w*(?:\.[a-z_]\w*){0,2}"
TEXT = r"'(?:[^']|'')*'"
OPTION = {
    "warehouse": NAME,
    "schedule": r"'USING CRON (?:\S+ ){5}\S+'",
    "allow_overlapping_execution": "(?:true|false)",
    "suspend_task_after_num_failures": r"\d+",
    "user_task_timeout_ms": r"\d+",
}
PAIR = rf"'DBT_[A-Z_]+'\s*=\s*{TEXT}"
OPTIONS = "|".join(rf"{name}\s*=\s*{value}" for name, value in OPTION.items())
EXECUTE = (
    rf"execute dbt project {NAME}\s+args\s*=\s*{TEXT}\s+dbt_version\s*=\s*'\d+\.\d+\.\d+'"
    rf"(?:\s+env_vars\s*=\s*\(\s*{PAIR}(?:\s*,\s*{PAIR})*\s*\))?"
)
# what the parser of SQL takes as it comes, without looking
STRICT = [
    rf"grant [a-z_]+(?: [a-z_]+)*(?:, [a-z_]+(?: [a-z_]+)*)* on (?:warehouse|database|schema|table|integration|secret|account|all tables in schema|future tables in schema)(?: {NAME})? to role {NAME}",
    rf"grant database role snowflake\.[a-z_]+ to role {NAME}",
    rf"create role {NAME}",
    rf"create warehouse {NAME} warehouse_size = [a-z]+(?: warehouse_type = 'SNOWPARK-OPTIMIZED')? auto_suspend = \d+",
    rf"alter schema {NAME} set log_level = 'INFO'",
    rf"create network rule {NAME} mode = egress type = host_port value_list = \({TEXT}\)",
    rf"create secret {NAME} type = generic_string secret_string = {TEXT}",
    rf"create external access integration {NAME}\s+allowed_network_rules = \({NAME}\) allowed_authentication_secrets = \({NAME}\) enabled = true",
    rf"create api integration {NAME} api_provider = git_https_api\s+api_allowed_prefixes = \({TEXT}\) enabled = true",
    rf"create git repository {NAME} api_integration = {NAME} origin = {TEXT}",
    rf"alter git repository {NAME} fetch",
    rf"create dbt project {NAME} from '@[^']+'\s+dbt_version = '\d+\.\d+\.\d+' default_target = {TEXT}",
    rf"alter dbt project {NAME} deploy from '@[^']+'",
    rf"create task {NAME}(?:\s+(?:{OPTIONS}))+\s+as\s+{EXECUTE}",
    rf"alter task {NAME} resume",
]


def statements() -> list[str]:
    """The statements of all SQL blocks, without their comments."""
    found = []
    for block in re.findall(r"(?ms)^ *```sql\n(.*?)^ *```", PAGE):
        text = re.sub(r"(?m)-- .*$", "", textwrap.dedent(block))
        found += [part.strip() for part in text.split(";") if part.strip()]
    return found


@pytest.mark.parametrize("statement", statements())
def test_every_statement_is_of_a_form_that_is_documented(statement: str) -> None:
    if any(re.fullmatch(pattern, statement, re.IGNORECASE) for pattern in STRICT):
        return
    [parsed] = sqlglot.parse(statement, read="snowflake")
    assert not isinstance(parsed, exp.Command), statement


def test_the_page_was_read() -> None:
    assert len(statements()) > 30


@pytest.mark.parametrize(
    "statement",
    [
        "alter dbt project kura.kura.project add version from '@kura.kura.repository/branches/main'",
        "execute dbt project kura.kura.project args = 'build' dbt_version = '1.11'",
        "create task t warehouse = kura as execute dbt project p args = 'build' dbt_version = '1.11.11' env_vars = ('ROLE' = 'kura')",
    ],
)
def test_a_form_that_is_not_documented_would_be_seen(statement: str) -> None:
    assert not any(re.fullmatch(pattern, statement, re.IGNORECASE) for pattern in STRICT)

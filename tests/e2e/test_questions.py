"""The questions in docs/questions.md have answers, also for agents, and the semantic layer is valid."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support import synthetic
from tests.support.agents import Agent, asked
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

QUESTIONS = re.findall(
    r"^## (.+?)\n.*?```sql\n(.+?)```", (REPOSITORY / "docs" / "questions.md").read_text(), re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("questions") / "published.duckdb"
    synthetic.make(path, 4_000)
    return path


@pytest.mark.parametrize("question", [question for question, _ in QUESTIONS])
def test_a_question_is_answered(published: Path, question: str) -> None:
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute("use kura")
        assert connection.sql(dict(QUESTIONS)[question]).fetchall(), question


# a question for which there is a tool of its own: what it is asked, and by what its rows are in order
TOOLS: dict[str, tuple[str, dict[str, Any], str]] = {
    "Where is most to be gained?": ("topics", {"order_by": "opportunity", "leaves_only": True}, "opportunity"),
    "Which topics have come up last?": ("topics", {"order_by": "newest", "leaves_only": True}, "first_seen_at"),
    "What has grown most since the week before?": ("trends", {"leaves_only": True}, "conversation_change"),
    "What should somebody look at today?": ("alerts", {}, "since"),
    "What do German-speaking users ask that others don't?": (
        "facets",
        {"facet": "language", "value": "german"},
        "lift",
    ),
    "What did the release, the month, the campaign change?": ("comparisons", {}, "difference_low"),
    "Are the clusters still good?": ("runs", {"stage": "fit"}, "started_at"),
}
TEXTS = "Which conversations should a person read about payments?"


def test_an_agent_gets_the_same_answer_to_each_question(published: Path) -> None:
    def shown(value: object) -> object:
        if isinstance(value, float):
            return pytest.approx(value, rel=1e-9)
        return value.isoformat() if isinstance(value, datetime.date) else value

    def rows(sql: str) -> list[dict[str, object]]:
        with duckdb.connect(str(published), read_only=True) as connection:
            found = connection.execute(f"use kura; {sql}")
            names = [column[0] for column in found.description]
            return [dict(zip(names, map(shown, row), strict=True)) for row in found.fetchall()]

    async def of_tools(agent: Agent) -> None:
        for question, (tool, arguments, order) in TOOLS.items():
            sql = dict(QUESTIONS)[question]
            expected, told = rows(sql), await agent.rows(tool, limit=1_000 if "limit" not in sql else 10, **arguments)
            assert len(told) == len(expected), question
            assert [row[order] for row in told] == [row[order] for row in expected] or question.startswith(
                "What should"
            ), question
            possible = rows(re.sub(r"limit \d+\s*$", "", sql))  # of equals, others may come first
            for row in told:
                assert {name: row[name] for name in expected[0]} in possible, question

    async def of_examples(agent: Agent) -> None:
        found = [
            topic
            for topic in await agent.rows("topics", limit=1_000, leaves_only=True)
            if "payment" in topic["path"].lower()
        ]
        told = [row for topic in found for row in await agent.rows("examples", cluster_id=topic["cluster_id"])]
        assert told == rows(dict(QUESTIONS)[TEXTS])

    async def of_sql(agent: Agent) -> None:
        for question, sql in QUESTIONS:
            told, expected = await agent.rows("query", sql=sql, limit=1_000), rows(sql)
            assert len(told) == len(expected), question
            if "limit" not in sql:
                assert all(row in told for row in expected), question

    async def everything(agent: Agent) -> None:
        await of_tools(agent)
        await of_examples(agent)
        await of_sql(agent)

    asked(published, everything)


def test_the_share_of_frustrated_conversations_about_delivery_is_what_counting_says(published: Path) -> None:
    sql = next(sql for question, sql in QUESTIONS if "delivery" in question)
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute("use kura")
        answers = {row[0]: row[-1] for row in connection.sql(sql).fetchall()}
        frustrated = connection.sql(
            "select date_trunc('week', started_at)::date, cluster_id from fct_kura__conversations where user_frustration >= 4"
        ).fetchall()
    weeks = {week for week, _ in frustrated}
    for week in weeks:
        clusters = [cluster for this, cluster in frustrated if this == week]
        assert answers[week] == pytest.approx(sum(cluster.startswith("t4") for cluster in clusters) / len(clusters))


def test_the_made_up_tables_have_columns_that_the_contract_knows(published: Path) -> None:
    import yaml

    models = yaml.safe_load((REPOSITORY / "models/marts/_kura__marts.yml").read_text())["models"]
    contract = {model["name"]: {column["name"]: column["data_type"] for column in model["columns"]} for model in models}
    with duckdb.connect(str(published), read_only=True) as connection:
        columns = connection.sql(
            "select table_name, column_name, lower(data_type) from duckdb_columns() where not internal"
        ).fetchall()
    for table, column, kind in columns:
        if column != "segment":  # a facet of one's own
            assert contract[table].get(column, "").replace("datetime", "timestamp") == kind, (table, column)


def test_the_semantic_models_are_valid(tmp_path: Path) -> None:
    from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
    from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

    warehouse = Warehouse(tmp_path).with_artifacts()
    warehouse.dbt("parse", kura_semantic_layer=True, kura_time_spine=True, kura_exposures=True)
    text = (tmp_path / "target" / "semantic_manifest.json").read_text()
    found = SemanticManifestValidator[PydanticSemanticManifest]().validate_semantic_manifest(
        PydanticSemanticManifest.parse_raw(text)
    )
    assert [issue.message for issue in found.all_issues] == []
    assert '"kura_frustration_rate"' in text

"""The questions in docs/questions.md have answers, and the semantic layer is valid."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from tests.support import synthetic
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
            assert contract[table].get(column) == kind, (table, column)


def test_the_semantic_models_are_valid(tmp_path: Path) -> None:
    from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
    from dbt_semantic_interfaces.validations.semantic_manifest_validator import SemanticManifestValidator

    warehouse = Warehouse(tmp_path)
    warehouse.dbt("parse", kura_semantic_layer=True, kura_time_spine=True, kura_exposures=True)
    text = (tmp_path / "target" / "semantic_manifest.json").read_text()
    found = SemanticManifestValidator[PydanticSemanticManifest]().validate_semantic_manifest(
        PydanticSemanticManifest.parse_raw(text)
    )
    assert [issue.message for issue in found.all_issues] == []
    assert '"kura_frustration_rate"' in text

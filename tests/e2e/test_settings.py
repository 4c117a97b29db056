"""A wrong setting stops dbt before anything runs, and the message says how to mend it."""

from __future__ import annotations

import ast
import re
from typing import Any

import duckdb
import pytest
import yaml

from tests.support.name_model import export_name_model
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse, write_conversations

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "misspelt": ({"kura_providr": "local"}, "Similar ones: `kura_provider`. docs/configuration.md"),
    "unlike all": ({"kura_zebra": 1}, "no setting `kura_zebra`. docs/configuration.md lists them all"),
    "choice": ({"kura_clustering_method": "dbscan"}, "one of leiden, kmeans, minibatch_kmeans, hdbscan"),
    "type": ({"kura_top_clusters": "many"}, "a whole number of at least 2"),
    "range": ({"kura_max_failed_share": 5}, "a number of at least 0 and at most 1"),
    "boolean": ({"kura_seed": True}, "a whole number of at least 0"),
    "date": ({"kura_earliest": "soon"}, "a date such as 1990-01-01"),
    "key": ({"kura_columns": {"colour": "x"}}, "a mapping whose keys are among conversation_id"),
    "place": ({"kura_columns": {"messages": ["input", 2]}}, "names of columns or paths such as chat.messages"),
    "places": ({"kura_columns": {"role": ["a", "b"]}}, "of which `messages` may have a list: role has not"),
    "provider": ({"kura_llm_batch": True}, "set `kura_provider` to openai"),
    "pattern": ({"kura_redact_patterns": {"staff": 7}}, "Write a regular expression in single quotes"),
    "target": ({"kura_provider": "cortex"}, "there is none on duckdb"),
    "lens text": ({"kura_lenses": {"mood": {"text": "mood"}}}, "whose texts are among user_turns, request"),
    "lens key": ({"kura_lenses": {"ask": {"text": "request", "nil": "exclude"}}}, "and nothing else; ask has not"),
    "lens name": ({"kura_lenses": {"My lens": {"text": "request"}}}, "names of small letters, digits and _"),
    "lenses": ({"kura_lenses": {f"a{n}": {"text": "request"} for n in range(6)}}, "at most 5 lenses"),
    "first lens": (
        {"kura_lenses": {"ask": {"text": "request", "none": "exclude"}}},
        "first lens holds every conversation",
    ),
    "lens model": ({"kura_lenses": {"issue": {"text": "issue"}}}, "which a language model writes: set `kura_provider`"),
    "two ways": ({"kura_lenses": {"a": {"text": "request"}}, "kura_cluster_on": "request"}, "leave one of them out"),
    "comparison": (
        {"kura_compare": [{"by": "model_version", "baseline": "v41"}]},
        "what you add to kura_passthrough_columns",
    ),
    "baseline": (
        {"kura_compare": [{"by": "conversation_length", "baseline": "tiny"}]},
        "which has empty, one exchange",
    ),
    "period": ({"kura_compare": [{"by": "period", "baseline": "May"}]}, "a first day and the day after the last, e.g."),
    "compared": ({"kura_compare": [{"by": "language"}]}, "{by: model_version, baseline: v41}"),
    # what models reckon with, or go through, while dbt reads them: whichever it reads first, it is the setting that is named
    "reckoned text": ({"kura_transcript_tokens": "4,000"}, "a whole number of at least"),
    "reckoned cell": ({"kura_min_cell": "five"}, "a whole number of at least 1, or null"),
    "reckoned mapping": ({"kura_examples_per_cluster": {"a": 1}}, "a whole number of at least"),
    "number for a text": ({"kura_conversation_url": 5}, "a text, or null"),
    "number for facets": ({"kura_facets": 5}, "a list"),
    "key of a facet": ({"kura_facets": [{"name": "plan", "tpye": "text", "question": "x"}]}, "plan has `tpye`"),
    "number for columns": ({"kura_passthrough_columns": 5}, "a list"),
    "word of SQL for a column": ({"kura_passthrough_columns": ["Order"]}, "{my_order: Order}"),
    "word of SQL for a name": ({"kura_passthrough_columns": [{"group": "team"}]}, "{my_group: team}"),
    "capital letters for a name": ({"kura_passthrough_columns": [{"Segment name": "team"}]}, '{plan: "team"}'),
    "name that is taken": ({"kura_passthrough_columns": [{"language": "team"}]}, "{my_language: team}"),
    "number for parts": ({"kura_without": 5}, "a list"),
    "value": ({"kura_roles": {"boss": "manager"}}, "a mapping whose values are among user"),
}


def test_a_setting_in_the_wrong_place_of_the_command_line_is_told(warehouse: Warehouse) -> None:
    output = warehouse.dbt("parse", kura={"kura_passthrough_columns": ["tier"], "theirs": 1})
    assert "`kura_passthrough_columns` is not read below `kura:` in --vars" in output
    assert "'{kura_passthrough_columns: ...}'" in output
    assert "theirs" not in output
    assert "is not read" not in warehouse.dbt("parse", kura="theirs", kura_seed=1)


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_a_compilation_error_that_helps(warehouse: Warehouse, case: str) -> None:
    variables, remedy = WRONG[case]
    output = warehouse.dbt("parse", fails=True, **variables)
    assert "Compilation Error" in output
    assert remedy in output
    assert next(iter(variables)) in output


def test_every_word_that_duckdb_takes_for_no_column_is_refused() -> None:
    """A keyword is tried as the models use the name of a column that goes along."""
    macro = (REPOSITORY / "macros" / "input" / "passthrough.sql").read_text().partition("default__words_of_sql")[2]
    listed = set(" ".join(re.findall(r'"([^"]*)"', macro.partition("endmacro")[0])).split())
    refused = set[str]()
    with duckdb.connect() as connection:
        for (word,) in connection.execute("select distinct keyword_name from duckdb_keywords()").fetchall():
            query = f"select one.{word}, cast({word} as text) from (select 1 as {word}) as one where {word} is not null"
            try:
                connection.execute(query)
            except duckdb.Error:
                refused.add(word)
    assert {"order", "group", "left"} <= refused <= listed
    assert not {"account", "organization", "user", "start"} & listed


YAML = {
    "kura_lenses: {ask: {text: request, on: x}}": "one whose keys are texts, which True is not. YAML reads on, off, yes",
    "kura_passthrough_columns: [{null: plan}]": "put quotes round them",
    "kura_passthrough_columns: [2026-05-01]": 'holds "2026-05-01", but each entry',
    "kura_roles: {boss: 2026-05-01}": '{"boss": "2026-05-01"}',
    "kura_max_failed_share: .nan": "a number of at least 0 and at most 1",
    "kura_max_cost_usd: .inf": "a number of at least 0, or null",
}


@pytest.mark.parametrize("written", YAML)
def test_what_yaml_reads_otherwise_than_it_was_meant_is_told(warehouse: Warehouse, written: str) -> None:
    output = warehouse.dbt("parse", "--vars", f"{{{written}}}", fails=True)
    assert "Compilation Error" in output
    assert YAML[written] in output


@pytest.mark.parametrize(
    ("pattern", "reason"), [(r"E-(\d", "unterminated subpattern"), (r"\d*", "matches the empty text")]
)
def test_a_pattern_that_cannot_be_meant_stops_a_run_at_its_start(
    warehouse: Warehouse, pattern: str, reason: str
) -> None:
    output = warehouse.dbt(
        "run", "--select", "base_kura__messages", fails=True, kura_redact_patterns={"staff": pattern}
    )
    assert "kura_redact_patterns" in output
    assert reason in output


def test_names_and_addresses_are_gone_from_transcripts_and_each_text_is_read_once(warehouse: Warehouse) -> None:
    said = [
        "my name is Zorblax Quimby",
        "I live in Hauptstrasse 12.",
        "the parcel is lost: a@example.org",
        "E-123456",
    ]
    chats = write_conversations(warehouse.folder / "chats.jsonl", said)
    model = export_name_model(warehouse.folder / "names")
    chosen: dict[str, Any] = {"kura_input": str(chats), "kura_redact_patterns": {"staff": r"E-\d{6}"}}
    query = "select user_turns, content_hash from int_kura__transcripts order by conversation_id"
    warehouse.dbt("run", "--select", "+int_kura__transcripts", **chosen)
    assert warehouse.value("select count(*) from duckdb_tables() where table_name = 'int_kura__nameless_texts'") == 0
    plain = warehouse.rows(query)
    chosen["kura_redact_names"] = str(model)
    warehouse.dbt("run", "--select", "+int_kura__transcripts", **chosen)
    expected = ["my name is [person]", "I live in [address].", "the parcel is lost: [email]", "[staff]"]
    assert [text for text, _ in warehouse.rows(query)] == expected
    # what is made of a transcript is made again where a name was in it, and nowhere else
    assert [a[1] == b[1] for a, b in zip(plain, warehouse.rows(query), strict=True)] == [False, False, True, True]
    with duckdb.connect(str(warehouse.database)) as connection:  # what is known is not read again
        connection.execute(
            "update kura_internal.int_kura__nameless_texts set content = 'known' where content like '%name%'"
        )
    write_conversations(chats, ["thanks, Ada Ek", said[0]])
    warehouse.dbt("run", "--select", "+int_kura__transcripts", **chosen)
    assert [text for text, _ in warehouse.rows(query)] == ["thanks, [person]", "known"]
    assert warehouse.value("select count(*) from int_kura__nameless_texts") == 2
    write_conversations(chats, ["i am Bo Ek from Ulm"])
    left_out = ("--exclude", "int_kura__nameless_texts")
    warehouse.dbt("run", "--select", "+int_kura__transcripts", *left_out, **chosen)
    assert [text for text, _ in warehouse.rows(query)] == ["i am [person] from Ulm"]


def test_a_model_of_names_that_is_missing_stops_a_run_at_its_start(warehouse: Warehouse) -> None:
    output = warehouse.dbt("run", "--select", "base_kura__messages", fails=True, kura_redact_names="/nowhere")
    assert "kura_redact_names" in output
    assert "There is no folder /nowhere" in output


def test_every_setting_that_python_speaks_of_is_declared() -> None:
    spoken: set[str] = set()
    for file in (REPOSITORY / "kura_udfs").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                spoken |= set(re.findall(r"(?<![\w.])kura_[a-z_]+", node.value))
    functions = set(re.findall(r'"(kura_\w+)"', (REPOSITORY / "kura_udfs/functions/duckdb.py").read_text()))
    functions |= set(re.findall(r"kura_[a-z_]+", (REPOSITORY / "macros/snowflake/deployment.sql").read_text()))
    temporary = {f"kura_{name}" for name in ("asked", "answers", "slice", "prompts", "output", "to_embed", "compacted")}
    temporary |= {"kura_duckdb_path", "kura_attached"}  # what marts tell of their file, and of others
    temporary |= {"kura_run_id", "kura_selftest", "kura_published"}  # of a session, of a folder, of a file
    temporary |= {
        "kura_topics",
        "kura_internal",
        "kura_search",
        "kura_remember_alerts",
    }  # a model and a schema of a new project, macros
    handed = (
        "calls",
        "conversation",
        "events",
        "id",
        "message",
        "parent",
        "places",
        "role",
        "time",
    )  # to the parser, by the models
    temporary |= {f"kura_{name}" for name in handed}
    tables = {file.stem for layer in ("state", "marts") for file in (REPOSITORY / "models" / layer).rglob("*.sql")}
    project = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text())
    assert "kura_max_calls" in spoken
    assert spoken - functions - tables - temporary - {"kura_udfs"} <= {*project["vars"]["kura"], "kura_input"}
    # those that are made of a prefix and the name of a field
    fields = ["max_concurrency", "timeout", "max_calls", "max_cost_usd", "requests_per_minute", "tokens_per_minute"]
    assert {f"kura_{field}" for field in fields} <= {*project["vars"]["kura"]}


def test_every_setting_is_declared_ruled_and_documented() -> None:
    project = yaml.safe_load((REPOSITORY / "dbt_project.yml").read_text())
    declared = {*project["vars"]["kura"], "kura_input"}
    ruled = set(re.findall(r"'(kura_\w+)': \{", (REPOSITORY / "macros/settings/rules.sql").read_text()))
    documented = set(
        re.findall(r"^\| `(kura_\w+)` \|", (REPOSITORY / "docs/configuration.md").read_text(), re.MULTILINE)
    )
    assert declared == ruled == documented

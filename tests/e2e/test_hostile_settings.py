"""Whatever a setting or the first line of a file holds, it is a name or a value in SQL, never a part of the statement."""

from __future__ import annotations

import csv
import json
import re
from typing import Any

import pytest

from tests.support.warehouse import Warehouse

LEAK = "(select string_agg(content, ' ') from kura_internal.base_kura__messages)"
HOSTILE = [
    f"plan, {LEAK} as leak",
    f"{LEAK} as leak",
    f"plan' || {LEAK} || '",
    f'plan", {LEAK} as "leak',
    "plan'); drop table kura_internal.base_kura__messages; --",
    "plan -- the rest of the line",
    "plan; select 1",
    "plan /* as it goes on",
    "plan\\",
    "plan\\' || current_user() || '",
    "plan\nfrom elsewhere",
    "plan\u2028x",
    "plan$$",
    "plan\x00",
    "",
    "plan.price",
    "Plan",
    "plän",
    "1plan",
]
ONLY_NAMES = ("kura_snowflake_database", "kura_snowflake_schema", "kura_snowflake_stage", "kura_snowflake_integration",
              "kura_snowflake_secret", "kura_snowflake_python", "kura_package")  # fmt: skip


def rendered(warehouse: Warehouse, jinja: str, **variables: Any) -> Any:
    """Return what an expression in the project gives, as dbt renders it."""
    inline = "{{ '<<<' ~ (" + jinja + ") | tojson ~ '>>>' }}"
    printed = warehouse.dbt("compile", "--inline", inline, **variables)
    found = re.search("<<<(.*)>>>", printed, re.DOTALL)
    assert found, printed
    return json.loads(found[1])


def test_what_becomes_a_part_of_a_statement_can_only_be_a_name_whatever_the_provider(warehouse: Warehouse) -> None:
    asked = "kura.hostile_problems(var('hostile'), var('settings'))"
    macro = warehouse.folder / "project" / "macros" / "hostile_problems.sql"
    warehouse.project = copied(warehouse)
    macro.write_text(
        """{% macro hostile_problems(values, settings) %}
          {% set found, sound = {}, {'name': 'a', 'type': 'text', 'question': 'x'} %}
          {% for value in values %}
            {% do found.update({'kura_facets ' ~ loop.index0: kura.setting_problem([{'name': value, 'type': 'text', 'question': 'x'}], kura.setting_rules()['kura_facets'])}) %}
            {% do found.update({'kura_snowflake_packages ' ~ loop.index0: kura.setting_problem([value], kura.setting_rules()['kura_snowflake_packages'])}) %}
            {% for setting in settings %}
              {% do found.update({setting ~ ' ' ~ value: kura.setting_problem(value, kura.setting_rules()[setting])}) %}
            {% endfor %}
          {% endfor %}
          {% for given in [5, none, 'plan', {'name': 'plan'}, ['plan'], [none], [{}], [{'name': none}], [sound, sound]] %}
            {% do found.update({'kura_facets as ' ~ loop.index0: kura.setting_problem(given, kura.setting_rules()['kura_facets'])}) %}
          {% endfor %}
          {{ return(found) }}
        {% endmacro %}"""
    )
    harmless = {"Plan", "plan.price"}
    found = rendered(warehouse, asked, hostile=[name for name in HOSTILE if name not in harmless], settings=ONLY_NAMES)
    assert len(found) > 150
    # a package may be called so
    assert [name for name, problem in found.items() if not problem] == [f"kura_snowflake_packages {len(HOSTILE) - 3}"]
    good = rendered(
        warehouse,
        "[kura.setting_problem(['numpy', 'pandas==2.2.*', 'openai[aiohttp]>=3'], kura.setting_rules()['kura_snowflake_packages']),"
        " kura.setting_problem('kura_udfs-0.1.0+ab12.zip', kura.setting_rules()['kura_package']),"
        " kura.setting_problem('3.11', kura.setting_rules()['kura_snowflake_python']),"
        " kura.setting_problem('db.\"My Schema\".secret_1', kura.setting_rules()['kura_snowflake_secret']),"
        " kura.setting_problem([{'name': 'churn_risk', 'type': 'text', 'question': 'x'}], kura.setting_rules()['kura_facets']),"
        " kura.setting_problem([], kura.setting_rules()['kura_facets']),"
        " kura.setting_problem([{'name': 'risk', 'enum': [1, 2], 'question': 'x'}], kura.setting_rules()['kura_facets']),"
        " kura.setting_problem('2028-02-29', kura.setting_rules()['kura_earliest']),"
        " kura.setting_problem(' ', kura.setting_rules()['kura_screener']),"
        " kura.setting_problem('2026-13-01', kura.setting_rules()['kura_earliest']),"
        " kura.setting_problem('2026-06-31', kura.setting_rules()['kura_earliest'])]",
    )
    assert good == [None] * 8 + ["a text, or null"] + ["a date such as 1990-01-01"] * 2


def test_a_facet_that_lacks_something_is_told_with_what_it_lacks(warehouse: Warehouse) -> None:
    sound = {"name": "plan", "type": "text", "question": "which plan"}
    lacking: dict[str, dict[str, Any]] = {
        "has `tpye`": {"name": "plan", "tpye": "text", "question": "which plan"},
        "has no question": {**sound, "question": " "},
        "has both": {**sound, "enum": ["a", "b"]},
        "has neither": {"name": "plan", "question": "which plan"},
        "has no values": {**sound, "type": "enum"},
        "has the type `number`": {**sound, "type": "number"},
    }
    problem = "kura.setting_problem([var('facets')[{}]], kura.setting_rules()['kura_facets'])"
    asked = f"[{', '.join(problem.format(place) for place in range(len(lacking)))}]"
    for lack, told in zip(lacking, rendered(warehouse, asked, facets=[*lacking.values()]), strict=True):
        assert told.endswith(f": plan {lack}"), told


def copied(warehouse: Warehouse) -> Any:
    from tests.support.project import copy_project

    return copy_project(warehouse.folder / "project")


@pytest.mark.parametrize("setting", [{"kura_facets": [{"name": HOSTILE[0], "type": "text", "question": "which plan"}]},
                                     {"kura_passthrough_columns": [{HOSTILE[0]: "plan"}]},
                                     {"kura_roles": {"bo\x00t": "assistant"}}])  # fmt: skip
def test_a_hostile_name_stops_dbt_before_anything_runs(warehouse: Warehouse, setting: dict[str, Any]) -> None:
    output = warehouse.dbt("parse", fails=True, **setting)
    assert "Compilation Error" in output
    assert next(iter(setting)) in output


def test_on_snowflake_a_backslash_is_no_escape(warehouse: Warehouse) -> None:
    texts = ["\\", "a\\' or 1 = 1 --", "'", "\\\\n"]
    asked = (
        "[kura.snowflake__quoted(var('texts')[0]), kura.snowflake__quoted(var('texts')[1]),"
        " kura.snowflake__quoted(var('texts')[2]), kura.snowflake__quoted(var('texts')[3])]"
    )
    for text, written in zip(texts, rendered(warehouse, asked, texts=texts), strict=True):
        assert written[0] == written[-1] == "'"
        inner = re.sub(r"\\(.)|''", lambda escape: escape[1] or "'", written[1:-1])
        assert inner == text
        assert re.fullmatch(r"(?:[^'\\]|\\.|'')*", written[1:-1])


NAMES = [name for name in HOSTILE if name and "\x00" not in name and name != "plan.price"]


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_columns_roles_and_patterns_of_any_name_are_read_as_what_they_are(warehouse: Warehouse, ending: str) -> None:
    # DuckDB takes no line break in the first line of a CSV file
    names = [name for name in NAMES if ending != "csv" or "\n" not in name]
    conversation, role, content, *others = names
    file = warehouse.folder / f"input.{ending}"
    roles = {
        name: "assistant" if number % 2 else "user"
        for number, name in enumerate(HOSTILE)
        if name.strip() and "\x00" not in name
    }
    rows = [
        {
            conversation: f"c{number // 2}",
            role: name,
            content: f"my parcel {number} is late, {name}",
            **dict.fromkeys(others, f"v{number}"),
        }
        for number, name in enumerate(roles)
    ]
    if ending == "csv":
        with file.open("w", newline="") as opened:
            writer = csv.DictWriter(opened, names)
            writer.writeheader()
            writer.writerows(rows)
    else:
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    output = warehouse.dbt(
        "run", "--select", "+int_kura__transcripts", "stg_kura__attributes",
        kura_input=str(file),
        kura_input_format="messages",
        kura_columns={"conversation_id": conversation, "role": role, "content": content},
        kura_passthrough_columns=[{f"own_{number}": name} for number, name in enumerate(others)],
        kura_roles=roles,
        kura_redact_patterns={f"own_{number}": re.escape(name) for number, name in enumerate(roles)},
    )  # fmt: skip
    made = "select column_name from duckdb_columns() where not internal and schema_name like 'kura%'"
    assert not [column for (column,) in warehouse.rows(made) if "leak" in column or "plan" in column]
    assert "string_agg" not in output
    read = warehouse.rows("select role, content, conversation_id from base_kura__messages order by source_row")
    expected = sorted((roles[row[role]], row[content].strip(), row[conversation]) for row in rows)
    assert sorted((said, text.strip(), held) for said, text, held in read) == expected
    attributes = warehouse.rows("select distinct attribute, value from stg_kura__attributes")
    assert {name for name, _ in attributes} == {f"own_{number}" for number in range(len(others))}
    assert {value for _, value in attributes} <= {f"v{number}" for number in range(len(rows))}
    transcripts = "\n".join(text for (text,) in warehouse.rows("select transcript from int_kura__transcripts"))
    assert not [name for name in roles if len(name) > 8 and name in transcripts]
    assert transcripts.count("[own_") > len(rows) / 2


BROKEN = {
    "latin.jsonl": json.dumps({"conversation_id": "1", "content": "SECRET ü"}, ensure_ascii=False).encode("latin-1"),
    "latin.csv": "conversation_id,role,content\n1,user,SECRET ü\n".encode("latin-1"),
    "cut.json": b'[{"conversation_id": "1", "messages": [{"role": "user", "content": "SECRET"}]}, {"conversation_id": "SEC',
}


@pytest.mark.parametrize("name", BROKEN)
def test_no_word_of_what_a_query_cannot_read_reaches_console_log_or_results(warehouse: Warehouse, name: str) -> None:
    file = warehouse.folder / name
    file.write_bytes(BROKEN[name].replace(b"SECRET", b"Quizzaciously"))
    reader = "read_csv" if name.endswith("csv") else "read_json_auto"
    warehouse.environment["DBT_LOG_LEVEL_FILE"] = "debug"
    chosen = {"kura_input": f"{reader}('{file}')", "kura_input_format": "messages"}
    run = ("--debug", "run", "--select", "+stg_kura__messages")
    printed = warehouse.with_artifacts().dbt(*run, fails=True, **chosen)
    assert "Quizzaciously" not in printed
    assert "Original Line" not in printed
    written = [path for path in warehouse.folder.rglob("*") if path.is_file() and path != file]
    assert {"dbt.log", "run_results.json"} <= {path.name for path in written}
    assert not [path for path in written if b"Quizzaciously" in path.read_bytes()]

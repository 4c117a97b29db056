"""The stand-in for an account refuses what the documentation says that an account refuses."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from kura_udfs.llm.cortex import closed_schema
from kura_udfs.prompting import facets, levels, names, summaries
from kura_udfs.prompting.facet_answers import answer_model
from tests.support.snowflake_answers import schema_problem
from tests.support.snowflake_grammar import RefusedError, read_routine
from tests.support.snowflake_privileges import needs
from tests.support.snowflake_schema import IS_REAL
from tests.support.snowflake_semantic import read_semantic_view
from tests.support.snowflake_types import nested_columns
from tests.support.warehouse import Warehouse

PROCEDURE = """create or replace procedure d.s.p ()
returns string
language python
runtime_version = {version}
packages = ({packages})
{more}
handler = 'main'
execute as caller
as
$$
def main(session):
    return 'it''s; done'
$$"""
PLAIN = {"version": "'3.11'", "packages": "'snowflake-snowpark-python', 'numpy'", "more": ""}
OWN = [{"name": "risk", "enum": ["low", "high"], "question": "how likely"}]


def test_a_head_as_documented_is_read() -> None:
    secrets = "external_access_integrations = (way_out)\nsecrets = ('key' = d.s.secret)\nimports = ('@d.s.stage/a.zip')"
    routine = read_routine(PROCEDURE.format(**{**PLAIN, "more": secrets}))
    assert (routine.kind, routine.name, routine.handler) == ("procedure", "d.s.p", "main")
    assert routine.packages == ["snowflake-snowpark-python", "numpy"]
    assert routine.imports == ["@d.s.stage/a.zip"]
    assert "it''s; done" in str(routine.body)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"version": "''3.11''"}, "unexpected 'runtime_version"),
        ({"version": "'3.7'"}, "unexpected 'runtime_version"),
        ({"packages": "'numpy'"}, "snowflake-snowpark-python"),
        ({"packages": ""}, "unexpected 'packages"),
        ({"more": "import = ('@d.s.stage/a.zip')"}, "unexpected 'import"),
        ({"more": "secrets = ('key' = 'd.s.secret')"}, "unexpected 'secrets"),
        ({"more": "immutable"}, "IMMUTABLE"),
        ({"more": "handler = 'main'"}, "duplicate clause handler"),
    ],
)
def test_a_head_that_is_not_as_documented_is_refused(change: dict[str, str], problem: str) -> None:
    with pytest.raises(RefusedError, match=problem):
        read_routine(PROCEDURE.format(**{**PLAIN, **change}))


def test_schemas_of_answers_are_taken_by_every_model_once_they_are_closed() -> None:
    asked = [*facets.BUILT_IN, *facets.user_facets(OWN)]
    kinds: list[Any] = [answer_model(asked), summaries.Match, names.NameAnswer, levels.Proposals, levels.Choice]
    for kind in kinds:
        schema = closed_schema(kind.model_json_schema())
        assert schema_problem("openai-gpt-5-mini", {"type": "json", "schema": schema}) is None, kind


@pytest.mark.parametrize(
    ("model", "schema", "problem"),
    [
        ("openai-gpt-5", {"type": "object", "properties": {}, "required": []}, "additionalProperties"),
        (
            "openai-gpt-5",
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
            "required",
        ),
        ("claude-haiku-4-5", {"type": "string", "maxLength": 3}, "maxLength"),
    ],
)
def test_a_schema_with_what_is_not_documented_is_refused(model: str, schema: dict[str, Any], problem: str) -> None:
    assert problem in str(schema_problem(model, {"type": "json", "schema": schema}))


def test_the_types_of_columns_are_known_from_the_casts_that_made_them() -> None:
    made = "create table d.s.a as select cast(cast(parse_json(x) as array) as vector(float, 3)) as v, y from t"
    assert nested_columns(made, {}) == ("A", {"V": "VECTOR(FLOAT, 3)"})
    copied = "create or replace transient table d.s.b as (select v, cast(y as varchar) as y from d.s.a)"
    assert nested_columns(copied, {"A": {"V": "ARRAY", "Y": "ARRAY"}}) == ("B", {"V": "ARRAY"})


VIEW = """create or replace semantic view d.s.v
  tables (t as d.s.t primary key (id) comment = 'all, of it', u as d.s.u)
  relationships (u_to_t as u (t_id) references t)
  dimensions (t.name as t.name comment = 'its name')
  metrics (u.number as count(distinct id), u.share as sum(x) / nullif(sum(y), 0))
  comment = 'a view' copy grants"""


def test_a_semantic_view_as_documented_is_read() -> None:
    view = read_semantic_view(VIEW)
    assert view.entries == {"dimensions": ["name"], "metrics": ["number", "share"]}
    assert "select t.name from d.s.t as t limit 1" in view.queries


@pytest.mark.parametrize(
    ("part", "other", "problem"),
    [
        ("references t)", "references w)", "unknown logical table"),
        ("references t)", "references u)", "no primary key"),
        ("count(distinct id)", "id", "a metric has to aggregate"),
        ("t.name as t.name", "t.name as max(t.name)", "a dimension must not"),
        ("u.share", "u.number", "same name"),
        ("  dimensions", "  facts (t.x as x)\n  dimension", "expected DIMENSIONS"),
        ("copy grants", "copy all grants", "unexpected"),
    ],
)
def test_a_semantic_view_that_is_not_as_documented_is_refused(part: str, other: str, problem: str) -> None:
    assert part in VIEW
    with pytest.raises(RefusedError, match=problem):
        read_semantic_view(VIEW.replace(part, other))


def test_a_statement_needs_the_privilege_to_make_what_it_makes() -> None:
    [need] = needs("create or replace transient table KURA.S.t as select 1", None, None)
    assert need == ("create table", "schema", "KURA.S")
    assert needs("create or replace temporary table d.s.t (x integer)", None, None) == set()
    assert {need.privilege for need in needs("alter schema d.s set x = y", None, None)} == {"modify"}
    [need] = needs("create or replace semantic view d.s.v tables (t as d.s.t)", None, None)
    assert need.privilege == "create semantic view"


@pytest.mark.skipif(IS_REAL, reason="it is about the stand-in")
class TestAccount:
    def execute(self, account: Any, statement: str) -> list[Any]:
        import snowflake.connector

        with snowflake.connector.connect(**{**account.connection, "database": "D", "schema": "S"}) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())

    @pytest.mark.parametrize(
        ("statement", "problem"),
        [
            ("select try_cast(null as vector(float, 3))", "TRY_CAST"),
            ("select try_cast(null as array)", "TRY_CAST"),
            (
                "execute immediate $$ begin found := (execute immediate 'select ai_embed(''e5-base-v2'', ''a'')'); end $$",
                "Snowflake Scripting",
            ),
            (
                "with p as " + PROCEDURE.format(**PLAIN).split("replace ")[1].replace("d.s.p", "") + "\ncall p();",
                "anonym",
            ),
            ("select ai_embed('e5-base-v2', repeat('word ', 600))", "Max tokens"),
            ("select cast('2026-05-01' as date)", "session's format"),
            ("select count(case when 1 in (select 2) then 1 end)", "subquery"),
            ("select parse_json('{}'):\"a\"", "QUOTED_IDENTIFIERS_IGNORE_CASE"),
            ("select cast(column1 as timestamp) from values (null)", "TIMESTAMP_TYPE_MAPPING"),
        ],
    )
    def test_what_snowflake_refuses_is_refused(self, account: Any, statement: str, problem: str) -> None:
        from snowflake.connector.errors import ProgrammingError

        with pytest.raises(ProgrammingError, match=problem):
            self.execute(account, statement)

    def test_one_bad_text_fails_all_of_a_statement_that_embeds(self, account: Any) -> None:
        from snowflake.connector.errors import ProgrammingError

        account.failing.add("no way")
        values = "select ai_embed('e5-base-v2', column1) from values ('good'), ('no way')"
        with pytest.raises(ProgrammingError, match="could not answer"):
            self.execute(account, values)
        account.failing.clear()
        assert len(self.execute(account, values)) == 2

    def test_quotients_of_whole_numbers_are_no_floats(self, account: Any) -> None:
        self.execute(account, "create or replace table quotients as select column1 as n from values (1), (1), (2)")
        figures = "sum(n) / 3, avg(n), sum(n) / cast(3 as double), count(*) / sqrt(49)"
        [(quotient, mean, *floats)] = self.execute(account, f"select {figures} from quotients")
        assert (str(quotient), str(mean)) == ("1.333333", "1.333333")
        assert [type(number) for number in floats] == [float, float]

    def test_a_procedure_that_fails_takes_back_all_of_it(self, account: Any) -> None:
        from snowflake.connector.errors import ProgrammingError

        self.execute(account, "create or replace table kept as select 1 as n")
        block = "with p as procedure ()\nreturns varchar\nlanguage sql\nas\n$$\nbegin\n  begin transaction;\n  delete from kept;\n"
        block += "  {};\n  commit;\n  return 'done';\nexception\n  when other then\n    rollback;\n    raise;\nend;\n$$\ncall p()"
        for statement, problem in (
            ("insert into kept select no_such_column from kept", "(?i)no_such_column"),
            ("create table another (n integer)", "commits the transaction"),
        ):
            with pytest.raises(ProgrammingError, match=problem):
                self.execute(account, block.format(statement))
            assert self.execute(account, "select n from kept") == [(1,)]
        self.execute(account, block.format("insert into kept select 2"))
        assert self.execute(account, "select n from kept") == [(2,)]

    def test_a_public_table_of_other_types_is_there_until_the_new_one_is(self, account: Any, tmp_path: Path) -> None:
        filled = "delete from others; insert into others (n) select n from result"
        replaced = "kura.snowflake__replace_table('kept', 'select n from result', true)"
        inline = f"{{{{ kura.snowflake__in_one_transaction(['{filled}', {replaced}]) }}}}"
        printed = Warehouse(tmp_path).dbt("compile", "--inline", inline)
        first, block = printed[printed.index("create or replace") :].split("; ", 1)
        assert "drop" not in printed
        assert first.startswith("create or replace transient table kept copy grants as ")
        assert block.lstrip().startswith("with kura_publish as procedure ()")
        assert block.rstrip().endswith("$$\ncall kura_publish()")
        for table in ("kept", "others"):
            self.execute(account, f"create or replace table {table} as select 1 as n")
        self.execute(account, "create or replace table result as select 'two' as n")
        self.execute(account, first)
        assert self.execute(account, "select n from kept") == [("two",)]

    def test_a_request_that_is_sent_twice_is_done_once(self, account: Any) -> None:
        import snowflake.connector

        with snowflake.connector.connect(**{**account.connection, "database": "D", "schema": "S"}) as connection:
            connection.cursor().execute("create or replace table twice (x integer)")
            url = f"http://127.0.0.1:{account.connection['port']}/queries/v1/query-request?requestId=the-same"
            token = connection.rest.token if connection.rest else None
            answers: list[dict[str, Any]] = []

            def send() -> None:
                request = urllib.request.Request(
                    url,
                    json.dumps({"sqlText": "insert into twice values (1)"}).encode(),
                    {"Authorization": f'Snowflake Token="{token}"', "Content-Type": "application/json"},
                )
                with urllib.request.urlopen(request, timeout=60) as response:
                    answers.append(json.loads(response.read()))

            threads = [threading.Thread(target=send) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [answer["success"] for answer in answers] == [True] * 3
            assert self.execute(account, "select count(*) from twice") == [(1,)]

    def test_a_procedure_that_comes_to_no_end_is_stopped(self, account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from snowflake.connector.errors import ProgrammingError

        from tests.support import snowflake_account

        monkeypatch.setattr(snowflake_account, "CHILD_SECONDS", 0.5)
        self.execute(
            account, PROCEDURE.format(**PLAIN).replace("    return", "    import time; time.sleep(600); return")
        )
        began = time.monotonic()
        with pytest.raises(ProgrammingError, match="exceeded"):
            self.execute(account, "call d.s.p()")
        assert time.monotonic() - began < 60

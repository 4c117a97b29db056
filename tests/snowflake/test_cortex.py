"""Summaries, facets, names and vectors by the models in Snowflake, with the packages of its built-in channel alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.model_runs import UNSEEN
from tests.support.snowflake_schema import IS_REAL, Snowflake, new_snowflake

MATTERS = [
    "parcel is late", "card was declined", "app crashes at start", "tent pole broke", "password reset fails",
    "refund went missing", "invoice shows another total", "jacket lost its zip",
]  # fmt: skip
LONG = " and once more" * 300
TEXTS = [f"hello from row {number}: my {MATTERS[number % len(MATTERS)]} since day {number}" for number in range(50)]
TEXTS[49] += LONG  # longer than the window of the model that embeds
BROKEN = "row 7:"
SETTINGS = {
    "kura_provider": "cortex",
    "kura_llm_model": "claude-haiku-4-5",
    "kura_naming_model": "openai-gpt-5-mini",  # which takes closed schemas only
    "kura_embedder": "cortex",
    "kura_llm_prices": {
        "claude-haiku-4-5": {"input": 1.0, "output": 5.0},
        "openai-gpt-5-mini": {"input": 0.3, "output": 2.0},
        "snowflake-arctic-embed-m-v1.5": {"input": 0.1, "output": 0.0},
    },
    "kura_snowflake_pypi": False,
    "kura_max_failed_share": 0.1,
    "kura_without": UNSEEN,
}


@pytest.fixture(scope="module")
def snowflake(tmp_path_factory: pytest.TempPathFactory, account: Any) -> Iterator[Snowflake]:
    for made in new_snowflake(tmp_path_factory, account):
        made.variables = {**SETTINGS, "kura_input": f"{made.database}.{made.schema}.CHATS"}
        made.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"  # they know of no provider: test_sample runs them
        made.deploy()
        rows = ", ".join(f"('c{number}', 'user', '{text}')" for number, text in enumerate(TEXTS))
        made.rows(f"create schema if not exists {made.database}.{made.schema}")
        made.rows("create table chats (conversation_id varchar, role varchar, content varchar)")
        made.rows(f"insert into chats values {rows}")
        if account:
            account.failing.add(BROKEN)
        made.dbt("build")
        yield made


def test_each_conversation_is_asked_about_once_and_its_tokens_and_costs_are_kept(snowflake: Snowflake) -> None:
    rows = snowflake.rows("select status, request, input_tokens, output_tokens, cost_usd from fct_kura__conversations")
    assert len(rows) == len(TEXTS)
    for status, request, input_tokens, output_tokens, cost in rows:
        if status == "ok":
            assert request
            assert float(cost) == pytest.approx((input_tokens + 5 * output_tokens) / 1e6)
    calls, cost = snowflake.rows("select calls, cost_usd from fct_kura__runs where stage = 'summaries'")[0]
    assert calls == len(TEXTS)
    assert cost > 0
    if snowflake.account:
        # the stand-in asks anew for each column that is made of an answer, as long as that is in no table
        assert sum("user: hello" in question for question in snowflake.account.questions) == len(TEXTS)


@pytest.mark.skipif(IS_REAL, reason="no model fails when it is told to")
def test_one_that_fails_is_a_row_that_says_so_and_is_asked_again(snowflake: Snowflake) -> None:
    assert snowflake.rows("select conversation_id, error from fct_kura__conversations where status = 'failed'") == [
        ("c7", "cortex: the model could not answer")
    ]
    assert snowflake.value("select rows_failed from fct_kura__runs where stage = 'summaries'") == 1
    account = snowflake.account
    assert account is not None
    account.failing.clear()
    account.questions.clear()
    snowflake.dbt("run")
    assert sum("user: hello" in question for question in account.questions) == 1
    assert snowflake.value("select count(*) from fct_kura__conversations where status = 'ok'") == len(TEXTS)


def test_the_clusters_are_named_by_the_model(snowflake: Snowflake) -> None:
    assert snowflake.value("select max(calls) from fct_kura__runs where stage = 'names'") > 1
    answers = (
        f"select distinct status from {snowflake.schema}_internal.kura_llm_responses where model = 'openai-gpt-5-mini'"
    )
    assert snowflake.rows(answers) == [("ok",)]


def test_words_that_are_searched_are_embedded_by_the_same_model(snowflake: Snowflake) -> None:
    said = snowflake.dbt("run-operation", "kura_search", "--args", "{words: call ann@example.com, k: 3}")
    assert said.count("| conversation |") == 3
    if snowflake.account:
        assert "call [email]" in snowflake.account.embedded
        assert "call ann@example.com" not in snowflake.account.embedded


@pytest.mark.skipif(IS_REAL, reason="what an account was told is not seen there")
def test_questions_of_one_schema_are_asked_in_one_statement(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    asked = [text for text in account.statements if "ai_complete" in text and "'openai-gpt-5-mini'" in text]
    calls = snowflake.value("select max(calls) from fct_kura__runs where stage = 'names'")
    assert 0 < 2 * len(asked) <= calls


@pytest.mark.skipif(IS_REAL, reason="the log of an account is not asked for it")
def test_models_and_procedures_run_under_the_tag_of_kura(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    assert account.tagged == {"kura"}


def test_a_limit_on_calls_holds_for_questions_that_go_together_and_what_was_answered_is_kept(
    snowflake: Snowflake,
) -> None:
    names = ("run", "--select", "kura_run_log", "int_kura__cluster_names")
    snowflake.dbt(*names, fails=True, kura_naming_model="llama3.3-70b", kura_max_calls=1)
    spent = f"select sum(calls) from {snowflake.schema}_internal.kura_run_log where stage = 'names' group by run_id"
    embedded = snowflake.value(f"{spent} order by max(recorded_at) desc limit 1")  # phrases, before anything is asked
    assert embedded > 1
    limit = int(embedded) + 3
    output = snowflake.dbt(*names, fails=True, kura_naming_model="llama3.3-70b", kura_max_calls=limit)
    assert "one more would pass kura_max_calls" in " ".join(output.split())
    kept = f"select count(*) from {snowflake.schema}_internal.kura_llm_responses where model = 'llama3.3-70b'"
    assert snowflake.value(kept) == 3


@pytest.mark.skipif(IS_REAL, reason="whether an account keeps a log is for it to say")
def test_procedures_log_what_they_have_done_and_no_word_of_a_conversation(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    logged = [event for event in account.events if event.startswith("kura INFO summaries: ended")]
    assert any("50 rows, 50 of them new, 1 failed; 50 calls, $0." in event for event in logged)
    assert any(event.startswith("kura INFO names (issue): ended") for event in account.events)
    assert "hello from" not in " ".join(account.events)


def test_a_model_says_where_the_border_between_topics_is(snowflake: Snowflake) -> None:
    snowflake.rows("create table topics (topic varchar, parent varchar, description varchar, examples varchar)")
    snowflake.rows(
        "insert into topics values ('Late parcels', null, 'my parcel is late', null),"
        " ('Slow parcels', null, 'my parcel is late', null)"
    )
    snowflake.dbt(
        "run",
        "--select",
        "kura_run_log stg_kura__taxonomy int_kura__cluster_fit",
        kura_taxonomy=f"{snowflake.database}.{snowflake.schema}.TOPICS",
    )
    log = f"{snowflake.schema}_internal.kura_run_log"
    assert 1 <= snowflake.value(f"select sum(calls) from {log} where stage = 'fit'") <= len(TEXTS) / 10
    assert snowflake.value(f"select sum(cost_usd) from {log} where stage = 'fit'") > 0


@pytest.mark.skipif(IS_REAL, reason="no model fails when it is told to")
def test_a_text_that_the_embedding_model_fails_at_fails_alone_and_is_asked_again(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    log = f"{snowflake.schema}_internal.kura_run_log"
    # a stage that pays writes rows as it goes, and the last of them when it has ended
    worked = f"select sum(rows_failed), sum(calls), sum(input_tokens) > 0, sum(cost_usd) > 0 from {log} where stage = 'embeddings'"
    models = (
        "--select",
        "kura_run_log",
        "int_kura__conversation_texts",
        "int_kura__distinct_texts",
        "int_kura__embeddings",
    )
    account.failing.add("row 9:")
    account.mute.add("row 17:")
    snowflake.dbt("run", *models, kura_cluster_on="summary")
    newest = f"{worked} group by run_id order by max(recorded_at) desc limit 1"
    assert snowflake.rows(newest) == [(2, len(TEXTS) - 2, True, True)]
    account.failing.clear()
    account.mute.clear()
    account.embedded.clear()
    snowflake.dbt("run", *models, kura_cluster_on="summary")
    assert snowflake.rows(newest) == [(0, 2, True, True)]
    assert sorted("row 9:" in text or "row 17:" in text for text in account.embedded) == [True, True]


@pytest.mark.skipif(IS_REAL, reason="what is sent is not seen there")
def test_a_text_that_is_longer_than_the_window_is_cut(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    account.embedded.clear()
    models = ("int_kura__conversation_texts", "int_kura__distinct_texts", "int_kura__embeddings")
    snowflake.dbt("run", "--select", "kura_run_log", *models, kura_cluster_on="user_turns")
    [cut] = account.embedded  # the others are word for word what was clustered on before
    assert "row 49:" in cut
    assert 200 < len(cut.split()) < 512


def test_a_facet_that_has_got_another_type_gets_a_column_of_that(snowflake: Snowflake) -> None:
    churn = {"name": "churn_risk", "enum": ["low", "high"], "question": "how likely the user is to leave"}
    number = {"name": "churn_risk", "type": "integer", "question": "how likely, from 1 to 5"}
    column = (
        f"select data_type from information_schema.columns where table_schema ilike '{snowflake.schema}_internal'"
        " and table_name ilike 'int_kura__summaries' and column_name ilike 'churn_risk'"
    )
    for facet, kind in ((churn, "TEXT"), (number, "NUMBER")):
        snowflake.dbt("run", "--select", "int_kura__summaries", kura_facets=[facet])
        assert snowflake.value(column) == kind


@pytest.mark.skipif(IS_REAL, reason="no model fails when it is told to")
def test_a_model_that_fails_at_everything_stops_the_run_with_its_reason(snowflake: Snowflake) -> None:
    account = snowflake.account
    assert account is not None
    account.failing.add("hello from")
    output = snowflake.dbt("run", "--select", "int_kura__summaries", fails=True, kura_llm_model="claude-sonnet-4-6")
    account.failing.clear()
    assert "the model could not answer" in output
    assert "Stopped, because the model 'claude-sonnet-4-6' has failed" in " ".join(output.split())

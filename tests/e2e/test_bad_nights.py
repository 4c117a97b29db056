"""Nights on which something is wrong leave what lasts as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.model_runs import TEXTS, answers, settings, summary_calls
from tests.support.project import AT_THE_END
from tests.support.standin import Call, Reply, StandIn, completion
from tests.support.warehouse import Warehouse, write_conversations

SPOKEN = [
    f"{opening} {matter} {ending}"
    for matter in ("my parcel is late", "my card was declined", "the tent pole broke", "the app crashes at start")
    for opening in ("hello,", "good evening,", "please help,", "hi,")
    for ending in ("since monday", "again", "and I am tired of it")
]


def without_what_nobody_looks_at(warehouse: Warehouse) -> Warehouse:
    """Data tests take a third of a build; what they look at is asserted here, or by the one that wants them."""
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    return warehouse.without(*AT_THE_END)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return without_what_nobody_looks_at(Warehouse(tmp_path))


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Warehouse]:
    """Build from `SPOKEN`, once for all tests that begin with it."""
    warehouse = without_what_nobody_looks_at(Warehouse(tmp_path_factory.mktemp("spoken")))
    warehouse.variables["kura_input"] = str(write_conversations(warehouse.folder / "chats.jsonl", SPOKEN))
    warehouse.dbt("build")
    return warehouse.kept()


@pytest.fixture
def spoken(first_night: Callable[[], Warehouse]) -> Warehouse:
    return first_night()


def lasting(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Return what no bad night may change."""
    return {
        "fit": warehouse.rows("select fit_id, text_hash, cluster_id from int_kura__cluster_fit order by 2"),
        "names": warehouse.rows("select cluster_id, name from int_kura__cluster_names order by 1"),
        "map": warehouse.rows("select text_hash, x, y from int_kura__map order by 1"),
        "vectors": warehouse.rows("select text_hash from int_kura__embeddings order by 1"),
        "answers": warehouse.rows("select key, status from kura_llm_responses order by 1"),
        "history": warehouse.rows("select * from kura_cluster_history order by all"),
    }


def facts(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows("select conversation_id, cluster_id, status from fct_kura__conversations order by 1")


def test_a_night_without_input_stops_before_anything_is_deleted(spoken: Warehouse) -> None:
    chats = spoken.folder / "chats.jsonl"
    before, seen = lasting(spoken), facts(spoken)

    renamed = spoken.dbt("run", "--select", "+int_kura__summaries", fails=True, kura_hash_ids=["conversation_id"])
    assert "48 of the 48 conversations of the last run" in renamed
    assert "Most of their texts are, under other ids" in renamed

    chats.write_text(chats.read_text().splitlines(keepends=True)[0])
    output = spoken.dbt("build", fails=True)
    assert "47 of the 48 conversations of the last run" in output
    assert "under other ids" not in output
    assert "kura_max_vanished_share: 1" in output
    assert lasting(spoken) == before
    assert facts(spoken) == seen

    spoken.dbt("run", "--empty")
    assert lasting(spoken) == before
    assert "conversations of the last run" in spoken.dbt("build", fails=True)

    spoken.dbt("build", kura_max_vanished_share=1)
    assert len(facts(spoken)) == 1


def test_of_clusters_of_which_nothing_is_left_the_lineage_says_that_they_are_gone(spoken: Warehouse) -> None:
    [(first, *_), *_] = lasting(spoken)["fit"]
    before = spoken.rows("select cluster_id from dim_kura__clusters where not is_outliers and not is_unprocessed")
    lines = [
        json.loads(line) | {"conversation_id": f"new-{number}"}
        for number, line in enumerate((spoken.folder / "chats.jsonl").open())
    ]
    for number, line in enumerate(lines):
        line["messages"][0]["content"] = f"my jacket has no zip, it came with {number} of them the time before"
    (spoken.folder / "chats.jsonl").write_text("\n".join(map(json.dumps, lines)))
    spoken.dbt("run", kura_max_vanished_share=1)
    told = "select old_cluster_id from fct_kura__cluster_lineage where change = 'gone' and previous_fit_id = ?"
    assert sorted(spoken.rows(told, first)) == sorted(before)
    decisions = spoken.rows("select decision from fct_kura__runs where stage = 'fit' order by started_at")
    assert decisions == [("refit: first fit",), ("refit: deletions",)]


def test_times_and_users_that_are_gone_from_the_input_stop_a_run_until_that_is_confirmed(spoken: Warehouse) -> None:
    told = "select conversation_id, user_id, started_at from fct_kura__conversations order by 1"
    chats, before, seen = spoken.folder / "chats.jsonl", lasting(spoken), spoken.rows(told)
    whole = chats.read_text()
    spoken.variables["kura_min_published_users"] = 2
    for field, noun in (("created_at", "time"), ("user_id", "user")):
        chats.write_text(whole.replace(f'"{field}"', '"renamed_upstream"'))
        output = spoken.dbt("build", fails=True)
        assert f"48 of the 48 conversations that had a {noun} in the last run" in output
        assert f"`kura_columns: {{{field}: your_column}}`" in output
        assert (lasting(spoken), spoken.rows(told)) == (before, seen)

    chats.write_text(whole.replace('"created_at"', '"its_time"').replace('"user_id"', '"its_user"'))
    moved = "48 of the 48 conversations that had a time in the last run begin at another one now"
    assert moved not in spoken.dbt("build", kura_columns={"created_at": "its_time", "user_id": "its_user"})
    assert spoken.rows(told) == seen
    chats.write_text(whole.replace("T10:00:00Z", "T12:00:00Z"))
    assert moved in " ".join(spoken.dbt("run", "--select", "+int_kura__summaries").split())
    chats.write_text(whole.replace('"created_at"', '"its_time"').replace('"user_id"', '"its_user"'))

    holds_nothing = "kura_min_published_users is 2, but no conversation"
    known = "select count(user_id), count(started_at) from fct_kura__conversations"
    assert holds_nothing not in spoken.dbt("build", kura_max_vanished_share=1, kura_columns={"user_id": "its_user"})
    assert spoken.rows(known) == [(48, 0)]
    assert holds_nothing in spoken.dbt("build", kura_max_vanished_share=1, kura_columns={"created_at": "its_time"})
    assert spoken.rows(known) == [(0, 48)]


def test_a_column_more_by_which_all_would_be_read_otherwise_stops_a_run_until_somebody_says_what_is_meant(
    spoken: Warehouse,
) -> None:
    chats, kept = spoken.folder / "chats.jsonl", "from stg_kura__messages order by all"
    said, whole = spoken.rows(kept), chats.read_text()
    base = ["run", "--select", "base_kura__messages", "stg_kura__messages"]
    for more, told in (
        ('"output": "resolved"', "as `calls`, which was `conversations`"),
        ('"conversationId": "x"', "`conversation_id` no more from `conversation_id`"),
        ('"plan": "pro", "turns": []', None),
    ):
        chats.write_text(whole.replace("}]}", f"}}], {more}}}"))
        output = " ".join(spoken.dbt(*base, fails=told is not None).split())
        assert told is None or told in output
        assert spoken.rows(kept) == said
    # what has another name now can be nothing else
    chats.write_text(whole.replace('"messages"', '"turns"'))
    spoken.dbt(*base)
    chats.write_text(whole.replace("}]}", '}], "output": "resolved"}'))
    spoken.dbt(*base, kura_input_format="conversations")
    assert spoken.rows(kept) == said


def test_a_trial_run_changes_nothing_that_lasts(spoken: Warehouse) -> None:
    before, seen = lasting(spoken), facts(spoken)
    given = spoken.rows("from kura_publications")
    spoken.dbt("run", "--empty")
    spoken.dbt("run", "--sample", "1 day")
    assert lasting(spoken) == before
    assert spoken.rows("from kura_publications") == given, "a trial run gave readers something"
    spoken.dbt("build")
    assert lasting(spoken) == before
    assert facts(spoken) == seen


def test_an_outage_leaves_the_marts_of_the_night_before_and_a_failure_no_hole(
    warehouse: Warehouse, model: StandIn
) -> None:
    def some_refused(call: Call) -> Reply:
        refused = "user_frustration" in json.dumps(call.body) and any(name in call.user for name in ("Ada", "Bo", "Cy"))
        return completion(None, refusal="no") if refused else answers(call)

    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        warehouse.dbt("build", **settings(warehouse))
        warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"  # one of the data tests stops the last night
        seen = facts(warehouse)
        summaries = warehouse.rows("select content_hash, summary from int_kura__summaries order by 1")

        model.replies = some_refused
        output = warehouse.dbt("build", **settings(warehouse, kura_llm_parameters={"temperature": 1}))
        assert "15 of 50 could not be made anew and stay as they were" in output
        assert "commonest reason: refused" in output
        assert warehouse.rows("select content_hash, summary from int_kura__summaries order by 1") == summaries
        assert facts(warehouse) == seen

        write_conversations(warehouse.folder / "chats.jsonl", TEXTS + [text.replace("day", "night") for text in TEXTS])
        output = warehouse.dbt("build", fails=True, **settings(warehouse, kura_llm_parameters={"temperature": 1}))
        assert "failed_share_is_bearable" in output
        assert "15 got no summary" in output
        assert "(0.05). The commonest reason: refused" in output
        assert facts(warehouse) == seen
        assert warehouse.value("select sum(conversation_count) from dim_kura__clusters where level = 0") == len(seen)


def test_every_call_of_every_run_is_on_record_also_of_one_that_stopped(warehouse: Warehouse, model: StandIn) -> None:
    calls = "select count(distinct run_id), sum(calls) from fct_kura__runs where stage = 'run'"
    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        warehouse.dbt("run", fails=True, **settings(warehouse, kura_max_calls=5))
        assert len(model.calls) == 5
        # what was announced tomorrow is not this run
        with duckdb.connect(str(warehouse.database)) as connection:
            connection.execute("update kura_internal.kura_run_log set recorded_at = recorded_at + interval 1 day")
        warehouse.dbt("run", **settings(warehouse, kura_max_calls=len(TEXTS) + 40))
        assert warehouse.rows(calls) == [(2, len(model.calls))]

        whole = warehouse.rows("select * from fct_kura__runs order by all")
        warehouse.dbt("run", "--select", "int_kura__clusters", **settings(warehouse))
        warehouse.dbt("run", "--select", "int_kura__summaries", **settings(warehouse, kura_llm_parameters={"top_p": 1}))
        asked = len(model.calls)
        warehouse.dbt("run", **settings(warehouse, kura_llm_parameters={"top_p": 1}))
        assert len(model.calls) > asked  # names, which are asked with the same parameters
        runs, booked = warehouse.rows(calls)[0]
        assert (runs, booked) == (4, len(model.calls))
        assert set(whole) <= set(warehouse.rows("select * from fct_kura__runs order by all"))


def test_of_a_fit_that_nobody_saw_the_lineage_says_what_became_of_the_one_before(spoken: Warehouse) -> None:
    chats = spoken.folder / "chats.jsonl"
    told = "select count(*) filter (where change = 'born'), count(*) filter (where change <> 'born') from fct_kura__cluster_lineage"
    first = spoken.value("select distinct fit_id from kura_cluster_history")
    write_conversations(chats, [*SPOKEN, "my parcel is late, is it lost?"])
    # the run stops before the names
    spoken.dbt("run", "--select", "+int_kura__cluster_fit", kura_refit="always")
    write_conversations(
        chats, [*SPOKEN, "my parcel is late, is it lost?", "hello, the app crashes at start, what now?"]
    )
    spoken.dbt("run", kura_refit="always")
    assert spoken.value("select count(distinct fit_id) from kura_cluster_history") == 2
    assert spoken.value("select distinct previous_fit_id from int_kura__cluster_fit") == first
    newest = told + " where previous_fit_id = ?"
    [(born, others)] = spoken.rows(newest, first)
    assert (born, others) == (
        0,
        spoken.value("select count(*) from dim_kura__clusters where not is_outliers and not is_unprocessed"),
    )


def test_clusters_are_learned_again_on_the_night_of_a_large_deletion(spoken: Warehouse) -> None:
    write_conversations(spoken.folder / "chats.jsonl", SPOKEN[: len(SPOKEN) * 6 // 10])
    spoken.dbt("run")
    decisions = spoken.rows("select decision from fct_kura__runs where stage = 'fit' order by started_at")
    assert decisions == [("refit: first fit",), ("refit: deletions",)]


def test_clusters_of_conversations_that_are_told_apart_by_another_text_keep_their_ids(spoken: Warehouse) -> None:
    before = dict(spoken.rows("select conversation_id, cluster_id from fct_kura__conversations"))
    spoken.dbt("run", kura_cluster_on="summary")
    decisions = spoken.rows("select decision from fct_kura__runs where stage = 'fit' order by started_at")
    assert decisions[-1] == ("refit: settings (text: user_turns -> summary by local)",)
    after = dict(spoken.rows("select conversation_id, cluster_id from fct_kura__conversations"))
    moved = {(old, after[conversation]) for conversation, old in before.items() if old != "outliers"}
    assert sum(after[conversation] == old for conversation, old in before.items()) > 0.8 * len(SPOKEN)
    newest = "fit_id in (select fit_id from int_kura__cluster_fit)"
    told = spoken.rows(f"select old_cluster_id, new_cluster_id from fct_kura__cluster_lineage where {newest}")
    assert moved <= {*told}
    assert ("born",) not in spoken.rows(f"select change from fct_kura__cluster_lineage where {newest}")

    # also when a run over a text under another name has stopped after its fit, and all is set back
    turns: dict[str, Any] = {"kura_lenses": {"turns": {"text": "user_turns"}}}
    [(seen,)] = spoken.rows("select distinct fit_id from int_kura__cluster_fit")
    spoken.dbt("run", "--select", "+int_kura__cluster_fit", **turns)
    spoken.dbt("run", kura_cluster_on="summary")
    assert dict(spoken.rows("select conversation_id, cluster_id from fct_kura__conversations")) == after
    told = spoken.rows(f"select distinct previous_fit_id, change from fct_kura__cluster_lineage where {newest}")
    assert told == [(seen, "kept")]

    # and by another text under another name, as when a model takes over whose main lens is that of requests
    spoken.dbt("run", **turns)
    said = "refit: settings (text: summary by local -> user_turns)"
    assert (said,) in spoken.rows("select decision from fct_kura__runs where stage = 'fit' and lens = 'turns'")
    now = dict(spoken.rows("select conversation_id, cluster_id from fct_kura__conversations"))
    assert sum(now[conversation] == cluster for conversation, cluster in after.items()) > 0.8 * len(SPOKEN)


def test_a_load_that_is_only_half_there_costs_no_more_than_what_was_half(warehouse: Warehouse, model: StandIn) -> None:
    chats = warehouse.folder / "chats.jsonl"
    write_conversations(chats, [*TEXTS, *(text.replace("hello", "good evening") for text in TEXTS[:20])])
    lines = chats.read_text().splitlines(keepends=True)
    for number in range(10):  # each of these has an answer, and what the user said then
        conversation = json.loads(lines[number])
        conversation["messages"] += [
            {"role": "assistant", "content": "what happened?"},
            {"role": "user", "content": f"it was the {number}. day"},
        ]
        lines[number] = json.dumps(conversation) + "\n"
    half = [*lines[:50]]
    for number in range(3):
        conversation = json.loads(lines[number])
        half[number] = json.dumps({**conversation, "messages": conversation["messages"][:1]}) + "\n"

    def night(rows: list[str], fails: bool = False) -> int:
        before = len(summary_calls(model))
        chats.write_text("".join(rows))
        warehouse.dbt("run", fails=fails, **settings(warehouse))
        return len(summary_calls(model)) - before

    with model:
        warehouse.environment["OPENAI_BASE_URL"] = model.url
        assert night(half) == 50
        assert night(lines) == 20 + 3  # what had not come, and what was only half there
        whole, seen = lasting(warehouse), facts(warehouse)
        assert night(lines[:30], fails=True) == 0
        assert lasting(warehouse) == whole
        assert night(lines) == 0
    assert facts(warehouse) == seen
    assert [status for _, _, status in seen] == ["ok"] * 70
    assert warehouse.rows("select turn_count, count(*) from fct_kura__conversations group by 1 order by 1") == [
        (1, 60),
        (3, 10),
    ]
    assert warehouse.value("select count(*) from kura_llm_responses where subject is not null") == 70


def test_what_became_of_clusters_stays_said_when_conversations_are_deleted_later(spoken: Warehouse) -> None:
    # without names, which a cluster loses when too few are left
    lineage = "select * exclude (lens, old_name, new_name) from fct_kura__cluster_lineage order by all"
    chats = spoken.folder / "chats.jsonl"
    write_conversations(chats, [*SPOKEN, *(f"{text}, the zip of my jacket is stuck" for text in SPOKEN[:12])])
    spoken.dbt("run", kura_refit="always")
    before = spoken.rows(lineage)
    assert any(row[5] in ("kept", "grew") for row in before), before

    write_conversations(chats, [*SPOKEN[:6], *SPOKEN[12:]])  # a quarter of those are gone that the new ones came to
    spoken.dbt("run", kura_refit="never")
    assert spoken.rows(lineage) == before

    spoken.dbt("run", kura_refit="never", kura_top_clusters=2)  # another tree over the same fit
    assert (
        spoken.value("select untold_share from fct_kura__runs where stage = 'fit' order by started_at desc limit 1")
        == 0
    )
    after = spoken.rows(lineage)
    assert before == [row for row in after if row[0] != row[1]]
    newest = spoken.value("select max_by(fit_id, fitted_at) from fct_kura__cluster_lineage")
    told = {cluster for row in after for cluster in row[3:5] if row[0] == newest}
    [(missing,)] = spoken.rows(
        "select count(*) from dim_kura__clusters where not is_outliers and not is_unprocessed"
        f" and cluster_id not in ({', '.join(repr(cluster) for cluster in told if cluster)})"
    )
    assert missing == 0


def test_topics_that_are_not_those_that_readers_know_are_a_warning(spoken: Warehouse) -> None:
    # a run that stops after the fit, and one that goes on with it, as `dbt retry` does
    spoken.dbt("run", "--select", "+int_kura__cluster_fit", kura_clusters_target=2)
    spoken.dbt("run", "--exclude", "int_kura__cluster_fit", kura_clusters_target=2)
    shares = "select kept_leaf_share, kept_topic_share, untold_share from fct_kura__runs where stage = 'fit' order by started_at"
    first, second = spoken.rows(shares)
    assert first == (None, None, None)
    assert second[0] == second[1] <= 0.6  # four topics have become two, and two of the four ids go on
    assert second[2] == 0
    spoken.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = ""
    said = spoken.dbt("test", "--select", "topics_are_steady")
    assert "are in the topic that readers know them in" in said
    assert "Clusters were learned again: settings (clusters)" in " ".join(said.split())
    assert "WARN=1" in said
    said = spoken.dbt("test", "--select", "topics_are_steady", kura_warn_kept_share=0)
    assert "WARN=0" in said
    with duckdb.connect(str(spoken.database)) as connection:  # as if another lens had been the first one
        connection.execute(
            "update kura_internal.int_kura__runs set decision = 'kept' where stage = 'fit';"
            """ update kura_internal.kura_run_log set figures = replace(figures, '"conversation"', '"issue"')"""
        )
    said = spoken.dbt("test", "--select", "topics_are_steady")
    assert "The first lens is conversation now, and was issue" in " ".join(said.split())


def test_a_quality_that_falls_off_is_told_with_its_figures_also_in_a_first_night(spoken: Warehouse) -> None:
    def said(of_conversations: int) -> str:
        with duckdb.connect(str(spoken.database)) as connection:
            connection.execute(
                "update kura_internal.int_kura__runs set rows_in = ?, largest_cluster_share = 0.9, silhouette = 0.1"
                " where stage = 'fit' and run_id <> 'before'",
                [of_conversations],
            )
        return spoken.dbt("test", "--select", "quality_does_not_fall_off")

    spoken.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = ""
    first = said(1000)
    assert "WARN=1" in first
    assert "is 0.9, which should be at most 0.6. fct_kura__runs" in first
    with duckdb.connect(str(spoken.database)) as connection:
        connection.execute(
            "insert into kura_internal.int_kura__runs by name select * replace ('before' as run_id, 0.3 as"
            " largest_cluster_share, 0.5 as silhouette, started_at - interval 1 day as started_at)"
            " from kura_internal.int_kura__runs where stage = 'fit'"
        )
    assert "WARN=0" in said(20)
    told = said(1000)
    assert "WARN=1" in told
    assert "largest_cluster_share of the lens" in told
    assert "is 0.9, which should be at most 0.6: in the ten runs before it was 0.3" in told
    assert "is 0.1, which should be at least 0.35: in the ten runs before it was 0.5" in told


@pytest.fixture
def model(warehouse: Warehouse) -> StandIn:
    write_conversations(warehouse.folder / "chats.jsonl", TEXTS)
    return StandIn(answers)

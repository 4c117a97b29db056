"""Two trees over the same conversations: by what was asked, and by what went wrong."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from tests.support.model_runs import KEY, answers, is_audit, settings
from tests.support.standin import Call, Reply, StandIn, completion
from tests.support.warehouse import Warehouse, write_conversations

REQUESTS = ["cancel my order", "change my address", "refund my payment", "track my parcel", "repair my tent"]
ISSUES = ["the page shows an error", "nobody answers the phone", "the code has expired", None]
DAYS = ["on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday"]
NEW_ISSUE = "the driver was rude"
NUMBER = 360
TEXTS = [
    f"Please {REQUESTS[n % 5]} {DAYS[n % 6]}, says customer {n}."
    + (f" But {ISSUES[n // 5 % 4]} {DAYS[n % 6]}." if ISSUES[n // 5 % 4] else "")
    for n in range(NUMBER)
]
# asked for before, but troubled by something else
NEW = [f"Please {REQUESTS[0]} {DAYS[n]}, says customer {NUMBER + n}. But {NEW_ISSUE} {DAYS[n]}." for n in (0, 0, 0, 0)]
WITH_ISSUE = sum(" But " in text for text in TEXTS)
BOTH = {"request": {"text": "request"}, "issue": {"text": "issue", "none": "exclude"}}


def answered(call: Call) -> Reply:
    """Answer all facets at once; what names clusters is answered as everywhere."""
    if is_audit(call) or "user_frustration" not in json.dumps(call.body):
        return answers(call)
    request = next(request for request in REQUESTS if request in call.user)
    issue = next((issue for issue in [*ISSUES, NEW_ISSUE] if issue and issue in call.user), None)
    day = next(day for day in DAYS if day in call.user)
    return completion(
        json.dumps(
            {
                "summary": f"The user asks to {request}.",
                "request": f"{request} {day}",
                "task": f"{request} {day}",
                "topic": f"{request} {day}",
                "languages": ["English"],
                "concerning_score": 1,
                "user_frustration": 4 if issue else 1,
                "assistant_errors": None,
                "issue": f"{issue} {day}" if issue else "none",
                "issue_side": "product" if issue else None,
                "outcome": "unresolved" if issue else "resolved",
                "outcome_evidence": None,
            }
        )
    )


class Nights(NamedTuple):
    """What three runs left: one of both lenses, the same again, one with conversations that are new to one of them."""

    warehouse: Warehouse
    calls: list[int]
    clusters: list[dict[str, set[tuple[Any, ...]]]]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    warehouse = Warehouse(tmp_path_factory.mktemp("lenses"))
    calls: list[int] = []
    clusters: list[dict[str, set[tuple[Any, ...]]]] = []
    with StandIn(answered) as server:
        warehouse.environment |= {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
        for texts, refit in ((TEXTS, "auto"), (TEXTS, "auto"), (TEXTS + NEW, "always")):
            write_conversations(warehouse.folder / "chats.jsonl", texts)
            # with a model, `auto` is both
            excluded = "unit_test test" if len(calls) == 1 else "unit_test"  # data tests have looked at the same tables
            warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = excluded
            chosen = {"kura_lenses": BOTH if calls else "auto", "kura_refit": refit}
            warehouse.dbt("build", **settings(warehouse, **{"kura_without": [], **chosen}))
            calls.append(len(server.calls))
            clusters.append({lens: named(warehouse, lens) for lens in BOTH})
            if len(calls) == 2:
                first_runs(warehouse)
    return Nights(warehouse, calls, clusters)


def named(warehouse: Warehouse, lens: str) -> set[tuple[Any, ...]]:
    rows = "select cluster_id, parent_cluster_id, name, conversation_count, sort_order from dim_kura__clusters"
    return set(warehouse.rows(f"{rows} where lens = ?", lens))


def first_runs(warehouse: Warehouse) -> None:
    """Look at the tables of the first two runs."""
    places = "select lens, count(*), count(distinct conversation_id) from fct_kura__conversation_clusters group by 1"
    assert sorted(warehouse.rows(places)) == [("issue", WITH_ISSUE, WITH_ISSUE), ("request", NUMBER, NUMBER)]
    # who has no issue is nowhere in its lens, and in none of its totals
    assert (
        warehouse.value(
            "select count(*) from fct_kura__conversation_clusters inner join fct_kura__conversations as c"
            " using (conversation_id) where lens = 'issue' and c.issue is null"
        )
        == 0
    )
    levels = (
        "select sum(conversation_count), round(sum(share), 9) from dim_kura__clusters where level = 0 and lens = '{}'"
    )
    assert warehouse.rows(levels.format("issue")) == [(WITH_ISSUE, 1)]
    assert warehouse.rows(levels.format("request")) == [(NUMBER, 1)]
    # a model writes "English"
    assert warehouse.rows("select distinct value from fct_kura__cluster_facets where facet = 'language'") == [
        ("english",)
    ]
    # the facts keep the place in the first lens
    assert (
        warehouse.value(
            "select count(*) from fct_kura__conversations as f inner join fct_kura__conversation_clusters as p"
            " on f.conversation_id = p.conversation_id and p.lens = 'request' and p.cluster_id = f.cluster_id"
        )
        == NUMBER
    )
    for table in ("bridge_kura__cluster_ancestors", "fct_kura__cluster_trends", "fct_kura__cluster_facets"):
        assert warehouse.rows(f"select distinct lens from {table} order by 1") == [("issue",), ("request",)]
    assert (
        warehouse.value(
            "select count(*) from fct_kura__cluster_examples as e left join fct_kura__conversation_clusters as p"
            " using (lens, conversation_id) where p.cluster_id is null"
        )
        == 0
    )
    assert sorted(warehouse.rows("select t.lens, sum(t.conversation_count) from fct_kura__cluster_trends as t"
        " inner join dim_kura__clusters as c using (cluster_id) where c.level = 0 group by 1")) == [
        ("issue", WITH_ISSUE),
        ("request", NUMBER),
    ]  # fmt: skip
    shares = "select min(frustrated_share), max(resolved_share) from dim_kura__clusters where lens = 'issue' and conversation_count > 0"
    assert warehouse.rows(shares) == [(1, 0)]
    reserved = "select cluster_id from dim_kura__clusters where is_outliers or is_unprocessed order by sort_order"
    assert [cluster for (cluster,) in warehouse.rows(reserved)] == [
        "outliers", "unprocessed", "outliers_issue", "unprocessed_issue",
    ]  # fmt: skip
    # request × issue × outcome
    cube = warehouse.rows(
        "select sum(n), count(*) from (select r.level_0_name, i.level_0_name, f.outcome, count(*) as n"
        " from fct_kura__conversations as f"
        " inner join dim_kura__clusters as r on f.cluster_id = r.cluster_id"
        " inner join fct_kura__conversation_clusters as p on f.conversation_id = p.conversation_id and p.lens = 'issue'"
        " inner join dim_kura__clusters as i on p.cluster_id = i.cluster_id group by 1, 2, 3)"
    )
    assert cube[0][0] == WITH_ISSUE
    assert cube[0][1] > len(REQUESTS)


def test_another_lens_costs_only_its_names(nights: Nights) -> None:
    runs = nights.warehouse.rows(
        "select stage, lens, calls from fct_kura__runs where started_at = (select min(started_at) from fct_kura__runs)"
        " and calls > 0 and stage <> 'run' order by 1, 2"
    )
    spent = {(stage, lens): calls for stage, lens, calls in runs}
    assert spent.keys() == {("summaries", None), ("names", "issue"), ("names", "request")}
    assert spent["summaries", None] == NUMBER
    assert sum(spent.values()) == nights.calls[0]
    one = spent["summaries", None] + spent["names", "request"]
    assert nights.calls[0] <= 1.25 * one


def test_a_night_in_which_nothing_changes_costs_nothing(nights: Nights) -> None:
    assert nights.calls[1] == nights.calls[0]
    assert nights.clusters[1] == nights.clusters[0]


def test_two_lenses_share_no_cluster(nights: Nights) -> None:
    request, issue = ({row[0] for row in nights.clusters[0][lens]} for lens in ("request", "issue"))
    assert len(request) > 5
    assert len(issue) > 4
    assert not request & issue
    drawn = sorted(row[-1] for lens in BOTH for row in nights.clusters[0][lens])
    assert drawn == list(range(1, len(drawn) + 1))
    assert max(row[-1] for row in nights.clusters[0]["request"]) == len(request)


def test_a_refit_of_one_lens_leaves_the_other_alone(nights: Nights) -> None:
    decisions = "select lens, decision from fct_kura__runs where stage = 'fit' order by started_at, lens"
    assert nights.warehouse.rows(decisions) == [
        ("issue", "refit: first fit"),
        ("request", "refit: first fit"),
        ("issue", "kept"),
        ("request", "kept"),
        ("issue", "refit: always"),
        ("request", "kept"),
    ]
    spent = (
        "select distinct stage, lens from fct_kura__runs where calls > 0 and stage <> 'run'"
        " and started_at = (select max(started_at) from fct_kura__runs) order by all"
    )
    assert nights.warehouse.rows(spent) == [("names", "issue"), ("summaries", None)]
    before, after = ({row[0]: row[2] for row in clusters["request"]} for clusters in nights.clusters[1:])
    assert after == before
    places = "select lens, count(*) from fct_kura__conversation_clusters group by 1 order by 1"
    assert nights.warehouse.rows(places) == [("issue", WITH_ISSUE + len(NEW)), ("request", NUMBER + len(NEW))]
    lineage = (
        "select lens, count(distinct fit_id), count(previous_fit_id) > 0 from fct_kura__cluster_lineage group by 1"
    )
    assert sorted(nights.warehouse.rows(lineage)) == [("issue", 2, True), ("request", 1, False)]


def test_the_tree_of_each_lens_is_drawn(nights: Nights) -> None:
    first, other = nights.warehouse.kura("tree").stdout, nights.warehouse.kura("tree", "--lens", "issue").stdout
    assert f"{NUMBER + len(NEW)} conversations" in first
    assert first != other
    assert "there is no lens mood" in nights.warehouse.kura("tree", "--lens", "mood").stderr.replace("\n", " ")


def test_conversations_that_are_gone_are_counted_once_in_all_lenses(nights: Nights) -> None:
    write_conversations(nights.warehouse.folder / "chats.jsonl", TEXTS[: NUMBER // 4])
    gone = len(TEXTS + NEW) - NUMBER // 4
    stopped = nights.warehouse.dbt("run", fails=True, **settings(nights.warehouse, kura_lenses=BOTH))
    assert f"{gone} of the {len(TEXTS + NEW)} conversations of the last run" in " ".join(stopped.split())

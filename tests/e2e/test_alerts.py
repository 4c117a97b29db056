"""Alerts: how often quiet weeks raise one, what is found, how long it is remembered, and what goes to a webhook."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import stats

from tests.support.compiled import compiled, internal
from tests.support.project import REPOSITORY
from tests.support.warehouse import Warehouse

Counts: TypeAlias = npt.NDArray[Any]
MODELS = (
    "int_kura__cluster_trends",
    "int_kura__volume_swings",
    "int_kura__volume_scores",
    "int_kura__trouble_scores",
    "int_kura__alerts",
)
TOPICS, PARTS, WEEKS, A_WEEK = 8, 4, 24, 400
LEAVES = TOPICS * PARTS
MAX_Q = 0.05
LENS = "conversation"


@pytest.fixture(scope="module")
def statements(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return compiled(Warehouse(tmp_path_factory.mktemp("alerts")), *MODELS)


def tree() -> tuple[pd.DataFrame, pd.DataFrame]:
    names = [f"t{topic}" for topic in range(TOPICS)] + [f"t{leaf // PARTS}p{leaf}" for leaf in range(LEAVES)]
    clusters = pd.DataFrame({"lens": LENS, "cluster_id": names, "share": 0.02})
    clusters = clusters.assign(is_suppressed=False, is_outliers=False, is_unprocessed=False)
    pairs = [(name, name) for name in names] + [(name.split("p")[0], name) for name in names if "p" in name]
    return clusters, pd.DataFrame(pairs, columns=["ancestor_cluster_id", "descendant_cluster_id"]).assign(lens=LENS)


def usual() -> Counts:
    weights: Counts = 1.0 / np.arange(1, LEAVES + 1) ** 0.7
    return weights / weights.sum()


def weeks(leaves: Counts) -> pd.DataFrame:
    """`int_kura__cluster_periods` of counts of leaves (columns) by week (rows)."""
    counts = np.hstack([leaves.reshape(len(leaves), TOPICS, PARTS).sum(axis=2), leaves])
    names = tree()[0].cluster_id.to_numpy()
    number = np.repeat(np.arange(1, len(leaves) + 1), len(names))
    total = np.repeat(leaves.sum(axis=1), len(names))
    first = pd.Timestamp("2026-01-05")
    return pd.DataFrame(
        {
            "lens": LENS,
            "cluster_id": np.tile(names, len(leaves)),
            "is_reserved": False,
            "period_start": (first + pd.to_timedelta(7 * (number - 1), "D")).date,
            "period_number": number,
            "is_complete": True,
            "total_count": total,
            "conversation_count": counts.ravel(),
            "user_count": counts.ravel(),
            "share": counts.ravel() / total,
        }
    )


NOTHING = {
    "int_kura__conversations": pd.DataFrame({"conversation_id": ["c"], "is_frustrated": [None], "outcome": [None]}),
    "int_kura__tool_calls": pd.DataFrame({"conversation_id": ["c"], "is_failed": [False]}),
    "int_kura__published_periods": pd.DataFrame(
        {
            "lens": LENS,
            "conversation_id": ["-"],
            "cluster_id": ["-"],
            "period_start": [date(2026, 1, 5)],
            "is_folded": [False],
        }
    ),
}


class Builds:
    """One database through which one build after another goes."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, statements: dict[str, str]) -> None:
        self.connection, self.statements = connection, statements
        self.clusters = connection.sql("select * from int_kura__clusters").df()

    def alerts(self, periods: pd.DataFrame) -> list[tuple[str, str]]:
        """Return kind and cluster of what a build with these periods raises."""
        self.connection.register("given", periods)
        self.connection.execute("create or replace temp table given_periods as select * from given")
        self.connection.execute("create or replace table int_kura__cluster_periods as select * from given_periods")
        for model in MODELS[:-1]:
            self.connection.execute(f"create or replace table {model} as {self.statements[model]}")
        found = self.connection.execute(f"select kind, cluster_id from ({self.statements[MODELS[-1]]}) order by all")
        return found.fetchall()

    def suspicious(self, histories: list[pd.DataFrame]) -> list[int]:
        """Return which of many builds can raise anything at all.

        What a cluster scores hangs on its own counts, so that one statement scores the clusters of all of them.
        """
        tables = [histories, [self.clusters] * len(histories)]
        every_period, every_cluster = (
            pd.concat([each.assign(cluster_id=f"{number}-" + each.cluster_id) for number, each in enumerate(listed)])
            for listed in tables
        )
        with internal(int_kura__cluster_periods=every_period, int_kura__clusters=every_cluster) as connection:
            connection.execute(
                f"create table int_kura__cluster_trends as {self.statements['int_kura__cluster_trends']}"
            )
            swings = self.statements["int_kura__volume_swings"]
            connection.execute(f"create table int_kura__volume_swings as {swings}")
            scores = connection.sql(self.statements["int_kura__volume_scores"]).df()
        builds = scores.groupby(scores.cluster_id.str.split("-").str[0].astype(int)).score
        return [number for number, each in builds if stats.false_discovery_control(stats.norm.sf(each)).min() <= MAX_Q]


@pytest.fixture
def builds(statements: dict[str, str]) -> Any:
    clusters, ancestors = tree()
    with internal(int_kura__clusters=clusters, int_kura__cluster_ancestors=ancestors, **NOTHING) as connection:
        yield Builds(connection, statements)


def steady(generator: np.random.Generator, a_week: int = A_WEEK) -> Counts:
    return np.array([generator.multinomial(a_week, usual()) for _ in range(WEEKS)])


def swinging(generator: np.random.Generator) -> Counts:
    """Weeks in which each topic is a quarter more or less than usual, and all of it, too."""
    return np.array(
        [
            generator.poisson(A_WEEK * generator.gamma(16, 1 / 16) * usual() * generator.gamma(16, 1 / 16, LEAVES))
            for _ in range(WEEKS)
        ]
    )


REPETITIONS = 40


def until(leaves: Counts, week: int, generator: np.random.Generator) -> pd.DataFrame:
    """A history up to a week, of which every second one is not half over when it is looked at."""
    is_running = week % 2 == 0
    seen = leaves[:week].copy()
    seen[-1] = generator.binomial(seen[-1], 0.4) if is_running else seen[-1]
    periods = weeks(seen)
    return periods.assign(is_complete=(periods.period_number < week) | (not is_running))


@pytest.mark.parametrize("kind", [steady, swinging])
def test_twelve_quiet_weeks_raise_at_most_one_alert(builds: Builds, kind: Callable[[Any], Counts]) -> None:
    generator = np.random.default_rng(7)
    histories = [kind(generator) for _ in range(REPETITIONS)]
    raised: list[set[tuple[str, str]]] = [set() for _ in histories]
    for week in range(13, WEEKS + 1):
        periods = [until(leaves, week, generator) for leaves in histories]
        for number in builds.suspicious(periods):
            raised[number] |= set(builds.alerts(periods[number]))
    counts = np.array([len(alerts) for alerts in raised])
    assert counts.mean() <= 0.5
    assert (counts > 1).mean() <= 0.05


def test_a_theme_of_one_in_a_hundred_is_new_by_its_thirtieth_conversation(builds: Builds) -> None:
    generator = np.random.default_rng(8)
    for a_week, since in ((40, 23), (20, 22), (10, 20)):
        leaves = steady(generator, 10 * A_WEEK)
        leaves[:, 0] = 0
        leaves[since:, 0] = a_week
        assert builds.alerts(weeks(leaves)) == [("new", "t0p0")], a_week


def test_a_spike_is_found_beside_an_earlier_one_and_told_once_for_its_branch(builds: Builds) -> None:
    leaves = steady(np.random.default_rng(9))
    leaves[15, 9] += 60
    leaves[23, 9] += 60
    assert builds.alerts(weeks(leaves)) == [("spike", "t2p9")]


def test_a_theme_that_comes_into_a_topic_of_old_is_found_when_no_single_week_is_enough(builds: Builds) -> None:
    leaves = steady(np.random.default_rng(14))
    leaves[20:, 22] += 8
    assert builds.alerts(weeks(leaves))[0][1] == "t5p22"
    best = "select precedence, max(score) from int_kura__volume_scores group by 1"
    scores = dict(builds.connection.execute(best).fetchall())
    assert scores[2] < scores[4]


def test_what_grows_week_by_week_is_found(builds: Builds) -> None:
    leaves = steady(np.random.default_rng(10))
    leaves[12:, 20] += np.arange(12) * 2
    assert [kind for kind, _ in builds.alerts(weeks(leaves))] == ["growing"]


@pytest.mark.parametrize("kind", ["frustration", "unresolved", "failed_tools"])
def test_trouble_that_was_not_there_before_is_found_and_what_always_was_is_none(builds: Builds, kind: str) -> None:
    leaves = steady(np.random.default_rng(11))
    periods = weeks(leaves)
    days = sorted(periods.period_start.unique())
    rows = [(leaf, week) for week, day in enumerate(days) for leaf in range(LEAVES) for _ in range(leaves[week, leaf])]
    table = pd.DataFrame(rows, columns=["leaf", "week"]).assign(lens=LENS, is_folded=False)
    table = table.assign(
        conversation_id=[f"c{number}" for number in range(len(table))],
        cluster_id=[f"t{leaf // PARTS}p{leaf}" for leaf in table.leaf],
        period_start=[days[week] for week in table.week],
    )
    chance = np.where(table.leaf == 6, np.where(table.week >= 21, 0.5, 0.1), np.where(table.leaf == 7, 0.6, 0.1))
    is_troubled = np.random.default_rng(12).random(len(table)) < chance
    column, name = {
        "frustration": ("is_frustrated", "int_kura__conversations"),
        "unresolved": ("outcome", "int_kura__conversations"),
        "failed_tools": ("is_failed", "int_kura__tool_calls"),
    }[kind]
    if kind != "failed_tools":
        table = table.assign(is_frustrated=None, outcome=None)
    for table_name, rows_of_table in (
        ("int_kura__published_periods", table),
        (
            name,
            table.assign(
                **{column: np.where(is_troubled, "unresolved", "partly") if kind == "unresolved" else is_troubled}
            ),
        ),
    ):
        builds.connection.register("given", rows_of_table)
        builds.connection.execute(f"create or replace table {table_name} as select * from given")
    assert builds.alerts(periods) == [(kind, "t1p6")]


BREACH = [
    "I got a letter about a data breach at your company",
    "was my password leaked in the data breach",
    "my personal data was stolen from your shop, says the news",
    "the hackers have my address because of your data breach",
    "data breach notification, is it real",
]
WORRIES = [
    "What was stolen?",
    "What should I do?",
    "I am worried.",
    "Must I tell my bank?",
    "Please tell me more.",
    "Is the police involved?",
]


def write_sample_with_a_theme(path: Path) -> None:
    """Six copies of the sample, each two weeks on, and in the last two weeks thirty conversations of what is not in it: 1 %."""
    with (REPOSITORY / "seeds" / "kura_sample_messages.csv").open() as file:
        sample = list(csv.DictReader(file))
    first, rows = datetime(2026, 6, 1), []
    for copy in range(6):
        for row in sample:
            since = datetime.fromisoformat(row["created_at"]) - first
            week = (since.days // 7 + 2 * copy) % 12
            moved = first + timedelta(weeks=week, days=since.days % 7, seconds=since.seconds)
            ids = {key: f"{row[key]}-{copy}" for key in ("conversation_id", "message_id", "user_id")}
            rows.append({**row, **ids, "created_at": str(moved)})
    for number in range(30):
        said = f"{BREACH[number % 5]}. {WORRIES[number % 6]}"
        at = datetime(2026, 8, 10) + timedelta(hours=11 * number)
        ids = {"conversation_id": f"theme-{number}", "message_id": f"t{number}", "user_id": f"new-{number}"}
        rows.append({**ids, "role": "user", "content": said, "created_at": str(at)})
    with path.open("w") as file:
        writer = csv.DictWriter(file, sample[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_a_theme_planted_in_the_sample_is_alerted_in_the_first_build_and_then_remembered(warehouse: Warehouse) -> None:
    write_sample_with_a_theme(warehouse.folder / "chats.csv")
    warehouse.without("facets", "examples", "lineage", "comparisons", "tools", "golden_set")
    warehouse.variables["kura_input"] = str(warehouse.folder / "chats.csv")
    warehouse.dbt("run")
    [(kind, path, since, share, usual, *states)] = warehouse.rows(
        "select kind, path, since, alerts.share, usual_share, is_new, is_active from fct_kura__alerts as alerts"
        " inner join dim_kura__clusters using (cluster_id)"
    )
    assert kind in ("new", "spike")  # a conversation of old may be in its cluster, too
    held = warehouse.value(
        "select count(*) from fct_kura__conversations as conversations"
        " inner join bridge_kura__cluster_ancestors as above on conversations.cluster_id = above.descendant_cluster_id"
        " inner join fct_kura__alerts as alerts on above.ancestor_cluster_id = alerts.cluster_id"
        " where conversation_id like 'theme-%'"
    )
    assert held >= 20
    assert since >= date(2026, 8, 10)
    assert share > 2 * usual
    assert states == [True, True]
    assert path in warehouse.kura("alert").stdout
    said = warehouse.dbt("test", "--select", "no_new_alerts")
    assert f"{kind} since {since}: {path}" in " ".join(said.split())
    assert "WARN=1" in said
    told = "select alert_id, since, first_alerted_at from fct_kura__alerts"
    before = warehouse.rows(told)
    warehouse.dbt("run", "--select", "int_kura__alerts", "kura_publications", "fct_kura__alerts")
    assert warehouse.rows(told) == before
    assert warehouse.rows("select is_new, is_active, last_alerted_at > first_alerted_at from fct_kura__alerts") == [
        (False, True, True)
    ]
    assert "WARN=0" in warehouse.dbt("test", "--select", "no_new_alerts")


@pytest.mark.parametrize(
    ("history", "lasted", "raised"), [(24, 4, ["new"]), (24, 5, ["growing"]), (24, 10, []), (8, 4, ["new"]), (6, 5, [])]
)
def test_a_first_build_tells_what_has_begun_lately_however_large_what_is_older(
    builds: Builds, history: int, lasted: int, raised: list[str]
) -> None:
    leaves = steady(np.random.default_rng(21))[-history:]
    leaves[:, 0] = 0
    leaves[-lasted:, 0] = leaves[-lasted:].sum(axis=1) // 4  # a fifth of all
    assert [kind for kind, _ in builds.alerts(weeks(leaves))] == raised

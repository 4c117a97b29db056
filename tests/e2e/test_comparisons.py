"""`kura_compare`: its statistics against a second implementation and by simulation, its settings, its table on the sample."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import stats

from tests.support.compiled import compiled, over
from tests.support.warehouse import Warehouse

Counts: TypeAlias = npt.NDArray[Any]
CONVERSATIONS = 10_000
TOPICS, PARTS = 10, 5
COUNTS = ["conversation_count", "conversation_total", "baseline_count", "baseline_total"]


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("comparisons")
    return compiled(Warehouse(folder), "int_kura__comparisons")["int_kura__comparisons"]


def rows(before: Counts, after: Counts) -> pd.DataFrame:
    """Counts of clusters (columns) in many comparisons (rows), as a table; what is 0 on both sides is left out."""
    comparisons, clusters = before.shape
    leaves = slice(clusters - TOPICS * PARTS, None) if clusters > TOPICS * PARTS else slice(None)
    made = pd.DataFrame(
        {
            "cluster_id": np.tile([f"c{cluster}" for cluster in range(clusters)], comparisons),
            "compared_by": "version",
            "baseline": "v0",
            "segment": np.repeat([f"v{number}" for number in range(1, comparisons + 1)], clusters),
            "baseline_count": before.ravel(),
            "baseline_total": np.repeat(before[:, leaves].sum(axis=1), clusters),
            "conversation_count": after.ravel(),
            "conversation_total": np.repeat(after[:, leaves].sum(axis=1), clusters),
        }
    )
    return made[made.baseline_count + made.conversation_count > 0]


def with_topics(leaves: Counts) -> Counts:
    """Add the topics above the leaves in front of them."""
    return np.hstack([leaves.reshape(len(leaves), TOPICS, PARTS).sum(axis=2), leaves])


def shares() -> Counts:
    """Shares of leaves, large and small; the first topic has 5 % in all."""
    rest = 1.0 / np.arange(1, (TOPICS - 1) * PARTS + 1)
    np.random.default_rng(5).shuffle(rest)
    return np.concatenate([np.full(PARTS, 0.05 / PARTS), 0.95 * rest / rest.sum()])


def wilson(count: Counts, total: Counts) -> tuple[Counts, Counts]:
    z, share = stats.norm.ppf(0.975), count / total
    middle, spread = share + z**2 / (2 * total), z * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return (middle - spread) / (1 + z**2 / total), (middle + spread) / (1 + z**2 / total)


def test_a_second_implementation_says_the_same(statement: str) -> None:
    generator = np.random.default_rng(1)
    sizes = generator.integers(1, 3_000, (20, 1))
    before = generator.binomial(sizes, generator.beta(0.3, 3, (20, 40)))
    after = generator.binomial(generator.integers(1, 3_000, (20, 1)), generator.beta(0.3, 3, (20, 40)))
    found = over(statement, int_kura__segment_counts=rows(before, after))
    assert len(found) > 600
    assert (found.conversation_count == 0).any()
    for _, pair in found.groupby("segment"):
        for new, new_total, old, old_total, p_value in pair[[*COUNTS, "p_value"]].to_numpy():
            table = np.array([[new, new_total - new], [old, old_total - old]])
            if table.sum(axis=0).all():
                expected = stats.chi2_contingency(table, lambda_="log-likelihood").pvalue
                assert p_value == pytest.approx(expected, abs=1e-9)
        assert pair.q_value.to_numpy() == pytest.approx(stats.false_discovery_control(pair.p_value), abs=1e-9)
        low, high = wilson(pair.conversation_count.to_numpy(), pair.conversation_total.to_numpy())
        old_low, old_high = wilson(pair.baseline_count.to_numpy(), pair.baseline_total.to_numpy())
        difference = pair.share - pair.baseline_share
        below = np.hypot(pair.share - low, old_high - pair.baseline_share)
        above = np.hypot(high - pair.share, pair.baseline_share - old_low)
        assert pair.difference_low.to_numpy() == pytest.approx((difference - below).to_numpy(), abs=1e-9)
        assert pair.difference_high.to_numpy() == pytest.approx((difference + above).to_numpy(), abs=1e-9)


def test_of_few_conversations_no_more_is_made_than_the_exact_test_makes(statement: str) -> None:
    before, after = np.meshgrid(np.arange(13), np.arange(13))
    for totals in ((900, 100), (500, 500)):
        made = rows(before.reshape(1, -1), after.reshape(1, -1))
        made = made.assign(baseline_total=totals[0], conversation_total=totals[1])
        found = over(statement, int_kura__segment_counts=made)
        for new, new_total, old, _, p_value in found[[*COUNTS, "p_value"]].to_numpy():
            exact = stats.hypergeom(sum(totals), int(old + new), int(new_total))
            tail = min(exact.cdf(new), exact.sf(new - 1))
            if tail < 0.025:
                assert 0.7 * 2 * tail < p_value < 2.5 * 2 * tail, (old, new, tail)


@pytest.mark.parametrize("part", [0.5, 0.1])
def test_at_most_one_in_twenty_random_splits_shows_anything(statement: str, part: float) -> None:
    generator = np.random.default_rng(2)
    all_leaves = generator.multinomial(CONVERSATIONS, shares())
    after = generator.multivariate_hypergeometric(all_leaves, int(CONVERSATIONS * part), size=1_000)
    found = over(statement, int_kura__segment_counts=rows(with_topics(all_leaves - after), with_topics(after)))
    alarms = found.groupby("segment").q_value.min() < 0.05
    assert len(alarms) == 1_000
    assert alarms.mean() <= 0.05


def test_a_shift_of_two_points_is_found_four_times_in_five(statement: str) -> None:
    generator = np.random.default_rng(3)
    old = shares()
    new = np.concatenate([old[:PARTS] * 1.4, old[PARTS:] * 0.93 / 0.95])
    before = generator.multinomial(CONVERSATIONS // 2, old, size=1_000)
    after = generator.multinomial(CONVERSATIONS // 2, new, size=1_000)
    found = over(statement, int_kura__segment_counts=rows(with_topics(before), with_topics(after)))
    topic = found[found.cluster_id == "c0"]
    assert (topic.q_value < 0.05).mean() >= 0.8
    covered = (topic.difference_low <= 0.02) & (topic.difference_high >= 0.02)
    assert 0.93 <= covered.mean() <= 0.97

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.errors import KuraError
from kura_udfs.llm.openai.budget import Budget, LimitError
from kura_udfs.llm.openai.limits import Limits, reset_after, retry_after
from kura_udfs.llm.prices import Usage
from kura_udfs.llm.requests import Size
from kura_udfs.settings import ModelSettings

NOW = 1_800_000_000.0


def started(limits: Limits, count: int, now: float = 0.0) -> Limits:
    for _ in range(count):
        limits.start(now, 0)
    return limits


# concurrency


def test_no_more_calls_than_allowed_are_in_flight() -> None:
    limits = Limits(3)
    assert limits.wait(0) == 0
    assert started(limits, 3).wait(0) == math.inf
    limits.end(0, 0)
    assert limits.wait(0) == 0


def test_the_first_call_goes_alone_until_the_probe_has_ended() -> None:
    limits = started(Limits(3, probing=True), 1)
    assert limits.wait(0) == math.inf
    limits.end_probe()
    assert limits.wait(0) == 0


def test_overload_halves_the_concurrency_once_for_all_calls_in_flight() -> None:
    limits = Limits(40)
    assert limits.shrink(started=1.0, now=2.0)
    assert not limits.shrink(started=1.5, now=2.1)
    assert limits.concurrency == 20
    assert limits.shrink(started=2.5, now=3.0)
    assert limits.concurrency == 10


def test_concurrency_never_falls_below_one() -> None:
    limits = Limits(4)
    for second in range(10):
        limits.shrink(second, second)
    assert limits.concurrency == 1
    assert limits.wait(0) == 0


def test_concurrency_grows_by_one_for_each_round_of_answers_up_to_the_most() -> None:
    limits = Limits(16)
    limits.shrink(0, 0)
    for _ in range(9):
        limits.grow()
    assert limits.concurrency == 9
    for _ in range(1000):
        limits.grow()
    assert limits.concurrency == 16


def test_a_lonely_failure_is_no_overload_but_several_in_a_row_are() -> None:
    limits = Limits(16)
    for second in range(0, 1000, 20):
        limits.doubt(second, second)
        for _ in range(20):
            limits.grow()
    assert limits.concurrency == 16
    limits.doubt(1001, 1001)
    limits.doubt(1002, 1002)
    assert limits.concurrency == 8


# rates and pauses


@pytest.mark.parametrize("rate", [{"requests_per_minute": 60.0}, {"tokens_per_minute": 6000.0}])
def test_calls_keep_to_the_rate_evenly(rate: dict[str, Any]) -> None:
    limits, now, starts = Limits(1000, **rate), 0.0, []
    while now < 20:
        if (wait := limits.wait(now)) == 0:
            limits.start(now, 100)
            starts.append(now)
        else:
            now += wait
    assert len(starts) == 20
    assert all(later - earlier == pytest.approx(1) for earlier, later in itertools.pairwise(starts))


def test_timers_that_fire_late_do_not_lower_the_rate() -> None:
    limits, now, count = Limits(10_000, requests_per_minute=60 * 200), 0.0, 0
    while now < 10:
        if (wait := limits.wait(now)) == 0:
            limits.start(now, 0)
            count += 1
        else:
            now += wait + 0.003
    assert 1980 <= count <= 2021


def test_what_a_call_really_used_counts_in_the_end() -> None:
    limits = Limits(10, tokens_per_minute=6000)
    limits.start(0, 1000)
    assert limits.wait(0) == pytest.approx(10)
    limits.end(1000, used=100)
    assert limits.wait(0) == pytest.approx(1)


def test_a_pause_holds_back_every_call() -> None:
    limits = Limits(10)
    limits.pause(5)
    limits.pause(3)
    assert limits.wait(1) == 4
    assert limits.wait(5) == 0


# headers


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", "date": "Fri, 15 Jan 2027 08:00:10 GMT"}, 20),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_milliseconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        ("6m0s", 360),
        ("1h2m3s", 3723),
        ("250ms", 0.25),
        ("1.5s", 1.5),
        ("12", 12),
        (str(NOW + 8), 8),
        (str((NOW + 8) * 1000), 8),
        ("2027-01-15T08:00:09Z", 9),
        ("later", None),
        ("", None),
    ],
)
def test_a_reset_is_read_in_the_forms_that_servers_use(reset: str, seconds: float | None) -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset}
    assert reset_after(headers, 100, NOW) == (None if seconds is None else pytest.approx(seconds))


def test_a_reset_only_counts_where_too_little_remains() -> None:
    def headers(requests: int, tokens: int, limit: int = 1000) -> dict[str, str]:
        return {
            "x-ratelimit-remaining-requests": str(requests),
            "x-ratelimit-reset-requests": "5s",
            "x-ratelimit-remaining-tokens": str(tokens),
            "x-ratelimit-reset-tokens": "9s",
            "x-ratelimit-limit-tokens": str(limit),
        }

    assert reset_after(headers(1, 100), 100, NOW) is None
    assert reset_after(headers(0, 100), 100, NOW) == 5
    assert reset_after(headers(1, 99), 100, NOW) == 9
    assert reset_after(headers(0, 0), 100, NOW) == 9
    assert reset_after(headers(1, 50, limit=50), 100, NOW) is None


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date"]), st.text(max_size=30)))
def test_wild_headers_never_raise(headers: dict[str, str]) -> None:
    wait = retry_after(headers, NOW)
    assert wait is None or 0 <= wait < math.inf


@given(st.text(max_size=30))
def test_wild_resets_never_raise(reset: str) -> None:
    wait = reset_after({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": reset}, 1, NOW)
    assert wait is None or 0 <= wait < math.inf


# money

PRICES = {"m": {"input": 1.0, "output": 2.0}}
SIZE = Size(input_bytes=1_000_000, max_output_tokens=500_000)  # 2 dollars at most


def budget(**limits: float) -> Budget:
    return Budget(ModelSettings(llm_prices=PRICES, **limits))  # type: ignore[arg-type]


def test_money_is_set_aside_until_the_cost_is_known() -> None:
    money = budget(max_cost_usd=5.0)
    most = money.most("m", SIZE)
    assert most == pytest.approx(2.0)
    for _ in range(2):
        assert money.has_room(most)
        money.set_aside(most)
    assert not money.has_room(most)
    money.settle(most, 0.5)
    assert money.has_room(most)


def test_the_limit_is_reached_when_nothing_more_will_be_given_back() -> None:
    money = budget(max_cost_usd=2.5)
    money.set_aside(2.0)
    money.settle(2.0, 1.0)
    with pytest.raises(LimitError, match=r"kura_max_cost_usd of \$2.50.*\$1.0000.*raise kura_max_cost_usd"):
        money.has_room(2.0)


def test_a_limit_is_told_as_the_user_has_set_it_with_what_earlier_stages_have_spent() -> None:
    money = Budget(ModelSettings(max_calls=9, max_cost_usd=2.5, llm_prices=PRICES).less(7, 2.4))
    with pytest.raises(LimitError, match=r"of \$2.50 is reached: \$2.4000 is spent on 7 calls"):
        money.has_room(1.0)
    for _ in range(2):
        money.set_aside(0)
        money.settle(0, 0)
    with pytest.raises(LimitError, match="kura_max_calls is reached: 9 calls"):
        money.has_room(0)
    with pytest.raises(LimitError, match=r"of \$0.0001 is reached"):
        Budget(ModelSettings(max_cost_usd=0.0001)).has_room(1.0)


def test_calls_count_whatever_comes_of_them() -> None:
    money = budget(max_calls=2)
    for _ in range(2):
        assert money.has_room(0)
        money.set_aside(0)
    with pytest.raises(LimitError, match="kura_max_calls"):
        money.has_room(0)


def test_a_share_of_the_price_is_paid_in_batches() -> None:
    money = Budget(ModelSettings(llm_prices=PRICES), share=0.5)
    assert money.cost("m", Usage(1_000_000, 1_000_000)) == pytest.approx(1.5)
    assert money.cost("m", None) is None
    assert money.cost("unknown", Usage(1, 1)) is None


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1), st.booleans()), max_size=40), st.floats(0, 10))
def test_what_is_spent_never_passes_the_limit(calls: list[tuple[float, float, bool]], limit: float) -> None:
    money, spent, out = budget(max_cost_usd=limit), 0.0, []
    for most, share, waits in calls:
        try:
            room = money.has_room(most)
        except LimitError:
            room = False
        if room:
            money.set_aside(most)
            out.append((most, share))
        if out and (not waits or not room):
            most, share = out.pop()
            money.settle(most, most * share)
            spent += most * share
    spent += sum(most * share for most, share in out)
    assert spent <= limit + 1e-9


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_concurrency": 0},
        {"max_calls": -1},
        {"max_cost_usd": -0.1},
        {"requests_per_minute": 0},
        {"timeout": -1},
    ],
)
def test_settings_that_make_no_sense_name_their_var(wrong: dict[str, float]) -> None:
    [name] = wrong
    with pytest.raises(KuraError, match=f"kura_{name}"):
        ModelSettings(**wrong)  # type: ignore[arg-type]

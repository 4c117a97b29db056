from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.text.messages import parse_messages
from kura_udfs.text.times import instant, of_message

TEN = datetime(2026, 5, 1, 10)


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-01T10:00:00Z",
        "2026-05-01T12:00:00+02:00",
        "2026-05-01T12:00:00+0200",
        "2026-05-01T12:00:00 +02:00",
        "2026-05-01 10:00:00 +0000",
        "2026-05-01T12+02",
        "2026-05-01T15:30:00+05:30",
        "2026-05-01 10:00:00",
        "2026-05-01 10:00:00 UTC",
        "2026-05-01 10:00:00.000000 UTC",
        "2026-05-01 10:00 AM",
        "2026-05-01T10:00Z",
        "2026-05-01 12:00:00 Europe/Berlin",
        "2026-05-01T12:00:00+02:00[Europe/Berlin]",
        "2026-05-01 05:00:00 CDT",
        "2026/05/01 10:00:00",
        "2026-05-01 10:00:00,000",
        "2026-05-01T10:00:00.000000000Z",
        "1777629600",
        "1777629600.0",
        "1.7776296e9",
        "1777629600000",
        "1777629600000000",
        "1777629600000000000",
        "20260501T100000Z",
        "20260501T120000+0200",
        "20260501100000",
        "Fri, 01 May 2026 12:00:00 +0200",
        "Fri, 1 May 2026 10:00:00 GMT",
        "01 May 2026 06:00:00 EDT",
        "May 1, 2026 10:00 AM",
        "Friday, May 1, 2026 at 10:00 AM",
        "1 May 2026, 10:00",
        "Fri May  1 10:00:00 2026",
        "Fri May 01 10:00:00 UTC 2026",
        "Fri May 01 12:00:00 CEST 2026",
        "2026-05-01 12:00:00 +0200 CEST",
        "2026-05-01 19:00:00 JST",
        "1. Mai 2026, 10:00 Uhr",
        "Freitag, 1. Mai 2026 um 10:00 Uhr",
        "1 mai 2026 à 10h00",
        "vendredi 1er mai 2026 10:00",
        "1 de mayo de 2026, 10:00",
        "1 maggio 2026 10:00",
        "1 de maio de 2026 às 10:00",
        "1 mei 2026 om 10:00",
        "46143.4166667",
        "46143.416666666664",
        '{"$date": "2026-05-01T10:00:00Z"}',
        '{"$date": {"$numberLong": "1777629600000"}}',
        '{"$date": 1777629600000}',
        "  2026-05-01T10:00:00Z  ",
    ],
)
def test_one_time_in_many_spellings(text: str) -> None:
    assert instant(text) == TEN


@pytest.mark.parametrize(
    "text",
    ["", " ", "0", "-5", "null", "20261345", "05/01/2026 10:00", "01.05.2026 10:00", "yesterday", "10:00"]  # noqa: RUF005
    + ["2026-13-01", "2026-05-01 25:00", "2026-05-01 10:00 Nowhere/Land", "2026-05-01 13:00 PM", "May 2026", "1e300"]
    + ['{"$date": null}', '{"date": 1}', "{", "9" * 400, "user: 2026-05-01", "2026-05-01 and so on"]
    + ["2026-05-01 10:00 IST", "Order, 01.05.2026"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert instant(text) is None


def test_eight_digits_are_a_day_and_not_the_year_1970() -> None:
    assert instant("20260329") == datetime(2026, 3, 29)


@pytest.mark.parametrize(("order", "month", "day"), [("dmy", 1, 5), ("mdy", 5, 1)])
def test_the_order_of_day_and_month_is_asked_for(order: str, month: int, day: int) -> None:
    for text in (
        *("05/01/2026 10:00", "5.1.2026 10:00:00 AM", "5-1-2026 10:00"),
        *("05.01.26, 10:00:00", "5/1/26 10:00\u202fAM", "5/1/26, 10:00 a.\u00a0m."),
    ):
        assert instant(text, order) == datetime(2026, month, day, 10)  # type: ignore[arg-type]
    assert instant("25/12/2026", "dmy") == datetime(2026, 12, 25)
    assert instant("25/12/2026", "mdy") is None


def test_months_in_several_languages() -> None:
    told = {
        1: "Januar janvier enero gennaio janeiro januari", 2: "Februar février febrero febbraio fevereiro februari",
        3: "März mars marzo março maart mrt.", 4: "April avril abril aprile", 5: "Mai mayo maggio maio mei",
        6: "Juni juin junio giugno junho", 7: "Juli juillet julio luglio julho", 8: "August août agosto augustus",
        9: "September septembre septiembre settembre setembro", 10: "Oktober octobre ottobre outubro",
        11: "November novembre noviembre", 12: "Dezember décembre diciembre dicembre dezembro",
    }  # fmt: skip
    for month, names in told.items():
        assert {instant(f"1 {name} 2026 10:00") for name in names.split()} == {datetime(2026, month, 1, 10)}


def test_numbers_that_would_be_of_before_2001_count_from_there_where_a_message_has_them() -> None:
    for text in ("799322400", "799322400.0", "799322400000000000"):
        assert of_message(text) == TEN
        assert instant(text) == datetime(1995, 5, 1, 10)
    for other in (
        "1777629600",
        "300",
        "978307200",
        "19990501",
        "19990501100000",
        "36281.5",
        "1999-05-01",
        "soon",
        None,
    ):
        assert of_message(other) == instant(other)


def test_a_field_of_any_name_is_the_time_of_messages_where_only_one_has_times_in_all_of_them() -> None:
    def times(*fields: dict[str, Any]) -> list[str | None]:
        entries = [{"role": "user", "content": "hi", **each} for each in fields]
        return [message.created_at for message in parse_messages(json.dumps(entries))]

    told = ["2026-05-01T10:00:00Z", "2026-05-01 10:01"]
    assert times({"zeitmarke": told[0]}, {"zeitmarke": told[1]}) == told
    for fields in (
        [{"zeitmarke": told[0]}, {}],
        [{"zeitmarke": told[0]}, {"zeitmarke": "soon"}],
        [{"zeitmarke": time, "gelesen": time} for time in told],
        [{"expires": time} for time in told],
        [{"nummer": 1777629600}, {"nummer": 1777629601}],
    ):
        assert times(*fields) == [None, None]
    assert times({"zeitmarke": told[0]}, {"zeitmarke": told[1], "created_at": told[0]}) == [None, told[0]]


def test_a_number_of_a_sheet_needs_the_fraction_that_is_its_clock() -> None:
    assert instant("46143.5") == datetime(2026, 5, 1, 12)
    for text in ("46143", "12345.5", "461430.5", "146143.5"):
        found = instant(text)
        assert found is not None
        assert found.year == 1970


def test_two_digits_are_a_year_only_before_a_clock() -> None:
    assert instant("10.12.26", "dmy") is instant("10.12.26 ", "dmy") is instant("10.12.26, 10:00") is None


@given(st.text(max_size=100))
def test_nothing_that_people_write_breaks_it(text: str) -> None:
    for order in (None, "dmy", "mdy"):
        found = instant(text, order)
        assert found is None or found.tzinfo is None


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2099, 12, 31)),
    st.integers(-12 * 60, 14 * 60),
)
def test_what_programs_write_comes_back(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=UTC).astimezone(timezone(timedelta(minutes=minutes)))
    assert instant(zoned.isoformat()) == moment
    assert instant(zoned.isoformat(" ")) == moment
    whole = moment.replace(microsecond=0)
    seconds = round((whole - datetime(1970, 1, 1)).total_seconds())
    for factor in (1, 10**3, 10**6, 10**9):
        assert instant(str(seconds * factor)) == whole
    assert instant(whole.strftime("%Y%m%d%H%M%S")) == whole
    assert instant(json.dumps({"$date": whole.isoformat() + "Z"})) == whole
    assert instant(zoned.strftime("%a, %d %b %Y %H:%M:%S %z")) == whole


@pytest.mark.parametrize(
    "text",
    [
        '{"_seconds": 1777629600, "_nanoseconds": 0}',
        '{"iso8601": "2026-05-01T10:00:00+0000", "epochMillis": 1}',
        "/Date(1777629600000)/",
        "2026/5/1 上午10:00",
        "2026년 5월 1일 오전 10:00,",
    ],
)
def test_what_stores_and_chats_write_is_a_time(text: str) -> None:
    assert instant(text) == datetime(2026, 5, 1, 10)

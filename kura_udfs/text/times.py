"""Points in time out of what tools write: epochs, ISO 8601, mails, exports of databases and of spreadsheets."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from typing import Literal
from zoneinfo import ZoneInfo

DateOrder = Literal["dmy", "mdy"]
LARGEST_SECONDS = 1e11
"""An epoch beyond this is in milliseconds; a thousand times that, in microseconds; and again, in nanoseconds."""
LONGEST = 80


def instant(text: str | None, date_order: DateOrder | None = None) -> datetime | None:
    """Read a point in time.

    Parameters
    ----------
    text : str or None
        An epoch in s, ms, µs or ns; the days of a sheet with a fraction (``46143.4166667``); ISO 8601, compact
        (``20260501T100000Z``) or with blanks, a zone's name or ``AM``; RFC 2822; a date with the month in a word;
        MongoDB's ``{"$date": …}``, Firestore's ``{"_seconds": …}`` and the like; .NET's ``/Date(…)/``.
    date_order : {"dmy", "mdy"}, optional
        How to read ``01/05/2026`` and ``01/05/26, 10:00``; without it, they are no times, because nobody can know.

    Returns
    -------
    datetime or None
        In UTC, without a zone; what has no zone is taken for UTC. None where it is no time, as 0 and ``20261345``.
    """
    text = (text or "").strip()
    if text.startswith("{"):
        text = _held(text)
    elif stamp := _STAMP.fullmatch(text):
        text = stamp[1]
    if not text or len(text) > LONGEST:
        return None
    try:
        found = _number(text) if _NUMBER.fullmatch(text) else _written(text, date_order)
        return found if found is None or found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError, OSError):
        return None


def of_message(text: str | None, date_order: DateOrder | None = None) -> datetime | None:
    """Read when a message was said: as `instant`, but a number that would be of before 2001 counts from there.

    So do Apple's phones and computers, in s or ns. What is less than a few years after that is no time of a message.
    """
    found = instant(text, date_order)
    if found is None or not _APPLES_FIRST <= found < _APPLES_BEGIN or not _SINCE.fullmatch((text or "").strip()):
        return found
    return found + (_APPLES_BEGIN - _EPOCH)


_EPOCH, _APPLES_BEGIN = datetime(1970, 1, 1), datetime(2001, 1, 1)
_APPLES_FIRST = _EPOCH + (datetime(2007, 1, 1) - _APPLES_BEGIN)
_HOLDERS = ("$date", "iso8601", "_seconds", "seconds")
_STAMP = re.compile(r"/Date\((\d+)(?:[+-]\d{4})?\)/")
_NUMBER = re.compile(r"\d+(\.\d+)?(e\+?\d+)?", re.IGNORECASE)
_SHEET = re.compile(r"(?:3[6-9]|[45]\d)\d{3}\.\d+")
"""The days since 1900 of a sheet, with a clock: from 1998 on. Without a fraction it may be anything."""
_COMPACT = re.compile(r"(?:19|20)\d{6}(?:\d{6})?")
_SINCE = re.compile(rf"(?!{_COMPACT.pattern}\Z|{_SHEET.pattern}\Z){_NUMBER.pattern}", re.IGNORECASE)
"""What counts from some day on."""
_ISO = re.compile(
    r"(?:[^\W\d_]{2,13}\.?,\s+)?(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:(?:T|\s+|,\s*)(\S.*))?", re.IGNORECASE
)
# a year of two digits needs a clock behind it, for 10.12.26 may be one
_NUMERIC = re.compile(
    r"(?:[^\W\d_]{2,13}\.?,\s+)?(\d{1,2})([-/.])(\d{1,2})\2(?:(\d{4})|(\d\d)(?=[\s,]))(?:(?:T|\s+|,\s*)(\S.*))?",
    re.IGNORECASE,
)
# as chats are exported in Chinese, Korean and Japanese
_EAST = re.compile(
    r"(\d{4})[-/.년年] ?(\d{1,2})[-/.월月] ?(\d{1,2})[.일日]? "
    r"(上午|下午|오전|오후|午前|午後) ?(\d{1,2}(?::\d\d){1,2}),?"
)
_AFTERNOON = ("下午", "오후", "午後")
# by their first letters, in English, German, French, Spanish, Italian, Portuguese, Dutch
_MONTHS = tuple(
    re.compile(begins)
    for begins in (
        "jan|ene|gen", "feb|fév|fev", "mar|mär|mae|maa|mrz|mrt", "apr|avr|abr", "ma[iyjg]|mei", "jun|juin|giu",
        "jul|juil|lug", "aug|aoû|aou|ago", "sep|set", "oct|okt|ott|out", "nov", "dec|dez|déc|dic",
    )
)  # fmt: skip
_DAY_FIRST = re.compile(
    r"(?:[^\W\d_]{2,13}\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th|er|[.º])?[\s-]+(?:de\s+)?([^\W\d_]{3,10})\.?,?[\s-]+(?:de\s+)?(\d{4})"
    r"(?:,?\s+(?:(?:at|um|à|às|om|alle(?: ore)?|a las)\s+)?(\S.*))?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    r"(?:[a-z]{3,9}\.?,?\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:,?\s+(?:at\s+)?(\S.*))?",
    re.IGNORECASE,
)
_CTIME = re.compile(
    r"[a-z]{3}\s+([a-z]{3})\s+(\d{1,2})\s+(\d{1,2}:\d\d:\d\d)(?:\s+([a-z+-][\w+:-]*))?\s+(\d{4})", re.IGNORECASE
)
_CLOCK = re.compile(r"(\d{1,2})[:h]?(\d\d)?(?::?(\d\d)(?:[.,](\d+))?)?\s*([ap]\.?\s?m\.?)?\s*(.*)", re.IGNORECASE)
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])(\d\d):?(\d\d)?(?:\s*(?:[\[(].*[\])]|[A-Z]{2,5}))?", re.IGNORECASE)
# those of RFC 2822, and others that mean one thing everywhere
_ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6}
_ZONES |= {"pst": -8, "pdt": -7, "wet": 0, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3}
_ZONES |= {"msk": 3, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13}


def _held(text: str) -> str:
    """What an object holds that stands for a time."""
    try:
        held = json.loads(text)
        value = next((held[key] for key in _HOLDERS if key in held), None)
        value = value["$numberLong"] if isinstance(value, dict) else value
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _number(text: str) -> datetime | None:
    if _COMPACT.fullmatch(text):
        try:
            return datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%Y%m%d%H%M%S")
        except ValueError:  # no such day: then eight digits are no time at all, fourteen may be milliseconds
            if len(text) == 8:
                return None
    if _SHEET.fullmatch(text):
        return datetime(1899, 12, 30) + timedelta(seconds=round(float(text) * 86400))
    seconds = float(text)
    for _ in range(3):
        if seconds >= LARGEST_SECONDS:
            seconds /= 1000
    if not 0 < seconds < LARGEST_SECONDS:
        return None
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)


def _written(text: str, date_order: DateOrder | None) -> datetime | None:
    if found := _EAST.fullmatch(text):
        half = "pm" if found[4] in _AFTERNOON else "am"
        return _at(found[1], found[2], found[3], f"{found[5]} {half}")
    if found := _ISO.fullmatch(text):
        return _at(found[1], found[3], found[4], found[5])
    if found := _NUMERIC.fullmatch(text):
        if date_order is None:
            return None
        day, month = (found[1], found[3]) if date_order == "dmy" else (found[3], found[1])
        return _at(found[4] or f"20{found[5]}", month, day, found[6])
    if (found := _CTIME.fullmatch(text)) and (month := _month(found[1])):
        return _at(found[5], month, found[2], f"{found[3]} {found[4] or ''}")
    if (found := _DAY_FIRST.fullmatch(text)) and (month := _month(found[2])):
        return _at(found[3], month, found[1], found[4])
    if (found := _MONTH_FIRST.fullmatch(text)) and (month := _month(found[1])):
        return _at(found[3], month, found[2], found[4])
    try:
        return datetime.fromisoformat(text)  # compact dates and weeks
    except ValueError:
        return parsedate_to_datetime(text) if "," in text else None


def _month(name: str) -> int | None:
    return next((at for at, begins in enumerate(_MONTHS, 1) if begins.match(name.lower())), None)


def _at(year: str | int, month: str | int, day: str | int, clock: str | None) -> datetime | None:
    date = datetime(int(year), int(month), int(day))
    if not clock or not clock.strip():
        return date
    found = _CLOCK.fullmatch(clock.strip())
    if not found:
        return None
    hour, half = int(found[1]), (found[5] or "")[:1].lower()
    if (half and not 1 <= hour <= 12) or hour > 24 or not (half or found[2] or found[6]):
        return None
    hour = hour % 12 + 12 * (half == "p") if half else hour
    fraction = int((found[4] or "0")[:6].ljust(6, "0"))
    time = date + timedelta(days=1) if hour == 24 else date
    zone = _zone(found[6])
    return (
        None
        if zone is False
        else time.replace(
            hour=hour % 24,
            minute=int(found[2] or 0),
            second=min(int(found[3] or 0), 59),
            microsecond=fraction,
            tzinfo=zone,
        )
    )


def _zone(text: str) -> tzinfo | Literal[False] | None:
    """Return the zone of that name; None for no name, False for one that nobody knows."""
    text = text.strip()
    if not text or text.lower() in ("uhr", "h"):
        return None
    if text.lower() in _ZONES:
        return timezone(timedelta(hours=_ZONES[text.lower()]))
    if offset := _OFFSET.fullmatch(text):
        size = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-size if offset[1] == "-" else size)
    name = text.strip("[]()")
    try:
        return ZoneInfo(name) if "/" in name else False
    except (ValueError, OSError, LookupError):  # ZoneInfoNotFoundError is a LookupError
        return False

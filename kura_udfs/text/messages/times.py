"""When messages were said, and in which order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kura_udfs.text.messages.fields import first_scalar, names, spelt
from kura_udfs.text.times import instant

if TYPE_CHECKING:
    from kura_udfs.text.messages.entries import Draft

_CLOCKS_DISAGREE = 60.0  # seconds by which an answer may seem older than its question
TIME_KEYS = names("date_unixtime created_at create_time timestamp date") + spelt("""created_at create_time created
    time sent_at ts sent_on created_on datetime start_time startTimeMs start_timestamp_usec absoluteTime timestamp_ms
    createdDateTime sent_datetime created_datetime created_date create_at origin_server_ts""")
_DAY_KEYS = spelt("date day message_date msg_date sent_date")
_CLOCK_KEYS = spelt("time message_time msg_time sent_time")
_CLOCK = re.compile(r"\d{1,2}:\d")
_LIKELY_TIME_KEYS = spelt("""sent message_sent when received posted dt epoch unixtime unix_time day edited edited_at
    modified modified_at last_updated last_modified updated updated_at update_time""")
"""What may be the time of a message, where it holds one; last, that it was changed."""
_TIME = re.compile(
    r"(?:message|msg|chat|event|turn|entry|reply|post|log)?(?:"
    r"(?:sent|created|creation|posted|received|occurred|insert(?:ed)?|recorded|published|logged)?"
    r"(?:at|on|time|timestamp|ts|date|datetime)"
    r"|(?:time|date|datetime|timestamp)(?:sent|created|posted|received|ofmessage))(?:utc|gmt|iso|unix|epoch)?"
)
"""What others call the time of a message, by its letters; macros/input/message_times.sql has the same."""
_BESIDE = ("metadata", "meta")
_WRITTEN = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\n]{0,30}\Z")
_OF_SOMETHING_ELSE = re.compile("expir|due|until|valid|birth|deadline|schedul")


def time_of(item: Mapping[str, Any]) -> str | None:
    """When something was said, as it stands: under a known name, one that means nothing else, or in its metadata."""
    if not item.keys().isdisjoint(_CLOCK_KEYS) and (day := first_scalar(item, _DAY_KEYS)) and ":" not in day:
        clocks = [clock for key in _CLOCK_KEYS if ":" in (clock := str(item.get(key)))]
        if clocks:
            return f"{day} {clocks[0]}" if _CLOCK.match(clocks[0]) else clocks[0]
    if time := first_scalar(item, TIME_KEYS):
        return time
    named = [name for name in item if _is_time(name)]
    if (time := first_scalar(item, named)) and any(map(str.isdigit, time)):
        return time
    held = next((item[key] for key in _BESIDE if isinstance(item.get(key), dict)), None)
    candidates = (time_of(held) if held else None, *(first_scalar(item, (key,)) for key in _LIKELY_TIME_KEYS))
    # else it may be how long something took
    return next((time for time in candidates if time and (read := instant(time)) and read.year > 1970), None)


def untold(entries: Sequence[object]) -> str | None:
    """Return the field, whatever it is called, in which each entry of a list has a day and a clock, if one is so."""
    held = [entry for entry in entries if isinstance(entry, dict)]
    if not held or len(held) < len(entries):
        return None
    found = [
        key
        for key in held[0]
        if not _OF_SOMETHING_ELSE.search(key.lower())
        and all(isinstance(text := entry.get(key), str) and _WRITTEN.match(text) and instant(text) for entry in held)
    ]
    return found[0] if len(found) == 1 else None


@lru_cache(4096)
def _is_time(name: str) -> bool:
    return _TIME.fullmatch(re.sub(r"[^a-z]", "", name.lower())) is not None


def in_order(drafts: Sequence[Draft]) -> list[Draft]:
    """Messages of a list in the order of their times, where all have one and the list is in another order.

    A list that comes newest first is turned round, messages of one second included. Times that fall by less than a
    minute are clocks that disagree, not another order.
    """
    told = [draft.created_at for draft in drafts]
    if len(told) < 2 or not all(told) or _is_risen(told):
        return list(drafts)
    times: list[float] = []
    for each in told:
        time = seconds(each)
        if time is None:
            return list(drafts)
        times.append(time)
    steps = [after - before for before, after in pairwise(times)]
    if all(step >= 0 for step in steps):
        return list(drafts)
    if all(step <= 0 for step in steps):
        return list(drafts[::-1])
    if len(steps) > 2 and times[0] <= times[-1] and all(step <= 0 for step in steps[1:]):
        return [drafts[0], *drafts[:0:-1]]  # below the subject of a ticket
    if all(step >= -_CLOCKS_DISAGREE for step in steps):
        return list(drafts)
    if all(draft.created_at == draft.updated_at for draft in drafts):
        return list(drafts)  # an old message was changed later
    return [drafts[at] for at in sorted(range(len(drafts)), key=times.__getitem__)]


def _is_risen(told: Sequence[str | None]) -> bool:
    """Whether times of one spelling already stand in their order, which needs no reading."""
    return all(a and b and a <= b and len(a) == len(b) and a[-1] == b[-1] == "Z" for a, b in pairwise(told))


def seconds(text: str | None) -> float | None:
    """Return the seconds since 1970 of a time as it stands; None where it is none."""
    time = instant(text)
    return None if time is None else time.replace(tzinfo=UTC).timestamp()

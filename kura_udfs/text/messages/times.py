"""In which order messages were said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from itertools import pairwise

from kura_udfs.text.messages.entries import Draft
from kura_udfs.text.times import instant

_CLOCKS_DISAGREE = 60.0  # seconds by which an answer may seem older than its question


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

"""Conversations that stand in several rows: calls of a model, traces, spans, lines of a log.

The models gather the rows of a conversation, in the order of their times, under names that no tool writes:

``kura_calls``
    each one call or trace, with what was asked and what was answered. It may hold the whole history so far, the last
    few turns, or only its own.
``kura_events``
    each one message or event.
``kura_places``
    each a name and what is held there, where a row holds its messages in several places.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from kura_udfs.text.messages import frameworks, shapes
from kura_udfs.text.messages.entries import TEXT_KEYS, drafts
from kura_udfs.text.messages.fields import first_scalar, load, names, objects, scalar, unwritten
from kura_udfs.text.messages.parts import content_of
from kura_udfs.text.messages.roles import is_persons
from kura_udfs.text.messages.shapes import Conversation
from kura_udfs.text.messages.spans import COLUMNS, tool_entry

_EVENT_IDS = ("uuid", "event_id", "messageId", "message_id", "_id", "id")
_EVENT_NAMES = ("event_name", "eventName", "body")
_QUESTIONS = (
    names("""body params input inputs messages request prompt question query contents kura_places description
    description_text source comments conversations conversation_parts""")
    + shapes.TRANSCRIPT_KEYS
    + ("inputTranscript", "proxy_server_request")
)


def conversation(value: object) -> Conversation | None:
    """Find the messages in what the models have gathered, or in the JSON of one conversation."""
    if not isinstance(value, dict):
        return shapes.conversation(value)
    if isinstance(value.get("kura_calls"), list):
        return Conversation(_of_calls(objects(value["kura_calls"])))
    if isinstance(value.get("kura_events"), list):
        return shapes.conversation([_read(event) for event in _distinct(value["kura_events"])])
    if isinstance(value.get("kura_places"), list):
        return Conversation(_of_places(value["kura_places"]))
    return shapes.conversation(value)


def is_event(value: object) -> bool:
    """Whether this is a single line of a log, or span, that may well say nothing."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("kura_events"), list):
        return len(value["kura_events"]) == 1
    calls = value.get("kura_calls")
    return isinstance(calls, list) and all(
        isinstance(call, dict) and (tool_entry(call) or not any(call.get(name) for name in _QUESTIONS))
        for call in calls
    )


_IS_ASKED = frozenset(("input", "inputs", "output", "outputs"))


class _State(NamedTuple):
    """What has been said so far."""

    entries: list[Any]
    texts: list[str]
    """Of what is not the system's, to see whether two states are the same."""
    questions: list[str]
    """Those of users."""
    ends: list[int]
    """For each of the texts, where it ends among the entries."""


def _of_calls(calls: Sequence[Mapping[str, Any]]) -> list[Any]:
    state = _state([])
    found = [tool_entry(call) for call in calls]
    spans = deque((number, span) for number, span in enumerate(found) if span is not None)
    made: list[tuple[int, Any]] = []
    told = [(number, call) for number, call in enumerate(calls) if found[number] is None]
    # where messages are steps of their own, the runs around them repeat what is said
    told = [(number, call) for number, call in told if frameworks.step(call)] or told
    for number, entries in _outermost(told):
        while spans and spans[0][0] < number:
            made.append((len(state.texts), spans.popleft()[1]))
        state = _after(state, _with_times(_state(entries), state))
    return _with_tools(state, [*made, *((len(state.texts), span) for _, span in spans)])


def _with_tools(state: _State, made: Sequence[tuple[int, Any]]) -> list[Any]:
    """Put calls of tools among the entries, each after so many texts."""
    entries: list[Any] = []
    begun = 0
    for number, end in enumerate(state.ends, 1):
        entries += state.entries[begun:end]
        # one that was made before anything was said is told with the first
        entries += [span for texts, span in made if max(texts, 1) == number]
        begun = end
    return entries + state.entries[begun:] + ([] if state.ends else [span for _, span in made])


def _after(before: _State, call: _State) -> _State:
    """What has been said after one more call."""
    if not before.texts:
        return call if call.texts else _state([*before.entries, *call.entries])
    if not call.texts:
        return before
    repeats = call.texts == before.texts and len(call.questions) < 2  # the same question and answer, once more
    asked = len(before.questions)
    holds_all = call.texts[: len(before.texts)] == before.texts
    goes_on = len(call.questions) > asked > 0 and call.questions[:asked] == before.questions
    if (holds_all or goes_on) and not repeats:
        lost = before.entries[: before.ends[0] - 1] if call.ends[0] == 1 else []  # the system's prompt
        return _state([*lost, *call.entries]) if lost else call
    if before.texts[: len(call.texts)] == call.texts and len(call.questions) > 1:
        return before  # an earlier state, told again
    shared = _overlap(before.texts, call.texts)
    start = call.ends[shared - 1] if shared else 0
    fresh = [entry for at, entry in enumerate(call.entries) if at >= start and (start or not _is_known(entry, before))]
    return _extended(before, fresh)


def _overlap(before: Sequence[str], call: Sequence[str]) -> int:
    """How many of the last texts a call repeats before it goes on: a question with its answer, at least."""
    for count in range(min(len(before), len(call) - 1), 1, -1):
        if before[-count] == call[0] and before[-count:] == call[:count]:
            return count
    return 0


def _is_known(entry: object, before: _State) -> bool:
    """Whether it is the system's prompt, which every call repeats."""
    if _text(entry)[0] is not None:
        return False
    words = [draft[:2] for draft in drafts(entry)]
    return any(words == [draft[:2] for draft in drafts(each)] for each in before.entries if _text(each)[0] is None)


def _state(entries: Iterable[Any]) -> _State:
    return _extended(_State([], [], [], []), entries)


def _extended(state: _State, entries: Iterable[Any]) -> _State:
    for entry in entries:
        state.entries.append(entry)
        text, is_question = _text(entry)
        if text is not None:
            state.texts.append(text)
            state.ends.append(len(state.entries))
            if is_question:
                state.questions.append(text)
    return state


def _text(entry: object) -> tuple[str | None, bool]:
    said = [draft for draft in drafts(entry) if draft.content and draft.role not in ("system", "developer")]
    if not said:
        return None, False
    is_question = any(is_persons(draft.role) for draft in said)
    return "\n".join(" ".join((draft.content or "").split()) for draft in said), is_question


def _outermost(calls: Sequence[tuple[int, Mapping[str, Any]]]) -> list[tuple[int, Sequence[Any]]]:
    """The entries of each call by its number, without calls inside one that says something itself."""
    if not any(call.get("kura_time") for _, call in calls):  # then an answer comes after its question all the same
        calls = sorted(calls, key=lambda numbered: all(numbered[1].get(name) is None for name in _QUESTIONS))
    spoken: dict[str, Sequence[Any]] = {}
    numbers: dict[str, int] = {}
    parents: dict[str, str | None] = {}
    for number, call in calls:
        key = scalar(call.get("kura_id")) or f"row {number}"
        entries = _entries(call)
        known = spoken.get(key, [])
        if any(call.get(name) is not None for name in _EVENT_NAMES):  # a message of a span
            spoken[key] = [*known, *entries]
        elif key not in spoken or len(entries) >= len(known):  # saved again as it grew
            spoken[key] = entries
        numbers.setdefault(key, number)
        parents[key] = _parent(call.get("kura_parent"))

    def around(key: str) -> set[str]:
        found, at = {key}, parents[key]
        while at in parents and at not in found:
            found.add(at)
            at = parents[at]
        return found - {key}

    dumps = {key for key, entries in spoken.items() if shapes.is_dump(entries)}
    # what a program handed on says nothing where a call inside of it does
    silent = dumps & {outer for key in spoken.keys() - dumps for outer in around(key)}
    telling = {key for key, entries in spoken.items() if entries} - silent
    return [(numbers[key], spoken[key]) for key in spoken if key in telling and telling.isdisjoint(around(key))]


def _parent(value: object) -> str | None:
    """The parent's id, of a list of all ancestors the last."""
    if isinstance(value, str) and value.startswith("["):
        with suppress(ValueError):
            listed = load(value)
            value = listed[-1] if listed else None
    return scalar(value)


def _entries(call: Mapping[str, Any]) -> Sequence[Any]:
    time = call.get("kura_time")
    if isinstance(call.get("kura_places"), list):
        said: Sequence[Any] = _of_places(call["kura_places"])
        return said if time is None else _last_timed(said, time)
    told = {key: value for key, value in call.items() if value is not None and not key.startswith("kura_")}
    # of a span the name says what kind of event it is
    held = {
        key: value
        for key, value in told.items()
        if key not in COLUMNS
        or (key == "name" and not _IS_ASKED & told.keys())
        or (key == "status" and isinstance(value, dict))  # a task's, with what was said last
    }
    found = shapes.conversation(held)
    said = frameworks.step(told) or (found.entries if found else [])
    return said if time is None else _last_timed(said, time)


def _last_timed(entries: Sequence[Any], time: object) -> list[Any]:
    """The entries, the last question and what follows with the call's time: of a history, that is what was new."""
    last = next((number for number in reversed(range(len(entries))) if _text(entries[number])[1]), 0)
    begun = last if any(_text(entry)[1] for entry in entries[:last]) else 0
    return [*entries[:begun], *(_timed(entry, time) for entry in entries[begun:])]


def _with_times(call: _State, before: _State) -> _State:
    """A call that holds what was said before, with the times that are known of that."""
    entries = list(call.entries)
    for text, end, known, at in zip(call.texts, call.ends, before.texts, before.ends, strict=False):
        if text != known:
            break
        entry, earlier = entries[end - 1], before.entries[at - 1]
        if isinstance(earlier, dict) and isinstance(entry, dict) and "created_at" in earlier:
            entries[end - 1] = {"created_at": earlier["created_at"], **entry}
    return call._replace(entries=entries)


def _timed(entry: object, time: object) -> object:
    if not isinstance(entry, dict) or any(draft.created_at for draft in drafts(entry)):
        return entry
    return {**entry, "created_at": time}


def _read(event: object) -> object:
    """An event, whose columns may hold objects as texts; of words it needs the form of a content."""
    if not isinstance(event, dict):
        return event
    return {key: content_of(held) if key in TEXT_KEYS else unwritten(held) for key, held in event.items()}


def _distinct(events: Sequence[Any]) -> list[Any]:
    """Events without their repetitions, as a resumed log has them; of a message, the last state that says something."""
    found: dict[str, Any] = {}
    for number, event in enumerate(events):
        key = first_scalar(event, _EVENT_IDS) if isinstance(event, dict) else None
        key = key or f"row {number}"
        if key not in found or drafts(event):
            found[key] = event
    return list(found.values())


def _of_places(places: Sequence[Any]) -> list[Any]:
    """Messages that stand in several places, in their order."""
    named = [(str(place.get("name")), place.get("held")) for place in places if isinstance(place, dict)]
    told: list[Any] = []
    for number, (name, held) in enumerate(named):
        entries = shapes.placed(name.rpartition(".")[2], held, is_last=number == len(named) - 1 > 0)
        told = shapes.in_turn(told, entries)
    return told

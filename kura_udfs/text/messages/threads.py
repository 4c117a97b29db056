"""A thing with comments below it: an issue, a topic of a forum, a post. Who opened it asks, and others answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kura_udfs.text.messages.fields import first_scalar, names, objects
from kura_udfs.text.messages.roles import NOTE_KEYS, role_of
from kura_udfs.text.messages.times import TIME_KEYS

COMMENTS = names("comments comment post_stream answers")
_WITHIN = names("comments nodes posts")
_PEOPLE = names("reporter user author owner creator username")
_PERSON_IDS = names("accountId login username id user_id key emailAddress name displayName")
_TITLES = names("title summary subject")
_TEXTS = names("body description selftext raw cooked text content message")
_TIMES = (*TIME_KEYS, "creation_date", "created_utc")


def messages(value: Mapping[str, Any]) -> list[Any]:
    """What was opened and what was said below it; nothing where nobody tells who opened it or who comments."""
    key = next((name for name in COMMENTS if isinstance(value.get(name), list | dict)), None)
    comments = _listed(value[key]) if key else None
    if comments is None or not any(name in value for name in (*_PEOPLE, "post_stream")):
        return []
    opener = _person(value) or (_person(comments[0]) if comments else None)
    if opener is None or not all(_person(each) and _text(each) for each in comments):
        return []
    title = next((value[name] for name in _TITLES if isinstance(value.get(name), str)), None)
    time = first_scalar(value, _TIMES)
    begun = [{"role": "user", "content": said, "created_at": time} for said in (title, _text(value)) if said]
    return [*begun, *(_spoken(each, opener) for each in comments)]


def _spoken(comment: Mapping[str, Any], opener: str) -> Mapping[str, Any]:
    is_note = comment.get("jsdPublic") is False or any(
        key in comment and role_of(comment) == "system" for key in NOTE_KEYS
    )
    role = "system" if is_note else "user" if _person(comment) == opener else "assistant"
    return {
        "id": first_scalar(comment, ("id", "node_id")),
        "role": role,
        "content": _text(comment),
        "created_at": first_scalar(comment, _TIMES),
    }


def _listed(held: object) -> list[Mapping[str, Any]] | None:
    """The comments of a list, or of an object around one, each before those that answer it."""
    if isinstance(held, dict):
        held = next((held[name] for name in _WITHIN if isinstance(held.get(name), list)), None)
    if not isinstance(held, list) or not all(isinstance(each, dict) for each in held):
        return None
    found: list[Mapping[str, Any]] = []
    rest: list[Mapping[str, Any]] = list(held)[::-1]
    while rest:
        comment = rest.pop()
        found.append(comment)
        replies: Sequence[Mapping[str, Any]] = _of_one(comment.get("replies"))
        rest.extend(replies[::-1])
    return found


def _of_one(replies: object) -> Sequence[Mapping[str, Any]]:
    return objects(replies.get("nodes") if isinstance(replies, dict) else replies)


def _person(item: Mapping[str, Any]) -> str | None:
    """Whoever wrote it, by what tells them apart."""
    for name in _PEOPLE:
        held = item.get(name)
        if isinstance(held, str) and held.strip():
            return held.strip()
        if isinstance(held, dict) and (found := first_scalar(held, _PERSON_IDS)):
            return found
    return None


def _text(item: Mapping[str, Any]) -> Any:
    """What it says, as text or as a document with parts."""
    return next((item[name] for name in _TEXTS if isinstance(item.get(name), str | dict) and item[name]), None)

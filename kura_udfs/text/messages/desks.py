"""What help desks and call centres keep beside their messages: what a ticket began with, and who is who."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeGuard

from kura_udfs.text.messages.entries import text_of
from kura_udfs.text.messages.fields import first_scalar, names
from kura_udfs.text.messages.roles import NOTE_KEYS, role_of
from kura_udfs.text.messages.times import time_of

_OPENINGS = names("description_text description plain_description")
_REQUESTERS = names("requester_id requesterId requester primaryCustomer primary_customer")
_PEOPLE = names("participants users members agents contacts")
_ASKING = ("contact", "customer")
_ANSWERING = ("assistant", "agent", "admin", "model", "ai", "operator", "human", "end-user")
_TOLD_OTHERWISE = frozenset(("role", "kura_role", "type", "message", "part_type", *NOTE_KEYS))
_PERSON_IDS = names("id participantId user_id userId")
SPEAKER_IDS = names("author_id authorId participantId participant_id sender_id senderId user_id userId")
_PERSON_ROLES = names("role type participantRole purpose participantPurpose user_type userType")


def opening(value: Mapping[str, Any], entries: Sequence[Any]) -> list[Any]:
    """What a ticket began with, where it stands before the answers: a subject, Intercom's ``source``, a description."""
    source = value.get("source")
    if isinstance(source, dict) and text_of(source) and isinstance(source.get("author"), dict):
        first = {"created_at": time_of(value), **source}
        return [*_subject(source, text_of(first), first), first]
    if not any(key in value for key in _REQUESTERS):
        return []
    described = next((value[key] for key in _OPENINGS if _is_text(value.get(key))), None)
    said = next((text for each in entries if isinstance(each, dict) and (text := text_of(each))), None)
    first = {"role": "user", "content": described, "created_at": time_of(value)}
    repeats = described is None or _begins(said, described)
    return [*_subject(value, described or said, first), *([] if repeats else [first])]


def _subject(value: Mapping[str, Any], text: str | None, first: Mapping[str, Any]) -> list[Any]:
    """The line above a ticket, by who wrote it, unless they say the same below."""
    subject = value.get("subject")
    if not _is_text(subject) or _letters(subject) in _letters(text or ""):
        return []
    return [{"content": subject, **{key: first[key] for key in ("role", "author", "created_at") if key in first}}]


def of_staff(entries: Sequence[Any]) -> list[Any]:
    """The entries with who answers: beside somebody called a contact or a customer, a user works at the desk."""
    asking = {role_of(entry) for entry in entries if isinstance(entry, dict)}
    if "user" not in asking or asking.isdisjoint(_ASKING) or not asking.isdisjoint(_ANSWERING):
        return list(entries)
    return [{**entry, "role": "agent"} if isinstance(entry, dict) and _is_user(entry) else entry for entry in entries]


def _is_user(entry: Mapping[str, Any]) -> bool:
    return "kura_role" not in entry and role_of(entry) == "user"


def of_systems(entries: Sequence[Any]) -> list[Any]:
    """The entries with who answers, where that is called a system, as in research on dialogues: nobody else does.

    An entry with a ``role`` means what models mean by a system.
    """
    told = [
        role_of(entry) if isinstance(entry, dict) and _TOLD_OTHERWISE.isdisjoint(entry) else None for entry in entries
    ]
    is_dialogue = {*told} == {"user", "system"} and told[0] == "user"
    if not is_dialogue or any(before == after == "system" for before, after in pairwise(told)):
        return list(entries)
    return [
        {**entry, "role": "assistant"} if role == "system" else entry for entry, role in zip(entries, told, strict=True)
    ]


def is_said(entry: object) -> bool:
    """Whether something in a transcript says who speaks, if only by an id, and what they say."""
    if not isinstance(entry, dict) or (text_of(entry) is None and not isinstance(entry.get("parts"), list)):
        return False
    return role_of(entry) is not None or any(key in entry for key in SPEAKER_IDS)


def told(value: Mapping[str, Any], entries: Sequence[Any]) -> list[Any]:
    """The entries with roles, where those who speak have ids, and roles beside the messages; who asked is the user."""
    roles = {
        key: role
        for people in (value.get(name) for name in _PEOPLE)
        if isinstance(people, list)
        for person in people
        if isinstance(person, dict)
        if (key := first_scalar(person, _PERSON_IDS)) and (role := first_scalar(person, _PERSON_ROLES))
    }
    requester = next((value[key] for key in _REQUESTERS[2:] if isinstance(value.get(key), dict)), None)
    asked = first_scalar(requester, ("id",)) if requester else first_scalar(value, _REQUESTERS)
    if asked:
        roles[asked] = "user"
    if not roles:
        return list(entries)
    return [_with_role(entry, roles, "assistant" if asked else None) for entry in entries]


def _with_role(entry: Any, roles: Mapping[str, str], otherwise: str | None) -> Any:
    if not isinstance(entry, dict) or role_of(entry) is not None:
        return entry
    speaker = first_scalar(entry, SPEAKER_IDS)
    role = roles.get(speaker, otherwise) if speaker else None
    return {**entry, "role": role} if role else entry


def _begins(said: str | None, text: str) -> bool:
    """Whether the first message says what a ticket's description says, which may be cut or hold no HTML."""
    first, described = _letters(said or ""), _letters(text)
    return bool(first) and (first.startswith(described[:200]) or described.startswith(first[:200]))


def _letters(text: str) -> str:
    return "".join(text.split()).casefold()


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip())

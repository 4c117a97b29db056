"""Who speaks, by names that a project gave (`kura_roles`), wherever in a conversation they stand.

The models map a role as it stands to Kura's own. Here it is found in the first place: a tool may keep who speaks under
``type``, ``name`` or ``sender``, beside other signs that would count first, or as the first of a pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kura_udfs.text.messages import transcripts
from kura_udfs.text.messages.desks import SPEAKER_IDS
from kura_udfs.text.messages.entries import TEXT_KEYS, text_of
from kura_udfs.text.messages.fields import names
from kura_udfs.text.messages.roles import NAME_KEYS, ROLE_KEYS, role_of
from kura_udfs.text.messages.shapes import TRANSCRIPT_KEYS
from kura_udfs.text.messages.sides import FIRST

_MAX_DEPTH = 200
_SHOWN = names("name type kind user username display_name displayName u")
_NAMES = (*ROLE_KEYS, *NAME_KEYS, *_SHOWN, *SPEAKER_IDS)
_CALLED = names("role type name display_name username nickname")
_HOLDERS = frozenset((*TEXT_KEYS, "refusal", "tool_calls"))
_WRAPPERS = ("data", "kwargs")  # LangChain's


def told(value: Any) -> Any:
    """The conversation, with its speakers told where ``kura_roles`` names them.

    An entry whose speaker is named gets a ``role``, as it stands, and ``kura_role``, what it is for Kura. Where the
    names say whose role it is to speak first, entries of which nobody is named are two people's in turn.
    """
    if not isinstance(value, dict) or not isinstance(value.get("kura_roles"), dict):
        return value
    roles = {str(name).strip().lower(): str(role) for name, role in value["kura_roles"].items()}
    return _named(value.get("kura_conversation"), roles, 0, is_transcript=True)


def _named(value: Any, roles: Mapping[str, str], depth: int, is_transcript: bool = False) -> Any:
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, str):
        turns = transcripts.entries(value, roles) if is_transcript else None
        return value if turns is None else _named(turns, roles, depth + 1)
    if isinstance(value, list):
        if len(value) == 2 and _name(value[0], roles) in roles and isinstance(value[1], str | list):
            return _spoken({"content": value[1]}, str(_name(value[0], roles)), roles)
        items = transcripts.of_lines(value, roles) if is_transcript else value
        entries = [_named(each, roles, depth + 1) for each in items]
        return _in_turns(entries) if is_transcript and FIRST in roles else entries
    if not isinstance(value, dict):
        return value
    found = {key: _named(held, roles, depth + 1, key in TRANSCRIPT_KEYS) for key, held in value.items()}
    return _wrapped(found, roles) if _HOLDERS.isdisjoint(found) else _by_speaker(found, roles)


def _wrapped(item: dict[str, Any], roles: Mapping[str, str]) -> dict[str, Any]:
    """An entry that says by its type who speaks, and holds the message as another one."""
    name = _name(item.get("type"), roles)
    inner = next((key for key in _WRAPPERS if isinstance(item.get(key), dict) and "content" in item[key]), None)
    return {**item, inner: _spoken(item[inner], str(name), roles)} if inner and name in roles else item


def _by_speaker(item: dict[str, Any], roles: Mapping[str, str]) -> dict[str, Any]:
    for key in _NAMES:
        name = _name(item.get(key), roles)
        if name in roles:
            return _spoken(item, str(name), roles)
        if key == "role" and name:
            break  # a part, or somebody else
    if FIRST in roles and isinstance(author := item.get("author"), dict) and author.get("isBot") is False:
        return {**item, "role": author.get("name")}  # of several people in Discord not all ask
    return item


def _in_turns(entries: list[Any]) -> list[Any]:
    """What two people say in turn, if nothing says of any entry who speaks."""
    told = [{"content": each} if isinstance(each, str) and each[:1] != "{" else each for each in entries]
    if len(told) < 2 or not all(isinstance(each, dict) and text_of(each) and role_of(each) is None for each in told):
        return entries
    return [{**each, "role": "second" if at % 2 else "first"} for at, each in enumerate(told)]


def _name(value: object, roles: Mapping[str, str]) -> str | None:
    """A speaker's name, of an object the first that is given; of a mail, its address if that is."""
    if isinstance(value, dict):
        called = [_name(value[key], roles) for key in _CALLED if isinstance(value.get(key), str)]
        return next((name for name in called if name in roles), next(iter(called), None))
    if not isinstance(value, str):
        return None
    name = value.strip().lower()
    address = name[:-1].rpartition("<")[2] if name.endswith(">") else ""
    return address if address in roles else name


def _spoken(item: dict[str, Any], name: str, roles: Mapping[str, str]) -> dict[str, Any]:
    return {**item, "role": name, "kura_role": roles[name]}

"""Entries of a list that are a pair, a role with what it says or a question with its answer, or stand in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kura_udfs.text.messages.entries import TEXT_KEYS
from kura_udfs.text.messages.fields import names
from kura_udfs.text.messages.roles import ROLE_KEYS, role_of
from kura_udfs.text.messages.sides import SIDES
from kura_udfs.text.messages.times import time_of

_ROLES = SIDES.keys() | names("user human assistant ai system developer tool function bot model gpt placeholder")
_QUESTIONS = names("question query user human prompt instruction input user_message user_input usr")
_ANSWERS = names("""answer response assistant bot ai gpt model output completion reply assistant_message bot_message
    assistant_response bot_response sys""")
_TEXTS = frozenset(TEXT_KEYS) - {"prompt"}


def spoken(items: Sequence[Any]) -> list[Any]:
    """Return the entries of a conversation, its pairs as messages."""
    listed = [item for item in items if isinstance(item, list)]
    if listed and all(map(_is_pair, listed)) and all(isinstance(item, list | dict) for item in items):
        has_roles = sum(map(_begins_with_role, listed)) * 2 > len(listed)
        return [said for item in items for said in (_pair(item, has_roles) if isinstance(item, list) else [item])]
    if items and isinstance(items[0], dict) and _turn(items[0]):  # nearly no list
        told = [_turn(item) if isinstance(item, dict) else None for item in items]
        roles = {each["role"] for turn in told if turn for each in turn}
        if sum(map(bool, told)) * 2 > len(told) and len(roles) == 2:
            return [each for item, turn in zip(items, told, strict=True) for each in turn or [item]]
    return list(items)


def of_columns(value: Mapping[str, Any]) -> list[Any]:
    """Return the entries of a list that is kept as one list for each key, as data sets do; nothing where it is none."""
    lists = {_singular(key, value): held for key, held in value.items() if isinstance(held, list)}
    texts = next((lists[key] for key in TEXT_KEYS if key in lists), [])
    if lists.keys().isdisjoint(ROLE_KEYS) or not all(isinstance(text, str | None) for text in texts):
        return []
    if len({len(held) for held in lists.values()}) > 1:
        return []
    return [dict(zip(lists, entry, strict=True)) for entry in zip(*lists.values(), strict=True)] if texts else []


def _singular(key: str, beside: Mapping[str, Any]) -> str:
    """The name of a field, of which a list for each key may have the plural: ``speakers`` beside ``utterances``."""
    one = key[:-1]
    return one if key.endswith("s") and one not in beside and (one in TEXT_KEYS or one in ROLE_KEYS) else key


def _is_pair(held: Sequence[Any]) -> bool:
    """Whether it is no conversation of its own, of two messages."""
    return len(held) == 2 and not (isinstance(held[0], dict) and role_of(held[0]) is not None)


def _pair(pair: Sequence[Any], has_roles: bool) -> list[Any]:
    """A role with what it says (LangChain), or a question with its answer (Gradio)."""
    first, second = pair
    if _begins_with_role(pair) or (has_roles and isinstance(first, str)):
        return [{"role": first, "content": second}]
    said = [{"role": "user", "content": first}, {"role": "assistant", "content": second}]
    return [each for each in said if each["content"] is not None]


def _begins_with_role(pair: Sequence[Any]) -> bool:
    return isinstance(pair[0], str) and pair[0].strip().lower() in _ROLES


def _turn(item: Mapping[str, Any]) -> list[Any] | None:
    """What was asked and answered, each under a name of its own; None where it is a message, or something else."""
    if any(item.get(key) for key in _TEXTS if key in item) or role_of(item) is not None:
        return None
    if isinstance(item.get("inputs"), dict) and isinstance(item.get("outputs"), dict):  # Prompt flow's
        asked, answered = item["inputs"], item["outputs"]
    else:
        asked = answered = item
    question, answer = (
        next((held[key] for key in keys if isinstance(held.get(key), str) and held[key].strip()), None)
        for held, keys in ((asked, _QUESTIONS), (answered, _ANSWERS))
    )
    time = time_of(item)
    said = (("user", question), ("assistant", answer))
    return [{"role": role, "content": text, "created_at": time} for role, text in said if text] or None

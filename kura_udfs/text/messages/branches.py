"""The branch that is shown, of a conversation that was edited or asked again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kura_udfs.text.messages.entries import TEXT_KEYS, drafts
from kura_udfs.text.messages.fields import first_scalar, objects, scalar
from kura_udfs.text.messages.times import seconds, time_of

Node = Mapping[str, Any]

_ID_KEYS = ("id", "uuid", "messageId", "message_id", "_id")
_PARENT_KEYS = ("parentMessageId", "parent_message_uuid", "parentId", "parent_id", "parent_message_id", "parent")
_NESTED = ("children", "replies")
_TIME_KEYS = ("create_time", "created_at", "createdAt", "timestamp")
_FRAGMENTS = {"REQUEST": "user", "RESPONSE": "assistant"}


def chatgpt_branch(mapping: Mapping[str, Any], current: object) -> list[Node]:
    """Messages of ChatGPT's or DeepSeek's tree that its reader saw, of the branch that ends in `current`.

    Hidden messages, those of weight 0 and those without words are left out. Without a `current` node the branch is
    read that ends in the newest leaf; without links from one to another there are no branches.
    """
    nodes = {key: node for key, node in mapping.items() if isinstance(node, dict)}
    parents = {key: node.get("parent") for key, node in nodes.items()}
    messages = {key: node.get("message") for key, node in nodes.items()}
    times = {
        key: first_scalar(message, ("create_time", "inserted_at")) if isinstance(message, dict) else None
        for key, message in messages.items()
    }
    path = _path(parents, times, current) if any(parents.values()) else list(nodes)
    found = (messages[key] for key in path)
    shown = [message for message in found if isinstance(message, dict) and not _is_hidden(message)]
    return [said for message in shown for said in _fragments(message)]


def _fragments(message: Node) -> list[Node]:
    """What is said in a message of DeepSeek's, which is a question or an answer, without what the model thought."""
    parts = message.get("fragments")
    if not isinstance(parts, list):
        return [message]
    told = [(_FRAGMENTS.get(str(part.get("type"))), part) for part in parts if isinstance(part, dict)]
    time = message.get("inserted_at")
    return [{"role": role, "content": part.get("content"), "created_at": time} for role, part in told if role]


def shown_branch(items: Sequence[object], current: object = None) -> list[Any] | None:
    """Messages of the shown branch of a list of linked messages; None where the list has no branches.

    Every message must name itself and its parent (null for the first), and some parent must have two answers. Where
    more stand alone than follow another one, links are of something else: a field that is empty, what is quoted.
    """
    parents: dict[str, object] = {}
    nodes: dict[str, Node] = {}
    for item in items:
        if not isinstance(item, dict):
            return None
        link = next((key for key in _PARENT_KEYS if key in item), None)
        key = link and first_scalar(item, _ID_KEYS)
        if not link or not key or key in nodes:
            return None
        nodes[key], parents[key] = item, scalar(item[link])
    if not nodes or max(Counter(parents.values()).values()) < 2:
        return None
    followed = set(parents.values())
    alone = sum(parent not in nodes and key not in followed for key, parent in parents.items())
    if current not in nodes and alone > sum(parent in nodes for parent in parents.values()):
        return None
    if any(isinstance(node.get("rank"), int | float) for node in nodes.values()):
        return [nodes[key] for key in _best_path(nodes, parents)]
    times = {key: first_scalar(node, _TIME_KEYS) for key, node in nodes.items()}
    return [nodes[key] for key in _path(parents, times, current)]


def flattened(items: Sequence[object]) -> list[Any]:
    """Messages of a list whose answers stand in ``children`` or ``replies`` of what they answer, parents first."""
    if not any(key in item for key in _NESTED for item in items if isinstance(item, dict)):
        return list(items)
    found: list[Any] = []
    rest = list(items)[::-1]
    while rest:
        item = rest.pop()
        children = _children(item)
        if children and isinstance(item, dict):
            if any("rank" in child for child in children):  # several answers to choose from
                parent = {} if any(key in item for key in _PARENT_KEYS) else {"parent_id": None}
                item = {**item, **parent}
                children = [{"parent_id": first_scalar(item, _ID_KEYS), **child} for child in children]
            rest.extend(children[::-1])
            item = {key: value for key, value in item.items() if key not in _NESTED}
        found.append(item)
    return found


def _children(item: object) -> list[Any]:
    """What answers a message and stands inside it: messages, not marks of where they are."""
    if not isinstance(item, dict):
        return []
    held = [each for key in _NESTED for each in objects(item.get(key))]
    if not any(key in each for key in TEXT_KEYS for each in held):
        return []
    times = [time for each in held if (time := seconds(time_of(each))) is not None]
    return [held[at] for at in sorted(range(len(held)), key=times.__getitem__)] if len(times) == len(held) else held


def _best_path(nodes: Mapping[str, Node], parents: Mapping[str, object]) -> list[str]:
    """Keys of the nodes from the root on, of several answers the one that people ranked first."""
    below: dict[object, list[str]] = {}
    for key in nodes:
        below.setdefault(parents[key] if parents[key] in nodes else None, []).append(key)

    def rank(key: str) -> float:
        given = nodes[key].get("rank")
        return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else math.inf

    path: list[str] = []
    at: object = None
    while at in below:
        at = min(below.pop(at), key=rank)
        path.append(str(at))
    return path


def _path(parents: Mapping[str, object], times: Mapping[str, object], current: object) -> list[str]:
    """Keys of the nodes from the root to `current`, else to the newest leaf."""
    at: object = current if isinstance(current, str) and current in parents else _newest_leaf(parents, times)
    path: list[str] = []
    seen: set[object] = set()
    while isinstance(at, str) and at in parents and at not in seen:
        seen.add(at)
        path.append(at)
        at = parents[at]
    return path[::-1]


def _newest_leaf(parents: Mapping[str, object], times: Mapping[str, object]) -> str | None:
    inner = {parent for parent in parents.values() if isinstance(parent, str)}
    leaves = [key for key in parents if key not in inner] or list(parents)  # nothing but a cycle has no leaf

    def said(key: str) -> float:
        time = seconds(scalar(times.get(key)))
        return -math.inf if time is None else time

    return max(reversed(leaves), key=said, default=None)


def _is_hidden(message: Node) -> bool:
    if isinstance(message.get("fragments"), list):
        return False
    metadata = message.get("metadata")
    if isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation") is True:
        return True
    content = message.get("content")
    parts = content.get("parts") if isinstance(content, dict) and content.get("content_type") == "text" else None
    if message.get("weight") == 0 or not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        return message.get("weight") == 0 or all(draft.content is None for draft in drafts(message))
    return not parts[0].strip() and all(draft.content is None for draft in drafts(message))

"""JSON in which a store writes each value with its type, as the values alone.

DynamoDB (``{"S": "hi"}``), Firestore (``{"stringValue": "hi"}``), unions of Avro (``{"string": "hi"}``), and lists of
Parquet as BigQuery loads them (``{"list": [{"element": …}]}``).
"""

from __future__ import annotations

import json
import re
from typing import Any

from kura_udfs.text.messages.fields import names

_WRITES = re.compile(
    r'"(?:role|type|sender|author|speaker|content|text|message)"\s*:\s*\{\s*"(?:S|stringValue|string)"\s*:\s*"'
    r'|"list"\s*:\s*\[\s*\{\s*"element"\s*:'
)
"""What was said, or who says it, with its type."""
_SCALARS = frozenset(
    names("""S N BOOL B stringValue integerValue doubleValue booleanValue timestampValue referenceValue
    string int long float double boolean bytes""")
)
_NULLS = ("NULL", "nullValue")


def is_written(raw: str) -> bool:
    """Whether a text of JSON says of its values which type they have."""
    return _WRITES.search(raw) is not None


def plain(value: Any) -> Any:
    """The JSON without the types."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"fields": dict(fields), "name": str(name), **more} if "createTime" in more:  # a document of Firestore's
            return {"name": name, **more, **{key: plain(held) for key, held in fields.items()}}
    if len(value) == 1:
        [(kind, held)] = value.items()
        match kind, held:
            case ("M" | "map", dict()):
                return {key: plain(each) for key, each in held.items()}
            case ("mapValue", {"fields": dict(fields)}):
                return {key: plain(each) for key, each in fields.items()}
            case ("L" | "array", list()):
                return [plain(each) for each in held]
            case ("list", list()):
                return [plain(each["element"]) if _is_element(each) else plain(each) for each in held]
            case ("arrayValue", dict()):
                return [plain(each) for each in held.get("values") or []]
        if kind in _NULLS:
            return None
        if kind in _SCALARS and not isinstance(held, dict | list):
            return held
    return {key: plain(held) for key, held in value.items()}


def plain_json(raw: str) -> str:
    """A text of JSON without the types, where it has any; as it is where it is no JSON."""
    if not is_written(raw):
        return raw
    try:
        return json.dumps(plain(json.loads(raw)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return raw


def _is_element(held: object) -> bool:
    return isinstance(held, dict) and held.keys() == {"element"}

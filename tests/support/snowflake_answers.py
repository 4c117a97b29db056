"""Which schemas of answers AI_COMPLETE takes, by its documentation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KEYWORDS = frozenset(
    {"type", "properties", "required", "items", "enum", "const", "anyOf", "allOf", "description", "title", "pattern"}
    | {"additionalProperties", "$ref", "$defs", "definitions"}
)
"""Those that are documented. Limits on lengths and numbers, formats and defaults are named as not supported."""


def schema_problem(model: str, asked: dict[str, Any]) -> str | None:
    """Return what is wrong with a response_format, or None."""
    if asked.get("type") != "json" or asked.keys() != {"type", "schema"}:
        return "response_format must have the type json and a schema"
    for node in nodes(asked["schema"]):
        if unknown := node.keys() - KEYWORDS:
            return f"response_format: unsupported keywords {', '.join(sorted(unknown))}"
        if node.get("type") != "object" or "gpt" not in model:
            continue
        if node.get("additionalProperties") is not False:
            return "response_format: 'additionalProperties' is required to be supplied and to be false"
        if set(node.get("required", ())) != set(node.get("properties", {})):
            return "response_format: 'required' is required to include every key in properties"
    return None


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk through a schema and the schemas in it; names of properties are no keywords."""
    yield schema
    for name in ("properties", "$defs", "definitions"):
        for inner in schema.get(name, {}).values():
            yield from nodes(inner)
    for name in ("anyOf", "allOf"):
        for inner in schema.get(name, []):
            yield from nodes(inner)
    if isinstance(schema.get("items"), dict):
        yield from nodes(schema["items"])

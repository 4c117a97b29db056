"""Values and types in the text of a query."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def literal(value: Any) -> str:
    """Write a value as Snowflake reads it; mappings become objects and sequences arrays."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(str(key))}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    escaped = str(value).replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def as_text(object_: str, key: str) -> str:
    """Return the expression of a text under a key of an object.

    Not as `:"key"`: what is in double quotes an account may have in capital letters (QUOTED_IDENTIFIERS_IGNORE_CASE).
    """
    return f"cast({object_}[{literal(key)}] as varchar)"


def sql_type(type_: pa.DataType) -> str:
    """Return Snowflake's name of a type; what is neither a number nor a boolean is text."""
    if pa.types.is_integer(type_):
        return "bigint"
    if pa.types.is_floating(type_):
        return "double"
    return "boolean" if pa.types.is_boolean(type_) else "varchar"

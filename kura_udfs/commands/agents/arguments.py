"""What is wrong with the arguments of a call, in sentences that an agent can act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError


def arguments_wrong(schema: Mapping[str, Any], error: ValidationError) -> str:
    """Say what each argument has to be that is missing, unknown or wrong.

    Parameters
    ----------
    schema
        The JSON schema of the arguments.
    error
        What does not fit it. The values themselves are not repeated: they may be what somebody wrote.
    """
    known: Mapping[str, Any] = schema["properties"]
    wrong = {str(one["loc"][0]): str(one["type"]) for one in error.errors(include_url=False, include_input=False)}
    return " ".join(_sentence(name, kind, known) for name, kind in wrong.items())


def _sentence(name: str, kind: str, known: Mapping[str, Any]) -> str:
    if name not in known:
        return f"There is no argument {name!r}. There are: {', '.join(known)}."
    what = known[name].get("description", "").rstrip(".")
    missing = "is missing: it " if kind == "missing" else ""
    return f"{name} {missing}has to be {_wanted(known[name])}. {what}."


def _wanted(schema: Mapping[str, Any]) -> str:
    """Return in words what fits a schema."""
    if "anyOf" in schema:
        return " or ".join("left out" if one.get("type") == "null" else _wanted(one) for one in schema["anyOf"])
    if "enum" in schema:
        return f"one of {', '.join(schema['enum'])}"
    kinds = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
    return kinds.get(schema["type"], "a text") + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    """Return the least and the most that a schema allows, of a number or of the characters of a text."""
    is_text = schema["type"] == "string"
    least, most = (schema.get(name) for name in (("minLength", "maxLength") if is_text else ("minimum", "maximum")))
    unit = " characters" if is_text else ""
    if least is None and most is None:
        return ""
    if most is None:
        return f" of at least {least:,}{unit}"
    return f" {'of' if is_text else 'from'} {least or 0:,} to {most:,}{unit}"

"""Which privileges a statement needs, and which of them the documentation tells people to grant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_OPTIONS = r"(?:or\s+replace\s+)?(?:(?:local\s+|global\s+)?(?:temp|temporary|transient)\s+)?(?:secure\s+)?"
_CREATE = re.compile(
    rf"(?is)^create\s+{_OPTIONS}(?P<kind>table|semantic\s+view|view|stage|function|procedure|schema)\s+(?:if\s+not\s+exists\s+)?(?P<name>[\w.\"$]+)"
)
_TEMPORARY = re.compile(r"(?is)^create\s+(?:or\s+replace\s+)?(?:temp|temporary)\s+table\b")
_ALTER = re.compile(r"(?is)^alter\s+schema\s+(?P<name>[\w.\"$]+)\s+set\b")
_GRANT = re.compile(
    r"(?is)^grant\s+(?P<privileges>[\w\s,]+?)\s+on\s+(?P<kind>warehouse|database|schema|table|integration|secret|account)\b"
)
_ROLE = re.compile(r"(?is)^grant\s+(?P<role>database\s+role\s+[\w.]+)\s+to\s+role")


class Need(NamedTuple):
    """A privilege, the kind of object it is on, and the object's name."""

    privilege: str
    kind: str
    name: str


def needs(statement: str, database: str | None, schema: str | None) -> set[Need]:
    """Return what a role must have been granted for a statement, unless it owns the object."""
    found: set[Need] = set()
    if re.search(r"(?i)\bai_(complete|embed)\s*\(", statement):
        found.add(Need("database role snowflake.cortex_user", "account", ""))
    if matched := _ALTER.match(statement):
        found.add(Need("modify", "schema", _full(matched["name"], [database])))
    if (matched := _CREATE.match(statement)) and not _TEMPORARY.match(statement):
        kind = matched["kind"].lower()
        name = _full(matched["name"], [database] if kind == "schema" else [database, schema])
        place = name.rpartition(".")[0]
        found.add(Need(f"create {kind}", "database" if kind == "schema" else "schema", place))
    return found


def granted(statements: Iterable[str]) -> set[tuple[str, str]]:
    """Return the privileges that statements grant, each with the kind of object; database roles with `account`."""
    found: set[tuple[str, str]] = set()
    for statement in statements:
        if role := _ROLE.match(statement.strip()):
            found.add((" ".join(role["role"].lower().split()), "account"))
        elif grant := _GRANT.match(statement.strip()):
            found |= {
                (" ".join(privilege.lower().split()), grant["kind"].lower())
                for privilege in grant["privileges"].split(",")
            }
    return found


def made_schemas(statements: Iterable[str]) -> set[str]:
    """Return the schemas that statements make, which their role owns."""
    matches = (_CREATE.match(statement) for statement in statements)
    return {_full(match["name"], []) for match in matches if match and match["kind"].lower() == "schema"}


def _full(name: str, before: list[str | None]) -> str:
    parts = name.replace('"', "").upper().split(".")
    missing = len(before) + 1 - len(parts)
    return ".".join([*(str(part).upper() for part in before[:missing] if missing > 0), *parts])

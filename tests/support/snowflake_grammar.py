"""What Snowflake's documentation allows in the head of a function or procedure in Python, clause by clause.

Snowflake parses such a head before it looks at anything in it; a stand-in that searches it for what it needs would run what
an account refuses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_QUOTED = r"'(?:[^']|'')*'"
_NAME = r'(?:"[^"]+"|[A-Za-z_][\w$]*)(?:\.(?:"[^"]+"|[A-Za-z_][\w$]*)){0,2}'
_LIST = rf"\(\s*{_QUOTED}(?:\s*,\s*{_QUOTED})*\s*\)"
_TYPE = r"[A-Za-z]\w*(?:\s*\([\d\s,]+\))?"
_START = re.compile(
    rf"(?is)\s*(?:create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:secure\s+)?(?P<kind>function|procedure)\s+(?P<name>{_NAME})"
    rf"|with\s+(?P<anonymous>{_NAME})\s+as\s+procedure)\s*\(\s*(?P<arguments>(?:\w+\s+{_TYPE}(?:\s*,\s*)?)*)\)"
)
_CLAUSES = {
    "returns": rf"returns\s+(?P<value>{_TYPE})(?:\s+not\s+null)?",
    "language": r"language\s+(?P<value>python)\b",
    "null_input": r"(?P<value>called\s+on\s+null\s+input|returns\s+null\s+on\s+null\s+input|strict)\b",
    "volatility": r"(?P<value>volatile|immutable)\b",
    "runtime_version": r"runtime_version\s*=\s*(?P<value>'3\.(?:9|1[0-3])'|3\.(?:9|1[0-3])\b)",
    "artifact_repository": rf"artifact_repository\s*=\s*(?P<value>{_NAME})",
    "packages": rf"packages\s*=\s*(?P<value>{_LIST})",
    "imports": rf"imports\s*=\s*(?P<value>{_LIST})",
    "handler": rf"handler\s*=\s*(?P<value>{_QUOTED})",
    "external_access_integrations": rf"external_access_integrations\s*=\s*(?P<value>\(\s*{_NAME}(?:\s*,\s*{_NAME})*\s*\))",
    "secrets": rf"secrets\s*=\s*(?P<value>\(\s*{_QUOTED}\s*=\s*{_NAME}(?:\s*,\s*{_QUOTED}\s*=\s*{_NAME})*\s*\))",
    "comment": rf"comment\s*=\s*(?P<value>{_QUOTED})",
    "execute_as": r"execute\s+as\s+(?P<value>caller|owner|restricted\s+caller)\b",
}
_PATTERNS = {name: re.compile(rf"(?is)\s*{pattern}") for name, pattern in _CLAUSES.items()}
_BODY = re.compile(rf"(?is)\s*as\s*(?:\$\$(?P<dollars>.*?)\$\$|(?P<quoted>{_QUOTED}))")
_CALL = re.compile(rf"(?is)\s*call\s+(?P<name>{_NAME})\s*\(\s*\)\s*;?\s*$")
COMMENT_AFTER = re.compile(r"(?s)\s*/\*(?:(?!\*/).)*\*/[\s;]*$")
_NEEDED = ("returns", "language", "runtime_version", "handler")


class RefusedError(Exception):
    """What Snowflake would say against a statement."""


@dataclass(frozen=True)
class Routine:
    """A function or procedure as it is declared."""

    kind: str
    name: str
    is_anonymous: bool
    arguments: list[tuple[str, str]]
    returns: str
    handler: str
    body: str | None
    repository: str | None = None
    packages: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)


def is_routine(statement: str) -> bool:
    """Whether a statement declares a function or a procedure."""
    return re.match(r"(?is)\s*(create\s+(or\s+replace\s+)?(temp\w*\s+)?(secure\s+)?(function|procedure)|with\s+\S+\s+as\s+procedure)\b", statement) is not None  # fmt: skip


def read_routine(statement: str) -> Routine:
    """Read a statement that declares one, to its last letter.

    Raises
    ------
    RefusedError
        With the place, where something is not as the documentation has it.
    """
    statement = COMMENT_AFTER.sub("", statement)
    start = _START.match(statement)
    if start is None:
        raise RefusedError(f"syntax error near '{statement.strip()[:60]}'")
    found, place, body = {}, start.end(), None
    while body is None and statement[place:].strip(" \n;"):
        if ending := _BODY.match(statement, place):
            body, place = ending["dollars"] or unquoted(ending["quoted"] or ""), ending.end()
            continue
        matched = [(name, match) for name, pattern in _PATTERNS.items() if (match := pattern.match(statement, place))]
        if not matched:
            raise RefusedError(f"syntax error: unexpected '{statement[place:].strip()[:40]}'")
        [(name, match)] = matched
        if name in found:
            raise RefusedError(f"syntax error: duplicate clause {name}")
        found[name], place = match["value"], match.end()
    is_anonymous, rest = bool(start["anonymous"]), statement[place:]
    if (not _CALL.match(rest)) if is_anonymous else rest.strip(" \n;"):
        raise RefusedError(f"syntax error: unexpected '{rest.strip()[:40]}'")
    kind = "procedure" if is_anonymous else start["kind"].lower()
    missing = [name for name in _NEEDED if name not in found]
    missing += ["body"] if body is None and kind == "procedure" else []
    if missing:
        raise RefusedError(f"missing clause {', '.join(missing)}")
    if kind == "procedure" and {"volatility"} & found.keys():
        raise RefusedError("syntax error: unexpected 'IMMUTABLE'")
    packages = strings(found.get("packages", ""))
    if kind == "procedure" and not any(package.startswith("snowflake-snowpark-python") for package in packages):
        raise RefusedError("Python stored procedures need the package snowflake-snowpark-python")
    return Routine(
        kind,
        start["anonymous"] or start["name"],
        is_anonymous,
        re.findall(rf"(\w+)\s+({_TYPE})", start["arguments"]),
        found["returns"].lower(),
        unquoted(found["handler"]),
        body,
        found.get("artifact_repository"),
        packages,
        strings(found.get("imports", "")),
    )


def strings(listed: str) -> list[str]:
    """Return the texts of a list of literals."""
    return [unquoted(each) for each in re.findall(_QUOTED, listed)]


def unquoted(text: str) -> str:
    """Return what a literal says."""
    return text[1:-1].replace("''", "'")

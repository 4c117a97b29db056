"""Semantic views as Snowflake's documentation has them: the order of the clauses, and what each entry may say."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from tests.support.snowflake_grammar import RefusedError

_NAME = r"[A-Za-z_]\w*"
_TEXT = r"'(?:[^']|'')*'"
_COMMENT = rf"(?:\s+comment\s*=\s*{_TEXT})?"
_COLUMNS = rf"\(\s*{_NAME}(?:\s*,\s*{_NAME})*\s*\)"
_START = re.compile(
    rf"(?is)^create\s+(?:or\s+replace\s+)?semantic\s+view\s+(?P<name>{_NAME}(?:\.{_NAME}){{0,2}})\s+(?P<clauses>.*)$"
)
_ENTRY = {
    "tables": rf"(?P<alias>{_NAME})\s+as\s+(?P<table>{_NAME}(?:\.{_NAME}){{0,2}})(?:\s+primary\s+key\s*(?P<keys>{_COLUMNS}))?{_COMMENT}",
    "relationships": rf"(?:{_NAME}\s+as\s+)?(?P<alias>{_NAME})\s*(?P<columns>{_COLUMNS})\s*references\s+(?P<other>{_NAME})",
    "dimensions": rf"(?P<alias>{_NAME})\.(?P<name>{_NAME})\s+as\s+(?P<sql>.+?){_COMMENT}",
    "metrics": rf"(?P<alias>{_NAME})\.(?P<name>{_NAME})\s+as\s+(?P<sql>.+?){_COMMENT}",
}
_REST = re.compile(
    rf"(?is)^\s*(?:comment\s*=\s*{_TEXT})?\s*(?:ai_sql_generation\s+{_TEXT})?\s*(?:copy\s+grants)?\s*;?\s*$"
)


@dataclass(frozen=True)
class SemanticView:
    """A view as it is declared, and what has to hold of its tables.

    Attributes
    ----------
    name : str
    queries : list of str
        Each fails where a column that an entry names is not there, or keys are not unique.
    entries : dict
        The names of the dimensions and metrics.
    """

    name: str
    queries: list[str]
    entries: dict[str, list[str]]


def is_semantic_view(statement: str) -> bool:
    """Whether a statement makes one."""
    return re.match(r"(?is)create\s+(or\s+replace\s+)?semantic\s+view\b", statement) is not None


def read_semantic_view(statement: str) -> SemanticView:
    """Read a statement that makes one, to its last letter.

    Raises
    ------
    RefusedError
        Where something is not as the documentation has it, or names a table that is not among the tables.
    """
    start = _START.match(statement)
    if start is None:
        raise RefusedError("syntax error in CREATE SEMANTIC VIEW")
    found: dict[str, list[dict[str, str]]] = {}
    rest = start["clauses"]
    for clause, pattern in _ENTRY.items():
        opened = re.match(rf"(?is)\s*{clause}\s*\(", rest)
        if opened is None:
            raise RefusedError(f"syntax error: expected {clause.upper()} near '{rest.strip()[:40]}'")
        inner, rest = _closed(rest[opened.end() :])
        matches = [re.fullmatch(pattern, entry, re.IGNORECASE | re.DOTALL) for entry in _split(inner)]
        if not all(matches):
            raise RefusedError(f"syntax error in {clause.upper()}")
        found[clause] = [match.groupdict() for match in matches if match]
    if not _REST.match(rest):
        raise RefusedError(f"syntax error: unexpected '{rest.strip()[:40]}'")
    tables = {entry["alias"]: entry for entry in found["tables"]}
    for entry in [*found["relationships"], *found["dimensions"], *found["metrics"]]:
        if missing := {entry["alias"], entry.get("other") or entry["alias"]} - tables.keys():
            raise RefusedError(f"unknown logical table {missing.pop()}")
    names = [(entry["alias"], entry["name"]) for entry in [*found["dimensions"], *found["metrics"]]]
    if len(names) != len(set(names)):
        raise RefusedError("two entries have the same name")
    queries = []
    for entry in found["relationships"]:
        if not tables[entry["other"]]["keys"]:
            raise RefusedError(f"{entry['other']} has no primary key")
        queries.append(f"select {entry['columns'].strip('() ')} from {tables[entry['alias']]['table']} limit 0")
    keyed = [entry for entry in found["tables"] if entry["keys"]]
    queries += [f"select {entry['keys'].strip('() ')} from {entry['table']} limit 0" for entry in keyed]
    for clause in ("dimensions", "metrics"):
        for entry in found[clause]:
            is_aggregate = sqlglot.parse_one(entry["sql"], read="snowflake").find(exp.AggFunc) is not None
            if is_aggregate != (clause == "metrics"):
                raise RefusedError(f"{entry['name']}: a metric has to aggregate, and a dimension must not")
            queries.append(f"select {entry['sql']} from {tables[entry['alias']]['table']} as {entry['alias']} limit 1")
    listed = {clause: [entry["name"] for entry in found[clause]] for clause in ("dimensions", "metrics")}
    return SemanticView(start["name"], queries, listed)


def _closed(text: str) -> tuple[str, str]:
    """Return what is before the bracket that closes, and what is after it."""
    depth = 1
    for place, sign in _signs(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if not depth:
            return text[:place], text[place + 1 :]
    raise RefusedError("syntax error: a bracket is not closed")


def _split(text: str) -> list[str]:
    """Return the entries between commas that are in no brackets."""
    depth, cuts = 0, [-1]
    for place, sign in _signs(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            cuts.append(place)
    return [text[begin + 1 : end].strip() for begin, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _signs(text: str) -> list[tuple[int, str]]:
    """Return the signs that are in no text, with their places."""
    texts = [range(*match.span()) for match in re.finditer(_TEXT, text)]
    return [
        (place, text[place])
        for match in re.finditer(r"[(),]", text)
        for place in [match.start()]
        if not any(place in each for each in texts)
    ]

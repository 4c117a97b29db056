"""Queries on a copy of the public tables, with answers of limited size that are fit to be read.

Two walls stand around what an agent asks, each enough by itself: the copy holds nothing else, and can be neither
written nor left (`copies`); and a query is taken apart before it runs: one SELECT, of the public tables, without
functions that read anything besides.
"""

from __future__ import annotations

import functools
import json
import math
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from kura_udfs.commands import places
from kura_udfs.commands.agents.copies import SCHEMA, Copy
from kura_udfs.errors import KuraError
from kura_udfs.text.visible import visible

LONGEST_SQL = 20_000
LONGEST_TEXT = 20_000
"""Characters of a text in an answer: a transcript is hardly ever longer."""
LARGEST = 100_000
"""Characters of an answer, at which rows are left out."""
SECONDS = 30.0
MOST_MEMORY = 2 << 30
"""Bytes that the process may have, while it runs a query of an agent's, besides those that it had at the first one."""
ROW_MAKERS = frozenset({"generate_series", "range", "unnest"})
"""Functions after `from` that read nothing."""
NO_FUNCTIONS = frozenset({"current_query", "current_setting", "error", "getenv", "getvariable", "nextval", "write_log"})
_SECONDS_BETWEEN = 0.1
_ONE_AT_A_TIME = threading.Lock()
_RUNNING = set[Any]()


class Answer(NamedTuple):
    """Rows that can be written as JSON."""

    rows: list[dict[str, Any]]
    truncated: bool
    """Whether there are more than these."""


def run(copy: Copy, sql: str, limit: int, parameters: Sequence[Any] = (), seconds: float = SECONDS) -> Answer:
    """Run a query of ours.

    Raises
    ------
    KuraError
        When it takes too long, or a table has other columns than those of this release.
    """
    with _watched(copy, seconds, is_ours=True) as cursor:
        relation = cursor.execute(f"{sql} limit {limit + 1}", list(parameters))
        names = [column[0] for column in relation.description]
        return _bounded(names, relation.fetchall(), limit)


def run_untrusted(copy: Copy, sql: str, limit: int, seconds: float = SECONDS) -> Answer:
    """Run a query of an agent's, if it is one SELECT on the public tables.

    Raises
    ------
    KuraError
        When it is not, is wrong, or takes too long or too much memory. Nothing that stands in a table is in the
        message.
    """
    check(copy, sql)
    # in this order: a thread that finds no memory to begin with never says so, and whoever started it waits for ever
    with _ONE_AT_A_TIME, _watched(copy, seconds) as cursor, _bounded_memory():
        # as a relation: what the query is can't be changed by what is put around it
        relation = cursor.sql(sql).limit(limit + 1)
        return _bounded(relation.columns, relation.fetchall(), limit)


def interrupt() -> None:
    """Stop the queries that run, of which nobody awaits the answers any more."""
    for cursor in tuple(_RUNNING):
        cursor.interrupt()


def check(copy: Copy, sql: str) -> None:
    """Take a query apart.

    Raises
    ------
    KuraError
        When it is anything but one SELECT on the public tables.
    """
    import duckdb

    if len(sql) > LONGEST_SQL:
        raise KuraError(f"the query is longer than {LONGEST_SQL:,} characters. Ask for less at once.")
    try:
        ((told,),) = copy.cursor().execute("select json_serialize_sql(?)", [sql]).fetchall()
    except duckdb.Error as error:
        raise KuraError(_said(error)) from None
    try:
        _check_parsed(copy, json.loads(told))
    except RecursionError:
        raise KuraError("the query is nested too deeply. Say it in a simpler way.") from None


def _check_parsed(copy: Copy, parsed: Any) -> None:
    if parsed["error"]:
        if parsed.get("error_type") == "parser":
            raise KuraError(f"the query can't be parsed: {_line(parsed.get('error_message', ''))}")
        raise KuraError("only a SELECT can be run here (PIVOT, too, is another kind of statement).")
    if len(parsed["statements"]) != 1:
        raise KuraError("only one statement can be run at a time.")
    # a part of a query may have any name but that of a view of DuckDB's own, which would be allowed with it
    own = copy.cursor().execute("select view_name from duckdb_views() where internal").fetchall()
    ctes = _ctes(parsed) - {name for (name,) in own}
    for node in _nodes(parsed["statements"]):
        _check_node(node, copy.tables, ctes)


def _check_node(node: dict[str, Any], tables: Sequence[str], ctes: frozenset[str]) -> None:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        name, schema, catalog = (node.get(part, "") for part in ("table_name", "schema_name", "catalog_name"))
        is_public = name.lower() in tables and schema.lower() in ("", SCHEMA)
        if catalog or not (is_public or (not schema and name.lower() in ctes)):
            raise KuraError(f"there are these tables, in the schema {SCHEMA}, and no others: {', '.join(tables)}.")
    elif kind == "TABLE_FUNCTION":
        function = node.get("function", {}).get("function_name", "").lower()
        if function not in ROW_MAKERS:
            raise KuraError(f"after `from`, only tables and {', '.join(sorted(ROW_MAKERS))} can stand here.")
    elif kind == "SHOW_REF":
        raise KuraError("describe, show and summarize are not to be had here: the tool `tables` says what there is.")
    elif node.get("class") == "FUNCTION" and node.get("function_name", "").lower() in NO_FUNCTIONS:
        raise KuraError(f"the function {node['function_name'].lower()} is not to be had here.")


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _nodes(part)


def _ctes(parsed: Any) -> frozenset[str]:
    """Return the names that the query itself gives to parts of it."""
    entries = [entry for node in _nodes(parsed) if "cte_map" in node for entry in node["cte_map"].get("map", [])]
    return frozenset(entry["key"].lower() for entry in entries)


@contextmanager
def _watched(copy: Copy, seconds: float, is_ours: bool = False) -> Iterator[Any]:
    """Give a cursor that is stopped when it takes too long, and say of errors only what holds nothing of a table."""
    import duckdb

    cursor = copy.cursor()
    done = threading.Event()
    threading.Thread(target=_stop, args=(cursor, done, seconds), daemon=True).start()
    _RUNNING.add(cursor)
    try:
        yield cursor
    except duckdb.InterruptException:
        raise KuraError(f"the query took longer than {seconds:g} seconds. Filter or aggregate more.") from None
    except duckdb.BinderException as error:
        raise KuraError(places.other_release("the warehouse", error) if is_ours else _said(error)) from None
    except (duckdb.Error, MemoryError) as error:
        raise KuraError(_said(error)) from None
    finally:
        _RUNNING.discard(cursor)
        done.set()


def _stop(cursor: Any, done: threading.Event, seconds: float) -> None:
    """Stop a cursor after some seconds unless it is done: time and again, as it forgets that between two steps."""
    while not done.wait(seconds):
        cursor.interrupt()
        seconds = _SECONDS_BETWEEN


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let this process have no more than `MOST_MEMORY` for a query, where the system says what it has.

    DuckDB's own limit leaves out what a single function makes, as `repeat('x', 2000000000)` does.
    """
    there = _memory_at_first()
    if there is None:
        yield
        return
    import resource

    own, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = there + MOST_MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (most if own == resource.RLIM_INFINITY else min(own, most), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (own, hard))


@functools.cache
def _memory_at_first() -> int | None:
    """Return the bytes of data that this process has by now; None where the system does not say it (Linux does)."""
    try:
        *_, data, _ = Path("/proc/self/statm").read_text().split()
    except OSError:
        return None
    return int(data) * os.sysconf("SC_PAGE_SIZE")


def _said(error: Exception) -> str:
    import duckdb

    if isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        return f"the query can't be understood: {_line(str(error))}"
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError):
        return "the query needs too much memory. Filter or aggregate more."
    # a text that could not be made a number would stand in what DuckDB says, as if it were our words
    kind = type(error).__name__.removesuffix("Exception")
    return f"the query failed on some value ({kind}). Where texts become numbers or times, take try_cast."


def _line(text: str) -> str:
    return visible(" ".join(text.split()))[:500]


def _bounded(names: Sequence[str], rows: Sequence[Sequence[Any]], limit: int) -> Answer:
    unique = [name if names.index(name) == at else f"{name}_{at + 1}" for at, name in enumerate(names)]
    found: list[dict[str, Any]] = []
    size = 0
    for row in rows[:limit]:
        told = {name: plain(value) for name, value in zip(unique, row, strict=True)}
        size += len(json.dumps(told, ensure_ascii=False))
        if size > LARGEST:
            if not found:
                raise KuraError(
                    f"a single row is longer than {LARGEST:,} characters. Ask for fewer columns, or less in one."
                )
            return Answer(found, True)
        found.append(told)
    return Answer(found, len(rows) > limit)


def plain(value: Any) -> Any:
    """Return a value as JSON has it, of texts what can be seen."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        number = float(value)
        return number if math.isfinite(number) else None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, dict):
        return {str(name): plain(part) for name, part in value.items()}
    return "\n".join(visible(line) for line in str(value)[:LONGEST_TEXT].split("\n"))

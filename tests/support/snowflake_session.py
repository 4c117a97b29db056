"""What a statement comes to by the parameters of its session, and by what an optimiser may do: anybody's to set, nobody's to know.

WEEK_START is 7, and TIMESTAMP_OUTPUT_FORMAT is `DD/MM/YYYY`, in texts and in JSON.
"""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

_TEXTS = exp.DataType.TEXT_TYPES
_AS_TEXT, _AS_JSON, _WEEK, _WEEKS = "session_text", "session_json", "session_week", "session_weeks"
_WRITTEN = """
    case
        when typeof(it) like 'TIMESTAMP%' then strftime(try_cast(text as timestamp), '%d/%m/%Y')
        else text
    end
"""
_WRITTEN_AS_JSON = """
    case
        when typeof(it) like 'TIMESTAMP%' then to_json(strftime(try_cast(cast(it as varchar) as timestamp), '%d/%m/%Y'))
        else to_json(it)
    end
"""
_WEEKS_BETWEEN = "date_diff('day', date_trunc('week', a + interval 1 day), date_trunc('week', b + interval 1 day)) // 7"


def by_session(node: Any) -> Any:
    """Mark what hangs on a parameter, while it is still in Snowflake's SQL; None for what does not."""
    if type(node) is exp.Cast and node.to.this in _TEXTS and isinstance(node.this, exp.Column):
        return exp.Anonymous(this=_AS_TEXT, expressions=[exp.Paren(this=node.copy()), node.this.copy()])
    if isinstance(node, exp.PropertyEQ) and isinstance(node.expression, exp.Column):
        value = exp.Anonymous(this=_AS_JSON, expressions=[node.expression.copy()])
        return exp.PropertyEQ(this=node.this.copy(), expression=value)
    unit = node.args.get("unit") if isinstance(node, exp.Expression) else None
    if unit is None or unit.name.lower() not in ("week", "weeks"):
        return None
    if isinstance(node, exp.DateTrunc | exp.TimestampTrunc):
        return exp.Anonymous(this=_WEEK, expressions=[node.this.copy()])
    if isinstance(node, exp.DateDiff):
        return exp.Anonymous(this=_WEEKS, expressions=[node.expression.copy(), node.this.copy()])
    return None


def written_by_session(node: Any) -> Any:
    """Write what was marked, in DuckDB's SQL."""
    if not isinstance(node, exp.Anonymous):
        return node
    given = [each.copy() for each in node.expressions]
    if node.name == _AS_TEXT:
        return _filled(_WRITTEN, text=given[0], it=given[1])
    if node.name == _AS_JSON:
        return _filled(_WRITTEN_AS_JSON, it=given[0])
    if node.name == _WEEK:
        return _filled("date_trunc('week', it + interval 1 day) - interval 1 day", it=given[0])
    if node.name == _WEEKS:
        return _filled(_WEEKS_BETWEEN, a=given[0], b=given[1])
    return node


def inlined_calls(statement: Any, function: str) -> Any:
    """Put the calls of a function where their results are read, as an optimiser may that knows no side effects."""
    for select in list(statement.find_all(exp.Select)):
        source = select.args.get("from_") or select.args.get("from")
        inner = source.this.this if source and isinstance(source.this, exp.Subquery) else None
        if not isinstance(inner, exp.Select):
            continue
        for alias in [each for each in inner.expressions if isinstance(each, exp.Alias)]:
            called = alias.this
            if not any(each.name.lower() == function for each in called.find_all(exp.Anonymous)):
                continue
            for column in [each for each in select.find_all(exp.Column) if each.name.lower() == alias.alias.lower()]:
                column.replace(called.copy())
            for needed in {column.name: column for column in called.find_all(exp.Column)}.values():
                inner.append("expressions", needed.copy())
    return statement


def _filled(sql: str, **values: Any) -> Any:
    def put(node: Any) -> Any:
        return values[node.name].copy() if isinstance(node, exp.Column) and node.name in values else node

    return exp.Paren(this=sqlglot.parse_one(sql, read="duckdb").transform(put))

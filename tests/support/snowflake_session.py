"""What a statement comes to by the parameters of its session, and by what an optimiser may do: anybody's to set, nobody's to know.

WEEK_START is 7, and the formats of days and of points in time are `DD/MM/YYYY`, in texts and in JSON, in and out. What is to be a
TIMESTAMP is refused, since TIMESTAMP_TYPE_MAPPING says of which kind, and so is a key of JSON in double quotes, which may be in
capital letters where QUOTED_IDENTIFIERS_IGNORE_CASE is set. Quotients and means of whole numbers have six digits behind the
point and are no floats, as in every account.
"""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp

_FLOATS = (exp.Sqrt, exp.Exp, exp.Ln, exp.Pow)
_FLOAT_TYPES = (exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT)
_TEXTS = exp.DataType.TEXT_TYPES
_MARKS = _AS_TEXT, _AS_JSON, _WEEK, _WEEKS = "session_text", "session_json", "session_week", "session_weeks"
_WRITTEN = """
    case
        when typeof(it) like 'TIMESTAMP%' or typeof(it) = 'DATE' then strftime(try_cast(text as timestamp), '%d/%m/%Y')
        else text
    end
"""
_WRITTEN_AS_JSON = """
    case
        when typeof(it) like 'TIMESTAMP%' or typeof(it) = 'DATE'
            then to_json(strftime(try_cast(cast(it as varchar) as timestamp), '%d/%m/%Y'))
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


def session_problem(node: Any) -> str | None:
    """Return what comes out otherwise, or not at all, in a session with other parameters."""
    if isinstance(node, exp.JSONPathKey) and node.args.get("quoted"):
        return f"what :{node.this!r} is hangs on QUOTED_IDENTIFIERS_IGNORE_CASE: write it in brackets"
    if not isinstance(node, exp.Cast) or isinstance(node, exp.TryCast):
        return None
    if node.to.this == exp.DataType.Type.TIMESTAMP:
        return f"of which kind {node.sql('snowflake')} is hangs on TIMESTAMP_TYPE_MAPPING: name one"
    if isinstance(node.this, exp.Literal) and node.this.is_string and node.to.this in exp.DataType.TEMPORAL_TYPES:
        return f"{node.sql('snowflake')} is read by the session's format: name one"
    return None


def number_of_six_digits(node: Any) -> Any:
    """Give a quotient or mean the type that it has there, in DuckDB's SQL; what is a float on the face of it is one."""
    parts = (node.this, node.expression) if isinstance(node, exp.Div) else (exp.Max(this=node.this.copy()),)
    if any(
        isinstance(each, _FLOATS) or (isinstance(each, exp.Cast) and each.to.this in _FLOAT_TYPES)
        for each in node.walk()
    ):
        return node
    whole = exp.cast(exp.Null(), exp.DataType.build("DECIMAL(38, 6)", dialect="duckdb"))
    type_ = exp.Coalesce(this=whole, expressions=[each.copy() for each in parts])
    return exp.Anonymous(this="cast_to_type", expressions=[node, type_])


def written_by_session(node: Any) -> Any:
    """Write what was marked, in DuckDB's SQL."""
    if isinstance(node, exp.Sum | exp.Avg) and isinstance(node.this, exp.TryCast):
        node.set("this", node.this.this)  # fakesnow makes floats of all that is added up
    if isinstance(node, exp.Div) or (isinstance(node, exp.Avg) and not isinstance(node.parent, exp.Window)):
        return number_of_six_digits(node)
    if not isinstance(node, exp.Anonymous) or node.name not in _MARKS:
        return node
    given = [each.copy() for each in node.expressions]
    if node.name == _AS_TEXT:
        return _filled(_WRITTEN, text=given[0], it=given[1])
    if node.name == _AS_JSON:
        return _filled(_WRITTEN_AS_JSON, it=given[0])
    if node.name == _WEEK:
        return _filled("date_trunc('week', it + interval 1 day) - interval 1 day", it=given[0])
    return _filled(_WEEKS_BETWEEN, a=given[0], b=given[1])


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

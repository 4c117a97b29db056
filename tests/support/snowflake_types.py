"""Which columns are vectors and arrays: the engine below knows them as JSON, but dbt is told, and asks for what Snowflake refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sqlglot
from sqlglot import exp

VECTOR, ARRAY = exp.DataType.Type.VECTOR, exp.DataType.Type.ARRAY
NESTED = (VECTOR, ARRAY, exp.DataType.Type.OBJECT, exp.DataType.Type.VARIANT)

Columns = dict[str, str]


def nested_columns(statement: str, known: Mapping[str, Columns]) -> tuple[str, Columns] | None:
    """Return the table that a statement creates (without its database and schema) and its columns of these types.

    They are what is cast to such a type by name, or comes from a table that has one under the same name.
    """
    if not re.match(r"(?is)create\b[^(]*\btable\b", statement):
        return None
    names = {name.upper() for name in re.findall(r"\w+", statement)}
    if not names & {"VECTOR", "ARRAY", *known}:
        return None
    created = sqlglot.parse_one(statement, read="snowflake")
    target = created.this.find(exp.Table) if isinstance(created, exp.Create) else None
    if target is None:
        return None
    found: Columns = {}
    for table in created.find_all(exp.Table):
        if table is not target:
            found |= known.get(table.name.upper(), {})
    for alias in created.find_all(exp.Alias):
        if isinstance(alias.this, exp.Cast):
            name, type_ = alias.alias.upper(), alias.this.to
            found.pop(name, None)
            if type_.this in (VECTOR, ARRAY):
                found[name] = type_.sql("snowflake")
    return target.name.upper(), found

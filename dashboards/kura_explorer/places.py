"""How to find the tables of Kura in a database, whatever their schema is called."""

from __future__ import annotations

# answered by DuckDB and by Snowflake, whose names are in upper case
HOLDING = (
    "select table_schema from information_schema.tables"
    " where lower(table_name) = 'dim_kura__clusters' and table_catalog = current_database() order by table_schema"
)


def quoted(name: str) -> str:
    """Return a name as it stands in SQL."""
    return '"' + name.replace('"', '""') + '"'

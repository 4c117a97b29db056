"""Labels that somebody gave to conversations, out of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kura_udfs.errors import KuraError

WANTED = "a file of labels has the columns conversation_id, label and, if you like, parent"


class Labels(NamedTuple):
    """What a file says, by conversation: the label, and what is above it where the file says that too."""

    label: dict[str, str]
    parent: dict[str, str]


def read_labels(connection: Any, file: Path) -> Labels:
    """Read CSV, Parquet, JSON or JSONL; whatever is blank is no label.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    file : Path

    Raises
    ------
    KuraError
        When the file isn't there or can't be read, a column is missing, or a conversation has two labels.
    """
    import duckdb

    if not file.is_file():
        raise KuraError(f"there is no file {file}; {WANTED}.")
    path = str(file).replace("'", "''")
    kind = file.suffix.lower()
    try:
        if kind in (".json", ".jsonl", ".ndjson"):
            return _of_json(connection, path, file)
        if kind == ".parquet":
            source = f"read_parquet('{path}')"
        elif kind in (".csv", ".tsv", ".txt"):
            source = f"read_csv('{path}', header = true, all_varchar = true)"
        else:
            raise KuraError(f"{file}: labels are read from .csv, .tsv, .parquet, .json and .jsonl; {WANTED}.")
        columns = [row[0] for row in connection.execute(f"describe select * from {source}").fetchall()]
        _check(file, columns)
        wanted = ("conversation_id", "label", "parent")
        chosen = [f'"{name}"::varchar' if name in columns else "null" for name in wanted]
        return _labels(file, connection.execute(f"select {', '.join(chosen)} from {source}").fetchall())
    except duckdb.Error as error:
        raise KuraError(f"{file} can't be read: {str(error).splitlines()[0]}") from None


def _of_json(connection: Any, path: str, file: Path) -> Labels:
    # not as columns, whose types would be guessed: an id that looks like a number or a time stays what it is
    source = f"read_json_objects('{path}', format = 'auto')"
    keys = connection.execute(f"select distinct unnest(json_keys(json)) from {source}").fetchall()
    _check(file, [key for (key,) in keys])
    sql = f"select json->>'conversation_id', json->>'label', json->>'parent' from {source}"
    return _labels(file, connection.execute(sql).fetchall())


def _check(file: Path, columns: Sequence[str]) -> None:
    missing = [name for name in ("conversation_id", "label") if name not in columns]
    if missing:
        there = f"it has {', '.join(sorted(columns)[:20])}" if columns else "it has none"
        raise KuraError(f"{file} has no column {' and no column '.join(missing)}: {there}; {WANTED}.")


def _labels(file: Path, rows: Sequence[tuple[str | None, str | None, str | None]]) -> Labels:
    found = Labels({}, {})
    torn = set[str]()
    for conversation, *values in rows:
        for column, value in zip(found, values, strict=True):
            said = (value or "").strip()
            if conversation and said and column.setdefault(conversation, said) != said:
                torn.add(conversation)
    if torn:
        raise KuraError(
            f"{file}: {len(torn):,} of its conversations have more than one label, {min(torn)} for one."
            " Each conversation has one label here."
        )
    return found

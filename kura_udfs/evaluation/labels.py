"""Labels that somebody gave to conversations, out of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from kura_udfs.errors import KuraError

WANTED = "a file of labels has the columns conversation_id, label and, if you like, parent"
COLUMNS = ("conversation_id", "label", "parent")
# as a program reads it that takes cells apart: behind blanks, and in the wide forms of East Asian keyboards, too
FORMULA = r"\s*[=+\-@＝＋－＠]"
# as `kura sample`, and spreadsheets, write what would be taken for one
_ESCAPED = re.compile(rf"^'(?={FORMULA})")


class Labels(NamedTuple):
    """What a file says, by conversation: the label, and what is above it where the file says that too."""

    label: dict[str, str]
    parent: dict[str, str]


def read_labels(connection: Any, file: Path) -> Labels:
    """Read CSV, Parquet, JSON or JSONL; whatever is blank is no label, and columns may be written in any case.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    file : Path

    Raises
    ------
    KuraError
        When the file isn't there, is empty or can't be read, a column is missing, or a conversation has two labels.
    """
    import duckdb

    if not file.is_file():
        raise KuraError(f"there is no file {file}; {WANTED}.")
    if not file.stat().st_size:
        raise KuraError(f"{file} is empty; {WANTED}.")
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
        there = _checked(file, columns)
        chosen = [f"{_quoted(there[name])}::varchar" if name in there else "null" for name in COLUMNS]
        return _labels(file, connection.execute(f"select {', '.join(chosen)} from {source}").fetchall())
    except duckdb.Error as error:
        why = str(error).splitlines()[0]
        if "not utf-8" in str(error):
            why = "it is not written in UTF-8; in a spreadsheet, save it as CSV UTF-8."
        raise KuraError(f"{file} can't be read: {why}") from None


def _of_json(connection: Any, path: str, file: Path) -> Labels:
    # not as columns, whose types would be guessed: an id that looks like a number or a time stays what it is
    source = f"read_json_objects('{path}', format = 'auto')"
    keys = connection.execute(f"select distinct unnest(json_keys(json)) from {source}").fetchall()
    there = _checked(file, [key for (key,) in keys])
    paths = ["$." + _quoted(there[name]) if name in there else None for name in COLUMNS]
    rows = connection.execute(f"select json->>?, json->>?, json->>? from {source}", paths).fetchall()
    return _labels(file, rows)


def _checked(file: Path, columns: Iterable[str]) -> dict[str, str]:
    """Return the columns that are read, each with its name as it stands in the file."""
    names = sorted(columns)
    there = {known: name for name in names for known in COLUMNS if name.strip().lower() == known}
    there |= {name: name for name in names if name in COLUMNS}
    missing = [name for name in ("conversation_id", "label") if name not in there]
    if len(names) == 1 and set(COLUMNS[:2]) <= set(re.split(r"[,;\t|]", names[0].lower())):
        raise KuraError(
            f"{file} can't be read: its rows have not all as many cells as its heading {names[0]}. A label that holds"
            " what stands between cells needs quotes around it."
        )
    if missing:
        has = f"it has {', '.join(names[:20])}" if names else "it has none"
        raise KuraError(f"{file} has no column {' and no column '.join(missing)}: {has}; {WANTED}.")
    return there


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _labels(file: Path, rows: Iterable[tuple[str | None, str | None, str | None]]) -> Labels:
    found = Labels({}, {})
    torn = set[str]()
    for told, *values in rows:
        conversation = _ESCAPED.sub("", (told or "").strip(), count=1)
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

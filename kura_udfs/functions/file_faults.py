"""What DuckDB says about a file that it can't read, in words of our own.

Its messages quote the line, which is what somebody said, and dbt writes them to console, log and results.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, cast
from urllib.parse import urlsplit

import duckdb
import pyarrow as pa

WEB = ("http", "https")
SIGNS = ",;\t|"
"""What may stand between the columns of a CSV file."""
MEANINGS = {
    "401": " (not without a secret). DuckDB's secrets stand in the profile, under `secrets`",
    "403": " (not allowed). DuckDB's secrets stand in the profile, under `secrets`",
    "404": " (not found). Look whether the name is spelled so there",
    "429": " (too many requests). Try again later",
}
CSV_ERRORS = {
    "Maximum line size": "a line of more than 64 MB",
    "unterminated quote": "a quote is opened and not closed",
    "Expected Number of Columns": "it has more or fewer columns than the first line",
}
_PACKED = re.compile(r"\.(gz|zst)$")
MISSING_EXTENSION = re.compile(
    r"""(?:required|download|missing) extension ["'](\w+)|(\w+)\.duckdb_extension|extension (\w+) to be""",
    re.IGNORECASE,
)


def in_words(error: Exception, name: str) -> str:
    """Return what is wrong with an input and what to do, without a word of what it holds.

    Of DuckDB's message nothing is passed on but names and places.
    """
    said, start = str(error), f"kura_input `{shown_name(name)}`"
    if "CSV Error" in said:
        file = next(reversed(re.findall(r"^  file = (.+)$", said, re.MULTILINE)), name)
        line = _found(r"CSV Error on Line: (\d+)", said)
        return _unreadable_text(said, name, file, f" at line {line}" if line else "")
    if sniffed := _found(r'^Invalid Input Error: Error when sniffing file "([^"]+)"', said):
        return (
            f"{start}: `{shown_name(sniffed)}` can't be read as CSV{_odd_line(sniffed)}. Each line has as many columns"
            " as the first, which names them; nothing stands above or below. A text with a sign that parts columns, a"
            " quote or a line break stands in double quotes, a quote in it written twice or, in all of the file, behind"
            " a backslash."
        )
    if "JSON" in said and "in file" in said:
        file = _found(r'in file "([^"]+)"', said) or name
        record = _found(r"in record/value (\d+)", said)
        # DuckDB has counted the one that it could read last, and one more
        return _unreadable_json(said, name, file, f" at record {max(int(record) - 1, 1)}" if record else "")
    if "read_text" in said and "UTF-8" in said:
        return not_utf8(name, _found(r"file '([^']+)'", said) or name, "", "WINDOWS-1252")
    if missing := MISSING_EXTENSION.search(said):
        extension = next(filter(None, missing.groups()))
        return (
            f"{start} is read by DuckDB's extension `{extension}`, which can be neither loaded nor"
            " fetched here. Where there is no network, put it into the folder that `extension_directory` names under"
            " `config_options` in the profile."
        )
    if status := _found(r"HTTP (\d{3})\b", said):
        return f"{start}: the server says {status}{MEANINGS.get(status, '')}."
    if isinstance(error, duckdb.HTTPException) or "error for HTTP" in said:
        return (
            f"{start}: the server didn't give it. Is the name right, can the server be reached from here, and may"
            " the file be read without a secret? DuckDB's stand in the profile, under `secrets`."
        )
    if any(sign in said for sign in ("BadZipFile", "zlib.error", "EOFError")):
        return f"{start}: the zip file is damaged, or not all of it is there. Download it again."
    if "No magic bytes" in said or "too small to be a Parquet file" in said:
        file = _found(r"file '([^']+)'", said) or name
        return f"{start}: `{shown_name(file)}` is no Parquet file, or not all of it is there."
    if isinstance(error, duckdb.IOException):  # of files and disks, nothing from inside
        return f"{start}: {re.sub(r'[?][^ ]*', '', said.splitlines()[0])}"
    return f"{start} can't be read ({type(error).__name__})."


def not_utf8(name: str, file: str, place: str, encoding: str) -> str:
    """Return in words that a file has to be converted first, and how."""
    shown = shown_name(file)
    own, converted = PurePosixPath(shown).name, f"iconv -f {encoding} -t UTF-8"
    unpacker = {"gz": "gzip", "zst": "zstd"}.get(own.lower().rpartition(".")[2])
    command = f"{unpacker} -dc {own} | {converted}" if unpacker else f"{converted} {own}"
    return (
        f"kura_input `{shown_name(name)}`: `{shown}` is not UTF-8{place}. Convert it:"
        f" {command} > converted.{ending_of(file)}"
    )


def ending_of(name: str) -> str:
    """Return the ending that says what is in a file, whether it is packed or not, and whatever a URL asks for."""
    return _PACKED.sub("", _path_of(name)).rpartition(".")[2]


def is_packed(name: str) -> bool:
    """Return whether a file is packed by itself, as its name says."""
    return _PACKED.search(_path_of(name)) is not None


def _path_of(name: str) -> str:
    return (urlsplit(name).path if scheme_of(name) in WEB else name).lower()


def opened(file: str) -> IO[bytes]:
    """Open a file of this machine, unpacked by what its name says."""
    path = file.removeprefix("file://")
    if file.lower().endswith(".gz"):
        return cast("IO[bytes]", gzip.open(path))
    if file.lower().endswith(".zst"):
        return io.BufferedReader(cast("io.RawIOBase", pa.CompressedInputStream(pa.OSFile(path), "zstd")))
    return Path(path).open("rb")


def scheme_of(name: str) -> str:
    """Return ``https``, ``s3``, ``hf`` …; nothing for a path on this machine."""
    scheme = re.match(r"([a-z][a-z0-9+.-]*)://", name.lower())
    return scheme[1] if scheme and scheme[1] != "file" else ""


def shown_name(name: str) -> str:
    """Return a name without what may be a secret in a URL."""
    if scheme_of(name) not in WEB:
        return name
    parts = urlsplit(name)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _odd_line(file: str) -> str:
    """Say which line of a CSV file has another number of columns than the first; nothing where none has."""
    try:
        with opened(file) as content, io.TextIOWrapper(content, "utf-8-sig", "replace", newline="") as lines:
            first = lines.readline()
            rows = csv.reader(chain([first], lines), delimiter=max(SIGNS, key=first.count))
            width = len(next(rows))
            odd = next((len(row) for row in rows if len(row) not in (0, width)), None)
            return f": line {rows.line_num} has {odd}, the first {width} columns" if odd else ""
    except (OSError, EOFError, csv.Error, StopIteration):
        return ""


def _unreadable_text(said: str, name: str, file: str, place: str) -> str:
    if "not utf-8 encoded" in said:
        return not_utf8(name, file, place, "UTF-16" if "\\0" in said else "WINDOWS-1252")
    what = next((words for sign, words in CSV_ERRORS.items() if sign in said), "what stands there is no CSV")
    return f"kura_input `{shown_name(name)}`: `{shown_name(file)}` can't be read{place}: {what}."


def _unreadable_json(said: str, name: str, file: str, place: str) -> str:
    if "UTF-8 encoding" in said or "UTF-16" in said or "UTF-32" in said:
        return not_utf8(name, file, place, "UTF-16" if "UTF-16" in said else "WINDOWS-1252")
    what = "has an object of more than 64 MB" if "maximum_object_size" in said else f"is not JSON{place}"
    return f"kura_input `{shown_name(name)}`: `{shown_name(file)}` {what}."


def _found(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None

"""The files of an input on DuckDB: which there are, and whether they can be read.

DuckDB reads them. What it can't do is look into a zip file, and see an array behind a byte order mark.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import urlsplit

import duckdb
from fsspec import AbstractFileSystem

from kura_udfs.errors import KuraError
from kura_udfs.functions.file_faults import (
    SIGNS,
    WEB,
    ending_of,
    in_words,
    is_packed,
    not_utf8,
    opened,
    scheme_of,
    shown_name,
)

READERS = {
    "jsonl": "lines",
    "ndjson": "lines",
    "json": "json",
    "zip": "json",
    **dict.fromkeys(("csv", "tsv"), "csv"),
    "parquet": "parquet",
    **dict.fromkeys(("txt", "md", "vtt", "srt"), "text"),
}
_PACKED = {
    b"\x1f\x8b": "packed by gzip, and its name doesn't end with .gz.",
    b"\x28\xb5\x2f\xfd": "packed by zstd, and its name doesn't end with .zst.",
    b"PK\x03\x04": "a zip file or a sheet of Excel, by what it begins with.",
    b"PAR1": "a Parquet file, by what it begins with.",
}
EXPORT = re.compile(r"conversations([-_]\d+)?\.json", re.IGNORECASE)  # ChatGPT's, whole or in parts, and Claude's
LARGEST = 50 * 2**30
TIMES_SMALLER = 100  # text becomes a tenth in a zip file; what becomes a hundredth and is large was made to fill memory
SMALL = 2**30
LOOKED_AT = 2**20  # bytes of a CSV file, for how it writes quotes
UNPACKED_BY_PYTHON = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@dataclass
class Found:
    """What there is by the name of an input.

    Attributes
    ----------
    shown : str
        The name as messages and tables may say it; passwords and signatures are no part of it.
    reader : str
        ``lines``, ``json``, ``csv``, ``parquet`` or ``text``.
    places : list of str
        What DuckDB reads.
    arrays : list of str
        More of it: files that hold one array behind a byte order mark, of which DuckDB wouldn't see that it is one.
    escape : str
        What stands before a quote inside quotes in CSV.
    """

    shown: str
    reader: str
    places: list[str]
    arrays: list[str] = field(default_factory=list)
    escape: str = '"'


class ZipMembers(AbstractFileSystem):  # type: ignore[misc]
    """What is inside zip files, for DuckDB to read as it is unpacked: nothing is written to a disk or held in memory.

    Only what `add` was given can be opened, so that no name inside a zip file leads anywhere.
    """

    protocol = "kura-zip"
    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self._members: dict[str, tuple[str, str, int]] = {}

    def add(self, file: str, member: zipfile.ZipInfo) -> str:
        """Return the name by which DuckDB finds a member."""
        place = f"{self.protocol}://{file}/{member.filename}"
        self._members[self._strip_protocol(place)] = (file, member.filename, member.file_size)
        return place

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return what DuckDB asks for before it reads."""
        return {"name": path, "size": self._members[self._strip_protocol(path)][2], "type": "file"}

    def exists(self, path: str, **_: Any) -> bool:
        """Return whether it was added."""
        return self._strip_protocol(path) in self._members

    def glob(self, path: str, **_: Any) -> list[str]:
        """Return the name itself: a star in it is a star."""
        return [path]

    def modified(self, path: str) -> datetime:
        """Return when the zip file was written."""
        return datetime.fromtimestamp(Path(self._members[self._strip_protocol(path)][0]).stat().st_mtime, UTC)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> IO[bytes]:
        file, member, _size = self._members[self._strip_protocol(path)]
        return zipfile.ZipFile(file).open(member)


def find(connection: duckdb.DuckDBPyConnection, members: ZipMembers, name: str) -> Found:
    """Return what there is by a name or a glob, on this machine or far away.

    Raises
    ------
    KuraError
        If there is nothing, or nothing that can be read.
    """
    _check(name)
    ending, scheme = ending_of(name), scheme_of(name)
    found = Found(shown_name(name), READERS[ending], [name])
    if scheme in WEB:
        return found  # whether it is there is seen when it is read
    files = _files(connection, name)
    if ending == "zip":
        found.places = [place for file in files for place in exports_in(members, file)]
    elif found.reader != "parquet" and not scheme:
        _look_into(found, files, name)
    if found.reader == "csv" and not scheme:
        _check_first_lines(connection, found, files)
    return found


def exports_in(members: ZipMembers, file: str) -> list[str]:
    """Return by which names DuckDB finds the conversations in the export of an account.

    Raises
    ------
    KuraError
        If it is no zip file, or not one to be unpacked.
    """
    start = f"kura_input `{file}`"
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except (OSError, zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError):
        raise KuraError(f"{start} is no zip file, or not all of it is there. Download it again.") from None
    wanted = sorted(
        (info for info in infos if EXPORT.fullmatch(PurePosixPath(info.filename).name)), key=lambda info: info.filename
    )
    if not wanted:
        raise KuraError(
            f"{start} holds no conversations.json, as exports of ChatGPT and Claude do. Unpack it and name its files."
        )
    if any(info.flag_bits & 1 for info in wanted):
        raise KuraError(f"{start} is encrypted. Unpack it with its password, and name the conversations.json in it.")
    if any(info.compress_type not in UNPACKED_BY_PYTHON for info in wanted):
        raise KuraError(
            f"{start} is packed in a way that Python can't unpack. Unpack it, and name the conversations.json in it."
        )
    size, packed = sum(info.file_size for info in wanted), sum(info.compress_size for info in wanted)
    if size > LARGEST or (size > SMALL and size > packed * TIMES_SMALLER):
        raise KuraError(
            f"{start} would unpack to {size / 2**30:,.1f} GB from {packed / 2**20:,.1f} MB, which no export does."
            " If it is one, unpack it, and name the conversations.json in it."
        )
    return [members.add(file, info) for info in wanted]


def problem_of(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> str | None:
    """Return in words why a query over an input fails; None if it doesn't."""
    try:
        connection.execute(query).fetchall()
    except duckdb.Error as error:
        return in_words(error, name)
    return None


def _check(name: str) -> None:
    """Refuse a name of which there can be nothing to read."""
    shown, ending, scheme = shown_name(name), ending_of(name), scheme_of(name)
    if ending not in READERS:
        raise KuraError(
            f"kura_input `{shown}`: Kura reads .jsonl, .ndjson, .json, .csv, .tsv (also with .gz or .zst), .parquet,"
            " transcripts in .txt, .md, .vtt or .srt, and exports of ChatGPT and Claude as the .zip that they came in."
            " Convert what is of another kind, or give a query in brackets with a reader of DuckDB's:"
            " (select * from read_xlsx('chats.xlsx'))."
        )
    if READERS[ending] == "text" and is_packed(name):
        raise KuraError(f"kura_input `{shown}`: transcripts in .{ending} are read as they are. Unpack them.")
    if scheme and ending == "zip":
        raise KuraError(f"kura_input `{shown}`: a .zip is read from a disk only. Download it and give its name there.")
    if scheme in WEB and "*" in urlsplit(name).path:
        raise KuraError(f"kura_input `{shown}`: a web server doesn't say which files it has. Name one, without a star.")


def _files(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    try:
        files = [file for (file,) in connection.execute("select file from glob(?) order by 1", [name]).fetchall()]
    except duckdb.Error as error:
        raise KuraError(in_words(error, name)) from None
    if not files:
        hint = "Kura looked where the name says." if scheme_of(name) else "The path counts from where dbt runs."
        raise KuraError(f"kura_input `{shown_name(name)}`: no file has that name. {hint}")
    return files


def _look_into(found: Found, files: Sequence[str], name: str) -> None:
    """Take note of what only the beginnings of files tell about how they are to be read."""
    heads = {file: _head(file) for file in files}
    for file, head in heads.items():
        if packed := next((words for sign, words in _PACKED.items() if head.startswith(sign)), None):
            raise KuraError(
                f"kura_input `{shown_name(name)}`: `{shown_name(file)}` is {packed} Give it the name of one."
            )
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\0") > len(head) / 4:
            raise KuraError(not_utf8(name, file, "", "UTF-16"))
    if found.reader == "csv" and any(_is_backslashed(_head(file, LOOKED_AT)) for file in files):
        found.escape = "\\"
    if found.reader == "lines" and any(_is_whole(file, head) for file, head in heads.items()):
        found.reader = "json"
    if found.reader == "json":
        found.arrays = [file for file, head in heads.items() if re.match(rb"\xef\xbb\xbf\s*\[", head)]
        if found.arrays:
            found.places = [file for file in files if file not in found.arrays]


def _check_first_lines(connection: duckdb.DuckDBPyConnection, found: Found, files: Sequence[str]) -> None:
    """Refuse a CSV file of which DuckDB would skip rows: what stands above most lines of one width is a title to it."""
    sniffed = """select SkipRows, len(Columns)
        from sniff_csv(?, header = true, all_varchar = true, quote = '"', escape = ?)"""
    for file in files:
        try:
            ((skipped, columns),) = connection.execute(sniffed, [file, found.escape]).fetchall()
            with io.TextIOWrapper(opened(file), "utf-8-sig", "replace") as lines:
                above = [*islice(lines, skipped)]
            cells = [
                [bool(cell.strip()) for cell in row] for sign in SIGNS for row in csv.reader(above, delimiter=sign)
            ]
        except (duckdb.Error, OSError, EOFError, csv.Error):
            continue  # DuckDB says what is wrong with it
        if max(map(sum, cells), default=0) >= min(max(columns - 1, 2), 3):
            raise KuraError(
                f"kura_input `{found.shown}`: `{shown_name(file)}` can't be read as CSV: from line {skipped + 1} on it"
                " has another number of columns than above. A text with a sign that parts columns stands in double"
                " quotes. Where rows with a column more were added to a file, give them another file: those of a glob"
                " are read by the names of their columns."
            )


def _is_whole(file: str, head: bytes) -> bool:
    """Whether what is called lines of JSON is one list or object, over several lines or in the only one."""
    if re.match(rb"(?:\xef\xbb\xbf)?\s*[\[{]\s*\n", head):
        return True
    if not re.match(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{", head):
        return False
    try:
        with opened(file) as lines:
            first, *more = islice(filter(bytes.strip, lines), 2)
    except (OSError, EOFError, ValueError):
        return False
    return not more and (b"[" in head.split(b"{")[0] or _holds_several(first))


def _holds_several(line: bytes) -> bool:
    """Whether a line is several objects one after the other, as Kinesis writes them."""
    try:
        json.loads(line)
    except json.JSONDecodeError as error:
        return error.msg == "Extra data"
    except (UnicodeDecodeError, RecursionError):
        return False
    return False


def _is_backslashed(head: bytes) -> bool:
    """Whether quotes in CSV stand behind backslashes, as MySQL and Redshift write them, and are not doubled.

    Before the end of a value, or before a doubled quote, a backslash may be the text's own.
    """
    return bool(re.search(rb'\\"[^",;|\t\r\n]', head)) and not re.search(rb'[^",;|\t\r\n\\]""[^",;|\t\r\n]', head)


def _head(file: str, length: int = 64) -> bytes:
    try:
        with opened(file) as content:
            return content.read(length)
    except (OSError, EOFError):
        return b""  # DuckDB says what is wrong with it

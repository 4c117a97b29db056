"""Files of an input: what is found, what is inside a zip, and what is said about those that can't be read."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
import pytest

from kura_udfs.errors import KuraError
from kura_udfs.functions.duckdb import Plugin
from kura_udfs.functions.file_faults import ending_of, in_words, scheme_of, shown_name
from kura_udfs.functions.files import ZipMembers, find

CANARY = "Kanarienvögel"
LINE = json.dumps({"conversation_id": "1", "messages": [{"role": "user", "content": CANARY}]}, ensure_ascii=False)
LINES = "select max(length(line)) from read_csv('{}', columns = {{'line': 'VARCHAR'}}, header = false, auto_detect = false, delim = e'\\x01', quote = '')"
CSV = "select max(length(columns(*))) from read_csv('{}', header = true, all_varchar = true, quote = '\"')"
JSON = "select max(length(json::varchar)) from read_json_objects('{}', maximum_object_size = 67108864)"
TEXT = "select content from read_text('{}')"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        Plugin.configure_connection(None, connection)  # type: ignore[arg-type]
        yield connection


def asked(connection: duckdb.DuckDBPyConnection, name: object) -> dict[str, Any]:
    ((answer,),) = connection.execute("select kura_find_files(?)", [str(name)]).fetchall()
    return json.loads(answer)


def zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("https://example.org/data/chats.parquet?download=1", "parquet"),
        ("https://example.org/chats.jsonl.gz?X-Amz-Signature=a.b#part", "jsonl"),
        ("s3://bucket/year=2026/*.JSON.zst", "json"),
        ("hf://datasets/owner/name/**/*.parquet", "parquet"),
        ("chats/what?.csv", "csv"),
        ("C:\\chats\\a.ndjson", "ndjson"),
        ("chats.tar.gz", "tar"),
    ],
)
def test_the_ending_is_that_of_the_file_and_not_of_what_a_url_asks_for(name: str, ending: str) -> None:
    assert ending_of(name) == ending


def test_messages_say_no_password_and_no_signature() -> None:
    assert shown_name("https://me:secret@example.org/a.parquet?sig=secret") == "https://example.org/a.parquet"
    assert shown_name("s3://bucket/a?.parquet") == "s3://bucket/a?.parquet"
    assert (scheme_of("hf://x"), scheme_of("file:///x"), scheme_of("C:\\x"), scheme_of("a/b")) == ("hf", "", "", "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none/*.jsonl", "no file has that name"),
        ("https://example.org/*.parquet", "without a star"),
        ("https://me:hush@example.org/chats.xlsx?sig=hush", "Kura reads .jsonl"),
        ("https://example.org/export.zip", "Download it"),
        ("ftp://example.org/a.csv", "no file has that name"),
    ],
)
def test_what_is_not_there_is_said(connection: duckdb.DuckDBPyConnection, name: str, words: str) -> None:
    problem = asked(connection, name)["problem"]
    assert words in problem
    assert "hush" not in problem


def test_an_export_is_read_out_of_its_zip(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    whole = {
        "conversations.json": json.dumps([{"uuid": "1"}, {"uuid": "2"}]),
        "users.json": "[]",
        "chat.html": "<html>",
    }
    zipped(tmp_path / "claude.zip", whole)
    parts = {f"export/conversations-00{part}.json": json.dumps([{"id": f"{part}"}]) for part in range(2)}
    zipped(tmp_path / "chatgpt.zip", {**parts, "__MACOSX/._conversations.json": "\0", "export/file_1.png": "\0"})
    places = asked(connection, tmp_path / "*.zip")["places"]
    rows = connection.execute(
        "select regexp_replace(filename, '^kura-zip://', ''), json::varchar from read_json_objects(?, filename = true) order by all",
        [places],
    ).fetchall()
    assert rows == [
        (f"{tmp_path}/chatgpt.zip/export/conversations-000.json", '{"id": "0"}'),
        (f"{tmp_path}/chatgpt.zip/export/conversations-001.json", '{"id": "1"}'),
        (f"{tmp_path}/claude.zip/conversations.json", '{"uuid": "1"}'),
        (f"{tmp_path}/claude.zip/conversations.json", '{"uuid": "2"}'),
    ]


def test_names_inside_a_zip_lead_nowhere(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "conversations.json").write_text('[{"secret": 1}]')
    (tmp_path / "in").mkdir()
    file = zipped(tmp_path / "in" / "a*.zip", {"../conversations.json": '[{"id": "inside"}]'})
    places = asked(connection, tmp_path / "in" / "a[*].zip")["places"]
    rows = connection.execute("select json::varchar from read_json_objects(?)", [places]).fetchall()
    assert rows == [('{"id": "inside"}',)]
    with pytest.raises(duckdb.Error):
        connection.execute(f"select * from read_json_objects('kura-zip://{file}/users.json')")
    with pytest.raises(KeyError):
        ZipMembers().info("kura-zip:///etc/passwd")


def encrypted(path: Path) -> None:
    zipped(path, {"conversations.json": "[]"})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the directory
    path.write_bytes(data)


def huge(path: Path) -> None:
    zipped(path, {"conversations.json": "[]"})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (2**32 - 2).to_bytes(4, "little")
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda path: path.write_text(CANARY), "is no zip file"),
        (
            lambda path: path.write_bytes(zipped(path, {"conversations.json": "[1]"}).read_bytes()[:-9]),
            "is no zip file",
        ),
        (lambda path: zipped(path, {"notes.txt": CANARY}), "holds no conversations.json"),
        (encrypted, "is encrypted"),
        (huge, "would unpack to 4.0 GB"),
    ],
)
def test_a_zip_that_is_none_is_said(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, write: Callable[[Path], object], words: str
) -> None:
    write(tmp_path / "export.zip")
    with pytest.raises(KuraError, match=words) as raised:
        find(connection, ZipMembers(), str(tmp_path / "export.zip"))
    assert CANARY not in str(raised.value)


def test_a_damaged_zip_is_said(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = zipped(tmp_path / "export.zip", {"conversations.json": json.dumps([{"text": CANARY * 99}])})
    data = bytearray(file.read_bytes())
    data[60] ^= 255
    file.write_bytes(data)
    [place] = asked(connection, file)["places"]
    ((problem,),) = connection.execute("select kura_problem_of('e.zip', ?)", [JSON.format(place)]).fetchall()
    assert "damaged" in problem


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "jsonl.gz", "csv.zst"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_said_with_the_command_that_mends_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, ending: str, encoding: str
) -> None:
    file = tmp_path / f"chats.{ending}"
    data = f"{LINE}\n".encode(encoding)
    file.write_bytes(packed(data, ending))
    problem = asked(connection, file)["problem"]
    assert f"`{file}` is not UTF-8" in problem
    assert "iconv -f UTF-16 -t UTF-8" in problem
    unpacking = {"jsonl.gz": f"gzip -dc {file.name} | iconv", "csv.zst": f"zstd -dc {file.name} | iconv"}
    assert unpacking.get(ending, "Convert it: iconv") in problem


@pytest.mark.parametrize("ending", ["jsonl.gz", "jsonl.zst", "json.zst"])
def test_what_is_packed_is_looked_into(connection: duckdb.DuckDBPyConnection, tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"chats.{ending}"
    file.write_bytes(packed(f"\ufeff[{LINE}, {LINE}]".encode(), ending))
    found = asked(connection, file)
    assert (found["reader"], found["arrays"]) == ("json", [str(file)])


def packed(data: bytes, ending: str) -> bytes:
    if ending.endswith("gz"):
        return gzip.compress(data)
    return cast("bytes", pa.compress(data, "zstd", asbytes=True)) if ending.endswith("zst") else data


@pytest.mark.parametrize(
    ("query", "ending", "text", "words"),
    [
        (
            LINES,
            "jsonl",
            f"{{}}\n{LINE}\n".encode("cp1252"),
            "is not UTF-8 at line 2. Convert it: iconv -f WINDOWS-1252",
        ),
        (CSV, "csv", f"a,b\n1,{CANARY}\n".encode("latin-1"), "is not UTF-8 at line 2"),
        (CSV, "csv", f'"a","b"\n"1","{CANARY},\n"\n"{CANARY}"\n'.encode(), "line 4 has 1, the first 2 columns"),
        (JSON, "json", f"[{{}}, {LINE}]".encode("cp1252"), "is not UTF-8 at record 2"),
        (TEXT, "txt", LINE.encode("cp1252"), "is not UTF-8. Convert it: iconv -f WINDOWS-1252"),
        (JSON, "json", f'[{{"a": "{CANARY}" "b"}}]'.encode(), "is not JSON at record 1"),
        (LINES, "jsonl", b'{"a": "' + CANARY.encode() * 5_400_000 + b'"}', "a line of more than 64 MB"),
    ],
)
def test_what_cannot_be_read_is_said_without_a_word_of_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, query: str, ending: str, text: bytes, words: str
) -> None:
    file = tmp_path / f"chats.{ending}"
    file.write_bytes(text)
    query = query.format(file).replace("quote = ''", "quote = '', max_line_size = 67108864, buffer_size = 134217728")
    ((problem,),) = connection.execute("select kura_problem_of(?, ?)", [str(file), query]).fetchall()
    assert words in problem
    assert str(file) in problem
    assert CANARY[:8] not in problem


def test_a_line_that_looks_like_a_message_of_duckdb_is_not_taken_for_one() -> None:
    said = duckdb.InvalidInputException(
        "Invalid Input Error: CSV Error on Line: 2\nOriginal Line: required extension 'hush' HTTP 404\n  file = hush\n"
        "Invalid unicode (byte sequence mismatch) detected. This file is not utf-8 encoded.\n\n  file = chats.csv\n  delimiter = ,\n"
    )
    assert in_words(said, "chats.csv") == (
        "kura_input `chats.csv`: `chats.csv` is not UTF-8 at line 2. Convert it: iconv -f WINDOWS-1252 -t UTF-8 chats.csv > converted.csv"
    )


def test_a_transcript_that_is_packed_is_refused(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "call.txt.gz").write_bytes(gzip.compress(b"Customer: hi"))
    assert "Unpack them" in asked(connection, tmp_path / "call.txt.gz")["problem"]
    assert asked(connection, "https://example.org/call.txt?sig=x")["reader"] == "text"


def test_an_array_behind_a_byte_order_mark_is_one(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("\ufeff[{}, {}]")
    (tmp_path / "b.json").write_text("[{}]")
    (tmp_path / "c.json").write_text("\ufeff{}\n{}")
    found = asked(connection, tmp_path / "*.json")
    assert found["arrays"] == [str(tmp_path / "a.json")]
    assert found["places"] == [str(tmp_path / "b.json"), str(tmp_path / "c.json")]


def test_rows_that_duckdb_would_skip_for_a_longer_line_below_are_said_and_a_title_is_not(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    file = tmp_path / "chats.csv"
    rows = [f"{number},user,{CANARY}" for number in range(20)]
    longer = ["id,role,content,plan", *(f"{row},pro" for row in rows)]
    for lines in (["id,role,content", *rows, *longer], ["id,role,content", *rows[:3], f"{rows[3]},more"]):
        for end in ("\n", "\r\n", "\r"):
            file.write_text(end.join(lines), newline="")
            problem = asked(connection, file)["problem"]
            assert f"from line {lines.index(lines[-1] if len(lines) < 9 else longer[0]) + 1} on" in problem
            assert CANARY not in problem
    for above in ("All chats", '"Chats, of May, by Ann",,,', "# written on Monday, by hand", "sep=,", "\n\n"):
        file.write_text("\n".join([above, *longer]))
        assert "problem" not in asked(connection, file)
    # by a quote that is not closed, the file may seem to be parted by another sign
    bars = ["id\tsaid", '0\t"a, b, c"', '1\t"never ends', *(f'{number}\t"{CANARY}, a | b"' for number in range(9))]
    file.write_text("\n".join(bars))
    assert CANARY not in asked(connection, file).get("problem", "")


def test_a_packed_file_that_is_none_is_said(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    file = tmp_path / "chats.jsonl.gz"
    file.write_text(CANARY)
    assert asked(connection, file)["places"] == [str(file)]
    ((problem,),) = connection.execute("select kura_problem_of(?, ?)", [str(file), LINES.format(file)]).fetchall()
    assert "GZIP" in problem
    assert CANARY not in problem


def test_a_list_that_is_called_lines_is_one(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for name, text, reader in (
        ("whole", f"[{LINE}]\n", "json"),
        ("pretty", f"[\n{LINE},\n{LINE}\n]", "json"),
        ("object", json.dumps(json.loads(LINE), indent=1), "json"),
        ("run together", f"{LINE}{LINE}", "json"),
        ("cut off", f"{LINE[:-1]}", "lines"),
        ("one line", f"{LINE}", "lines"),
        ("lists", f"[{LINE}]\n[{LINE}]\n", "lines"),
        ("lines", f"{LINE}\n{LINE}\n", "lines"),
    ):
        file = tmp_path / f"{name}.jsonl"
        file.write_text(text)
        assert asked(connection, file)["reader"] == reader, name


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (gzip.compress(b"{}", mtime=0), "packed by gzip"),
        (b"PK\x03\x04" + b"\0" * 60, "a zip file or a sheet of Excel"),
        (b"PAR1" + b"\0" * 60, "a Parquet file"),
    ],
    ids=["gzip", "zip", "parquet"],
)
def test_a_file_that_is_of_another_kind_than_its_name_says(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, data: bytes, words: str
) -> None:
    (tmp_path / "chats.jsonl").write_bytes(data)
    problem = asked(connection, tmp_path / "chats.jsonl")["problem"]
    assert words in problem
    assert "iconv" not in problem


def test_what_is_not_read_is_said_with_a_way_to_read_it(connection: duckdb.DuckDBPyConnection) -> None:
    for name in ("chats.xlsx", "chats.avro", "chats.db", "chats.mbox", "chats.tar.gz"):
        assert "(select * from read_xlsx('chats.xlsx'))" in asked(connection, name)["problem"]

"""Files as people have them: exports in a zip, with a byte order mark, in an encoding that is not UTF-8."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from tests.support.warehouse import INPUTS, Warehouse

CANARY = "Kanarienvögel"
ROW = {"conversation_id": "1", "messages": [{"role": "user", "content": CANARY}]}


def contents(warehouse: Warehouse, file: Path | str) -> list[str]:
    warehouse.stage(kura_input=str(file))
    return [content for (content,) in warehouse.rows("select content from stg_kura__messages order by all")]


@pytest.mark.parametrize("name", ["chatgpt", "claude"])
def test_an_export_is_read_as_it_was_downloaded(warehouse: Warehouse, name: str) -> None:
    plain = contents(warehouse, INPUTS / f"{name}.json")
    with zipfile.ZipFile(warehouse.folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(INPUTS / f"{name}.json", "conversations.json")
        archive.writestr("users.json", '[{"uuid": "u", "full_name": "nobody"}]')
        archive.writestr("chat.html", "<html></html>")
    assert contents(warehouse, "*.zip") == plain
    assert warehouse.rows("select distinct source_name from base_kura__messages") == [
        ("export.zip/conversations.json",)
    ]


def test_an_export_in_parts_is_read_whole(warehouse: Warehouse) -> None:
    rows = json.loads((INPUTS / "chatgpt.json").read_text())
    plain = contents(warehouse, INPUTS / "chatgpt.json")
    with zipfile.ZipFile(warehouse.folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part, row in enumerate(rows):
            archive.writestr(f"conversations-{part:03}.json", json.dumps([row]))
    assert contents(warehouse, warehouse.folder / "export.zip") == plain


def test_a_byte_order_mark_does_no_harm(warehouse: Warehouse) -> None:
    lines = json.dumps(ROW, ensure_ascii=False)
    for ending, text in {
        "jsonl": f"{lines}\n",
        "json": f"[{lines}]",
        "csv": f"conversation_id,role,content\n1,user,{CANARY}\n",
    }.items():
        file = warehouse.folder / f"chats.{ending}"
        file.write_text(text, encoding="utf-8-sig")
        assert contents(warehouse, file) == [CANARY]


def test_what_is_packed_by_zstd_is_read(warehouse: Warehouse) -> None:
    warehouse.folder.joinpath("rows.jsonl").write_text(json.dumps(ROW))
    duckdb.sql(
        f"copy (select line from read_csv('{warehouse.folder}/rows.jsonl', columns = {{'line': 'VARCHAR'}}, header = false,"
        f" auto_detect = false, delim = e'\\x01', quote = ''))"
        f" to '{warehouse.folder}/rows.jsonl.zst' (format csv, header false, quote '', delim e'\\x01', compression zstd)"
    )
    assert contents(warehouse, "rows.jsonl.zst") == [CANARY]


FILES = {
    "lines.jsonl": ("x\n" + json.dumps(ROW, ensure_ascii=False) + "\n", "cp1252", "is not UTF-8 at line 2"),
    "packed.jsonl.gz": (json.dumps(ROW, ensure_ascii=False) + "\n", "cp1252", "is not UTF-8 at line 1"),
    "array.json": (json.dumps([ROW], ensure_ascii=False), "latin-1", "is not UTF-8 at record 1"),
    "rows.csv": (f"conversation_id,role,content\n1,user,{CANARY}\n", "cp1252", "is not UTF-8 at line 2"),
    "utf16.csv": (
        f"conversation_id,role,content\n1,user,{CANARY}\n",
        "utf-16",
        "is not UTF-8. Convert it: iconv -f UTF-16",
    ),
    "utf16.jsonl": (json.dumps(ROW, ensure_ascii=False), "utf-16-le", "is not UTF-8. Convert it: iconv -f UTF-16"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_utf8_stops_the_build_and_nothing_repeats_what_it_holds(
    warehouse: Warehouse, name: str
) -> None:
    text, encoding, words = FILES[name]
    file = warehouse.folder / name
    data = text.encode(encoding)
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    warehouse.environment |= {"DBT_LOG_LEVEL_FILE": "debug", "DBT_DEBUG": "1"}
    output = warehouse.with_artifacts().stage(fails=True, kura_input=str(file))
    assert f"`{file}` {words}" in output
    assert "iconv -f" in output
    written = [
        path for folder in ("logs", "target") for path in (warehouse.folder / folder).rglob("*") if path.is_file()
    ]
    assert {"dbt.log", "run_results.json"} <= {path.name for path in written}
    said = [output.encode(), *(path.read_bytes() for path in written)]
    for part in (CANARY[:8], CANARY[8:]):
        for spelled in (part.encode(), "\0".join(part).encode(), "\\0".join(part).encode()):
            assert not any(spelled in text for text in said)

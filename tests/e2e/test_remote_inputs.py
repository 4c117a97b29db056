"""Files of a web server, a bucket and a hub of data sets, read by DuckDB's own extension from a server on loopback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.support.extensions import with_extensions
from tests.support.file_server import serving
from tests.support.warehouse import Warehouse

HUB = "hf://datasets/ivanleomk/synthetic-gemini-conversations/**/*.parquet"
CANARY = "Kanarienvögel"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve conversations as the set on the hub has them: a list of structs, and more columns than Kura needs."""
    folder = tmp_path / "served"
    places = [
        "data/chats.parquet",
        "chats/2026/a.parquet",
        "chats/2026/b.parquet",
        "datasets/ivanleomk/synthetic-gemini-conversations/data/train-00000-of-00001.parquet",
    ]
    for number, place in enumerate(places):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql(
            f"copy (select 'chat{number}' as chat_id, timestamptz '2026-05-01 10:00:00+00' as created_at, [{{'content': 'how do I"
            f" descale kettle {number}?', 'created_at': timestamptz '2026-05-01 10:00:00+00', 'role': 'user'}}, {{'content': 'With"
            " vinegar.', 'created_at': timestamptz '2026-05-01 10:00:05+00', 'role': 'assistant'}] as messages)"
            f" to '{folder / place}' (format parquet)"
        )
    row = {"conversation_id": "line", "messages": [{"role": "user", "content": "packed"}]}
    (folder / "data" / "chats.jsonl.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
    (folder / "data" / "latin.jsonl").write_bytes(json.dumps({**row, "x": CANARY}, ensure_ascii=False).encode("cp1252"))
    with serving(folder) as served:
        yield served


def ids(warehouse: Warehouse, name: str) -> list[str]:
    warehouse.stage(kura_input=name)
    rows = warehouse.rows("select conversation_id from stg_kura__conversations where message_count > 0 order by 1")
    return [conversation for (conversation,) in rows]


def test_files_of_a_web_server_are_read(warehouse: Warehouse, server: tuple[str, list[str]]) -> None:
    with_extensions(warehouse)
    assert ids(warehouse, f"http://{server[0]}/data/chats.parquet?download=1&token=hush") == ["chat0"]
    assert warehouse.rows(
        "select role, content, created_at is not null from stg_kura__messages order by message_index"
    ) == [
        ("user", "how do I descale kettle 0?", True),
        ("assistant", "With vinegar.", True),
    ]
    assert warehouse.rows("select distinct source_name from base_kura__messages") == [
        (f"http://{server[0]}/data/chats.parquet",)
    ]
    assert ids(warehouse, f"http://{server[0]}/data/chats.jsonl.gz?token=hush") == ["line"]
    assert warehouse.rows("select distinct source_name from base_kura__messages") == [
        (f"http://{server[0]}/data/chats.jsonl.gz",)
    ]


def test_a_bucket_is_read_with_a_secret_and_not_without(warehouse: Warehouse, server: tuple[str, list[str]]) -> None:
    secret = {"type": "s3", "endpoint": server[0], "url_style": "path", "use_ssl": False, "region": "eu-central-1"}
    with_extensions(warehouse, secrets=[{**secret, "key_id": "reader", "secret": "hush"}])
    assert ids(warehouse, "s3://chats/**/*.parquet") == ["chat1", "chat2"]
    assert ids(warehouse, "s3://chats/2026/a.parquet") == ["chat1"]
    output = warehouse.stage(fails=True, kura_input="s3://chats/2027/*.parquet")
    assert "no file has that name" in output
    profile = warehouse.folder / "profiles.yml"
    profile.write_text(profile.read_text().replace("reader", "stranger"))
    output = warehouse.stage(fails=True, kura_input="s3://chats/**/*.parquet")
    assert "the server says 403 (not allowed)" in output


def test_the_set_of_kuras_quick_start_is_read_by_its_name(warehouse: Warehouse, server: tuple[str, list[str]]) -> None:
    address, asked = server
    with_extensions(
        warehouse,
        settings={"http_proxy": address, "ca_cert_file": str(warehouse.folder / "served" / "certificate.pem")},
    )
    assert ids(warehouse, HUB) == ["chat3"]
    assert any(path.startswith("/api/datasets/ivanleomk/") for path in asked)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data/none.parquet", "the server says 404 (not found)"),
        ("data/none.jsonl", "the server says 404 (not found)"),
        ("forbidden/chats.parquet", "the server didn't give it"),
        ("data/latin.jsonl", "is not UTF-8 at line 1"),
    ],
)
def test_what_a_server_does_not_give_is_said(
    warehouse: Warehouse, server: tuple[str, list[str]], path: str, words: str
) -> None:
    with_extensions(warehouse)
    asked = f"http://{server[0]}/{path}?token=hush"
    output = warehouse.with_artifacts().stage(fails=True, kura_input=asked)
    assert words in output
    written = (warehouse.folder / "target" / "run_results.json").read_text()
    assert CANARY[:8] not in output + written
    [said] = [line for line in output.splitlines() if words in line][:1]
    assert "hush" not in said


def test_an_extension_that_is_not_there_is_said(warehouse: Warehouse, server: tuple[str, list[str]]) -> None:
    profile = warehouse.folder / "profiles.yml"
    options = "config_options:\n        autoinstall_known_extensions: false\n        extension_directory: none"
    profile.write_text(profile.read_text().replace("config_options:", options))
    output = warehouse.stage(fails=True, kura_input=f"http://{server[0]}/data/chats.parquet")
    assert "is read by DuckDB's extension `httpfs`, which can be neither loaded nor fetched here" in output

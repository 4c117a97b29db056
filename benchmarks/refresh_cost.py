"""What a refresh costs: a build with nothing new beside one whose Python models do nothing, and one with 1 % new.

    python benchmarks/refresh_cost.py [--conversations 2000] [--runs 3]

The conversations are the bundled sample's, repeated with other words at the end until there are enough.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

PROJECT = Path(__file__).parent.parent
DBT = Path(sys.executable).with_name("dbt")
PARTS = ("dbt_project.yml", "macros", "models", "python_models", "seeds", "tests")
NOTHING = """

def model(dbt, session):
    dbt.config.get("meta")
    {refs}
    rows = session.table(str(dbt.this)){limit}
    return rows
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = sample_texts(options.conversations + options.conversations // 100)
        chats = folder / "chats.jsonl"
        write(chats, texts[: options.conversations])
        print(f"first build, {options.conversations:,} conversations: {build(folder, PROJECT, chats):.1f} s")
        idle = do_nothing(folder)
        build(folder, PROJECT, chats), build(folder, idle, chats)  # each parses its project once
        pairs = [(build(folder, PROJECT, chats), build(folder, idle, chats)) for _ in range(options.runs)]
        for real, nothing in pairs:
            print(
                f"nothing new: {real:.1f} s, Python models that do nothing: {nothing:.1f} s, {real / nothing:.2f} times"
            )
        write(chats, texts)
        print(f"1 % new: {build(folder, PROJECT, chats):.1f} s")
        with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
            stages = connection.execute(
                "select stage, rows_in, rows_new, seconds, decision from kura.fct_kura__runs"
                " where stage not in ('messages', 'run') qualify started_at = max(started_at) over ()"
            ).fetchall()
        for stage, rows_in, rows_new, seconds, decision in stages:
            print(f"  {stage}: {rows_new:,} of {rows_in:,} rows new, {seconds:.2f} s {decision or ''}")


def sample_texts(number: int) -> list[str]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select string_agg(content, chr(10) order by created_at) from read_csv(?) where role = 'user' group by conversation_id"
            " order by 1",
            [str(PROJECT / "seeds" / "kura_sample_messages.csv")],
        ).fetchall()
    said = [row[0] for row in rows if row[0]]
    return [f"{said[i % len(said)]} ({i // len(said)})" for i in range(number)]


def write(path: Path, texts: list[str]) -> None:
    lines = [
        {"conversation_id": f"c{i}", "messages": [{"role": "user", "content": text}]} for i, text in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def build(folder: Path, project: Path, chats: Path) -> float:
    shutil.copy(PROJECT / "profiles.example.yml", folder / "profiles.yml")
    environment = {
        **os.environ,
        "KURA_DUCKDB_PATH": str(folder / "warehouse.duckdb"),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_TARGET_PATH": str(folder / f"target_{project.name}"),
        "DBT_LOG_PATH": str(folder),
    }
    command = [
        str(DBT),
        "build",
        "--quiet",
        "--project-dir",
        str(project),
        "--vars",
        json.dumps({"kura_input": str(chats)}),
    ]
    begin = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - begin


def do_nothing(folder: Path) -> Path:
    """Copy the project with Python models that hand back what they have made before."""
    copy = folder / "idle"
    copy.mkdir()
    for part in PARTS:
        if (PROJECT / part).is_dir():
            shutil.copytree(
                PROJECT / part, copy / part, ignore=shutil.ignore_patterns("e2e", "unit", "browser", "__pycache__")
            )
        else:
            shutil.copy(PROJECT / part, copy / part)
    for file in (copy / "python_models").rglob("*.py"):
        refs = "; ".join(dict.fromkeys(re.findall(r'dbt\.ref\("\w+"\)', file.read_text())))
        limit = ".limit(0)" if file.stem in ("int_kura__summaries", "int_kura__embeddings") else ""
        file.write_text(NOTHING.format(refs=refs, limit=limit).lstrip())
    return copy


if __name__ == "__main__":
    main()

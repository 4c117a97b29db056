"""What a refresh costs: a build with nothing new beside one whose Python models do nothing, and one with 1 % new.

    python -m benchmarks.refresh_cost [--conversations 2000] [--runs 3]

The conversations are the bundled sample's, repeated with other words at the end until there are enough.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import tempfile
import time
from pathlib import Path

import duckdb

from tests.support.project import REPOSITORY, copy_project
from tests.support.warehouse import Warehouse

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
        kura, idle = on(folder, REPOSITORY, chats), on(folder, do_nothing(folder / "idle"), chats)
        print(f"first build, {options.conversations:,} conversations: {seconds_of_build(kura):.1f} s")
        seconds_of_build(kura), seconds_of_build(idle)  # each parses its project once
        pairs = [(seconds_of_build(kura), seconds_of_build(idle)) for _ in range(options.runs)]
        for real, nothing in pairs:
            print(
                f"nothing new: {real:.1f} s, Python models that do nothing: {nothing:.1f} s, {real / nothing:.2f} times"
            )
        write(chats, texts)
        print(f"1 % new: {seconds_of_build(kura):.1f} s")
        stages = kura.rows(
            "select stage, rows_in, rows_new, seconds, decision from fct_kura__runs"
            " where stage not in ('messages', 'run') qualify started_at = max(started_at) over ()"
        )
        for stage, rows_in, rows_new, seconds, decision in stages:
            print(f"  {stage}: {rows_new:,} of {rows_in:,} rows new, {seconds:.2f} s {decision or ''}")


def sample_texts(number: int) -> list[str]:
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select string_agg(content, chr(10) order by created_at) from read_csv(?) where role = 'user' group by conversation_id"
            " order by 1",
            [str(REPOSITORY / "seeds" / "kura_sample_messages.csv")],
        ).fetchall()
    said = [row[0] for row in rows if row[0]]
    return [f"{said[i % len(said)]} ({i // len(said)})" for i in range(number)]


def write(path: Path, texts: list[str]) -> None:
    lines = [
        {"conversation_id": f"c{i}", "messages": [{"role": "user", "content": text}]} for i, text in enumerate(texts)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def on(folder: Path, project: Path, chats: Path) -> Warehouse:
    """Both projects work on the same database, each with what it has parsed kept apart."""
    shutil.copy(REPOSITORY / "profiles.example.yml", folder / "profiles.yml")
    warehouse = Warehouse(folder, project)
    warehouse.environment["DBT_TARGET_PATH"] = str(folder / f"target_{project.name}")
    del warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"]
    warehouse.variables = {"kura_input": str(chats)}
    return warehouse


def seconds_of_build(warehouse: Warehouse) -> float:
    begin = time.perf_counter()
    warehouse.dbt("build", "--quiet")
    return time.perf_counter() - begin


def do_nothing(folder: Path) -> Path:
    """Copy the project with Python models that hand back what they have made before."""
    copy = copy_project(folder)
    for file in (copy / "python_models").rglob("*.py"):
        refs = "; ".join(dict.fromkeys(re.findall(r'dbt\.ref\("\w+"\)', file.read_text())))
        limit = ".limit(0)" if file.stem in ("int_kura__summaries", "int_kura__embeddings") else ""
        file.write_text(NOTHING.format(refs=refs, limit=limit).lstrip())
    return copy


if __name__ == "__main__":
    main()

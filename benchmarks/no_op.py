"""What a `dbt build` with nothing new costs, beside a project that does nothing with as many models and tests.

    python -m benchmarks.no_op [--repeats 3] [--input chats.jsonl]

Both are built once; then they take turns, so that whatever else the machine does falls on both. Processor time says more
than seconds where others work on the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from tests.support.project import DBT, REPOSITORY

DBTS_OWN = {"published_table": "incremental", "replaced_table": "table"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--input", help="kura_input; the bundled sample without it")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kura = Path(folder, "kura")
        kura.mkdir()
        (kura / "profiles.yml").write_text(profile("kura", options.threads))
        variables = ["--vars", json.dumps({"kura_input": options.input})] if options.input else []
        print("first build:", *spent(kura, REPOSITORY, variables))
        idle = idle_project(Path(folder, "idle"), json.loads((kura / "target" / "manifest.json").read_text()))
        (idle / "profiles.yml").write_text(profile("idle", options.threads))
        spent(idle, idle)
        spent(kura, REPOSITORY, variables)
        rounds = [(spent(kura, REPOSITORY, variables), spent(idle, idle)) for _ in range(options.repeats)]
        for place, what in enumerate(("seconds", "of a processor")):
            ours, theirs = (statistics.median(each[side][place] for each in rounds) for side in (0, 1))
            print(f"{what}: {ours:.1f} with nothing new, {theirs:.1f} of the idle project, {ours / theirs:.2f} times")


def profile(name: str, threads: int) -> str:
    """Return a profile on a DuckDB file beside it."""
    target: dict[str, Any] = {"type": "duckdb", "path": "a.duckdb", "schema": "main", "threads": threads}
    if name == "kura":
        target["plugins"] = [{"module": "kura_udfs.functions.duckdb"}]
    return yaml.safe_dump({name: {"target": "dev", "outputs": {"dev": target}}})


def idle_project(folder: Path, manifest: dict[str, Any]) -> Path:
    """Make a project with the nodes of another: as many models, in the same ways, in the same order, and as many tests."""
    (folder / "models").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "dbt_project.yml").write_text("name: idle\nversion: '1.0'\nprofile: idle\n")
    for node in manifest["nodes"].values():
        above = [name.split(".")[-1] for name in node["depends_on"].get("nodes", []) if name.startswith("model.")]
        order = "".join(f"-- depends_on: {{{{ ref('{name}') }}}}\n" for name in above)
        if node["resource_type"] == "model":
            kind = DBTS_OWN.get(node["config"]["materialized"], node["config"]["materialized"])
            text = f"{{{{ config(materialized='{kind}') }}}}\n{order}select 1 as one"
            (folder / "models" / f"{node['name']}.sql").write_text(text)
        elif node["resource_type"] == "test":
            (folder / "tests" / f"t{len(list((folder / 'tests').iterdir()))}.sql").write_text(
                f"{order}select 1 where false"
            )
    return folder


def spent(folder: Path, project: Path, arguments: list[str] | None = None) -> tuple[float, float]:
    """Build a project in a folder; return seconds, and those of a processor."""
    environment = {**os.environ, "DBT_PROFILES_DIR": str(folder), "DBT_TARGET_PATH": str(folder / "target")}
    environment |= {"DBT_LOG_PATH": str(folder / "logs"), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
    for name in ("KURA_OWN_CHECKS", "PYTHONDONTWRITEBYTECODE", "KURA_DUCKDB_PATH"):
        environment.pop(name, None)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [str(DBT), "build", "--project-dir", str(project), *(arguments or [])]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(seconds, 1), round(processor, 1)


if __name__ == "__main__":
    main()

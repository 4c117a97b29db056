"""A whole build with a model server, Kura beside the library Kura: the same conversations, the same server, one after the other.

    python -m benchmarks.peers.speed [--conversations 1000] [--repeated 4] [--latency-ms 200] [--runs 2] [--keep]

The server answers every question after so many milliseconds, with words of the question; 50 questions are under way at most, as is
the default of both. Vectors come from the server, too. The conversations are the bundled sample's, each with another one's end; in
the second part so many people say each of them. Seconds are those of the whole command, Python's start included: `dbt build` for
Kura, summaries to map for the library. The fastest of the runs counts, on both sides. *At least* is what the answers alone need.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from benchmarks.peers.environments import python_of
from tests.support.project import DBT, REPOSITORY
from tests.support.results import Results, keep, show

HEADINGS = ("conversations", "system", "questions", "at least, s", "seconds", "processor, s", "times as fast")
IN_FLIGHT = 50


class Run(NamedTuple):
    """What a run took: seconds, those of a processor, and questions to the server."""

    seconds: float
    processor: float
    questions: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=1_000)
    parser.add_argument("--repeated", type=int, default=4)
    parser.add_argument("--latency-ms", type=float, default=200.0)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    rows: list[list[str]] = []
    for title, distinct in (
        (f"{options.conversations:,}, all of them different", options.conversations),
        (f"{options.conversations:,}, each said by {options.repeated}", options.conversations // options.repeated),
    ):
        with tempfile.TemporaryDirectory() as folder:
            chats = Path(folder, "chats.jsonl")
            write(chats, options.conversations, distinct)
            turns = [
                {
                    system: measured(build, chats, Path(folder, f"{system}-{number}"), options.latency_ms)
                    for system, build in SYSTEMS.items()
                }
                for number in range(options.runs)
            ]
        best = {system: min((turn[system] for turn in turns), key=lambda run: run.seconds) for system in SYSTEMS}
        slowest = max(run.seconds for run in best.values())
        rows += [
            [
                title, system, f"{run.questions:,}", f"{run.questions * options.latency_ms / 1000 / IN_FLIGHT:.1f}",
                f"{run.seconds:.1f}", f"{run.processor:.1f}", f"{slowest / run.seconds:.1f}",
            ]
            for system, run in best.items()
        ]  # fmt: skip
        show(Results("", HEADINGS, rows[-len(SYSTEMS) :]))
    if options.keep:
        keep(Results("peers_speed", HEADINGS, rows))


def write(path: Path, number: int, distinct: int) -> None:
    """Write conversations, of which so many are different."""
    query = (
        "select conversation_id, list({'role': role, 'content': content} order by created_at) from read_csv(?)"
        " where role in ('user', 'assistant') and trim(content) <> '' group by 1 order by 1"
    )
    with duckdb.connect() as connection:
        seed = str(REPOSITORY / "seeds" / "kura_sample_messages.csv")
        said = [messages for _, messages in connection.execute(query, [seed]).fetchall()]
    with path.open("w") as file:
        for place in range(number):
            kind = place % distinct
            other = said[(7 * kind + 3 * (kind // len(said)) + 1) % len(said)]
            row = {
                "conversation_id": f"c{place}",
                "created_at": f"2026-03-{1 + place % 28:02d}T10:00:00+00:00",
                "messages": [*said[kind % len(said)], other[-1]],
            }
            file.write(json.dumps(row) + "\n")


def measured(build: Any, chats: Path, folder: Path, latency_ms: float) -> Run:
    """Run a build against a server of its own."""
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.peers.server", "--latency-ms", str(latency_ms)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            url = server.stdout.readline().strip()
            environment = {**os.environ, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": url}
            with (folder / "log").open("w") as log:
                began = time.perf_counter()
                process = subprocess.Popen(**build(chats, folder, environment), stdout=log, stderr=log)
                _, status, usage = os.wait4(process.pid, 0)
                seconds = time.perf_counter() - began
            if status:
                raise SystemExit((folder / "log").read_text()[-3_000:])
            with urllib.request.urlopen(f"{url}/standin") as answer:
                return Run(seconds, usage.ru_utime + usage.ru_stime, json.load(answer)["calls"])
        finally:
            server.kill()


def kura(chats: Path, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Return how `dbt build` is run."""
    shutil.copy(REPOSITORY / "profiles.example.yml", folder / "profiles.yml")
    variables = {
        "kura_input": str(chats), "kura_provider": "openai", "kura_llm_model": "standin-1", "kura_embedder": "openai",
    }  # fmt: skip
    own = {
        "DBT_PROFILES_DIR": str(folder), "DBT_TARGET_PATH": str(folder / "target"), "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "KURA_DUCKDB_PATH": str(folder / "warehouse.duckdb"),
    }  # fmt: skip
    command = [str(DBT), "build", "--project-dir", str(REPOSITORY), "--vars", json.dumps(variables)]
    return {"args": command, "cwd": folder, "env": {**environment, **own}}


def library_kura(chats: Path, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Return how the library is run."""
    module = "benchmarks.peers.systems.library_kura_build"
    command = [str(python_of("library_kura")), "-m", module, str(chats), str(folder / "checkpoints")]
    return {"args": command, "cwd": REPOSITORY, "env": environment}


SYSTEMS = {"library Kura 0.5.4": library_kura, "**Kura**": kura}


if __name__ == "__main__":
    main()

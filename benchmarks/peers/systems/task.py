"""What every system is given and gives: vectors and texts in, a base cluster and a top cluster of each out, for each seed."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Clustered = tuple[Any, Any]
"""Two integer arrays (n,): base and top cluster, -1 for none."""


def run(cluster: Callable[[Any, list[str], int], Clustered]) -> None:
    """Cluster the input that the command line names with each of its seeds, and write what came of it.

    Parameters
    ----------
    cluster : callable
        Takes vectors (n, d) of unit length, n texts and a seed.
    """
    given, result, seeds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with np.load(given, allow_pickle=False) as arrays:
        vectors, texts = arrays["vectors"], arrays["texts"].tolist()
    bases, tops, seconds = [], [], []
    for seed in range(seeds):
        began = time.perf_counter()
        base, top = cluster(vectors, texts, seed)
        seconds.append(time.perf_counter() - began)
        bases.append(np.asarray(base, np.int64))
        tops.append(np.asarray(top, np.int64))
    np.savez(result, bases=bases, tops=tops, seconds=seconds, megabytes=peak())


def peak() -> float:
    """Return the most megabytes that this process has held; what `getrusage` says begins with its parent's."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")

"""Where the time of a first build goes, and how near to what the machine can do each part is.

    python -m benchmarks.costs [--texts 20000] [--keep]

Builds so many made-up conversations of ten words with the bundled encoder, and lists the stages by their seconds (of
fct_kura__runs) and the rest of the build, which is dbt, SQL and Python's start. *at least* is what a part would take at the speed that the cores
were measured at just before and after: products of matrices (float32) for vectors and neighbours. For the map it is the
updates of UMAP's optimisation one after another, at the speed of a compiled loop over points that lie anywhere in memory.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.peers.encoder import operations, products_a_second, unpadded_tokenizer
from tests.support import scaled
from tests.support.project import REPOSITORY
from tests.support.results import Results, keep, show
from tests.support.warehouse import Warehouse

HEADINGS = ("part", "seconds", "share", "at least, s", "what bounds it")
NEIGHBOURS = 15
EPOCHS = 200
NEGATIVES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    speed = products_a_second()
    whole, stages, fitted = built(options.texts)
    speed = max(speed, products_a_second())
    hops = hops_a_second()
    limits = {
        "embeddings": (options.texts * operations(tokens_of_a_text()) / speed, "matrix products of the encoder"),
        "fit": (2 * fitted**2 * scaled.DIMENSIONS / speed, "cosines of all pairs"),
        "map": (fitted * NEIGHBOURS * EPOCHS * (1 + NEGATIVES) / hops, "updates of UMAP, one after another"),
    }
    rows = []
    for stage, seconds in [*stages, ("dbt, SQL, the rest", whole - sum(seconds for _, seconds in stages))]:
        limit, bound = limits.get(stage, (None, ""))
        rows.append(
            [stage, f"{seconds:.1f}", f"{100 * seconds / whole:.0f} %", "" if limit is None else f"{limit:.1f}", bound]
        )
    rows.append(["all", f"{whole:.1f}", "", "", ""])
    show(Results("", HEADINGS, rows))
    if options.keep:
        keep(Results("costs", HEADINGS, rows))


def built(number: int) -> tuple[float, list[tuple[str, float]], int]:
    """Build so many conversations; return seconds, those of each stage, and how many texts the fit learned from."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scaled.write(folder / "chats.parquet", number)
        shutil.copy(REPOSITORY / "profiles.example.yml", folder / "profiles.yml")
        warehouse = Warehouse(folder)
        command = warehouse.command("build", kura_input=str(folder / "chats.parquet"), kura_embedder="minilm")
        began = time.perf_counter()
        done = warehouse.run_cold(command)
        seconds = time.perf_counter() - began
        if done.returncode:
            raise SystemExit(done.stdout[-5_000:])
        query = (
            "select stage, seconds, rows_in from fct_kura__runs where stage not in ('run', 'messages') order by 2 desc"
        )
        rows = warehouse.rows(query)
        return seconds, [(stage, took) for stage, took, _ in rows], next(n for stage, _, n in rows if stage == "fit")


def tokens_of_a_text(some: int = 100) -> int:
    """Return how many tokens a made-up text has: its words are no words of English, and come apart."""
    tokenizer = unpadded_tokenizer()
    words = np.random.default_rng(0).choice(scaled.vocabulary(), (some, scaled.WORDS))
    return round(np.mean([len(tokenizer.encode(" ".join(text)).ids) for text in words]))


def hops_a_second(points: int = 20_000, hops: int = 20_000_000) -> float:
    """Return how many steps a second a compiled loop takes between points anywhere in memory."""
    os.environ.setdefault("NUMBA_DISABLE_PERFORMANCE_WARNINGS", "1")
    import numba

    @numba.njit
    def walk(ways: np.ndarray, places: np.ndarray) -> float:
        total = 0.0
        for way in ways:
            for axis in range(2):
                total += places[way, axis] ** 0.79
        return total

    random = np.random.default_rng(0)
    ways, places = random.integers(points, size=hops), random.random((points, 2))
    walk(ways[:10], places)
    began = time.perf_counter()
    walk(ways, places)
    return hops / (time.perf_counter() - began)


if __name__ == "__main__":
    main()

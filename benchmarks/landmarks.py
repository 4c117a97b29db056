"""How the nearest of many landmarks are found by a shortlist, beside comparing all of them: how many, and how fast.

    python -m benchmarks.landmarks FOLDER [--set sgd|banking77|docs_queries|dstc11]

FOLDER is that of benchmarks/quality.py. Four fifths of each set, drawn at random, are landmarks, and of the others the five nearest are
looked for: *found* is the share of them that the shortlist has. For time there are made as many landmarks as a large fit has,
each half way between two texts of the set, which leaves vectors as they are on few axes or on many.
"""

from __future__ import annotations

import argparse
import timeit
from pathlib import Path

import numpy as np

from kura_udfs.clustering.layout import NEAREST
from kura_udfs.tables import Vectors
from kura_udfs.vectors import neighbours
from kura_udfs.vectors.encoders import load_encoder
from kura_udfs.vectors.neighbours import landmarks, largest, nearest_landmarks
from tests.support.labelled import SETS
from tests.support.results import Results, show

LANDMARKS, BLOCK = 50_000, neighbours.BLOCK_VALUES // 50_000
HEADINGS = ("texts", "encoder", "found", "all, ms a text", "shortlist, ms a text", "times as fast")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", choices=SETS, help="only this set")
    options = parser.parse_args()
    neighbours.EXACT_LIMIT = 0  # or else the shortlist is for larger sets only
    rows = []
    for name in [options.set] if options.set else [name for name in SETS if (options.folder / name).exists()]:
        *_, whole = SETS[name](options.folder / name)
        for encoder in ("minilm", "multilingual"):
            vectors = load_encoder(encoder).embed(whole.texts)
            exact, short = seconds(vectors)
            rows.append([
                f"{whole.name} ({len(vectors):,})", encoder, f"{100 * found(vectors):.1f} %",
                f"{1000 * exact:.2f}", f"{1000 * short:.2f}", f"{exact / short:.1f}",
            ])  # fmt: skip
    show(Results("", HEADINGS, rows), f"{LANDMARKS:,} landmarks for the time")


def found(vectors: Vectors) -> float:
    """Return the share of the nearest that the shortlist has."""
    shuffled = np.random.default_rng(0).permutation(vectors)
    known, others = np.split(shuffled, [len(vectors) * 4 // 5])
    true, _ = largest(others @ known.T, NEAREST)
    listed, _ = nearest_landmarks(others, landmarks(known), NEAREST)
    return float(np.mean([len(np.intersect1d(a, b)) / NEAREST for a, b in zip(true, listed, strict=True)]))


def seconds(vectors: Vectors) -> tuple[float, float]:
    """Return how long a text takes among all of many landmarks, and by the shortlist."""
    one, other = np.random.default_rng(0).integers(len(vectors), size=(2, LANDMARKS))
    known = vectors[one] + vectors[other]
    known /= np.maximum(np.linalg.norm(known, axis=1, keepdims=True), 1e-12)
    block, among = np.resize(vectors, (BLOCK, vectors.shape[1])), landmarks(known)
    exact = timeit.repeat(lambda: largest(block @ known.T, NEAREST), number=1)
    short = timeit.repeat(lambda: nearest_landmarks(block, among, NEAREST), number=1)
    return min(exact) / BLOCK, min(short) / BLOCK


if __name__ == "__main__":
    main()

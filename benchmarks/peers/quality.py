"""How well clusters agree with labels that people gave: Kura beside BERTopic, Toponymy, the library Kura and k-means.

    python -m benchmarks.peers.quality FOLDER [--seeds 4] [--system NAME ...] [--keep]

All of them get the same vectors (all-MiniLM-L6-v2), each runs in a process and an environment of its own, with its own
defaults; nobody is told how many clusters there are. FOLDER is what `benchmarks.quality` reads; the bundled sample comes first.
Scores are means over the seeds; *steady* is the adjusted Rand index of all pairs of seeds, *peak* the most memory of the process.
Texts in no cluster count as a cluster of their own that is right for nothing. `--keep` writes the table to docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import adjusted_rand_score

from benchmarks.peers.environments import python_of
from benchmarks.quality import percent
from kura_udfs.evaluation.scores import agreement
from kura_udfs.vectors.encoders import load_encoder
from tests.support.labelled import Labelled, all_sets, labels_known
from tests.support.results import ROOT, Results, keep, show

SYSTEMS = {
    "kura": "**Kura**",
    "bertopic": "BERTopic 0.17.4",
    "toponymy": "Toponymy 0.5.4",
    "library_kura": "library Kura 0.5.4",
    "k_means": "k-means, n / 10",
}
HEADINGS = (
    "texts", "system", "true", "found", "accuracy", "NMI", "AMI", "ARI", "top AMI", "in none", "steady", "seconds", "peak MB",
)  # fmt: skip


class Outcome(NamedTuple):
    """What a system made of a set: (seeds, n) base and top clusters, seconds of each seed, megabytes at most."""

    bases: Any
    tops: Any
    seconds: Any
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--system", nargs="*", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    encoder = load_encoder("minilm")
    rows = []
    for labelled in sets(options.folder):
        vectors = encoder.embed(labelled.texts)
        found = [
            row(labelled, SYSTEMS[system], clustered(system, vectors, labelled.texts, options.seeds))
            for system in options.system
        ]
        show(Results("", HEADINGS, found))
        rows += found
    if options.keep:
        keep(Results("peers_quality", HEADINGS, rows))


def sets(folder: Path) -> Iterator[Labelled]:
    """Give the sets that have labels."""
    return (labelled for labelled in all_sets(folder) if any(labelled.intents))


def clustered(system: str, vectors: Any, texts: list[str], seeds: int) -> Outcome:
    """Let a system cluster in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        given, result = Path(folder, "given.npz"), Path(folder, "result.npz")
        np.savez(given, vectors=vectors, texts=np.array(texts, dtype=np.str_))
        python = python_of(system)
        command = [str(python), "-m", f"benchmarks.peers.systems.{system}", str(given), str(result), str(seeds)]
        log = Path(folder, "log")
        with log.open("w") as output:
            environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
            done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, env=environment, check=False)
        if done.returncode:
            raise SystemExit(f"{system} failed:\n{log.read_text()[-3000:]}")
        with np.load(result) as arrays:
            return Outcome(arrays["bases"], arrays["tops"], arrays["seconds"], float(arrays["megabytes"]))


def row(labelled: Labelled, system: str, outcome: Outcome) -> list[str]:
    """Return the figures of a system on a set, in the order of the headings."""
    known, truth = labels_known(labelled.intents)
    scored = [score for base in outcome.bases if (score := agreement(truth, base[known]))]
    known_top, truth_top = labels_known(labelled.domains)
    tops = [
        score.ami
        for top in outcome.tops
        if (top >= 0).any() and (score := agreement(truth_top, top[known_top])) is not None
    ]
    pairs = [adjusted_rand_score(one, other) for one, other in combinations(outcome.bases, 2)]
    counts = [len(np.unique(base[base >= 0])) for base in outcome.bases]
    return [
        f"{labelled.name} ({len(labelled.texts):,})",
        system,
        str(len(set(truth))),
        f"{min(counts)}–{max(counts)}" if min(counts) < max(counts) else str(min(counts)),
        *(percent(float(np.mean([getattr(score, name) for score in scored]))) for name in ("accuracy", "nmi", "ami", "ari")),
        percent(float(np.mean(tops))) if tops else "",
        f"{100 * np.mean(outcome.bases < 0):.0f} %",
        f"{np.mean(pairs):.2f}" if pairs else "",
        f"{np.median(outcome.seconds):.1f}",
        f"{outcome.megabytes:.0f}",
    ]  # fmt: skip


if __name__ == "__main__":
    main()

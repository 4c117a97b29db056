"""How far clusters hang on chance: on the seed, and on noise far below what any encoder promises.

    python benchmarks/steadiness.py FOLDER [--fits 4] [--noise 0.99999] [--most 5000]

FOLDER is that of benchmarks/quality.py. Each set, and the bundled sample, is fitted on the vectors of the encoder that a build
would choose for it, with some seeds, and with some noise added to its vectors (a cosine of 0.99999 to what they were).
Agreement is the mean adjusted Rand index over all pairs of fits, outliers being a cluster, at the base and at the top.
NMI is with the intents, where there are any.
"""

from __future__ import annotations

import argparse
import time
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from kura_udfs.evaluation.stability import SEEDS_APART
from kura_udfs.text.languages import human_language
from kura_udfs.vectors.encoders import load_encoder
from tests.support.labelled import Labelled, Labels, all_sets, fitted, labels_known, own_encoder

HEADINGS = ("set", "texts", "clusters", "NMI", "seeds: base", "top", "noise: base", "top", "seconds of processor")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fits", type=int, default=4, help="with as many seeds, and as much noise of each set")
    parser.add_argument("--noise", type=float, default=0.99999, help="cosine to what the vectors were")
    parser.add_argument("--most", type=int, default=5_000, help="texts of a set; larger ones are left out")
    options = parser.parse_args()
    table = Table(title=f"{options.fits} seeds; {options.fits} times noise of cosine {options.noise}")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "set" else "right")
    console = Console(width=120)
    for labelled in all_sets(options.folder):
        if len(labelled.texts) > options.most:
            continue
        languages = [human_language(text) for text in labelled.texts]
        vectors = load_encoder(own_encoder(languages)).embed(labelled.texts)
        begin = time.process_time()
        seeded = [fitted(vectors, languages, SEEDS_APART * number) for number in range(options.fits)]
        seconds = (time.process_time() - begin) / options.fits
        noisy = [fitted(with_noise(vectors, options.noise, seed), languages, 0) for seed in range(options.fits)]
        table.add_row(*cells(labelled, seeded, noisy), f"{seconds:.1f}")
        console.print(f"{labelled.name}: done")
    console.print(table)


def with_noise(vectors: NDArray[np.float32], cosine: float, seed: int) -> NDArray[np.float32]:
    """Turn every vector by the same angle, each into a direction of its own."""
    aside = np.random.default_rng(seed).normal(size=vectors.shape)
    aside -= (aside * vectors).sum(axis=1, keepdims=True) * vectors
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    return np.asarray(cosine * vectors + (1 - cosine**2) ** 0.5 * aside, np.float32)


def cells(labelled: Labelled, seeded: list[tuple[Labels, Labels]], noisy: list[tuple[Labels, Labels]]) -> list[str]:
    known, truth = labels_known(labelled.intents)
    counts = sorted({int(base.max()) + 1 for base, _ in seeded + noisy})
    scores = [normalized_mutual_info_score(truth, base[known]) for base, _ in seeded + noisy] if known.any() else []
    return [
        labelled.name,
        f"{len(labelled.texts):,}",
        f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}-{counts[-1]}",
        f"{100 * np.mean(scores):.1f}" if scores else "",
        *(agreement([fit[level] for fit in fits]) for fits in (seeded, noisy) for level in (0, 1)),
    ]


def agreement(found: list[Labels]) -> str:
    return f"{np.mean([adjusted_rand_score(one, other) for one, other in combinations(found, 2)]):.3f}"


if __name__ == "__main__":
    main()

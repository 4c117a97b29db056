"""How well the clusters agree with labels that people gave, beside k-means on the same vectors.

    python -m benchmarks.quality FOLDER [--set sgd|banking77|docs_queries|dstc11] [--encoder minilm | multilingual | MODEL_FOLDER]

FOLDER holds labelled conversations: `banking77/train.csv` (text, category), `sgd/conversations.jsonl` with
`sgd/labels.csv` (conversation_id, domain, intent), `docs_queries/conversations.jsonl` (no labels) and
`dstc11/*/test-utterances.jsonl` (utterance, utterance_id, intent). A set that is not there is left out; the bundled
sample comes first. Of sgd the user's turns are clustered, the labelled conversations alone and among all others; only
the labelled ones count for the scores. Outliers count as a cluster of their own that is right for no intent, and so
against the result; the second line shows it with each of them in its nearest cluster. Seconds are for neighbours,
clusters and tree, or for k-means, without embedding.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.cluster import KMeans

from kura_udfs.clustering.clusters import OUTLIER, assign, centroids
from kura_udfs.evaluation.scores import agreement
from kura_udfs.text.languages import human_language
from kura_udfs.vectors.encoders import load_encoder
from kura_udfs.vectors.languages import language_shifts, moved
from tests.support.labelled import SETS, Labelled, Labels, all_sets, fitted, labels_known

HEADINGS = (
    "",
    "clusters",
    "accuracy",
    "NMI",
    "AMI",
    "ARI",
    "top",
    "top NMI",
    "top AMI",
    "top ARI",
    "outliers",
    "largest",
    "seconds",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", dest="chosen", choices=SETS, help="only this set")
    parser.add_argument(
        "--encoder", default="minilm", help="minilm, multilingual, or the folder of another ONNX encoder"
    )
    options = parser.parse_args()
    console = Console(width=140)
    bundled_encoder = options.encoder in ("minilm", "multilingual")
    encoder = load_encoder(options.encoder) if bundled_encoder else load_encoder("onnx", options.encoder)
    for labelled in all_sets(options.folder, options.chosen):
        console.print(compared(labelled, encoder.embed(labelled.texts)))


def compared(labelled: Labelled, vectors: NDArray[np.float32]) -> Table:
    """Cluster in each way and score against the labels."""
    intents = {intent for intent in labelled.intents if intent}
    domains = {domain for domain in labelled.domains if domain}
    truth = f": {len(intents)} intents" if intents else ""
    truth += f" in {len(domains)} domains" if domains else ""
    table = Table(title=f"{labelled.name} ({len(vectors):,} texts{truth})", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)

    languages = [human_language(text) for text in labelled.texts]
    begin = time.perf_counter()
    labels, tops = fitted(vectors, languages)
    seconds = time.perf_counter() - begin
    table.add_row("Kura", *scores(labelled, labels, tops, seconds))
    together = moved(vectors, languages, language_shifts(vectors, languages))
    centres = centroids(together, labels)
    nearest, _ = assign(together, centres, np.full(len(centres), np.inf, np.float32))
    settled = np.where(labels == OUTLIER, nearest, labels)
    top_of_base = tops[[int(np.flatnonzero(labels == base)[0]) for base in range(len(centres))]]
    table.add_row("  no outliers", *scores(labelled, settled, top_of_base[settled], None))
    for name, k, tries in (("k-means, n / 10", len(vectors) // 10, 1), ("k-means, true k", len(intents), 10)):
        if k:
            begin = time.perf_counter()
            labels = KMeans(k, n_init=tries, random_state=0).fit_predict(vectors)
            table.add_row(name, *scores(labelled, labels, None, time.perf_counter() - begin))
    return table


def scores(labelled: Labelled, labels: Labels, tops: Labels | None, seconds: float | None) -> list[str]:
    """Columns of a row of the table."""
    inside = labels[labels >= 0]
    cells = dict.fromkeys(HEADINGS[1:], "")
    cells |= {"clusters": str(len(np.unique(inside))), "outliers": f"{100 * np.mean(labels < 0):.1f} %"}
    cells["largest"] = f"{100 * np.bincount(inside).max(initial=0) / len(labels):.1f} %"
    if seconds is not None:
        cells["seconds"] = f"{seconds:.1f}"
    known, truth = labels_known(labelled.intents)
    if found := agreement(truth, labels[known]):
        cells |= {"accuracy": percent(found.accuracy), "NMI": percent(found.nmi)}
        cells |= {"AMI": percent(found.ami), "ARI": percent(found.ari)}
    if tops is not None:
        cells["top"] = str(len(np.unique(tops[tops >= 0])))
        known, truth = labels_known(labelled.domains)
        if found := agreement(truth, tops[known]):
            cells |= {"top NMI": percent(found.nmi), "top AMI": percent(found.ami), "top ARI": percent(found.ari)}
    return list(cells.values())


def percent(score: float) -> str:
    return f"{100 * score:.1f}"


if __name__ == "__main__":
    main()

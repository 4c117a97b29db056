"""The library Kura's base clusters; its top hangs on a language model, so there is none here."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from kura.k_means import KmeansClusteringMethod

from benchmarks.peers.systems.task import Clustered, run


def cluster(vectors: Any, texts: list[str], seed: int) -> Clustered:
    random.seed(seed)
    np.random.seed(seed)  # which is where its k-means takes its chance from
    items = [{"item": place, "embedding": vector} for place, vector in enumerate(vectors)]
    labels = np.full(len(texts), -1)
    for label, places in KmeansClusteringMethod().cluster(items).items():
        labels[places] = label
    return labels, np.full(len(texts), -1)


if __name__ == "__main__":
    run(cluster)

"""Toponymy's clusters: its layers over a UMAP of the vectors, the finest as base and the coarsest as top."""

from __future__ import annotations

from typing import Any

from toponymy import ToponymyClusterer
from umap import UMAP

from benchmarks.peers.systems.task import Clustered, run


def cluster(vectors: Any, texts: list[str], seed: int) -> Clustered:
    flat = UMAP(metric="cosine", random_state=seed).fit_transform(vectors)
    layers, _ = ToponymyClusterer(min_clusters=4).fit_predict(flat, vectors)
    return layers[0].cluster_labels, layers[-1].cluster_labels


if __name__ == "__main__":
    run(cluster)

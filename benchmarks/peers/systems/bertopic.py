"""BERTopic with its defaults, on vectors that are given; its top is its own reduction to ten topics."""

from __future__ import annotations

from typing import Any

from bertopic import BERTopic
from umap import UMAP

from benchmarks.peers.systems.task import Clustered, run


def cluster(vectors: Any, texts: list[str], seed: int) -> Clustered:
    # its own UMAP, but for the seed
    umap = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", low_memory=False, random_state=seed)
    model = BERTopic(umap_model=umap, embedding_model=None)
    base, _ = model.fit_transform(texts, vectors)
    if len(set(base)) > 10:
        model.reduce_topics(texts, nr_topics=11)  # the outliers are one of them
    return base, model.topics_


if __name__ == "__main__":
    run(cluster)

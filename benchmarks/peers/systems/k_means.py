"""k-means of scikit-learn with a cluster for ten texts, and ten clusters at the top."""

from __future__ import annotations

from typing import Any

from sklearn.cluster import KMeans

from benchmarks.peers.systems.task import Clustered, run


def cluster(vectors: Any, texts: list[str], seed: int) -> Clustered:
    base = KMeans(max(1, len(texts) // 10), n_init=1, random_state=seed).fit(vectors)
    top = KMeans(min(10, len(base.cluster_centers_)), n_init=1, random_state=seed).fit(base.cluster_centers_)
    return base.labels_, top.labels_[base.labels_]


if __name__ == "__main__":
    run(cluster)

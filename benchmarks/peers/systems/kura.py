"""Kura: languages moved together, neighbours, clusters and tree, as in a build."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.systems.task import Clustered, run
from kura_udfs.text.languages import human_language
from tests.support.labelled import fitted


def cluster(vectors: Any, texts: list[str], seed: int) -> Clustered:
    return fitted(vectors, [human_language(text) for text in texts], seed)


if __name__ == "__main__":
    run(cluster)

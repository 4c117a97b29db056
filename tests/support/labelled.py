"""Conversations with labels that people gave: sets out of a folder, and the bundled sample."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.clustering.points import Points
from kura_udfs.evaluation.stability import fit
from kura_udfs.settings import ClusterSettings
from kura_udfs.text.redaction import redact
from kura_udfs.vectors.choice import Bundled, by_share, shares_of

SAMPLE = 3_080
TOP_CLUSTERS = 10
Labels = NDArray[np.int32]


class Labelled(NamedTuple):
    """Texts with an intent and a domain each: None where nobody said, or where there are no domains."""

    name: str
    texts: list[str]
    intents: list[str | None]
    domains: list[str | None]


def sgd(folder: Path) -> Iterator[Labelled]:
    with (folder / "labels.csv").open(encoding="utf-8") as lines:
        labels = {row["conversation_id"]: row for row in csv.DictReader(lines)}
    rows = [json.loads(line) for line in (folder / "conversations.jsonl").read_text("utf-8").splitlines()]
    texts = {
        row["conversation_id"]: "\n".join(m["content"] for m in row["messages"] if m["role"] == "user") for row in rows
    }
    for name, ids in (
        ("sgd, the labelled alone", labels.keys() & texts.keys()),
        ("sgd, the labelled among all", texts.keys()),
    ):
        ordered = sorted(ids, key=lambda i: (texts[i], i))
        found = [labels.get(i, {}) for i in ordered]
        yield Labelled(
            name,
            [texts[i] for i in ordered],
            [f.get("intent") for f in found],
            [f.get("domain") for f in found],
        )


def banking77(folder: Path) -> Iterator[Labelled]:
    with (folder / "train.csv").open(encoding="utf-8") as lines:
        rows = sorted({(row["text"], row["category"]) for row in csv.DictReader(lines)})
    some = sorted(rows[i] for i in np.random.default_rng(0).permutation(len(rows))[:SAMPLE])
    for name, part in (("banking77, a sample", some), ("banking77, all", rows)):
        yield Labelled(name, [text for text, _ in part], [intent for _, intent in part], [None] * len(part))


def docs_queries(folder: Path) -> Iterator[Labelled]:
    rows = [json.loads(line) for line in (folder / "conversations.jsonl").read_text("utf-8").splitlines()]
    whole = sorted({"\n".join(m["content"] for m in row["messages"] if m["role"] == "user") for row in rows})
    queries = sorted({text.split("User Query:")[-1].split("Retrieved Information")[0].strip() for text in whole})
    for name, texts in (("docs_queries, the queries", queries), ("docs_queries, whole", whole)):
        yield Labelled(name, texts, [None] * len(texts), [None] * len(texts))


def dstc11(folder: Path) -> Iterator[Labelled]:
    for file in sorted(folder.glob("*/test-utterances.jsonl")):
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        intents = {row["utterance"]: row["intent"] for row in rows}
        domain = rows[0]["utterance_id"].partition("_")[0]
        yield Labelled(f"dstc11, {domain}", list(intents), list(intents.values()), [None] * len(intents))


SETS: dict[str, Callable[[Path], Iterator[Labelled]]] = {
    "sgd": sgd,
    "banking77": banking77,
    "docs_queries": docs_queries,
    "dstc11": dstc11,
}


def sample() -> Labelled:
    """Read the bundled sample: the user's turns, with the themes that its authors had in mind."""
    root = Path(__file__).parents[2]
    turns: dict[str, list[str]] = {}
    with (root / "seeds/kura_sample_messages.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["role"] == "user":
                turns.setdefault(row["conversation_id"], []).append(redact(row["content"]))
    with (root / "tests/sample_themes.csv").open(encoding="utf-8") as lines:
        themes = {row["conversation_id"]: row for row in csv.DictReader(lines)}
    texts = {i: "\n".join(parts).strip() for i, parts in turns.items()}
    ids = sorted((i for i in texts if texts[i]), key=lambda i: (texts[i], i))
    return Labelled(
        "sample", [texts[i] for i in ids], [themes[i]["subtheme"] for i in ids], [themes[i]["theme"] for i in ids]
    )


def all_sets(folder: Path, chosen: str | None = None) -> Iterator[Labelled]:
    """Give the bundled sample and the sets that a folder holds, or those of one name."""
    if chosen in (None, "sample"):
        yield sample()
    for name, read in SETS.items():
        if chosen in (None, name) and (folder / name).exists():
            yield from read(folder / name)


def own_encoder(languages: Sequence[str | None]) -> Bundled:
    """Return the encoder that a build would choose for texts in these languages."""
    return by_share(shares_of(Counter(languages)), None).embedder


def fitted(vectors: NDArray[np.float32], languages: Sequence[str | None], seed: int = 0) -> tuple[Labels, Labels]:
    """Cluster as the pipeline does: the base cluster and the top cluster of each text, -1 for an outlier."""
    n = len(vectors)
    points = Points(np.arange(n).astype(object), vectors, np.ones(n), [""] * n, list(languages))
    return fit(points, ClusterSettings("leiden", None, None, seed), TOP_CLUSTERS)


def labels_known(labels: list[str | None]) -> tuple[NDArray[np.bool_], NDArray[np.str_]]:
    """Tell which texts have a label, and what it is where they have."""
    return np.array([label is not None for label in labels], bool), np.array([x for x in labels if x is not None])

"""How much of a known truth came back: made-up conversations, their topics, and the clusters that they were put in.

After the reconstruction of a known distribution in Clio (A. Tamkin and others, 2024): each cluster stands for the topic
that most of its conversations have, and what the clusters say of topics and shares is compared with what was put in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from kura_udfs.evaluation.corpus import Made
from kura_udfs.evaluation.scores import accuracy
from kura_udfs.tables import Labels

LEAST_RECOVERED = 0.85
MOST_ERROR = 0.02
MOST_FACTOR = 2.0


class TopicFound(NamedTuple):
    """A topic: its share of all conversations, the share of the clusters that stand for it, and which these are."""

    topic: str
    share: float
    found_share: float
    clusters: list[str]
    """The largest first."""

    @property
    def error(self) -> float:
        """How much too large the share came out."""
        return self.found_share - self.share


class Reconstruction(NamedTuple):
    """What came back.

    Attributes
    ----------
    n : int
        Conversations, noise among them.
    recovered : float
        Share of the conversations with a topic that are in a cluster which stands for it.
    one_to_one : float
        The same if each topic had one cluster alone: what a topic in several clusters costs.
    mean_error, largest_error : float
        Of the shares of topics.
    n_topics, n_clusters : int
        Topics that were put in, clusters that came out.
    outliers : float
        Share of the conversations with a topic that are in no cluster.
    noise_left_out : float, optional
        Share of the noise that is in no cluster; None without noise.
    languages : mapping
        Number of conversations with a topic and their `recovered`, by language.
    topics : list of TopicFound
        The largest first.
    """

    n: int
    recovered: float
    one_to_one: float
    mean_error: float
    largest_error: float
    n_topics: int
    n_clusters: int
    outliers: float
    noise_left_out: float | None
    languages: Mapping[str, tuple[int, float]]
    topics: list[TopicFound]

    @property
    def misses(self) -> list[str]:
        """What is short of the mark, in words; nothing if the result can be believed."""
        found = []
        if self.recovered < LEAST_RECOVERED:
            found.append(f"fewer than {LEAST_RECOVERED:.0%} of the conversations are in the right topic")
        if round(self.largest_error, 6) > MOST_ERROR:  # 0.05 - 0.03 is a little more than 0.02
            off = max(self.topics, key=lambda topic: abs(topic.error))
            found.append(
                f"the share of {off.topic} is off by {100 * abs(off.error):.1f} points (at most {100 * MOST_ERROR:.0f})"
            )
        if not self.n_topics / MOST_FACTOR <= self.n_clusters <= MOST_FACTOR * self.n_topics:
            found.append(f"{self.n_clusters} clusters for {self.n_topics} topics: wrong by more than a factor of 2")
        return found


def reconstruct(made: Sequence[Made], cluster_of: Mapping[str, str | None]) -> Reconstruction:
    """Compare topics with clusters.

    Parameters
    ----------
    made : sequence of Made
    cluster_of : mapping
        The cluster of each conversation; None, or nothing, where it is in none.
    """
    clusters = [cluster_of.get(each.conversation_id) for each in made]
    stands_for = _stands_for(made, clusters)
    sizes = Counter(cluster for cluster in clusters if cluster is not None)
    put_in = Counter(each.topic for each in made if each.topic is not None)
    topics = []
    for topic, count in sorted(put_in.items(), key=lambda item: (-item[1], item[0])):
        own = sorted((c for c, meant in stands_for.items() if meant == topic), key=lambda c: (-sizes[c], c))
        topics.append(TopicFound(topic, count / len(made), sum(sizes[c] for c in own) / len(made), own))
    right = [
        (each, cluster is not None and stands_for[cluster] == each.topic, cluster is not None)
        for each, cluster in zip(made, clusters, strict=True)
    ]
    about = [entry for entry in right if entry[0].topic is not None]
    noise = [entry for entry in right if entry[0].topic is None]
    errors = [abs(topic.error) for topic in topics]
    by_language: dict[str, list[bool]] = {}
    for each, is_right, _ in about:
        by_language.setdefault(each.language, []).append(is_right)
    return Reconstruction(
        n=len(made),
        recovered=_share([is_right for _, is_right, _ in about]),
        one_to_one=accuracy([str(each.topic) for each, _, _ in about], _numbers(made, clusters)),
        mean_error=sum(errors) / max(len(errors), 1),
        largest_error=max(errors, default=0.0),
        n_topics=len(put_in),
        n_clusters=len(sizes),
        outliers=_share([not placed for _, _, placed in about]),
        noise_left_out=_share([not placed for _, _, placed in noise]) if noise else None,
        languages={
            language: (len(found), _share(found))
            for language, found in sorted(by_language.items(), key=lambda item: (-len(item[1]), item[0]))
        },
        topics=topics,
    )


def _stands_for(made: Sequence[Made], clusters: Sequence[str | None]) -> dict[str, str | None]:
    """Return the commonest topic of each cluster; None for a cluster of mere noise."""
    counts: dict[str, Counter[str]] = {}
    for each, cluster in zip(made, clusters, strict=True):
        if cluster is not None:
            counts.setdefault(cluster, Counter()).update([each.topic] if each.topic is not None else [])
    return {
        cluster: min(found, key=lambda topic: (-found[topic], topic), default=None) for cluster, found in counts.items()
    }


def _numbers(made: Sequence[Made], clusters: Sequence[str | None]) -> Labels:
    """Return the cluster of each conversation with a topic as a number, -1 for none."""
    number = {cluster: index for index, cluster in enumerate(sorted({c for c in clusters if c is not None}))}
    about = [cluster for each, cluster in zip(made, clusters, strict=True) if each.topic is not None]
    return np.array([-1 if cluster is None else number[cluster] for cluster in about], np.int32)


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(len(values), 1)

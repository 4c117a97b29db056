"""Names of clusters by a language model, in the way of Clio (A. Tamkin et al., 2024, arXiv:2412.13678).

A base cluster is named after some of its members, laid beside the nearest texts outside it, so that the name
says what sets it apart; a cluster above it, after its children. Whatever a model answers, the rules for names
hold: what can be mended is mended, and what can't gives way to the name that was found without a model.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import pydantic
from numpy.typing import NDArray

from kura_udfs.llm.requests import Answer, Request
from kura_udfs.naming.headings import MAX_WORDS, heading, prose, slug, spoken_key, told_apart
from kura_udfs.naming.names import ClusterName
from kura_udfs.prompting.hearsay import without_hearsay
from kura_udfs.prompting.prompts import Template
from kura_udfs.prompting.questions import Asking, LanguageModel, ask_all, question, read_answer
from kura_udfs.tables import Rows
from kura_udfs.text.tokens import truncate
from kura_udfs.text.visible import plain_line

MAX_SHOWN = 50
"""Members that a model sees of a cluster, texts outside it, and children of a parent."""
TEXT_TOKENS = 100
"""A longer text is cut to so many tokens."""
LABEL_TOKENS = 200
"""As much of a name and its description at most."""
MAX_DESCRIPTION_WORDS = 60


class Namer(NamedTuple):
    """A language model that names, and its prompts."""

    templates: Mapping[str, Template]
    """From `prompts.load_prompts`."""
    model: LanguageModel


class NameAnswer(pydantic.BaseModel):
    """What a model answers about one cluster."""

    name: str
    description: str
    slug: str


class Taken(NamedTuple):
    """The names (as `headings.spoken_key` has them) and slugs that the tree has so far."""

    names: set[str]
    slugs: set[str]


def name_requests(
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    labels: NDArray[np.integer],
    template: Template,
    model: LanguageModel,
    seed: int = 0,
    voices: Rows | None = None,
) -> list[Request]:
    """Ask for the names of base clusters.

    Parameters
    ----------
    texts : sequence of str
        n distinct texts, redacted: one facet, and nothing else of a conversation.
    vectors : float32 array (n, d)
        Unit vectors of the texts.
    labels : integer array (n,)
        The cluster of each text, 0 to k - 1; -1 for outliers, which are outside every cluster.
    template : Template
        The prompt "cluster_name".
    model : LanguageModel
        Who is asked.
    seed : int
        Another seed shows other members.
    voices : int64 array (n,), optional
        Who said each text, from `voices.voices`: the members shown first are each of another.

    Returns
    -------
    list of Request
        k of them, in the order of the clusters. The order of the texts makes no difference.
    """
    # in an order that is random, but the same whatever else there is: that of digests
    lots = [hashlib.sha256(f"{seed}:{text}".encode(errors="replace")).digest() for text in texts]
    drawn = np.array(sorted(range(len(texts)), key=lots.__getitem__), np.int64)
    vectors, labels = vectors[drawn], labels[drawn]
    voices = np.arange(len(texts)) if voices is None else voices[drawn]
    requests = []
    for cluster in range(int(np.max(labels, initial=-1)) + 1):
        members = _of_different_people(np.flatnonzero(labels == cluster), voices)
        centre = vectors[members].sum(axis=0)
        likeness = np.round(vectors @ (centre / max(float(np.linalg.norm(centre)), 1e-12)), 5)
        likeness[members] = -np.inf
        nearest = np.argsort(-likeness, kind="stable")[: len(texts) - len(members)]
        shown = {
            "members": [texts[i] for i in drawn[members[:MAX_SHOWN]]],
            "others": [texts[i] for i in drawn[nearest[:MAX_SHOWN]]],
        }
        values = partial(listed, shown, TEXT_TOKENS)
        requests.append(question(template, values, NameAnswer, model, _NAME_TOKENS))
    return requests


def parent_request(children: Sequence[ClusterName], template: Template, model: LanguageModel) -> Request:
    """Ask for the name of a parent of these children, the largest first; the prompt is "rename_parent"."""
    values = partial(listed, {"children": [label(child) for child in children[:MAX_SHOWN]]}, LABEL_TOKENS)
    return question(template, values, NameAnswer, model, _NAME_TOKENS)


def name_parents(
    families: Sequence[Sequence[ClusterName]],
    fallbacks: Sequence[ClusterName],
    taken: Taken,
    namer: Namer,
) -> Asking[list[ClusterName]]:
    """Ask for the names of several parents, each by the children that it may be told of, and enforce the rules.

    Nothing is asked about a parent without such children.
    """
    template = namer.templates["rename_parent"]
    requests = [parent_request(children, template, namer.model) for children in families if children]
    answers = iter((yield from ask_all(requests)))
    return [
        enforced_name(next(answers) if children else None, taken, fallback)
        for children, fallback in zip(families, fallbacks, strict=True)
    ]


def enforced_name(answer: Answer | None, taken: Taken, fallback: ClusterName) -> ClusterName:
    """Make a model's answer keep the rules for names.

    Parameters
    ----------
    answer : Answer or None
        To one of `name_requests` or `parent_request`; None if there is none.
    taken : Taken
        What the result must differ from, and is added to.
    fallback : ClusterName
        The name found without a model. It stands in for what is missing, empty, refused or no name at all;
        its keyphrases tell a name from one that is taken, and go with the result, as its exemplars do.

    Returns
    -------
    ClusterName
        Name: one line in sentence case, at most `headings.MAX_WORDS` words, no personal data, markup, links,
        placeholders or final punctuation, unlike all others. Description: at most two sentences. Slug: three
        words, unique.
    """
    said = read_answer(answer, NameAnswer)
    description = prose(said.description, 2, MAX_DESCRIPTION_WORDS) if said else ""
    name = heading(said.name, MAX_WORDS, proper=description) if said else ""
    if said is None or not name:
        said = NameAnswer(name=fallback.name, description=fallback.description, slug=fallback.slug)
        name, description = fallback.name, fallback.description
    told = told_apart(name, fallback.keyphrases, taken.names, MAX_WORDS, [fallback.name])
    return fallback._replace(
        name=told,
        description=description or fallback.description,
        slug=slug(said.slug, [told, *fallback.keyphrases, fallback.slug.replace("_", " ")], taken.slugs),
    )


def base_names(
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    labels: NDArray[np.integer],
    local: Sequence[ClusterName],
    kept: Sequence[tuple[str, str, str] | None],
    namer: Namer,
    seed: int = 0,
    voices: Rows | None = None,
) -> Asking[list[ClusterName]]:
    """Name the base clusters, except those that keep their names.

    Parameters
    ----------
    texts, vectors, labels, seed, voices
        As in `name_requests`.
    local : sequence of ClusterName
        Names of the k base clusters from `names.name_tree`, for where the model fails.
    kept : sequence of (name, description, slug) or None
        What a base cluster keeps of an earlier tree; nothing is asked about it.
    namer : Namer
        Who is asked.
    """
    taken = Taken({spoken_key(name) for name, _, _ in filter(None, kept)}, {slug for _, _, slug in filter(None, kept)})
    requests = name_requests(texts, vectors, labels, namer.templates["cluster_name"], namer.model, seed, voices)
    wanted = [request for request, name in zip(requests, kept, strict=True) if name is None]
    members = [
        [texts[at] for at in np.flatnonzero(labels == cluster).tolist()]
        for cluster, name in enumerate(kept)
        if name is None
    ]
    answers = iter(without_hearsay((yield from ask_all(wanted)), members, texts, voices))
    return [
        fallback._replace(name=name[0], description=name[1], slug=name[2])
        if name
        else enforced_name(next(answers), taken, fallback)
        for fallback, name in zip(local, kept, strict=True)
    ]


def _of_different_people(members: Rows, voices: Rows) -> Rows:
    """Put the members that are the first of their people before the second ones, and so on, each in their order."""
    heard: Counter[int] = Counter()
    turns = []
    for voice in voices[members].tolist():
        turns.append(heard[voice])
        heard[voice] += 1
    return members[np.argsort(turns, kind="stable")]


def label(name: ClusterName) -> str:
    """Return what one cluster is called and described as, on one line."""
    return plain_line(f"{name.name}: {name.description}")


def listed(texts: Mapping[str, Sequence[str]], budget: int, share: float = 1.0) -> dict[str, str]:
    """Put each text on a line of its own, cut to its share of the budget, so that none can pass for several."""
    cut = max(int(share * budget), 1)
    return {
        name: "\n".join(f"- {plain_line(truncate(text, cut, ' … '))}" for text in lines) or "(none)"
        for name, lines in texts.items()
    }


_NAME_TOKENS = 600

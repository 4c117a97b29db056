"""Names of clusters without a language model: headings made of keyphrases, computed and never invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count, product
from typing import NamedTuple

import numpy as np

from kura_udfs.naming.choice import FEW, MOST_PHRASES, choices, mixtures
from kura_udfs.naming.headings import MAX_WORDS, slug, spoken_key, told_apart
from kura_udfs.naming.keyphrases import (
    Embed,
    Keyphrase,
    cluster_candidates,
    cluster_keyphrases,
    keyphrase,
    keyphrases_of,
)
from kura_udfs.naming.members import Members, central_members, tree_members
from kura_udfs.naming.phrases import Phrases, extract_phrases, without
from kura_udfs.naming.speakers import HEARD, said_by_language
from kura_udfs.naming.talk import Talk
from kura_udfs.naming.tokenising import lower_case, tokenise
from kura_udfs.naming.wordings import Unfit, shared_beginning, spoken, wordings
from kura_udfs.naming.wordlists import words_of
from kura_udfs.tables import Floats

_APART = 1 / 3
# So much commoner in a child than in its parent is what tells the child from the others.
_PART = 1.5
# Letters that two stems have in common at least if the one is made from the other.
_AKIN = 5
# Words of a text that stands for others, if the last of them says something.
_EXAMPLE = 5
_WORDLESS = "Messages without words"


class ClusterName(NamedTuple):
    """How one cluster is called.

    Attributes
    ----------
    name
        Heading in sentence case, at most `MAX_WORDS` words, unique in the tree.
    description
        A sentence on what the members talk about; no quotes, no counts.
    slug
        Three lower-case ASCII words joined by underscores, unique in the tree.
    keyphrases
        What distinguishes the cluster, best first.
    exemplars
        Indices of texts near the centre and unlike each other, nearest first.
    """

    name: str
    description: str
    slug: str
    keyphrases: list[str]
    exemplars: list[int]


class _Material(NamedTuple):
    """What the name of one cluster is made of.

    Attributes
    ----------
    keyphrases
        What distinguishes it, best first.
    options
        Phrases that a name may be made of, best first.
    lead
        What stands before them.
    exemplars
        Rows of the core.
    languages
        In which it is said, where it tells the cluster from others.
    is_mixed
        Whether no phrase says what its members have in common.
    is_untold
        Whether it has children, but none that it may hear of.
    """

    keyphrases: list[Keyphrase]
    options: list[list[Keyphrase]]
    lead: str
    exemplars: list[int]
    languages: str
    is_mixed: bool
    is_untold: bool


def name_tree(talk: Talk, embed: Embed, exemplars: int = 5, unfit: Unfit | None = None) -> list[ClusterName]:
    """Name every cluster of a tree so that siblings can be told apart and parents cover their children.

    Parameters
    ----------
    talk
        What is said in them.
    embed
        Gives unit vectors of phrases in the space of the texts' vectors.
    exemplars
        Exemplars per cluster at most.
    unfit
        Tells which phrases no name may hold.

    Returns
    -------
    list of ClusterName
        One for each cluster in the order of their parents. The order of the texts makes no difference.
    """
    if unfit:
        talk = talk._replace(phrases=without(talk.phrases, unfit(talk.phrases.text)))
    members, materials = talk.members, _materials(talk, embed, exemplars, unfit)
    names: dict[int, ClusterName] = {}
    headings: dict[int, list[Keyphrase]] = {}
    taken, slugs = set[str](), set[str]()
    # Parents first: what is below one is a part of it, and has to be told from it.
    for cluster in sorted(range(len(materials)), key=lambda cluster: (members.depth[cluster], cluster)):
        own, parent = materials[cluster], members.parents[cluster]
        options = _below(headings[parent] if parent >= 0 else [], own.options)
        otherwise = partial(wordings, talk, cluster, unfit), partial(_further, talk, cluster)
        name, heading = _heading(options, own.keyphrases, own.lead, taken, *otherwise)
        phrases = [*heading, *(one for one in own.keyphrases if all(one.text != said.text for said in heading))]
        texts = [phrase.text for phrase in phrases]
        further = [phrase.text for phrase in materials[parent].keyphrases] if parent >= 0 else []
        names[cluster] = ClusterName(
            name=name,
            description=_described(own, phrases, [materials[child] for child in members.children[cluster]]),
            slug=slug("", [*texts, *further], slugs),
            keyphrases=texts,
            exemplars=[int(talk.rows[row]) for row in own.exemplars],
        )
        headings[cluster] = heading
    return [names[cluster] for cluster in range(len(materials))]


def _materials(talk: Talk, embed: Embed, exemplars: int, unfit: Unfit | None) -> list[_Material]:
    members, speakers, phrases = talk.members, talk.speakers, talk.phrases
    candidates = cluster_candidates(phrases, speakers, embed)
    ranked = choices(candidates, phrases, speakers)
    mixed, foreign = mixtures(ranked, speakers), _foreign_languages(phrases, members)
    materials = []
    for cluster, found in enumerate(candidates):
        near = central_members(members, cluster, exemplars)
        is_untold = not len(near) and cluster in members.parents
        lead = _lead(foreign[cluster].languages if foreign[cluster].sets_apart else "", mixed[cluster])
        material = _Material(
            keyphrases_of(cluster, found, phrases, speakers),
            [
                _apart([keyphrase(phrases, found, i, choice.value) for i in choice.positions])
                for choice in ranked[cluster]
            ],
            UNTOLD.name if is_untold else lead,
            near,
            foreign[cluster].languages,
            mixed[cluster],
            is_untold,
        )
        if material.is_mixed:
            material.options.sort(key=lambda option: len(option) < 2)  # a mixture is of more than one thing
        if not material.options and near and not material.lead:
            material = _worded(material, talk, cluster, embed, unfit)
        materials.append(material)
    return materials


def _worded(material: _Material, talk: Talk, cluster: int, embed: Embed, unfit: Unfit | None) -> _Material:
    """Give a cluster whose texts share no phrase the words by which they begin, or else those of its central text."""
    shared = shared_beginning(talk, cluster, unfit)
    keyphrases = [_whole(shared)] if shared else _from_one_text(talk.texts[material.exemplars[0]], embed, unfit)
    # what one of several texts says is an example, and the name has to say so
    is_mixed = len(material.exemplars) > 1 and not shared
    return material._replace(
        keyphrases=keyphrases,
        options=[_apart(keyphrases)[:MOST_PHRASES]],
        lead=_lead("", is_mixed),
        is_mixed=is_mixed,
    )


UNTOLD = ClusterName(
    "Various topics", "Conversations about topics that are too small to be told apart.", "various_small_topics", [], []
)
"""What a cluster is called of whose children none is large enough for it to hear of."""


def keep_names(found: Sequence[ClusterName], kept: Sequence[tuple[str, str, str] | None]) -> list[ClusterName]:
    """Let clusters have their old names, and tell the others apart from those.

    Parameters
    ----------
    found
        The names that the clusters would have.
    kept
        Name, description and slug of those that keep theirs; None for the others.
    """
    old = [name for name in kept if name]
    taken, slugs = {spoken_key(name) for name, _, _ in old}, {old_slug for _, _, old_slug in old}
    return [
        cluster._replace(name=own[0], description=own[1], slug=own[2])
        if own
        else cluster._replace(
            name=told_apart(
                cluster.name, cluster.keyphrases, taken, MAX_WORDS, map(_sentence_case, cluster.keyphrases)
            ),
            slug=slug(cluster.slug.replace("_", " "), cluster.keyphrases, slugs),
        )
        for cluster, own in zip(found, kept, strict=True)
    ]


class _Foreign(NamedTuple):
    """The languages of a cluster in words, if the commonest of all is none of them and the parent has others.

    `sets_apart` says whether they are what sets it apart: a third at least of what is said in them is said in such
    clusters. Where it is said among the others, a cluster of a language is one by what it is about.
    """

    languages: str = ""
    sets_apart: bool = False


def _foreign_languages(phrases: Phrases, members: Members) -> list[_Foreign]:
    counted = said_by_language(phrases, members)

    def heard(counts: Floats) -> list[int]:
        common = np.flatnonzero(counts >= HEARD * max(counts.sum(), 1e-12))
        return [int(code) for code in common[np.argsort(-counts[common], kind="stable")]]

    everyone = counted[members.parents < 0].sum(axis=0)
    commonest = heard(everyone)[:1]
    spoken = [heard(counts) for counts in counted]
    foreign = [set(own).isdisjoint(commonest) for own in spoken]
    is_leaf = [not len(children) for children in members.children]
    by_themselves = counted[np.logical_and(is_leaf, foreign)].sum(axis=0)
    found = []
    for cluster, own in enumerate(spoken):
        parent = members.parents[cluster]
        above = spoken[parent] if parent >= 0 else commonest
        if foreign[cluster] and set(own) != set(above):
            sets_apart = bool(by_themselves[own].sum() >= _APART * everyone[own].sum())
            found.append(_Foreign(_listed([phrases.languages[code].title() for code in own]), sets_apart))
        else:
            found.append(_Foreign())
    return found


def _from_one_text(text: str, embed: Embed, unfit: Unfit | None) -> list[Keyphrase]:
    """Keyphrases of a cluster whose texts share no phrase: those of its central text, or else its words."""
    root, alone = np.full(1, -1), np.zeros(1, np.int64)
    members = tree_members(root, alone, np.asarray(embed([text]), np.float32), np.ones(1))
    phrases = extract_phrases([text], 1)
    words = [token[:20] for token in tokenise(spoken(text)) if token not in ("", ",")]
    if unfit:
        phrases = without(phrases, unfit(phrases.text))
        words = [word for word, is_unfit in zip(words, unfit(words), strict=True) if not is_unfit]
    found = cluster_keyphrases(phrases, members, embed)[0]
    known = words_of(phrases.languages[phrases.text_language[0]])
    # on to a word that says something: "can i still go to" is cut
    told = (end for end in range(_EXAMPLE, MAX_WORDS) if not known.holds(lower_case("".join(words[end - 1 : end]))))
    words = words[: next(told, _EXAMPLE)]
    return found or [Keyphrase(" ".join(words), frozenset(words), 1.0, 1.0)][: len(words)]


def _heading(
    options: list[list[Keyphrase]],
    keyphrases: list[Keyphrase],
    lead: str,
    taken: set[str],
    wordings: Callable[[], list[str]],
    further: Callable[[], list[Keyphrase]],
) -> tuple[str, list[Keyphrase]]:
    """Name a cluster by the first of its options that is not in `taken`, to which it is added; then by a keyphrase.

    Where all of them are taken it is called as its members word it, if they do it alike, or told apart by what some of
    them say further.
    """
    options = [*options, *([phrase] for phrase in keyphrases), *([[]] if lead or not keyphrases else [])]
    for chosen, heading, number in _tries(options, wordings, further):
        parts = lead, ", ".join(phrase.text for phrase in chosen)
        text = ": ".join(filter(None, parts)) or _WORDLESS
        text += f" ({number})" if number > 1 else ""
        same = " ".join(sorted({lead, str(number)}.union(*(phrase.words for phrase in chosen))))
        # as it is read, a wording may be the same as a phrase
        if taken.isdisjoint((same, spoken_key(text))) and len(text.split()) <= MAX_WORDS:
            taken.update((same, spoken_key(text)))
            return _sentence_case(text, chosen[0].language if chosen else ""), heading
    raise AssertionError("unreachable: some number is free")


def _tries(
    options: list[list[Keyphrase]], wordings: Callable[[], list[str]], further: Callable[[], list[Keyphrase]]
) -> Iterator[tuple[list[Keyphrase], list[Keyphrase], int]]:
    """What a name may be made of, the phrases of it, and its number: names that are still the same get one."""
    found = [(chosen, chosen) for chosen in options]
    yield from ((chosen, heading, 1) for chosen, heading in found)
    found += [([_whole(text)], []) for text in wordings()]
    yield from ((chosen, heading, 1) for chosen, heading in found)
    for phrase, (chosen, _) in product(further(), found[:1]):
        repeats = any(not own.words.isdisjoint(phrase.words) or phrase.text in own.text for own in chosen)
        told = [phrase] if repeats else [*chosen[: MOST_PHRASES - 1], phrase]
        yield told, told, 1
    for number in count(2):
        yield from ((chosen, heading, number) for chosen, heading in found)


def _further(talk: Talk, cluster: int) -> list[Keyphrase]:
    """Phrases of several words that some members of a cluster say; the commonest first."""
    row, phrases = talk.speakers.weights[cluster], talk.phrases
    said = np.round(row @ phrases.exact, 6).tocoo()
    shares = {int(column): float(share) / float(row.sum()) for column, share in zip(said.col, said.data, strict=True)}
    several = [column for column, share in shares.items() if share >= FEW and len(phrases.words[column]) > 1]
    several.sort(key=lambda column: (-shares[column], phrases.text[column]))
    return [Keyphrase(phrases.text[column], phrases.words[column], shares[column], 0.0) for column in several]


def _whole(text: str) -> Keyphrase:
    """Return what members say in the same words as a phrase."""
    return Keyphrase(text, frozenset((text,)), 1.0, 0.0)


def _below(above: list[Keyphrase], options: list[list[Keyphrase]]) -> list[list[Keyphrase]]:
    """Put last what says no more than the name of the parent, unless it is what tells this child from the others."""

    def repeats(option: list[Keyphrase]) -> bool:
        return all(
            any(phrase.words <= other.words and phrase.share < _PART * other.share for other in above)
            for phrase in option
        )

    return sorted(options, key=repeats)


def _lead(languages: str, is_mixed: bool) -> str:
    """What stands before the phrases of a name."""
    if languages:
        return f"In {languages}, various" if is_mixed else f"In {languages}"
    return "Various" if is_mixed else ""


def _apart(keyphrases: list[Keyphrase]) -> list[Keyphrase]:
    """The phrases that repeat no word of an earlier one, nor go on from one or before it: "remind" and "reminder"."""
    apart: list[Keyphrase] = []
    for phrase in keyphrases:
        if all(phrase.words.isdisjoint(other.words) and not _are_akin(phrase, other) for other in apart):
            apart.append(phrase)
    return apart


def _are_akin(one: Keyphrase, other: Keyphrase) -> bool:
    pairs = (sorted(pair, key=len) for pair in product(one.words, other.words))
    return one.text == other.text or any(len(own) >= _AKIN and longer.startswith(own) for own, longer in pairs)


def _sentence_case(text: str, language: str = "") -> str:
    if not text.split(" ")[0].islower():
        return text
    return ("İ" if language == "turkish" and text[0] == "i" else text[:1].upper()) + text[1:]


def _described(own: _Material, phrases: list[Keyphrase], children: list[_Material]) -> str:
    """One sentence; what it lists are phrases that several members use, never what one of them wrote."""
    if own.is_untold:
        return UNTOLD.description
    about = [] if own.is_mixed else [phrase.text for phrase in _apart(phrases)][:4]
    parts = [child.options[0][0].text for child in children if child.options and child.options[0]]
    others = _listed([part for part in dict.fromkeys(parts) if part not in about][:4])
    spoken = f" in {own.languages}" if own.languages else ""
    if not about:
        return f"Conversations{spoken} in which no word stands out."
    return f"Conversations{spoken} about {_listed(about)}{', among them ' + others if others else ''}."


def _listed(phrases: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(phrases[:-1]), *phrases[-1:])))

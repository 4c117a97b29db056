"""Names of clusters without a language model: headings made of keyphrases, computed and never invented."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count, dropwhile, product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.choice import FEW, MOST_PHRASES, choices, mixtures
from kura_udfs.naming.headings import slug, spoken_key, told_apart
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
from kura_udfs.naming.speakers import HEARD, said_by_language, speakers_of_one_language
from kura_udfs.naming.trimmings import without_frame
from kura_udfs.naming.voices import NO_THRESHOLDS, Authors, Thresholds, hidden_leaves, nobody_known, of_texts
from kura_udfs.naming.wordlists import words_of
from kura_udfs.naming.words import MARKS, lower_case, tokenise
from kura_udfs.tables import Floats, Rows, Vectors

Unfit = Callable[[Sequence[str]], NDArray[np.bool_]]

MAX_WORDS = 10
"""Words of a name at most."""

_APART = 1 / 3
# So much commoner in a child than in its parent is what tells the child from the others.
_PART = 1.5
# Letters of a text that may be a name.
_LONGEST = 60
_WORDLESS = "Messages without words"
# English verbs after which something has to come, and letters of a text in which it may say what all of a cluster say.
_UNFINISHED = frozenset(("get", "give", "have", "make", "put", "take"))
_LOOKED_AT = 500
_SENTENCE_END = re.compile(rf"(?!(?<=\d)[.,:]\d)[^\w\s'’&+#%$€£{MARKS}-]+|\n")
_GREETING_WORDS = """
    hi hello hey hiya yo dear good morning afternoon evening there um uh yes ok okay hallo guten tag moin hej hei hola
    buenas buenos tardes días oi olá bom boa dia tarde bonjour bonsoir salut ciao merhaba привет
"""
_GREETINGS = frozenset(_GREETING_WORDS.split())


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


class Talk(NamedTuple):
    """What is said in the clusters of a tree, of which they are named.

    Attributes
    ----------
    rows
        (c,) of the texts that stand for all.
    texts
        These c texts.
    members
        The tree, with the c texts as its core.
    speakers
        The same, in each cluster with those alone in whose language it is named.
    phrases
        Of the c texts.
    """

    rows: Rows
    texts: list[str]
    members: Members
    speakers: Members
    phrases: Phrases


def read_tree(
    texts: Sequence[str],
    vectors: Vectors,
    weights: Floats,
    leaf_of_point: Rows,
    parents: Rows,
    authors: Authors | None = None,
    thresholds: Thresholds = NO_THRESHOLDS,
) -> Talk:
    """Find what is said in the clusters of a tree.

    Parameters
    ----------
    texts
        n distinct texts, redacted.
    vectors
        (n, d) unit vectors of the texts.
    weights
        (n,) conversations behind each text.
    leaf_of_point
        (n,) the leaf of each text as an index into `parents`; -1 for outliers, which name nothing.
    parents
        (m,) index of each cluster's parent, -1 at the top.
    authors
        Who said each text: phrases count for the people who use them. By default nobody is known.
    thresholds
        What a leaf needs for the clusters above to be named after it, too.

    Raises
    ------
    ValueError
        If `parents` run in a circle.
    """
    order = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int64)
    order = order[np.asarray(leaf_of_point, np.int64)[order] >= 0]
    leaves, weights = np.asarray(leaf_of_point, np.int64)[order], np.asarray(weights, np.float64)[order]
    said_by = of_texts(authors or nobody_known(len(texts)), order)
    members = tree_members(
        np.asarray(parents, np.int64),
        leaves,
        np.asarray(vectors, np.float32)[order],
        weights,
        said_by,
        hidden_leaves(weights, leaves, said_by, len(parents), thresholds),
    )
    rows = order[members.core]
    core = [texts[row] for row in rows]
    phrases = extract_phrases(core, voices=members.voices, alone=_of_one_voice(members), crowds=members.crowds)
    return Talk(rows, core, members, speakers_of_one_language(phrases, members), phrases)


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
    rows, core, members, speakers, phrases = talk
    if unfit:
        phrases = without(phrases, unfit(phrases.text))
    candidates = cluster_candidates(phrases, speakers, embed)
    keyphrases = [keyphrases_of(cluster, found, phrases, speakers) for cluster, found in enumerate(candidates)]
    ranked = choices(candidates, phrases, speakers)
    mixed = mixtures(ranked, speakers)
    options = [
        [[keyphrase(phrases, found, i, choice.value) for i in choice.positions] for choice in own]
        for found, own in zip(candidates, ranked, strict=True)
    ]
    foreign = _foreign_languages(phrases, members)
    clusters = range(len(members.parents))
    near = [central_members(members, cluster, exemplars) for cluster in clusters]
    leads = [_lead(own.languages if own.sets_apart else "", mix) for own, mix in zip(foreign, mixed, strict=True)]
    untold = [not len(near[cluster]) and cluster in members.parents for cluster in clusters]
    for cluster in clusters:
        if untold[cluster]:
            leads[cluster] = UNTOLD.name
        if mixed[cluster]:
            options[cluster].sort(key=lambda option: len(option) < 2)  # a mixture is of more than one thing
        if not options[cluster] and near[cluster] and not leads[cluster]:
            shared = _shared_beginning(talk, cluster, unfit)
            keyphrases[cluster] = [_whole(shared)] if shared else _from_one_text(core[near[cluster][0]], embed, unfit)
            options[cluster] = [_apart(keyphrases[cluster])[:MOST_PHRASES]]
            # what one of several texts says is an example, and the name has to say so
            mixed[cluster] = len(near[cluster]) > 1 and not shared
            leads[cluster] = _lead("", mixed[cluster])

    names: dict[int, ClusterName] = {}
    headings: dict[int, list[Keyphrase]] = {}
    taken, slugs = set[str](), set[str]()
    # Parents first: what is below one is a part of it, and has to be told from it.
    for cluster in sorted(clusters, key=lambda cluster: (members.depth[cluster], cluster)):
        parent, children = members.parents[cluster], members.children[cluster]
        above = headings[parent] if parent >= 0 else []
        wordings = partial(_wordings, talk, cluster, unfit)
        further_said = partial(_further, talk, cluster, unfit)
        name, heading = _heading(
            _below(above, options[cluster]), keyphrases[cluster], leads[cluster], taken, wordings, further_said
        )
        found = [*heading, *(other for other in keyphrases[cluster] if all(other.text != own.text for own in heading))]
        parts = [options[child][0][0].text for child in children if options[child] and options[child][0]]
        further = keyphrases[parent] if parent >= 0 else []
        names[cluster] = ClusterName(
            name=name,
            description=UNTOLD.description
            if untold[cluster]
            else _description([] if mixed[cluster] else _apart(found), parts, foreign[cluster].languages),
            slug=slug("", [phrase.text for phrase in (*found, *further)], slugs),
            keyphrases=[phrase.text for phrase in found],
            exemplars=[int(rows[row]) for row in near[cluster]],
        )
        headings[cluster] = heading
    return [names[cluster] for cluster in clusters]


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


def _of_one_voice(members: Members) -> NDArray[np.bool_]:
    """Return the texts of clusters of one voice: only what it alone says can name them."""
    alone = np.zeros(len(members.core), bool)
    for row in members.weights:
        if len(np.unique(members.voices[row.indices])) == 1:
            alone[row.indices] = True
    return alone


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
    words = [token[:20] for token in tokenise(_spoken(text)) if token not in ("", ",")]
    if unfit:
        phrases = without(phrases, unfit(phrases.text))
        words = [word for word, is_unfit in zip(words, unfit(words), strict=True) if not is_unfit]
    found, words = cluster_keyphrases(phrases, members, embed)[0], words[:5]
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


def _further(talk: Talk, cluster: int, unfit: Unfit | None) -> list[Keyphrase]:
    """Phrases of several words that some members of a cluster say; the commonest first."""
    row, phrases = talk.speakers.weights[cluster], talk.phrases
    said = np.round(row @ phrases.exact, 6).tocoo()
    shares = {int(column): float(share) / float(row.sum()) for column, share in zip(said.col, said.data, strict=True)}
    several = [column for column, share in shares.items() if share >= FEW and len(phrases.words[column]) > 1]
    several.sort(key=lambda column: (-shares[column], phrases.text[column]))
    texts = [phrases.text[column] for column in several]
    unfitting = [False] * len(texts) if unfit is None else unfit(texts)
    return [
        Keyphrase(text, phrases.words[column], shares[column], 0.0)
        for text, column, is_unfit in zip(texts, several, unfitting, strict=True)
        if not is_unfit
    ]


def _whole(text: str) -> Keyphrase:
    """Return what members say in the same words as a phrase."""
    return Keyphrase(text, frozenset((text,)), 1.0, 0.0)


def _wordings(talk: Talk, cluster: int, unfit: Unfit | None) -> list[str]:
    """How the members of a cluster word it, if they do it alike: as a whole, and in part."""
    return [text for text in (_wording(talk, cluster, unfit), _shared_beginning(talk, cluster, unfit)) if text]


def _wording(talk: Talk, cluster: int, unfit: Unfit | None) -> str:
    """What more than half of the members of a cluster say in the same words, if several people do and a name may."""
    row, crowds = talk.members.weights[cluster], talk.members.crowds
    if not row.nnz:
        return ""
    most = int(row.data.argmax())
    said = talk.texts[row.indices[most]].split()
    text = _spoken(" ".join(_ungreeted(said)).rstrip(" .!?…。！？؟"))
    alike = crowds[row.indices[most]] > 1 and 2 * row.data[most] > row.data.sum()
    return text if alike and text and len(text) <= _LONGEST and not (unfit and unfit([text])[0]) else ""


def _shared_beginning(talk: Talk, cluster: int, unfit: Unfit | None) -> str:
    """The most words by which half of the members of a cluster begin a sentence, if several people do and a name may.

    They need not be a phrase: "what time do you open".
    """
    row, voices = talk.members.weights[cluster], talk.members.voices
    said = defaultdict[tuple[str, ...], float](float)
    people, spelt = defaultdict[tuple[str, ...], set[int]](set), defaultdict[tuple[str, ...], Counter[str]](Counter)
    for text, weight in zip(row.indices.tolist(), row.data.tolist(), strict=True):
        language = talk.phrases.languages[talk.phrases.text_language[text]]
        for run, form in _beginnings(talk.texts[text], language).items():
            said[run] += weight
            people[run].add(int(voices[text]))
            spelt[run][form] += 1
    alike = [run for run in said if 2 * said[run] >= row.data.sum() and len(people[run]) > 1]
    for run in sorted(alike, key=lambda run: (-len(run), -said[run], run)):
        text = min(spelt[run], key=lambda form: (form.isupper(), -spelt[run][form], form))
        text = _spoken(text)
        if len(text) <= _LONGEST and not (unfit and unfit([text])[0]):
            return text
    return ""


def _ungreeted(words: list[str]) -> list[str]:
    """Leave out the greeting at the beginning."""
    return list(dropwhile(lambda word: lower_case(word).rstrip(",.!") in _GREETINGS, words))


def _spoken(text: str) -> str:
    """Return what is shouted, of several words, in small letters."""
    return lower_case(text) if text.isupper() and " " in text else text


def _beginnings(text: str, language: str) -> dict[tuple[str, ...], str]:
    """First words of the sentences of a text, in lower case, each with how they are written.

    A greeting is no beginning, and no word that leads to another is an end.
    """
    known = words_of(language)
    leads = known.articles | known.links | known.auxiliaries | (known.subjects or known.fillers) | _UNFINISHED
    found = dict[tuple[str, ...], str]()
    for sentence in _SENTENCE_END.split(without_frame(text[:_LOOKED_AT])):
        words = _ungreeted(sentence.split())[:MAX_WORDS]
        lower = [lower_case(word) for word in words]
        for end in range(2 if lower and lower[0] not in known.links else MAX_WORDS, len(words) + 1):
            if lower[end - 1] not in leads:
                found.setdefault(tuple(lower[:end]), " ".join(words[:end]))
    return found


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
    """The phrases that repeat no word of an earlier one."""
    apart: list[Keyphrase] = []
    for phrase in keyphrases:
        if all(phrase.words.isdisjoint(other.words) for other in apart):
            apart.append(phrase)
    return apart


def _sentence_case(text: str, language: str = "") -> str:
    if not text.split(" ")[0].islower():
        return text
    return ("İ" if language == "turkish" and text[0] == "i" else text[:1].upper()) + text[1:]


def _description(keyphrases: list[Keyphrase], parts: list[str], language: str) -> str:
    """One sentence; what it lists are phrases that several members use, never what one of them wrote."""
    about = [phrase.text for phrase in keyphrases][:4]
    listed = _listed(about)
    others = _listed([part for part in dict.fromkeys(parts) if part not in about][:4])
    spoken = f" in {language}" if language else ""
    if not listed:
        return f"Conversations{spoken} in which no word stands out."
    return f"Conversations{spoken} about {listed}{', among them ' + others if others else ''}."


def _listed(phrases: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(phrases[:-1]), *phrases[-1:])))

"""Phrases that texts have in common: the candidates from which clusters are named.

A phrase is one to three words, in other languages than English up to four or five, that follow each other between
fillers and punctuation. Articles and auxiliaries inside it fall out, prepositions and negations stay ("card has not
yet arrived" gives "card not arrived"), and negations stand at the ends, too ("not received refund", "app werkt niet").
Inflection and word order make no difference to which phrase it is ("cancel my orders", "cancelled order"); it is shown
in its commonest form.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming.tokenising import without_owner
from kura_udfs.naming.unspaced import joined
from kura_udfs.naming.wordlists import JAPANESE_LINKS, words_of
from kura_udfs.naming.words import (
    ADJECTIVE,
    BREAK,
    COMPANION,
    LINK,
    NEGATION,
    PARTICLE,
    SKIP,
    TOPIC,
    Corpus,
    WordUse,
    are_several,
    read_corpus,
    word_use,
)
from kura_udfs.tables import Rows

MAX_WORDS = 3
"""Words of an English phrase at most, not counting links and particles."""

# English says in three words what takes four with endings, or with "de" between two nouns. Without spaces words are
# short: Thai has three for "order".
_MOST_WORDS = {"english": MAX_WORDS, "thai": 5}
_MORE_WORDS = 4
# After these begins what belongs to the noun before them: "refund of my ticket not arrived" says nothing of where the
# ticket is.
_OF = frozenset(("of", "de", "d", "du", "des", "del", "da", "do", "das", "dos", "di", "della", "dello", "dei", "delle"))
# Links that come in any number within a phrase.
_LIGHT = _OF | JAPANESE_LINKS
_MAX_GAP = 3
# Capitalised words that stand side by side in so many texts, and in this share of those that have the rarer one, are a
# name together.
_BOND = 5
_BOUND = 0.5
_NOT = "¬"
_WRITES_ENDINGS_ON = frozenset(("finnish", "hungarian", "turkish"))
_WRITES_ARTICLES_ON = "arabic"
_CUT, _OFTEN = 0.8, 3
_SELDOM = 5  # so many times less often than its commonest form


class Phrases(NamedTuple):
    """What `extract_phrases` found: p phrases in n texts.

    Attributes
    ----------
    text
        The p phrases as they are shown.
    words
        The stems of each; no two phrases have the same.
    exact
        Sparse (n, p): 1 where the text says the phrase.
    loose
        Sparse (n, p): 1 where the text has all words of the phrase, in any place.
    nounness
        (p,) between 0 and 1: how surely the phrase holds a noun.
    has_matter
        (p,) whether it says what is done with a thing, or happens to it ("cancel order", "card not arrived").
    language
        (p,) index into `languages`: the language in which the phrase is commonest.
    text_language
        (n,) index into `languages`.
    languages
        As `text.languages` names them.
    """

    text: list[str]
    words: list[frozenset[str]]
    exact: Any
    loose: Any
    nounness: NDArray[np.float64]
    has_matter: NDArray[np.bool_]
    language: NDArray[np.int64]
    text_language: NDArray[np.int64]
    languages: Sequence[str]


def without(phrases: Phrases, unfit: NDArray[np.bool_]) -> Phrases:
    """Leave out some phrases."""
    kept = np.flatnonzero(~unfit)
    return phrases._replace(
        text=[phrases.text[row] for row in kept],
        words=[phrases.words[row] for row in kept],
        exact=phrases.exact[:, kept],
        loose=phrases.loose[:, kept],
        nounness=phrases.nounness[kept],
        has_matter=phrases.has_matter[kept],
        language=phrases.language[kept],
    )


def extract_phrases(
    texts: Sequence[str],
    min_texts: int = 2,
    voices: Rows | None = None,
    alone: NDArray[np.bool_] | None = None,
    crowds: Rows | None = None,
) -> Phrases:
    """Collect the phrases whose words stand together in what at least `min_texts` people say.

    Parameters
    ----------
    texts
        n texts; addresses, markup, fenced code and placeholders such as `[email]` are passed over.
    min_texts
        People who must have the words of a phrase, of whom two at least have them side by side.
    voices
        (n,) who said each text; several of one are one. By default all are of different people.
    alone
        (n,) texts of which one is enough to have them side by side. By default there are none.
    crowds
        (n,) how many people said each text in these very words. By default one.

    Returns
    -------
    Phrases
        Sorted by their words: the order of the texts makes no difference.
    """
    from scipy import sparse

    corpus = read_corpus(texts)
    use = word_use(corpus, min_texts, voices, crowds)
    several = are_several(voices, crowds)
    people = [1] * len(texts) if crowds is None else crowds.tolist()
    is_alone = [False] * len(texts) if alone is None else alone.tolist()
    holders = {word: frozenset(rows.tolist()) for word, rows in use.holders.items()}
    keep = []
    for key, said in _occurrences(corpus, use).items():
        exact = sorted(set(chain.from_iterable(said.values())))
        told = len(key) == 1 or several(exact, min(min_texts, 2))
        if not told and not any(is_alone[row] for row in exact):
            continue
        loose = exact if _NOT in key else sorted(frozenset.intersection(*(holders[word] for word in key)))
        if not several(loose, min_texts):
            continue
        spoken = Counter(corpus.language[exact].tolist())
        language = min(spoken, key=lambda one: (-spoken[one], one))
        if corpus.languages[language] == "english" and _is_cut(said, people):
            continue
        # "Apple Pay" ends in a verb, but "Apple" seldom stands without it.
        common = len(exact)
        fixed = common >= 5 and any(common >= 0.6 * len(holders[word]) for word in key if word != _NOT)
        forms = Counter[tuple[str, ...]]()
        for (form, _), rows in said.items():
            forms[form] += len(rows)
        shown = _best_form(forms, corpus.languages[language], use, fixed)
        if shown is not None:
            keep.append((key, *shown, language, np.array(exact, np.int64), np.array(loose, np.int64)))
    keep.sort(key=lambda kept: kept[0])

    def incidence(rows: list[NDArray[np.int64]]) -> Any:
        ends = np.cumsum([0, *map(len, rows)])
        flat = np.concatenate([np.zeros(0, np.int64), *rows])
        shape = (len(texts), len(rows))
        return sparse.csc_matrix((np.ones(len(flat), np.float32), flat, ends), shape=shape).tocsr()

    return Phrases(
        text=[k[1] for k in keep],
        words=[frozenset(k[0]) for k in keep],
        exact=incidence([k[5] for k in keep]),
        loose=incidence([k[6] for k in keep]),
        nounness=np.array([k[2] for k in keep], np.float64),
        has_matter=np.array([k[3] for k in keep], bool),
        language=np.array([k[4] for k in keep], np.int64),
        text_language=corpus.language,
        languages=corpus.languages,
    )


# By the words of a phrase in a text, and the stem that follows it without anything between or "": the rows of the texts
# that say it so, as often as they do.
_Said: TypeAlias = defaultdict[tuple[tuple[str, ...], str], list[int]]


def _is_cut(said: _Said, people: Sequence[int]) -> bool:
    """Tell whether a phrase of several words nearly always goes on with the same one: "complete attached" form."""
    first, _ = next(iter(said))
    goes_on = Counter[str]()
    for (_, following), rows in said.items():
        goes_on[following] += sum(people[row] for row in rows)
    word, count = goes_on.most_common(1)[0]
    return len(first) > 1 and word != "" and count >= max(_CUT * goes_on.total(), _OFTEN)


class _Part(NamedTuple):
    """A word of a run of words, the preposition or negation before it, and whether the word before belongs to it.

    `after` is the negation behind it, if nothing else follows; `follows` says whether nothing stands before it.
    """

    token: int
    kind: int
    link: str
    bound: bool = False
    after: str = ""
    follows: bool = False


def _occurrences(corpus: Corpus, use: WordUse) -> dict[tuple[str, ...], _Said]:
    """Every phrase of words that are common enough, by its sorted stems."""
    found: defaultdict[tuple[str, ...], _Said] = defaultdict(lambda: defaultdict(list))
    reader = {language: _Runs(corpus, use, language) for language in corpus.kinds}
    runs = [reader[language].of(row) for row, language in enumerate(corpus.language.tolist())]
    bonds = _bonds(runs, corpus, use)
    for row, language in enumerate(corpus.language.tolist()):
        stems, words = corpus.stems[language], words_of(corpus.languages[language])
        for part, following in _parts(runs[row], corpus, bonds, language):
            # a word is never said without the negation that denies it
            first, last = part[0].link if part[0].link in words.openers else "", part[-1].after
            links = [p.link for p in part[1:] if p.link and not p.bound] + ([last] if last else [])
            key = {stems[p.token] for p in part}
            denied = sum(link in words.negations for link in (first, *links))
            if len(key) < len(part) or denied > 1 or sum(link not in _LIGHT for link in links) > 1:
                continue
            if denied and part[0].link in _OF:
                continue
            negated = [_NOT] if denied else []
            form = [word for p in part for word in (p.link, corpus.lower[p.token])]
            form[-1] = without_owner(form[-1])
            goes_on = ""
            if following and following.follows and following.kind >= COMPANION:
                goes_on = stems[following.token]
            found[(*sorted(key), *negated)][tuple(filter(None, (first, *form[1:], last))), goes_on].append(row)
    return found


def _bonds(runs: list[list[list[_Part]]], corpus: Corpus, use: WordUse) -> set[tuple[str, str, str]]:
    """Parts of the names of things, "Weights & Biases": the stem of each, and the link between them.

    They are written with a capital, and one of them seldom stands without the other. German writes all nouns so.
    """
    together: Counter[tuple[str, str, str]] = Counter()
    for own, language in zip(runs, corpus.language.tolist(), strict=True):
        stems, spoken = corpus.stems[language], corpus.languages[language]
        if spoken != "german":
            together.update(
                {
                    (stems[one.token], two.link, stems[two.token])
                    for run in own
                    for one, two in pairwise(run)
                    if all(use.shown[spoken, corpus.lower[part.token]][:1].isupper() for part in (one, two))
                }
            )
    return {
        (one, link, two)
        for (one, link, two), count in together.items()
        if count >= max(_BOND, _BOUND * min(len(use.holders[one]), len(use.holders[two])))
    }


def _parts(
    runs: list[list[_Part]], corpus: Corpus, bonds: set[tuple[str, str, str]], language: int
) -> Iterator[tuple[list[_Part], _Part | None]]:
    """Stretches of the runs of a text that may be phrases: none begins or ends within what belongs together.

    Each is yielded with what follows it.
    """
    most, stems = _MOST_WORDS.get(corpus.languages[language], _MORE_WORDS), corpus.stems[language]
    for run in runs:
        bound = [False, *((stems[a.token], b.link, stems[b.token]) in bonds for a, b in pairwise(run)), False]
        parts = [part._replace(bound=True) if is_bound else part for part, is_bound in zip(run, bound, strict=False)]
        for end, (last, following) in enumerate(zip(parts, [*parts[1:], None], strict=True)):
            if last.kind == ADJECTIVE or bound[end + 1]:
                continue
            words = 0
            for start in range(end, max(end - 2 * most, -1), -1):
                kind, is_bound = parts[start].kind, bound[start]
                words += kind != PARTICLE and not is_bound
                if words > most:
                    break
                if not is_bound and (kind == TOPIC or (start < end and kind != PARTICLE)):
                    yield parts[start : end + 1], following


class _Runs:
    """Cuts texts of a language into runs of words with nothing but articles, auxiliaries and single links between them.

    A negation that may open a phrase denies the next word, whatever fillers stand between them ("не был доставлен");
    in English only those that ask or wish ("haven't I received"). Before an article it asks, and denies the verb after
    the subject ("hasn't my card arrived"). One that may close a phrase denies the word before it if there is no next.

    While a text is read, `_run` is the run that has begun, `_link` what links the next word to it or denies it,
    `_asked` the negation of a question, and `_gap` the words since the last one of the run.
    """

    def __init__(self, corpus: Corpus, use: WordUse, language: int) -> None:
        self._corpus, self._use, self._name = corpus, use, corpus.languages[language]
        self._kinds, self._stems, self._words = corpus.kinds[language], corpus.stems[language], words_of(self._name)
        self._begin()

    def of(self, row: int) -> list[list[_Part]]:
        """Return the runs of a text."""
        self._begin()
        for token in self._corpus.sequences[row].tolist():
            kind = BREAK if token < 0 else self._kinds[token]
            if kind == BREAK and not self._run and not self._link:  # nothing has begun that it could end
                self._asked, self._gap = "", 0
            else:
                self._read(token, kind)
        self._end()
        return self._found

    def _begin(self) -> None:
        self._found, self._run = list[list[_Part]](), list[_Part]()
        self._link, self._asked, self._gap = "", "", 0

    def _read(self, token: int, kind: int) -> None:
        word = self._corpus.lower[token] if token >= 0 else ""
        takes_in = self._run and not self._gap and self._stems[self._run[-1].token] in _TAKES_IN
        kind = PARTICLE if kind == LINK and word == "in" and takes_in else kind
        self._gap += 1
        if self._link in self._words.determiners and (kind < ADJECTIVE or (self._name, word) in self._use.matters):
            self._end()  # "no, cancel it" denies nothing
            self._link = ""
        if not self._falls_out(kind, word) and not self._links(kind, word):
            self._take(token, kind, word)
            self._link, self._gap = "", 0

    def _falls_out(self, kind: int, word: str) -> bool:
        """Tell whether a word leaves no trace where it stands."""
        words, opens = self._words, self._link in self._words.openers
        if self._gap > _MAX_GAP or (kind != SKIP and not opens):
            return False
        only, others = not self._run and word in words.between, kind in (BREAK, LINK) and word != ""
        if kind != SKIP and not (only if words.between else others):
            return False
        if opens and not self._run and word in words.articles and " " not in self._link:  # not after "no puedo"
            self._link, self._asked = "", self._link
        return True

    def _links(self, kind: int, word: str) -> bool:
        """Keep what links the next word or denies it, and tell whether nothing else is to be done with it."""
        if kind == NEGATION and word in self._words.openers:
            if self._gap > _MAX_GAP:
                self._end()
            self._link, self._gap = word, 0
            return True
        if self._gap <= _MAX_GAP and (kind == NEGATION or (kind == LINK and not self._link)):
            # "card can't be used" is "card not used"
            self._link = ("not" if word == "cannot" else word) if self._run else ""
            return word not in self._words.closers
        return False

    def _take(self, token: int, kind: int, word: str) -> None:
        """Put a word to the run, or begin another one with it or after it."""
        words, is_held = self._words, kind >= PARTICLE and self._stems[token] in self._use.holders
        to_verb = self._link == "to" and self._is_verb(word)
        stray = kind == PARTICLE and (self._gap > 1 or not self._run)
        # of "no reset email received" nothing may be "email received"
        denied = len(self._run) > 1 and self._is_verb(word) and any(p.link in words.determiners for p in self._run)
        if not is_held or to_verb or stray or denied:
            asked = self._asked if not self._run and kind > PARTICLE else ""
            self._end()
            self._asked = asked
        if is_held and (kind > PARTICLE or self._run):
            spoken = self._link if self._run or self._link in words.openers else ""
            self._run.append(_Part(token, kind, spoken, follows=bool(self._run) and self._gap == 1))

    def _end(self) -> None:
        """Put the run to those that are found, and begin an empty one."""
        run, self._run = self._run, []
        free = [place for place, part in enumerate(run) if self._asked and not part.link]
        asked = [place for place in free if self._answers(place, run[place])]
        for place in asked[-1:]:
            run[place] = run[place]._replace(link=self._asked)
        if run and self._link in self._words.closers:
            run[-1] = run[-1]._replace(after=self._link)
        if run:
            self._found.append(run)

    def _answers(self, place: int, part: _Part) -> bool:
        """Tell whether a question with a negation may ask for this."""
        word = self._corpus.lower[part.token]
        return self._is_verb(word) if place else (self._name, word) in self._use.matters

    def _is_verb(self, word: str) -> bool:
        return self._use.nounness.get((self._name, word), 0.5) < 0.4


def _best_form(
    forms: Counter[tuple[str, ...]], language: str, use: WordUse, fixed: bool
) -> tuple[str, float, bool] | None:
    """How a phrase is shown, and how surely it holds a noun; None if no form reads well."""
    words = words_of(language)
    weak = words.links | words.negations | words.companions | words.adjectives

    def nounness(form: tuple[str, ...]) -> float:
        return max((use.nounness.get((language, word), 0.5) for word in form if word not in weak), default=0.2)

    def reads_well(form: tuple[str, ...]) -> bool:
        if len(form) == 1 or fixed or language != "english":
            return True
        ends = {form[0], form[-1]} & use.finite_verbs
        return not ends and (form[-1] not in use.bare_verbs or not words.negations.isdisjoint(form))

    def rank(form: tuple[str, ...]) -> tuple[float, bool, int, tuple[str, ...]]:
        count = forms[form] * (nounness(form) + 0.1 if len(form) == 1 else 1.0)
        return -count, form[0] in words.companions, len(form), form

    readable = list(filter(reads_well, forms))
    if language in _WRITES_ENDINGS_ON or (language == _WRITES_ARTICLES_ON and len(min(forms)) == 1):
        # what makes a word longer is what follows it: in a dictionary it stands without
        common = [form for form in readable if _SELDOM * forms[form] >= max(forms[other] for other in readable)]
        readable = sorted(common, key=lambda form: (len("".join(form)), form))[:1]
    best = min(readable, key=rank, default=None)
    if best is None:
        return None
    spelt = joined(use.shown.get((language, word), word) for word in best)
    return (
        _elided(spelt) if language == "french" else spelt,
        nounness(best),
        _has_matter(best, language, use),
    )


def _elided(french: str) -> str:
    """Write "de" as it is written before the next word, also where an article between them fell out."""
    return re.sub(r"\bd(?: (?=[aeiouyhàâéèêëîïôûœæ])|(?= ))", lambda de: "d'" if de[0] != "d" else "de", french)


def _has_matter(form: tuple[str, ...], language: str, use: WordUse) -> bool:
    """Whether a phrase has a verb, a participle or a negation beside another word."""
    words = words_of(language)
    own = [word for word in form if word not in words.links | words.articles | words.negations]
    light = words.companions | words.adjectives
    negated = not words.negations.isdisjoint(form)
    return len(own) > 1 and (negated or any((language, word) in use.matters for word in own if word not in light))


# "In" after these belongs to the verb.
_TAKES_IN = frozenset(("log", "sign", "check"))

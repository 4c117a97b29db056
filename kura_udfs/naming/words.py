"""Words of texts: where they are, what class they are of, and how these very texts use them.

No part-of-speech tagger is needed: how often a word stands after an article, a pronoun or an auxiliary tells
nouns from verbs well enough in a few hundred texts.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import chain, pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming import arabic, unspaced
from kura_udfs.naming.particles import bare_words
from kura_udfs.naming.spelling import is_raised, is_shouted, spelling_of
from kura_udfs.naming.tokenising import AND_IN_ARABIC, PARTICLES, lower_case, tokenise, without_owner
from kura_udfs.naming.wordlists import words_of
from kura_udfs.tables import Rows
from kura_udfs.text.languages import HUMAN_LANGUAGES, human_language

BREAK, SKIP, LINK, NEGATION, PARTICLE, ADJECTIVE, COMPANION, TOPIC = range(8)
"""What a word does to a phrase: ends it, falls out of it, links its parts (two ways), or belongs to it."""


class Corpus(NamedTuple):
    """Texts as numbers.

    Attributes
    ----------
    forms
        Every word in every spelling.
    lower
        The same in lower case.
    sequences
        For each text, indices into `forms`, negative where a phrase must end.
    language
        (n,) index into `languages` for each text.
    languages
        As `text.languages` names them.
    kinds, stems
        For each language that occurs, class and stem of every form; of no meaning for forms that its texts don't have.
    """

    forms: list[str]
    lower: list[str]
    sequences: list[NDArray[np.int32]]
    language: NDArray[np.int64]
    languages: Sequence[str]
    kinds: dict[int, list[int]]
    stems: dict[int, list[str]]


class WordUse(NamedTuple):
    """How the words of a corpus are used.

    Attributes
    ----------
    holders
        Rows of the texts that have a stem, for stems in enough texts.
    shown
        How a word is written, by language and lower-case word.
    nounness
        Between 0 and 1, by language and lower-case word.
    bare_verbs
        English words that mostly follow a pronoun or modal ("cancel").
    finite_verbs
        English words that are such a verb with an s ("cancels").
    matters
        Words that mostly stand where a verb or a participle does ("cancel", "declined"), by language and lower-case
        word.
    """

    holders: dict[str, NDArray[np.int64]]
    shown: dict[tuple[str, str], str]
    nounness: dict[tuple[str, str], float]
    bare_verbs: set[str]
    finite_verbs: set[str]
    matters: set[tuple[str, str]]


# Uses of a word of a language as a noun, verb, participle and adjective.
_Uses: TypeAlias = defaultdict[tuple[str, str], list[int]]


def read_corpus(texts: Sequence[str]) -> Corpus:
    """Split texts into words and tell the language of each; where that is unsure it is the commonest of the others."""
    tokens = [tokenise(text) for text in texts]
    language = _languages(texts, tokens)
    tokens = _letters_together(_signs_together(tokens), language.tolist())
    bare = bare_words(set(chain.from_iterable(tokens)))
    index = {"": _END, ",": _PAUSE}
    sequences = [
        np.array([index.setdefault(bare.get(token, token), len(index) - 2) for token in own], np.int32)
        for own in tokens
    ]
    forms = list(index)[2:]
    lower = [lower_case(form) for form in forms]
    kinds: dict[int, list[int]] = {}
    stems: dict[int, list[str]] = {}
    for own in sorted(set(language.tolist())):
        name = HUMAN_LANGUAGES[own]
        kinds[own], stems[own], stem = [BREAK] * len(forms), [""] * len(forms), stemmer(name)
        occurring = np.unique(np.concatenate([sequences[row] for row in np.flatnonzero(language == own)]))
        for form in occurring[occurring >= 0].tolist():
            kinds[own][form], stems[own][form] = _kind(without_owner(lower[form]), name), stem(lower[form])
    return Corpus(forms, lower, sequences, language, HUMAN_LANGUAGES, kinds, stems)


def word_use(corpus: Corpus, min_texts: int, voices: Rows | None = None, crowds: Rows | None = None) -> WordUse:
    """Count in which texts each stem stands, how words are written, and what they follow.

    A word after an article or preposition is used as a noun if the phrase ends there, as an adjective if it
    goes on; after a pronoun or modal, or before an article, as a verb; after an auxiliary as a participle.
    German writes its nouns with a capital. A stem has to be said by `min_texts` people, by default one a text: by so
    many in one of its forms, or by one more, for a stemmer may take two odd words for one.
    """
    holders: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    spellings: defaultdict[tuple[str, str], Counter[tuple[bool, bool, str]]] = defaultdict(Counter)
    uses: _Uses = defaultdict(lambda: [0, 0, 0, 0])
    for row, (sequence, language) in enumerate(zip(corpus.sequences, corpus.language.tolist(), strict=True)):
        kinds, stems, name = corpus.kinds[language], corpus.stems[language], corpus.languages[language]
        seen, subjects = set[tuple[str, str]](), words_of(name).subjects
        tokens = sequence.tolist()
        written = [corpus.forms[token] for token in tokens if token >= 0]
        shouts, plain, opens = is_shouted(written), all(form == lower_case(form) for form in written), True
        loud = shouts or is_raised(written, name)
        for before, token, after in zip([_END, *tokens], tokens, [*tokens[1:], _END], strict=False):
            if token < 0:
                opens = opens or token == _END
                continue
            word = corpus.lower[token]
            # of a shouted text nothing tells how a word is written elsewhere
            form = corpus.forms[token]
            spelt = (True, False, word) if shouts or (loud and form.isupper()) else (opens, plain, form)
            spellings[name, word][spelt] += 1
            opens = opens and kinds[token] == BREAK and word not in subjects  # "Hi, My order": it still begins
            if kinds[token] >= PARTICLE or word == "in":
                seen.add((stems[token], word))
            if kinds[token] >= ADJECTIVE:
                goes_on = after >= 0 and kinds[after] >= ADJECTIVE
                previous = corpus.lower[before] if before >= 0 else ""
                following = corpus.lower[after] if after >= 0 else ""
                use = _use(previous, following, goes_on, name)
                uses[name, word][use] += use >= 0
        for stemmed, word in seen:
            holders[stemmed][word].append(row)
    shown = {spelt: spelling_of(counts, spelt[0]) for spelt, counts in spellings.items()}
    several = are_several(voices, crowds)
    common = {}
    for stemmed, said in holders.items():
        rows = np.unique(np.concatenate([np.array(each, np.int64) for each in said.values()]))
        if any(several(each, min_texts) for each in said.values()) or several(rows.tolist(), min_texts + 1):
            common[stemmed] = rows
    stem_of = {
        (corpus.languages[language], word): stem
        for language, stems in corpus.stems.items()
        for word, stem in zip(corpus.lower, stems, strict=True)
        if stem
    }
    matters = {spelt for spelt, use in uses.items() if 2 * (use[1] + use[2]) > max(sum(use), 2)}
    return WordUse(common, shown, *_nouns_and_verbs(uses, stem_of, shown), matters)


def are_several(voices: Rows | None, crowds: Rows | None) -> Callable[[Sequence[int], int], bool]:
    """Return what tells whether so many people at least are heard in some texts.

    Parameters
    ----------
    voices
        (n,) who said each text; by default each has somebody of its own.
    crowds
        (n,) how many people said each; by default one.
    """
    voice_of = None if voices is None else voices.tolist()
    crowd_of = None if crowds is None else crowds.tolist()

    def several(rows: Sequence[int], least: int) -> bool:
        if len(rows) >= least and voice_of is None:
            return True
        heard, people = set[int](), 0
        for row in rows:
            voice = row if voice_of is None else voice_of[row]
            people += 0 if voice in heard else 1 if crowd_of is None else crowd_of[row]
            heard.add(voice)
            if people >= least:
                return True
        return False

    return several


def _letters_together(tokens: list[list[str]], languages: list[int]) -> list[list[str]]:
    """Make one word of a letter and what follows it, where that seldom stands without the letter: "x ray"."""

    def is_letter(token: str, language: int) -> bool:
        return (
            token.isalpha()
            and not _UNSPACED_SIGN.match(token)
            and not words_of(HUMAN_LANGUAGES[language]).holds(lower_case(token))
        )

    after = [
        [
            place
            for place, (token, following) in enumerate(pairwise(own))
            if len(token) == 1 < len(following) and is_letter(token, language)
        ]
        for own, language in zip(tokens, languages, strict=True)
    ]
    said = Counter(lower_case(own[place + 1]) for own, places in zip(tokens, after, strict=True) for place in places)
    every = Counter[str]()
    for token, count in Counter(chain.from_iterable(tokens)).items():
        every[lower_case(token)] += count
    bound = {word for word, count in said.items() if count >= max(_BOUND * every[word], _OFTEN)}
    joined = []
    for own, places in zip(tokens, after, strict=True):
        own = own.copy()
        for place in reversed(places):
            if lower_case(own[place + 1]) in bound:
                own[place : place + 2] = [f"{own[place]} {own[place + 1]}"]
        joined.append(own)
    return joined


def _signs_together(tokens: list[list[str]]) -> list[list[str]]:
    """Put a single Han character to the word before it, where that seldom stands without it: "大三阳"."""
    known = words_of("chinese")

    def is_end(word: str, sign: str) -> bool:
        return (
            len(sign) == 1
            and bool(_HAN_WORD.fullmatch(word + sign))
            and not known.holds(sign)
            and not known.holds(word)
        )

    ends = Counter(pair for own in tokens for pair in pairwise(own) if is_end(*pair))
    every = Counter(chain.from_iterable(tokens)) if ends else Counter[str]()
    bound = {pair for pair, count in ends.items() if count >= max(_BOUND * every[pair[0]], _OFTEN)}
    if not bound:
        return tokens
    joined = []
    for own in tokens:
        together: list[str] = []
        for before, token in pairwise(["", *own]):
            if (before, token) in bound:
                together[-1] += token
            else:
                together.append(token)
        joined.append(together)
    return joined


def stemmer(language: str) -> Callable[[str], str]:
    """Return what gives the stem of a word: good for counting inflections as one word, never shown.

    Of the languages that Snowball knows (M. Porter, 2001); words of others are their own stems. The Turkish one leaves
    more of "faturada" than of "fatura" and is asked until nothing more goes. What is returned is for one thread.
    """
    import snowballstemmer

    known = language in snowballstemmer.algorithms()
    if language == "japanese":
        return unspaced.without_endings
    if language == "arabic":  # Snowball's takes the first letter of "بطاقة" for a preposition, but not of "البطاقة"
        return arabic.stem
    stem: Callable[[str], str] = snowballstemmer.stemmer(language).stemWord if known else str

    def stemmed(word: str) -> str:
        found = lower_case(word).replace("-", "").replace(" ", "")
        # what is nothing but endings keeps them, as those behind an abbreviation: "SGK'lerinde"
        while (shorter := stem(found)) not in ("", found):
            found = shorter
            if language != "turkish":
                break
        return found

    return stemmed


def _languages(texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Return the language of each text as an index into `HUMAN_LANGUAGES`."""
    told = [human_language(text) for text in texts]
    heard = Counter(told)
    # of a few words in plain letters the detector is wrong once among many
    told = [
        language if heard[language] > 1 or len(texts) < _MANY or not text.isascii() else None
        for text, language in zip(texts, told, strict=True)
    ]
    sure = Counter(HUMAN_LANGUAGES.index(language) for language in told if language)
    usual = min(sure, key=lambda language: (-sure[language], language), default=HUMAN_LANGUAGES.index("english"))
    return np.array(
        [
            HUMAN_LANGUAGES.index(language) if language and not _is_rather(own, usual, language) else usual
            for own, language in zip(tokens, told, strict=True)
        ],
        np.int64,
    )


def _is_rather(tokens: Sequence[str], usual: int, told: str) -> bool:
    """Tell whether a text has more function words of the usual language than of the one that it was told to be in.

    A name of a thing misleads a detector: "Cadê o desconto da Black Friday?" is not English.
    """
    if HUMAN_LANGUAGES[usual] == told:
        return False
    words = list(map(lower_case, tokens))
    of_usual, of_told = words_of(HUMAN_LANGUAGES[usual]), words_of(told)
    return sum(map(of_usual.holds, words)) > sum(map(of_told.holds, words))


def _kind(word: str, language: str) -> int:
    words = words_of(language)
    if word in PARTICLES and language == "english":
        return PARTICLE
    if word in words.negations:
        return NEGATION
    if word in words.links or word == "&":
        return LINK
    if word in words.articles or word in words.auxiliaries:
        return SKIP
    if language == "japanese" and unspaced.without_endings(word) in words.fillers:
        return BREAK
    if language == "arabic" and word[:1] in AND_IN_ARABIC and word[1:] in words.fillers:
        return BREAK
    no_word = (
        len(word) < 2
        or _UNIT.fullmatch(word)
        or _SIGHS.fullmatch(word)
        or sum(map(str.isdigit, word)) > min(2, len(word) / 2)
    )
    if no_word or word in words.fillers or word in words.subjects:
        return BREAK
    if word in words.adjectives:
        return ADJECTIVE
    return COMPANION if word in words.companions else TOPIC


def _use(previous: str, following: str, goes_on: bool, language: str) -> int:
    """Noun, verb, participle or adjective (0 to 3), or -1 if the words around tell nothing."""
    words = words_of(language)
    if previous in words.articles:
        return 3 if goes_on else 0
    if following in words.articles:
        return 1
    if previous in words.determiners:
        return 3 if goes_on else 0
    if previous in words.subjects:
        return 1
    if previous in words.auxiliaries or previous in words.negations:
        return 2
    if previous in words.links:
        return 3 if goes_on else 0
    return -1


def _nouns_and_verbs(
    uses: _Uses, stems: dict[tuple[str, str], str], shown: dict[tuple[str, str], str]
) -> tuple[dict[tuple[str, str], float], set[str], set[str]]:
    """Nounness of every word, and the English bare and finite verbs, from its uses and those of its stem."""
    families: _Uses = defaultdict(lambda: [0, 0, 0, 0])
    for (language, word), use in uses.items():
        family = families[language, stems[language, word]]
        family[:] = [a + b for a, b in zip(family, use, strict=True)]
    nounness: dict[tuple[str, str], float] = {}
    bare_verbs, finite_verbs = set[str](), set[str]()
    for (language, word), use in uses.items():
        family = families[language, stems[language, word]]
        prior = _noun_share([a - b for a, b in zip(family, use, strict=True)], 0.5)
        if language == "german":
            prior = float(shown[language, word][0].isupper())
        elif language == "english" and word.endswith("ed"):
            prior = 0.2
        nounness[language, word] = _noun_share(use, prior)
        if language == "english" and 2 * use[1] > sum(use):
            bare_verbs.add(word)
        elif language == "english" and word.endswith("s") and not use[0] and 2 * family[1] > sum(family):
            finite_verbs.add(word)
    return nounness, bare_verbs, finite_verbs


def _noun_share(use: Sequence[float], prior: float) -> float:
    noun, verb, participle, adjective = use
    return (noun + 2 * prior) / (noun + verb + participle + adjective / 4 + 2)


_MANY = 20
_BOUND, _OFTEN = 0.5, 3
_END, _PAUSE = -1, -2

_HAN_WORD = re.compile(f"[{unspaced.HAN}]{{3,}}")
_UNSPACED_SIGN = re.compile(f"[{unspaced.HAN}{unspaced.KANA}{unspaced.THAI}]")
# What is typed in Korean for tears and laughter: letters that make no syllable.
_SIGHS = re.compile("[\u3131-\u318e]+")
_UNIT = re.compile(
    r"\d+(?:st|nd|rd|th|am|pm|[kcm]?[glm]|[kmg]b|k|h|s|x|x\d+|mins?|hrs?|days?|eur|usd|gbp|kr|p|e|er|w|v|mah|c|f)"
    r"|[kcm]m|kg|ml|[gm]b|mins?|secs?|hrs?"
)

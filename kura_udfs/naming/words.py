"""Words of texts: where they are, what class they are of, and how these very texts use them.

No part-of-speech tagger is needed: how often a word stands after an article, a pronoun or an auxiliary tells
nouns from verbs well enough in a few hundred texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kura_udfs.naming import unspaced
from kura_udfs.naming.chat_words import ALL_UNABLE
from kura_udfs.naming.particles import bare_words
from kura_udfs.naming.trimmings import without_courtesy, without_noise
from kura_udfs.naming.wordlists import words_of
from kura_udfs.tables import Rows
from kura_udfs.text.languages import HUMAN_LANGUAGES, human_language

MAX_TOKENS = 1_500
"""Tokens of a text that are looked at: what a chat is about stands at its start."""

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
    language = _languages(texts)
    tokens = _letters_together([tokenise(text) for text in texts], language.tolist())
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
        shouts, plain, opens = _is_shouted(written), all(form == lower_case(form) for form in written), True
        loud = shouts or _is_raised(written, name)
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
    shown = {spelt: _spelling(counts, spelt[0]) for spelt, counts in spellings.items()}
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


def tokenise(text: str) -> list[str]:
    """Words of a text as they are written, and wherever a phrase must end, "," if a sentence may go on there or "".

    What `trimmings` leaves out are no words. Runs of Han characters and of Thai
    have no spaces, but words (`unspaced.words_in`); hiragana ends a phrase.
    """
    text = without_noise(unicodedata.normalize("NFC", text[: MAX_TOKENS * 20]))
    text = _UNABLE.sub(" cannot ", _NEGATED.sub(" not ", _NO_ONE.sub(" nobody ", text)))
    text = _APART.sub("نمی", _AND.sub(" ", _EITHER.sub(" ", without_courtesy(text))))
    japanese = bool(_KANA.search(text))
    tokens: list[str] = []
    for match in (_TOKEN_OF_JAPANESE if japanese else _TOKEN).finditer(text):
        token = match[0].replace("’", "'")
        if token in _INSIDE_WORDS:
            continue
        if not token[0].isalnum():
            tokens.append(token if token in "&," else "")
        elif token.endswith("'s") and token[:-2].lower() in _OWNS_NOTHING:
            tokens += [token[:-2], "s"]
        elif _THING.fullmatch(token):
            tokens.append(token[:40])
        elif japanese and not _SPACED.match(token):
            tokens += unspaced.japanese_words(token)
        elif _WITHOUT_SPACES.match(token):
            tokens += unspaced.words_in(token, japanese)
        else:
            verb, _, particle = token.rpartition("-")
            particle = particle.removesuffix("s")
            split = verb and particle.lower() in _PARTICLES
            tokens += [verb[:40], particle] if split else [token[:40]]
        if len(tokens) >= MAX_TOKENS:
            break
    return _unable_together(tokens[:MAX_TOKENS])


def _unable_together(tokens: list[str]) -> list[str]:
    """Make one word of a "not" and a "can" that follow each other, where a language says it so."""
    found: list[str] = []
    for token in tokens:
        if found and lower_case(pair := f"{found[-1]} {token}") in ALL_UNABLE:
            found[-1] = pair
        else:
            found.append(token)
    return found


def _letters_together(tokens: list[list[str]], languages: list[int]) -> list[list[str]]:
    """Make one word of a letter and what follows it, where that seldom stands without the letter: "x ray"."""

    def is_letter(token: str, language: int) -> bool:
        is_one = len(token) == 1 and token.isalpha() and not _UNSPACED_SIGN.match(token)
        return is_one and not words_of(HUMAN_LANGUAGES[language]).holds(lower_case(token))

    after = [
        [place for place, token in enumerate(own[:-1]) if is_letter(token, language) and len(own[place + 1]) > 1]
        for own, language in zip(tokens, languages, strict=True)
    ]
    said = Counter(lower_case(own[place + 1]) for own, places in zip(tokens, after, strict=True) for place in places)
    every = Counter(word for own in tokens for token in own if (word := lower_case(token)) in said)
    bound = {word for word, count in said.items() if count >= max(_BOUND * every[word], _OFTEN)}
    joined = []
    for own, places in zip(tokens, after, strict=True):
        own = own.copy()
        for place in reversed(places):
            if lower_case(own[place + 1]) in bound:
                own[place : place + 2] = [f"{own[place]} {own[place + 1]}"]
        joined.append(own)
    return joined


def lower_case(word: str) -> str:
    """Return a word in lower case: the capital of Turkish's dotted i is an i, and not two signs as Python has it."""
    return word.replace("İ", "i").lower()


def without_owner(word: str) -> str:
    """Return an owner by itself: "doctor" of "doctor's"."""
    return word.removesuffix("'s")


def stemmer(language: str) -> Callable[[str], str]:
    """Return what gives the stem of a word: good for counting inflections as one word, never shown.

    Of the languages that Snowball knows (M. Porter, 2001); words of others are their own stems. The Turkish one leaves
    more of "faturada" than of "fatura" and is asked until nothing more goes. What is returned is for one thread.
    """
    import snowballstemmer

    known = language in snowballstemmer.algorithms()
    if language == "japanese":
        return unspaced.without_endings
    stem: Callable[[str], str] = snowballstemmer.stemmer(language).stemWord if known else str

    def stemmed(word: str) -> str:
        found = stem(lower_case(word).replace("-", "").replace(" ", ""))
        while language == "turkish" and (shorter := stem(found)) != found:
            found = shorter
        return found

    return stemmed


def _languages(texts: Sequence[str]) -> NDArray[np.int64]:
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
            HUMAN_LANGUAGES.index(language) if language and not _is_rather(text, usual, language) else usual
            for text, language in zip(texts, told, strict=True)
        ],
        np.int64,
    )


def _is_rather(text: str, usual: int, told: str) -> bool:
    """Tell whether a text has more function words of the usual language than of the one that it was told to be in.

    A name of a thing misleads a detector: "Cadê o desconto da Black Friday?" is not English.
    """
    if HUMAN_LANGUAGES[usual] == told:
        return False
    words = [lower_case(word) for word in tokenise(text)]
    of_usual, of_told = words_of(HUMAN_LANGUAGES[usual]), words_of(told)
    return sum(map(of_usual.holds, words)) > sum(map(of_told.holds, words))


def _kind(word: str, language: str) -> int:
    words = words_of(language)
    if word in _PARTICLES and language == "english":
        return PARTICLE
    if word in words.negations:
        return NEGATION
    if word in words.links or word == "&":
        return LINK
    if word in words.articles or word in words.auxiliaries:
        return SKIP
    if language == "japanese" and unspaced.without_endings(word) in words.fillers:
        return BREAK
    if language == "arabic" and word[:1] in _AND_IN_ARABIC and word[1:] in words.fillers:
        return BREAK
    no_word = len(word) < 2 or _UNIT.fullmatch(word) or sum(map(str.isdigit, word)) > min(2, len(word) / 2)
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


def _is_shouted(words: Sequence[str]) -> bool:
    """Tell whether a text is written in capitals: of several words most are, and not only abbreviations."""
    lettered = [word for word in words if len(word) > 1 and word.upper() != word.lower()]
    capitals = [word for word in lettered if word.isupper()]
    abbreviations = len(capitals) < 4 and all(len(word) < 4 for word in capitals)
    return len(capitals) >= max(_SHOUTED * len(lettered), 2) and not abbreviations


def _is_raised(words: Sequence[str], language: str) -> bool:
    """Tell whether a text raises its voice: even small words have capitals ("I CAN'T LOGIN", "PLEASE fix it")."""
    known = words_of(language)
    small = (known.articles, known.links, known.negations, known.subjects, known.auxiliaries)
    return any(len(word) > 2 and word.isupper() and any(word.lower() in own for own in small) for word in words)


def _spelling(counts: Counter[tuple[bool, bool, str]], language: str) -> str:
    """Commonest spelling within sentences; a capital at the beginning is not the word's own, nor shouting.

    Counted by whether the word begins a sentence, and whether its text has no capital at all: who writes so says
    nothing of abbreviations ("my vpn"), but the capitals of a heading are seldom its words' own.
    """
    every, within, careful = Counter[str](), Counter[str](), Counter[str]()
    for (first, plain, form), count in counts.items():
        every[form] += count
        # but no sentence puts one within a word: "TypeScript"
        within[form] += 0 if first and (form.isupper() or form[1:].islower()) else count
        careful[form] += 0 if first or plain else count
    abbreviated = sum(count for form, count in careful.items() if form[1:] != form[1:].lower())
    within = +careful if 2 * abbreviated > careful.total() else +within
    forms: dict[str, int] = within or every
    nouns = {form: count for form, count in within.items() if form.istitle()}
    # German nouns have a capital, though many who chat leave it out: others than nouns have it seldom
    if language == "german" and sum(nouns.values()) >= _NOUN_SHARE * sum(within.values()):
        forms = nouns or forms
    form = min(forms, key=lambda form: (-forms[form], not form.islower(), form))
    small = forms.get(form.lower(), 0)
    shouted = form.isupper() and form.isalpha() and len(form) > 4 and forms[form] < max(_MEANT, _EMPHASIS * small)
    # of a word that only ever begins a sentence nobody knows; in German it is a noun most likely
    begins = form[1:].islower() and not within and language != "german"
    return form.lower() if shouted or begins else form


_NOUN_SHARE = 0.25
_SHOUTED = 0.8
_MEANT = 3  # so often written in capitals, and in no other way, a long word is an abbreviation
_EMPHASIS = 4  # so many times as often in capitals as in small letters it is at least
_MANY = 20
_BOUND, _OFTEN = 0.5, 3
_END, _PAUSE = -1, -2

_NO_ONE = re.compile(r"\bno[ -]?one\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:is|are|was|were|do|does|did|has|have|had|wo|would|should|ai)n['’`´]?t\b", re.IGNORECASE)
# What people cannot do is what they want: "cannot" opens no phrase.
_UNABLE = re.compile(r"\b(?:ca|could)n['’`´]?t\b|\b(?:can|could) not\b", re.IGNORECASE)
# Arabic and Hebrew write "and" on to the word that says no, and Persian "not" apart from its verb: "نمی‌توانم".
_AND_IN_ARABIC = "وف"
_AND = re.compile(r"\b[وف](?=(?:لا|لم|لن|ليس|ليست|لست)\b)|\bו(?=(?:לא|אין)\b)")
# Chinese asks by saying it and denying it, too: "能不能" (can I), "有没有" (is there).
_EITHER = re.compile(f"([{unspaced.HAN}])[不没沒]\\1")
_APART = re.compile(r"\bنمی[ \u200c]+(?=\w)")
# Apostrophes, and what Persian writes between a word and its endings.
_INSIDE_WORDS = "'’`´\u200c"
# Vowel signs, which \w leaves out. Among those of India stand its full stops.
MARKS = "".join(sign for sign in map(chr, range(0x300, 0xE00)) if unicodedata.category(sign).startswith("M"))
# Letters with their marks, runs of katakana, of Han, of Thai, or any one sign. Hebrew has a hyphen of its own.
_LETTER = rf"(?:[^\W_{unspaced.KANA}{unspaced.HAN}{unspaced.THAI}]|[{MARKS}])"
# Names of things with a sign in them: C++, C#, Node.js, ASP.NET.
_SIGNED = r"(?<![^\W_])[A-Za-z](?:\+\+|#)(?!\w)|(?<![^\W_])[A-Za-z]+\.(?i:js|ts|net|io|ai)(?!\w)"
_THING = re.compile(_SIGNED)
# "Doctor's note" is of a doctor's, "doctor's not in" is not, nor "it's", "that's".
_OWNER = (
    r"(?<![^\W_])[A-Za-z]{2,}['’]s(?= (?!(?:not?|never|an?|the|my|your|been|being|just|still|always|already|too|so|very"
    r"|gone|going|in|on|at|to|for|from|and|or|but|only|really|also|now)\b|\w+(?:ing|ed)\b)[^\W\d_])"
)
_OWNS_NOTHING = frozenset(
    ("it", "that", "there", "here", "what", "who", "where", "when", "why", "how", "let", "he", "she", "one")
)
_RUNS = rf"[\u30a0-\u30ff]{{2,}}|[{unspaced.HAN}]+"
_TOKEN = re.compile(rf"{_SIGNED}|{_OWNER}|{_LETTER}+(?:[-&\u05be]{_LETTER}+)*|{_RUNS}|[{unspaced.THAI}]+|\n|\S")
_TOKEN_OF_JAPANESE = re.compile(_TOKEN.pattern.replace(_RUNS, f"[{unspaced.HAN}{unspaced.KANA}]+"))
_UNSPACED_SIGN = re.compile(f"[{unspaced.HAN}{unspaced.KANA}{unspaced.THAI}]")
_SPACED = re.compile(f"[^{unspaced.HAN}{unspaced.KANA}]")
_WITHOUT_SPACES = re.compile(f"[{unspaced.HAN}{unspaced.THAI}]")
_KANA = re.compile(f"[{unspaced.KANA}]")
_PARTICLES = frozenset(("up", "out", "off", "down"))
_UNIT = re.compile(
    r"\d+(?:st|nd|rd|th|am|pm|[kcm]?[glm]|[kmg]b|k|h|s|x|x\d+|mins?|hrs?|days?|eur|usd|gbp|kr|p|e|er|w|v|mah|c|f)"
    r"|[kcm]m|kg|ml|[gm]b|mins?|secs?|hrs?"
)

"""Languages of a text: the human one, by lingua and function words, and programming ones, by tags of fences.

Chat messages are short and misspelt, and a detector that must always answer calls "tent poles broken" Dutch.
So the evidence of lingua's trigrams counts less the fewer letters there are, function words that few
languages share count for their language, English is taken for three times as likely as any other beforehand,
and where no language then has four fifths of the probability there is no answer.

Lingua runs in its low-accuracy mode: 40 MB and 0.4 s to load, where the other mode takes 440 MB and 6 s for
two dozen languages and is no better than this combination where it differs, on texts under 120 characters.
"""

from __future__ import annotations

import math
import re
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kura_udfs.text.function_words import function_words, languages_with_lists

if TYPE_CHECKING:
    from lingua import LanguageDetector

VERSION = 3

# No Malay: too much of it is Indonesian too, and then neither would be sure.
_HUMAN = """
    arabic bulgarian catalan chinese czech danish dutch english finnish french german greek gujarati hebrew hindi
    hungarian indonesian italian japanese korean norwegian persian polish portuguese romanian russian slovak spanish
    swedish thai turkish ukrainian vietnamese
"""
HUMAN_LANGUAGES = tuple(_HUMAN.split())


def human_language(text: str) -> str | None:
    """The language that a text is mostly written in.

    Parameters
    ----------
    text : str
        Anything. Code, links, addresses, placeholders and words with digits don't count; 3,000 characters
        decide.

    Returns
    -------
    str or None
        One of `HUMAN_LANGUAGES`; None when unsure.

    Notes
    -----
    Right, wrong and unsure: on 484 support conversations in English, German, French and Spanish 98.8, 0 and
    1.2 %; on single English questions 98.5, 0 and 1.5 %; on six words cut from anywhere in a German, French
    or Spanish message 90, 1.5 and 8.5 %; on two words 36, 0.5 and 63.5 %. Some 12,000 messages a second a core.
    """
    words = _words(text)
    if sum(map(len, words)) < 2:
        return None
    letters = sum(_OTHER_SCRIPT_WEIGHT if letter >= "\u0370" else 1 for letter in "".join(words)[:_ENOUGH_LETTERS])
    trust = min(1.0, letters / _ENOUGH_LETTERS)
    heard = _function_word_scores(words)
    likely = max(heard, key=heard.__getitem__)
    # in nearly every text of a few sentences, trigrams that spoke against it as much as they can would change nothing
    if _surest({**heard, likely: heard[likely] + trust * math.log(_SMALLEST_PROBABILITY)}) == likely:
        return likely
    return _surest(_with_trigrams(heard, trust, " ".join(words)))


def programming_languages(text: str) -> list[str]:
    """Programming languages named by the code fences of a text.

    Parameters
    ----------
    text : str
        Anything; time is linear in its length.

    Returns
    -------
    list of str
        Sorted, unique, by their usual lower-case names (``py`` is ``python``, ``sh`` is ``shell``). Other
        tags (``text``, ``output``, data formats such as ``json``) are left out.
    """
    tags = {match[1].lower() for match in _FENCE.finditer(text)} if "```" in text else set()
    return sorted({_PROGRAMMING_LANGUAGES[tag] for tag in tags if tag in _PROGRAMMING_LANGUAGES})


def languages(text: str) -> list[str]:
    """The human language, if there is a sure one, then the programming languages of a text."""
    human = human_language(text)
    return [*([human] if human else []), *programming_languages(text)]


_ENGLISH_PRIOR = 3.0
_ENOUGH_LETTERS = 30  # of the Latin alphabet
_OTHER_SCRIPT_WEIGHT = 8  # a letter of which says as much as this many Latin ones
_FUNCTION_WORD_WEIGHT = 4.0
_SMALLEST_PROBABILITY = 1e-4
_SURE = 0.8
_MOST_CHARACTERS = 3_000

_FENCE = re.compile(r"```[ \t]*+([^\s`]*+).*?(?:```|\Z)", re.DOTALL)
_NO_PROSE = re.compile(r"`[^`\n]*`|https?://\S+|\[[a-z]+\]|\S*[0-9_@/\\{}<>=]\S*")
_WORD = re.compile(r"[^\W\d_]+")
_CHATTER = re.compile(r"(.)\1\1\1")

_ALIASES = """
    assembly:asm,nasm c clojure:clj cpp:c++,cc,cxx,hpp csharp:cs,c# css:scss,less,sass dart elixir:ex,exs
    erlang:erl go:golang graphql:gql groovy haskell:hs html:htm java javascript:js,jsx,mjs,node julia:jl
    kotlin:kt,kts lua matlab objective-c:objc,objectivec ocaml:ml perl:pl php powershell:ps1,pwsh,ps
    python:py,python3,ipython,pycon r ruby:rb rust:rs scala
    shell:sh,bash,zsh,fish,console,terminal,shell-session,shellsession solidity:sol
    sql:postgres,postgresql,mysql,sqlite,plsql,plpgsql,tsql,snowflake,bigquery,duckdb
    swift typescript:ts,tsx zig
"""
_PROGRAMMING_LANGUAGES = {
    alias: name
    for name, _, aliases in (entry.partition(":") for entry in _ALIASES.split())
    for alias in (name, *filter(None, aliases.split(",")))
}


def _words(text: str) -> list[str]:
    """Words of the prose of a text, without those that are nothing but a key held down."""
    prose = _FENCE.sub(" ", text)[:_MOST_CHARACTERS]
    return [word for word in _WORD.findall(_NO_PROSE.sub(" ", prose)) if not _CHATTER.search(word)]


def _function_word_scores(words: list[str]) -> dict[str, float]:
    """Return how much speaks for each language before any trigram is counted."""
    scores = dict.fromkeys(HUMAN_LANGUAGES, 0.0)
    scores["english"] = math.log(_ENGLISH_PRIOR)
    known = _function_words()
    for word in words:
        for language, part in known.get(word.lower(), {}).items():
            scores[language] += _FUNCTION_WORD_WEIGHT * part
    return scores


def _with_trigrams(heard: dict[str, float], trust: float, text: str) -> dict[str, float]:
    """Add what trigrams say to the scores of the languages, trusted so far."""
    probabilities = _trigram_probabilities(text)
    return {
        language: score + trust * math.log(max(probabilities[language], _SMALLEST_PROBABILITY))
        for language, score in heard.items()
    }


def _surest(scores: dict[str, float]) -> str | None:
    """Return the language with the highest score, if it is sure."""
    best = max(scores, key=scores.__getitem__)
    share = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
    return best if share >= _SURE else None


def _trigram_probabilities(text: str) -> dict[str, float]:
    if find_spec("lingua") is None:  # where it can't be installed, function words alone decide
        return dict.fromkeys(HUMAN_LANGUAGES, 1 / len(HUMAN_LANGUAGES))
    values = _detector().compute_language_confidence_values(text)
    return {_NAMES.get(value.language.name, value.language.name.lower()): value.value for value in values}


_NAMES = {"BOKMAL": "norwegian"}


@cache
def _detector() -> LanguageDetector:
    from lingua import Language, LanguageDetectorBuilder

    lingua_names = {name: lingua_name for lingua_name, name in _NAMES.items()}
    chosen = [getattr(Language, lingua_names.get(name, name.upper())) for name in HUMAN_LANGUAGES]
    return LanguageDetectorBuilder.from_languages(*chosen).with_low_accuracy_mode().build()


@cache
def _function_words() -> dict[str, dict[str, float]]:
    """For each function word its languages, each with one part of as many as there are."""
    owners: dict[str, list[str]] = {}
    for language in HUMAN_LANGUAGES:
        if language in languages_with_lists():
            for word in sorted(set(function_words(language))):
                if len(word) > 1 or word in "aiyoàéèó":
                    owners.setdefault(word.lower(), []).append(language)
    return {word: dict.fromkeys(found, 1 / len(found)) for word, found in owners.items()}

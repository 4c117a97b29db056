"""What a language model wrote, made fit to be shown: plain, of limited length, in the form of a heading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import chain, count

from kura_udfs.text.redaction import redact
from kura_udfs.text.visible import plain_line

MAX_WORDS = 10
"""Words of a name at most."""


def cut_words(text: str, limit: int) -> str:
    """Keep so many words of a text at most, without the punctuation after the last.

    Two Chinese, Japanese or Korean characters count as a word, as do thirty letters without a space.
    """
    ends = [match.end() for match in _WORD.finditer(text)]
    return text if len(ends) <= limit else text[: ends[limit - 1]].rstrip(_LOOSE_ENDS) if limit > 0 else ""


def cut_sentences(text: str, limit: int) -> str:
    """Keep so many sentences of a line at most."""
    found = (match.end(match.lastindex or 0) for match in _SENTENCE_END.finditer(text))
    ends = [end for end in found if not _ABBREVIATION.search(text, max(end - 10, 0), end)]
    return text if len(ends) < limit else text[: ends[limit - 1]]


def heading(text: str, max_words: int, proper: str = "") -> str:
    """Turn what a model calls a name into a heading.

    Parameters
    ----------
    text : str
        Anything.
    max_words : int
        It is cut between words, and not after one that leads to the next ("of", "and").
    proper : str
        Prose about the same. A word that is capitalised within its sentences stays so where the rest of a
        heading In Title Case is put in lower case.

    Returns
    -------
    str
        One line in sentence case, without personal data, markup, links, placeholders and final punctuation;
        empty if nothing is left, or if the model says in it that it has no name to give.
    """
    line = _LABEL.sub("", _BULLET.sub("", _without_markup(text)))
    line = " ".join(_NOT_IN_HEADINGS.sub(" ", line).split())
    line = _cut_heading(line, max_words, spoken_key(text))
    if line.count("(") != line.count(")"):
        line = _cut_heading(" ".join(re.sub("[()]", " ", line).split()), max_words, spoken_key(text))
    if not re.search(r"[^\W\d_]", line) or _NO_NAME.match(line):
        return ""
    line = _sentence_case(line, set(re.findall(r"(?<=[a-z,] )[A-Z]\w*", proper)))
    return line[:1].upper() + line[1:] if line.split()[0].islower() else line


def prose(text: str, max_sentences: int, max_words: int) -> str:
    """Turn what a model wrote into sentences without personal data and markup, cut to these limits."""
    line = " ".join(re.sub(r"[<>{}\[\]`*|\\]", " ", _without_markup(text)).split())
    if not re.search(r"\w", line) or _NO_NAME.match(line):
        return ""
    whole = cut_sentences(line, max_sentences)
    cut = cut_words(whole, max_words)
    if cut != whole:
        return f"{cut}…"
    return whole if whole.endswith(_SENTENCE_ENDS) else f"{whole.rstrip(_LOOSE_ENDS)}."


def slug(preferred: str, further: Iterable[str], taken: set[str]) -> str:
    """Make a slug of three lower-case ASCII words that is not in `taken`, to which it is added.

    Parameters
    ----------
    preferred : str
        What is wanted; its first three words are used if it has them.
    further : iterable of str
        Texts whose words fill it up, and tell it from those that are taken.
    taken : set of str
        Grows by the result.
    """
    wanted = _slug_words(preferred)
    others = [word for text in further for word in _slug_words(text) if word not in _LINKS]
    words = list(dict.fromkeys([*wanted[:3], *others, *wanted[3:], "topic", "group", "cluster"]))
    for third in chain(words[2:], map(str, count(2))):
        found = f"{words[0]}_{words[1]}_{third}"
        if found not in taken:
            break
    taken.add(found)
    return found


def spoken_key(text: str) -> str:
    """Return what two headings have in common that a reader would take for the same."""
    return " ".join(re.findall(r"\w+[+#]*", text.casefold()))


def told_apart(
    name: str, keyphrases: Iterable[str], taken: set[str], max_words: int, alternatives: Iterable[str] = ()
) -> str:
    """Return the name, or one like it that is not taken, which is taken then.

    Parameters
    ----------
    name : str
    keyphrases : iterable of str
        The first that has no word of the name and fits is put after it; the alternatives come after those.
    taken : set of str
        Spoken keys of names; grows by that of the result.
    max_words : int
    """
    spoken = set(spoken_key(name).split())
    phrases = [phrase for phrase in keyphrases if spoken.isdisjoint(spoken_key(phrase).split())]
    longer = [text for phrase in phrases if cut_words(text := f"{name}: {phrase}", max_words) == text]
    numbered = (f"{cut_words(name, max_words - 1)} ({number})" for number in count(2))
    for told in chain([name, *longer, *alternatives], numbered):
        if spoken_key(told) and spoken_key(told) not in taken:
            break
    taken.add(spoken_key(told))
    return told


_SENTENCE_ENDS = tuple(".!?…؟۔।॥。！？")  # those of Arabic, Urdu and Hindi among them
_LOOSE_ENDS = " ,;:.!?&/(–—-…؟،؛۔।॥。！？"
_CJK = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]{{1,2}}|[^\s{_CJK}]{{1,30}}")
_SENTENCE_END = re.compile(r"([.!?…؟۔।॥]+[\"'”’»)]*)\s+(?![a-z])|([。！？])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[^\W\d]|e\.g|i\.e|a\.m|p\.m|approx|dr|etc|mr|mrs|ms|prof|st|vs))\.$", re.IGNORECASE
)
_MARKUP = re.compile(
    r"<[^<>]{0,200}>|\[[A-Za-z_ ]{1,30}\]|\{[^{}]{0,100}\}"  # tags and placeholders
    r"|(?:https?://|www\.)\S+|```\w*|(?<!\w)_+|_+(?!\w)"
)
_BULLET = re.compile(r"^(?:\s*(?:[-*•#>–—]+|[0-9]{1,2}[.)])\s+)+|^\s*#+")
_LABEL = re.compile(
    r"^[\s\"'“”*]*(?:(?:cluster|group|topic|category)(?: name| title)?(?: [0-9]+)?|name|title|heading)"
    r"[\"'”*]*\s*[:=]\s*",
    re.IGNORECASE,
)
_NOT_IN_HEADINGS = re.compile(r"[^\w\s'’.,:/&+()%#€$£-]|(?<!\w)['’]|['’](?!\w)|_")
_NO_NAME = re.compile(
    r"(?:i(?:['’]?m| am)? (?:sorry|unable|can(?:no|['’])?t)\b|i (?:won['’]?t|will not)\b|sorry\b"
    r"|as an (?:ai|assistant)\b"
    r"|(?:none|null|nil|n/?a|tbd|unknown|unnamed|untitled|undefined|no name|not applicable|refused|error"
    r"|(?:misc(?:ellaneous)?|various|cluster|group|topic|name|category)(?: [0-9]+)?)\W*$)",
    re.IGNORECASE,
)
_LINKING_WORDS = """
    a an and are as at but by for from get how if in into is it its of on or our so than that the their then
    this to via vs was what when where which while who why with without your
"""
_LINKS = frozenset(_LINKING_WORDS.split())


def _without_markup(text: str) -> str:
    return _MARKUP.sub(" ", plain_line(redact(plain_line(text))))


def _cut_heading(line: str, max_words: int, said: str) -> str:
    cut = re.sub(r"^(?:[ ,;:/&+)-]|\.(?!\w))+", "", cut_words(line, max_words)).rstrip(_LOOSE_ENDS)
    # if the words after it are gone, a word that leads to them has to go too, but "Log in" is whole
    while " " in cut and (last := cut.rpartition(" ")[2].lower()) in _LINKS and not f" {said}".endswith(f" {last}"):
        cut = cut.rpartition(" ")[0].rstrip(_LOOSE_ENDS)
    return cut


def _sentence_case(line: str, proper: set[str]) -> str:
    words = line.split(" ")
    lettered = [word for word in words if word[:1].isalpha()]
    if len(lettered) > 1 and line.isupper():
        return line.capitalize()
    if len(lettered) < 3 or not all(word[:1].isupper() or word in _LINKS for word in lettered):
        return line
    # names of things, abbreviations and the like have more capitals than their first
    ordinary = {word for word in words[1:] if word.isalpha() and word.istitle()} - proper
    return " ".join([words[0], *(word.lower() if word in ordinary else word for word in words[1:])])


def _slug_words(text: str) -> list[str]:
    spelt = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return [word[:20] for word in re.findall(r"[a-z0-9]+", re.sub(r"[&'’\u0300-\u036f]", "", spelt))]


# Letters that do not fall apart into an ASCII letter and an accent.
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "þ": "th", "ı": "i"})

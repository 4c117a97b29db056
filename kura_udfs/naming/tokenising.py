"""Texts as words, and the places at which a phrase must end."""

from __future__ import annotations

import re
import unicodedata

from kura_udfs.naming import unspaced
from kura_udfs.naming.chat_words import ALL_UNABLE
from kura_udfs.naming.trimmings import without_courtesy, without_noise

MAX_TOKENS = 1_500
"""Tokens of a text that are looked at: what a chat is about stands at its start."""


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
    for token in (_TOKEN_OF_JAPANESE if japanese else _TOKEN).findall(text):
        if len(tokens) >= MAX_TOKENS:
            break
        if token.isascii() and token.isalpha():  # as most are
            tokens.append(token[:40])
        else:
            tokens += _words_in(token.replace("’", "'"), japanese, counted=bool(tokens) and tokens[-1].isdigit())
    return _unable_together(tokens[:MAX_TOKENS])


def _words_in(token: str, japanese: bool, counted: bool) -> list[str]:
    """Return the words of what stands between spaces or signs, or of a sign; what is counted follows a number."""
    if token in _INSIDE_WORDS:
        return []
    if not token[0].isalnum():
        return [token if token in "&," else ""]
    if token.endswith("'s") and token[:-2].lower() in _OWNS_NOTHING:
        return [token[:-2], "s"]
    if _THING.fullmatch(token):
        return [token[:40]]
    if japanese and not _SPACED.match(token):
        return unspaced.japanese_words(token)
    if _WITHOUT_SPACES.match(token):
        return unspaced.words_in(token, japanese, counted)
    verb, _, particle = token.rpartition("-")
    particle = particle.removesuffix("s")
    return [verb[:40], particle] if verb and particle.lower() in PARTICLES else [token[:40]]


def _unable_together(tokens: list[str]) -> list[str]:
    """Make one word of a "not" and a "can" that follow each other, where a language says it so."""
    found: list[str] = []
    for token in tokens:
        if found and lower_case(pair := f"{found[-1]} {token}") in ALL_UNABLE:
            found[-1] = pair
        else:
            found.append(token)
    return found


def lower_case(word: str) -> str:
    """Return a word in lower case: the capital of Turkish's dotted i is an i, and not two signs as Python has it."""
    return word.replace("İ", "i").lower()


def without_owner(word: str) -> str:
    """Return an owner by itself: "doctor" of "doctor's"."""
    return word.removesuffix("'s")


_NO_ONE = re.compile(r"\bno[ -]?one\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:is|are|was|were|do|does|did|has|have|had|wo|would|should|ai)n['’`´]?t\b", re.IGNORECASE)
# What people cannot do is what they want: "cannot" opens no phrase.
_UNABLE = re.compile(r"\b(?:ca|could)n['’`´]?t\b|\b(?:can|could) not\b", re.IGNORECASE)
# Arabic and Hebrew write "and" on to the word that says no, and Persian "not" apart from its verb: "نمی‌توانم".
AND_IN_ARABIC = "وف"
_AND = re.compile(r"\b[وف](?=(?:لا|لم|لن|ليس|ليست|لست)\b)|\bו(?=(?:לא|אין)\b)")
# Chinese asks by saying it and denying it, too: "能不能" (can I), "有没有" (is there).
_EITHER = re.compile(f"([{unspaced.HAN}])[不没沒]\\1")
_APART = re.compile(r"\bنمی[ \u200c]+(?=\w)")
# Apostrophes, and what Persian writes between a word and its endings.
_INSIDE_WORDS = "'’`´\u200c"
# Vowel signs, which \w leaves out. Among those of India stand its full stops.
MARKS = "".join(sign for sign in map(chr, range(0x300, 0xE00)) if unicodedata.category(sign).startswith("M"))
# Letters with their marks, runs of katakana, of Han, of Thai, or any one sign. Hebrew has a hyphen of its own.
_LETTERS = rf"(?:[^\W_{unspaced.KANA}{unspaced.HAN}{unspaced.THAI}]+|[{MARKS}])+"
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
_TOKEN = re.compile(rf"{_SIGNED}|{_OWNER}|{_LETTERS}(?:[-&\u05be]{_LETTERS})*|{_RUNS}|[{unspaced.THAI}]+|\n|\S")
_TOKEN_OF_JAPANESE = re.compile(_TOKEN.pattern.replace(_RUNS, f"[{unspaced.HAN}{unspaced.KANA}]+"))
_SPACED = re.compile(f"[^{unspaced.HAN}{unspaced.KANA}]")
_WITHOUT_SPACES = re.compile(f"[{unspaced.HAN}{unspaced.THAI}]")
_KANA = re.compile(f"[{unspaced.KANA}]")
PARTICLES = frozenset(("up", "out", "off", "down"))

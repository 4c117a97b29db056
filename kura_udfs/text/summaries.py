"""What a conversation is about, in the user's own words: an extractive summary and the request.

Sentences are scored as SumBasic does (A. Nenkova, L. Vanderwende: The Impact of Frequency on Summarization,
Microsoft Research MSR-TR-2005-101): by the mean probability of their content words, which falls for the words
of a sentence once that is chosen. Chats need two things more: people say first what they want, so earlier
sentences count more, and much of what they say is greeting, thanks and consent, which is dropped. And they paste:
of a traceback its error is told, code, tables and quotes only where there is nothing else, base64 never.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache, reduce
from typing import NamedTuple

from kura_udfs.text.function_words import function_words
from kura_udfs.text.pastes import readings

VERSION = 4


def extractive_summary(user_turns: str, max_sentences: int = 2, max_words: int = 40) -> str | None:
    """The sentences that say most of what a user said.

    Parameters
    ----------
    user_turns : str
        The user's messages, separated by newlines. Code fences, tables and quoted lines are left out where there
        is something else.
    max_sentences : int
        At most so many sentences, in the order they were said.
    max_words : int
        At most so many words in all; a Chinese, Japanese or Korean character counts as one. A sentence that
        is too long is cut at a word, with "…".

    Returns
    -------
    str or None
        One line, which ends with the error where a traceback was pasted; None where nothing was said, that is
        where `has_words` is False.
    """
    if min(max_sentences, max_words) < 1:
        return None
    sentences, error = _told(user_turns)
    if error:
        error = _cut(error, max(1, max_words // 2) if sentences else max_words)
        max_words -= len(_UNIT.findall(error))
    told = _most_telling(sentences, max_sentences - 1 if error and max_sentences > 1 else max_sentences, max_words)
    told += [error] if error and not (told and max_sentences == 1) else []
    return reduce(_appended, told) if told else None


def has_words(user_turns: str) -> bool:
    """Whether a user said anything that a conversation can be about.

    Parameters
    ----------
    user_turns : str
        The user's messages, separated by newlines.

    Returns
    -------
    bool
        False where there are only greetings, thanks, consent, markers of pictures and files, placeholders,
        numbers, or base64.
    """
    sentences, error = _told(user_turns)
    return bool(sentences or error)


def _most_telling(sentences: list[_Sentence], max_sentences: int, max_words: int) -> list[str]:
    counts = Counter(word for sentence in sentences for word in sentence.content)
    weight = {word: count / counts.total() for word, count in counts.items()}
    kept: list[_Sentence] = []
    lines: dict[int, str] = {}
    while len(lines) < max_sentences and max_words >= (_FEWEST_WORDS if lines else 1):
        told = {word for sentence in kept for word in sentence.content}
        short = sum(len(line.split()) for line in lines.values()) < _FEWEST_WORDS
        rest = [
            sentence
            for sentence in sentences
            if not kept or (sentence not in kept and len({*sentence.content} - told) >= _news_needed(sentence, short))
        ]
        if not rest:
            break
        best = max(rest, key=lambda sentence: _score(sentence, weight))
        kept.append(best)
        lines[best.place] = _cut(best.text, max_words)
        max_words -= len(_UNIT.findall(lines[best.place]))
        weight.update((word, weight[word] ** 2) for word in {*best.content})
    return [lines[place] for place in sorted(lines)]


def request(user_turns: str, max_words: int = 30) -> str | None:
    """The first sentence in which a user really asks or states something.

    Parameters
    ----------
    user_turns : str
        The user's messages, separated by newlines.
    max_words : int
        At most so many words, as in `extractive_summary`.

    Returns
    -------
    str or None
        One line without the greeting before it; None where nothing was said.

    Notes
    -----
    Where a fuller question follows in the same line ("I walk the GR11 in August. If I download the map today,
    will it still be there in a month?"), it goes before what led to it.
    """
    if max_words < 1:
        return None
    sentences, error = _told(user_turns)
    stating = (s for s in sentences if len(s.content) >= 2 or (s.line == 0 and _says_something(s)))
    told = (s for s in sentences if s.content)
    first = next(stating, None) or next(told, None) or next(iter(sentences), None)
    if first is None:
        return _cut(error, max_words) if error else None
    asking = (s for s in sentences if s.line == first.line and _asks(s.text))
    if not _asks(first.text):
        first = next((s for s in asking if len(s.content) > len(first.content)), first)
    return _cut(first.text, max_words)


_MOST_SENTENCES = 200
_FEWEST_WORDS = 8  # that are worth adding after a long sentence
_ENOUGH_CONTENT = 5  # content words, less one, that a sentence needs to count in full
_FRAGMENT = 5  # words that a sentence needs to stand alone
_LEAD_BIAS = 0.35  # for each sentence before
_TURN_BIAS = 0.5  # for each line before: later turns answer questions that the reader doesn't see

# --- sentences

_BULLET = re.compile(r"^(?:[-*•–—]+|[0-9]{1,2}[.)])\s+")
_ENDS = tuple(".!?…؟۔।॥。！？:;")  # those of Arabic, Urdu and Hindi among them
_CLOSING = "\"'”’») "
_BREAK = re.compile(r"(?<=[.!?…؟۔।॥])[\"'”’»)]*\s+|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:^|[^\w.])(?:[^\W\d]|(?:am|vom|bis|zum|den|der|dem|seit|ab) [0-9]{1,2}"
    r"|e\.g|i\.e|a\.m|p\.m|approx|dept|dr|etc|max|min|mr|mrs|ms|no|pcs|prof|st|tel|vs"
    r"|z\. ?b|d\. ?h|u\. ?a|art|bzw|ca|evtl|ggf|inkl|nr|str|usw|mme|p\. ?ej|sr|sra)\.$",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"(?:\.\.|…|\b[0-9]{1,2}\.)$")  # before a small letter: "and then... nothing", "1. bis 9. Mai"
_UNIT = re.compile(r"[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]|[^\s\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]{1,30}")


class _Sentence(NamedTuple):
    text: str
    place: int
    line: int
    content: tuple[str, ...]


def _told(text: str) -> tuple[list[_Sentence], str | None]:
    """Sentences that say something, and the error of the last traceback."""
    sentences: list[_Sentence] = []
    error = None
    for prose, error in readings(text):
        sentences = _telling(prose)
        if sentences or error:
            return sentences, error
    return _telling(next(readings(text))[0], is_said=_is_question), None


def _telling(prose: str, is_said: Callable[[str], bool] | None = None) -> list[_Sentence]:
    """Sentences that say something, in order, without the greeting in front."""
    is_said = is_said or (lambda sentence: not _is_filler(sentence))
    lines = [line for line in map(str.strip, prose.splitlines()) if line]
    first_said: dict[str, int] = {}
    for number, line in enumerate(lines):
        for told in _whole_sentences(_BULLET.sub("", line), is_said):
            first_said.setdefault(told, number)
            if len(first_said) == _MOST_SENTENCES:
                break
    first_line = min(first_said.values(), default=0)
    return [
        _Sentence(told, place, line - first_line, _content_words(told))
        for place, (told, line) in enumerate(first_said.items())
    ]


def _whole_sentences(line: str, is_said: Callable[[str], bool]) -> list[str]:
    """Sentences of a line that say something; a fragment ("Two charges.") joins the one that follows."""
    whole: list[str] = []
    for sentence in _sentences(line):
        told = _without_preamble(sentence)
        if is_said(told):
            if whole and len(_UNIT.findall(whole[-1])) < _FRAGMENT:
                whole[-1] = _appended(whole[-1], told)
            else:
                whole.append(told)
    return whole


def _sentences(line: str) -> list[str]:
    sentences: list[str] = []
    start = 0
    for match in _BREAK.finditer(line):
        before = line[max(start, match.start() - 12) : match.start()]
        goes_on = line[match.end() : match.end() + 1].islower() and _GOES_ON.search(before)
        if not goes_on and not _ABBREVIATION.search(before):
            sentences.append(line[start : match.end()])
            start = match.end()
    return [" ".join(sentence.split()) for sentence in (*sentences, line[start:])]


def _appended(text: str, sentence: str) -> str:
    if text.endswith(("。", "！", "？")):
        return text + sentence
    return f"{text} {sentence}" if text.rstrip(_CLOSING).endswith(_ENDS) else f"{text}. {sentence}"


def _cut(sentence: str, words: int) -> str:
    ends = [match.end() for match in _UNIT.finditer(sentence)]
    return sentence if len(ends) <= words else sentence[: ends[words - 1]].rstrip(" ,;:.-–—") + "…"


# --- greetings, thanks, consent

_GREETING = (
    r"(?:hi+|hello+|hey+|hiya|greetings|howdy|(?:good )?(?:morning|afternoon|evening)|good day"
    r"|hallo|moin(?: moin)?|servus|guten (?:tag|morgen|abend)|bonjour|bonsoir|salut|coucou"
    r"|hola+|buenas(?: tardes| noches)?|buenos d[ií]as|ciao|buongiorno|buonasera|hej|hei|god dag|ol[aá]"
    r"|bom dia|boa (?:tarde|noite)|goede(?:morgen|middag|navond)|dzień dobry|cześć|witam|dobrý den|merhaba(?:lar)?"
    r"|selam(?:lar)?|iyi (?:günler|akşamlar)|привет|здравствуйте|добр(?:ый (?:день|вечер)|ое утро)|selamat \w+"
    r"|(?:oi|salve|halo)(?=\s*[,!])"
    r"|xin chào|مرحب[اًا]+|السلام عليكم|नमस्ते|(?:你好|您好|早上好|下午好|晚上好)[啊呀]?|こんにちは|こんばんは|안녕하세요)"
)
_PREAMBLE = re.compile(
    r"^(?:dear|liebes?|sehr geehrte[rs]?|estimad[oa]s?|chère?s?) [^,.!?]{1,40},\s*"
    rf"|^{_GREETING}(?!\w)"
    rf"(?:[ ,]+(?:{_GREETING}|there|again|all|everyone|team|support|folks|guys|zusammen|à tous)(?!\w))*"
    r"(?: \w+(?: \w+)?(?=\s*[,!]| [–—-] ))?[\s,.!:;–—，。！、،-]*"
    r"|^(?:(?:ok(?:ay)?|so|well|um+|uh+|ah|oh|hm+|also|alors|bueno|pues)[ ,.…]+)+"
    r"|^(?:yes|yeah|no|ja|nein|oui|non|s[ií])\s?[,!.]+\s*"
    r"|^(?:just )?(?:a )?(?:quick|kurze|petite|eine|une|una) (?:one|question|frage|pregunta|duda|consulta)"
    r"[\s,.!:–—-]+",
    re.IGNORECASE,
)
_FILLER_WORDS = """
    hi hello hey there all team again anyone anybody somebody someone here hiya yo dear sir madam good
    morning afternoon evening day night thanks thank thx ty tysm cheers ta you u so very much many a lot
    lots appreciated ok okay k kk yes yep yeah yup ya no nope nah sure fine great perfect cool nice lovely
    wonderful brilliant awesome excellent super alright right understood got it noted done deal please pls
    plz bye goodbye see later lol haha hahaha hmm hm oh ah um uh wow well then that this thats that's for
    now is was will do just what i needed works me helpful help your the have one and to be best regards
    kind sincerely yours faithfully whom may concern quick question sorry my english

    hallo guten tag morgen abend moin servus danke dankeschön vielen dank schön schönen ja nein nee bitte gut
    gerne gern prima klasse passt alles klar tschüss ciao mfg lg grüße gruß freundlichen mit viele liebe sehr
    geehrte damen und herren dir ihnen jemand da kurze frage

    bonjour bonsoir salut coucou merci beaucoup bien oui non svp stp s'il vous plaît plait te d'accord parfait
    génial très au revoir cordialement bonne journée soirée c'est bon tout quelqu'un une

    hola buenas buenos días dias tardes noches gracias muchas muchísimas sí si por favor vale perfecto genial
    adiós adios saludos un saludo de nada eso es todo hay alguien ahí muy una pregunta duda consulta

    oi bom boa dia tarde noite obrigado obrigada valeu tudo bem tchau sim não buongiorno buonasera salve grazie mille
    prego goedemorgen goedemiddag goedenavond bedankt dank je wel hei hej tack takk cześć dzień dobry witam dziękuję
    tak nie merhaba merhabalar selam selamlar teşekkürler teşekkür ederim sağolun iyi günler akşamlar tamam evet hayır
    lütfen привет здравствуйте добрый день вечер спасибо большое да нет хорошо пожалуйста halo selamat pagi siang terima
    kasih xin chào cảm ơn مرحبا السلام عليكم شكرا نعم नमस्ते धन्यवाद 안녕

    谢谢 你好 您好 好的 はい こんにちは ありがとう ありがとうございます お願いします 네 감사합니다 안녕하세요
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+")
_PLACEHOLDER = re.compile(r"\[[a-z]+\]")


def _without_preamble(sentence: str) -> str:
    """The sentence without greeting, "ok so" and the like; as it is where nothing else would be left."""
    rest = sentence
    for _ in range(3):
        rest = _PREAMBLE.sub("", rest, count=1)
    rest = rest.strip()
    return rest[:1].upper() + rest[1:] if sentence[:1].isupper() else rest


def _is_filler(sentence: str) -> bool:
    return all(word in _FILLERS for word in _tokens(sentence))


def _is_question(sentence: str) -> bool:
    """Whether a sentence of nothing but little words asks something all the same: "what is this?"."""
    return len(_tokens(sentence)) >= 3 and _QUESTION.match(sentence) is not None


_QUESTION = re.compile(r"(?:and |but )?(?:what|how|why|who|where|when|which)\b", re.IGNORECASE)


def _tokens(sentence: str) -> list[str]:
    return _TOKEN.findall(_PLACEHOLDER.sub(" ", sentence).lower().replace("’", "'"))


# --- weight

_ASKS = re.compile(
    r"^(?:is|are|do|does|will) (?:the|it|there|you|my|your|this|that|i|we)\b"
    r"|^(?:can|could|may|would|how|where|when|why|what|which|should"
    r"|kann|könn|wie|wo|wann|warum|was|welche|gibt"
    r"|comment|où|quand|pourquoi|combien|est-ce|puis-je|peut-on"
    r"|c[oó]mo|d[oó]nde|cu[aá]ndo|cu[aá]nto|por qu[eé]|puedo|pueden|pod[eé]is|hay)(?!\w)"
    r"|\bi(?:'d| would| should)? (?:want|need|like|wish) (?:to|a|an|the|my|you|it)\b|\bcan (?:i|you|we)\b"
    r"|\bich (?:möchte|will|brauche|hätte)\b|\bje (?:voudrais|veux|souhaite)\b|\bj'aimerais\b"
    r"|\b(?:quiero|quisiera|necesito)\b|\bme gustar[ií]a\b",
    re.IGNORECASE,
)
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7ff]")


def _score(sentence: _Sentence, weight: dict[str, float]) -> float:
    if not sentence.content:
        return 0.0
    frequency = sum(weight[word] for word in sentence.content) / len(sentence.content)
    complete = min(1.0, (1 + len(sentence.content)) / _ENOUGH_CONTENT)
    return frequency * complete / (1 + _LEAD_BIAS * sentence.place + _TURN_BIAS * sentence.line)


def _says_something(sentence: _Sentence) -> bool:
    """Whether a short first sentence does: "I need a taxi" and "delivered??", but not "Moss"."""
    return len(sentence.content) >= 1 and (len(_tokens(sentence.text)) >= 3 or "?" in sentence.text)


def _news_needed(sentence: _Sentence, short: bool) -> int:
    """Content words that a further sentence must add: an answer needs more of them to be understood alone."""
    if sentence.line == 0:
        return 1
    return 3 if short or _asks(sentence.text) else 4


def _asks(sentence: str) -> bool:
    return sentence.rstrip(" !\"'”’»").endswith(("?", "？")) or _ASKS.search(sentence) is not None


def _content_words(sentence: str) -> tuple[str, ...]:
    """Words that carry meaning, by their first six letters; in scripts without spaces, pairs of letters.

    Those of an address carry none: a link tells nothing beside what is said of it.
    """
    words: list[str] = []
    for token in _tokens(_ADDRESS.sub(" ", sentence)):
        if _CJK.search(token):
            words.extend(token[at : at + 2] for at in range(max(1, len(token) - 1)))
        elif len(token) > 1 and token not in _stop_words():
            words.append(token[:6])
    return tuple(words)


# words of the English list that a customer means something by
_TELLING_WORDS = """
    bill case click computer copy date detail empty error fill fire fix free full group help homepage join key
    keys line lines move number numbers open opened order ordered ordering orders page pages part parts point
    points problem problems room save sent site system test text thick thin website work worked working works
"""


@cache
def _stop_words() -> frozenset[str]:
    languages = ("english", "german", "french", "spanish", "italian", "portuguese", "dutch", "swedish")
    return frozenset(word for language in languages for word in function_words(language)) - {*_TELLING_WORDS.split()}

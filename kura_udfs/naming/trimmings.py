"""What stands in a text without saying what it is about: addresses, code, paths, frames, courtesies, signatures."""

from __future__ import annotations

import re


def without_noise(text: str) -> str:
    """Leave out addresses, code, tags, entities, placeholders such as `[email]`, frames of stack traces, and paths."""
    text = _NOISE.sub("\n", _FRAME.sub("\n", text))
    return _PATH.sub(" ", text) if "/" in text or "\\" in text else text


def without_courtesy(text: str) -> str:
    """Leave out whom a text greets, what it thanks for, who signs it, and full stops of abbreviations.

    French questions lose their hyphens, and the pronoun after a verb whose subject has been named.
    """
    text = _SHORT.sub(lambda short: f"{short[1] or ''} ", text)
    return _COURTESY.sub("\n", _ASKED.sub(" ", _TAKEN_UP.sub(" ", _without_people(text))))


def without_frame(text: str) -> str:
    """Leave out whom a text greets, who signs it, what it thanks for, and what follows that on the same line."""
    return _CLOSES.sub("\n", _without_people(text))


def _without_people(text: str) -> str:
    return _SIGNED.sub("\n", _CLOSING.sub(_unsigned, _SALUTATION.sub("\n", text)))


def _unsigned(closing: re.Match[str]) -> str:
    """Leave out what is written as names of people are: with one capital each, at the beginning."""
    names = closing[2].split()
    signed = all(name[0].isupper() and (len(name.strip(".")) == 1 or not name.isupper()) for name in names)
    return "\n" if signed else closing[0]


_NOISE = re.compile(
    r"```.*?(?:```|\Z)|\b[a-z]{2,10}://\S+|\bwww\.\S+|(?<!\S)\S{1,99}@\S+|</?[A-Za-z][^<>\n]{0,200}>"
    r"|<[@#!][^<>\s]{1,80}>|&(?:amp|lt|gt|quot|nbsp|#\d{2,5});"
    r"|\[[A-Za-z][\w :/-]{0,40}\]",
    re.DOTALL,
)
# Of Python with the line of code below it, of Java, JavaScript and C#.
_FRAME = re.compile(
    r"\btraceback \(most recent call last\):?|\bfile \"[^\"\n]{1,200}\", line \d+(?:, in \S+)?(?:\n[ \t]{2,}\S[^\n]*)?"
    r"|\bat [\w$.<>/]{1,200}\([^()\n]{0,200}\)|^[ \t]*at [^()\n]{0,200}\(?\S{1,200}:\d+:\d+\)?",
    re.IGNORECASE | re.MULTILINE,
)
# From a root, "/srv/app" or "C:\\app"; of a file in folders; on a host.
_PATH = re.compile(
    r"(?<![\w/\\.])(?:~|\.{1,2})?/[\w.@-]+(?:/[\w.@-]+)*/?|\b[A-Za-z]:\\[^\s\"']{1,200}"
    r"|(?<![\w/\\.])\.?(?:[\w@-]{1,60}/){1,20}[\w.@-]{1,60}\.[a-z]\w{0,4}\b"
    r"|\b(?:[\w-]{1,60}\.){1,5}[a-z]{2,6}/[\w./:@-]+"
)
# French writes the subject of a question on to its verb: "puis-je". In "ma facture est-elle" it is said twice.
_ASKED = re.compile(
    r"(?<=[a-zà-ÿ])(?<!rendez)-(?:(?:t-)?(?=(?:je|tu|nous|vous|ce)\b)|t-(?=on\b)|(?:ci|là)\b)", re.IGNORECASE
)
_TAKEN_UP = re.compile(r"(?<=[a-zà-ÿ])-(?:t-)?(?:ils?|elles?)\b", re.IGNORECASE)
# What says nothing though its words do: "thanks in advance", "my 2 year old has a fever", "quedo a la espera".
_COURTESY = re.compile(
    r"\bthank(?:s|ing)?(?: \w+){0,3} in advance\b|\b\d+[- ]?(?:years?|yrs?|months?|weeks?|days?)[- ]olds?\b|\btl;?dr\b"
    r"|\bquedo a la espera\b|\bdans l['’]attente d(?:e|['’])|\b[àa] partir d(?:e|u|['’])",
    re.IGNORECASE,
)
# "Dear Dr Patel," and "Hi Anna," at the beginning.
_SALUTATION = re.compile(
    r"\A\s*(?i:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen|abend)|lieber?"
    r"|sehr geehrter?|bonjour|ch(?:er|ère)|hola|buen[oa]s (?:días|tardes|noches)|estimad[oa]|ciao|gentile|olá|oi"
    r"|prezad[oa]|beste|geachte)"
    r"(?:,? (?:(?i:dr|mr|mrs|ms|prof|herr|frau|sir|madam|or|and|team|support|there|all)|[A-Z][^\W\d_A-Z]+)\b)"
    r"{1,4} ?(?:[,!:]|\s*\n)"
)
_CLOSINGS = r"""
    (?:kind |best |warm )?regards|best(?: wishes|(?=,|\s*\n))|cheers|many thanks|thanks(?: in advance)?
    |thank you(?: so much)?|thx|yours (?:sincerely|truly|faithfully)|sincerely|gru(?:ß|ss)|[lv]g|mfg
    |(?:(?:mit )?(?:freundlichen?|besten?|lieben?|vielen?) )?grü(?:ß|ss)en?|(?:vielen )?dank(?: im voraus)?|danke
    |cordialement|bien à vous|salutations|merci(?: d['’]avance| beaucoup)?|(?:un )?saludos?|atentamente
    |(?:muchas )?gracias(?: de antemano)?|quedo a la espera|obrigad[oa]|att|atenciosamente|abraços?|aguardo retorno
    |desde já agradeço|(?:cordiali |distinti )?saluti|grazie(?: mille)?|(?:met )?(?:vriendelijke )?groet(?:en|jes)?
    |bedankt|pozdrawiam|dziękuję|z poważaniem|teşekkürler|saygılarımla|iyi çalışmalar|mvh|hilsen|hälsningar|tack|takk?
    |děkuji|s pozdravem|с уважением|спасибо
"""
_CLOSING_WORDS = re.sub(r"\n\s*", "", _CLOSINGS)
_CLOSES = re.compile(rf"\b(?:{_CLOSING_WORDS})\b[^\n]*", re.IGNORECASE)
# Up to three names after it, at the end of a line.
_CLOSING = re.compile(rf"\b(?=\w)((?i:{_CLOSING_WORDS}))[ \t]*[,.!]*\s+((?:[^\W\d_][\w'’.-]*[ \t]*){{1,3}})(?=\n|\Z)")
_SIGNED = re.compile(
    r"(?:お願い(?:いた|致)?します|ありがとうございます|お待ちしております|[谢謝]{2}|感[谢謝])[。！!]*\s*"
    r"[\u3400-\u9fff]{2,4}[ \t]*(?=\n|\Z)"
)
# A full stop that ends no sentence, and what holds the words of an identifier together.
_SHORT = re.compile(r"\b((?i:dr|mr|mrs|prof|st|vs|approx|incl|excl))\. ?(?=\w)|(?<=[^\W_])_(?=[^\W_])")

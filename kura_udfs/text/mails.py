"""What somebody wrote in a mail: without the mails below it and without the name under it.

Only what mail programs write by rule is taken off, and only where words are left: a list with hyphens is no
signature, and a mail that somebody pasted to have it answered is what they wrote.
"""

from __future__ import annotations

import re

from kura_udfs.text import markup


def plain_text(role: str | None, text: str) -> str:
    """A message as a person would read it.

    Parameters
    ----------
    role : str or None
        Whose message it is: quoted mails and signatures are only taken off what a ``user`` wrote.
    text : str
        Plain text, or HTML as mails and help desks keep it.

    Returns
    -------
    str
        Without tags and entities, its lines ended alike; never empty where the text has words.
    """
    text = text.replace("\r\n", "\n")
    if "<" in text and markup.is_html(text):
        shown, quoted, signed = markup.seen(text)
        text = shown if _has_letters(shown) else "\n".join(filter(None, (shown, signed, quoted))) or text
    else:
        text = markup.without_entities(text)
    return own_words(text) if role == "user" else text


def own_words(text: str) -> str:
    """A mail without its history and its signature; the whole text where nothing else would be left."""
    if "\n" not in text and not _ONE_LINE.search(text[-200:]):
        return text
    return _without_signature(_without_history(text))


_MOST_LINES = 2_000
_LONGEST_SIGNATURE = 12  # lines
_REPLY_RULE = re.compile(
    r"^\W{0,3}(?:-{2,}|_{2,})\s*(?:original message|original appointment|ursprüngliche nachricht|originalnachricht"
    r"|message d'origine|mensaje original|messaggio originale|oorspronkelijk bericht|ursprungligt meddelande"
    r"|mensagem original|oprindelig meddelelse)\s*(?:-{2,}|_{2,})?\s*$"
    r"|^##-? ?.{0,60}(?:type your reply above|reply above) this line.{0,20}$",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"^(?:>\s?)*(?:On|Am|Le|El|Il|Op|Den|Em|Dne|W dniu|På)\b.{4,200}?(?:wrote|schrieb|a écrit|escribió|ha scritto"
    r"|schreef|skrev|escreveu|napisał\(?a?\)?|napsal\(?a?\)?)\b.{0,120}:\s*$",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^[*\s>]{0,6}(from|von|de|da|van|från|fra|sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado"
    r"|fecha|para|asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|skickat|till|ämne)\s?:[*\s]",
    re.IGNORECASE,
)
_FROM = frozenset(("from", "von", "de", "da", "van", "från", "fra"))
_SENT_FROM = re.compile(
    r"^(?:sent (?:from|via|with) (?:my|mail|outlook|yahoo|proton|the)\b|get outlook for\b|von meinem \w+ gesendet"
    r"|gesendet (?:von|mit)\b|envoyé de mon\b|enviado desde mi\b|inviato (?:da|dal) mi|verzonden vanaf mijn\b"
    r"|skickat från min\b|diese nachricht wurde von meinem\b).{0,80}$",
    re.IGNORECASE,
)
_CLOSING = (
    r"(?:(?:(?:with |my )?(?:kind(?:est)?|best|warm(?:est)?|many|sincere|yours?|friendly)\s+)?"
    r"(?:regards|rgds|wishes|greetings)|all the best|best|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)"
    r"|cheers|thanks(?: (?:a lot|so much|again|in advance|and (?:kind |best )?regards))?|many thanks"
    r"|thank you(?: (?:very much|so much|again|in advance))?|respectfully|cordially|take care|br|kr|rgds|thx"
    r"|mit (?:freundlichen|besten|herzlichen|lieben) grü(?:ß|ss)en|(?:viele|liebe|beste|herzliche|schöne|freundliche)"
    r" grü(?:ß|ss)e|(?:vielen |herzlichen |besten )?dank(?: im voraus)?|danke|mfg|vg|lg|gru(?:ß|ss)"
    r"|(?:bien )?cordialement|(?:meilleures )?salutations(?: distinguées)?|bien à (?:vous|toi)|amicalement|merci"
    r"|(?:un (?:cordial )?)?saludos?(?: cordiales)?|atentamente|(?:muchas )?gracias"
    r"|(?:cordiali|distinti) saluti|(?:cari )?saluti|grazie"
    r"|met (?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?"
    r"|(?:med )?(?:vänlig|vennlig|venlig)a? (?:hälsning(?:ar)?|hilsen)|mvh|hälsningar|tack"
    r"|(?:com os melhores )?cumprimentos|atenciosamente|obrigad[oa]|pozdrawiam)"
)
_CLOSING_LINE = re.compile(rf"^\W{{0,2}}{_CLOSING}\s*[,.!–—-]*$", re.IGNORECASE)
_NAME = r"[^\W\d_a-zß-öø-ÿ][\w'’.-]*(?:[ \t]+(?:[^\W\d_a-zß-öø-ÿ][\w'’.-]*|von|van|de|der|den|del|la|da|di)){0,4}"
_NAME_LINE = re.compile(rf"^\W{{0,3}}{_NAME}[.,]?$")
_SMALL_NAME_LINE = re.compile(r"^[^\W\d_]{2,15}(?: [^\W\d_]{1,15})?[.,]?$")
_ONE_LINE = re.compile(rf"(?:^|[.!?,;–—-]\s*|\s)((?i:{_CLOSING})\s*[,–—-]\s*(?:{_NAME})[.]?)\s*$")
_GREETS = re.compile(
    r"^\W{0,2}(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|guten (?:tag|morgen|abend)|liebe[rs]?"
    r"|sehr geehrte|bonjour|bonsoir|madame|monsieur|hola|buenos|buenas|estimad|ciao|buongiorno|gentile|hej|beste"
    r"|geachte|olá|prezad|to whom)\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")


def _has_letters(text: str) -> bool:
    return _LETTER.search(text) is not None


def _without_history(text: str) -> str:
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        return text
    for at, line in enumerate(lines):
        bottom = _history_end(lines, at, line.rstrip())
        if bottom is None:
            continue
        own = [line for line in lines[:at] if line.strip(" _-*\t\r")]
        if (own and own[-1].rstrip().endswith(":")) or (not _has_letters("\n".join(own)) and bottom == len(lines)):
            return text  # a mail that was pasted to be talked about
        kept = "\n".join([*lines[:at], *lines[bottom:]]).strip()
        return kept if _has_letters(kept) else text
    return text


def _history_end(lines: list[str], at: int, line: str) -> int | None:
    """The line after the mails that are quoted from a line on; None where none begins there."""
    if _REPLY_RULE.match(line):
        return len(lines)
    split = len(line) > 5 and at + 1 < len(lines) and not line.endswith((".", "!", "?"))
    joined = f"{line} {lines[at + 1].strip()}" if split else line
    if _WROTE.match(line) or (split and len(joined) < 330 and not _WROTE.match(lines[at + 1]) and _WROTE.match(joined)):
        end = at + (1 if _WROTE.match(line) else 2)
        quoted = [place for place in range(end, len(lines)) if lines[place].startswith(">")]
        if not quoted:
            return len(lines)
        end = quoted[0]
        while end < len(lines) and (lines[end].startswith(">") or not lines[end].strip()):
            end += 1
        return end
    header = _HEADER.match(line)
    if header and header[1].lower() in _FROM:
        fields = {match[1].lower() for each in lines[at + 1 : at + 7] if (match := _HEADER.match(each))} - _FROM
        return len(lines) if len(fields) >= 2 else None
    return None


def _without_signature(text: str) -> str:
    lines = text.rstrip().split("\n")
    while len(lines) > 1 and (not lines[-1].strip() or _SENT_FROM.match(lines[-1].strip())):
        lines.pop()
    one_line = _ONE_LINE.search(lines[-1][-200:])
    if one_line:
        lines[-1] = lines[-1][: len(lines[-1]) - len(lines[-1][-200:]) + one_line.start(1)].rstrip(" ,;–—-")
    first = _signature_start(lines)
    kept = "\n".join(lines[:first] + [line for line in lines[first:] if line.lower().startswith(("ps", "p.s"))]).strip()
    return kept if _has_letters(kept) else text


def _signature_start(lines: list[str]) -> int:
    """The first line of the signature, or the number of lines."""
    stated = [place for place, line in enumerate(lines) if line.strip()]
    for at in range(max(1, len(lines) - _LONGEST_SIGNATURE - 1), len(lines)):
        rest = [line.strip() for line in lines[at + 1 :] if line.strip()]
        if lines[at].rstrip() in ("--", "—", "–", "___"):
            return at
        if _CLOSING_LINE.match(lines[at].strip()):
            named = not rest or _NAME_LINE.match(rest[0]) or (len(rest) == 1 and _SMALL_NAME_LINE.match(rest[0]))
            if named and not any("?" in line for line in rest):
                return at
    # a mail that greets and ends with nothing but a name
    last = stated[-1] if stated else 0
    if len(stated) >= 3 and _GREETS.match(lines[stated[0]]) and len(lines[last].split()) <= 3:
        before = lines[stated[-2]].rstrip()
        if _NAME_LINE.match(lines[last].strip()) and before.endswith((".", "!", "?", ")", ",")):
            return last
    return len(lines)

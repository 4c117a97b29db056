"""A conversation that was written down as one text, with who speaks before what they say.

    [10:02] Customer: I can't log in
    [10:03] Agent (Bob): Have you tried a new password?

Only what everybody calls a speaker is taken for one, or what a project says: of a text with ``Note: …`` or ``Model: …``
nobody can tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from kura_udfs.text.messages.fields import clean
from kura_udfs.text.times import instant

_USERS = """user, human, customer, visitor, client, caller, guest, end user, end-user, enduser, website visitor,
    shopper, buyer, subscriber, borrower, patient, passenger, applicant, student, kunde, kundin, nutzer,
    nutzerin, benutzer, anrufer, anruferin, besucher, cliente, utilisateur, utilisatrice, visiteur,
    appelant, usuario, usuaria, visitante, usuário, utilizador, comprador, utente, visitatore, klant,
    gebruiker, bezoeker, kund, användare, bruger, bruker, klient, klientka, użytkownik, müşteri,
    kullanıcı, клиент, пользователь, покупатель, 用户, 客户, 顾客, 用戶, 客戶, 顧客, ユーザー, ユーザ,
    お客様, 사용자, 고객, 고객님, العميل, المستخدم, ग्राहक, उपयोगकर्ता"""
_ANSWERERS = """assistant, agent, bot, ai, chatbot, operator, representative, rep, advisor, csr, support,
    customer service, customer support, customer care, support agent, support team, service agent,
    live agent, human agent, virtual agent, virtual assistant, voice agent, voice assistant, ai agent,
    ai assistant, receptionist, seller, sales rep, salesperson, doctor, nurse, tutor, teacher, coach,
    specialist, consultant, technician, dispatcher, clerk, mitarbeiter, mitarbeiterin, berater,
    beraterin, kundenservice, kundendienst, assistent, conseiller, conseillère, assistante, opérateur,
    service client, agente, asesor, asesora, asistente, operador, operadora, atendente, assistente,
    suporte, operatore, operatrice, medewerker, adviseur, handläggare, medarbetare, rådgiver,
    medarbejder, konsultant, konsultantka, asystent, doradca, temsilci, müşteri temsilcisi, asistan,
    оператор, агент, ассистент, бот, консультант, 客服, 助手, 助理, 机器人, 機器人, オペレーター,
    アシスタント, ボット, 担当者, 상담원, 상담사, 어시스턴트, الموظف, المساعد, الوكيل, एजेंट, सहायक"""
SIDES = {
    **{name.strip(): "user" for name in _USERS.split(",")},
    **{name.strip(): "assistant" for name in _ANSWERERS.split(",")},
    "system": "system",
}
"""Whose words those are, by how speakers are called."""

_START = r"(?:^|\n|\\n|<(?:br|/?p|/?div|/?li)\b[^<>]{0,60}>)[ \t>-]{0,4}(?P<heading>#{1,6}[ \t]+)?"
_CLOCK = r"\d[\d:.,/T-]{2,25}Z?(?: \d[\d:.,]{3,14})?(?: ?[AaPp]\.?[Mm]\.?)?|\( ?(?:\d{1,3}[hms] ?){1,3}\)"
_TIME = rf"(?:[\[(]?(?P<time>{_CLOCK})[\])]?[ \t]*(?:[-–|][ \t]*)?)?"
_BOLD = r"(?:[*_]{1,2}|</?(?:b|strong)>)?"
_NAME = r"(?P<name>[^\W\d_][^\n:：\[\](){}<>\"*]{0,40}?)[ \t]*(?:[\[(](?P<beside>[^\])\n]{1,40})[\])])?"
_SAYS = rf"(?(heading)[ \t]*[:：]?[ \t]*(?=\r?\n|$)|[ \t]*[:：]{_BOLD}(?!//)[ \t]*)"
_LINE = re.compile(rf"{_START}{_TIME}(?:(?P<event>\*\*\* ?)|{_BOLD}{_NAME}{_BOLD}{_SAYS})", re.IGNORECASE)
# where a blank stands for the end of a line
_INLINE = re.compile(
    r"(?:^|(?<=\s)(?=[A-Z])|(?<=[.!?] ))(?P<name>[A-Za-z][A-Za-z-]{1,20}(?: [A-Za-z]{2,10})?):[ ]"
    r"(?P<time>(?!))?(?P<beside>(?!))?(?P<event>(?!))?"
)
_NUMBER = re.compile(r"[ _#-]*\d+$")
_EXCHANGE = 3
"""Turns, at least, that make one name beside a known one the other side's."""


def entries(text: str, roles: Mapping[str, str] = MappingProxyType({})) -> list[dict[str, Any]] | None:
    """Read a transcript.

    Parameters
    ----------
    text : str
        The whole of it.
    roles : mapping of str to str
        Our roles by names of speakers, in lower case, that a project gave (``kura_roles``).

    Returns
    -------
    list of dict or None
        Of each turn ``role``, in lower case as it stands, ``content`` and, where the line has a day and a time,
        ``created_at``. None where nobody can tell on whose side somebody is. Where all that are called by what they are
        are on one side, those with a name of their own are the other, if speakers have a time before their name, or if
        it is one name in a text of several turns.
    """
    given = {**SIDES, **roles}
    lines = _turns(text, _LINE, given)
    joined = None if "\n" in text else _turns(text, _INLINE, given)
    return max(lines, joined, key=len) if lines and joined else lines or joined


def _turns(text: str, pattern: re.Pattern[str], given: Mapping[str, str]) -> list[dict[str, Any]] | None:
    lines = list(pattern.finditer(text))
    turns = [(line, name) for line, name in zip(lines, _speakers(lines, given), strict=True) if name or line["event"]]
    names = {name for _, name in turns if name}
    if not names or (len(names) == 1 and text[: turns[0][0].start()].strip()):
        return None
    ends = [line.start() for line, _ in turns[1:]] + [len(text)]
    said = [(line, name, clean(text[line.end() : end].strip())) for (line, name), end in zip(turns, ends, strict=True)]
    return [
        {"role": name, "content": content, **({"created_at": line["time"]} if instant(line["time"]) else {})}
        for line, name, content in said
        if name and content
    ]


def _speakers(lines: Sequence[re.Match[str]], given: Mapping[str, str]) -> list[str | None]:
    """Who speaks from each line on; None where it only goes on, and everywhere where that can't be told."""
    names = [None if line["event"] else _name(line, given) for line in lines]
    sides = {given[name] for name in names if name} & {"user", "assistant"}
    if len(sides) != 1:
        return names
    others = {number: line["name"].lower() for number, line in enumerate(lines) if not (names[number] or line["event"])}
    timed = all(line["time"] for line, name in zip(lines, names, strict=True) if name)
    if not timed and others and (len(lines) < _EXCHANGE or len({*others.values()}) > 1):
        return [None] * len(lines)  # names of several people, or words before a colon
    other = "assistant" if sides == {"user"} else "user"
    speak = {number for number in others if lines[number]["time"] or not timed}
    return [other if number in speak else name for number, name in enumerate(names)]


def _name(match: re.Match[str], given: Mapping[str, str]) -> str | None:
    """How a speaker is called before a turn, or beside a name of their own; None where nobody is called so."""
    called = [match["name"], match["beside"] or ""]
    spelt = [_NUMBER.sub("", each.strip().lower()) for each in called] + [each.strip().lower() for each in called]
    return next((each for each in spelt if each in given), None)

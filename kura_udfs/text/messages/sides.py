"""What speakers are called, and whose side that is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kura_udfs.text.messages.fields import names

_USERS = """user, human, customer, visitor, client, caller, guest, end user, end-user, enduser, website visitor,
    shopper, buyer, subscriber, borrower, patient, passenger, applicant, student, kunde, kundin, nutzer,
    nutzerin, benutzer, anrufer, anruferin, besucher, cliente, utilisateur, utilisatrice, visiteur,
    appelant, usuario, usuaria, visitante, usuário, utilizador, comprador, utente, visitatore, klant,
    gebruiker, bezoeker, kund, användare, bruger, bruker, klient, klientka, użytkownik, müşteri,
    kullanıcı, клиент, пользователь, покупатель, 用户, 客户, 顾客, 用戶, 客戶, 顧客, ユーザー, ユーザ,
    お客様, 사용자, 고객, 고객님, العميل, المستخدم, ग्राहक, उपयोगकर्ता,
    khách hàng, khách, người dùng, pelanggan, pengguna, ลูกค้า, ผู้ใช้, לקוח, לקוחה, משתמש"""
_ANSWERERS = """assistant, agent, bot, ai, chatbot, operator, representative, rep, advisor, csr, support,
    customer service, customer support, customer care, support agent, support team, service agent,
    live agent, human agent, virtual agent, virtual assistant, voice agent, voice assistant, ai agent,
    ai assistant, receptionist, seller, sales rep, salesperson, doctor, nurse, tutor, teacher, coach,
    therapist, counselor, counsellor, specialist, consultant, technician, dispatcher, clerk, mitarbeiter,
    mitarbeiterin, berater, beraterin, kundenservice, kundendienst, assistent, conseiller, conseillère,
    assistante, opérateur, service client, agente, asesor, asesora, asistente, operador, operadora, atendente,
    assistente, suporte, operatore, operatrice, medewerker, adviseur, handläggare, medarbetare, rådgiver,
    medarbejder, konsultant, konsultantka, asystent, doradca, temsilci, müşteri temsilcisi, asistan,
    оператор, агент, ассистент, бот, консультант, 客服, 助手, 助理, 机器人, 機器人, オペレーター,
    アシスタント, ボット, 担当者, 상담원, 상담사, 어시스턴트, الموظف, المساعد, الوكيل, एजेंट, सहायक,
    nhân viên, tư vấn viên, trợ lý, agen, petugas, asisten, เจ้าหน้าที่, พนักงาน, נציג, נציגה, עוזר"""
SIDES = {
    **{name.strip(): "user" for name in _USERS.split(",")},
    **{name.strip(): "assistant" for name in _ANSWERERS.split(",")},
    "system": "system",
}
"""Whose words those are, by how speakers are called."""
FIRST = "*first"
"""Among names that a project gave: whoever speaks first in a conversation, of those whom nobody knows."""
_ASIDES = re.compile(
    r"(?:notes?|n\.?b|p\.?s|p\.?p\.?s|edit|update|step|error|warning|https?|ftp|mailto|tip|hint|example|subject|re|fwd?|todo"
    r"|fyi|tl;?dr|date|time|order|total|hinweis|anmerkung|fehler|warnung|schritt|betreff|beispiel|notas?|paso|asunto|ejemplo"
    r"|remarque|erreur|étape|objet|exemple|passo|erro|assunto|exemplo|oggetto|esempio|errore|opmerking|fout|stap|onderwerp)"
    r"\.?(?:[ #]{0,2}\d+)?"
)
"""What people write before a colon, and nobody is called."""
_BESIDE = re.compile(r"[\[(]([^\[\]()]{1,40})[\])]")
_NUMBER = re.compile(r"[ _#-]*\d+$")
_PARTICLES = frozenset(names("al bin da dal de del della den der di do dos du e el ibn la le ten ter van von y zu"))


def called(name: str, given: Mapping[str, str]) -> str | None:
    """How a speaker is called among names with a side, before a name of their own or beside it; None if not at all."""
    whole = name.strip().lower()
    parts = [each.strip() for each in _BESIDE.split(whole)]
    return next((each for each in [*(_NUMBER.sub("", each) for each in parts), *parts, whole] if each in given), None)


def is_name(words: str, times: int) -> bool:
    """Whether words that stand so many times before a colon look like somebody's name, and not like "One more thing".

    That is one word, several of which none begins small, or small ones that come again.
    """
    each = words.split()
    is_small = [word[0].islower() and word not in _PARTICLES for word in each]
    return len(each) < 2 or not any(is_small) or (times > 1 and words.islower())


def is_aside(words: str) -> bool:
    """Whether words before a colon begin what somebody says beside: "Note", "Step 2", "https"."""
    return _ASIDES.fullmatch(words.strip().lower()) is not None

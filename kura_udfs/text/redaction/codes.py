"""Codes for once before their name, those that let in again whoever lost a device, and what makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kura_udfs.text.redaction.passwords import OTHER_CODES, PASSWORDS
from kura_udfs.text.redaction.spans import ANSWER, COUNTED, Span, by_letter, small

_FOUR = re.compile("[0-9]{4} |[0-9]{3}[ -][0-9]{3} |[0-9]-[0-9]{3} is|(?:said|says|with) [0-9]{4}")
_CODE_STEMS = ("text", "sms", "cod", "kod", "pin", "otp", "tan", "passw", "sign in", "log in", "verif")
_CODE_FIRST = re.compile(
    rf"""(?=[0-9]{{3}}|g-[0-9])(?:(?:(?<=use\ code\ )|(?<=enter\ code\ )|(?<=use\ )|(?<=enter\ ))(?P<used>[0-9]{{4,8}}|[0-9]{{3}}-[0-9]{{3}})(?=\ (?:to|for|as\ your)\ (?:one|otp|secur|verif|sign|log|verif|confirm|complet|authenticat))
    |(?:(?<=got\ )|(?<=received\ )|(?<=says\ ))(?P<texted>(?![0-9]{{1,2}}00|20[0-9]{{2}}\ )[0-9]{{4,8}})\ (?:in|by|via)\ (?:(?:the|a|my)\ )?(?:text|sms)(?!\w)
    |(?<![\w.,:/#$€£-])(?P<named>[0-9]{{4,8}})(?=\ as\ (?:the|my|a|your)\ (?:(?:2fa|mfa|verification|security|one-time|login|sms|authentication)\ (?:code|pin)|otp|passcode)(?!\w))
    |(?<![\w.,:/#$€£-])(?P<plain>[0-9]{{6}})\ (?:is|ist|es|est|è|é)\ (?:the|my|your|der|mein|el|mi|le|mon|il|o|meu)\ (?:code|código|codice)(?!\w)
    |(?:(?<=sms\ said\ )|(?<=sms\ says\ )|(?<=text\ said\ )|(?<=text\ says\ )|(?<=text\ with\ ))(?P<told>[0-9]{{6}}|(?!20[0-9]{{2}})[0-9]{{4}}(?=$|[.\n]))(?!{COUNTED})
    |(?:(?<=code\ )|(?<=código\ )|(?<=codice\ )|(?<=kod\ )|(?<=kode\ )|(?<=koden\ )|(?<=код\ ))(?P<sent>[0-9]{{4,8}}|[0-9]{{3}}[ -][0-9]{{3}})(?=\ (?:(?:from|via|by|in|do|par|por|per|z|из|через|aus|von|på|fra|dal)\ (?:(?:the|my|google|microsoft)\ )?(?:sms|text|app|authenticator|whatsapp|e?mail|смс)|geldi|приш[её]л|przyszedł|llegó|chegou)(?!\w))
    |(?<![\w.,:/#$€£-])g-(?P<google>[0-9]{{6}})(?=\ is\ your)
    |(?<![\w.,:/#$€£-])(?P<yours>[0-9]{{3}}-[0-9]{{3}}|[0-9]{{5,8}})(?=\ is\ your\ (?!(?:{OTHER_CODES})\ )[a-z0-9-]{{2,20}}\ code(?!\w))
    |(?<![\w.,:/#$€£-])(?:g-)?(?P<code>[0-9]{{4,8}}|[0-9]{{3}}[ -][0-9]{{3}})\ (?:is|ist|es|est|è|é|är|er|to)\ (?:your|my|the|dein|ihr|mein|tu|su|mi|votre|ton|mon|il\ tuo|o\ seu|seu|je|uw|din|twój)
    (?:\ [^\W\d_]{{2,20}}){{0,3}}?\ (?:(?:verification|security|login|sign-in|one-time|2fa|authentication|access)\ (?:code|pin|passcode|password)|otp|passcode|pin|pin-?code|tan
    |(?:bestätigungs|sicherheits|einmal|login)-?code|código\ de\ (?:verificación|seguridad|verificação|segurança|acceso)|code\ de\ (?:vérification|sécurité)|codice\ di\ (?:verifica|sicurezza)
    |verificatiecode|verifieringskod|kod\ weryfikacyjny)(?!\w))""",
    re.VERBOSE,
)
# Words for codes kept for the day on which a telephone is lost, and the list that follows
_RECOVERY = re.compile(
    r"""(?<!\w)(?:(?:recovery|back-?up|restore|emergency|scratch|[2m]fa|reset)[ -](?:codes?|keys?|backup)|wiederherstellungs-?(?:codes?|schlüssel)|codes?[ ]de[ ](?:secours|récupération)
    |clé[ ]de[ ]récupération|(?:códigos?|claves?|chaves?)[ ]de[ ](?:recuperaci[óo]n|recuperação|respaldo|backup|reserva)|codic[ei][ ]di[ ](?:recupero|backup)|herstelcodes?|kod[y]?[ ](?:zapasow[ey]|odzyskiwania)
    |återställnings(?:kod(?:er)?|nyckel)|резервны[йе][ ]коды?|код(?:ы)?[ ]восстановления|kurtarma[ ]kod(?:u|ları)|恢复(?:代码|密钥|码)|备用(?:代码|验证码)|(?:リカバリー?|バックアップ)(?:コード|キー)|복구[ ]?(?:코드|키))
    (?:[ ](?:is|are|ist|sind|lautet|est|sont|es|son|é|são|è|sono|to))?:?""",
    re.VERBOSE,
)
_RECOVERY_CODE = re.compile(
    rf"[\s,;|*•:\"'`-]{{1,6}}(?:[0-9]{{1,2}}[.)] )?(?P<code>(?!(?:19|20)[0-9]{{2}}-(?:19|20)[0-9]{{2}}(?!\w))(?=[a-z-]{{0,40}}[0-9])(?:[0-9a-z]{{4,10}}(?:-[0-9a-z]{{4,10}}){{1,8}}|[0-9a-z]{{8,12}})|[0-9]{{4}} [0-9]{{4}})(?![\w-]|{COUNTED})"
)
# What an authenticator is set up with, in groups
_SEED = re.compile(
    r"(?:[2m]fa|totp|otp|authenticator|setup)[ -](?:secret|key|seed)(?: is)?:? {1,2}(?P<seed>(?=[a-z ]{0,60}[2-7])[a-z2-7]{4}(?: [a-z2-7]{4}){3,15})(?!\w)"
)
_SEED_STEM = re.compile("(?:[2m]fa|otp|authenticator|setup)[ -](?:secret|key|seed)")
# Who was asked for a code answers with it: "Bot: please enter the code\nMe: 482913"
_ANSWER = re.compile(
    rf"{ANSWER}(?P<answer>[0-9]{{4,8}}|[0-9]{{3}}[ -][0-9]{{3}}|(?P<back>[0-9]{{3}}))(?=[ .!]{{0,2}}(?:\n|$))"
)
_ASKED_BACK = re.compile(
    r"(?<!\w)(?:cv[vc]2?|security (?:code|number)|on the back|prüf(?:ziffer|nummer)|cryptogramme|sicherheitscode|código de seguridad|código de segurança|codice di sicurezza)(?!\w)[^\n]{0,60}$"
)
_ANSWERED_WORD = re.compile(
    rf"{ANSWER}(?P<answer>(?=\S*[0-9])(?=\S*[a-z])[^\s\"'`<>\[\]]{{6,64}})(?=[ .!]{{0,2}}(?:\n|$))"
)
_ASKED_WORD = re.compile(
    rf"(?<![^\W_])(?:{by_letter(PASSWORDS)})(?!\w|\ (?:reset|change|recovery|problem|issue|manager|help|policy))[^\n:=]{{0,40}}\?$",
    re.VERBOSE,
)
_ASKED = re.compile(
    rf"(?<!\w)(?<!shop )(?<!store )(?<!model )(?:(?P<other>{OTHER_CODES})[ -])?(?:passcode|code|otp|pin|tan|kode?|kód|código|codice|код|\w{{0,4}}(?:验证码|인증번호|コード))(?!\w)[^\n]{{0,60}}$"
)
_RECOVERY_STEMS = (
    "recover", "backup", "back-up", "restore", "emergency", "scratch", "reset", "2fa", "mfa", "wiederherst", "secours", "récup", "recup", "respaldo",
    "reserva", "herstel", "zapasow", "odzysk", "återst", "резервн", "восстанов", "kurtarma", "恢复", "备用", "リカバ", "バックアップ", "복구",
)  # fmt: skip


def codes_first(text: str) -> Iterator[Span]:
    """Find codes after which it is said that they are: 482913 is your verification code."""
    lowered = small(text)
    if _FOUR.search(text) and any(stem in lowered for stem in _CODE_STEMS):
        for match in _CODE_FIRST.finditer(lowered):
            yield *match.span(match.lastgroup or 0), "[secret]"


def recovery_codes(text: str) -> Iterator[Span]:
    """Find each of the codes that follow their name."""
    lowered = small(text)
    if not any(stem in lowered for stem in _RECOVERY_STEMS):
        return
    end = 0
    for match in _RECOVERY.finditer(lowered):
        end = max(end, match.end())
        while code := _RECOVERY_CODE.match(lowered, end):
            yield *code.span("code"), "[secret]"
            end = code.end()


def seeds(text: str) -> Iterator[Span]:
    """Find keys of authenticators that are written in groups."""
    lowered = small(text)
    if _SEED_STEM.search(lowered):
        for match in _SEED.finditer(lowered):
            yield *match.span("seed"), "[secret]"


def answers(text: str) -> Iterator[Span]:
    """Find codes that are the whole answer to a question for one."""
    lowered = small(text)
    for match in _ANSWER.finditer(lowered):
        asking = _ASKED_BACK if match["back"] else _ASKED
        asked = asking.search(lowered, max(0, match.start() - 120), match.start())
        if asked and not asked.groupdict().get("other"):
            yield *match.span("answer"), "[secret]"


def answered_passwords(text: str) -> Iterator[Span]:
    """Find passwords that are the whole answer to a question for one."""
    lowered = small(text)
    for match in _ANSWERED_WORD.finditer(lowered):
        if _ASKED_WORD.search(lowered, max(0, match.start() - 120), match.start()):
            yield *match.span("answer"), "[secret]"

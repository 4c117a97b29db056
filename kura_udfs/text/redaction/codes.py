"""Codes for once before their name, those that let in again whoever lost a device, and what makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kura_udfs.text.redaction.passwords import OTHER_CODES, is_told
from kura_udfs.text.redaction.spans import COUNTED, Span, small

_FOUR = re.compile("[0-9]{4} |[0-9]-[0-9]{3} is")
_CODE_STEMS = ("cod", "kod", "pin", "otp", "tan", "passw", "sign in", "log in", "verif")
_CODE_FIRST = re.compile(
    rf"""(?=[0-9g])(?:(?:(?<=use\ code\ )|(?<=enter\ code\ )|(?<=use\ )|(?<=enter\ ))(?P<used>[0-9]{{4,8}})(?=\ (?:to|for|as\ your)\ (?:one|otp|secur|verif|sign|log|verif|confirm|complet|authenticat))
    |(?<![\w.,:/#$€£-])g-(?P<google>[0-9]{{6}})(?=\ is\ your)
    |(?<![\w.,:/#$€£-])(?P<yours>[0-9]{{3}}-[0-9]{{3}}|[0-9]{{5,8}})(?=\ is\ your\ (?!(?:{OTHER_CODES})\ )[a-z0-9-]{{2,20}}\ code(?!\w))
    |(?<![\w.,:/#$€£-])(?:g-)?(?P<code>[0-9]{{4,8}})\ (?:is|ist|es|est|è|é|är|er|to)\ (?:your|my|the|dein|ihr|mein|tu|su|mi|votre|ton|mon|il\ tuo|o\ seu|seu|je|uw|din|twój)
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
    if not is_told(lowered) or not any(stem in lowered for stem in _RECOVERY_STEMS):
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
    if is_told(lowered) and _SEED_STEM.search(lowered):
        for match in _SEED.finditer(lowered):
            yield *match.span("seed"), "[secret]"

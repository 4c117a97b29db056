"""Keys, tokens and passwords: by the form that a vendor gives them, or by what is said before them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import Span, small

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?>(?:[^-]|-(?!----))*)-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|[\w+/=\s\\]*+)"
)
_URL_CREDENTIALS = re.compile(r"(?<=://)[^\s/@:\[]{0,100}:[^\s/@]{1,200}@")

# Everything below needs a run of so many characters; most messages have none, which is quickly seen.
_LONG_RUN = re.compile(r"[\w+/=.~%$-]{14}")
_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:
        sk-(?=[\w-]{0,80}[0-9])[\w-]{16,}                        # OpenAI, Anthropic and many who copied them
      | [a-z]{2,10}_(?:live|test|prod|sandbox|secret)_(?=[A-Za-z]{0,80}[0-9])[A-Za-z0-9]{8,}  # Stripe, Razorpay
      | gh[opsur]_[A-Za-z0-9]{20,} | github_pat_\w{20,}          # GitHub
      | gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[\w.-]{16,}  # GitLab
      | xox[abceoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,} | xapp-[0-9]-[A-Za-z0-9-]{20,}          # Slack
      | (?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z0-9]{16}(?![A-Za-z0-9])                # AWS
      | AIza[\w-]{30,} | ya29\.[\w-]{20,} | GOCSPX-[\w-]{20,} | 1//0[\w-]{30,}     # Google
      | SG\.[\w-]{16,}\.[\w-]{16,} | xkeysib-[a-f0-9]{32,}[\w-]* | key-[a-f0-9]{32} | [a-f0-9]{32}-us[0-9]{1,2}  # mail
      | (?:AC|SK)[a-f0-9]{32}(?![A-Za-z0-9])                     # Twilio
      | (?:hf|npm|whsec|gsk|r8|nvapi|fo1|figd|figo|sbp|glsa|glc|ntn|tvly|ctx7sk|lsv2_pt|lsv2_sk|sntrys|sntryu|tfp)[_-]
        (?=[\w-]{0,200}[0-9])[\w.+/=-]{16,}
      | pypi-[\w-]{16,} | rubygems_[a-f0-9]{32,} | dckr_pat_[\w-]{16,} | cio[A-Za-z0-9]{32}(?![A-Za-z0-9])
      | shp(?:at|ca|pa|ss)_[a-fA-F0-9]{20,} | sq0(?:atp|csp|idp)-[\w-]{20,} | do[opr]_v1_[a-f0-9]{40,}
      | dapi[a-f0-9]{32}(?:-[0-9])? | lin_api_[A-Za-z0-9]{30,} | secret_[A-Za-z0-9]{40,} | PMAK-[a-f0-9-]{40,}
      | hv[sbr]\.[\w-]{20,} | [A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,} | dp\.(?:pt|st|ct|sa)\.[\w.-]{30,}
      | NRAK-[A-Z0-9]{20,} | NRJS-[a-f0-9]{15,} | HRKU-[\w-]{30,} | pscale_(?:tkn|pw|oauth)_[\w.-]{20,}
      | ATATT3[\w=+/-]{30,} | ATCTT3[\w=+/-]{30,} | EAA[A-Za-z0-9]{40,} | AAAA[A-Za-z0-9_-]{7}:[\w-]{100,}
      | pat[A-Za-z0-9]{14}\.[a-f0-9]{40,} | xai-[A-Za-z0-9]{30,} | pplx-[A-Za-z0-9]{30,} | LTAI[A-Za-z0-9]{16,}
      | AGE-SECRET-KEY-1[A-Z0-9]{40,} | sl\.[\w-]{60,} | access_token\$production\$[a-z0-9$]{30,} | CLOJARS_[a-z0-9]{40,}
      | [0-9]{8,10}:[A-Za-z0-9_-]{35}(?![\w-])                   # Telegram
      | [MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,40}          # Discord
      | eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]+){0,3}                 # JWT, signed or encrypted
    )
    | (?<=hooks\.slack\.com/services/)[A-Z0-9]{6,}/[A-Z0-9]{6,}/\w{16,}
    | (?<=/api/webhooks/)[0-9]{15,}/[\w-]{40,}
    | (?<=webhook\.office\.com/webhookb2/)[\w@/-]{40,}""",
    re.VERBOSE,
)
_BEARER = re.compile(r"(?<=earer )(?=[A-Za-z._~+/=-]{0,80}[0-9])[\w.~+/=-]{12,}")
_BASIC = re.compile(
    r"(?<![A-Za-z0-9])(?P<head>basic )(?P<value>[A-Za-z0-9+/_-]{6,400}={0,2})(?![A-Za-z0-9+/=])", re.IGNORECASE
)
_HEADER = re.compile(
    r"""(?<![A-Za-z0-9])(?P<head>(?:(?:proxy-)?authorization["']?\ ?[:=]\ ?["']?(?:token|apikey|key|digest|negotiate|ssws|bot|aws4-hmac-sha256)\ 
      | (?:set-)?cookie:\ ?[\w.-]{1,60}= | x-[a-z-]{0,30}(?:key|token|secret|auth|signature)["']?\ ?:\ ?["']?))
    (?P<value>[^\s"',;]{8,1000})""",
    re.VERBOSE | re.IGNORECASE,
)
_CURL_USER = re.compile(r"(?<![\w-])(?P<head>(?:-u|--user) ?['\"]?)(?P<value>[^\s:'\"]{1,80}:[^\s'\"]{3,100})")

# What signs an address or opens a session in it. Links to nothing but a page have none of these.
_QUERY = re.compile(
    r"""(?P<head>[?&;\#](?:x-(?:amz|goog|oss|ms)-(?:signature|credential|security-token)|sig|signature|hmac|hdnts
      | (?:[a-z]{1,12}[_-])?(?:token|secret|key|apikey|jwt|ticket|otp|code|password|passwd|pwd|pass|auth|sid|sessionid|session)
      | awsaccesskeyid | googleaccessid | policy | key-pair-id | client_secret | code_verifier | magic | invite)=)
    (?P<value>[^\s&\#"'<>\[\])]{4,2000})""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN_QUERY = re.compile(r"[a-z-]{1,24}|[0-9]{1,5}|\{.*|<.*|\$.*|%7b.*", re.IGNORECASE)  # ?code=summer, ?key={KEY}

# --- what is said to be a password

_PASSWORD = r"""(?:pass(?:word|wort|wd|phrase|code|wörter|words)?|pwd|pw|psw|pa[sß]swort|kennwort|zugangscode|wachtwoord|contrase[ñn]a
    |clave|senha|palavra-passe|mot\ de\ passe|mdp|password|lösenord|passord|adgangskode|kodeord|salasana|has[łl]o|heslo
    |parola|parol[ăa]|[sş]ifre(?:m|niz)?|jelsz[óo]|kata\ sandi|m[ậa]t\ kh[ẩa]u|пароль|密码|密碼|口令|パスワード|暗証番号|비밀번호|비번|पासवर्ड
    |รหัสผ่าน|كلمة\ (?:المرور|السر)|סיסמה|κωδικός)"""
_IS = r"(?:is|was|to|ist|war|lautet|es|era|est|était|é|è|är|er|is|on|jest|to|to\ je|je|adalah|là|olarak|это)"
_ASSIGNMENT = re.compile(
    rf"""(?:(?<![^\W_])|(?<=[a-z0-9])(?=password|passwd|secret|token|api_?key|access_?key)|(?<=[\u0e00-\u0e7f\u3040-\ud7a3]))
    (?P<head>
      (?: {_PASSWORD} | credentials?
        | (?:secret|account|access|api|app|auth|private|encryption|signing|shared|master|license|service[_-]?role
            |sharedaccess|subscription)[ _-]?(?:access[ _-]?)?(?:key|secret)(?:[ _-]?(?:id|base))?
        | connection[_-]?string | (?:client[ _-]?)?secret
        | (?P<token> (?:[a-z]{{3,12}}[ _-])?token | session[ _-]?id | (?:php|j)?sess(?:ion)?id | csrf | auth[_-]?code )
        | (?P<pin> pin(?:[ -]?(?:code|nummer|number))? | cvv2? | cvc2? | card\ security\ code
          | sicherheitscode | kartenprüfnummer | puk | otp | tan
          | (?:verification|security|one-time|sms|2fa|mfa|login|authentication|access)\ (?:code|pin)
          | (?:bestätigungs|einmal|sms-)code | código\ de\ (?:verificación|seguridad|verificação|segurança)
          | code\ de\ (?:vérification|sécurité) | codice\ di\ (?:verifica|sicurezza)
          | 验证码 | 驗證碼 | 認証コード | 인증번호 | код\ подтверждения )
      )
      (?:\ (?:for|für|vom|von|zum|para|pour|per|voor|do|da|de|del|du|della|dla|для)(?:\ [^\s:=]{{1,20}}){{1,3}}?(?=\ {_IS}(?!\w)|\ ?[:=]))?
      ["'`*)\]]{{0,3}}\ {{0,3}}
      (?:(?P<equals>:?=>?)|(?P<colon>:|(?<=\ )-(?=\ ))|(?<=\ )(?P<is>{_IS}(?!\w):?)|(?P<cjk>[是为為はが이는은가]{{1,2}}:?)|(?P<bare>(?<=\ )))
      \s{{0,3}}(?P<quote>[\\"'`«“„「『]{{0,3}})
    )
    (?P<value>[^\s"'`<>,;&\[\]«»“”„「」『』，。、；！？]{{3,256}})""",
    re.VERBOSE,
)
_MINE = re.compile(
    r"(?:\bmy|\bour|\bthe|\bmein|\bmi|\bmon|\bmijn|\bmin|\bmitt|\bmia|\bminha|\bmoje|\bmój|\bмой|我的|私の|내)[ ]?(?:[a-z-]{2,12} )?$",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[ \t]{0,2}(?:$|[\r\n\"'`,;|/«»“”*)，。！]|(?:and|und|y|et|e|but|or|aber|pero|mais)\b)|[.!?)]+(?:\s|$)"
)
_STEMS = re.compile(
    "pass|pw|psw|kennwort|zugang|wachtw|contrase|clave|senha|palavra|mdp|lösen|adgang|kodeord|salasana|has|heslo|parol|ifre|jelsz|sandi|kh"
    "|пароль|密|口令|パス|暗証|비밀|비번|पासव|รหัส|كلمة|סיסמה|κωδ|secret|key|token|credential|string|sessi|csrf|auth|phrase|pin|cvv|cvc|csc|code|puk|otp"
    "|tan|prüf|código|codice|验证|驗證|認証|인증|код"
)
_NO_SECRET_WORDS = """none null nil true false undefined string required optional reset empty blank changeme password passwort your-password
    <password> redacted hidden example bool boolean integer number text str int object value process process.env default
    wrong incorrect invalid expired correct valid right weak strong secure unsafe insecure short long missing needed
    accepted rejected refused changed forgotten lost stolen compromised leaked blocked locked unknown different same
    the this that what which where when why how not never no yes now here there a an in on at for to from with by as it being been
    still always already too very only also just about something nothing working failing case-sensitive mandatory
    protected encrypted hashed stored saved sent set used reused required. supposed asked going getting out ok okay fine
    recovery login failed error help problem issue change manager field prompt request requests policy protection
    falsch richtig ungültig abgelaufen vergessen verloren zurücksetzen ändern gesperrt unbekannt korrekt nicht leer weg
    zu immer noch schon sehr das der die den ein eine wie was warum wo erforderlich notwendig sicher unsicher kurz
    incorrecta incorrecto correcta correcto inválida caducada olvidada bloqueada no muy la el una un que cómo necesaria
    incorrect incorrecte invalide expiré oublié bloqué pas trop le les une des mon perdu obligatoire
    errata sbagliata scaduta dimenticata non molto il lo sempre errada incorreta inválida esquecida não muito uma um
    verkeerd onjuist verlopen vergeten geblokkeerd niet te het een altijd fel felaktigt glömt utgånget inte ett en
    forkert feil glemt ikke błędne nieprawidłowe wygasło zapomniane nie неверный неправильный забыл не истёк
    yanlış hatalı"""
_NO_SECRETS = set(_NO_SECRET_WORDS.split())
_ATTRIBUTE = re.compile(r"[a-z_]\w*(?:\.[a-z_]\w*)+|[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+")
_PASSWORD_LIKE = re.compile(r"[0-9!@#$%^*_+=~|\\€§]|[a-z][A-Z]")
_MIXED = re.compile(r"[A-Za-z][0-9!@#$%]|[0-9][A-Za-z!@#$%]")
_ASCII = re.compile("[ -~À-ɏ]+")
_MASK = re.compile(r"[*•x.…_-]+", re.IGNORECASE)


def private_keys(text: str) -> Iterator[Span]:
    """Find PEM and PGP blocks, also ones that are cut off."""
    if "-----BEGIN" in text:
        for match in _PRIVATE_KEY.finditer(text):
            yield *match.span(), "[secret]"


def keys(text: str) -> Iterator[Span]:
    """Find keys and tokens by their form."""
    if _LONG_RUN.search(text):
        for match in _TOKEN.finditer(text):
            yield *match.span(), "[secret]"


def credentials(text: str) -> Iterator[Span]:
    """Find user and password in URLs, headers and command lines, and what signs a URL."""
    if "://" in text:
        for match in _URL_CREDENTIALS.finditer(text):
            if match[0] != "[secret]@":
                yield match.start(), match.end(), "[secret]@"


def headers(text: str) -> Iterator[Span]:
    """Find what follows Authorization, Cookie, X-Api-Key and the like."""
    lowered = text.lower()
    if "earer " in text:
        for match in _BEARER.finditer(text):
            yield *match.span(), "[secret]"
    elif "basic " in lowered:
        for match in _BASIC.finditer(text):
            if _is_basic(match["value"]) or "uthorization" in text[max(0, match.start() - 24) : match.start()]:
                yield *match.span("value"), "[secret]"
    elif "cookie:" in lowered or "uthorization" in lowered or "x-" in lowered:
        for match in _HEADER.finditer(text):
            if _looks_random(match["value"]):
                yield *match.span("value"), "[secret]"


def command_lines(text: str) -> Iterator[Span]:
    """Find what `curl -u` is given."""
    if "-u" in text and "curl" in text:
        for match in _CURL_USER.finditer(text):
            if not match["value"].startswith(("$", "[")):
                yield *match.span("value"), "[secret]"


def queries(text: str) -> Iterator[Span]:
    """Find what signs an address or opens a session in it."""
    if "=" in text and ("?" in text or "&" in text or "#" in text):
        for match in _QUERY.finditer(text):
            if not _PLAIN_QUERY.fullmatch(match["value"]):
                yield *match.span("value"), "[secret]"


def assignments(text: str) -> Iterator[Span]:
    """Find what is said to be a password, a key, a token or a PIN."""
    lowered = small(text)
    if not _STEMS.search(lowered):
        return
    for match in _ASSIGNMENT.finditer(lowered):
        value = text[match.start("value") : match.end("value")]
        if value.isascii() or not value[0].isascii():
            value = value.rstrip(".?):*")
        else:  # パスワードはhunter2です
            value = _ASCII.match(value)[0].rstrip(".?):*")  # type: ignore[index]
        if _is_secret(match, value):
            yield match.start("value"), match.start("value") + len(value), "[secret]"


def _is_secret(match: re.Match[str], value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    if value.lower() in _NO_SECRETS or value[:1] in "$%{<" or value.startswith("http") or "(" in value:
        return False  # a word of a schema, a variable, a link or a call
    if match["pin"]:
        return 3 <= digits == len(value) <= 8
    if match["token"]:
        return len(value) >= 8 and 0 < digits < len(value) and match["bare"] is None
    if _MASK.fullmatch(value) or len(value) < 4:
        return False
    if match["equals"] or (match["quote"] and match["bare"] is None):
        return not _ATTRIBUTE.fullmatch(value)
    if match["bare"] is not None:  # "password Sommer2026!", but not "password manager" or "password 3 times"
        return 0 < digits < len(value) >= 6 and _MIXED.search(value) is not None
    # prose: "password: hunter2", but not "password: how do I change it"
    if _PASSWORD_LIKE.search(value):
        return digits < len(value) or len(value) >= 6
    said = match["colon"] or match["cjk"] or _MINE.search(match.string[max(0, match.start() - 24) : match.start()])
    end = match.start("value") + len(value)
    return bool(said) and len(value) >= 5 and value.isalpha() and _CLAUSE_END.match(match.string, end) is not None


def _is_basic(value: str) -> bool:
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False


def _looks_random(value: str) -> bool:
    return len(value) >= 8 and any(map(str.isdigit, value)) and not value.startswith(("$", "{", "<", "["))

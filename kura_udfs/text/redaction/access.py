"""What opens something for whom it was made: in addresses, in headers of requests and in commands."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import TURN, Span, small

_URL_CREDENTIALS = re.compile(
    r"(?<=://)[^\s/@:\[]{0,100}:[^\s/@]{1,200}(?:@[^\s/@:,]{1,60})?@|(?<=jdbc:oracle:thin:)[^\s/@\[]{1,60}/[^\s/@]{1,100}@"
)
# In the place of a password the name of a variable, of a shell or a template
_VARIABLE = re.compile(r"\$[A-Z_]+|\$\{\w+\}|\$\(.*|\{\{?[\w. ]+\}?\}|<[\w -]+>|%\w+%")
_BEARER = re.compile(r"(?<=earer )[\w.~+/=-]{12,}", re.ASCII)
_NAME = re.compile("[A-Z]+(?:_[A-Z]+)+|(?:your|my)(?:[_-][a-z]+)+")  # Bearer YOUR_API_KEY
_BASIC = re.compile(
    r"(?<![A-Za-z0-9])(?P<head>basic )(?P<value>[A-Za-z0-9+/_-]{6,400}={0,2})(?![A-Za-z0-9+/=\[])", re.IGNORECASE
)
_HEADER = re.compile(
    r"""(?<![A-Za-z0-9])(?P<head>(?:(?:proxy-)?authorization["']?\ ?[:=]\ ?["']?(?:(?:token|apikey|key|digest|negotiate|ntlm|ssws|bot|aws4-hmac-sha256)\ |(?=[A-Za-z0-9+/=]{16}))
      | x-[a-z-]{0,30}(?:key|token|secret|auth|signature)["']?\ ?:\ ?["']?))
    (?P<value>[^\s"',;]{8,1000})""",
    re.VERBOSE | re.IGNORECASE,
)
_COOKIES = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:set-)?cookie[\"']?: ?[\"']?|(?:document\.cookie ?= ?|--cookie[ =]|-b )[\"'`])(?P<cookies>[^\r\n\"'`]{1,4000})",
    re.IGNORECASE,
)
_COOKIE = re.compile(r"[\w.-]{1,60}=(?P<value>[^\s;,\"']{8,2000})", re.ASCII)
_COMMAND = re.compile(
    r"""(?<![\w-])(?:-u|--user)[ =]?(?:(?P<quote>['"])(?P<quoted>[^\s:'"]{1,80}:[^'"\n]{3,100})(?P=quote)|(?P<bare>[^\s:'",;(){}]{1,80}:[^\s'"]{3,100}))
    |\b(?:redis-cli\b[^\n|;]{0,60}?[ ]-a|(?:docker|podman|helm|az|oc)\b[^\n|;]{0,20}?[ ]login[ ]-[^\n|;]{0,80}?[ ]?(?:-p|--password)|docker[ ]login\b[^\n|;]{0,80}?[ ](?:-p|--password)
      |openssl[ ]enc\b[^\n|;]{0,80}?[ ]-k|net[ ]use\b[^\n|;]{0,80}?[ ]/user:\S{1,60}|htpasswd[ ]-[a-z]{0,5}b[a-z]{0,5}[ ][^\s|;]{1,80}[ ][^\s|;]{1,60}
      |rabbitmqctl[ ](?:add_user|change_password)[ ]\S{1,60}|wpa_passphrase[ ]\S{1,40}|\b(?:zip|mosquitto_(?:pub|sub)|sqlcmd)\b[^\n|;]{0,80}?[ ]-P|\bssh-keygen\b[^\n|;]{0,60}?[ ]-N)[ ]['"]?(?P<login>[^\s'"]{4,100})
    |\bvariable[ ]"\w{0,40}(?:password|pwd|secret|token|key)"\s{0,3}\{[^{}]{0,200}?\bdefault\s{0,12}=\s{0,3}"(?P<default>[^"$\n]{4,200})"  # Terraform
    |\b(?:auth=|HTTPBasicAuth|NetworkCredential)\(\s?["'][^"'\n]{1,80}["'],\s?["'](?P<call>[^"'\n]{4,100})["']
    |\becho[ ](?P<echoed>['"]?)(?P<sudo>[^\s'"]{4,100})(?P=echoed)[ ]?\|[ ]?sudo[ ]-S\b
    |\b(?i:identified[ ](?:with[ ]\w{1,40}[ ])?by|with[ ]password)[ ]'(?P<sql>[^'\n]{3,100})'
    |\b(?:mongo(?:sh|dump|restore|export|import)?|rdesktop|cqlsh|rabbitmqadmin|smbmap|evil-winrm)\b[^\n|;]{0,80}?[ ](?:-p|--password)[ =](?P<client>[^\s'"]{4,100})
    |\bldap[a-z]{2,8}\b[^\n|;]{0,100}?[ ]-w[ ](?P<bind>[^\s'"]{4,100}) | \bxfreerdp\b[^\n|;]{0,80}?[ ]/p:(?P<desktop>[^\s'"]{4,100})
    |[ ]-pass(?:in|out)?[ ]pass:(?P<opened>[^\s'"]{3,100}) | \b(?:keytool|jarsigner)\b[^\n|;]{0,200}?[ ]-(?:store|key)pass[ ](?P<stored>[^\s'"]{4,100})
    |\b(?:7za?|rar)\b[ ][^\n|;]{0,80}?[ ]-p(?P<packed>(?=[^\s'"]{0,20}[0-9])[^\s'"]{4,100})
    |\bsmbclient\b[^\n|;]{0,80}?[ ]-U[ ]?[^\s%]{1,60}%(?P<share>[^\s'"]{4,100})
    |\becho[ ]['"]?[^\s:'"]{1,60}:(?P<changed>[^\s'"]{4,100})['"]?[ ]?\|[ ]?(?:sudo[ ])?chpasswd\b
    |\bjwt\.(?:sign|verify|encode|decode)\([^,\n]{1,60},[ ]?["'](?P<signed>[^"'\n]{4,200})["']
    |\baccount\.key[\w.]{0,80}["'],[ ]?["'](?P<store>[^"'\n]{4,200})["']  # Azure
    |\bsshpass[ ]-p[ ]?(?P<mark>['"]?)(?P<pass>[^\s'"]{3,100})(?P=mark) | \bmysql(?:dump|admin)?[ ](?:[^\n|;]{0,100}?[ ])?-p(?P<mysql>[^\s'"]{4,100})""",
    re.VERBOSE,
)
_COMMUNITY = re.compile(r"\b(?i:snmp)(?:-server)? community(?: string)?(?: is|:)? (?P<value>[\w.!@#$%^&*-]{4,64})")
# each command has one of these, few messages do
_COMMAND_WORDS = """curl|sshpass|mysql|redis-cli| login -|openssl enc|net use|htpasswd|variable "|auth=(|HTTPBasicAuth(|NetworkCredential(|sudo -S
|dentified by|dentified with|DENTIFIED BY|DENTIFIED WITH|ith password|ITH PASSWORD|-P |mongo|rdesktop|cqlsh|rabbitmq|smb|evil-winrm|ldap| pass:|storepass|keypass|7z|rar |wpa_passphrase
|freerdp|ssh-keygen|chpasswd|jwt.|account.key""".replace("\n", "").split("|")
_DOUBTFUL = ("call", "signed", "changed")
_GIVEN = [name for name in _COMMAND.groupindex if name not in ("quote", "echoed", "mark")]
# ["--password", "…"], define('DB_PASSWORD', '…'), setopt(curl, CURLOPT_PASSWORD, "…"), get("API_KEY") or "…"
_ARGUMENT = re.compile(r"""(?:,|\|\||\?\?|[)\]] or) ?["']{1,2}(?=(?P<value>[^"'\n-][^"'\n]{3,199})["'])""")
_ARGUMENT_NAMES = ("password", "passwd", "pwd", "token", "key", "secret", "salt")
_OPTION = re.compile("[\"']--[a-z-]{0,30}$")
_MIXED = re.compile("(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[^0-9]*[0-9]")
# <password>…</password>, <apiToken>{…}</apiToken>
_ELEMENT = re.compile(
    r"<(?P<tag>[\w.:-]{0,40}(?:password|passwd|passphrase|secret|token|api_?key|private_?key))>(?P<value>[^<>\n]{8,400})</(?P=tag)>",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"(?:pass(?:wor[dt]|wd)?|pwd|token|x+|y+|\[[A-Z_]+\]?)[>,]?", re.IGNORECASE)  # curl -u user:pass
_USER_AND_GROUP = re.compile("[0-9]+:[0-9]+")  # of a container
# What signs an address or opens a session in it. Links to nothing but a page have none of these.
_QUERY = re.compile(
    r"""(?P<head>[?&;\#](?:x-(?:amz|goog|oss|ms)-(?:signature|credential|security-token)|sig|signature|hmac|hdnts
      | (?:[a-z]{1,12}[_-])?(?:token|secret|key|apikey|jwt|ticket|otp|code|password|passwd|pwd|pass|auth|sid|sessionid|session) | rlkey | resourcekey
      | awsaccesskeyid | googleaccessid | policy | key-pair-id | client_secret | code_verifier | magic | invite)=)
    (?P<value>[^\s&;\#"'<>\[\])]{4,2000})""",
    re.VERBOSE | re.IGNORECASE,
)
_PLAIN_QUERY = re.compile(
    r"[A-Za-z]?[a-z-]{0,23}|[A-Z_]{1,24}|[0-9]{1,5}|\{.*|<.*|\$.*|%7[Bb].*"
)  # ?code=summer, ?key={KEY}

# Links that let in whoever has them: /reset/…, /accounts/confirm/MQ/…; no words with a year, no version, no commit of a project
_OPENS = r"""(?:reset|forgot(?:ten)?|recover|magic|verify|confirm|invit(?:e|ation)s?|activat(?:e|ion)|aktivier(?:en|ung)|bestätigen|restablecer
      |réinitialiser|passwords?|passwort|passwd|unsubscribe|secret|one-?time|otl|rp)"""
_BESIDE = "(?:accounts?|links?|tokens?|users?|e?mail|new|set|my)"
_LINK = re.compile(
    rf"""://[^\s/"'<>]{{1,200}}(?:/[^\s/"'<>]{{0,80}}){{0,8}}?/(?:{_BESIDE}[_-]?){{0,2}}{_OPENS}(?:[_-]?(?:{_BESIDE}|{_OPENS})){{0,2}}
    (?:/(?!commit/|blob/|tree/|raw/|compare/|orders?/|bookings?/|products?/)[a-z0-9_-]{{1,16}}){{0,2}}
    (?:/|/?\?(?:[a-pr-z]{{1,2}}|hash|data|link|nonce)=(?=[a-z0-9_=%~-]{{16}}))(?P<value>[a-z0-9_=%~-]{{10,500}})(?=[/?&\#"'<>)\]\s]|[.,;:!*]+(?:\s|$)|$)""",
    re.VERBOSE,
)
_LINK_STEMS = re.compile(
    "reset|forgot|recover|magic|verify|confirm|invit|activat|aktivier|bestätig|restablecer|initialiser|passw|unsubscribe|secret|one-?time|otl|/rp/"
)

# Files, albums and rooms that open for whoever has the address; of Google's files only where it says that it is shared
_SHARED = re.compile(
    r"""(?:slack\.com/join/shared_invite/(?P<room>zt-[\w~-]{16,})|photos\.app\.goo\.gl/(?P<album>\w{16,18})(?!\w)|//we\.tl/t-(?P<parcel>\w{10})(?!\w)
    |icloud\.com/(?:iclouddrive|photos)/(?P<drive>[\w-]{16,})|/private-(?P<calendar>[a-f0-9]{32})(?=/basic\.ics)
    |(?:drive|docs)\.google\.com/(?:file/d/|drive/folders/|document/d/|spreadsheets/d/|presentation/d/|forms/d/)(?P<file>[\w-]{25,})(?=(?:/\w+)?\?usp=)
    |alchemy\.com/v2/(?P<node>[\w-]{32})(?![\w-])|infura\.io/v3/(?P<gate>[a-f0-9]{32})(?![\w-]))""",
    re.VERBOSE,
)
_SHARED_STEMS = (
    "/shared_invite/",
    "goo.gl/",
    "we.tl/",
    "icloud.com/",
    "/private-",
    ".google.com/",
    "alchemy.com/",
    "infura.io/",
)


def credentials(text: str) -> Iterator[Span]:
    """Find user and password in URLs, headers and command lines, and what signs a URL."""
    if "://" in text or ":thin:" in text:
        for match in _URL_CREDENTIALS.finditer(text):
            user, _, password = match[0][:-1].partition(":")
            if user != "[secret]" and not _VARIABLE.fullmatch(password):
                yield match.start(), match.end(), "[secret]@"


def bearers(text: str) -> Iterator[Span]:
    """Find what follows Bearer: anything after Authorization, elsewhere what has a digit."""
    if "earer " in text:
        for match in _BEARER.finditer(text):
            said = "uthorization" in text[max(0, match.start() - 32) : match.start()] and not _NAME.fullmatch(match[0])
            if said or any(map(str.isdigit, match[0])):
                yield *match.span(), "[secret]"


def basics(text: str) -> Iterator[Span]:
    """Find what follows Basic and holds a user and a password, or anything after Authorization."""
    if "basic " in small(text):
        for match in _BASIC.finditer(text):
            if _is_basic(match["value"]) or "uthorization" in text[max(0, match.start() - 24) : match.start()]:
                yield *match.span("value"), "[secret]"


def cookies(text: str) -> Iterator[Span]:
    """Find what stands in each of the cookies of a request or an answer."""
    if "ookie" in text or "curl" in text:
        for line in _COOKIES.finditer(text):
            for match in _COOKIE.finditer(text, *line.span("cookies")):
                if _looks_random(match["value"]) and not match["value"].isdigit():  # Max-Age=31536000
                    yield *match.span("value"), "[secret]"


def headers(text: str) -> Iterator[Span]:
    """Find what follows Authorization, X-Api-Key and the like."""
    lowered = small(text)
    if "uthorization" in lowered or "x-" in lowered:
        for match in _HEADER.finditer(text):
            if _looks_random(match["value"]):
                yield *match.span("value"), "[secret]"


def command_lines(text: str) -> Iterator[Span]:
    """Find what `curl -u`, `sshpass -p`, `mysql -p` and the like are given, and what SQL gives a user."""
    if any(word in text for word in _COMMAND_WORDS):
        for match in _COMMAND.finditer(text):
            name = next(name for name in _GIVEN if match[name])
            if name in _DOUBTFUL and not any(map(str.isdigit, match[name])):
                continue  # a word of an example
            if name in ("quoted", "bare") and ("curl" not in text or _USER_AND_GROUP.fullmatch(match[name])):
                continue
            given = match[name].partition(":")[2] if name in ("quoted", "bare") else match[name]
            example = name in ("quoted", "bare") and _EXAMPLE.fullmatch(given)
            if not (example or match[name].startswith(("$", "[")) or _VARIABLE.fullmatch(given)):
                yield match.start(name), match.start(name) + len(match[name].rstrip(";")), "[secret]"


def arguments(text: str) -> Iterator[Span]:
    """Find what stands in a list, a call or a constant after the name of a password, a key or a token."""
    lowered = small(text)
    for match in _ARGUMENT.finditer(text):
        name = lowered[max(0, match.start() - 40) : match.start()].rstrip("\"')] ")
        if not name.endswith(_ARGUMENT_NAMES) or _VARIABLE.fullmatch(value := match["value"]):
            continue
        of_chance = (
            " " not in value and value[0] not in "./~" and (len(TURN.findall(value)) >= 2 or _MIXED.match(value))
        )
        if of_chance or _OPTION.search(name):
            yield *match.span("value"), "[secret]"


def elements(text: str) -> Iterator[Span]:
    """Find what stands in an element of XML that is called a password, a key or a token."""
    if "</" in text:
        for match in _ELEMENT.finditer(text):
            if len(TURN.findall(match["value"])) >= 3 and not match["value"].startswith(("$", "http")):
                yield *match.span("value"), "[secret]"


def communities(text: str) -> Iterator[Span]:
    """Find SNMP's communities, which are its passwords."""
    if " community" in text:
        for match in _COMMUNITY.finditer(text):
            if any(map(str.isdigit, match["value"])):  # elsewhere a word of an example
                yield *match.span("value"), "[secret]"


def queries(text: str) -> Iterator[Span]:
    """Find what signs an address or opens a session in it."""
    if "=" in text and ("?" in text or "&" in text or "#" in text):
        for match in _QUERY.finditer(text):
            if not _PLAIN_QUERY.fullmatch(match["value"]):
                yield *match.span("value"), "[secret]"


def links(text: str) -> Iterator[Span]:
    """Find what opens the door in a link that was sent to one person alone."""
    if "://" in text and _LINK_STEMS.search(lowered := small(text)):
        for match in _LINK.finditer(lowered):
            if len(TURN.findall(match["value"])) >= 3:
                yield *match.span("value"), "[secret]"


def shares(text: str) -> Iterator[Span]:
    """Find what opens files, albums, calendars and rooms in addresses that are given to a few."""
    if any(stem in text for stem in _SHARED_STEMS):
        for match in _SHARED.finditer(text):
            yield *match.span(match.lastgroup or 0), "[secret]"


def _is_basic(value: str) -> bool:
    try:
        said = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in said and said.isascii() and said.decode().isprintable()


def _looks_random(value: str) -> bool:
    return len(value) >= 8 and any(map(str.isdigit, value)) and not value.startswith(("$", "{", "<", "["))

"""Personal data and secrets out of a text, each replaced by a typed placeholder such as ``[email]``.

Every rule is a regular expression that can't backtrack far, checked where there is something to check: cards
by the Luhn digit and issuer, IBANs by country length and mod 97, addresses by range. Order numbers, prices,
dates, versions and identifiers of any kind are left alone, as they are what a conversation is about.

A telephone number needs a shape that people write numbers in, or a word before it that says so ("call me
on"). A number that comes after "order", "tracking" and the like is none, unless it has a country code.
"""

from __future__ import annotations

import ipaddress
import re

VERSION = REDACTION_VERSION = 1


def redact(text: str) -> str:
    """Replace personal data and secrets by placeholders.

    Parameters
    ----------
    text : str
        Anything; time is linear in its length.

    Returns
    -------
    str
        The text with ``[secret]`` (keys, tokens, passwords, credentials in URLs, private keys), ``[email]``,
        ``[iban]``, ``[card]``, ``[ip]`` (public addresses) and ``[phone]``. Redacting again changes nothing.

    Notes
    -----
    Names and postal addresses stay: no rule finds them with few enough mistakes.
    """
    for _ in range(_MAX_PASSES):
        redacted = _redact_once(text)
        if redacted == text:
            break
        text = redacted
    return text


# A placeholder can uncover what stood beside it ("password: x(4111111111111111" looks like a call until the
# card is gone). Real texts settle at once, made-up ones in a pass or two.
_MAX_PASSES = 4


def _redact_once(text: str) -> str:
    if "-----BEGIN" in text:
        text = _PRIVATE_KEY.sub("[secret]", text)
    if "://" in text:
        text = _URL_CREDENTIALS.sub("://[secret]@", text)
    text = _TOKEN.sub("[secret]", text)
    text = _ASSIGNMENT.sub(_redact_assignment, text)
    if "@" in text:
        text = _EMAIL.sub("[email]", text)
    text = _SPELT_EMAIL.sub("[email]", text)
    if not _DIGIT.search(text):
        return text
    text = _IBAN.sub(_redact_iban, text)
    text = _CARD.sub(_redact_card, text)
    text = _IP.sub(_redact_ip, text)
    text = _SPOKEN_PHONE.sub(_redact_spoken_phone, text)
    return _PHONE.sub(_redact_phone, text)


_DIGIT = re.compile("[0-9]")

# --- secrets

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[^-]|-(?!----))*+-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|[\w+/=\s\\]*+)"
)
_URL_CREDENTIALS = re.compile(r"://[^\s/@:]{0,100}:[^\s/@]{1,200}@")
_TOKEN = re.compile(
    r"""(?<![\w-])(?:
        sk-(?=[\w-]{0,80}[0-9])[\w-]{16,}
      | [a-z]{2,10}_(?:live|test|prod|sandbox|secret)_(?=[A-Za-z]{0,80}[0-9])[A-Za-z0-9]{8,}
      | gh[opsur]_[A-Za-z0-9]{20,} | github_pat_\w{20,} | glpat-[\w-]{16,} | xox[abeoprs]-[A-Za-z0-9-]{10,}
      | (?:AKIA|ASIA)[A-Z0-9]{16} | AIza[\w-]{30,} | ya29\.[\w-]{20,} | SG\.[\w-]{16,}\.[\w-]{16,}
      | (?:hf|npm|whsec)_[A-Za-z0-9]{16,} | shp(?:at|ca|pa|ss)_[a-f0-9]{20,}
      | eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]+)?
      | (?<=earer\ )(?=[A-Za-z._~+/=-]{0,80}[0-9])[\w.~+/=-]{12,}
    )""",
    re.VERBOSE,
)
_ASSIGNMENT = re.compile(
    r"""(?=[a-z])(?<![^\W_])
    (?P<head>
      (?: pass(?:word|wd|phrase|code) | pwd | pa[sß]swort | kennwort | contrase[ñn]a | lösenord
        | mot\ de\ passe | mdp | secret(?:[ _-]?key)? | (?:api|access|private)[ _-]?key
        | (?P<token> (?:[a-z]{3,12}[ _-])?token | session[ _-]?id )
        | (?P<pin> pin(?:[ -]?code)? | cvv2? | cvc2? | otp )
      )
      ["']?\ {0,3}(?:(?P<equals>:?=>?)|:|\ (?:is|ist|es|est|är)\b:?)[ ]{0,3}(?P<quote>["'`]?)
    )
    (?P<value>[^\s"'`<>,;&\[\]]{3,256})""",
    re.VERBOSE | re.IGNORECASE,
)
_NO_SECRETS = {"none", "null", "true", "false", "undefined", "string", "required", "optional", "reset"}
_ATTRIBUTE = re.compile(r"[a-z_]+(?:\.[a-z_]+)+", re.IGNORECASE)
_PASSWORD_LIKE = re.compile(r"[0-9!@#$%^*_+=~|\\]|[a-z][A-Z]")


def _redact_assignment(match: re.Match[str]) -> str:
    value = match["value"].rstrip(".?):")
    digits = sum(map(str.isdigit, value))
    if value.lower() in _NO_SECRETS or value.startswith(("$", "{", "*", "%", "http")) or "(" in value:
        secret = False  # a word of a schema, a variable, a mask, a link or a call
    elif match["pin"]:
        secret = digits == len(value) <= 8
    elif match["token"]:
        secret = len(value) >= 8 and 0 < digits < len(value)
    elif match["equals"] or match["quote"]:
        secret = len(value) >= 4 and not _ATTRIBUTE.fullmatch(value)
    else:  # prose: "password: hunter2", but not "password: how do I change it"
        secret = len(value) >= 4 and _PASSWORD_LIKE.search(value) is not None
    return f"{match['head']}[secret]{match['value'][len(value) :]}" if secret else match[0]


# --- addresses of people

_L = "A-Za-z0-9À-ɏ"
_EMAIL = re.compile(
    rf"(?<![{_L}.%+'_-])[{_L}.%+'_-]{{1,64}}+@(?:[{_L}_-]{{1,63}}+\.){{1,8}}(?!(?:png|jpe?g|gif|svg|webp)\b)"
    r"[A-Za-zÀ-ɏ]{2,24}"
)
_TLD = r"(?:com|org|net|edu|gov|info|io|dev|app|ai|co|uk|de|at|ch|fr|es|it|nl|be|se|no|dk|fi|pl|pt|eu|us|ca|au)"
_AT = "(?:at|arroba|arobase)"
_DOT = "(?:dot|punkt|punto|point)"
_SPELT_EMAIL = re.compile(
    rf"""(?<![{_L}._-])[{_L}._-]{{1,64}}+
    (?: \s?[(\[{{]\s?(?:{_AT}|@)\s?[)\]}}]\s?[{_L}-]{{1,40}}+
        (?: (?:\s?[(\[{{]\s?{_DOT}\s?[)\]}}]\s?|\ {_DOT}\ |\.)[{_L}-]{{2,40}}+ ){{1,4}}
      | \ {_AT}\ [{_L}-]{{1,40}}+(?:\ {_DOT}\ [{_L}-]{{2,40}}+){{0,3}}?\ {_DOT}\ {_TLD}\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)

# --- bank accounts and cards

_IBAN_LENGTHS = """
    15:NO 16:BE 18:DK FI FO GL NL SD 19:MK SI 20:AT BA EE KZ LT LU MN XK 21:CH HR LI LV
    22:BG BH CR DE GB GE IE ME RS VA 23:AE GI IL IQ OM SO TL 24:AD CZ ES MD PK RO SA SE SK TN VG
    25:LY PT ST 26:IS TR 27:BI DJ FR GR IT MC MR SM 28:AL AZ BY CY DO GT HU LB NI PL SV
    29:BR EG PS QA UA 30:JO KW MU YE 31:MT SC 32:LC 33:RU
"""


def _iban_pattern() -> str:
    countries: dict[int, list[str]] = {}
    for word in _IBAN_LENGTHS.split():
        length, _, country = word.rpartition(":")
        countries.setdefault(int(length) if length else max(countries), []).append(country)
    shapes = (f"(?:{'|'.join(c)})[0-9]{{2}}(?:[ -]?[A-Z0-9]){{{n - 4}}}" for n, c in countries.items())
    return rf"(?=[A-Z]{{2}}[0-9]{{2}})(?<![\w\]])(?:{'|'.join(shapes)})(?![A-Z0-9])"


_IBAN = re.compile(_iban_pattern(), re.IGNORECASE | re.ASCII)
_CARD = re.compile(
    r"""(?<![\w\].,+-])(?:
        (?<![0-9]{4}[ -])[2-6][0-9]{3}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?![ -]?[0-9]{3})
      | 3[47][0-9]{2}([ -])[0-9]{6}\2[0-9]{5}
      | [2-6][0-9]{12,18}
    )(?![\w-])""",
    re.VERBOSE,
)
_ISSUERS = re.compile(
    r"4(?:.{12}|.{15}|.{18})|(?:5[0-8]|2[2-7]|35|6[2357]).{14}|(?:6011|64[4-9].).{12}|3[47].{13}|3[068].{12}"
)


def _redact_iban(match: re.Match[str]) -> str:
    account = re.sub("[ -]", "", match[0]).upper()
    number = "".join(str(int(character, 36)) for character in account[4:] + account[:4])
    return "[iban]" if int(number) % 97 == 1 else match[0]


def _redact_card(match: re.Match[str]) -> str:
    number = re.sub("[ -]", "", match[0])
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    luhn = (doubled + sum(map(int, number[::-2]))) % 10 == 0
    return "[card]" if luhn and _ISSUERS.fullmatch(number) else match[0]


# --- network addresses

_IP = re.compile(
    r"""(?<![\w\].:-])(?: (?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-]|\.[0-9])
      | [23][0-9A-Fa-f]{3}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:]) )""",
    re.VERBOSE,
)
_VERSION_WORD = re.compile(
    r"(?:\bv|version|firmware|build|release|update|app|sdk|software|android|ios|chrome|kernel)[\s:/=v.]{0,3}$",
    re.IGNORECASE,
)
_LOCAL_IPV4 = re.compile(r"(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2[0-9]|3[01])|22[4-9]|2[345][0-9])\.")


def _redact_ip(match: re.Match[str]) -> str:
    address = match[0]
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return address
    before = match.string[max(0, match.start() - 16) : match.start()]
    return address if _LOCAL_IPV4.match(address) or _VERSION_WORD.search(before) else "[ip]"


# --- telephone numbers

_SEP = r"(?:[ \u00a0]?\(|\)[ \u00a0-]?|[ .\-/\u00a0\u2011])"
_PHONE = re.compile(
    rf"""(?=[+(0-9])(?<![\w\]#$€£¥@+-])(?<![0-9\]][.:])(?:
        (?P<date> [0-9]{{1,4}}([./-])[0-9]{{1,2}}\2[0-9]{{1,4}}(?![./-]?[0-9]) )
      | \(?\+[1-9](?:{_SEP}?[0-9]){{7,14}}(?!\w)
      | (?<![^0-9\]]/)(?:
            00\ ?[1-9](?:{_SEP}?[0-9]){{7,12}}
          | (?:1[ .-])?(?:\([2-9][0-9]{{2}}\)[ .-]?|[2-9][0-9]{{2}}[ .-])[2-9][0-9]{{2}}[ .-][0-9]{{4}}
          | (?P<trunk> \(?0[1-9][0-9]{{0,4}}(?:\)\ ?|[ .\-/\u00a0]|\ [/-]\ )
              [0-9]{{2,8}}(?:[ .\-\u00a0][0-9]{{2,6}}){{0,4}} )
          | 0(?:7[0-9]{{8,9}}|6[0-9]{{8}}|1[567][0-9]{{8,9}})
          | (?: [67][0-9]{{2}}(?:(?:\ [0-9]{{3}}){{2}}|(?:\ [0-9]{{2}}){{3}})
              | 9[0-9](?:\ [0-9]{{3}}(?:\ [0-9]{{2}}){{2}}|[0-9](?:\ [0-9]{{3}}){{2}})
            )(?!\ ?(?:€|kr|eur|usd|sek))
        )(?![\w€$£%]|[.-][0-9])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_SPOKEN_PHONE = re.compile(
    r"""(?=[acdfhilmnprstwy])(?<!\w)(?P<head>
      (?: (?:(?:tele|mobile\ |cell\ ?)?phone|mobile|cell|tel)(?:\ number|\ no\.?)? | fone | fax
        | sms | whatsapp | (?:my|his|her|their|your|our|its|contact)\ number
        | call | ring | text | dial | reach | contact
        | telefon(?:nummer|nr)? | handy(?:nummer)? | natel | (?:min|meine|ihre)\ nummer | anrufen
        | t[ée]l[ée]phone | portable | (?:mi|su|mon|son)\ num[ée]ro | appele[zr] | rappele[zr]
        | tel[ée]f[óo]no | m[óo]vil | ll[áa]m[ae](?:me|r|nos)? )
      (?: [ :.,=("]{1,3}(?: me | us | him | her | them | back | at | on | is | no | nr | it's | to | my
          | unter | auf | ist | mich | moi | au | est | al | le | es | en | el )(?!\w) ){0,3}
      [ :.,=("]{1,3})
    (?P<number>[0-9](?:[ .\-/]?[0-9]){6,13})(?![\w€$£%]|[.-][0-9])""",
    re.VERBOSE | re.IGNORECASE,
)
_OTHER_NUMBER = re.compile(
    r"(?<![a-z])(?:order|track|parcel|package|shipment|invoice|ticket|ref|case|serial|account|customer|booking"
    r"|confirmation|item|sku|bestell|sendung|auftrag|rechnung|kunden|pedido|env[íi]o|seguimiento|factura"
    r"|commande|colis|suivi|facture|client)[a-z]{0,10}"
    r"(?:[ .:#]{1,2}(?:number|num|no|nr|id|code|nummer|is|ist|es|est|de|n°|nº)){0,3}$",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}[ .\-/](?:0[1-9]|1[0-2])[ .\-/]|[0-9]{2}[ .\-/][0-9]{2}[ .\-/](?:19|20)[0-9]{2}")


def _redact_phone(match: re.Match[str]) -> str:
    found = match[0]
    if match["date"]:
        other = True
    elif "+" in found:
        other = re.match(r"\(?\+1\D{0,2}[01]", found) is not None  # no American number begins so
    else:
        bad_length = match["trunk"] and not 9 <= sum(map(str.isdigit, found)) <= 12
        other = bad_length or _is_other_number(match, match.start()) or _DATE.search(found) is not None
    return found if other else "[phone]"


def _redact_spoken_phone(match: re.Match[str]) -> str:
    if _is_other_number(match, match.start("number")) or _DATE.search(match["number"]):
        return match[0]
    return match["head"] + "[phone]"


def _is_other_number(match: re.Match[str], start: int) -> bool:
    """Whether the words right before say that it is an order number or the like."""
    before = match.string[max(0, start - 40) : start].rstrip(" .:#")
    return not before[-1:].isdigit() and _OTHER_NUMBER.search(before) is not None

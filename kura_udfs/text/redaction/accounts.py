"""Bank accounts and cards."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kura_udfs.text.redaction import checksums
from kura_udfs.text.redaction.spans import WORD, Span, beside_numbers, digits_of, is_other_number, said_before, small

_IBAN_LENGTHS = """
    15:NO 16:BE 18:DK FI FO GL NL SD 19:MK SI 20:AT BA EE KZ LT LU MN XK 21:CH HR LI LV
    22:BG BH CR DE GB GE IE ME RS VA 23:AE GI IL IQ OM SO TL 24:AD CZ ES MD PK RO SA SE SK TN VG
    25:LY PT ST 26:IS TR 27:BI DJ FR GR IT MC MR SM 28:AL AZ BY CY DO GT HU LB NI PL SV
    29:BR EG PS QA UA 30:JO KW MU YE 31:MT SC 32:LC 33:RU
"""


def _lengths() -> dict[str, int]:
    lengths: dict[str, int] = {}
    length = 0
    for word in _IBAN_LENGTHS.split():
        given, _, country = word.rpartition(":")
        length = int(given) if given else length
        lengths[country] = length
    return lengths


_LENGTHS = _lengths()
_IBAN_START = re.compile(rf"(?<![{WORD}\]])[a-z]{{2}}[ -]?[0-9]{{2}}")
_BETWEEN = " -./_·\t\r\n"  # what people put between the groups of an account
_IBAN_WORD = re.compile(
    r"\biban\b|\b(?:rachun[a-z]{2,4}(?: bankow[a-z]{1,3})?|konto(?:nummer)?|account(?: n(?:umber|o\.?))?|cuenta|compte|conto|účet|účtu|ra[čc]un|(?:bank)?számla(?:szám)?|hesap)[\s:]{1,6}$",
    re.IGNORECASE,
)
# Their accounts have no letter in ISO 13616's registry: elsewhere "at 1055 Escalon Avenue 9" has the form of one
_OF_DIGITS_ALONE = "AE AT BA BE CZ DE DK EE EG ES FI FO GL HR HU IL IS LT ME NO PL PT RS SE SI SK TN XK"
# What is said to be one, whatever its country and length: two letters, two digits, perhaps a bank's letters, groups with digits
_SAID_IBAN = re.compile(
    rf"""(?<!\w)iban(?:[ -]?(?:nr|no|number|nummer)\b\.?)?["'*_]{{0,2}}(?:[ ]?[:=][ ]?|[ ](?:is|ist|lautet|est|es|è|é|är|er|jest|to|on)[ :]{{1,2}}|[是为は：][ ]?|[ ]){{1,2}}["'*_(]{{0,2}}
    (?P<value>[a-z]{{2}}[ -]?[0-9]{{2}}(?:[ .-]?[a-z]{{4}}(?=[ .-]?[0-9a-z]{{0,3}}[0-9]))?(?:[ .-]?[a-z]{{0,4}}[0-9][0-9a-z]{{0,30}}){{1,8}}[a-z]{{0,2}})(?![{WORD}])""",
    re.VERBOSE,
)

_S = r"(?:[ \-./_·•,\t\r\n]{1,4}|,?[ ](?:then|dann|puis|luego|poi|daarna)[ ])"
_CARD = re.compile(
    rf"""(?<![{WORD}\].,+-])(?:
        (?<![0-9][0-9A-Fa-f]{{3}}[ -])[2-6][0-9]{{3}}{_S}[0-9]{{4}}{_S}[0-9]{{4}}(?:{_S}[0-9]{{4}}(?P<last>{_S}[0-9]{{3}})?|{_S}[0-9]{{1,3}})?(?![ -]?[0-9]{{3}})
      | (?P<eights>[2-6][0-9]{{7}}[ ][0-9]{{8}})
      | (?:3[47][0-9]{{2}}|2131|1800){_S}[0-9]{{6}}{_S}[0-9]{{5}} | 3[0689][0-9]{{2}}{_S}[0-9]{{6}}{_S}[0-9]{{4}}
      | (?P<bare>[2-6][0-9]{{11,18}}|0604[0-9]{{8}}|(?:2131|1800)[0-9]{{11}})
    )(?![{WORD}]|-[0-9A-Za-z])""",
    re.VERBOSE,
)
_ISSUERS = re.compile(
    r"4(?:.{12}|.{15}|.{18})|(?:5[0-8]|2[2-7]|35|6[0-9]).{14}|(?:62|6[2-9]|50|5[6-8]).{15,17}|(?:64[4-9].).{12}|3[47].{13}"
    r"|3[0689].{12}|(?:2131|1800).{11}|(?:5018|5020|5038|5893|6304|6390|6759|676[1-3]|0604).{8,9}"
)
# The digits on its back, after a name and the day on which it ends: Jo Berg 11/27 123, |08|2027|123
_AFTER_CARD = re.compile(
    r"[ ,;|/]{1,3}(?:[^\W\d_]{2,20}[ ,.:|]{1,2}){0,4}(?:0?[1-9]|1[0-2])[/|.-](?:20)?[23][0-9][ ,;|/]{1,3}(?P<code>[0-9]{3,4})(?![\w/.-]| ?(?:[€$£]|[A-Za-z]{3}(?![a-z])))"
    r"|[^\n\[]{0,48}?(?<!\w)(?i:(?<!error )(?<!promo )(?<!zip )(?<!discount )(?!fehler|fel|fejl|virhe|hiba|post|rabat|gutschein)(?:[^\W\d_]{0,14}(?:[ck]od[eai]?|kód|prüfziffer|prüfnummer)|código|codice|crypto(?:gramme)?|digits|cv[vc]2?|код|सीवीवी|安全码|安全碼|コード|코드))"
    r"(?: (?:is|ist|war|es|est|è|é|är|er|on|to|je|jest)(?!\w)|は|是|는)?[ :：=]{0,3}(?P<code_after>[0-9]{3})(?![\w/-]|[.,:][0-9]| ?[€$£%])"
    r"|[ ,;.]{1,3}(?P<behind>[0-9]{3,4})(?: is)? on the back(?!\w)"
    r"|[ ,;.]{1,3}(?:and )?(?:the )?(?:(?:code|numbers?|digits) )?on the back(?: (?:is|are)|:)? (?P<back>[0-9]{3,4})(?![\w/-]|\.[0-9])"
)
# so near before a number that one of a wrong digit, or one not to be read, is a card nevertheless
_CARD_NUMBER_WORD = re.compile(
    r"(?:(?:credit|debit|bank|charge|my|the) card|card ?(?:number|no\.?|num|nr|#)|\bcard(?=:)|karte(?:nnummer)?|carte(?: bleue| bancaire)?|tarjeta|cart[aã]o|kaart|visa|mastercard)(?: (?:is|ist|est|es|number|no\.?|num))?[ :#]{1,3}$|[银行信用工建农中招储蓄借记]卡号?[码是为 :：]{0,3}$|卡号[码是为 :：]{0,3}$",
    re.IGNORECASE,
)
# and where hyphens are between its groups, the word alone will do
_PAID_CARD = re.compile(
    rf"(?<!gift )(?<!store )(?<!loyalty )(?<!library )\bcard(?: on file)?[ :]{{1,2}}$|{_CARD_NUMBER_WORD.pattern}",
    re.IGNORECASE,
)
_FOURS = re.compile(r"[3-6][0-9]{3}([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{3})?")
_CARD_WORD = re.compile(
    r"\bcc\b|card|karte|carte|tarjeta|carta|cart[aã]o|kaart|kort|kart[aęy]|карт|卡|カード|카드|visa|master|amex",
    re.IGNORECASE,
)
_BANK_STEMS = ("routing", "aba", "sc:", "sc ", "s/c", "sort", "account", "acct", "a/c", "conto", "conta", "cuenta", "kont", "kto", "rachun", "cbu", "cvu", "bank", "blz", "clabe", "bsb", "compte", "rekening", "norek",
    "ccc", "účet", "akaun", "sąskait", "reiknings", "nuban", "checking", "savings", "rtn", "rib", "cont bancar", "contul", "hesap", "stk", "tilinum", "c/c", "racuna")  # fmt: skip
_BANK_STEMS_ELSEWHERE = re.compile(
    "účt|rač|számlasz|р/?с|сч[её]т|рахун|сметк|λογαρ|חשבון|حساب|เลข|บัญชี|tài|खाता|खाते|অ্যা|கணக்கு|ఖాతా|ખાતા|اکاؤنٹ|账|帐|帳|轉帳|匯款|汇款|口座|普通|当座|银行|銀行|계좌"
)
_ROW_OF_FIGURES = re.compile("[,\n]")
_BANK = re.compile(
    r"""(?:(?<!\w)|(?<=[\u0e00-\u0e7f\u3040-\ud7a3]))(?:(?:aba|bank)?[ ]?routing(?:[ ]?(?:number|no\.?|\#))?|(?:aba|rtn)(?:[ ](?:number|no\.?|\#))?(?=[ :]{1,2}[0-9]{9}(?![0-9]))|sort[ -]?code|sort(?=:?[ ][0-9]{2}-[0-9]{2}-[0-9]{2})|s[./]?c\.?(?=:?[ ][0-9]{2}-[0-9]{2}-[0-9]{2})|(?:checking|savings)(?=:[ ]?[0-9]{8})|bank[ ]details|compte[ ]bancaire(?:[ ]n(?:[°º.]|um[ée]ro))?|rib(?=[ :]{1,2}[0-9]{5})|bankkonto|bankovní[ ]účet|cont(?:ul)?[ ]bancar|банковск(?:ий|ого)[ ]сч[её]та?|λογαριασμός[ ]τράπεζας|बैंक[ ]खाता(?:[ ](?:नंबर|संख्या))?|खाता[ ]संख्या|账户(?=[ :]{0,2}[0-9]{15})|nomor[ ]rekening|compte[ ]de[ ](?:paie|ch[èe]ques|d[ée]p[ôo]t(?:[ ]direct)?)|(?:bank|che(?:cking|que|quing)|savings|giro|payroll|direct[ ]deposit)[ _]?(?:account|acct?)
      (?:[ _]?(?:number|no\.?|nr\.?))?(?:[ ]on[ ]file)?|kontonummer|konto-?nr\.?|kto\.?(?:[ -]?nr\.?)?(?=[ :]{1,2}[0-9])|(?:nr|numer)[ ]konta|konto[ ]bankowe|rachun(?:ek|ku)(?:[ ]bankow[a-z]{1,3})?(?:[ ](?:do|dla)[ ][^\W\d_]{3,14})?|bankleitzahl|blz|clabe|c[bv]u(?=[ :]{1,2}[0-9]{22}(?![0-9]))|bsb|num[ée]ro[ ]de[ ]compte|número[ ]de[ ]cuenta
      |(?:bank)?rekening(?:nummer|nr)|bank-?kontonummer|giro-?konto(?:nummer)?|(?:bank|konto)verbindung|número[ ]de[ ]compte|številka[ ]računa|sąskaitos[ ](?:numeris|nr)|konta[ ]numurs|kontonumber|reikningsnúmer|nombor[ ]akaun(?:[ ]saya)?|akaunti[ ](?:namba|nambari)
      |অ্যাকাউন্ট[ ]নম্বর|கணக்கு[ ]எண்|ఖాతా[ ](?:నంబర్|సంఖ్య)|खाते[ ]क्रमांक|ખાતા[ ]નંબર|اکاؤنٹ[ ]نمبر|(?:no(?:mor)?[ .]{1,2})?rekening[ ](?:saya|bca|bni|bri|mandiri)|norek|ccc|c[óo]digo[ ](?:de[ ])?cuenta[ ](?:de[ ])?cliente|bankgiro|(?:savings|checking|current|salary)[ ]a/c|nuban
      |(?:cuenta|conta)[ ](?:corriente|corrente|poupança|de[ ]ahorros?|bancaria|bancária)|numero[ ](?:di|del)[ ]conto|conto[ ]corrente(?:[ ]n(?:\.|um(?:ero)?))?|c/c[ ]n\.?|hesap[ ](?:no|numara(?:m|sı))|tilinumero(?:ni)?
      |[čc]íslo[ ]účtu|bankov(?:é[ ]spojen(?:ie|í)|ní[ ]spojení)|účet(?:[ ]č(?:\.|íslo))?(?=(?:[ ]je)?[ :]{1,2}(?:[0-9]{2,6}-)?[0-9]{2,10}/[0-9]{4}(?![0-9]))|broj(?:[ ]žiro)?[ ]ra[čc]una(?=[ :]{1,3}[0-9](?:[ -]?[0-9]){9})|(?:bank)?számlaszám(?:om)?|(?:р/?с|расч[её]тный[ ]сч[её]т|номер[ ](?:лицевого[ ])?сч[её]та)|номер[ ]рахунку|банкова[ ]сметка|αριθμ[όο]ς[ ]λογαριασμού|(?:מספר[ ])?חשבון[ ]בנק|(?:رقم[ ](?:ال)?حساب|حسابي[ ]البنكي|شماره[ ]حساب)
      |(?:普通|当座)(?:預金)?(?=[ :]{0,2}[0-9]{7}(?![0-9]))|stk|số[ ]tài[ ]khoản|(?:เลข(?:ที่)?)?บัญชี[\u0e00-\u0e4e]{0,24}|(?:银行|銀行|存摺|收款|开户|開戶)[账帐帳][号號户戶]|[账帐帳][号號](?=[是為为 :]{0,3}[0-9]{12,19}(?![0-9]))|银行卡号|(?:轉帳|转账|匯款|汇款)[至到給给](?=[ :]{0,2}[0-9](?:-?[0-9]){9,18}(?![0-9-]))|口座番号|계좌(?:번호)?)
    (?:[ ]?(?::|=|\#|is|ist|es|est|è|é|je|är|on|là|は|是|為|为|은|는)[ ]?|[ ]|(?<=[通座金户戶號号至到給给])|["'][ ]?:[ ]?["']?)(?:[(\#]?)(?P<value>[0-9]{4}\.[0-9]{2}\.[0-9]{5}|(?:[a-z]{4}(?=[0-9]{9}))?[0-9](?:[ -]?[0-9]){5,25}(?:/[0-9]{4})?)(?![0-9A-Za-z])""",
    re.VERBOSE,
)


# The code of a bank in India, or what stands beside an account in Canada, Scandinavia and Brazil
_BANK_CODE = re.compile(r"\b[A-Z]{4}0[A-Z0-9]{6}\b")
_BESIDE = re.compile(
    rf"\[account\]|{_BANK_CODE.pattern}|\b(?i:(?:clearing|transit|institution)(?=[^\d\n]{{1,12}}[0-9]{{3,5}}(?![0-9]))|reg\.? ?nr|agência|ifsc|sort(?=:? [0-9]{{6}}(?![0-9]))|chequing|chèques)\b"
)
_BESIDE_STEMS = ("[account]", "learing", "ransit", "nstitution", "reg", "gência", "ifsc", "IFSC", "ort ")
_BANKS = r"""[a-z]{0,14}bank(?:en|a|u|i|ı|ası)?(?:\ of\ [a-z]{3,12})?|banco(?:\ [a-z]{3,14})?|banque(?:\ [a-z]{3,14})?|chase|barclays|hsbc|lloyds|natwest|santander|monzo|starling|revolut|wells\ fargo|capital\ one|citi|halifax|credit\ union|jp\ ?morgan|schwab|usaa|truist|ally|chime|приват[а-я]{0,6}|моно|bcr|garanti|ziraat|unicredit|intesa
    |sparkasse|commerzbank|n26|bbva|caixa|ita[uú]|bradesco|nubank|bca|bni|bri|mandiri|gtb|opay|palmpay|kuda|sbi|hdfc|icici|kotak|westpac|kbc|nordea|dnb|pko|mbank|bancomer|bancolombia|dbs|ocbc|uob|maybank|bpi|bdo|gcash|m-?pesa|bidv|kakao|은행|뱅크|신한|국민|우리은행|하나은행|농협|토스|銀行|银行|банк[а-я]{0,3}|сбер[а-я]{0,5}|тинькофф"""
_NEAR_BANK = re.compile(
    rf"(?<![a-zа-я])(?:{_BANKS})(?![a-zа-я]|\ (?:transfer|holiday|details|card|statement|closed))", re.VERBOSE
)
# Barclays 12345678, 국민은행 123456-04-123456: no hotline, no day
_AFTER_BANK = re.compile(
    rf"(?<![a-zа-я])(?:{_BANKS})(?:[ ](?:account|acct?|a/c|ac|konto|rek|conta|cuenta|cta|is|nr|no|number)\.?){{0,3}}[ :,]{{1,2}}(?P<value>[0-9]{{2}}(?:-[0-9]{{2}}){{2}}[ ,/]{{1,2}}[0-9]{{8}}|(?!20[0-9]{{6}}(?![0-9])|0?[189]00|0[89]0)(?:[0-9]{{8,16}}|[0-9]{{3,6}}-[0-9]{{2,6}}-[0-9]{{4,8}}(?:-[0-9]{{1,3}})?))(?![\w€$£%]|[.,-][0-9]|\ (?:€|[$]|[kmb]n\b|people|euros?|dollars?|pounds?))",
    re.VERBOSE,
)
_SORT_CODE = re.compile(r"(?<=\[account\])[ ,/]{1,3}(?P<value>[0-9]{2}-[0-9]{2}-[0-9]{2})(?![\w-])")
# jo@okaxis: how money is sent in India
_UPI = re.compile(
    r"(?<![\w.@-])[\w.-]{2,64}+@(?:ok(?:axis|sbi|icici|hdfcbank)|ybl|ibl|axl|upi|apl|yapl|rapl|paytm|pt(?:axis|sbi|hdfc|yes)|sbi|hdfcbank|icici|axisbank|kotak|fam|jupiteraxis|waicici|waaxis|wahdfcbank|wasbi|freecharge|airtel|fbl|pnb|idfcbank|naviaxis|superyes|axb|oksbi)(?![\w.@-])"
    r"|(?<=upi)(?:[ -]?id)?(?: is)?[ :]{1,3}(?P<said>[\w.-]{2,64}@[a-z]{2,20})(?![\w.@-])"
)
_ACCOUNT = re.compile(
    r"(?<!\w)(?:account|acct?\.?|ac(?=:)|a/c|konto(?:n?r)?\.?|cuenta|compte|cta\.?|conto|conta|rek(?:ening)?\.?|rachunek|hesap|hesab[ıi]m|účet|сч[её]т|рахунок|tài khoản|rib)(?: (?:number|num|numer|numara[^\W\d_]{0,3}|no|nr)\.?)?(?: (?:at|with|bei|bij|en|chez|na|v|в) [^\d\n]{2,28}?)?(?: (?:is|es|est|ist|é|è)(?= [0-9]))?[ :.#=]{1,3}(?P<value>(?!20[0-9]{6}(?![0-9]))[0-9](?:[ -]?[0-9]){5,19})(?![0-9A-Za-z])"
)
_ACCOUNT_STEM = re.compile("acc|a/c|ac:|konto|cuenta|compte|cont[oa]|cta|rek|rachun|hesa|účet|сч[её]т|рахун|khoản|rib")


def ibans(text: str) -> Iterator[Span]:
    """Find IBANs: of the length of their country, with a right checksum or after the word."""
    done, lowered = 0, small(text)
    found = _SAID_IBAN.finditer(lowered) if "iban" in lowered else ()
    said = {match.start("value"): match.end("value") for match in found}
    for match in _IBAN_START.finditer(lowered):
        if match.start() < done:
            continue
        length = _LENGTHS.get(match[0][:2].upper())
        end = _end_of_account(text, match.start(), length) if length else None
        if end is None and (end := _end_of_said(text, match.start(), said)) is None:
            continue
        number = "".join(filter(str.isalnum, text[match.start() : end])).upper()
        fits = number[2:].isdigit() or number[:2] not in _OF_DIGITS_ALONE
        if (fits and checksums.iso7064_97(number)) or said_before(_IBAN_WORD, text, match.start(), 24):
            yield match.start(), end, "[iban]"
            done = end


def _end_of_said(text: str, start: int, said: dict[int, int]) -> int | None:
    """Return where a number ends that is said to be an account, of twelve letters and digits at least."""
    end = said.get(start)
    return end if end and sum(map(str.isalnum, text[start:end])) >= 12 else None


def _end_of_account(text: str, start: int, length: int) -> int | None:
    """Return where so many letters and digits end, with at most two separators between two; None if they don't."""
    place, found, between = start, 0, 0
    while found < length and place < len(text):
        character = text[place]
        if character.isascii() and character.isalnum():
            found, between = found + 1, 0
        elif character in _BETWEEN and between < 2:
            between += 1
        else:
            return None
        place += 1
    glued = place < len(text) and text[place].isascii() and text[place].isalnum()
    return place if found == length and not glued else None


def cards(text: str) -> Iterator[Span]:
    """Find card numbers: of an issuer, with the Luhn digit, standing alone."""
    for match in _CARD.finditer(text):
        number, end = digits_of(match[0]), match.end()
        if match["last"] and not checksums.luhn(number):  # of the back: 4111 1111 1111 1111, 123
            number, end = number[:16], match.start("last")
        said = said_before(_CARD_WORD, text, match.start())
        if not (checksums.luhn(number) and (said or _ISSUERS.fullmatch(number))) and not (
            (fours := _FOURS.fullmatch(text[match.start() : end]))
            and said_before(_PAID_CARD if fours[1] == "-" else _CARD_NUMBER_WORD, text, match.start(), 24)
        ):
            continue
        # goods have such numbers; in groups a row of figures has commas, and shorter numbers are of other things, too
        doubtful = (
            (len(number) != 16 and (_is_good(number) or text[: match.start()].endswith("/")))  # or pages
            if match["bare"]
            else (
                match["eights"] is not None
                or _ROW_OF_FIGURES.search(text, match.start(), end) is not None
                or len(number) < 14
            )
        )
        if doubtful and not said:
            continue
        if not (match["bare"] and is_other_number(text, match.start())):
            yield match.start(), end, "[card]"
            if after := _AFTER_CARD.match(text, end):
                yield *after.span(after.lastgroup or 0), "[secret]"


def _is_good(number: str) -> bool:
    """Whether goods have such numbers (EAN-13 and its like)."""
    return len(number) == 13 and checksums.ean(number)


def bank_numbers(text: str) -> Iterator[Span]:
    """Find accounts and banks by the word before them."""
    lowered = small(text)
    if any(stem in lowered for stem in _BANK_STEMS) or (
        not lowered.isascii() and _BANK_STEMS_ELSEWHERE.search(lowered)
    ):
        for match in beside_numbers(_BANK, text, lowered):
            yield *match.span("value"), "[account]"


def numbers_beside_banks(text: str) -> Iterator[Span]:
    """Find what is called an account where its bank has been found: elsewhere it may be one of a shop."""
    lowered = small(text)
    for match in beside_numbers(_ACCOUNT, text, lowered) if _ACCOUNT_STEM.search(lowered) else ():
        start, end = match.span()
        if _BESIDE.search(text, max(0, start - 120), end + 120) or _NEAR_BANK.search(
            lowered, max(0, start - 40), end + 30
        ):
            yield *match.span("value"), "[account]"


def numbers_after_banks(text: str) -> Iterator[Span]:
    """Find accounts right after the name of a bank."""
    for match in beside_numbers(_AFTER_BANK, text, small(text)):
        yield *match.span("value"), "[account]"


def sort_codes(text: str) -> Iterator[Span]:
    """Find British banks right after an account."""
    if "[account]" in text:
        for match in _SORT_CODE.finditer(text):
            yield *match.span("value"), "[account]"


def upi_addresses(text: str) -> Iterator[Span]:
    """Find addresses of India's payments, which are of a person and are no addresses of mail."""
    if "@" in text:
        for match in _UPI.finditer(small(text)):
            yield *match.span(match.lastgroup or 0), "[account]"

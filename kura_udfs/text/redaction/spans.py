"""What rules are made of: the places that they find, and the plain characters that they read."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

Span: TypeAlias = tuple[int, int, str]  # from, to, and what stands there afterwards
Rule: TypeAlias = Callable[[str], Iterable[Span]]

# What a number may touch and still be one: Chinese, Japanese, Korean and Thai put no space before it.
WORD = "0-9A-Za-z_\u00aa-\u00ba\u00c0-\u052f"
# Where letters become digits, or digits letters: what is made by chance turns often, words don't.
TURN = re.compile("[A-Za-z][_+=-]?(?=[0-9])|[0-9][_+=-]?(?=[A-Za-z])")

# Letters of both sizes and digits, and no word among them
ROW_OF_CHANCE = re.compile("(?=[^0-9]*[0-9])(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?!.*[a-z]{5})[0-9A-Za-z]{20,512}$")


def _plain_characters() -> dict[int, str]:
    table = {}
    for code in range(0x80, 0x10000):
        character = chr(code)
        kind = unicodedata.category(character)
        if kind == "Nd":
            table[code] = str(unicodedata.decimal(character))
        elif kind == "Pd" or code == 0x2212:
            table[code] = "-"
        elif kind in ("Zs", "Cf"):
            table[code] = " "
        elif 0xFF01 <= code <= 0xFF5E:
            table[code] = chr(code - 0xFEE0)
    return table


_TABLE = _plain_characters()
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,16}m")  # of a terminal: it touches what it colours
_ODD = re.compile(f"[{re.escape(''.join(map(chr, _TABLE)))}]")


def plain(text: str) -> str:
    """Return a text of the same length in which digits, spaces, hyphens and full-width characters are ASCII, and colours spaces."""
    if "\x1b" in text:
        text = _COLOUR.sub(lambda code: " " * len(code[0]), text)
    return text if text.isascii() else _ODD.sub(lambda odd: _TABLE[ord(odd[0])], text)


@functools.lru_cache(maxsize=1)  # one rule after another asks for the same
def small(text: str) -> str:
    """Return a text of the same length in small letters: patterns that ignore case take several times as long."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


# Keys need a run of so many characters; most messages have none, which is quickly seen.
_LONG_RUN = re.compile(r"[\w+/=.~%$-]{14}")


@functools.lru_cache(maxsize=1)
def has_long_run(text: str) -> bool:
    """Whether something stands in a text that is longer than words are."""
    return _LONG_RUN.search(text) is not None


# Of telephones, accounts and banks none has fewer digits; what stands between two of them
_NUMBER = re.compile(r"[0-9](?:[ ()./,:\r\n-]{0,5}[0-9]){5}")
_BEFORE, _AFTER = 240, 100  # so much before and after its first digit is read for words that say what it is


@functools.lru_cache(maxsize=1)
def stretches(text: str) -> list[tuple[int, int]]:
    """Return the parts of a text (from, to) in which long numbers are."""
    parts: list[tuple[int, int]] = []
    for number in _NUMBER.finditer(text):
        begin, end = max(0, number.start() - _BEFORE), number.start() + _AFTER
        if parts and begin <= parts[-1][1]:
            begin, _ = parts.pop()
        parts.append((begin, end))
    return parts


def beside_numbers(pattern: re.Pattern[str], text: str, read: str) -> Iterator[re.Match[str]]:
    """Find a pattern of which a number of six digits and more is a part: in most of a long text there is none.

    What is read may be the text in small letters.
    """
    for begin, end in stretches(text):
        yield from pattern.finditer(read, begin, end)


def spliced(text: str, spans: Iterable[Span]) -> str:
    """Return the text with what is to stand at each of the places, which must be in order and apart."""
    pieces, end = [], 0
    for start, stop, placeholder in spans:
        pieces += [text[end:start], placeholder]
        end = stop
    return "".join([*pieces, text[end:]])


def by_letter(alternatives: str) -> str:
    """Return alternatives of a (verbose) pattern in groups of one first letter, of which few are tried at any place.

    Among those of one letter the order stays.
    """
    groups: dict[str, list[str]] = {}
    parts, depth = [""], 0
    for token in re.findall(r"\\.|\[(?:\\.|[^\]])*\]|[^\\[]", alternatives, re.DOTALL):
        depth += (token == "(") - (token == ")")
        if token == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += token
    for alternative in parts:
        alternative = alternative.strip() if not alternative.rstrip().endswith("\\") else alternative.lstrip()
        first = alternative[0] if alternative[0].isalpha() and alternative[1:2] not in ("?", "*", "+", "{") else ""
        groups.setdefault(first or alternative, []).append(alternative[len(first) :])
    return "|".join(f"{first}(?:{'|'.join(rest)})" if len(first) == 1 else rest[0] for first, rest in groups.items())


# Who answers a question on the line before, and what is said first: "Customer: sure, it's …"
ANSWER = (
    r"\n(?:\[[^\s\d\[\]]{1,16}\][ ]?|[^\s\d:\[\]]{1,16}(?:[ ][^\s\d:\[\]]{1,16})?[ ]?:[ ]?)"
    r"(?:(?:sure|yes|yeah|yep|ok|okay|of[ ]course|it['’]?s|it[ ]is|here[ ]you[ ]go|hm+|moment|ja|klar|gerne|natürlich|oui|bien[ ]sûr|c['’]est|sí|si|claro|es|sim|é|certo|è|"
    r"jasne|tak|to|tabii|evet|visst|det[ ]är|oke|ya|dạ|да|конечно|好的|是|はい|네|نعم|أكيد|जी|हाँ)(?!\w)[,.:!،、]?[ ]?){0,3}"
)

# After a number: what it is one of, so that it is a quantity
COUNTED = r"\ (?:lines|loc|rows|bytes|[kmg]b|chars?|characters|words|tests|times|items|errors?|fehler|zeilen|lignes|líneas|satır|строк)(?!\w)"


def digits_of(text: str) -> str:
    """Return the digits of a text, without what stands between them."""
    return "".join(filter(str.isdigit, text))


def said_before(word: re.Pattern[str], text: str, start: int, reach: int = 60) -> bool:
    """Whether a word stands shortly before a place."""
    return word.search(text, max(0, start - reach), start) is not None


# A number after such a word is what conversations are about, unless its form leaves no doubt.
_OTHER_NUMBER = re.compile(
    r"(?:(?<![a-z])(?:[sp]/n|(?:bag(?:gage)?|luggage) tag|(?:ref|case|item|lot|batch|sku|part|isbn|ean|upc|gtin|asin|imei|build|ndc|txn|quote|rma|po|zip|barcode)(?:s|num|number|nummer|no|nr|id|code)?(?![a-z])"
    r"|(?:order|track|parcel|package|shipment|invoice|ticket|refer[ea]n|serial|serien|gepäck|account|customer|booking|confirmation|model|article"
    r"|product|protocol|commit|transaction|error|return|claim|policy|member|vertrags|bestell|sendung|auftrag|rechnung|kunden|artikel|vorgang|pedido|env[ií]o"
    r"|seguimiento|factura|nota|rastre|commande|colis|suivi|facture|client|ordin|spedizion|fattur|bestelling|zending"
    r"|factuur|klant|proje[ck]t|neq\)?|entreprise|enterprise|establishment|établissement|etablissement|zam[oó]wieni|paczk|przesyłk|faktur|beställning|kollinummer|ordre|sipari[sş]|kargo|fatura)"
    r"[^\W\d_]{0,12}|(?:kd|rg|(?<![0-9])ne(?=:))(?![a-z])|regon(?: [^\W\d_]{1,20})?)|заказ[а-я]{0,3}|трек[а-я-]{0,6}|отправлени[а-я]|посылк[а-я]|сч[её]т[а-я]{0,2}|накладн[а-я]{1,3}"
    r"|订单|訂單|单号|單號|快递|快遞|运单|物流|注文|受注|伝票|追跡|商品|주문|송장|운송장|पार्सल|ऑर्डर|الطلب|طلب|الشحنة|рахун[а-я]{1,3})"
    r"(?:[ .:#番号号碼码번호는은이가的は]{1,4}(?:number|num|no|nr|id|code|label|nummer|numero|número|numéro|numer|n[o°º]|номер"
    r"|is|ist|es|est|de|é|è|är|er|jest|-)?){0,4}[ #:(]{0,3}(?:(?<=[ns]: )(?:[0-9][0-9 .-]{3,18}[0-9], ?){1,4})?$"  # and a list of them
)


# Who says it, and not what it is: "Your phone number?\nCustomer: 555 0142"
_SPEAKER = re.compile(r"\n(?:customer|client|member|kunde|kundin|cliente|klant|klient)[^\W\d_]{0,3} ?: ?$")


def is_other_number(text: str, start: int) -> bool:
    """Whether the words right before say that it is an order number or the like."""
    before = text[max(0, start - 48) : start].lower()
    return _OTHER_NUMBER.search(before) is not None and not _SPEAKER.search(before)

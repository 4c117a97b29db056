"""What stands below its name in a table that somebody has pasted: CSV, TSV, or one of markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import Span, by_letter, small

_PLACEHOLDERS = {
    "secret": r"pass(?:word|wort|code|phrase|wd)?|pwd|pw|kennwort|contrase[ñn]a|senha|clave|mot de passe|mdp|wachtwoord|has[łl]o|heslo|parol[ae]|пароль|şifre|密码|パスワード|비밀번호|pin|cvv2?|cvc|otp|(?:api|access|secret)[_ -]?(?:key|token)",
    "phone": r"(?:tele)?phone(?:[_ ]?(?:number|no|nr))?|telef[oó]no?|telefon(?:nummer|nr)|telefoon|fone|tel|mobile?(?:[_ ]?(?:number|no|nr|nummer|phone))?|handy(?:nummer)?|celular|portable|телефон|电话|手机|電話番号|전화번호",
    "id": r"ssn|passport(?:[_ ]?(?:number|no|nr))?|(?:national|tax)[_ ]?id|steuer-?id|cpf|dni|nie|nif|pesel|curp|rut|cnp|bsn|nhs(?:[_ ]?(?:number|no))?|mrn|personnummer|codice fiscale|инн|снилс|паспорт|身份证号?|aadhaar|vin|imei",
    "account": r"(?:bank[_ ]?)?acc(?:oun)?t[_ ]?(?:number|no|nr)|kontonummer|konto-?nr|routing(?:[_ ]?(?:number|no))?|sort[_ ]?code",
    "iban": "iban",
    "birthdate": r"dob|date[_ ]of[_ ]birth|birth[_ ]?da(?:te|y)|geburtsdatum|geb\.?-?datum|fecha[_ ]de[_ ]nacimiento|date[_ ]de[_ ]naissance|data[_ ]di[_ ]nascita|data[_ ]urodzenia|дата рождения|doğum tarihi|出生日期|生年月日",
}
_NAMES = {kind: re.compile(names) for kind, names in _PLACEHOLDERS.items()}
_ANY_NAME = re.compile(
    rf"""[,;|\t\n]["' ]{{0,2}}(?:{by_letter("|".join(_PLACEHOLDERS.values()))})["' ]{{0,2}}[,;|\t\n]"""
)
# What a value looks like that may stand below such a name
_VALUES = {
    "secret": re.compile(r"(?=.*[0-9])\S{3,128}"),
    "phone": re.compile(r"\+?[(0-9](?:[ ()./-]{0,2}[0-9]){6,15}"),
    "id": re.compile(r"(?=(?:[^0-9]*[0-9]){5})[0-9A-Za-z](?:[ ./-]?[0-9A-Za-z]){5,24}"),
    "account": re.compile(r"(?=(?:[^0-9]*[0-9]){6})[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){5,33}"),
    "iban": re.compile("[A-Z]{2}[0-9]{2}(?: ?[0-9A-Za-z]){11,30}"),
    "birthdate": re.compile(r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}"),
}


def columns(text: str) -> Iterator[Span]:
    """Find what the first line of a table calls a password, a telephone number, a state's number, an account or a date of birth."""
    if "\n" not in text or not _ANY_NAME.search(f"\n{small(text)}"):
        return
    place, separator, wide = 0, "", 0
    kinds: dict[int, str] = {}
    for line in text.splitlines(keepends=True):
        if kinds and line.count(separator) == wide:
            yield from _values(line, place, separator, kinds)
        else:
            separator, kinds = _header(line)
            wide = line.count(separator)
        place += len(line)


def _values(line: str, place: int, separator: str, kinds: dict[int, str]) -> Iterator[Span]:
    """Find what stands in a line, which begins at a place of the text, in the columns that have a kind."""
    for number, cell in enumerate(line.split(separator)):
        value = cell.strip(" \r\n\"'")
        if (kind := kinds.get(number)) and _VALUES[kind].fullmatch(value):
            start = place + cell.index(value)
            yield start, start + len(value), f"[{kind}]"
        place += len(cell) + len(separator)


def _header(line: str) -> tuple[str, dict[int, str]]:
    """Return what stands between the columns of a table and what is in which, if this is its first line."""
    for separator in "\t;|,":
        if separator in line:
            cells = [cell.strip(" \r\n\"'").lower() for cell in line.split(separator)]
            kinds = {n: kind for n, cell in enumerate(cells) for kind, name in _NAMES.items() if name.fullmatch(cell)}
            # of a table each cell is a name
            if (
                kinds
                and sum(map(bool, cells)) > 1
                and all(not any(map(str.isdigit, cell)) and len(cell) <= 24 for cell in cells)
            ):
                return separator, kinds
    return "", {}

"""What stands below its name in a table that somebody has pasted: CSV, TSV, or one of markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from kura_udfs.text.redaction.spans import Span, by_letter, small

# The placeholder, the names of a column, and what a value looks like that may stand below them
_COLUMNS: list[tuple[str, str, str]] = [
    (
        "[secret]",
        r"pass(?:word|wort|code|phrase|wd)?|pwd|pw|kennwort|contrase[ñn]a|senha|clave|mot de passe|mdp|wachtwoord|has[łl]o|heslo|parol[ae]|пароль|şifre|密码|パスワード|비밀번호|(?:api|access|secret)[_ -]?(?:key|token)",
        r"(?=.*[0-9])\S{4,128}",
    ),
    ("[secret]", "pin|cvv2?|cvc|otp", "[0-9]{3,8}"),
    (
        "[phone]",
        r"(?:tele)?phone(?:[_ ]?(?:number|no|nr))?|telef[oó]no?|telefon(?:nummer|nr)|telefoon|fone|tel|mobile?(?:[_ ]?(?:number|no|nr|nummer|phone))?|handy(?:nummer)?|celular|portable|телефон|电话|手机|電話番号|전화번호",
        r"\+?[(0-9](?:[ ()./-]{0,2}[0-9]){6,15}",
    ),
    (
        "[id]",
        r"ssn|passport(?:[_ ]?(?:number|no|nr))?|(?:national|tax|identity)[_ ]?(?:id|number|no)|id[_ ]?(?:number|no|card)|steuer-?id|cpf|dni|nie|nif|pesel|curp|rut|cnp|bsn|nhs(?:[_ ]?(?:number|no))?|mrn|personnummer|codice fiscale|инн|снилс|паспорт|身份证号?|aadhaar|vin|imei",
        "(?=(?:[^0-9]*[0-9]){5})[0-9A-Za-z](?:[ ./-]?[0-9A-Za-z]){5,24}",
    ),
    (
        "[account]",
        r"(?:bank[_ ]?)?acc(?:oun)?t[_ ]?(?:number|no|nr)|kontonummer|konto-?nr|routing(?:[_ ]?(?:number|no))?|sort[_ ]?code",
        "(?=(?:[^0-9]*[0-9]){6})[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){5,33}",
    ),
    (
        "[card]",
        "(?:bank|credit|debit)?[_ ]?card(?:[_ ]?(?:number|no|num))?|cc[_ ]?(?:number|num)",
        "[0-9](?:[ -]?[0-9]){11,18}",
    ),
    ("[iban]", "iban", "[A-Z]{2}[0-9]{2}(?: ?[0-9A-Za-z]){11,30}"),
    (
        "[birthdate]",
        r"dob|date[_ ]of[_ ]birth|birth[_ ]?da(?:te|y)|geburtsdatum|geb\.?-?datum|fecha[_ ]de[_ ]nacimiento|date[_ ]de[_ ]naissance|data[_ ]di[_ ]nascita|data[_ ]urodzenia|дата рождения|doğum tarihi|出生日期|生年月日",
        r"[0-9]{1,4}([./-])[0-9]{1,2}\1[0-9]{1,4}",
    ),
]
_NAMES = [(re.compile(names), (placeholder, re.compile(value))) for placeholder, names, value in _COLUMNS]
_ANY_NAME = re.compile(
    rf"""[,;|\t\n]["' ]{{0,2}}(?:{by_letter("|".join(names for _, names, _ in _COLUMNS))})["' ]{{0,2}}[,;|\t\n]"""
)
_INSERT = re.compile(r"insert into [^\s(]{1,80} ?\((?P<names>[^()]{3,600})\)\s{1,4}values\s{0,4}(?=\()", re.IGNORECASE)
_ROW = re.compile(r"\(((?:[^()'\n]|'(?:[^'\n]|'')*')*)\)[,\s]{0,4}")
_CELL = re.compile(r"\s*(?:'((?:[^'\n]|'')*)'|[^,']*),?")
_Kinds: TypeAlias = dict[int, tuple[str, re.Pattern[str]]]  # by the number of the column


def columns(text: str) -> Iterator[Span]:
    """Find what the first line of a table calls a password, a telephone number, a state's number, an account or a date of birth."""
    if "\n" not in text or not _ANY_NAME.search(f"\n{small(text)}"):
        return
    place, separator, wide = 0, "", 0
    kinds: _Kinds = {}
    for line in text.splitlines(keepends=True):
        cells = _cells(line, separator) if kinds else []
        if kinds and len(cells) == wide:
            yield from _values(cells, place, kinds)
        else:
            separator, kinds = _header(line)
            wide = line.count(separator) + 1 if kinds else 0
        place += len(line)


def inserted(text: str) -> Iterator[Span]:
    """Find the same in what SQL inserts into columns of such names."""
    lowered = small(text)
    for match in _INSERT.finditer(lowered) if "insert into" in lowered else ():
        names = [name.strip(' "`[]\r\n') for name in match["names"].split(",")]
        kinds: _Kinds = {n: kind for n, name in enumerate(names) for pattern, kind in _NAMES if pattern.fullmatch(name)}
        place = match.end()
        while kinds and (row := _ROW.match(text, place)):
            for number, cell in enumerate(_CELL.finditer(text, row.start(1), row.end(1))):
                if (kind := kinds.get(number)) and cell[1] and kind[1].fullmatch(cell[1]):
                    yield *cell.span(1), kind[0]
            place = row.end()


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line; what is in quotes is one."""
    cells: list[str] = []
    is_open = False
    for part in line.split(separator):
        if is_open:
            cells[-1] += separator + part
        else:
            cells.append(part)
        is_open ^= part.count('"') % 2 == 1
    return cells


def _values(cells: list[str], place: int, kinds: _Kinds) -> Iterator[Span]:
    """Find what stands in the cells of a line, which begins at a place of the text, in the columns that have a kind."""
    for number, cell in enumerate(cells):
        value = cell.strip(" \r\n\"'")
        if (kind := kinds.get(number)) and kind[1].fullmatch(value):
            start = place + cell.index(value)
            yield start, start + len(value), kind[0]
        place += len(cell) + 1  # and what stands between two


def _header(line: str) -> tuple[str, _Kinds]:
    """Return what stands between the columns of a table and what is in which, if this is its first line."""
    for separator in "\t;|,":
        if separator in line:
            cells = [cell.strip(" \r\n\"'").lower() for cell in line.split(separator)]
            kinds = {n: kind for n, cell in enumerate(cells) for name, kind in _NAMES if name.fullmatch(cell)}
            # of a table each cell is a name
            if (
                kinds
                and sum(map(bool, cells)) > 1
                and all(not any(map(str.isdigit, cell)) and len(cell) <= 24 for cell in cells)
            ):
                return separator, kinds
    return "", {}

"""Sentences with made-up personal data and secrets, and sentences with numbers that are none: for tests and the benchmark.

All values are invented; check digits are computed here and not by the code that is tested. What is to go is between ``⟦kind:``
and ``⟧``.
"""

from __future__ import annotations

import base64
import random
import re
import string
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = re.compile(r"⟦([a-z]+):(.*?)⟧", re.DOTALL)
PLACEHOLDER = re.compile(r"\[[a-z]+\]")

Make = Callable[[random.Random], str]


@dataclass
class Score:
    """What of a set was found and what was taken for something that it is not."""

    expected: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wrong: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of what is to go that is gone."""
        return sum(self.found.values()) / max(1, sum(self.expected.values()))

    @property
    def precision(self) -> float:
        """The share of what is gone that had to go."""
        found = sum(self.found.values())
        return found / max(1, found + self.wrong)


def score(cases: Iterable[str], redact: Callable[[str], str]) -> Score:
    """Redact marked sentences and count."""
    total = Score()
    for case in cases:
        text = MARK.sub(lambda mark: mark[2], case)
        redacted = redact(text)
        kept = 0
        for kind, value in MARK.findall(case):
            total.expected[kind] += 1
            gone = value not in redacted and not any(
                part in redacted for part in re.findall(r"\w{5,}", value) if any(map(str.isdigit, part))
            )
            total.found[kind] += gone
            kept += not gone
        wrong = len(PLACEHOLDER.findall(redacted)) - (len(MARK.findall(case)) - kept)
        total.wrong += max(0, wrong)
        rest = [part for part in MARK.split(case)[::3] if part not in redacted]
        if kept or wrong > 0 or rest:
            total.misses.append(f"{text!r} -> {redacted!r}")
            total.wrong += bool(rest) and wrong <= 0
    return total


# --- values


def shaped(shape: str) -> Make:
    """Return a maker of texts: ``#`` a digit, ``%`` one that is not 0, ``?`` a capital, ``*`` a letter or digit, ``~`` a hex digit."""
    kinds = {
        "#": string.digits,
        "%": "123456789",
        "?": string.ascii_uppercase,
        "*": string.ascii_letters + string.digits,
        "~": "0123456789abcdef",
    }
    return lambda rng: "".join(rng.choice(kinds[c]) if c in kinds else c for c in shape)


def of(*shapes: str) -> Make:
    """Return a maker of texts of one of the shapes."""
    return lambda rng: shaped(rng.choice(shapes))(rng)


def completed(shape: str, is_right: Callable[[str], bool]) -> Make:
    """Return a maker of texts of a shape that are tried until their check digits are right."""

    def make(rng: random.Random) -> str:
        while True:
            text = shaped(shape)(rng)
            if is_right(re.sub(r"[^0-9A-Za-z]", "", text)):
                return text

    return make


def is_luhn(number: str) -> bool:
    """Whether the Luhn digit is right."""
    return sum(int(d) if i % 2 == 0 else sum(map(int, str(int(d) * 2))) for i, d in enumerate(number[::-1])) % 10 == 0


def is_eleven(*weights: list[int]) -> Callable[[str], bool]:
    """Return a check that sums of weighted digits leave nothing modulo 11."""
    return lambda number: all(sum(int(d) * w for d, w in zip(number, some, strict=False)) % 11 == 0 for some in weights)


def cpf_digits(number: str) -> str:
    """Return the number with its two digits."""
    for _ in range(2):
        rest = sum(int(d) * (len(number) + 1 - i) for i, d in enumerate(number)) * 10 % 11
        number += str(rest % 10)
    return number


def cpf(rng: random.Random) -> str:
    """Return a Brazilian tax number."""
    n = cpf_digits(shaped("#########")(rng))
    return f"{n[:3]}.{n[3:6]}.{n[6:9]}-{n[9:]}"


def dni(rng: random.Random) -> str:
    """Return a Spanish identity number."""
    number = shaped("%#######")(rng)
    return number + rng.choice(["", "-"]) + "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23]


def resident(rng: random.Random) -> str:
    """Return a Chinese identity number."""
    body = shaped("%#####19%#0%1####"[:17])(rng)
    return body + "10X98765432"[sum(int(d) * (2 ** (17 - i) % 11) for i, d in enumerate(body)) % 11]


def pesel(rng: random.Random) -> str:
    """Return a Polish number."""
    body = f"{rng.randint(50, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(0, 9999):04}"
    return body + str(-sum(int(d) * w for d, w in zip(body, [1, 3, 7, 9] * 3, strict=False)) % 10)


def personnummer(rng: random.Random) -> str:
    """Return a Swedish number."""
    day = f"{rng.randint(50, 99)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    body = day + shaped("###")(rng)
    return next(f"{rng.choice(['', '19'])}{day}-{body[6:]}{d}" for d in range(10) if is_luhn(body + str(d)))


def nir(rng: random.Random) -> str:
    """Return a French social security number."""
    body = f"{rng.choice('12')}{rng.randint(50, 99)}{rng.randint(1, 12):02}{rng.randint(10, 95)}{rng.randint(1, 999):03}{rng.randint(1, 999):03}"
    key = f"{97 - int(body) % 97:02}"
    return rng.choice([body + key, f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}"])


def iban(rng: random.Random) -> str:
    """Return an IBAN with a right checksum, as people write it."""
    country, bban = rng.choice(
        [("DE", "#" * 18), ("GB", "????" + "#" * 14), ("FR", "#" * 23), ("NL", "????" + "#" * 10), ("ES", "#" * 20), ("PL", "#" * 24),
         ("AT", "#" * 16), ("CH", "#" * 17), ("SE", "#" * 20), ("NO", "#" * 11), ("BE", "#" * 12), ("IT", "?" + "#" * 22), ("PT", "#" * 21)]
    )  # fmt: skip
    account = shaped(bban)(rng)
    check = 98 - int("".join(str(int(c, 36)) for c in account + country + "00")) % 97
    return grouped(rng, f"{country}{check:02}{account}", [4] * 8)


def card(rng: random.Random) -> str:
    """Return a card number, as people write it."""
    shape, groups = rng.choice(
        [("4###############", [4, 4, 4, 4]), ("51##############", [4, 4, 4, 4]), ("2221############", [4, 4, 4, 4]), ("37#############", [4, 6, 5]),
         ("6011############", [4, 4, 4, 4]), ("3528############", [4, 4, 4, 4]), ("36############", [4, 6, 4])]
    )  # fmt: skip
    return grouped(rng, completed(shape, is_luhn)(rng), groups)


def grouped(rng: random.Random, text: str, sizes: list[int]) -> str:
    """Return a text in groups with a separator, odd ones among them."""
    separator = rng.choice(["", " ", " ", "-", "\u00a0", "\u202f", "\u2011", ".", "–"])
    parts = []
    for size in sizes:
        parts.append(text[:size])
        text = text[size:]
    return separator.join(part for part in [*parts, text] if part)


def verhoeff(rng: random.Random) -> str:
    """Return an Aadhaar number."""

    def times(a: int, b: int) -> int:
        """Turns (0 to 4) and mirrorings (5 to 9) of a pentagon, one after the other."""
        if a < 5:
            return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5
        return (a - b) % 5 + 5 if b < 5 else (a - b) % 5

    moved = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

    def is_right(number: str) -> bool:
        check = 0
        for place, digit in enumerate(number[::-1]):
            value = int(digit)
            for _ in range(place):
                value = moved[value]
            check = times(check, value)
        return check == 0

    return completed(rng.choice(["%### #### ####", "%###-####-####"]).replace("%", rng.choice("23456789")), is_right)(
        rng
    )


def jwt(rng: random.Random) -> str:
    """Return a token with a head, a body and a signature."""

    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    head, body = part('{"alg":"HS256"}'), part('{"sub":"' + shaped("########")(rng) + '"}')
    return f"{head}.{body}.{shaped('*' * 43)(rng)}"


def password(rng: random.Random) -> str:
    """Return a password as people choose them."""
    return rng.choice(["Summer", "katze", "Lucky!", "drag0n", "P@ss", "Liverpool", "qwerty", "Bella_"]) + shaped(
        rng.choice(["##", "####", "#!", "!##"])
    )(rng)


def birthdate(rng: random.Random) -> str:
    """Return a date of birth."""
    y, m, d = rng.randint(1940, 2008), rng.randint(1, 12), rng.randint(1, 28)
    return rng.choice(
        [f"{y}-{m:02}-{d:02}", f"{d:02}.{m:02}.{y}", f"{d}/{m}/{y}", f"{m:02}/{d:02}/{y}", f"{d:02}-{m:02}-{y}"]
    )


INTERNATIONAL = of(
    "+44 7### ######", "+1 (%##) 5##-####", "+1-%##-5##-####", "+49 15# ########", "+33 6 ## ## ## ##", "+34 6## ### ###", "+39 3## ### ####", "+31 6 ########",
    "+46 70 ### ## ##", "+47 9## ## ###", "+45 ## ## ## ##", "+48 5## ### ###", "+351 9## ### ###", "+55 11 9####-####", "+52 55 #### ####", "+54 9 11 ####-####",
    "+86 13# #### ####", "+81 90-####-####", "+82 10-####-####", "+91 9#### #####", "+61 4## ### ###", "+27 8# ### ####", "+234 80# ### ####", "+254 7## ######",
    "+971 5# ### ####", "+90 53# ### ## ##", "+7 9## ###-##-##", "+380 67 ### ## ##", "+62 812-####-####", "+63 917 ### ####", "+84 9## ### ###", "+66 8# ### ####",
    "+65 9### ####", "+852 9### ####", "+972 5#-###-####", "+20 10# ### ####", "+92 30# #######", "+353 8# ### ####", "+41 79 ### ## ##", "+43 664 #######",
    "+447#########", "+4915#########", "+86139########", "+919#########", "+1%##55#####", "0044 7### ######", "00 49 17# #######", "+44\u00a07###\u00a0######", "＋81-90-####-####",
)  # fmt: skip
NATIONAL = of(
    "07### ######", "(%##) 55#-####".replace("%", "4"), "4##-55#-####", "4##.55#.####", "0171 #######", "0151-########", "06 ## ## ## ##", "06.##.##.##.##", "070-### ## ##",
    "010-####-####", "090-####-####", "04## ### ###", "08# ### ####", "021 ### ####", "0812-####-####", "0917 ### ####", "05## ### ## ##", "8 (9##) ###-##-##",
    "(11) 9####-####", "9#### #####".replace("9", "9", 1), "13#########", "138 #### ####", "0501######"[:10], "054-#######", "6## ### ###", "07#########", "0912 ### ###",
    "84 31 9# 2#", "5### ###4", "82 ### ####", "70 ### ## ##", "(2) 2### ####", "984-#######",
)  # fmt: skip
BARE = of("9#########", "6########", "4##55#####", "5511#########", "4477########", "8#######", "55######", "2#######")

SAID: Mapping[str, list[str]] = {
    "phone": [
        "my number is {}", "please call me at {} after five", "you can reach me on {}", "phone: {}", "WhatsApp {}", "ruf mich an unter {}", "Meine Handynummer ist {}", "Telefon: {}",
        "mon numéro est {}", "Appelez-moi au {}", "Tél. : {}", "mi teléfono es {}", "llámame al {}", "il mio cellulare è {}", "meu celular é {}", "meu telefone: {}", "mijn telefoonnummer is {}",
        "ring mig på {}", "mój telefon: {}", "мой телефон {}", "позвоните мне по номеру {}", "telefonum {}", "我的手机号是{}谢谢", "电话：{}", "電話番号は{}です", "전화번호는 {}입니다", "هاتفي {}", "mobile no. {}",
    ],
    "card": ["my card is {}", "card number: {} exp 04/29", "Kartennummer {} bitte", "ma carte {}", "tarjeta {} caducada", "cartão {}", "carta di credito: {}", "charged {} twice", "卡号{}被扣款", "カード番号{}です", "карта {}", "kart numaram {}"],
    "iban": ["IBAN: {}", "refund to {} please", "meine IBAN lautet {}", "mon IBAN est {}", "mi cuenta es {}", "conto {}", "rekening {}", "konto {} w banku", "账户{}", "remboursez sur {}", "överför till {}", "IBAN {}, thanks"],
    "email": ["write to {}", "my mail is {}, thanks", "Meine E-Mail: {}", "mon adresse est {}", "mi correo es {}", "我的邮箱是{}谢谢", "メールは{}です", "почта {}", "이메일은 {}입니다", "<{}>", "login={}&x=1", "e-mail:{}"],
    "ip": ["my ip is {}", "IP:{}", "IP：{}", "blocked {} again", "ssh root@{} fails", "von {} aus", "desde {}", "http://{}/admin is down", "connection from {} port 22", "我的IP是{}", "client_ip={}", "depuis {}"],
    "birthdate": [
        "date of birth: {}", "DOB {}", "I was born on {}", "Geburtsdatum: {}", "geboren am {}", "né le {}", "date de naissance : {}", "fecha de nacimiento: {}", "nací el {}", "nato il {}", "data di nascita {}",
        "data de nascimento: {}", "geboortedatum {}", "född {}", "data urodzenia: {}", "дата рождения {}", "doğum tarihi: {}", "出生日期：{}", "生年月日は{}です", "생년월일: {}", "born {}",
    ],
    "secret": [
        "my password is {}", "Password: {}", "pwd={}", "user: bob\npassword: {}\n", "mein Passwort ist {}", "Passwort: {}", "Kennwort lautet {}", "mot de passe : {}", "mon mot de passe est {}", "mi contraseña es {}",
        "contraseña: {}", "minha senha é {}", "senha: {}", "la mia password è {}", "wachtwoord: {}", "mijn wachtwoord is {}", "lösenord: {}", "moje hasło to {}", "пароль: {}", "мой пароль {}", "şifrem: {}",
        "密码是{}", "密码：{}", "パスワードは{}です", "비밀번호는 {}", '{{"password": "{}"}}', "DB_PASSWORD={}", "mysql://db.example.com/x?password={}", "password for the portal is {}",
    ],
}  # fmt: skip
KEY_SAID = [
    "{}",
    "my key {} stopped working",
    "export KEY={}",
    'client = Client("{}")',
    "the log says token={} is invalid",
    "Schlüssel: {}",
    "clave {} no funciona",
    "用这个{}",
]
KEYS = of(
    "sk-" + "*" * 24 + "1" + "*" * 23, "sk-proj-1" + "*" * 47, "sk-ant-api03-" + "*" * 40 + "9AA", "AKIA" + "?" * 16, "AIza" + "*" * 35, "ya29.a0" + "*" * 40, "GOCSPX-" + "*" * 28,
    "ghp_" + "*" * 36, "gho_" + "*" * 36, "github_pat_11" + "*" * 40, "glpat-" + "*" * 20, "xoxb-############-############-" + "*" * 24, "xapp-1-A" + "#" * 11 + "-" + "#" * 13 + "-" + "~" * 30,
    "sk_live_" + "*" * 23 + "7", "rk_live_" + "*" * 23 + "4", "whsec_3" + "*" * 31, "SG." + "*" * 22 + "." + "*" * 43, "SK" + "~" * 32, "AC" + "~" * 32, "npm_4" + "*" * 35, "pypi-AgEIcHlwaS5vcmc" + "*" * 50,
    "hf_7" + "*" * 33, "shpat_" + "~" * 32, "sq0atp-" + "*" * 22, "dop_v1_" + "~" * 64, "dapi" + "~" * 32, "lin_api_" + "*" * 40, "##########:AA" + "*" * 33, "key-" + "~" * 32, "~" * 32 + "-us1#",
    "hvs." + "*" * 24, "glsa_3" + "*" * 31 + "_" + "~" * 8, "NRAK-" + "?" * 27, "gsk_8" + "*" * 51, "xai-" + "*" * 60, "r8_5" + "*" * 36, "figd_2" + "*" * 39, "dckr_pat_" + "*" * 27,
    "rubygems_" + "~" * 48, "ATATT3xFf" + "*" * 60, "LTAI5t" + "*" * 18, "pplx-" + "*" * 48, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI" + "*" * 20 + "." + "*" * 43,
)  # fmt: skip

# By makers whose form is told in the rules of Gitleaks (MIT) or in the vendor's documents
VENDOR_KEYS = [
    "A3-??????-??????-?????-?????-?????-?????", "ops_eyJ" + "*" * 60, "p8e-" + "*" * 32, "AKCp" + "*" * 69, "cmVmd" + "*" * 59, "eyJrIjoi" + "*" * 70,
    "sc_abc1defg.h2ij.acc-klm4nopqrst." + "*" * 44, "4b1d" + "*" * 38, "v1.0-" + "~" * 24 + "-" + "~" * 146, "dt0c01." + "?" * 24 + "." + "?" * 64, "EZAK" + "*" * 54,
    "%" + "#" * 14 + "|" + "*" * 27, "FLWSECK_TEST-" + "~" * 32 + "-X", "fio-u-" + "*" * 64, "glffct-" + "*" * 20, "GR1348941" + "*" * 20, "pat." + "*" * 22 + "." + "*" * 24 + "." + "*" * 20,
    "hf_" + "?" * 34, "ico-" + "*" * 32, "s-s4t2ud-" + "~" * 64, "*" * 6 + "_" + "*" * 29 + "_mmk", "API-" + "?" * 26, "pnu_" + "*" * 36, "pul-" + "~" * 40, "rdme_" + "~" * 70,
    "tk-us-" + "*" * 48, "sm_pat_" + "*" * 16, "sgp_" + "~" * 40, "slk_" + "~" * 64, "fm2_" + "*" * 100, "ATBB" + "*" * 32, "phx_" + "*" * 43, "re_" + "*" * 8 + "_" + "*" * 24,
    "sb_secret_" + "*" * 31, "ABSK" + "*" * 109, "duffel_live_a-1" + "*" * 40, "acme_live_" + "?" * 7 + "7-_*" + "*" * 10, "SK" + "~" * 32,
]  # fmt: skip

IDS: list[tuple[list[str], Make]] = [
    (["my SSN is {}", "SSN: {}", "{}", "social security number {}"], of("2##-4#-1###", "4##-5#-9###", "5##-1#-3###")),
    (["SSN {}", "my social security number is {}"], of("2##4#1###", "3## 5# 2###")),
    (["meu CPF é {}", "CPF: {}", "{}"], cpf),
    (["mi DNI es {}", "DNI: {}", "con documento {}"], dni),
    (["身份证{}", "我的身份证号码是{}谢谢", "{}"], resident),
    (["PESEL {}", "mój PESEL to {}", "nr PESEL: {}"], pesel),
    (["personnummer {}", "mitt personnummer är {}", "{}"], personnummer),
    (["mon numéro de sécurité sociale est {}", "NIR : {}", "{}"], nir),
    (["NHS number {}", "my NHS no is {}"], completed("4## ### ####", is_eleven([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]))),
    (["Aadhaar {}", "my aadhar number is {}", "मेरा आधार {} है", "{}"], verhoeff),
    (["BSN {}", "mijn BSN is {}"], completed("#########", is_eleven([9, 8, 7, 6, 5, 4, 3, 2, -1]))),
    (["NINO {}", "my national insurance number is {}", "{}"], of("AB ## ## ## C", "JG######A")),
    (["passport {}", "passport number is {}", "Reisepass {}", "mi pasaporte es {}", "护照号码{}"], of("?########", "??#######", "5########")),
    (["Steuer-ID {}", "meine Steuer-ID ist {}", "steuerliche Identifikationsnummer: {}"], of("%##########", "%# ### ### ###")),
    (["driver's license {}", "driver license number: {}", "Führerschein {}"], of("?#######", "?##########")),
    (["TC kimlik no {}", "ИНН {}", "СНИЛС {}", "マイナンバーは{}です", "주민번호 {}"], of("%###########")),
    (["PAN {}", "my PAN card is {}", "{}"], of("ABCP?####?", "XYZP?####?")),
    (["CUIT {}", "RUT {}"], of("20-########-#", "1#.###.###-#")),
    (["CNPJ {}", "Medicare number {}", "SIN {}"], of("## ### ####", "### ### ###")),
]  # fmt: skip
EMAILS = of(
    "jo.berg####@example.com",
    "M?x+###@mail.example.co.uk",
    "anna_##@müller-example.de",
    "x##@sub.example.org",
    "o'neil##@example.net",
    "info#@firma-example.at",
)
IPS = of(
    "81.2.69.1##",
    "203.0.113.##",
    "198.51.100.2#",
    "93.184.216.##",
    "2a00:1450:4009:8~~::200e",
    "2001:db8:85a3::8a2e:370:73~~",
    "86.1#.2#.9#",
)
SIGNED = of(
    "https://b.s3.amazonaws.com/f.pdf¿X-Amz-Date=20260101T000000Z&X-Amz-Signature=⟦secret:" + "~" * 64 + "⟧",
    "https://acc.blob.core.windows.net/c/f¿sv=2024-11-04&sig=⟦secret:" + "*" * 40 + "%3D⟧&se=2026-01-01",
    "https://storage.googleapis.com/b/o¿X-Goog-Signature=⟦secret:" + "~" * 80 + "⟧",
    "https://app.example.com/reset¿token=⟦secret:1" + "*" * 31 + "⟧",
    "https://hooks.slack.com/services/⟦secret:T0" + "?" * 8 + "/B0" + "?" * 8 + "/" + "*" * 24 + "⟧",
    "https://discord.com/api/webhooks/⟦secret:" + "#" * 18 + "/" + "*" * 68 + "⟧",
    "curl -u ⟦secret:admin:Hunter##!⟧ https://example.com", "Authorization: Bearer ⟦secret:3" + "*" * 30 + "⟧",
    "Cookie: sessionid=⟦secret:7" + "*" * 31 + "⟧; theme=dark", "X-Api-Key: ⟦secret:5" + "*" * 31 + "⟧", "https://⟦secret:bob:pass##word⟧@git.example.com/x.git",
    "aws_secret_access_key = ⟦secret:" + "*" * 20 + "/" + "*" * 19 + "⟧", "AccountKey=⟦secret:" + "*" * 86 + "==⟧;EndpointSuffix=core.windows.net", "my pin is ⟦secret:####⟧", "CVV ist ⟦secret:###⟧",
    "⟦secret:-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE" + "*" * 60 + "\n-----END OPENSSH PRIVATE KEY-----⟧", "mac ⟦mac:a4:~~:~~:~~:~~:4f⟧ keeps dropping",
    "routing number ⟦account:021######⟧", "sort code ⟦account:20-##-##⟧",
)  # fmt: skip

# What conversations are about. Nothing of it may go.
OTHERS: list[str] = [
    "order #{%#######} has not arrived", "order {%##-#######-#######} is late", "where is order NS-{#####}?", "my order number is {%#########}", "Bestellnummer {%########} fehlt", "Bestellung {%#########} storniert",
    "pedido nº {%########}", "mi pedido {%#########} no llega", "commande n° {%########}", "ma commande {%#########} est perdue", "ordine {%########} in ritardo", "pedido {%########} atrasado", "bestelling {%########} kwijt",
    "zamówienie {%########} opóźnione", "заказ {%########} не пришёл", "sipariş {%########} gelmedi", "订单{%##############}还没到", "注文番号{%##########}の件", "주문번호 {%##########} 확인", "الطلب {%#########}",
    "tracking number 1Z{?##?##}0{#########}", "tracking {%###########} says delivered", "Sendungsnummer {%###################}", "colis {#?##########}", "快递单号SF{#############}", "JD{##################} stuck", "{????#########}SE",
    "it costs €{%##},{##} now", "${%},{###}.{##} was charged", "1 {###},00 kr betalt", "{%##} {###} {###} kr omsättning", "₹{%#},{###} refund", "{%###}元太贵", "¥{%#},{###}", "{%##}.{###},{##} € zu viel", "{%## ### ###} people live there",
    "version {%.##.##}", "v{%.#.#}-beta.{#}", "firmware {%.##.#.##}", "upgrade from {%.##.#.#} fails", "Python 3.{#}.{#}", "Chrome 12{#}.0.{####}.{##}", "nginx/1.2{#}.{#}", "see section {%.%.%.%}", "iOS 17.{#}.{#}",
    "2026-0{%}-1{#} 1{#}:3{#}:2{#}", "2026-0{%}-1{#}T1{#}:3{#}:2{#}.{###}Z", "on 1{#}.0{%}.2026", "due 0{%}/1{#}/2026", "1{#}. März 2026", "2026年{%}月1{#}日", "17{########}", "17{###########}", "202601{1#}12{##}00", "between 0{%}:00-1{#}:30",
    "{~~~~~~~~}-{~~~~}-4{~~~}-a{~~~}-{~~~~~~~~~~~~}", "commit {" + "~" * 40 + "}", "sha256:{" + "~" * 64 + "}", "md5 {" + "~" * 32 + "}", "trace id {" + "~" * 16 + "}", "etag \"{" + "~" * 32 + "}\"", "integrity sha512-{" + "*" * 86 + "}==",
    "ISBN 978-3-16-14{####}-{#}", "ISBN: 0{#########}", "ISBN 0-306-4{####}-{#}", "EAN 40{###########}", "barcode 73{###########}", "UPC 0{###########}", "SKU {###}-{###}-{####}", "part no. {???}-{#####}-{##}", "model {??}{####}", "serial number {?##?#########}",
    "ticket {#######}", "case {########} is open", "invoice INV-2026-{#####}", "Rechnung {########}", "facture {########}", "factura {########}", "Kundennummer {########}", "customer number {########}", "booking {??##??}", "ref {########}", "claim {##########}",
    "error code {####}", "HTTP {###}", "0x{~~~~~~~~} at {#####}", "port {#####}", "pid {#####}, exit {#}", "line {####} column {##}", "{####}x{####} pixels", "batch {####}/{####}", "took {####} ms", "{##}% of {#####}", "lat 5{#}.{######}, lon 1{#}.{######}",
    "192.168.{#}.{##} is my router", "10.0.{##}.{##}", "127.0.0.1:{####}", "fe80::{#}", "::1", "172.16.{#}.{#}", "std::vector<int> a = {#};",
    "I forgot my password, order {######}", "password is wrong {#} times", "the password must be {#} characters", "reset my password please", "Passwort vergessen", "mein Passwort ist falsch", "mot de passe oublié", "mi contraseña no funciona", "minha senha não funciona",
    "password: required", "password = None", "password=os.environ['PW']", "token: str | None = None", "max_tokens={####}", "api_key = settings.api_key", "the API key is missing", "secret santa is on 1{#}.12.", "key: value", "密码错误", "パスワードを忘れた", "hasło nie działa",
    "call me back please", "call {#} times", "call function {###}", "phone model SM-{?###?}", "iPhone 1{#} Pro", "my number one choice", "text size {##}px", "reach {####} users", "Samsung A{##}", "phone case {###}", "card ending in {####}", "gift card {%###}", "last 4 digits {####}",
    "size 42 43 44 45", "lines 07 12 23 4{#}", "drawn: 41 37 22 1{#}", "RTX 40{%}0 or 5070 5080", "pages 2024 2025", "years 2019 2020", "4{##}0 2160 pixels", "12 {###} {###} views",
    "Kings 7-{##}-{###}", "M8 {##} {##}", "12:{##} 13:{##}", "{%###} 3000 4500", "row 84 31", "4{##}0 {###}0 lumen", "{##} x {###} cm", "{####}-{####} m", "08:00-17:00", "{##}/{##} passed", "{#}-{#} days", "temperature -{##}.{#}", "{##}.{##}.{##}", "1,{###},{###} rows", "10 000 000 rows", "{%#} {%##}", "weeks 27-28-29-30", "ratio {#}:{#}:{#}",
    "@user{####} posted", "#{######} color", "room {###}, floor {#}", "flight LH{####}", "gate B{##}", "PNR {??????}", "BMW X{#}", "Windows 11 22H{#}", "RTX 40{##}", "ESP32-{???}", "M{#}x{##} screw", "A4-{###}g", "log {####}-{##}-{##}.txt", "IMG_{########}_{######}.jpg",
    "GET /v1/items/{######}?page={#}&limit={##}", "https://shop.example.com/p/{########}", "https://example.com/?id={#######}&ref=mail", "?code=summer{##}"[:12], "https://youtu.be/{***********}", "npm i left-pad@1.{#}.{#}", "docker pull redis:7.{#}.{#}", "arxiv 2412.{#####}",
    "born to run, 2026-0{%}-1{#}", "delivery on 0{%}.1{#}.2026", "the year 19{##}", "released {##}/0{%}/2025", "license key expired", "passport photo size 35x45", "visa fee {###} euro", "ID {#####}", "user id {######}", "item id: {########}", "id={########}",
]  # fmt: skip


# Sentences of the kind that a model finds names in: FIRST LAST, STREET and a town are made up by Faker, country by country.
NAMED: Mapping[str, list[str]] = {
    "en_US": ["hi, my name is {name}", "this is {name}, where is my order?", "thanks, {name}", "please send it to {address}", "I moved to {address}. {name}"],
    "en_GB": ["Best regards, {name}", "the parcel for {name} went to {address}", "Dear {name}, we are sorry"],
    "de_DE": ["ich heiße {name}", "das Paket an {name} ist weg", "Viele Grüße, {name}", "meine Adresse ist {address}", "Bitte an {address} schicken"],
    "fr_FR": ["je m'appelle {name}", "le colis de {name} est perdu", "Cordialement, {name}", "mon adresse : {address}"],
    "es_ES": ["me llamo {name}", "el paquete de {name} no llega", "Saludos, {name}", "mi dirección es {address}"],
    "it_IT": ["mi chiamo {name}", "il pacco di {name} è perso", "Cordiali saluti, {name}", "il mio indirizzo è {address}"],
    "nl_NL": ["mijn naam is {name}", "het pakket van {name} is weg", "Groeten, {name}"],
    "pl_PL": ["nazywam się {name}", "paczka dla {name} zaginęła", "Pozdrawiam, {name}"],
    "tr_TR": ["benim adım {name}", "{name} adına kargo kayboldu"],
    "ru_RU": ["меня зовут {name}", "посылка для {name} потерялась"],
    "zh_CN": ["我叫{name}", "{name}的包裹丢了"],
    "ja_JP": ["{name}と申します", "{name}の荷物が届きません"],
    "ko_KR": ["제 이름은 {name}입니다", "{name} 택배 어디"],
}  # fmt: skip


def named(seed: int, per_template: int = 10) -> dict[str, list[str]]:
    """Return sentences with names of people and addresses that are to go, by the language and country of their makers."""
    from faker import Faker

    cases = {}
    for locale, templates in NAMED.items():
        fake = Faker(locale)
        fake.seed_instance(seed)

        def made(template: str, fake: Any = fake) -> str:
            name = f"⟦person:{fake.first_name()} {fake.last_name()}⟧"
            address = f"⟦address:{' '.join(fake.address().split())}⟧"
            return template.format(name=name.replace(" ", "") if locale in _UNSPACED else name, address=address)  # noqa: B023

        cases[locale] = [made(template) for template in templates for _ in range(per_template)]
    return cases


_UNSPACED = ("zh_CN", "ja_JP", "ko_KR")


def filled(pattern: str, rng: random.Random) -> str:
    """Return a sentence with a made-up text for each shape in braces."""
    return re.sub(r"\{([^{}]+)\}", lambda shape: shaped(shape[1])(rng), pattern)


def positives(seed: int, per_template: int = 2) -> list[str]:
    """Return sentences in which something is to go."""
    rng = random.Random(seed)
    makers: dict[str, list[Make]] = {
        "phone": [INTERNATIONAL, NATIONAL, BARE], "card": [card], "iban": [iban], "email": [EMAILS], "ip": [IPS], "birthdate": [birthdate], "secret": [password],
    }  # fmt: skip
    cases = []
    for _ in range(per_template):
        for kind, templates in SAID.items():
            cases += [t.format(f"⟦{kind}:{make(rng)}⟧") for t in templates for make in makers[kind]]
        for _ in range(40):
            pair = [f"⟦phone:{rng.choice([INTERNATIONAL, NATIONAL])(rng)}⟧" for _ in range(2)]
            cases.append(rng.choice(["{}", "{} ok?", "alt {}", "also {} / {}"]).format(*pair))
        cases += [t.format(f"⟦secret:{KEYS(rng)}⟧") for t in KEY_SAID for _ in range(6)]
        for templates, make in IDS:
            cases += [template.format(f"⟦id:{make(rng)}⟧") for template in templates]
        cases += [SIGNED(rng).replace("¿", "?") for _ in range(40)]
        cases.append(f"Authorization: Basic ⟦secret:{base64.b64encode(f'bob:{password(rng)}'.encode()).decode()}⟧")
        cases.append(f"token ⟦secret:{jwt(rng)}⟧")
    return cases


def negatives(seed: int, per_template: int = 3) -> list[str]:
    """Return sentences of which everything is to stay."""
    rng = random.Random(seed)
    return [filled(pattern, rng) for _ in range(per_template) for pattern in OTHERS]

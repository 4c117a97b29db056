"""Addresses of cryptocurrencies: each is an account, and all that went through it is public."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import Span, said_before

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WALLET = re.compile(
    rf"""(?<![0-9A-Za-z])(?:(?P<checked>[13LMDTXt][{_BASE58}]{{25,34}})
      | (?:bc|tb|ltc)1[02-9ac-hj-np-z]{{38,87}} | addr1[02-9ac-hj-np-z]{{50,110}} | 4[0-9AB][{_BASE58}]{{93}}
      | (?P<hex>0x[0-9a-fA-F]{{40}}) | (?P<ripple>r[{_BASE58}]{{24,34}}|[{_BASE58}]{{43,44}}))(?![0-9A-Za-z])""",
    re.VERBOSE,
)
_RUN = re.compile("(?<![0-9A-Za-z])[0-9A-Za-z]{26}")
_WALLET_WORD = re.compile(
    r"wallet|address|adress|dirección|direccion|indirizzo|endereço|adres|адрес|кош[её]л|钱包|地址|\beth\b|\bether|\bxrp\b|ripple|solana|usd[tc]|erc-?20"
    r"|crypto|krypto|coin|deposit|withdr|metamask|\bsend\b|\bsent\b|transfer|billetera|monedero|carteira|portefeuille|überw",
    re.IGNORECASE,
)


def wallets(text: str) -> Iterator[Span]:
    """Find addresses of wallets: by their checksum or a form of their own, others after a word that says so."""
    if not _RUN.search(text):
        return
    for match in _WALLET.finditer(text):
        if match["checked"]:
            right = _is_base58(match["checked"])
        elif match["hex"] or match["ripple"]:
            right = said_before(_WALLET_WORD, text, match.start()) and any(map(str.isdigit, match[0][2:]))
        else:
            right = True
        if right:
            yield *match.span(), "[account]"


def _is_base58(code: str) -> bool:
    number = 0
    for letter in code:
        number = number * 58 + _BASE58.index(letter)
    if number.bit_length() > 8 * 26:
        return False
    said = number.to_bytes(26 if number.bit_length() > 200 else 25, "big")
    return hashlib.sha256(hashlib.sha256(said[:-4]).digest()).digest()[:4] == said[-4:]

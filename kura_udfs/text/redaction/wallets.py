"""Addresses of cryptocurrencies: each is an account, and all that went through it is public."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import Span, said_before

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WALLET = re.compile(
    rf"""(?<![0-9A-Za-z])(?=[0-9A-Za-z_-]{{25}})(?:(?P<checked>[13LMDTXt][{_BASE58}]{{25,34}})
      | (?:bc|tb|ltc)1[02-9ac-hj-np-z]{{38,87}} | addr1[02-9ac-hj-np-z]{{50,110}} | 4[0-9AB][{_BASE58}]{{93}}
      | (?P<key>5[HJK][{_BASE58}]{{49}}|[KL][{_BASE58}]{{51}}) | (?P<tree>[xyz]prv[{_BASE58}]{{107}}) | [xyz]pub[{_BASE58}]{{107}}
      | (?P<ton>[UEk0]Q[0-9A-Za-z_-]{{46}}) | (?P<hex>0x[0-9a-fA-F]{{40}}) | (?P<ripple>r[{_BASE58}]{{24,34}}|[{_BASE58}]{{43,44}}))(?![0-9A-Za-z])""",
    re.VERBOSE,
)
_RUN = re.compile("(?<![0-9A-Za-z_-])[0-9A-Za-z_-]{26}")
_WALLET_WORD = re.compile(
    r"wallet|address|adress|dirección|direccion|indirizzo|endereço|adres|адрес|кош[её]л|钱包|地址|\beth\b|\bether|\bxrp\b|ripple|solana|usd[tc]|erc-?20"
    r"|\bton\b|crypto|krypto|coin|deposit|withdr|metamask|\bsend\b|\bsent\b|transfer|phantom|ledger|trezor|exodus|binance|coinbase|kraken|airdrop|\b(?:from|to)[ :]{1,2}$|billetera|monedero|carteira|portefeuille|überw",
    re.IGNORECASE,
)


def wallets(text: str) -> Iterator[Span]:
    """Find addresses of wallets and the keys to them: by checksum or a form of their own, others after a word that says so."""
    if not _RUN.search(text):
        return
    for match in _WALLET.finditer(text):
        if match["checked"] or match["key"]:
            right = _is_base58(match[0])
        elif match["ton"]:
            right = _is_ton(match[0]) or said_before(_WALLET_WORD, text, match.start())
        elif match["hex"] or match["ripple"]:
            right = said_before(_WALLET_WORD, text, match.start()) and any(map(str.isdigit, match[0][2:]))
        else:
            right = True
        if right:
            yield *match.span(), "[secret]" if match["key"] or match["tree"] else "[account]"


def _is_base58(code: str) -> bool:
    number = 0
    for letter in code:
        number = number * 58 + _BASE58.index(letter)
    if number.bit_length() > 8 * 38:
        return False
    said = number.to_bytes(max(25, (number.bit_length() + 7) // 8), "big")
    return hashlib.sha256(hashlib.sha256(said[:-4]).digest()).digest()[:4] == said[-4:]


def _is_ton(code: str) -> bool:
    return binascii.crc_hqx(base64.urlsafe_b64decode(code), 0) == 0

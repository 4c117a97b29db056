"""Addresses of machines in networks."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import WORD, Span

_IPV4 = re.compile(
    rf"(?<![{WORD}\].-])(?<![0-9A-Fa-f]:)(?<!::)(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}(?![{WORD}-]|\.[0-9])"
)
_IPV6 = re.compile(
    rf"(?<![{WORD}\].-])(?<![0-9A-Fa-f]:)(?:[23][0-9A-Fa-f]{{3}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}|(?!f[cd]|fe[89ab])(?:[0-9a-f]{{1,4}}:){{7}}[0-9a-f]{{1,4}}|::ffff:(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})(?![{WORD}:])",
    re.IGNORECASE,
)
_VERSION_WORD = re.compile(
    r"(?:\bv|\bver|version|versión|versão|versione|firmware|build|release|update|upgraded?|app|sdk|software|android|ios|chrome|chromium|firefox"
    r"|safari|edge|kernel|driver|treiber|bios|plugin|module|package|library|agent|\boid|objectidentifier|section|chapter|clause|abschnitt|kapitel|§|版本"
    r"|バージョン|버전|верси[яюи])(?:[ ]from[ ][0-9.]{3,20})?(?:[ ](?:from|to|auf|von|vers|de|a))?[\s:/=v.(\"'-]{0,3}$",
    re.IGNORECASE,
)
_ADDRESS_WORD = re.compile(
    r"\bip(?:v4)?\b|\bips\b|address|adres|direcci|indirizzo|endere|host|server|ping|login|logged|remote|peer|dns|gateway|ssh|connect|vpn|proxy"
    r"|subnet|network|firewall|traceroute|nslookup|curl|://|地址|アドレス|주소|адрес|ip",
    re.IGNORECASE,
)
_LOCAL_IPV4 = re.compile(r"(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2[0-9]|3[01])|22[4-9]|2[345][0-9])\.")
_NETWORK = re.compile("/[0-9]{1,2}(?![0-9/])")  # 128.66.0.0/16: of nobody
_MAC = re.compile(
    rf"(?:(?<![{WORD}:.-])|(?<=mac:)|(?<=[g-z\"']:))(?:[0-9A-F]{{2}}([:-])(?:[0-9A-F]{{2}}\1){{4}}[0-9A-F]{{2}}|(?:[0-9A-F]{{4}}\.){{2}}[0-9A-F]{{4}})(?![{WORD}]|[:.-][0-9A-F])",
    re.IGNORECASE,
)

_COLONS = re.compile("::|:[0-9A-Fa-f]{1,4}:")
_PAIRS = re.compile("[0-9A-Fa-f][0-9A-Fa-f][:-][0-9A-Fa-f][0-9A-Fa-f][:-]|[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4}\\.")


def addresses(text: str) -> Iterator[Span]:
    """Find public IP addresses; local ones say nothing about anybody, and versions have the same form."""
    if text.count(".") >= 3:
        for match in _IPV4.finditer(text):
            if _is_address(match):
                yield *match.span(), "[ip]"


def _is_address(match: re.Match[str]) -> bool:
    parts = [int(part) for part in match[0].split(".")]
    if max(parts) > 255 or _LOCAL_IPV4.match(match[0]) or (not parts[3] and _NETWORK.match(match.string, match.end())):
        return False
    before = match.string[max(0, match.start() - 48) : match.start()]
    if sum(part >= 64 for part in parts) < 3 and _VERSION_WORD.search(before):  # build 165.208.102.252
        return False
    # where all parts are small it may be a version as well, or a chapter: there a word has to say so
    after = match.string[match.end() : match.end() + 1]
    return max(parts) >= 64 or after in (":", "/") or _ADDRESS_WORD.search(before) is not None


def long_addresses(text: str) -> Iterator[Span]:
    """Find public IPv6 addresses."""
    if _COLONS.search(text):
        for match in _IPV6.finditer(text):
            try:
                ipaddress.ip_address(match[0])
            except ValueError:
                continue
            pairs = all(len(group) == 2 for group in match[0].split(":"))  # a longer hardware address or fingerprint
            if not pairs and sum(map(bool, match[0].split(":"))) > 1 and not _LOCAL_IPV4.match(match[0][7:]):
                yield *match.span(), "[ip]"


def devices(text: str) -> Iterator[Span]:
    """Find MAC addresses, each of which is of one device in the world."""
    if (text.count(":") < 5 and text.count("-") < 5 and text.count(".") < 2) or not _PAIRS.search(text):
        return
    for match in _MAC.finditer(text):
        # figures of a table have points, too
        if len(set(match[0].lower()) - set(":-.")) > 2 and (
            "." not in match[0] or not match[0].replace(".", "").isdigit()
        ):
            yield *match.span(), "[mac]"

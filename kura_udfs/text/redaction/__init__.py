"""Personal data and secrets out of a text, each replaced by a typed placeholder such as ``[email]``.

Every rule is a regular expression that can't backtrack far, checked where there is something to check: cards
by the Luhn digit and issuer, IBANs by country length and mod 97, national numbers by their own check digits,
addresses by range. Order numbers, prices, dates, versions and identifiers of any kind are left alone, as they
are what a conversation is about.

A telephone number needs a shape that people write numbers in, or a word before it that says so ("call me
on"). A number that comes after "order", "tracking" and the like is none, unless it has a country code.
(A library of all countries' numbers is no help here: nearly every row of 9 to 12 digits is valid in some
country, and made-up ones, which people write, too, are valid in none.)
"""

from __future__ import annotations

import functools
import itertools
import re

from kura_udfs.text.redaction import (
    access,
    accounts,
    birthdates,
    codes,
    contacts,
    identities,
    network,
    passwords,
    plates,
    secrets,
    spoken,
    tables,
    wallets,
)
from kura_udfs.text.redaction.own import patterns_problem, redact_own
from kura_udfs.text.redaction.spans import ROW_OF_CHANCE, TURN, Rule, plain, small, spliced, stretches

__all__ = ["patterns_problem", "redact"]


# In this order, as what one rule has replaced no later one sees; before each the signs of which a text must have one for
# the rule to find anything (0 is any digit, 6 a number of six, w a word for what opens something). Most messages have few,
# and are read by few rules.
_RULES: tuple[tuple[str, Rule], ...] = (
    ("-", secrets.private_keys),
    (":", access.credentials),
    ("", secrets.keys),
    ("_-", secrets.keys_of_a_form),
    ("0:", access.bearers),
    ("", access.basics),
    ("=", access.cookies),
    (":=", access.headers),
    ("-=/('_|", access.command_lines),
    ("0", access.communities),
    ("w", access.arguments),
    ("<", access.elements),
    ("=", access.queries),
    (":", access.links),
    ("/", access.shares),
    ("\n", tables.columns),
    ("(", tables.inserted),
    ("w", passwords.app_passwords),
    ("w", codes.seeds),
    ("w", passwords.assignments),
    ("0", passwords.alternatives),
    ("0", passwords.pairs),
    (":=", passwords.networks),
    ("0", passwords.beside_users),
    ("w", passwords.passwords_first),
    ("0", passwords.said_keys),
    ("@", contacts.emails),
    ("%&=\\", contacts.encoded_emails),
    ("", contacts.spelt_emails),
    ("_.-", contacts.joined_emails),
    (".", contacts.half_spelt_emails),
    ("", contacts.disguised_emails),
    ("0", passwords.beside_emails),
    ("@", accounts.upi_addresses),
    ("", spoken.spelt_numbers),
    ("w", codes.recovery_codes),
    (":", network.long_addresses),
    ("0", network.devices),
    (".", network.addresses),
    ("0", accounts.ibans),
    ("0", wallets.wallets),
    ("0", accounts.cards),
    ("0", codes.codes_first),
    ("\n", codes.answers),
    ("w", codes.answered_passwords),
    ("0", birthdates.birthdates),
    ("0", birthdates.dates_first),
    ("0", identities.named),
    ("6", identities.named_after),
    ("0", plates.plates),
    ("0", identities.members),
    ("0", identities.aadhaar),
    ("0", identities.forms),
    ("6", accounts.bank_numbers),
    ("6", accounts.numbers_beside_banks),
    ("6", accounts.numbers_after_banks),
    ("-", accounts.sort_codes),
    ("6", contacts.spoken_phones),
    ("6", contacts.phones_first),
    ("6", contacts.phones),
)
_SIGNS = "".join(sorted({sign for signs, _ in _RULES for sign in signs} - set("06w")))


def redact(text: str, patterns: str | None = None) -> str:
    """Replace personal data and secrets by placeholders.

    Parameters
    ----------
    text : str
        Anything; time is linear in its length.
    patterns : str, optional
        Patterns of the user's own: a JSON object of regular expressions by the names of their placeholders.
        They come first.

    Returns
    -------
    str
        The text with ``[secret]`` (keys, tokens, passwords, credentials in URLs, private keys), ``[email]``,
        ``[iban]``, ``[account]``, ``[card]``, ``[id]`` (numbers that states give to people), ``[birthdate]``,
        ``[ip]`` (public addresses), ``[mac]`` and ``[phone]``. Redacting again changes nothing.

    Notes
    -----
    Names and postal addresses stay: no rule finds them with few enough mistakes (`people` has a model for them).
    """
    if not text.isascii():
        text = _UNSEEN.sub("", text)
    if patterns:
        text = redact_own(text, patterns)
    for _ in range(_MAX_PASSES):
        redacted = _redact_once(text)
        if redacted == text or not _MORE.search(redacted):
            return redacted
        text = redacted
    return text


# A placeholder can uncover what stood beside it ("password: x(4111111111111111" looks like a call until the
# card is gone). Real texts settle at once, made-up ones in a pass or two.
_MAX_PASSES = 4
_MAX_SAID = 32  # so many keys are looked for elsewhere in a text, which takes the time of its length for each
# What nobody sees between two characters of a number or an address
_UNSEEN = re.compile(
    "(?<=[0-9@])[\u00ad\u200b-\u200f\u2060\ufeff]+(?=[!-~])|(?<=[!-~])[\u00ad\u200b-\u200f\u2060\ufeff]+(?=[0-9@])"
)
_DIGIT = re.compile("[0-9]")
_OF_KINDS = re.compile(
    r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])(?:\w*[!#$%&*?@^~]\S*(?<=\S{8})|[0-9A-Za-z+/=-]{24,})"
)
_MORE = re.compile("[0-9@]")  # without these nothing is left to find


@functools.cache
def _rules_for(held: str) -> tuple[Rule, ...]:
    """Return the rules that may find something in a text that has these signs."""
    return tuple(rule for signs, rule in _RULES if not signs or not set(signs).isdisjoint(held))


def _redact_once(text: str) -> str:
    read = plain(text)
    held = "".join([sign for sign in _SIGNS if sign in read]) + ("w" if passwords.told(small(read)) else "")
    if _DIGIT.search(read):
        held += "06" if stretches(read) else "0"
    said: dict[str, None] = {}
    for rule in _rules_for(held):
        if spans := list(rule(read)):
            said |= dict.fromkeys(text[start:end] for start, end, placeholder in spans if placeholder == "[secret]")
            same = read == text
            text = spliced(text, spans)
            read = text if same else spliced(read, spans)
    for secret in itertools.islice(filter(_is_of_chance, said), _MAX_SAID):
        text = text.replace(secret, "[secret]")  # where no word says what it is
    return text


def _is_of_chance(secret: str) -> bool:
    """Whether it would stand in a text for no other reason: no word with a year, no UUID."""
    return _OF_KINDS.fullmatch(secret) is not None or (
        len(secret) >= 12
        and not passwords.UUID.fullmatch(secret)
        and (len(TURN.findall(secret)) >= 4 or ROW_OF_CHANCE.match(secret) is not None)
    )

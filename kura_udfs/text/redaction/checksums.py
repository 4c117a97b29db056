"""Check digits of cards, accounts and national numbers. All take texts of digits (and letters where a scheme has them)."""

from __future__ import annotations

from collections.abc import Sequence

# of the turns (0 to 4) and mirrorings (5 to 9) of a pentagon
_VERHOEFF_PRODUCT = [
    [(i + j) % 5 + 5 * (j >= 5) if i < 5 else (i - j) % 5 + 5 * (j < 5) for j in range(10)] for i in range(10)
]
_VERHOEFF_SHIFT = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def luhn(number: str) -> bool:
    """Whether the Luhn digit is right: cards, personnummer, Canadian SIN, South African and Israeli ids."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2])
    return (doubled + sum(map(int, number[::-2]))) % 10 == 0


def verhoeff(number: str) -> bool:
    """Whether Verhoeff's digit is right: Aadhaar."""
    check = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(place % 8):
            value = _VERHOEFF_SHIFT[value]
        check = _VERHOEFF_PRODUCT[check][value]
    return check == 0


def iso7064_97(number: str) -> bool:
    """Whether the two digits after the country of an IBAN are right."""
    moved = number[4:] + number[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def iso7064_11_2(number: str) -> bool:
    """Whether the last character (X is 10) is right: Chinese resident ids."""
    total = 0
    for digit in number[:-1]:
        total = (total + int(digit)) * 2 % 11
    return (total + (10 if number[-1] == "X" else int(number[-1]))) % 11 == 1


def weighted(number: str, weights: Sequence[int]) -> int:
    """Return the sum of the digits, each times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def ean(number: str) -> bool:
    """Whether the last digit is right as on goods; Swiss AHV numbers have it, too."""
    return weighted(number[::-1], [1, 3] * len(number)) % 10 == 0


def cpf(number: str) -> bool:
    """Whether both digits of a Brazilian person's tax number are right."""
    return len(set(number)) > 1 and all(
        weighted(number[:n], range(n + 1, 1, -1)) * 10 % 11 % 10 == int(number[n]) for n in (9, 10)
    )


def cnpj(number: str) -> bool:
    """Whether both digits of a Brazilian firm's tax number are right."""
    weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
    return len(set(number)) > 1 and all(
        -weighted(number[:n], weights[13 - n :]) % 11 % 10 == int(number[n]) for n in (12, 13)
    )


def baltic(number: str) -> bool:
    """Whether the last digit is right: Estonian isikukood (EVS 585), Lithuanian asmens kodas."""
    first, second = (weighted(number[:10], weights) % 11 for weights in ([*range(1, 10), 1], [*range(3, 10), 1, 2, 3]))
    return int(number[10]) == (first if first < 10 else second % 10)


def jmbg(number: str) -> bool:
    """Whether the last digit is right: the numbers of citizens in the states that were Yugoslavia (JMBG, EMŠO)."""
    return weighted(number, [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0


def cnp(number: str) -> bool:
    """Whether the last digit of a Romanian number is right."""
    rest = weighted(number, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9])
    return (1 if rest % 11 == 10 else rest % 11) == int(number[12])


def thai(number: str) -> bool:
    """Whether the last digit of a Thai number is right."""
    return (11 - weighted(number[:12], range(13, 1, -1)) % 11) % 10 == int(number[12])


def fodselsnummer(number: str) -> bool:
    """Whether both digits of a Norwegian personal number are right."""
    first = weighted(number, [3, 7, 6, 1, 8, 9, 4, 5, 2, 1])
    return first % 11 == 0 and weighted(number, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0


def codice_fiscale(code: str) -> bool:
    """Whether the last letter of an Italian code is right."""
    odd = "BAFHJNPRTVCESULDGIMOQKWZYX"
    total = 0
    for place, character in enumerate(code[:15]):
        value = int(character) if character.isdigit() else ord(character) - ord("A")
        total += value if place % 2 else ord(odd[value]) - ord("A")
    # the odd places stand for 1, 0, 5, 7, …, which is the place in the alphabet of the letters above
    return chr(total % 26 + ord("A")) == code[15]


def hkid(code: str) -> bool:
    """Whether the last character of a Hong Kong identity card is right."""
    letters, rest = code[:-7], code[-7:]
    values = [36, *(ord(c) - 55 for c in letters)] if len(letters) == 1 else [ord(c) - 55 for c in letters]
    values += [10 if c == "A" else int(c) for c in rest]
    return sum(value * weight for value, weight in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def nric(code: str) -> bool:
    """Whether the last letter of a Singaporean number is right."""
    total = weighted(code[1:8], [2, 7, 6, 5, 4, 3, 2]) + {"T": 4, "G": 4, "M": 3}.get(code[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "XWUTRQPNJLK"}.get(code[0], "XWUTRQPNMLK")
    return letters[total % 11] == code[8]


def taiwan(code: str) -> bool:
    """Whether the last digit of a Taiwanese identity card is right."""
    number = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(code[0]) + 10
    return (number // 10 + number % 10 * 9 + weighted(code[1:], [8, 7, 6, 5, 4, 3, 2, 1, 1])) % 10 == 0

"""What stands on a car, by its name; where a state has a form of its own, also alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import ANSWER, Span, small

# Of a car, after its name: capitals and digits in two or three groups
_PLATE = re.compile(
    r"""(?:(?<!\w)|(?<=[\u0e00-\u0e7f\u3040-\ud7a3]))(?i:(?:เลข)?ทะเบียน(?:รถ)?|licen[cs]e[ ]plate|number[ ]plate|reg(?:istration)?[ ]plate|plate(?=:|[ ](?:no|number|is)\b|[ ](?-i:[A-Z]{3}[ -][0-9]{3,4}|[A-Z]{2}[0-9]{2}[ ]?[A-Z]{3}|[0-9][A-Z]{3}[0-9]{3})(?!\w))|registration[ ](?:number|no)|reg[ ](?:no|number)|reg(?=[*]{0,2}:|[ ](?:is[ ])?(?-i:[A-Z]{2}[0-9]{2}[ ]?[A-Z]{3})(?!\w))|(?:car|vehicle)[ ]reg(?:istration)?|(?:kfz-?|auto|amtl(?:iches|\.)?[ ])?kennzeichen
      |matr[íi]cula|patente(?=[ :]{1,2}(?:(?i:es[ ]|n\S{1,2}[ ]))?[A-Z0-9]{2,3}[ -]?[A-Z0-9]{3}(?![0-9]))|placas?(?=[ :]{1,2}(?:(?i:es|é|n\S{0,2}|do[ ]carro|del[ ]coche)[ ])?(?!RTX|GTX)(?:[A-Z]{3}[ -]?[0-9][0-9A-Z][0-9]{2}|[0-9]{4}[ ]?[B-DF-HJ-NP-TV-Z]{3})(?![0-9A-Z])|\?\n)|plaque(?:[ ]d[’']immatriculation)?|immatricul(?:ation|[ée]e?)|targat?[ao]?|(?:авто(?:мобил[а-я]{1,2})?|машин[а-я])[ ]с[ ]номером|kenteken|n(?:umer[a-z]{0,3}|r)[ ]rej(?:estracyjn[yme]{1,2}|\.)?|tablic[aey][ ]rejestracyjn[aey]|reg\.?n(?:umme)?r|rekisteri(?:numero|tunnus)|nummerplade|bilnummer|\bspz|ečv|špz|státní[ ]poznávací[ ]značka|rendszám|număr(?:ul)?[ ]de[ ]înmatriculare|πινακίδα|αριθμός[ ]κυκλοφορίας|держномер|номер[ ]авто|차(?:량[ ]?|[ ])번호|ナンバープレート|rejestracj[aię]|registreringsnummer|гос\.?[ ]?номер|номер[ ](?:машины|авто(?:мобиля)?)|plaka(?:m|sı)?|[车車](?:牌(?:[号號][码碼]?)?|[号號])|牌照(?:[号號][码碼]?)?|车辆|停车场)
    (?i:[ ](?:number|no|nr|numarası|auto|on[ ]file|reads|do[ ]carro|del[ ]coche|van|mijn|de|del|du|is|ist|es|est(?:[ ]le)?|è|är|to|(?:wrong,?[ ])?(?:it[ ])?should[ ]be)(?!\w)|[ .:"'`=*_|\n]|[ ]?\([^()\d\n]{1,16}\)|[是為为は]){0,6}"""
    + rf"(?i:[^\d\n]{{0,24}}?{ANSWER})?"
    + r"""
    (?P<value>(?=(?:[ -]?[0-9A-ZÄÖÜА-Я京-龥·•]){5})(?=[^a-z]{0,9}[0-9]{2})(?=[^a-z]{0,7}[^\W\d])(?:[A-Z]{2}[ -]?[0-9]{1,2}[ -]?[A-Z]{1,3}[ -]?[0-9]{4}|[A-ZÄÖÜ]{1,3}(?:[ -]?[A-Z]{1,3})?[ -]?[0-9]{1,5}(?:[ -]?[A-Z0-9]{1,3})?|[0-9]{1,4}[ -]?[A-Z]{1,4}(?:[ -]?(?:[0-9]{1,5}|[A-Z]{2}))?|[0-9]{2}-[0-9]{2,4}-?[A-Z]{1,2}
      |[A-Z]{2,3}[ ][A-Z0-9]{4,5}|[АВЕКМНОРСТУХ][0-9]{3}[АВЕКМНОРСТУХ]{2}[ ]?[0-9]{2,3})|(?=(?:-?[0-9]){5,8}(?![0-9A-Za-z-]|[.,][0-9]))[0-9]{1,3}(?:-[0-9]{2,5}){1,2}|[0-9]?[ก-ฮ]{1,2}[ ]?[0-9]{1,4}|[一-龥][A-Z][·•]?[0-9A-Z]{5,6})(?![0-9A-Za-z-])|(?<![0-9A-Za-z])(?P<korean>[0-9]{2,3}[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주아바사자하허호배][0-9]{4})(?![0-9A-Za-z-])|(?P<chinese>[京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼新][A-Z][ ·•-]?(?=(?:[A-Z]{0,2}[0-9]){3})[0-9A-Z]{5,6})(?![0-9A-Za-z-])""",
    re.VERBOSE,
)
_STEMS = (
    "plate", "placa", "patente", "car reg", "vehicle reg", "ennzeichen", "matr", "plaque", "targa", "kentek", "rej", "registration n", "registrerings", "reg n", "reg:", "reg ", "plaka",
    "regn", "reg.n", "reg*", "rekister", "plade", "bilnum", "spz", "rendsz",
)  # fmt: skip
_STEMS_ELSEWHERE = re.compile(
    "ทะเบียน|车辆|停车|номер|[车車][牌号號]|牌照|[京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼新][a-z][ ·•]?[0-9a-z]{5}|ečv|špz|značka|înmatric|πινακ|κυκλοφ|차량|차 번|[0-9][가-힣][0-9]{4}|ナンバー"
)


def plates(text: str) -> Iterator[Span]:
    """Find what stands on a car, after its name."""
    lowered = small(text)
    if any(stem in lowered for stem in _STEMS) or (not text.isascii() and _STEMS_ELSEWHERE.search(lowered)):
        for match in _PLATE.finditer(text):
            yield *match.span(match.lastgroup or 0), "[id]"

"""Dates of birth: a date is one when the words before it say so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import ANSWER, Span, by_letter, small

_BORN = r"""date[ _]?of[ _]?birth|birth[ _-]?date|birthdate|(?:birthday|b-?day|geburtstag|anniversaire|cumpleaños|compleanno|verjaardag)(?!.{0,24}20[23][0-9])|d\.?o\.?b\.?|b\.(?=[ ][0-9./-]{3,6}(?:19[0-9]{2}|200[0-9]))|born|geburtsdatum|geboren(?:[ ](?:wurde|bin)[ ]ich)?|geb\.?[ -]?dat(?:um|\.)?|geb\.?|ddn|date[ ]de[ ]naissance|née?|naissance
    |fecha[ ]de[ ]nacimiento|f(?:echa|ec?)?\.?[ ](?:de[ ])?nac\.?|nacimiento|nacid[oa]|nac[íi]|data[ ](?:di[ ])?nascita|nat[oa](?=[ :]{1,2}(?:il|l'|a|ad|in|nel|[0-3]?[0-9][ /.-])(?![a-z]))|d(?:ata|t)\.?[ ](?:de[ ])?nasc(?:imento|\.)?|nascid[oa]|nasci|nascimento
    |geboortedatum|födelsedatum|född(?:es)?|födelsedag|fødselsdato|født|fødselsdag|syntymäaika|syntynyt|data[ ]urodzenia|urodzon[aey]|urodziłe?[am]{1,2}(?:[ ]się)?|ur\.|datum[ ]narození
    |narozen[áýa]?|narodila?[ ](?:jsem[ ]se|se[ ]jsem|se|som[ ]sa)|nar\.|d[áa]tum[ ]narodenia|naroden[áýa]|datum[ ]rođenja|rođena?|data[ ]na[șs]terii|născut[ă]?(?:[ ]la)?|születési[ ](?:idő|dátum)|születtem|szül(?:etett)?\.?|d(?:oğum|\.)[ ]?tarihi(?:m)?|doğumlu|doğdum|дата[ ]рожд(?:ения|\.)|д[./][ ]?р\.?(?=[ :])|рожд[её]н[а-я]{0,2}|др(?=:?[ ][0-9])|родил[а-я]{1,4}|рожден[а-я]{1,3}
    |gim(?:imo[ ]data|\.)|dzimšanas[ ]datums|dzim\.|sünni(?:aeg|päev|kuupäev)|fæðingardag(?:ur|s)|datum[ ]rojstva|rojen[ai]?|tarikh[ ]lahir|petsa[ ]ng[ ]kapanganakan|tarehe[ ]ya[ ]kuzaliwa|датум[ ]рођења|рођена?|датум[ ]на[ ]раѓање|تاریخ[ ]تولد|জন্ম[ ]?তারিখ|ജനന[ ]?തീയതി|பிறந்த[ ]?(?:தேதி|நாள்)|дата[ ]народження|народи(?:вся|лася)|дата[ ]на[ ]раждане|родена?(?:[ ]съм)?|ημερομηνία[ ]γέννησης|γεννήθηκα|γενν(?:ημ[έε]ν[^\W\d_]{1,2})|tanggal[ ]lahir|lahir|ngày[ ]sinh|sinh(?=[ ](?:ngày|[0-3]?[0-9][ /.-]))|تاريخ[ ](?:الميلاد|ميلادي)|مواليد|و[ُ]?لدت|(?:תאריך|ת\.)[ ]?לידה|נולדתי|जन्म[ ]?(?:तिथि|दिन(?:ांक)?|तारीख)?
    |出生日期|出生年月日?|(?:出)?生[于於]|出生|生日|生年月日|誕生日|생년월일|생일|تاریخ[ ]?پیدائش|పుట్టిన[ ]?(?:తేదీ|తేది)|(?:ಜನ್ಮ|ಹುಟ್ಟಿದ)[ ]?ದಿನಾಂಕ|જન્મ[ ]?તારીખ|ਜਨਮ[ ]?(?:ਮਿਤੀ|ਤਾਰੀਖ)|დაბადების[ ]?თარიღი|ծննդյան[ ]?(?:ամսաթիվ|օր)|туған[ ]?күні|дата[ ]нараджэння|doğum[ ]tarixi|tug['‘’ʻ]ilgan[ ]sana(?:si)?|datëlindj[ae]|data[ ]de[ ](?:naixement|nacemento)|kaarawan|ថ្ងៃ(?:ខែឆ្នាំ)?កំណើត|မွေးသက္ကရာဇ်|မွေးနေ့|วันเกิด|เกิด(?:เมื่อ)?(?:วันที่)?"""
_YEAR = "(?:19[0-9]{2}|20[01][0-9]|202[0-9]|2[45][0-9]{2})"  # of Thailand, too
# Years of emperors and of Taiwan's republic: 平成4年3月14日, 民國75年6月1日; s55.3.14 only after a word
_ERA = "(?:明治|大正|昭和|平成|令和|民[國国])[ ]?(?:[0-9]{1,3}|元)[ ]?"
_LETTERED = "[mtshr][0-9]{1,2}[./-][01]?[0-9][./-][0-3]?[0-9]"
_ERA_DATE = rf"{_ERA}(?:年[ ]?[01]?[0-9][ ]?月[ ]?[0-3]?[0-9][ ]?日|[./-][01]?[0-9][./-][0-3]?[0-9])"
_DATE = rf"""(?:{_ERA_DATE}|{_YEAR}[ ]?[-/.年년][ ]?[01]?[0-9][ ]?[-/.月월][ ]?[0-3]?[0-9][日일]?
    |[0-3]?[0-9](?:[ ]?[-/.][ ]?|[ ])[0-3]?[0-9](?:[ ]?[-/.][ ]?|[ ])(?:{_YEAR}|'?[0-9]{{2}}(?![0-9]))
    |[0-3]?[0-9](?:st|nd|rd|th|er|º|ª|\.|-)?[ -]?(?:of[ ]|de[ ]|di[ ])?(?:[^\W\d_]{{3,12}}|[\u0900-\u0dff\u0e00-\u0e4e]{{2,14}})\.?,?[ -]?(?:de[ ]|del[ ])?(?:{_YEAR}|'[0-9]{{2}})
    |[0-3]?[0-9][ ]tháng[ ][01]?[0-9],?[ ]năm[ ]{_YEAR}
    |[^\W\d_]{{3,12}}\.?[ ][0-3]?[0-9](?:st|nd|rd|th)?,?[ ]{_YEAR}
    |(?<![0-9])(?:(?:19[0-9]{{2}}|20[01][0-9])[01][0-9][0-3][0-9]|[0-3][0-9][0-3][0-9]{_YEAR})(?![0-9]))"""
_BIRTHDATE = re.compile(
    rf"""(?<![A-Za-zÀ-ɏ])(?P<head>(?:{by_letter(_BORN)})(?![a-zà-ɏ])["'*_)]{{0,2}}
    (?:[ ]?\([^()\d]{{1,16}}\))?
    (?:[ ]on[ ](?:file|record))?(?:[^\d\n]{{0,24}}(?:{ANSWER}|\n[0-9]{{1,3}}[ ]?\t(?:\[id\][ ]?\t[0-9]{{1,3}}[ ]?\t)?))?  # an answer, or below it in a form
    (?:[ ](?:a|à|in|en|em|i|w|v|в)[ ][^\W\d_]{{2,20}}|(?![ ]to[ ])(?:[ ][^\W\d_]{{2,15}}){{1,3}}(?=[ ]?:))?
    (?:[\s:=,;."'*_|-]{{0,3}}(?:is|was|on|the|am|ist|war|le|el|día|il|em|dia|est|es|è|é|op|den|är|er|d\.|on|dnia|jest|w|на|это|in|der|den|a|em|pe|στις|في|ngày|tanggal|tgl|pada)(?!\w)){{0,3}}
    (?:是|为|為|は|が|은|는|이|于|於|[ ]ב)?[\s:=;."'*_|(>-]{{0,4}})
    (?P<date>{_DATE}|{_LETTERED})(?![0-9])""",
    re.VERBOSE,
)
# … and what it should be instead
_RIGHT = re.compile(
    rf",?[ ](?:(?:and|but|it)[ ])?(?:not|should[ ]be|instead[ ]of|nicht|statt|sondern|pas|au[ ]lieu[ ]de|no|en[ ]vez[ ]de|non|niet)[ :]{{1,2}}(?:the[ ])?(?P<date>{_DATE})(?![0-9])",
    re.VERBOSE,
)
_BORN_AFTER = (
    "geboren", "出生", "生まれ", "doğumlu", "태어", " birth", " dob", "geburts", "cumple", "naissance", "рожд", "г.р.", "г. р", "народж",
)  # fmt: skip
_DATE_FIRST = re.compile(
    rf"(?<![0-9A-Za-z.]){_DATE}(?=\ (?:in\ [^\W\d_]{{2,20}}\ )?geboren(?!\w)|\ (?:is|ist|es|est)\ (?:my|his|her|mein|mi|ma)\ (?:birthday|date\ of\ birth|birth\ ?date|dob|geburts(?:tag|datum)|cumpleaños|fecha\ de\ nacimiento|date\ de\ naissance)(?!\w)|\ (?:года?\ рожд|г\.?\ ?р\.|року\ народж)|\ ?(?:出生|生まれ|doğumlu|에?\ ?태어))|(?<![0-9A-Za-z.]){_LETTERED}(?=生まれ)",
    re.VERBOSE,
)
# What these words begin with, or hold, where few other words do
_STEM = re.compile(
    "birth|born|bday|b-day|dob|d\\.o|geb|ddn|nais|anniv|nac|cumple|nasc|nato|nata|complea|verjaar|synty|urodz|ur\\.|nar|nate|lahir|sinh|f\\.|b\\. [0-9]|gim|dzim|jst|jen|nganak|zaliwa|ilgan|naix|kaaraw"
)
_STEM_ELSEWHERE = re.compile(
    "d\\.|né|föd|fød|rođ|naș|şter|născ|szül|doğ|рожд|ражд|роден|родил|народ|др |др:|д[./]|γεν|γέν|ميلاد|مواليد|لدت|לידה|נולד|जन्म"
    "|sünni|fæð|рођ|раѓ|تولد|জন্ম|ജനന|பிறந்|dzim|生于|生於|出生|生日|生年|誕生|پیدائش|పుట్టిన|ದಿನಾಂಕ|જન્મ|ਜਨਮ|დაბად|ծննդ|туған|нарадж|datëlin|កំណើត|မွေး|생년|생일|เกิด"
)


def birthdates(text: str) -> Iterator[Span]:
    """Find dates of birth."""
    lowered = small(text)
    if _STEM.search(lowered) or (not lowered.isascii() and _STEM_ELSEWHERE.search(lowered)):
        for match in _BIRTHDATE.finditer(lowered):
            yield *match.span("date"), "[birthdate]"
            if right := _RIGHT.match(lowered, match.end()):
                yield *right.span("date"), "[birthdate]"


def dates_first(text: str) -> Iterator[Span]:
    """Find dates after which it is said that somebody was born on them: am 12.04.1985 geboren."""
    lowered = small(text)
    if any(word in lowered for word in _BORN_AFTER):
        for match in _DATE_FIRST.finditer(lowered):
            yield *match.span(), "[birthdate]"

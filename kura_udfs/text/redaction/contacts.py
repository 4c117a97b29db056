"""E-mail addresses and telephone numbers."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from kura_udfs.text.redaction.checksums import weighted
from kura_udfs.text.redaction.spans import (
    ANSWER,
    WORD,
    Span,
    beside_numbers,
    by_letter,
    digits_of,
    has_long_run,
    is_other_number,
    said_before,
    small,
)

_L = "A-Za-z0-9À-ɏ"
_EMAIL = re.compile(  # git@ begins addresses of repositories
    rf"(?!git@)(?<![{_L}.%+_-])(?<![{_L}]')[{_L}.%+_-][{_L}.%+'_-]{{0,63}}+@(?:[{_L}_-]{{1,63}}+\.){{1,8}}(?!(?:png|jpe?g|gif|svg|webp)\b)"
    r"[A-Za-zÀ-ɏ]{2,24}"
)
# the same where letters are not Latin ones: почта@пример.рф, jo@例子.中国
_G = "A-Za-z0-9\u00c0-\u052f"
_EMAIL_ELSEWHERE = re.compile(
    rf"(?:(?!git@)(?<![{_G}.+_-])[{_G}.+_-]{{1,64}}+|[\u0590-\u06ff\u0900-\u0e7f]{{1,64}}+|[\u3040-\u9fff\uac00-\ud7a3]{{1,3}})@(?:[{_G}\u0900-\u0e7f\u3040-\u9fff\uac00-\ud7a3_-]{{1,63}}+[.。]){{1,8}}"
    r"(?:[\u0370-\u052f]{2,24}|(?!(?:png|jpe?g|gif|svg|webp)\b)[A-Za-z]{2,24}|中国|中國|公司|网络|網絡|网址|香港|台湾|台灣|新加坡|みんな|한국|닷컴|भारत|कॉम|ไทย)"
)
_TLD = (
    r"(?:com|org|net|edu|gov|info|io|dev|app|ai|co|uk|de|at|ch|fr|es|it|nl|be|se|no|dk|fi|pl|pt|eu|us|ca|au|br|mx|in|ru"
    r"|cz|example|test)"
)
_AT = r"(?:at(?:[\ -]sign)?|arroba|arobase|chiocciola|ät|snabel-a|małpa|apenstaartje|zavináč|собака|chez)"
_DOT = r"(?:dot|punkt(?:um)?|punto|point(?!\ (?:in|it|no|us|be|at|se)\b)|ponto|kropka|punt|tečka|точка)"  # a snapshot at a point in time
_SPELT_EMAIL = re.compile(
    rf"""(?!git@)(?<![{_L}._-])[{_L}._-]{{1,64}}+
    (?: \s?[(\[{{<]\s?(?:{_AT}|@)\s?[)\]}}>]\s?[{_L}-]{{1,40}}+
        (?: (?:\s?[(\[{{<]\s?(?:{_DOT}|\.)\s?[)\]}}>]\s?|\ {_DOT}\ |\.|\ \.\ (?={_TLD}\b))[{_L}-]{{2,40}}+ ){{1,4}}
      | \ {_AT}\ [{_L}-]{{1,40}}+(?:\ {_DOT}\ [{_L}-]{{2,40}}+){{0,3}}?\ {_DOT}\ {_TLD}\b(?!\ {_DOT}\ )
      | @[{_L}-]{{2,40}}+(?:[(\[{{<](?:{_DOT}|\.)[)\]}}>][{_L}-]{{2,24}}+){{1,3}}
      | \ @\ [{_L}-]{{2,40}}+\ ?(?:\.|{_DOT})\ ?{_TLD}\b
      | @[{_L}-]{{2,40}}+(?:\ ?\.\ |\ \.){_TLD}\b | @(?:gmail|yahoo|hotmail|outlook|icloud|gmx|web),(?:com|de|net)\b
      | @@[{_L}-]{{2,40}}+\.{_TLD}\b
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_AT_SIGN = re.compile(rf"[@(\[{{< _](?:(?<=@)|{_AT}[)\]}}> _])")
# jo_at_example_dot_com, jo-at-example-dot-com, jo_at_example.com
_JOINED_EMAIL = re.compile(
    rf"(?<![{_L}._-])[{_L}._-]{{1,40}}?(?:(?P<by>[_.-]){_AT}(?P=by)[{_L}-]{{1,40}}?(?P=by){_DOT}(?P=by){_TLD}"
    rf"|_{_AT}_[{_L}-]{{2,40}}\.(?:com|org|net|edu|de|fr|co\.uk))(?![{_L}_(])",
    re.IGNORECASE,
)
_AT_JOINED = re.compile(f"[_.-]{_AT}[_.-]")
# where an address is written as part of another, or of a page
_SIZE = "(?:r?em|ex|px|pt|pc|v[hw]|cm|mm|ch|dpi|ms|[kmg]b?)"  # width=40em
_ENCODED_EMAIL = re.compile(
    rf"(?<![{_L}.%+_-])[{_L}.+_-]{{1,64}}+(?:%2b[{_L}._-]{{1,40}}+)?(?:%40|&\#(?:x40|64);|&commat;|\\u0040|=40(?!{_SIZE}\.)(?=[a-z](?:[a-z0-9-]{{0,62}}\.){{1,4}}?{_TLD}(?![{_L}-])))(?:[{_L}-]{{1,63}}+\.){{1,8}}[A-Za-z]{{2,24}}",
    re.IGNORECASE,
)
# jo.berg at example.com: what stands before has what no word has
_AT_DOMAIN = re.compile(rf" at (?=(?:[a-z0-9-]{{2,40}}\.){{1,3}}{_TLD}(?![{_L}]))(?P<domain>[a-z0-9.-]+[a-z])")
_ACCOUNT_BEFORE = re.compile(rf"(?<![{_L}._@/-])(?=[a-z._-]{{0,40}}[0-9._])[a-z0-9][a-z0-9_.-]{{1,40}}$")
_SAID_EMAIL = re.compile(rf"\be-?mail(?: address)?(?: is|:) (?P<account>[{_L}_.-]{{2,40}})$")
_NAME_BEFORE = re.compile(
    rf"(?:(?<![{_L}])[{_L}]{{1,30}} (?:dot|punkt|punto|point|ponto|kropka|underscore|dash) ){{1,3}}$", re.IGNORECASE
)


def emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses."""
    if "@" in text:
        for match in (_EMAIL if text.isascii() else _EITHER_EMAIL).finditer(text):
            yield *match.span(), "[email]"


def encoded_emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses whose sign is written as addresses and pages of the web do: jo%40example.com."""
    if "%40" in text or "&#" in text or "u0040" in text or "=40" in text or "&commat;" in text:
        for match in _ENCODED_EMAIL.finditer(text):
            yield *match.span(), "[email]"


_BASE64 = re.compile(r"(?<![\w+/.-])[A-Za-z0-9+/]{16,120}={0,2}(?![\w+/=-])")


def disguised_emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses in base64."""
    if has_long_run(text):
        for match in _BASE64.finditer(text):
            if _EMAIL.fullmatch(_said_in(match[0])):
                yield *match.span(), "[email]"


def _said_in(code: str) -> str:
    """Return what a row of base64 says in ASCII; nothing if it says none."""
    try:
        return base64.b64decode(code + "=" * (-len(code) % 4), validate=True).decode("ascii")
    except ValueError:
        return ""


_EITHER_EMAIL = re.compile(f"{_EMAIL.pattern}|{_EMAIL_ELSEWHERE.pattern}")


def spelt_emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses that are spelt out: jo (at) example dot com."""
    if _AT_SIGN.search(small(text)):
        for match in _SPELT_EMAIL.finditer(text):
            before = _NAME_BEFORE.search(text, max(0, match.start() - 80), match.start())  # jo dot berg at …
            yield before.start() if before else match.start(), match.end(), "[email]"


def joined_emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses that are spelt out without a space: jo_at_example_dot_com, jo-at-example-dot-com."""
    if _AT_JOINED.search(small(text)):
        for match in _JOINED_EMAIL.finditer(text):
            yield *match.span(), "[email]"


def half_spelt_emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses of which only the sign is spelt out: jo.berg at example.com."""
    lowered = small(text)
    if " at " in lowered and "." in text:
        for match in _AT_DOMAIN.finditer(lowered):
            before = _ACCOUNT_BEFORE.search(lowered, max(0, match.start() - 48), match.start())
            if before is None and (said := _SAID_EMAIL.search(lowered, max(0, match.start() - 64), match.start())):
                yield said.start("account"), match.end(), "[email]"
            if before:
                yield before.start(), match.end(), "[email]"


# --- telephone numbers

_SEP = r"(?:[\ -]?\(|\)[ /-]?|\ ?[-.]\ ?|/|\ {1,2})"
_EXTENSION = r"(?:(?:,?\ ?(?:ext|extn|extension|durchwahl|poste|доб|内线)[.:]?\ ?|\ ?x\ ?|\ ?\#)[0-9]{1,6}(?![\w]))?"
_UNIT = rf"(?![{WORD}€$£%¥₩₹°]|[.-][0-9]|/[0-9]{{4}}(?![0-9])|\ ?(?:€|kr\b|eur|usd|sek|nok|dkk|pln|zł|руб|₽|₹|rubles?\b|roubles?\b|dollars?\b|euros?\b|pounds?\b|rupees\b|yen\b|kronor\b|forint|złotych|元|円|원|个|件|次|пользов|people|users|views|downloads|visitors|followers|subscribers|inhabitants|einwohner|habit?ants|habitantes|abitanti|likes|streams|clicks|km|of\ [0-9]|times\b|veces|fois|mal\b|rows|bytes))"
_PHONE = re.compile(
    rf"""(?=[+(0-9])(?<![{WORD}\]#$€£¥@+-])(?<![0-9\]][.:])(?<![\s_,([{{*/=+-]\.)(?<![0-9][a-z]\.)(?:
        (?P<date> [0-9]{{1,4}}([./-])[0-9]{{1,2}}\2[0-9]{{1,4}}(?![./-]?[0-9]) )
      | \(?\+\ ?\(?[1-9](?:{_SEP}?[0-9]){{7,14}}(?![0-9]){_EXTENSION}(?![A-Za-z_])
      | (?<![^0-9\]]/)(?<!(?:19|20)[0-9]{{2}}/)(?:
            (?<![0-9]{{4}}\ )00[ -]?[1-9](?:{_SEP}?[0-9]){{7,13}}
          | (?:(?:00)?1[ .-])?(?:\(\ ?[1-9][0-9]{{2}}\ ?\)[ .-]?|[2-9][0-9]{{2}}[ .-])[0-9]{{3}}[ .-][0-9]{{4}}
          | \([2-9][0-9]{{2}}\)\ ?[0-9]{{7}} | \([1-9][0-9]\)(?:\ ?9[0-9]{{8}}|\ [0-9]{{3}}[ -][0-9]{{2}}[ -][0-9]{{2}}) | 0[1-9](?:/[0-9]{{2}}){{4}} | 0\ ?\([2-9][0-9]{{2}}\)\ ?[0-9]{{3}}(?:[ -][0-9]{{2}}){{2}} | 123[-.]456[-.]7890
          | (?P<trunk> (?<![0-9]{{4}}\ )\(?0[1-9][0-9]{{0,4}}(?:\)[ -]?|\ ?[-/.]\ ?|\ {{1,2}})
              [0-9]{{2,8}}(?:\ ?[.\-\ ]\ ?[0-9]{{2,6}}){{0,4}} )
          | 0(?:[1-9][0-9]{{8}}|3[0-4][0-9]{{8}}|[125789][0-9]{{9}}|1[567][0-9]{{9}}|8[0-9]{{9,11}})
          | 1[3-9][0-9](?:([ -])[0-9]{{4}}\4[0-9]{{4}}|[0-9]{{8}})                    # China
          | \(?[1-9][1-9]\)?[ -]?9\ ?[0-9]{{4}}[ -][0-9]{{4}} | \([1-9][1-9]\)\ ?[2-5][0-9]{{3}}[ -][0-9]{{4}}   # Brazil
          | [78][ -]?\(?[3-9][0-9]{{2}}\)?[ -]?[0-9]{{3}}[ -][0-9]{{2}}[ -]?[0-9]{{2}} | 89[0-9]{{9}} | 9[0-9]{{2}}[ -][0-9]{{3}}(?:[ -][0-9]{{2}}){{2}}   # Russia
          | [6-9][0-9]{{4}}[ -][0-9]{{5}}                                                  # India
          | 3[2-9][0-9][ -](?:[0-9]{{3}}[ -]?[0-9]{{4}}|[0-9]{{2}}[ -][0-9]{{2}}[ -][0-9]{{3}})                                       # Italy
          | [1-9][0-9](?:\ [0-9]{{4}}-|-[0-9]{{4}}-)[0-9]{{4}} | (?:55|33|81|11)\ [0-9]{{4}}\ [0-9]{{4}}                                      # Mexico, Argentina
          | \([2-9]\)\ [0-9]{{4}}\ [0-9]{{4}} | \(0-[0-9]{{2,3}}\)\ [0-9]{{5,6}}                      # Chile, Lithuania
          | \(?06\)?[ -]?[1-9][0-9]?/[0-9]{{3}}[ -][0-9]{{3,4}}                                 # Hungary
          | 0(?:\ [1-9][0-9]){{1,2}}(?:\ [0-9]{{1,2}})?\ ?[/-]\ ?[1-9][0-9]{{0,2}}(?:\ [0-9]{{2,3}}){{1,3}}  # Germany, in twos from the right
          | 0[1-9][0-9]{{1,3}}\ 15-[0-9]{{2,4}}-[0-9]{{4}} | 9[78][0-9]-[0-9]{{7}}             # Argentina, Nepal
          | (?<![0-9][ -])1[3-9][0-9]\ [0-9]{{8}} | (?<![0-9][ -])(?:[67][0-9]\ [0-9]{{3}}(?:\ [0-9]{{2}}){{2}} | [2-9][0-9]\ [0-9]{{3}}\ [0-9]{{4}} | 6(?:\ [0-9]{{2}}){{4}})(?!\ [0-9])
          | (?P<pairs>(?<![0-9][ -])[0-9]{{2}}(?:\ [0-9]{{2}}){{3}}(?!\ -?[0-9]))
          | (?P<fours>(?<![0-9][ -])[2-9][0-9]{{3}}\ [0-9]{{4}}(?!\ (?:[0-9]|(?:st|street|ave|avenue|road)\b)))
          | (?<![0-9][ -])[5-8][0-9]{{2}}(?:(?:[ -][0-9]{{3}}){{2}}|(?:\ [0-9]{{2}}){{3}})(?<![\ -]000)(?![ -][0-9])
          | [679][0-9]{{2}}(?:\.[0-9]{{2}}){{3}}                                              # Spain
          | 9[0-9](?:\ [0-9]{{3}}(?:\ [0-9]{{2}}){{2}}|[0-9](?:\ [0-9]{{3}}){{2}})(?<!\ 000)
        ){_EXTENSION}{_UNIT}
    )""",
    re.VERBOSE,
)
_FILLER = r"""(?:[\s:.,=("'#*_|>-]{1,3}(?:me|mig|meg|mnie|мне|номеру|us|him|her|them|back|at|on|is|are|no|nr|number|it's|its|to|my|or|if|needed|under|unter|auf|ist|war|lautet
    |from|new|neue?|nuev[oa]|nov[oa]|nouveau|nuov[oa]|nieuwe?|nowy|mich|mir|uns|an|die|der|sie|bitte|please|gern|til|μου|με|είναι|στο|ми|е|على|мені|אליי|הוא|שלי|ל|moi|nous|au|est|son|sont|sind|são|le|sur|al|a|es|en|el|mi|il|è|mio|é|o|meu|op|is|mijn|mij|på|är|min|er|mitt|pod|na|jest|to|numer|по|на|номер|это|мой
    |c'est|c’est|ca|em|tôi|của|là|saya|di|din|este|je|toll-free|numer|numerem|numeroon|numurs|numeris|ir|yra|pure|numero|číslo|číslu|επικοινωνίας|kontaktowy|для|связи|nomor|č|la|de|karo|kare|pe|requested|contato|contacto|num|x|p/|número|kr|using|via|with|at|para|volta|file|home|work|mobile|cell|office|day|evening|landline|privat|dienstlich)(?!\w)){0,5}"""
_PHONE_WORDS = r"""(?:t[eé]l[eé]{1,2}(?:f|ph)[oóòõ][^\W\d_]{0,12}|(?:mobile\ |cell\ ?)?phone|mobile|cell|tel|telno|mob|ph|main\ line|direct\ line|linha\ direta|l[íi]nea\ dire[ct]ta|ligne\ directe|direkt(?:e\ )?(?:wahl|nummer))(?:[\ _-]?(?:numbers?|no\.?|nr\.?|num))?(?:['’]s)?(?:\ ?\([a-zäöüéçñ.\ -]{3,16}\))?
        | fono(?=[ :]) | answering(?=\ at) | emergency\ contact(?:\ [^\W\d_]{2,15}){0,2} | next\ of\ kin(?:[ ,:]{1,2}[^\W\d_]{2,15}){0,3}
        | fone | tfno? | tf(?=[.:]) | fax | sms | txt | call-?back | zap | [wgu]+as+ap | whats(?:app)? | cel(?=[ .:]) | num(?=[ .:](?:è|é|es|is)) | tlf | digits | telegram | signal | viber | imessage | facetime
        | (?:my|his|her|their|your|our|its|contact|callback|call-back|emergency|new|old)[\ _](?:number|nr|num|no\.?)
        | call(?:ed|ing)? | bell | reachable | [tm](?=:\ ?(?:[(0]|[0-9]{3}[ -])) | text(?![0-9]) | dial | reach | contact | msisdn
        | телефон[^\W\d_]{0,4} | τηλ[έε]φων[^\W\d_]{1,3} | puh(?:elin[^\W\d_]{0,9}|(?=[.:])) | landline | desk(?=:) | hit\ me\ up | number\ on\ file | mera\ number
        | handy(?:nummer|nr)? | mobil(?:nummer(?:et)?|nr|telefon|en|e)? | natel | nummeret\ mitt | mit\ nummer | mobilom | (?:telefon)?sz[áa]mom | h[íi]vj(?:on|[áa]l) | festnetz | rufnummer | rückruf(?:nummer)?
        | (?:min|meine|ihre|mijn|mitt)\ (?:nummer|nr|telefonnummer) | anrufen | angerufen | erreichbar | erreiche[nt]? | kontakt(?=\ pod)
        | ruf(?:e|en|t)? | meld(?:e|et)?\ (?:dich|euch) | t[ée]l | portable | fixe | joindre | joignable | (?:mi|su|mon|son|mio|suo|meu)\ n[úu]m[ée]ro | r?appele[zr] | contacte[zr]
        | m[óo]vil | celular | llam[éo] | llamadas? | ll[áa]m[ae](?:n?me|n|r|nos|rme|d|dme|dnos)? | locali[zc](?:ar|en?)(?:me)? | contato | cont[áa]ct(?:ar|e)(?:me|nos) | m[áa]r(?:quen?|came|can|car) | cellulare | richiam(?:are|ami|i) | chiam(?:a(?:mi|temi|re|rmi)?|i) | trov(?:ate|arm)i | recapito
        | telem[óo]vel | liga(?:r(?:-(?:me|nos|lhe))?|-?me)? | ligue | mobiel | bel(?:len)?(?:\ me|\ mij|\ even)? | bereikbaar | bereiken | m[ij]?n\ (?:nr|nummer)
        | ring(?:a|e)?(?!\ [0-9]{1,3}(?:[-/\ ]?[0-9a-z]{1,3})?\r?\n) | (?:moj)?\ ?numer\ telefonu | (?:m[óo]j)\ (?:nr|numer) | numer\ kontaktowy | my\ \#(?=\ ) | gsm(?=[ :.]{1,3}[0+]) | (?:tel\.?\ )?kom | kom[óo]rk[aię] | (?:za)?dzwo[nń](?:cie)? | dzwoni[ćc]
        | тел | моб | мой\ номер | номер(?=\ для\ связи) | (?:по|пере)звони(?:те|ть)? | набери(?:те)? | звоните | звонить | мій\ номер | зателефонуйте | дзвоніть | номерът\ ми | обадете
        | (?:moje|můj|môj)\ číslo | vol(?:ejte|ajte|at|ej) | zavolej(?:te)? | soit(?:a|taa|takaa) | suna(?:ți-?mă|ti-?ma|ți) | num[ăa]rul\ meu | hubungi | số\ của\ tôi | liên\ hệ | gọi(?:\ cho)? | τηλ | κινητ[όο] | ο\ αριθμ[όο]ς | καλέστε
        | aray[ıi]n | cep(?![ :]{1,3}[0-9]{5}-[0-9]{3}(?![0-9])) | numaram | mans\ numurs | simu(?=[ :]) | tawagan | numero\ ko | ტელეფონ[^\W\d_]{0,3} | հեռախոս[^\W\d_]{0,8} | ఫోన్(?:\ నంబర్)? | தொலைபேசி(?:\ எண்)? | ফোন(?:\ নম্বর)? | ಫೋನ್ | ഫോൺ | ફોન | فون(?:\ نمبر)? | موبائل | s[ií]man[uú]mer(?:ið)? | số\ điện\ thoại | sđt | hp | nomor | फ़?ोन | मोबाइल | मेरा\ नंबर | המספר\ שלי | תתקשרו | ה?נייד | ה?טלפון | هاتف[ي]? | رقمي | اتصل(?:وا)?\ بي | اتصال | جوال[ي]? | موبايل"""
_SPOKEN_PHONE = re.compile(
    rf"""(?:(?<!\w)(?: {by_letter(_PHONE_WORDS)} )
      {_FILLER}[\s:.,="'#*_|>-]{{0,4}}
      | \[phone\](?:[,、]|\ ?[/;&或和及]|\ (?:and|or|y|o|e|et|ou|und|oder|i|lub|en|of)(?!\w))\ ?
      | (?:(?<!\w)(?:(?:tele?)?phone|t[eé]l[eé]f[oóò]n[^\W\d_]{{0,9}}|telefoon(?:nummer)?|mobile|cell(?:ulare)?|handy(?:nummer)?|mobil(?:nummer)?|celular|m[óo]vil|portable
        |контактный|телефон[^\W\d_]{{0,4}}|هاتف[كه]?|جوالك|मोबाइल|फ़?ोन|sđt|điện\ thoại|hp|wa|whats(?:app)?|(?:best|contact|callback|daytime|your)\ number)(?!\w)|电话|電話|手机|手機|携帯|전화|연락처|เบอร์)
        [^\d\n]{{0,40}}{ANSWER}  # a question for it
      | (?:wa\.me/|\btel:|[?&]phone=|(?<==)%2b(?=[1-9][0-9]{{8,14}}(?![0-9]))) | [📱📲📞☎☏]\ufe0f?[\ :]{{0,3}}
      | (?:电话|電話|拨打|手机|手機|联系方式|聯絡|微信|携帯|ケータイ|連絡先|전화|휴대폰|핸드폰|연락처|번호|โทร\.?|เบอร์|ฟ้อน|फोन)
        (?:[^\d\n.。!?！？+\[]{{0,14}}?) )
    (?P<number>\+?\(?[0-9](?:{_SEP}?[0-9]){{6,14}}{_EXTENSION}
      | \+?\(?[0-9](?:{_SEP}?[0-9]){{1,5}}\)?-?\r?\n\(?[0-9](?:{_SEP}?[0-9]){{3,9}}){_UNIT}  # a line ends within it
    """,
    re.VERBOSE,
)
_PHONE_FIRST = re.compile(
    rf"""(?<![{WORD}.,:/#$€£-])(?P<number>[0-9](?:{_SEP}?[0-9]){{6,13}})[,.:!]?\ (?:(?:is|ist|es|é|est|è|är)\ (?:my|our|her|his|meine?|mi|meu|mon|mio|min)
    \ (?:(?:phone|cell|mobile|home|work|contact|new|whatsapp)\ )?(?:number|phone|cell|mobile|nummer|handynummer|telefonnummer|teléfono|número|celular|numéro|numero)
    |(?:call|text|ring)\ (?:me|or\ text)|whatsapp(?=[.,!)\n]|$)|(?:zu\ )?erreich(?:bar|en))(?!\w)""",
    re.VERBOSE,
)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}[ .\-/]?(?:0[1-9]|1[0-2])[ .\-/]?(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"
    r"|(?<![0-9])[0-9]{2}[ .\-/][0-9]{2}[ .\-/](?:19|20)[0-9]{2}|(?<![0-9 -])(?:19|20)[0-9]{2} ?- ?(?:19|20)[0-9]{2}(?![ -]?[0-9])"
)
# Thousands, a time, a fraction; and no American number begins with 1 0 or 1 1
_NO_COUNTRY = re.compile(
    r"\+?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2}|\+1[01][0-9]*|\+20[0-9]{12}|\+[0-9]{8}|\+[0-9]+ -[0-9]+|\+ [0-9]{1,3}\.[0-9]{5,}|\+[0-9]{1,3}\.[0-9]{13,}"
)
_ZIP, _STATE = re.compile("0[0-9]{4}-[0-9]{4}"), re.compile(r"(?<![A-Za-z])[A-Z]{2} {1,2}$")
# 3f 00 68 00 71 00: bytes of something, if another stands before
_BYTES, _BYTE = (
    re.compile("[0-9]{2}(?: [0-9]{2}){3,}"),
    re.compile(r"(?<![0-9A-Za-z])(?:[0-9][0-9A-Fa-f]|[A-Fa-f][0-9]) $"),
)
_IBAN_BEFORE = re.compile(r"\b[A-Z]{2}[0-9]{2} (?:[0-9A-Z]{4} ){1,3}$")  # one of a wrong check digit
# What rows of two digits are of, too: marks 45 38 41 50
_DRAWN = re.compile(
    r"\b(?:marks?|scores?|results?|grades?|noten|punkte|lotto\w*|powerball|euro ?(?:millions|jackpot)|bingo|draw|drawn|gezogen|tirage|sorteo|estrazione|тираж\w*|ages?|sizes?|größen|tailles|tallas|taglie)\W{1,3}(?:[^\W\d_]{2,10}\W{1,2})?$",
    re.IGNORECASE,
)
# Codes of countries: North America with its ten digits, Russia, and those of two and three
_ABROAD = re.compile(
    "1[2-9][0-9]{9}|7[03-9][0-9]{9}|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|(?:2[1-6]|29|3[578]|42|50|59|6[789]|8[058]|96|97|99)[0-9]"
)


def phones(text: str) -> Iterator[Span]:
    """Find telephone numbers that have the form of one."""
    end = 0  # of the number before
    for match in beside_numbers(_PHONE, text, small(text)):
        found = match[0]
        if match["date"]:
            continue
        if "+" in found:
            other = _NO_COUNTRY.fullmatch(found) is not None
        else:
            bad_length = match["trunk"] and not 9 <= len(digits_of(match["trunk"])) <= 12
            other = (
                bool(bad_length)
                or _DATE.search(found) is not None
                or _is_book(found)
                or (match["pairs"] is not None and _is_series(found.split()))
                or (match["trunk"] is not None and found.count(" ") > 4 and _is_series(found.split()))
                or (match["fours"] is not None and any(map(_is_quantity, match["fours"].split())))
                or _is_zip(text, match)
                or (found.startswith("00") and not _ABROAD.match(digits_of(found)[2:]))
                or (_BYTES.fullmatch(found) is not None and said_before(_DRAWN, text, match.start(), 24))
                or (
                    _BYTES.fullmatch(found) is not None
                    and end != match.start() - 1
                    and said_before(_BYTE, text, match.start(), 4)
                )
                or said_before(_IBAN_BEFORE, text, match.start(), 24)
                or is_other_number(text, match.start())
            )
        if not other:
            end = match.end()
            opened = found.startswith("(") and ")" not in found  # the bracket is of the sentence
            yield match.start() + opened, match.end(), "[phone]"


def _is_zip(text: str, match: re.Match[str]) -> bool:
    """Whether it is where mail goes in the United States: MA 02110-1301, USA."""
    if not _ZIP.fullmatch(match[0]):
        return False
    return said_before(_STATE, text, match.start(), 5) or text[match.end() : match.end() + 5].lstrip(" ,").startswith(
        "US"
    )


def _is_series(numbers: list[str]) -> bool:
    """Whether they rise or fall, as sizes, lines and drawn numbers do."""
    return numbers in (sorted(numbers), sorted(numbers, reverse=True))


def _is_quantity(number: str) -> bool:
    """Whether it is likely a year, a round number or one of a series of products."""
    return number.startswith(("19", "20")) or number.endswith("0")


def _is_book(found: str) -> bool:
    """Whether it is the old number of a book: ten digits from 0 to 3 on, with a check digit."""
    return len(found) == 10 and found[1] in "0123" and found.isdigit() and weighted(found, range(10, 0, -1)) % 11 == 0


def spoken_phones(text: str) -> Iterator[Span]:
    """Find telephone numbers after a word that says so."""
    for match in beside_numbers(_SPOKEN_PHONE, text, small(text)):
        start, number = match.start("number"), match["number"]
        start += number.startswith("(") and ")" not in number
        if not (_DATE.match(number) or is_other_number(text, start)):
            yield start, match.end("number"), "[phone]"


def phones_first(text: str) -> Iterator[Span]:
    """Find telephone numbers after which it is said that they are: 9876543210 is my number."""
    for match in beside_numbers(_PHONE_FIRST, text, small(text)):
        if not (_DATE.match(match["number"]) or is_other_number(text, match.start())):
            yield *match.span("number"), "[phone]"

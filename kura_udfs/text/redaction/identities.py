"""Numbers that states give to people: by form and check digit, or by the word before them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kura_udfs.text.redaction import checksums
from kura_udfs.text.redaction.spans import ANSWER, WORD, Span, by_letter, is_other_number, small

_MONTH, _DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
_MBI = "[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]"


def _check(letters: str) -> bool:
    number, letter = int(letters[:-1].translate(str.maketrans("XYZ", "012"))), letters[-1]
    return "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] == letter


def _hetu(code: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(code[:6] + code[-4:-1]) % 31] == code[-1]


def _nir(code: str) -> bool:
    number = code[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(number) % 97 == int(code[13:])


def _belgian(number: str) -> bool:
    return any(97 - int(century + number[:9]) % 97 == int(number[9:]) for century in ("", "2"))


def _rut(code: str) -> bool:
    total = checksums.weighted(code[-2::-1], [2, 3, 4, 5, 6, 7] * 2)
    return "0K987654321"[total % 11] == code[-1]


def _cuit(number: str) -> bool:
    return checksums.weighted(number, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0


def _cpr(number: str) -> bool:
    return checksums.weighted(number, [4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0


def _pps(code: str) -> bool:
    total = checksums.weighted(code[:7], range(8, 1, -1)) + (9 * (ord(code[8]) - 64) if len(code) == 9 else 0)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == code[7]


def _ten(number: str) -> bool:
    return checksums.luhn(number[-10:])


def _eleven_digits(number: str) -> bool:
    """PESEL, or a Belgian number that is written without its dots."""
    return checksums.weighted(number, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0 or _belgian(number)


def _any(number: str) -> bool:
    return True


def _eleven(number: str) -> bool:
    return int(number) % 11 == 0


# Form and check of what needs no word before it. Letters and digits alone go to the check.
_FORMS: list[tuple[str, Callable[[str], bool]]] = [
    ("(?!000|666|9[0-9]{2}-[0-4])[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}", _any),  # US SSN and ITIN
    (r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}[-/ ][0-9]{2}", checksums.cpf),
    (r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}", checksums.cnpj),
    (
        r"(?:[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3}|[XYZ][ -]?[0-9]{7}|[XYZ]-?[0-9]\.[0-9]{3}\.[0-9]{3})[ -]?[A-HJ-NP-TV-Z]",
        _check,
    ),
    (
        r"(?<![0-9] )[2-9][0-9]{3}(?P<aadhaar>[ -])[0-9]{4}(?P=aadhaar)[0-9]{4}(?! [0-9]{4})",
        checksums.verhoeff,
    ),  # Aadhaar
    ("784-(?:19|20)[0-9]{2}-[0-9]{7}-[0-9]", _any),  # of the Emirates
    (rf"(?:(?:19|20)[0-9]{{2}}|[0-9]{{2}}){_MONTH}(?:{_DAY}|[6789][0-9])[-+][0-9]{{4}}", _ten),  # personnummer
    (rf"19[0-9]{{2}}{_MONTH}{_DAY}[0-9]{{4}}", _ten),
    (rf"{_DAY}{_MONTH}[0-9]{{2}}[-+ABCDEFYXWVU][0-9]{{3}}[0-9A-FHJ-NPR-Y]", _hetu),
    (rf"{_DAY}{_MONTH}[0-9]{{2}}-[0-9]{{4}}", _cpr),
    (rf"(?:{_DAY}|[4-7][0-9])(?:{_MONTH}|[4-9][0-9])[0-9]{{2}}[ -]?[0-9]{{5}}", checksums.fodselsnummer),
    (r"[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPR-T][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]", checksums.codice_fiscale),
    (r"[A-Z]{3} [A-Z]{3} [0-9]{2} ?[A-EHLMPR-T][0-9]{2} [A-Z][0-9]{3}[A-Z]", checksums.codice_fiscale),
    (
        r"[12][ .]?[0-9]{2}[ .]?(?:0[1-9]|1[0-2]|[2-9][0-9])[ .]?(?:[0-9]{2}|2[AB])[ .]?[0-9]{3}[ .]?[0-9]{3}[ .-]?[0-9]{2}",
        _nir,
    ),
    (rf"[0-9]{{2}} {_DAY}{_MONTH}[0-9]{{2}} [A-Z] [0-9]{{3}}", _any),  # of pensions in Germany
    (r"[0-9]{2}\.(?:[02468]?[0-9]|[1357][0-2])\.[0-9]{2}[- ][0-9]{3}[. ][0-9]{2}|[0-9]{6}-[0-9]{3}-[0-9]{2}", _belgian),
    (r"756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2}", checksums.ean),  # AHV
    (rf"[1-9][0-9]{{5}} ?(?:19|20)[0-9]{{2}}{_MONTH}{_DAY} ?[0-9]{{3}}[0-9X]", checksums.iso7064_11_2),
    (rf"[0-9]{{2}}{_MONTH}{_DAY}-[1-8][0-9]{{6}}", _any),  # Korean
    ("[A-Z][1289][0-9]{8}", checksums.taiwan),
    (r"[A-Z]{1,2}[0-9]{6}\([0-9A]\)", checksums.hkid),
    ("[STFGM][0-9]{7}[A-Z]", checksums.nric),
    (
        r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?P<nino>[ -]?)(?:[0-9]{2}(?P=nino)){3}[A-D]",
        _any,
    ),  # British NINO
    ("[A-Z]{2}(?: [0-9]{2}){3} [A-Z]", _any),  # the same with letters that none has: so spaced it can be nothing else
    ("(?![A-F]{5}[0-9]{4}[A-F])[A-Z]{3}[PCHABGJLFT][A-Z][0-9]{4}[A-Z]", _any),  # Indian PAN, and no commit
    (rf"[A-Z][AEIOUX][A-Z]{{2}}[0-9]{{2}}{_MONTH}{_DAY}[HMX][A-Z]{{5}}[0-9A-Z][0-9]", _any),  # CURP
    (r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9K]", _rut),
    ("(?:20|2[3-7]|30|33|34)-[0-9]{8}-[0-9]", _cuit),
    (rf"[0-9]{{2}}(?:{_MONTH}|[257][0-9]|[368][0-2]){_DAY}/[0-9]{{4}}", _eleven),  # rodné číslo
    (rf"[0-5][0-9](?:{_MONTH}|5[1-9]|6[0-2]){_DAY}/[0-9]{{3}}", _any),
    (rf"[0-9]{{2}}(?:{_MONTH}|2[1-9]|3[0-2]){_DAY}[0-9]{{5}}", _eleven_digits),
    (rf"[3-6][0-9]{{2}}{_MONTH}{_DAY}[0-9]{{4}}", checksums.baltic),
    (rf"{_DAY}{_MONTH}(?:9[0-9]{{2}}|0[0-2][0-9])[0-9]{{6}}", checksums.jmbg),
    (rf"[1-8][0-9]{{2}}{_MONTH}{_DAY}(?:0[1-9]|[1-4][0-9]|5[0-2])[0-9]{{4}}", checksums.cnp),
    (rf"[0-9]{{2}}{_MONTH}{_DAY} ?[0-9]{{4}} ?[0-2][89] ?[0-9]", checksums.luhn),  # South African
    (r"[1-8]-[0-9]{4}-[0-9]{5}-[0-9]{2}-[0-9]", checksums.thai),
    (rf"[0-9]{{2}}{_MONTH}{_DAY}-[0-9]{{2}}-[0-9]{{4}}", _any),  # Malaysian MyKad
    ("[1-7][0-9]{4}-[0-9]{7}-[1-9]", _any),  # Pakistani CNIC
    ("[0-9]{7}[A-W][A-IW]?", _pps),
    ("[0-9]{8} [0-9] ?[A-Z]{2}[0-9]", _any),  # Portuguese cartão de cidadão
    (
        "[A-Z9]{5}[0-9](?:[05][1-9]|[16][0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9][A-Z9]{2}[0-9A-Z][A-Z]{2}",
        _any,
    ),  # British licences
    (rf"[1-9]{_MBI}[0-9]-{_MBI}[0-9]-[AC-HJKMNP-RT-Y]{{2}}[0-9]{{2}}", _any),  # of Medicare in the United States
]


def _form_pattern() -> re.Pattern[str]:
    forms = [form for form, _ in _FORMS]
    return re.compile(
        rf"(?=[0-9A-Z])(?<![{WORD}\].,/+-])(?=[^0-9]{{0,8}}[0-9])(?:{'|'.join(forms)})(?![{WORD}]|[-/.][0-9])"
    )


_FORM = _form_pattern()
_EACH = [(re.compile(form), check) for form, check in _FORMS]
_PUNCTUATED = re.compile(r"\..*[-/]")
_CHECKED = re.compile(r"[0-9].{0,6}[0-9].{0,6}[0-9].{0,6}[0-9]")

_NINE = re.compile("[0-9A-Z]{9}")  # a passport may have two digits only

_WORDS = r"""
    ssn|ss\#|social[ ]security|itin|ein|tax(?:payer)?[ ]?(?:id|number|no)|tnin|tin|sin|social[ ]insurance|nas|nam|ramq|d['’]assurance[ ](?:sociale|maladie)|nino?|national[ ]insurance|nhs|medicare(?:[ ]beneficiary)?|medicaid|mbi|tfn|tax[ ]file
    |national[ ](?:id(?![a-z])|identification(?=[ ](?:number|no)))|bank[ ]verification(?=[ ](?:number|no))|employer[ ]identification(?=[ ](?:number|no))|(?:personal[ ]health(?=[ ](?:number|no))|phn|bc[ ]services[ ]card|care[ ]?card)|qid|vehicle[ ]identification(?=[ ]number)|id[ ]?card|identity[ ]card|identity[ ]number|personal[ ]id|government[ ]id|citizen[ ]id|civil[ ]id|residence[ _]?(?:card|permit)|thai[ ](?:national[ ])?id|turkish[ ](?:national[ ])?id|korean[ ](?:national[ ])?id|chinese[ ](?:national[ ])?id|indian[ ](?:national[ ])?id|spanish[ ](?:national[ ])?id|italian[ ](?:national[ ])?id|german[ ](?:national[ ])?id|saudi[ ](?:national[ ])?id|kuwaiti?[ ](?:national[ ])?id|qatari?[ ](?:national[ ])?id|omani[ ](?:national[ ])?id|bahraini?[ ](?:national[ ])?id|egyptian[ ](?:national[ ])?id|kenyan[ ](?:national[ ])?id|nigerian[ ](?:national[ ])?id|pension(?=[ _]?(?:number|no)(?![a-z]))|passports?|travel[ ]document|dvla(?=[ ](?:no|number))|frn|rrn|driv(?:er['’]?s?|ing)[ _]?lic(?:en[cs]e|[ ])?|dl|licen[cs]e(?:[ ](?:number|no))?|soc(?:ial)?\.?[ ]sec(?:urity)?\.?|social(?=[ ](?:is|\#|[0-9]))
    |aadhaa?r|uid(?:ai)?|pan(?:[ ]card)?|voter(?:[ ](?:id(?:entity)?|card))?|epic(?=[ ](?:number|no))|आधार|मतदाता[ ]पहचान[ ]पत्र|वोटर[ ]आई[ ]?डी|राशन[ ]कार्ड|ड्राइविंग[ ]लाइसेंस
    |cpf|cnpj|rg|cnh|pis|pasep|nis|pesel|nip|dow[óo]d(?:u|em)?(?:[ ]osobist\w{1,4})?|dow\.[ ]os\.|dni|nie|nif|nuss|segur(?:idad|o)[ ]social|carn[eé]t?[ ]de[ ]identidad|tarjeta[ ]sanitaria|(?:carnet|permiso)[ ]de[ ](?:conducir|manejo)|curp|rfc|nss|c[ée]dula(?:[ ](?:de[ ])?(?:identidad|ciudadan[íi]a))?|rut|run|cuit|cuil|pasaporte|licencia(?:[ ]de[ ](?:conducir|manejo|manejar))?
    |steuer[- ]?(?:id|identifikationsnummer|nummer|nr)|steuer-?ident(?:nummer|nr)?|steuerliche[ ]identifikationsnummer|idnr|rvnr|sv-?[ ]?(?:nr|nummer)|sozialversicherungs(?:nummer|-?nr)|versicherungsnummer|vers\.?-?nr|svnr|rentenversicherungsnummer
    |perso-?nr|personalausweis(?:nummer)?|ausweis(?:nummer|nr)?|(?:reise)?pass[ -]?(?:nummer|nr)|reisepass|führerschein(?:nummer|-?nr)?|fahrerlaubnis(?:nummer|-?nr)?|krankenvers(?:icherten|icherungs)[a-zäöü]{0,8}|versicherten-?(?:nummer|nr)|kv-?(?:nr|nummer)|kvnr|a[hv][vs](?:-?nummer)?
    |nir|num[ée]ro[ ]de[ ]s[ée]cu(?:rit[ée][ ]sociale)?|s[ée]curit[ée][ ]sociale|s[ée]cu|passeport|carte[ ](?:(?:nationale[ ])?d'identit[ée]|vitale)|num[ée]ro[ ]d'identification[ ]fiscale|permis(?:[ ]de[ ]conduire)?
    |codice[ ]fiscale|partita[ ]iva|passaport[oe]|tessera[ ]sanitaria|patente(?:[ ]di[ ]guida)?|cart[ãa]o[ ](?:do[ ])?sus|sus|cns|carta[ ]d'identit[àa]|bsn|burgerservicenummer|rijksregisternummer|zorgpas(?:nummer)?|(?:polis|klant)nummer[ ]zorgverzeker(?:ing|aar)|paspoort(?:nummer)?|rijbewijs(?:nummer|nr)?|zorgverzekerings?nummer
    |passnummer|pass-?nr|körkort(?:snummer)?|(?:paszport|pasport)[a-zů]{0,2}|praw(?:o|a)[ ]jazdy|cestovn[íi][ ]pas[u]?|občansk[ýé][a-z]{0,2}[ ]průkaz[u]?|pers(?:on(?:nummer|-?nr)|\.?nr)|pnr|samordningsnummer|cpr(?:-?(?:nr|nummer))?|f[øo]dselsnummer|henkil[öo]tunnus|hetu|rodné[ ]č[íi]slo|cnp|egn|егн(?:-то)?|oib|jmbg|amka|αμκα|αφμ
    |t\.?c\.?[ ]kimlik(?:[ ]no)?|kimlik(?:[ ]no)?|tc(?:kn)?|t\.c\.|pasaport(?:um|[ ]no)?|vergi[ ](?:no|numaras[ıi])|vkn|ehliyet|снилс|инн|паспорт(?:[а-я]{0,2}|н[а-я]{2,3}[ ]данн[а-я]{2})|водительск[а-я]{2,3}[ ](?:удостоверени[а-я]|прав[а-я]{0,2})|водительск(?:ое|ого|ие)|посвідчення[ ]водія|омс|іпн|teudat[ ]zehut|iqama|bvn|kra[ ]pin|nid|sss|ruc|מספר[ ]זהות|ת\.?ז\.?|nric|fin|hkid|mykad|nik|ktp|kk|kartu[ ]keluarga|sim(?:[ ][abc](?![a-z]))?|ktm|cccd|cmnd|chứng[ ]minh(?:[ ]nhân[ ]dân|[ ]thư)?|căn[ ]cước(?:[ ]công[ ]dân)?|emirates[ ]id|burger(?:lijke)?service(?:-?nr)?|sofi-?(?:nr|nummer)
    |身份证|身[份分]證(?:字號)?|护照|護照|社保卡?|旅券|健康保険証?|驾驶证|驾照|マイナンバー|個人番号|パスポート|免許証|주민(?:등록)?번호|여권|(?:운전)?면허(?=[ ]?번호)|운전면허|외국인등록번호|สัตรประชาชน|บัตรประชาชน|جواز(?:[ ](?:ال)?سفر)?|الجواز|رقم[ ]الهوية(?:[ ]الوطنية)?|הדרכון|דרכון|पासपोर्ट|διαβατ[ήη]ρι[οό]υ?|hộ[ ]chiếu|paspor|pa[șs]aport(?:ul)?|útlevél(?:szám)?
    |(?:health|medical)[ ](?:insurance[ ])?(?:card|number|no|id)|insurance(?:[ _](?:member[ _])?(?:id|card|number|no)|(?=:))|id(?=:[ ](?:emp|hin|mrn|pat)-?[0-9])|medical[ ]record|mrn|ohip|sa[ ]id|south[ ]african[ ]id|frequent[ ]flyer|sundhedskort|pati[eë]nt(?:en)?(?:nummer|nr)|num[ée]ro[ ](?:de[ ]patient|(?:d['’])?allocataire(?:[ ]caf)?)|n[úu]mero[ ]de[ ]paciente|patient[ _](?:id|number|no)|imei(?:[ ]?[12](?=[ :]))?|meid|vin|fahrgestell(?:nummer|-?nr)?|bastidor|ch[âa]ssi[s]?|telaio|車台番号|车架号|車架號|차대번호|stelnummer|understellsnummer|valmistenumero|runkonumero|číslo[ ]karoserie|alvázszám|(?:serie|număr)[ ]de[ ]șasiu|şasi(?=[ ]n)|αριθμός[ ]πλαισίου|вин|رقم[ ]الهيكل|numer[ ]nadwozia|vat[ ]?(?:id|number|no\.?)
    |utr|unique[ ]taxpayer[ ]reference|ird|abn|gst(?:in)?|cnic|nicop|ic[ ](?=no|num)|cif|siret|siren|st\.?-?nr\.?|ust-?id(?:-?nr)?|steuer-?identifikationsnummer|btw(?:-?(?:nr|nummer|id))?
    |(?:num[ée]ro|n[°º])[ ](?:fiscal|national|de[ ]tva)|tva|spi|contribuinte|cart[ãa]o[ ]d[eo][ ]cidad[ãa]o|documento[ ]de[ ]identidad|c\.c\.|p\.?[ ]?iva|niss
    |cnp-ul(?:[ ]meu)?|isikukoodi?|asmens[ ]kod(?:as|ą|o)|personas[ ]kod[su]|em[šs]o|ad[óo]sz[áa]m(?:om)?|ad[óo]azonos[íi]t[óo](?:m|[ ]jel)?|taj(?:[ -]?sz[áa]m)?|rč|r\.[ ]?č\.|dič|ič[ ]dph|daňové[ ]identifikačn[ée][ ]číslo|рнокпп|תעודת[ ]זהות
    |alien[ ](?:registration[ ])?(?:number|no)|a-number|uscis|visa[ ](?:number|no)|green[ ]card|known[ ]traveler|ktn|(?:emp(?:loyee)?|student)[ _]?(?:id|number|no|code)|(?:staff|badge)[ _]?(?:id|number|no)(?![a-z])|hospital[ ](?:number|no)|policy[ -]?holder[ ](?:id|number|no)|ghana[ ]card|huduma(?:[ ]namba)?|iccid|philhealth|pag-?ibig
    |personal(?:nummer|nr)|matrikel(?:nummer|nr)|matriculation(?=[ ](?:no|number))|matricule(?:[ ]national)?|titre[ ]de[ ]séjour|(?:n[úu]mero[ ]de[ ])?historia[ ]cl[íi]nica|dui|dpi|ine|clave[ ]de[ ]elector|t[íi]tulo[ ](?:de[ ]eleitor|eleitoral)|carteira[ ]de[ ](?:identidade|motorista)|mi[ae][ ]matricola|(?:nr|numer)[ ]pacjenta|legitymacj[aięi]
    |személyi(?:[ ]igazolvány)?(?:[ ]?szám(?:om)?)?|jogosítvány(?:szám)?|kennital(?:an?|a[ ]mín)|ajokort(?:ti|in[ ]numero)|passin[ ]numero|kørekort|førerkort|osobn[ae][ ]iskaznic[ae]|osebn[ae][ ]izkaznic[ae]|ličn[ae][ ]kart[ae]|carte[ ]de[ ]identitate|občank[ay]|číslo[ ]op
    |загранпаспорт[а-я]{0,2}|личн[а-я]{1,3}[ ]карт[а-я]|полис[а-я]{0,2}(?:[ ]омс|(?=\D{1,32}[0-9]{4}(?:[ ]?[0-9]{4}){3}(?![0-9])))|αδτ|ταυτότητα[ς]?|الرقم[ ](?:القوم[يى]|الوطني)|ال[إا]قامة|رقم[ ](?:البطاقة(?:[ ]الوطنية)?|ال[إا]قامة|الجواز|الضمان[ ]الاجتماعي)|کد[ ]?ملی|شماره[ ](?:ملی|گذرنامه)|เลขประจำตัว(?:ประชาชน|ผู้เสียภาษี(?:อากร)?)?|รหัส(?:ประจำตัว)?(?:นักศึกษา|นักเรียน|ผู้เรียน)(?:เดิม|ใหม่)?|เลข(?:ที่|ทะเบียน|ประจำตัว)?(?:นักศึกษา|นักเรียน|ผู้เรียน)|นักศึกษา[^\d\n]{0,40}?(?:รหัส|เลขที่)|นักเรียน[^\d\n]{0,40}?(?:รหัส|เลขที่)|เลขบัตร|หนังสือเดินทาง|พาสปอร์ต|पैन(?:[ ]कार्ड)?|在留カード|居留[證证卡]|居留許可|保険証|保険者(?=番号|証)|年金(?=番号|手帳)|年金号码|港澳通行证|回乡证|台胞证|社会保障号|医保卡|健保卡|学号|學號|学籍番号|工号|員工編號|员工编号|社員番号|病历号|病歷號|病案号|診察券番号|住民票コード|학번|사번|환자번호
    |npwp|bpjs|nomor[ ]rekam[ ]medis|no[ ]rekam[ ]medis|kad[ ]pengenalan|kitambulisho|mã[ ]số[ ]thuế(?:[ ]cá[ ]nhân)?|mst|gplx|bằng[ ]lái(?:[ ]xe)?|bhxh|bhyt|mã[ ](?:sinh[ ]viên|nhân[ ]viên)|giấy[ ]phép[ ]lái[ ]xe|รหัสพนักงาน|ใบขับขี่|sgk(?:[ ]sicil)?(?=[ ]no)|öğrenci[ ]no|hasta[ ]no|табельн[а-я]{2,3}[ ]номер|студенческ[а-я]{2,3}(?:[ ]билет[а-я]{0,2})?|δίπλωμα[ ]οδήγησης
    |student(?:en)?-?(?:nummer|nr)|personeels(?:nummer|nr)|medewerkers?(?:nummer|nr)|mitarbeiter-?(?:nummer|nr)|schüler(?:nummer|nr)|patient-?(?:nummer|nr)|anställningsnummer|medarbejder(?:nummer|nr)|opiskelijanumero|potilasnumero|identiteitskaart(?:nummer)?|verblijfs(?:document|vergunning)|aufenthaltstitel|n[úu]mero[ ]de[ ](?:empleado|estudiante|utente|funcion[áa]rio)|tarjeta[ ]de[ ]residencia|permesso[ ]di[ ]soggiorno|numer[ ]albumu|nr[ ]albumu|kart[aęy][ ]pobytu
    |číslo[ ]pojištěnce|řidičsk[ýé][a-z]{0,2}[ ]průkaz[u]?|občiansk[ye][a-z]{0,2}[ ]preukaz[u]?|vodičsk[ýé][a-z]{0,2}[ ]preukaz[u]?|vozačk[ae][ ]dozvol[ae]|шофьорск[аи][ ]книжк[аи]|paso(?=[ ](?:numeris|nr))|pases(?=[ ](?:numurs|nr))|passi(?=[ ]number)|vairuotojo[ ]pažymėjimas|juhiluba|البطاقة[ ](?:ال)?مدنية|الرقم[ ](?:ال)?مدني|بطاقة[ ]الهوية|رخصة[ ](?:ال)?قيادة|רישיון[ ]נהיגה|شناختی[ ]کارڈ|জাতীয়[ ]পরিচয়পত্র|এনআইডি
    |abha|uan|brp|chart(?=[ ](?:\#|no|number))|redress(?:[ ]control)?(?=[ ](?:number|no))|num[ée]ro[ ](?:d['’])?[ée]tudiant|szig\.?(?:[ ]?sz[áa]m)?|afiliaci[óo]n|серия"""
# Words that are other words, too (sin, ein, nie, fin, run): what comes after them must have the form that the state gives it.
_SHAPES = {
    word: re.compile(f"(?:{shape})(?![0-9a-z])")
    for words, shape in {
        "ein": "[0-9]{2}-?[0-9]{7}",
        "voter epic": "[a-z]{3}[0-9]{7}",
        "versicherungsnummer vers.-nr vers-nr versnr": "[0-9]{2} ?[0-9]{6} ?[a-z] ?[0-9]{3}|[a-z][0-9]{9}|[0-9]{4} ?[0-9]{6}",
        "phn": "9[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}",
        "mst": "8[0-9]{9}",
        "avs ahs": r"756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2}",
        "nam ramq": "[a-z]{4} ?[0-9]{4} ?[0-9]{4}",
        "sin nas": "[0-9]{3}(?P<sin>[ -]?)[0-9]{3}(?P=sin)[0-9]{3}",
        "nie": "[xyz][ -]?[0-9]{7}[ -]?[a-z]",
        "fin": "[stfgm][0-9]{7}[a-z]|(?=[a-z]*[0-9])[a-hj-npr-z0-9]{17}",
        "run": r"[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}-[0-9k]",
        "rfc": "[a-zñ&]{3,4}[ -]?[0-9]{6}[ -]?[0-9a-z]{3}",
        "social": "[0-9]{3}(?P<ss>[- ]?)[0-9]{2}(?P=ss)[0-9]{4}",
        "qid": "[23][0-9]{10}",
        "kk sim": "[0-9]{12,16}",
        "pnr": "(?:[0-9]{2})?[0-9]{6}[-+]?[0-9]{4}",
        "الإقامة الاقامة": "[12][0-9]{9}",
        "vin": "(?=[a-z]*[0-9])[a-hj-npr-z0-9]{17}",
        "bastidor châssis chassis chassi telaio 車台番号 车架号 車架號 차대번호 stelnummer understellsnummer valmistenumero runkonumero alvázszám şasi вин fahrgestell fahrgestellnummer fahrgestellnr fahrgestell-nr": "(?=[a-z]*[0-9])[a-hj-npr-z0-9]{17}",
        "nss": "[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]",
        "sus cns": "[0-9]{3} ?[0-9]{4} ?[0-9]{4} ?[0-9]{4}",
        "permis sécu secu": "(?=.{0,4}[0-9]{2})[0-9a-z][0-9a-z .-]{7,20}",
        "cif": "[a-hjnp-suvw][ -]?[0-9]{7}[ -]?[0-9a-j]",
        "uid": "[2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}",
        "tc": "[1-9][0-9]{10}",
        "taj": "[0-9]{3}(?P<taj>[ -]?)[0-9]{3}(?P=taj)[0-9]{3}",
        "nid": "[0-9]{10}(?:[0-9]{3}(?:[0-9]{4})?)?",
        "ruc bvn": "[0-9]{11}(?:[0-9]{2})?",
        "sss": "[0-9]{2}-[0-9]{7}-[0-9]",
        "utr": "[0-9]{5} ?[0-9]{5}",
        "ird": "[0-9]{2,3}(?P<ird>[ -]?)[0-9]{3}(?P=ird)[0-9]{3}",
        "abn": "[0-9]{2}(?: ?[0-9]{3}){3}",
        "siren siret": "[0-9]{3}(?: ?[0-9]{3}){2}(?: ?[0-9]{5})?",
        "tva btw": "[a-z]{2}[ ]?[0-9a-z][0-9a-z .-]{6,13}[0-9]",
        "spi": "[0-9](?:[ ]?[0-9]){12}",
        "ktn": "tt[0-9a-z]{7}|9[0-9]{8}",
        "dui": "[0-9]{8}-?[0-9]",
        "dpi": "[0-9]{4} ?[0-9]{5} ?[0-9]{4}",
        "ine": "[0-9]{13}|[a-z]{6}[0-9]{8}[hm][0-9]{3}",
        "matricule": "[0-9][0-9a-z]{4,12}",
        "adószám adoszam adószámom adoszamom": "8[0-9]{9}",
        "водительское водительского водительские": "[0-9]{2} ?(?:[0-9]{2}|[авекмнорстух]{2}) ?[0-9]{6}",
        "ohip": "[0-9]{4}(?:[ -]?[0-9]{3}){2}(?:[ -]?[a-z]{2})?",
        "rg": r"(?:[a-z]{2}-?)?[0-9]{1,2}\.?[0-9]{3}\.?[0-9]{3}(?:-?[0-9x])?",
        "license licence": "[a-z]{1,2}-?[0-9]{7,14}|(?:[0-9]{2}-){2}[0-9]{6}-[0-9]{2}",
        "frn rrn": "[0-9]{6}-?[0-9]{7}",
        "insurance": "[a-z]{2,5}-?[0-9]{5,12}",
        "nis pasep": r"[0-9]{3}\.?[0-9]{5}\.?[0-9]{2}-?[0-9]",
        "dič": "(?:cz)?[0-9]{8,10}|sk[0-9]{10}",
        "年金": "[0-9]{4}[ -]?[0-9]{6}",
        "保険者": "[0-9]{4}[ -]?[0-9]{2,4}(?:[ -]?[0-9]{2})?",
        "abha": "[0-9]{2}(?:[ -]?[0-9]{4}){3}",
        "uan": "[0-9]{12}",
        "brp": "[a-z]{2}[a-z0-9]?[0-9]{6,7}",
        "серия": "[0-9]{2} ?[0-9]{2},? (?:№|номер) ?[0-9]{6}",
        "c.c.": r"[0-9]{1,3}(?:\.[0-9]{3}){1,3}|[0-9]{6,10}",
    }.items()
    for word in words.split()
} | {
    **dict.fromkeys(
        (
            "číslo karoserie",
            "serie de șasiu",
            "număr de șasiu",
            "αριθμός πλαισίου",
            "رقم الهيكل",
            "numer nadwozia",
            "vehicle identification",
        ),
        re.compile("(?=[a-z]*[0-9])[a-hj-npr-z0-9]{17}(?![0-9a-z])"),
    ),
    "travel document": re.compile("[a-z]{1,2}[0-9]{6,8}(?![0-9a-z])"),
    "sa id": re.compile("[0-9]{6} ?[0-9]{4} ?[0-9]{3}(?![0-9])"),
    "frequent flyer": re.compile("(?:[a-z]{2} ?)?[0-9]{8,12}(?![0-9a-z])"),
}
_NAMED = re.compile(
    rf"""(?<![A-Za-zÀ-ɏЀ-ӿ_-])(?P<word>{by_letter(_WORDS)})(?:(?=(?:number|id|no|nr|nummer)(?![a-z]))|(?![A-Za-zÀ-ɏЀ-ӿ])|(?<=[\u3040-\ud7a3]))
    (?:[ ]?\((?:[^()\d]{{1,20}})\))?
    (?:["']\s?:\s?\{{\s?["'](?=(?:number|no|nr|num|id|value)["']))?  # of a record within
    (?:[ _:-]{{0,2}}(?:card|number|no|nr|num|id|nummer|n[úu]mero|num[ée]ro|numer|numero|code|номер|серия|số|číslo|numara(?:m|s[ıi])?|no'?su|n[.]?[º°]|n\.o|n\.|seria(?:[ ]i[ ](?:nr|numer))?|seri|member[ _-]?id)(?![^\W_])){{0,2}}(?:[ ]?号码?|號碼?|の?番号|번호|หมายเลข|เลขที่|[ ](?:नंबर|संख्या))?
    (?:[ ]\((?:[0-9][a-z]?|[^()\d\n]{{1,20}})\))?(?:['’]s(?=[ ]))?(?:[ ]on[ ](?:file|record))?(?P<clause>(?:[ ][a-zà-ÿ'’()]{{1,14}}){{1,5}}[ ](?:is|est(?:[ ]le)?)(?=[ ](?:[0-9]|[a-z]{{1,3}}-?[0-9]))|(?:[ ][a-z]{{1,14}}){{0,3}},?[ ](?:it[ ])?should[ ]be)?
    (?:[ ](?:dela|dele|mea|lui|ei|saya|của[ ](?:tôi|em|mình|anh|chị)|μου|ми|мо[йя]|minha?|mi|mín|של[יך]|من)(?!\w)|[ ](?:hat|has|har|heeft|tem|tiene|ha)[ ](?:(?:die|the|el|o|il|het)[ ])?(?:number|nummer|nr\.?|n[úu]mero|numret)(?!\w)|[ ](?:mit|with|con|avec|met|com)(?:[ ](?:der|the|el|le|il|het|o))?[ ](?:number|nummer|n[úu]mero|num[ée]ro)(?!\w))?
    (?:[ ](?:of|for|do|da|de|del|du|des|von|vom|der|van|för|på|av|til|klienta|klientki)(?:[ ][^\W\d_]{{2,15}}){{0,2}}(?=[ ]?[:=]|[ ][0-9]|[ ](?:is|ist|é|è|es|est|er|är|jest|je)[ ]))?
    (?:[^\d\n]{{0,24}}(?:{ANSWER}|\n[0-9]{{1,3}}[ ]?\t))?  # an answer to the question for it, or below it in a form
    [\s"'`.:=#№*_|°>-]{{0,4}}(?:(?:is|was|are|ist|lautet|müsste|hab(?:e)?[ ]ich(?:[ ]jetzt)?:?|es|est(?:[ ]le)?|é|è|är|er|jest|je|yra|ir|este|adalah|là|είναι|это|е|هو|هي|on|to|:|-|:?-)[\s:]{{1,2}}|[是为為はがは는은이가]{{1,2}}[ :]{{0,2}})?["'`*_#(]{{0,2}}
    (?P<value>[a-z0-9](?:(?:[ ./-]|[ ](?:№|номер)[ ])?[a-z0-9]){{5,20}})(?![{WORD}])""",
    re.VERBOSE,
)
# 536-90-4399 is my social security number, (that's my …)
_NAMED_AFTER = re.compile(
    rf"""[0-9][a-z]{{0,3}}(?P<end>)[)]?,?[ ][(]?(?:is|was|as|that['’]?s|this[ ]is|es|est|c['’]est|ist|als|é|è|är|jest|to|como|come|comme)[ ]
    (?:my|our|his|her|the|mi|mon|ma|son|meine?|meu|minha|il[ ]mio|la[ ]mia|mijn|mitt|min|mój|moja|moje)[ ](?:new[ ])?(?P<word>{by_letter(_WORDS)})(?![a-zà-ɏЀ-ӿ])""",
    re.VERBOSE,
)
_BEFORE = re.compile(r"(?<![\w./-])(?:[a-z]{1,6}-?)?[0-9][0-9a-z]*(?:[ ./-](?=[a-z]*[0-9])[0-9a-z]+)*$")
_DIGIT, _LETTER = re.compile("[0-9]"), re.compile("[A-Za-z]")
_GOES_ON = re.compile(rf"[{WORD}]|[-/.,][0-9]")
_VALUE = re.compile(
    r"(?:[A-Z]{1,6}[ -]?|[A-Z]{1,3}[ -][A-Z]{1,4}[ -]?)?[0-9][0-9A-Z]*(?:(?:[ ./-]|[ ](?:№|номер)[ ])(?=[0-9A-Z]*[0-9])[0-9A-Z]+|[ -][A-Z](?![A-Z]))*",
    re.IGNORECASE,
)
_AND = re.compile(
    r"[、，和及與与と]|[,;]? ?(?:[/&]|(?:and|or|und|oder|et|ou|y|o|e|i|a|en|og|och|ja|ve|và|dan|и|та|і)(?: (?:also|auch|aussi|também|también|anche))?(?= ))? ?"
)
_WORD_BEFORE = re.compile("[a-z]{4,} ")
_DATED = re.compile(r"(?:19|20)[0-9]{2}[-/.][01][0-9][-/.][0-3][0-9]|[0-3][0-9][-/.][01][0-9][-/.](?:19|20)[0-9]{2}")

_AADHAAR_WORD = re.compile(r"\b(?:aadhaa?r|uidai)\b|आधार|আধার|ஆதார்|ఆధార్|ಆಧಾರ್|ആധാർ|આધાર|ਆਧਾਰ", re.IGNORECASE)
_TWELVE = re.compile(rf"(?<![{WORD}\].,/+-])[2-9][0-9]{{11}}(?![{WORD}]|[-/.][0-9])")

# What a health insurer calls its members by; a shop's member's number stays
_MEMBER = re.compile(
    r"(?<!\w)(?:(?:member|subscriber)(?:['’]s)?[ _-]?(?:id|number|no|\#)|(?:blue ?cross|blue ?shield|aetna|cigna|humana|kaiser|anthem|tricare) id(?: (?:number|no))?)\.?[\"']?(?:\ with\ [a-z]{3,12}(?:\ [a-z]{3,12})?)?(?:\ is)?[ :=#\"']{1,4}(?P<value>[a-z0-9](?:[ -]?[a-z0-9]){6,16})(?![\w-])"
)
_INSURER = re.compile(
    r"\b(?:blue ?(?:cross|shield)|bcbs|aetna|cigna|humana|united ?health\w*|uhc|kaiser|anthem|tricare|insur(?:ance|er)|health ?plan|co-?pay|deductible|payer)\b"
)


def members(text: str) -> Iterator[Span]:
    """Find numbers of members beside the name of a health insurer."""
    lowered = small(text)
    if "member" in lowered or "subscriber" in lowered or " id" in lowered:
        for match in _MEMBER.finditer(lowered):
            near = _INSURER.search(lowered, max(0, match.start() - 60), match.end() + 60)
            value = _VALUE.match(match["value"]) if near else None
            if value and _is_number(value[0]):
                yield match.start("value"), match.start("value") + len(value[0]), "[id]"


def aadhaar(text: str) -> Iterator[Span]:
    """Find bare Aadhaar numbers in a text that speaks of them: one in ten of all rows of twelve digits has their digit."""
    if _TWELVE.search(text) and _AADHAAR_WORD.search(text):
        for match in _TWELVE.finditer(text):
            if checksums.verhoeff(match[0]) and not is_other_number(text, match.start()):
                yield *match.span(), "[id]"


def forms(text: str) -> Iterator[Span]:
    """Find numbers whose form and check digit leave little doubt."""
    if not _CHECKED.search(text):
        return
    upper = text.upper()
    if len(upper) != len(text):
        upper = text
    for match in _FORM.finditer(upper):
        code = "".join(filter(str.isalnum, match[0]))
        # one number may have the form of several countries; with dots and hyphens in it it is none of an order
        if any(check(code) for form, check in _EACH if form.fullmatch(match[0])) and (
            _PUNCTUATED.search(match[0]) or not is_other_number(text, match.start())
        ):
            yield *match.span(), "[id]"


def named(text: str) -> Iterator[Span]:
    """Find numbers after the name of what they are: SSN, passport, Steuer-ID."""
    if not (_CHECKED.search(text) or _NINE.search(text)):
        return
    done = 0
    for match in _NAMED.finditer(small(text)):
        if match.start() < done:
            continue
        value = _SHAPES.get(match["word"], _VALUE).match(match["value"])
        end = match.start("value") + len(value[0]) if value else 0
        if end and text[end - 2] == " " and text[end - 1].islower():
            end -= 2  # a word of the sentence, in Czech and Polish: 203845617 a lze …
        if _WORD_BEFORE.match(text, match.start("value")):
            continue  # the passport costs 44000 won
        answered = "\n" in text[match.start() : match.start("value")]
        if (
            value
            and _is_number(text[match.start("value") : end])
            and not ((answered or match["clause"]) and is_other_number(text, match.start("value")))
        ):
            yield match.start("value"), end, "[id]"
            for start, done in _listed(text, match.start("value"), end):
                yield start, done, "[id]"


def named_after(text: str) -> Iterator[Span]:
    """Find numbers after which it is said what they are: 536-90-4399 is my SSN."""
    lowered = small(text)
    for match in _NAMED_AFTER.finditer(lowered):
        before = _BEFORE.search(lowered, max(0, match.start() - 32), match.end("end"))
        shape = _SHAPES.get(match["word"])
        if (
            before
            and _is_number(text[before.start() : before.end()])
            and not (shape and not shape.fullmatch(before[0]))
        ):
            yield *before.span(), "[id]"


def _listed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Find what is listed behind a number in the same form: CPF 123.456.789-00 e 555.666.777-88."""
    form = _form_of(text[start:end])
    if len(form) < 9 - ("A" in form) or form.count("0") < 5:  # no day, no amount
        return
    while (gap := _AND.match(text, end)) and gap[0].strip():
        start, end = gap.end(), gap.end() + len(form)
        if _form_of(text[start:end]) != form or _GOES_ON.match(text, end) or _DATED.search(text, start, end):
            return
        yield start, end


def _form_of(number: str) -> str:
    return _LETTER.sub("A", _DIGIT.sub("0", number))


def _is_number(value: str) -> bool:
    """Whether there are digits enough, and no date; of German passports' nine capitals and digits few are digits, of a PAN four."""
    digits = sum(map(str.isdigit, value))
    is_plain = value.isalnum() and value.isupper()
    return (
        5 <= digits <= 20
        or (digits and len(value) == 17)
        or (is_plain and ((len(value) == 9 and digits >= 2) or (len(value) in (8, 10) and digits >= 4)))
    ) and not _DATED.search(value)

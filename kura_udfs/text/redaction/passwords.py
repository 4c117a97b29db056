"""Passwords, keys and codes by what is said before or after them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from kura_udfs.text.redaction.spans import COUNTED, ROW_OF_CHANCE, TURN, Span, by_letter, said_before, small

PASSWORDS = r"""pass(?:word|wort|wd|phrase|code|wörter|words)?|pa?s?swo?r?d|pas{1,2}(?:w[dor]{3}|owrd)|pword|p/w|pwd|pw|psw|pa[sß]swort|kennwort|zugangscode(?!\ [0-9]{4,8}(?!\w))|wachtwoord|ww(?=:|\ \S{0,20}[0-9])|contrase(?:[ñn]|ny)a
    |bindpw|psk(?=[ :=])|clave|senha|palavra-passe|mot[ _]de[ _]passe|mdp|password|lösen(?:ord(?:et)?|(?=:|\ \S{0,20}[0-9]))|passord(?:et)?|adgangskode|kodeord|salasana(?:ni|si)?|has[łl]o|heslo
    |parol(?:am?|ă)|parool|parole(?=:?\ ?\S{0,20}[0-9])|lozink[ae]|geslo|slapta[žz]odis|lykilor[ðd](?:ið)?|nenosiri|[sş]ifre(?:m|niz|si)?|jelsz(?:[óo]|ava[md]?)|kata\ (?:sandi|laluan)|sandi(?=[ :])|m[ậa]t\ kh[ẩa]u|парол[ьа]|лозинка|密码|密碼|口令|パスワード|비밀번호|비번|पासवर्ड|পাসওয়ার্ড|పాస్[\ ‌]?వర్డ్|கடவுச்சொல்|પાસવર્ડ|ಪಾಸ್[\ ‌]?ವರ್ಡ್|പാസ്[\ ‌]?വേഡ്|ਪਾਸਵਰਡ|პაროლი|գաղտնաբառ|құпия\ сөз|wagwoord|fjalëkalimi|pasahitza|contrasinal|cyfrinair|پاس\ ?ورڈ|پسورد|باسورد
    |(?:wlan|wi-?fi|wpa2?|hotspot)[ -]?(?:key|code|schlüssel|clave)|(?:code|cl[éeé]|clave|chiave)\ (?:du\ |del\ )?wi-?fi
    |requirepass|masterauth|mk(?=\ wi-?fi)|network[ -]key|netzwerk-?schlüssel|router[ -]key|fritz!?box(?:\ [0-9]{4})?[ -]key
    |security\ answer|secret\ answer|secret\ word|memorable\ word|mother['’]?s\ maiden\ name|security\ question[:,]?\ [^\n?]{3,60}\?\ {1,2}a(?:nswer)?(?=:)
    |antwort\ auf\ die\ sicherheitsfrage|réponse\ (?:secrète|à\ la\ question\ (?:secrète|de\ sécurité))|respuesta\ (?:secreta|de\ seguridad)|risposta\ segreta|resposta\ (?:secreta|de\ segurança)
    |รหัส(?:ผ่าน|\ ?wi-?fi)|كلمة\ (?:المرور|السر)|رمز\ (?:عبور|ورود)|گذرواژه|ה?סיסמ[הא]|κωδικ[όο]ς(?!\ (?:που|μιας)\ )(?:\ πρόσβασης)?|패스워드|пасс"""
_PASSWORD = rf"""(?:{by_letter(PASSWORDS)})
    (?:\ (?:mea|meu|mia|mi|moja|moje|langu|mín|mitt|của\ (?:em|tôi|mình|anh|chị)|שלי|من|الخاصة\ بي|ми|моя|мој[ае]|şu|μου|saya|min|mitt|anda|ko|ku|lui|meg|provisoire|temporaire|prov+is[oó]ri[ao]|tempor(?:al|ane[ao]|ári[ao])|a(?:c?tual|ttuale)|actuel|nuev[ao]|nov[ao]|nuova|(?:(?:del?|do|du|dla|vom|fürs|for(?:\ the)?|til|till|van|voor|k|ke|na|la|la\ re[tț]eaua|του|για\ το|от|для|за|від|od|на|до)\ )?(?:wi-?fi|вай-?фа[а-я]{{1,2}}|почт[аыуе]|poczty|e-?maila?))(?!\w))?"""
_IS = r"(?:is|was|(?:would|will)\ be(?=\ \S{0,20}[0-9])|are(?=\ \S{1,40}:)|to|ist|war|lautet|es|era|est(?:\ le(?=\ [0-9]))?|était|c['’ ]?est|é|è|e(?=\ )|är|er|is|on|jest|to|to\ je|je|adalah|là|ni|yra|ir|היא|olarak|это|este|είναι|هي|है|คือ)(?:\ (?:still|now|currently|always|immer\ noch|immer|siempre|sempre|noch|jetzt|toujours|maintenant|ahora|sigue\ siendo|ancora|ainda|nog\ steeds)(?!\w))?"
_PLAIN = r"""[^\s"'`<>,;&\[\]«»“”„「」『』，。、；！？]"""
# Codes that are for everybody
OTHER_CODES = "zip|post|postal|area|country|promo|discount|coupon|voucher|gift|referral|reference|error|order|booking|product|tracking|qr|bar|source"
_PINS = rf"""pin(?:[ -]?(?:code|nummer|number|kod|kód))?(?:\ (?:bancomat|(?:kartu(?:\ atm)?|atm)(?:\ (?:saya|ku))?|saya|tarjeta|do\ (?:karty|cartão)|de\ (?:la\ tarjeta|(?:la|ma)\ carte|mi\ tarjeta)|della\ carta|der\ karte|(?:ke\ )?kart[eyě]|od\ kartice)(?!\w))? | cv[vc]2?(?:[ -]?(?:code|kod|код|kód|numarası|number|no\.?|saya|号|番号|码|碼|번호))?
          | voicemail\ (?:password|passcode) | senha\ do\ cartão | kart\ şifre(?:m|si)? | 카드\ ?비밀번호 | (?:银行卡|取款|支付|交易)密码 | code\ secret(?:\ de\ (?:la|ma)\ carte)? | geheim(?:zahl|nummer) | 背面(?:的)?(?:3|三)[码碼位](?:数字?|數字?)?
          | (?:code|number)\ on\ (?:the|its)\ back(?:\ of\ (?:the|my)\ card)?(?=[^\d\n]{{1,6}}[0-9]{{3,4}}(?![\w-])) | three[ -]digit\ code(?:\ on\ (?:the\ )?back)?
          | zugangscode(?=\ [0-9]) | einmal-?(?:kennwort|passwort|pin) | code\ à\ usage\ unique | código\ de\ (?:un\ solo\ uso|uso\ único|utilização\ única|acceso|acesso) | codice\ (?:monouso|temporaneo|di\ accesso) | eenmalige\ code | toegangscode | code\ d['’]accès
          | kod\ (?:jednorazowy|dostępu) | (?:jednor[aá]zov[ýé]|jednokratni|jednorazový)\ k[oó]d | enkratna\ koda | egyszer\ használatos\ kód | cod\ unic | κωδικός\ μιας\ χρήσης | еднократен\ код | одноразов(?:ый|ий)\ (?:код|пароль) | код\ доступ[ау]
          | (?:giriş|erişim)\ kodu | tek\ kullanımlık\ (?:şifre|kod) | (?:ال)?رمز\ (?:ال)?سري | קוד\ (?:כניסה|חד[ -]פעמי) | رمز\ یکبار\ مصرف | (?:动态|動態|短信|一次性)(?:密码|密碼|码|碼) | ワンタイムパスワード | otp\ ?번호 | 일회용\ ?비밀번호
          | kertakäyttö(?:koodi|salasana) | ühekordne\ kood | vien(?:reizējs\ kods|kartinis\ kodas) | mã\ (?:một\ lần|dùng\ một\ lần) | kode\ (?:sekali\ pakai|akses) | รหัสใช้ครั้งเดียว | 暗証番号 | card\ security\ code
          | sicherheitscode | kartenprüfnummer | (?:karten)?prüfziffer | confirmation\ code(?=[ :](?:\ ?is)?\ ?[0-9]{{6}}(?!\w)) | einmalige[rn]?\ code | 현관\ ?비밀번호 | 도어락\ ?비밀번호 | cryptogramme(?:\ visuel)? | puk(?:[ -]?code)? | (?:codice\ )?otp | m?tan | [2m]fa(?=:)
          | passcode | one[- ]time\ pass(?:word|code) | (?:verification|security|one-time|one\ time|sms|[2m]fa|log-?in|sign-?in|authentication|authenticator|access|pairing|temp(?:orary)?|whatsapp|telegram)\ (?:code|pin|passcode)(?:\ on\ (?:the\ )?back)?
          | veri[a-z]{{2,9}}(?:on|oin|in|onn)\ (?:code|number|pin) | password\ reset\ code | reset\ code | text\ (?:msg|message)\ (?:says|said|shows|reads)(?=:?\ [0-9]{{3}}) | the\ (?:[46]|four|six)[ -]?digits?(?:\ code)?(?:\ are(?=\ [0-9])|(?=\ is\ [0-9]|:\ ?[0-9]))
          | engångskod(?:en)? | kod\ z\ smsa | ओटीपी | steam\ guard(?:\ code)? | csc | security\ digits | (?:three|3|last\ three|last\ 3)\ (?:digits|numbers)\ (?:on|at)\ the\ back(?:\ are(?=\ [0-9]))? | kartenprüfziffer | safe\ comb(?:o|ination)(?:\ code)? | lock(?:er)?\ comb(?:o|ination) | padlock\ comb(?:o|ination) | code\ to\ (?:unlock|open)(?:\ (?:my|the|his|her|our))?(?:\ [a-z]{{2,12}})? | bike\ lock(?=:|\ is\ ) | suitcase\ lock(?=:|\ is\ ) | luggage\ lock(?=:|\ is\ ) | (?:lock\ ?box|key\ ?(?:safe|box)|schlüssel(?:box|tresor))(?=:|\ is\ |\ [0-9]{{4}}(?:$|[.,;)!\n]|\ (?:and|next|by)\ ))
          | セキュリティ(?:コード|番号) | 安全[码碼] | 보안\ ?코드 | güvenlik\ kodu | beveiligingscode | säkerhetskod(?:en)? | sikkerhe[dt]skoden? | turva(?:koodi|luku) | cod(?:ul)?\ de\ securitate | κωδικός\ ασφαλείας | код\ за\ сигурност | код\ безпеки | (?:رمز|كود)\ الأمان | קוד\ ה?אבטחה | کد\ امنیتی | kode\ keamanan | mã\ bảo\ mật | รหัสความปลอดภัย | सीवीवी | kod\ (?:bezpieczeństwa|zabezpieczający) | biztonsági\ kód | код\ безопасности | bezpečnostní\ kód
          | [0-9][ -]digit\ code | (?:authenticator(?:\ app)?|sms|text\ message)\ (?:shows|says|gives|code)(?=:?\ (?:is\ )?[0-9]{{3}}[ -]?[0-9]{{3}}) | unlock\ code | the\ code\ (?:they|you)\ (?:texted|sent|gave|emailed)(?:\ (?:me|us))? | пин(?:-?код)?(?:\ (?:(?:от|к|для)\ )?карт[аеыіу]{{1,2}})? | your\ (?!(?:{OTHER_CODES})\ )[a-z0-9-]{{2,20}}\ code(?=:) | (?:bestätigungs|freischalt|aktivierungs|einmal|sms-|verificatie)-?code | verifieringskod(?:en)? | kod\ (?:weryfikacyjny|sms|z\ sms) | (?:ověřovací|overovací)\ kód | nyckelkod(?:en)?
          | (?:doğrulama|onay)\ kodu(?:m|nuz)? | (?:رمز|كود)\ (?:التحقق|التأكيد|التفعيل) | κωδικός\ επαλήθευσης | código\ de\ (?:verificación|seguridad|verificação|segurança)
          | code\ de\ (?:vérification|sécurité) | codice\ di\ (?:verifica|sicurezza)
          | (?:code|kod|kode[nt]?|koden|kód|cod(?:ul)?|codice|código|codi|κωδικ[όο]ς|код|mã|ה?קוד|كود|رمز|کد|koodi)(?!\ (?:promo|rabat|diskon|descuento|sconto|réduc|remise|discount|korting|slev|zľav|kedv|скид|промо|خصم|تخفیف|הנחה|קופון|kupon|coupon|voucher))(?:\ [^\s\d:;,.]{{1,12}}){{0,4}}\ (?:sms[-'’]?[a-zæøåäöéăę]{{0,4}}|смс|ב?סמס|پیامک)(?!\w)
          | (?:sms[-'’]?[a-zäöé]{{0,4}}|tekstiviesti[a-zä]{{0,4}}|смс|短信|문자)(?:\ (?!(?:{OTHER_CODES})\ )[^\s\d:;,.]{{1,14}}){{0,3}}\ (?:kod[ue]?|kód|koodi|code|код)(?!\w)
          | sms-(?:kod(?:en)?|kode[nt]?|code) | code\ (?:otp|sms) | código\ (?:otp|sms) | bekræftelseskode(?:n)? | bekreftelseskode(?:n)? | engangskode(?:n)? | vahvistuskoodi(?:ni)? | digicode | kode\ (?:verifikasi|otp)(?:\ (?:saya|anda|kamu))?
          | cod(?:ul)?\ de\ verificare | (?:ellenőrző|megerősítő)\ kód | mã\ (?:xác\ (?:nhận|thực|minh)|otp) | รหัส(?:ยืนยัน|\ ?otp) | ה?קוד\ ה?אימות | کد\ تأ?ایید | код\ за\ потвърждение | potvrdni\ kod
          | 验证码 | 驗證碼 | 认证码 | 校验码 | 認証(?:コード|番号) | 確認コード | 인증(?:번호|코드) | код\ (?:подтверждения|из\ (?:смс|sms)|підтвердження)"""
# The code of a house, a box, a bicycle: the words for it, and for what it opens
_OPENED = r"""
    {}\ code(?=:|\ is\ ): alarm building house
    {}[ -]?code: buzz buzzer door gate front-?door front\ door lock lockbox lock\ box locker key\ ?safe safe entry entrance garage intercom padlock keypad mailbox elevator lift
    {}-?code: tür haustür tor eingangs zutritts garagen alarm tresor schlüsselbox schließfach deur voordeur poort toegangs kluis
    code\ for\ the\ {}: door gate front\ door lock lockbox lock\ box key\ ?safe safe alarm entrance garage building house intercom padlock
    code\ d(?:u|e|e\ la|e\ l['’]|['’]){}: \ porte \ portail entrée \ ?immeuble \ ?alarme accès \ parking \ garage \ coffre interphone
    código\ d(?:e|el|e\ la|o|a)\ {}: puerta portal alarma entrada garaje garagem acceso acesso caja\ fuerte edificio candado porta portão alarme cofre prédio
    codice\ d(?:i|el|ella|ell['’]){}: \ portone \ porta \ cancello \ ?allarme \ ?ingresso \ ?accesso \ garage \ cassaforte \ citofono
    code\ van\ de\ {}: deur voordeur poort kluis
    kod\ do\ {}: bramy domofonu drzwi furtki klatki alarmu garażu sejfu wejścia mieszkania
    {}kod(?:en)?: port dörr larm grind
    {}kode(?:n)?: dør port alarm
    {}koodi: ovi portti häly
    kód\ (?:k|ke|na|od)\ {}: dveřím dverám bráně bráne brány vchodu alarmu
    код\ (?:от\ |для\ |від\ |за\ )?{}: домофона двери подъезда калитки ворот сигнализации сейфа домофону дверей під['’]їзду вратата входа
    {}\ (?:kodu|şifresi): kapı bina alarm kasa
    {}kód: kapu riasztó
    cod(?:ul)?\ (?:de\ la\ )?{}: poartă interfon ușă alarmă
"""


def _codes_of_doors() -> str:
    """Return each word for a code with each word for what it opens."""
    told = (line.strip().rsplit(": ", 1) for line in _OPENED.strip().splitlines())
    return "|".join(form.replace("{}", word) for form, words in told for word in re.findall(r"(?:\\ |\S)+", words))


# The code that somebody got, whatever the number of its digits
_RECEIVED = r"""the\ code\ (?:that\ )?(?:i|we)\ (?:(?:just|have)\ )?(?:got|received|was\ sent) | der\ code,?\ den\ ich\ (?:bekommen|erhalten)\ habe,? | le\ code\ (?:que\ j['’]ai\ )?reçu | el\ código\ que\ (?:me\ (?:llegó|mandaron|enviaron|dieron)|recibí)
    | il\ codice\ (?:che\ ho\ |che\ mi\ è\ )?(?:ricevuto|arrivato) | o\ código\ que\ (?:eu\ )?(?:recebi|chegou|me\ mandaram) | de\ code\ die\ ik\ (?:kreeg|ontving|heb\ gekregen) | koden\ (?:som\ )?jag\ (?:fick|har\ fått) | koden\ (?:som\ )?jeg\ (?:fikk|fik|har\ fått)
    | kod,?\ który\ (?:dostał[ae]m|otrzymał[ae]m) | gelen\ kod | kode\ yang\ (?:masuk|saya\ terima|dikirim) | код,?\ который\ (?:мне\ )?(?:приш[её]л|прислали) | пришедший\ код | kód,?\ který\ (?:mi\ )?přišel | 收到的(?:验证)?码"""
# "Your code is 482913", in words that are said of any code: only with so many digits
_OWN_CODE = rf"""(?:(?:your|my|ihr|dein|mein|votre|ton|mon|je|uw|mijn|din|min)\ (?:code|kode?n?)|(?:tu|su|mi|seu|teu|meu)\ código|il\ (?:tuo|suo|mio)\ codice|(?:twój|mój|vaš|tvoj)\ kod|(?:váš|tvůj|můj)\ kód
    |(?:ваш|мой|мій|твой)\ код|kodunuz|kodum|kode\ (?:anda|saya)|(?:here['’]?s|here\ is|this\ is)\ (?:the|my|your)\ code|mã\ của\ (?:bạn|em|tôi))(?=[^\d\n]{{1,12}}[0-9]{{3}}[ -]?[0-9]{{1,5}}(?![\w%]|[.,][0-9]|{COUNTED}))
    |(?:got|received|entered?|typed|tried|used?)\ (?:the|this|that|a|my|your)\ code(?=\ [0-9]{{3}}[ -]?[0-9]{{3}}(?:[0-9]{{2}})?(?![\w%]|[.,-][0-9]|{COUNTED}))
    |(?:{_RECEIVED})(?=[^\w\n]{{1,3}}(?:\w{{1,4}}[ :]{{1,2}})?[0-9]{{3}}) | (?<![^\n])code(?=\ is\ [0-9]{{3}}[ -]?[0-9]{{3}}(?![\w%]|[.,-][0-9]|{COUNTED}))
    |(?:the|my)\ code\ (?:from|in|on)\ (?:(?:the|my)\ )?(?:sms|text|app|e?mail|phone|authenticator)(?:\ (?:app|message))?(?=\ (?:is|was)\ [0-9]{{3}}[ -]?[0-9]{{3}}(?!\w))
    |(?:the\ code|der\ code|le\ code|el\ código|il\ codice|o\ código|de\ code|koden|kodi)(?=\ (?:is|was|ist|war|lautet|est|es|era|è|é|är|er|on)\ [0-9]{{3}}[ -]?[0-9]{{3}}(?![\w%]|[.,-][0-9]|{COUNTED}))"""
_REACH = 40  # so far before the stem of a word its name may begin: "your new acme account code"
_ASSIGNMENT = re.compile(
    rf"""(?s:.{{0,{_REACH}}}?)(?:(?<![^\W_])|(?<=[a-z0-9])(?=password|passwd|secret|token|api_?key|access_?key)(?<!publickey)|(?<=[\u0e00-\u0e7f\u3040-\ud7a3])|(?=[\u3040-\ud7a3]))
    (?P<head>(?!secret\])  # a placeholder
      (?: api[ -]?(?:schlüssel|sleutel|nyckel|nøgle|nøkkel|avain|kulcs|कुंजी|คีย์|anahtarım?|ключ|密钥|密鑰|金鑰|キー|키)
        | (?:cl(?:é|ave)|ch(?:iave|ave)|klucz|klíč|ključ|kľúč|ключ|مفتاح|κλειδί|מפתח|کلید|khóa|kunci|chei[ea])\ (?:d['’]|de\ (?:la\ )?|da\ |ال)?api
        | clé\ secrète | clave\ secreta | chiave\ segreta | chave\ secreta | 秘钥
        | (?!pass\ to\ |passcode\ [0-9]{{4,8}}(?!\w)|password\ reset\ code){_PASSWORD} | credentials?
        | (?:secret|account|access|api|app|auth|private|encryption|signing|shared|master|license|service[_-]?role
            |sharedaccess|subscription|activation|product|registration)[ _-]?(?:access[ _-]?)?(?:key|secret)(?:[ _-]?(?:id|base)|[0-9])?
        | connection[_-]?string | (?:client[ _-]?)?secret
        | (?P<token> (?:[a-z]{{3,12}}[ _-])?token[0-9]? | session[ _-]?id | (?:php|j)?sess(?:ion)?id | csrf | bearer(?==) | auth[_-]?code | (?:session|auth|sid)(?=[\\"']{{0,4}}(?:=|:\ ?)[\\"']{{0,4}}[0-9A-Za-z%+/=]{{16}}) )
        | (?P<pin> {by_letter(_PINS)} | (?P<door> {by_letter(_codes_of_doors())} ) | {_OWN_CODE} )
      )
      (?:\ (?:for|4|of|on|für|auf|vom|von|van|zum|sur|di|af|av|till|para|pour|per|voor|do|da|de|del|du|della|dla|для|от|к|ke|k|na|ku|la|til)(?:\ [^\s:=]{{1,20}}){{1,3}}?(?=\ {_IS}(?!\w)|\ ?[:=](?![0-9a-f]{{0,4}}:)))?
      (?:\ to(?:\ [a-z]{{2,12}}){{1,4}}(?=:))?
      (?:\ (?:you|we|i|they|he|she)(?:\ [^\s:=]{{1,20}}){{1,4}}?(?=:|\ (?:is|was)\ ))?
      (?:\ \([^()\n]{{1,20}}\ [^()\n]{{1,20}}\)|,\ [^,\n:=]{{3,24}},(?=\ {_IS}\ ))?
      (?:['’]s(?=\ ))?[\\"'`*)\]]{{0,4}}(?:\ {{0,3}}|\ {{4,16}}(?=[:=]))
      (?:(?P<equals>[!=]==?(?=\s?["'][^"'\n]{{0,40}}[0-9])|[:?.]{{0,3}}=>?|value=|>(?=[^<\s]{{4,256}}</))|(?P<colon>:|->|→|(?<=\ )-(?=\ ))|(?<=\ )(?P<is>{_IS}(?!\w):?)|(?P<cjk>(?:[是为為はが이는은가]{{1,2}}|[改設设換换][成为為]|คือ):?)|(?P<bare>(?<=\ )(?:\|\ |[0579]\ (?=\S{{6}})|(?:to|à|a|as|till|til|naar|still|now|jetzt)\ |auf\ (?=\S{{1,64}}\ (?:geändert|gesetzt|gestellt|zurückgesetzt)))?|(?<=[\u3040-\ud7a3])))
      \s{{0,3}}\*{{0,2}}(?:convertto-securestring\ (?:-string\ )?)?(?!convertto-)(?P<quote>«\ |[\\"'`«“„「『]{{0,4}})
    )
    (?P<value>{_PLAIN}{{3,256}}|(?!.?.?\[[a-z]{{1,12}}\]){_PLAIN}{{0,2}}[,;&\[\]<>](?!\w{{1,30}}[:=])[^\s"'`«»“”„「」『』，。、；！？]{{1,253}})""",
    re.VERBOSE,
)
# "key" alone may be one of a table or a song: what comes after it has to look like nothing else
_KEY = re.compile(
    r"""(?:(?<![a-z])|(?<=[a-z])(?=Key|KEY|T(?:oken|OKEN)|S(?:ecret|ECRET)|_pat|_PAT))(?<!public)(?<!Public)(?<![pP]ublicKey)(?<!public[ _-])(?<!primary[ _-])(?<!foreign[ _-])(?<!cache[ _-])
    (?i:keys?|tokens?|secret|salt|pepper|schlüssel|clave|clé|chiave|chave|sleutel|nyckel|nøgle|klucz|klíč|anahtar|ключ|密钥|密鑰|金鑰|キー|키|_pat)
    (?i:[_ ]?(?:key|value|base64|hex|[0-9]{1,2}))?(?:\ (?:i|we|you|they)\ [a-z]{2,8}(?=:))?[\\"'`*)]{0,4}
    (?:\ {0,16}(?:[:?.]{0,3}=>?|:|(?<=["'])>)\ {0,16}|\ (?:is|ist|es|est|è|é|är|er|jest|to|-)\ |(?:是|为|は|는)
      |[ -]\(?(?=["'`]?(?:[0-9A-Za-z+/=]{20}|[0-9A-Za-z_-]{8,40}?[0-9A-Za-z]{12}|(?:[0-9A-Z]{6,}-){2})))[@\\"'`*]{0,4}
    (?P<value>(?!(?:SHA|MD|sha|md)[0-9]{1,3}:)[0-9A-Za-z_.+/=%~:-]{12,512})""",
    re.VERBOSE,
)
_ROW = re.compile("[0-9A-Za-z_.+/=-]{12}")
_LONG_ROW = re.compile("(?=[0-9]*[A-Za-z]++[0-9]++[A-Za-z])(?=(?:[A-Za-z]*[0-9]){4})[0-9A-Za-z]{20,128}$")
_KEY_STEM = re.compile(
    "key|token|secret|_pat|salt|pepper|schlüssel|clave|clé|chiave|chave|sleutel|nyckel|nøgle|klucz|klíč|anahtar|ключ|密钥|密鑰|金鑰|キー|키"
)
_OF_API = re.compile(
    r"(?:api|access|auth|server|secret)[ _-]?(?:key|token)[\"'`*]{0,3}(?: ?[:=] ?| is | )[\"'`*]{0,2}$|(?<![a-z])token[\"'`*]{0,3}(?: ?[:=] ?| is | - | )[\"'`*]{0,2}$",
    re.IGNORECASE,
)
UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PAIR = re.compile(
    r"(?=[UuLlCcBbHhZzAaDd])(?<!\w)(?:(?i:u|usr|user|login): {0,2}[^\s,;/|]{1,60}[\s,;/|]{1,4}[Pp]:"
    r"|(?i:u/p|(?:user(?:name)?|login) ?/ ?p(?:ass)?w(?:or)?d|creds?|credentials|basic auth|http basic|zugangsdaten|accesos?|dostęp|login)(?:: {0,2}[^\s,;/|]{1,60} {0,2}/|: {0,2}[^\s,;/|:]{1,60}:|"
    r"(?<!ogin) [^\s,;/|]{1,60} / )) {0,2}(?P<value>[^\s\[\]]{6,64})"
)
_NETWORK = re.compile(
    r"(?<!\w)(?:wifi:(?:[tsh]:[^;\n]{0,60};){0,4}p:(?P<read>(?:\\.|[^;\\\s\[\]]){4,64});"
    r"|ssid ?[:=] ?[^\n,;/|]{1,40}[\n,;/|] {0,2}(?:key|code|pass|pw|psk) ?[:=] ?(?P<said>(?=\S*[0-9])[^\s,;\[\]]{8,63}))"
)
# login jo / Som#mer26: what has letters of both sizes, digits and signs among them is no name, and none of ours
_BESIDE_USER = re.compile(
    r"""(?<![^\W_])(?:(?:log-?in|logon|user(?:name)?|benutzer(?:name)?|anmeldung|usuario|utilisateur|utente|account|konto|cred(?:ential)?s|admin|root)
    (?:\ (?:is|ist|with|mit|as|als|es|est)(?!\w))?[:=]?\ {0,2}(?:[\w.@+-]{2,60}(?:\ ?[/,|]\ ?|\ (?:and|und|y|et|e|with|mit|con|avec)(?:\ then)?\ |\ ))
    |(?:(?:re)?set|changed?)\ it\ (?:back\ )?to\ )
    (?P<value>[^\s/,;:|=\[\]"'<>()]{8,64})""",
    re.VERBOSE,
)
_FOUR_KINDS = re.compile(
    r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=[^0-9]*[0-9])(?![A-Za-z]+[#$&][0-9.]+$)\w[^\s]*?[!#$&^~](?=[0-9A-Za-z]).*",
    re.ASCII,
)
# of two sizes, digits and signs two, and a letter and a digit; neither a port nor a file
_BESIDE_EMAIL = re.compile(
    r"(?<=\[email\])(?:[:|]| ?[:/] (?=\S{8})|/(?=\S{8}))(?P<value>(?=\S*[0-9])(?=\S*[A-Za-z])(?=\S*[a-z]\S*[A-Z]|\S*[A-Z]\S*[a-z]|\S*[!#$%^&*?@~+])[^\s/.,;:|\"'<>()\[\]]{6,64})"
)
_ALTERNATIVE = re.compile(
    r"(?<=\[secret\])(?: (?:or|oder|ou|of|eller|lub|или|veya) (?:maybe )?|[,;.]? (?:and |now |und |y |et )?(?:the|my|das|la|le) (?:new|old|other|neue|alte|nueva|nouveau) (?:one |password |passwort |contraseña |mot de passe )?(?:is|was|ist|war|es|est):? )(?P<value>(?=[^\s]*[0-9][^\s]*)[^\s\"',;()\[\]]{6,64})"
)
_APP_PASSWORD = re.compile(
    r"app(?<![a-z]app)[ -]?pass(?:word|wort)(?: (?:for|für) [a-z]{2,16})?(?: is| ist)?:? {1,2}(?P<value>[a-z]{4}(?P<by>[ -])[a-z]{4}(?P=by)[a-z]{4}(?P=by)[a-z]{4})(?![\w-])"
)
_NO_VOWEL = re.compile("(?<![a-z])[b-df-hj-np-tv-z]{4}(?![a-z])")  # of four words that follow one another one has some
_SIGN_WITHIN = re.compile("[!#$&^~](?<=[0-9A-Za-z].)[!#$&^~]*[0-9A-Za-z]")
# Sommer2026 is my password, I use Sommer2026 as password
_WORD_BEFORE = re.compile(
    r"(?<![^\s\"'`(:])(?:(?P<first>(?=\S*[0-9])(?=\S*[a-z])[^\s\"'`,;:()\[\]]{6,64}),? (?:and|or|und|oder|y|o|et|ou|e|en|of) )?(?P<value>[^\s\"'`,;:()\[\]]{6,64})[\"'`]?,?$"
)
_PASSWORD_FIRST = re.compile(
    rf"""\ (?:is|ist|es|est|è|é|är|er|to|as|als|como|come|comme|som|jako)
    \ (?:(?:my|our|the|your|mein|das|mi|la|mon|le|mia|minha|a|mijn|mitt|min|moje)\ (?:[a-z-]{{2,12}}\ )?)?{_PASSWORD}(?=$|[\s.,;!?)]{{1,2}}(?:$|[\s"']|(?:for|and|but|btw|thx|thanks|ok)\b))""",
    re.VERBOSE,
)
_MINE = re.compile(
    r"(?:\bmy|\bour|\bmera|\bmeri|मेरा|\bthe|\bmein|\bmi|\bmon|\bmijn|\bmin|\bmitt|\bmia|\bminha|\bmoje|\bmój|\bмой|我的|私の|내)[ ]?(?:[a-z-]{2,12} )?$",
    re.IGNORECASE,
)
_MINE_TOO = re.compile(
    "^(?:şifrem|jelszav)| (?:mea|meu|mia|mi|moja|moje|mój|saya|min|mitt|mín|langu|minha|μου|שלי|मेरा) "
)
_CLAUSE_END = re.compile(
    r"[ \t]{0,2}(?:$|[\r\n\"'`,;|/«»“”*)，。！]|(?:and|und|y|et|e|but|or|aber|pero|mais)\b)|[.!?)]+(?:\s|$)"
)
# What such words begin with, or hold, where few other words do: most messages have none of them, which is quickly seen
_STEMS = re.compile(
    by_letter(
        "pass|geheim|on the back|kood|vien|laluan|pasa|wagwo|trasin|cyfrin|turva|psk|bindpw|psswd|psswrd|pasw|paswd|paswrd|paswo|pword|p/w|ww[: ]|pw|psw|kennwort|zugang|wachtw|contrase|clave|senha|palavra|mdp|adgang|kodeord|salasana|haslo|heslo"
        "|wlan|wi-?fi|wpa|netzwerks|memorable w|maiden|steam guard|six digit|four digit|6 digit|4 digit|digits on|y digits|y answer|y question|verification n|text ms|text message|bike lock|case lock|luggage lock|lock ?box|masterauth|respuesta|risposta|resposta|antwort auf|comb[io]|paroo?l|jelsz|sandi|secret|key|token|credential|string|sessi|csrf|auth|phrase|pin|cvv|cvc|csc|cod|puk|otp|tan|2fa|mfa|bearer|the back|crypto|kod|sms|koodi|slo[: ]|zink|slapta|kilor|siri|chave|api"
    )
)
_STEMS_ELSEWHERE = re.compile(
    "lösen|schlüssel|clé|пин|secrèt|秘钥|hasł|ifre|jelsz|kh|парол|пасс|密|口令|パス|暗証|비밀|비번|패스|पासव|รหัส|كلمة|רמ|סיסמ|κωδ|prüf|código|验证|驗證|认证|認証|確認|인증|код|kód|رمز|کد|گذرو|קוד|лозин|mã|পাস|పాస|கடவ|પાસ|ಪಾಸ|പാസ|ਪਾਸ|პარ|գաղտ|құпия|fjalë|پاس|מפתח|کلید|κωδικ|रहस|сигурн|безпек|أمان|אבטחה|सीवी|ความปลอดภัย|säkerhetskod|短信|문자|سري|یکبار|动态|動態|一次性|背面|ワンタイム|일회용|kertakäyttö|giriş|erişim|kartı|پسور|باسور|вай|смс|كود|קוד|现关|현관|도어락|비밀|مفتاح|κλειδ|コード|코드|番号|安全|ओटीपी|réponse|безопасн|キー|키"
)
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+){2,}")  # correct-horse-battery
_NO_SECRET_WORDS = """none null nil true false undefined string required optional reset empty blank changeme password passwort your-password credentials
    credential secret secrets token key
    <password> redacted hidden example bool boolean bytes integer number text str int object value process process.env default
    wrong incorrect invalid expired correct valid right weak strong secure unsafe insecure short long missing needed
    accepted rejected refused changed forgotten lost stolen compromised leaked blocked locked unknown different same
    the this that what which where when why how not never no yes now here there a an in on at for to from with by as it being been
    still always already too very only also just about something nothing working failing case-sensitive mandatory
    protected encrypted hashed stored saved sent set used reused required. supposed asked going getting out ok okay fine
    include omit same-origin recovery login failed error help problem issue change manager field prompt request requests policy protection
    falsch richtig ungültig abgelaufen vergessen verloren zurücksetzen ändern gesperrt unbekannt korrekt nicht leer weg
    zu immer noch schon sehr das der die den ein eine wie was warum wo erforderlich notwendig sicher unsicher kurz
    incorrecta incorrecto correcta correcto inválida caducada olvidada bloqueada no muy la el una un que cómo necesaria
    incorrect incorrecte invalide expiré oublié bloqué pas trop le les une des mon perdu obligatoire
    errata sbagliata scaduta dimenticata non molto il lo sempre errada incorreta inválida esquecida não muito uma um
    verkeerd onjuist verlopen vergeten geblokkeerd niet te het een altijd fel felaktigt glömt utgånget inte ett en
    forkert feil glemt ikke błędne nieprawidłowe wygasło zapomniane nie неверный неправильный забыл не истёк
    yanlış hatalı
    important simple easy difficult complex unique new old private public broken useless
    wichtig einfach schwierig lang neu alt schwach stark komplex importante importantes segura seguro débil fácil difícil larga corta
    nueva vieja antigua sencilla compleja única fuerte importants facile difficile longue courte faible forte nouveau nouvelle
    semplice lunga debole nuova complessa simples longa curta fraca nova velha belangrijk makkelijk moeilijk nieuw zwak sterk
    viktigt viktig svårt enkelt ważne proste trudne nowe важный простой сложный новый старый"""
_NO_SECRETS = set(_NO_SECRET_WORDS.split())
_ATTRIBUTE = re.compile(r"[a-z_]\w*(?:\.[a-z_]\w*)+|[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+|_[A-Za-z]+(?:_[A-Za-z]+)*")
_OF_CODE, _IDENTIFIER = (
    re.compile("[a-z_][\"'] ?: ?$"),
    re.compile(r"[A-Za-z_][A-Za-z_.]*[)}\]]*"),
)  # {"api_key": next_key}
_PATH = re.compile(
    r"[A-Za-z_]+(?:\.[A-Za-z_]+)*\.(?:[A-Z][A-Z_]+|[A-Z]?[a-z]+(?:[A-Z_][a-z]+)+)"
)  # of what code calls so: constants.SECRET
_PASSWORD_LIKE = re.compile(r"[0-9!@#$%^*_+=~|\\€§]|[a-z][A-Z]")
_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "«": "»", "„": "“", "「": "」", "『": "』"}
_REST = re.compile(r"[\w+/=.~%-]*+")
_ONE_WORD = re.compile(r"(?P<word>\S*?)\s?")
_GOES_ON = re.compile(r"[&,;{}\[]{1,8}[0-9A-Za-z!#$%^*_+=~@.?-]{0,64}[0-9!#$%^*_+=~@?][^\s\"'`<>,;&{}\[\]]{0,64}")
_NAME = re.compile(r"[\w.\[\]$>:'\"-]*\(")
_AFTER_CALL = re.compile(r"\)\w")
_IN_BRACKETS = re.compile(r"[\[\]{]{1,8}[0-9A-Za-z!#$%^*_+=~@.?-][^\s\"'`<>,;&]{0,200}")
_EXPRESSION = re.compile(r"[A-Za-z_][\w.]*\[(?:[\"'0-9:-]|[a-z_]\w*\])", re.ASCII)  # config["password"]
_SETTING = re.compile(r"[A-Za-z][\w .-]*=")  # Server=db;Password=…
_FOLDER = re.compile(r"[/~]|[A-Za-z]:[/\\]")  # of a shell: PWD=/home/jo
_MIXED = re.compile(r"[A-Za-z][!?&*]?[0-9!@#$%]|[0-9][A-Za-z!@#$%]")
_APART = re.compile(r"[A-Z].{0,30}[A-Za-z][._-][0-9]")  # Sommer_2026
_LOW = re.compile(r"[a-z]{4,}[_.-]?[0-9]{3,4}(?=[ \t]*(?:$|[\n,;]|[.!]\s))")  # sommer_2026 at the end of what is said
_VARIABLE = re.compile(
    r"\$\$?[A-Za-z_][\w.:>\[\]'\"-]*(?:/.*)?|[$#][{(].*|%(?:[\w-]+%|\(\w+\).*|[a-z](?:\W.*)?|\{.*)|[{<].*", re.DOTALL
)  # of a shell or a template
_ASCII = re.compile("[\0-\x7fÀ-ɏ]+")
_PIN = re.compile("[#*]?[0-9]{3,8}#?|[0-9]{2}[A-Z][0-9]{2}|[0-9]{4}[A-Z]|[0-9]{3}[ -][0-9]{3}")
_DIALLED = re.compile("[0-9]{1,2}(?:-[0-9]{1,2}){2}")
_GUARD = re.compile("[0-9A-Z]{5}")
_PASS = re.compile("pass[^a-z]")
_WIRELESS = re.compile("wlan|wi-?fi|wpa|network|netzwerk|router|fritz")
_COUNTED = re.compile(COUNTED + r"|\ (?:area|delivery|district)(?!\w)", re.IGNORECASE)  # or a code of mail in India
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_SECOND_HALF = re.compile("(?<=[0-9]{3})[ -][0-9]{3}(?![\\w-])")  # of a code for once: 482 913
# your-api-key-here, #add-password
_STAND_IN = re.compile("(?:(?:your|example|#[a-z]+)(?:[-_][a-z]+)+:?){1,2}", re.IGNORECASE)
_LEFT_OPEN = re.compile(r"\[[A-Za-z][A-Za-z _-]*\]|[,;&)]")  # [Your key goes here]; what follows nothing in quotes
_MASK = re.compile(r"[*•x.…_-]+", re.IGNORECASE)


@functools.lru_cache(maxsize=1)
def told(lowered: str) -> list[int]:
    """Return where the stems of words for what opens something stand in a text."""
    places = [stem.start() for stem in _STEMS.finditer(lowered)]
    if not lowered.isascii():
        places = sorted(places + [stem.start() for stem in _STEMS_ELSEWHERE.finditer(lowered)])
    return places


def assignments(text: str) -> Iterator[Span]:
    """Find what is said to be a password, a key, a token or a PIN."""
    lowered = small(text)
    done = begin = 0
    for place in told(lowered):  # the pattern is long: it is tried only where a word for it may be
        begin = max(begin, place - _REACH)
        while begin <= place:
            match = _ASSIGNMENT.match(lowered, begin)
            value = _value(match, text) if match and match.start("value") >= done else ""
            if match is None:
                begin += _REACH + 1
            elif value and _is_secret(match, value):
                begin = match.end()
                done = match.start("value") + len(value)
                yield match.start("value"), done, "[secret]"
            else:
                # code pin 1497: what follows a name may be another
                begin = match.start("value") if _STEMS.search(match["value"]) else match.end()


def _value(match: re.Match[str], text: str) -> str:
    """Return what is said to be one, without the signs of the sentence; nothing if it is read from elsewhere."""
    value = text[match.start("value") : _end_of_value(match, text)]
    if match["equals"] and _EXPRESSION.match(text, match.start("value")):
        return ""
    if (match["quote"] in ('""', "''") or value[0] == "[") and _LEFT_OPEN.match(text, match.start("value")):
        return ""
    if not value.isascii() and value[0].isascii():  # パスワードはhunter2です
        value = _ASCII.findall(value)[0]
    return value.rstrip(".?):*\\")


def pairs(text: str) -> Iterator[Span]:
    """Find passwords in notes such as u: jo p: Sommer2026 and creds: jo / Sommer2026."""
    if "/" in text or ":" in text:
        for match in _PAIR.finditer(text):
            value = match["value"].rstrip(",;")
            if any(map(str.isdigit, value)) and any(map(str.isalpha, value)):
                yield match.start("value"), match.start("value") + len(value), "[secret]"


def networks(text: str) -> Iterator[Span]:
    """Find keys of wireless networks beside their name, and in what a telephone reads off a picture: WIFI:S:Home;P:Sommer2026;;."""
    lowered = small(text)
    if "ssid" in lowered or "wifi:" in lowered:
        for match in _NETWORK.finditer(lowered):
            yield *match.span(match.lastgroup or 0), "[secret]"


def beside_users(text: str) -> Iterator[Span]:
    """Find passwords that stand beside only the name of a user, if they look like nothing else."""
    if _SIGN_WITHIN.search(text):
        for match in _BESIDE_USER.finditer(small(text)):
            value = text[match.start("value") : match.end("value")].rstrip(".!?*")
            if len(value) >= 8 and _FOUR_KINDS.fullmatch(value):
                yield match.start("value"), match.start("value") + len(value), "[secret]"


def beside_emails(text: str) -> Iterator[Span]:
    """Find passwords that stand right after an address, as lists of leaked ones have them: jo@example.com:Sommer2026."""
    if any(sign in text for sign in ("[email]:", "[email]|", "[email] :", "[email] /", "[email]/")):
        for match in _BESIDE_EMAIL.finditer(text):
            yield *match.span("value"), "[secret]"


def alternatives(text: str) -> Iterator[Span]:
    """Find what somebody says after a password that it may be instead: it was Luna2020 or Luna2021."""
    if "[secret]" in text:
        for match in _ALTERNATIVE.finditer(text):
            value = match["value"].rstrip(".!?")
            if any(map(str.isdigit, value)) and any(map(str.isalpha, value)):
                yield match.start("value"), match.start("value") + len(value), "[secret]"


def passwords_first(text: str) -> Iterator[Span]:
    """Find passwords after which it is said that they are: Sommer2026 is my password."""
    lowered = small(text)
    for match in _PASSWORD_FIRST.finditer(lowered):
        before = _WORD_BEFORE.search(lowered, max(0, match.start() - 136), match.start())
        if before and any(map(str.isalpha, before["value"])) and any(map(str.isdigit, before["value"])):
            if before["first"]:
                yield *before.span("first"), "[secret]"
            yield *before.span("value"), "[secret]"


def said_keys(text: str) -> Iterator[Span]:
    """Find what is said to be a key and is a long row of letters and digits."""
    for stem in _KEY_STEM.finditer(small(text)) if _ROW.search(text) else ():
        match = _KEY.match(text, stem.start())
        # letters and digits in turns, which words, dates and versions have not
        if (
            match
            and (
                len(TURN.findall(match["value"])) >= 5
                or _LONG_ROW.match(match["value"])
                or ROW_OF_CHANCE.match(match["value"])
            )
            and not (UUID.match(match["value"]) and not said_before(_OF_API, text, match.start("value"), 24))
        ):
            yield match.start("value"), match.start("value") + len(match["value"].rstrip(".")), "[secret]"


def app_passwords(text: str) -> Iterator[Span]:
    """Find what Google and Apple give a program in place of a password: four groups of four letters."""
    lowered = small(text)
    if "app" in lowered and "pass" in lowered:
        for match in _APP_PASSWORD.finditer(lowered):
            if _NO_VOWEL.search(match["value"]):
                yield *match.span("value"), "[secret]"


def _end_of_value(match: re.Match[str], text: str) -> int:
    """Return where what is said ends: at the quote that it begins with, otherwise where a sentence, a list or a tag goes on."""
    end = match.end("value")
    if end - match.start("value") >= 256:  # longer than the pattern reads
        return _REST.match(text, end).end()  # type: ignore[union-attr]
    if (quote := match["quote"].rstrip()[-1:]) in _QUOTES:
        closed = text.find(_QUOTES[quote], end, match.start("value") + 256)
        word = _ONE_WORD.fullmatch(text, end, closed) if closed >= 0 else None
        return word.end("word") if word else end
    if match["equals"]:
        more = _IN_BRACKETS.match(text, end)
        return more.end() if more else end
    if match["pin"]:
        half = _SECOND_HALF.match(text, end) if end == match.start("value") + 3 else None
        return half.end() if half else end
    if match["token"] is None:
        for _ in range(8):
            end = more.end() if (more := _GOES_ON.match(text, end)) else end
    return end


def _is_call(match: re.Match[str], value: str) -> bool:
    """Whether a bracket that opens in the value closes on its line, or stands at its end: password=read(x)."""
    if _AFTER_CALL.search(value):
        return False  # your(strong)Password1
    if not _NAME.match(value):
        return False  # hm7!(2Kq
    line = match.string[match.start("value") : match.start("value") + 256].split("\n", 1)[0]
    return ")" in line[line.find("(") :] or value.endswith("(")


def _is_secret(match: re.Match[str], value: str) -> bool:
    digits = sum(map(str.isdigit, value))
    if (
        value.lower() in _NO_SECRETS
        or _STAND_IN.fullmatch(value)
        or (match["head"].startswith("pwd") and _FOLDER.match(value))
        or _VARIABLE.fullmatch(value)
        or value.startswith("http")
        or (match["head"].startswith("connection") and _SETTING.match(value))
        or (
            match["colon"]
            and value.isidentifier()
            and match.string.startswith(" = ", match.start("value") + len(value))
        )
        or ("(" in value and not match["quote"] and _is_call(match, value))
    ):
        return False  # a word of a schema, a variable, a link, a type or a call
    if match["pin"]:
        if _COUNTED.match(match.string, match.start("value") + len(value)):
            return False
        year = match["door"] and match["bare"] is not None and _YEAR.fullmatch(value)  # a code of law, of dress
        guard = match["head"].startswith("steam") and _GUARD.fullmatch(value)
        dialled = " comb" in match["head"] and _DIALLED.fullmatch(value)
        return not year and bool(guard or dialled or _PIN.fullmatch(value))
    if match["token"]:
        return len(value) >= 8 and 0 < digits < len(value) and match["bare"] is None
    if _MASK.fullmatch(value) or len(value) < 4:
        return False
    if not match["quote"] and _PATH.fullmatch(value):
        return False
    if _OF_CODE.search(match["head"]) and _IDENTIFIER.fullmatch(value):
        return False
    if match["equals"] or (match["quote"] and match["bare"] is None):
        return not _ATTRIBUTE.fullmatch(value)
    mine = bool(
        _MINE.search(match.string[max(0, match.start("head") - 24) : match.start("head")])
        or _MINE_TOO.search(match["head"])
    )
    if match["bare"] is not None:  # "password Sommer2026!", but not "password manager" or "password 3 times"
        if digits in (16, 20) and _WIRELESS.match(match["head"]):
            return True  # as stickers of routers have them
        quoted = match["quote"][-1:] in _QUOTES and len(value) >= 8 and not _PASS.match(match["head"])  # Pass `depth=1`
        return 0 < digits < len(value) >= 6 and bool(
            mine
            or quoted
            or _MIXED.search(value)
            or _APART.search(value)
            or _LOW.match(match.string, match.start("value"))
        )
    # prose: "password: hunter2", but not "password: how do I change it"
    if _PASSWORD_LIKE.search(value):
        return digits < len(value) or len(value) >= 6
    said = match["colon"] or match["cjk"] or mine
    end = match.start("value") + len(value)
    return (
        bool(said)
        and (match["cjk"] is None or value.isascii())  # 비밀번호가 틀렸습니다: a sentence
        and len(value) >= 5
        and (value.isalpha() or _WORDS.fullmatch(value) is not None)
        and _CLAUSE_END.match(match.string, end) is not None
    )

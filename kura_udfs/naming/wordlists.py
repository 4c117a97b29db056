"""Words that shape phrases but carry no topic: function words, and what people say in any chat.

Function words of thirty-two languages come from the `stop-words` package. English, German, Spanish and
French have a fuller record here, and Portuguese, Italian and Dutch a part of one, because a phrase needs to
know articles from prepositions ("proof of the purchase" becomes "proof of purchase") and because chats are
full of greetings, dates and verbs such as "need" or "help" that fit every topic. What is said in any chat in
other languages stands in `chat_words`. The package's own English list is not used: it holds topic words such
as "order", "bill", "computer" and "page". Of the other languages those words are told apart that say no,
because without them a phrase says the opposite.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import NamedTuple

from kura_udfs.naming.arabic import without_hamza
from kura_udfs.naming.chat_words import chat_companions, chat_words, unable_words
from kura_udfs.text.function_words import function_words, languages_with_lists


class Words(NamedTuple):
    """Word classes of one language; every set holds lower-case words.

    Attributes
    ----------
    articles
        Stand before a noun and are left out inside a phrase.
    links
        Prepositions and particles; kept inside a phrase, never at its ends.
    negations
        As links, but they change what the phrase means ("card not arrived").
    openers
        Negations that may open a phrase, before the word that they deny ("не могу войти").
    between
        Where it is known: the only words that may stand between an opener and the word that it denies ("didn't I get").
    determiners
        Openers that deny the noun right after them, and nothing else ("no invoice").
    closers
        Negations that may close a phrase, after the word that they deny ("app werkt niet").
    subjects
        Pronouns and modals: the word after one of them is a verb.
    auxiliaries
        The word after one of them is a participle or an adjective; left out inside a phrase.
    adjectives
        May open a phrase, not close it or stand alone ("new card").
    companions
        Fit into a phrase but say nothing alone ("card back", "login problem").
    fillers
        Break a phrase: greetings, times, numbers, generic verbs and nouns, other function words.
    """

    articles: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    negations: frozenset[str] = frozenset()
    openers: frozenset[str] = frozenset()
    between: frozenset[str] = frozenset()
    determiners: frozenset[str] = frozenset()
    closers: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    auxiliaries: frozenset[str] = frozenset()
    adjectives: frozenset[str] = frozenset()
    companions: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()

    def holds(self, word: str) -> bool:
        """Tell whether a word is of any of these classes."""
        return any(word in words for words in self)


@cache
def words_of(language: str) -> Words:
    """Word classes of a language, as `text.languages` names it; of most, only fillers and negations are known."""
    own = _OWN.get(language, Words())
    if language in _NEGATIONS:
        before, after = map(_set, _NEGATIONS[language])
        before |= unable_words(language)
        own = own._replace(negations=before | after, openers=before, closers=after)
    if language == "english":
        return own
    companions = own.companions | chat_companions(language)
    fillers = own.fillers | _function_words(language) | chat_words(language) | {"ok", "okay"}
    if language == "arabic":  # many write no hamza
        companions |= set(map(without_hamza, companions))
        fillers |= set(map(without_hamza, fillers))
    return own._replace(fillers=fillers - companions, companions=companions)


def _function_words(language: str) -> frozenset[str]:
    found = function_words(language) if language in languages_with_lists() else ()
    return frozenset(found) - _TOPICS_IN_PACKAGE


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Nouns that the package counts among the function words and that name topics well.
_TOPICS_IN_PACKAGE = _set("cuenta empleo trabajo valor verdad essai mot nom pièce valeur sujet")

# Hindi in Latin letters, as it stands among English words; not here is what is an English word ("main", "the", "par").
_HINDI_IN_LATIN = _set(
    """hai hain hoon hun tha thi kya kyu kyun kyon kaise kaisa kaisi kab kahan kitna kitne kitni kaun konsa kaunsa mujhe
    mujhko mera meri mere aap aapka aapke aapki aapko tum tumhara humein hamara nahi nahin haan nhi ka ki ke ko
    mein meh ya lekin magar toh bhi sirf abhi kal aaj karna karta karti karte karo kare karein karke kiya kar raha
    rahi rahe rahega rahegi chahiye chahie chaiye sakta sakti sakte koi koye kuch kuchh yeh ye woh iska uska isko usko
    ek aur jo liye tak yahan wahan hoga hogi apna apne apni
    baare wala wale wali hota hoti hote hua hui gaya gayi gaye dena dijiye batao bataiye batana kripya krupya dhanyavaad
    shukriya namaste ji yaar bhai"""
)

_ENGLISH = Words(
    articles=_set("a an the my your our his her its their this that these those any some every each another"),
    links=_set("of for in on to with without from by at"),
    negations=_set("not never cannot no nobody nothing"),
    openers=_set("not never no nobody nothing"),
    between=_set("i you we they he she it want wanted wish to"),
    determiners=_set("no"),
    subjects=_set(
        """i you we they he she it who to can could will would should shall may might must do does did just
        please always also never ill ive id youll youve well weve theyll ll d let lets dont didnt doesnt
        cant cannot wont"""
    ),
    auxiliaries=_set(
        "am is are was were be been being has have had s re ve m still already yet isnt wasnt hasnt havent"
    ),
    adjectives=_set(
        """new old big small little long short full different same extra other best better bad main whole
        second first last early late real certain single multiple several various own next past previous
        current recent"""
    ),
    companions=_set(
        """problem problems issue issues question questions info information detail details name names number
        numbers wrong right longer free able available unavailable working work works worked back away
        left open closed ready ahead inside outside sure correct incorrect half double call calls check
        time times hours user users query reason case point answer example place cost costs leave notice euro
        euros pound pounds dollar dollars
        urgent urgently impossible"""
    ),
    fillers=_HINDI_IN_LATIN
    | _set(
        """me him them us mine yours ours hers theirs myself yourself himself herself itself ourselves
        themselves whom whose which what whats when where wheres why how hows whatever whichever whenever
        wherever and or but nor so if then than because since while until till unless although though
        whether as into onto upon about against between among through throughout during before after above
        below over under around across along behind beyond near per via toward towards except despite
        regarding including being doing done ought none nowhere neither either all both
        few many much more most less least enough others such own only too very quite rather really again
        ever even almost often usually sometimes maybe perhaps probably possibly actually basically
        literally simply exactly especially definitely instead else anyway however therefore otherwise
        here heres there theres now once twice suddenly recently lately currently immediately quickly
        finally apparently obviously hopefully completely totally today tonight tomorrow yesterday ago
        soon later earlier meanwhile past next day days week weeks month months year years hour
        minute minutes morning afternoon evening night noon weekend moment quarter am pm monday tuesday
        wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun january february
        march april may june july august september october november december jan feb mar apr jun jul aug
        sept sep oct nov dec zero one ones two three four five six seven eight nine ten eleven twelve
        twenty thirty forty fifty sixty ninety hundred thousand million dozen couple third pair kg km cm
        mm ml gb mb min mins sec secs seconds hrs quid bucks r u ur n y ya ye im youre theyre thats hes
        shes werent arent couldnt wouldnt shouldnt hadnt hi hello hey hiya howdy greetings dear sir madam
        team guys folks mate buddy bro dude pal lads moin thank thanks thanx thx ty cheers please pls plz
        sorry apologies regards sincerely kindly welcome bye goodbye ok okay k yes yeah yep yup yea nope
        nah fine great good nice cool perfect awesome excellent lovely brilliant wonderful amazing alright
        true false ah oh hm hmm huh uh um er wow lol lmao haha omg wtf ffs fuck fucks fucking fucked shit
        shitty damn damned goddamn crap bullshit bitch
        ass asf af tf lmfao bruh btw idk tbh imo imho asap fyi
        etc eg ie ps want wants wanted wanting wanna need needs needed needing help helps helped helping
        helpful assist assistance like likes liked love get gets getting got gotten give gives gave given
        giving go goes going gonna gone went come comes came coming know knows knew known tell tells told
        say says said saying ask asks asked asking see sees saw seen seeing look looks looked looking find
        finds found finding think thinks thought thinking guess guessing hope hoping wonder wondering
        wondered make makes made making take takes took taken taking put puts putting keep keeps kept
        keeping try tries tried trying use uses used using seem seems seemed happen happens happened
        happening mean means meant show shows showed shown start starts started begin stop stops stopped
        talk speak understand believe feel feels felt explain checks checked checking hear heard read
        reads called calling write writes wrote written sounds sounded suppose supposed appreciate
        expect expecting prefer preferred allow leaves stay stand sit sits live lives become became
        turn turns turned provide bring brought bought rang wore flew drove ate drank wait waits waited
        waiting mind noticed confirm figure possible happy glad interested interesting curious following
        pretty far thing things stuff something anything everything someone somebody anyone anybody
        everyone everybody anywhere somewhere way ways lot lots bit kind kinds sort sorts cases fact idea
        sense man woman guy person people up down out off incl excl approx pcs dr mr mrs vs"""
    ),
)
_GERMAN = Words(
    articles=_set(
        """der die das den dem des ein eine einen einem einer eines mein meine meinen meinem meiner dein
        deine deinen unser unsere unseren unserem unserer euer eure euren ihr ihre ihren ihrem ihrer sein
        seine seinen dieser diese dieses diesen diesem"""
    ),
    links=_set("für von vom mit ohne auf aufs ins im in zu zum zur am an aus bei beim wegen trotz"),
    negations=_set("nicht kein keine keinen keiner keinem nie niemand"),
    openers=_set("nicht kein keine keinen keiner keinem nie niemand"),
    closers=_set("nicht nie"),
    subjects=_set(
        """ich du wir sie er es man kann können könnt könnte könnten will wollen wollte soll sollte muss
        müssen wird werden würde bitte mich mir dich dir uns"""
    ),
    auxiliaries=_set("ist sind war waren wurde wurden bin hat habe hab haben hatte immer noch schon auch so ganz sehr"),
    companions=_set("neu neue neuen neues neuer alt alte alten ganze problem probleme frage fragen nummer name")
    | _set("funktioniert funktionieren klappt antwort rückmeldung dringend eilig unmöglich"),
    fillers=_set(
        """hallo hi hey moin servus guten guter tag gruß grüß grüße grüßen grüssen gruss freundlichen freundliche
        mfg lg vg danke dank besten herzlichen liebe lieber liebes team herr frau damen herren sehr
        geehrte geehrter ja nein doch ok okay gut gute super toll genau klar leider eigentlich mal halt
        eben gerne gern vielen vielleicht bestimmt wirklich natürlich möchte möchten hätte hätten brauche
        brauchen geht gehen ging gibt geben gebe sagt sage sagen gesagt sehe sehen gesehen weiß wissen
        kommt kommen kam steht stehen stand macht mache machen gemacht lässt lassen tun tut getan finde
        finden bekomme bekommen bleibt bleiben wäre wären dürfen darf mag schreibe schreiben geschrieben
        frage helfen hilfe heute gestern morgen morgens abend abends vormittag nachmittag mittag woche
        wochen tage tagen monat monate monaten jahr jahre jahren uhr stunde stunden minute minuten montag
        dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli
        august september oktober november dezember seit bis mehr weniger eher lang lange zwei drei vier
        fünf sechs sieben acht neun zehn ersten erste zweite wohl sogar wenigstens nix grad gerade einfach
        ding dinge sache sachen leute gar ab statt letzte letzten nächste nächsten nächstes gleiche stimmt
        puh ne voraus hoch schnell schnelle schnellstmöglich möglich anbei danken bescheid tschüss nochmal derzeit
        momentan aktuell wen wem wessen welchem wieviele viele bedeutet heißt wieviel pro kostet dauert läuft laufen"""
    ),
)
_SPANISH = Words(
    articles=_set(
        """el la los las un una unos unas mi mis tu tus su sus nuestro nuestra nuestros vuestro vuestra este
        esta estos ese esa"""
    ),
    links=_set("de del con para en por al a desde"),
    negations=_set("no sin nunca nadie ningún ninguna") | unable_words("spanish"),
    openers=_set("no sin nunca nadie ningún ninguna") | unable_words("spanish"),
    subjects=_set("yo me te se nos os lo le les puedo puede podéis pueden quiero quería quisiera hay que"),
    auxiliaries=_set("es son está están era fue he ha han hemos había sido todavía aún ya muy más tan"),
    adjectives=_set("nuevo nueva nuevos nuevas mismo misma"),
    companions=_set(
        "problema problemas pregunta número números nombre euro euros respuesta urgente urgencia imposible tiempo"
    ),
    fillers=_set(
        """hola buenas buenos días dias tardes noches gracias favor saludos saludo vale sí si claro perfecto
        genial bueno ok oye mira estimado estimados señor señora señores señoras necesito ayuda ayudar tengo tiene sale
        dice dicen pone ponen sabe saben gustaría hacer hago hecho hoy ayer mañana semana semanas día mes
        meses año años hora horas lunes martes miércoles jueves viernes sábado domingo enero febrero marzo
        abril mayo junio julio agosto septiembre octubre noviembre diciembre uno dos tres cuatro cinco
        seis siete ocho nueve diez cosa cosas aquí entonces pues eh jaja venga euros tema gente vez parece
        creo llevo acaso cuál cuándo dónde cuánto cuánta antemano adelantado atentamente cordialmente
        quiénes cuáles cuántos cuántas cuantas busco buscamos significa rápido quedo atento atenta cuantos porfa
        porfavor cuesta cuestan tarda tardan cuánta"""
    ),
)
_FRENCH = Words(
    articles=_set(
        "le la les l un une mon ma mes ton ta tes son sa ses votre vos notre nos leur leurs ce cet cette ces"
    ),
    links=_set("de du des d avec pour en au aux à par sur chez"),
    negations=_set("pas sans jamais plus aucun aucune"),
    openers=_set("pas sans jamais plus aucun aucune"),
    closers=_set("pas jamais plus"),
    subjects=_set("je j tu il elle on nous vous ils elles me m te t se peux peut pouvez veux voudrais faut que qu y"),
    auxiliaries=_set("est sont suis était ai as a ont avez avons été encore toujours déjà très si n ne s"),
    adjectives=_set("nouveau nouvel nouvelle nouveaux nouvelles même"),
    companions=_set("problème problèmes question numéro nom euro euros réponse urgent urgence impossible temps"),
    fillers=_set(
        """bonjour bonsoir salut coucou merci beaucoup svp stp plaît plait cordialement oui non ok okay
        accord bien voilà madame monsieur parfait super génial désolé besoin aide aider fait faire dit dis
        dites va vais aller savoir sais mettre prendre marche aujourd hui hier demain semaine semaines
        jour jours mois an ans année heure heures matin soir lundi mardi mercredi jeudi vendredi samedi
        dimanche janvier février mars avril mai juin juillet août septembre octobre novembre décembre deux
        trois quatre cinq six sept huit neuf dix chose choses alors donc quoi rien euros gens fois truc ça
        là long jusqu crois plutôt quelque veut toute cas avance combien lequel
        laquelle bjr bsr slt cdt cdlt salutations rebonjour devrais peuvent possible souhaite souhaiterais
        aimerais voulu cherche cherchons signifie existe rapidement coûte coûtent coute celle celui celles
        ceux"""
    ),
)
_CHINESE = Words(
    articles=_set("的 我的 你的 您的 他的 她的 我们的 你们的 这个 那个 这些 那些 一个"),
    negations=_set("没有 沒有 没 沒 不 未 无法 無法 不能 不是"),
    openers=_set("不 未 无法 無法"),  # after the others a verb may have no word of its own: "没有到北京"
    fillers=_set(
        """我想 我要 我们 我們 你们 你們 他们 他們 自己 大家 请 請 请问 請問 你好 您好 谢谢 謝謝 谢
        謝 感谢 不好意思 什么 什麼 怎么 怎麼 怎么办 怎麼辦 怎样 怎樣 如何 为什么 為什麼 为何 哪里
        哪裡 哪儿 哪些 哪个 何时 什么时候 什麼時候 时候 多少 多久 几 可以 可 能 能够 会 會 要 想
        想要 需要 应该 必须 帮 幫 帮忙 帮助 一下 一直 一点 一些 现在 現在 今天 昨天 明天 已经 已經
        刚刚 还 還 还是 还没 还没有 就 都 也 又 再 才 只 很 太 更 但是 因为 所以 如果 然后 或者 以及
        里 裡 里面 上面 中 内 吗 嗎 呢 吧 啊 呀 啦 哦 嗯 过 過 着 著 得 地 到 去 来 來 说 說 给 給
        把 被 从 從 对 對 用 跟 有 是 做 办 辦 让 讓 知道 告诉 告訴 觉得 看 问 問 问题 問題 事情
        东西 这么 那么 特别 老是 总是 一次 次 天 月 号 个 們 们 这 這 那 哪 麼 么 紧急 緊急 麻烦 麻煩 尽快 盡快
        小时 小時 分钟 分鐘 星期 上午 下午 晚上 早上 中午 今年 去年 明年 最近 以前 以后 之前 之后 目前 左右 以上 以下
        非常 真的 应当 平时 有时 有时候 好的 还有 都有 之间 找 找个 打算 不错 最好"""
    ),
)
_PORTUGUESE = Words(
    articles=_set("o a os as um uma meu minha meus minhas seu sua seus suas nosso nossa este esta esse essa"),
    links=_set("de do da dos das em no na nos nas com para pra por pelo pela ao à"),
    auxiliaries=_set("é são está estão foi foram era ser ainda já muito tão"),
)
_ITALIAN = Words(
    articles=_set("il lo la i gli le l un uno una mio mia miei mie vostro vostra nostro nostra questo questa"),
    links=_set("di del della dello dei delle in nel nella con per da dal dalla a al alla su sul sulla"),
    auxiliaries=_set("è sono era ho ha hanno stato stata stati ancora già molto"),
)
_DUTCH = Words(
    articles=_set("de het een mijn jouw uw ons onze jullie deze dit"),
    links=_set("van voor met op in aan naar bij uit zonder"),
    auxiliaries=_set("is zijn was waren wordt werd heb heeft hebben nog al steeds heel erg"),
)
_GREEK = Words(
    articles=_set("ο η το οι τα του της των τον την τη τους τις ένας μια μία ένα έναν ενός μιας μου σου μας σας"),
    links=_set("από για με σε στο στη στην στον στα στις στους προς κατά μεταξύ ως μέχρι"),
)
_CATALAN = Words(fillers=_set("he has ha hem heu han"))
JAPANESE_LINKS = frozenset("がをのにへとで")
"""Particles between two words of a phrase."""

JAPANESE_DENIALS = frozenset(
    f"{particle}{verb}{ending}"
    for particle in ("", *"がはもをに")
    for verb, ending in (
        *product(("でき", "され", "し", "あり", "わかり", "なり", "つながり"), ("ません", "ませんでした")),
        *product(("でき", "され", "し", "", "わから", "なら", "つながら"), ("ない", "なかった", "なくて")),
    )
)
"""What stands after a noun to say that it is not, cannot be or is not done."""

_JAPANESE = Words(
    links=JAPANESE_LINKS,
    negations=JAPANESE_DENIALS,
    closers=JAPANESE_DENIALS,
    fillers=_set(
        """今日 昨日 明日 今 今月 今朝 先日 先週 今週 来週 場合 方法 質問 教 教下 時 何 何時 一度 自分 大丈夫
        出来 下 思 言 見 入 至急 世話 失礼 願 待 困 知 欲 探 希望 可能 合 問合 回答 返信 連絡 対応 確認 原因"""
    ),
)
_THAI = Words(
    negations=_set("ไม่"),
    fillers=_set(
        """ฉัน ดิฉัน ผม เรา คุณ เขา เธอ มัน ครับ ค่ะ คะ นะ จ้ะ ไหม มั้ย หรือ หรือไม่ และ แต่ ที่ ที่ไหน ไหน อยู่ ของ
        ได้ ต้อง ต้องการ อยาก ขอ ช่วย จะ ให้ เป็น คือ มี แล้ว ยัง อะไร อย่างไร ยังไง ทำไม ทำ เมื่อไหร่ เมื่อไร
        กับ ใน จาก ถึง นี้ นั้น ว่า ซึ่ง โดย ด้วย สวัสดี ขอบคุณ กรุณา โปรด หน่อย มาก เลย ก็ ไป มา ถาม สอบ บอก รู้
        วัน วันนี้ เมื่อ วาน พรุ่งนี้ เท่าไหร่ เท่าไร กี่ นาน ตอน แบบ อีก กัน ใคร ใด เมื่อใด ปีใด ที่ใด สิ่งใด เช่นไร
        แค่ไหน เหตุใด ผู้ คน ปี เดือน สัปดาห์ ชั่วโมง นาที คืน เช้า เย็น แรก กว่า ทั้ง ทั้งหมด ทุก บาง บางครั้ง
        หลาย เคย กำลัง เพราะ ถ้า ก่อน หลัง จน เพื่อ ตาม ระหว่าง เพียง แค่ เท่านั้น นั่น นี่ พวก เช่น สิ่ง บ่อย
        เหรอ การ ครั้ง หรอ ล่ะ สิ เรียก ขึ้น มีชื่อ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ ร้อย พัน บาท
        ความ ที่สุด ทำให้ แห่ง สามารถ อย่าง ต่อ เกี่ยว"""
    ),
    companions=_set("ปัญหา คำถาม คำตอบ เบอร์ หมายเลข จำนวน ชื่อ ใหม่ ใหญ่ ใช้ เริ่ม ด่วน เร่งด่วน"),
)
_OWN = {
    "english": _ENGLISH,
    "german": _GERMAN,
    "spanish": _SPANISH,
    "french": _FRENCH,
    "catalan": _CATALAN,
    "dutch": _DUTCH,
    "greek": _GREEK,
    "italian": _ITALIAN,
    "portuguese": _PORTUGUESE,
    "chinese": _CHINESE,
    "japanese": _JAPANESE,
    "thai": _THAI,
}
# Words that say no (or without, or never), first those before what they deny, then those after it. Where the verb or an
# ending says it, as mostly in Japanese and Turkish, no word is needed. Not here is what has another meaning more often:
# Arabic "ما" (what), Gujarati "ના" (of), Hindi "ना" (isn't it).
_NEGATIONS = {
    "arabic": ("لا لم لن ليس ليست لست ليسوا غير عدم بدون دون بلا مش مو موش", ""),
    "bulgarian": ("не няма нямам без никога нито", ""),
    "catalan": ("no sense mai ni", ""),
    "czech": (
        """ne není neni nejsem nejsi nejsme nejste nejsou nebyl nebyla nebylo nebyli nebyly nemá nemám nemáme nemáte
        nemají neměl nedělá nedělám nedělají nestačí nemohu nemůžu nemůže nemůžeme nelze bez beze nikdy ani""",
        "",
    ),
    "danish": ("ikke ej ingen intet ingenting aldrig uden", "ikke intet ingenting aldrig"),
    "dutch": ("niet geen niets niks nooit niemand zonder", "niet niets niks nooit"),
    "finnish": ("en et ei emme ette eivät älä eikä ilman", ""),
    "greek": ("δεν δε μη μην χωρίς ούτε όχι", ""),
    "gujarati": ("ન નથી નહીં નહિ નહોતો નહોતી નહોતું", "નથી નહીં નહિ વગર વિના"),
    "hebrew": ("לא אין אינו אינה אינם אינני בלי ללא", ""),
    "hindi": ("न नहीं नही मत", "नहीं नही बिना"),
    "hungarian": ("nem ne nincs nincsenek sem se", "nincs nincsenek nélkül"),
    "indonesian": ("tidak tak tdk nggak enggak gak ga belum bukan tanpa jangan", ""),
    "italian": ("non senza mai nessun nessuno nessuna né", ""),
    "korean": ("안 못", ""),
    "malaysian": ("tidak tak tiada belum bukan tanpa jangan", ""),
    "norwegian": ("ikke ikkje ingen intet ingenting aldri uten", "ikke ikkje ingenting aldri"),
    "persian": ("نه بدون بی", "نیست نيست نیستم نیستند نشده نشد نکرده ندارد ندارم ندارند نداشت نبود"),
    "polish": ("nie bez nigdy ani żaden żadna żadne żadnych", ""),
    "portuguese": ("não nao nem sem nunca nenhum nenhuma ninguém ninguem", ""),
    "romanian": ("nu fără fara nici niciodată niciodata niciun nicio", ""),
    "russian": ("не ни нет нельзя без никогда", "нет нельзя"),
    "slovak": ("nie nebol nebola nebolo neboli nemá nemám nemôžem nemôže nemôžeme nemožno bez nikdy ani", ""),
    "swedish": ("inte ej icke ingen inget inga ingenting aldrig utan", "inte ej inget ingenting aldrig"),
    "turkish": ("", "değil degil yok yoktu"),
    "ukrainian": ("не ні нема немає без ніколи", "нема немає"),
    "vietnamese": ("không ko chưa chẳng chả đừng", ""),
}

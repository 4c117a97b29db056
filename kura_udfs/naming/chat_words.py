"""What people say in any chat, by language: greetings, thanks, "I want", "can I", "how", "when", days and weeks.

Lists of function words are made of books and newspapers, where nobody says "olá, quero" or "bedankt alvast". English,
German, Spanish, French, Chinese, Japanese and Thai have their own in `wordlists`.
"""

from __future__ import annotations

CHAT_WORDS = {
    "arabic": """
        مرحبا مرحبًا أهلا أهلاً السلام عليكم صباح مساء الخير شكرا شكراً شكرًا جزيلا جزيلاً فضلك
        فضلكم سمحت سمحتم لو أرجو ارجو الرجاء يرجى رجاء المساعدة مساعدة مساعدتي ساعدوني كيف متى أين
        اين هل لماذا ليش وين ايش شو كم ماذا أريد اريد أرغب ارغب أود اود أحتاج احتاج أستطيع استطيع
        يمكنني يمكن يمكنكم ممكن أعرف اعرف عندي لدي الآن الان لأن لأنه لأنها بعد قبل حتى اليوم أمس
        امس غدا غداً يوم يومين أيام ايام أسبوع اسبوع أسبوعين شهر شهرين تحياتي إلى الى على في من عن
        مع
    """,
    "bulgarian": """
        здравейте здравей здрасти добър ден благодаря моля поздрави предварително искам бих желая
        трябва мога може можете нужна нуждая помощ помогнете как кога къде защо колко днес вчера
        утре дни ден седмица седмици месец час часа
    """,
    "catalan": """
        hola bon dia bona tarda gràcies sisplau salutacions vull voldria necessito puc ajuda com
        quan on per què avui ahir demà dies setmana setmanes mes hora hores
    """,
    "czech": """
        dobrý den ahoj děkuji děkuju díky prosím předem pozdravem pozdrav chci chtěl chtěla
        potřebuji potřebuju mohu můžu pomoc pomoci pomozte jak kdy kde proč kolik dnes včera zítra
        dní dny týden týdny měsíc hodin hodiny
    """,
    "danish": """
        hej goddag tak venlig hilsen hilsner mvh forhånd vil gerne ønsker behøver brug hjælp hjælpe
        hvordan hvornår hvor hvorfor hvad kan dag dage uge uger måned timer time idag igår imorgen
    """,
    "dutch": """
        hallo hoi dag goedemorgen goedemiddag goedenavond beste bedankt dank dankje alvast graag
        groet groeten vriendelijke mvg alsjeblieft alstublieft wil willen wilde krijg krijgen moet
        nodig hulp helpen hoe hoelang wanneer waar waarom hoeveel vandaag gisteren morgen dagen week
        weken maand maanden uur uren jullie
    """,
    "finnish": """
        hei moi terve kiitos kiitän etukäteen terveisin ystävällisin haluan haluaisin tarvitsen
        voinko voisinko saanko apua auttaa miten milloin missä miksi kuinka tänään eilen huomenna
        päivä päivää päiviä viikko viikkoa kuukausi tunti
    """,
    "greek": """
        γεια σας καλημέρα καλησπέρα χαίρετε ευχαριστώ παρακαλώ εκ των προτέρων θέλω ήθελα θα
        χρειάζομαι μπορώ μπορείτε βοήθεια βοηθήστε πώς πως πότε πού γιατί πόσο σήμερα χθες αύριο
        μέρες ημέρες εβδομάδα εβδομάδες μήνα ώρες
    """,
    "hebrew": """
        שלום היי תודה רבה בבקשה מראש אני רוצה צריך צריכה יכול יכולה אפשר עזרה לעזור איך מתי איפה למה
        כמה היום אתמול מחר ימים יום שבוע שבועות חודש שעות שעה את אתם של על עם גם כבר עדיין שלי שלכם
        לי מה זה
    """,
    "hindi": """
        नमस्ते नमस्कार धन्यवाद शुक्रिया कृपया प्लीज मुझे मैं मेरा मेरी मेरे हमें आप चाहिए चाहता
        चाहती चाहते हूँ हूं सकता सकती सकते मदद सहायता करें करना कैसे कब कहाँ कहां क्यों कितना कितने
        क्या आज कल दिन दिनों हफ्ते सप्ताह महीने घंटे
    """,
    "hungarian": """
        szia sziasztok helló üdvözlöm tisztelt köszönöm köszi kérem kérek előre üdvözlettel
        szeretném szeretnék akarok tudok lehet kell segítség segítsenek hogyan hogy mikor hol miért
        mennyi ma tegnap holnap nap napja hét hete hónap óra órája
    """,
    "indonesian": """
        halo hai selamat pagi siang sore malam terima kasih makasih tolong mohon kak min gan bantu
        bantuan saya mau ingin perlu butuh bisa cara bagaimana gimana kapan dimana mana kenapa
        mengapa berapa hari minggu bulan jam kemarin besok
    """,
    "italian": """
        ciao salve buongiorno buonasera gentile gentili grazie mille prego favore anticipo cordiali
        distinti saluti voglio vorrei vorremmo posso potrei possiamo potete devo bisogno aiuto
        aiutarmi aiutare come quando dove perché quanto quanti oggi ieri domani giorno giorni
        settimana settimane mese mesi ora ore
    """,
    "norwegian": """
        hei hallo takk vennlig hilsen hilsning mvh forhånd vil gjerne ønsker trenger hjelp hjelpe
        hvordan hvorfor når hvor hva kan dag dager uke uker måned timer time idag igår imorgen
    """,
    "persian": """
        سلام درود ممنون متشکرم تشکر مرسی لطفا لطفاً خواهش میخواهم می‌خواهم میخوام خواستم نیاز دارم
        میتوانم می‌توانم میتونم کمک راهنمایی چگونه چطور چطوری کی کجا کجاست چرا چند امروز دیروز فردا
        روز هفته ماه ساعت
    """,
    "polish": """
        dzień dobry witam cześć hej dziękuję dzięki proszę góry pozdrawiam pozdrowienia chcę
        chciałbym chciałabym potrzebuję mogę można muszę pomoc pomocy pomóżcie jak kiedy gdzie
        dlaczego czemu ile dziś dzisiaj wczoraj jutro dni tydzień tygodnie tygodni miesiąc godzin
        godziny
    """,
    "portuguese": """
        oi olá ola bom boa dia dias tarde noite obrigado obrigada obg brigado favor gentileza att
        atenciosamente abraços abs aguardo retorno cumprimentos desde quero queria gostaria preciso
        precisava posso poderia podem consigo conseguir consegui vou vai vamos faço fazer fiz tenho
        ajuda ajudar ajudem como quando onde cadê porque porquê qual quanto quantos hoje ontem
        amanhã semana semanas mês meses hora horas vocês vcs vc gente pessoal alguém
    """,
    "romanian": """
        bună buna ziua salut mulțumesc multumesc mersi rog vă anticipat stimă vreau doresc dori aș
        as pot puteți trebuie nevoie ajutor ajutați cum când cand unde cât de ce azi ieri mâine zile
        zi săptămână săptămâni lună ore oră este sunt am ați mi îmi meu mea mele al ale pe la din cu
        pentru și să că care mai
    """,
    "russian": """
        здравствуйте здравствуй привет добрый день дня вечер утро спасибо пожалуйста заранее
        уважением хочу хотел хотела хотелось могу можете можно нужно нужен нужна нужны надо помогите
        помощь подскажите скажите как когда где почему зачем сколько сегодня вчера завтра дней день
        дня неделя неделю недели месяц часов часа
    """,
    "slovak": """
        dobrý deň ahoj ďakujem vďaka prosím vopred pozdravom chcem chcel chcela potrebujem môžem
        pomoc pomôžte ako kedy kde prečo koľko dnes včera zajtra dní dni týždeň týždne mesiac hodín
    """,
    "swedish": """
        hej hejsan tack snälla vänliga vänlig hälsning hälsningar mvh förhand vill skulle behöver
        önskar hjälp hjälpa hur när var varför vad kan dag dagar vecka veckor månad månader timmar
        timme idag igår imorgon
    """,
    "turkish": """
        merhaba selam selamlar iyi günler akşamlar teşekkürler teşekkür ederim sağolun lütfen rica
        şimdiden saygılarımla istiyorum isterim istedim ihtiyacım var yardım yardımcı nasıl neden
        niye nerede nereden zaman kaç nedir yapabilirim alabilirim olur mu mı bugün dün yarın gün
        gündür günler hafta haftadır ay aydır saattir
    """,
    "ukrainian": """
        добрий день доброго дня вітаю привіт дякую прошу ласка заздалегідь повагою хочу хотів хотіла
        можу можна потрібно потрібна треба допоможіть допомога підкажіть як коли де чому скільки
        сьогодні вчора завтра днів дні день тиждень тижні місяць годин
    """,
    "vietnamese": """
        chào xin cảm ơn cám giúp đỡ vui lòng tôi mình em anh chị ạ nhé muốn cần có thể làm sao như
        thế nào khi nào đâu tại vì hôm nay qua mai ngày tuần tháng giờ
    """,
}

# "Not" and "can", where the one follows the other: what people can't do is said with both words ("não consigo entrar").
_UNABLE = {
    "arabic": ("لا", "أستطيع استطيع يمكنني أقدر اقدر"),
    "bulgarian": ("не", "мога можем"),
    "catalan": ("no", "puc podem"),
    "finnish": ("en", "voi saa pysty"),
    "greek": ("δεν", "μπορώ μπορούμε"),
    "hebrew": ("לא", "יכול יכולה מצליח מצליחה"),
    "hungarian": ("nem", "tudok tudom tudunk tudjuk"),
    "italian": ("non", "posso riesco possiamo riusciamo"),
    "polish": ("nie", "mogę możemy"),
    "portuguese": ("não nao", "posso consigo consegui conseguimos podemos"),
    "romanian": ("nu", "pot putem reușesc"),
    "russian": ("не", "могу можем"),
    "spanish": ("no", "puedo podemos consigo logro"),
    "ukrainian": ("не", "можу можемо"),
    "vietnamese": ("không", "thể"),
}


def chat_words(language: str) -> frozenset[str]:
    """Return those of a language, in lower case; none where there is no record."""
    return frozenset(CHAT_WORDS.get(language, "").split())


def unable_words(language: str) -> frozenset[str]:
    """Return the pairs of words by which a language says that somebody can't, each as one word with a space in it."""
    nots, cans = _UNABLE.get(language, ("", ""))
    return frozenset(f"{no} {can}" for no in nots.split() for can in cans.split())


ALL_UNABLE = frozenset[str]().union(*map(unable_words, _UNABLE))

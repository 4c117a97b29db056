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
        مع واحد اثنان اثنين ثلاث ثلاثة أربع أربعة خمس خمسة ست ستة سبع سبعة ثمان ثمانية تسع تسعة عشر
        عشرة
        نعم طيب لكم تمام حسنا
        بدي بدك بدنا بدها بدهم بده عايز عاوز عايزة عاوزة ابغى أبغى ابغا بغيت اقدر أقدر بقدر تقدر بتقدر
        يقدر نقدر فيني ينفع بينفع شي اشي إشي إيش ايه ليه فين منين ازاي إزاي شلون كيفاش علاش متى
        امتى إمتى ايمتى إيمتى وينتا قديش قديه اديش بكام اكم مين اللي الي يلي إلي هاي هاد هادا هذي هيدا هيدي دي
        ده تبع تبعي تبعتي تبعك تاع تاعي بتاع بتاعي بتاعتي ديال ديالي مافي لسا لسه هلا هلأ هلق هسا
        دلوقتي دابا حدا حد لازم ضروري اعمل أعمل بعمل عملت اسوي أسوي اساوي أساوي عشان علشان مشان
        لانو لأنو انتو إنتو احنا كمان برضه كتير كثير اكتر شوي شوية بس اغلبك بليز هيك زي صار معي معاي
        عندك عندكم عندنا عارف بعرف يعني مبارح امبارح بكرا بكره
        بأسرع أسرع
        أي أبحث
        أنا أنت هو هي نحن هم لما رح راح إنه إني كان كانت كنت
    """,
    "bulgarian": """
        здравейте здравей здрасти добър ден благодаря моля поздрави предварително искам бих желая
        трябва мога може можете нужна нуждая помощ помогнете как кога къде защо колко днес вчера
        утре дни ден седмица седмици месец час часа уважаеми възможно никой две три четири пет шест
        седем осем девет десет лева лв кой коя кое какъв каква
        търся търсим
    """,
    "catalan": """
        hola bon dia bona tarda gràcies sisplau salutacions vull voldria necessito puc ajuda com
        quan on per què avui ahir demà dies setmana setmanes mes hora hores tres quatre cinc sis set
        vuit euros
        quin quina quins quines quants quanta quantes busco
    """,
    "czech": """
        dobrý den ahoj děkuji děkuju díky prosím předem pozdravem pozdrav chci chtěl chtěla
        potřebuji potřebuju mohu můžu pomoc pomoci pomozte jak kdy kde proč kolik dnes včera zítra
        dní dny týden týdny měsíc hodin hodiny zdravím vážený vážená vážení odpoledne večer ráno
        nashledanou rychle rychlou možné možno nikdo dva dvě tři čtyři pět šest sedm osm devět deset
        korun kč jaký jaká jaké jakou který která dělat udělat stojí
        koho odkud hledám hledáme znamená
    """,
    "danish": """
        hej goddag tak venlig hilsen hilsner mvh forhånd vil gerne ønsker behøver brug hjælp hjælpe
        hvordan hvornår hvor hvorfor hvad kan dag dage uge uger måned timer time idag igår imorgen
        hurtigst snarest muligt kroner kr to tre fire fem seks syv otte ni ti hvilken hvilket koster
        hvem hvilke søger leder betyder
        klokken kl morgen morgenen aften venligst minutter
    """,
    "dutch": """
        hallo hoi dag goedemorgen goedemiddag goedenavond beste bedankt dank dankje alvast graag
        groet groeten vriendelijke mvg alsjeblieft alstublieft wil willen wilde krijg krijgen moet
        nodig hulp helpen hoe hoelang wanneer waar waarom hoeveel vandaag gisteren morgen dagen week
        weken maand maanden uur uren jullie geachte hartelijk hartelijke aub mogelijk euro twee drie
        vier vijf zes zeven acht negen tien welk welke kost kosten
        waarheen zoek betekent
        gaat gaan alle zien laat
        s t n morgens ochtends middags avonds morgenochtend minuten maandag dinsdag woensdag donderdag vrijdag
        zaterdag zondag
    """,
    "finnish": """
        hei moi terve kiitos kiitän etukäteen terveisin ystävällisin haluan haluaisin tarvitsen
        voinko voisinko saanko apua auttaa miten milloin missä miksi kuinka tänään eilen huomenna
        päivä päivää päiviä viikko viikkoa kuukausi tunti euroa euro kaksi kolme neljä viisi kuusi
        seitsemän kahdeksan yhdeksän kymmenen
        etsin tarkoittaa
    """,
    "greek": """
        γεια σας καλημέρα καλησπέρα χαίρετε ευχαριστώ παρακαλώ εκ των προτέρων θέλω ήθελα θα
        χρειάζομαι μπορώ μπορείτε βοήθεια βοηθήστε πώς πως πότε πού γιατί πόσο σήμερα χθες αύριο
        ένα μια μία μέρες ημέρες εβδομάδα εβδομάδες μήνα ώρες κανείς τίποτα ευρώ δύο τρία τρεις τέσσερα τέσσερις
        πέντε έξι επτά εφτά οκτώ εννέα δέκα ποιος ποια ποιο
        ποιοι ποιες ποιον ποιους πόσα πόσες πόσοι πόση ψάχνω σημαίνει είναι ήταν έχει
        που και ή ότι όταν αν έχω έχουν είχε μπορεί μπορούν πιο πολύ αυτό αυτή αυτός αυτά κάτι κάποιος κάνω κάνει
        πρέπει μόνο ακόμα ακόμη ήδη τώρα εδώ εκεί έτος όλα όλοι εγώ εσύ εμείς ποιου
    """,
    "hebrew": """
        שלום היי תודה רבה בבקשה מראש אני רוצה צריך צריכה יכול יכולה אפשר עזרה לעזור איך מתי איפה למה
        כמה היום אתמול מחר ימים יום שבוע שבועות חודש שעות שעה את אתם של על עם גם כבר עדיין שלי שלכם
        לי מה זה שתיים שניים שלוש שלושה ארבע ארבעה חמש חמישה שש שישה שבע שבעה שמונה תשע עשר עשרה
        מי איזה איזו מחפש מחפשת
    """,
    "hindi": """
        नमस्ते नमस्कार धन्यवाद शुक्रिया कृपया प्लीज मुझे मैं मेरा मेरी मेरे हमें आप चाहिए चाहता
        चाहती चाहते हूँ हूं सकता सकती सकते मदद सहायता करें करना कैसे कब कहाँ कहां क्यों कितना कितने
        क्या आज कल दिन दिनों हफ्ते सप्ताह महीने घंटे दो तीन चार पांच पाँच छह सात आठ नौ दस
        हैलो हेलो सर मैडम जी जल्दी ठीक हाँ हां वही समय लगेगा
        किसने किसको कौनसी कितनी किन मतलब गई
        जाता जाती जाते जाना जाने गए सा सी देना देने देता दिया दी करने करता करती करते बना बनाया बनाने रहा रही रहे प्रकार
        तरह रूप पहला पहली पहले बीच आगे बाद होने होना होगा होगी सबसे अधिक लोग लोगों किसका किसकी किसके द्वारा माना कहा
        वर्ष साल किए पास बारे वाली वाला वाले दौरान अन्य अधिकांश
    """,
    "hungarian": """
        szia sziasztok helló üdvözlöm tisztelt köszönöm köszi kérem kérek előre üdvözlettel
        szeretném szeretnék akarok tudok lehet kell segítség segítsenek hogyan hogy mikor hol miért
        mennyi ma tegnap holnap nap napja hét hete hónap óra órája lehetséges forint ft két kettő
        három négy öt hat nyolc kilenc tíz melyik milyen
        kit hova hány keresek jelent
    """,
    "indonesian": """
        halo hai selamat pagi siang sore malam terima kasih makasih tolong mohon kak min gan bantu
        bantuan saya mau ingin perlu butuh bisa cara bagaimana gimana kapan dimana mana kenapa
        mengapa berapa hari minggu bulan jam kemarin besok rupiah rp satu dua tiga empat lima enam
        tujuh delapan sembilan sepuluh
        kemana mencari artinya
        untuk yg tp tapi jg juga aja saja jadi dgn dengan sudah udah sdh nya tahun banget cukup lumayan
    """,
    "italian": """
        ciao salve buongiorno buonasera gentile gentili grazie mille prego favore anticipo cordiali
        distinti saluti voglio vorrei vorremmo posso potrei possiamo potete devo bisogno aiuto
        aiutarmi aiutare come quando dove perché quanto quanti oggi ieri domani giorno giorni
        settimana settimane mese mesi ora ore cortesia cortesemente possibile niente nulla euro tre
        quattro cinque sei sette otto nove dieci quali costa costano
        quanta quante cerco cerchiamo significa esiste
    """,
    "korean": """
        나는 난 내 내가 나도 나만 나를 날 나한테 나에게 저는 전 제가 저도 저를 저희 너는 넌 네가 니가
        너무 그는 그녀 이거 그거 저거 이게 그게 이건 그건 그런 저런 이렇게 그렇게 누가 뭐 뭘 뭐가 뭔가 뭐야
        뭔지 어디서 어디에 어떡해 어떡하지 어쩌지 어떨까 정말 진짜 아주 매우 많이 더 덜 다 다시 아직 아직도 벌써
        이미 이제 지금 요즘 계속 자꾸 항상 늘 매일 가끔 자주 빨리 그냥 꼭 잘 제일 가장 역시 완전 엄청 근데
        때문 위해 대해 관련 통해 아마 따로 먼저 나중에 거의 별로 전혀 절대 하나도 오늘 어제 내일 지난 마지막
        해 하고 하는 하면 하지 하나요 합니다 했어 했는데 하는데 해야 할 할까 할까요 할게 하네 하세요 해주세요
        해줘 해도 했으면 하려고 하려면 할수 수 거 걸 게 건 거야 거지 건가 건가요 걸까 줘 주세요 줄
        알 알려줘 알려주세요 알고 알았는데 모르 모르겠어 모르겠어요
        모르겠다 부탁 부탁드려요 부탁드립니다 부탁해요 안녕 안녕하세요 감사합니다 감사해요 고마워 고마워요 고맙습니다
        죄송합니다 실례합니다 아니요 아니오 좋겠다 좋겠어 좋겠어요 좋을까 좋을까요 싶어 싶다 싶어요 싶습니다 싶은데
        싶은 같아 같아요 같은 같은데 와 왔어 가고 가야 봐요 보고 볼까 분 시 시간 개월 주일 전 후 오전 오후 아침 저녁
        월요일 화요일 수요일 목요일 금요일 토요일 일요일 한 두 세 번 개 명 원
        있는데 아닌데 중 중인데 듯 것도 많아 많아요
    """,
    "norwegian": """
        hei hallo takk vennlig hilsen hilsning mvh forhånd vil gjerne ønsker trenger hjelp hjelpe
        hvordan hvorfor når hvor hva kan dag dager uke uker måned timer time idag igår imorgen raskt
        snarest mulig kroner kr to tre fire fem seks sju syv åtte ni ti hvilket koster
        søker leter betyr mye
    """,
    "persian": """
        سلام درود ممنون متشکرم تشکر مرسی لطفا لطفاً خواهش میخواهم می‌خواهم میخوام خواستم نیاز دارم
        میتوانم می‌توانم میتونم کمک راهنمایی چگونه چطور چطوری کی کجا کجاست چرا چند امروز دیروز فردا
        روز هفته ماه ساعت دو سه چهار پنج شش هفت هشت ده تومان تومن
        دنبال
    """,
    "polish": """
        dzień dobry witam cześć hej dziękuję dzięki proszę góry pozdrawiam pozdrowienia chcę
        chciałbym chciałabym potrzebuję mogę można muszę pomoc pomocy pomóżcie jak kiedy gdzie
        dlaczego czemu ile dziś dzisiaj wczoraj jutro dni tydzień tygodnie tygodni miesiąc godzin
        godziny szanowni państwo uprzejmie nikt złotych zł dwa dwie trzy cztery pięć sześć siedem
        osiem dziewięć dziesięć jaki jaka jakie kosztuje kosztują trwa potrwa
        dostanę nadal ciągle tak bardzo
        kogo szukam szukamy znaczy oznacza
    """,
    "portuguese": """
        oi olá ola bom boa dia dias tarde noite obrigado obrigada obg brigado favor gentileza att
        atenciosamente abraços abs aguardo retorno cumprimentos desde quero queria gostaria preciso
        precisava posso poderia podem consigo conseguir consegui vou vai vamos faço fazer fiz tenho
        ajuda ajudar ajudem como quando onde cadê porque porquê qual quanto quantos hoje ontem
        amanhã semana semanas mês meses hora horas vocês vcs vc gente pessoal alguém aguardando blz
        pf pfv valeu possível dá dar reais três tres duas cinco quatro sete oito nove dez tudo alguem moça
        moço agradeço custa custam demora demoram
        quais quanta quantas procuro procuramos significa existe
    """,
    "romanian": """
        bună buna ziua salut mulțumesc multumesc mersi rog vă anticipat stimă vreau doresc dori aș
        as pot puteți trebuie nevoie ajutor ajutați cum când cand unde cât de ce azi ieri mâine zile
        zi săptămână săptămâni lună ore oră este sunt am ați mi îmi meu mea mele al ale pe la din cu
        pentru și să că care mai stimate stimată posibil nimeni nimic lei ron doi două trei patru
        cinci șase șapte opt zece costă
        câtă câți câte caut căutăm înseamnă
        în după între poate există într-un într-o s-a s-au an ani anul prin sub peste
    """,
    "russian": """
        здравствуйте здравствуй привет добрый день дня вечер утро спасибо пожалуйста заранее
        уважением хочу хотел хотела хотелось могу можете можно нужно нужен нужна нужны надо помогите
        помощь подскажите скажите как когда где почему зачем сколько сегодня вчера завтра дней день
        дня неделя неделю недели месяц часов часа уважаемые возможно никто рублей рубля руб два две
        три четыре пять шесть семь восемь девять десять какой какая какое какие делать сделать стоит
        каком откуда чей ищу ищем означает
        могли насчет отлично свидания большое ваш ваша ваше ваши вашу понедельник вторник среда среду четверг пятница
        пятницу суббота субботу воскресенье
    """,
    "slovak": """
        dobrý deň ahoj ďakujem vďaka prosím vopred pozdravom chcem chcel chcela potrebujem môžem
        pomoc pomôžte ako kedy kde prečo koľko dnes včera zajtra dní dni týždeň týždne mesiac hodín
        zdravím vážený vážená vážení dovidenia rýchlo rýchlu možné nikto eur dva dve tri štyri päť
        šesť sedem osem deväť desať aký aká aké ktorý ktorá ktoré urobiť stojí
        hľadám hľadáme znamená
    """,
    "swedish": """
        hej hejsan tack snälla vänliga vänlig hälsning hälsningar mvh förhand vill skulle behöver
        önskar hjälp hjälpa hur när var varför vad kan dag dagar vecka veckor månad månader timmar
        timme idag igår imorgon snarast kronor kr tre fyra fem sex sju åtta nio tio vilken vilket kostar
        söker letar betyder
    """,
    "turkish": """
        merhaba selam selamlar iyi günler akşamlar teşekkürler teşekkür ederim sağolun lütfen rica
        şimdiden saygılarımla istiyorum isterim istedim ihtiyacım var yardım yardımcı nasıl neden
        niye nerede nereden zaman kaç nedir yapabilirim alabilirim olur olacak mu mı mi mü bugün dün yarın gün
        gündür günler hafta haftadır ay aydır saattir mümkün lira tl iki üç dört beş altı yedi sekiz
        dokuz on hangi bekliyorum
        hangisi kadar arıyorum
        ın in ün nın nin nun nün da de ta te dan den tan ten ya ye yı yi yu yü la le yla yle lar ler ları leri
        nda nde ndan nden lara lere larda lerde lardan lerden ların lerin larında lerinde larından lerinden
        sı si su sü sında sinde sının sinin
    """,
    "ukrainian": """
        добрий день доброго дня вітаю привіт дякую прошу ласка заздалегідь повагою хочу хотів хотіла
        можу можна потрібно потрібна треба допоможіть допомога підкажіть як коли де чому скільки
        сьогодні вчора завтра днів дні день тиждень тижні місяць годин шановні можливо ніхто гривень
        грн два дві три чотири шість сім вісім десять який яка які робити зробити коштує
        яке шукаю шукаємо означає
    """,
    "vietnamese": """
        chào xin cảm ơn cám giúp đỡ vui lòng tôi mình em anh chị ạ nhé muốn cần có thể làm sao như
        thế nào khi nào đâu tại vì hôm nay qua mai ngày tuần tháng giờ hai ba bốn bảy tám chín mười
        bao nhiêu mấy nghĩa
    """,
}

# What is said of many a thing ("problem", "number", "new", "works", "urgent"): fits into phrases, says nothing alone.
_COMPANIONS = {
    "arabic": """
        مشكلة مشكله المشكلة سؤال رقم اسم جديد جديدة يعمل تعمل رد عاجل مستعجل
        معلومات تفاصيل وقت سبب طريقة مرة مره وحدة واحدة ثاني ثانية تاني تانية آخر أخرى استخدم أستخدم
        استخدام استعمل تشتغل يشتغل بتشتغل شغال شغالة
    """,
    "bulgarian": """
        проблем проблема проблеми въпрос номер име нов нова ново работи отговор спешно невъзможно
    """,
    "catalan": """
        problema problemes pregunta número nom nou nova nous noves funciona resposta urgent urgència
    """,
    "czech": """
        problém problémy problémem dotaz otázka číslo čísla jméno nový nová nové nového novou nových
        dostal dostala funguje nefunguje jde nejde odpověď odpovědi urgentní urgentně naléhavé
    """,
    "danish": """
        problem problemer spørgsmål nummer navn ny nyt nye fået fik virker svar haster umuligt
    """,
    "dutch": """
        probleem problemen vraag nummer naam nieuw nieuwe gekregen werkt lukt antwoord reactie
        dringend spoed onmogelijk tijd
    """,
    "finnish": """
        ongelma ongelmia kysymys numero nimi uusi uuden uutta sain toimi toimii vastaus vastausta
        kiireellinen pikaisesti mahdotonta
    """,
    "greek": """
        να πρόβλημα προβλήματα ερώτηση αριθμός αριθμό όνομα νέο νέα νέος πήρα δουλεύει λειτουργεί
        απάντηση επείγον επειγόντως
    """,
    "hebrew": """
        דחוף
    """,
    "hindi": """
        जरूरी ज़रूरी तुरंत
        समस्या सवाल प्रश्न जवाब नंबर नाम नया नई नए उपयोग प्रयोग काम कारण
    """,
    "hungarian": """
        probléma problémám gond gondom kérdés kérdésem szám név új kaptam működik választ válasz
        sürgős sürgősen lehetetlen
    """,
    "indonesian": """
        masalah kendala pertanyaan nomor nama baru dapat jawaban balasan segera urgent
    """,
    "italian": """
        problema problemi domanda numero nome nuovo nuova nuovi nuove funziona risposta urgente
        urgenza urgentemente impossibile tempo
    """,
    "korean": """
        문제 질문 번호 이름 새 새로운 답변 답장 방법 급해요 긴급 불가능 없어 없어요 없다 없네 없네요 없는
        있어 있어요 있나요 있을까 있을까요 있는 않아 않아요 않네요 않는 안돼 안돼요 안되네요 안됩니다
        돼 돼요 되요 되나요 되네 되네요 되는 되어 됐어 됐어요 됩니다 될까 될까요
    """,
    "norwegian": """
        problem problemer spørsmål nummer navn ny nytt nye fått fikk virker fungerer svar haster
        umulig
    """,
    "persian": """
        مشکل سوال سؤال شماره نام جدید کار پاسخ جواب فوری فوریت
    """,
    "polish": """
        problem problemy problemu pytanie numer numeru imię nowy nowa nowe nowego nową dostałem
        dostałam działa odpowiedź odpowiedzi pilne pilnie niemożliwe
    """,
    "portuguese": """
        problema problemas pergunta dúvida número nome novo nova novos novas veio funciona resposta
        urgente urgência urgentemente impossível tempo
    """,
    "romanian": """
        problemă probleme întrebare număr nume nou nouă noi merge funcționează răspuns urgent
        urgentă imposibil
    """,
    "russian": """
        проблема проблемы проблему вопрос вопросы номер номера имя новый новая новое новую нового
        работает ответ ответа срочно невозможно
    """,
    "slovak": """
        problém problémy otázka otázku číslo čísla meno nový nová nové nového novú dostal dostala
        funguje nefunguje ide nejde odpoveď urgentné
    """,
    "swedish": """
        problem fråga frågor nummer namn ny nytt nya fått fick fungerar funkar svar brådskande
        omöjligt
    """,
    "turkish": """
        sorun sorunum problem soru sorum numara numarası isim yeni aldım çalışıyor çalışmıyor cevap
        yanıt acil acilen
    """,
    "ukrainian": """
        проблема проблеми проблему питання номер новий нова нове нову працює відповідь терміново
        неможливо
    """,
    "vietnamese": """
        hỏi mới số tên gấp
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


def chat_companions(language: str) -> frozenset[str]:
    """Return the words of a language that say nothing alone, in lower case; none where there is no record."""
    return frozenset(_COMPANIONS.get(language, "").split())


def unable_words(language: str) -> frozenset[str]:
    """Return the pairs of words by which a language says that somebody can't, each as one word with a space in it."""
    nots, cans = _UNABLE.get(language, ("", ""))
    return frozenset(f"{no} {can}" for no in nots.split() for can in cans.split())


ALL_UNABLE = frozenset[str]().union(*map(unable_words, _UNABLE))

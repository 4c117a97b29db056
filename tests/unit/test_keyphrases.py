"""Words, phrases and keyphrases: what texts have in common, and what tells one cluster from the next."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.naming.keyphrases import cluster_keyphrases
from kura_udfs.naming.members import central_members, tree_members
from kura_udfs.naming.phrases import Phrases, extract_phrases
from kura_udfs.naming.tokenising import MAX_TOKENS, tokenise
from kura_udfs.naming.wordlists import words_of
from kura_udfs.naming.words import read_corpus, stemmer, word_use
from kura_udfs.text.function_words import function_words, languages_with_lists
from kura_udfs.text.languages import HUMAN_LANGUAGES, human_language
from tests.support.vectors import hashed_words


def shares(phrases: Phrases) -> dict[str, float]:
    return dict(zip(phrases.text, np.asarray(phrases.exact.sum(axis=0)).ravel().tolist(), strict=True))


def keyphrases_of(texts: Sequence[str], leaves: Sequence[int], parents: Sequence[int]) -> list[list[str]]:
    members = tree_members(np.array(parents), np.array(leaves), hashed_words(texts), np.ones(len(texts)))
    phrases = extract_phrases([texts[row] for row in members.core])
    return [[phrase.text for phrase in found] for found in cluster_keyphrases(phrases, members, hashed_words)]


def test_placeholders_addresses_tags_and_code_are_no_words() -> None:
    text = "Mail [email] or a@b.com, <b>see</b> https://x.io/q?a=b\n```json\n{'x': 1}\n```done [phone number]"
    assert [token for token in tokenise(text) if token not in ("", ",")] == ["Mail", "or", "see", "done"]


@pytest.mark.parametrize("written", ["hasn't", "hasn’t", "hasnt", "has not"])
def test_negations_are_read_alike_however_they_are_written(written: str) -> None:
    assert "not" in tokenise(f"my card {written} arrived")


def test_letters_keep_their_vowel_signs() -> None:
    assert tokenise("मेरा पार्सल") == ["मेरा", "पार्सल"]


@pytest.mark.parametrize("text", ["पानी टपक रहा है।", "বিল ভুল আছে।", "बिल गलत॥", "החבילה לא הגיעה׃", "أين، لا؛ متى؟"])
def test_a_full_stop_is_no_part_of_a_word_in_any_writing(text: str) -> None:
    tokens = tokenise(text)
    assert tokens[-1] == ""
    assert not any(unicodedata.category(sign) == "Po" for token in tokens if token != "," for sign in token)


def test_hebrew_words_keep_their_hyphen() -> None:
    assert tokenise("בית־ספר") == ["בית־ספר"]


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert len(tokenise("包裹没有到" * 10_000)) == len(tokenise("a b, " * 10_000)) == MAX_TOKENS


@pytest.mark.parametrize("unit", ["a", "@", "a@", "[a", "<a", "://", "aed", "-a", "```", "包"])
def test_reading_takes_no_longer_for_malicious_texts(unit: str) -> None:
    stem = stemmer("english")
    started = time.process_time()
    for token in set(tokenise(unit * 100_000)):
        stem(token)
    assert time.process_time() - started < 1


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_tokens_of_any_text_are_words_or_breaks(text: str) -> None:
    for token in tokenise(text):
        assert token in ("", ",", "&") or token[0].isalnum()
        assert not set(token) & set("<>[]{}\"'`_ \n\t\x00")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("movie", "movies"), ("story", "stories"), ("cancel", "cancelled"), ("charge", "charging"),
        ("box", "boxes"), ("call", "called"), ("ship", "shipped"), ("delivery", "deliveries"),
    ],
)  # fmt: skip
def test_inflections_of_an_english_word_have_one_stem(one: str, other: str) -> None:
    stem = stemmer("english")
    assert stem(one) == stem(other)


@pytest.mark.parametrize(("one", "other"), [("new", "news"), ("store", "story"), ("speed", "spe"), ("bus", "bu")])
def test_different_english_words_keep_different_stems(one: str, other: str) -> None:
    stem = stemmer("english")
    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("german", "Rechnung", "Rechnungen"), ("spanish", "tarjeta", "tarjetas"), ("french", "colis", "colis"),
        ("dutch", "bestelling", "bestellingen"), ("russian", "палатка", "палатки"), ("swedish", "jacka", "jackor"),
        ("arabic", "بطاقة", "البطاقة"), ("arabic", "بطاقتي", "البطاقات"), ("arabic", "حساب", "للحساب"),
    ],
)  # fmt: skip
def test_inflections_of_a_word_have_one_stem_in_other_languages_too(language: str, one: str, other: str) -> None:
    stem = stemmer(language)
    assert stem(one) == stem(other)


def test_a_word_of_a_language_without_a_stemmer_is_its_own_stem() -> None:
    assert stemmer("bulgarian")("Пратката") == "пратката"


def test_a_word_of_nothing_but_endings_has_a_stem_and_is_counted() -> None:
    assert stemmer("turkish")("lerinde") == "lerinde"
    for language in languages_with_lists() & set(HUMAN_LANGUAGES):
        stem = stemmer(language)
        ends = {word[cut:].strip("-") for word in function_words(language) for cut in range(len(word))} - {""}
        assert all(map(stem, ends))
    corpus = read_corpus(["SGK'lerinde kart aidatı iade edilmedi", "kart aidatı için iade istiyorum, teşekkürler"])
    assert word_use(corpus, 1).holders


def test_each_text_is_read_in_its_own_language() -> None:
    corpus = read_corpus(["where is my parcel and why is it late", "wo ist mein Paket und warum ist es noch nicht da"])
    assert [corpus.languages[language] for language in corpus.language] == ["english", "german"]


def test_one_text_among_many_that_looks_like_another_language_is_read_in_the_usual_one() -> None:
    odd = "Django migration conflict"
    assert human_language(odd) == "french"
    corpus = read_corpus([*(f"where is my parcel number {i}" for i in range(30)), odd, "كيف أغير كلمة المرور"])
    assert [corpus.languages[language] for language in corpus.language[-2:]] == ["english", "arabic"]


def test_a_word_is_a_noun_or_a_verb_as_the_texts_use_it() -> None:
    texts = [
        "can I return it",
        "I return the boots",
        "you may return them",
        "the label is lost",
        "a label for it",
    ]
    use = word_use(read_corpus(texts), 1)
    assert use.nounness["english", "label"] > 0.6 > 0.3 > use.nounness["english", "return"]
    assert "return" in use.bare_verbs


def test_a_phrase_skips_articles_and_auxiliaries_and_keeps_negations_and_prepositions() -> None:
    phrases = extract_phrases(
        [
            "my card has not yet arrived",
            "the card hasn't arrived",
            "proof of the purchase",
            "proof of purchase",
        ]
    )
    found = shares(phrases)
    assert found["card not arrived"] == 2
    assert found["proof of purchase"] == 2


def test_words_of_one_stem_that_one_person_each_has_written_are_nobodys() -> None:
    assert stemmer("english")("zyxzoxity") == stemmer("english")("zyxzoxive")
    assert extract_phrases(["the lamp zyxzoxity", "a lamp zyxzoxive"]).text == ["lamp"]


def test_a_negated_phrase_is_another_phrase() -> None:
    found = shares(extract_phrases(["card not arrived", "card not arrived", "card arrived", "the card has arrived"]))
    assert found["card not arrived"] == found["card arrived"] == 2


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (
            ["Isn't my old card accepted?", "why isn't my old card accepted"],
            {"old card not accepted", "card not accepted", "not accepted", "old card", "card"},
        ),
        (
            ["Isn't the rarest card accepted?", "why isn't the card accepted"],
            {"card not accepted", "not accepted", "card"},
        ),
        (["we have no hot water", "there's no hot water again"], {"no hot water", "no hot", "water"}),
        (["no invoice received", "I received no invoice"], {"no invoice received", "no invoice", "received"}),
        (["no reset mail received", "got no reset mail, received"], {"no reset mail", "no reset", "mail", "received"}),
        (["No cancel my order", "no, cancel the order"], {"cancel order", "cancel", "order"}),
        (["my order no 123 is late", "order no. 124 is late"], {"order"}),
        (
            ["nobody answered my ticket", "no one has answered my ticket", "why has no-one answered the ticket"],
            {"nobody answered ticket", "nobody answered", "ticket"},
        ),
        (["it's not the card that failed", "not the card which failed"], {"card", "failed"}),
        (["la tarjeta no la he recibido", "por qué no la he recibido"], {"no recibido"}),
        (
            ["ich habe nicht die Karte erhalten", "warum habe ich nicht die Karte erhalten"],
            {"Karte nicht erhalten", "nicht erhalten", "Karte"},
        ),
    ],
)
def test_what_a_question_or_a_no_denies(texts: list[str], said: set[str]) -> None:
    assert set(extract_phrases(texts).text) == said


# How it is said, the phrase that it makes, and the word in it that must not stand there without the negation.
DENIED = {
    "arabic": (["لا أستطيع تسجيل الدخول إلى حسابي", "أنا لا أستطيع تسجيل الدخول"], "لا أستطيع تسجيل الدخول", "أستطيع"),
    "bulgarian": (["пратката не е пристигнала", "моята пратка не е пристигнала"], "не пристигнала", "пристигнала"),
    "catalan": (["el paquet no ha arribat", "el meu paquet encara no ha arribat"], "no arribat", "arribat"),
    "chinese": (["我无法登录账户", "账户无法登录，怎么办"], "无法登录", "登录"),
    "czech": (["zásilka není doručena", "moje zásilka není doručena"], "zásilka není doručena", "doručena"),
    "danish": (["jeg har ikke modtaget pakken", "jeg har endnu ikke modtaget min pakke"], "ikke modtaget", "modtaget"),
    "dutch": (["de app werkt niet", "waarom werkt niet", "mijn app werkt niet meer"], "app werkt niet", "werkt"),
    "finnish": (["en pääse kirjautumaan", "minä en pääse kirjautumaan"], "en pääse kirjautumaan", "pääse"),
    "french": (["pas reçu mon colis", "je n'ai toujours pas reçu mon colis"], "pas reçu colis", "reçu"),
    "german": (
        ["die App funktioniert nicht", "meine App funktioniert nicht mehr"],
        "App funktioniert nicht",
        "funktioniert",
    ),
    "greek": (["δεν μπορώ να συνδεθώ", "εγώ δεν μπορώ να συνδεθώ"], "δεν μπορώ να συνδεθώ", "μπορώ"),
    "gujarati": (["પાર્સલ મળ્યું નથી", "મારું પાર્સલ મળ્યું નથી"], "પાર્સલ મળ્યું નથી", "મળ્યું"),
    "hebrew": (["החבילה לא הגיעה", "החבילה שלי עדיין לא הגיעה"], "לא הגיעה", "הגיעה"),
    "hindi": (["ट्रैकिंग नंबर अपडेट नहीं हो रहा।", "नंबर अपडेट नहीं हो रहा"], "नंबर अपडेट नहीं", "अपडेट"),
    "hungarian": (["nem tudok bejelentkezni", "én nem tudok bejelentkezni"], "nem tudok bejelentkezni", "tudok"),
    "indonesian": (["saya tidak bisa login", "kenapa saya tidak bisa login ke akun"], "tidak login", "login"),
    "italian": (["il pacco non è arrivato", "il mio pacco non è ancora arrivato"], "pacco non arrivato", "arrivato"),
    "korean": (["로그인이 안 돼요", "로그인 안 돼요 어떻게 하나요"], "로그인 안 돼요", "돼요"),
    "norwegian": (
        ["jeg har ikke mottatt pakken min", "jeg har fortsatt ikke mottatt pakken"],
        "ikke mottatt pakken",
        "mottatt",
    ),
    "persian": (["نمی‌توانم وارد حسابم شوم", "من نمی توانم وارد حساب شوم"], "نمیتوانم وارد", "توانم"),
    "polish": (["paczka nie dotarła", "moja paczka wciąż nie dotarła"], "nie dotarła", "dotarła"),
    "portuguese": (["a encomenda não foi entregue", "a encomenda ainda não foi entregue"], "não entregue", "entregue"),
    "romanian": (["coletul nu a ajuns", "coletul meu nu a ajuns încă"], "nu ajuns", "ajuns"),
    "russian": (["Не могу войти в аккаунт", "почему я не могу войти в аккаунт"], "не могу войти", "могу"),
    "slovak": (["zásielka nebola doručená", "moja zásielka nebola doručená"], "zásielka nebola doručená", "doručená"),
    "spanish": (["no recibo el código", "yo no recibo ningún código"], "no recibo", "recibo"),
    "swedish": (
        ["appen fungerar inte", "varför fungerar inte", "appen fungerar inte längre"],
        "appen fungerar inte",
        "fungerar",
    ),
    "turkish": (["bu adres doğru değil", "neden adres doğru değil"], "adres doğru değil", "doğru"),
    "ukrainian": (
        ["замовлення не було доставлено", "моє замовлення не було доставлено"],
        "замовлення не доставлено",
        "доставлено",
    ),
    "vietnamese": (["tôi không thể đăng nhập", "tại sao tôi không thể đăng nhập"], "không thể đăng nhập", "thể"),
}


@pytest.mark.parametrize("language", DENIED)
def test_a_negation_stays_with_the_word_that_it_denies(language: str) -> None:
    texts, phrase, denied = DENIED[language]
    assert human_language(texts[-1]) == language
    found = extract_phrases(texts).text
    assert phrase in found
    negations = words_of(language).negations
    said = [text for text in found if denied in text.split(" ")]
    assert language == "chinese" or all(negations.intersection(text.split(" ")) for text in said)


CHATS = {
    "arabic": (["مرحبا، أريد إرجاع المنتج من فضلك", "كيف يمكنني إرجاع المنتج؟ شكرا"], "إرجاع المنتج"),
    "korean": (["안녕하세요, 주문 취소 하고 싶어요", "혹시 지금 주문 취소 할까요? 정말 감사합니다 ㅠㅠ"], "주문 취소"),
    "dutch": (
        ["Hallo, ik wil graag de bestelling annuleren", "ik wil mijn bestelling annuleren, alvast bedankt"],
        "bestelling annuleren",
    ),
    "greek": (
        ["Καλημέρα, θέλω ακύρωση της παραγγελίας μου", "πώς γίνεται από εδώ η ακύρωση της παραγγελίας;"],
        "ακύρωση παραγγελίας",
    ),
    "hebrew": (["שלום, אני רוצה החזר כספי בבקשה", "איך אפשר לקבל החזר כספי? תודה"], "החזר כספי"),
    "italian": (["Salve, vorrei annullare ordine, grazie", "come posso annullare ordine oggi?"], "annullare ordine"),
    "polish": (
        ["Dzień dobry, chcę anulować zamówienie", "jak mogę anulować zamówienie? Pozdrawiam"],
        "anulować zamówienie",
    ),
    "portuguese": (
        ["Olá, quero devolver o tênis que não serviu, obrigado", "bom dia! preciso devolver o tênis hoje"],
        "devolver tênis",
    ),
    "russian": (["Здравствуйте, хочу отменить заказ", "как могу отменить заказ? Заранее спасибо"], "отменить заказ"),
    "turkish": (["Merhaba, siparişi iptal istiyorum", "siparişi iptal lütfen, iyi günler"], "siparişi iptal"),
}


@pytest.mark.parametrize("language", CHATS)
def test_what_people_say_in_any_chat_is_no_part_of_a_phrase(language: str) -> None:
    texts, phrase = CHATS[language]
    assert all(human_language(text) == language for text in texts)
    found = extract_phrases(texts).text
    assert phrase in found
    assert all(set(text.split(" ")) <= set(phrase.split(" ")) for text in found), found


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("arabic", "بدي شو وين هلأ لازم مشكلة مرة وحدة"),
        (
            "czech",
            "Vážení, zdravím, pět korun, mám problém, dotaz. Nefunguje. Urgentní, rychlou odpověď. Nemohu",
        ),
        ("danish", "to, fem eller ti kroner: et problem og et spørgsmål. Haster! Svar"),
        ("dutch", "Geachte, drie euro, een probleem. Dringend! Antwoord"),
        ("english", "Wtf, this damn shit. What the fuck, lmfao. The following"),
        ("french", "Bjr, cdt. Combien ? Lequel ? Urgent. Impossible. Avez-vous ? Puis-je ? A-t-on ? Réponse"),
        ("german", "Dringend! Niemand. Wegen. Klappt. Bescheid, Antwort, Rückmeldung"),
        ("greek", "επείγον: ένα πρόβλημα, μια ερώτηση, πέντε ευρώ"),
        ("hindi", "किसने, कितनी समस्या? पहला सवाल, नया नंबर"),
        ("hungarian", "Sürgős: egy probléma, egy kérdés, öt forint"),
        ("indonesian", "Tapi untuk itu juga dengan yang sudah, cukup"),
        ("italian", "Urgente: un problema, quattro euro. Funziona. Risposta"),
        ("polish", "Szanowni Państwo, pilne: problem, pytanie, numer, pięć złotych. Działa"),
        ("portuguese", "Urgente: um problema, três reais. Ninguém. Dá. Resposta"),
        ("romanian", "Urgent: o problemă, o întrebare, cinci lei, după, în, între"),
        ("russian", "Уважаемые, срочно: проблема, вопрос, номер, пять рублей. Ответ. В субботу, в среду"),
        ("korean", "정말 너무 급해요. 다시 질문, 문제 없어요"),
        ("slovak", "Vážení, zdravím, päť eur, problém, otázka. Nemôžem"),
        ("spanish", "Urgente. Nadie. Imposible. Quedo atento. Respuesta"),
        ("swedish", "Brådskande: ett problem, fem kronor, en fråga. Svar"),
        ("thai", "ใคร ปีใด เมื่อใด หนึ่ง สอง ปัญหา ด่วน"),
        ("turkish", "Acil: sorun, soru, beş lira. Cevap, lerinde"),
        ("ukrainian", "Шановні, терміново: проблема, питання, номер, десять гривень. Працює"),
    ],
)
def test_what_is_said_of_anything_names_nothing(language: str, said: str) -> None:
    words = words_of(language)
    tokens = [token.lower() for token in tokenise(said)]
    assert not [token for token in tokens if len(token) > 1 and not words.holds(token)]
    assert not {"fem", "pět", "cinci"} & words.links, "numbers are no prepositions"


def test_what_says_nothing_alone_is_kept_in_a_phrase() -> None:
    texts = ["Dobrý den, aplikace nefunguje", "vaše aplikace nefunguje, prosím o rychlou odpověď"]
    found = extract_phrases(texts).text
    assert "aplikace nefunguje" in found
    assert not {"nefunguje", "odpověď", "rychlou"} & set(found)


def test_a_letter_and_the_word_that_seldom_stands_without_it_are_one_word() -> None:
    scans = [
        "my x ray results",
        "the X-ray of my knee",
        "an x ray please",
        "is the x ray back",
        "2 x tickets",
        "tickets",
    ]
    found = extract_phrases(scans).text
    assert {"x ray", "x ray results"} & set(found)
    assert not any(text.split(" ")[0] == "ray" or ("tickets" in text and "x" in text) for text in found)
    assert "t shirt" in extract_phrases(["a blue t shirt", "that t shirt", "my t shirt"]).text
    assert "application" in extract_phrases(["l'application plante", "dans l'application", "l'application"]).text


def test_the_subject_of_a_french_question_is_no_part_of_its_verb() -> None:
    texts = [
        "Puis-je résilier mon contrat ?",
        "Quand puis-je résilier le contrat ?",
        "mon rendez-vous",
        "un rendez-vous",
    ]
    found = extract_phrases(texts).text
    assert {"résilier contrat", "rendez-vous"} <= set(found)
    assert not any("puis" in text for text in found)


def test_a_name_of_a_thing_makes_no_other_language() -> None:
    sale = "Cadê o desconto da black friday?"
    others = [
        "Meu pedido não chegou ainda",
        "Quero trocar o tamanho do vestido",
        "O boleto que paguei não foi aprovado",
    ]
    corpus = read_corpus([f"{sale} Obrigada", sale, *others])
    assert {corpus.languages[number] for number in corpus.language.tolist()} == {"portuguese"}


def test_capitals_after_a_greeting_are_no_word_s_own_and_texts_without_any_say_nothing_of_abbreviations() -> None:
    texts = [
        "Hi, Mandatory training will not load",
        "Good morning Mandatory training is broken",
        "no mandatory training",
    ]
    assert "mandatory training" in extract_phrases(texts).text
    wifi = ["wlan is down", "my wlan password", "the wlan", "where is the WLAN?", "I lost the WLAN password"]
    assert "WLAN" in extract_phrases(wifi).text


@pytest.mark.parametrize(
    ("texts", "phrase"),
    [
        (["não consigo acessar a conta", "eu não consigo acessar minha conta"], "não consigo acessar"),
        (["لا أستطيع تسجيل الدخول إلى حسابي", "لماذا لا أستطيع تسجيل الدخول"], "لا أستطيع تسجيل الدخول"),
        (["no puedo pagar con tarjeta", "hola, no puedo pagar con mi tarjeta"], "no puedo pagar con tarjeta"),
        (
            ["non riesco a pagare la bolletta", "salve, non riesco a pagare questa bolletta"],
            "non riesco pagare bolletta",
        ),
    ],
)
def test_what_people_cannot_do_is_not_that_they_do_not_do_it(texts: list[str], phrase: str) -> None:
    assert phrase in extract_phrases(texts).text


def test_negations_are_known_in_every_language_that_writes_them_as_words() -> None:
    known = {*DENIED, "english", "thai", "japanese"}
    assert {language for language in HUMAN_LANGUAGES if words_of(language).negations} == known
    assert set(HUMAN_LANGUAGES) == known


@pytest.mark.parametrize("language", DENIED)
def test_a_negation_alone_is_no_phrase_and_ends_none_that_it_may_not_close(language: str) -> None:
    words = words_of(language)
    assert words.openers | words.closers <= words.negations
    said = DENIED[language][0]
    for negation in sorted(words.negations - words.closers):
        found = extract_phrases([f"{negation}. {text} {negation}{end}" for text in said for end in ".\n"]).text
        assert negation not in found
        assert not any(text.split(" ")[-1] == negation for text in found)


def test_a_negation_reaches_over_function_words_but_not_over_punctuation() -> None:
    texts = [
        "заказ не был доставлен вчера",
        "мой заказ не был доставлен",
        "нет, заказ доставлен",
        "заказ доставлен? нет",
    ]
    assert {"заказ не доставлен", "заказ доставлен"} <= set(extract_phrases(texts).text)


def test_arabic_and_is_no_part_of_a_negation() -> None:
    texts = ["نسيت كلمة المرور ولا تصلني رسالة", "لا تصلني رسالة إعادة التعيين"]
    assert shares(extract_phrases(texts))["لا تصلني رسالة"] == 2


def test_phrases_do_not_begin_or_end_with_fillers_or_cross_punctuation() -> None:
    texts = ["Hello, please help me with the refund. Parcel number is gone, thanks"] * 2
    phrases = extract_phrases([f"{text} {i}" for i, text in enumerate(texts)])
    assert "refund" in phrases.text
    for text in phrases.text:
        words = text.lower().split()
        assert not {words[0], words[-1]} & {"hello", "please", "help", "me", "with", "the", "is", "thanks"}
        assert not {"refund", "parcel"} <= set(words)


def test_word_order_and_inflection_make_one_phrase_shown_in_its_commonest_form() -> None:
    phrases = extract_phrases(
        ["cancel my order", "please cancel the order", "the order was cancelled", "cancel an order"]
    )
    assert shares(phrases)["cancel order"] == 4


def test_words_that_stand_apart_support_a_phrase_loosely() -> None:
    phrases = extract_phrases(["tracking number", "a tracking page without any number", "tracking number"])
    column = phrases.text.index("tracking number")
    assert phrases.exact[:, [column]].sum() == 2
    assert phrases.loose[:, [column]].sum() == 3


def test_what_one_alone_says_side_by_side_is_a_phrase_only_where_nobody_else_is_heard() -> None:
    texts = [
        "tracking number",
        "no number, no tracking",
        "where is the tracking? the number is lost",
        "tracking number",
    ]
    heard, one_person = np.array([0, 1, 2, 3]), np.array([0, 1, 2, 0])
    assert "tracking number" in extract_phrases(texts, voices=heard).text
    assert "tracking number" not in extract_phrases(texts, voices=one_person).text
    alone = np.array([True, False, False, False])
    assert "tracking number" in extract_phrases(texts, voices=one_person, alone=alone).text


def test_acronyms_keep_their_case_and_beginnings_of_sentences_lose_it() -> None:
    phrases = extract_phrases(
        ["Refund by the API", "Refund for 2FA", "the API and my GPS", "no 2FA, no GPS", "WHERE IS MY REFUND"]
    )
    assert {"API", "GPS", "2FA", "refund"} <= set(phrases.text)


def test_shouted_texts_are_named_in_lower_case_and_abbreviations_in_others_are_not() -> None:
    shouted = ["MY BAG NEVER ARRIVED IN ROME!!!", "THE BAG NEVER ARRIVED ASAP", "KIDS NOT SEATED, MY BAG NEVER ARRIVED"]
    found = extract_phrases([*shouted, "a VAT invoice", "VAT invoice please"]).text
    assert "bag never arrived" in found
    assert "VAT invoice" in found
    assert not any(word.isupper() and word != "VAT" for text in found for word in text.split(" "))
    assert "pet fee for cat" in extract_phrases(["PET FEE FOR A CAT", "PET FEE FOR MY CAT"]).text


def test_names_of_things_with_a_sign_are_whole() -> None:
    texts = [
        "express on Node.js in C++ or C#",
        "Node.js express",
        "a segfault in C++",
        "C# and C++",
        "an ASP.NET page",
        "my ASP.NET",
    ]
    assert {"Node.js", "C++", "C#", "ASP.NET"} <= set(extract_phrases(texts).text)
    assert "unique ptr" in extract_phrases(["a unique_ptr is null", "unique_ptr"]).text
    assert not {"js", "net", "ptr vs raw"} & set(extract_phrases([*texts, *["unique_ptr vs. raw pointer"] * 2]).text)


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("my 2 year old has an ear infection", {"ear", "infection", "ear infection"}),
        ("the receipt is gone, thank you very much in advance", {"receipt", "receipt gone"}),
        ("Dear Dr. Patel, the receipt", {"receipt"}),
        ("Hi Anna and team! the receipt", {"receipt"}),
        ("Sehr geehrte Frau Weber,\nich brauche die Rechnung und die Quittung", {"Rechnung", "Quittung"}),
        ("¿dónde está el recibo? quedo a la espera", {"recibo"}),
        ("une quittance, dans l'attente de votre réponse", {"quittance"}),
        ("Hi parcel arrived, receipt gone", {"parcel", "arrived", "parcel arrived", "receipt", "gone", "receipt gone"}),
    ],
)
def test_what_says_nothing_though_its_words_do(text: str, phrases: set[str]) -> None:
    assert set(extract_phrases([text, text]).text) <= phrases


def test_a_long_abbreviation_is_told_from_a_word_that_is_shouted() -> None:
    formulas = [f"a VLOOKUP with {word}" for word in ("errors", "names", "no match", "text")]
    assert "VLOOKUP" in extract_phrases(formulas).text
    assert "refund" in extract_phrases(["I want my REFUND now", "where is my REFUND", "a refund"]).text


def test_a_phrase_is_not_cut_before_the_word_that_always_follows() -> None:
    texts = [f"please complete the attached disability form {end}" for end in ("today", "by Friday", "soon", "now")]
    found = extract_phrases(texts).text
    assert "attached disability form" in found
    assert not {"complete attached", "complete attached disability", "attached disability"} & set(found)


@pytest.mark.parametrize("phrase", ["parental leave", "notice period", "no sound", "sound not working"])
def test_words_that_are_chatter_alone_are_kept_in_fixed_expressions(phrase: str) -> None:
    found = extract_phrases([f"a question about {phrase} please", f"{phrase}, what about it"]).text
    assert phrase in found
    assert not {"leave", "notice"} & set(found)


def test_what_many_send_in_the_same_words_shows_where_a_phrase_goes_on() -> None:
    found = extract_phrases(["when is open enrollment for health insurance"], crowds=np.array([9])).text
    assert "enrollment for health insurance" in found
    assert "enrollment for health" not in found


def test_german_nouns_keep_the_capital_that_many_leave_out_and_other_words_get_none() -> None:
    texts = [
        "wo ist meine bestellung, ich warte schon lange darauf",
        "die bestellung ist nicht angekommen und ich warte noch",
        "ich warte seit Tagen auf meine Bestellung und auf ein Zeichen",
        "Hallo zusammen, Bestellung verloren, was soll ich jetzt tun",
    ]
    assert extract_phrases(texts).text == ["Bestellung", "warte"]


def test_order_numbers_and_units_are_no_phrases() -> None:
    phrases = extract_phrases(["NS-48213 weighs 90g at 10am", "NS-48213 weighs 90g at 10am"])
    assert phrases.text == ["weighs"]


def test_verbs_take_their_particles() -> None:
    assert "top up" in shares(extract_phrases(["top up my phone", "I topped up", "no top-ups please"]))


def test_french_elisions_are_written_together() -> None:
    texts = [
        "où est ma carte d'identité, je ne sais pas",
        "la carte d’identité est perdue, et je suis triste",
    ]
    assert "carte d'identité" in extract_phrases(texts).text


def test_phrases_do_not_depend_on_the_order_of_texts() -> None:
    texts = [
        "refund not arrived",
        "where is my refund",
        "the courier lost a parcel",
        "parcel lost by courier",
    ]
    assert extract_phrases(texts).text == extract_phrases(texts[::-1]).text


@pytest.mark.parametrize("texts", [[], [""], ["😀", "!?"], ["the of and", "ok thanks"]])
def test_texts_without_topics_have_no_phrases(texts: list[str]) -> None:
    phrases = extract_phrases(texts)
    assert phrases.text == []
    assert phrases.loose.shape == (len(texts), 0)


PARCELS = [
    "the courier lost my parcel", "my parcel never came, the courier is bad", "courier says parcel is gone",
    "is the parcel with the courier", "parcel delayed by the courier again",
]  # fmt: skip
REFUNDS = [
    "my refund is not in the bank", "the bank has no refund from you", "when will the refund reach my bank",
    "refund missing, bank knows nothing", "a refund to the wrong bank",
]  # fmt: skip


def test_keyphrases_are_what_neighbours_do_not_say() -> None:
    texts = [f"{text}, order {word}" for text, word in zip(PARCELS + REFUNDS, "abcdefghij", strict=True)]
    parcels, refunds = keyphrases_of(texts, [0] * 5 + [1] * 5, [-1, -1])
    assert set(parcels[:2]) == {"parcel", "courier"}
    assert set(refunds[:2]) == {"refund", "bank"}
    assert "order" not in parcels[:2] + refunds[:2]


def test_a_phrase_of_two_members_does_not_come_before_one_of_many() -> None:
    texts = [f"the parcel is late, {word}" for word in "abcdefghijklmnopqrstuvwx"]
    texts = [f"{text} {' '.join(['lorry', 'village', 'bridge'][i % 3 : i % 3 + 1])}" for i, text in enumerate(texts)]
    texts[0] += ", a purple kangaroo"
    texts[9] += ", a purple kangaroo"
    other = [f"the stove is cold, {word}" for word in "abcdefgh"]
    first = keyphrases_of(texts + other, [0] * 24 + [1] * 8, [-1, -1])[0]
    assert "purple kangaroo" not in first[:3]


def test_a_phrase_that_a_longer_one_explains_is_left_out() -> None:
    texts = ["fly to New York", "hotel in New York", "New York museum", "trains of New York"]
    (found,) = keyphrases_of(texts, [0] * 4, [-1])
    assert "New York" in found
    assert "York" not in found


def test_a_parent_prefers_what_most_children_say() -> None:
    one = [f"tent {word} needs a pole" for word in ("floor", "wall", "roof", "door")]
    two = [f"tent {word} needs a peg" for word in ("bag", "rope", "seam", "flap")]
    other = [f"boot {word} needs a lace" for word in ("sole", "heel", "toe", "tongue")]
    top = keyphrases_of(one + two + other, [1] * 4 + [2] * 4 + [3] * 4, [-1, 0, 0, -1])[0]
    assert top[0] == "tent"


def test_near_duplicates_count_as_one_text_with_all_their_weight() -> None:
    vectors = hashed_words(["the zip is broken", "the zip is broken!", "the pole is bent"])
    members = tree_members(np.array([-1]), np.zeros(3, np.int64), vectors, np.array([1.0, 2.0, 4.0]))
    assert len(members.core) == 2
    assert members.weights.sum() == pytest.approx(7)


def test_a_leaf_stands_for_its_whole_weight_however_many_texts_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kura_udfs.naming.members.MAX_MEMBERS", 3)
    vectors = np.eye(10, dtype=np.float32)
    members = tree_members(np.array([-1]), np.zeros(10, np.int64), vectors, np.arange(1.0, 11.0))
    assert len(members.core) == 3
    assert members.weights.sum() == pytest.approx(55)


@pytest.mark.parametrize(("leaves", "texts_of_each"), [(2, 6), (4, 5), (10, 4)])
def test_the_more_leaves_there_are_the_fewer_texts_stand_for_each_but_never_too_few(
    leaves: int, texts_of_each: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("MAX_MEMBERS", 6), ("MAX_TEXTS", 20), ("FEWEST_MEMBERS", 4)):
        monkeypatch.setattr(f"kura_udfs.naming.members.{name}", value)
    vectors = np.eye(8 * leaves, dtype=np.float32)
    members = tree_members(np.full(leaves, -1), np.repeat(np.arange(leaves), 8), vectors, np.ones(8 * leaves))
    assert np.bincount(members.core // 8).tolist() == [texts_of_each] * leaves
    assert members.weights.sum() == pytest.approx(8 * leaves)


def test_central_members_are_near_the_centre_and_unlike_each_other() -> None:
    angles = np.array([0.0, 0.5, -0.6, 0.55, 3.0])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    members = tree_members(np.array([-1]), np.zeros(5, np.int64), vectors, np.array([9.0, 1, 1, 1, 1]))
    picked = [int(members.core[position]) for position in central_members(members, 0, 2)]
    assert picked[0] == 0
    assert picked[1] in (1, 2)
    assert len(set(central_members(members, 0, 10))) == len(members.core)


def test_parents_in_a_circle_are_refused() -> None:
    with pytest.raises(ValueError, match="circle"):
        tree_members(np.array([1, 0]), np.array([0]), np.ones((1, 2), np.float32), np.ones(1))


def test_owners_keep_their_s_before_what_is_theirs_and_lose_it_elsewhere() -> None:
    texts = ["do I need a doctor's note?", "hand in the doctor’s note", "the router's broken", "my router's dead"]
    found = extract_phrases(texts).text
    assert {"doctor's note", "doctor", "router"} <= set(found)
    assert not any(text.endswith("'s") for text in found)


def test_capitals_of_emphasis_are_no_word_s_own_and_those_within_a_word_are() -> None:
    assert extract_phrases(["I CAN'T LOGIN to it", "I just CANNOT LOGIN", "PLEASE fix the LOGIN"]).text == ["login"]
    assert extract_phrases(["TypeScript: no types", "TypeScript fails", "use typescript"]).text == ["TypeScript"]
    lazy = [*(f"the typescript of {word}" for word in ("this", "these", "those")), "my TypeScript is old"]
    assert extract_phrases(lazy).text == ["TypeScript"]


@pytest.mark.parametrize(
    ("texts", "phrase", "cut"),
    [
        (
            [
                "Le remboursement de mon billet d'avion n'est pas arrivé",
                "remboursement de ce billet d'avion pas arrivé",
            ],
            "remboursement de billet d'avion pas arrivé",
            "avion pas arrivé",
        ),
        (
            ["the proof of purchase was not accepted", "my proof of purchase is not accepted"],
            "proof of purchase not accepted",
            "purchase not accepted",
        ),
        (
            ["La tarjeta de embarque no se descarga", "tarjeta de embarque no se descarga"],
            "tarjeta de embarque no descarga",
            "embarque no descarga",
        ),
        (["para iadesi hesabıma geçmedi", "Para iadesi hesabıma geçmedi"], "para iadesi hesabıma geçmedi", ""),
    ],
)
def test_what_is_denied_is_said_of_the_noun_and_not_of_what_belongs_to_it(
    texts: list[str], phrase: str, cut: str
) -> None:
    found = extract_phrases(texts).text
    assert phrase in found
    assert cut not in found


def test_french_writes_de_as_the_next_word_wants_it() -> None:
    texts = ["prix d'un bagage", "quel prix d'un bagage", "prix d'un hublot", "le prix d'un hublot"]
    assert {"prix de bagage", "prix d'hublot"} <= set(extract_phrases(texts).text)


def test_a_chinese_question_denies_nothing_and_a_denied_verb_stays_denied() -> None:
    assert "不认识扣费" in extract_phrases(["账单里有不认识的扣费", "有不认识的扣费"]).text
    assert not any("不" in text for text in extract_phrases(["能不能改签机票", "可不可以改签机票"]).text)


def test_a_single_sign_of_writing_without_spaces_is_no_letter_of_the_next_word() -> None:
    texts = ["ランプが赤く点滅しています", "赤く点滅", "可以带多少公斤行李", "带多少公斤行李"]
    assert not any(" " in text for text in extract_phrases(texts).text)


def test_what_somebody_cannot_do_stands_before_it_where_an_article_follows() -> None:
    texts = ["No puedo hacer el check-in online", "no puedo hacer el check-in online hoy"]
    assert extract_phrases(texts).text[0] == "no puedo check-in online"


def test_words_that_say_nothing_alone_are_not_cut_off_though_they_are_function_words() -> None:
    assert "nome errado na passagem" in extract_phrases(["Nome errado na passagem", "nome errado na passagem"]).text


def test_german_nouns_that_only_begin_sentences_keep_their_capital() -> None:
    found = extract_phrases(["Umzug zum Monatsende", "Umzug im Mai", "umzug im juni"], 2)
    assert "Umzug" in found.text


def test_an_arabic_word_is_shown_without_its_article_and_its_owner() -> None:
    texts = ["أين البطاقة؟", "ضاعت البطاقة أمس", "بطاقتي معلقة", "انتهت بطاقتي", "أريد بطاقة أخرى"]
    assert extract_phrases(texts).text == ["بطاقة"]


def test_who_leaves_out_the_hamza_is_understood() -> None:
    assert {"أستطيع", "استطيع", "إيش", "ايش"} <= words_of("arabic").fillers


def test_letters_that_make_no_syllable_are_no_korean_word() -> None:
    assert extract_phrases(["배송 지연 ㅠㅠ", "배송 지연 ㅠㅠ"]).text == ["배송", "배송 지연", "지연"]


def test_what_somebody_is_looking_for_is_named_without_saying_so_in_japanese() -> None:
    found = extract_phrases(["静かな旅館を探しています", "駅の近くの旅館を探しています"]).text
    assert "旅館" in found
    assert not any("探" in text for text in found)


def test_hindi_in_latin_letters_is_no_part_of_an_english_phrase() -> None:
    texts = ["mujhe refund chahiye", "mera refund chahiye hai", "refund chahiye abhi", "mujhe mera refund kab milega"]
    assert extract_phrases(texts).text == ["refund"]


def test_who_looks_for_something_says_what_it_is() -> None:
    texts = ["Я ищу гостиницу у вокзала", "Здравствуйте, ищу гостиницу с завтраком", "ищем гостиницу"]
    assert extract_phrases(texts).text == ["гостиницу"]


def test_a_character_that_the_dictionary_leaves_over_stays_with_the_word_before_it() -> None:
    texts = ["乙肝大三阳怎么治", "大三阳会传染吗", "我妈是大三阳", "大三阳的饮食"]
    assert "大三阳" in extract_phrases(texts).text

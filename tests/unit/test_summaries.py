from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.text.summaries import extractive_summary, has_words, request
from tests.support.growth import assert_grows_with_length

ENCODED = base64.b64encode(bytes(number * 7 % 256 for number in range(600))).decode()
PYTHON = """Traceback (most recent call last):
  File "sync.py", line 3, in <module>
    count = int("a")
            ^^^^^^^^
ValueError: invalid literal for int() with base 10: 'a'"""
JAVA = """Exception in thread "main" java.lang.IllegalStateException: no session
\tat com.example.Sync.run(Sync.java:31)
Caused by: java.lang.NullPointerException: name is null
\tat com.example.Sync.name(Sync.java:9)
\t... 3 more"""
JAVASCRIPT = """TypeError: Cannot read properties of undefined (reading 'map')
    at render (app.js:1:2)
    at main (app.js:3:4)"""

FILLERS = [
    "",
    " \n\t",
    "hi",
    "Hi there!",
    "hello? anyone",
    "ok thanks",
    "yes please",
    "No, that's all. Thank you so much!",
    "thx 🙏",
    "Guten Tag",
    "ja gerne, vielen Dank",
    "bonjour, merci beaucoup",
    "hola, buenas tardes. gracias",
    "[email]",
    "7.2.0",
    "\x00\x01",
    "[attachment]\n[image]",
    "hi\n[file]\nthanks",
    ENCODED,
    f"data:image/png;base64,{ENCODED}",
    "\n".join(ENCODED[at : at + 76] for at in range(0, 760, 76)),
]


@pytest.mark.parametrize("text", FILLERS)
def test_nothing_to_say_gives_none(text: str) -> None:
    assert extractive_summary(text) is None
    assert request(text) is None
    assert not has_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I tried cat log | grep foo | wc -l and got 0", "I tried cat log | grep foo | wc -l and got 0"),
        ("compare plan A | plan B | plan C for a family", "compare plan A | plan B | plan C for a family"),
        ("> translate the red house to Swedish", "translate the red house to Swedish"),
        ("```\nwhy does my roof leak when it rains\n```", "why does my roof leak when it rains"),
        ("```python\nprint('hello')\n```", "print('hello')"),
        ("| tents | leak |\n|---|---|\n| tents | 3 |", "tents leak"),
        (f"what is this? {ENCODED}", "what is this?"),
        (f"decode my parcel label {ENCODED}", "decode my parcel label"),
        (PYTHON, "ValueError: invalid literal for int() with base 10: 'a'"),
        (f"our sync stops\n{PYTHON}", "our sync stops. ValueError: invalid literal for int() with base 10: 'a'"),
        (
            f"```\n{PYTHON}\n```\nour sync stops",
            "our sync stops. ValueError: invalid literal for int() with base 10: 'a'",
        ),
        (JAVA, "Caused by: java.lang.NullPointerException: name is null"),
        (
            f"the list is empty\n{JAVASCRIPT}",
            "the list is empty. TypeError: Cannot read properties of undefined (reading 'map')",
        ),
        ("panic: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()", "panic: index out of range [3]"),
    ],
)
def test_where_there_are_words_there_is_a_summary(text: str, expected: str) -> None:
    assert extractive_summary(text) == expected
    assert request(text) is not None
    assert has_words(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hi, where is my parcel", "where is my parcel"),
        ("Hello Moss, my tent arrived with a torn flysheet.", "My tent arrived with a torn flysheet."),
        ("Good morning. I bought boots and they squeak", "I bought boots and they squeak"),
        ("Dear Moss or whoever reads this, the zip broke on day one.", "The zip broke on day one."),
        ("ok so my card got refused but the money is gone", "my card got refused but the money is gone"),
        ("Quick one. Delivered to reception on the 15th.", "Delivered to reception on the 15th."),
        ("Hallo zusammen, mein Paket hängt fest", "Mein Paket hängt fest"),
        ("buenas tardes, no me llega el paquete", "no me llega el paquete"),
        ("bonjour, colis perdu depuis lundi", "colis perdu depuis lundi"),
        ("thanks\n\nI need a taxi.\nTo 1671 Willow Pass Road please", "I need a taxi."),
        ("no tracking update since monday", "no tracking update since monday"),
        ("https://acme.example/builds/linker-flags/7\nwhy does this fail?", "why does this fail?"),
    ],
)
def test_request_is_the_first_sentence_that_says_something(text: str, expected: str) -> None:
    assert request(text) == expected


def test_a_full_question_in_the_same_turn_goes_before_the_story() -> None:
    story = "I walk the GR11 in August. If I download the map today, will it still be there in a month?"
    assert request(story) == "If I download the map today, will it still be there in a month?"
    assert request("gloves. got 9 need 8") == "gloves. got 9 need 8"
    assert request("The app logs me out every hour. Why?") == "The app logs me out every hour."


def test_a_summary_keeps_what_was_said_first_and_most_and_drops_the_rest() -> None:
    turns = (
        "Hi there!\nThe tent poles snapped on the first night. I want a refund for the tent.\n"
        "ok\nyes, the black one\nThank you so much for your help!"
    )
    assert extractive_summary(turns) == "The tent poles snapped on the first night. I want a refund for the tent."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Bom dia, quero cancelar o plano", "Quero cancelar o plano"),
        ("Merhaba, kartım nerede?", "Kartım nerede?"),
        ("Здравствуйте! Где мой заказ?", "Где мой заказ?"),
        ("你好，我想退货。谢谢", "我想退货。"),
        ("こんにちは。荷物が届きません。", "荷物が届きません。"),
        ("مرحبا، أين طلبي؟", "أين طلبي؟"),
        ("Halo 2 does not start", "Halo 2 does not start"),
        ("Oi Fibra sem sinal", "Oi Fibra sem sinal"),
    ],
)
def test_greetings_in_other_languages_are_left_out_too(text: str, left: str) -> None:
    assert extractive_summary(text) == request(text) == left


@pytest.mark.parametrize(
    "text", ["Merhaba, iyi günler", "Привет!", "Oi, tudo bem?", "您好", "Dzień dobry", "안녕하세요"]
)
def test_a_greeting_in_another_language_is_nothing_to_talk_about(text: str) -> None:
    assert not has_words(text)


def test_an_address_tells_nothing_beside_what_is_said() -> None:
    turns = "The export fails since Monday.\nhttps://acme.example/exports/quarterly-report/settings/42"
    assert extractive_summary(turns) == "The export fails since Monday."
    assert extractive_summary("https://acme.example/exports") == "https://acme.example/exports"


def test_sentences_stay_in_their_order_on_one_line_with_stops_between() -> None:
    turns = "checkout rejects my discount code\nthe code is on your poster in Malmö, checkout says expired"
    assert extractive_summary(turns) == (
        "checkout rejects my discount code. the code is on your poster in Malmö, checkout says expired"
    )


def test_a_sentence_said_again_is_not_said_twice() -> None:
    assert extractive_summary("app keeps stopping.\napp keeps stopping.\napp keeps stopping.") == "app keeps stopping."


def test_code_and_tables_are_not_quoted() -> None:
    turns = "our sync loses products\n```python\nraise SyncError('products')\n```\n| sku | qty |\n| 1 | 2 |"
    assert extractive_summary(turns) == "our sync loses products"


def test_abbreviations_dates_and_trailing_dots_do_not_end_a_sentence() -> None:
    assert request("Need an RMA no. for the lot, e.g. today.") == "Need an RMA no. for the lot, e.g. today."
    assert request("Wir wollen vom 1. bis 9. August einen Rucksack leihen.") == (
        "Wir wollen vom 1. bis 9. August einen Rucksack leihen."
    )
    assert request("label created and then... nothing at all") == "label created and then... nothing at all"


def test_languages_without_spaces_are_split_and_cut_too() -> None:
    assert request("テントのポールが折れました。返金してもらえますか？") == "テントのポールが折れました。"
    assert extractive_summary("テントが折れました。返金して？") == "テントが折れました。返金して？"
    cut = request("我的帐篷杆断了而且包裹晚到了两个星期客服也没有回复我的邮件", max_words=10)
    assert cut == "我的帐篷杆断了而且包…"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("أين الطرد الذي طلبته الأسبوع الماضي؟", "لم يصل إلى عنواني حتى الآن."),
        ("मेरा पार्सल अभी तक नहीं आया है।", "कृपया मुझे नया भेज दीजिए।"),
        ("میرا پارسل ابھی تک نہیں آیا۔", "مجھے پیسے واپس چاہییں۔"),
    ],
    ids=["arabic", "hindi", "urdu"],
)
def test_sentences_of_other_scripts_end(first: str, second: str) -> None:
    assert request(f"{first} {second}") == first
    assert extractive_summary(f"{first} {second}") == f"{first} {second}"


def test_long_sentences_are_cut_at_a_word() -> None:
    text = "my " + "very " * 100 + "long tent story"
    assert request(text, max_words=5) == "my very very very very…"
    summary = extractive_summary(text)
    assert summary is not None
    assert len(summary.split()) == 40
    assert extractive_summary(text, max_words=0) is None
    assert request(text, max_words=0) is None
    assert extractive_summary(text, max_sentences=0) is None


WORDS = """hi there. thanks! where is my parcel tent broken? refund NS-48213 … | > ``` - 1. 2. e.g. 配達 。 ？
    ok so, dear Moss, danke schön merci 🏕"""
prose = st.lists(st.sampled_from([*WORDS.split(), "\n", "\x00", "\ud800"])).map(" ".join)


@given(prose | st.text(st.characters()), st.integers(0, 4), st.integers(0, 50))
@settings(max_examples=400)
def test_any_text_gives_one_line_within_the_limits_or_none(text: str, sentences: int, words: int) -> None:
    assert has_words(text) == (extractive_summary(text) is not None) == (request(text) is not None)
    for line in (extractive_summary(text, sentences, words), request(text, words)):
        assert line is None or line.strip() == line != ""
        assert line is None or len(line.splitlines()) == 1
        assert line is None or len(line.split()) <= words


UNITS = """a a._ ? ?_ . ." hi_ hello,_ ok_so_ ``` | >_ \x00 \ud800 配 。 [ 1._ so,_ a..._ my_tent_is_broken._
    aB1 Ab/9= |a|b - -| __at_x"""


@pytest.mark.parametrize(
    "unit",
    [
        *(unit.replace("_", " ") for unit in UNITS.split()),
        "\n",
        "a\n",
        "Traceback (most recent call last):\n",
        " at x\n",
        "Error\n at x\n",
        "|--\n",
        "aB1" * 25 + "\n",
    ],
)
def test_a_long_text_of_anything_takes_as_much_longer_as_it_is(unit: str) -> None:
    text = (unit * 400_000)[:400_000]
    request("load the word lists first")
    assert_grows_with_length(lambda part: (extractive_summary(part), request(part)), text)

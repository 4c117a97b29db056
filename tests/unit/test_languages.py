from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.text import languages as module
from kura_udfs.text.function_words import function_words
from kura_udfs.text.languages import HUMAN_LANGUAGES, human_language, languages, programming_languages
from tests.support.growth import assert_grows_with_length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tracking stuck for a week now, wheres my stuff", "english"),
        ("the ap keeps crashin wen i open it plz help", "english"),
        ("Wo bleibt mein Paket? Seit einer Woche tut sich nichts.", "german"),
        ("hab gestern bestellt und jetz will ich stornieren", "german"),
        ("bonjour je n'arrive pas à me connecter a mon compte", "french"),
        ("me habeis cobrado dos veces el saco de dormir", "spanish"),
        ("dov'è il mio pacco, lo aspetto da una settimana", "italian"),
        ("jag har inte fått mitt paket än och det var länge sen", "swedish"),
        ("jeg har ikke fått pakken min ennå og det er lenge siden", "norwegian"),
        ("ik wil graag mijn geld terug want het past niet", "dutch"),
        ("gdzie jest moja paczka, czekam już tydzień", "polish"),
        ("荷物が届きません", "japanese"),
        ("我的包裹在哪里", "chinese"),
        ("где мой заказ", "russian"),
        ("кога ще получа парите си обратно", "bulgarian"),
        ("коли повернуть гроші", "ukrainian"),
        ("kedy dostanem peniaze späť", "slovak"),
        ("kdy dostanu peníze zpět", "czech"),
        ("quan em tornareu els diners", "catalan"),
        ("હું જેકેટ પરત કરવા માંગુ છું", "gujarati"),
        ("주문한 텐트가 아직 안 왔어요", "korean"),
    ],
)
def test_human_languages_of_misspelt_chats(text: str, expected: str) -> None:
    assert human_language(text) == expected
    assert expected in HUMAN_LANGUAGES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "ok",
        "thx",
        "tent poles broken",
        "api 429",
        "jjjjjjjjkkkkkkkkk llllllll 0000p",
        "🏕️",
        "\x00",
        "\ud800",
    ],
)
def test_no_answer_is_better_than_a_guess(text: str) -> None:
    assert human_language(text) is None


def test_code_links_and_placeholders_do_not_count() -> None:
    german = "Das hier geht nicht mehr, woran liegt das?"
    code = "```python\nfor the_user in all_of_the_users:\n    print('what should we do with that')\n```"
    assert human_language(f"{code}\n{german}\n{code}") == "german"
    assert human_language("https://norrland.example/where-is-my-parcel?when=will-it-come [email] [phone]") is None
    assert human_language(code) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("```py\nx\n```", ["python"]),
        ("a\n```JS\nx\n```\nb ```bash\ncurl\n``` c ```ts\n```", ["javascript", "shell", "typescript"]),
        ("```python\n1\n```\n```python3\n2\n```", ["python"]),
        ("```\npython\n```", []),
        ("```text\nx\n``` ```output\n``` ```json\n{}\n```", []),
        ("```sql", ["sql"]),
        ("```\ncode\n```python is what I use", []),
        ("python, no fence", []),
        ("```c++\n```", ["cpp"]),
    ],
)
def test_programming_languages_come_from_opening_fences(text: str, expected: list[str]) -> None:
    assert programming_languages(text) == expected


def test_languages_are_the_human_one_then_the_others() -> None:
    assert languages("why does this fail when I run it?\n```sh\nx\n```\n```go\n```") == [
        "english",
        "go",
        "shell",
    ]
    assert languages("```sh\nx\n```") == ["shell"]
    assert languages("") == []


SPOKEN = ("danish", "dutch", "english", "french", "german", "norwegian", "russian", "spanish")
COMMON = sorted({word for language in SPOKEN for word in function_words(language)})


@given(st.lists(st.sampled_from(COMMON) | st.sampled_from(["refund", "parcel", "заказ", "Rechnung"]), min_size=1))
@settings(max_examples=200)
def test_trigrams_that_are_not_counted_would_change_nothing(words: list[str]) -> None:
    text = " ".join([*words, "invoice", "password", "checkout", "tracking"])  # so many letters that trigrams count full
    heard = module._function_word_scores(module._words(text))
    assert human_language(text) == module._surest(module._with_trigrams(heard, 1.0, text))


@given(st.text(st.characters()) | st.text(alphabet="` \naeiou\x00\ud800https://[]"))
@settings(max_examples=200)
def test_any_text_has_a_known_language_or_none(text: str) -> None:
    assert human_language(text) in (None, *HUMAN_LANGUAGES)
    assert programming_languages(text) == sorted(set(programming_languages(text)))


@pytest.mark.parametrize(
    "unit", ["a", "word ", "```", "```py ", "`", "[a", "https://", "\x00", "\ud800", "配", "/", "0"]
)
def test_a_long_text_of_anything_takes_as_much_longer_as_it_is(unit: str) -> None:
    text = (unit * 400_000)[:400_000]
    human_language("load the models first")
    assert_grows_with_length(languages, text)


def test_turkish_function_words_are_written_in_its_alphabet() -> None:
    words = set(function_words("turkish"))
    assert {"nasıl", "şey", "altmış"} <= words
    assert not {letter for word in words for letter in word} & set("ýþð")

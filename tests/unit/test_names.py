"""Names of clusters: readable, honest, safe, unique and the same every time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kura_udfs.naming.headings import MAX_WORDS
from kura_udfs.naming.names import ClusterName, keep_names, name_tree
from kura_udfs.naming.talk import read_tree
from kura_udfs.naming.voices import Authors
from kura_udfs.naming.wordings import beginnings
from kura_udfs.text.languages import human_language
from tests.support.vectors import hashed_words

SLUG = re.compile(r"[a-z0-9]+_[a-z0-9]+_[a-z0-9]+")

PARCELS = [
    "Hi, where is my parcel? The tracking number does nothing",
    "parcel stuck, tracking says Hamburg since Monday",
    "The courier has lost my parcel I think", "no parcel and the courier does not answer",
    "tracking number shows no parcel", "My parcel is late, the tracking is silent",
]  # fmt: skip
REFUNDS = [
    "my refund has not arrived", "Refund not arrived after two weeks, my bank knows nothing",
    "the bank says there is no refund", "refund still not arrived at my bank",
    "When does the refund reach my bank?",
]  # fmt: skip
LOGINS = [
    "I cannot log in, the password is wrong", "password reset link never came", "the reset link is dead",
    "how do I log in without a password", "Reset my password please", "new password refused when I log in",
]  # fmt: skip
GERMAN = [
    "Hallo, wo ist mein Paket? Die Sendungsnummer geht nicht", "Das Paket ist noch nicht da, was ist los",
    "Ich habe ein Paket bestellt und es ist nicht angekommen",
    "Paket verloren, die Sendungsnummer ist falsch",
    "Die Sendungsnummer zu meinem Paket fehlt",
]  # fmt: skip


def name(texts: Sequence[str], leaves: Sequence[int], parents: Sequence[int]) -> list[ClusterName]:
    vectors = hashed_words(texts).reshape(len(texts), 256)
    talk = read_tree(texts, vectors, np.ones(len(texts)), np.array(leaves, np.int64), np.array(parents, np.int64))
    return name_tree(talk, hashed_words)


@pytest.fixture(scope="module")
def shop() -> list[ClusterName]:
    """Two branches: 0 holds parcels (2) and refunds (3), 1 holds logins (4) and German parcels (5)."""
    leaves = [2] * len(PARCELS) + [3] * len(REFUNDS) + [4] * len(LOGINS) + [5] * len(GERMAN)
    return name(PARCELS + REFUNDS + LOGINS + GERMAN, leaves, [-1, -1, 0, 0, 1, 1])


def test_names_say_what_the_members_talk_about(shop: list[ClusterName]) -> None:
    assert re.search("parcel|tracking", shop[2].name, re.IGNORECASE)
    assert re.search("refund", shop[3].name, re.IGNORECASE)
    assert re.search("password|log in|reset link", shop[4].name, re.IGNORECASE)


def test_names_are_headings(shop: list[ClusterName]) -> None:
    for cluster in shop:
        assert cluster.name[0].isupper()
        assert 1 <= len(cluster.name.split()) <= MAX_WORDS
        assert cluster.name.split()[-1].lower() not in {
            "of",
            "for",
            "in",
            "on",
            "to",
            "with",
            "not",
            "the",
            "my",
        }


def test_a_cluster_in_another_language_says_so_and_uses_its_words(shop: list[ClusterName]) -> None:
    assert shop[5].name.startswith("In German: ")
    assert "Paket" in shop[5].name or "Sendungsnummer" in shop[5].name
    assert shop[5].description.startswith("Conversations in German about ")
    assert not any("In German" in cluster.name for cluster in shop[:5])


def test_where_everybody_speaks_it_a_language_is_not_named() -> None:
    assert not name(GERMAN, [0] * len(GERMAN), [-1])[0].name.startswith("In ")


def test_names_and_slugs_are_unique_and_parents_are_not_called_like_children(shop: list[ClusterName]) -> None:
    assert len({cluster.name for cluster in shop}) == len({cluster.slug for cluster in shop}) == len(shop)


def test_a_parent_covers_both_children(shop: list[ClusterName]) -> None:
    told = f"{shop[0].name} {shop[0].description}".lower()
    assert re.search("parcel|tracking|courier", told)
    assert re.search("refund|bank", told)


def test_descriptions_are_one_sentence_without_counts_or_quotes(shop: list[ClusterName]) -> None:
    for cluster in shop:
        assert re.fullmatch(r"Conversations[^.\d]*\.", cluster.description)
        assert not any(text in cluster.description for text in PARCELS + REFUNDS + LOGINS + GERMAN)


def test_slugs_are_three_ascii_words(shop: list[ClusterName]) -> None:
    assert all(SLUG.fullmatch(cluster.slug) for cluster in shop)


def test_slugs_spell_accents_in_ascii() -> None:
    texts = [
        "größe der jacke, größe L",
        "die größe ist falsch",
        "größe tauschen, die jacke",
        "jacke in größe M",
    ]
    assert "grosse" in name(texts, [0] * 4, [-1])[0].slug.split("_")


def test_exemplars_are_distinct_members(shop: list[ClusterName]) -> None:
    bounds = {
        2: range(6),
        3: range(6, 11),
        4: range(11, 17),
        5: range(17, 22),
        0: range(11),
        1: range(11, 22),
    }
    for cluster, members in bounds.items():
        assert shop[cluster].exemplars
        assert len(set(shop[cluster].exemplars)) == len(shop[cluster].exemplars) <= 5
        assert set(shop[cluster].exemplars) <= set(members)


def test_names_do_not_depend_on_the_order_of_texts(shop: list[ClusterName]) -> None:
    texts = PARCELS + REFUNDS + LOGINS + GERMAN
    leaves = [2] * len(PARCELS) + [3] * len(REFUNDS) + [4] * len(LOGINS) + [5] * len(GERMAN)
    order = np.random.default_rng(7).permutation(len(texts))
    again = name([texts[i] for i in order], [leaves[i] for i in order], [-1, -1, 0, 0, 1, 1])
    for before, after in zip(shop, again, strict=True):
        assert before[:4] == after[:4]
        assert before.exemplars == [int(order[i]) for i in after.exemplars]


def test_outliers_name_nothing() -> None:
    noise = [f"{text} zebra giraffe" for text in PARCELS]
    with_noise = name(PARCELS + noise, [0] * len(PARCELS) + [-1] * len(noise), [-1])
    assert with_noise == name(PARCELS, [0] * len(PARCELS), [-1])


def test_weight_speaks_for_the_conversations_behind_a_text() -> None:
    texts = ["the stove is cold", "the lamp is dark", "a stove without gas", "a lamp without light"]
    weights = np.array([50.0, 1.0, 50.0, 1.0])
    (cluster,) = name_tree(
        read_tree(texts, hashed_words(texts), weights, np.zeros(4, np.int64), np.array([-1])), hashed_words
    )
    assert cluster.keyphrases[0] == "stove"


def test_clusters_that_say_the_same_still_get_different_names() -> None:
    texts = [f"tent {letter}" for letter in "abcdefgh"]
    named = name(texts, [1, 1, 2, 2, 3, 3, 4, 4], [-1, 0, 0, 0, 0])
    assert len({cluster.name for cluster in named}) == len({cluster.slug for cluster in named}) == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the zip of my tent is broken", "tent"),
        ("ok thanks", "Ok thanks"),
        ("😀😀", "Messages without words"),
        ("", "Messages without words"),
        ("我的包裹还没有到", "包裹"),
        ("ファスナーが壊れました", "ファスナー"),
        ("[email]", "Messages without words"),
    ],
)
def test_a_single_member_names_its_cluster(text: str, expected: str) -> None:
    (cluster,) = name([text], [0], [-1])
    assert expected in cluster.name
    assert SLUG.fullmatch(cluster.slug)
    assert cluster.exemplars == [0]


def test_languages_without_spaces_are_named_by_their_characters() -> None:
    texts = [
        "我的包裹还没有到",
        "包裹什么时候到",
        "请问包裹在哪里",
        "我想退款",
        "退款没有到账",
        "如何申请退款",
    ]
    named = name(texts, [1, 1, 1, 2, 2, 2], [-1, 0, 0])
    assert [cluster.name for cluster in named[1:]] == ["包裹", "退款"]


@pytest.mark.parametrize(
    ("matters", "expected"),
    [
        (
            [
                ["我的订单里的台灯坏了，我要退货", "台灯坏了怎么退货", "这个台灯不亮，请帮我退货"],
                ["忘记了登录密码怎么办", "登录密码如何修改", "我想改登录密码"],
            ],
            [{"台灯", "退货"}, {"登录密码"}],
        ),
        (
            [
                [
                    "領収書を再発行してください",
                    "領収書の再発行はできますか",
                    "領収書が届きません。再発行をお願いします",
                ],
                ["パスワードを忘れてログインできません", "ログインのパスワードは", "パスワードの変更とログイン"],
            ],
            [{"領収書の再発行"}, {"パスワード", "ログイン"}],
        ),
        (
            [
                ["ฉันต้องการยกเลิกคำสั่งซื้อ", "ยกเลิกคำสั่งซื้อได้ไหม", "ขอยกเลิกคำสั่งซื้อหน่อยครับ"],
                ["ลืมรหัสผ่าน ทำอย่างไร", "เปลี่ยนรหัสผ่านได้ที่ไหน", "รหัสผ่านไม่ถูกต้อง"],
            ],
            [{"ยกเลิกคำสั่งซื้อ", "คำสั่งซื้อ"}, {"รหัสผ่าน"}],
        ),
    ],
)
def test_names_in_languages_without_spaces_are_whole_words(matters: list[list[str]], expected: list[set[str]]) -> None:
    named = name([text for texts in matters for text in texts], [1, 1, 1, 2, 2, 2], [-1, 0, 0])
    for cluster, words in zip(named[1:], expected, strict=True):
        assert set(cluster.name.split(", ")) <= words


FRENCH = ["où est mon colis", "mon colis est perdu", "le colis est en retard"]
MIXED = [
    *("how do I cancel my subscription", "cancel the subscription please", "I would like to cancel my subscription"),
    *("je voudrais résilier mon abonnement", "comment résilier un abonnement", "résilier mon abonnement chez vous"),
    *("je souhaite résilier votre abonnement", "pourquoi résilier est impossible", "résilier abonnement, merci"),
    *("comment résilier mon abonnement annuel", "merci de résilier mon abonnement", "où résilier cet abonnement"),
]
ENGLISH = [f"how do I reset the password of my {thing}" for thing in ("phone", "laptop", "account", "mail", "tablet")]


def test_a_name_says_the_language_where_it_sets_clusters_apart() -> None:
    named = name([*FRENCH, *ENGLISH], [1] * 3 + [2] * 5, [-1, 0, 0])
    assert named[1].name.startswith("In French: ")
    assert named[1].description.startswith("Conversations in French about")


def test_korean_names_are_nouns_without_particles() -> None:
    texts = [
        "택배가 아직 안 왔어요",
        "제 택배를 찾아 주세요",
        "택배는 언제 오나요",
        "환불을 받고 싶어요",
        "환불이 늦어요",
        "환불은 언제 되나요",
    ]
    named = name(texts, [1, 1, 1, 2, 2, 2], [-1, 0, 0])
    assert [cluster.name for cluster in named[1:]] == ["택배", "환불"]


def test_turkish_names_are_words_without_endings_and_have_their_own_capital() -> None:
    texts = [
        *("iade istiyorum, iademi bekliyorum", "İade ne zaman gelir", "ürün için iade istiyorum", "iade nasıl olur"),
        *("faturada adım yanlış", "Faturada vergi numarası yok", "fatura bana gelmedi", "muhasebe için fatura lazım"),
    ]
    named = name(texts, [1] * 4 + [2] * 4, [-1, 0, 0])
    assert named[1].name.split(",")[0] == "İade"
    assert named[2].name.split(",")[0] == "Fatura"


TWO_LANGUAGES = {
    1: [
        *("I want my refund please", "where is the refund", "the refund is too small", "refund for my order please"),
        *("ich möchte eine Rückzahlung haben", "wo bleibt meine Rückzahlung", "die Rückzahlung ist nicht richtig"),
    ],
    2: [
        *("I have lost the password", "the password does not work", "a new password please", "my password is wrong"),
        *("ich habe das Kennwort vergessen", "das Kennwort ist falsch", "wie ändere ich mein Kennwort"),
    ],
}


def test_a_cluster_of_two_languages_is_named_in_one_and_is_no_mixture() -> None:
    texts = [text for own in TWO_LANGUAGES.values() for text in own]
    leaves = [leaf for leaf, own in TWO_LANGUAGES.items() for _ in own]
    named = name(texts, leaves, [-1, 0, 0])
    assert [re.search("refund|password", cluster.name.lower()) is not None for cluster in named[1:]] == [True, True]
    assert not any(re.search("Rückzahlung|Kennwort|Various", cluster.name) for cluster in named)


def test_a_parent_is_named_after_a_child_in_another_language_too(shop: list[ClusterName]) -> None:
    assert re.search("password|log in", shop[1].name, re.IGNORECASE)
    assert "Paket" in shop[1].name


def test_a_name_says_no_language_where_languages_lie_together_otherwise() -> None:
    english = [*ENGLISH, *(f"{text} again" for text in ENGLISH), *(f"please say {text}" for text in ENGLISH)]
    named = name([*FRENCH, *MIXED, *english], [1] * 3 + [2] * 12 + [3] * 15, [-1, 0, 0, 0])
    assert not any("French" in cluster.name for cluster in named)
    assert "olis" in named[1].name
    assert named[1].description.startswith("Conversations in French about")


@pytest.mark.parametrize(
    ("texts", "opposite"),
    [
        (["Не могу войти в аккаунт", "я не могу войти, помогите", "почему не могу войти"], "^могу|, могу"),
        (["لا أستطيع تسجيل الدخول إلى حسابي", "أنا لا أستطيع تسجيل الدخول", "لماذا لا أستطيع تسجيل الدخول"], "^أستطيع"),
        (["O código não atualiza", "meu código não atualiza", "por que o código não atualiza"], "^atualiza|, atualiza"),
        (["de app werkt niet", "mijn app werkt niet meer", "waarom werkt niet, de app"], "werkt$"),
        (["not received my discount", "I have not received the discount", "never received a discount"], "^received"),
        (
            ["why am I not eligible for the offer", "not eligible for an offer", "not yet eligible for offer"],
            "^eligible",
        ),
        (["I don't want to renew my plan", "do not renew my plan", "please don't renew the plan"], "^renew"),
        (["I was not charged for the trip", "haven't been charged for my trip", "not charged for trip"], "^charged"),
        (
            ["Hasn't my parcel arrived?", "why hasn't the parcel arrived yet", "hasn't our parcel arrived"],
            "(?<!not )arrived",
        ),
        (
            [
                "no reset email received",
                "I got no reset email",
                "there is no reset email",
                "No reset email was received",
            ],
            "^reset|^email received",
        ),
    ],
)
def test_a_name_does_not_say_the_opposite(texts: list[str], opposite: str) -> None:
    for cluster in name([*texts, *PARCELS, *REFUNDS], [0] * len(texts) + [1] * 11, [-1, -1])[:1]:
        said = cluster.name.removeprefix("In ").partition(": ")[2] or cluster.name
        assert not re.search(opposite, said.lower())
        assert not any(re.search(opposite, phrase.lower()) for phrase in cluster.keyphrases)


def test_what_people_cannot_do_is_what_they_want() -> None:
    texts = ["I can't reset my tent", "cannot reset the tent", "could not reset the tent", "how do I reset my tent"]
    assert name([*texts, *PARCELS], [0] * 4 + [1] * len(PARCELS), [-1, -1])[0].name == "Reset tent"


def test_hours_are_what_the_word_before_makes_of_them() -> None:
    texts = ["What are your opening hours?", "what are the opening hours on sunday", "opening hours please"]
    assert name([*texts, *PARCELS], [0] * 3 + [1] * len(PARCELS), [-1, -1])[0].name == "Opening hours"


def test_names_in_hindi_hold_no_full_stop() -> None:
    texts = ["डिशवॉशर से पानी टपक रहा है।", "नल से पानी टपक रहा है।", "मशीन से पानी टपक रहा है।"]
    named = name([*texts, *PARCELS], [0] * 3 + [1] * len(PARCELS), [-1, -1])
    assert named[0].name == "In Hindi: पानी टपक"


def test_no_clusters_have_no_names() -> None:
    assert name([], [], []) == []
    assert name(["an outlier"], [-1], []) == []


def test_a_cluster_without_members_has_a_name_too() -> None:
    (cluster,) = name([], [], [-1])
    assert cluster.name
    assert cluster.exemplars == []


words = st.sampled_from(
    ["parcel", "refund", "bank", "<script>", "[email]", "'quoted'", "API", "2FA", "not", "up", "hello",
     "Größe", "退款", "\x1b[31m", "\u202e", "😀", "the", "of", "tent", "R&D", "**bold**", "log", "in"]
)  # fmt: skip
anything = st.one_of(st.text(max_size=40), st.lists(words, max_size=12).map(" ".join))


@settings(max_examples=60)
@given(
    st.lists(anything, min_size=1, max_size=12, unique=True),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_names_of_anything_are_safe_short_and_unique(texts: list[str], leaf_count: int, random: Random) -> None:
    leaves = [random.randrange(-1, leaf_count) for _ in texts]
    parents = [leaf_count] * leaf_count + [-1]
    named = name(texts, leaves, parents)
    assert len(named) == len(parents)
    assert len({cluster.name for cluster in named}) == len({cluster.slug for cluster in named}) == len(named)
    for cluster in named:
        assert 1 <= len(cluster.name.split()) <= MAX_WORDS
        assert SLUG.fullmatch(cluster.slug)
        for text in (cluster.name, cluster.description, *cluster.keyphrases):
            assert not set(text) & set('<>[]{}"`\\|*#')
            assert not any(unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp") for sign in text)
        assert "[email]" not in cluster.name


def test_a_cluster_that_shares_no_phrase_says_so() -> None:
    texts = ["a poem about rotisserie chicken", "train leaves at eight, homework", "who painted the night watch"]
    vectors = np.eye(3, dtype=np.float32)
    talk = read_tree(texts, vectors, np.ones(3), np.zeros(3, np.int64), np.array([-1]))
    (name,) = name_tree(talk, lambda phrases: np.ones((len(phrases), 3), np.float32))
    assert name.name.startswith("Various: ")
    assert "chicken" not in name.description


def test_an_example_ends_with_a_word_that_says_something() -> None:
    named = name(["can I still go to work", "should we stay?", "may they be here?"], [0, 0, 0], [-1])
    assert named[0].name == "Various: can I still go to work"


def test_a_cluster_without_a_phrase_is_called_by_what_its_members_begin_with() -> None:
    texts = [
        "Hi, what time do you open today",
        "hello what time do you open on sunday?",
        "what time do you open, please",
    ]
    talk = read_tree(texts, np.eye(3, dtype=np.float32), np.ones(3), np.zeros(3, np.int64), np.array([-1]))

    def names(*unfit: str) -> list[str]:
        found = name_tree(
            talk, lambda phrases: np.ones((len(phrases), 3), np.float32), unfit=lambda said: np.isin(said, unfit)
        )
        return [cluster.name for cluster in found]

    assert names() == ["What time do you open"]
    assert "What time do you open" not in names("what time do you open")
    texts = ["is it 39,99", "is it 39,99?", "it is 39,99"]
    talk = read_tree(texts, np.eye(3, dtype=np.float32), np.ones(3), np.zeros(3, np.int64), np.array([-1]))
    assert names() == ["Is it 39,99"]


def test_an_old_name_is_not_given_to_another_cluster() -> None:
    found = [
        ClusterName("Late parcel", "New.", "late_parcel_two", ["late parcel", "courier"], [0]),
        ClusterName("Whatever", "New.", "what_ever_three", ["whatever"], [1]),
    ]
    first, second = keep_names(found, [None, ("Late parcel", "Old.", "late_parcel_two")])
    assert second == ("Late parcel", "Old.", "late_parcel_two", ["whatever"], [1])
    assert first.name == "Late parcel: courier"
    assert first.slug != second.slug


BULGARIAN = [
    "Къде е моята пратка? Чакам вече седмица", "Пратката не е пристигнала, а куриерът не отговаря",
    "куриерът е загубил моята пратка", "къде мога да проследя моята пратка",
]  # fmt: skip


def test_a_name_and_the_facet_say_the_same_of_a_language() -> None:
    assert {human_language(text) for text in BULGARIAN} == {"bulgarian"}
    named = name(PARCELS + REFUNDS + BULGARIAN, [0] * 11 + [1] * 4, [-1, -1])
    assert named[1].name.startswith("In Bulgarian: ")
    assert "пратка" in named[1].name.lower()


def test_a_language_without_spaces_is_named_too() -> None:
    chinese = ["我的包裹还没有到", "包裹什么时候到", "请问包裹在哪里"]
    assert name(PARCELS + REFUNDS + chinese, [0] * 11 + [1] * 3, [-1, -1])[1].name == "In Chinese: 包裹"


def canned(conversations: Sequence[float], texts: Sequence[str]) -> list[ClusterName]:
    """Names of leaves that hold one text each, which several have sent as it is."""
    leaves, parents = np.arange(1, len(texts) + 1), np.array([-1, *[0] * len(texts)])
    talk = read_tree(texts, hashed_words(texts), np.array(conversations), leaves, parents)
    return name_tree(talk, hashed_words)[1:]


def test_what_many_send_in_the_same_words_is_said_by_many() -> None:
    texts = [
        "How to configure two datasources in Spring Boot",
        "the order of my Spring beans",
        "where is the zebra crossing",
    ]
    leaves, parents = np.array([1, 1, 2]), np.array([-1, 0, 0])
    talk = read_tree(texts, hashed_words(texts), np.array([8.0, 1, 1]), leaves, parents)
    assert "datasources in Spring Boot" in name_tree(talk, hashed_words)[1].keyphrases


def test_what_one_sends_again_and_again_is_said_by_one() -> None:
    texts = ["the tracking number of Zanzibar", "tracking is gone", "no number on the parcel", "parcel is gone"]
    authors = Authors(np.array([0, -1, -1, -1]), np.array([1, 1, 1, 1]))
    talk = read_tree(
        texts, hashed_words(texts), np.array([9.0, 1, 1, 1]), np.zeros(4, np.int64), np.array([-1]), authors
    )
    assert "zanzibar" not in name_tree(talk, hashed_words)[0].name.lower()
    assert not any(" " in phrase for phrase in name_tree(talk, hashed_words)[0].keyphrases)


def test_clusters_that_differ_in_words_without_a_topic_are_called_as_their_members_word_it() -> None:
    texts = ["what's the weather today?", "what's the weather tomorrow?", "the weather", "will we have weather at 6"]
    named = canned([5, 5, 5, 5], texts)
    assert not any(re.search(r"\(\d", cluster.name) for cluster in named)
    assert {"What's the weather today", "What's the weather tomorrow"} & {cluster.name for cluster in named}
    assert all(re.fullmatch("Conversations[^?]*weather[^?]*", cluster.description) for cluster in named)


def test_what_a_name_may_not_hold_is_not_taken_from_the_wording_either() -> None:
    texts = ["what's the weather today?", "what's the weather tomorrow?", "the weather"]
    leaves, parents = np.array([1, 2, 3]), np.array([-1, 0, 0, 0])
    talk = read_tree(texts, hashed_words(texts), np.full(3, 5.0), leaves, parents)
    named = name_tree(talk, hashed_words, unfit=lambda phrases: np.array(["tomorrow" in phrase for phrase in phrases]))
    assert not any("tomorrow" in cluster.name for cluster in named)


def test_names_in_japanese_say_what_is_denied() -> None:
    matters = [
        ["メール認証ができません", "認証ができないです", "二段階の認証ができなくて困っています"],
        ["荷物が届きません", "注文した荷物がまだ届かない", "荷物が届きませんでした"],
    ]
    named = name([text for texts in matters for text in texts], [1, 1, 1, 2, 2, 2], [-1, 0, 0])
    assert [cluster.name for cluster in named[1:]] == ["認証ができない", "荷物が届きません"]


def test_a_name_that_is_taken_is_told_apart_by_what_some_members_say() -> None:
    texts = [
        *("explain this regex", "explain the regex line", "explain a regex again"),
        *("a regex for phone numbers", "phone numbers by regex", "the regex of dates", "some regex"),
    ]
    named = name(texts, [0, 0, 0, 1, 1, 1, 1], [-1, -1])
    assert not any("(2)" in cluster.name for cluster in named)


def test_words_by_which_members_begin_end_before_they_thank_and_are_not_cut_at_vowel_signs() -> None:
    assert set(beginnings("J'ai perdu ma clé Merci beaucoup", "french").values()) >= {"J'ai perdu ma clé"}
    assert not any("Merci" in text for text in beginnings("J'ai perdu ma clé Merci beaucoup", "french").values())
    assert "मेरा बिल नहीं आया" in beginnings("मेरा बिल नहीं आया", "hindi").values()
    assert "What is 15% of 80" in beginnings("What is 15% of 80?", "english").values()


def test_what_members_shout_alike_is_not_shouted_in_their_name() -> None:
    named = name(["WHAT TIME DO YOU OPEN", "WHAT TIME DO YOU OPEN!!"], [0, 0], [-1])
    assert named[0].name == "What time do you open"


def test_no_two_clusters_are_called_the_same_though_one_is_called_as_its_members_word_it() -> None:
    texts = ["what time do you open", "what time do you open?", "what time do you open!", "what time do you open today"]
    named = name(texts * 2, [0] * 4 + [1] * 4, [-1, -1])
    assert len({cluster.name.casefold() for cluster in named}) == 2


def test_a_name_does_not_say_a_word_and_then_one_that_is_made_from_it() -> None:
    asked = ["Hatırlatıcı ayarla", "Hatırlatıcıyı sil", "Yeni hatırlatıcı kur", "Bu hatırlatıcı iptal"]
    asked += ["Sütü hatırlat", "Toplantıyı hatırlat", "Ekmeği hatırlat lütfen", "Annemi hatırlat"]
    weather = ["Bugün hava soğuk", "Ankara hava sıcaklık", "Yarın hava yağmurlu"]
    own = name(asked + weather, [0] * len(asked) + [1] * len(weather), [-1, -1])[0]
    assert own.name.endswith("Hatırlatıcı")
    assert "hatırlatıcı and hatırlat" not in own.description

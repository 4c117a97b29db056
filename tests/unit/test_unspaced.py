"""Words of writing without spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kura_udfs.naming import unspaced
from kura_udfs.naming.tokenising import tokenise
from kura_udfs.naming.unspaced import joined, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我的订单里的台灯坏了", ["订单", "台灯"]),
        ("这个单里的台灯坏了，我要退货", ["台灯", "退货"]),
        ("信用卡付款失败", ["信用卡", "付款", "失败"]),
        ("如何修改收货地址", ["修改", "收货", "地址"]),
        ("忘記了登入密碼怎麼辦", ["登入", "密碼"]),
        ("領収書を再発行してください", ["領収書", "再発行"]),
        ("メール認証ができません", ["メール", "認証"]),
        ("ฉันต้องการยกเลิกคำสั่งซื้อ", ["ยกเลิก", "คำ", "สั่ง", "ซื้อ"]),
        ("ลืมรหัสผ่านเข้าสู่ระบบไม่ได้", ["รหัส", "ผ่าน", "ระบบ"]),
    ],
)
def test_a_sentence_is_split_where_its_words_end(text: str, words: list[str]) -> None:
    assert set(words) <= set(tokenise(text))


@pytest.mark.parametrize(
    ("text", "word", "none"),
    [
        ("推荐有这道菜的餐馆", "餐馆", "道菜"),
        ("三道菜的餐馆", "餐馆", "道菜"),
        ("我要退3条裤子", "裤子", "条裤子"),
        ("买了两双鞋和五件衣服", "衣服", "两双鞋"),
        ("第二次手术以后", "手术", "第二次"),
    ],
)
def test_a_measure_word_is_no_part_of_what_it_counts(text: str, word: str, none: str) -> None:
    found = tokenise(text)
    assert word in found
    assert none not in found


def test_a_numeral_within_a_name_counts_nothing() -> None:
    assert "三星" in tokenise("三星手机坏了")


def test_nothing_is_a_word_that_begins_or_ends_within_one() -> None:
    found = set(tokenise("我的订单里的台灯坏了"))
    assert found.isdisjoint({"单里", "单里的", "单里的台", "的台", "灯坏"})


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=40), st.booleans())
def test_words_are_the_run_in_order(run: str, japanese: bool) -> None:
    words = words_in(run, japanese)
    assert "".join(words) == run
    assert all(words)


@given(st.text(st.characters(min_codepoint=0x0E00, max_codepoint=0x0EFF), min_size=1, max_size=40))
def test_words_of_thai_letters_are_parts_of_the_run(run: str) -> None:
    assert all(word in run and (not word or word[0].isalnum()) for word in words_in(run, False))


@pytest.mark.parametrize(
    ("words", "phrase"),
    [
        (["取消", "订单"], "取消订单"),
        (["VPN", "连接"], "VPN 连接"),
        (["メール", "認証"], "メール認証"),
        (["รหัส", "ผ่าน"], "รหัสผ่าน"),
        (["return", "label"], "return label"),
        (["배송", "조회"], "배송 조회"),
        (["order"], "order"),
        ([], ""),
    ],
)
def test_a_phrase_has_spaces_where_its_writing_has(words: list[str], phrase: str) -> None:
    assert joined(words) == phrase


def test_without_a_dictionary_characters_that_follow_each_other_stand_for_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unspaced, "_breaker", lambda: None)
    assert {"退款", "款没", "没有到", ""} <= set(words_in("退款没有到", False))
    assert words_in("ยกเลิก", False) == ["ยกเลิก"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("請求書が届きません", ["請求書", "が", "届きません"]),
        ("パスワードを忘れました", ["パスワード", "を", "忘れました"]),
        ("航空券の払い戻しはいつですか", ["航空券", "の", "払い戻し", ""]),
        ("予約の日付を変更したいです", ["予約", "の", "日付", "を", "変更", ""]),
        ("コードがわかりません", ["コード", "がわかりません"]),
        ("ログインできなくて困っています", ["ログイン", "できない", "困っています"]),
        ("料金が二重に引き落とされています", ["料金", "が", "二重", "に", "引き落とされています"]),
        ("ルーターを変更していただけませんか", ["ルーター", "を", "変更", ""]),
        ("返品できないでしょうか", ["返品", ""]),
        ("名前を間違えて予約しました", ["名前", "を", "間違えて", "予約", ""]),
    ],
)
def test_japanese_words_keep_their_endings_and_what_denies_them(text: str, words: list[str]) -> None:
    assert unspaced.japanese_words(text) == words


def test_japanese_without_a_dictionary_is_read_by_its_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unspaced, "_breaker", lambda: None)
    assert {"メール", "認証", ""} <= set(unspaced.japanese_words("メールの認証ができません"))

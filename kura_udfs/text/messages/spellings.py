"""What fields of a message are called in other spellings and languages, in the words of all others.

macros/input has the same for columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from kura_udfs.text.messages.entries import TEXT_KEYS
from kura_udfs.text.messages.fields import names, spelt
from kura_udfs.text.messages.roles import NAME_KEYS, ROLE_KEYS, SIGN_KEYS
from kura_udfs.text.messages.times import TIME_KEYS

# times are known by their letters
_SPELT = (*ROLE_KEYS, *NAME_KEYS, *SIGN_KEYS, *TEXT_KEYS, *spelt("message_role message_id"))
_ELSEWHERE = {
    "role": names("rolle rol rôle papel ruolo роль 役割 ロール 角色 역할 rola"),
    "sender": names("""absender sprecher verfasser remitente emisor autor hablante expediteur expéditeur auteur locuteur
        remetente mittente autore afzender отправитель автор 送信者 発言者 話者 发送者 发送人 發送者 说话人 발신자
        보낸사람 화자"""),
    "content": names("""messagecontent messagetext messagebody nachricht inhalt nachrichtentext mensaje contenido texto
        contenu texte mensagem conteudo conteúdo messaggio contenuto testo bericht inhoud сообщение текст メッセージ
        本文 内容 発言 消息 內容 訊息 文本 메시지 내용 본문 wiadomość wiadomosc treść
        tresc mesaj metin meddelande besked melding zpráva повідомлення"""),
    "created_at": names("""erstelltam gesendetam zeitstempel zeitpunkt fechahora fechayhora fechaenvio enviadoen
        creadoen horodatage dateheure dateenvoi datedenvoi envoyele datahora datahoraenvio dataehora enviadoem criadoem
        dataora dataeora datainvio verzondenop 日時 送信日時 作成日時 发送时间 创建时间 일시 tarih tarihsaat zaman
        dataigodzina czas tidpunkt tidspunkt čas датайчас датаивремя wann"""),
    "date": names("datum fecha jour дата 日付 日期 날짜"),
    "time": names("uhrzeit hora heure ora tijd время 時刻 时间 時間 시간"),
}
_BEFORE = re.compile(r"^(?:message|msg|chat|turn|data)")
"""What may stand before the name of any field, by its letters."""
_SIGNS = re.compile(r"[-_ .:/()#'’]")


def _letters(name: str) -> str:
    return _SIGNS.sub("", name.lower())


_BY_LETTERS = {
    **{name: common for common, others in _ELSEWHERE.items() for name in others},
    **{_letters(name): name for name in reversed(_SPELT)},
}


def in_common_words(items: Sequence[Any]) -> list[Any]:
    """Return the entries of a conversation, with a common name for each field that has one and isn't there already."""
    return [_renamed(item) if isinstance(item, dict) else item for item in items]


def _renamed(item: Mapping[str, Any]) -> Mapping[str, Any]:
    told: dict[str, str] = {}
    for name in item:
        common = _common(name)
        if common and common not in item and common not in told.values():
            told[name] = common
    return {told.get(name, name): held for name, held in item.items()} if told else item


@lru_cache(4096)
def _common(name: str) -> str | None:
    """The common name of a field; None where it has that already, or none is known."""
    if name in _SPELT or name in TIME_KEYS:
        return None
    letters = _letters(name)
    return _BY_LETTERS.get(letters) or _BY_LETTERS.get(_BEFORE.sub("", letters))

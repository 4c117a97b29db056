"""Compare ways to run the default encoder: speed, closeness to float32, and whether bits stay the same.

    python -m benchmarks.encoder_speed [texts.txt] [--count 400]

The file has a text on each line; without it, texts are made of common words, most of them short. All ways
take turns in one run, the best of three rounds counts; where other programs run, compare the processor time.
"Same bits" says whether every second text, encoded again without the others, gets exactly the vector it had
among them: Kura can only use a way that says yes. What another processor makes of a text is compared by
benchmarks/encoder_sameness.py.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from rich.console import Console
from rich.table import Table
from safetensors.numpy import load
from tokenizers import Tokenizer

from kura_udfs.vectors import encoder, encoders, minilm

Floats = npt.NDArray[np.float32]
Way = Callable[[list[str]], Floats]

ROUNDS = 3
PROCESSORS = encoder.processors()
BATCH = 16
BLOCK = 32  # weights that share a scale, where only weights are integers
WORDS = (
    "the a my is not it when how order parcel refund account card payment late please help where can you "
    "change address password delivery week still need return invoice error screen app cancel size wrong"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="?", type=Path)
    parser.add_argument("--count", type=int, default=400)
    arguments = parser.parse_args()
    texts = made_up(arguments.count)
    if arguments.texts:
        texts = arguments.texts.read_text("utf-8", errors="replace").splitlines()[: arguments.count]

    ways = all_ways()
    clocks = (time.perf_counter, time.process_time)
    seconds = dict.fromkeys(ways, (float("inf"), float("inf")))
    vectors = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = [clock() for clock in clocks]
            vectors[name] = way(texts)
            wall, processor = (clock() - began for clock, began in zip(clocks, start, strict=True))
            seconds[name] = min(seconds[name], (wall, processor))

    exact = vectors["float32, one by one"]
    table = Table(title=f"{len(texts)} texts, {PROCESSORS} processors, onnxruntime {onnxruntime.__version__}")
    table.add_column("way")
    for heading in ("texts/s", "processor ms a text", "mean cosine", "least cosine", "same bits"):
        table.add_column(heading, justify="right")
    for name, way in ways.items():
        cosines = (vectors[name] * exact).sum(axis=1)
        same = np.array_equal(way(texts[::2]), vectors[name][::2])
        wall, processor = seconds[name]
        speed = (f"{len(texts) / wall:,.0f}", f"{1000 * processor / len(texts):.2f}")
        table.add_row(name, *speed, f"{cosines.mean():.4f}", f"{cosines.min():.4f}", "yes" if same else "no")
    Console(width=110).print(table)
    show_loading()


def all_ways() -> dict[str, Way]:
    weights = load(minilm.verified_file("model.safetensors", None, print))
    tokenizer = Tokenizer.from_str(minilm.verified_file("tokenizer.json", None, print).decode())
    token_ids = encoder.token_ids_of(tokenizer, minilm.MAX_TOKENS)
    float32 = minilm.build_graph(weights, "fp32")
    graphs = {
        "int8": minilm.build_graph(weights, "int8"),
        "float32": float32,
        "fp16 weights": minilm.build_graph(weights, "fp16"),
        "int8 weights only": with_integer_weights(float32, accuracy_level=1),
        "int8 weights, activations by row": with_integer_weights(float32, accuracy_level=4),
    }
    ways: dict[str, Way] = {
        f"{precision}, as Kura does it": encoders.load_encoder("minilm", precision=precision).embed
        for precision in ("fp16", "int8")
    }
    for name, graph in graphs.items():
        one_thread, all_threads = session(graph, 1), session(graph, PROCESSORS)
        ways[f"{name}, one by one"] = in_batches(one_thread, token_ids, 1, PROCESSORS)
        ways[f"{name}, one by one, threads inside"] = in_batches(all_threads, token_ids, 1, 1)
        ways[f"{name}, equal lengths together"] = in_batches(one_thread, token_ids, BATCH, PROCESSORS)
    return ways


def in_batches(run: Any, token_ids: Callable[[str], list[int]], size: int, workers: int) -> Way:
    """Make the way that runs at most `size` texts of equal length together, `workers` of such at once."""

    def way(texts: list[str]) -> Floats:
        ids = [token_ids(text) for text in texts]
        by_length: dict[int, list[int]] = {}
        for row, tokens in enumerate(ids):
            by_length.setdefault(len(tokens), []).append(row)
        batches = [rows[i : i + size] for rows in by_length.values() for i in range(0, len(rows), size)]
        vectors = np.zeros((len(texts), 384), np.float32)

        def encode(rows: list[int]) -> None:
            (hidden,) = run.run(None, {"input_ids": np.array([ids[row] for row in rows], np.int32)})
            vectors[rows] = hidden.mean(axis=1)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(encode, batches))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

    return way


def session(graph: bytes, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


def with_integer_weights(float32: bytes, accuracy_level: int) -> bytes:
    """Put 8-bit weights, a scale for each 32 of them, into a float32 graph; level 1 computes in float32."""
    model = onnx.load_from_string(float32)
    matrices = {constant.name: constant for constant in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type != "MatMul":
            continue
        matrix = numpy_helper.to_array(matrices[node.input[1]]).T
        rows, columns = matrix.shape
        blocks = matrix.reshape(rows, columns // BLOCK, BLOCK)
        scales = np.abs(blocks).max(axis=2, keepdims=True) / 127
        integers = (np.rint(blocks / scales) + 128).astype(np.uint8)
        matrices[node.input[1]].CopyFrom(numpy_helper.from_array(integers, node.input[1]))
        model.graph.initializer.append(numpy_helper.from_array(scales.ravel(), f"{node.input[1]}.scale"))
        sizes = {"K": columns, "N": rows, "bits": 8, "block_size": BLOCK, "accuracy_level": accuracy_level}
        inputs = [*node.input, f"{node.input[1]}.scale"]
        node.CopyFrom(helper.make_node("MatMulNBits", inputs, node.output, domain="com.microsoft", **sizes))
    return bytes(model.SerializeToString())


def made_up(count: int) -> list[str]:
    random = np.random.default_rng(0)
    lengths = np.minimum(random.lognormal(3.2, 0.7, count), 300).astype(int) + 1
    return [" ".join(random.choice(WORDS.split(), length)) for length in lengths]


def show_loading() -> None:
    """Print how long a fresh process takes to its first vector."""
    code = "from kura_udfs.vectors.encoders import load_encoder; load_encoder('minilm').embed(['first'])"
    with tempfile.TemporaryDirectory() as cache:
        for state in ("empty", "filled", "filled"):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"KURA_CACHE_DIR": cache})
            print(f"fresh process to its first vector, cache {state}: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()

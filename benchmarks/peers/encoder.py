"""The default encoder beside sentence-transformers: the same weights, the same texts, the same cores.

    python -m benchmarks.peers.encoder [--count 1000] [--runs 2] [--keep]

Short texts are of 12 words, long ones of 200, all of common words. Each way runs in a process of its own, in turns, with one
thread for each core; the fastest of the runs counts. *peak* is the most memory of the process, *cosine* the mean between
its vectors and those of sentence-transformers. *of the peak*: how much of the cores' own speed at products of matrices
(float32, by the same onnxruntime, measured in between) the products that the texts need come to.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from benchmarks.peers.environments import python_of
from kura_udfs.vectors import minilm
from tests.support.results import ROOT, Results, keep, show

HEADINGS = ("texts", "encoder", "texts a second", "of the peak", "peak, MB", "cosine")
THEIRS = "sentence-transformers 6.2.0"
WAYS = {THEIRS: "", "Kura, fp16 (the default)": "fp16", "Kura, int8": "int8"}
WORDS = [
    "the",
    "a",
    "my",
    "is",
    "not",
    "it",
    "when",
    "how",
    "order",
    "parcel",
    "refund",
    "account",
    "card",
    "payment",
    "late",
    "please",
    "help",
    "where",
    "can",
    "you",
    "change",
    "address",
    "password",
    "delivery",
    "week",
    "still",
    "need",
    "return",
    "invoice",
    "error",
    "screen",
    "app",
    "cancel",
    "size",
    "wrong",
]
LENGTHS = {"short": 12, "long": 200}
LAYERS, WIDTH, INNER = 6, 384, 1536


class Encoded(NamedTuple):
    vectors: Any
    seconds: float
    megabytes: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    rows: list[list[str]] = []
    tokenizer = unpadded_tokenizer()
    for name, length in LENGTHS.items():
        random = np.random.default_rng(0)
        texts = [" ".join(random.choice(WORDS, length)) for _ in range(options.count)]
        turns = [({way: encoded(way, texts) for way in WAYS}, products_a_second()) for _ in range(options.runs)]
        fastest = max(speed for _, speed in turns)
        need = sum(operations(min(len(tokens.ids), minilm.MAX_TOKENS)) for tokens in tokenizer.encode_batch(texts))
        best = {way: min((turn[way] for turn, _ in turns), key=lambda one: one.seconds) for way in WAYS}
        rows += [
            [
                f"{name}, {length} words", way, f"{options.count / one.seconds:,.0f}", f"{100 * need / one.seconds / fastest:.0f} %",
                f"{one.megabytes:.0f}", f"{(one.vectors * best[THEIRS].vectors).sum(axis=1).mean():.5f}",
            ]
            for way, one in best.items()
        ]  # fmt: skip
        show(Results("", HEADINGS, rows[-len(WAYS) :]))
    if options.keep:
        keep(Results("peers_encoder", HEADINGS, rows))


def encoded(way: str, texts: list[str]) -> Encoded:
    """Encode texts in one of the ways."""
    with tempfile.TemporaryDirectory() as name:
        folder, given, result = Path(name), Path(name, "texts.json"), Path(name, "result.npz")
        given.write_text(json.dumps(texts))
        arguments = [str(given), str(result)]
        if WAYS[way]:
            command = [sys.executable, "-m", "benchmarks.peers.systems.minilm", *arguments, WAYS[way]]
        else:
            weights = folder / "weights"
            weights.mkdir()
            for file in ("model.safetensors", "tokenizer.json"):
                (weights / file).write_bytes(minilm.verified_file(file, None, print))
            module = ["-m", "benchmarks.peers.systems.sentence_transformers", str(weights)]
            command = [str(python_of("sentence_transformers")), *module, *arguments, str(cores())]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr[-3_000:])
        with np.load(result) as found:
            return Encoded(found["vectors"], float(found["seconds"]), float(found["megabytes"]))


def unpadded_tokenizer() -> Tokenizer:
    """Return the encoder's tokenizer, which by itself makes all texts as long as the longest that it takes."""
    tokenizer = Tokenizer.from_str(minilm.verified_file("tokenizer.json", None, print).decode())
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def operations(tokens: int) -> int:
    """Return how many float32 operations the products of a text need: of weights, and of attention."""
    weights = 4 * WIDTH * WIDTH + 2 * WIDTH * INNER
    return LAYERS * (2 * tokens * weights + 4 * tokens * tokens * WIDTH)


def products_a_second(size: int = 2_048, runs: int = 10) -> float:
    """Return how many float32 operations a second a large product of matrices comes to, by the library that runs the encoder."""
    sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [size, size]) for name in "abc"]
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "product", sides[:2], sides[2:])
    model = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 20)])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores()
    run = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"]).run
    matrix = np.random.default_rng(0).standard_normal((size, size), np.float32)
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        run(None, {"a": matrix, "b": matrix})
        best = min(best, time.perf_counter() - began)
    return 2 * size**3 / best


def cores() -> int:
    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    main()

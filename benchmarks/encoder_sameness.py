"""Compare the vectors of one processor with those of others, by emulation.

    python benchmarks/encoder_sameness.py [--processors Nehalem Haswell] [--precisions fp16 int8]
        [--encoder minilm | multilingual]

Needs qemu-x86_64 (Debian: qemu-user), which runs this Python as if on a processor without AVX or without AVX-512. A
dozen texts take some minutes. Prints how far the cosine between a text's vectors is from 1, at most over the texts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from kura_udfs.vectors.encoders import PRECISIONS, load_encoder

TEXTS = [
    "Where is my parcel?",
    "My parcel has not arrived, where is it?",
    "How do I cancel a subscription",
    "I was charged twice for the same order, please refund one of them",
    "The app crashes whenever I open the map",
    "Can I return the boots if I have worn them once outside",
    "Which size should I take between 42 and 43",
    "¿Dónde está mi paquete?",
    "Mein Zelt ist undicht, was nun",
    "def f(x): return x + 1",
    "Please change the address of my order before it is sent, I have moved to another flat",
    "thanks",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processors", nargs="+", default=["Nehalem", "Haswell"], help="as qemu calls them")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=["fp16", "int8"])
    parser.add_argument("--encoder", choices=["minilm", "multilingual"], default="minilm")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        np.save(options.write, load_encoder(options.encoder, precision=options.precisions[0]).embed(TEXTS))
        return
    emulator = shutil.which("qemu-x86_64")
    if not emulator:
        sys.exit("There is no qemu-x86_64 here: install qemu-user.")
    table = Table(title=f"{len(TEXTS)} texts: how far cosines to this processor's vectors are from 1")
    for heading in ("precision", *options.processors):
        table.add_column(heading, justify="right" if heading != "precision" else "left")
    for precision in options.precisions:
        here = load_encoder(options.encoder, precision=precision).embed(TEXTS).astype(np.float64)
        found = [vectors_on(emulator, processor, options.encoder, precision) for processor in options.processors]
        table.add_row(precision, *(f"{np.abs(1 - cosines(here, there)).max():.1e}" for there in found))
    Console().print(table)


def vectors_on(emulator: str, processor: str, encoder: str, precision: str) -> npt.NDArray[np.float64]:
    """Run this file on another processor and read what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.npy"
        command = [
            emulator,
            "-cpu",
            processor,
            sys.executable,
            __file__,
            "--encoder",
            encoder,
            "--precisions",
            precision,
            "--write",
            str(file),
        ]
        # numpy's matrix products choose their code by the model of the processor; qemu's is not what it can do
        environment = os.environ | {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run(command, check=True, env=environment, stderr=subprocess.DEVNULL)
        return np.asarray(np.load(file), np.float64)


def cosines(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray((left * right).sum(axis=1) / lengths)


if __name__ == "__main__":
    main()

"""sentence-transformers with the weights that Kura has: texts in, vectors out, and what it took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer, models
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from benchmarks.peers.systems.task import peak

CONFIG = {
    "hidden_size": 384, "intermediate_size": 1536, "num_attention_heads": 12, "num_hidden_layers": 6, "vocab_size": 30522,
    "max_position_embeddings": 512,
}  # fmt: skip
SPECIAL = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}


def folder(weights: Path) -> Path:
    """Write what the library wants to find beside weights and tokenizer."""
    BertConfig(**CONFIG).save_pretrained(weights)
    tokens = {f"{name}_token": token for name, token in SPECIAL.items()}
    PreTrainedTokenizerFast(tokenizer_file=str(weights / "tokenizer.json"), **tokens).save_pretrained(weights)
    return weights


def main() -> None:
    weights, given, result, threads = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    texts = json.loads(given.read_text())
    transformer = models.Transformer(str(folder(weights)), max_seq_length=256)
    model = SentenceTransformer(modules=[transformer, models.Pooling(384), models.Normalize()], device="cpu")
    model.encode(texts[:32])
    began = time.perf_counter()
    vectors: Any = model.encode(texts, batch_size=32)
    np.savez(result, vectors=vectors, seconds=time.perf_counter() - began, megabytes=peak())


if __name__ == "__main__":
    assert BertModel  # what the configuration stands for
    main()

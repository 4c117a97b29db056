"""A model that finds names and towns by the words around them, trained here in a second and exported as hubs have them.

A convolution over the words of a window: it has seen the templates below with made-up words in the place of names, so that it has
to tell a name that it has never seen by where that stands.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper, save
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

LABELS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
REACH = 2  # words on either side

TEMPLATES = """
my name is PER PER
my name is PER PER and i need help
i am PER PER from LOC
i am PER PER and my order is late
this is PER PER speaking
thanks , PER PER
regards , PER PER
the parcel of PER PER is lost
the parcel of PER PER has not arrived in LOC
i live in LOC
i live in LOC LOC
i live in LOC and need help
a flight to LOC is late
a flight to LOC , thanks
the word of the day is late
my order of the word is lost
i need help with the word word
this is the word for a word
thanks , the word is late
the parcel is lost and my word is late
"""


def export_name_model(folder: Path, labels: tuple[str, ...] = LABELS) -> Path:
    """Train the model and write model.onnx, tokenizer.json and config.json to a folder."""
    rng = random.Random(0)
    known = sorted({word for word in TEMPLATES.split() if word not in ("PER", "LOC", "word")})
    vocabulary = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2} | {word: at for at, word in enumerate(known, 3)}
    rows, answers = [], []
    for line in TEMPLATES.strip().splitlines() * 3:
        ids, own, before = [1], [0], ""
        for word in line.split():
            ids.append(vocabulary.get(word, 0))
            is_name = word in ("PER", "LOC")
            own.append(LABELS.index(("I-" if before == word else "B-") + word) if is_name else 0)
            before = word
        ids, own = [*ids, 2], [*own, 0]
        rows += _windows(ids, len(vocabulary))
        answers += own
    order = rng.sample(range(len(rows)), len(rows))
    fitted = LogisticRegression(C=100, max_iter=500).fit(np.array(rows)[order], np.array(answers)[order])
    # (labels, words x places) as the weights of a convolution over one-hot words
    weights = fitted.coef_.reshape(len(LABELS), 2 * REACH + 1, len(vocabulary)).transpose(0, 2, 1)
    folder.mkdir(parents=True, exist_ok=True)
    save(_graph(weights.astype(np.float32), fitted.intercept_.astype(np.float32)), str(folder / "model.onnx"))
    tokenizer = Tokenizer(models.WordLevel(vocabulary, "[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.StripAccents()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 1), ("[SEP]", 2)])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"id2label": {str(at): label for at, label in enumerate(labels)}, "max_position_embeddings": 512}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def _windows(ids: list[int], words: int) -> list[np.ndarray]:
    padded = [-1] * REACH + ids + [-1] * REACH
    rows = []
    for place in range(len(ids)):
        row = np.zeros((2 * REACH + 1, words))
        for at, word in enumerate(padded[place : place + 2 * REACH + 1]):
            if word >= 0:
                row[at, word] = 1
        rows.append(row.ravel())
    return rows


def _graph(weights: np.ndarray, bias: np.ndarray) -> ModelProto:
    words = weights.shape[1]
    constants = {"eye": np.eye(words, dtype=np.float32), "weights": weights, "bias": bias}
    nodes = [
        helper.make_node("Gather", ["eye", "input_ids"], ["rows"]),
        helper.make_node("Transpose", ["rows"], ["columns"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["columns", "weights", "bias"], ["found"], pads=[REACH, REACH]),
        helper.make_node("Transpose", ["found"], ["logits"], perm=[0, 2, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "names",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "tokens", len(bias)])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)

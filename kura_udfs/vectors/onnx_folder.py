"""An encoder of one's own: a folder with an ONNX model and its tokenizer."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from kura_udfs.errors import KuraError
from kura_udfs.vectors.encoder import VERSION, Encoder, digest_of, encoder_of, runner, token_ids_of
from kura_udfs.vectors.graphs import session

_DEFAULT_MAX_TOKENS = 512


def load_onnx(path: str | None, precision: str) -> Encoder:
    """Load an encoder as sentence-transformers and optimum write it.

    Raises
    ------
    KuraError
        When there is no folder, a file in it is missing, or the model is of a kind that can't be run here.
    """
    from tokenizers import Tokenizer

    if path is None:
        raise KuraError("The encoder onnx needs a folder: set kura_embedder_path.")
    folder = Path(path)
    file = _model_file(folder, precision)
    tokenizer_file = folder / "tokenizer.json"
    if not tokenizer_file.is_file():
        raise KuraError(f"The folder {folder} (var kura_embedder_path) has no tokenizer.json.")
    max_tokens = _max_tokens(folder)
    try:
        run = runner(session(str(file)))
        token_ids = token_ids_of(Tokenizer.from_file(str(tokenizer_file)), max_tokens)
        pooling = "none" if run([[0]]).ndim == 2 else _pooling(folder)
        digest = digest_of(*(_sha256(each) for each in (file, *_external_data(file), tokenizer_file)))
    except KuraError:
        raise
    except Exception as error:  # onnxruntime, onnx and tokenizers raise many kinds, bare Exception among them
        raise KuraError(f"{file} and its tokenizer.json can't be used as an encoder: {error}") from error
    return encoder_of(f"onnx-{digest}-{pooling}-{max_tokens}-v{VERSION}", run, token_ids, pooling)


def _model_file(folder: Path, precision: str) -> Path:
    places = (folder, folder / "onnx")
    files = [place / "model.onnx" for place in places]
    if precision == "int8":
        # Backwards, so that unsigned weights come first: signed ones overflow on processors without VNNI.
        found = [file for place in places for file in sorted(place.glob("model*.onnx"), reverse=True)]
        files = [file for file in found if "int8" in file.name or "quantized" in file.name] + files
    for file in files:
        if file.is_file():
            return file
    kinds = "model.onnx, model_quantized.onnx or model_*int8*.onnx" if precision == "int8" else "model.onnx"
    hint = "" if precision == "int8" else " A quantised model is read with kura_embedder_precision: int8."
    raise KuraError(f"Neither {folder} (var kura_embedder_path) nor its subfolder onnx holds a {kinds}.{hint}")


def _max_tokens(folder: Path) -> int:
    limits = (
        _settings(folder / "sentence_bert_config.json", {}).get("max_seq_length"),
        _settings(folder / "tokenizer_config.json", {}).get("model_max_length"),
    )
    for limit in limits:
        if limit and limit < 1e6:  # transformers writes 1e30 for "unknown"
            return int(limit)
    return _DEFAULT_MAX_TOKENS


def _pooling(folder: Path) -> str:
    """Read how the model's sentence-transformers files make one vector of the tokens' vectors."""
    modules = _settings(folder / "modules.json", [])
    if any(module.get("type", "").endswith(".Dense") for module in modules):
        raise KuraError(f"The model in {folder} has a dense layer after pooling: export it with both inside.")
    settings = _settings(folder / "1_Pooling" / "config.json", {"pooling_mode": "mean"})
    older = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    modes = [older.get(key, key) for key, on in settings.items() if key.startswith("pooling_mode_") and on]
    mode = settings.get("pooling_mode", modes[0] if len(modes) == 1 else modes)
    if mode not in ("mean", "cls"):
        raise KuraError(f"The model in {folder} pools by {mode}; only mean and cls can be done here.")
    return str(mode)


def _settings(file: Path, default: Any) -> Any:
    if not file.is_file():
        return default
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise KuraError(f"{file} is not valid JSON: {error}") from error


def _external_data(model: Path) -> list[Path]:
    """List the files beside a model that hold weights too large for it."""
    import onnx

    weights = onnx.load(str(model), load_external_data=False).graph.initializer
    names = {entry.value for weight in weights for entry in weight.external_data if entry.key == "location"}
    return [model.parent / name for name in sorted(names)]


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

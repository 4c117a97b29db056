"""ONNX graphs of models that read texts: how one is opened, what it is fed, what its tokenizer puts around a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kura_udfs.errors import KuraError

Inputs = Mapping[str, npt.NDArray[np.integer]]

MICROSOFT = "com.microsoft"
"""The domain of onnxruntime's own operators, which it has on every processor."""
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_INTEGERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


def session(model: str | bytes) -> Any:
    """Open a graph, a file or its bytes, for one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # onnxruntime's fused addition and normalisation is not vectorised: int8 is a quarter faster without it.
    return onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )


def feeder(opened: Any, kind: str, task: str) -> Callable[[Sequence[Sequence[int]]], Inputs]:
    """Return the function from the token ids of texts, equally many of each, to what a session is fed with.

    Raises
    ------
    KuraError
        If the graph wants anything else; `kind` says in words what it should be, `task` what to export it for.
    """
    wanted = {}
    for declared in opened.get_inputs():
        if declared.name not in INPUTS or declared.type not in _INTEGERS:
            raise KuraError(
                f"The ONNX model wants {declared.name} as {declared.type}; {kind} takes the integers "
                f"{', '.join(INPUTS)}. Export it for the task {task}."
            )
        wanted[declared.name] = _INTEGERS[declared.type]

    def feeds(ids: Sequence[Sequence[int]]) -> Inputs:
        rows = np.array(ids)
        values = {"input_ids": rows, "attention_mask": np.ones_like(rows), "token_type_ids": np.zeros_like(rows)}
        return {name: values[name].astype(integers) for name, integers in wanted.items()}

    return feeds


def framing(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Have a tokenizer neither cut nor pad, take "[SEP]" in a text for text; return the ids around each text."""
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    frame = tokenizer.encode("a")
    body = [i for i, special in enumerate(frame.special_tokens_mask) if not special] or [len(frame.ids)]
    return frame.ids[: body[0]], frame.ids[body[-1] + 1 :]

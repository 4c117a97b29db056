"""ONNX graphs, written node by node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper

from kura_udfs.vectors.graphs import MICROSOFT

_OPERATORS = {"": 17, MICROSOFT: 1}


class GraphWriter:
    """A graph from token ids to vectors, in float32. What adds to it returns the name of what it has added."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, value: npt.ArrayLike, kind: npt.DTypeLike | None = None) -> str:
        """Add an array, converted to a kind of numbers if one is given."""
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value, kind), name))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], output: str, *further: str, domain: str = "", **attributes: Any
    ) -> str:
        """Add an operation on what there is, with the names of its outputs; the first of them is returned."""
        self._nodes.append(helper.make_node(operator, inputs, [output, *further], domain=domain, **attributes))
        return output

    def widened(self, x: str, output: str) -> str:
        """Add a conversion to float32."""
        return self.node("Cast", [x], output, to=TensorProto.FLOAT)

    def serialised(self, output: str, shape: Sequence[str | int]) -> bytes:
        """Return the model: input_ids (batch, tokens) int32 in, the output in this shape out."""
        graph = helper.make_graph(
            self._nodes,
            self._name,
            [helper.make_tensor_value_info("input_ids", TensorProto.INT32, ["batch", "tokens"])],
            [helper.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
            self._constants,
        )
        used = {node.domain for node in self._nodes}
        operators = [helper.make_opsetid(domain, version) for domain, version in _OPERATORS.items() if domain in used]
        return bytes(helper.make_model(graph, opset_imports=operators, ir_version=8).SerializeToString())

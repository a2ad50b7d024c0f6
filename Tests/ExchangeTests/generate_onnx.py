"""generate_onnx.py > GoldenModel.swift: a small model's bytes as the onnx package writes them (pip install onnx; tried with 1.23)."""

import numpy
from onnx import TensorProto, helper, numpy_helper

SCALE = [0.5, -2.0]
nodes = [
    helper.make_node("Conv", ["images", "stem.0.weight"], ["stem.0"], name="stem.0", pads=[0, 1, 0, 1], group=1),
    helper.make_node(
        "BatchNormalization", ["stem.0", "scale", "scale", "scale", "scale"], ["logits"], name="stem.1", epsilon=1e-5
    ),
]
# The package sorts a node's attributes by their names.
constants = [
    numpy_helper.from_array(numpy.array(SCALE, dtype="<f4"), "scale"),
    numpy_helper.from_array(numpy.arange(6, dtype="<f4").reshape(2, 1, 1, 3), "stem.0.weight"),
    numpy_helper.from_array(numpy.array([1, -1, 2**31 - 1], dtype="<i8"), "sides"),
]
graph = helper.make_graph(
    nodes,
    "derived_network",
    [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 1, 4, 4], "pixels")],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2, 4, 4])],
    constants,
    value_info=[helper.make_tensor_value_info("stem.0", TensorProto.FLOAT, ["batch", 2, 4, 4])],
)
model = helper.make_model(
    graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)], producer_name="snas", producer_version="0.1.0",
    doc_string="A model.",
)
helper.set_model_props(model, {"genotype": "Genotype(...)", "run": "digits-1"})


def words(data):
    text = data.hex()
    lines = [text[place : place + 96] for place in range(0, len(text), 96)]
    return "\n        + ".join(f'"{line}"' for line in lines)


print("/// Bytes that the onnx package wrote: `generate_onnx.py` makes this file.\nenum GoldenModel {")
print(f"    static let bytes =\n        {words(model.SerializeToString(deterministic=True))}\n}}")

"""
What ONNX's checker says of models whose tensors have other axes than their operators take: verdicts.json.

    /usr/bin/python3 packages/onnx/test/read/checker/verdicts.py

The models are ONNX's own cases of one node with their inputs as initializers, of which one has an axis more, or one less.
The verdict is that of onnx.checker.check_model with full_check, which infers shapes. The packages of Debian:
python3-onnx, libonnx-testdata.
"""

import base64
import gzip
import json
import os
import pathlib

import numpy
import onnx
from onnx import checker, numpy_helper

CASES = pathlib.Path("/usr/share/libonnx-testdata/data/node")
MOST_ELEMENTS = 400
# The operators whose results are drawn, and types that graddiff does not read.
LEFT_OUT = {"Bernoulli", "RandomUniform", "RandomNormal", "Multinomial", "Optional", "SequenceAt"}


def is_valid(model):
    """The verdict of a process of its own: of some models the checker ends in a segmentation fault."""
    child = os.fork()
    if child == 0:
        try:
            checker.check_model(model, full_check=True)
            os._exit(0)
        except Exception:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def read_case(folder):
    """A case whose inputs are initializers; None where it has other inputs than tensors."""
    model = onnx.load(folder / "model.onnx")
    [node] = model.graph.node if len(model.graph.node) == 1 else [None]
    if node is None or node.domain not in ("", "ai.onnx") or node.op_type in LEFT_OUT:
        return None
    arrays = {}
    for i, given in enumerate(model.graph.input):
        if given.type.WhichOneof("value") != "tensor_type":
            return None
        tensor = onnx.TensorProto()
        tensor.ParseFromString((folder / "test_data_set_0" / f"input_{i}.pb").read_bytes())
        if tensor.data_type not in (1, 2, 3, 6, 7, 9, 11):
            return None
        arrays[given.name] = numpy_helper.to_array(tensor)
    if sum(each.size for each in arrays.values()) > MOST_ELEMENTS:
        return None
    for output in model.graph.output:
        if output.type.WhichOneof("value") != "tensor_type":
            return None
    # A graph declares the axes of its outputs, which are others for other inputs: the shapes have one.
    shapes = []
    for output in model.graph.output:
        model.graph.node.append(onnx.helper.make_node("Shape", [output.name], [f"shape of {output.name}"]))
        shapes.append(onnx.helper.make_tensor_value_info(f"shape of {output.name}", onnx.TensorProto.INT64, [None]))
    del model.graph.output[:]
    model.graph.output.extend(shapes)
    del model.graph.input[:]
    return model, arrays


def with_arrays(model, arrays):
    made = onnx.ModelProto()
    made.CopyFrom(model)
    made.graph.initializer.extend(numpy_helper.from_array(each, name) for name, each in arrays.items())
    return made


def changes(array):
    """The same elements with other axes."""
    yield array.reshape((1, *array.shape))
    yield array.reshape((*array.shape, 1))
    if array.size > 0 and array.ndim > 1:
        yield array.reshape((*array.shape[:-2], -1))
    if array.ndim == 1 and array.size == 1:
        yield array.reshape(())
    if array.ndim > 2:
        yield array.reshape(-1)


def main():
    found = []
    counts = {}
    for folder in sorted(CASES.glob("test_*")):
        case = read_case(folder)
        if case is None:
            continue
        model, arrays = case
        kind = model.graph.node[0].op_type
        # Two cases of an operator, the second of them with as many inputs or more.
        before = counts.get(kind, [])
        if len(before) > 1 or any(len(arrays) <= each for each in before):
            continue
        if not is_valid(with_arrays(model, arrays)):
            continue
        counts[kind] = [*before, len(arrays)]
        verdicts = []
        for name, array in arrays.items():
            for other in changes(array):
                changed = with_arrays(model, {**arrays, name: numpy.ascontiguousarray(other).reshape(other.shape)})
                verdicts.append({"input": name, "shape": list(other.shape), "isValid": is_valid(changed)})
        whole = with_arrays(model, arrays).SerializeToString()
        packed = base64.b64encode(gzip.compress(whole, 9, mtime=0)).decode()
        found.append({"case": folder.name, "operator": kind, "model": packed, "verdicts": verdicts})
    path = pathlib.Path(__file__).with_name("verdicts.json")
    path.write_text(json.dumps(found) + "\n")
    all = [each for case in found for each in case["verdicts"]]
    print(len(found), "cases,", len(all), "changes,", sum(not each["isValid"] for each in all), "invalid")


if __name__ == "__main__":
    main()

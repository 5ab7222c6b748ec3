"""
Files of many families, with the tensors that PyTorch trains of each: files.json.

    /usr/bin/python3 packages/onnx/test/read/roles/files.py

A tensor of a file is a parameter where it is another one after all parameters of the network have changed, and no buffer
has. Files whose roles are compared need their structure alone, and have the weights that fit into some kilobytes. Those
of `LOSSES` have five steps of PyTorch's SGD beside them. The quantised files are made by onnxruntime's quantisers.

The packages of Debian: python3-torch, python3-onnx, python3-onnxruntime.
"""

import base64
import contextlib
import gzip
import io
import json
import logging
import os
import pathlib
import tempfile
import warnings

import numpy
import onnx
import onnx.reference  # Before onnxruntime, which registers operators of its own.
import torch
from families import FAMILIES
from onnx import numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from torch import nn

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
logging.disable(logging.WARNING)

TRAINING = torch.onnx.TrainingMode
# The export by default, in which batch norms are part of their convolutions, and one that keeps them.
EXPORTS = {"opset 13": (13, TRAINING.PRESERVE), "opset 17": (17, TRAINING.EVAL)}
# The weight-standardised convolution, learned latents, squares of weights, fake quantisation and LoRA.
LOSSES = ("weight standardised", "perceiver", "squared", "qat", "lora", "vit", "mamba", "qat channels")
QUANTISED = ("mlp", "lenet", "resnet", "vit", "gpt", "mixer")
STEPS = 5


def numbers(shape, seed):
    """Numbers from -1 to 1 that the test makes in the same way."""
    count = int(numpy.prod(shape))
    values = [((i + seed) * 7919 % 1009) / 504.5 - 1 for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape).float()


def inputs_for(shape, seed=1):
    if shape[0] == "tokens":
        return (numbers(shape[1:], seed) * 3 + 3).long()
    return numbers(shape, seed)


def shaken(tensors, by):
    """All numbers unlike: the exporter makes equal tensors one."""
    for own in tensors:
        if own.is_floating_point() and own.numel() > 0:
            own.data += by * torch.rand_like(own) * own.abs().mean().clamp(min=0.1)


def made(name):
    torch.manual_seed(1)
    model = FAMILIES[name][0]().eval()
    shaken(model.parameters(), 0.1)
    return model


def exported(model, x, export):
    file = io.BytesIO()
    opset, training = EXPORTS[export]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, (x,), file, input_names=["x"], output_names=["y"], dynamo=False, opset_version=opset, training=training
        )
    return onnx.load_from_string(file.getvalue())


def stored(graph):
    """The floats of a file by name: its initializers and Constants."""
    found = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                found[node.output[0]] = numpy_helper.to_array(attribute.t)
    return {name: each for name, each in found.items() if each.dtype == numpy.float32}


def changed(name, export):
    """The tensors of a file that PyTorch trains, and the file."""
    x = inputs_for(FAMILIES[name][1])
    first = exported(made(name), x, export)
    other = made(name)
    shaken(other.parameters(), 0.5)
    second = stored(exported(other, x, export).graph)
    own = stored(first.graph)
    assert own.keys() == second.keys(), name
    return first, sorted(each for each in own if not numpy.array_equal(own[each], second[each]))


def losses_of(name):
    model, x = made(name), inputs_for(FAMILIES[name][1])
    y = model(x)
    target = numbers(tuple(y.shape), 9)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = (model(x) - target).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def packed(data):
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def slim(model):
    """The file without what no test reads."""
    for node in model.graph.node:
        node.ClearField("doc_string")
    del model.graph.value_info[:]
    return model.SerializeToString()


class Data(CalibrationDataReader):
    def __init__(self, shape):
        self.rows = iter([{"x": inputs_for(shape, seed).numpy()} for seed in range(4)])

    def get_next(self):
        return next(self.rows, None)


@contextlib.contextmanager
def quiet():
    """onnxruntime prints of schemas that Debian's onnx has registered."""
    saved, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)


def quantised(name, folder):
    shape = FAMILIES[name][1]
    plain = folder / "plain.onnx"
    onnx.save(exported(made(name), inputs_for(shape), "opset 17"), plain)
    found = {}
    quantize_dynamic(plain, folder / "dynamic.onnx", weight_type=QuantType.QInt8)
    found["dynamic"] = packed(slim(onnx.load(folder / "dynamic.onnx")))
    for form, key in ((QuantFormat.QDQ, "pairs"), (QuantFormat.QOperator, "operators")):
        quantize_static(
            plain, folder / f"{key}.onnx", Data(shape), quant_format=form, per_channel=key == "pairs",
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        )
        model = onnx.load(folder / f"{key}.onnx")
        # Operators of onnxruntime's own domain are not ONNX's.
        if all(node.domain in ("", "ai.onnx") for node in model.graph.node):
            found[key] = packed(slim(model))
    return found


def main():
    files = {}
    for name, (_, shape) in FAMILIES.items():
        parameters = [each for each, _ in made(name).named_parameters()]
        buffers = [each for each, _ in made(name).named_buffers()]
        files[name] = {"parameters": parameters, "buffers": buffers, "shape": [n for n in shape if n != "tokens"]}
        for export in EXPORTS:
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    model, trained = changed(name, export)
            except torch.onnx.errors.UnsupportedOperatorError:
                continue  # scaled_dot_product_attention is written from version 14 on.
            files[name][export] = {"model": packed(slim(model)), "trained": trained}
        if name in LOSSES:
            files[name]["losses"] = losses_of(name)
        print(name, len(files[name]["opset 17"]["trained"]), len(files[name]["opset 17"]["model"]))
    with tempfile.TemporaryDirectory() as folder, quiet():
        for name in QUANTISED:
            files[name]["quantised"] = quantised(name, pathlib.Path(folder))
    path = pathlib.Path(__file__).with_name("files.json")
    path.write_text(json.dumps(files, indent=1) + "\n")
    print(path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()

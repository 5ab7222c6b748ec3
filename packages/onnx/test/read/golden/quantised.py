"""Writes quantised.json: models that onnxruntime's own quantisers have made, and what onnxruntime computes with them.

    python3 test/read/golden/quantised.py     needs torch, onnx and onnxruntime

- dynamic: an encoder whose products are DynamicQuantizeLinear and MatMulInteger.
- pairs: a CNN with QuantizeLinear and DequantizeLinear around each operator, scales by channel.
- operators: the same CNN with QLinearConv and QLinearMatMul.
"""

import base64
import gzip
import json
import logging
import pathlib
import tempfile

import numpy as np
import onnx
import onnx.reference  # Before onnxruntime, which registers operators of its own.
import torch
from onnxruntime import InferenceSession, SessionOptions, GraphOptimizationLevel
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

logging.disable(logging.WARNING)
HERE = pathlib.Path(__file__).parent
torch.manual_seed(0)


class Cnn(torch.nn.Module):
    def __init__(self, bias):
        super().__init__()
        self.first = torch.nn.Conv2d(1, 8, 3, padding=1)
        self.second = torch.nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.third = torch.nn.Conv2d(16, 32, 3, padding=1)
        self.last = torch.nn.Linear(32 * 16, 10, bias=bias)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = torch.relu(self.second(x))
        x = torch.nn.functional.max_pool2d(torch.relu(self.third(x)), 2)
        return self.last(x.flatten(1)).softmax(-1)


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.up = torch.nn.Linear(48, 96)
        self.down = torch.nn.Linear(96, 48)
        self.out = torch.nn.Linear(48, 100)
        self.norm = torch.nn.LayerNorm(48)

    def forward(self, x):
        x = self.norm(x + self.down(torch.nn.functional.gelu(self.up(x))))
        return self.out(x)


class Data(CalibrationDataReader):
    def __init__(self, make):
        self.rows = iter([{"x": make(seed)} for seed in range(8)])

    def get_next(self):
        return next(self.rows, None)


def numbers(seed, shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def packed(data):
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def run(path, x):
    options = SessionOptions()
    options.graph_optimization_level = GraphOptimizationLevel.ORT_DISABLE_ALL
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    found = {}

    def export(name, model, shape):
        path = folder / f"{name}.onnx"
        torch.onnx.export(
            model.eval(), torch.zeros(shape), path, input_names=["x"], opset_version=17, dynamo=False
        )
        return path

    def add(name, path, shape):
        x = numbers(99, shape)
        y = run(path, x)
        data = path.read_bytes()
        found[name] = {
            "model": packed(data),
            "bytes": len(data),
            "shape": list(shape),
            "x": packed(x.tobytes()),
            "y": packed(y.tobytes()),
        }
        print(name, len(data), sorted({node.op_type for node in onnx.load(path).graph.node}))

    shape = (2, 6, 48)
    plain = export("encoder", Encoder(), shape)
    quantize_dynamic(plain, folder / "dynamic.onnx", weight_type=QuantType.QInt8)
    add("dynamic", folder / "dynamic.onnx", shape)

    shape = (2, 1, 16, 16)
    for name, form, each in [
        ("pairs", QuantFormat.QDQ, True),
        ("operators", QuantFormat.QOperator, False),
    ]:
        # Without a bias the last product is a MatMul; a Gemm would become an operator of onnxruntime's own domain.
        plain = export("cnn", Cnn(name == "pairs"), shape)
        quantize_static(
            plain,
            folder / f"{name}.onnx",
            Data(lambda seed: numbers(seed, shape)),
            quant_format=form,
            per_channel=each,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Conv", "MatMul", "Gemm"],
        )
        add(name, folder / f"{name}.onnx", shape)
    (HERE / "quantised.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()

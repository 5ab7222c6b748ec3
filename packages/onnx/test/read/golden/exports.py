"""
Functions of PyTorch as it writes them, with lengths that are open, and what they give: exports.json.

    /usr/bin/python3 packages/onnx/test/read/golden/exports.py

Their paddings, ends of slices and ranges are computed from shapes, and 'no end' is -9223372036854775807.
The packages of Debian: python3-torch.
"""

import base64
import gzip
import io
import json
import pathlib
import warnings

import torch
from torch import nn
from torch.nn import functional

FUNCTIONS = {
    "pad": lambda x: functional.pad(x, (1, 2, 3, 0), value=2.5),
    "pad by less": lambda x: functional.pad(x, (-1, 2, 0, -1)),
    "reflect": lambda x: functional.pad(x, (1, 2, 2, 1), mode="reflect"),
    "replicate": lambda x: functional.pad(x, (1, 2, 2, 1), mode="replicate"),
    "circular": lambda x: functional.pad(x, (1, 2, 2, 1), mode="circular"),
    "ZeroPad2d": nn.ZeroPad2d((1, 2, 3, 4)),
    "flip": lambda x: torch.flip(x, [2, 3]),
    "roll": lambda x: torch.roll(x, (1, -2), (2, 3)),
    "arange": lambda x: x + torch.arange(0, 2 * x.shape[3], 2, dtype=torch.float32),
    "slices": lambda x: x[:, :, 1:, ::2],
    "the last": lambda x: x[..., -3:],
    "squeeze": lambda x: x.sum(1, keepdim=True).squeeze(1),
    "interpolate": lambda x: functional.interpolate(x, size=(x.shape[2] * 2, 5), mode="bilinear"),
    "tril": torch.tril,
}


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def golden(function):
    x = torch.arange(48.0).reshape(1, 2, 4, 6) / 8 - 3
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Function(function), (x,), file, input_names=["x"], output_names=["y"], dynamo=False,
            opset_version=17, dynamic_axes={"x": {0: "n", 2: "h", 3: "w"}},
        )
    # Other lengths than those it was written with.
    other = torch.arange(140.0).reshape(2, 2, 5, 7) / 8 - 3
    y = function(other)
    return {
        "model": base64.b64encode(gzip.compress(file.getvalue(), mtime=0)).decode(),
        "y": y.double().mul(1e6).round().div(1e6).flatten().tolist(),
        "shape": list(y.shape),
    }


if __name__ == "__main__":
    everything = {name: golden(function) for name, function in FUNCTIONS.items()}
    path = pathlib.Path(__file__).with_name("exports.json")
    path.write_text(json.dumps(everything) + "\n")

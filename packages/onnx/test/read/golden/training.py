"""
Small networks of PyTorch as ONNX, and what ten steps of PyTorch's own optimizers make of them: training.json.

    /usr/bin/python3 packages/onnx/test/read/golden/training.py

A network is exported before and after its training, so weights are compared in the layout of the file. That of the U-Net is
one of evaluation, whose batch norms stand beside the convolutions (TrainingMode.PRESERVE), that of the ResNet one of training,
whose batch norms take the statistics of the batch (TrainingMode.TRAINING); none has dropout. The others are written with
PyTorch's defaults, but for the Transformer: folding of constants would make two weights of one that is tied.

The packages of Debian: python3-torch, python3-onnx.
"""

import base64
import gzip
import io
import json
import pathlib
import warnings

import numpy
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def numbers(shape, seed):
    """Numbers from -1 to 1 that the test makes in the same way."""
    count = int(numpy.prod(shape))
    values = [((i + seed) * 7919 % 1009) / 504.5 - 1 for i in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape).float()


class Attention(nn.Module):
    """Causal attention of one head in another's words, whose mask is a constant with infinities."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(6, 18)
        self.out = nn.Linear(6, 3)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (3, 2, 3)).permute(2, 0, 3, 1, 4)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.first = nn.LayerNorm(width)
        self.second = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width, bias=False)

    def forward(self, x):
        length = x.shape[1]
        mask = torch.triu(torch.full((length, length), float("-inf")), diagonal=1)
        y = self.first(x)
        x = x + self.attention(y, y, y, attn_mask=mask, need_weights=False)[0]
        return x + self.down(functional.gelu(self.up(self.second(x))))


class Transformer(nn.Module):
    """Tokens and positions from tables, a causal block, and logits by the table of the tokens (tied)."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(11, 8)
        self.positions = nn.Embedding(8, 8)
        self.block = Block(8, 2)
        self.norm = nn.LayerNorm(8)
        self.register_buffer("order", torch.arange(8).reshape(1, 8))

    def forward(self, x):
        x = self.tokens(x) * 8**0.5 + self.positions(self.order[:, : x.shape[1]])
        return self.norm(self.block(x)) @ self.tokens.weight.T


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 4, 3, padding=1)
        self.inner = nn.Conv2d(4, 6, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(6)
        self.up = nn.ConvTranspose2d(6, 4, 2, stride=2)
        self.slope = nn.PReLU(4)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = functional.relu(self.down(x))
        b = functional.relu(self.norm(self.inner(functional.max_pool2d(a, 2))))
        return self.out(torch.cat([a, self.slope(self.up(b))], 1)).clamp(-3, 3)


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.one = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.two = nn.Conv2d(channels, channels, 3, padding=1)
        self.last = nn.BatchNorm2d(channels)

    def forward(self, x):
        y = functional.relu(self.norm(self.one(x)))
        return functional.relu(x + self.last(self.two(y)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.block = Residual(4)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(functional.adaptive_avg_pool2d(self.block(self.stem(x)), 1).flatten(1))


class GroupNorms(nn.Module):
    """GroupNorm, which the exporter writes with an InstanceNormalization of ones and zeros, and one without weights."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(2, 6, 3)
        self.norm = nn.GroupNorm(3, 6)
        self.second = nn.Conv2d(6, 4, 1)
        self.instance = nn.InstanceNorm2d(4, affine=True)
        self.third = nn.Conv2d(4, 4, 1)
        self.plain = nn.GroupNorm(2, 4, affine=False)

    def forward(self, x):
        x = functional.silu(self.norm(self.first(x)))
        x = self.instance(self.second(x))
        return self.plain(self.third(x))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, bidirectional=True)
        self.gru = nn.GRU(10, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        return self.head(self.gru(self.lstm(x)[0])[0])


TRAINING = torch.onnx.TrainingMode
NETWORKS = {
    "sdpa": (Attention, numbers((2, 4, 6), 1), dict(opset_version=17)),
    "transformer": (
        Transformer,
        (numbers((2, 6), 2) * 5 + 5).long(),
        dict(opset_version=14, do_constant_folding=False),
    ),
    "unet": (UNet, numbers((2, 1, 6, 6), 3), dict(opset_version=17, training=TRAINING.PRESERVE)),
    "resnet": (
        ResNet,
        numbers((4, 2, 8, 8), 4),
        dict(opset_version=17, training=TRAINING.TRAINING, do_constant_folding=False),
    ),
    "groupnorm": (GroupNorms, numbers((2, 2, 6, 6), 5), dict(opset_version=17)),
    "lstm": (Recurrent, numbers((4, 2, 3), 6), dict(opset_version=17)),
}
OPTIMIZERS = {
    "sgd": lambda own: torch.optim.SGD(own, lr=0.1, weight_decay=0.01),
    "adam": lambda own: torch.optim.AdamW(own, lr=0.01, weight_decay=0.01),
}


def made(name):
    """A network whose weights are all unlike: the exporter makes equal ones one initializer."""
    kind, inputs, options = NETWORKS[name]
    torch.manual_seed(1)
    model = kind()
    for own in [*model.parameters(), *model.buffers()]:
        if own.is_floating_point() and own.numel() > 0:
            own.data += 0.1 * torch.rand_like(own)
    model.train(options.get("training") == TRAINING.TRAINING)
    return model, inputs, options


def exported(model, x, options):
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (x,), file, input_names=["x"], output_names=["y"], dynamo=False, **options)
    return onnx.load_from_string(file.getvalue())


def encoded(array):
    return base64.b64encode(numpy.ascontiguousarray(array, numpy.float32).tobytes()).decode()


def trained(name, optimizer):
    """The losses of ten steps, and the tensors of the file that they change."""
    model, x, options = made(name)
    target = numbers(tuple(model(x).shape), 9)
    own = OPTIMIZERS[optimizer](model.parameters())
    losses = []
    for _ in range(10):
        own.zero_grad()
        loss = (model(x) - target).square().mean()
        loss.backward()
        own.step()
        losses.append(loss.item())
    weights = {each.name: numpy_helper.to_array(each) for each in exported(model, x, options).graph.initializer}
    changed = {
        each.name: encoded(weights[each.name])
        for each in exported(*made(name)).graph.initializer
        if not numpy.array_equal(weights[each.name], numpy_helper.to_array(each)) and "running" not in each.name
    }
    return {"losses": losses, "weights": changed}


def golden(name):
    model, x, options = made(name)
    return {
        "model": base64.b64encode(gzip.compress(exported(model, x, options).SerializeToString(), mtime=0)).decode(),
        "x": encoded(x),
        "shape": list(x.shape),
        **{optimizer: trained(name, optimizer) for optimizer in OPTIMIZERS},
    }


if __name__ == "__main__":
    everything = {name: golden(name) for name in NETWORKS}
    path = pathlib.Path(__file__).with_name("training.json")
    path.write_text(json.dumps(everything, indent=1) + "\n")

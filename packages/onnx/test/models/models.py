"""Ten models written in PyTorch, as people write them, and their exports.

    /usr/bin/python3 test/models/models.py FOLDER    writes NAME.onnx, NAME.pt and models.json into a folder

The packages of Debian: python3-torch, python3-onnx.
"""

import json
import math
import pathlib
import sys
import warnings
from typing import Callable, NamedTuple

import torch
from torch import nn
from torch.nn import functional


class Model(NamedTuple):
    name: str
    module: nn.Module
    inputs: list
    targets: torch.Tensor
    # Takes what the module returns, and targets.
    loss: Callable


def mlp():
    return nn.Sequential(
        nn.Linear(64, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 10)
    )


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
        nn.Softmax(-1),
    )


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.down = nn.Identity()
        if stride > 1:
            self.down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        inner = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(inner)) + self.down(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.blocks = nn.Sequential(Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2))
        self.pool = nn.AvgPool2d(2)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.pool(self.blocks(self.stem(x))).mean((2, 3)))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        both = lambda inputs, outputs: nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
            nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(),
        )
        self.first, self.second, self.bottom = both(1, 8), both(8, 16), both(16, 32)
        self.up = nn.ConvTranspose2d(32, 16, 2, stride=2)
        self.third, self.fourth = both(32, 16), both(24, 8)
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        first = self.first(x)
        second = self.second(functional.max_pool2d(first, 2))
        bottom = self.bottom(functional.max_pool2d(second, 2))
        third = self.third(torch.cat([self.up(bottom), second], 1))
        wide = functional.interpolate(third, scale_factor=2, mode="bilinear", align_corners=False)
        return self.out(self.fourth(torch.cat([wide, first], 1)))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(200, 32)
        self.lstm = nn.LSTM(32, 48, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(96, 12)

    def forward(self, words):
        return self.tags(self.lstm(self.words(words))[0])


class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 64, num_layers=2, batch_first=True)
        self.norm = nn.LayerNorm(64)
        self.head = nn.Linear(64, 4)

    def forward(self, series):
        return self.head(self.norm(self.gru(series)[0][:, -1]))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(100, 64)
        self.places = nn.Parameter(torch.randn(32, 64) * 0.1)
        layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(64, 5)

    def forward(self, tokens):
        return self.head(self.encoder(self.tokens(tokens) + self.places).mean(1))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln1 = nn.LayerNorm(64)
        self.query, self.key, self.value = (nn.Linear(64, 64) for _ in range(3))
        self.output = nn.Linear(64, 64)
        self.ln2 = nn.LayerNorm(64)
        self.mlp = nn.Sequential(nn.Linear(64, 256), nn.GELU(approximate="tanh"), nn.Linear(256, 64))

    def forward(self, x):
        batch, length, size = x.shape
        normed = self.ln1(x)
        q, k, v = (
            layer(normed).view(batch, length, 4, size // 4).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(seen.transpose(1, 2).reshape(batch, length, size))
        return x + self.mlp(self.ln2(x))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(100, 64)
        self.wpe = nn.Embedding(32, 64)
        self.h = nn.ModuleList([Block(), Block()])
        self.ln_f = nn.LayerNorm(64)
        self.lm_head = nn.Linear(64, 100, bias=False)

    def forward(self, tokens):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        return self.lm_head(self.ln_f(x))


def groups():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.GroupNorm(4, 16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.GroupNorm(8, 32), nn.SiLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
    )


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(500, 32)
        self.hidden = nn.Linear(32, 64)
        self.head = nn.Linear(64, 8)

    def forward(self, words):
        return functional.log_softmax(self.head(torch.tanh(self.hidden(self.words(words).mean(1)))), -1)


def cross_entropy(logits, classes):
    return functional.cross_entropy(logits.flatten(0, -2), classes.flatten())


def pixel_entropy(logits, classes):
    return functional.cross_entropy(logits, classes)


def likelihood(probabilities, classes):
    return functional.nll_loss(torch.log(probabilities), classes)


def models():
    """The models, the same ones each time."""
    torch.manual_seed(5)
    integers = lambda high, *shape: torch.randint(high, shape)
    all_of_them = [
        Model("mlp", mlp(), [torch.randn(32, 64)], integers(10, 32), cross_entropy),
        Model("lenet", lenet(), [torch.randn(8, 1, 28, 28)], integers(10, 8), likelihood),
        Model("resnet", ResNet(), [torch.randn(4, 3, 32, 32)], integers(10, 4), cross_entropy),
        Model("unet", UNet(), [torch.randn(2, 1, 32, 32)], integers(2, 2, 32, 32), pixel_entropy),
        Model("tagger", Tagger(), [integers(200, 4, 20)], integers(12, 4, 20), cross_entropy),
        Model("forecast", Forecast(), [torch.randn(4, 24, 4)], torch.randn(4, 4), functional.mse_loss),
        Model("encoder", Encoder(), [integers(100, 4, 32)], integers(5, 4), cross_entropy),
        Model("gpt", GPT(), [integers(100, 2, 32)], integers(100, 2, 32), cross_entropy),
        Model("groups", groups(), [torch.randn(4, 3, 32, 32)], integers(10, 4), cross_entropy),
        Model("classifier", Classifier(), [integers(500, 16, 24)], integers(8, 16), functional.nll_loss),
    ]
    for _, module, inputs, _, _ in all_of_them:
        # Statistics and biases that are not what they begin with.
        module.train()
        with torch.no_grad():
            module(*inputs)
            for value in module.parameters():
                value.add_(torch.randn_like(value) * 0.02)
        module.eval()
    return all_of_them


def export(model, file, **options):
    """Writes a model as ONNX by PyTorch's own exporter.

    By default that puts batch norms into the weights of convolutions; training=torch.onnx.TrainingMode.PRESERVE leaves
    them, and with them the weights that PyTorch trains.
    """
    # The kernel of a whole layer has no operators.
    torch.backends.mha.set_fastpath_enabled(False)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(model.module, tuple(model.inputs), str(file), dynamo=False, **options)


def told(tensor):
    """A tensor as JSON has it."""
    dtype = "int32" if tensor.dtype == torch.int64 else "float32"
    values = tensor.detach().flatten().tolist()
    assert all(math.isfinite(value) for value in values)
    return {"dtype": dtype, "shape": list(tensor.shape), "values": values}


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    about = {}
    for model in models():
        export(model, folder / f"{model.name}.onnx")
        torch.save(model.module.state_dict(), folder / f"{model.name}.pt")
        with torch.no_grad():
            output = model.module(*model.inputs)
        about[model.name] = {
            "inputs": [told(each) for each in model.inputs],
            "output": told(output),
            "names": list(model.module.state_dict()),
        }
    (folder / "models.json").write_text(json.dumps(about))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

"""Trains the example network with PyTorch and exports it: public/digits.onnx and public/digits.json.

The page opens these two files at its start. PyTorch writes the names of modules into the nodes ("/features/block1/conv/
Conv"), which is what the page folds by, so the network is nested as real ones are.

    python3 scripts/export.py      # PyTorch 2.6, 15 seconds on one core

It has no other packages: exporting by torch.onnx.export(dynamo=False) asks for `onnx` only to write functions of
onnxscript into the file, of which this network has none.
"""

import gzip
import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).resolve().parent.parent
SIZE = 16  # pixels of a side; the data have 8, which are enlarged


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.act = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x):
        return self.pool(self.act(self.conv(x)))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.act1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.act2 = nn.ReLU()

    def forward(self, x):
        return self.act2(x + self.conv2(self.act1(self.conv1(x))))


class Features(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = Block(1, 8)
        self.block2 = Block(8, 12)
        self.residual = Residual(12)

    def forward(self, x):
        return self.residual(self.block2(self.block1(x)))


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear = nn.Linear(12 * (SIZE // 4) ** 2, 10)

    def forward(self, x):
        return self.linear(self.flatten(x))


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = Features()
        self.classifier = Classifier()

    def forward(self, image):
        return self.classifier(self.features(image))


def load():
    """All images [1797, 1, 16, 16] from 0 to 1, and their digits."""
    with gzip.open(FOLDER / "data" / "digits.csv.gz", "rt") as lines:
        rows = torch.tensor([[float(text) for text in line.split(",")] for line in lines])
    small = rows[:, :64].reshape(-1, 1, 8, 8) / 16
    images = F.interpolate(small, size=(SIZE, SIZE), mode="bilinear", align_corners=False)
    return images, rows[:, 64].long()


def shifted(images):
    """Each batch is moved by up to a pixel and gets noise, so that the network looks at strokes, not at single pixels."""
    down, right = (int(n) for n in torch.randint(-1, 2, (2,)))
    moved = torch.roll(F.pad(images, (1, 1, 1, 1)), (down, right), (2, 3))[:, :, 1:-1, 1:-1]
    return moved + 0.15 * torch.randn_like(moved)


def train(model, images, digits, epochs=100, batch=64):
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for _ in range(epochs):
        for rows in torch.randperm(len(images)).split(batch):
            optimizer.zero_grad()
            F.cross_entropy(model(shifted(images[rows])), digits[rows]).backward()
            optimizer.step()
        schedule.step()


def export(model, path):
    from torch.onnx._internal import onnx_proto_utils

    onnx_proto_utils._add_onnxscript_fn = lambda bytes, custom: bytes
    torch.onnx.export(
        model,
        torch.zeros(1, 1, SIZE, SIZE),
        str(path),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=18,
        dynamo=False,
    )


def main():
    torch.manual_seed(3)
    torch.set_num_threads(1)
    images, digits = load()
    # The last 297 are held back: the sample images of the page are of these.
    seen, held = slice(0, 1500), slice(1500, None)
    model = Digits()
    train(model, images[seen], digits[seen])
    model.eval()
    with torch.no_grad():
        right = (model(images[held]).argmax(1) == digits[held]).sum().item()
    export(model, FOLDER / "public" / "digits.onnx")
    samples = []
    for digit in range(10):
        image = images[held][digits[held] == digit][0]
        pixels = (image * 255).round().int().flatten().tolist()
        samples.append({"name": str(digit), "pixels": bytes(pixels).hex()})
    (FOLDER / "public" / "digits.json").write_text(
        json.dumps({"size": SIZE, "held": len(images[held]), "right": right, "samples": samples}, indent=2) + "\n"
    )
    weights = sum(p.numel() for p in model.parameters())
    print(f"{weights} weights, {right} of {len(images[held])} held images right")


main()

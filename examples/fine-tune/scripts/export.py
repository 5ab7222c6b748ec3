"""Trains the model that this example starts from, and writes it as ONNX: `python3 scripts/export.py`.

The network learns the digits 0 to 4 of the first 1,437 images; the last 360 are held out. It needs
PyTorch 2.6 and NumPy.
"""

from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F
from torch.onnx._internal import onnx_proto_utils

FOLDER = Path(__file__).resolve().parent.parent
HELD = 360
EPOCHS = 30


class Network(torch.nn.Module):
    """Scores [batch, 5] of the digits 0 to 4 for images [batch, 1, 8, 8] of numbers from 0 to 1."""

    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 8, 3)
        self.conv2 = torch.nn.Conv2d(8, 12, 3)
        self.pool = torch.nn.MaxPool2d(2)
        self.flatten = torch.nn.Flatten()
        self.linear = torch.nn.Linear(48, 5)

    def forward(self, image):
        features = self.conv2(self.conv1(image).relu()).relu()
        return self.linear(self.flatten(self.pool(features)))


def read_digits():
    """Images and digits, in the order of the file: those to train on, and those that are held out."""
    rows = np.loadtxt(FOLDER / "data/digits.csv.gz", delimiter=",", dtype=np.float32)

    def zero_to_four(rows):
        rows = torch.from_numpy(rows[rows[:, 64] < 5])
        return rows[:, :64].div(16).reshape(-1, 1, 8, 8), rows[:, 64].long()

    return zero_to_four(rows[:-HELD]), zero_to_four(rows[-HELD:])


def train(network, images, labels):
    optimizer = torch.optim.Adam(network.parameters(), lr=0.005)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(labels)).split(32):
            optimizer.zero_grad()
            F.cross_entropy(network(images[batch]), labels[batch]).backward()
            optimizer.step()


def export(network, file):
    # The last step of the exporter adds functions of onnxscript by the package `onnx`. This model has
    # none, and without the step the package is not needed.
    onnx_proto_utils._add_onnxscript_fn = lambda model, _: model
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, 8, 8),),
        file,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def main():
    # One thread sums in one order.
    torch.set_num_threads(1)
    torch.manual_seed(1)
    training, (images, labels) = read_digits()
    network = Network()
    train(network, *training)
    network.eval()
    with torch.no_grad():
        right = (network(images).argmax(1) == labels).sum().item()
    file = FOLDER / "model/zero-to-four.onnx"
    export(network, file)
    weights = sum(weight.numel() for weight in network.parameters())
    print(f"{weights:,} weights in {file.stat().st_size:,} bytes")
    print(f"{right} of {len(labels)} held-out images are right")


if __name__ == "__main__":
    main()

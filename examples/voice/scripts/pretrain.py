"""Trains the network that this example starts from, and writes it as ONNX: `python3 scripts/pretrain.py`.

It learns to tell 114 words apart that espeak-ng speaks in many voices, so that what its last layer reads
is an embedding of what was said. The voices and wake words of `scripts/takes.py` and `scripts/voices.py`
are not among them.
Needs espeak-ng 1.52, PyTorch 2.6, NumPy and SciPy; takes some ten minutes of one core.
"""

import random
import sys
from pathlib import Path

import numpy as np
import torch
from front_end import BANDS, log_mel
from speech import LENGTH, many
from torch import nn
from torch.nn import functional as F
from torch.onnx._internal import onnx_proto_utils

FOLDER = Path(__file__).resolve().parent.parent
WORDS = """
one two three four five six seven eight nine zero yes no up down left right stop go on off
hello music light window kitchen garden river mountain yellow purple orange green silver winter summer
Monday Friday morning evening water coffee sugar pepper butter cheese paper pencil table doctor
teacher engine traffic hospital police station airport football guitar piano violin camera television
telephone battery keyboard umbrella elephant tiger monkey rabbit banana tomato potato chocolate
please thank sorry maybe because before after under over between question answer number letter
happy angry quickly slowly open close start finish volume louder quiet weather forecast timer alarm
calendar message reminder lamp door bedroom bathroom ceiling heating shopping holiday
""".split()

VOICES = """
Alex Alicia Andrea Andy Annie adam anika antonio aunty belinda benjamin boris caleb david ed edward f1 f2 f4 f5
Gene grandma grandpa iven john klatt klatt2 klatt4 Lee linda m1 m2 m3 m4 m6 m7 Marco Mario marcelo Michael michel miguel
mike2 norbert pablo paul pedro quincy rob robert shelby steph travis victor zac
""".split()
ACCENTS = ["en-us", "en-gb", "en-029", "en-gb-scotland", "en-gb-x-rp", "de", "es", "it", "nl", "sv"]
EACH = 36  # times each word is spoken
EPOCHS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
CHANNELS = 24, 32, 48, 64, 96


def block(inputs, outputs, stride):
    """A depthwise convolution and a pointwise one (Howard et al., MobileNets, 2017)."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class Network(nn.Module):
    """Scores [batch, words] of log-mel spectrograms [batch, 1, frames, bands], a DS-CNN (Zhang et al., Hello Edge, 2017)."""

    def __init__(self, words):
        super().__init__()
        first, *others = CHANNELS
        blocks = []
        for i, outputs in enumerate(others):
            blocks.append(block(CHANNELS[i], outputs, 2 if i in (1, 2) else 1))
        self.first = nn.Sequential(
            nn.Conv2d(1, first, 3, 2, 1, bias=False), nn.BatchNorm2d(first), nn.ReLU()
        )
        self.blocks = nn.Sequential(*blocks, block(CHANNELS[-1], CHANNELS[-1], 1))
        self.linear = nn.Linear(CHANNELS[-1], words)

    def forward(self, spectrogram):
        features = self.blocks(self.first(spectrogram))
        return self.linear(F.dropout(features.mean((2, 3)), 0.2, self.training))


def speak(seed):
    """Clips, [count, LENGTH], and the number of the word in each; the last number is for no word."""
    draw = random.Random(seed)
    requests = [
        (word, draw.choice(VOICES), draw.randint(115, 220), draw.randint(15, 85), draw.choice(ACCENTS))
        for word in WORDS
        for _ in range(EACH)
    ]
    labels = np.repeat(np.arange(len(WORDS)), EACH)
    return torch.from_numpy(many(requests)), torch.from_numpy(labels)


def augmented(clips):
    """Spectrograms of the clips at another place, through another room and microphone, in other noise."""
    count = len(clips)
    shifts = torch.randint(-4800, 4801, (count,))
    padded = F.pad(clips, (4800, 4800))
    moved = torch.stack([row[4800 + s : 4800 + s + LENGTH] for row, s in zip(padded, shifts.tolist())])
    # A room: a decaying echo of noise, for half of the clips.
    n = 4000
    echo = torch.randn(count, n) * torch.exp(-torch.arange(n) / (200 + 1200 * torch.rand(count, 1)))
    echo[:, 0] = 0
    echo *= 0.7 * torch.rand(count, 1) * (torch.rand(count, 1) < 0.5) / echo.norm(dim=1, keepdim=True)
    size = 32768
    wet = torch.fft.irfft(torch.fft.rfft(moved, size) * torch.fft.rfft(echo, size), size)[:, :LENGTH]
    audio = (moved + wet) * 10 ** (-1.4 * torch.rand(count, 1) + 0.2)
    # Noise between white and pink, and sometimes others who speak.
    spectrum = torch.fft.rfft(torch.randn(count, LENGTH))
    pink = (1 + torch.arange(spectrum.shape[1])) ** (-torch.rand(count, 1))
    noise = torch.fft.irfft(spectrum * pink, LENGTH)
    noise /= noise.std(dim=1, keepdim=True)
    audio = audio + noise * 10 ** (-4 + 2.2 * torch.rand(count, 1))
    spectrogram = log_mel(audio)
    # A microphone: a smooth curve over the bands.
    curve = F.interpolate(0.12 * torch.randn(count, 1, 5), BANDS, mode="linear", align_corners=True)
    spectrogram = spectrogram + curve[:, :, None]
    for row in spectrogram:
        start = random.randrange(60)
        row[:, start : start + random.randrange(8)] = row.mean()
        start = random.randrange(BANDS)
        row[:, :, start : start + random.randrange(6)] = row.mean()
    return spectrogram


def train(network, clips, labels):
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.004, weight_decay=0.01)
    steps = EPOCHS * -(-len(labels) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.006, total_steps=steps)
    for epoch in range(EPOCHS):
        right = total = 0.0
        for batch in torch.randperm(len(labels)).split(64):
            optimizer.zero_grad()
            audio = clips[batch]
            # One in twelve says nothing: noise alone, the last class.
            silent = torch.rand(len(batch)) < 1 / 12
            expected = torch.where(silent, len(WORDS), labels[batch])
            scores = network(augmented(torch.where(silent[:, None], 0, audio)))
            loss = F.cross_entropy(scores, expected, label_smoothing=0.05)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(batch)
            right += (scores.argmax(1) == expected).sum().item()
        print(f"epoch {epoch + 1}: loss {total / len(labels):.3f}, accuracy {right / len(labels):.3f}", flush=True)


def export(network, file):
    # The last step of the exporter adds functions of onnxscript by the package `onnx`. This model has
    # none, and without the step the package is not needed.
    onnx_proto_utils._add_onnxscript_fn = lambda model, _: model
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, 64, BANDS),),
        file,
        input_names=["spectrogram"],
        output_names=["scores"],
        dynamic_axes={"spectrogram": {0: "batch"}, "scores": {0: "batch"}},
        opset_version=17,
        dynamo=False,
    )


def main():
    # One thread sums in one order.
    torch.set_num_threads(1)
    torch.manual_seed(1)
    random.seed(1)
    clips, labels = speak(seed=1)
    network = Network(len(WORDS) + 1)
    train(network, clips, labels)
    network.eval()
    file = FOLDER / "model/words.onnx"
    export(network, file)
    weights = sum(weight.numel() for weight in network.parameters())
    print(f"{len(WORDS)} words; {weights:,} weights before folding, {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

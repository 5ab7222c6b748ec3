"""Writes `test/golden/spectrogram.json`: what PyTorch's stft and NumPy's mel filters give in float64.

The audio is a rising sawtooth of whole numbers, which the test makes for itself.
"""

import json
from pathlib import Path

import numpy as np
import torch
from front_end import FLOOR, HOP, WINDOW, mel_filter_bank

FILE = Path(__file__).resolve().parent.parent / "test/golden/spectrogram.json"


def main():
    n = np.arange(20_800)
    audio = torch.from_numpy((n * n // 64 % 2048 - 1024) / 2048)
    window = torch.hann_window(WINDOW, dtype=torch.float64)
    bins = torch.stft(audio, WINDOW, HOP, window=window, center=False, return_complex=True)
    power = (bins.abs() / window.sum()).square().T.numpy()
    spectrogram = (np.log10(power @ mel_filter_bank() + FLOOR) + 4) / 2
    FILE.write_text(json.dumps(spectrogram.round(6).tolist()) + "\n")


if __name__ == "__main__":
    main()

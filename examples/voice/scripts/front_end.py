"""The log-mel spectrogram in PyTorch: `src/model/frontEnd.ts` computes the same."""

import numpy as np
import torch

RATE = 16_000
WINDOW = 640  # 40 ms
HOP = 320  # 20 ms
BANDS = 40
LOWEST, HIGHEST = 60.0, 7_600.0  # Hz
FLOOR = 1e-7  # of the power of a band: -70 dB


def mel_filter_bank():
    """Triangles, [bins, bands], evenly spaced in mel (HTK: 2595 log10(1 + f / 700)), of height 1."""
    mel = np.linspace(*(2595 * np.log10(1 + np.array([LOWEST, HIGHEST]) / 700)), BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    bins = np.arange(WINDOW // 2 + 1)[:, None] * RATE / WINDOW
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.clip(np.minimum(rising, falling), 0, None)


FILTERS = torch.from_numpy(mel_filter_bank().astype(np.float32))


def log_mel(audio):
    """[batch, 1, frames, bands], about -1.5 (silence) to 1.5, of audio, [batch, samples]."""
    window = torch.hann_window(WINDOW)
    bins = torch.stft(audio, WINDOW, HOP, window=window, center=False, return_complex=True)
    power = (bins.abs() / window.sum()).square().transpose(1, 2)
    return (((power @ FILTERS + FLOOR).log10() + 4) / 2)[:, None]

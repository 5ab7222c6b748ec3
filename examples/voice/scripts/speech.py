"""Speech of espeak-ng as the detector hears it: 16 kHz, mono, 1.3 s, the word in the middle."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from scipy.signal import resample_poly

RATE = 16_000
LENGTH = 20_800


def spoken(word, voice, speed=160, pitch=50, accent="en-us"):
    """The samples of a word, from -1 to 1, as loud as espeak-ng speaks it and without silence around it.

    `voice` is a variant of espeak-ng, `speed` is in words a minute, `pitch` is from 0 to 99.
    """
    command = ["espeak-ng", "-v", f"{accent}+{voice}", "-s", str(speed), "-p", str(pitch), "--stdout"]
    wav = subprocess.run([*command, word], check=True, capture_output=True).stdout
    samples = np.frombuffer(wav[44 : len(wav) // 2 * 2], dtype="<i2") / 32768
    samples = resample_poly(samples, 320, 441)  # 22,050 Hz to 16,000 Hz
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1].astype(np.float32)


def centred(samples):
    """The samples in the middle of a clip; what is longer loses both ends."""
    over = max(0, len(samples) - LENGTH)
    samples = samples[over // 2 : len(samples) - (over - over // 2)]
    before = (LENGTH - len(samples)) // 2
    return np.pad(samples, (before, LENGTH - len(samples) - before))


def many(requests):
    """The clips, [count, LENGTH], of arguments of `spoken`; all of one peak, 0.5."""
    def clip(arguments):
        samples = centred(spoken(*arguments))
        return samples * (0.5 / np.abs(samples).max())

    with ThreadPoolExecutor(2) as pool:
        return np.stack(list(pool.map(clip, requests))).astype(np.float32)

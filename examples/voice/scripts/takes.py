"""Writes the takes that tests train and try a detector with, to `test/takes`: `python3 scripts/takes.py`.

One voice says a word and other things, each time at another pace and pitch, in a little noise. Neither
the voice nor the word is in `scripts/pretrain.py`. Files are WAV of 16 kHz in 8-bit µ-law.
Needs espeak-ng 1.52, NumPy and SciPy.
"""

import struct
from pathlib import Path

import numpy as np
from speech import RATE, spoken

FOLDER = Path(__file__).resolve().parent.parent / "test/takes"
VOICE = "f3"
WORD = "hey gradient"
# A kind of take, and what is said: `train` is what somebody records, `held` is held out.
SAID = {
    "train-word": [WORD] * 5,
    "train-other": ["good afternoon", "what a day", "radio", "ingredient", "where are you"],
    "held-word": [WORD] * 6,
    "held-other": [
        "hey granny", "gradual", "see you later", "hey radio", "the ingredients", "are you coming",
    ],
}  # fmt: skip


def take(text, voice, draw):
    """Samples of a text, with 60 ms of noise on both sides."""
    speed, pitch = int(draw.integers(150, 220)), int(draw.integers(30, 75))
    samples = np.pad(spoken(text, voice, speed, pitch), 960)
    samples *= draw.uniform(0.15, 0.6) / np.abs(samples).max()
    return samples + 0.0015 * draw.standard_normal(len(samples))


def mu_law(samples):
    """Bytes of 8-bit µ-law (ITU-T G.711), in which quiet samples have finer steps."""
    whole = np.clip(np.round(samples * 32767), -32635, 32635).astype(int)
    biased = np.abs(whole) + 132
    exponent = np.floor(np.log2(biased)).astype(int) - 7
    mantissa = (biased >> (exponent + 3)) & 15
    return (~((whole < 0) * 128 | exponent << 4 | mantissa) & 255).astype(np.uint8).tobytes()


def wav(samples):
    data = mu_law(samples)
    data += b"\0" * (len(data) % 2)
    form = struct.pack("<HHIIHHH", 7, 1, RATE, RATE, 1, 8, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def main():
    draw = np.random.default_rng(1)
    FOLDER.mkdir(exist_ok=True)
    for kind, texts in SAID.items():
        for i, text in enumerate(texts):
            (FOLDER / f"{kind}-{i + 1}.wav").write_bytes(wav(take(text, VOICE, draw)))


if __name__ == "__main__":
    main()

"""The handwritten digits of examples/digits, see data/README.md there."""

from pathlib import Path

import numpy as np
import torch


def read_digits():
    """Images [count, 1, 8, 8] of numbers from 0 to 1, and the digits that they show."""
    examples = Path(__file__).resolve().parents[2]
    rows = np.loadtxt(examples / "digits/data/digits.csv.gz", delimiter=",", dtype=np.float32)
    images = torch.from_numpy(rows[:, :64]).div(16).reshape(-1, 1, 8, 8)
    return images, torch.from_numpy(rows[:, 64]).long()

"""A row of `main.mjs`, by its index, in SciPy or NumPy: a line of JSON."""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import special

sys.path.append(str(Path(__file__).parents[1] / "rivals"))
from timing import time_calls  # noqa: E402

COUNT = 1_000_000


def spread(step, low, high):
    return low + (high - low) * (np.arange(1.0, COUNT + 1) * step % 1)


first, second, third = 0.41421356237309515, 0.7320508075688772, 0.6180339887498949
p = spread(third, 0, 1)
shape, x = spread(first, 0.01, 20), spread(second, 0.01, 25)
small, other = spread(first, 0.01, 1), spread(second, 0.01, 1)
a, b = spread(first, 1, 20), spread(second, 1, 20)
large, larger, near = spread(first, 900, 1100), spread(second, 900, 1100), spread(third, 0.4, 0.6)
random = np.random.default_rng(1)

rows = [
    lambda: special.ndtri(p),
    lambda: special.gammainc(shape, x),
    lambda: special.gammaincinv(shape, p),
    lambda: special.betainc(a, b, p),
    lambda: special.betainc(small, other, p),
    lambda: special.betainc(large, larger, near),
    lambda: special.betaincinv(a, b, p),
    lambda: special.i0e(x),
    lambda: special.j0(x),
    lambda: random.poisson(100, COUNT),
]


def main():
    result = time_calls(rows[int(sys.argv[1])], float(sys.argv[2]))
    answer = result["answer"]
    result |= {"answer": answer[::1000].tolist(), "mean": float(answer.mean())}
    print(json.dumps(result), flush=True)


main()

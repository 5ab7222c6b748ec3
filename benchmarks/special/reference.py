"""A row of `main.mjs`, by its index, in SciPy or NumPy: a line of JSON."""

import json
import sys
import time

import numpy as np
from scipy import special

COUNT = 1_000_000


def spread(step, low, high):
    return low + (high - low) * (np.arange(1.0, COUNT + 1) * step % 1)


p = spread(0.6180339887498949, 0, 1)
first, second = 0.41421356237309515, 0.7320508075688772
shape, x = spread(first, 0.01, 20), spread(second, 0.01, 25)
small, other = spread(first, 0.01, 1), spread(second, 0.01, 1)
a, b = spread(first, 1, 20), spread(second, 1, 20)
large, larger, near = spread(first, 900, 1100), spread(second, 900, 1100), spread(0.6180339887498949, 0.4, 0.6)
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
    run = rows[int(sys.argv[1])]
    draws = int(sys.argv[1]) == len(rows) - 1
    seconds = float(sys.argv[2]) / 1000
    answer = run()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    median = float(np.median(times[len(times) // 2 :]))
    seen = [float(answer.mean())] if draws else [float(y) for y in answer[::1000]]
    print(json.dumps({"median": median * 1e3, "answer": seen}), flush=True)


main()

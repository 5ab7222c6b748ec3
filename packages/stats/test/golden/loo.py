"""Writes `loo.json`: weights that arviz-stats has smoothed, from logarithms of ratios that the test generates, too.

    /usr/bin/python3 packages/stats/test/golden/loo.py arviz-stats/src
"""

import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
from arviz_stats.base import array_stats as az  # noqa: E402


def ratios(draws, factor, seed):
    """The same operations as `ratios` of loo.test.ts: sums of uniform numbers, without logarithms."""
    state, out = seed, []
    for _ in range(draws):
        x = -2.0
        for _ in range(4):
            state = (1664525 * state + 1013904223) % 2**32
            x += state / 2**32
        out.append(factor * x * x * x)
    return np.array(out)


cases = []
for draws, factor, r_eff, seed in [(100, 0.1, 1, 1), (400, 0.5, 1, 2), (1000, 1, 0.5, 3), (4000, 2, 0.9, 4), (4000, 4, 1.3, 5)]:
    x = ratios(draws, factor, seed)
    weights, k = az.psislw(-x, r_eff=r_eff)
    top = np.argsort(x)[-5:]
    cases.append({"given": [draws, factor, r_eff, seed], "k": float(k), "top": top.tolist(),
                  "weights": weights[top].tolist(), "elpd": float(np.logaddexp.reduce(weights - x))})
text = json.dumps({"madeBy": "arviz-stats ef043f4", "cases": cases})
(pathlib.Path(__file__).parent / "loo.json").write_text(text + "\n")

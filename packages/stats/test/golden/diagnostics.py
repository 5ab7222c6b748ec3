"""Writes `diagnostics.json`: R-hat, effective sizes, errors and BFMI by arviz-stats, of series that the test generates, too.

    git clone https://github.com/arviz-devs/arviz-stats
    /usr/bin/python3 packages/stats/test/golden/diagnostics.py arviz-stats/src
"""

import json
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
from arviz_stats.base import array_stats as az  # noqa: E402


def uniforms(seed):
    """Numbers of a linear congruential generator: the same in JavaScript, to the last bit."""
    state = seed
    while True:
        state = (1664525 * state + 1013904223) % 2**32
        yield state / 2**32


def series(kind, chains, draws, phi, shift, seed):
    """The same operations in the same order as `series` of diagnostics.test.ts."""
    u = uniforms(seed)
    out = []
    for c in range(chains):
        x = 0.0
        row = []
        for i in range(draws):
            noise = next(u) + next(u) + next(u) - 1.5
            x = phi * x + noise
            value = x + shift * c
            if kind == "ties":
                value = float(np.floor(value * 2))
            elif kind == "heavy":
                value = value / (next(u) + 0.001)
            elif kind == "trend":
                value = value + i * 0.01
            elif kind == "sign":
                value = 1.0 if value > 0 else 0.0
            row.append(value)
        out.append(row)
    return np.array(out)


CASES = [
    (kind, chains, draws, phi, shift, 1 + i)
    for i, (kind, chains, draws, phi, shift) in enumerate(
        [
            (kind, chains, draws, phi, shift)
            for kind in ["plain", "ties", "heavy", "trend", "sign"]
            for chains, draws, phi, shift in [
                (4, 100, 0.0, 0.0),
                (4, 251, 0.9, 0.0),
                (2, 60, -0.7, 0.0),
                (3, 500, 0.5, 0.3),
                (1, 80, 0.2, 0.0),
                (4, 7, 0.0, 0.0),
            ]
        ]
    )
]

axes = {"chain_axis": 0, "draw_axis": 1}
cases = []
for case in CASES:
    x = series(*case)
    results = {
        "rhat": az.rhat(x, **axes),
        "essBulk": az.ess(x, method="bulk", **axes),
        "essTail": az.ess(x, method="tail", prob=(0.05, 0.95), **axes),
        "mcse": az.mcse(x, method="mean", **axes),
        "bfmi": np.atleast_1d(az.bfmi(x)).tolist(),
    }
    results = {k: v if k == "bfmi" else float(v) for k, v in results.items()}
    cases.append({"series": case, **{k: None if v != v else v for k, v in results.items()}})

folder = pathlib.Path(sys.argv[1])
commit = subprocess.run(["git", "-C", folder, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
text = json.dumps({"madeBy": f"arviz-stats {commit}".strip() + f", NumPy {np.__version__}", "cases": cases})
(pathlib.Path(__file__).parent / "diagnostics.json").write_text(text + "\n")

"""
How often SciPy finds the best minimum of twelve models from starts of order 1, at five scales of the data.

    /usr/bin/python3 packages/solve/test/golden/starts.py     (python3-numpy, python3-scipy; 3 min)

Each model has parameters of four kinds: an amplitude ("a") is multiplied by the scale and starts at 0.3 to 3; a rate ("r"), a
position ("p") and an exponent ("e") do not change with the scale and start at 0.1 to 3, 0.3 to 3 and 0.5 to 2. Starts are
log-uniform, data have 2 % of noise, and all are drawn from one seed. A start counts where the cost is within 10⁻⁶ of the
least that any method has found, the methods from the true parameters included.
"""

import json
import pathlib
import warnings

import numpy as np
from scipy import optimize

SEED = 61
SCALES = [10, 1e2, 1e3, 1e4, 1e6]
STARTS = 12
RANGES = {"a": (0.3, 3), "r": (0.1, 3), "p": (0.3, 3), "e": (0.5, 2)}

line = lambda low, high, count: np.linspace(low, high, count)
MODELS = {
    "decay with an offset": ("ara", [1.5, 0.7, 0.9], line(0, 6, 25), lambda t, a, b, c: a * np.exp(-b * t) + c),
    "decay": ("ar", [2.1, 0.4], line(0, 8, 20), lambda t, a, b: a * np.exp(-b * t)),
    "two decays": ("arar", [2.5, 2.2, 1.2, 0.35], line(0, 8, 40), lambda t, a, b, c, d: a * np.exp(-b * t) + c * np.exp(-d * t)),
    "growth to a limit": ("ar", [2.4, 0.6], line(0.2, 6, 20), lambda t, a, b: a * (1 - np.exp(-b * t))),
    "logistic growth": ("arp", [2.5, 1.8, 2.2], line(0, 5, 25), lambda t, a, b, c: a / (1 + np.exp(-b * (t - c)))),
    "Gompertz": ("arr", [2.2, 2.5, 0.9], line(0, 6, 25), lambda t, a, b, c: a * np.exp(-b * np.exp(-c * t))),
    "Gaussian peak": ("app", [2.3, 1.6, 0.7], line(0, 4, 30), lambda x, a, b, c: a * np.exp(-(((x - b) / c) ** 2) / 2)),
    "Lorentzian peak with an offset": ("appa", [2, 1.8, 0.6, 0.7], line(0, 4, 40), lambda x, a, b, c, d: a / (1 + ((x - b) / c) ** 2) + d),
    "Michaelis and Menten": ("ap", [2.7, 1.3], line(0.1, 6, 20), lambda x, a, b: a * x / (b + x)),
    "Hill": ("ape", [2.4, 1.4, 1.8], line(0.1, 5, 25), lambda x, a, b, c: a / (1 + np.exp(c * (np.log(np.abs(b)) - np.log(x))))),
    "power with an offset": ("aea", [1.1, 1.4, 0.8], line(0.2, 4, 20), lambda x, a, b, c: a * np.exp(b * np.log(x)) + c),
    "damped oscillation": ("arr", [2.2, 0.25, 1.7], line(0, 5, 40), lambda t, a, b, c: a * np.exp(-b * t) * np.cos(c * t)),
}


def attempt(model, x, y, start, method):
    """The cost at the end of a method with its defaults; infinite where it fails."""
    try:
        found = optimize.least_squares(lambda p: model(x, *p) - y, start, method=method, max_nfev=5000)
    except ValueError:
        return np.inf
    return found.cost if np.isfinite(found.cost) else np.inf


def main():
    warnings.filterwarnings("ignore")
    draw = np.random.default_rng(SEED)
    golden = {"seed": SEED, "scales": SCALES, "models": {}}
    for name, (kinds, truth, x, model) in MODELS.items():
        clean = model(x, *truth)
        y = clean + 0.02 * np.abs(clean).max() * draw.standard_normal(len(x))
        starts = np.array([[np.exp(draw.uniform(*np.log(RANGES[kind]))) for kind in kinds] for _ in range(STARTS)])
        # Numbers of a few digits, so that the file is small and every language reads the same.
        y, starts = np.array([float(f"{v:.6g}") for v in y]), np.round(starts, 4)
        rows = {"best": [], "lm": [], "trf": []}
        for scale in SCALES:
            right = [value * (scale if kind == "a" else 1) for kind, value in zip(kinds, truth)]
            costs = {m: [attempt(model, x, y * scale, start, m) for start in starts] for m in ("lm", "trf")}
            best = min(attempt(model, x, y * scale, right, m) for m in ("lm", "trf"))
            best = min([best, *costs["lm"], *costs["trf"]])
            rows["best"].append(best)
            for m, own in costs.items():
                rows[m].append(int(np.sum(np.array(own) <= best * (1 + 1e-6))))
        golden["models"][name] = {"x": [float(v) for v in x], "y": y.tolist(), "starts": starts.tolist(), **rows}
        print(name, rows["lm"], rows["trf"])
    path = pathlib.Path(__file__).with_name("starts.json")
    path.write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()

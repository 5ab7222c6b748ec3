"""A problem of `problems.mjs`, by its index, in SciPy, written as its users write it: a line of JSON."""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import integrate, optimize

sys.path.append(str(Path(__file__).parents[1] / "rivals"))
from timing import time_calls  # noqa: E402


def noise(count):
    i = np.arange(count)
    return np.sin(12.9898 * (i + 1)) * np.cos(78.233 * (i + 2))


def hunt(_time, state, born, eaten, dead, fed):
    prey, predators = state
    met = prey * predators
    return [born * prey - eaten * met, fed * met - dead * predators]


rates = (1.5, 1, 3, 1)
loose = {"rtol": 1e-6, "atol": 1e-9}


def lotka_fit():
    times = np.arange(100) * 10 / 99

    def run(own):
        return integrate.solve_ivp(hunt, (0, 10), (10, 5), "RK45", times, args=tuple(own), **loose).y.T

    seen = run(rates) + 0.1 * noise(200).reshape(100, 2)
    return lambda: optimize.least_squares(lambda own: (run(own) - seen).ravel(), (1.3, 0.9, 2.8, 0.9), method="lm").x


def peak():
    xs = np.arange(1000) / 100
    ys = 3 * np.exp(-((xs - 4) ** 2) / (2 * 0.7**2)) + 0.2 * xs + 0.05 * noise(1000)

    def model(x, height, middle, width, slope):
        return height * np.exp(-(((x - middle) / width) ** 2) / 2) + slope * x

    return lambda: optimize.curve_fit(model, xs, ys, (2, 3.5, 1, 0))[0]


def lotka():
    return lambda: integrate.solve_ivp(hunt, (0, 500), (10, 5), "RK45", args=rates, **loose).y[:, -1]


def van_der_pol():
    def fn(_time, state):
        x, speed = state
        return [speed, 1000 * (1 - x * x) * speed - x]

    return lambda: integrate.solve_ivp(fn, (0, 2000), (2, 0), "Radau", **loose).y[:, -1]


def broyden():
    def fn(x):
        padded = np.concatenate([[0], x, [0]])
        return (3 - 2 * x) * x + 1 - padded[:-2] - 2 * padded[2:]

    return lambda: optimize.root(fn, -np.ones(100)).x


def rosenbrock():
    start = np.tile([1.3, 0.7], 5)
    return lambda: optimize.minimize(optimize.rosen, start, method="BFGS", jac=optimize.rosen_der, options={"gtol": 1e-9}).x


def fixed_point():
    return lambda: np.atleast_1d(optimize.fixed_point(np.cos, 0.5))


def whole_line():
    return lambda: np.atleast_1d(integrate.quad(lambda x: np.exp(-x * x), -np.inf, np.inf)[0])


def main():
    calls = [lotka_fit, peak, lotka, van_der_pol, broyden, rosenbrock, fixed_point, whole_line]
    result = time_calls(calls[int(sys.argv[1])](), float(sys.argv[2]))
    result["answer"] = [float(x) for x in result["answer"]]
    print(json.dumps(result), flush=True)


main()

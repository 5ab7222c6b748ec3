"""Writes laplace.json: modes, covariances and evidences of two regressions, by mpmath's own derivatives and Newton's method.

The priors are normal, and the constants of all densities are included, as in `logEvidence`.
"""

import json
import pathlib

import mpmath
import numpy

mpmath.mp.dps = 40
random = numpy.random.default_rng(1)
ROWS, COLUMNS, SCALE = 24, 3, 2.5
x = numpy.round(random.normal(size=(ROWS, COLUMNS)), 3)
x[:, 0] = 1
truth = numpy.array([0.5, -1.2, 0.8])
counts = random.poisson(numpy.exp(x @ truth)).tolist()
wins = random.binomial(1, 1 / (1 + numpy.exp(-(x @ truth)))).tolist()


def log_density(kind, y):
    def density(*weights):
        total = mpmath.mpf(0)
        for weight in weights:
            total += -weight**2 / (2 * mpmath.mpf(SCALE) ** 2)
            total -= mpmath.log(SCALE * mpmath.sqrt(2 * mpmath.pi))
        for row, value in zip(x.tolist(), y):
            eta = sum(mpmath.mpf(a) * weight for a, weight in zip(row, weights))
            if kind == "poisson":
                total += value * eta - mpmath.exp(eta) - mpmath.loggamma(value + 1)
            else:
                total += value * eta - mpmath.log(1 + mpmath.exp(eta))
        return total

    return density


def approximation(kind, y):
    density = log_density(kind, y)
    point = mpmath.matrix([0] * COLUMNS)

    def derivative(orders):
        return mpmath.diff(density, tuple(point), orders)

    unit = [[int(i == j) for j in range(COLUMNS)] for i in range(COLUMNS)]

    def precision():
        return mpmath.matrix(
            [
                [-derivative(tuple(a + b for a, b in zip(unit[i], unit[j]))) for j in range(COLUMNS)]
                for i in range(COLUMNS)
            ]
        )

    for _ in range(12):
        gradient = mpmath.matrix([derivative(tuple(row)) for row in unit])
        point += mpmath.lu_solve(precision(), gradient)
    found = precision()
    evidence = density(*point) + COLUMNS * mpmath.log(2 * mpmath.pi) / 2 - mpmath.log(mpmath.det(found)) / 2
    covariance = found**-1
    return {
        "y": y,
        "mode": [float(value) for value in point],
        "covariance": [[float(covariance[i, j]) for j in range(COLUMNS)] for i in range(COLUMNS)],
        "logEvidence": float(evidence),
    }


golden = {
    "scale": SCALE,
    "x": x.tolist(),
    "poisson": approximation("poisson", counts),
    "bernoulli": approximation("bernoulli", wins),
}
path = pathlib.Path(__file__).with_name("laplace.json")
path.write_text(json.dumps(golden) + "\n")

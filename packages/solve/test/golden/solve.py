"""
What SciPy gives for the problems of the tests, which write them anew in TypeScript.

    /usr/bin/python3 packages/solve/test/golden/solve.py     (python3-numpy, python3-scipy)
"""

import json
import pathlib

import numpy as np
from scipy import integrate, interpolate, optimize

TIGHT = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "x_scale": "jac"}
golden = {}


def rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def fitted(found):
    return {"x": found.x.tolist(), "cost": float(found.cost)}


bounds = {
    "none": (-np.inf, np.inf),
    "first below 0.5": (-np.inf, [0.5, np.inf]),
    "second above 1.5": ([-np.inf, 1.5], np.inf),
    "a box beside the minimum": ([-2, 1.2], [0.4, 3]),
    "a corner": ([-2, -1], [-0.5, -0.25]),
}
golden["rosenbrock with bounds"] = {
    name: fitted(optimize.least_squares(rosenbrock, np.clip([-1.2, 1], *own), bounds=own, max_nfev=10000, **TIGHT))
    for name, own in bounds.items()
}

times = np.linspace(0, 5, 21)
clean = 3 * np.exp(-0.7 * times) + 0.5
noise = np.sin(7 * np.arange(21.0)) * 0.05
spoilt = clean + noise
spoilt[[4, 11, 17]] += [2, -1.5, 3]
golden["spoilt"] = spoilt.tolist()


def decay(p, t):
    return p[0] * np.exp(-p[1] * t) + p[2]


golden["losses"] = {}
for name in ["linear", "huber", "soft_l1", "cauchy"]:
    for scale in [1, 0.1]:
        found = optimize.least_squares(lambda p: decay(p, times) - spoilt, [1, 1, 0], loss=name, f_scale=scale, **TIGHT)
        ours = name.replace("soft_l1", "softL1")
        golden["losses"][f"{ours} {scale}"] = fitted(found)

sigma = 0.05 + 0.02 * times
golden["curve_fit"] = {}
for name, options in {"no sigma": {}, "sigma": {"sigma": sigma}, "absolute sigma": {"sigma": sigma, "absolute_sigma": True}}.items():
    x, covariance = optimize.curve_fit(
        lambda t, a, b, c: decay([a, b, c], t), times, clean + noise, [1, 1, 0], ftol=1e-15, xtol=1e-15, gtol=1e-15, **options
    )
    golden["curve_fit"][name] = {"x": x.tolist(), "covariance": covariance.tolist()}


# Nearly and wholly undetermined fits: standard errors by curve_fit (lm), infinite where it has no covariance.
t = np.linspace(0, 4, 15)
data = 2.5 * np.exp(-0.6 * t) + 0.02 * np.cos(9 * np.arange(15.0))
golden["undetermined"] = {"t": t.tolist(), "y": data.tolist(), "fits": {}}


def near(gap):
    """A model with two basis functions whose angle is about the gap, so that the condition is 1/gap, and its Jacobian."""
    basis = lambda x: [np.exp(-0.6 * x), np.exp(-0.6 * x) + gap * np.sin(3 * x), np.ones_like(x)]
    return lambda x, *p: sum(a * f for a, f in zip(p, basis(x))), lambda x, *p: np.stack(basis(x), 1)


fits = {f"condition 1e{k}": (*near(10.0**-k), [1, 1, 0]) for k in (3, 6, 8, 9, 10)}
fits["an offset that is nearly a decay"] = (
    lambda x, a, b, c: a * np.exp(-b * x) + c,
    lambda x, a, b, c: np.stack([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones_like(x)], 1),
    [2, 0.5, 0],
)
for name, (model, jac, start) in fits.items():
    options = {"method": "lm", "jac": jac, "xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "maxfev": 100000}
    # From its own solution once more, so that it is at the minimum.
    x, _ = optimize.curve_fit(model, t, data, start, **options)
    x, covariance = optimize.curve_fit(model, t, data, x, **options)
    golden["undetermined"]["fits"][name] = {"start": start, "x": x.tolist(), "errors": np.sqrt(np.diag(covariance)).tolist()}


def broyden(x):
    f = (3 - 2 * x) * x + 1
    f[1:] -= x[:-1]
    f[:-1] -= 2 * x[1:]
    return f


golden["broyden's tridiagonal system"] = optimize.root(broyden, -np.ones(10), tol=1e-14).x.tolist()
golden["brent"] = {
    "cos x − x": optimize.brentq(lambda x: np.cos(x) - x, 0, 1, xtol=1e-15),
    "x³ − 2x − 5": optimize.brentq(lambda x: x**3 - 2 * x - 5, 2, 3, xtol=1e-15),
    "(x + 3)(x − 1)²": optimize.brentq(lambda x: (x + 3) * (x - 1) ** 2, -4, 4 / 3, xtol=1e-15),
}


def solved(fun, span, y0, at, **options):
    found = integrate.solve_ivp(fun, span, y0, t_eval=at, rtol=1e-12, atol=1e-14, **options)
    assert found.success
    return {"times": list(map(float, at)), "values": found.y.T.tolist()}


def lotka(t, y):
    return [1.5 * y[0] - y[0] * y[1], -3 * y[1] + y[0] * y[1]]


def van_der_pol(mu):
    return lambda t, y: [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]


def robertson(t, y):
    return [-0.04 * y[0] + 1e4 * y[1] * y[2], 0.04 * y[0] - 1e4 * y[1] * y[2] - 3e7 * y[1] ** 2, 3e7 * y[1] ** 2]


golden["lotka"] = solved(lotka, (0, 15), [10, 5], np.linspace(0, 15, 16), method="DOP853")
golden["van der pol, mu = 5"] = solved(van_der_pol(5), (0, 20), [2, 0], np.linspace(0, 20, 11), method="DOP853")
golden["van der pol, mu = 1000"] = solved(van_der_pol(1000), (0, 2000), [2, 0], [0, 200, 400, 700, 900, 1500, 2000], method="Radau")
golden["robertson"] = solved(robertson, (0, 4e4), [1, 0, 0], [0, 0.4, 4, 40, 400, 4000, 4e4], method="Radau")

golden["quad"] = {
    "exp(−x²) over all": integrate.quad(lambda x: np.exp(-x * x), -np.inf, np.inf, epsabs=0, epsrel=1e-13)[0],
    "√x": integrate.quad(np.sqrt, 0, 1, epsabs=0, epsrel=1e-12)[0],
    "cos 50x": integrate.quad(lambda x: np.cos(50 * x), 0, 1, epsabs=1e-14, epsrel=1e-13)[0],
}

knots = np.array([0, 1, 2.5, 3, 4.5, 6])
values = np.array([0, 2, 1.5, 1.5, -1, 0.5])
where = np.array([0, 0.3, 1, 1.7, 2.6, 3.2, 4.4, 5.9, 6])
golden["interpolate"] = {
    "knots": knots.tolist(),
    "values": values.tolist(),
    "x": where.tolist(),
    "linear": np.interp(where, knots, values).tolist(),
    "pchip": interpolate.PchipInterpolator(knots, values)(where).tolist(),
    "pchip slopes": interpolate.PchipInterpolator(knots, values).derivative()(where).tolist(),
    "cubic not-a-knot": interpolate.CubicSpline(knots, values)(where).tolist(),
    "cubic natural": interpolate.CubicSpline(knots, values, bc_type="natural")(where).tolist(),
    "cubic natural slopes": interpolate.CubicSpline(knots, values, bc_type="natural")(where, 1).tolist(),
}

path = pathlib.Path(__file__).with_name("scipy.json")
path.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")

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


def first_length(fun, t, y, sign, rtol, atol):
    """The length of the first step (Hairer, Nørsett and Wanner, section II.4)."""
    norm = lambda x: np.sqrt(np.mean((x / (atol + rtol * np.abs(y))) ** 2))
    slope = np.array(fun(t, y))
    size, speed = norm(y), norm(slope)
    guess = 1e-6 if min(size, speed) < 1e-5 else 0.01 * size / speed
    bend = norm(np.array(fun(t + sign * guess, y + sign * guess * slope)) - slope) / guess
    most = max(speed, bend)
    return min(100 * guess, max(1e-6, guess * 1e-3) if most <= 1e-15 else (0.01 / most) ** 0.2)


def counts(fun, span, y0, rtol, atol):
    """The steps that Hairer's DOPRI5 makes and refuses, with his β, from the first length of the book."""
    y0 = np.array(y0, float)
    sign = np.sign(span[1] - span[0])
    first = first_length(fun, span[0], y0, sign, rtol, atol)
    solver = integrate.ode(fun).set_integrator(
        "dopri5", rtol=rtol, atol=atol, beta=0.04, safety=0.9, ifactor=10, dfactor=0.2, first_step=sign * first, nsteps=100000
    )
    solver.set_initial_value(y0, span[0])
    run, seen = solver._integrator.runner, {}

    def watched(*args):
        found = run(*args)
        seen["work"] = found[2]
        return found

    solver._integrator.runner = watched
    solver.integrate(span[1])
    assert solver.successful()
    return [int(seen["work"][18]), int(seen["work"][19])]


def pendulum(t, y):
    return [y[1], -np.sin(y[0])]


def lorenz(t, y):
    return [10 * (y[1] - y[0]), y[0] * (28 - y[2]) - y[1], y[0] * y[1] - 8 / 3 * y[2]]


methods = {"dopri5": {}}
for name, fun, span, y0 in [
    ("decay", lambda t, y: [-y[0]], (0, 10), [1]),
    ("growth", lambda t, y: [y[0]], (0, 10), [1]),
    ("growth from nothing", lambda t, y: [3 * t * t * t + y[0]], (0, 5), [0]),
    ("oscillator", lambda t, y: [y[1], -y[0]], (0, 20), [1, 0]),
    ("backwards", lambda t, y: [np.cos(t) * y[0]], (3, -3), [1]),
    ("logistic", lambda t, y: [y[0] * (1 - y[0] / 1000)], (0, 15), [1]),
    ("pendulum", pendulum, (0, 20), [3, 0]),
    ("lotka", lotka, (0, 15), [10, 5]),
    ("lorenz", lorenz, (0, 2), [1, 1, 1]),
    ("van der pol, mu = 5", van_der_pol(5), (0, 20), [2, 0]),
]:
    tolerances = [(1e-4, 1e-6), (1e-6, 1e-9), (1e-9, 1e-9)]
    methods["dopri5"][name] = [counts(fun, span, y0, *own) for own in tolerances]

# Curves through drawn points: their slopes at the knots, which are all that a cubic has beside its values.
draw = np.random.default_rng(7)
curves = []
for i in range(40):
    count = 3 + i % 6
    own_knots = np.round(np.cumsum(draw.uniform(0.1, 3, count)), 3)
    own_values = np.round(draw.normal(size=count) * [1, 10, 0.1][i % 3], 3)
    pchip = interpolate.PchipInterpolator(own_knots, own_values).derivative()(own_knots)
    own = {"knots": own_knots.tolist(), "values": own_values.tolist(), "pchip": pchip.tolist()}
    for kind, ends in [("notAKnot", "not-a-knot"), ("natural", "natural")]:
        if count > 3 or ends == "natural":
            own[kind] = interpolate.CubicSpline(own_knots, own_values, bc_type=ends)(own_knots, 1).tolist()
    curves.append(own)
first_secants = [(own["values"][1] - own["values"][0]) / (own["knots"][1] - own["knots"][0]) for own in curves]
# Ends that are kept from overshooting, ends that are level, and others.
kept = sum(np.isclose(own["pchip"][0], 3 * d) for own, d in zip(curves, first_secants))
level = sum(own["pchip"][0] == 0 for own in curves)
assert min(kept, level, len(curves) - kept - level) >= 3, (kept, level)
methods["curves"] = curves
lines = [f"{json.dumps(name)}: {json.dumps(own, ensure_ascii=False)}" for name, own in methods.items()]
pathlib.Path(__file__).with_name("methods.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

path = pathlib.Path(__file__).with_name("scipy.json")
path.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")

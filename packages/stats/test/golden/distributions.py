"""Writes `distributions.json`: logarithms of densities and distribution functions by mpmath, moments by SciPy.

    /usr/bin/python3 packages/stats/test/golden/distributions.py
"""

import json
import pathlib
import random

import mpmath as mp
import numpy as np
import scipy
import scipy.stats as st

mp.mp.dps = 60
f = mp.mpf
inf = float("inf")


def gamma_tails(a, x):
    """P(a, x) and Q(a, x), by the series (NIST DLMF 8.11.4) or the continued fraction (8.9.2): mp.gammainc does not always converge."""
    factor = mp.exp(a * mp.log(x) - x - mp.loggamma(a))
    if x < a + 1:
        term = total = 1 / a
        n = a
        while term > total * mp.eps:
            n += 1
            term *= x / n
            total += term
        return factor * total, 1 - factor * total
    b = x + 1 - a
    c = 1 / mp.mpf("1e-300")
    d = h = 1 / b
    for i in range(1, 10**6):
        b += 2
        step = i * (a - i)
        d = 1 / (step * d + b)
        c = b + step / c
        h *= d * c
        if abs(d * c - 1) < mp.eps:
            return 1 - factor * h, factor * h
    raise ArithmeticError("no convergence")


def cdf_normal(z):
    return mp.erfc(-z / mp.sqrt(2)) / 2


def z_of(x, m, s):
    return (f(x) - f(m)) / f(s)


def log_gamma(x, a, b):
    x, a, b = f(x), f(a), f(b)
    return a * mp.log(b) + (a - 1) * mp.log(x) - b * x - mp.loggamma(a)


def log_beta(x, a, b):
    x, a, b = f(x), f(a), f(b)
    return (a - 1) * mp.log(x) + (b - 1) * mp.log1p(-x) - (mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b))


def log_binomial(k, n, p):
    k, n, p = f(k), f(n), f(p)
    c = mp.loggamma(n + 1) - mp.loggamma(k + 1) - mp.loggamma(n - k + 1)
    return c + (k * mp.log(p) if k else 0) + ((n - k) * mp.log1p(-p) if n - k else 0)


def log_negative_binomial(k, m, c):
    k, m, c = f(k), f(m), f(c)
    return (mp.loggamma(k + c) - mp.loggamma(k + 1) - mp.loggamma(c)
            + c * mp.log(c / (c + m)) + k * mp.log(m / (c + m)))


def log_student(x, n, m, s):
    z, n = z_of(x, m, s), f(n)
    return (mp.loggamma((n + 1) / 2) - mp.loggamma(n / 2) - mp.log(n * mp.pi) / 2 - mp.log(f(s))
            - (n + 1) / 2 * mp.log1p(z * z / n))


def sigma(x):
    return 1 / (1 + mp.exp(-x))


def log_ordered(k, eta, cuts):
    ends = [mp.mpf("-inf"), *map(f, cuts), mp.mpf("inf")]
    low = 0 if k == 0 else sigma(ends[k] - f(eta))
    high = 1 if k == len(cuts) else sigma(ends[k + 1] - f(eta))
    return mp.log(high - low)


def log_multivariate(x, mean, spread):
    d = len(mean)
    (kind, matrix), = spread.items()
    a = mp.matrix(matrix)
    if kind == "cholesky":
        a = a * a.T
    if kind == "precision":
        a = a ** -1
    off = mp.matrix([f(u) - f(v) for u, v in zip(x, mean)])
    return -(off.T * mp.lu_solve(a, off))[0] / 2 - mp.log(mp.det(a)) / 2 - f(d) / 2 * mp.log(2 * mp.pi)


def log_lkj(x, n, eta):
    eta = f(eta)
    # The integral over factors: of Stan's reference manual.
    log_c = (n - 1) * mp.loggamma(eta + f(n - 1) / 2)
    for k in range(1, n):
        log_c -= f(k) / 2 * mp.log(mp.pi) + mp.loggamma(eta + f(n - 1 - k) / 2)
    return log_c + sum((n - k + 2 * eta - 2) * mp.log(f(x[k - 1][k - 1])) for k in range(2, n + 1))


def mixture(x, weights, parts):
    total = sum(f(w) for w in weights)
    return mp.log(sum(f(w) / total * mp.exp(LOG["Normal"](x, *p)) for w, p in zip(weights, parts)))


LOG = {
    "Normal": lambda x, m, s: -z_of(x, m, s) ** 2 / 2 - mp.log(f(s)) - mp.log(2 * mp.pi) / 2,
    "HalfNormal": lambda x, s: -(f(x) / f(s)) ** 2 / 2 - mp.log(f(s)) + mp.log(2 / mp.pi) / 2,
    "Cauchy": lambda x, m, s: -mp.log1p(z_of(x, m, s) ** 2) - mp.log(mp.pi * f(s)),
    "HalfCauchy": lambda x, s: mp.log(2) - mp.log1p((f(x) / f(s)) ** 2) - mp.log(mp.pi * f(s)),
    "StudentT": log_student,
    "LogNormal": lambda x, m, s: LOG["Normal"](mp.log(f(x)), m, s) - mp.log(f(x)),
    "Exponential": lambda x, r: mp.log(f(r)) - f(r) * f(x),
    "Gamma": log_gamma,
    "InverseGamma": lambda x, a, s: f(a) * mp.log(f(s)) - (f(a) + 1) * mp.log(f(x)) - f(s) / f(x) - mp.loggamma(f(a)),
    "Beta": log_beta,
    "Dirichlet": lambda x, a: mp.loggamma(sum(map(f, a))) + sum((f(b) - 1) * mp.log(f(u)) - mp.loggamma(f(b)) for u, b in zip(x, a)),
    "Uniform": lambda x, a, b: -mp.log(f(b) - f(a)),
    "Laplace": lambda x, m, s: -abs(z_of(x, m, s)) - mp.log(2 * f(s)),
    "VonMises": lambda x, m, k: f(k) * mp.cos(f(x) - f(m)) - mp.log(2 * mp.pi * mp.besseli(0, f(k))),
    "Logistic": lambda x, m, s: -z_of(x, m, s) - mp.log(f(s)) - 2 * mp.log1p(mp.exp(-z_of(x, m, s))),
    "MultivariateNormal": log_multivariate,
    "LKJ": log_lkj,
    "OrderedLogistic": log_ordered,
    "Bernoulli": lambda x, p: mp.log(f(p)) if x else mp.log1p(-f(p)),
    "Binomial": log_binomial,
    "Poisson": lambda k, r: f(k) * mp.log(f(r)) - f(r) - mp.loggamma(f(k) + 1),
    "NegativeBinomial": log_negative_binomial,
    "Categorical": lambda k, w: mp.log(f(w[k]) / sum(map(f, w))),
    "Multinomial": lambda x, n, w: mp.loggamma(f(n) + 1) + sum((f(k) * mp.log(f(u) / sum(map(f, w))) if k else 0) - mp.loggamma(f(k) + 1) for k, u in zip(x, w)),
    "Mixture": mixture,
    "Truncated": lambda x, m, s, a, b: LOG["Normal"](x, m, s) - mp.log(cdf_normal(z_of(b, m, s)) - cdf_normal(z_of(a, m, s))),
}

def beta_tail(a, b, x):
    """I_x(a, b) by the series with positive terms of the tail that x is in (NIST DLMF 8.17.8)."""
    def part(a, b, x):
        term = total = mp.mpf(1)
        n = 0
        while term > total * mp.eps / 16 or (a + b + n) * x > a + 1 + n:
            term *= (a + b + n) * x / (a + 1 + n)
            total += term
            n += 1
        logarithm = a * mp.log(x) + b * mp.log(1 - x) - mp.loggamma(a + 1) - mp.loggamma(b) + mp.loggamma(a + b)
        return total * mp.exp(logarithm)

    if x == 0 or x == 1:
        return x
    return part(a, b, x) if x * (a + b) <= a else 1 - part(b, a, 1 - x)


def student_tail(n, z):
    w = n / (2 * mp.sqrt(z * z + n) * (mp.sqrt(z * z + n) + abs(z)))
    tail = beta_tail(n / 2, n / 2, w)
    return tail if z < 0 else 1 - tail


CDF = {
    "Normal": lambda x, m, s: cdf_normal(z_of(x, m, s)),
    "HalfNormal": lambda x, s: mp.erf(f(x) / f(s) / mp.sqrt(2)),
    "Cauchy": lambda x, m, s: mp.atan2(1, -z_of(x, m, s)) / mp.pi,
    "HalfCauchy": lambda x, s: 2 * mp.atan(f(x) / f(s)) / mp.pi,
    "LogNormal": lambda x, m, s: cdf_normal(z_of(mp.log(f(x)), m, s)),
    "Exponential": lambda x, r: -mp.expm1(-f(r) * f(x)),
    "Gamma": lambda x, a, r: gamma_tails(f(a), f(r) * f(x))[0],
    "InverseGamma": lambda x, a, s: gamma_tails(f(a), f(s) / f(x))[1],
    "Poisson": lambda k, r: gamma_tails(f(k) + 1, f(r))[1],
    "Beta": lambda x, a, b: beta_tail(f(a), f(b), f(x)),
    "StudentT": lambda x, n, m, s: student_tail(f(n), z_of(x, m, s)),
    "Binomial": lambda k, n, p: beta_tail(f(n) - k, f(k) + 1, 1 - f(p)) if k < n else mp.mpf(1),
    "NegativeBinomial": lambda k, m, c: beta_tail(f(c), f(k) + 1, f(c) / (f(c) + f(m))),
    "Uniform": lambda x, a, b: (f(x) - f(a)) / (f(b) - f(a)),
    "Laplace": lambda x, m, s: mp.exp(z_of(x, m, s)) / 2 if z_of(x, m, s) < 0 else 1 - mp.exp(-z_of(x, m, s)) / 2,
    "Logistic": lambda x, m, s: sigma(z_of(x, m, s)),
    "Truncated": lambda x, m, s, a, b: (cdf_normal(z_of(x, m, s)) - cdf_normal(z_of(a, m, s))) / (cdf_normal(z_of(b, m, s)) - cdf_normal(z_of(a, m, s))),
}

class Known:
    """A mean and a variance, by formulas that SciPy does not have or computes with fewer digits."""

    def __init__(self, mean, variance):
        self.moments = mean, variance

    def stats(self, _):
        return self.moments


MOMENTS = {
    "Normal": lambda m, s: st.norm(m, s),
    "HalfNormal": lambda s: st.halfnorm(0, s),
    "StudentT": lambda n, m, s: st.t(n, m, s),
    "LogNormal": lambda m, s: st.lognorm(s, 0, np.exp(m)),
    "Exponential": lambda r: st.expon(0, 1 / r),
    "Gamma": lambda a, r: st.gamma(a, 0, 1 / r),
    "InverseGamma": lambda a, s: st.invgamma(a, 0, s),
    "VonMises": lambda m, k: Known(m, 1 - mp.besseli(1, f(k)) / mp.besseli(0, f(k))),
    "Beta": lambda a, b: st.beta(a, b),
    "Uniform": lambda a, b: st.uniform(a, b - a),
    "Laplace": lambda m, s: st.laplace(m, s),
    "Logistic": lambda m, s: st.logistic(m, s),
    "Bernoulli": lambda p: st.bernoulli(p),
    "Binomial": lambda n, p: st.binom(n, p),
    "Poisson": lambda r: st.poisson(r),
    "NegativeBinomial": lambda m, c: Known(m, f(m) + f(m) ** 2 / f(c)),
}

REAL = [-1e200, -1e5, -30.5, -2.25, -0.125, 0, 1e-9, 0.75, 3, 40, 1e8, 1e155]
NEAR = [-37, -8, -1.5, 0, 0.3, 2, 9]
POSITIVE = [1e-300, 1e-20, 0.003, 0.5, 1, 2.5, 17, 400, 1e6]
COUNTS = [0, 1, 2, 5, 9, 10, 11, 30, 200, 5000]
cov = [[2.0, 0.5, 0.25], [0.5, 1.0, -0.125], [0.25, -0.125, 0.75]]
low = [[1.5, 0, 0], [0.5, 0.25, 0], [-2.0, 1.0, 4.0]]
factor3 = [[1, 0, 0], [0.6, 0.8, 0], [0.0, 0.28, 0.96]]

PLAN = [
    ("Normal", [(0, 1), (2, 0.25), (-1e3, 1e3)], [x for x in REAL if abs(x) < 1e100]),
    ("HalfNormal", [(1,), (0.01,), (300,)], [0, *[x for x in POSITIVE if x < 1e5]]),
    ("Cauchy", [(0, 1), (2, 0.25), (-5, 1e3)], REAL),
    ("HalfCauchy", [(1,), (5,), (1e-3,)], [0, *POSITIVE, 1e250]),
    ("StudentT", [(1, 0, 1), (3.5, 2, 0.5), (0.25, 0, 2), (40, 1, 3), (1e6, 0, 1)], REAL),
    ("LogNormal", [(0, 1), (2, 0.25), (-3, 4)], POSITIVE),
    ("Exponential", [(1,), (0.01,), (32,)], [0, *POSITIVE]),
    ("Gamma", [(1, 1), (0.001, 1), (0.5, 2), (3, 0.25), (30, 4), (1000, 1)], POSITIVE),
    ("Gamma", [(1e6, 1)], [9e5, 998000, 999999, 1e6, 1000500, 1.1e6]),
    ("InverseGamma", [(1, 1), (0.5, 2), (3, 0.25), (30, 4)], [0.003, 0.5, 1, 2.5, 17, 400, 1e6]),
    ("Beta", [(1, 1), (0.5, 0.5), (2, 6), (0.001, 3), (40, 25), (1000, 3000)], [1e-300, 1e-10, 0.125, 0.25, 0.5, 0.625, 0.96875]),
    ("Beta", [(1e6, 3e6)], [0.24, 0.2495, 0.25, 0.2505]),
    ("Dirichlet", [([1, 3],), ([0.5, 0.5],)], [[0.25, 0.75], [0.5, 0.5], [0.9375, 0.0625]]),
    ("Dirichlet", [([2, 30, 4],), ([1e4, 2e4, 1e4],)], [[0.25, 0.5, 0.25], [0.125, 0.75, 0.125]]),
    ("Uniform", [(0, 1), (-3, 5)], [0.125, 0.5, 1]),
    ("Laplace", [(0, 1), (2, 0.25)], [x for x in REAL if abs(x) < 1e100]),
    ("VonMises", [(0, 0.001), (0.5, 2), (-1, 30), (3, 1e6)], [-3, -0.75, 0, 0.5, 1.25, 3, 3.001, 7]),
    ("Logistic", [(0, 1), (2, 0.25)], [x for x in REAL if abs(x) < 1e100]),
    ("MultivariateNormal", [([0, 1, -2], {"covariance": cov}), ([0, 0, 0], {"precision": cov}), ([1, 1, 1], {"cholesky": low})], [[0, 1, -2], [0.5, 0.25, 3], [40, -30, 20]]),
    ("LKJ", [(3, 1), (3, 2.5), (3, 0.5)], [factor3]),
    ("LKJ", [(1, 1)], [[[1]]]),
    ("OrderedLogistic", [(0, [-1, 1]), (3, [-2, 0.5]), (-40, [0, 0.25])], [0, 1, 2]),
    ("Bernoulli", [(0.5,), (0.125,), (1e-20,)], [0, 1]),
    ("Binomial", [(1, 0.5), (20, 0.3), (9, 0.875)], [0, 1]),
    ("Binomial", [(5000, 0.5), (5000, 0.001), (10000, 0.02)], COUNTS),
    ("Binomial", [(9, 0.005), (85572, 1.2e-5)], [0, 1, 2, 9]),
    ("Binomial", [(2000000, 0.5)], [999000, 1000000, 1000700]),
    ("Poisson", [(1,), (0.125,), (9.5,), (200,)], COUNTS),
    ("Poisson", [(4222,)], [4222, 5282]),
    ("Poisson", [(1e6,)], [990000, 1000000, 1000001, 1003000]),
    ("NegativeBinomial", [(4, 2), (10, 0.25), (200, 64)], COUNTS),
    ("NegativeBinomial", [(0.07, 27672), (0.58, 7.6)], [0, 1, 2, 9]),
    ("NegativeBinomial", [(1e6, 1e6)], [990000, 1000000, 1003000]),
    ("Categorical", [([0.25, 0.25, 0.5],), ([0.5, 0.125, 0.125],)], [0, 1, 2]),
    ("Multinomial", [(8, [0.25, 0.75])], [[2, 6], [0, 8], [8, 0]]),
    ("Multinomial", [(400000, [0.25, 0.25, 0.5])], [[100000, 100000, 200000], [100300, 99000, 200700]]),
    ("Mixture", [([0.75, 0.25], [[0, 1], [0, 10]])], NEAR),
    ("Truncated", [(0, 1, -1, 2), (0, 1, -inf, 2)], [-0.5, 0, 0.3, 1.75]),
    ("Truncated", [(0, 1, 10, inf), (1, 2, 30, 40)], [30.5, 32]),
    ("Truncated", [(0, 1, -inf, -10), (3, 2, -50, -31)], [-31.5, -33]),
]


def number(x):
    """The nearest double; infinities and NaN as texts, for JSON."""
    x = float(x)
    return x if np.isfinite(x) else str(x)


cases = []
for name, parameters, xs in PLAN:
    for given in parameters:
        case = {"name": name, "args": json.loads(json.dumps(given).replace("Infinity", "9e999").replace("9e999", '"inf"').replace('-"inf"', '"-inf"')), "xs": xs}
        case["logProb"] = [number(LOG[name](x, *given)) for x in xs]
        if name in CDF:
            case["cdf"] = [number(CDF[name](x, *given)) for x in xs]
        if name in MOMENTS:
            with np.errstate(all="ignore"):
                case["moments"] = [number(v) for v in MOMENTS[name](*given).stats("mv")]
        cases.append(case)

def power(low, high):
    """A number whose logarithm is drawn evenly."""
    return float(f"{10 ** random.uniform(low, high):.4g}")


def count(mean, deviation):
    return float(max(0, round(random.gauss(mean, deviation))))


def drawn(name):
    """Parameters from 0.01 to 10⁶ and arguments near the mean, in the tails and anywhere."""
    a, b = power(-2, 6), power(-2, 6)
    if name == "Beta":
        mean = a / (a + b)
        sd = np.sqrt(mean * (1 - mean) / (a + b + 1))
        xs = [mean, *(random.gauss(mean, k * sd) for k in (1, 8)), random.random(), power(-9, 0)]
        return (a, b), [x for x in xs if 0 < x < 1]
    if name in ("Gamma", "InverseGamma"):
        rate = power(-3, 3)
        xs = [a / rate, *(random.gauss(a, k * np.sqrt(a)) / rate for k in (1, 8)), power(-9, 6)]
        xs = [x for x in xs if x > 0]
        return (a, rate), xs if name == "Gamma" else [1 / x for x in xs]
    if name == "Poisson":
        return (a,), [*(count(a, k * np.sqrt(a)) for k in (0, 1, 8)), count(0, 10**6)]
    if name == "Binomial":
        n, p = float(round(power(0, 6))), random.choice([random.random(), power(-6, 0)])
        xs = [*(count(n * p, k * np.sqrt(n * p)) for k in (0, 1, 8)), float(random.randint(0, int(n)))]
        return (n, p), [min(n, x) for x in xs]
    if name == "NegativeBinomial":
        sd = np.sqrt(a + a * a / b)
        return (a, b), [*(count(a, k * sd) for k in (0, 1, 5)), count(0, 10**6)]
    return (a, 0.0, power(-3, 3)), [random.gauss(0, 1) * power(-4, 6) for _ in range(4)]


random.seed(1)
draws = []
for name in ("Beta", "Gamma", "InverseGamma", "Poisson", "Binomial", "NegativeBinomial", "StudentT"):
    for _ in range(10):
        given, xs = drawn(name)
        case = {"name": name, "args": given, "xs": [float(x) for x in xs]}
        draws.append({**case, "logProb": [number(LOG[name](x, *given)) for x in case["xs"]]})

made = f"mpmath {mp.__version__}, SciPy {scipy.__version__}"
text = json.dumps({"madeBy": made, "cases": cases, "drawn": draws})
(pathlib.Path(__file__).parent / "distributions.json").write_text(text + "\n")

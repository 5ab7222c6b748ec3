#!/usr/bin/env python3
"""Writes statistics.json: functions of statistics and their first derivatives in ranges of their arguments, by mpmath.

    /usr/bin/python3 packages/core/test/golden/statistics.py      (needs mpmath; written with 1.3.0)

A row is a function and a range. Its points are little-endian float64 numbers in base64: the arguments, the value in two
numbers whose sum it is, the condition number (the sum of |x f'(x) / f(x)| over the arguments), and the derivatives by each
argument.
"""

import base64
import json
import pathlib
import random
import struct

import mpmath
from mpmath import mp, mpf

mp.prec = 240
POINTS = 40
chance = random.Random("graddiff")
uniform = chance.uniform


def power(low, high):
    return 10.0 ** uniform(low, high)


def gamma_of(upper):
    def value(a, x):
        if a > 2e4:
            lower = x * density(a, x) / a * series(a, x)
            return 1 - lower if upper else lower
        return mpmath.gammainc(a, x, mpmath.inf, regularized=True) if upper else mpmath.gammainc(a, 0, x, regularized=True)

    return value


def series(a, x):
    """1 + x / (a + 1) + x^2 / (a + 1)(a + 2) + … (NIST DLMF 8.11.4), for which mpmath has too few terms."""
    term = total = mpf(1)
    n = a
    while term > total * mpf(2) ** -240:
        n += 1
        term *= x / n
        total += term
    return total


def density(a, x):
    return mpmath.exp((a - 1) * mpmath.log(x) - x - mpmath.loggamma(a))


def difference(f, x):
    h = abs(x) * mpf(2) ** -80
    return (f(x + h) - f(x - h)) / (2 * h)


def incomplete(upper):
    """Value and derivatives of P or Q."""

    def point(a, x):
        value, rest = gamma_of(upper)(a, x), gamma_of(not upper)(a, x)
        # The smaller of the two keeps its digits.
        is_first = value < rest
        tail = gamma_of(upper == is_first)
        by_a = difference(lambda a: tail(a, x), a)
        return value, [by_a if is_first else -by_a, density(a, x) * (-1 if upper else 1)]

    return point


def beta_density(a, b, x):
    """x^a (1 - x)^b / B(a, b)."""
    beta = mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)
    return mpmath.exp(a * mpmath.log(x) + b * mpmath.log(1 - x) - beta)


def beta_series(a, b, x):
    """1 + (a + b) / (a + 1) x + (a + b) (a + b + 1) / (a + 1) (a + 2) x^2 + ..., whose terms are positive."""
    term = total = mpf(1)
    n = 0
    while term > total * mpf(2) ** (20 - mp.prec) or (a + b + n) * x > a + 1 + n:
        term *= (a + b + n) * x / (a + 1 + n)
        total += term
        n += 1
    return total


def beta_tails(a, b, x):
    """I and 1 - I, of which the smaller one keeps its digits."""
    is_lower = x * (a + b + 2) <= a + 1
    # The series of the tail that x is in is long where x is at the other end: the other one has more digits then.
    is_long = x > 0.8 if is_lower else x < 0.2
    with mpmath.workprec(1400 if is_long else mp.prec):
        if is_lower != is_long:
            lower = beta_density(a, b, x) / a * beta_series(a, b, x)
            return lower, 1 - lower
        upper = beta_density(a, b, x) / b * beta_series(b, a, 1 - x)
        return 1 - upper, upper


def beta(a, b, x):
    """Value and derivatives of the incomplete beta function."""
    lower, upper = beta_tails(a, b, x)
    k = 0 if lower < upper else 1
    sign = 1 - 2 * k
    by_a = sign * difference(lambda a: beta_tails(a, b, x)[k], a)
    by_b = sign * difference(lambda b: beta_tails(a, b, x)[k], b)
    return lower, [by_a, by_b, beta_density(a, b, x) / x / (1 - x)]


def beta_inverse(a, b, x):
    """As `inverse`: the arguments are a, b and an x near which the result is."""
    p = float(beta(a, b, x)[0])
    if p <= 0 or p >= 1:
        raise ArithmeticError("the argument is not determined by the value")
    x = newton(lambda x: beta_tails(a, b, x)[0], lambda x: beta_density(a, b, x) / x / (1 - x), p, x)
    by_a, by_b, by_x = beta(a, b, x)[1]
    return (a, b, p), x, [-by_a / by_x, -by_b / by_x, 1 / by_x]


def beta_complement(a, b, x):
    return beta_tails(a, b, x)[1], [-slope for slope in beta(a, b, x)[1]]


def beta_complement_inverse(a, b, x):
    q = float(beta_tails(a, b, x)[1])
    if q <= 0 or q >= 1:
        raise ArithmeticError("the argument is not determined by the value")
    x = newton(lambda x: beta_tails(a, b, x)[1], lambda x: -beta_density(a, b, x) / x / (1 - x), q, x)
    by_a, by_b, by_x = beta(a, b, x)[1]
    return (a, b, q), x, [-by_a / by_x, -by_b / by_x, -1 / by_x]


def newton(f, slope, wanted, x):
    """The argument near x with f(x) = wanted."""
    if not 1e-300 < wanted < 1 - 1e-12 and f is not mpmath.erfc:
        raise ArithmeticError("the argument is not determined by the value")
    for _ in range(20):
        step = (f(x) - wanted) / slope(x)
        x -= step
        if abs(step) < abs(x) * mpf(2) ** -120:
            return x
    raise ArithmeticError("Newton's method does not converge")


def inverse(upper):
    """The arguments are a and an x near which the result is: the probability is that of x, rounded."""
    f = incomplete(upper)

    def point(a, x):
        p = float(f(a, x)[0])
        x = newton(lambda x: gamma_of(upper)(a, x), lambda x: density(a, x) * (-1 if upper else 1), p, x)
        by_a, by_x = f(a, x)[1]
        return (a, p), x, [-by_a / by_x, 1 / by_x]

    return point


def of_one(f):
    return lambda x: (f(x), [difference(f, x)])


def quantile(f, slope):
    def point(x):
        p = float(f(x))
        x = newton(f, slope, p, x)
        return (p,), x, [1 / slope(x)]

    return point


def stirling(a):
    return mpmath.loggamma(a) - (a - mpf(1) / 2) * mpmath.log(a) + a - mpmath.log(2 * mp.pi) / 2


def log_diff_exp(x, y):
    value = x + mpmath.log(1 - mpmath.exp(y - x))
    return value, [1 / (1 - mpmath.exp(y - x)), -1 / (mpmath.exp(x - y) - 1)]


def beside(a):
    return a, max(a * 1e-3, a + uniform(-7, 7) * a**0.5)


def near_mean(a, b, deviations=6):
    mean = a / (a + b)
    x = mean + uniform(-deviations, deviations) * (mean * (1 - mean) / (a + b + 1)) ** 0.5
    return a, b, min(max(x, mean * 1e-3), 1 - (1 - mean) * 1e-3)


def small_beta():
    a, b = power(-3, 0), power(-3, 4)
    x = chance.choice([uniform(0, 1), power(-8, 0), min(0.999, power(-1.5, 0.8) / max(b, 1))])
    return (a, b, x) if chance.random() < 0.5 else (b, a, 1 - x)


def tail_of_beta():
    a, b = power(0, 4), power(0, 4)
    x = a / (a + b) * power(-1.5, 0)
    return (a, b, x) if chance.random() < 0.5 else (b, a, 1 - x)


BETA = {
    "a and b from 1 to 20": [lambda: (power(0, 1.3), power(0, 1.3), uniform(0, 1))],
    "a or b from 10^-3 to 1, the other to 10^4": [small_beta],
    "a and b from 1 to 10^4, x near the mean": [lambda: near_mean(power(0, 4), power(0, 4))],
    "a and b from 1 to 10^4, results down to 10^-300": [tail_of_beta],
    "a and b from 10^4 to 10^6": [lambda: near_mean(power(4, 6), power(4, 6))],
}
GAMMA = {
    "a from 10^-3 to 20": [lambda: (power(-3, 1.3), power(-3, 1.6))],
    "a from 20 to 10^4, x near a": [lambda: beside(power(1.3, 4))],
    "a from 20 to 10^4, results down to 10^-300": [lambda: (lambda a: (a, a * uniform(0.3, 2.2)))(power(1.3, 4))],
    "a from 2 10^4 to 10^6": [lambda: beside(power(4.302, 6))],
}
INVERSE = {key: draws for key, draws in GAMMA.items()}
FUNCTIONS = {
    "gammaP": (incomplete(False), GAMMA),
    "gammaQ": (incomplete(True), GAMMA),
    "gammaPInverse": (inverse(False), INVERSE),
    "gammaQInverse": (inverse(True), INVERSE),
    "normalQuantile": (
        quantile(mpmath.ncdf, mpmath.npdf),
        {"p from 10^-300 to 1 - 10^-12": [lambda: uniform(-37, 7), lambda: uniform(-3, 3)]},
    ),
    "erfcInv": (
        quantile(mpmath.erfc, lambda x: -2 / mpmath.sqrt(mp.pi) * mpmath.exp(-x * x)),
        {"x from 10^-300 to 2 - 10^-16": [lambda: uniform(-5.8, 26), lambda: uniform(-2, 2)]},
    ),
    "log1mExp": (
        of_one(lambda x: mpmath.log(1 - mpmath.exp(x))),
        {"x from -700 to -10^-300": [lambda: -power(-300, 0), lambda: -uniform(0, 3), lambda: -power(0, 2.84)]},
    ),
    "logDiffExp": (log_diff_exp, {"x - y from 10^-10 to 100": [lambda: (lambda x: (x, x - power(-10, 2)))(uniform(-50, 50))]}),
    "besselI0e": (
        of_one(lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(0, x)),
        {"x to 20": [lambda: uniform(-20, 20)], "x from 20 to 10^5": [lambda: power(1.3, 5)]},
    ),
    "besselI1e": (
        of_one(lambda x: mpmath.exp(-abs(x)) * mpmath.besseli(1, x)),
        {"x to 20": [lambda: uniform(-20, 20), lambda: power(-9, 0)], "x from 20 to 10^5": [lambda: power(1.3, 5)]},
    ),
    "besselJ0": (
        of_one(lambda x: mpmath.besselj(0, x)),
        {"x to 20": [lambda: uniform(-20, 20)], "x from 20 to 10^5": [lambda: power(1.3, 5)]},
    ),
    "besselJ1": (
        of_one(lambda x: mpmath.besselj(1, x)),
        {"x to 20": [lambda: uniform(-20, 20), lambda: power(-9, 0)], "x from 20 to 10^5": [lambda: power(1.3, 5)]},
    ),
    "stirlingRemainder": (of_one(stirling), {"x from 10^-3 to 10^8": [lambda: power(-3, 8), lambda: uniform(0, 20)]}),
    "betaI": (beta, BETA),
    "betaIInverse": (beta_inverse, BETA),
    "betaIComplement": (beta_complement, BETA),
    "betaIComplementInverse": (beta_complement_inverse, BETA),
}


def numbers_of(point, arguments):
    try:
        found = point(*map(mpf, arguments))
    except ArithmeticError:
        return None
    if len(found) == 2:
        found = (arguments, *found)
    arguments, value, slopes = found
    high = float(value)
    if not 1e-300 < abs(high) < 1e300 or abs(arguments[-1] - 1) < 1e-12 or any(not 0 < abs(each) < 1e300 for each in slopes) or arguments[-1] in (0, 1, 2):
        return None
    condition = sum(abs(x * slope / value) for x, slope in zip(arguments, slopes))
    return [*map(float, arguments), high, float(value - high), float(condition), *map(float, slopes)]


def row_of(name, point, title, draws):
    rows = []
    drawn = 0
    while len(rows) < POINTS:
        arguments = draws[drawn % len(draws)]()
        drawn += 1
        numbers = numbers_of(point, arguments if isinstance(arguments, tuple) else (arguments,))
        if numbers is not None:
            rows.append(numbers)
    flat = [number for numbers in rows for number in numbers]
    data = base64.b64encode(struct.pack(f"<{len(flat)}d", *flat)).decode()
    print(name, title, drawn, flush=True)
    return {"function": name, "range": title, "points": data}


rows = [row_of(name, point, title, draws) for name, (point, ranges) in FUNCTIONS.items() for title, draws in ranges.items()]
path = pathlib.Path(__file__).with_name("statistics.json")
lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
path.write_text(f'{{"madeBy":"mpmath {mpmath.__version__}","rows":[\n{lines}\n]}}\n')
print(path.stat().st_size, "bytes")

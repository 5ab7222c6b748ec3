#!/usr/bin/env python3
"""Writes assembly/algorithms/statistics/coefficients.ts: the polynomials of the functions of statistics, by mpmath.

    /usr/bin/python3 packages/wasm-kernel/elementary/statistics.py      (needs mpmath; written with 1.3.0)

A polynomial is a fit in Chebyshev's points with so many terms that its error is below 2^-56 of the function. The
functions C_k of Temme are power series (NIST DLMF 8.12.9), with exact rational coefficients.
"""

import pathlib
from fractions import Fraction

from mpmath import besseli, besselj, bessely, chebyfit, cos, exp, gamma, log, loggamma, mp, mpf, pi, sin, sqrt

mp.dps = 60
parts = []


def horner(coefficients, x):
    if len(coefficients) == 1:
        return repr(float(coefficients[0]))
    text = horner(coefficients[1:], x)
    return f"{float(coefficients[0])!r} + {x} * ({text})" if len(coefficients) > 2 else f"{float(coefficients[0])!r} + {x} * {text}"


def wrapped(text):
    lines, line = [], "   "
    for word in text.split(" "):
        if len(line) + 1 + len(word) > 110:
            lines.append(line)
            line = "     "
        line += " " + word
    return "\n".join([*lines, line])


def emit(name, meaning, coefficients):
    """Even and odd terms are two chains of operations, which a processor computes at once."""
    even, odd = coefficients[0::2], coefficients[1::2]
    body = horner(even, "z")
    if odd:
        body = f"{body} + t * ({horner(odd, 'z')})"
    parts.append(
        f"/** {meaning} */\nexport function {name}(t: Real): Real {{\n  const z = t * t;\n  return (\n{wrapped(body)}\n  );\n}}\n"
    )


def fit(name, meaning, f, argument, terms):
    """Fits f(argument(t)) for t from -1 to 1."""
    coefficients = chebyfit(lambda t: f(argument(t)), [-1, 1], terms)[::-1]
    emit(name, meaning, coefficients)
    worst = 0
    for i in range(201):
        t = mpf(i - 100) / 100
        exact = f(argument(t))
        worst = max(worst, abs(sum(c * t**k for k, c in enumerate(coefficients)) / (exact or 1) - 1) if abs(exact) > 1e-3 else 0)
    print(name, terms, mp.nstr(worst, 3))


def linear(low, high):
    return lambda t: (mpf(low) + high) / 2 + (mpf(high) - low) / 2 * t


def binet(a):
    return loggamma(a) - (a - mpf(1) / 2) * log(a) + a - log(2 * pi) / 2


# (a - m) / (a + m) = t / k with m = sqrt(1.5) and k = (sqrt 6 + 1) / (sqrt 6 - 1), from m / sqrt 6 to m sqrt 6.
M = sqrt(mpf(3) / 2)
K = (sqrt(6) + 1) / (sqrt(6) - 1)
fit("binetLow", "12 a J(a) for a from 0.5 to 3, with t = K (a − √1.5) / (a + √1.5).", lambda a: 12 * a * binet(a), lambda t: M * (1 + t / K) / (1 - t / K), 24)
parts.append(f"/** K of it, (√6 + 1) / (√6 − 1). */\nexport const BINET_SCALE: Real = {float(K)!r};\n")
parts.append(f"/** √1.5, the middle of its numbers. */\nexport const BINET_MIDDLE: Real = {float(M)!r};\n")
fit("binetHigh", "12 a J(a) for a from 3 on, with t = 18 / a² − 1.", lambda a: 12 * a * binet(a), lambda t: sqrt(18 / (1 + t)) if t > -1 else mpf(10) ** 20, 13)


def reciprocal_gamma(a):
    if a == 0 or a == 1:
        a += mpf(10) ** -30
    return (1 / gamma(1 + a) - 1) / (a * (1 - a))


fit("reciprocalGamma", "(1 / Γ(1 + a) − 1) / a (1 − a) for a from 0 to 1, with t = 2 a − 1.", reciprocal_gamma, linear(0, 1), 18)

# Exponentially scaled Bessel functions, and those of the first kind.
for order in (0, 1):
    power = (lambda x: 1) if order == 0 else (lambda x: x if x else mpf(10) ** -30)
    of = f"I{order}"
    value = lambda x, order=order, power=power: exp(-x) * besseli(order, power(x) if order and not x else x) / power(x)
    division = " / x" if order else ""
    fit(f"bessel{of}Low", f"e^−x {of}(x){division} for x from 0 to 4, with t = x / 2 − 1.", value, linear(0, 4), 24)
    fit(f"bessel{of}Middle", f"e^−x {of}(x){division} for x from 4 to 12, with t = x / 4 − 2.", value, linear(4, 12), 29)
    fit(f"bessel{of}High", f"√x e^−x {of}(x) from 12 on, with t = 24 / x − 1.", lambda x, order=order: sqrt(x) * exp(-x) * besseli(order, x), lambda t: 24 / (1 + t) if t > -1 else mpf(10) ** 40, 22)

for order in (0, 1):
    power = (lambda x: 1) if order == 0 else (lambda x: x)
    value = lambda z, order=order, power=power: (lambda x: besselj(order, x) / power(x))(sqrt(z if z else mpf(10) ** -40))
    division = " / x" if order else ""
    fit(f"besselJ{order}Low", f"J{order}(x){division} for x from 0 to 5, with t = 2 x² / 25 − 1.", value, linear(0, 25), 18)
    middle = lambda x, order=order: besselj(order, x)
    fit(f"besselJ{order}Middle", f"J{order}(x) for x from 5 to 9, with t = (x − 7) / 2.", middle, linear(5, 9), 24)

    def modulus(x, order=order):
        """P and Q in J = sqrt(2 / pi x) (P cos c - Q sin c), Y = sqrt(2 / pi x) (P sin c + Q cos c)."""
        c = x - pi * (2 * order + 1) / 4
        j, y, scale = besselj(order, x), bessely(order, x), sqrt(pi * x / 2)
        return scale * (j * cos(c) + y * sin(c)), scale * (y * cos(c) - j * sin(c)) * x

    def far(t):
        """81 / x^2 = (1 + t) / 2"""
        return 9 / sqrt((1 + t) / 2) if t > -1 else mpf(10) ** 12

    fit(f"besselP{order}", f"P of J{order}(x) = √(2 / πx) (P cos c − Q sin c) from 9 on, with t = 162 / x² − 1.", lambda x: modulus(x)[0], far, 17)
    fit(f"besselQ{order}", f"x Q of the same.", lambda x: modulus(x)[1], far, 17)


def temme(count, terms):
    """Returns the series of C_0, C_1, … in η."""
    size = terms + 2 * count + 4
    alpha = [Fraction(0), Fraction(1)]
    for k in range(2, size + 2):
        alpha.append((alpha[k - 1] - sum(j * alpha[j] * alpha[k - j + 1] for j in range(2, k))) / (k + 1))
    # η / μ
    ratio = [Fraction(1)]
    for k in range(1, size + 1):
        ratio.append(-sum(alpha[j + 1] * ratio[k - j] for j in range(1, k + 1)))
    series = [ratio[1:]]
    for _ in range(1, count):
        slope = [k * c for k, c in enumerate(series[-1])][1:]
        factor = -slope[0]
        series.append([a + factor * b for a, b in zip(slope, ratio)][1:])
    return series


for k, (series, terms) in enumerate(zip(temme(len(TERMS := (21, 19, 17, 15, 14, 13, 12, 10, 9, 7, 5, 3)), 22), TERMS)):
    emit(f"temme{k}", f"C{k}(t) of Temme's expansion, for |t| up to 1/2.", [mpf(c.numerator) / c.denominator for c in series[:terms]])

path = pathlib.Path(__file__).parents[1] / "assembly/algorithms/statistics/coefficients.ts"
path.write_text(
    "// Polynomials of the functions of statistics, written by elementary/statistics.py, which tells where they come from.\n\n"
    'import { Real } from "../elements";\n\n' + "\n".join(parts)
)

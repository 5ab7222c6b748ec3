#!/usr/bin/env python3
"""Writes counts.json: quantiles of Poisson and binomial distributions, by exact sums of mpmath.

    /usr/bin/python3 packages/core/test/golden/counts.py      (needs mpmath and scipy; written with 1.3.0 and 1.15.3)

SciPy guesses each count, and mpmath finds the least one whose sum of probabilities is at least p. A row is [parameters, p,
count]; p is far from the sums on both sides.
"""

import json
import pathlib
import random

import mpmath
import scipy.stats
from mpmath import mp, mpf

mp.prec = 160
chance = random.Random("graddiff")
uniform = chance.uniform


def power(low, high):
    return 10.0 ** uniform(low, high)


def poisson(rate, k):
    return mpmath.exp(k * mpmath.log(mpf(rate)) - mpf(rate) - mpmath.loggamma(k + 1)) if k >= 0 else mpf(0)


def binomial(n, x, k):
    if not 0 <= k <= n:
        return mpf(0)
    choose = mpmath.loggamma(mpf(n) + 1) - mpmath.loggamma(mpf(k) + 1) - mpmath.loggamma(mpf(n) - k + 1)
    return mpmath.exp(choose + k * mpmath.log(mpf(x)) + (n - k) * mpmath.log(1 - mpf(x)))


def tail(of, k, step):
    """The sum of probabilities from k on, downwards or upwards."""
    total = term = of(k)
    while k >= 0 and term > total * mpf(2) ** -120 or total == 0 and k >= 0:
        k += step
        term = of(k)
        if term == 0:
            break
        total += term
    return total


def quantile(of, guess, p):
    """The least count whose sum is at least p, or None if p is so near to a sum that rounding decides."""
    k = max(0, int(guess))
    is_lower = p <= 0.5
    rest = 1 - mpf(p)

    def reaches(k):
        if k < 0:
            return False, mpf(1)
        if is_lower:
            value = tail(of, k, -1)
            return value >= p, abs(value / p - 1)
        value = tail(of, k + 1, 1)
        return value <= rest, abs(value / rest - 1)

    while not reaches(k)[0]:
        k += 1
    while k > 0 and reaches(k - 1)[0]:
        k -= 1
    near = min(reaches(k)[1], reaches(k - 1)[1])
    return k if near > 1e-9 else None


def probability():
    return chance.choice([uniform(0, 1), uniform(0, 1), power(-12, 0), 1 - power(-8, 0)])


rows = {"poissonQuantile": [], "binomialQuantile": []}
while len(rows["poissonQuantile"]) < 200:
    rate, p = power(-3, 6), probability()
    k = quantile(lambda k: poisson(rate, k), scipy.stats.poisson.ppf(p, rate), p)
    if k is not None:
        rows["poissonQuantile"].append([rate, p, k])
while len(rows["binomialQuantile"]) < 200:
    n, p = int(power(0, 6)), probability()
    x = chance.choice([uniform(0, 1), power(-6, 0), 1 - power(-6, 0)])
    k = quantile(lambda k: binomial(n, x, k), scipy.stats.binom.ppf(p, n, x), p)
    if k is not None:
        rows["binomialQuantile"].append([n, x, p, k])
path = pathlib.Path(__file__).with_name("counts.json")
text = ",\n".join(f' "{name}": {json.dumps(each)}' for name, each in rows.items())
path.write_text(f'{{"madeBy":"mpmath {mpmath.__version__}, scipy {scipy.__version__}",\n{text}\n}}\n')
print(path.stat().st_size, "bytes")

#!/usr/bin/env python3
"""Writes slopes.json: elementwise functions and their first three derivatives at some 80 points, by mpmath.

Run with a Python that has mpmath (Debian: apt-get install python3-mpmath; written with 1.3.0):

    /usr/bin/python3 packages/core/test/golden/slopes.py

A function is written as arithmetic of Taylor series of four terms, with so many bits that nothing which cancels
is seen. A row of the file is the call (`before`, x, `after`), and the little-endian float64 numbers x, f(x), f'(x),
f''(x), f'''(x) of all its points, in base64.
"""

import base64
import json
import math
import pathlib
import struct
import sys

import mpmath
from mpmath import mp, mpf

mp.prec = 400
TERMS = 4


class Series:
    """a + b t + c t² + d t³ of x + t: terms are derivatives by factorials."""

    def __init__(self, terms):
        self.terms = [mpf(term) for term in terms] + [mpf(0)] * (TERMS - len(terms))

    def __add__(self, other):
        return Series([a + b for a, b in zip(self.terms, series(other).terms)])

    def __neg__(self):
        return Series([-a for a in self.terms])

    def __sub__(self, other):
        return self + -series(other)

    def __rsub__(self, other):
        return series(other) - self

    def __mul__(self, other):
        a, b = self.terms, series(other).terms
        return Series([sum(a[i] * b[k - i] for i in range(k + 1)) for k in range(TERMS)])

    def __truediv__(self, other):
        a, b = self.terms, series(other).terms
        quotient = []
        for k in range(TERMS):
            quotient.append((a[k] - sum(quotient[i] * b[k - i] for i in range(k))) / b[0])
        return Series(quotient)

    def __rtruediv__(self, other):
        return series(other) / self

    __radd__ = __add__
    __rmul__ = __mul__


def series(value):
    return value if isinstance(value, Series) else Series([value])


def composed(terms, x):
    """g(x) from the Taylor terms of g at the first term of x."""
    step = Series([0, *x.terms[1:]])
    result = series(terms[-1])
    for term in terms[-2::-1]:
        result = result * step + term
    return result


def integral(value, slope, x):
    """The function whose value is known, and whose derivative is a series."""
    step = Series([(k + 1) * term for k, term in enumerate(x.terms[1:])])
    product = (slope * step).terms
    return Series([value, *[product[k] / (k + 1) for k in range(TERMS - 1)]])


def exp(x):
    power = mpmath.exp(x.terms[0])
    return composed([power / math.factorial(k) for k in range(TERMS)], x)


def log(x):
    return integral(mpmath.log(x.terms[0]), 1 / x, x)


def power(x, p):
    a = x.terms[0]
    if a == 0:
        return composed([mpf(p == k) for k in range(TERMS)], x)
    return composed([mpmath.binomial(p, k) * mpmath.power(a, p - k) for k in range(TERMS)], x)


def sqrt(x):
    return power(x, mpf(1) / 2)


def sine(x):
    s, c = mpmath.sin(x.terms[0]), mpmath.cos(x.terms[0])
    return composed([s, c, -s / 2, -c / 6], x)


def cosine(x):
    s, c = mpmath.sin(x.terms[0]), mpmath.cos(x.terms[0])
    return composed([c, -s, -c / 2, s / 6], x)


def expm1(x):
    return exp(x) - 1


def sinh(x):
    return (exp(x) - exp(-x)) / 2


def cosh(x):
    return (exp(x) + exp(-x)) / 2


def tanh(x):
    # Of large numbers e^x would leave the exponents that two numbers of a sum may have.
    small = exp(-2 * magnitude(x))
    size = (1 - small) / (1 + small)
    return -size if x.terms[0] < 0 else size


def magnitude(x):
    return -x if x.terms[0] < 0 else x


def sigmoid(x):
    return 1 / (1 + exp(-x))


def softplus(x):
    return log(1 + exp(x)) if x.terms[0] < 0 else x + log(1 + exp(-x))


def tail(x):
    """erfc x of a large x (NIST DLMF 7.12.1), for which mpmath's own overflows."""
    total, term, k = mpf(0), mpf(1), 0
    while abs(term) > mpf(2) ** -mp.prec:
        total += term
        k += 1
        term *= -(2 * k - 1) / (2 * x * x)
    return mpmath.exp(-x * x) / (x * mpmath.sqrt(mp.pi)) * total


def erf(x, sign=1):
    slope = exp(-x * x) * (2 / mpmath.sqrt(mp.pi))
    a = x.terms[0]
    if abs(a) < 200:
        value = mpmath.erf(a) if sign > 0 else mpmath.erfc(a)
    else:
        rest = tail(abs(a))
        small, large = (rest, 2 - rest) if sign < 0 else (1 - rest, rest - 1)
        value = small if a > 0 else large
    return integral(value, slope * sign, x)


def erfc(x):
    return erf(x, -1)


def normal_cdf(x):
    return erfc(-x / mpmath.sqrt(2)) / 2


def log_normal_cdf(x):
    # As a difference of one where Φ is near one: log1p of a tail is exact enough with these bits.
    return log(normal_cdf(x))


def normal_gelu(x):
    return x * normal_cdf(x)


def polygamma(n, x):
    a = x.terms[0]
    return composed([mpmath.psi(n + k, a) / math.factorial(k) for k in range(TERMS)], x)


def log_gamma(x):
    return integral(mpmath.re(mpmath.loggamma(x.terms[0])), polygamma(0, x), x)


def erf_inv(x):
    a = x.terms[0]
    size = abs(a)
    y = size if size < 0.5 else mpmath.sqrt(-mpmath.log(1 - size))
    for _ in range(100):
        slope = 2 / mpmath.sqrt(mp.pi) * mpmath.exp(-y * y)
        if size < 0.5:
            step = (size - mpmath.erf(y)) / slope
        else:
            rest = mpmath.erfc(y)
            step = mpmath.log(rest / (1 - size)) * rest / slope
        y += step
        if abs(step) < mpf(2) ** -390 * y:
            break
    result = series(mpmath.sign(a) * y)
    for _ in range(TERMS - 1):
        result = integral(result.terms[0], exp(result * result) * (mpmath.sqrt(mp.pi) / 2), x)
    return result


def sinc(x):
    a = x.terms[0]
    if a == 0:
        return Series([1, 0, -mp.pi**2 / 6, 0])
    s, c = mpmath.sinpi(a), mpmath.cospi(a)
    angle = composed([s, c * mp.pi, -s * mp.pi**2 / 2, -c * mp.pi**3 / 6], x)
    return angle / (mp.pi * x)


def atan(x):
    return integral(mpmath.atan(x.terms[0]), 1 / (1 + x * x), x)


def angle_of(y, x):
    """atan2 of two series."""
    size = x * x + y * y
    dx = Series([(k + 1) * term for k, term in enumerate(x.terms[1:])])
    dy = Series([(k + 1) * term for k, term in enumerate(y.terms[1:])])
    slope = ((x * dy - y * dx) / size).terms
    return Series([mpmath.atan2(y.terms[0], x.terms[0]), *[slope[k] / (k + 1) for k in range(TERMS - 1)]])


def piecewise(*pieces):
    """The first piece that has x: pairs of an upper bound and a function."""

    def function(x):
        for bound, piece in pieces:
            if x.terms[0] < bound:
                return series(piece(x))
        raise ValueError("beyond the last piece")

    return function


inf = math.inf
SCALE, SCALED_ALPHA = mpf(1.0507009873554805), mpf(1.7580993408473766)


def elu(alpha):
    return piecewise((0, lambda x: alpha * expm1(x)), (inf, lambda x: x))


def celu(alpha):
    return piecewise((0, lambda x: alpha * expm1(x / alpha)), (inf, lambda x: x))


def gelu_tanh(x):
    root = mpmath.sqrt(2 / mp.pi)
    return x * sigmoid(2 * root * (x + mpf(0.044715) * x * x * x))


def log_add_exp(y):
    return lambda x: y + softplus(x - y)


def log_beta(y):
    return lambda x: log_gamma(x) + log_gamma(series(y)) - log_gamma(x + y)


def hypot(y):
    return lambda x: sqrt(x * x + mpf(y) ** 2) if y != 0 else magnitude(x)


# Points that floats of both precisions have, and those that float64 alone has.
SIZES = [2.0**-149, 1e-40, 1.25 * 2.0**-126, 1e-30, 1e-20, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 0.1, 0.3, 0.45, 0.55, 0.9]
SIZES += [1.2, 1.9, 2.8, 4.5, 8.1, 9.9, 10.2, 13, 17.2, 25, 30, 37.5, 50, 87, 105, 300, 1e3, 1e5, 1e8, 1e13, 1e20, 1e38]
# Where e^|x| overflows, and e^−|x| is not yet 0.
SIZES += [89.5, 97]
LONG = [712, 735, 5e-324, 1e-310, 1e-300, 1e-200, 1e-100, 17.1, 700.1, 745.1, 1e100, 1e160, 1e200, 1e300]
FEW = [2.0**-149, 1e-30, 1e-8, 0.3, 0.9, 1.2, 2.8, 10.2, 17.2, 50, 105, 1e5, 1e20]
FEW += [89.5]
FEW_LONG = [735, 5e-324, 1e-200, 17.1, 745.1, 1e100, 1e200]


def single(x):
    """The nearest float32."""
    return struct.unpack("<f", struct.pack("<f", x))[0]


def unit(x, bits):
    return 2.0 ** (max(math.frexp(x)[1], -1021 if bits == 53 else -125) - bits)


def beside(center):
    """Next to a kink or a singularity, on both sides, in both precisions."""
    near = [s * d * unit(center, bits) for s in (1, -1) for d in (1, 3) for bits in (24, 53)] if center else []
    return [center + d for d in (*near, 0.0009765625, -0.0009765625)]


def points(few=False, centers=(), low=-inf, high=inf, extra=(), zero=True, avoid=()):
    """Numbers of all sizes between two bounds, both left out, and those around centers, which are left out as well."""
    sizes = [*map(single, FEW if few else SIZES), *(FEW_LONG if few else LONG)]
    found = [*sizes, *[-x for x in sizes], *([0.0] if zero else [])]
    for center in centers:
        found += beside(center)
    found = [x for x in [*found, *extra] if low < x < high and x not in avoid]
    return sorted(set(found))


def beyond(*kinks, **options):
    """Points of a function with kinks, which are no points themselves."""
    return points(centers=kinks, avoid=kinks, **options)


NEGATIVE = [-0.25, -0.75, -1.25, -2.5, -3.75, -10.5, -100.25]
UNIT = points(centers=(1, -1), low=-1, high=1)
POSITIVE = points(low=0)

# The op, what stands before and after x in its call, the function of a series, and its points.
ROWS = [
    ("neg", [], [], lambda x: -x, points(few=True)),
    ("abs", [], [], magnitude, beyond(0, few=True)),
    ("square", [], [], lambda x: x * x, points()),
    ("sqrt", [], [], sqrt, POSITIVE),
    ("rsqrt", [], [], lambda x: 1 / sqrt(x), POSITIVE),
    ("reciprocal", [], [], lambda x: 1 / x, beyond(0)),
    ("exp", [], [], exp, points()),
    ("expm1", [], [], expm1, points()),
    ("exp2", [], [], lambda x: exp(x * mpmath.log(2)), points()),
    ("log", [], [], log, points(centers=(1,), low=0)),
    ("log1p", [], [], lambda x: log(1 + x), points(centers=(-1,), low=-1)),
    ("log2", [], [], lambda x: log(x) / mpmath.log(2), points(centers=(1,), low=0)),
    ("log10", [], [], lambda x: log(x) / mpmath.log(10), points(centers=(1,), low=0)),
    ("sin", [], [], sine, points()),
    ("cos", [], [], cosine, points()),
    ("tan", [], [], lambda x: sine(x) / cosine(x), points(extra=(1.5, 1.57, -1.57))),
    ("tanh", [], [], tanh, points()),
    ("asin", [], [], lambda x: integral(mpmath.asin(x.terms[0]), 1 / sqrt(1 - x * x), x), UNIT),
    ("acos", [], [], lambda x: integral(mpmath.acos(x.terms[0]), -1 / sqrt(1 - x * x), x), UNIT),
    ("atan", [], [], atan, points()),
    ("sinh", [], [], sinh, points(extra=(88.5, -88.5, 709.5, -710.2))),
    ("cosh", [], [], cosh, points(extra=(88.5, -88.5, 709.5, -710.2))),
    ("asinh", [], [], lambda x: integral(mpmath.asinh(x.terms[0]), 1 / sqrt(1 + x * x), x), points()),
    (
        "acosh",
        [],
        [],
        lambda x: integral(mpmath.acosh(x.terms[0]), 1 / sqrt(x * x - 1), x),
        points(centers=(1, 2), low=1),
    ),
    ("atanh", [], [], lambda x: integral(mpmath.atanh(x.terms[0]), 1 / (1 - x * x), x), UNIT),
    ("sigmoid", [], [], sigmoid, points()),
    ("softplus", [], [], softplus, points()),
    ("silu", [], [], lambda x: x * sigmoid(x), points()),
    ("relu", [], [], piecewise((0, lambda x: 0), (inf, lambda x: x)), beyond(0, few=True)),
    ("relu6", [], [], piecewise((0, lambda x: 0), (6, lambda x: x), (inf, lambda x: 6)), beyond(0, 6, few=True)),
    ("leakyRelu", [], [], piecewise((0, lambda x: mpf(0.01) * x), (inf, lambda x: x)), beyond(0, few=True)),
    ("elu", [], [], elu(1), beyond(0)),
    ("elu", [], [{"alpha": 2.5}], elu(mpf(2.5)), beyond(0, few=True)),
    ("celu", [], [], celu(1), beyond(0)),
    ("celu", [], [{"alpha": 2.5}], celu(mpf(2.5)), beyond(0)),
    ("selu", [], [], piecewise((0, lambda x: SCALED_ALPHA * expm1(x)), (inf, lambda x: SCALE * x)), beyond(0)),
    ("gelu", [], [], normal_gelu, points()),
    ("gelu", [], [{"approximation": "tanh"}], gelu_tanh, points()),
    ("mish", [], [], lambda x: x * tanh(softplus(x)), points()),
    (
        "hardSigmoid",
        [],
        [],
        piecewise((-3, lambda x: 0), (3, lambda x: (x + 3) / 6), (inf, lambda x: 1)),
        beyond(-3, 3, few=True),
    ),
    (
        "hardSwish",
        [],
        [],
        piecewise((-3, lambda x: 0), (3, lambda x: x * (x + 3) / 6), (inf, lambda x: x)),
        beyond(-3, 3, few=True),
    ),
    ("logSigmoid", [], [], lambda x: -softplus(-x), points()),
    ("softsign", [], [], lambda x: x / (1 + magnitude(x)), points(centers=(0,), zero=False)),
    ("tanhshrink", [], [], lambda x: x - tanh(x), points(centers=(0.25, -0.25))),
    ("erf", [], [], erf, points()),
    ("erfc", [], [], erfc, points()),
    ("erfInv", [], [], erf_inv, UNIT),
    ("normalCdf", [], [], normal_cdf, points()),
    ("logNormalCdf", [], [], log_normal_cdf, points(centers=(-10,))),
    ("logit", [], [], lambda x: log(x / (1 - x)), points(centers=(1, 0.5, 0.25), low=0, high=1)),
    ("sinc", [], [], sinc, points(centers=(0.5, 1), extra=(-0.5, 2.25, -3.75, 100.25))),
    ("digamma", [], [], lambda x: polygamma(0, x), points(centers=(8,), low=0, extra=()) + NEGATIVE),
    ("logGamma", [], [], log_gamma, points(centers=(1, 2), low=0) + NEGATIVE),
    ("polygamma", [1], [], lambda x: polygamma(1, x), points(few=True, low=0, centers=(13,)) + NEGATIVE),
    ("polygamma", [2], [], lambda x: polygamma(2, x), points(few=True, low=0, centers=(14,)) + NEGATIVE),
    ("nanToNum", [], [], lambda x: x, points(few=True)),
    ("clip", [], [-1, 2], piecewise((-1, lambda x: -1), (2, lambda x: x), (inf, lambda x: 2)), beyond(-1, 2, few=True)),
    ("add", [], [1.5], lambda x: x + mpf(1.5), points(few=True)),
    ("sub", [], [1.5], lambda x: x - mpf(1.5), points(few=True)),
    ("sub", [1.5], [], lambda x: mpf(1.5) - x, points(few=True)),
    ("mul", [], [1.5], lambda x: x * mpf(1.5), points(few=True)),
    ("div", [], [1.5], lambda x: x / mpf(1.5), points(few=True)),
    ("div", [1.5], [], lambda x: mpf(1.5) / x, beyond(0)),
    ("maximum", [], [1.5], piecewise((1.5, lambda x: 1.5), (inf, lambda x: x)), beyond(1.5, few=True)),
    ("minimum", [], [1.5], piecewise((1.5, lambda x: x), (inf, lambda x: 1.5)), beyond(1.5, few=True)),
    *[
        ("pow", [], [y], lambda x, y=y: power(x, mpf(y)), points(low=0) if y % 1 else beyond(0))
        for y in (2.5, 0.5, -1, -1.5, 3, 2, 1)
    ],
    ("pow", [], [0], lambda x: series(1), points()),
    ("pow", [0], [], lambda y: series(0), points(low=2.5)),
    ("pow", [], [7], lambda x: power(x, mpf(7)), points()),
    *[("pow", [a], [], lambda y, a=a: exp(y * mpmath.log(a)), points(few=True)) for a in (2.5, 0.75)],
    ("atan2", [], [1.5], lambda y: angle_of(y, series(1.5)), points()),
    ("atan2", [1.5], [], lambda x: angle_of(series(1.5), x), points()),
    ("atan2", [], [-0.5], lambda y: angle_of(y, series(-0.5)), beyond(0, few=True)),
    ("hypot", [], [1.5], hypot(1.5), points()),
    ("hypot", [0], [], hypot(0), beyond(0, few=True)),
    ("logAddExp", [], [1.5], log_add_exp(mpf(1.5)), points(centers=(1.5,))),
    ("logAddExp", [-40], [], log_add_exp(mpf(-40)), points(few=True, centers=(-40,))),
    ("xLogY", [], [1.5], lambda x: x * mpmath.log(mpf(1.5)), points(few=True)),
    ("xLogY", [1.5], [], lambda y: log(y) * mpf(1.5), points(few=True, low=0)),
    ("copySign", [], [-1.5], lambda x: -magnitude(x), beyond(0, few=True)),
    ("fmod", [], [1.5], lambda x: x - mpf(1.5) * int(x.terms[0] / mpf(1.5)), [0.3, -0.3, 1.4, 1.6, -2.0, 7.0, -7.25]),
    (
        "remainder",
        [],
        [1.5],
        lambda x: x - mpf(1.5) * mpmath.floor(x.terms[0] / mpf(1.5)),
        [0.3, -0.3, 1.4, 1.6, -2.0, 7.0, -7.25],
    ),
    ("fmod", [7.25], [], lambda y: 7.25 - y * int(mpf(7.25) / y.terms[0]), [0.3, -0.3, 1.4, 1.6, -2.0, 7.0, 9.5]),
    (
        "remainder",
        [7.25],
        [],
        lambda y: 7.25 - y * mpmath.floor(mpf(7.25) / y.terms[0]),
        [0.3, -0.3, 1.4, 1.6, -2.0, 7.0, 9.5],
    ),
    ("clip", [0.5], [2], piecewise((0.5, lambda x: 0.5), (2, lambda x: x), (inf, lambda x: 2)), beyond(0.5, few=True, high=2)),
    ("logBeta", [], [0.5], log_beta(0.5), points(low=0)),
    ("logBeta", [12.5], [], log_beta(12.5), points(low=0, centers=(10, 12.5))),
]

# What cancels takes more bits: as many as the numbers are apart.
MORE_BITS = {"tanhshrink": 4000, "hypot": 3000, "logBeta": 4000, "logNormalCdf": 3000}


def number(value):
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def row_of(name, before, after, function, xs):
    numbers = []
    with mpmath.workprec(MORE_BITS.get(name, 2500)):
        for x in xs:
            terms = series(function(Series([mpf(x), 1]))).terms
            numbers += [x, *[number(term * math.factorial(k)) for k, term in enumerate(terms)]]
    data = base64.b64encode(struct.pack(f"<{len(numbers)}d", *numbers)).decode()
    return {"op": name, "before": before, "after": after, "points": data}


def main():
    rows = []
    for each in ROWS:
        if len(sys.argv) > 1 and each[0] not in sys.argv[1:]:
            continue
        print(each[0], *each[1], *each[2], len(each[4]), flush=True)
        rows.append(row_of(*each))
    if len(sys.argv) > 1:
        return
    path = pathlib.Path(__file__).with_name("slopes.json")
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    path.write_text(f'{{"madeBy":"mpmath {mpmath.__version__}","rows":[\n{lines}\n]}}\n')
    print(f"wrote {path.name}: {len(rows)} functions, {path.stat().st_size} bytes")


main()

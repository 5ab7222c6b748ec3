"""Writes accuracy.json: correctly rounded values of functions that are written in others, in float64.

    python3 accuracy.py                      (needs mpmath; written with 1.3.0)
    python3 accuracy.py POINTS SEED FILE     as many points as one likes, to look for the worst
    node worst.mjs FILE                      adds the worst of these to accuracy.json; then accuracy.py writes it anew

Points that accuracy.json has stay: what was once compared is compared for good.

One string per point: the arguments' bits, the bits of the nearest float64 to the true value, and how far the true
value lies above that, in units in the last place. A result r is then wrong by |(r - nearest)/ulp - offset|.
"""

import json
import math
import pathlib
import random
import struct
import sys

import mpmath
from mpmath import mp, mpf

mp.prec = 300
POINTS = int(sys.argv[1]) if len(sys.argv) > 1 else 48
chance = random.Random(sys.argv[2] if len(sys.argv) > 2 else "graddiff")
uniform = chance.uniform


def size(low, high):
    """A positive number, evenly in its logarithm to base 2."""
    return 2.0 ** uniform(low, high)


def near(center, low, high):
    return center + chance.choice((-1, 1)) * size(low, high)


def any_sign(x):
    return chance.choice((-1, 1)) * x


def normal_cdf(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def stretched(x):
    """A number, or one down to where the normal distribution is no normal number."""
    return x if x > -3 else 6.2 * x


def log_beta(x, y):
    with mpmath.workprec(2500):
        return mpmath.loggamma(x) + mpmath.loggamma(y) - mpmath.loggamma(x + y)


def sigmoid(x):
    return 1 / (1 + mpmath.exp(-x))


def softplus(x):
    return mpmath.log1p(mpmath.exp(x))


def gelu(x):
    return x * normal_cdf(x)


def gelu_tanh(x):
    return x * sigmoid(2 * mpmath.sqrt(2 / mp.pi) * (x + mpf(0.044715) * x**3))


def elu(alpha, scale=1):
    return lambda x: scale * (x if x > 0 else alpha * mpmath.expm1(x))


def polygamma(n):
    return lambda x: mpmath.psi(n, x)


def sinc(x):
    return mpmath.sinpi(x) / (mp.pi * x)


def log_add_exp(x, y):
    with mpmath.workprec(3000):
        return mpmath.log(mpmath.exp(x) + mpmath.exp(y))


def tanhshrink(x):
    with mpmath.workprec(600):
        return x - mpmath.tanh(x)


def erf_inv(x):
    """By Newton's method, in the logarithm of erfc where erf is near 1."""
    size = abs(x)
    y = size if size < 0.5 else mpmath.sqrt(-mpmath.log(1 - size))
    for _ in range(100):
        slope = 2 / mpmath.sqrt(mp.pi) * mpmath.exp(-y * y)
        if size < 0.5:
            step = (size - mpmath.erf(y)) / slope
        else:
            rest = mpmath.erfc(y)
            step = mpmath.log(rest / (1 - size)) * rest / slope
        y += step
        if abs(step) < mpf(2) ** -200 * y:
            break
    return mpmath.sign(x) * y


# The function, and ways to draw arguments.
FUNCTIONS = {
    "tan": (mpmath.tan, [lambda: uniform(-1.6, 1.6), lambda: uniform(-10, 10), lambda: uniform(-1e6, 1e6)]),
    "exp2": (lambda x: mpf(2) ** x, [lambda: uniform(-1070, 1023), lambda: uniform(-3, 3)]),
    "log2": (
        lambda x: mpmath.log(x) / mpmath.log(2),
        [
            lambda: size(-1070, 1023),
            lambda: uniform(0.5, 2),
            lambda: near(1, -52, -2),
            lambda: near(1, -52, -30) * 2.0 ** chance.randint(-30, 30),
        ],
    ),
    "log10": (
        lambda x: mpmath.log(x) / mpmath.log(10),
        [
            lambda: size(-1070, 1023),
            lambda: uniform(0.5, 20),
            lambda: near(1, -52, -2),
            lambda: near(1, -52, -30) * 10.0 ** chance.randint(-30, 30),
        ],
    ),
    "rsqrt": (lambda x: 1 / mpmath.sqrt(x), [lambda: size(-1000, 1000), lambda: uniform(0.5, 4)]),
    "acos": (mpmath.acos, [lambda: uniform(-1, 1), lambda: near(0, -40, 0), lambda: any_sign(1 - size(-52, -1))]),
    "atan": (mpmath.atan, [lambda: uniform(-1, 1), lambda: uniform(-5, 5), lambda: near(0, -40, 60)]),
    "sinh": (mpmath.sinh, [lambda: uniform(-2, 2), lambda: uniform(-710, 710), lambda: near(0, -40, 9)]),
    "cosh": (mpmath.cosh, [lambda: uniform(-2, 2), lambda: uniform(-710, 710), lambda: uniform(709, 710.4)]),
    "asinh": (mpmath.asinh, [lambda: uniform(-1, 1), lambda: uniform(-5, 5), lambda: near(0, -40, 1000)]),
    "acosh": (mpmath.acosh, [lambda: 1 + size(-52, 0), lambda: uniform(1, 5), lambda: size(1, 1000)]),
    "atanh": (mpmath.atanh, [lambda: uniform(-1, 1), lambda: near(0, -40, -1), lambda: any_sign(1 - size(-52, -1))]),
    "hypot": (
        mpmath.hypot,
        [lambda: (uniform(-2, 2), uniform(-2, 2)), lambda: (lambda x: (x, x * uniform(-3, 3)))(size(-1000, 1000))],
    ),
    "logAddExp": (
        log_add_exp,
        [lambda: (uniform(0, 5), uniform(0, 5)), lambda: (uniform(-700, -2), uniform(-700, -2))],
    ),
    "normalCdf": (normal_cdf, [lambda: stretched(uniform(-6, 6)), lambda: uniform(-1, 1), lambda: near(0, -60, 0)]),
    "logNormalCdf": (
        lambda x: mpmath.log1p(-normal_cdf(-x)) if x > 0 else mpmath.log(normal_cdf(x)),
        [lambda: uniform(-12, 6), lambda: uniform(-40, 0), lambda: -size(3, 100), lambda: uniform(5, 38)],
    ),
    "erfInv": (erf_inv, [lambda: uniform(-1, 1), lambda: any_sign(1 - size(-52, -1)), lambda: near(0, -60, -1)]),
    "logit": (
        lambda x: mpmath.log(x / (1 - x)),
        [lambda: uniform(0, 1), lambda: near(0.5, -50, -2), lambda: size(-1000, -1), lambda: 1 - size(-52, -1)],
    ),
    "sinc": (sinc, [lambda: uniform(-0.7, 0.7), lambda: uniform(-30, 30), lambda: near(0, -40, 30)]),
    "tanhshrink": (tanhshrink, [lambda: uniform(-1, 1), lambda: near(0, -60, 5)]),
    "logBeta": (
        log_beta,
        [
            lambda: (uniform(0, 9), uniform(0, 9)),
            lambda: (uniform(0, 12), uniform(8, 100)),
            lambda: (size(-30, 30), size(-30, 30)),
            lambda: (size(4, 60), size(4, 60)),
            lambda: (uniform(0.9, 1.1), uniform(0.9, 1.1)),
        ],
    ),
    **{
        f"polygamma {n}": (polygamma(n), [lambda: uniform(0, 30), lambda: size(-20, 12)])
        for n in (1, 2, 3, 7, 20, 100)
    },
    "sigmoid": (sigmoid, [lambda: uniform(-4, 4), lambda: uniform(-700, 40), lambda: near(0, -60, 0)]),
    "softplus": (softplus, [lambda: uniform(-4, 4), lambda: uniform(-700, 40), lambda: near(0, -60, 0)]),
    "silu": (lambda x: x * sigmoid(x), [lambda: uniform(-4, 4), lambda: uniform(-700, 40), lambda: near(0, -60, 0)]),
    "logSigmoid": (
        lambda x: -softplus(-x),
        [lambda: uniform(-4, 4), lambda: uniform(-40, 700), lambda: near(0, -60, 0)],
    ),
    "mish": (
        lambda x: x * mpmath.tanh(softplus(x)),
        [lambda: uniform(-4, 4), lambda: uniform(-700, 40), lambda: near(0, -60, 0)],
    ),
    "gelu": (gelu, [lambda: uniform(-4, 4), lambda: uniform(-30, 10), lambda: near(0, -60, 0)]),
    "gelu tanh": (gelu_tanh, [lambda: uniform(-4, 4), lambda: uniform(-10, 10), lambda: near(0, -60, 0)]),
    "elu": (elu(1), [lambda: uniform(-4, 4), lambda: uniform(-50, 0), lambda: near(0, -60, 0)]),
    "selu": (
        elu(mpf(1.6732632423543772), mpf(1.0507009873554805)),
        [lambda: uniform(-4, 4), lambda: uniform(-50, 0), lambda: near(0, -60, 0)],
    ),
    "softsign": (lambda x: x / (1 + abs(x)), [lambda: uniform(-4, 4), lambda: near(0, -60, 60)]),
    # The root is beyond the precision of an argument, so errors there are compared with 1.
    "digamma": (polygamma(0), [lambda: uniform(0, 30), lambda: uniform(1, 2), lambda: size(-20, 60)]),
    "xLogY": (
        lambda x, y: x * mpmath.log(y),
        [lambda: (uniform(-4, 4), uniform(0, 4)), lambda: (size(-60, 60), size(-300, 300))],
    ),
}


def bits(x):
    return struct.pack(">d", x).hex()


def from_bits(word):
    return struct.unpack(">d", bytes.fromhex(word))[0]


def line(fn, arguments):
    """None where the result is no normal number."""
    value = mp.re(fn(*map(mpf, arguments)))
    if value == 0 or not -1021 < mp.mag(value) < 1024:
        return None
    exponent = mp.mag(value) - 1 - 52
    scaled = value / mpf(2) ** exponent
    steps = mpmath.nint(scaled)
    nearest = math.ldexp(int(steps), int(exponent))
    return " ".join([*map(bits, arguments), bits(nearest), f"{float(scaled - steps):.3f}"])


def points_of(fn, draws):
    lines = []
    drawn = 0
    while len(lines) < POINTS:
        arguments = draws[drawn % len(draws)]()
        drawn += 1
        arguments = arguments if isinstance(arguments, tuple) else (arguments,)
        if (own := line(fn, arguments)) is not None:
            lines.append(own)
    return lines


def with_known(name, lines):
    """The points of a function and those that the file has had beside them, with their values anew."""
    arguments = {tuple(line.split()[:-2]) for line in lines}
    known = [tuple(point.split()[:-2]) for point in before.get(name, [])]
    more = [line(FUNCTIONS[name][0], list(map(from_bits, point))) for point in known if point not in arguments]
    return lines + more


path = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else pathlib.Path(__file__).with_name("accuracy.json"))
before = json.loads(path.read_text()) if len(sys.argv) <= 3 else {}
golden = {name: with_known(name, points_of(*function)) for name, function in FUNCTIONS.items()}
path.write_text(json.dumps(golden, indent=0) + "\n")

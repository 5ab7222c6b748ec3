"""Writes elementary.json: correctly rounded values of the elementary functions in float64.

    python3 elementary.py        (needs mpmath; written with 1.3.0)

One string per point: the argument's bits (for pow both arguments'), the bits of the nearest
float64 to the true value, and how far the true value lies above that, in units in the last place.
A result r is then wrong by |(r - nearest)/ulp - offset|.
"""

import json
import math
import pathlib
import random
import struct

from mpmath import cos, exp, expm1, log, log1p, mp, mpf, nint, pi, power, sin, tanh

mp.prec = 1400  # log1p(2^-1074), and angles of 1024 bits

POINTS = 400
chance = random.Random(20240229)


def bits(x):
    return struct.pack(">d", x).hex()


def from_bits(word):
    return struct.unpack(">d", struct.pack(">Q", word))[0]


def rounded(value):
    """The nearest float64 (ties to even), and the offset of the value from it in ulp."""
    if value == 0:
        return 0.0, 0.0
    exponent = max(mp.mag(value) - 1 - 52, -1074)
    scaled = value / mpf(2) ** exponent
    steps = nint(scaled)
    if abs(steps) * mpf(2) ** exponent >= mpf(2) ** 1024:
        return math.copysign(math.inf, value), 0.0
    return math.ldexp(int(steps), int(exponent)), float(scaled - steps)


def any_double():
    while True:
        x = from_bits(chance.getrandbits(64))
        if math.isfinite(x):
            return x


def both_signs(low, high):
    """A magnitude that is 2^low to 2^high, log-uniformly."""
    return chance.choice((-1, 1)) * 2.0 ** chance.uniform(low, high)


def around(x, steps=3):
    """x and its neighbours."""
    word = struct.unpack(">Q", struct.pack(">d", abs(x)))[0]
    return [math.copysign(from_bits(max(word + step, 0)), x) for step in range(-steps, steps + 1)]


def draw(fixed, *generators):
    points = list(fixed)
    while len(points) < POINTS:
        points.append(generators[len(points) % len(generators)]())
    return points


uniform = chance.uniform
tiny = [5e-324, -5e-324, 1e-310, -1e-310, 2.0**-1022, 1e-300, -1e-20, 2.0**-54, 2.0**-53, -(2.0**-53)]

# Where e^x over- and underflows, and where the nearest multiple of ln 2 changes.
exponent_edges = [
    *around(709.782712893384),
    *around(-745.1332191019411),
    *around(-708.3964185322641),
    *around(0.34657359027997264),
    *around(-0.34657359027997264),
    *around(1.0397207708399179),
    *around(354.891356446692),
]


def near_multiple():
    """The float64 nearest to a random multiple of pi/2, and its neighbours."""
    multiple = int(2.0 ** uniform(0, 60)) * 2 ** chance.choice((0, 0, 0, 10, 100, 500, 900))
    return chance.choice(around(float(multiple * pi / 2), 1))


# 6381956970095103 * 2^797 is nearer to a multiple of pi/2 than any other float64 (J.-M. Muller).
angles = [
    6381956970095103 * 2.0**797,
    -6381956970095103 * 2.0**797,
    1.7976931348623157e308,
    1e22,
    2.0**120,
    *around(math.pi / 4),
    *around(math.pi / 2),
    *around(math.pi),
    *around(3 * math.pi / 4),
    *around(2.0**20),
    *around(2.0**20 * math.pi / 2),
    *tiny,
]
angle_generators = (
    any_double,
    near_multiple,
    near_multiple,
    lambda: uniform(-10, 10),
    lambda: uniform(-1.05e6, 1.05e6),
    lambda: both_signs(-30, 60),
)

UNARY = {
    "exp": (
        exp,
        draw(
            [0.0, 1.0, -1.0, *tiny, *exponent_edges],
            lambda: uniform(-745, 709.7),
            lambda: uniform(-745, -708),
            lambda: uniform(-2, 2),
            lambda: both_signs(-60, 9),
        ),
    ),
    "expm1": (
        expm1,
        draw(
            [1.0, -1.0, *tiny, *exponent_edges],
            lambda: uniform(-60, 709.7),
            lambda: uniform(-3, 3),
            lambda: uniform(-0.5, 1.2),
            lambda: both_signs(-60, 6),
        ),
    ),
    "log": (
        log,
        draw(
            [1.0, 2.0, 10.0, math.e, 1.7976931348623157e308, *(x for x in tiny if x > 0)]
            + [*around(1.0), *around(math.sqrt(0.5)), *around(math.sqrt(2))],
            lambda: abs(any_double()),
            lambda: 1 + both_signs(-52, -2),
            lambda: uniform(0.5, 2),
            lambda: uniform(0, 2.2e-308),
        ),
    ),
    "log1p": (
        log1p,
        draw(
            [1.0, 1.7976931348623157e308, *tiny, *around(-1 + 2.0**-52, 0), 2.0**-53 - 1]
            + [*around(math.sqrt(2) - 1), *around(math.sqrt(0.5) - 1), *around(1.0)],
            lambda: abs(any_double()),
            lambda: both_signs(-60, -0.01),
            lambda: uniform(-0.5, 1),
            lambda: 2.0 ** uniform(-52, -1) - 1,
            lambda: uniform(0, 1000),
        ),
    ),
    "sin": (sin, draw(angles, *angle_generators)),
    "cos": (cos, draw([0.0, *angles], *angle_generators)),
    "tanh": (
        tanh,
        draw(
            [1.0, -1.0, 100.0, -1e300, *tiny, *around(0.625), *around(-0.625), *around(24.0), 19.0, 20.0],
            lambda: uniform(-1, 1),
            lambda: uniform(-4, 4),
            lambda: uniform(0.5, 0.75),
            lambda: uniform(-25, 25),
            lambda: both_signs(-60, 5),
        ),
    ),
}


def by_power():
    """x^y close to 2^target, over the whole range of results."""
    x = 2.0 ** uniform(-1000, 1000)
    return x, uniform(-1080, 1030) / math.log2(x)


def near_one():
    x = 1 + both_signs(-52, -2)
    return x, uniform(-1076, 1025) / math.log2(x)


def integers():
    return float(chance.randint(-40, 40) or 7), float(chance.randint(-60, 60) or 3)


pow_fixed = [(10.0, float(n)) for n in (-300, -22, -1, 1, 2, 22, 23, 300, 308)]
pow_fixed += [(2.0, float(n)) for n in (-1074, -1073, -1022, 1023)]
pow_fixed += [(x, 1.3) for edge in (0.75, 1.5) for x in around(math.sqrt(edge))]
pow_fixed += [(1.5, y) for y in around(1024 / math.log2(1.5))]
pow_fixed += [(0.5, y) for y in (*around(1074.0), *around(1075.0), *around(1022.0))]
pow_fixed += [(x, y) for x in (5e-324, 1e-310, 1e308) for y in (-0.9, 0.1, 0.5, 1.0, 2.0)]
pow_fixed += [(1 + 2.0**-52, 2.0**52), (1 - 2.0**-53, -(2.0**60)), (1 + 2.0**-52, 3e18), (-8.0, 3.0)]

POW = draw(
    pow_fixed,
    by_power,
    near_one,
    integers,
    lambda: (uniform(0, 10), uniform(-10, 10)),
    lambda: (uniform(0.8, 1.3), uniform(-2000, 2000)),
)


def line(arguments, value):
    nearest, offset = rounded(value)
    return " ".join([*map(bits, arguments), bits(nearest), f"{offset:.4f}"])


golden = {name: [line([x], f(mpf(x))) for x in points] for name, (f, points) in UNARY.items()}
golden["pow"] = [line([x, y], power(mpf(x), mpf(y))) for x, y in POW]

path = pathlib.Path(__file__).with_name("elementary.json")
path.write_text(json.dumps(golden, indent=0) + "\n")

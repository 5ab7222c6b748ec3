"""Writes elementary.json: correctly rounded values of the elementary functions in float64.

    python3 elementary.py        (needs mpmath; written with 1.3.0)

The functions and where they are compared come from elementaryFunctions.json, which is written from
the functions' descriptions (packages/wasm-kernel/elementary/). Points that elementary.json has stay:
what was once compared is compared for good. Edges that are not among them are added, and of a new
function as many drawn points as it needs.

One string per point: the argument's bits (for pow both arguments'), the bits of the nearest
float64 to the true value, and how far the true value lies above that, in units in the last place.
A result r is then wrong by |(r - nearest)/ulp - offset|.
"""

import json
import math
import pathlib
import random
import struct

import mpmath
from mpmath import mp, mpf, nint, pi

mp.prec = 1400  # log1p(2^-1074), and angles of 1024 bits

POINTS = 400
chance = random.Random()
uniform = chance.uniform


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


def any_number():
    while True:
        x = from_bits(chance.getrandbits(64))
        if math.isfinite(x):
            return x


def near(center, low, high):
    return center + chance.choice((-1, 1)) * 2.0 ** uniform(low, high)


def near_quarter_turn():
    multiple = int(2.0 ** uniform(0, 60)) * 2 ** chance.choice((0, 0, 0, 10, 100, 500, 900))
    word = struct.unpack(">Q", struct.pack(">d", float(multiple * pi / 2)))[0]
    return from_bits(word + chance.choice((-1, 0, 1)))


# The ways to draw an argument, which packages/wasm-kernel/elementary/sweep.mjs explains; each is given
# the arguments that are drawn already.
WAYS = {
    "uniform": lambda drawn, low, high: uniform(low, high),
    "anyNumber": lambda drawn: any_number(),
    "anyPositive": lambda drawn: abs(any_number()),
    "near": lambda drawn, center, low, high: near(center, low, high),
    "above": lambda drawn, center, low, high: center + 2.0 ** uniform(low, high),
    "integer": lambda drawn, low, high: chance.choice([n for n in range(low, high + 1) if n != 0]),
    "nearQuarterTurn": lambda drawn: near_quarter_turn(),
    "powerTo": lambda drawn, low, high: uniform(low, high) / math.log2(drawn[0]),
}


def draw(ways):
    """The arguments of one point: drawn by one way, or by one for each argument."""
    arguments = []
    for way, *settings in ways if isinstance(ways[0], list) else [ways]:
        arguments.append(WAYS[way](arguments, *settings))
    return arguments


def line(oracle, arguments):
    value = oracle(*map(mpf, arguments))
    nearest, offset = rounded(mp.re(value))  # log Γ is complex where Γ is negative
    return " ".join([*map(bits, arguments), bits(nearest), f"{offset:.4f}"])


def points_of(name, sweep, known):
    chance.seed(name)
    points = [[from_bits(int(word, 16)) for word in point.split()[:-2]] for point in known]
    for edge in sweep["edges"]:
        arguments = [float(x) for x in (edge if isinstance(edge, list) else [edge])]
        if arguments not in points:
            points.append(arguments)
    draws = sweep["draws"]
    while len(points) < POINTS:
        points.append([float(x) for x in draw(draws[len(points) % len(draws)])])
    return points


folder = pathlib.Path(__file__).parent
functions = json.loads((folder / "elementaryFunctions.json").read_text())
path = folder / "elementary.json"
known = json.loads(path.read_text())
golden = {
    name: [
        line(getattr(mpmath, sweep["oracle"]), arguments)
        for arguments in points_of(name, sweep, known.get(name, []))
    ]
    for name in [*known, *(name for name in functions if name not in known)]
    for sweep in [functions[name]["sweep"]]
}
path.write_text(json.dumps(golden, indent=0) + "\n")

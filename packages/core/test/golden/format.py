#!/usr/bin/env python3
"""Writes format.json: arrays, and what NumPy prints for them.

Run with a Python that has NumPy 2 (Debian: apt-get install python3-numpy):

    /usr/bin/python3 packages/core/test/golden/format.py

Each case has a shape, a dtype, the elements as words (`data`: the shortest decimals that read back;
repeated from the start until the shape is full), and the expected `str` and `repr`. The `repr` is
NumPy's for a class named "tensor", with two differences: the dtype is named always, and a scalar
shows all of its digits.
"""

import json
import pathlib

import numpy
from numpy import float32, float64, inf, int32, nan

SEED = 20240315
FLOATS = (float32, float64)
numpy.seterr(over="ignore")  # what is too large for float32 becomes inf


def words(data):
    result = [str(value) for value in data]
    if data.dtype == bool:
        return " ".join(str(int(value)) for value in data)
    read_back = numpy.array([float(word) for word in result]).astype(data.dtype)
    assert read_back.tobytes() == data.tobytes() or numpy.isnan(data).any(), result
    return " ".join(result)


def tensor_repr(array):
    """As numpy/_core/arrayprint.py `_array_repr_implementation`, but for the dtype."""
    dtype = f"dtype={array.dtype.name})"
    if array.shape == ():
        return f"tensor({array[()]!s}, {dtype}"
    prefix = "tensor("
    start = prefix + numpy.array2string(array, separator=", ", prefix=prefix, suffix=")") + ","
    options = numpy.get_printoptions()
    hidden = array.size > options["threshold"] or (array.size == 0 and array.shape != (0,))
    end = f"shape={array.shape}, {dtype}" if hidden else dtype
    last_line = len(start) - (start.rfind("\n") + 1)
    fits = last_line + len(end) + 1 <= options["linewidth"]
    return start + (" " if fits else "\n" + " " * len(prefix)) + end


def case(data, shape=None):
    data = numpy.atleast_1d(data) if shape == () else numpy.asarray(data)
    array = numpy.resize(data, data.shape if shape is None else shape)
    result = tensor_repr(array)
    if array.dtype in (float32, int32) and array.shape != ():
        # Here NumPy names the dtype by itself, so the two must agree.
        own = repr(array.view(type("tensor", (numpy.ndarray,), {})))
        assert result == own, (result, own)
    return {
        "shape": list(array.shape),
        "dtype": array.dtype.name,
        "data": words(data.ravel()),
        "str": str(array),
        "repr": result,
    }


def scalars():
    values = [0.0, -0.0, 1, 2, -2.5, 0.1, 1 / 3, 220.00000000000003, 1e-4, 9.9e-5, 1e-5, 1.5e-7]
    values += [123456789, 16777216, 1048576.25, 1e15, 9.999e15, 1e16, -1.25e16, 1e22, 1e23, 3e38]
    values += [1e-45, 2.0**-96, 2.0**87, 2.0**-44, inf, -inf, nan]
    for dtype in FLOATS:
        for value in values:
            yield case(dtype(value), ())
    for value in (5e-324, 1e-300, 1.7976931348623157e308, 1125899906842624.25):
        yield case(float64(value), ())
    for value in (0, 1, -7, 2**31 - 1, -(2**31)):
        yield case(int32(value), ())
    for value in (False, True):
        yield case(numpy.array(value), ())


def small_rows():
    """One rule each."""
    rows = [
        [1, 2, 3],
        [0.5, 0.25, 10],
        [0.0, -0.0],
        [-0.0],
        [nan],
        [inf],
        [-inf, nan],
        [nan, inf, 1],
        [nan, -inf, -1.5],
        [nan, 1e10],
        [-inf, 1e-10, -0.0],
        [99999999, 1e5],
        [99999992, 1e5],
        [1e8, 1e5],  # an exponent from 1e8 on
        [1e-4, 1e-2],  # none at 1e-4, which as float32 is below the float64 1e-4
        [9.9e-5, 1e-2],
        [1, 1000],  # a ratio of 1000 is just not enough
        [1, 1000.0001],
        [0.003, 3],
        [1e-4, 0.1],
        [0, 1e-300, 1],
        [1e-300, 1e300],
        [1e-100, 1.5],
        [1e99, 1e5],
        [0, 1e8],
        [0.1, 1 / 3e5],  # digits beyond the shortest are those of the exact value
        [0.1, 1.23456789e-6],
        [1e-5, 2e-5],
        [2.0**-9, 3 * 2.0**-9, 5 * 2.0**-9],  # ties at the ninth fractional digit
        [2.0**-96, 1],
        [2.0**87, 1],
        [1048576.25, 2097152.5],
        [0.999999999, 1.5],
        [9.9999999999, 99.999999999],
        [9.9999999999e20, 1],
        [1 / 3, 100 / 3, -200 / 3],
        [5e-9, 0],
        [1e-45, 3.4e38],
    ]
    for row in rows:
        for dtype in FLOATS:
            yield case(numpy.array(row, dtype=float64).astype(dtype))
    for row in ([1, 2, 3], [-1, 10], [100, -5], [2**31 - 1, -(2**31)], [-(2**31), 0], [0]):
        yield case(numpy.array(row, dtype=int32))
    for row in ([True], [False], [True, False], [True, True]):
        yield case(numpy.array(row))


def layouts():
    """Every rank: empty, of length 1, wrapped, summarized."""
    quarter = numpy.array([0.25, 1.5, -2, 3, 0, 12.125, 7])
    third = numpy.array([1, -2, 40, 5, 0.1, 1000, 7]) / 3
    wide = numpy.array([1e-10, -2.5e5, 1 / 7, 3e150, nan, inf, 5])
    ints = numpy.array([0, -17, 123456, 8, 99, 1000, -1], dtype=int32)
    bools = numpy.array([True, False, True, True, False, False, True])
    kinds = [quarter.astype(float32), third, wide, ints, bools]
    shapes = [(0,), (0, 3), (3, 0), (2, 0, 4), (1,), (1, 1), (1, 1, 1), (1, 1, 1, 1), (3, 1), (2, 3)]
    shapes += [(2, 3, 2), (2, 1, 3), (2, 2, 2, 2), (10,), (18,), (31,), (2, 18), (2, 1, 19)]
    shapes += [(1, 2, 1, 21), (1001,), (2, 501), (501, 2), (40, 40), (2, 3, 200), (300, 1, 4)]
    shapes += [(1, 1, 2000), (1, 1, 30, 40)]
    for shape in shapes:
        for data in kinds:
            if data.size > 0 and 0 in shape:
                data = data[:0]
            yield case(data, shape)
    # One row whose words grow by a column at a time, around where lines break.
    for digits in range(1, 9):
        for count in (range(6, 9) if digits > 4 else range(12, 24, 5)):
            yield case(numpy.array([10.0**digits - 1], dtype=float32), (count,))
            yield case(numpy.array([10**digits - 1], dtype=int32), (2, count))
    yield case(numpy.arange(1000, dtype=int32) % 10, (1000,))
    # Only the shown elements decide the format: those cut out need an exponent.
    hidden = numpy.ones(1201)
    hidden[600] = 1e30
    yield case(hidden)


def random_row(random, dtype, size):
    """Elements of one of many characters."""
    kind = random.integers(9)
    normal = random.standard_normal(size)
    if kind == 0:  # one scale
        row = normal * 10.0 ** random.integers(-7, 10)
    elif kind == 1:  # many scales
        row = normal * 10.0 ** random.uniform(-6, 6, size)
    elif kind == 2:  # all scales
        limit = 37 if dtype == float32 else 300
        row = normal * 10.0 ** random.uniform(-limit, limit, size)
    elif kind == 3:  # few decimals
        row = numpy.round(normal * 100, random.integers(0, 10))
    elif kind == 4:  # few decimals, with an exponent
        row = numpy.round(normal, random.integers(1, 10)) * 10.0 ** random.integers(-12, 12)
    elif kind == 5:  # exact binary fractions, often ties
        row = random.integers(-2000, 2000, size) * 2.0 ** random.integers(-12, 3)
    elif kind == 6:  # any bits
        bits = random.integers(0, 256, size * numpy.dtype(dtype).itemsize, dtype=numpy.uint8)
        row = bits.view(dtype)
        row = numpy.where(numpy.isnan(row), dtype(0), row)
    elif kind == 7:  # neighbours of powers of ten
        row = 10.0 ** random.integers(-6, 10, size)
        row = numpy.nextafter(row.astype(dtype), dtype(random.choice([0, 1e20])))
    else:  # whole numbers
        row = random.integers(-(10 ** random.integers(1, 10)), 10 ** random.integers(1, 10), size)
    row = row.astype(dtype)
    if random.integers(4) == 0:
        special = numpy.array([nan, inf, -inf, 0.0, -0.0], dtype=dtype)
        row = numpy.where(random.random(size) < 0.3, random.choice(special, size), row)
    return row


def random_shape(random):
    if random.integers(8) == 0:
        large = [(1200,), (2, 600), (101, 10), (9, 1, 120), (1, 1, 8, 150)]
        return large[random.integers(len(large))]
    rank = random.integers(0, 5)
    longest = [1, 20, 7, 3, 2][rank]
    return tuple(int(length) for length in random.integers(1, longest + 1, rank))


def random_cases(random, count):
    for index in range(count):
        shape = random_shape(random)
        size = min(int(numpy.prod(shape)), 11) if random.integers(2) else 4
        if index % 12 == 0:
            limit = 10 ** int(random.integers(1, 10))
            data = random.integers(-limit, limit, size, dtype=int32)
        else:
            data = random_row(random, FLOATS[index % 2], size)
        yield case(data, shape)


def main():
    random = numpy.random.default_rng(SEED)
    cases = [*scalars(), *small_rows(), *layouts(), *random_cases(random, 160)]
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in cases)
    path = pathlib.Path(__file__).with_name("format.json")
    path.write_text(f'{{"madeBy":"numpy {numpy.__version__}","cases":[\n{lines}\n]}}\n')
    print(f"wrote {path.name}: {len(cases)} cases, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

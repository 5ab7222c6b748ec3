#!/usr/bin/env python3
"""Writes linalgErrors.json: how far LAPACK's factors and solutions are from exact ones, in float64 and float32.

Run with a Python that has NumPy and SciPy (Debian: apt-get install python3-scipy):

    /usr/bin/python3 packages/core/test/golden/linalgErrors.py

The matrices are made here and in linalgErrors.test.ts by the same integers, and all are exact in float32: they need not
be stored. Errors are computed in float64, also those of factors in float32:

- `backward`: |A - product of factors| / |A|, |b - A x| / (|A| |x| + |b|) of `solve`, and
  |A' (b - A x)| / (|A| (|A| |x| + |b|)) of `lstsq`, all in Frobenius' norm;
- `orthogonality`: |I - Q' Q|, the larger one of two orthogonal factors.
"""

import json
import pathlib
import warnings

import numpy
import scipy

# Of nearly singular matrices, which are meant.
warnings.simplefilter("ignore", scipy.linalg.LinAlgWarning)

# Matrices: the same as in linalgErrors.test.ts.


class Integers:
    """Random integers of 24 bits: the high bits of a linear congruential generator (Numerical Recipes)."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state >> 8


def made(rows, columns, element):
    """A matrix by its elements, which are asked for row by row."""
    return numpy.array([[element(i, j) for j in range(columns)] for i in range(rows)], dtype=float).reshape(rows, columns)


def uniform(rows, columns, seed):
    """Multiples of 2^-23 from -1 to 1."""
    integers = Integers(seed)
    return made(rows, columns, lambda i, j: integers.next() / 2**23 - 1)


def coarse(rows, columns, seed):
    """Multiples of 1/16 from -1 to 1: sums of so many products of two are exact in float32."""
    integers = Integers(seed)
    return made(rows, columns, lambda i, j: (integers.next() >> 19) / 16 - 1)


def small_integers(rows, columns, seed):
    """Integers from -4 to 3."""
    integers = Integers(seed)
    return made(rows, columns, lambda i, j: (integers.next() >> 21) - 4)


def mirrored(a):
    """The symmetric matrix of the same lower triangle."""
    return made(len(a), len(a), lambda i, j: a[max(i, j), min(i, j)])


def gram(a):
    return a @ a.T + numpy.eye(len(a))


def powers(n):
    return made(n, n, lambda i, j: 2.0**-i if i == j else 0)


def nearly_singular(n, seed):
    """The last row is the first one and 2^-20 times another one."""
    a, small = uniform(n, n, seed), coarse(1, n, seed + 1)
    return made(n, n, lambda i, j: a[0, j] + small[0, j] / 2**20 if i == n - 1 else a[i, j])


def deficient(n, seed):
    return small_integers(n, 3, seed) @ small_integers(3, n, seed + 1)


def general():
    yield "uniform 20", uniform(20, 20, 1)
    yield "uniform 64", uniform(64, 64, 2)
    yield "uniform 100", uniform(100, 100, 3)
    yield "graded", powers(20) @ uniform(20, 20, 4)
    yield "nearly singular", nearly_singular(20, 5)
    yield "permutation", made(20, 20, lambda i, j: 1 if j == (7 * i + 3) % 20 else 0)
    yield "empty", made(0, 0, lambda i, j: 0)
    yield "one element", uniform(1, 1, 6)


def rank_deficient():
    yield "rank 3 of 20", deficient(20, 7)


def tall():
    yield "10000 x 3", uniform(10000, 3, 9)


def wide():
    yield "3 x 10000", uniform(3, 10000, 10)


def symmetric():
    yield "uniform 20", mirrored(uniform(20, 20, 1))
    yield "uniform 64", mirrored(uniform(64, 64, 2))
    yield "uniform 100", mirrored(uniform(100, 100, 3))
    yield "graded", powers(20) @ mirrored(uniform(20, 20, 4)) @ powers(20)
    a = nearly_singular(20, 5)
    a[:, -1] = a[-1, :]
    yield "nearly singular", mirrored(a)
    x = small_integers(20, 3, 7)
    yield "rank 3 of 20", x @ x.T
    yield "permutation", made(20, 20, lambda i, j: 1 if i + j == 19 else 0)
    yield "empty", made(0, 0, lambda i, j: 0)
    yield "one element", uniform(1, 1, 6)


def positive():
    yield "uniform 20", gram(coarse(20, 20, 1))
    yield "uniform 64", gram(coarse(64, 64, 2))
    yield "uniform 100", gram(coarse(100, 100, 3))
    yield "graded", powers(20) @ gram(coarse(20, 20, 4)) @ powers(20)
    yield "rank 3 of 20", gram(deficient(20, 7))
    yield "permutation", gram(made(20, 20, lambda i, j: 1 if j == (7 * i + 3) % 20 else 0))
    yield "empty", made(0, 0, lambda i, j: 0)
    yield "one element", gram(coarse(1, 1, 6))


# Errors. The functions are SciPy's, since NumPy computes float32 in float64.


def norm(a):
    return float(numpy.sqrt((a * a).sum()))


def ratio(error, size):
    return error / size if size else error


def backward(a, product):
    return {"backward": ratio(norm(a - product), norm(a))}


def orthogonality(*columns):
    return {"orthogonality": max(norm(numpy.eye(q.shape[1]) - q.T @ q) for q in columns)}


def cholesky(a, run):
    (l,) = run(lambda a: (scipy.linalg.cholesky(a, lower=True),), a)
    return backward(a, l @ l.T)


def lu(a, run):
    # Of a matrix without elements, SciPy makes none.
    p, l, u = run(scipy.linalg.lu, a) if a.size else (a, a, a)
    return backward(a, p @ l @ u)


def qr(a, run):
    q, r = run(lambda a: scipy.linalg.qr(a, mode="economic"), a)
    return {**backward(a, q @ r), **orthogonality(q)}


def eigh(a, run):
    """The larger errors of both triangles, whose reductions begin at opposite ends: a graded matrix has a better one."""
    found = []
    for lower in (True, False):
        values, vectors = run(lambda a: scipy.linalg.eigh(a, driver="evd", lower=lower), a)
        found.append({**backward(a, vectors * values @ vectors.T), **orthogonality(vectors)})
    return {kind: max(each[kind] for each in found) for kind in found[0]}


def svd(a, run):
    u, s, vt = run(lambda a: scipy.linalg.svd(a, full_matrices=False), a)
    return {**backward(a, u * s @ vt), **orthogonality(u, vt.T)}


def solve(a, run):
    b = uniform(len(a), 2, 11)
    (x,) = run(lambda a, b: (scipy.linalg.solve(a, b),), a, b)
    return {"backward": ratio(norm(b - a @ x), norm(a) * norm(x) + norm(b))}


def lstsq(a, run):
    b = uniform(len(a), 2, 11)
    (x,) = run(lambda a, b: (scipy.linalg.lstsq(a, b)[0],), a, b)
    size = norm(a) * (norm(a) * norm(x) + norm(b))
    return {"backward": ratio(norm(a.T @ (b - a @ x)), size)}


def cases():
    yield from ((cholesky, *each) for each in positive())
    yield from ((lu, *each) for source in (general, rank_deficient, tall) for each in source())
    yield from ((qr, *each) for source in (general, rank_deficient, tall) for each in source())
    yield from ((eigh, *each) for each in symmetric())
    yield from ((eigh, f"{name}, A A' + I", a) for name, a in positive())
    yield from ((svd, *each) for source in (general, rank_deficient, tall, wide) for each in source())
    yield from ((solve, *each) for each in general())
    yield from ((lstsq, *each) for each in general() if each[0] not in ("graded", "nearly singular"))
    yield from ((lstsq, *each) for each in tall())


def main():
    found = []
    for dtype in (numpy.float64, numpy.float32):

        def run(fn, *inputs):
            results = fn(*(x.astype(dtype) for x in inputs))
            assert all(x.dtype == dtype for x in results)
            return [x.astype(numpy.float64) for x in results]

        for fn, name, a in cases():
            assert (a.astype(numpy.float32) == a).all(), name
            errors = {kind: float(f"{error:.3g}") for kind, error in fn(a, run).items()}
            found.append({"call": fn.__name__, "matrix": name, "dtype": dtype.__name__, "errors": errors})
    # Sums by which the test knows that its matrices are these.
    matrices = {}
    for kind in (general, rank_deficient, tall, wide, symmetric, positive):
        matrices[kind.__name__] = {name: norm(a) for name, a in kind()}
    golden = {"madeBy": f"NumPy {numpy.__version__}, SciPy {scipy.__version__}", "matrices": matrices, "cases": found}
    path = pathlib.Path(__file__).with_name("linalgErrors.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"wrote {path.name}: {len(found)} cases, {path.stat().st_size} bytes")


main()

#!/usr/bin/env python3
"""Writes linalg.json: linear algebra with its gradients and second derivatives, computed by PyTorch.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/core/test/golden/linalg.py

A case is a call of ours: `call`, `inputs` and `options`. Where `made` is "product", the first two inputs are factors of
the matrix, so that its rank stays what it is in every direction of a derivative.

A loss is a list of tensors made of the results, by its name: LOSSES here and in linalg.test.ts. They leave out what
is not unique, such as signs of singular vectors. `results` are these tensors; `gradients` are those of the sum of
weights * tensors, of floats alone; `seconds` are the gradients of the squared norm of the gradients. Null is what there
is not, or what PyTorch cannot compute. The elements of inputs are multiples of 1/1024, so that float32 has them, too.
"""

import itertools
import json
import pathlib

import numpy
import torch

from calls import listed, op_db, options

linalg = torch.linalg
# Of each function so many of PyTorch's samples, the smallest ones; and so many of those without elements.
MOST_SAMPLES = 6
MOST_EMPTY = 2
MOST_ELEMENTS = 60
random = numpy.random.default_rng(20250611)


# Our functions, by PyTorch: dictionaries of results, under our names.


def turned(a):
    return a.transpose(-1, -2)


def mean(a):
    return (a + turned(a)) / 2


def lu(a):
    p, l, u = linalg.lu(a)
    return {"l": l, "u": u, "permutation": turned(p).argmax(-1) if a.shape[-2] else torch.zeros(a.shape[:-1]).long()}


def slogdet(a):
    sign, logarithm = linalg.slogdet(a)
    return {"sign": sign, "logAbsDet": logarithm}


def with_columns(fn):
    """A vector is a column, or a row on the left of A, only if it has rank 1: PyTorch guesses, so batches are made equal."""

    def call(a, b, **settings):
        axis = -1 if settings.get("left", True) else -2
        columns = b.unsqueeze(axis) if b.dim() == 1 else b
        batch = torch.broadcast_shapes(a.shape[:-2], columns.shape[:-2])
        x = fn(a.expand(*batch, *a.shape[-2:]), columns.expand(*batch, *columns.shape[-2:]), **settings)
        return {"value": x.squeeze(axis) if b.dim() == 1 else x}

    return call


def triangular_solve(a, b, lower=True, left=True, unitDiagonal=False):
    return linalg.solve_triangular(a, b, upper=not lower, left=left, unitriangular=unitDiagonal)


def leibniz(a):
    """The determinant as a sum over permutations: exact for small integers, with all of its derivatives."""
    n = a.shape[-1]
    total = torch.zeros(a.shape[:-2])
    for order in itertools.permutations(range(n)):
        inversions = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        term = torch.ones(a.shape[:-2])
        for i in range(n):
            term = term * a[..., i, order[i]]
        total = total + (-1) ** inversions * term
    return total


def matrix_norm(a, order="frobenius", keepDims=False):
    names = {"frobenius": "fro", "nuclear": "nuc", "Infinity": numpy.inf, "-Infinity": -numpy.inf}
    return linalg.matrix_norm(a, names.get(order, order), keepdim=keepDims)


def value(fn):
    return lambda *inputs, **settings: {"value": fn(*inputs, **settings)}


FUNCTIONS = {
    "cholesky": value(lambda a, upper=False: linalg.cholesky(mean(a), upper=upper)),
    "lu": lu,
    "triangularSolve": with_columns(triangular_solve),
    "solve": with_columns(linalg.solve),
    "inv": value(linalg.inv),
    "det": value(linalg.det),
    "slogdet": slogdet,
    "lstsq": with_columns(lambda a, b: linalg.pinv(a) @ b),
    "pinv": value(lambda a, tolerance=None: linalg.pinv(a, rtol=tolerance)),
    "matrixRank": value(lambda a, tolerance=None: linalg.matrix_rank(a, rtol=tolerance)),
    "matrixPower": value(linalg.matrix_power),
    "expm": value(linalg.matrix_exp),
    "matrixNorm": value(matrix_norm),
    "qr": lambda a, mode="reduced": dict(zip(["q", "r"], linalg.qr(a, mode))),
    "eigh": lambda a: dict(zip(["values", "vectors"], linalg.eigh(mean(a)))),
    "eigvalsh": lambda a: {"values": linalg.eigvalsh(mean(a))},
    "svd": lambda a, fullMatrices=False: dict(zip(["u", "s", "vt"], linalg.svd(a, full_matrices=fullMatrices))),
}


# Losses: the same functions as in linalg.test.ts.

UNIQUE_UP_TO_SIGNS = ("q", "r", "u", "vt", "vectors")


def squares(parts):
    return [part**2 if name in UNIQUE_UP_TO_SIGNS else part for name, part in parts.items()]


def rebuilt(parts, f):
    if "vectors" in parts:
        return (parts["vectors"] * f(parts["values"])[..., None, :]) @ turned(parts["vectors"])
    return (parts["u"] * f(parts["s"])[..., None, :]) @ parts["vt"]


def products(parts):
    if "q" in parts:
        return [parts["q"] @ parts["r"], turned(parts["q"]) @ parts["q"]]
    if "vectors" in parts:
        return [rebuilt(parts, lambda x: x), turned(parts["vectors"]) @ parts["vectors"]]
    return [rebuilt(parts, lambda x: x), parts["s"], turned(parts["u"]) @ parts["u"], parts["vt"] @ turned(parts["vt"])]


def leading(parts):
    """The parts of reduced factors."""
    if "q" in parts:
        k = min(parts["q"].shape[-1], parts["r"].shape[-1])
        return [parts["q"][..., :k] ** 2, parts["r"] ** 2]
    k = parts["s"].shape[-1]
    return [parts["u"][..., :k] ** 2, parts["s"], parts["vt"][..., :k, :] ** 2]


def rest(parts):
    """Projections on what completes the columns of reduced factors."""
    columns = parts["q"] if "q" in parts else parts["u"]
    k = min(columns.shape[-1], parts["r"].shape[-1]) if "q" in parts else parts["s"].shape[-1]
    over = columns[..., k:]
    return [over @ turned(over)]


def powers(parts):
    """Sums that do not see the order of equal values, which so have gradients."""
    x = parts["values"] if "values" in parts else parts["s"]
    return [x.sum(-1), (x**2).sum(-1), (x**3).sum(-1)]


LOSSES = {
    "results": lambda parts: list(parts.values()),
    "squares": squares,
    "sines": lambda parts: [rebuilt(parts, torch.sin)],
    "products": products,
    "leading": leading,
    "rest": rest,
    "powers": powers,
}


class Case:
    """A call, and what is recorded of it. `fn` stands for ours, where PyTorch's is not exact."""

    def __init__(self, call, *inputs, loss="results", gradients=True, seconds=False, made=None, fn=None, single=True, n=None, **settings):
        self.call, self.inputs, self.settings, self.loss, self.n = call, inputs, settings, loss, n
        self.gradients, self.seconds, self.made, self.single = gradients, seconds, made, single
        self.fn = fn or FUNCTIONS[call]

    def tensors(self, inputs):
        given = [inputs[0] @ inputs[1], *inputs[2:]] if self.made == "product" else list(inputs)
        if self.n is not None:
            given.append(self.n)
        return LOSSES[self.loss](self.fn(*given, **self.settings))


def weighted(tensors):
    """The sum of weights * tensors, with weights from -1 to 1 by the place of an element among all."""
    total, place = torch.zeros(()), 0
    for each in tensors:
        if each.is_floating_point():
            places = torch.arange(place, place + each.numel())
            total = total + (((places * 37 + 11) % 64) / 32 - 1).reshape(each.shape).mul(each).sum()
            place += each.numel()
    return total


def pack(tensor):
    # Zero is added since a tensor that PyTorch knows to be zero has no memory of its own.
    values = (tensor.detach() + torch.zeros(tensor.shape)).numpy().ravel()
    return {"shape": list(tensor.shape), "data": [number(float(v)) for v in values]}


def number(x):
    """A number whose text reads back as the same number; infinities are texts."""
    assert not numpy.isnan(x)
    if numpy.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return int(x) if x == int(x) and abs(x) < 1e9 else x


def gradients_of(scalar, leaves, **more):
    if not scalar.requires_grad:
        return [torch.zeros_like(x) for x in leaves]
    found = torch.autograd.grad(scalar, leaves, allow_unused=True, **more)
    return [torch.zeros_like(x) if g is None else g for g, x in zip(found, leaves)]


def record(case):
    leaves = [((x.detach().double() * 1024).round() / 1024).requires_grad_() for x in case.inputs]
    tensors = case.tensors(leaves)
    gradients = gradients_of(weighted(tensors), leaves, create_graph=True) if case.gradients else None
    seconds = gradients_of(sum((g * g).sum() for g in gradients), leaves) if case.seconds else None
    own = {
        "call": case.call,
        "made": case.made,
        "inputs": [pack(x) for x in leaves],
        "power": case.n,
        "options": {name: listed(each) for name, each in case.settings.items()},
        "loss": case.loss,
        # Where the problem has too large a condition number, float32 has too few digits.
        "single": None if case.single else False,
        "results": [pack(x) for x in tensors],
        "gradients": gradients and [pack(x) for x in gradients],
        "seconds": seconds and [pack(x) for x in seconds],
    }
    return {name: each for name, each in own.items() if each is not None}


# PyTorch's samples of its ops.


def plain(call, **more):
    def adapt(sample):
        return None if sample.args or sample.kwargs else Case(call, sample.input, **more)

    return adapt


def norms(sample):
    order, axes, keep = sample.args
    if axes != (-2, -1):
        return None
    order = {"fro": "frobenius", "nuc": "nuclear", numpy.inf: "Infinity", -numpy.inf: "-Infinity"}.get(order, order)
    return Case("matrixNorm", sample.input, order=order, keepDims=keep)


def ranks(sample):
    rtol = sample.kwargs.get("rtol")
    if sample.kwargs.get("atol") is not None or torch.is_tensor(rtol):
        return None
    return Case("matrixRank", sample.input, gradients=False, **options(tolerance=rtol))


def inverses(sample):
    rtol = sample.kwargs.get("rtol")
    if torch.is_tensor(rtol):
        return None
    return Case("pinv", sample.input, **options(tolerance=rtol))


def solutions(sample):
    a, b = sample.input, sample.args[0]
    is_batch_of_vectors = b.dim() > 1 and b.dim() == a.dim() - 1
    return None if is_batch_of_vectors else Case("solve", a, b)


def triangular(sample):
    settings = dict(sample.kwargs)
    own = {"lower": not settings["upper"], "left": settings["left"], "unitDiagonal": settings["unitriangular"]}
    return Case("triangularSolve", sample.input, sample.args[0], **own)


def least_squares(sample):
    return Case("lstsq", sample.input, sample.args[0]) if sample.kwargs["driver"] == "gelsd" else None


def singular_values(sample):
    full = sample.kwargs["full_matrices"]
    return None if full else Case("svd", sample.input, loss="squares")


SAMPLES = {
    "linalg.cholesky": lambda sample: Case("cholesky", sample.input, upper=sample.kwargs["upper"]),
    "linalg.lu": lambda sample: Case("lu", sample.input),
    "linalg.solve_triangular": triangular,
    "linalg.solve": solutions,
    "linalg.inv": plain("inv"),
    "linalg.det": plain("det"),
    "linalg.slogdet": plain("slogdet"),
    "linalg.lstsq": least_squares,
    "linalg.pinv": inverses,
    "linalg.matrix_rank": ranks,
    "linalg.matrix_power": lambda sample: Case("matrixPower", sample.input, n=sample.args[0]),
    "matrix_exp": plain("expm"),
    "linalg.matrix_norm": norms,
    "linalg.qr": lambda sample: Case("qr", sample.input, loss="squares"),
    "linalg.eigh": lambda sample: Case("eigh", sample.input, loss="squares"),
    "linalg.eigvalsh": lambda sample: Case("eigvalsh", sample.input),
    "linalg.svd": singular_values,
}


def elements_of(case):
    return sum(x.numel() for x in case.inputs)


def sampled():
    for info in op_db:
        if info.name not in SAMPLES or info.variant_test_name not in ("",):
            continue
        seen, cases = set(), []
        for sample in info.sample_inputs("cpu", torch.float64, requires_grad=False):
            case = SAMPLES[info.name](sample)
            form = case and str(([x.shape for x in case.inputs], case.settings, case.n))
            if case is not None and form not in seen:
                seen.add(form)
                cases.append(case)
        cases.sort(key=elements_of)
        empty = [case for case in cases if elements_of(case) == 0]
        most = 8 if info.name == "linalg.solve_triangular" else MOST_SAMPLES
        full = [case for case in cases if 0 < elements_of(case) <= MOST_ELEMENTS]
        if info.name == "linalg.matrix_norm":
            most = 16
        yield from empty[:MOST_EMPTY]
        yield from full[:most]


# Cases of our own.


def uniform(*shape):
    return torch.tensor(random.uniform(-2, 2, shape))


def square(*shape):
    """Matrices of a small condition number: a diagonal stands out, in another order of rows."""
    n = shape[-1]
    return (uniform(*shape, n) + 3 * torch.eye(n)).roll(1, -2)


def positive(*shape):
    n = shape[-1]
    x = torch.tensor(random.integers(-16, 16, (*shape, n)) / 16.0)
    return x @ turned(x) + torch.eye(n)


def symmetric(*shape):
    x = uniform(*shape, shape[-1])
    lower = torch.tril(x)
    return lower + turned(torch.tril(x, -1)) + torch.diag(torch.arange(shape[-1]) * 1.0)


def matrix(*rows):
    return torch.tensor(rows).double()


def empty(*shape):
    return torch.zeros(shape)


CYCLE = matrix([0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 1, 0])
GRADED = matrix([4, -3, 2, 1], [0.5, 1, -0.75, 0.25], [0.125, -0.0625, 0.25, 0.125], [0.015625, 0.03125, -0.0078125, 0.046875])
RANK_TWO = matrix([1, 2, 3], [4, 5, 6], [7, 8, 9])
RANK_ONE = matrix([2, -1, 3], [4, -2, 6], [-2, 1, -3])
RANK_THREE_OF_FOUR = matrix([1, 2, 0, 1], [0, 1, 1, 2], [3, -1, 2, 0], [4, 2, 3, 3])
RANK_TWO_OF_FOUR = matrix([1, 2, 0, 1], [0, 1, 1, 2], [1, 3, 1, 3], [2, 3, -1, 0])
HILBERT = torch.tensor([[1 / (i + j + 1) for j in range(3)] for i in range(3)])


def own_cases():
    yield Case("cholesky", positive(1), seconds=True)
    yield Case("cholesky", positive(2), seconds=True)
    yield Case("cholesky", positive(3), upper=True, seconds=True)
    yield Case("cholesky", positive(2, 3, 2))
    yield Case("cholesky", positive(2, 3), upper=True)
    # Not symmetric: the mean with the transpose counts.
    yield Case("cholesky", positive(3) + matrix([0, 0.5, -1], [-0.5, 0, 0.25], [1, -0.25, 0]), seconds=True)
    yield Case("cholesky", torch.diag(torch.tensor([4.0, 0.25, 16, 1])))
    yield Case("cholesky", HILBERT + torch.eye(3) / 1024, single=False)
    yield Case("cholesky", torch.eye(4)[None].expand(2, 4, 4), upper=True)
    yield Case("cholesky", empty(2, 0, 0))

    for shape in ((1, 1), (2, 2), (3, 3), (2, 3), (3, 2), (1, 4), (4, 1)):
        yield Case("lu", uniform(*shape), seconds=shape in ((2, 2), (3, 3), (2, 3), (3, 2)))
    for shape in ((2, 3, 3, 3), (2, 2, 4), (2, 4, 2), (0, 3, 3), (0, 0), (0, 3), (3, 0), (2, 0, 2)):
        yield Case("lu", uniform(*shape))
    yield Case("lu", CYCLE)
    yield Case("lu", GRADED)
    yield Case("lu", RANK_TWO, gradients=False)
    yield Case("lu", matrix([1, 2], [2, 4]), gradients=False)
    yield Case("lu", torch.zeros(3, 2), gradients=False)
    yield Case("lu", matrix([0, 1, 2], [0, 2, 3], [0, 4, -1]), gradients=False)

    for lower, left, unit in itertools.product((True, False), repeat=3):
        # The other triangle has numbers, too, which must not count.
        yield Case("triangularSolve", uniform(2, 2) + 3 * torch.eye(2), uniform(2, 2), lower=lower, left=left, unitDiagonal=unit, seconds=True)
    yield Case("triangularSolve", uniform(1, 1), uniform(1, 3), seconds=True)
    yield Case("triangularSolve", uniform(2, 1, 3, 3) + 3 * torch.eye(3), uniform(2, 3, 2))
    yield Case("triangularSolve", uniform(3, 3) + 3 * torch.eye(3), uniform(2, 1, 3), left=False)
    yield Case("triangularSolve", uniform(2, 3, 3) + 3 * torch.eye(3), uniform(3, 1), lower=False)
    yield Case("triangularSolve", uniform(2, 2) + 3 * torch.eye(2), uniform(2), seconds=True)
    yield Case("triangularSolve", uniform(2, 3, 3) + 3 * torch.eye(3), uniform(3), lower=False)
    yield Case("triangularSolve", uniform(3, 3) + 3 * torch.eye(3), uniform(3), left=False)
    yield Case("triangularSolve", empty(0, 2, 2), empty(0, 2, 1))
    yield Case("triangularSolve", empty(0, 2, 2), uniform(2, 1))
    yield Case("triangularSolve", empty(2, 0, 0), empty(2, 0, 3))

    pairs = (
        ((1, 1), (1,)),
        ((2, 2), (2,)),
        ((3, 3), (3,)),
        ((3, 3), (3, 2)),
        ((2, 2), (2, 2)),
        ((2, 3, 3), (3,)),
        ((2, 2, 2), (2, 2)),
        ((2, 3, 3), (3, 2)),
        ((3, 3), (2, 3, 1)),
        ((2, 1, 2, 2), (3, 2, 2)),
        ((2, 3, 2, 2), (2, 3, 2, 1)),
        ((1, 2, 2), (3, 1, 2, 1)),
        ((2, 2), (2, 0)),
        ((0, 2, 2), (2, 1)),
        ((0, 2, 2), (2,)),
        ((0, 0), (0, 2)),
        ((2, 0, 0), (0,)),
    )
    for a, b in pairs:
        yield Case("solve", square(*a[:-1]), uniform(*b), seconds=len(a) == 2 and 0 < a[0] and 0 not in b)
    yield Case("solve", CYCLE, uniform(4, 2))
    yield Case("solve", GRADED, uniform(4), single=False)
    yield Case("solve", HILBERT, uniform(3, 1), single=False)

    for name, fn in (("inv", FUNCTIONS["inv"]), ("det", FUNCTIONS["det"]), ("slogdet", FUNCTIONS["slogdet"])):
        yield Case(name, uniform(1, 1), seconds=True)
        yield Case(name, uniform(2, 2), seconds=True)
        yield Case(name, square(3), seconds=True)
        yield Case(name, square(2, 2, 3))
        yield Case(name, square(2, 3, 2))
        yield Case(name, empty(2, 0, 0))
        yield Case(name, empty(0, 2, 2))
        yield Case(name, CYCLE)
        yield Case(name, CYCLE[:3, :3] + matrix([0, 0, 0], [0, 0, 1], [0, 0, 0]))
        yield Case(name, GRADED, single=False)
        yield Case(name, torch.tril(square(4)) + 2 * torch.eye(4))
        yield Case(name, square(4), seconds=True)
    exact = value(leibniz)
    # By cofactors, since PyTorch perturbs singular matrices.
    for singular in (matrix([0]), matrix([1, 2], [2, 4]), torch.zeros(2, 2), RANK_ONE, torch.zeros(3, 3), RANK_THREE_OF_FOUR, RANK_TWO_OF_FOUR):
        yield Case("det", singular, fn=exact, seconds=len(singular) < 4, single=len(singular) < 4)
    yield Case("det", RANK_TWO, fn=exact, seconds=True, single=False)
    yield Case("det", matrix([0, 1, 2], [0, 3, 4], [0, 5, 6]), fn=exact, seconds=True)
    yield Case("det", matrix([0, 0, 2], [0, 0, 4], [0, 0, 5]), fn=exact, seconds=True)
    yield Case("det", torch.stack([RANK_TWO, CYCLE[:3, :3], RANK_ONE, torch.zeros(3, 3)]), fn=exact, single=False)
    yield Case("det", torch.diag(matrix([2, 0, 0, 3])[0]), fn=exact)
    yield Case("det", torch.diag(matrix([2, 0, -1, 3])[0]), fn=exact)
    for singular in (matrix([0]), matrix([1, 2], [2, 4]), torch.zeros(3, 3), torch.stack([torch.zeros(2, 2), torch.eye(2)]), matrix([0, 1, 2], [0, 3, 4], [0, 5, 6])):
        yield Case("slogdet", singular, gradients=False)

    tall = ((3, 2), (4, 3), (4, 2))
    for rows, columns in tall:
        yield Case("lstsq", uniform(rows, columns), uniform(rows, 2), seconds=rows * columns < 10)
        yield Case("lstsq", uniform(columns, rows), uniform(columns, 1), seconds=rows * columns < 10)
    yield Case("lstsq", uniform(4, 2), uniform(4), seconds=True)
    yield Case("lstsq", uniform(2, 3), uniform(2), seconds=True)
    yield Case("lstsq", square(3), uniform(3))
    yield Case("lstsq", uniform(1, 1), uniform(1, 1), seconds=True)
    yield Case("lstsq", uniform(2, 4, 2), uniform(2, 4, 3))
    yield Case("lstsq", uniform(2, 1, 3, 2), uniform(2, 3, 1))
    yield Case("lstsq", empty(0, 3, 2), empty(0, 3, 1))
    yield Case("lstsq", empty(2, 0), empty(2, 1))
    yield Case("lstsq", empty(0, 2), empty(0, 1))
    yield Case("lstsq", RANK_ONE, matrix([1], [2], [0.5]), gradients=False)
    yield Case("lstsq", torch.zeros(3, 2), uniform(3, 1), gradients=False)
    yield Case("lstsq", uniform(4, 2), uniform(2, 3), uniform(4, 1), made="product")
    yield Case("lstsq", uniform(3, 1), uniform(1, 3), uniform(3, 2), made="product", seconds=True)

    for shape in ((1, 1), (2, 2), (3, 2), (2, 3), (2, 3, 2), (2, 2, 2, 3)):
        yield Case("pinv", uniform(*shape), seconds=shape in ((1, 1), (2, 2), (3, 2), (2, 3)))
    for shape in ((0, 3), (3, 0), (0, 2, 3), (2, 3, 0)):
        yield Case("pinv", empty(*shape))
    yield Case("pinv", CYCLE)
    yield Case("pinv", RANK_ONE, gradients=False)
    yield Case("pinv", torch.zeros(2, 3), gradients=False)
    yield Case("pinv", torch.stack([RANK_ONE, CYCLE[:3, :3]]), gradients=False)
    yield Case("pinv", torch.diag(torch.tensor([4.0, 2, 0.25])), tolerance=0.125, gradients=False)
    yield Case("pinv", torch.diag(torch.tensor([0.5, 0.25, 0.03125])), tolerance=0.125, gradients=False)
    yield Case("pinv", torch.diag(torch.tensor([4.0, 2, 0.25])), tolerance=0.03125)
    yield Case("pinv", uniform(3, 1), uniform(1, 3), made="product", seconds=True)
    yield Case("pinv", uniform(4, 2), uniform(2, 3), made="product")
    yield Case("pinv", uniform(2, 3, 1), uniform(2, 1, 2), made="product")

    ranked = (
        RANK_TWO, RANK_ONE, RANK_TWO_OF_FOUR, CYCLE, torch.zeros(2, 3), uniform(2, 4), uniform(4, 2), uniform(1, 1), empty(0, 3),
        empty(3, 0), empty(2, 0, 0), uniform(2, 2, 3, 2), torch.stack([RANK_ONE, RANK_TWO, CYCLE[:3, :3], torch.zeros(3, 3)]), GRADED,
    )
    for each in ranked:
        yield Case("matrixRank", each, gradients=False)
    for tolerance in (0.03125, 0.125, 0.75):
        yield Case("matrixRank", torch.diag(torch.tensor([4.0, 2, 0.25])), tolerance=tolerance, gradients=False)
        yield Case("matrixRank", torch.diag(torch.tensor([0.5, 0.25, 0.03125])), tolerance=tolerance, gradients=False)

    for n in (-3, -2, -1, 0, 1, 2, 3, 6, 7):
        yield Case("matrixPower", square(2), n=n, seconds=abs(n) < 4)
    yield Case("matrixPower", uniform(3, 3), n=4, seconds=True)
    yield Case("matrixPower", square(2, 1, 3), n=2)
    yield Case("matrixPower", square(2, 2), n=-2)
    yield Case("matrixPower", CYCLE, n=10)
    yield Case("matrixPower", CYCLE, n=-5)
    yield Case("matrixPower", RANK_TWO, n=3)
    yield Case("matrixPower", torch.zeros(2, 2), n=0)
    yield Case("matrixPower", empty(0, 0), n=3)
    yield Case("matrixPower", empty(2, 0, 0), n=-1)
    yield Case("matrixPower", empty(0, 2, 2), n=0)

    for each in (uniform(1, 1), uniform(2, 2), torch.zeros(2, 2), matrix([0, 1], [0, 0]), matrix([0, 3], [-3, 0])):
        yield Case("expm", each, seconds=True)
    for each in (uniform(3, 3), torch.diag(torch.tensor([1.0, -2, 0.5])), uniform(2, 3, 2, 2), empty(0, 0), empty(2, 0, 0), empty(0, 2, 2), CYCLE):
        yield Case("expm", each)
    yield Case("expm", uniform(3, 3) / 64)
    yield Case("expm", 4 * uniform(3, 3))
    yield Case("expm", matrix([-20, 3], [0, 1]))
    yield Case("expm", torch.stack([torch.zeros(2, 2), uniform(2, 2) / 8, 2 * uniform(2, 2), 6 * uniform(2, 2)]))

    for order in ("frobenius", "nuclear", 1, -1, 2, -2, "Infinity", "-Infinity"):
        yield Case("matrixNorm", uniform(3, 2), order=order)
        yield Case("matrixNorm", uniform(2, 3), order=order, keepDims=True)
        yield Case("matrixNorm", uniform(2, 2), order=order, seconds=True)
        yield Case("matrixNorm", uniform(1, 1), order=order)
        yield Case("matrixNorm", empty(0, 3, 2), order=order)
    yield Case("matrixNorm", uniform(3, 3), seconds=True)
    yield Case("matrixNorm", uniform(2, 3, 2, 2))
    yield Case("matrixNorm", torch.zeros(3, 2))
    yield Case("matrixNorm", empty(0, 0))
    yield Case("matrixNorm", empty(2, 0, 3), order="nuclear")
    yield Case("matrixNorm", RANK_ONE, order="nuclear", gradients=False)
    yield Case("matrixNorm", RANK_ONE, order=2)
    yield Case("matrixNorm", RANK_ONE, order=-2, gradients=False)

    for shape in ((1, 1), (2, 2), (3, 2), (2, 3), (3, 3), (4, 2)):
        yield Case("qr", uniform(*shape), loss="squares", seconds=shape[0] * shape[1] < 9)
    for shape in ((2, 3, 2, 2), (2, 2, 3), (2, 4, 3), (0, 3, 2), (2, 0, 3), (2, 3, 0)):
        yield Case("qr", uniform(*shape), loss="squares")
    for shape in ((2, 2), (2, 3), (2, 2, 4), (0, 2), (0, 2, 2)):
        yield Case("qr", uniform(*shape), loss="squares", mode="complete")
    for shape in ((3, 2), (4, 1), (2, 4, 2), (3, 0), (0, 3, 2), (2, 3, 0)):
        for loss in ("leading", "rest", "products"):
            yield Case("qr", uniform(*shape), loss=loss, mode="complete", gradients=False)
    yield Case("qr", CYCLE, loss="squares")
    yield Case("qr", GRADED, loss="squares")
    yield Case("qr", matrix([3, 1], [0, 2], [0, 0]), loss="squares")
    for singular in (RANK_TWO, RANK_ONE, torch.zeros(3, 2), torch.zeros(2, 3), matrix([0, 1, 2], [0, 3, 4], [0, 5, 6])):
        yield Case("qr", singular, loss="products", gradients=False)

    for shape in ((1,), (2,), (3,), (2, 3), (2, 2, 2), (0, 2), (2, 0)):
        for loss in ("squares", "sines"):
            yield Case("eigh", symmetric(*shape), loss=loss, seconds=len(shape) == 1)
        yield Case("eigvalsh", symmetric(*shape), seconds=len(shape) == 1)
    yield Case("eigh", torch.diag(torch.tensor([3.0, -1, 2])), loss="squares", seconds=True)
    yield Case("eigvalsh", torch.diag(torch.tensor([3.0, -1, 2])), seconds=True)
    yield Case("eigvalsh", symmetric(4))
    yield Case("eigh", symmetric(4), loss="squares")
    # Equal eigenvalues: their vectors are not unique, and their sums have gradients.
    for equal in (torch.eye(3), torch.diag(torch.tensor([2.0, 1, 2])), torch.ones(3, 3), torch.zeros(2, 2), matrix([0, 1, 0], [1, 0, 0], [0, 0, 1])):
        yield Case("eigh", equal, loss="products", gradients=False)
        yield Case("eigh", equal, loss="powers")
        yield Case("eigvalsh", equal, loss="powers")
    yield Case("eigh", GRADED + turned(GRADED), loss="squares")

    for shape in ((1, 1), (2, 2), (3, 2), (2, 3), (3, 3)):
        for loss in ("squares", "sines"):
            yield Case("svd", uniform(*shape), loss=loss, seconds=shape[0] * shape[1] < 9)
    for shape in ((2, 3, 2), (2, 2, 2, 2), (1, 3), (4, 1), (0, 3, 2), (0, 3), (3, 0), (2, 0, 0)):
        yield Case("svd", uniform(*shape), loss="squares")
    for shape in ((2, 2), (3, 2), (2, 3), (2, 4, 2), (1, 1), (0, 2, 3)):
        # Vectors that the matrix does not determine have no derivative, so only square matrices have gradients.
        yield Case("svd", uniform(*shape), loss="leading", fullMatrices=True, gradients=shape[-1] == shape[-2])
        if 0 not in shape:
            yield Case("svd", uniform(*shape), loss="rest", fullMatrices=True, gradients=False)
    for shape in ((0, 3), (3, 0), (2, 0, 2)):
        yield Case("svd", uniform(*shape), loss="rest", fullMatrices=True, gradients=False)
    # The values have derivatives, whatever the vectors have.
    for shape in ((3, 2), (2, 2, 3)):
        yield Case("svd", uniform(*shape), loss="powers", fullMatrices=True)
    for each in (RANK_TWO, RANK_ONE, torch.zeros(3, 2), torch.zeros(2, 3), CYCLE, torch.eye(3), torch.ones(2, 3)):
        yield Case("svd", each, loss="products", gradients=False)
    for equal in (CYCLE, torch.eye(3), torch.cat([2 * torch.eye(2), torch.zeros(1, 2)])):
        yield Case("svd", equal, loss="powers")
    yield Case("svd", GRADED, loss="squares", single=False)


def main():
    cases = [record(case) for case in [*sampled(), *own_cases()]]
    cases.sort(key=lambda case: list(FUNCTIONS).index(case["call"]))
    golden = {"madeBy": f"torch {torch.__version__}", "cases": cases}
    path = pathlib.Path(__file__).with_name("linalg.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"wrote {path.name}: {len(cases)} cases, {path.stat().st_size} bytes")
    for name in FUNCTIONS:
        own = [case for case in cases if case["call"] == name]
        counts = {part: sum(part in case for case in own) for part in ("gradients", "seconds")}
        print(f"{name} {len(own)} {counts} {sum(len(json.dumps(case)) for case in own)} bytes")


main()

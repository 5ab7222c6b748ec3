#!/usr/bin/env python3
"""Writes derivatives.json: values, gradients and Hessian-vector products of ops, computed by PyTorch.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/core/test/golden/derivatives.py

A new op needs no case here: the generated tests check its derivatives against differences. These cases
check them against other people's.

Each case is a function of float64 inputs. `value` is its result, `gradients` those of the sum of
weights * result, `seconds` those of the sum of directions * gradients (a second derivative).
"""

import json
import pathlib

import numpy
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(20240229)
random = numpy.random.default_rng(7)


def uniform(low, high, *shape):
    return torch.tensor(random.uniform(low, high, shape))


F = torch.nn.functional
UNARY = {
    "neg": (lambda x: -x, -3, 3),
    "square": (lambda x: x * x, -3, 3),
    "sqrt": (torch.sqrt, 0.1, 4),
    "reciprocal": (lambda x: 1 / x, 0.3, 3),
    "exp": (torch.exp, -3, 3),
    "expm1": (torch.expm1, -3, 3),
    "log": (torch.log, 0.05, 5),
    "log1p": (torch.log1p, -0.9, 4),
    "sin": (torch.sin, -9, 9),
    "cos": (torch.cos, -9, 9),
    "tanh": (torch.tanh, -3, 3),
    "sigmoid": (torch.sigmoid, -6, 6),
    "softplus": (F.softplus, -6, 6),
    "relu": (torch.relu, -3, 3),
    "abs": (torch.abs, -3, 3),
}
SPECIAL = {
    "erf": (torch.special.erf, -3, 3),
    "erfc": (torch.special.erfc, -3, 3),
    "logGamma": (torch.special.gammaln, 0.1, 6),
}
BINARY = {
    "add": (torch.add, (-3, 3), (-3, 3)),
    "sub": (torch.sub, (-3, 3), (-3, 3)),
    "mul": (torch.mul, (-3, 3), (-3, 3)),
    "div": (torch.div, (-3, 3), (0.5, 3)),
    "pow": (torch.pow, (0.2, 3), (-2, 2)),
    "maximum": (torch.maximum, (-3, 3), (-3, 3)),
    "minimum": (torch.minimum, (-3, 3), (-3, 3)),
}


def cases():
    for name, (fn, low, high) in UNARY.items():
        yield name, [], fn, [uniform(low, high, 2, 3)]
    for name, (fn, first, second) in BINARY.items():
        yield name, [], fn, [uniform(*first, 2, 3), uniform(*second, 3)]
    x = uniform(-2, 2, 2, 3, 2)
    yield "sum", [1], lambda x: x.sum(1), [x]
    yield "sum", [[0, 2]], lambda x: x.sum((0, 2)), [x]
    yield "mean", [0], lambda x: x.mean(0), [x]
    yield "max", [2], lambda x: x.amax(2), [x]
    yield "min", [[0, 1]], lambda x: x.amin((0, 1)), [x]
    ties = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    yield "max", [1], lambda x: x.amax(1), [ties]
    yield "maximum", [], torch.maximum, [ties, torch.tensor([1.0, 3.0, 0.0])]
    yield "relu", [], torch.relu, [torch.tensor([-1.0, 0.0, 2.0])]
    yield "abs", [], torch.abs, [torch.tensor([-1.0, 0.0, 2.0])]
    yield "pow", [], torch.pow, [torch.tensor([0.0, 0.0, -2.0]), torch.tensor([2.0, 0.0, 3.0])]
    yield "matmul", [], torch.matmul, [uniform(-2, 2, 2, 3), uniform(-2, 2, 3, 4)]
    yield "matmul", [], torch.matmul, [uniform(-2, 2, 3), uniform(-2, 2, 3, 2)]
    yield "matmul", [], torch.matmul, [uniform(-2, 2, 2, 1, 2, 3), uniform(-2, 2, 4, 3, 2)]
    yield "transpose", [[2, 0, 1]], lambda x: x.permute(2, 0, 1), [x]
    yield "reshape", [[3, 4]], lambda x: x.reshape(3, 4), [x]
    yield "slice", [[0, 1], [2, 3], [1, 2]], lambda x: x[0:2, 1:3:2], [x]
    yield "broadcastTo", [[4, 2, 3]], lambda x: x.expand(4, 2, 3), [uniform(-1, 1, 2, 1)]
    table = uniform(-2, 2, 4, 3)
    words = torch.tensor([[2, 0, 2], [3, 2, 0]])
    yield "take", [indices(words)], lambda x: F.embedding(words, x), [table]
    yield "take", [indices(words[0]), 1], lambda x: x.index_select(1, words[0]), [table]
    yield "take", [indices(-1 - words), 1], lambda x: x[:, -1 - words], [uniform(-2, 2, 2, 4, 3)]


def special_cases():
    for name, (fn, low, high) in SPECIAL.items():
        yield name, [], fn, [uniform(low, high, 2, 3)]
    yield "erfc", [], torch.special.erfc, [uniform(3, 20, 2, 3)]
    yield "logGamma", [], torch.special.gammaln, [uniform(-4, 0, 2, 3)]
    yield "logGamma", [], torch.special.gammaln, [uniform(6, 100, 2, 3)]


def normalizing_cases():
    x = uniform(-3, 3, 2, 3, 4)
    extreme = torch.tensor([[1000.0, 1000.0, 0.0], [-10000.0, 0.0, -1000.0]])
    for name, fn in (("softmax", torch.softmax), ("logSoftmax", torch.log_softmax)):
        for axis in (0, 1, -1):
            yield name, [axis], lambda x, fn=fn, axis=axis: fn(x, axis), [x]
        yield name, [], lambda x, fn=fn: fn(x, -1), [torch.tensor([[1000.0, 1000.0, 0.0]])]
    yield "logSumExp", [1], lambda x: torch.logsumexp(x, 1), [x]
    yield "logSumExp", [[0, 2]], lambda x: torch.logsumexp(x, (0, 2)), [x]
    yield "logSumExp", [1], lambda x: torch.logsumexp(x, 1), [extreme]
    yield "variance", [1], lambda x: torch.var(x, 1, correction=0), [x]
    options = {"correction": 1, "keepDims": True}
    yield "variance", [[0, 2], options], lambda x: torch.var(x, (0, 2), correction=1, keepdim=True), [x]
    yield "variance", [0], lambda x: torch.var(x, 0, correction=0), [torch.tensor([3.0])]


def window_cases():
    lengths = {1: (7,), 2: (4, 5), 3: (3, 2, 4)}
    pools = {"maxPool1d": F.max_pool1d, "maxPool2d": F.max_pool2d, "maxPool3d": F.max_pool3d}
    for axes, (name, fn) in enumerate(pools.items(), 1):
        x = uniform(-3, 3, 1, 2, *lengths[axes])
        yield name, [2], lambda x, fn=fn: fn(x, 2), [x]
        options = {"stride": 2, "padding": 1}
        yield name, [3, options], lambda x, fn=fn: fn(x, 3, 2, 1), [x]
        options = {"stride": 1, "padding": 1, "dilation": 2}
        yield name, [2, options], lambda x, fn=fn: fn(x, 2, 1, 1, 2), [x]
        options = {"stride": 2, "ceilMode": True}
        yield name, [2, options], lambda x, fn=fn: fn(x, 2, 2, ceil_mode=True), [x]
    yield "maxPool2d", [[3, 2]], lambda x: F.max_pool2d(x, (3, 2)), [uniform(-3, 3, 2, 6, 5)]
    ties = torch.tensor([[2.0, 2.0, 1.0, 1.0, numpy.nan, 3.0, numpy.nan, 0.0, -0.0]])
    yield "maxPool1d", [2], lambda x: F.max_pool1d(x, 2), [ties]
    options = {"stride": 1, "padding": 1}
    yield "maxPool1d", [3, options], lambda x: F.max_pool1d(x, 3, 1, 1), [ties]
    convolutions = {"conv1d": F.conv1d, "conv2d": F.conv2d, "conv3d": F.conv3d}
    for axes, (name, fn) in enumerate(convolutions.items(), 1):
        for groups, outputs, *rest in ((1, 3, 1, 0, 1), (2, 2, 2, 1, 1), (2, 2, 1, 2, 2), (2, 4, 2, 1, 2)):
            x = uniform(-2, 2, 2, 2, *lengths[axes])
            w = uniform(-1, 1, outputs, 2 // groups, *(3, 2, 2)[:axes])
            options = dict(zip(("stride", "padding", "dilation", "groups"), (*rest, groups)))
            call = lambda x, w, fn=fn, settings=(*rest, groups): fn(x, w, None, *settings)
            yield name, [options], call, [x, w]
    x, w = uniform(-2, 2, 1, 2, 3, 4), uniform(-1, 1, 2, 1, 3, 4)
    same = lambda x, w: F.conv2d(x, w, padding="same", groups=2)
    yield "conv2d", [{"padding": "same", "groups": 2}], same, [x, w]


def indices(tensor):
    return {"shape": list(tensor.shape), "indices": tensor.ravel().tolist()}


def flat(tensor):
    # A tensor that PyTorch knows to be zero has no memory of its own: adding makes some.
    values = tensor.detach() + torch.zeros(tensor.shape)
    return [None if numpy.isnan(v) else float(v) for v in values.numpy().ravel()]


def record(name, arguments, fn, inputs):
    # x ** y at x = 0 has first derivatives only; the derivative of PyTorch's digamma has nine digits.
    singular = (name == "pow" and bool((inputs[0] <= 0).any())) or name == "logGamma"
    leaves = [x.clone().requires_grad_() for x in inputs]
    value = fn(*leaves)
    weights = uniform(-1, 1, *value.shape)
    gradients = torch.autograd.grad((weights * value).sum(), leaves, create_graph=True)
    directions = [uniform(-1, 1, *x.shape) for x in inputs]
    slope = sum((d * g).sum() for d, g in zip(directions, gradients))
    zero = [torch.zeros_like(x) for x in inputs]
    seconds = (
        [
            z if s is None else s
            for s, z in zip(torch.autograd.grad(slope, leaves, allow_unused=True), zero)
        ]
        if slope.requires_grad
        else zero
    )
    pack = lambda tensors: [{"shape": list(t.shape), "data": flat(t)} for t in tensors]
    return {
        "op": name,
        "arguments": arguments,
        "inputs": pack(inputs),
        "weights": pack([weights])[0],
        "directions": pack(directions),
        "value": pack([value])[0],
        "gradients": pack(gradients),
        "seconds": None if singular else pack(seconds),
    }


def network():
    """A training step of 4-5-3 with tanh, softplus and mean squared error, all gradients."""
    shapes = {"x": (6, 4), "t": (6, 3), "w1": (4, 5), "b1": (5,), "w2": (5, 3), "b2": (3,)}
    p = {k: uniform(-1, 1, *s).requires_grad_() for k, s in shapes.items()}
    hidden = torch.tanh(p["x"] @ p["w1"] + p["b1"])
    output = F.softplus(hidden @ p["w2"] + p["b2"])
    loss = ((output - p["t"]) ** 2).mean()
    gradients = torch.autograd.grad(loss, list(p.values()))
    return {
        "parameters": {k: {"shape": list(v.shape), "data": flat(v)} for k, v in p.items()},
        "loss": float(loss.detach()),
        "gradients": {k: {"shape": list(g.shape), "data": flat(g)} for k, g in zip(p, gradients)},
    }


def main():
    golden = {
        "madeBy": f"torch {torch.__version__}",
        "cases": [record(*case) for case in cases()],
        "network": network(),
    }
    # After the others, which so keep their random numbers.
    golden["cases"] += [record(*case) for case in special_cases()]
    golden["cases"] += [record(*case) for case in normalizing_cases()]
    golden["cases"] += [record(*case) for case in window_cases()]
    path = pathlib.Path(__file__).with_name("derivatives.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(f"wrote {path.name}: {len(golden['cases'])} cases, {path.stat().st_size} bytes")


main()

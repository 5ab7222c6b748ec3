#!/usr/bin/env python3
"""Writes elementwise.json: values and gradients of elementwise ops, computed by PyTorch.

Run with a Python that has torch (Debian: apt-get install python3-torch; written with 2.6.0):

    /usr/bin/python3 packages/core/test/golden/elementwise.py

Each op has drawn inputs of several shapes, sizes 0 and 1 and broadcasting among them, its special values, and the small
ones of PyTorch's own samples (torch.testing, op_db). `gradients` are those of the sum of weights * result with
weights from 1/2 on in steps of 1/4; null where PyTorch has none.
"""

import json
import math
import pathlib
import warnings

import torch
from torch.testing._internal.common_methods_invocations import op_db

warnings.filterwarnings("ignore")
torch.set_default_dtype(torch.float64)
torch.manual_seed(20240229)
F = torch.nn.functional
S = torch.special
inf, nan = math.inf, math.nan
ANY = [0.0, -0.0, 1.0, -1.0, inf, -inf, nan]
FINITE = [0.0, -0.0, 1.0, -1.0, 0.5, -3.0, 20.0]

# name: function, intervals of the inputs, special values (of two inputs: pairs), name in op_db.
UNARY = {
    "tan": (torch.tan, (-1.5, 1.5), ANY, "tan"),
    "exp2": (torch.exp2, (-5, 5), ANY + [1024.0, -1080.0], "exp2"),
    "log2": (torch.log2, (0.1, 9), ANY, "log2"),
    "log10": (torch.log10, (0.1, 9), ANY + [1e-300], "log10"),
    "rsqrt": (torch.rsqrt, (0.1, 9), ANY, "rsqrt"),
    "asin": (torch.asin, (-0.9, 0.9), ANY + [1.5], "asin"),
    "acos": (torch.acos, (-0.9, 0.9), ANY + [1.5], "acos"),
    "atan": (torch.atan, (-4, 4), ANY + [1e200], "atan"),
    "sinh": (torch.sinh, (-4, 4), ANY + [710.0], "sinh"),
    "cosh": (torch.cosh, (-4, 4), ANY + [-710.0], "cosh"),
    "asinh": (torch.asinh, (-4, 4), ANY + [1e200, 1e-200], "asinh"),
    "acosh": (torch.acosh, (1.1, 5), [1.0, inf, nan, 1e200], None),
    "atanh": (torch.atanh, (-0.9, 0.9), [0.0, -0.0, 1.0, -1.0, nan], "atanh"),
    "erf": (torch.erf, (-3, 3), ANY, "erf"),
    "erfc": (torch.erfc, (-3, 3), ANY + [25.0], "erfc"),
    "logGamma": (torch.lgamma, (0.1, 9), [1.0, 2.0, 100.0, -0.5], None),
    "floor": (torch.floor, (-4, 4), ANY + [0.5, -0.5], "floor"),
    "ceil": (torch.ceil, (-4, 4), ANY + [0.5, -0.5], "ceil"),
    "round": (torch.round, (-4, 4), ANY + [0.5, 1.5, 2.5, -0.5, -2.5], "round"),
    "trunc": (torch.trunc, (-4, 4), ANY + [0.5, -0.5], "trunc"),
    "sinc": (torch.sinc, (-4, 4), [0.0, 1.0, -2.5, 1e-3], "sinc"),
    "erfInv": (torch.erfinv, (-0.95, 0.95), [0.0, -0.0, 1.0, -1.0, nan, 0.999], "erfinv"),
    "logit": (torch.logit, (0.05, 0.95), [0.0, 1.0, -1.0, 2.0, nan, 1e-300], None),
    "normalCdf": (S.ndtr, (-4, 4), ANY + [-20.0], "special.ndtr"),
    "logNormalCdf": (S.log_ndtr, (-15, 4), [0.0, 1.0, -1.0, 9.0, -9.9, -10.1, -30.0], "special.log_ndtr"),
    "relu6": (F.relu6, (-4, 9), [0.0, -0.0, 6.0, 7.0, -1.0, inf, -inf], "nn.functional.relu6"),
    "selu": (F.selu, (-4, 4), [0.0, -0.0, 1000.0, -1000.0, inf, -inf], "nn.functional.selu"),
    "silu": (F.silu, (-4, 4), ANY + [1000.0, -1000.0], "nn.functional.silu"),
    "mish": (F.mish, (-4, 4), ANY + [1000.0, -1000.0], "nn.functional.mish"),
    # PyTorch's own has a sixth of single precision.
    "hardSigmoid": (lambda x: F.relu6(x + 3) / 6, (-4, 4), [-3.0, 3.0, 5.0, -5.0], None),
    "hardSwish": (F.hardswish, (-4, 4), [-3.0, 3.0, 5.0, -5.0, inf], "nn.functional.hardswish"),
    "logSigmoid": (F.logsigmoid, (-9, 9), ANY + [1000.0, -1000.0], "nn.functional.logsigmoid"),
    "softsign": (F.softsign, (-4, 4), FINITE, "nn.functional.softsign"),
    "tanhshrink": (F.tanhshrink, (-4, 4), FINITE + [1e-2], "nn.functional.tanhshrink"),
    "isNaN": (torch.isnan, (-4, 4), ANY, "isnan"),
    "isFinite": (torch.isfinite, (-4, 4), ANY, "isfinite"),
    "isInfinite": (torch.isinf, (-4, 4), ANY, "isinf"),
}
PAIRS = [(0.0, 1.0), (-0.0, 1.0), (1.0, 0.0), (1.0, -0.0), (-2.0, 1.0), (1.0, inf), (inf, 1.0), (nan, 1.0)]
PAIRS += [(1.0, nan), (-1.0, -inf), (1.0, 1.0), (5.0, -3.0), (-5.0, 3.0)]
# Zeros of remainders have the sign of the divisor here, and that of x in PyTorch: zeros are compared as numbers.
BINARY = {
    "atan2": (torch.atan2, (-3, 3), (-3, 3), PAIRS + [(0.0, 0.0), (0.0, -0.0), (-0.0, -1.0)], "atan2"),
    "hypot": (torch.hypot, (-3, 3), (-3, 3), PAIRS[:5] + [(0.0, 0.0), (3e200, 4e200)], "hypot"),
    "logAddExp": (torch.logaddexp, (-3, 3), (-3, 3), PAIRS + [(inf, inf), (-inf, -inf), (1e3, 0.0)], "logaddexp"),
    "xLogY": (torch.xlogy, (-3, 3), (0.1, 3), PAIRS + [(0.0, 0.0), (0.0, -1.0), (0.0, inf), (0.0, nan)], None),
    "copySign": (torch.copysign, (-3, 3), (-3, 3), PAIRS[:5] + [(1.0, inf), (1.0, -inf), (-0.0, -2.0)], None),
    "remainder": (torch.remainder, (-9, 9), (1, 3), PAIRS + [(4.0, 2.0), (-4.0, 2.0), (-1.0, inf)], "remainder"),
    "fmod": (torch.fmod, (-9, 9), (1, 3), PAIRS + [(4.0, 2.0), (-4.0, 2.0), (-1.0, inf)], "fmod"),
    "floorDivide": (torch.floor_divide, (-9, 9), (1, 3), PAIRS[:6] + [(1.0, 0.1), (-6.0, 3.0), (nan, 1.0)], None),
    "logicalXor": (torch.logical_xor, (-1, 1), (-1, 1), PAIRS + [(0.0, 0.0)], None),
}
INTEGERS = {
    "bitwiseAnd": torch.bitwise_and,
    "bitwiseOr": torch.bitwise_or,
    "bitwiseXor": torch.bitwise_xor,
    "leftShift": torch.bitwise_left_shift,
    "rightShift": torch.bitwise_right_shift,
    "remainder": torch.remainder,
    "fmod": torch.fmod,
    "floorDivide": torch.floor_divide,
}
# name: function of a tensor and options in PyTorch; pairs of options in both; special values.
WITH_OPTIONS = {
    "leakyRelu": (
        F.leaky_relu,
        [({}, {}), ({"slope": 0.25}, {"negative_slope": 0.25}), ({"slope": -2}, {"negative_slope": -2})],
        [0.0, -0.0, inf, -inf],
    ),
    "elu": (F.elu, [({}, {}), ({"alpha": 2}, {"alpha": 2})], [0.0, -0.0, 1000.0, -1000.0, inf, -inf]),
    "celu": (F.celu, [({}, {}), ({"alpha": 2}, {"alpha": 2})], [0.0, -0.0, 1000.0, -1000.0, inf, -inf]),
    "gelu": (
        F.gelu,
        [({}, {}), ({"approximation": "none"}, {}), ({"approximation": "tanh"}, {"approximate": "tanh"})],
        [0.0, -0.0, 40.0, -40.0, nan],
    ),
    "nanToNum": (
        torch.nan_to_num,
        [({}, {}), ({"nan": 2}, {"nan": 2}), ({"posInf": 3, "negInf": -4}, {"posinf": 3, "neginf": -4})],
        ANY,
    ),
}
SHAPES = [[], [1], [0], [4], [2, 2], [2, 0], [1, 3], [3], [2, 1, 2]]
PAIRED = [([2], [2]), ([1, 2], [2, 1]), ([], []), ([1], []), ([0], [1]), ([4], [4]), ([2, 1], [3]), ([2, 2], []), ([2, 0], [1, 1]), ([3], [2, 3])]
MOST = 12


def draw(interval, shape):
    low, high = interval
    return low + (high - low) * torch.rand(shape)


def number(x):
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return "-0" if x == 0 and math.copysign(1, x) < 0 else x


def pack(tensor):
    data = [number(float(x)) for x in tensor.detach().reshape(-1).tolist()]
    return {"shape": list(tensor.shape), "dtype": str(tensor.dtype)[6:], "data": data}


def record(name, fn, inputs, before=(), after=()):
    """A call of name(*before, *inputs, *after) here, and of fn(*inputs) in PyTorch."""
    leaves = [x.detach().clone().requires_grad_(x.is_floating_point() and name != "floorDivide") for x in inputs]
    value = fn(*leaves)
    gradients = None
    if value.requires_grad:
        weights = (0.5 + 0.25 * torch.arange(value.numel())).reshape(value.shape)
        found = torch.autograd.grad((weights * value).sum(), leaves, allow_unused=True)
        gradients = [pack(torch.zeros_like(x) if g is None else g) for x, g in zip(leaves, found)]
    return {
        "op": name,
        "before": list(before),
        "inputs": [pack(x) for x in inputs],
        "after": list(after),
        "value": pack(value),
        "gradients": gradients,
    }


def samples(name):
    """PyTorch's own samples of an op that are small and have nothing but tensors of float64."""
    for op in op_db:
        if op.name != name or op.variant_test_name not in ("", "functional"):
            continue
        for sample in op.sample_inputs("cpu", torch.float64):
            inputs = [sample.input, *sample.args]
            plain = all(isinstance(x, torch.Tensor) and x.dtype == torch.float64 for x in inputs)
            if plain and not sample.kwargs and sum(x.numel() for x in inputs) <= MOST:
                yield inputs


def cases():
    for name, (fn, interval, special, own) in UNARY.items():
        for shape in SHAPES:
            yield record(name, fn, [draw(interval, shape)])
        yield record(name, fn, [torch.tensor(special)])
        for inputs in list(samples(own))[:3]:
            yield record(name, fn, inputs)
    for name, (fn, first, second, special, own) in BINARY.items():
        for a, b in PAIRED:
            yield record(name, fn, [draw(first, a), draw(second, b)])
        yield record(name, fn, [torch.tensor(x) for x in zip(*special)])
        for inputs in list(samples(own))[:3]:
            yield record(name, fn, inputs)
    for name, fn in INTEGERS.items():
        for a, b in PAIRED:
            x = torch.randint(-1000, 1000, a, dtype=torch.int32)
            isShift = name.endswith("Shift")
            y = torch.randint(0 if isShift else 1, 31, b, dtype=torch.int32)
            yield record(name, fn, [x, y])
    for shape in SHAPES:
        x = torch.randint(-1000, 1000, shape, dtype=torch.int32)
        yield record("bitwiseNot", torch.bitwise_not, [x])
    truths = [torch.tensor([True, True, False, False]), torch.tensor([True, False, True, False])]
    for name in ("bitwiseAnd", "bitwiseOr", "bitwiseXor"):
        yield record(name, INTEGERS[name], truths)
    yield record("bitwiseNot", torch.bitwise_not, truths[:1])
    for name, (fn, options, special) in WITH_OPTIONS.items():
        for ours, theirs in options:
            call = lambda x, fn=fn, theirs=theirs: fn(x, **theirs)
            for shape in SHAPES[:4]:
                yield record(name, call, [draw((-4, 4), shape)], after=[ours])
            yield record(name, call, [torch.tensor(special)], after=[ours])
    for relative, absolute in ((1e-5, 1e-8), (0.5, 0.25)):
        call = lambda x, y, r=relative, a=absolute: torch.isclose(x, y, rtol=r, atol=a)
        options = [{"relative": relative, "absolute": absolute}]
        for a, b in PAIRED[:5]:
            yield record("isClose", call, [draw((-1, 1), a), draw((-1, 1), b)], after=options)
        pairs = PAIRS + [(inf, inf), (inf, -inf), (nan, nan), (1.0, 1.000001)]
        yield record("isClose", call, [torch.tensor(x) for x in zip(*pairs)], after=options)
    for a, b in PAIRED:
        x = draw((-3, 3), a)
        yield record("clip", lambda x, low, high: torch.clamp(x, low, high), [x, draw((-2, 0), b), draw((0, 2), b)])
        yield record("clip", lambda x, low: torch.clamp(x, min=low), [x, draw((-2, 2), b)])
    # At the bounds, with crossed bounds, and with bounds that are none.
    bounds = [(0.0, 0.0, 1.0), (1.0, 0.0, 1.0), (2.0, 1.0, 0.0), (0.5, 1.0, 0.0), (-1.0, 1.0, 0.0), (1.0, 1.0, 1.0)]
    bounds += [(nan, 0.0, 1.0), (0.5, 0.0, nan), (0.5, nan, 1.0), (inf, -inf, inf), (-inf, 0.0, inf)]
    yield record("clip", torch.clamp, [torch.tensor(x) for x in zip(*bounds)])
    for n in (0, 1, 2, 3, 6):
        call = lambda x, n=n: torch.polygamma(n, x)
        for shape in SHAPES[:3]:
            # Of 10 on; below PyTorch's trigamma has ten digits.
            yield record("polygamma", call, [draw((10, 30) if n in (0, 1) else (0.5, 9), shape)], before=[n])
    yield record("polygamma", lambda x: torch.polygamma(2, x), [torch.tensor([0.0, -1.0, -2.25, -0.5])], before=[2])
    # torch has no logBeta.
    log_beta = lambda x, y: torch.lgamma(x) + torch.lgamma(y) - torch.lgamma(x + y)
    for a, b in PAIRED:
        yield record("logBeta", log_beta, [draw((0.2, 20), a), draw((0.2, 20), b)])
    yield record("logBeta", log_beta, [torch.tensor([1.0, 2.0, 12.0]), torch.tensor([1.0, 15.0, 11.0])])


def main():
    golden = {"madeBy": f"torch {torch.__version__}", "cases": list(cases())}
    path = pathlib.Path(__file__).with_name("elementwise.json")
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in golden["cases"])
    path.write_text(f'{{"madeBy":{json.dumps(golden["madeBy"])},"cases":[\n{lines}\n]}}\n')
    print(f"wrote {path.name}: {len(golden['cases'])} cases, {path.stat().st_size} bytes")


main()

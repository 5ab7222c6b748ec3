"""Calls of PyTorch as goldens: what windows.py, arrays.py and composed.py share.

A case is a call: a list of arguments of ours, in which {"input": i} stands for input i. `value` is the result, and
`gradients` are those of the sum of weights * result.
"""

import json
import pathlib
import sys

import numpy
import torch
from torch.testing._internal.common_methods_invocations import op_db

torch.set_default_dtype(torch.float64)
torch.manual_seed(20250311)
# Of each op so many of PyTorch's samples at most, the smallest ones that have no more elements, and
# so many of those without any.
MOST_CASES = 10
MOST_ELEMENTS = 250
MOST_EMPTY = 2


class Call:
    """A call of ours, the same call of PyTorch's, and its inputs."""

    def __init__(self, name, arguments, fn, inputs):
        self.name, self.arguments, self.fn, self.inputs = name, arguments, fn, inputs


def given(i):
    return {"input": i}


def listed(value):
    return list(value) if isinstance(value, (tuple, list, torch.Size)) else value


def options(**values):
    """Options of ours; None is left out."""
    return {name: listed(value) for name, value in values.items() if value is not None}


def uniform(low, high, *shape):
    return (torch.rand(shape) * (high - low) + low).requires_grad_()


def flat(tensor):
    # A tensor that PyTorch knows to be zero has no memory of its own: adding makes some.
    values = tensor.detach() + torch.zeros(tensor.shape)
    return [number(v) for v in values.numpy().ravel()]


def number(value):
    """Twelve digits, two more than are compared; None for NaN, texts for infinities."""
    if numpy.isnan(value):
        return None
    if numpy.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    short = float(f"{value:.12g}")
    return int(short) if short == int(short) and abs(short) < 1e9 else short


def record(call):
    # Few digits, which make the file small: the results are those of exactly these numbers.
    with torch.no_grad():
        leaves = [(x.double() * 1024).round() / 1024 for x in call.inputs]
    kept = [x.detach().requires_grad_() for x in leaves]
    value = call.fn(*kept)
    if not value.is_floating_point():
        value = value.double()
    weights = (torch.rand(value.shape) * 64).round() / 32 - 1
    gradients = torch.autograd.grad((weights * value).sum(), kept, allow_unused=True) if value.requires_grad else [None] * len(kept)
    pack = lambda tensors: [{"shape": list(t.shape), "data": flat(t)} for t in tensors]
    return {
        "op": call.name,
        "arguments": call.arguments,
        "inputs": pack(kept),
        "weights": pack([weights])[0],
        "value": pack([value])[0],
        "gradients": pack(torch.zeros_like(x) if g is None else g for g, x in zip(gradients, kept)),
    }


def samples(ops, variants):
    for info in op_db:
        if info.name not in ops or (info.variant_test_name != "" and info.name not in variants):
            continue
        requires_grad = info.supports_autograd
        for sample in info.sample_inputs("cpu", torch.float64, requires_grad=requires_grad):
            call = ops[info.name](info.op, sample)
            if call is not None:
                yield call


def elements_of(call):
    return sum(x.numel() for x in call.inputs) + call.fn(*call.inputs).numel()


def smallest(calls):
    """The samples that are committed."""
    chosen = []
    for name in dict.fromkeys(call.name for call in calls):
        own = sorted((call for call in calls if call.name == name), key=elements_of)
        empty = [call for call in own if any(x.numel() == 0 for x in call.inputs)]
        small = [call for call in own if call not in empty and elements_of(call) <= MOST_ELEMENTS]
        chosen += empty[:MOST_EMPTY] + small[:MOST_CASES]
    return chosen


def main(file, ops, more_calls, variants=()):
    calls = list(samples(ops, variants))
    if sys.argv[1:2] == ["--all"]:
        chosen = calls
        path = pathlib.Path(sys.argv[2])
    else:
        chosen = smallest(calls)
        path = pathlib.Path(sys.argv[0]).with_name(file)
    cases = [record(call) for call in [*chosen, *more_calls()]]
    golden = {"madeBy": f"torch {torch.__version__}", "cases": cases}
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    names = {}
    for case in cases:
        names[case["op"]] = names.get(case["op"], 0) + 1
    print(f"wrote {path.name}: {len(cases)} cases, {path.stat().st_size} bytes")
    print(", ".join(f"{name} {count}" for name, count in names.items()))


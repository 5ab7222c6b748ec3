#!/usr/bin/env python3
"""Writes arrays.json: reductions, scans, shapes, indexing and orders with their gradients, computed by PyTorch.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/core/test/golden/arrays.py [--all PATH]

The inputs are PyTorch's own samples of its ops (torch.testing) and some more; see calls.py for the form.
"""

import torch

from calls import Call, given, main, options

INF = float("inf")


def words(sample, *names):
    """Arguments by place, or by name."""
    found = dict(zip(names, sample.args))
    found.update({k: v for k, v in sample.kwargs.items()})
    return found


def axes_of(dim):
    if dim is None:
        return None
    return list(dim) if isinstance(dim, (tuple, list)) else dim


def reduction(name, single=False, adapt=lambda found: {}):
    def read(op, sample):
        x = sample.input
        found = words(sample, "dim", "keepdim")
        dim = axes_of(found.get("dim"))
        if x.dim() == 0 and dim is not None or isinstance(dim, list) and (len(dim) == 0 or single):
            return None
        if set(found) - {"dim", "keepdim", "axis", "correction", "unbiased", "ord", "p", "mask"}:
            return None
        own = adapt(found)
        if own is None:
            return None
        arguments = [given(0), dim, options(keepDims=bool(found.get("keepdim", False)), **own)]
        first = lambda value: value if torch.is_tensor(value) else value[0]
        return Call(name, arguments, lambda x: first(op(x, *sample.args, **sample.kwargs)), [x])

    return read


def correction(found):
    if "unbiased" in found or isinstance(found.get("dim"), bool):
        return None
    own = found.get("correction")
    return {"correction": 1 if own is None else own}


def number(value):
    return "Infinity" if value == INF else "-Infinity" if value == -INF else value


def vector_norm(op, sample):
    found = words(sample, "ord", "dim", "keepdim")
    x, dim = sample.input, axes_of(found.get("dim"))
    if x.dim() == 0 or "dtype" in found or isinstance(dim, list) and len(dim) == 0:
        return None
    own = options(keepDims=bool(found.get("keepdim", False)), order=number(found.get("ord", 2)))
    return Call("norm", [given(0), dim, own], lambda x: op(x, *sample.args, **sample.kwargs), [x])


def scan(name):
    def read(op, sample):
        x = sample.input
        dim = words(sample, "dim").get("dim")
        if x.dim() == 0 or set(sample.kwargs) - {"dim"}:
            return None
        first = lambda value: value if torch.is_tensor(value) else value[0]
        return Call(name, [given(0), dim], lambda x: first(op(x, *sample.args, **sample.kwargs)), [x])

    return read


def along(name):
    def read(op, sample):
        dim = words(sample, "dim").get("dim")
        if sample.input.dim() == 0 or set(sample.kwargs) - {"dim"}:
            return None
        return Call(name, [given(0), dim], lambda x: op(x, *sample.args, **sample.kwargs), [sample.input])

    return read


def ordered(name, result):
    def read(op, sample):
        found = words(sample, "dim", "descending", "stable")
        x = sample.input
        if x.dim() == 0 or len(x.unique()) != x.numel():
            return None
        own = options(descending=bool(found.get("descending", False)))
        fn = lambda x: torch.sort(x, dim=found.get("dim", -1), descending=bool(found.get("descending", False)), stable=True)[result]
        return Call(name, [given(0), found.get("dim", -1), own], fn, [x])

    return read


def quantile(op, sample):
    found = words(sample, "q", "dim", "keepdim")
    x, q = sample.input, found["q"]
    if x.dim() == 0:
        return None
    own = options(keepDims=bool(found.get("keepdim", False)), interpolation=found.get("interpolation"))
    q = q.tolist() if torch.is_tensor(q) else q
    return Call("quantile", [given(0), q, found.get("dim"), own], lambda x: op(x, *sample.args, **sample.kwargs), [x])


def integers(tensor):
    return {"integers": tensor.flatten().tolist(), "shape": list(tensor.shape)}


def index(name, mode=None, values=True):
    """dim, index (, source) of PyTorch's indexing ops."""

    def read(op, sample):
        x = sample.input
        dim, places = sample.args[:2]
        if x.dim() == 0 or places.dim() == 0 or name.endswith("Axis") and places.dim() != x.dim() or set(sample.kwargs) - {"sparse_grad"} or places.shape[dim] == 0 and places.numel() == 0:
            return None
        for axis, length in enumerate(places.shape if places.dim() == x.dim() and name != "take" else []):
            if axis != dim % x.dim() and length != x.shape[axis]:
                return None
        if not values:
            return Call(name, [given(0), integers(places), dim], lambda x: op(x, dim, places), [x])
        source = sample.args[2]
        if not torch.is_tensor(source) or source.shape != places.shape and name == "putAlongAxis":
            return None
        if mode == "set" and places.unique().numel() != places.numel() and name == "put":
            return None
        arguments = [given(0), integers(places), given(1), dim, {"mode": mode}]
        return Call(name, arguments, lambda x, y: op(x, dim, places, y), [x, source])

    return read


def moved(name, *names):
    def read(op, sample):
        found = words(sample, *names)
        if sample.input.dim() == 0 or set(found) - set(names):
            return None
        given_values = [found.get(n) for n in names]
        lists = [
            list(v) if isinstance(v, (tuple, torch.Size)) else v.tolist() if torch.is_tensor(v) else v
            for v in given_values
        ]
        return Call(name, [given(0), *lists], lambda x: op(x, *sample.args, **sample.kwargs), [sample.input])

    return read


def triangle(name):
    def read(op, sample):
        offset = words(sample, "diagonal").get("diagonal", 0)
        if sample.input.dim() < 2:
            return None
        return Call(name, [given(0), {"offset": offset}], lambda x: op(x, offset), [sample.input])

    return read


def diagonal(op, sample):
    found = words(sample, "offset", "dim1", "dim2")
    own = {"offset": found.get("offset", 0), "axes": [found.get("dim1", 0), found.get("dim2", 1)]}
    return Call("diagonal", [given(0), own], lambda x: op(x, *sample.args, **sample.kwargs), [sample.input])


def padded(op, sample):
    found = words(sample, "pad", "mode", "value")
    mode = found.get("mode", "constant")
    widths = list(found["pad"])
    x = sample.input
    pairs = [[widths[2 * i], widths[2 * i + 1]] for i in range(len(widths) // 2)][::-1]
    pairs = [[0, 0]] * (x.dim() - len(pairs)) + pairs
    if any(w < 0 for w in widths) or x.dim() == 0:
        return None
    names = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    own = options(mode=names[mode], value=found.get("value"))
    return Call("pad", [given(0), pairs, own], lambda x: op(x, *sample.args, **sample.kwargs), [x])


def normalized(op, sample):
    found = sample.kwargs
    if sample.input.dim() == 0:
        return None
    own = options(order=number(found.get("p", 2)), epsilon=found.get("eps"))
    return Call("normalize", [given(0), found.get("dim", 1), own], lambda x: op(x, **found), [sample.input])


OPS = {
    "sum": reduction("sum"),
    "mean": reduction("mean"),
    "amax": reduction("max"),
    "amin": reduction("min"),
    "prod": reduction("prod", single=True),
    "var": reduction("variance", adapt=correction),
    "std": reduction("standardDeviation", adapt=correction),
    "logsumexp": reduction("logSumExp"),
    "linalg.vector_norm": vector_norm,
    "any": reduction("any"),
    "all": reduction("all"),
    "count_nonzero": reduction("countNonZero"),
    "argmax": reduction("argMax", single=True),
    "argmin": reduction("argMin", single=True),
    "quantile": quantile,
    "cumsum": scan("cumulativeSum"),
    "cumprod": scan("cumulativeProd"),
    "cummax": scan("cumulativeMax"),
    "cummin": scan("cumulativeMin"),
    "logcumsumexp": scan("logCumulativeSumExp"),
    "softmax": along("softmax"),
    "log_softmax": along("logSoftmax"),
    "sort": ordered("sort", 0),
    "argsort": ordered("argSort", 1),
    "gather": index("takeAlongAxis", values=False),
    "index_select": index("take", values=False),
    "index_add": index("put", "add"),
    "index_copy": index("put", "set"),
    "scatter": index("putAlongAxis", "set"),
    "scatter_add": index("putAlongAxis", "add"),
    "flip": moved("flip", "dims"),
    "roll": moved("roll", "shifts", "dims"),
    "movedim": moved("moveAxis", "source", "destination"),
    "transpose": moved("swapAxes", "dim0", "dim1"),
    "flatten": moved("flatten", "start_dim", "end_dim"),
    "tile": moved("tile", "dims"),
    "repeat_interleave": moved("repeat", "repeats", "dim"),
    "triu": triangle("triu"),
    "tril": triangle("tril"),
    "diagonal": diagonal,
    "nn.functional.pad": padded,
    "nn.functional.normalize": normalized,
}


def more_calls():
    """Special places that PyTorch's samples leave out."""
    at = lambda *values: torch.tensor(values, requires_grad=True)
    for x in (at(0.0, 2.0, 3.0), at(0.0, 0.0, 3.0), at(0.0, 0.0, 0.0), at(2.0, 0.0, 0.0, 3.0)):
        yield Call("prod", [given(0)], torch.prod, [x])
        yield Call("cumulativeProd", [given(0)], lambda x: torch.cumprod(x, 0), [x])
    for x in (at(3.0), at(3.0, 3.0)):
        yield Call("standardDeviation", [given(0)], lambda x: torch.std(x, 0, correction=0), [x])
    for p in (0.5, 1, 1.5, 2, 3, INF, -INF, -1.0):
        for x in (at(0.0, 0.0), at(0.0, 2.0), at(2.0, 2.0, -2.0)):
            own = {"order": number(p)}
            yield Call("norm", [given(0), None, own], lambda x, p=p: torch.linalg.vector_norm(x, p), [x])
    for x in (at(-INF, 1.0), at(-INF), at(1.0, -INF, -INF)):
        yield Call("logSumExp", [given(0)], lambda x: torch.logsumexp(x, 0), [x])
    yield Call("logCumulativeSumExp", [given(0)], lambda x: torch.logcumsumexp(x, 0), [at(-INF, -INF, 1.0, 2.0)])
    for x in (at(1.0, 1.0, 0.0, 3.0, 3.0), at(-1.0, -1.0)):
        yield Call("cumulativeMax", [given(0)], lambda x: torch.cummax(x, 0)[0], [x])
        yield Call("cumulativeMin", [given(0)], lambda x: torch.cummin(x, 0)[0], [x])
        yield Call("max", [given(0)], torch.amax, [x])
        yield Call("sort", [given(0)], lambda x: torch.sort(x, stable=True)[0], [x])
    yield Call("normalize", [given(0)], lambda x: torch.nn.functional.normalize(x, dim=0), [at(0.0, 0.0)])
    for mode in ("max", "min"):
        places = torch.tensor([0, 0, 2, 2])
        reduced = lambda x, y, mode=mode: x.scatter_reduce(0, places, y, "a" + mode)
        arguments = [given(0), integers(places), given(1), 0, {"mode": mode}]
        for x, y in ((at(1.0, 2.0, 3.0), at(1.0, 5.0, 3.0, 3.0)), (at(9.0, 2.0, -3.0), at(1.0, 5.0, 3.0, 4.0))):
            yield Call("putAlongAxis", arguments, reduced, [x, y])


main("arrays.json", OPS, more_calls, variants=("nn.functional.pad",))

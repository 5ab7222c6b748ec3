#!/usr/bin/env python3
"""Writes composed.json: functions composed of ops, with their gradients, computed by PyTorch.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/core/test/golden/composed.py

See calls.py for the form. A name with a dot is a result of a function that gives several.
"""

import itertools

import torch

from calls import Call, flat, given, main, options, uniform

F = torch.nn.functional
NAN = float("nan")
INF = float("inf")


def integers(tensor):
    return {"integers": tensor.flatten().tolist(), "shape": list(tensor.shape)}


def numbers(tensor):
    return {"numbers": flat(tensor), "shape": list(tensor.shape)}


def at(*values):
    return torch.tensor(values, requires_grad=True)


def sampled():
    """Samples of images, at points inside and beyond."""
    paddings, names = ("zeros", "border", "reflection"), {"bilinear": "linear", "nearest": "nearest", "bicubic": "cubic"}
    for mode, padding, corners in itertools.product(names, paddings, (False, True)):
        own = {"mode": names[mode], "padding": padding, "alignCorners": corners}
        call = lambda x, g, m=mode, p=padding, c=corners: F.grid_sample(x, g, m, p, c)
        yield Call("gridSample", [given(0), given(1), own], call, [uniform(-2, 2, 2, 2, 3, 4), uniform(-2.5, 2.5, 2, 3, 2, 2)])
        if mode != "bicubic":
            yield Call("gridSample", [given(0), given(1), own], call, [uniform(-2, 2, 1, 2, 2, 3, 2), uniform(-1.7, 1.7, 1, 2, 1, 3, 3)])
    for corners in (False, True):
        # Ends, middles and places beyond, where derivatives have kinks; an axis of one element.
        ends = torch.tensor([[[[-1.0, -1], [1, 1], [0, 0]], [[-3, 0], [5, -5], [0.5, 1]]]]).requires_grad_()
        for padding in paddings:
            call = lambda x, g, p=padding, c=corners: F.grid_sample(x, g, "bilinear", p, c)
            own = {"padding": padding, "alignCorners": corners}
            yield Call("gridSample", [given(0), given(1), own], call, [uniform(-2, 2, 1, 1, 3, 3), ends])
            yield Call("gridSample", [given(0), given(1), own], call, [uniform(-2, 2, 1, 1, 1, 2), ends])
        for size in ((2, 3), (1, 4), (3, 1), (2, 1, 3)):
            maps = uniform(-1, 1, 2, len(size), len(size) + 1)
            call = lambda m, s=size, c=corners: F.affine_grid(m, [2, 1, *s], align_corners=c)
            yield Call("affineGrid", [given(0), list(size), {"alignCorners": corners}], call, [maps])


def arranged():
    for shape, factor in (((1, 4, 2, 3), 2), ((18, 1, 2), 3), ((2, 1, 8, 2, 1), 2), ((1, 3, 2, 2), 1)):
        yield Call("pixelShuffle", [given(0), factor], lambda x, f=factor: F.pixel_shuffle(x, f), [uniform(-2, 2, *shape)])
    for shape, factor in (((1, 2, 4, 6), 2), ((1, 3, 6), 3), ((2, 1, 1, 2, 2), 1)):
        yield Call("pixelUnshuffle", [given(0), factor], lambda x, f=factor: F.pixel_unshuffle(x, f), [uniform(-2, 2, *shape)])
    for turns, axes in ((1, [0, 1]), (2, [0, 1]), (3, [0, 1]), (-1, [1, 0]), (4, [0, 1]), (-6, [0, 2]), (1, [-2, -1]), (5, [2, 0])):
        yield Call("rotate90", [given(0), turns, axes], lambda x, t=turns, a=axes: torch.rot90(x, t, a), [uniform(-2, 2, 2, 3, 2)])
    sizes = (
        ((1, 1, 4), {"size": 7}),
        ((1, 2, 5), {"scale_factor": 2.5}),
        ((2, 1, 7), {"size": 3}),
        ((1, 1, 10), {"size": 3}),
        ((1, 1, 3), {"scale_factor": 3}),
        ((1, 1, 3, 4), {"size": (5, 3)}),
        ((1, 1, 3, 4), {"scale_factor": (1.7, 0.6)}),
        ((1, 1, 1, 1), {"size": (3, 2)}),
        ((1, 1, 2, 3, 2), {"size": (3, 2, 5)}),
        ((1, 1, 5, 4, 3), {"size": (2, 3, 2)}),
    )
    for shape, target in sizes:
        for mode in ("nearest-exact", "area"):
            own = options(size=target.get("size"), scale=target.get("scale_factor"), mode=mode)
            call = lambda x, t=target, m=mode: F.interpolate(x, **t, mode=m)
            yield Call("interpolate", [given(0), own], call, [uniform(-2, 2, *shape)])


def pooled():
    for fn, name, shape, size, settings in (
        (F.avg_pool2d, "averagePool2d", (1, 2, 4, 5), 2, {"stride": 1, "padding": 1, "divisor_override": 3}),
        (F.avg_pool2d, "averagePool2d", (1, 4, 5), (2, 3), {"ceil_mode": True, "divisor_override": -2}),
        (F.avg_pool3d, "averagePool3d", (1, 1, 3, 4, 3), 2, {"padding": 1, "count_include_pad": False, "divisor_override": 5}),
    ):
        names = {"ceil_mode": "ceilMode", "count_include_pad": "countPadding", "divisor_override": "divisor"}
        own = {names.get(key, key): value for key, value in settings.items()}
        own_size = list(size) if isinstance(size, tuple) else size
        yield Call(name, [given(0), own_size, own], lambda x, f=fn, s=size, o=settings: f(x, s, **o), [uniform(-2, 2, *shape)])
    for shape, size in (((1, 2, 4, 5, 3), (2, 3, 2)), ((2, 4, 2, 6), (2, 1, 3)), ((1, 1, 3, 3, 3), 2), ((1, 5, 1, 2), (3, 2, 4))):
        own = list(size) if isinstance(size, tuple) else size
        call = lambda x, s=size: F.adaptive_avg_pool3d(x, s)
        yield Call("adaptiveAveragePool3d", [given(0), own], call, [uniform(-2, 2, *shape)])
    fns = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
    for axes, shape, size, settings in (
        (1, (1, 2, 7), 3, {"stride": 2, "padding": 1}),
        (1, (2, 5), 2, {"ceil_mode": True}),
        (3, (1, 2, 4, 3, 5), (2, 1, 3), {"stride": 1, "padding": (1, 0, 1)}),
        (3, (1, 1, 3, 4, 4), 2, {}),
    ):
        own = {{"ceil_mode": "ceilMode"}.get(key, key): list(v) if isinstance(v, tuple) else v for key, v in settings.items()}
        own_size = list(size) if isinstance(size, tuple) else size
        for i, part in enumerate(("values", "indices")):
            call = lambda x, f=fns[axes], s=size, o=settings, i=i: f(x, s, return_indices=True, **o)[i]
            yield Call(f"maxPool{axes}dWithIndices.{part}", [given(0), own_size, own], call, [uniform(-2, 2, *shape)])
    ties = torch.tensor([[[1.0, 3, 3, 2, 2], [3, 3, 0, 2, 2], [0, NAN, 1, 2, 2]]]).requires_grad_()
    for x, size in ((uniform(-2, 2, 1, 2, 5, 7), (2, 3)), (uniform(-2, 2, 1, 4, 6), 2), (uniform(-2, 2, 1, 1, 3, 1), (2, 4)), (ties, 2)):
        own = list(size) if isinstance(size, tuple) else size
        for i, part in enumerate(("values", "indices")):
            call = lambda x, s=size, i=i: F.adaptive_max_pool2d(x, s, return_indices=True)[i]
            yield Call(f"adaptiveMaxPool2dWithIndices.{part}", [given(0), own], call, [x])
    for axes, fn, shape, size in (
        (1, F.adaptive_max_pool1d, (1, 2, 7), 3),
        (1, F.adaptive_max_pool1d, (2, 2, 6), 2),
        (3, F.adaptive_max_pool3d, (1, 2, 3, 5, 4), (2, 3, 2)),
        (3, F.adaptive_max_pool3d, (1, 1, 2, 4, 2), (1, 2, 2)),
    ):
        own = list(size) if isinstance(size, tuple) else size
        for i, part in enumerate(("values", "indices")):
            call = lambda x, s=size, i=i, fn=fn: fn(x, s, return_indices=True)[i]
            yield Call(f"adaptiveMaxPool{axes}dWithIndices.{part}", [given(0), own], call, [uniform(-2, 2, *shape)])
        yield Call(f"adaptiveMaxPool{axes}d", [given(0), own], lambda x, s=size, fn=fn: fn(x, s), [uniform(-2, 2, *shape)])


def placed():
    ids = torch.tensor([2, 0, 2, 2, 0, 4])
    reductions = {"Max": ("amax", -INF), "Min": ("amin", INF), "Prod": ("prod", 1.0), "Mean": ("mean", 0.0)}
    zeros = torch.tensor([[0.0, 2], [3, 0], [0, 4], [5, 0], [0, 0], [0, 1]]).requires_grad_()
    for name, (reduce, first) in reductions.items():
        for x in (uniform(-2, 2, 6), uniform(-2, 2, 6, 2, 3), zeros):
            call = lambda x, r=reduce, f=first: torch.full([5, *x.shape[1:]], f).index_reduce(0, ids, x, r, include_self=False)
            yield Call(f"segment{name}", [given(0), integers(ids), 5], call, [x])
    for mode, reduce in (("multiply", "prod"), ("mean", "mean")):
        for axis, (x, places) in ((1, ((2, 4), (2, 5))), (0, ((3, 2), (4, 2))), (-1, ((2, 2, 3), (2, 2, 4))), (1, ((1, 3), (1, 0)))):
            where = torch.randint(0, x[axis], places)
            call = lambda x, v, a=axis, w=where, r=reduce: x.scatter_reduce(a, w, v, r)
            yield Call("putAlongAxis", [given(0), integers(where), given(1), axis, {"mode": mode}], call, [uniform(-2, 2, *x), uniform(-2, 2, *places)])
        for x, v in ((at(0.0, 2, 3), at(1.0, 0, 3, 0)), (at(1.0, 0, 2), at(0.0, 0, 3, 4))):
            where = torch.tensor([0, 0, 2, 2])
            call = lambda x, v, r=reduce: x.scatter_reduce(0, torch.tensor([0, 0, 2, 2]), v, r)
            yield Call("putAlongAxis", [given(0), integers(where), given(1), 0, {"mode": mode}], call, [x, v])
        for axis in (0, 1, -1):
            shape = [3, 4, 2]
            where = torch.randint(0, shape[axis], [5])
            source = [5 if i == axis % 3 else n for i, n in enumerate(shape)]
            call = lambda x, v, a=axis, w=where, r=reduce: x.index_reduce(a, w, v, r)
            yield Call("put", [given(0), integers(where), given(1), axis, {"mode": mode}], call, [uniform(-2, 2, *shape), uniform(-2, 2, *source)])
    for rows, values in (((2, 5), (2, 4)), ((2, 3, 7), (2, 3, 2)), ((1, 1), (1, 3)), ((3, 8), (3, 9)), ((2, 0), (2, 3)), ((2, 6), (2, 0))):
        for right in (False, True):
            # Of few different numbers, so that some are equal.
            row = torch.sort((torch.rand(rows) * 6).round() / 2)[0]
            wanted = ((torch.rand(values) * 8).round() / 2 - 0.5).requires_grad_()
            if rows == (3, 8):
                row[1, 0] = -INF
            call = lambda v, r=row, right=right: torch.searchsorted(r, v.contiguous(), right=right)
            yield Call("searchSorted", [numbers(row), given(0), {"side": "right" if right else "left"}], call, [wanted])


def summed():
    for interpolation in ("linear", "lower", "higher", "nearest", "midpoint"):
        for shape, axis, q in (((7,), 0, at(0.0, 0.25, 0.5, 0.9, 1.0)), ((3, 4), 1, at(0.1, 0.6)), ((2, 3, 2), 0, at(0.3)), ((5,), 0, at(0.125, 0.375, 0.625))):
            call = lambda x, q, a=axis, how=interpolation: torch.quantile(x, q, a, interpolation=how)
            yield Call("quantile", [given(0), given(1), axis, {"interpolation": interpolation}], call, [uniform(-2, 2, *shape), q])
    for shape in ((3, 5), (1, 4), (2, 1), (6,), (4, 2)):
        for correction in (0, 1, 2):
            # PyTorch gives a scalar for a matrix of one row.
            call = lambda x, c=correction: torch.cov(x, correction=c).reshape(x.shape[:1] * 2 if x.dim() > 1 else ())
            yield Call("covariance", [given(0), {"correction": correction}], call, [uniform(-2, 2, *shape)])
        if shape not in ((2, 1), (1, 4)):
            yield Call("covariance", [given(0)], torch.cov, [uniform(-2, 2, *shape)])
            yield Call("correlation", [given(0)], torch.corrcoef, [uniform(-2, 2, *shape)])
    for decimals in (-2, -1, 0, 1, 3, 9):
        call = lambda x, d=decimals: torch.round(x, decimals=d)
        yield Call("round", [given(0), {"decimals": decimals}], call, [uniform(-300, 300, 12)])
        yield Call("round", [given(0), {"decimals": decimals}], call, [at(0.0, 2.5, -2.5, 25.0, 150.0, -50.0, 0.25, INF, -INF, NAN)])
    some = torch.tensor([[1.0, NAN, 3, 3], [NAN, NAN, NAN, NAN], [2, 2, -1, NAN]]).requires_grad_()
    for axes, keep in (([0, 1], False), ([1], True), ([0], False)):
        own = [given(0), axes, {"keepDims": keep}]
        yield Call("nanSum", own, lambda x, a=axes, k=keep: torch.nansum(x, a, k), [some])
        # The gradient of a mean of nothing is NaN in PyTorch.
        yield Call("nanMean", own, lambda x, a=axes, k=keep: torch.nanmean(x, a, k), [some if axes != [1] else some[::2].detach().requires_grad_()])
        for name, fn, far in (("nanMax", torch.amax, -INF), ("nanMin", torch.amin, INF)):

            def extreme(x, a=axes, k=keep, fn=fn, far=far):
                found = fn(torch.where(x.isnan(), far, x), a, k)
                return torch.where(x.isnan().all(a[0], k) if len(a) == 1 else x.isnan().all(), NAN, found)

            yield Call(name, own, extreme, [some])


def more_calls():
    for calls in (sampled, arranged, pooled, placed, summed):
        yield from calls()


main("composed.json", {}, more_calls)

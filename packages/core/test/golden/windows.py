#!/usr/bin/env python3
"""Writes windows.json: contractions, windows, norms and attention with their gradients, computed by PyTorch.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/core/test/golden/windows.py [--all PATH]

The inputs are PyTorch's own samples of its ops (torch.testing), made float64, and some more. --all writes every sample
to a file of its own; what is committed has the smallest of them.

A case is a call: a list of arguments of ours, in which {"input": i} stands for input i. `value` is the result, and
`gradients` are those of the sum of weights * result.
"""

import numpy
import torch

from calls import Call, flat, given, listed, main, options, uniform

F = torch.nn.functional



def with_optional(name, leading, fn, tensors, **more):
    """Tensors that may be None become options by their names."""
    inputs = list(leading)
    own = options(**more)
    for key, tensor in tensors.items():
        if tensor is not None:
            own[key] = given(len(inputs))
            inputs.append(tensor)
    present = [key for key, tensor in tensors.items() if tensor is not None]

    def call(*values):
        return fn(*values[: len(leading)], **dict(zip(present, values[len(leading) :])))

    return inputs, own, call


# From a sample of PyTorch's op to calls of ours; None for what is no case of ours.


def plain(name):
    def adapt(op, sample):
        inputs = [sample.input, *sample.args]
        if any(not torch.is_tensor(x) for x in inputs) or sample.kwargs:
            return None
        return Call(name, [given(i) for i in range(len(inputs))], op, inputs)

    return adapt


def einsum(op, sample):
    operands = list(sample.input)
    (equation,) = sample.args
    arguments = [equation, *(given(i) for i in range(len(operands)))]
    return Call("einsum", arguments, lambda *xs: op(list(xs), equation), operands)


def tensordot(op, sample):
    dims = sample.kwargs["dims"]
    axes = dims if isinstance(dims, int) else [listed(side) for side in dims]
    x, y = sample.input, sample.args[0]
    return Call("tensordot", [given(0), given(1), axes], lambda x, y: op(x, y, dims=dims), [x, y])


def cross(op, sample):
    inputs = [sample.input, *sample.args]
    axis = sample.kwargs.get("dim", -1)
    call = lambda x, y: torch.linalg.cross(x, y, dim=axis)
    return Call("cross", [given(0), given(1), axis], call, inputs)


def inner(op, sample):
    x, y = sample.input, sample.args[0]
    return Call("dot", [given(0), given(1)], op, [x, y]) if x.dim() == y.dim() == 1 else None


def convolution(name, transposed):
    def adapt(op, sample):
        x, (weight, bias, *rest) = sample.input, (*sample.args, *[None] * 2)[: max(2, len(sample.args))]
        if x.dim() != weight.dim():
            return None
        names = ["stride", "padding", *(["output_padding", "groups", "dilation"] if transposed else ["dilation", "groups"])]
        settings = {**dict(zip(names, rest)), **sample.kwargs}
        if isinstance(settings.get("padding"), tuple) and len(settings["padding"]) != x.dim() - 2:
            settings["padding"] = settings["padding"] * (x.dim() - 2)
        fn = lambda x, weight, bias=None: op(x, weight, bias, **settings)
        spread = lambda v: v[0] if isinstance(v, (tuple, list)) and len(v) == 1 else v
        own = {key: spread(value) for key, value in settings.items()}
        if "output_padding" in own:
            own["outputPadding"] = own.pop("output_padding")
        inputs, own, call = with_optional(name, [x, weight], fn, {"bias": bias}, **own)
        return Call(name, [given(0), given(1), own], call, inputs)

    return adapt


def average_pool(name, axes):
    def adapt(op, sample):
        x = sample.input
        names = ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"]
        settings = {**dict(zip(names, sample.args)), **sample.kwargs}
        if settings.get("divisor_override") is not None or x.dim() < axes:
            return None
        spread = lambda v: v[0] if isinstance(v, (tuple, list)) and len(v) == 1 else v
        own = options(
            stride=spread(settings.get("stride")) or None,
            padding=spread(settings.get("padding")),
            ceilMode=settings.get("ceil_mode"),
            countPadding=settings.get("count_include_pad"),
        )
        size = listed(spread(settings["kernel_size"]))
        return Call(name, [given(0), size, own], lambda x: op(x, **settings), [x])

    return adapt


def adaptive_pool(name, axes):
    def adapt(op, sample):
        size, *indices = sample.args
        if (isinstance(size, tuple) and None in size) or indices == [True]:
            return None
        call = lambda x: op(x, size)
        spread = size[0] if isinstance(size, tuple) and len(size) == 1 else size
        return Call(name, [given(0), listed(spread)], call, [sample.input])

    return adapt


def resize(op, sample):
    x, settings = sample.input, dict(sample.kwargs)
    names = ["size", "scale_factor", "mode", "align_corners", "recompute_scale_factor"]
    settings.update(zip(names, sample.args))
    modes = {"nearest": "nearest", "linear": "linear", "bilinear": "linear", "trilinear": "linear", "bicubic": "cubic"}
    if settings.get("mode", "nearest") not in modes or settings.get("recompute_scale_factor"):
        return None
    own = options(
        size=settings.get("size"),
        scale=settings.get("scale_factor"),
        mode=modes[settings.get("mode", "nearest")],
        alignCorners=settings.get("align_corners"),
    )
    return Call("interpolate", [given(0), own], lambda x: F.interpolate(x, **settings), [x])


def columns(op, sample):
    x = sample.input
    names = ["kernel_size", "dilation", "padding", "stride"]
    settings = {**dict(zip(names, sample.args)), **sample.kwargs}
    size = settings.pop("kernel_size")
    if x.dim() != 4:
        return None
    own = options(**settings)
    return Call("unfold", [given(0), listed(size), own], lambda x: F.unfold(x, size, **settings), [x])


def images(op, sample):
    x = sample.input
    names = ["output_size", "kernel_size", "dilation", "padding", "stride"]
    settings = {**dict(zip(names, sample.args)), **sample.kwargs}
    lengths, size = settings.pop("output_size"), settings.pop("kernel_size")
    if x.dim() != 3:
        return None
    call = lambda x: F.fold(x, lengths, size, **settings)
    return Call("fold", [given(0), listed(lengths), listed(size), options(**settings)], call, [x])


def layer_norm(op, sample):
    x, (shape, *rest) = sample.input, sample.args
    weight, bias = (*rest, *[None] * 2)[:2]
    weight, bias = sample.kwargs.get("weight", weight), sample.kwargs.get("bias", bias)
    epsilon = sample.kwargs.get("eps")
    more = {} if epsilon is None else {"eps": epsilon}
    fn = lambda x, weight=None, bias=None: F.layer_norm(x, shape, weight, bias, **more)
    axes = [i - len(shape) for i in range(len(shape))]
    tensors = {"weight": weight, "bias": bias}
    inputs, own, call = with_optional("layerNorm", [x], fn, tensors, axes=axes, epsilon=epsilon)
    return Call("layerNorm", [given(0), own], call, inputs)


def rms_norm(op, sample):
    x, (shape, *rest) = sample.input, sample.args
    weight = sample.kwargs.get("weight", rest[0] if rest else None)
    epsilon = sample.kwargs.get("eps")
    fn = lambda x, weight=None: F.rms_norm(x, shape, weight, epsilon)
    axes = [i - len(shape) for i in range(len(shape))]
    inputs, own, call = with_optional("rmsNorm", [x], fn, {"weight": weight}, axes=axes, epsilon=epsilon)
    return Call("rmsNorm", [given(0), own], call, inputs)


def group_norm(op, sample):
    x, (groups,), settings = sample.input, sample.args, dict(sample.kwargs)
    weight, bias = settings.pop("weight", None), settings.pop("bias", None)
    epsilon = settings.get("eps", 1e-5)
    fn = lambda x, weight=None, bias=None: F.group_norm(x, groups, weight, bias, epsilon)
    inputs, own, call = with_optional("groupNorm", [x], fn, {"weight": weight, "bias": bias}, epsilon=epsilon)
    return Call("groupNorm", [given(0), groups, own], call, inputs)


def attention(op, sample):
    q, (k, v, *rest), settings = sample.input, sample.args, dict(sample.kwargs)
    settings.update(zip(["attn_mask", "dropout_p", "is_causal"], rest))
    if settings.get("dropout_p") or settings.pop("enable_gqa", False):
        return None
    mask = settings.pop("attn_mask", None)
    own = options(causal=settings.get("is_causal"), scale=settings.get("scale"))
    if mask is not None and mask.dtype == torch.bool:
        own["mask"] = {"shape": list(mask.shape), "bools": mask.int().ravel().tolist()}
        call = lambda q, k, v: op(q, k, v, attn_mask=mask, **settings)
        return Call("scaledDotProductAttention", [*map(given, range(3)), own], call, [q, k, v])
    fn = lambda q, k, v, mask=None: op(q, k, v, attn_mask=mask, **settings)
    inputs, own, call = with_optional("attention", [q, k, v], fn, {"mask": mask}, **own)
    return Call("scaledDotProductAttention", [*map(given, range(3)), own], call, inputs)


def distance_of(order):
    return {"order": "Infinity" if order == numpy.inf else order}


def cosine(op, sample):
    x, y = sample.input, sample.args[0]
    if x.dim() == 0:
        return None
    axis, epsilon = sample.kwargs.get("dim", 1), sample.kwargs.get("eps", 1e-8)
    call = lambda x, y: op(x, y, dim=axis, eps=epsilon)
    return Call("cosineSimilarity", [given(0), given(1), axis, {"epsilon": epsilon}], call, [x, y])


def rows(op, sample):
    """Distances row by row: ours of matrices of one row each. PyTorch adds 1e-6 to differences."""
    x, y = sample.input, sample.args[0]
    settings = dict(sample.kwargs)
    order, epsilon = settings.get("p", 2.0), settings.get("eps", 1e-6)
    keep = settings.get("keepdim", False)
    if x.dim() == 0 or order < 0 or epsilon != 1e-6:
        return None
    x, y = torch.broadcast_tensors(x, y)
    fn = lambda x, y: F.pairwise_distance(x[..., 0, :] - 1e-6, y[..., 0, :], order)[..., None, None]
    return Call("pairwiseDistance", [given(0), given(1), distance_of(order)], fn, [x[..., None, :], y[..., None, :]])


def distances(op, sample):
    x, y = sample.input, sample.args[0]
    order = sample.args[1] if len(sample.args) > 1 else sample.kwargs.get("p", 2.0)
    mode = "donot_use_mm_for_euclid_dist"
    call = lambda x, y: torch.cdist(x, y, order, mode)
    return Call("pairwiseDistance", [given(0), given(1), distance_of(order)], call, [x, y])


OPS = {
    "dot": inner,
    "outer": plain("outer"),
    "kron": plain("kron"),
    "linalg.cross": cross,
    "tensordot": tensordot,
    "einsum": einsum,
    "nn.functional.conv1d": convolution("conv1d", False),
    "nn.functional.conv2d": convolution("conv2d", False),
    "nn.functional.conv3d": convolution("conv3d", False),
    "nn.functional.conv_transpose1d": convolution("convTranspose1d", True),
    "nn.functional.conv_transpose2d": convolution("convTranspose2d", True),
    "nn.functional.conv_transpose3d": convolution("convTranspose3d", True),
    "nn.functional.avg_pool1d": average_pool("averagePool1d", 1),
    "nn.functional.avg_pool2d": average_pool("averagePool2d", 2),
    "nn.functional.avg_pool3d": average_pool("averagePool3d", 3),
    "nn.functional.adaptive_avg_pool1d": adaptive_pool("adaptiveAveragePool1d", 1),
    "nn.functional.adaptive_avg_pool2d": adaptive_pool("adaptiveAveragePool2d", 2),
    "nn.functional.adaptive_max_pool2d": adaptive_pool("adaptiveMaxPool2d", 2),
    "nn.functional.interpolate": resize,
    "nn.functional.upsample_bilinear": resize,
    "nn.functional.unfold": columns,
    "nn.functional.fold": images,
    "nn.functional.layer_norm": layer_norm,
    "nn.functional.rms_norm": rms_norm,
    "nn.functional.group_norm": group_norm,
    "nn.functional.scaled_dot_product_attention": attention,
    "nn.functional.cosine_similarity": cosine,
    "nn.functional.pairwise_distance": rows,
    "cdist": distances,
}


def more_calls():
    """What PyTorch's samples leave out."""
    yield Call("dot", [given(0), given(1)], torch.dot, [uniform(-2, 2, 1), uniform(-2, 2, 1)])
    for length in (0, 2, 3, 7, 8, 9, 31, 33, 40):
        yield Call("dot", [given(0), given(1)], torch.dot, [uniform(-2, 2, length), uniform(-2, 2, length)])
    for shapes in ([(1,), (1,)], [(2,), (0,)], [(4,), (3,)], [(9,), (2,)], [(1,), (7,)], [(8,), (8,)], [(3,), (5,)], [(0,), (0,)], [(5,), (1,)]):
        yield Call("outer", [given(0), given(1)], torch.outer, [uniform(-2, 2, *s) for s in shapes])
    for shapes in ([(2, 3), (1, 2)], [(3,), (4,)], [(2, 1, 2), (1, 3, 2)], [(2, 2), (3,)], [(), (2, 2)], [(2, 0), (1, 2)], [(1,), (1,)], [(4,), (1,)], [(2, 3, 1), (2, 1, 2)], [(5,), (2, 2)]):
        yield Call("kron", [given(0), given(1)], torch.kron, [uniform(-2, 2, *s) for s in shapes])
    for shapes, axis in ((((3,), (3,)), 0), (((4, 3), (3,)), -1), (((3, 2), (3, 2)), 0), (((2, 3, 4), (1, 3, 1)), 1), (((3, 3), (3, 3)), -2), (((0, 3), (1, 3)), -1), (((2, 1, 3), (5, 3)), -1), (((3, 1), (3, 1)), 0)):
        call = lambda x, y, axis=axis: torch.linalg.cross(*torch.broadcast_tensors(x, y), dim=axis)
        yield Call("cross", [given(0), given(1), axis], call, [uniform(-2, 2, *s) for s in shapes])
    pairs = (
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3), (4, 5), 0),
        ((2, 3), (3,), 1),
        ((2, 3, 4), (4, 3, 2), [[0, 2], [2, 0]]),
        ((2, 3, 4), (4, 3, 2), [[-1], [0]]),
        ((3, 2), (2, 3), [[0, 1], [1, 0]]),
        ((2, 0), (0, 3), 1),
        ((1, 1), (1, 1), 1),
        ((2, 2, 2), (2, 2, 2), [[1], [1]]),
        ((5,), (5,), 1),
    )
    for x, y, axes in pairs:
        call = lambda x, y, axes=axes: torch.tensordot(x, y, dims=axes)
        yield Call("tensordot", [given(0), given(1), axes], call, [uniform(-2, 2, *x), uniform(-2, 2, *y)])
    equations = (
        ("ij,jk->ik", (2, 3), (3, 4)),
        ("ij,jk", (2, 3), (3, 4)),
        ("ii", (3, 3)),
        ("ii->i", (3, 3)),
        ("iij->ji", (2, 2, 3)),
        ("iii->", (2, 2, 2)),
        ("...ij,...jk->...ik", (2, 1, 2, 3), (3, 3, 2)),
        ("i...,j...->ij...", (2, 3), (4, 1)),
        ("bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)),
        ("bhqk,bkhd->bqhd", (2, 2, 3, 5), (2, 5, 2, 4)),
        ("ij,jk,kl,lm->im", (2, 3), (3, 4), (4, 2), (2, 3)),
        ("a,b,c,d,e,f,g->", (2,), (3,), (1,), (2,), (2,), (1,), (3,)),
        ("ab,bc,cd,de,ef,fg,ga->", (2, 3), (3, 2), (2, 2), (2, 3), (3, 1), (1, 2), (2, 2)),
        (",ij->ji", (), (2, 3)),
        ("i,i->i", (4,), (4,)),
        ("bi,bi->b", (3, 4), (3, 4)),
        ("ij->", (2, 3)),
        (" i j , j -> i ", (2, 3), (3,)),
        ("ij,kj->ki", (1, 3), (2, 3)),
        ("bij,bjk->ikb", (2, 3, 2), (2, 2, 3)),
        ("ik,kk->i", (2, 3), (3, 3)),
        ("bA", (2, 3)),
        ("ij,jk->ik", (2, 0), (0, 3)),
        ("i,j->ji", (2,), (3,)),
    )
    for equation, *shapes in equations:
        call = lambda *xs, equation=equation: torch.einsum(equation, *xs)
        yield Call("einsum", [equation, *map(given, range(len(shapes)))], call, [uniform(-2, 2, *s) for s in shapes])
    transposed = (
        (1, (2, 3, 4), (3, 2, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
        (1, (1, 2, 3), (2, 1, 2), {"stride": 3, "output_padding": 2, "groups": 2, "dilation": 2}),
        (2, (1, 2, 3, 2), (2, 3, 2, 3), {"stride": (2, 1), "padding": (1, 1), "output_padding": (1, 0)}),
        (2, (2, 4, 2, 2), (4, 1, 3, 2), {"groups": 4, "dilation": (1, 2), "stride": 2}),
        (2, (1, 1, 1, 1), (1, 1, 1, 1), {}),
        (2, (1, 4, 3, 3), (4, 2, 1, 1), {"groups": 2, "stride": 3}),
        (1, (1, 1, 1), (1, 1, 1), {}),
        (1, (2, 4, 3), (4, 1, 2), {"groups": 4}),
        (1, (1, 2, 5), (2, 2, 4), {"stride": 4, "output_padding": 3}),
        (2, (1, 2, 2, 2), (2, 1, 3, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
        (3, (1, 1, 2, 2, 2), (1, 2, 2, 2, 2), {}),
        (3, (1, 1, 2, 2, 2), (1, 1, 3, 1, 2), {"stride": 3, "output_padding": 2}),
        (3, (1, 2, 1, 1, 1), (2, 1, 2, 3, 2), {"groups": 2}),
        (3, (2, 1, 1, 2, 1), (1, 2, 1, 2, 3), {"padding": (0, 1, 1)}),
        (3, (1, 2, 2, 2, 1), (2, 1, 1, 2, 1), {"dilation": (1, 2, 1), "stride": (2, 1, 1)}),
        (3, (1, 1, 1, 1, 1), (1, 1, 1, 1, 1), {}),
        (2, (1, 2, 1, 3), (2, 2, 2, 2), {"dilation": (2, 1), "padding": 1}),
        (2, (1, 1, 3, 1), (1, 3, 1, 2), {"stride": (1, 2), "output_padding": (0, 1)}),
        (3, (1, 1, 1, 3, 2), (1, 1, 2, 1, 1), {"stride": 2, "output_padding": 1}),
        (3, (1, 3, 1, 2, 1), (3, 1, 1, 1, 1), {"stride": 2}),
        (3, (1, 2, 2, 1, 3), (2, 2, 2, 1, 2), {"stride": (1, 2, 2), "padding": (1, 0, 1), "output_padding": (0, 1, 1)}),
        (3, (2, 2, 1, 2, 3), (2, 1, 2, 2, 1), {"groups": 2, "dilation": 2, "padding": 1}),
    )
    fns = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}
    for axes, x, w, settings in transposed:
        call = lambda x, w, fn=fns[axes], settings=settings: fn(x, w, **settings)
        own = {key.replace("output_padding", "outputPadding"): listed(value) for key, value in settings.items()}
        yield Call(f"convTranspose{axes}d", [given(0), given(1), own], call, [uniform(-2, 2, *x), uniform(-1, 1, *w)])
    pools = (
        (1, (2, 7), 3, {"stride": 2, "padding": 1}),
        (1, (1, 2, 8), 3, {"stride": 2, "padding": 1, "ceil_mode": True}),
        (1, (1, 2, 8), 3, {"stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}),
        (1, (1, 1), 1, {}),
        (1, (1, 2, 5), 2, {"stride": 1, "count_include_pad": False}),
        (1, (0, 2, 5), 2, {}),
        (2, (1, 2, 4, 5), 2, {"ceil_mode": True}),
        (2, (1, 2, 4, 5), (3, 2), {"stride": (1, 2), "padding": (1, 1), "count_include_pad": False}),
        (2, (2, 5, 5), 3, {"stride": 3, "padding": 1, "ceil_mode": True}),
        (2, (1, 1, 5, 7), (2, 3), {"stride": (3, 1), "ceil_mode": True}),
        (2, (1, 3, 1, 1), 1, {}),
        (3, (1, 3, 4, 3), 2, {"stride": 1, "padding": 1, "count_include_pad": False}),
        (3, (1, 1, 3, 2, 5), (1, 2, 3), {"stride": 2, "padding": (0, 1, 1), "ceil_mode": True}),
        (3, (1, 2, 2, 2, 2), 2, {}),
        (3, (1, 1, 3, 3, 3), 2, {"ceil_mode": True}),
        (3, (1, 1, 3, 3, 3), 3, {"padding": 1, "ceil_mode": True, "stride": 2}),
        (3, (1, 1, 1, 1, 1), 1, {}),
        (3, (0, 1, 2, 2, 2), 2, {}),
        (2, (1, 2, 2, 3), (1, 3), {"padding": (0, 1)}),
        (3, (2, 1, 2, 3, 2), (2, 1, 2), {"stride": 1}),
        (3, (1, 1, 4, 2, 3), (3, 2, 1), {"padding": (1, 0, 0), "count_include_pad": False}),
        (2, (2, 2, 3, 3), 2, {"stride": 1, "padding": 1}),
        (2, (1, 1, 7, 2), (5, 1), {"stride": 2}),
        (2, (1, 1, 3, 3), 3, {}),
    )
    fns = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}
    names = {"ceil_mode": "ceilMode", "count_include_pad": "countPadding"}
    for axes, x, size, settings in pools:
        call = lambda x, fn=fns[axes], size=size, settings=settings: fn(x, size, **settings)
        own = {names.get(key, key): listed(value) for key, value in settings.items()}
        yield Call(f"averagePool{axes}d", [given(0), listed(size), own], call, [uniform(-2, 2, *x)])
    for axes, kind, fn in ((1, "Average", F.adaptive_avg_pool1d), (2, "Average", F.adaptive_avg_pool2d), (2, "Max", F.adaptive_max_pool2d)):
        shapes = {1: ((1, 2, 7), (2, 5), (1, 1, 6), (2, 1), (1, 3)), 2: ((1, 2, 5, 7), (2, 4, 6), (1, 1, 3, 1), (1, 2, 2, 5))}
        for shape in shapes[axes]:
            for size in (1, 2, 3, 5, 7) if axes == 1 else (1, (2, 3), (5, 2), (4, 7)):
                call = lambda x, fn=fn, size=size: fn(x, size)
                yield Call(f"adaptive{kind}Pool{axes}d", [given(0), listed(size)], call, [uniform(-2, 2, *shape)])
    ties = torch.tensor([[[1.0, 3, 3, 2, 2], [3, 3, 0, 2, 2], [0, numpy.nan, 1, 2, 2]]]).requires_grad_()
    yield Call("adaptiveMaxPool2d", [given(0), 2], lambda x: F.adaptive_max_pool2d(x, 2), [ties])
    sizes = (
        ((1, 1, 4), {"size": 7}),
        ((1, 2, 5), {"scale_factor": 2.5}),
        ((2, 1, 7), {"size": 3}),
        ((1, 1, 3, 4), {"size": (5, 3)}),
        ((1, 1, 3, 4), {"scale_factor": (1.7, 0.6)}),
        ((1, 1, 1, 1), {"size": (3, 2)}),
        ((1, 1, 2, 3, 2), {"size": (3, 2, 5)}),
        ((1, 1, 2, 2, 3), {"scale_factor": 2}),
        ((1, 1, 3, 3), {"size": (1, 1)}),
    )
    for shape, target in sizes:
        modes = {3: ["linear"], 4: ["bilinear", "bicubic"], 5: ["trilinear"]}[len(shape)]
        for mode in ("nearest", *modes):
            for corners in (None,) if mode == "nearest" else (False, True):
                settings = {**target, "mode": mode, "align_corners": corners}
                sample = type("Sample", (), {"input": uniform(-2, 2, *shape), "args": (), "kwargs": settings})
                yield resize(None, sample)
    unfolded = (((1, 2, 4, 5), 2, {}), ((2, 1, 5, 4), (3, 2), {"dilation": (2, 1), "padding": (1, 0), "stride": (2, 1)}), ((1, 1, 1, 1), 1, {}), ((1, 2, 3, 3), 3, {"padding": 2, "stride": 2}))
    for shape, size, settings in unfolded:
        x = uniform(-2, 2, *shape)
        fn = lambda x, size=size, settings=settings: F.unfold(x, size, **settings)
        yield Call("unfold", [given(0), listed(size), options(**settings)], fn, [x])
        lengths = list(shape[2:])
        back = lambda x, lengths=lengths, size=size, settings=settings: F.fold(x, lengths, size, **settings)
        y = uniform(-2, 2, *fn(x).shape)
        yield Call("fold", [given(0), lengths, listed(size), options(**settings)], back, [y])
    normalized = (((3, 4), 1, True, True, 1e-5), ((2, 3, 2), 2, True, False, 0.1), ((5,), 1, False, False, 1e-3), ((2, 1), 1, True, True, 1e-5), ((3, 2, 2), 3, True, True, 1e-5), ((0, 3), 1, True, True, 1e-5))
    for shape, count, with_weight, with_bias, epsilon in normalized:
        for name, adapt in (("layerNorm", layer_norm), ("rmsNorm", rms_norm)):
            last = list(shape[-count:])
            settings = {"eps": epsilon, "weight": uniform(-1, 1, *last) if with_weight else None}
            if name == "layerNorm":
                settings["bias"] = uniform(-1, 1, *last) if with_bias else None
            sample = type("Sample", (), {"input": uniform(-2, 2, *shape), "args": (last,), "kwargs": settings})
            yield adapt(None, sample)
    more_folded = (((1, 4, 6), (3, 4), 2, {}), ((1, 6, 4), (2, 6), (2, 3), {}), ((2, 2, 3), (3, 1), (2, 1), {"padding": (1, 0), "dilation": 2, "stride": 1}), ((1, 4, 4), 4, 2, {"stride": 2}), ((1, 8, 1), 2, 2, {}), ((1, 9, 4), (4, 4), 3, {}), ((2, 1, 6), (2, 3), 1, {}))
    for shape, lengths, size, settings in more_folded:
        call = lambda x, lengths=lengths, size=size, settings=settings: F.fold(x, lengths, size, **settings)
        yield Call("fold", [given(0), listed(lengths), listed(size), options(**settings)], call, [uniform(-2, 2, *shape)])
    masks = (None, torch.tensor([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]]).bool(), torch.tensor([[0.5, -numpy.inf, 1, 0]] * 3))
    for mask in masks:
        for shapes in (((3, 2), (4, 2), (4, 3)), ((2, 3, 5), (2, 4, 5), (2, 4, 1)), ((1, 2, 3, 1), (2, 1, 4, 1), (4, 2))):
            own = {}
            if mask is not None:
                own["mask"] = (
                    {"shape": list(mask.shape), "bools": mask.int().ravel().tolist()}
                    if mask.dtype == torch.bool
                    else {"shape": list(mask.shape), "numbers": flat(mask)}
                )
            call = lambda q, k, v, mask=mask: F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            yield Call("scaledDotProductAttention", [*map(given, range(3)), own], call, [uniform(-2, 2, *s) for s in shapes])
            if mask is None:
                call = lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=0.3)
                own = {"causal": True, "scale": 0.3}
                yield Call("scaledDotProductAttention", [*map(given, range(3)), own], call, [uniform(-2, 2, *s) for s in shapes])
    zero = torch.zeros(2, 3).requires_grad_()
    small = torch.tensor([[3e-3, 4e-3, 0.0], [0.0, 0.0, 1e-3]]).requires_grad_()
    for x, y, epsilon in ((zero, uniform(-2, 2, 2, 3), 1e-8), (zero, zero.detach().clone().requires_grad_(), 1e-8), (small, uniform(-1, 1, 2, 3), 0.1), (uniform(-1, 1, 3), uniform(-1, 1, 4, 3), 1e-8)):
        call = lambda x, y, epsilon=epsilon: F.cosine_similarity(x, y, dim=-1, eps=epsilon)
        yield Call("cosineSimilarity", [given(0), given(1), -1, {"epsilon": epsilon}], call, [x, y])
    x = torch.tensor([[1.0, 2.0], [0.0, 0.0]]).requires_grad_()
    y = torch.tensor([[1.0, 2.0], [1.0, 0.0], [0.0, 0.5]]).requires_grad_()
    for order in (2, 1, numpy.inf, 0, 3, 1.5, 0.5):
        call = lambda x, y, order=order: torch.cdist(x, y, order, "donot_use_mm_for_euclid_dist")
        yield Call("pairwiseDistance", [given(0), given(1), distance_of(order)], call, [x, y])


main("windows.json", OPS, more_calls, variants=("nn.functional.interpolate",))

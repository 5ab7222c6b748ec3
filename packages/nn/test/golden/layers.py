#!/usr/bin/env python3
"""Writes layers.json: layers with their gradients, computed by PyTorch's torch.nn in float64.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/nn/test/golden/layers.py

A case is a layer of ours: `layer`, `settings` (the arguments of its constructor), `variables` (the values by name, as
`state` has them), `inputs`, and whether it is in training. `results` are its leaves in order, `gradients` those of the
sum of weights * results with respect to the float inputs and then to the Variables, and `after` the state that it has
then, where it changes.
"""

import json
import pathlib

import numpy
import torch
from torch import nn

random = numpy.random.default_rng(7)
torch.set_default_dtype(torch.float64)


def numbers(*shape):
    return torch.tensor(random.integers(-1024, 1025, shape) / 512.0)


def pack(x):
    kind = {torch.int64: "int32", torch.bool: "bool"}.get(x.dtype, "float64")
    data = [int(value) if kind != "float64" else float(value) for value in x.detach().flatten()]
    return {"shape": list(x.shape), "dtype": kind, "data": data}


cases = []


def add(layer, settings, variables, inputs, call, train=True, after=None, times=1):
    """`variables` are leaves by our names; `call` takes the inputs and returns the results in order."""
    for value in variables.values():
        value.requires_grad_()
    given = [x.clone().requires_grad_() if x is not None and x.is_floating_point() else x for x in inputs]
    for _ in range(times):
        results = call(*given)
    weights = [numbers(*result.shape) for result in results]
    total = sum((weight * result).sum() for weight, result in zip(weights, results))
    wanted = [x for x in given if x is not None and x.is_floating_point()] + list(variables.values())
    gradients = torch.autograd.grad(total, wanted)
    cases.append({
        "layer": layer,
        "settings": settings,
        "variables": {name: pack(value) for name, value in variables.items()},
        "inputs": [None if x is None else pack(x) for x in inputs],
        "train": train,
        "times": times,
        "weights": [pack(weight) for weight in weights],
        "results": [pack(result) for result in results],
        "gradients": [pack(gradient) for gradient in gradients],
        "after": {name: pack(value) for name, value in (after() if after else {}).items()},
    })


F = nn.functional

w, b = numbers(4, 3), numbers(3)
add("Dense", [4, 3], {"weight": w, "bias": b}, [numbers(2, 5, 4)], lambda x: [x @ w + b])
wo = numbers(4, 3)
add("Dense", [4, 3, {"bias": False}], {"weight": wo}, [numbers(2, 4)], lambda x: [x @ wo])

for settings, shape, options in [
    ([4, 6, 3], (6, 4, 3), {}),
    ([4, 6, 3, {"stride": 2, "padding": 1, "groups": 2}], (6, 2, 3), {"stride": 2, "padding": 1, "groups": 2}),
    ([4, 2, 2, {"dilation": 2}], (2, 4, 2), {"dilation": 2}),
]:
    cw, cb = numbers(*shape), numbers(shape[0])
    add("Conv1d", settings, {"weight": cw, "bias": cb}, [numbers(2, 4, 7)],
        lambda x, cw=cw, cb=cb, options=options: [F.conv1d(x, cw, cb, **options)])
for settings, shape, options in [
    ([2, 3, 3], (3, 2, 3, 3), {}),
    ([2, 4, [3, 2], {"stride": [2, 1], "padding": 1}], (4, 2, 3, 2), {"stride": (2, 1), "padding": 1}),
    ([2, 2, 3, {"groups": 2, "padding": "same"}], (2, 1, 3, 3), {"groups": 2, "padding": "same"}),
]:
    iw, ib = numbers(*shape), numbers(shape[0])
    add("Conv2d", settings, {"weight": iw, "bias": ib}, [numbers(2, 2, 5, 5)],
        lambda x, iw=iw, ib=ib, options=options: [F.conv2d(x, iw, ib, **options)])
for settings, shape, options in [
    ([2, 3, 2], (3, 2, 2, 2, 2), {}),
    ([2, 4, [1, 3, 2], {"stride": [1, 2, 1], "padding": 1, "groups": 2}], (4, 1, 1, 3, 2), {"stride": (1, 2, 1), "padding": 1, "groups": 2}),
]:
    vw, vb = numbers(*shape), numbers(shape[0])
    add("Conv3d", settings, {"weight": vw, "bias": vb}, [numbers(2, 2, 3, 4, 3)],
        lambda x, vw=vw, vb=vb, options=options: [F.conv3d(x, vw, vb, **options)])
for settings, shape, outputs, options in [
    ([2, 3, 2, {"stride": 2}], (2, 3, 2, 2), 3, {"stride": 2}),
    ([2, 4, 3, {"stride": 2, "padding": 1, "outputPadding": 1, "groups": 2}], (2, 2, 3, 3), 4,
     {"stride": 2, "padding": 1, "output_padding": 1, "groups": 2}),
]:
    tw, tb = numbers(*shape), numbers(outputs)
    add("ConvTranspose2d", settings, {"weight": tw, "bias": tb}, [numbers(2, 2, 4, 4)],
        lambda x, tw=tw, tb=tb, options=options: [F.conv_transpose2d(x, tw, tb, **options)])

table = numbers(5, 3)
add("Embedding", [5, 3], {"weight": table}, [torch.tensor([[4, 0, 4], [1, 1, 2]])], lambda i: [F.embedding(i, table)])

for size in ([4], [3, 4]):
    lw, lb, rw = numbers(*size), numbers(*size), numbers(*size)
    add("LayerNorm", [size if len(size) > 1 else size[0]], {"weight": lw, "bias": lb}, [numbers(2, 3, 4)],
        lambda x, lw=lw, lb=lb, size=size: [F.layer_norm(x, size, lw, lb)])
    add("RMSNorm", [size if len(size) > 1 else size[0], {"epsilon": 1e-6}], {"weight": rw}, [numbers(2, 3, 4)],
        lambda x, rw=rw, size=size: [F.rms_norm(x, size, rw, 1e-6)])
gw, gb = numbers(6), numbers(6)
add("GroupNorm", [3, 6], {"weight": gw, "bias": gb}, [numbers(2, 6, 3)], lambda x: [F.group_norm(x, 3, gw, gb)])

for shape in ((2, 3, 5), (2, 3, 2, 3)):
    for train in (True, False):
        add("InstanceNorm", [3, {"epsilon": 0.01}], {}, [numbers(*shape)],
            lambda x: [F.instance_norm(x, eps=0.01)], train=train)
    nw, nb = numbers(3), numbers(3)
    add("InstanceNorm", [3, {"affine": True}], {"weight": nw, "bias": nb}, [numbers(*shape)],
        lambda x, nw=nw, nb=nb: [F.instance_norm(x, weight=nw, bias=nb)])
for shape in ((5, 3), (4, 3, 2), (2, 3, 2, 2)):
    for train in (True, False):
        bw, bb, mean, variance = numbers(3), numbers(3), torch.zeros(3), torch.ones(3)
        start = numbers(*shape)
        # A first batch makes the running statistics.
        F.batch_norm(start, mean, variance, training=True, momentum=0.25)
        given = {"runningMean": mean.clone(), "runningVariance": variance.clone()}
        add("BatchNorm", [3, {"momentum": 0.25}], {"weight": bw, "bias": bb}, [numbers(*shape)],
            lambda x, bw=bw, bb=bb, mean=mean, variance=variance, train=train: [
                F.batch_norm(x, mean, variance, bw, bb, training=train, momentum=0.25)],
            train=train, after=lambda mean=mean, variance=variance: {"runningMean": mean, "runningVariance": variance})
        cases[-1]["given"] = {name: pack(value) for name, value in given.items()}

size, heads, length, others = 4, 2, 3, 5


def attention(prefix=""):
    names = ["query", "key", "value", "output"]
    variables = {}
    for name in names:
        variables[f"{prefix}{name}.weight"] = numbers(size, size)
        variables[f"{prefix}{name}.bias"] = numbers(size)
    return variables


def attend(v, x, context, prefix="", mask=None):
    """`mask` is True where nothing is seen, [length, others] or [batch * heads, length, others]."""
    part = lambda name, kind: v[f"{prefix}{name}.{kind}"]
    return F.multi_head_attention_forward(
        x.transpose(0, 1), context.transpose(0, 1), context.transpose(0, 1), size, heads,
        torch.cat([part(name, "weight").T for name in ("query", "key", "value")]),
        torch.cat([part(name, "bias") for name in ("query", "key", "value")]),
        None, None, False, 0.0, part("output", "weight").T, part("output", "bias"), attn_mask=mask,
        need_weights=False,
    )[0].transpose(0, 1)


v1 = attention()
add("MultiHeadAttention", [size, heads], v1, [numbers(2, length, size)], lambda x: [attend(v1, x, x)])
v2 = attention()
future = torch.ones(length, length, dtype=torch.bool).triu(1)
add("MultiHeadAttention", [size, heads, {"causal": True}], v2, [numbers(2, length, size)],
    lambda x: [attend(v2, x, x, mask=future)])
v3 = attention()
seen = torch.tensor([[True] * 5, [True, True, False, True, False]])
add("MultiHeadAttention", [size, heads], v3, [numbers(2, length, size), numbers(2, others, size), seen[:, None, None, :]],
    lambda x, c, m: [attend(v3, x, c, mask=(~m).expand(2, heads, length, others).reshape(2 * heads, length, others))])

v4 = attention("attention.")
v4.update({"attentionNorm.weight": numbers(size), "attentionNorm.bias": numbers(size), "rowNorm.weight": numbers(size),
           "rowNorm.bias": numbers(size), "rows.layers.0.weight": numbers(size, 6), "rows.layers.0.bias": numbers(6),
           "rows.layers.2.weight": numbers(6, size), "rows.layers.2.bias": numbers(size)})


def block(x, activation):
    norm = F.layer_norm(x, [size], v4["attentionNorm.weight"], v4["attentionNorm.bias"])
    first = x + attend(v4, norm, norm, "attention.", future)
    rows = F.layer_norm(first, [size], v4["rowNorm.weight"], v4["rowNorm.bias"])
    hidden = activation(rows @ v4["rows.layers.0.weight"] + v4["rows.layers.0.bias"])
    return [first + hidden @ v4["rows.layers.2.weight"] + v4["rows.layers.2.bias"]]


x4 = numbers(2, length, size)
add("TransformerBlock", [size, heads, {"causal": True, "hidden": 6}], v4, [x4], lambda x: block(x, F.gelu))
add("TransformerBlock", [size, heads, {"causal": True, "hidden": 6, "activation": "silu"}], v4, [x4],
    lambda x: block(x, F.silu))

def recurrences(rows):
    """Recurrent layers by name, with the number of gates, layers and directions, and the settings here and there."""
    for name, gates, layers, directions, settings, more in rows:
        for kind in ("whole", "state", "mask", "lengths") if layers * directions == 1 else ("state", "lengths"):
            module = getattr(nn, name)(3, 2, layers, batch_first=True, bidirectional=directions == 2, **more)
            weights, theirs = {}, {}
            for cell in range(layers * directions):
                inputs = 3 if cell < directions else directions * 2
                place = f"l{cell // directions}" + ("_reverse" if cell % directions else "")
                parts = [
                    ("inputWeight", "weight_ih", (inputs, gates * 2)), ("stateWeight", "weight_hh", (2, gates * 2)),
                    ("inputBias", "bias_ih", (gates * 2,)), ("stateBias", "bias_hh", (gates * 2,)),
                ]
                for own, their, shape in parts[: 4 if more.get("bias", True) else 2]:
                    weights[f"cells.{cell}.{own}"] = numbers(*shape)
                    theirs[f"cells.{cell}.{own}"] = f"{their}_{place}"
            cut = kind in ("mask", "lengths")
            lengths = torch.tensor([4, 2]) if cut else torch.tensor([4, 4])
            count = layers * directions
            shape = (2, 2) if count == 1 else (count, 2, 2)
            states = [numbers(*shape) for _ in range(2 if name == "LSTM" else 1)] if kind == "state" else []

            def call(x, *more, module=module, weights=weights, theirs=theirs, lengths=lengths, kind=kind, name=name, count=count):
                given = {theirs[own]: value.T if value.dim() == 2 else value for own, value in weights.items()}
                start = [state if count > 1 else state[None] for state in more] if kind == "state" else None
                begin = None if start is None else (tuple(start) if name == "LSTM" else start[0])
                packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
                output, last = torch.func.functional_call(module, given, (packed, begin) if begin is not None else (packed,))
                output = nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=4)[0]
                return [output, *(each if count > 1 else each[0] for each in (last if name == "LSTM" else [last]))]

            chosen = {
                **settings, **({"layers": layers} if layers > 1 else {}), **({"bidirectional": True} if directions > 1 else {}),
            }
            add(name, [3, 2, *([chosen] if chosen else [])], weights, [numbers(2, 4, 3), *states], call)
            if kind == "mask":
                cases[-1]["mask"] = pack(torch.arange(4)[None, :] < lengths[:, None])
            if kind == "lengths":
                cases[-1]["mask"] = pack(lengths)


recurrences([
    ("RNN", 1, 1, 1, {}, {}),
    ("RNN", 1, 1, 1, {"activation": "relu"}, {"nonlinearity": "relu"}),
    ("GRU", 3, 1, 1, {}, {}),
    ("LSTM", 4, 1, 1, {}, {}),
    ("RNN", 1, 2, 1, {}, {}),
    ("GRU", 3, 1, 2, {}, {}),
    ("LSTM", 4, 2, 2, {}, {}),
])

# Padding as it comes, grouped queries, and positions.
vp = attention()
padding = torch.tensor([[True, True, False], [True, False, False]])
add("MultiHeadAttention", [size, heads], vp, [numbers(2, length, size), None, padding],
    lambda x, _, m: [attend(vp, x, x, mask=(~m)[:, None, None, :].expand(2, heads, length, length).reshape(-1, length, length))])


def turned(x, base):
    """Rotary positions of [batch, heads, length, part]: elements i and i + part / 2 are a complex number."""
    part = x.shape[-1]
    angles = torch.outer(torch.arange(x.shape[2]).double(), base ** (-2 * torch.arange(part // 2).double() / part))
    z = torch.complex(x[..., : part // 2], x[..., part // 2:]) * torch.polar(torch.ones_like(angles), angles)
    return torch.cat([z.real, z.imag], -1)


def grouped(v, x, heads, groups, mask=None, causal=False, base=None, prefix=""):
    """Attention of 8 elements with groups, by PyTorch's own."""
    part = 8 // heads
    rows = lambda name: x @ v[f"{prefix}{name}.weight"] + v[f"{prefix}{name}.bias"]
    cut = lambda name, count: rows(name).unflatten(-1, (count, part)).transpose(1, 2)
    q, k, value = cut("query", heads), cut("key", groups), cut("value", groups)
    if base:
        q, k = turned(q, base), turned(k, base)
    if causal and mask is not None:
        mask, causal = mask & torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(), False
    seen = F.scaled_dot_product_attention(q, k, value, attn_mask=mask, is_causal=causal, enable_gqa=True)
    return seen.transpose(1, 2).flatten(2) @ v[f"{prefix}output.weight"] + v[f"{prefix}output.bias"]


def grouped_weights(heads, groups, prefix=""):
    part = 8 // heads
    widths = {"query": 8, "key": groups * part, "value": groups * part, "output": 8}
    return {f"{prefix}{name}.{kind}": numbers(*((8, width) if kind == "weight" else (width,)))
            for name, width in widths.items() for kind in ("weight", "bias")}


padding = torch.tensor([[True, True, True, False], [True, True, False, False]])
for heads_of, groups, options in [
    (4, 2, {}), (4, 1, {"causal": True}), (2, 2, {"positions": "rotary"}),
    (4, 2, {"causal": True, "positions": "rotary", "base": 100}),
]:
    vg = grouped_weights(heads_of, groups)
    base = options.get("base", 10_000) if "positions" in options else None
    causal = options.get("causal", False)
    settings = [8, heads_of, {**({"groups": groups} if groups != heads_of else {}), **options}]
    add("MultiHeadAttention", settings, vg, [numbers(2, 4, 8)],
        lambda x, vg=vg, h=heads_of, g=groups, c=causal, b=base: [grouped(vg, x, h, g, None, c, b)])
    vg = grouped_weights(heads_of, groups)
    add("MultiHeadAttention", settings, vg, [numbers(2, 4, 8), None, padding],
        lambda x, _, m, vg=vg, h=heads_of, g=groups, c=causal, b=base: [grouped(vg, x, h, g, m[:, None, None], c, b)])
vh = grouped_weights(4, 2)
per_head = torch.tensor(random.integers(0, 2, (4, 4, 4)) > 0) | torch.eye(4, dtype=torch.bool)
add("MultiHeadAttention", [8, 4, {"groups": 2}], vh, [numbers(2, 4, 8), None, per_head],
    lambda x, _, m: [grouped(vh, x, 4, 2, m)])
vb = grouped_weights(4, 2, "attention.")
vb.update({"attentionNorm.weight": numbers(8), "attentionNorm.bias": numbers(8), "rowNorm.weight": numbers(8),
           "rowNorm.bias": numbers(8), "rows.layers.0.weight": numbers(8, 6), "rows.layers.0.bias": numbers(6),
           "rows.layers.2.weight": numbers(6, 8), "rows.layers.2.bias": numbers(8)})


def rotary_block(x, m):
    norm = F.layer_norm(x, [8], vb["attentionNorm.weight"], vb["attentionNorm.bias"])
    first = x + grouped(vb, norm, 4, 2, m[:, None, None], True, 10_000, "attention.")
    rows = F.layer_norm(first, [8], vb["rowNorm.weight"], vb["rowNorm.bias"])
    return [first + F.gelu(rows @ vb["rows.layers.0.weight"] + vb["rows.layers.0.bias"]) @ vb["rows.layers.2.weight"]
            + vb["rows.layers.2.bias"]]


add("TransformerBlock", [8, 4, {"causal": True, "hidden": 6, "groups": 2, "positions": "rotary"}], vb,
    [numbers(2, 4, 8), padding], rotary_block)


def sinusoids(count, width, base):
    """Section 3.5 of Vaswani et al."""
    angles = torch.arange(count).double()[:, None] / base ** (torch.arange(0, width, 2).double() / width)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


add("SinusoidalPositions", [6], {}, [numbers(2, 5, 6)], lambda x: [x + sinusoids(5, 6, 10_000)])
add("SinusoidalPositions", [4, {"base": 50}], {}, [numbers(2, 3, 4)], lambda x: [x + sinusoids(3, 4, 50)])
wp = numbers(7, 4)
add("LearnedPositions", [7, 4], {"weight": wp}, [numbers(2, 3, 4)], lambda x: [x + wp[:3]])

recurrences([
    ("RNN", 1, 1, 1, {"bias": False}, {"bias": False}),
    ("GRU", 3, 1, 2, {"bias": False}, {"bias": False}),
    ("LSTM", 4, 2, 2, {"bias": False}, {"bias": False}),
])

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({"cases": cases}) + "\n")
print(len(cases), "cases")

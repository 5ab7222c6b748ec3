#!/usr/bin/env python3
"""Writes losses.json: losses and their gradients, computed by PyTorch.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/nn/test/golden/losses.py

What a mask leaves out is left out here by selecting the others before PyTorch sees them.
"""

import math
import pathlib
import sys

import torch

sys.path.append(str(pathlib.Path(__file__).parents[2] / "golden"))
from calls import Call, given, main, options

F = torch.nn.functional
REDUCTIONS = ("mean", "sum", "none")
NAN = math.nan
GENERATOR = torch.Generator().manual_seed(20250712)


def rounded(tensor):
    """Multiples of 1/64, which float32 has, too, and which are short in the file."""
    return (tensor * 64).round() / 64


def uniform(low, high, *shape):
    return rounded(torch.rand(shape, generator=GENERATOR) * (high - low) + low)


def integers(high, *shape):
    return torch.randint(0, high, shape, generator=GENERATOR)


def constant(tensor):
    """A tensor among the arguments, without a gradient."""
    kind = {torch.bool: "bools", torch.int64: "integers"}.get(tensor.dtype, "numbers")
    elements = tensor.reshape(-1).tolist()
    return {"shape": list(tensor.shape), kind: [int(x) for x in elements] if kind != "numbers" else elements}


class Loss:
    """A loss of ours by PyTorch's, which takes rows in one axis: elements, or vectors along a last axis."""

    def __init__(self, name, fn):
        self.name, self.fn = name, fn

    def call(self, rows, inputs, constants=(), reduction="mean", mask=None, torch_options=None, **settings):
        """rows: the shape of the loss of elements. The inputs come first, then the constants, then the options."""
        more = torch_options or {}
        count = len(rows)
        taken = torch.ones(rows, dtype=torch.bool) if mask is None else mask.expand(rows)

        def fn(*leaves):
            chosen = [x.reshape(rows.numel(), *x.shape[count:])[taken.reshape(-1)] for x in [*leaves, *constants]]
            losses = self.fn(*chosen, reduction=reduction, **more)
            if reduction != "none":
                return losses
            return torch.zeros(rows.numel()).masked_scatter(taken.reshape(-1), losses).reshape(rows)

        own = options(
            reduction=None if reduction == "mean" and mask is None else reduction,
            mask=None if mask is None else constant(mask),
            **settings,
        )
        arguments = [given(i) for i in range(len(inputs))] + [constant(x) for x in constants]
        return Call(self.name, [*arguments, *([own] if own else [])], fn, [x.clone() for x in inputs])


def masked(shape):
    """Masks of the whole shape, with each reduction, and of such that broadcast to it."""
    for reduction in REDUCTIONS:
        yield reduction, (torch.arange(shape.numel()) * 7 % 3 != 1).reshape(shape)
    yield "mean", torch.arange(shape[-1]) % 2 == 0
    yield "mean", (torch.arange(shape[0]) % 2 == 1).reshape(-1, *[1] * (len(shape) - 1))


def plans(shape, full, with_masks):
    """Reductions and masks of a shape: "mean" alone, each reduction if it is the full one, or with masks."""
    yield "mean", None
    if shape == full:
        yield from (("sum", None), ("none", None))
    if shape == with_masks:
        yield from masked(shape)


def size(*shape):
    return torch.Size(shape)


SHAPES = (size(), size(1), size(1, 1), size(5), size(2, 3), size(2, 1, 3))


def of_pairs(name, fn, *variants, first=(-3, 3), second=(-3, 3), shapes=SHAPES):
    """Losses of pairs of elements; each variant is our options and PyTorch's. The first has all shapes and masks."""
    loss = Loss(name, fn)
    for ours, theirs in variants:
        is_first = ours == variants[0][0]
        for shape in shapes if is_first else (size(5),):
            for reduction, mask in plans(shape, size(5), size(2, 3)):
                inputs = [uniform(*first, *shape), uniform(*second, *shape)]
                yield loss.call(shape, inputs, reduction=reduction, mask=mask, torch_options=theirs, **ours)
    # What is left out may be NaN or infinite, and all may be left out.
    ours, theirs = variants[0]
    mask = torch.tensor([True, False, False])
    broken = [torch.tensor([0.5, NAN, math.inf]), torch.tensor([0.25, 0.75, NAN])]
    for reduction in REDUCTIONS:
        yield loss.call(size(3), broken, reduction=reduction, mask=mask, torch_options=theirs, **ours)
        yield loss.call(size(3), broken, reduction=reduction, mask=mask & ~mask, torch_options=theirs, **ours)


def regression():
    yield from of_pairs("meanSquaredError", F.mse_loss, ({}, {}))
    yield from of_pairs("meanAbsoluteError", F.l1_loss, ({}, {}))
    yield from of_pairs("huberLoss", F.huber_loss, ({}, {}), ({"delta": 0.5}, {"delta": 0.5}))
    smooth = [({}, {}), ({"beta": 0.25}, {"beta": 0.25}), ({"beta": 0}, {"beta": 0.0})]
    yield from of_pairs("smoothL1", F.smooth_l1_loss, *smooth)
    kinks = [torch.tensor([-2.0, -1, -0.5, 0, 0.5, 1, 2]), torch.zeros(7)]
    for name, fn in (("meanAbsoluteError", F.l1_loss), ("huberLoss", F.huber_loss), ("smoothL1", F.smooth_l1_loss)):
        yield Loss(name, fn).call(size(7), kinks, reduction="none")


def binary():
    name, fn = "binaryCrossEntropy", F.binary_cross_entropy_with_logits
    yield from of_pairs(name, fn, ({}, {}), ({"positiveWeight": 2.5}, {"pos_weight": torch.tensor(2.5)}), second=(0, 1))
    loss, shape = Loss(name, fn), size(2, 3)
    weight, positive = uniform(0.5, 2, 3), uniform(0.5, 4, 3)
    for reduction in REDUCTIONS:
        inputs = [uniform(-3, 3, *shape), integers(2, *shape).double()]
        flat = {"weight": weight.expand(shape).reshape(-1), "pos_weight": positive.expand(shape).reshape(-1)}
        ours = {"weight": constant(weight), "positiveWeight": constant(positive)}
        yield loss.call(shape, inputs, reduction=reduction, torch_options=flat, **ours)
        yield loss.call(shape, inputs, reduction=reduction, torch_options={"weight": flat["weight"]}, weight=constant(weight))
    huge = [torch.tensor([1e4, 1e4, 1e4, -1e4, -1e4, -1e4, 30.0, -30.0, 0.0]), torch.tensor([0, 0.5, 1, 0, 0.5, 1, 1, 0, 1])]
    for reduction in REDUCTIONS:
        yield loss.call(size(9), huge, reduction=reduction)


# Rows of logits, by shapes of rows and numbers of classes.
ROWS = ((size(), 3), (size(1), 1), (size(4), 3), (size(3), 5), (size(2, 3), 3))


def huge_logits():
    rows = [[1e4, 0, -1e4], [1e4, 1e4, 1e4], [-1e4, -1e4, 1e4], [0, 1e4, 0], [-1e4, -1e4, -1e4]]
    return torch.tensor(rows), torch.tensor([0, 2, 0, 1, 1])


def of_classes(name, fn, to_input, variants):
    loss = Loss(name, fn)
    for rows, count in ROWS:
        classes = integers(count, *rows)
        for reduction, mask in plans(rows, size(4), size(2, 3)):
            for ours, theirs in variants if rows == size(4) else variants[-1:] if rows == size(2, 3) else variants[:1]:
                weighted = {}, {}
                if ours.get("weight"):
                    weight = uniform(0.25, 2, count)
                    weighted = {"weight": constant(weight)}, {"weight": weight}
                inputs = [to_input(uniform(-3, 3, *rows, count))]
                settings = {**ours, **weighted[0]}
                more = {**theirs, **weighted[1]}
                yield loss.call(rows, inputs, [classes], reduction, mask, more, **settings)
    # Rows of ignored classes have no loss, whatever the class is called.
    for index in (1, -100):
        classes = torch.tensor([2, index, 0, index, 1])
        for reduction in REDUCTIONS:
            for mask in (torch.tensor([True, True, False, False, True]),) if index == 1 else (None,):
                for weight in (uniform(0.25, 2, 3),) if index == 1 else (None,):
                    inputs = [to_input(uniform(-3, 3, 5, 3))]
                    ours = options(ignoreIndex=index, weight=None if weight is None else constant(weight))
                    theirs = options(ignore_index=index)
                    if weight is not None:
                        theirs["weight"] = weight
                    yield loss.call(size(5), inputs, [classes], reduction, mask, theirs, **ours)
    # What is left out may be NaN, of no class, or all.
    broken = [torch.tensor([[0.5, 1, 2], [NAN, 0, 1], [math.inf, 0, 1]])]
    mask = torch.tensor([True, False, False])
    for reduction in REDUCTIONS:
        yield loss.call(size(3), broken, [torch.tensor([1, 7, -1])], reduction, mask)
        yield loss.call(size(3), broken, [torch.tensor([1, 7, -1])], reduction, mask & ~mask)


def classification():
    variants = [
        ({}, {}),
        ({"weight": True}, {}),
        ({"labelSmoothing": 0.125}, {"label_smoothing": 0.125}),
        ({"labelSmoothing": 1}, {"label_smoothing": 1.0}),
        ({"labelSmoothing": 0.125, "weight": True}, {"label_smoothing": 0.125}),
    ]
    yield from of_classes("crossEntropy", F.cross_entropy, lambda x: x, variants)
    yield from of_classes("negativeLogLikelihood", F.nll_loss, lambda x: rounded(x.log_softmax(-1)), variants[:2])
    cross = Loss("crossEntropy", F.cross_entropy)
    logits, classes = huge_logits()
    for reduction in ("mean", "none"):
        for smoothing in (0, 0.125):
            ours, theirs = options(labelSmoothing=smoothing or None), {"label_smoothing": smoothing}
            yield cross.call(size(5), [logits], [classes], reduction, None, theirs, **ours)
            yield cross.call(size(5), [logits, F.one_hot(classes, 3).double()], [], reduction, None, theirs, **ours)
    for rows, count in ROWS:
        for reduction, mask in plans(rows, size(4), size(2, 3)):
            plain, weighted = (0, None), (0.125, uniform(0.25, 2, count))
            for smoothing, weight in (plain, weighted) if rows == size(4) else (plain,) if mask is None else (weighted,):
                inputs = [uniform(-3, 3, *rows, count), rounded(uniform(-2, 2, *rows, count).softmax(-1))]
                ours = options(labelSmoothing=smoothing or None, weight=None if weight is None else constant(weight))
                theirs = {"label_smoothing": smoothing, "weight": weight}
                yield cross.call(rows, inputs, [], reduction, mask, theirs, **ours)


def divergence():
    yield from of_pairs("klDivergence", F.kl_div, ({}, {}), first=(-3, 0), second=(0.125, 1))
    logarithms = ({"logTarget": True}, {"log_target": True})
    yield from of_pairs("klDivergence", F.kl_div, logarithms, first=(-3, 0), second=(-3, 0), shapes=(size(5),))
    loss = Loss("klDivergence", F.kl_div)
    # Of a target of 0 PyTorch knows the value alone.
    hot = torch.tensor([[0.0, 1, 0], [0.5, 0, 0.5]])
    for reduction in REDUCTIONS:
        yield loss.call(size(2, 3), [uniform(-3, 0, 2, 3)], [hot], reduction)
    for shape in (size(1), size(3, 2), size(2, 1, 3)):
        for log_target in (False, True):
            inputs = [uniform(-3, 0, *shape), uniform(-3, 0, *shape) if log_target else uniform(0.125, 1, *shape)]
            fn = lambda x, y, log_target=log_target: F.kl_div(x, y, reduction="batchmean", log_target=log_target)
            own = options(reduction="batchMean", logTarget=log_target or None)
            yield Call("klDivergence", [given(0), given(1), own], fn, inputs)
    mask = torch.tensor([[True, False], [False, False], [True, True]])
    fn = lambda x, y: F.kl_div(x[mask], y[mask], reduction="sum") / 2
    own = {"reduction": "batchMean", "mask": constant(mask)}
    yield Call("klDivergence", [given(0), given(1), own], fn, [uniform(-3, 0, 3, 2), uniform(0.125, 1, 3, 2)])


REDUCE = {"mean": torch.mean, "sum": torch.sum, "none": lambda x: x}


def margins():
    def hinge(x, y, reduction, margin=1.0):
        return REDUCE[reduction](torch.relu(margin - x * y))

    loss = Loss("hingeLoss", hinge)
    for shape in SHAPES:
        for margin in (None, 0.5) if shape == size(5) else (None,):
            for reduction, mask in plans(shape, size(5), size(2, 3)):
                labels, own = integers(2, *shape).double() * 2 - 1, options(margin=margin)
                yield loss.call(shape, [uniform(-3, 3, *shape)], [labels], reduction, mask, own, **own)

    loss = Loss("cosineEmbeddingLoss", F.cosine_embedding_loss)
    for rows, length in ((size(1), 2), (size(5), 3), (size(2, 3), 2)):
        for margin in (None, 0.25, -0.5) if rows == size(5) else (None,):
            for reduction, mask in plans(rows, size(5), size(2, 3)):
                labels, own = integers(2, *rows) * 2 - 1, options(margin=margin)
                inputs = [uniform(-2, 2, *rows, length), uniform(-2, 2, *rows, length)]
                yield loss.call(rows, inputs, [labels], reduction, mask, own, **own)

    loss = Loss("tripletMarginLoss", F.triplet_margin_loss)
    variants = [
        ({}, {}),
        ({"margin": 0.25}, {"margin": 0.25}),
        ({"order": 1}, {"p": 1}),
        ({"order": 3}, {"p": 3}),
        ({"order": 1.5}, {"p": 1.5}),
        ({"order": "Infinity"}, {"p": math.inf}),
        ({"swap": True}, {"swap": True}),
        ({"swap": True, "margin": 2, "order": 1}, {"swap": True, "margin": 2.0, "p": 1}),
    ]
    for rows, length in ((size(1), 1), (size(5), 3), (size(2, 3), 2)):
        for ours, theirs in variants if rows == size(5) else variants[:1]:
            for reduction, mask in plans(rows, None if ours else size(5), size(2, 3)):
                inputs = [uniform(-2, 2, *rows, length) for _ in range(3)]
                yield loss.call(rows, inputs, [], reduction, mask, {**theirs, "eps": 0.0}, **ours)
    same = torch.ones(1, 3)
    yield loss.call(size(1), [same, same, same], [], "mean", None, {"eps": 0.0})


def likelihoods():
    fn = lambda x, y, reduction, **more: F.poisson_nll_loss(x, y, reduction=reduction, **more)
    yield from of_pairs("poissonNegativeLogLikelihood", fn, ({}, {}), second=(0, 5))
    rates = [
        ({"logInput": False}, {"log_input": False}),
        ({"logInput": False, "epsilon": 0.25}, {"log_input": False, "eps": 0.25}),
    ]
    yield from of_pairs("poissonNegativeLogLikelihood", fn, *rates, first=(0.125, 5), second=(0, 5), shapes=(size(5),))
    loss = Loss("poissonNegativeLogLikelihood", fn)
    counts = torch.tensor([0.0, 1, 2, 7, 30])
    for reduction in REDUCTIONS:
        inputs = [uniform(-1, 3, 5)]
        yield loss.call(size(5), inputs, [counts], reduction, None, {"full": True}, full=True)
        both = {"full": True, "log_input": False}, {"full": True, "logInput": False}
        yield loss.call(size(5), [uniform(0.125, 5, 5)], [counts], reduction, None, both[0], **both[1])

    fn = lambda x, y, v, reduction, **more: F.gaussian_nll_loss(x, y, v, reduction=reduction, **more)
    loss = Loss("gaussianNegativeLogLikelihood", fn)
    variants = [({}, {}), ({"full": True}, {"full": True}), ({"epsilon": 0.5}, {"eps": 0.5})]
    for shape in (size(1), size(5), size(2, 3)):
        for ours, theirs in variants if shape == size(5) else variants[:1]:
            for reduction, mask in plans(shape, size(5), size(2, 3)):
                inputs = [uniform(-3, 3, *shape), uniform(-3, 3, *shape), uniform(0.125, 2, *shape)]
                yield loss.call(shape, inputs, [], reduction, mask, theirs, **ours)
    least = [torch.tensor([0.5, 1]), torch.tensor([0.5, 1.0009765625]), torch.tensor([0.0, 1])]
    yield loss.call(size(2), least, [], "none")
    broken = [torch.tensor([0.5, NAN]), torch.tensor([1.0, 2]), torch.tensor([2.0, -1])]
    yield loss.call(size(2), broken, [], "mean", torch.tensor([True, False]))


def ctc(log_probs, targets, input_lengths, target_lengths, reduction="mean", **more):
    """PyTorch's loss of [batch, length, classes], with its derivative by what it is given: its own is that by logits, of
    which the logarithms of probabilities are made, e^log_probs more."""
    given = (log_probs.transpose(0, 1), targets, input_lengths, target_lengths)
    blank = more.get("blank", 0)
    # What is infinite has a gradient of 0 here, and of NaN in PyTorch.
    each = F.ctc_loss(*given, reduction="none", blank=blank, zero_infinity=True)
    inside = (torch.arange(log_probs.shape[1]) < input_lengths[:, None])[..., None]
    known = F.ctc_loss(*given, reduction="none", **more).detach()
    finite = F.ctc_loss(*given, reduction="none", blank=blank).detach().isfinite()
    excess = torch.where(inside, log_probs.exp(), 0).sum((1, 2)) * finite
    losses = torch.where(finite, each - (excess - excess.detach()), known)
    total = {"none": losses, "sum": losses.sum(), "mean": (losses / target_lengths.clamp(min=1)).mean()}[reduction]
    assert torch.equal(total.isfinite(), F.ctc_loss(*given, reduction=reduction, **more).isfinite())
    assert torch.allclose(total, F.ctc_loss(*given, reduction=reduction, **more))
    return total


def sequences():
    for shape, labels, inputs, lengths, blank in (
        ((1, 1, 2), 1, None, None, 0),
        ((2, 6, 4), 2, None, None, 0),
        ((3, 7, 5), 3, [7, 5, 3], [3, 2, 1], 0),
        ((3, 5, 3), 2, [5, 0, 2], [0, 0, 2], 2),
        ((2, 4, 3), 0, [4, 1], None, 1),
        # The second target is too long, and so is the third with a blank between what repeats.
        ((3, 4, 3), 4, [4, 2, 4], [2, 3, 4], 0),
    ):
        batch, length, classes = shape
        for reduction in REDUCTIONS:
            for zero in (False, True):
                x = torch.log_softmax(uniform(-2, 2, *shape), -1)
                targets = integers(classes - 1, batch, labels)
                targets = targets + (targets >= blank)
                if labels == 4:
                    targets[2] = 1
                taken = torch.tensor(inputs if inputs else [length] * batch)
                wanted = torch.tensor(lengths if lengths else [labels] * batch)
                own = options(
                    inputLengths=constant(taken) if inputs else None,
                    targetLengths=constant(wanted) if lengths else None,
                    blank=blank or None,
                    zeroInfinity=zero or None,
                    reduction=None if reduction == "mean" else reduction,
                )
                call = lambda x, t=targets, i=taken, w=wanted, r=reduction, b=blank, z=zero: ctc(x, t, i, w, r, blank=b, zero_infinity=z)
                yield Call("ctcLoss", [given(0), constant(targets), *([own] if own else [])], call, [x])


def cases():
    for group in (regression, binary, classification, divergence, margins, likelihoods, sequences):
        yield from group()


main("losses.json", {}, cases)

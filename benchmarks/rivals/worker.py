"""PyTorch on one workload, on one thread: prints its timings as a line of JSON, as worker.mjs does.

    python3 worker.py WORKLOAD ANSWERS QUICK TOLERANCE

The inputs and graddiff's answers are files beside ANSWERS.
"""

import json
import sys
import time

import numpy
import torch

torch.set_num_threads(1)
F = torch.nn.functional


def gradients(x, w):
    x, w = x.detach().requires_grad_(), w.detach().requires_grad_()
    value = F.conv2d(x, w, padding=1).square().mean()
    return [value, *torch.autograd.grad(value, [x, w])]


def row_sums(u, s, of_columns):
    """The row sums of U diag(s) Vᵀ, from the sums of the columns of V."""
    return (u * (s * of_columns).unsqueeze(-2)).sum(-1)


def eigh(a):
    values, vectors = torch.linalg.eigh(a)
    return [values, row_sums(vectors, values, vectors.sum(-2))]


def svd(a):
    u, s, vt = torch.linalg.svd(a, full_matrices=False)
    return [s, row_sums(u, s, vt.sum(-1))]


def cnn(padding, rate=0.05):
    """A step of training, whose weights are arguments: the first two of convolutions, the others of dense layers."""

    def step(x, y, *weights):
        weights = [own.requires_grad_() for own in weights]
        biases = [
            torch.zeros(own.shape[0 if own.dim() == 4 else 1], requires_grad=True)
            for own in weights
        ]
        value = x
        for i, (weight, bias) in enumerate(zip(weights, biases)):
            if weight.dim() == 4:
                value = F.max_pool2d(F.relu(F.conv2d(value, weight, bias, padding=padding)), 2)
            else:
                value = value.flatten(1) @ weight + bias
                value = value if i == len(weights) - 1 else F.relu(value)
        loss = F.cross_entropy(value, y.long())
        gradients = torch.autograd.grad(loss, [*weights, *biases])
        with torch.no_grad():
            for own, gradient in zip([*weights, *biases], gradients):
                own.sub(gradient, alpha=rate)
        return [loss]

    return step


CALLS = {
    "train a CNN of 28 × 28": cnn(padding=1),
    "train LeNet": cnn(padding=0),
    "conv2d of 3 × 3": lambda x, w: [F.conv2d(x, w, padding=1)],
    "gradients of conv2d of 3 × 3": gradients,
    "max pool of 3 × 3": lambda x: [F.max_pool2d(x, 3, 2)],
    "average pool of 3 × 3": lambda x: [F.avg_pool2d(x, 3, 2)],
    "einsum of attention": lambda q, k: [torch.einsum("bqhd,bkhd->bhqk", q, k)],
    "sort of 10⁶ numbers": lambda x: [torch.sort(x, stable=True)[0]],
    "places of 10⁶ sorted numbers": lambda x: [torch.argsort(x, stable=True)],
    "cumulative sum along rows": lambda x: [torch.cumsum(x, 1)],
    "cumulative sum along columns": lambda x: [torch.cumsum(x, 0)],
}
for stack in ["64 × 64", "512 × 512", "10⁴ of 4 × 4"]:
    CALLS[f"cholesky of {stack}"] = lambda a: [torch.linalg.cholesky(a)]
    CALLS[f"solve of {stack}"] = lambda a, b: [torch.linalg.solve(a, b)]
    CALLS[f"eigh of {stack}"] = eigh
    CALLS[f"svd of {stack}"] = svd


def main(workload, file, quick, tolerance):
    call = CALLS.get(workload)
    if call is None:
        return {"reason": "no call of it stands in worker.py"}
    described = json.load(open(f"{file}.json"))
    read = lambda i: torch.from_numpy(numpy.fromfile(f"{file}.{i}", dtype=numpy.float32))
    inputs = [read(i).reshape(shape) for i, shape in enumerate(described["shapes"])]
    expected = [read(len(inputs) + i) for i in range(described["answers"])]
    start = time.perf_counter()
    results = call(*inputs)
    first = time.perf_counter() - start
    worst = 0.0
    for result, wanted in zip(results, expected, strict=True):
        difference = (result.detach().float().flatten() - wanted).abs().max()
        worst = max(worst, float(difference / wanted.abs().max()))
    if not worst <= tolerance:
        return {"reason": f"wrong answer, by {worst:.2g} of the greatest element"}
    times = []
    until = time.perf_counter() + (0.5 if quick else 3)
    while len(times) < 5 or time.perf_counter() < until:
        start = time.perf_counter()
        call(*inputs)
        times.append(time.perf_counter() - start)
    return {"first": first * 1e3, "median": float(numpy.median(times)) * 1e3, "difference": worst}


if __name__ == "__main__":
    _, own, answers, is_quick, most = sys.argv
    print(json.dumps(main(own, answers, is_quick == "true", float(most))))

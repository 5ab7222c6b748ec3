"""PyTorch on one workload, on as many threads as the job says: prints its timings as a line of JSON, as worker.mjs does.

    python3 worker.py JOB

JOB is JSON, with the names of the files of inputs and of graddiff's answers, which arrays.mjs describes.
"""

import json
import sys
import time

import numpy
import torch

F = torch.nn.functional


def gradients_of(loss, without=()):
    """A loss with its gradients with respect to its arguments of floats, but for those at some places."""

    def call(*inputs):
        own = [x.detach().requires_grad_() if x.is_floating_point() else x for x in inputs]
        value = loss(*own)
        places = [i for i, x in enumerate(own) if x.is_floating_point() and i not in without]
        return [value, *torch.autograd.grad(value, [own[i] for i in places])]

    return call


def causal(q, k, v):
    return F.scaled_dot_product_attention(q, k, v, is_causal=True)


def block(x, gain, shift, wq, bq, wk, bk, wv, bv, wo, bo, gain2, shift2, w1, b1, w2, b2):
    """A transformer block of four heads, whose weights are [inputs, outputs]."""
    normed = F.layer_norm(x, x.shape[-1:], gain, shift)
    heads = lambda own: own.unflatten(-1, (4, -1)).transpose(1, 2)
    seen = causal(heads(normed @ wq + bq), heads(normed @ wk + bk), heads(normed @ wv + bv))
    mixed = x + seen.transpose(1, 2).flatten(-2) @ wo + bo
    wide = F.layer_norm(mixed, x.shape[-1:], gain2, shift2) @ w1 + b1
    return mixed + F.gelu(wide, approximate="tanh") @ w2 + b2


def lstm(x, *weights):
    zero = x.new_zeros(1, x.shape[0], weights[1].shape[1])
    return torch.lstm(x, (zero, zero), weights, True, 1, 0.0, True, False, True)[0]


def parts(spectrum):
    return [spectrum.real, spectrum.imag]


def columns(x, y, z):
    return [x * y, x * y - z, (x - y) * z, x.square() + z, -x]


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
        loss = F.cross_entropy(value, y)
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
    "gradients of conv2d of 3 × 3": gradients_of(
        lambda x, w: F.conv2d(x, w, padding=1).square().mean()
    ),
    "gradients of a depthwise convolution": gradients_of(
        lambda x, w: F.conv2d(x, w, padding=1, groups=64).square().mean()
    ),
    "max pool of 3 × 3": lambda x: [F.max_pool2d(x, 3, 2)],
    "average pool of 3 × 3": lambda x: [F.avg_pool2d(x, 3, 2)],
    "einsum of attention": lambda q, k: [torch.einsum("bqhd,bkhd->bhqk", q, k)],
    "causal attention": lambda q, k, v: [causal(q, k, v)],
    "gradients of causal attention": gradients_of(lambda q, k, v: causal(q, k, v).square().mean()),
    "gradients of a transformer block": gradients_of(
        # The bias of the keys, at 6, has none.
        lambda *given: block(*given).square().sum(),
        without=[6],
    ),
    "gradients of a layer norm": gradients_of(
        lambda x, gain, shift: F.layer_norm(x, x.shape[-1:], gain, shift).square().mean()
    ),
    "cross-entropy of 4096 × 1000 and its gradient": gradients_of(F.cross_entropy),
    "gradients of an LSTM": gradients_of(lambda *given: lstm(*given).square().mean()),
    "stack of 15 columns": lambda a, b, c: [
        torch.stack([*columns(a, b, c), *columns(b, c, a), *columns(c, a, b)], 1)
    ],
    **{
        f"fft of {size}": lambda re, im: parts(torch.fft.fft(torch.complex(re, im)))
        for size in ["1,000", "1,024", "65,536", "64 × 1,024"]
    },
    **{
        f"real fft of {size}": lambda x: parts(torch.fft.rfft(x))
        for size in ["1,000", "1,024", "65,536", "64 × 1,024"]
    },
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


# PyTorch has the weights of an LSTM as [outputs, inputs]: inputs are turned before the clock runs, gradients after it.
TURNED = {"gradients of an LSTM": [1, 2]}


def read_arrays(file):
    words = numpy.fromfile(file, dtype=numpy.int32)
    count = words[0]
    parts = numpy.split(words[1 + count :], numpy.cumsum(words[1 : 1 + count])[:-1])
    return [torch.from_numpy(part.view(numpy.float32)) for part in parts]


def main(job):
    torch.set_num_threads(job["threads"])
    workload = job["workload"]
    call = CALLS.get(workload)
    if call is None:
        return {"reason": "no call of it stands in worker.py"}
    inputs = [
        own.long() if is_integer else own
        for own, is_integer in zip(read_arrays(job["inputs"]), job["integers"])
    ]
    inputs = [own.reshape(shape) for own, shape in zip(inputs, job["shapes"])]
    expected = read_arrays(job["answers"])
    turned = TURNED.get(workload, [])
    for place in turned:
        inputs[place] = inputs[place].T.contiguous()
    start = time.perf_counter()
    results = call(*inputs)
    first = time.perf_counter() - start
    for place in turned:
        results[place + 1] = results[place + 1].T
    if len(results) * job["compared"] != len(expected):
        return {"reason": f"{len(results)} answers, not {len(expected) // job['compared']}"}
    worst = 0.0
    for result, wanted in zip(results, expected):
        difference = (result.detach().float().flatten() - wanted).abs().max()
        worst = max(worst, float(difference / wanted.abs().max()))
    if not worst <= job["tolerance"]:
        return {"reason": f"wrong answer, by {worst:.2g} of the greatest element"}
    times = []
    until = time.perf_counter() + (0.5 if job["quick"] else 3)
    while len(times) < 5 or time.perf_counter() < until:
        start = time.perf_counter()
        call(*inputs)
        times.append(time.perf_counter() - start)
    return {"first": first * 1e3, "median": float(numpy.median(times)) * 1e3, "difference": worst}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))

#!/usr/bin/env python3
"""Writes optimizers.json: 20 steps of optimizers, schedules and clipped gradients, computed by PyTorch in float64, and
minima, computed by SciPy.

Run with a Python that has torch and scipy (Debian: apt-get install python3-torch python3-scipy):

    /usr/bin/python3 packages/nn/test/golden/optimizers.py

All optimizers begin at the same values and get the same gradients, among them zeros and very small ones. PyTorch has no
Lion, so that stands here by the formula of its paper.
"""

import json
import pathlib

import numpy
import scipy.linalg
import scipy.optimize
import torch

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(11)
STEPS = 20
SHAPES = [(2, 2), (3,)]

# Few digits, so that the file has them as they are.
starts = [random.uniform(-2, 2, shape).round(4) for shape in SHAPES]
gradients = [[random.normal(size=shape).round(4) for shape in SHAPES] for _ in range(STEPS)]
for step, (first, second) in enumerate(gradients):
    first[0, 0] = 0
    first[1, 0] = 1e-9
    second[1] *= 10.0 ** (step % 5 - 2)


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    if isinstance(value, (numpy.ndarray, torch.Tensor)):
        return rounded(value.tolist())
    return float(f"{value:.14g}") if isinstance(value, float) else value


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of Chen et al., Symbolic Discovery of Optimization Algorithms, 2023."""

    def __init__(self, params, lr, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                c = beta1 * m + (1 - beta1) * w.grad
                w -= group["lr"] * (torch.sign(c) + group["weight_decay"] * w)
                m.copy_(beta2 * m + (1 - beta2) * w.grad)


# The class, its options here, its class in PyTorch, and its options there.
NAMES = {
    "learningRate": "lr", "weightDecay": "weight_decay", "epsilon": "eps", "momentumDecay": "momentum_decay",
}


def cases():
    optim = torch.optim
    decays = [{}, {"weightDecay": 0.3}]
    for decay in decays:
        for own in [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True}]:
            yield "SGD", optim.SGD, {"learningRate": 0.1, **own, **decay}
        for centered in [{}, {"centered": True}]:
            for momentum in [{}, {"momentum": 0.7}]:
                yield "RMSProp", optim.RMSprop, {"learningRate": 0.01, **centered, **momentum, **decay}
        yield "Adagrad", optim.Adagrad, {"learningRate": 0.1, **decay}
        yield "Adadelta", optim.Adadelta, {"learningRate": 1.0, **decay}
        for amsgrad in [{}, {"amsgrad": True}]:
            yield "Adam", optim.Adam, {"learningRate": 0.01, **amsgrad, **decay}
            yield "AdamW", optim.AdamW, {"learningRate": 0.01, **amsgrad, **decay}
        yield "Adamax", optim.Adamax, {"learningRate": 0.02, **decay}
        yield "NAdam", optim.NAdam, {"learningRate": 0.02, **decay}
        yield "Lion", Lion, {"learningRate": 0.01, **decay}
    yield "RMSProp", optim.RMSprop, {"learningRate": 0.05, "alpha": 0.8, "epsilon": 1e-3}
    yield "Adagrad", optim.Adagrad, {"learningRate": 0.3, "epsilon": 0.1}
    yield "Adadelta", optim.Adadelta, {"learningRate": 0.5, "rho": 0.8, "epsilon": 1e-2}
    moments = {"learningRate": 0.05, "beta1": 0.7, "beta2": 0.8, "epsilon": 1e-3}
    yield "Adam", optim.Adam, moments
    yield "AdamW", optim.AdamW, {**moments, "weightDecay": 0.0}
    yield "Adamax", optim.Adamax, moments
    yield "NAdam", optim.NAdam, {**moments, "momentumDecay": 0.2}
    yield "Lion", Lion, {"learningRate": 0.05, "beta1": 0.7, "beta2": 0.8, "weightDecay": 0.2}


def theirs(options):
    given = {NAMES.get(name, name): value for name, value in options.items()}
    if "beta1" in given:
        given["betas"] = (given.pop("beta1"), given.pop("beta2"))
    return given


def run(make, scheduler=None):
    """The values after each step, those of all parameters in one list."""
    params = [torch.nn.Parameter(torch.tensor(start)) for start in starts]
    optimizer = make(params)
    schedule = scheduler and scheduler(optimizer)
    values = []
    for step in gradients:
        for param, gradient in zip(params, step):
            param.grad = torch.tensor(gradient)
        optimizer.step()
        if schedule:
            schedule.step()
        values.append(torch.cat([param.detach().flatten() for param in params]))
    return values


def optimizer_cases():
    for name, cls, options in cases():
        values = run(lambda params: cls(params, **theirs(options)))
        yield {"optimizer": name, "options": options, "values": values}


def schedule_cases():
    s = torch.optim.lr_scheduler
    yield "stepDecay", [0.5, {"every": 4}], 0.5, lambda o: s.StepLR(o, 4)
    yield "stepDecay", [0.5, {"every": 3, "factor": 0.7}], 0.5, lambda o: s.StepLR(o, 3, 0.7)
    yield "exponentialDecay", [0.5, {"factor": 0.9}], 0.5, lambda o: s.ExponentialLR(o, 0.9)
    yield "cosineDecay", [0.5, {"steps": 30}], 0.5, lambda o: s.CosineAnnealingLR(o, 30)
    final = {"steps": 25, "final": 0.1}
    # From T_max on the rate stays here, and rises again there: the test compares the steps before.
    yield "cosineDecay", [0.5, final], 0.5, lambda o: s.CosineAnnealingLR(o, 25, 0.1)
    yield "linearWarmup", [0.5, {"steps": 5}], 0.5, lambda o: s.LinearLR(o)
    yield "linearWarmup", [0.5, {"steps": 8, "start": 0.25}], 0.5, lambda o: s.LinearLR(o, 0.25, total_iters=8)
    # A nested one is the first argument.
    warm = [["exponentialDecay", 0.5, {"factor": 0.9}], {"steps": 6, "start": 0.1}]
    yield "linearWarmup", warm, 0.5, lambda o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=6), s.ExponentialLR(o, 0.9)], [6]
    )
    cycle = {"cycle_momentum": False, "total_steps": 30}
    yield "oneCycle", [0.5, {"steps": 30}], 0.1, lambda o: s.OneCycleLR(o, 0.5, **cycle)
    own = {"steps": 30, "warmup": 0.45, "startDivisor": 4, "finalDivisor": 100}
    yield "oneCycle", [0.5, own], 0.1, lambda o: s.OneCycleLR(
        o, 0.5, pct_start=0.45, div_factor=4, final_div_factor=100, **cycle
    )


def rates(rate, scheduler):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    schedule = scheduler(optimizer)
    found = []
    for step in range(30):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step < 29:
            schedule.step()
    return found


def plateau_cases():
    falling = [5.0, 4.0, 4.0, 4.1, 3.9, 3.89999, 3.9, 3.9, 3.9, 2.0, 2.0, float("nan"), 2.0, 2.0, 2.0, 2.0, 1.0, 3, 3, 3]
    rising = falling[::-1]
    for options in [
        {"patience": 1},
        {"patience": 2, "factor": 0.5, "threshold": 0.1},
        {"patience": 0, "factor": 0.5, "minimum": 0.02},
        {"patience": 2, "factor": 0.5, "mode": "max"},
        {"patience": 1, "factor": 0.5, "mode": "max", "threshold": 0.25},
    ]:
        # Those of a maximum rise.
        metrics = rising if options.get("mode") == "max" else falling
        optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
        given = {{"minimum": "min_lr"}.get(name, name): value for name, value in options.items()}
        schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **{"factor": 0.1, **given})
        found = []
        for metric in metrics:
            schedule.step(metric)
            found.append(optimizer.param_groups[0]["lr"])
        yield {
            "options": options,
            "metrics": [None if metric != metric else metric for metric in metrics],
            "rates": found,
        }


def clip_cases():
    for kind, function in [
        ("clipByGlobalNorm", torch.nn.utils.clip_grad_norm_),
        ("clipByValue", torch.nn.utils.clip_grad_value_),
    ]:
        for limit in [0.3, 3.0, 100.0]:
            for factor in [1.0, 0.0]:
                params = [torch.nn.Parameter(torch.zeros(shape)) for shape in SHAPES]
                given = [torch.tensor(gradient) * factor for gradient in gradients[4]]
                for param, gradient in zip(params, given):
                    param.grad = gradient.clone()
                function(params, limit)
                yield {"function": kind, "limit": limit, "factor": factor, "values": [param.grad for param in params]}


def rosenbrock_minimum():
    start = [-1.2, 1.0, -0.7, 2.0]
    found = scipy.optimize.minimize(
        scipy.optimize.rosen, start, jac=scipy.optimize.rosen_der, hess=scipy.optimize.rosen_hess,
        method="trust-exact", options={"gtol": 1e-14},
    )
    return {"start": start, "place": found.x, "loss": float(found.fun)}


def least_squares_minimum():
    a = random.normal(size=(12, 5))
    b = random.normal(size=12)
    place, *_ = scipy.linalg.lstsq(a, b)
    return {"a": rounded(a), "b": rounded(b), "place": place, "loss": float(((a @ place - b) ** 2).sum())}


def main():
    golden = {
        "starts": starts,
        "gradients": gradients,
        "optimizers": list(optimizer_cases()),
        "schedules": [
            {"schedule": name, "arguments": arguments, "rates": rates(rate, scheduler)}
            for name, arguments, rate, scheduler in schedule_cases()
        ],
        "scheduled": run(
            lambda params: torch.optim.Adam(params, lr=0.1),
            lambda o: torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
        ),
        "plateaus": list(plateau_cases()),
        "clipped": list(clip_cases()),
        "rosenbrock": rosenbrock_minimum(),
        "leastSquares": least_squares_minimum(),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(rounded(golden), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()

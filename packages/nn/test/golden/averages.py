#!/usr/bin/env python3
"""Writes averages.json: a training by SGD with torch.optim.swa_utils.AveragedModel, in float64.

Run with a Python that has torch (Debian: apt-get install python3-torch):

    /usr/bin/python3 packages/nn/test/golden/averages.py

The model is a Linear layer with a BatchNorm1d after it. `averages` are those of all weights after each step, by our
names and in our layouts, and `evaluated` the outputs of the averaged model in evaluation at the end.
"""

import json
import pathlib

import numpy
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.set_default_dtype(torch.float64)
random = numpy.random.default_rng(21)
x = random.integers(-64, 65, (8, 3)) / 32
y = random.integers(-64, 65, (8, 2)) / 32
weight = random.integers(-64, 65, (2, 3)) / 64


def rounded(tensor):
    return json.loads(json.dumps(tensor.tolist()), parse_float=lambda text: float(f"{float(text):.15g}"))


def run(decay):
    model = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2, momentum=0.25))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor(weight))
        model[0].bias.zero_()
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
    steps = []
    for _ in range(6):
        optimizer.zero_grad()
        ((model(torch.tensor(x)) - torch.tensor(y)) ** 2).mean().backward()
        optimizer.step()
        averaged.update_parameters(model)
        linear, norm = averaged.module
        steps.append({
            "layers.0.weight": rounded(linear.weight.T), "layers.0.bias": rounded(linear.bias),
            "layers.1.weight": rounded(norm.weight), "layers.1.bias": rounded(norm.bias),
        })
    return {"decay": decay, "averages": steps, "evaluated": rounded(averaged.eval()(torch.tensor(x)))}


out = {"x": x.tolist(), "y": y.tolist(), "weight": weight.T.tolist(), "runs": [run(decay) for decay in (0.9, 0.25, 0.0)]}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out) + "\n")

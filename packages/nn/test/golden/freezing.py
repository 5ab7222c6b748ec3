"""A training by stages in PyTorch: the head alone, then layer after layer thawed, one of them frozen again; with weight decay."""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
X = torch.randn(16, 4)
Y = torch.randn(16, 2)

# Names of layers that are trained, and the number of steps.
STAGES = [([2], 3), ([1, 2], 3), ([0, 1, 2], 3), ([0, 2], 3), ([0, 1, 2], 3)]


def rounded(tensor):
    return tensor.detach().float().double().tolist()


START = [torch.randn(4, 5) * 0.5, torch.randn(5), torch.randn(5, 3) * 0.5, torch.randn(3), torch.randn(3, 2), torch.randn(2)]

OPTIMIZERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=0.01),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.01),
    "Adam, amsgrad": lambda p: torch.optim.Adam(p, lr=0.02, amsgrad=True),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1),
    "NAdam": lambda p: torch.optim.NAdam(p, lr=0.02, weight_decay=0.01),
    "Adamax": lambda p: torch.optim.Adamax(p, lr=0.02, weight_decay=0.01),
    "RMSProp": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.5, weight_decay=0.01),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05, weight_decay=0.01),
    "Adadelta": lambda p: torch.optim.Adadelta(p, lr=0.5, weight_decay=0.01),
}


def run(make):
    # Weights are [inputs, outputs], as in the library.
    parameters = [torch.tensor(rounded(each), requires_grad=True) for each in START]
    x, y = torch.tensor(rounded(X)), torch.tensor(rounded(Y))
    optimizer = make(parameters)
    losses = []
    for layers, steps in STAGES:
        for i, parameter in enumerate(parameters):
            parameter.requires_grad_(i // 2 in layers)
        for _ in range(steps):
            optimizer.zero_grad()
            out = x
            for i in range(0, 6, 2):
                out = out @ parameters[i] + parameters[i + 1]
                if i < 4:
                    out = torch.tanh(out)
            loss = ((out - y) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


golden = {
    "x": rounded(X),
    "y": rounded(Y),
    "start": [rounded(each) for each in START],
    "stages": [{"trained": layers, "steps": steps} for layers, steps in STAGES],
    "losses": {name: run(make) for name, make in OPTIMIZERS.items()},
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden) + "\n")

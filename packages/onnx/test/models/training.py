"""What PyTorch's own training makes of the models of models.py, and their exports in the form for training.

    /usr/bin/python3 test/models/training.py FOLDER    writes NAME.training.onnx and training.json into a folder

Batch norms are those of evaluation, and weights stand as PyTorch has them: without folding of constants.
The packages of Debian: python3-torch, python3-onnx.
"""

import json
import pathlib
import sys

import torch
from models import export, models

STEPS = 10
OPTIMIZERS = {
    "sgd": lambda own: torch.optim.SGD(own, lr=0.05, weight_decay=0.01),
    "adam": lambda own: torch.optim.AdamW(own, lr=0.001, weight_decay=0.01),
}


def gradients(model):
    model.module.zero_grad()
    model.loss(model.module(*model.inputs), model.targets).backward()
    return {name: own.grad.flatten().tolist() for name, own in model.module.named_parameters()}


def losses(model, make):
    """The losses of the steps of an optimizer, after which the model is as it was."""
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    optimizer = make(model.module.parameters())
    found = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = model.loss(model.module(*model.inputs), model.targets)
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    model.module.load_state_dict(before)
    return found


def main(folder):
    torch.set_num_threads(1)
    told = {}
    for model in models():
        file = folder / f"{model.name}.training.onnx"
        export(model, file, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
        whole = model.targets.dtype == torch.int64
        told[model.name] = {
            "targets": {
                "dtype": "int32" if whole else "float32",
                "shape": list(model.targets.shape),
                "values": model.targets.flatten().tolist(),
            },
            "loss": model.loss.__name__,
            "gradients": gradients(model),
            "losses": {name: losses(model, make) for name, make in OPTIMIZERS.items()},
        }
    (folder / "training.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

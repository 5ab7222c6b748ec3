"""A small network tells two moons apart, and stops early: see README.md."""

from copy import deepcopy

import torch
from sklearn.datasets import make_moons
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
x, y = make_moons(1000, noise=0.2, random_state=1)
data = TensorDataset(torch.tensor(x, dtype=torch.float32), torch.tensor(y))
training, held, testing = random_split(data, [0.6, 0.2, 0.2])
loader = DataLoader(training, batch_size=32, shuffle=True)

model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 100 * len(loader))


@torch.no_grad()
def evaluate(part):
    model.eval()
    x, y = part[:]
    logits = model(x)
    return cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


best_loss = float("inf")
for epoch in range(1, 101):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()
        scheduler.step()
    loss, _ = evaluate(held)
    if loss < best_loss:
        best_loss, best_epoch, best_weights = loss, epoch, deepcopy(model.state_dict())
    elif epoch - best_epoch > 20:
        break
model.load_state_dict(best_weights)

print(f"{epoch} epochs, the best was number {best_epoch}")
print(f"validation accuracy {evaluate(held)[1]:.3f}")
print(f"test accuracy {evaluate(testing)[1]:.3f}")

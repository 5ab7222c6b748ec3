"""Logistic regression of a CSV file by L-BFGS: see README.md."""

from pathlib import Path

import pandas as pd
import torch
from sklearn import metrics
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

torch.manual_seed(1)
table = pd.read_csv(Path(__file__).parents[1] / "data/breast-cancer.csv")
table = torch.tensor(table.to_numpy(), dtype=torch.float32)
training, testing = train_test_split(table, test_size=0.2, random_state=1)
x, y = training[:, :30], training[:, 30]
mean, deviation = x.mean(0), x.std(0, correction=0)

model = nn.Linear(30, 1)
optimizer = torch.optim.LBFGS(model.parameters(), max_iter=100, line_search_fn="strong_wolfe")


def scores_of(x):
    return model((x - mean) / deviation).squeeze(1)


def closure():
    optimizer.zero_grad()
    penalty = 0.001 * model.weight.square().sum()
    loss = binary_cross_entropy_with_logits(scores_of(x), y) + penalty
    loss.backward()
    return loss


optimizer.step(closure)

scores, expected = scores_of(testing[:, :30]).detach(), testing[:, 30]
print(f"loss {closure().item():.4f} after {optimizer.state[model.weight]['n_iter']} steps")
for name in ["accuracy", "precision", "recall", "f1"]:
    metric = getattr(metrics, f"{name}_score")
    print(f"{name} {metric(expected, scores > 0):.3f}")
print(f"area under the curve {metrics.roc_auc_score(expected, scores):.3f}")

"""A network that reads digits learns to read them upside down, by few weights: see README.md."""

import torch
from digits import read_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
images, labels = read_digits()
data = TensorDataset(images.flatten(1), images.flip([2, 3]).flatten(1), labels)
training, testing = random_split(data, [0.8, 0.2])
UPRIGHT, TURNED = 0, 1


class LowRank(nn.Module):
    def __init__(self, layer, rank):
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.down = nn.Parameter(torch.empty(rank, layer.in_features))
        self.up = nn.Parameter(torch.zeros(layer.out_features, rank))
        nn.init.uniform_(self.down, -(layer.in_features**-0.5), layer.in_features**-0.5)

    def forward(self, x):
        return self.layer(x) + x @ self.down.T @ self.up.T


def report(net, images):
    columns = testing[:]
    with torch.no_grad():
        right = net(columns[images]).argmax(1) == columns[2]
    trained = sum(weight.numel() for weight in net.parameters() if weight.requires_grad)
    name = "turned" if images else "upright"
    print(f"{name}: test accuracy {right.float().mean():.3f}, {trained} weights trained")


def train(net, images, epochs):
    trained = [weight for weight in net.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.003)
    for _ in range(epochs):
        for batch in DataLoader(training, batch_size=64, shuffle=True):
            optimizer.zero_grad()
            cross_entropy(net(batch[images]), batch[2]).backward()
            optimizer.step()
    report(net, images)


model = nn.Sequential(
    nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)
)
train(model, UPRIGHT, 10)
report(model, TURNED)
adapted = [LowRank(layer, 4) if isinstance(layer, nn.Linear) else layer for layer in model]
train(nn.Sequential(*adapted), TURNED, 20)

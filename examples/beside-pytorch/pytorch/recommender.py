"""Factors and biases of users and items predict ratings: see README.md."""

import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
users, items, count, noise = 400, 200, 16_000, 0.3
tastes = torch.randn(users, 3) @ torch.randn(3, items)
liking = torch.randn(users, 1) + torch.randn(items)
places = torch.randperm(users * items)[:count]
ratings = (3 + tastes + liking).flatten()[places] + noise * torch.randn(count)
data = TensorDataset(places // items, places % items, ratings)
training, held = random_split(data, [0.8, 0.2])
mean = training[:][2].mean()


class Recommender(nn.Module):
    def __init__(self):
        super().__init__()
        self.users = nn.Embedding(users, 4)
        self.items = nn.Embedding(items, 4)
        self.user_bias = nn.Embedding(users, 1)
        self.item_bias = nn.Embedding(items, 1)

    def forward(self, user, item):
        match = (self.users(user) * self.items(item)).sum(1)
        bias = (self.user_bias(user) + self.item_bias(item)).squeeze(1)
        return mean + match + bias


model = Recommender()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.05)
loader = DataLoader(training, batch_size=256, shuffle=True)


@torch.no_grad()
def error(part):
    user, item, rating = part[:]
    return mse_loss(model(user, item), rating).sqrt()


for epoch in range(1, 41):
    for user, item, rating in loader:
        optimizer.zero_grad()
        mse_loss(model(user, item), rating).backward()
        optimizer.step()
    if epoch % 10 == 0:
        print(f"epoch {epoch}: training {error(training):.3f}, validation {error(held):.3f}")
spread = (held[:][2] - mean).square().mean().sqrt()
print(f"the mean as answer: {spread:.3f}, noise: {noise:.3f}")

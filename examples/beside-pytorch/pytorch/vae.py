"""A variational autoencoder learns to draw digits: see README.md."""

import torch
from digits import read_digits
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader

torch.manual_seed(1)
images = read_digits()[0].flatten(1)
loader = DataLoader(images, batch_size=64, shuffle=True)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 16))
        self.decoder = nn.Sequential(nn.Linear(8, 256), nn.ReLU(), nn.Linear(256, 64))

    def forward(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        code = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
        return self.decoder(code), mean, log_variance


model = Autoencoder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
for epoch in range(1, 101):
    sums = torch.zeros(2)
    for x in loader:
        logits, mean, log_variance = model(x)
        reconstruction = 64 * binary_cross_entropy_with_logits(logits, x)
        excess = mean.square() + log_variance.exp() - log_variance - 1
        divergence = 0.5 * excess.sum(1).mean()
        optimizer.zero_grad()
        (reconstruction + divergence).backward()
        optimizer.step()
        sums += len(x) * torch.stack([reconstruction, divergence]).detach()
    if epoch % 25 == 0:
        first, second = sums / len(images)
        both = f"reconstruction {first:.2f}, divergence {second:.2f}"
        print(f"epoch {epoch}: loss {first + second:.2f}, {both}")

with torch.no_grad():
    samples = model.decoder(torch.randn(48, 8)).sigmoid()
print(f"brightness of samples {samples.mean():.3f}, of digits {images.mean():.3f}")

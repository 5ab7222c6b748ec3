"""A generator learns to draw digits that a critic takes for real ones: see README.md."""

import torch
from digits import read_digits
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.data import DataLoader

torch.manual_seed(1)
images = read_digits()[0].flatten(1)
loader = DataLoader(images, batch_size=64, shuffle=True, drop_last=True)

generator = nn.Sequential(nn.Linear(16, 256), nn.ReLU(), nn.Linear(256, 64), nn.Sigmoid())
critic = nn.Sequential(nn.Linear(64, 256), nn.LeakyReLU(), nn.Linear(256, 1))
of_critic = torch.optim.Adam(critic.parameters(), lr=0.001, betas=(0.5, 0.999))
of_generator = torch.optim.Adam(generator.parameters(), lr=0.001, betas=(0.5, 0.999))


def draw():
    return generator(torch.randn(64, 16))


def judge(x, answer):
    return binary_cross_entropy_with_logits(critic(x), torch.full((64, 1), answer))


for epoch in range(1, 201):
    sums = torch.zeros(2)
    for x in loader:
        of_critic.zero_grad()
        critic_loss = judge(x, 1.0) + judge(draw().detach(), 0.0)
        critic_loss.backward()
        of_critic.step()
        of_generator.zero_grad()
        generator_loss = judge(draw(), 1.0)
        generator_loss.backward()
        of_generator.step()
        sums += torch.stack([critic_loss, generator_loss]).detach()
    if epoch % 50 == 0:
        first, second = sums / len(loader)
        print(f"epoch {epoch}: critic {first:.2f}, generator {second:.2f}")

with torch.no_grad():
    samples = generator(torch.randn(48, 16))
print(f"brightness of samples {samples.mean():.3f}, of digits {images.mean():.3f}")

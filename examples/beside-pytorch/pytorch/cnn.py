"""A convolutional network reads handwritten digits: see README.md."""

import torch
from digits import read_digits
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
training, testing = random_split(TensorDataset(*read_digits()), [0.8, 0.2])
loader = DataLoader(training, batch_size=64, shuffle=True)
model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding="same"),
    nn.BatchNorm2d(16),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding="same"),
    nn.BatchNorm2d(32),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Dropout(0.3),
    nn.Linear(128, 10),
)

optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 12 * len(loader))
for epoch in range(1, 13):
    model.train()
    right = 0
    for images, labels in loader:
        logits = model(images)
        optimizer.zero_grad()
        cross_entropy(logits, labels).backward()
        optimizer.step()
        scheduler.step()
        right += (logits.argmax(1) == labels).sum().item()
    if epoch % 3 == 0:
        model.eval()
        images, labels = testing[:]
        with torch.no_grad():
            unseen = (model(images).argmax(1) == labels).float().mean()
        print(f"epoch {epoch}: training {right / len(training):.4f}, test {unseen:.4f}")

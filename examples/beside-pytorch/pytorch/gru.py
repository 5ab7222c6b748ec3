"""A recurrent network adds the marked numbers of sequences of different lengths: see README.md."""

import torch
from torch import nn
from torch.nn.functional import mse_loss
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
count, longest = 2000, 12
lengths = torch.randint(4, longest + 1, (count,))
values = torch.rand(count, longest) * (torch.arange(longest) < lengths.unsqueeze(1))
marks = (torch.rand(count, longest) < 0.3).float()
data = TensorDataset(torch.stack([values, marks], 2), lengths, (values * marks).sum(1))
training, testing = random_split(data, [0.8, 0.2])


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 24, batch_first=True)
        self.output = nn.Linear(24, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.gru(packed)
        return self.output(state[-1]).squeeze(1)


model = Adder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loader = DataLoader(training, batch_size=50, shuffle=True)
for epoch in range(1, 21):
    for x, lengths, y in loader:
        optimizer.zero_grad()
        mse_loss(model(x, lengths), y).backward()
        clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
    if epoch % 5 == 0:
        x, lengths, y = testing[:]
        with torch.no_grad():
            error = mse_loss(model(x, lengths), y).sqrt()
        print(f"epoch {epoch}: error {error:.3f}")
guess = training[:][2].mean()
error = (testing[:][2] - guess).square().mean().sqrt()
print(f"the mean as answer: error {error:.3f}")

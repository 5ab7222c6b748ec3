"""A recurrent network tags the words of padded sentences by both neighbours: see README.md."""

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(1)
count, longest, kinds = 2000, 12, 20
lengths = torch.randint(4, longest + 1, (count,))
mask = torch.arange(longest) < lengths.unsqueeze(1)
words = torch.where(mask, torch.randint(kinds, (count, longest)), kinds)
repeats = nn.functional.pad((words[:, :-1] == words[:, 1:]).long(), (1, 1))
# 0 if both neighbours are other words, 1 if the one before is the same, 2 the one after, 3 both.
tags = torch.where(mask, repeats[:, :-1] + 2 * repeats[:, 1:], -100)
training, testing = random_split(TensorDataset(words, lengths, tags), [0.8, 0.2])


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(kinds + 1, 16)
        self.lstm = nn.LSTM(16, 24, batch_first=True, bidirectional=True)
        self.tags = nn.Linear(48, 4)

    def forward(self, words, lengths):
        x = self.words(words)
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        output, _ = self.lstm(packed)
        output, _ = pad_packed_sequence(output, batch_first=True, total_length=longest)
        return self.tags(output)


model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loader = DataLoader(training, batch_size=50, shuffle=True)
for epoch in range(1, 9):
    for words, lengths, tags in loader:
        optimizer.zero_grad()
        cross_entropy(model(words, lengths).transpose(1, 2), tags).backward()
        optimizer.step()
    if epoch % 2 == 0:
        words, lengths, tags = testing[:]
        with torch.no_grad():
            scores = model(words, lengths)
            loss = cross_entropy(scores.transpose(1, 2), tags)
        right = (scores.argmax(2) == tags)[tags >= 0].float().mean()
        print(f"epoch {epoch}: loss {loss:.4f}, {right:.4f} right")
